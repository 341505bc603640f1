import { execFile } from 'node:child_process'
import { lstatSync, statSync } from 'node:fs'
import { arch, release } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { EdgeConfig } from '../config.ts'
import { VERSION } from '../ground.ts'
import { listSome, readSome } from '../shell/machine.ts'
import { realFs } from '../shell/playlog-fs.ts'
import { listSegments, segmentLines } from '../shell/playlog-segments.ts'
import { redactConfig, scrubber, secretsOnDisk } from './redact.ts'
import type { Report } from './report.ts'
import { type TarFile, tarOf } from './tar.ts'
import { reportText } from './text.ts'

/** What is sent to whoever helps: everything that explains, nothing that opens. */
export type Bundle = { readonly name: string; readonly bytes: Uint8Array }

export type BundleParts = {
  readonly report: Report
  readonly config: EdgeConfig
  /** The text of the configuration file; null where it cannot be read. */
  readonly configText: string | null
  /** What the daemon exposes to Prometheus; null without one. */
  readonly metrics: string | null
  /** `/` on a real machine. */
  readonly root: string
  /** Secrets that are in no file, e.g. the token by which files are fetched. */
  readonly secrets: readonly string[]
}

/** Characters of one file, lines of the log and of the journal. All together stay under 8 MiB before they are packed. */
const MOST_CHARS = 524_288
const EVIDENCE_LINES = 500
const JOURNAL_LINES = 500
const JOURNAL_MS = 10_000
/** Files of the system that say what machine this is and how it is doing. No addresses of people, no contents. */
const FACTS = [
  'etc/os-release',
  'etc/debian_version',
  'proc/cmdline',
  'proc/cpuinfo',
  'proc/interrupts',
  'proc/loadavg',
  'proc/meminfo',
  'proc/modules',
  'proc/net/dev',
  'proc/net/route',
  'proc/net/fib_trie',
  'proc/partitions',
  'proc/diskstats',
  'proc/self/mountinfo',
  'proc/uptime',
  'proc/version',
] as const

const README = `Gói chẩn đoán của bangtin, để gửi người hỗ trợ. Đã bỏ: khóa riêng của thiết bị, mã ghép nối, mã đăng ký, mật khẩu
và community của thiết bị, thông tin đăng nhập trong địa chỉ. Chỗ nào bỏ thì ghi «đã bỏ · removed».
Còn lại: tên người đã vào trang kỹ thuật (trong nhật ký), địa chỉ mạng nội bộ, tên nội dung.

A diagnostics bundle of bangtin, for whoever helps. Taken out: the device's private key, the pairing code, the enrol code, passwords and
communities of devices, credentials in addresses; «đã bỏ · removed» stands in their place.
What is in it: names of people who signed in at the page (in the log), local network addresses, titles of content.
`

/** Packs everything. `name` says site and time. Never throws for what cannot be read: that file then says so. */
export const makeBundle = async (parts: BundleParts): Promise<Bundle> => {
  const { report, config } = parts
  const redacted = redactConfig(parts.configText ?? '')
  // The file may have been changed since the daemon read it: what runs has secrets of its own.
  const running = redactConfig(JSON.stringify(secretParts(config))).secrets
  const scrub = scrubber([...parts.secrets, ...redacted.secrets, ...running, ...secretsOnDisk(config.dataDir)])
  const text = (name: string, content: string): TarFile => ({
    name: `${report.site.id}/${name}`.slice(0, 100),
    bytes: Buffer.from(scrub(tailOf(content)), 'utf8'),
  })
  const json = (name: string, value: unknown) => text(name, `${JSON.stringify(value, null, 1)}\n`)
  const files = [
    text('README.txt', README),
    text('report.txt', reportText(report)),
    json('report.json', report),
    json('config.json', redacted.config ?? 'không đọc được · cannot be read'),
    json('versions.json', versions(config)),
    json('data-folder.json', folderOf(config.dataDir)),
    text('evidence.jsonl', evidenceOf(config.dataDir)),
    text('journal.txt', await journal()),
    ...(parts.metrics === null ? [] : [text('metrics.txt', parts.metrics)]),
    ...FACTS.flatMap((path) => {
      const content = readSome(join(parts.root, path))
      return content === null ? [] : [text(`machine/${path.replaceAll('/', '-')}`, withoutSerial(content))]
    }),
    json('machine/block.json', blocksOf(parts.root)),
  ]
  const bytes = await promisify(gzip)(tarOf(files, Math.floor(report.at / 1000)))
  return { name: `bangtin-${report.site.id}-${report.when.slice(0, 19).replaceAll(':', '')}.tar.gz`, bytes }
}

/** Where a configuration in use may hold a secret, in the places where its file has them. */
const secretParts = ({ hub, controller, equipment, player }: EdgeConfig): object => ({
  hub: hub === null ? {} : { url: hub.url, enrolCode: hub.enrolCode },
  controller: controller === null ? {} : { address: controller.address },
  equipment: equipment.map(({ address }) => ({ address })),
  player: player.output === 'onboard' ? {} : { extraArgs: player.extraArgs },
})

/** The end is what matters of a log; a cut is told. */
const tailOf = (content: string): string =>
  content.length <= MOST_CHARS
    ? content
    : `… ${content.length - MOST_CHARS} ký tự đầu đã bỏ · characters left out\n${content.slice(-MOST_CHARS)}`

/** A board's own number says who bought it, and helps nobody. */
const withoutSerial = (content: string): string => content.replace(/^Serial\s*:.*$/gm, 'Serial\t\t: –')

const versions = ({ controller, equipment }: EdgeConfig) => ({
  bangtin: VERSION,
  node: process.versions.node,
  kernel: release(),
  arch: arch(),
  profiles: [
    ...(controller ? [{ device: 'display', profile: controller.profile, link: controller.link.kind }] : []),
    ...equipment.map(({ name, profile, link }) => ({ device: name, profile, link: link.kind })),
  ],
})

/** Names, sizes, modes and times; no contents. */
const folderOf = (dataDir: string): readonly object[] =>
  ['', 'plays'].flatMap((folder) =>
    listSome(join(dataDir, folder)).flatMap((name) => {
      try {
        const { size, mode, mtime } = lstatSync(join(dataDir, folder, name))
        return [{ name: join(folder, name), size, mode: (mode & 0o7777).toString(8), changed: mtime.toISOString() }]
      } catch {
        return []
      }
    }),
  )

const evidenceOf = (dataDir: string): string => {
  const dir = join(dataDir, 'plays')
  try {
    statSync(dir)
    const lines = listSegments(realFs, dir)
      .slice(-3)
      .flatMap((segment) => segmentLines(realFs, dir, segment))
    return `${lines.slice(-EVIDENCE_LINES).join('\n')}\n`
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n`
  }
}

/** The daemon's own lines, where this user may read the journal. */
const journal = async (): Promise<string> => {
  const args = ['-u', 'bangtin-edge@*', '-n', `${JOURNAL_LINES}`, '-o', 'short-iso', '--no-pager', '-q']
  try {
    const { stdout } = await promisify(execFile)('journalctl', args, {
      timeout: JOURNAL_MS,
      maxBuffer: 16 * MOST_CHARS,
    })
    return stdout === '' ? 'trống, hoặc không được đọc · empty, or may not be read\n' : stdout
  } catch {
    return 'không đọc được journal trên máy này · the journal cannot be read on this machine\n'
  }
}

const blocksOf = (root: string): readonly object[] =>
  listSome(join(root, 'sys/block'))
    .filter((name) => !/^(loop|ram|zram)/.test(name))
    .map((name) => {
      const at = (file: string) => readSome(join(root, 'sys/block', name, file))?.trim() ?? null
      return {
        name,
        sectors: at('size'),
        removable: at('removable'),
        readOnly: at('ro'),
        model: at('device/model') ?? at('device/name'),
        life: at('device/life_time'),
        endOfLife: at('device/pre_eol_info'),
        stat: at('stat'),
      }
    })
