import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildDeb } from '../../scripts/deb/build.ts'
import type { File } from '../../scripts/deb/tree.ts'

export const REPO = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '')
/** Of every file; the packages of a proof are not handed out. */
const EPOCH = 1_700_000_000
const QUICK_LEVEL = 3

type Change = (files: readonly File[]) => readonly File[]

/** One of our files, changed; a change that changes nothing is an error of the proof. */
const patch =
  (path: string, by: (text: string) => string): Change =>
  (files) => {
    const found = files.find((file) => file.path === path)
    if (found === undefined) throw new Error(`${path}: not in the package`)
    const before = found.bytes().toString('utf8')
    const after = by(before)
    if (after === before) throw new Error(`${path}: the change found nothing to change`)
    return files.map((file) => (file === found ? { ...file, bytes: () => Buffer.from(after) } : file))
  }

/** What is wrong with each version of the proof. */
export const VERSIONS = {
  /** As it stands. */
  first: { version: '0.1.0', change: (files) => files },
  better: { version: '0.1.1', change: patch('deploy/RUNBOOK.md', (text) => `${text}\n`) },
  /** Comes up, says READY, and ends seconds later. */
  crashing: {
    version: '0.1.2',
    change: patch(
      'bangtin.ts',
      // Before everything else: `main` is waited for to the end.
      (text) =>
        `if (process.argv[2] === 'edge' && !process.argv.includes('--check')) setTimeout(() => process.exit(70), 15_000)\n${text}`,
    ),
  },
  /** Runs on and beats, but shows nothing. */
  dark: {
    version: '0.1.3',
    change: patch('edge/parts.ts', (text) => text.replace("program: 'mpv'", "program: 'no-player'")),
  },
  /** Does not even take the configuration. */
  unfit: {
    version: '0.1.4',
    change: patch('edge/config.ts', (text) => `throw new Error('unfit on purpose')\n${text}`),
  },
  last: { version: '0.1.5', change: patch('deploy/RUNBOOK.md', (text) => `${text}\n\n`) },
} as const satisfies { readonly [name: string]: { readonly version: string; readonly change: Change } }
export type Version = keyof typeof VERSIONS

export const NAMES = Object.keys(VERSIONS) as readonly Version[]
export const debOf = (name: Version): string => `/cargo/bangtin-edge_${VERSIONS[name].version}_amd64.deb`

/** Builds them all into one folder; answers the build of each. */
export const buildVersions = (folder: string): { readonly [V in Version]?: string } => {
  mkdirSync(folder, { recursive: true })
  return Object.fromEntries(
    NAMES.map((name) => {
      const deb = buildDeb({ repo: REPO, machine: { cpu: 'x64' }, epoch: EPOCH, level: QUICK_LEVEL, ...VERSIONS[name] })
      writeFileSync(join(folder, deb.name), deb.bytes)
      return [name, deb.id]
    }),
  )
}
