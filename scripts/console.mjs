import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './child.mjs'
import { pinnedNode } from './packages.mjs'
import { fail, say } from './say.mjs'

/** Newest modification time (ms) of any file below a folder, generated and installed folders left out; 0 for an empty one. */
const newest = (folder) => {
  let latest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.includes('.test.')) continue
    const place = join(folder, entry.name)
    latest = Math.max(latest, entry.isDirectory() ? newest(place) : statSync(place).mtimeMs)
  }
  return latest
}

/** Builds the operator console when its built pages are missing or older than anything they are made of. */
export const ensureConsole = (root, { always }) => {
  const folder = join(root, 'dashboard', 'console')
  if (!existsSync(join(folder, 'index.html')))
    fail(
      'Không thấy dashboard/console/index.html.',
      'dashboard/console/index.html is not there: this tree is incomplete.',
    )
  const built = join(folder, 'dist', 'index.html')
  // The lock file stands for the packages that are bundled in.
  const sources = Math.max(
    newest(folder),
    newest(join(root, 'core')),
    statSync(join(root, 'package-lock.json')).mtimeMs,
  )
  if (!always && existsSync(built) && statSync(built).mtimeMs >= sources) return
  say('Dựng trang điều hành', 'building the operator console')
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const code = run(pinnedNode(root), [vite, 'build', '--logLevel', 'warn'], { cwd: folder, stdio: ['ignore', 2, 2] })
  if (code !== 0 || !existsSync(built))
    fail(`Dựng trang điều hành thất bại (mã ${code}).`, `Building the console failed (code ${code}).`)
}
