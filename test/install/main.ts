import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensurePrograms, Stop } from '../vm/shell.ts'
import { proveArm } from './arm64.ts'
import { type Checks, createChecks } from './checks.ts'
import { bootContainer } from './container.ts'
import { powerOn } from './machine.ts'
import { prove } from './proof.ts'
import { buildImage, debianFolder, type Suite } from './root.ts'
import { buildVersions } from './versions.ts'

const HELP = `node test/install/run.mjs [--only container|vm|arm64] [--suite bookworm|trixie] [--cuts N] [--seed N] [--refresh] [--install] [--keep]

Cài gói thật trên Debian sạch · the real package on a clean Debian: install, first start, upgrade, failed upgrades, power cuts, remove, purge.
Needs root (mmdebstrap, file owners), some 6 GB in the cache and in /tmp, a quarter of an hour for the container, an hour for the machine.

  --only WHICH   container: cả câu chuyện trong systemd-nspawn · the whole story; vm: máy ảo với ổ đĩa mất điện thật, cổng USB · real power cuts, USB ports;
                 arm64: tệp và lệnh của gói arm64 · programs of the arm64 package
  --suite NAME   Debian 12 (bookworm) hoặc 13 (trixie)
  --cuts N       số lần mất điện giữa lúc nâng cấp · power cuts in mid-upgrade (3)
  --seed N       chọn lúc cắt · chooses when (1)
  --refresh      dựng lại Debian sạch · build the clean Debian again
  --install      tự cài gói apt còn thiếu · install missing apt packages
  --keep         giữ đĩa · keep the disks

Mã thoát · exit: 0 đạt · passed; 1 có điều không đúng · something did not hold; 2 dùng sai · bad usage
`

const NEEDS = [
  { anyOf: ['mmdebstrap'], package: 'mmdebstrap' },
  { anyOf: ['qemu-system-x86_64'], package: 'qemu-system-x86' },
  { anyOf: ['nbdkit'], package: 'nbdkit' },
  { anyOf: ['systemd-nspawn'], package: 'systemd-container' },
  { anyOf: ['qemu-aarch64-static'], package: 'qemu-user-static' },
  { anyOf: ['readelf'], package: 'binutils' },
  { anyOf: ['dpkg-deb'], package: 'dpkg' },
  { anyOf: ['mkfs.ext4', '/usr/sbin/mkfs.ext4'], package: 'e2fsprogs' },
]

type Asked = {
  readonly suite: Suite
  readonly cuts: number
  readonly seed: number
  readonly refresh: boolean
  readonly keep: boolean
}

/** One story: in a container, or in a virtual machine. */
const story = async (checks: Checks, kind: 'vm' | 'container', of: Asked): Promise<void> => {
  const debs = mkdtempSync(join(tmpdir(), 'bangtin-debs-'))
  const made: string[] = [debs]
  try {
    const ids = buildVersions(debs)
    const { suite, refresh, cuts, seed } = of
    if (kind === 'container') {
      const root = debianFolder(suite, refresh)
      made.push(root)
      await prove({ boot: () => bootContainer({ root, debs }), kind, checks, ids, cuts, seed })
    } else {
      const image = buildImage({ suite, refresh, debs })
      made.push(image.folder)
      await prove({ boot: () => powerOn(image), kind, checks, ids, cuts, seed })
    }
  } finally {
    if (!of.keep) for (const folder of made) rmSync(folder, { recursive: true, force: true })
  }
}

const main = async (args: string[]): Promise<number> => {
  const flag = { type: 'boolean', default: false } as const
  let values: {
    only?: string | undefined
    suite: string
    cuts: string
    seed: string
    refresh: boolean
    install: boolean
    keep: boolean
    help: boolean
  }
  try {
    values = parseArgs({
      args,
      options: {
        only: { type: 'string' },
        suite: { type: 'string', default: 'bookworm' },
        cuts: { type: 'string', default: '3' },
        seed: { type: 'string', default: '1' },
        refresh: flag,
        install: flag,
        keep: flag,
        help: flag,
      },
    }).values
  } catch (error) {
    process.stderr.write(`✗ ${error instanceof Error ? error.message : String(error)}\n${HELP}`)
    return 2
  }
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const { suite } = values
  const [cuts, seed] = [Number(values.cuts), Number(values.seed)]
  const wrong =
    (suite !== 'bookworm' && suite !== 'trixie') ||
    ![undefined, 'vm', 'container', 'arm64'].includes(values.only) ||
    !Number.isSafeInteger(cuts + seed) ||
    cuts < 0
  if (wrong) {
    process.stderr.write(HELP)
    return 2
  }
  const checks = createChecks()
  try {
    if (process.getuid?.() !== 0) throw new Stop('cần quyền root · needs root')
    ensurePrograms(NEEDS, values.install)
    if (!existsSync('/usr/share/keyrings/debian-archive-keyring.gpg'))
      throw new Stop('thiếu · missing: apt-get install debian-archive-keyring')
    const asked: Asked = { suite, cuts, seed, refresh: values.refresh, keep: values.keep }
    const wanted = (what: string): boolean => values.only === undefined || values.only === what
    if (wanted('arm64')) await proveArm(checks, asked)
    if (wanted('container')) await story(checks, 'container', asked)
    if (wanted('vm')) await story(checks, 'vm', asked)
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    checks.check(error.message, false, '')
  }
  const { passed, failed } = checks.counts()
  process.stdout.write(`\n${passed} đạt · held, ${failed.length} không · did not\n`)
  for (const one of failed) process.stdout.write(`  ✗ ${one}\n`)
  return failed.length === 0 && passed > 0 ? 0 : 1
}

// What was started ends with us: machines and containers listen to our exit.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code))
process.exitCode = await main(process.argv.slice(2))
