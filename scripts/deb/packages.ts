import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { closure, type Lock, type Machine } from './lock.ts'

/** A package as it lies on this computer. */
export type Unpacked = {
  /** `node_modules/…` of the tree that is packed. */
  readonly place: string
  readonly folder: string
  readonly version: string
  readonly licence: string
}

const FETCH_LIMIT_MS = 600_000

const versionIn = (folder: string): string | null => {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return null
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version?: string }).version ?? null
}

/**
 * The packages of this list that `node_modules` does not have (those with programs for another kind of processor), fetched by npm into a folder
 * of the cache against their entries of the lock: same version, same integrity hash, nothing of theirs is run. Fetched once per lock.
 */
const fetchMissing = (
  repo: string,
  of: { readonly lock: Lock; readonly places: readonly string[]; readonly machine: Machine },
): string => {
  const { lock, places, machine } = of
  const entries = Object.fromEntries(places.map((place) => [place, lock[place]]))
  const names = Object.fromEntries(places.map((place) => [place.replace(/^node_modules\//, ''), lock[place]?.version]))
  const hash = createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 16)
  const ready = join(repo, 'node_modules', '.cache', 'bangtin-deb', `${machine.cpu}-${hash}`)
  if (existsSync(ready)) return ready
  mkdirSync(dirname(ready), { recursive: true })
  const scratch = mkdtempSync(join(dirname(ready), '.fetch-'))
  const about = { name: 'fetched', version: '1.0.0', private: true, dependencies: names }
  writeFileSync(join(scratch, 'package.json'), JSON.stringify(about))
  const lockfile = { name: 'fetched', version: '1.0.0', lockfileVersion: 3, requires: true }
  writeFileSync(
    join(scratch, 'package-lock.json'),
    JSON.stringify({ ...lockfile, packages: { '': about, ...entries } }),
  )
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
    .join(delimiter)
  const args = ['ci', '--ignore-scripts', '--force', '--no-audit', '--no-fund', '--loglevel=error']
  const done = spawnSync('npm', [...args, `--cpu=${machine.cpu}`, '--os=linux', '--libc=glibc'], {
    cwd: scratch,
    encoding: 'utf8',
    timeout: FETCH_LIMIT_MS,
    env: { ...process.env, PATH: path },
  })
  const wrong = places.filter((place) => versionIn(join(scratch, place)) !== lock[place]?.version)
  if (done.status !== 0 || wrong.length > 0) {
    rmSync(scratch, { recursive: true, force: true })
    throw new Error(`npm ${args.join(' ')} (linux ${machine.cpu}): ${wrong.join(', ')} ${done.stderr ?? ''}`.trim())
  }
  renameSync(scratch, ready)
  return ready
}

/** Every package the edge needs on this machine, each in the version of the lock. */
export const gatherPackages = (
  repo: string,
  of: { readonly lock: Lock; readonly roots: readonly string[]; readonly machine: Machine },
): readonly Unpacked[] => {
  const { lock, machine } = of
  const places = closure(lock, of.roots, machine)
  const here = (place: string): boolean => versionIn(join(repo, place)) === lock[place]?.version
  const missing = places.filter((place) => !here(place))
  const fetched = missing.length === 0 ? '' : fetchMissing(repo, { lock, places: missing, machine })
  return places.map((place) => {
    const folder = here(place) ? join(repo, place) : join(fetched, place)
    const one = lock[place]
    return { place, folder, version: one?.version ?? '', licence: one?.license ?? licenceIn(folder) }
  })
}

const licenceIn = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly license?: string }).license ?? '?'

/** Folders of packages that nothing reads at run time: sources of what is there compiled, and papers. */
const NOT_READ: { readonly [name: string]: readonly string[] } = {
  'node_modules/koffi': ['vendor', 'doc'],
  'node_modules/@serialport/bindings-cpp': ['src', 'build', 'binding.gyp'],
}
const PAPERS =
  /\.(?:md|markdown|map|d\.[mc]?ts|[mc]?ts|tsbuildinfo|flow|gyp|gypi|html|sh|ya?ml|h|hh|c|cc|cpp|inc|S|asm|txt.in)$/i
/** Kept whatever it is called, because the licences ask for it. */
const LICENCE = /^(?:licen[cs]e|copying|notice|authors|thirdparty)/i
const TESTS = new Set([
  'test',
  'tests',
  '__tests__',
  'example',
  'examples',
  'benchmark',
  'benchmarks',
  '.github',
  'coverage',
  'docs',
  'integration',
])

/** Files of a package that are packed, as paths within it, sorted. Node comes as its one program. */
export const filesOf = (one: Unpacked, machine: Machine): readonly string[] => {
  if (/^node_modules\/node-linux-/.test(one.place)) return ['LICENSE', 'bin/node', 'package.json']
  const not = NOT_READ[one.place] ?? []
  const walk = (at: string): readonly string[] =>
    readdirSync(join(one.folder, at), { withFileTypes: true }).flatMap((entry) => {
      const path = at === '' ? entry.name : `${at}/${entry.name}`
      if (entry.isDirectory()) {
        if (entry.name === 'node_modules' || TESTS.has(entry.name) || not.includes(path)) return []
        if (at === 'prebuilds' && entry.name !== `linux-${machine.cpu}`) return []
        return walk(path)
      }
      if (!entry.isFile() || path.includes('musl')) return []
      return LICENCE.test(entry.name) || !(PAPERS.test(entry.name) || entry.name.startsWith('.')) ? [path] : []
    })
  return [...walk('')].sort()
}
