import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { err, ok, type Result } from '#core/base/result.ts'
import { type EdgeConfig, readConfig } from '../config.ts'
import { auditEdge, auditHub } from '../doctor/audit.ts'
import { auditText } from '../doctor/audit-text.ts'
import { makeBundle } from '../doctor/bundle.ts'
import { diagnose } from '../doctor/diagnose.ts'
import type { Report } from '../doctor/report.ts'
import { askDaemon } from '../doctor/socket.ts'
import { stoppedFacts } from '../doctor/stopped.ts'
import { reportText } from '../doctor/text.ts'
import { readSome } from '../shell/machine.ts'
import { CONSOLE, type Out, Usage, usage, wrong } from './playlog-open.ts'

const HELP = `bangtin doctor: vì sao màn hình không hiện điều nó phải hiện · why this screen does not show what it should

  --config FILE     cấu hình của cụm; mặc định: tệp duy nhất của một cụm trong /etc/bangtin
                    configuration of the cluster; default: the only one in /etc/bangtin
  --json            một văn bản JSON cho chương trình · one JSON text for programs
  --bundle FILE     gói chẩn đoán FILE.tar.gz để gửi người hỗ trợ, đã bỏ mọi bí mật, dưới 8 MiB
                    diagnostics bundle for support, without any secret, below 8 MiB
  --audit           kiểm tra an toàn của cấu hình và máy · security check of configuration and machine
  --hub-config FILE cùng --audit: kiểm tra cấu hình của trung tâm · with --audit: the hub's configuration

Hỏi tiến trình đang chạy qua doctor.sock trong thư mục dữ liệu (chạy bằng root hoặc người dùng của dịch vụ); nếu không có tiến trình thì đọc đĩa.
Asks the running daemon by doctor.sock in its data folder (as root or the service's user); without one it reads the disk.

Mã thoát · exit: 0 tốt · fine; 1 có điều cần xem · something to look at; 2 dùng sai · bad usage
`

const OPTIONS = {
  config: { type: 'string' },
  json: { type: 'boolean', default: false },
  bundle: { type: 'string' },
  audit: { type: 'boolean', default: false },
  'hub-config': { type: 'string' },
} as const

/** Where a package puts the configurations of its clusters. */
const CONFIG_FOLDER = '/etc/bangtin'
/** How long a daemon may take to answer, ms: ten seconds of trouble on a slow card are still an answer. */
const WAIT_MS = 15_000

/** What of the world it goes by; a test gives its own. */
type World = { readonly root: string; readonly path: string; readonly now: () => number; readonly waitMs: number }
const machineWorld = (): World => ({
  root: '/',
  path: process.env['PATH'] ?? '',
  now: () => Date.now(),
  waitMs: WAIT_MS,
})

export const doctorCommand = async (args: string[]): Promise<number> => doctor(args, CONSOLE, machineWorld())

/** `bangtin doctor` with its output and world given. */
export const doctor = async (args: readonly string[], io: Out, world: World): Promise<number> => {
  if (args.includes('--help') || args.includes('-h')) {
    io.out(HELP)
    return 0
  }
  try {
    const { values } = readArgs(args)
    const given = values['hub-config']
    if (given !== undefined && !values.audit)
      return usage('--hub-config chỉ đi với --audit', '--hub-config goes with --audit')
    if (given !== undefined && values.config === undefined) return hubAudit(given, { json: values.json, io, world })
    const file = values.config ?? theOnlyConfig(world.root)
    const config = readConfig(file)
    if (!config.ok) return unreadable(config.error, values.json, io)
    if (values.audit) return edgeAudit({ file, config: config.value, hub: given, json: values.json }, io, world)
    return diagnosis({ file, config: config.value, json: values.json, bundle: values.bundle }, io, world)
  } catch (error) {
    if (!(error instanceof Usage)) throw error
    io.err(`✗ ${error.message}\n  bangtin doctor --help\n`)
    return 2
  }
}

const readArgs = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS })
  } catch (error) {
    throw new Usage((error as Error).message)
  }
}

/** Configurations of clusters say whose they are; a power sequence beside them does not. */
const theOnlyConfig = (root: string): string => {
  const folder = join(root, CONFIG_FOLDER)
  const files = list(folder).filter((file) => /"site"\s*:/.test(readSome(join(folder, file)) ?? ''))
  const [first] = files
  if (first === undefined)
    return usage(
      `không có cấu hình nào trong ${folder}: cho biết --config`,
      `no configuration in ${folder}: say --config`,
    )
  if (files.length > 1)
    return usage(
      `nhiều cấu hình trong ${folder} (${files.join(', ')}): cho biết --config`,
      'several: say --config which',
    )
  return join(folder, first)
}
const list = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'))
  } catch {
    return []
  }
}

/** A configuration that cannot be read is the finding itself: the daemon did not start because of it. */
const unreadable = (detail: string, json: boolean, io: Out): number => {
  if (detail.includes('EACCES'))
    return usage(`${detail}: chạy bằng root (sudo bangtin doctor)`, 'run it as root (sudo bangtin doctor)')
  if (!json)
    return wrong(
      io,
      `✗ Cấu hình sai, tiến trình không khởi động được: ${detail}`,
      'the configuration is wrong, the daemon cannot start',
    )
  io.out(
    `${JSON.stringify({ v: 1, running: false, verdict: 'broken', causes: [{ id: 'config-invalid', severity: 'critical', evidence: detail }] })}\n`,
  )
  return 1
}

type Ask = {
  readonly file: string
  readonly config: EdgeConfig
  readonly json: boolean
  readonly bundle: string | undefined
}

const diagnosis = async ({ file, config, json, bundle }: Ask, io: Out, world: World): Promise<number> => {
  const asked = await askDaemon(config.dataDir, 'report', world.waitMs)
  if (!asked.ok && asked.error === 'forbidden')
    return usage(
      `không được vào ${config.dataDir}: chạy bằng root (sudo bangtin doctor)`,
      'the data folder may not be entered: run it as root (sudo bangtin doctor)',
    )
  const live = asked.ok ? readReport(asked.value) : null
  const report = live ?? diagnose(await stoppedFacts(config, { root: world.root, at: world.now(), path: world.path }))
  if (bundle !== undefined) {
    const metrics = live === null ? null : await askDaemon(config.dataDir, 'metrics', world.waitMs)
    const packed = await makeBundle({
      report,
      config,
      configText: readSome(file),
      metrics: metrics?.ok ? metrics.value : null,
      root: world.root,
      secrets: [],
    })
    const written = write(bundle, packed.bytes)
    if (!written.ok) return wrong(io, `✗ ${bundle}: ${written.error}`, 'could not be written')
    io.err(`✓ ${bundle} (${packed.bytes.length} byte) · ${report.answer.vi}\n`)
  }
  if (json) io.out(`${JSON.stringify(report)}\n`)
  else if (bundle === undefined) io.out(reportText(report))
  return report.verdict === 'fine' ? 0 : 1
}

/** Of our own daemon, perhaps of another version: what cannot be read is no answer. */
const readReport = (text: string): Report | null => {
  try {
    const said = JSON.parse(text) as Report
    return said.v === 1 && Array.isArray(said.sections) ? said : null
  } catch {
    return null
  }
}

/** For its owner alone, and never over a file that is there. */
const write = (file: string, bytes: Uint8Array): Result<null, string> => {
  try {
    writeFileSync(file, bytes, { mode: 0o600, flag: 'wx' })
    return ok(null)
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
}

type AuditAsk = {
  readonly file: string
  readonly config: EdgeConfig
  readonly hub: string | undefined
  readonly json: boolean
}

const edgeAudit = (ask: AuditAsk, io: Out, world: World): number => {
  const edge = auditEdge({ file: ask.file, config: ask.config, root: world.root })
  const hub = ask.hub === undefined ? [] : auditHub({ file: ask.hub, now: world.now() })
  return told([...edge, ...hub], ask.json, io)
}

const hubAudit = (file: string, of: { readonly json: boolean; readonly io: Out; readonly world: World }): number =>
  told(auditHub({ file, now: of.world.now() }), of.json, of.io)

const told = (checks: ReturnType<typeof auditEdge>, json: boolean, io: Out): number => {
  io.out(json ? `${JSON.stringify({ v: 1, checks })}\n` : auditText(checks))
  return checks.some(({ result }) => result === 'fail' || result === 'warn') ? 1 : 0
}
