import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { kernelRelease, kernelSeries, type Machine, patchIrqSim } from './plan.ts'
import { ensurePrograms, run, Stop, say } from './shell.ts'

/**
 * Kernels, libraries and arm64 binaries for the machines, fetched once into a folder outside of the repository. Debian’s packages are
 * fetched with apt into a package state of our own and only unpacked: nothing is installed, no root is needed, and arm64 packages
 * come the same way. The computer’s own apt sources decide where from; signatures are checked by apt as always.
 */
export type Cache = {
  readonly folder: string
  /** Unpacked packages of one architecture. */
  readonly tree: (arch: 'amd64' | 'arm64') => string
}

export const openCache = (): Cache => {
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'bangtin-vm')
  mkdirSync(folder, { recursive: true })
  return { folder, tree: (arch) => join(folder, arch) }
}

const APT_FOLDERS = ['lists/partial', 'cache/archives/partial'] as const

/** apt with its own list of packages, for both architectures. */
const apt = (cache: Cache) => {
  const state = join(cache.folder, 'apt')
  for (const name of APT_FOLDERS) mkdirSync(join(state, name), { recursive: true })
  writeFileSync(join(state, 'status'), '')
  const settings = [
    'APT::Architecture=amd64',
    'APT::Architectures::=amd64',
    'APT::Architectures::=arm64',
    `Dir::State=${state}`,
    `Dir::State::lists=${state}/lists`,
    `Dir::State::status=${state}/status`,
    `Dir::Cache=${state}/cache`,
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
  ].flatMap((setting) => ['-o', setting])
  return (program: 'apt-get' | 'apt-cache', args: readonly string[], folder: string): string =>
    run(program, [...settings, ...args], folder)
}

/** Unpacks packages into one tree and keeps a note of it; the note is written last, so half a fetch is done again. */
const fetchPackages = (cache: Cache, arch: 'amd64' | 'arm64', refresh: boolean): string => {
  const tree = cache.tree(arch)
  const note = join(tree, '.release')
  if (existsSync(note) && !refresh) return readFileSync(note, 'utf8')
  const apts = apt(cache)
  say(`Tải nhân Debian ${arch}`, `fetching Debian’s kernel for ${arch} (first time: some 100 MB)`)
  apts('apt-get', ['update', '-qq'], cache.folder)
  const release = kernelRelease(apts('apt-cache', ['depends', `linux-image-${arch}:${arch}`], cache.folder))
  if (!release.ok)
    throw new Stop(`Nguồn apt không có nhân Debian · the apt sources have no Debian kernel: ${release.error}`)
  const names =
    arch === 'amd64'
      ? [`linux-headers-${release.value}`, `linux-headers-${commonOf(release.value)}`, ...sourcesOf(release.value)]
      : ['libc6', 'libstdc++6', 'libgcc-s1']
  const wanted = [`linux-image-${release.value}`, 'busybox-static', ...names].map((name) => `${name}:${arch}`)
  const debs = join(cache.folder, `debs-${arch}`)
  for (const folder of [tree, debs]) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
  }
  apts('apt-get', ['download', '-qq', ...wanted], debs)
  for (const deb of readdirSync(debs)) {
    // 138 MB of sources of which four files are wanted: taken out one by one later.
    if (deb.startsWith('linux-source-')) renameSync(join(debs, deb), join(tree, 'source.deb'))
    else run('dpkg', ['-x', join(debs, deb), tree], debs)
  }
  rmSync(debs, { recursive: true })
  writeFileSync(note, release.value)
  return release.value
}

const commonOf = (release: string): string => release.replace(/-amd64$/, '-common')
const sourcesOf = (release: string): readonly string[] => {
  const series = kernelSeries(release)
  return [`linux-kbuild-${series}`, `linux-source-${series}`]
}

const SIM_SOURCES = [
  'drivers/gpio/gpio-sim.c',
  'drivers/gpio/gpiolib.h',
  'drivers/gpio/gpiolib-cdev.h',
  'kernel/irq/irq_sim.c',
]

/**
 * gpio-sim for Debian’s kernel, which leaves it out: taken from the same kernel’s sources and built as a module of its own together with
 * the interrupt simulator it needs.
 */
const buildGpioSim = (tree: string, release: string): string => {
  const folder = join(tree, 'gpio-sim')
  const module = join(folder, 'gpio-sim.ko')
  if (existsSync(module)) return module
  say('Dựng mô-đun gpio-sim', 'building the module gpio-sim')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const top = `linux-source-${kernelSeries(release)}`
  const paths = SIM_SOURCES.map((path) => `${top}/${path}`).join(' ')
  const unpack = `dpkg --fsys-tarfile source.deb | tar -xO ./usr/src/${top}.tar.xz | xz -dc | tar -x -C gpio-sim --strip-components=1 ${paths}`
  run('sh', ['-c', unpack], tree)
  for (const path of SIM_SOURCES.slice(1, 3))
    copyFileSync(join(folder, path), join(folder, path.slice('drivers/gpio/'.length)))
  copyFileSync(join(folder, 'drivers/gpio/gpio-sim.c'), join(folder, 'gpio-sim-main.c'))
  writeFileSync(join(folder, 'irq_sim.c'), patchIrqSim(readFileSync(join(folder, 'kernel/irq/irq_sim.c'), 'utf8')))
  writeFileSync(join(folder, 'Makefile'), 'obj-m := gpio-sim.o\ngpio-sim-y := gpio-sim-main.o irq_sim.o\n')
  const headers = join(tree, 'usr/src', `linux-headers-${release}`)
  // The package expects to be installed under /usr/src; this one is unpacked elsewhere.
  writeFileSync(
    join(headers, 'Makefile'),
    `include ${join(tree, 'usr/src', `linux-headers-${commonOf(release)}`)}/Makefile\n`,
  )
  run('make', ['-C', headers, `M=${folder}`, 'modules'], folder)
  return module
}

/** What a machine boots and runs. Paths on this computer. */
export type Parts = {
  readonly kernel: string
  readonly busybox: string
  readonly tree: string
  readonly release: string
  /** gpio-sim.ko; null on the machine with a real driver. */
  readonly module: string | null
  /** npm packages for arm64 by name, unpacked; empty on amd64, which uses the tree’s own. */
  readonly packages: ReadonlyMap<string, string>
}

/** `versions`: exact versions of the arm64 npm packages to fetch. */
export const fetchParts = (
  cache: Cache,
  machine: Machine,
  options: { readonly refresh: boolean; readonly versions: ReadonlyMap<string, string> },
): Parts => {
  const arch = machine === 'amd64' ? 'amd64' : 'arm64'
  const release = fetchPackages(cache, arch, options.refresh)
  const tree = cache.tree(arch)
  return {
    kernel: join(tree, 'boot', `vmlinuz-${release}`),
    busybox: join(tree, 'bin/busybox'),
    tree,
    release,
    module: machine === 'amd64' ? buildGpioSim(tree, release) : null,
    packages: machine === 'amd64' ? new Map() : fetchNpm(cache, options.versions),
  }
}

const fetchNpm = (cache: Cache, versions: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map(
    [...versions].map(([name, version]) => {
      const folder = join(cache.folder, 'npm', `${name.replace('/', '+')}@${version}`)
      if (!existsSync(join(folder, 'package/package.json'))) {
        say(`Tải ${name}@${version}`, 'fetching from npm')
        rmSync(folder, { recursive: true, force: true })
        mkdirSync(folder, { recursive: true })
        const printed = run('npm', ['pack', '--silent', `${name}@${version}`], folder)
        const file = printed.trim().split('\n').at(-1) ?? ''
        run('tar', ['-xzf', file], folder)
        rmSync(join(folder, file))
      }
      return [name, join(folder, 'package')]
    }),
  )

/**
 * `onoff` stands on the compiled package `epoll`. Where npm built it for another Node than the pinned one (it takes the headers its own
 * settings name), a build of the same sources for the pinned Node is made here and laid over it inside of the machine. Null when the
 * tree’s own build loads, or when the package is not there at all.
 */
export const epollBuild = (cache: Cache, repo: string): string | null => {
  const modules = join(repo, 'node_modules')
  if (!existsSync(join(modules, 'epoll/build/Release/epoll.node'))) return null
  const node = join(modules, '.bin/node')
  if (run(node, ['-p', 'try { require("epoll"); 1 } catch { 0 }'], repo).trim() === '1') return null
  const abi = run(node, ['-p', 'process.versions.modules'], repo).trim()
  const file = join(cache.folder, `epoll-${abi}.node`)
  if (existsSync(file)) return file
  say('Dựng epoll cho Node ghim sẵn', 'building epoll for the pinned Node: the tree’s build is for another one')
  ensurePrograms([{ anyOf: ['g++'], package: 'g++' }], false)
  const include = [`-I${join(realpathSync(node), '../../include/node')}`, `-I${join(modules, 'nan')}`]
  const flags = ['-std=c++20', '-O1', '-shared', '-fPIC', '-DNODE_GYP_MODULE_NAME=epoll', '-DBUILDING_NODE_EXTENSION']
  run('g++', [...flags, ...include, '-o', `${file}.new`, join(modules, 'epoll/src/epoll.cc')], cache.folder)
  renameSync(`${file}.new`, file)
  return file
}
