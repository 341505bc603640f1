import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { ar, type Entry, tar } from './archive.ts'
import { CONFFILES, controlFile, copyrightFile, DEBIAN_ARCH, md5sums, PACKAGE } from './control.ts'
import type { Machine } from './lock.ts'
import { asEntries, buildId, type File, foldersAbove, type Program, programTree } from './tree.ts'

/** Where dpkg unpacks the program. Nothing runs from there: `bangtin-upgrade` makes versions of it. */
const PROGRAM = 'opt/bangtin/package'
const SCRIPTS = ['postinst', 'prerm', 'postrm'] as const
const FROM = 'deploy/edge'
const UNITS = 'usr/lib/systemd/system'
const DOC = `usr/share/doc/${PACKAGE}`

/** Files of the repository that lie elsewhere on the machine than with the program. */
const PLACES: readonly (readonly [to: string, from: string])[] = [
  [`${UNITS}/bangtin-edge@.service`, `${FROM}/bangtin-edge@.service`],
  [`${UNITS}/bangtin-upgrade-boot.service`, `${FROM}/deb/bangtin-upgrade-boot.service`],
  [`${UNITS}/bangtin-upgrade-watch.service`, `${FROM}/deb/bangtin-upgrade-watch.service`],
  ['usr/lib/systemd/journald.conf.d/bangtin.conf', `${FROM}/deb/journald.conf`],
  ['usr/lib/sysusers.d/bangtin-edge.conf', `${FROM}/deb/sysusers.conf`],
  ['usr/lib/tmpfiles.d/bangtin-edge.conf', `${FROM}/deb/tmpfiles.conf`],
  ['usr/lib/udev/rules.d/99-bangtin.rules', `${FROM}/99-bangtin.rules`],
  ['etc/bangtin/upgrade.conf', `${FROM}/deb/upgrade.conf`],
  ['usr/share/lintian/overrides/bangtin-edge', `${FROM}/deb/lintian-overrides`],
  [`${DOC}/README.md`, `${FROM}/README.md`],
  [`${DOC}/CHANGELOG.md`, 'CHANGELOG.md'],
  [`${DOC}/examples/edge.example.json`, `${FROM}/edge.example.json`],
  [`${DOC}/examples/power.example.json`, `${FROM}/power.example.json`],
  [`${DOC}/examples/power-sequence.example.json`, `${FROM}/power-sequence.example.json`],
  [`${DOC}/examples/chrony.conf`, `${FROM}/chrony.conf`],
  [`${DOC}/examples/overlayroot.conf`, `${FROM}/overlayroot.conf`],
]

/** Names that hold whatever version runs. `/opt/bangtin/deploy/…` is what configurations say, with or without the package. */
const LINKS: readonly (readonly [path: string, to: string])[] = [
  ['usr/bin/bangtin', '/opt/bangtin/current/bangtin'],
  ['usr/sbin/bangtin-upgrade', '/opt/bangtin/good/deploy/edge/deb/bangtin-upgrade'],
  ['opt/bangtin/bangtin', 'current/bangtin'],
  ['opt/bangtin/deploy', 'current/deploy'],
  ['opt/bangtin/firmware-profiles', 'current/firmware-profiles'],
  [`${UNITS}/multi-user.target.wants/bangtin-upgrade-boot.service`, '../bangtin-upgrade-boot.service'],
  [`${UNITS}/multi-user.target.wants/bangtin-upgrade-watch.service`, '../bangtin-upgrade-watch.service'],
]

export type DebOptions = {
  readonly repo: string
  readonly machine: Machine
  /** Of the package and of the program in it. */
  readonly version: string
  /** Seconds since 1970 that every file carries. */
  readonly epoch: number
  /** Of zstd; absent: 19, for what is handed out. */
  readonly level?: number
  /** For tests that need another program than the one that stands here. */
  readonly change?: (files: readonly File[]) => readonly File[]
}

export type Deb = {
  readonly name: string
  readonly bytes: Buffer
  readonly id: string
  readonly program: Program
  readonly entries: readonly Entry[]
  readonly installedBytes: number
}

/** All that is on the machine after unpacking, sorted, folders before what is in them. */
export const packageEntries = (repo: string, program: Program, id: string): readonly Entry[] => {
  const files: readonly Entry[] = [
    ...asEntries(program, PROGRAM),
    { is: 'file', path: `${PROGRAM}/BUILD`, mode: 0o644, bytes: () => Buffer.from(`${id}\n`) },
    ...PLACES.map(
      ([path, from]): Entry => ({ is: 'file', path, mode: 0o644, bytes: () => readFileSync(join(repo, from)) }),
    ),
    { is: 'file', path: `${DOC}/copyright`, mode: 0o644, bytes: () => Buffer.from(copyrightFile(program.packages)) },
    ...LINKS.map(([path, to]): Entry => ({ is: 'link', path, to })),
  ]
  const folders = foldersAbove(files.map(({ path }) => path)).map(
    (path): Entry => ({ is: 'folder', path, mode: 0o755 }),
  )
  return [...folders, ...files].sort((a, b) => (a.path < b.path ? -1 : 1))
}

export const controlEntries = (repo: string, text: string, sums: string): readonly Entry[] => {
  const file = (path: string, body: string | Buffer, mode = 0o644): Entry => ({
    is: 'file',
    path,
    mode,
    bytes: () => Buffer.from(body),
  })
  return [
    { is: 'folder', path: '', mode: 0o755 },
    file('conffiles', CONFFILES.map((path) => `${path}\n`).join('')),
    file('control', text),
    file('md5sums', sums),
    ...SCRIPTS.map((name) => file(name, readFileSync(join(repo, FROM, 'deb', name)), 0o755)),
  ]
}

/** zstd: dpkg of Debian 12 and newer reads it, and unpacks it in a second. Level 19 takes 80 s and saves 6 MB over the 5 s of level 9. */
const ZSTD_LEVEL = 19

export const buildDeb = (options: DebOptions): Deb => {
  const { repo, machine, version, epoch } = options
  const program = programTree(repo, { machine, version, change: options.change ?? ((files) => files) })
  const id = buildId(program)
  const entries = packageEntries(repo, program, id)
  const arch = DEBIAN_ARCH[machine.cpu]
  const installedBytes = entries.reduce((sum, entry) => sum + (entry.is === 'file' ? entry.bytes().length : 0), 0)
  const control = controlEntries(repo, controlFile({ version, arch, bytes: installedBytes }), md5sums(entries))
  const data = tar([{ is: 'folder', path: '', mode: 0o755 }, ...entries], epoch)
  const bytes = ar(
    [
      { name: 'debian-binary', bytes: Buffer.from('2.0\n') },
      { name: 'control.tar.gz', bytes: gzipSync(tar(control, epoch), { level: 9 }) },
      {
        name: 'data.tar.zst',
        bytes: zstdCompressSync(data, {
          params: {
            [constants.ZSTD_c_compressionLevel]: options.level ?? ZSTD_LEVEL,
            [constants.ZSTD_c_checksumFlag]: 1,
          },
        }),
      },
    ],
    epoch,
  )
  return { name: `${PACKAGE}_${version}_${arch}.deb`, bytes, id, program, entries, installedBytes }
}

/** Writes it beside its sum, whole or not at all. */
export const writeDeb = (deb: Deb, folder: string): { readonly file: string; readonly sha256: string } => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, deb.name)
  const sha256 = createHash('sha256').update(deb.bytes).digest('hex')
  writeFileSync(`${file}.new`, deb.bytes)
  renameSync(`${file}.new`, file)
  writeFileSync(`${file}.sha256`, `${sha256}  ${deb.name}\n`)
  return { file, sha256 }
}
