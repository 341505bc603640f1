import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { Stop } from '../../vm/shell.ts'

export const REPO = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '')
/** What of this repository the guest’s program is made of. */
const CODE = ['core', 'controller', 'edge', 'deploy/policies', 'firmware-profiles', 'package.json']
const GUEST = 'test/crash/power'
/** What it reads while it runs. */
const READ = ['deploy/policies', 'firmware-profiles', 'package.json']
/** Packages with compiled parts, which they find beside themselves. */
const AS_THEY_ARE = ['koffi', 'serialport', '@napi-rs/canvas', '@node-rs/argon2', 'onoff', 'selfsigned']
const MOST_ARCHIVE = 64 * 1024 * 1024

export const copy = (from: string, to: string): void => {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to, { recursive: true, dereference: true })
}

/** The code as it stands, or as it stood at a commit: whoever works on the repository meanwhile does not disturb the run. */
const takeCode = (to: string, commit: string | null): void => {
  mkdirSync(to, { recursive: true })
  copy(join(REPO, GUEST), join(to, GUEST))
  symlinkSync(join(REPO, 'node_modules'), join(to, 'node_modules'))
  if (commit === null) {
    for (const path of CODE) copy(join(REPO, path), join(to, path))
    return
  }
  const archive = spawnSync('git', ['archive', commit, '--', ...CODE], { cwd: REPO, maxBuffer: MOST_ARCHIVE })
  if (archive.status !== 0) throw new Stop(`git archive ${commit}: ${archive.stderr}`)
  const unpacked = spawnSync('tar', ['-x', '-C', to], { input: archive.stdout })
  if (unpacked.status !== 0) throw new Stop(`tar: ${unpacked.stderr}`)
}

/**
 * Puts the guest’s program (the daemon and what feeds it) into one file below `root`: an emulated processor needs some twenty seconds to find and
 * read a thousand small ones. `scratch` is a folder of the caller's for the code.
 */
export const bundleGuest = async (of: {
  readonly root: string
  readonly scratch: string
  readonly commit: string | null
}): Promise<void> => {
  const code = join(of.scratch, 'code')
  takeCode(code, of.commit)
  await build({
    root: code,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    ssr: { target: 'node', noExternal: true, external: AS_THEY_ARE },
    build: {
      ssr: join(code, GUEST, 'guest.ts'),
      outDir: join(of.root, GUEST),
      emptyOutDir: false,
      target: 'node24',
      minify: false,
      rolldownOptions: { output: { entryFileNames: 'guest.mjs', codeSplitting: false } },
    },
  })
  for (const path of READ) copy(join(code, path), join(of.root, path))
}
