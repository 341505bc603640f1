import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run, runForwarding } from './child.mjs'
import { fail, say } from './say.mjs'

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** The pinned Node of this tree: the binary an npm package brought, never the machine's own. */
export const pinnedNode = (root) => join(root, 'node_modules', '.bin', 'node')

/**
 * Runs a TypeScript file of the tree on the pinned Node and answers its exit code. Installs nothing: the tree is being used by whoever
 * runs this.
 */
export const runPinned = (root, file, args) => {
  const node = pinnedNode(root)
  if (!existsSync(node))
    fail(
      'Chưa cài gói npm. Hãy chạy:',
      'The npm packages are not installed yet. Please run:',
      'node scripts/run.mjs setup',
    )
  return runForwarding(node, ['--disable-warning=ExperimentalWarning', join(root, file), ...args])
}

/**
 * Makes `node_modules` what `package-lock.json` says, then proves that the pinned Node runs. Does nothing when a stamp inside
 * `node_modules` carries the hash of the lock file; removing `node_modules` removes the stamp with it.
 */
export const ensurePackages = (root) => {
  const wanted = wantedNode(root)
  const lock = readFileSync(join(root, 'package-lock.json'))
  const hash = createHash('sha256').update(lock).digest('hex')
  const stamp = join(root, 'node_modules', '.bangtin-lock')
  const stamped = existsSync(stamp) && readFileSync(stamp, 'utf8') === hash
  if (!stamped) {
    if (!installedAsLocked(root)) install(root)
    writeFileSync(stamp, hash)
  }
  provePinnedNode(root, wanted)
}

/** Which Node package this machine needs. Unsupported machines hear it before anything is downloaded. */
const wantedNode = (root) => {
  const name = `node-${process.platform}-${process.arch}`
  const pinned = readJson(join(root, 'package.json')).optionalDependencies
  const version = pinned[name]
  if (version === undefined)
    fail(
      `Máy này (${process.platform}, CPU ${process.arch}) chưa được hỗ trợ.`,
      `This machine (${process.platform}, CPU ${process.arch}) is not supported; supported: ${Object.keys(pinned)
        .filter((key) => key.startsWith('node-'))
        .map((key) => key.slice('node-'.length))
        .join(', ')}.`,
    )
  return { name, version }
}

/** True when somebody already installed exactly the locked versions (with `npm install`, say): no need to do it again. */
const installedAsLocked = (root) => {
  const record = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const have = readJson(record).packages
  return Object.entries(readJson(join(root, 'package-lock.json')).packages).every(
    ([place, one]) =>
      place === '' ||
      have[place]?.version === one.version ||
      (one.optional === true &&
        have[place] === undefined &&
        !place.endsWith(`node-${process.platform}-${process.arch}`)),
  )
}

/**
 * `npm ci` refuses a lock file that has no entries for platforms this program does not run on, so `npm install` does it, told to leave
 * the lock file alone; what it installed is then compared with the lock, which is what `npm ci` is for. Integrity hashes are checked by
 * npm as always. Warnings are left out: they compare packages with the machine's Node, which only starts npm.
 */
const install = (root) => {
  say('Cài các gói npm (lần đầu khoảng một phút)', 'installing npm packages (about a minute the first time)')
  // The tree's own bin folder may be replaced: npm must not run on the Node that lives in it.
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
    .join(delimiter)
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--include=dev', '--include=optional']
  const code = run('npm', [...args, '--loglevel=error'], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 2, 2],
  })
  if (code !== 0)
    fail(
      `npm install không thành công (mã ${code}). Kiểm tra mạng rồi chạy lại.`,
      `npm install failed (code ${code}). Check the network, then run this again.`,
      `npm ${args.join(' ')}`,
    )
  rebuildForPinned(root)
  if (installedAsLocked(root)) return
  fail(
    'Các gói vừa cài không khớp package-lock.json.',
    'What was installed is not what package-lock.json says.',
    `rm -rf node_modules && npm ${args.join(' ')}`,
  )
}

/**
 * The one package that is compiled here (epoll, below onoff) was built for the Node that started npm, and the daemon runs on the pinned one.
 * It is optional: without a compiler npm left it out, and only sites with sysfs pins miss it, who are told so by the daemon.
 */
const rebuildForPinned = (root) => {
  if (!existsSync(join(root, 'node_modules', 'epoll'))) return
  const headers = join(root, 'node_modules', `node-${process.platform}-${process.arch}`)
  run('npm', ['rebuild', 'epoll', '--silent'], {
    cwd: root,
    env: { ...process.env, npm_config_nodedir: headers },
    stdio: 'ignore',
  })
}

const provePinnedNode = (root, wanted) => {
  const node = pinnedNode(root)
  if (!existsSync(node))
    fail(
      `Thiếu ${wanted.name}@${wanted.version}: npm đã bỏ qua gói tùy chọn.`,
      `${wanted.name}@${wanted.version} is missing: npm left optional packages out.`,
      'rm -rf node_modules && npm install --no-save --include=optional',
    )
  const asked = spawnSync(node, ['-p', 'process.version + " " + process.arch'], { encoding: 'utf8', timeout: 20_000 })
  const said = (asked.stdout ?? '').trim()
  if (said === `v${wanted.version} ${process.arch}`) return
  const why = asked.error?.message ?? (said === '' ? (asked.stderr ?? '').trim().slice(0, 300) : said)
  fail(
    `Node đi kèm không chạy đúng: cần v${wanted.version} ${process.arch}, nhận được: ${why}`,
    `The bundled Node is not right: wanted v${wanted.version} ${process.arch}, got: ${why}`,
    'rm -rf node_modules && npm install --no-save --include=optional',
  )
}
