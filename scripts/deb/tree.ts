import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Entry } from './archive.ts'
import { type Machine, readLock } from './lock.ts'
import { filesOf, gatherPackages, type Unpacked } from './packages.ts'

/** What of this repository the edge is made of. */
const SOURCES = ['core', 'controller', 'edge', 'firmware-profiles', 'deploy/edge', 'deploy/policies'] as const
const SINGLE = ['bangtin', 'bangtin.ts', 'deploy/RUNBOOK.md'] as const
/** Maintainer scripts and what goes elsewhere in the package: all but the script that a version on trial is judged with, and its README. */
const NOT_IN_TREE = /^deploy\/edge\/deb\/(?!bangtin-upgrade$|README\.md$)/
/** Tests, and the displays that are not there (whom only tests, the demo and trials speak to). */
const NOT_SHIPPED = /(?:\.test\.ts|\.snap|(?:^|[/-])testing\.ts)$|(?:^|\/)(?:test|__snapshots__)\/|^controller\/sim\//
const BARE_IMPORT = /(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'([^'.#][^']*)'/gm
/** Keys of package.json that Node or the program reads; the rest is about developing. */
const ABOUT = ['name', 'version', 'description', 'license', 'private', 'type', 'imports'] as const

export type File = { readonly path: string; readonly mode: number; readonly bytes: () => Buffer }
export type Program = {
  readonly version: string
  readonly files: readonly File[]
  readonly links: readonly { readonly path: string; readonly to: string }[]
  readonly packages: readonly Unpacked[]
}

const walk = (repo: string, at: string): readonly string[] =>
  readdirSync(join(repo, at), { withFileTypes: true }).flatMap((entry) => {
    const path = `${at}/${entry.name}`
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : walk(repo, path)
    return entry.isFile() ? [path] : []
  })

/** Sorted paths of our own files in the package. */
export const ourFiles = (repo: string): readonly string[] =>
  [...SOURCES.flatMap((folder) => walk(repo, folder)), ...SINGLE]
    .filter((path) => !NOT_SHIPPED.test(path) && !NOT_IN_TREE.test(path))
    .sort()

/** npm packages that these files import. The lock says what those need in their turn. */
export const importedBy = (repo: string, files: readonly string[]): readonly string[] => {
  const found = files
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [...readFileSync(join(repo, path), 'utf8').matchAll(BARE_IMPORT)].map((match) => match[1] ?? ''))
    .filter((name) => name !== '' && !name.startsWith('node:'))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    )
  return [...new Set(found)].sort()
}

const aboutFile = (repo: string, version: string): Buffer => {
  const all = JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8')) as { readonly [key: string]: unknown }
  const kept = Object.fromEntries(ABOUT.flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]]])))
  return Buffer.from(`${JSON.stringify({ ...kept, version }, null, 2)}\n`)
}

const isProgram = (path: string): boolean => /(?:^|\/)(?:bangtin|bangtin-upgrade|node)$/.test(path)

const ours = (repo: string, version: string): readonly File[] => [
  ...ourFiles(repo).map((path) => ({
    path,
    mode: isProgram(path) ? 0o755 : 0o644,
    bytes: () => readFileSync(join(repo, path)),
  })),
  { path: 'package.json', mode: 0o644, bytes: () => aboutFile(repo, version) },
]

/** The program as it is run: our files and the packages they need, with Node, below one folder. */
export const programTree = (
  repo: string,
  of: {
    readonly machine: Machine
    readonly version: string
    readonly change: (files: readonly File[]) => readonly File[]
  },
): Program => {
  const { machine, version } = of
  const node = `node-linux-${machine.cpu}`
  const roots = [...importedBy(repo, ourFiles(repo)), node]
  const packages = gatherPackages(repo, { lock: readLock(repo), roots, machine })
  const theirs = packages.flatMap((one) =>
    filesOf(one, machine).map((path): File => {
      const file = join(one.folder, path)
      if (!existsSync(file) || !statSync(file).isFile()) throw new Error(`${file}: not there; npm install?`)
      return { path: `${one.place}/${path}`, mode: isProgram(path) ? 0o755 : 0o644, bytes: () => readFileSync(file) }
    }),
  )
  const files = [...of.change(ours(repo, version)), ...theirs]
  return {
    version,
    packages,
    files: [...files].sort((a, b) => (a.path < b.path ? -1 : 1)),
    links: [{ path: 'node_modules/.bin/node', to: `../${node}/bin/node` }],
  }
}

/** Name of exactly these bytes: the version and the start of their sum. Two builds of one version do not take one another's place. */
export const buildId = (program: Program): string => {
  const sum = createHash('sha256')
  for (const file of program.files)
    sum.update(`${file.path}\0${file.mode}\0${createHash('sha256').update(file.bytes()).digest('hex')}\n`)
  for (const link of program.links) sum.update(`${link.path}\0${link.to}\n`)
  return `${program.version}-${sum.digest('hex').slice(0, 8)}`
}

/** Folders above these paths, each once, sorted. */
export const foldersAbove = (paths: readonly string[]): readonly string[] => {
  const found = new Set<string>()
  for (const path of paths)
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) found.add(path.slice(0, at))
  return [...found].sort()
}

export const asEntries = (program: Program, below: string): readonly Entry[] => [
  ...program.files.map((file): Entry => ({ is: 'file', ...file, path: `${below}/${file.path}` })),
  ...program.links.map((link): Entry => ({ is: 'link', path: `${below}/${link.path}`, to: link.to })),
]
