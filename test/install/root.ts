import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { openCache } from '../vm/fetch.ts'
import { Stop, say } from '../vm/shell.ts'

/** What an installed Debian brings that the package depends on, and what the machine needs to start. All from Debian’s own archive. */
const PACKAGES = [
  ...['systemd-sysv', 'udev', 'dbus', 'linux-image-amd64', 'initramfs-tools', 'kmod', 'procps', 'iproute2', 'curl'],
  ...['adduser', 'mpv', 'fonts-noto-core', 'fonts-noto-cjk', 'zstd', 'e2fsprogs'],
]
/** arm64 under user-mode emulation: what the package’s programs link against, and what the check of a configuration reads. */
const ARM_PACKAGES = ['libc6', 'libstdc++6', 'libgcc-s1', 'dash', 'coreutils', 'fonts-noto-core']
const NO_PAPERS = ['doc', 'man', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`)
const BUILD_LIMIT_MS = 1_800_000
const DISK_MB = 3584
const CARGO_MB = 512

const command = (program: string, args: readonly string[]): void => {
  const done = spawnSync(program, [...args], { encoding: 'utf8', timeout: BUILD_LIMIT_MS, maxBuffer: 64 * 1024 * 1024 })
  if (done.error !== undefined) throw new Stop(`${program}: ${done.error.message}`)
  if (done.status !== 0) throw new Stop(`${program} ${args.join(' ')}\n${`${done.stdout}${done.stderr}`.slice(-3000)}`)
}

export type Suite = 'bookworm' | 'trixie'

/** A clean Debian as a tar archive, made once and kept in the cache of `test/vm`. */
const cleanRoot = (of: {
  readonly arch: 'amd64' | 'arm64'
  readonly suite: Suite
  readonly refresh: boolean
}): string => {
  const file = join(openCache().folder, `install-${of.suite}-${of.arch}.tar`)
  if (existsSync(file) && !of.refresh) return file
  say(
    `Dựng Debian sạch (${of.suite}, ${of.arch}), vài phút`,
    `building a clean Debian (${of.suite}, ${of.arch}), some minutes`,
  )
  const include = of.arch === 'amd64' ? PACKAGES : ARM_PACKAGES
  const variant = of.arch === 'amd64' ? ['--variant=minbase'] : ['--variant=extract']
  command('mmdebstrap', [
    ...variant,
    `--architectures=${of.arch}`,
    '--format=tar',
    `--include=${include.join(',')}`,
    ...NO_PAPERS,
    of.suite,
    `${file}.new`,
  ])
  renameSync(`${file}.new`, file)
  return file
}

/** A shell for the host on the second serial port: one line in (base64 of a script), one line out (exit code, base64 of what it said). */
const AGENT = `[Unit]
DefaultDependencies=no
After=local-fs.target systemd-remount-fs.service
Before=shutdown.target
Conflicts=shutdown.target
[Service]
ExecStart=/bin/sh /proof/agent.sh
Restart=always
RestartSec=1
[Install]
WantedBy=sysinit.target
`
const AGENT_SCRIPT = `stty -F /dev/ttyS1 raw -echo
exec </dev/ttyS1 >/dev/ttyS1
echo '@@up'
while IFS= read -r line; do
  echo "$line" | base64 -d >/run/proof.sh 2>/dev/null
  sh /run/proof.sh </dev/null >/run/proof.out 2>&1
  code=$?
  echo "@@done $code $(tail -c 30000 /run/proof.out | base64 -w0)"
done
`

export type Image = {
  readonly folder: string
  readonly kernel: string
  readonly initrd: string
  readonly disk: string
  readonly cargo: string
}

const makeFs = (file: string, megabytes: number, from: string): void => {
  writeFileSync(file, '')
  truncateSync(file, megabytes * 1_048_576)
  command('mkfs.ext4', ['-q', '-F', '-b', '4096', '-d', from, file])
}

const only = (folder: string, prefix: string): string => {
  const found = readdirSync(folder).find((name) => name.startsWith(prefix))
  if (found === undefined) throw new Stop(`${folder}/${prefix}*: không có · not there`)
  return join(folder, found)
}

/** Disks of a machine with a clean Debian and nothing of ours on it but the shell. Needs root: files keep their owners. */
export const buildImage = (of: { readonly suite: Suite; readonly refresh: boolean; readonly debs: string }): Image => {
  const tar = cleanRoot({ arch: 'amd64', suite: of.suite, refresh: of.refresh })
  const folder = mkdtempSync(join(openCache().folder, 'install-'))
  const root = join(folder, 'root')
  mkdirSync(root)
  say('Dựng đĩa cho máy ảo', 'building the disks of the virtual machine')
  command('tar', ['-x', '-f', tar, '-C', root, '--numeric-owner', '--xattrs'])
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  put('etc/systemd/system/proof-shell.service', AGENT)
  put('proof/agent.sh', AGENT_SCRIPT)
  mkdirSync(join(root, 'cargo'), { recursive: true })
  command('systemctl', ['--root', root, 'enable', 'proof-shell.service'])
  put('etc/fstab', '/dev/vda / ext4 defaults,noatime,errors=remount-ro 0 1\n/dev/vdb /cargo ext4 ro 0 0\n')
  put('etc/hostname', 'cum-thu\n')
  // A journal that a cut leaves readable, as the package's own settings do on a real machine.
  mkdirSync(join(root, 'var/log/journal'), { recursive: true })
  const image: Image = {
    folder,
    kernel: join(folder, 'vmlinuz'),
    initrd: join(folder, 'initrd'),
    disk: join(folder, 'disk.img'),
    cargo: join(folder, 'cargo.img'),
  }
  command('cp', [only(join(root, 'boot'), 'vmlinuz-'), image.kernel])
  command('cp', [only(join(root, 'boot'), 'initrd.img-'), image.initrd])
  makeFs(image.disk, DISK_MB, root)
  makeFs(image.cargo, CARGO_MB, of.debs)
  rmSync(root, { recursive: true })
  return image
}

/** A folder with a clean Debian, for a container. */
export const debianFolder = (suite: Suite, refresh: boolean): string => {
  const tar = cleanRoot({ arch: 'amd64', suite, refresh })
  const root = mkdtempSync(join(openCache().folder, 'install-root-'))
  const not = ['./boot/*', './usr/lib/modules/*'].map((path) => `--exclude=${path}`)
  command('tar', ['-x', '-f', tar, '-C', root, '--numeric-owner', '--xattrs', ...not])
  command('chmod', ['0755', root])
  mkdirSync(join(root, 'cargo'), { recursive: true })
  return root
}

/** A folder with what programs of arm64 link against. */
export const armRoot = (suite: Suite, refresh: boolean): string => {
  const tar = cleanRoot({ arch: 'arm64', suite, refresh })
  const root = mkdtempSync(join(openCache().folder, 'install-arm-'))
  command('tar', ['-x', '-f', tar, '-C', root, '--exclude=./dev'])
  return root
}
