import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Need } from './plan.ts'

/** Longest a download, an unpacking or the build of the module may take, ms. */
const COMMAND_LIMIT_MS = 300_000
const MOST_OUTPUT = 64 * 1024 * 1024

/** For people, Vietnamese first; on stderr, so that stdout has only the steps. */
export const say = (vi: string, en: string): void => {
  process.stderr.write(`▸ ${vi} · ${en}\n`)
}

/** Something outside of us went wrong; its text is for people. */
export class Stop extends Error {}

/** Runs one program to its end and gives what it printed. Throws `Stop` with the end of its error output when it fails. */
export const run = (program: string, args: readonly string[], folder: string): string => {
  const done = spawnSync(program, [...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: COMMAND_LIMIT_MS,
    maxBuffer: MOST_OUTPUT,
    env: { ...process.env, LC_ALL: 'C' },
  })
  if (done.error !== undefined) throw new Stop(`${program}: ${done.error.message}`)
  if (done.status !== 0) throw new Stop(`${program} ${args.join(' ')}\n${`${done.stdout}${done.stderr}`.slice(-3000)}`)
  return done.stdout
}

const present = (thing: string): boolean =>
  thing.startsWith('/')
    ? existsSync(thing)
    : (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
        try {
          accessSync(join(folder, thing), constants.X_OK)
          return true
        } catch {
          return false
        }
      })

export const missing = (needs: readonly Need[]): readonly string[] =>
  needs.filter(({ anyOf }) => !anyOf.some(present)).map((need) => need.package)

/** Installs with apt, where asked to; says the line to type otherwise. */
export const ensurePrograms = (needs: readonly Need[], install: boolean): void => {
  const wanted = missing(needs)
  if (wanted.length === 0) return
  const args = ['install', '-y', '--no-install-recommends', ...wanted]
  const root = process.getuid?.() === 0
  const byHand = `${root ? '' : 'sudo '}apt-get update && ${root ? '' : 'sudo '}apt-get ${args.join(' ')}`
  if (!install) throw new Stop(`Thiếu gói, hãy chạy · missing packages, please run (or use --install):\n  ${byHand}`)
  say(`Cài ${wanted.join(' ')}`, 'installing with apt')
  const front = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get']
  for (const words of [['update'], args]) {
    const [program = 'sudo', ...rest] = root ? [...front, ...words] : ['sudo', '-n', ...front, ...words]
    run(program, rest, '/')
  }
  const still = missing(needs)
  if (still.length > 0) throw new Stop(`apt: ${still.join(' ')}?\n  ${byHand}`)
}
