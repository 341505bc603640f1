import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { newPem } from '#edge/shell/crypto.ts'
import { type CpioEntry, cpio } from '../../vm/cpio.ts'
import { fetchParts, openCache, type Parts } from '../../vm/fetch.ts'
import { librariesOf } from '../../vm/plan.ts'
import { run, Stop, say } from '../../vm/shell.ts'
import { bundleGuest, copy, REPO } from './bundle.ts'

/** What a virtual machine for power cuts boots from. Paths on this computer, in the cache of `test/vm`. */
export type Image = {
  readonly folder: string
  readonly kernel: string
  readonly initrd: string
  /** Node, the daemon's code, a file system check: read-only while disks are cut. */
  readonly root: string
  /** An empty ext4 as the installer would make it. */
  readonly empty: string
}

const ROOT_MB = 400
const DATA_MB = 256

/** Modules in the order they need one another. */
const MODULES = [
  'drivers/virtio/virtio_ring.ko',
  'drivers/virtio/virtio.ko',
  'drivers/virtio/virtio_pci_modern_dev.ko',
  'drivers/virtio/virtio_pci_legacy_dev.ko',
  'drivers/virtio/virtio_pci.ko',
  'drivers/block/virtio_blk.ko',
  'crypto/crc32c_generic.ko',
  'lib/crc16.ko',
  'fs/mbcache.ko',
  'fs/jbd2/jbd2.ko',
  'fs/ext4/ext4.ko',
]

/** Modules, the file system check as any machine does it at boot (`-p`: by itself or not at all), the mount, the daemon. */
const INIT = `#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
echo 3 > /proc/sys/kernel/printk
for m in /modules/*.ko; do $b insmod $m || echo "guest: insmod $m"; done
mode=ro
$b grep -q power.prepare /proc/cmdline && mode=rw
$b mount -t ext4 -o $mode /dev/vda /root || echo "guest: no root"
$b mount -t proc proc /root/proc
$b mount -t sysfs sys /root/sys
$b mount -t devtmpfs dev /root/dev
$b mkdir -p /root/dev/pts /root/dev/shm
$b mount -t devpts devpts /root/dev/pts
$b mount -t tmpfs tmp /root/tmp
$b mount -t tmpfs shm /root/dev/shm
$b ifconfig lo 127.0.0.1 up
$b chroot /root /sbin/e2fsck -p /dev/vdb
code=$?
echo
echo "@@power {\\"fsck\\":$code}"
$b mount -t ext4 -o noatime /dev/vdb /root/data
code=$?
[ $code = 0 ] || { echo; echo "@@power {\\"mount\\":$code}"; }
# Other programs of a machine write, too, and wait for nobody: their pages go out when the kernel likes.
echo 30 > /proc/sys/vm/dirty_writeback_centisecs
echo 60 > /proc/sys/vm/dirty_expire_centisecs
line="a line of a system journal that nobody flushes"
( while :; do for n in 1 2 3 4 5 6 7 8 9; do echo "$line $line $line $line $line"; done; $b usleep 250000; done >> /root/data/journal.txt ) &
export HOME=/tmp TMPDIR=/tmp NODE_COMPILE_CACHE=/cache
$b chroot /root /bin/node --disable-warning=ExperimentalWarning /repo/test/crash/power/guest.mjs
echo "guest: ended with $?"
$b umount /root/data
$b sync
$b mount -o remount,ro /dev/vda /root
echo o > /proc/sysrq-trigger
$b sleep 5
`

/** Packages that the daemon needs at run time, from the lock file. Those with compiled parts are read from here; the rest is in the bundle. */
const packages = (): readonly string[] => {
  const lock = JSON.parse(readFileSync(join(REPO, 'package-lock.json'), 'utf8')) as {
    readonly packages: { readonly [path: string]: { readonly dev?: boolean } }
  }
  return Object.entries(lock.packages)
    .filter(([path, of]) => path.startsWith('node_modules/') && of.dev !== true && !path.includes('node-linux-'))
    .map(([path]) => path)
    .filter((path) => path.lastIndexOf('node_modules/') === 0 && existsSync(join(REPO, path)))
}

/** Compiled parts for this kind of machine; a package may bring those of others, too. */
const addonsOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.node') && !/musl|arm|darwin|win32|android|freebsd|ia32/.test(`${folder}/${name}`))
    .map((name) => join(folder, name))

const copyLibraries = (program: string, root: string): void => {
  for (const library of librariesOf(run('ldd', [program], REPO))) copy(realpathSync(library), join(root, library))
}

const stage = (root: string, parts: Parts): void => {
  for (const folder of ['proc', 'sys', 'dev', 'tmp', 'data', 'cache', 'etc'])
    mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/tmp:/bin/sh\n')
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n')
  writeFileSync(join(root, 'keys.json'), JSON.stringify({ root: newPem(), officer: newPem() }))
  copy(parts.busybox, join(root, 'bin/busybox'))
  const check = ['/sbin/e2fsck', '/usr/sbin/e2fsck'].find((path) => existsSync(path))
  if (check === undefined) throw new Stop('Thiếu e2fsck: cài e2fsprogs · e2fsck is missing: install e2fsprogs')
  for (const [from, to] of [
    [join(REPO, 'node_modules/.bin/node'), 'bin/node'],
    [check, 'sbin/e2fsck'],
  ] as const) {
    copy(realpathSync(from), join(root, to))
    copyLibraries(from, root)
  }
  for (const path of packages()) {
    copy(join(REPO, path), join(root, 'repo', path))
    for (const addon of addonsOf(join(REPO, path))) copyLibraries(addon, root)
  }
}

const makeFs = (file: string, megabytes: number, from: string | null): void => {
  writeFileSync(file, '')
  truncateSync(file, megabytes * 1_048_576)
  const seeded = from === null ? [] : ['-d', from]
  run('mkfs.ext4', ['-q', '-F', '-b', '4096', ...seeded, file], dirname(file))
}

const makeInitrd = (file: string, parts: Parts): void => {
  const entry = (path: string, bytes: Buffer): CpioEntry => ({ is: 'file', path, mode: 0o755, bytes })
  const modules = join(parts.tree, 'lib/modules', parts.release, 'kernel')
  const entries: readonly CpioEntry[] = [
    ...['proc', 'dev', 'root'].map((path): CpioEntry => ({ is: 'folder', path })),
    entry('bin/busybox', readFileSync(parts.busybox)),
    ...MODULES.map((path, i) => entry(`modules/${String(i).padStart(2, '0')}.ko`, readFileSync(join(modules, path)))),
    entry('init', Buffer.from(INIT)),
  ]
  writeFileSync(file, Buffer.concat(cpio(entries)))
}

/** Builds the disks anew: some ten seconds. `commit`: the daemon as it was then; null: as it stands. Remove `folder` when done. */
export const buildImage = async (options: {
  readonly refresh: boolean
  readonly commit: string | null
}): Promise<Image> => {
  const cache = openCache()
  const parts = fetchParts(cache, 'amd64', { refresh: options.refresh, versions: new Map() })
  const folder = join(cache.folder, `power-${process.pid}`)
  const root = join(folder, 'root')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(root, { recursive: true })
  say('Dựng đĩa cho máy ảo', 'building the disks of the virtual machine')
  stage(root, parts)
  await bundleGuest({ root: join(root, 'repo'), scratch: folder, commit: options.commit })
  const image: Image = {
    folder,
    kernel: parts.kernel,
    initrd: join(folder, 'initrd.cpio'),
    root: join(folder, 'root.img'),
    empty: join(folder, 'empty.img'),
  }
  makeFs(image.root, ROOT_MB, root)
  makeFs(image.empty, DATA_MB, null)
  makeInitrd(image.initrd, parts)
  rmSync(root, { recursive: true })
  rmSync(join(folder, 'code'), { recursive: true })
  return image
}
