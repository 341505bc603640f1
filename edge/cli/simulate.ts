import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Static, Type } from 'typebox'
import { judgeDay } from '#core/airtime/compliance.ts'
import { type DayLedger, emptyLedger, finishedDays, fold } from '#core/airtime/ledger.ts'
import { faultText, parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { dateOf, formatInstant } from '#core/base/time.ts'
import { type Instant, instant, mono, percent, type Reading } from '#core/base/units.ts'
import { canonicalItem } from '#core/content/item.ts'
import type { PlayAnswer } from '#core/contract/api.ts'
import { type Envelope, EnvelopeSchema } from '#core/contract/envelope.ts'
import { Order } from '#core/emergency/order.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import type { VerifiedSchedule } from '#core/engine/verified.ts'
import { type Happening, type PanelHappening, runVirtual } from '#core/engine/virtual.ts'
import { seal } from '#core/evidence/chain.ts'
import { foldPlays } from '#core/evidence/query.ts'
import { type EvidenceRecord, GENESIS, type StampedRecord } from '#core/evidence/record.ts'
import { parsePolicy, policyOn } from '#core/policy/check.ts'
import type { Policy } from '#core/policy/policy.ts'
import { checkSchedule } from '#core/schedule/check.ts'
import { ScheduleDocument } from '#core/schedule/document.ts'

const HELP = `bangtin simulate: chạy bộ máy thật trong thời gian ảo · runs the real engine in virtual time

  --policy FILE     hồ sơ quy chế (mặc định lai-chau-2024) · policy profile
  --schedule FILE   tài liệu lịch: JSON, hoặc phong bì đã ký (chữ ký không kiểm ở đây)
                    schedule document: JSON, or a signed envelope (its signature is not checked here)
  --events FILE     việc xảy ra · what happens: [{ "at": "2026-11-23T09:00:00+07:00", "event": "order", "order": {…} },
                    { "at": …, "event": "player-down" | "player-up" | "display-lost" | "display-back" }]
  --from DATE       ngày đầu · first day (YYYY-MM-DD)
  --days N          số ngày, mặc định 1, nhiều nhất 200 · days, default 1, at most 200
  --class C         BORDER_GATE (mặc định · default) | BULLETIN_BOARD
  --json            một văn bản JSON · one JSON text
  --no-plays        bỏ danh sách lượt phát · leave out the list of plays

Mã thoát · exit: 0 đủ thời lượng · compliant; 1 có ngày không đủ · some day is not; 2 dùng sai · bad usage
`

const MOST_DAYS = 200
/** Between ticks of the simulated shell, ms. */
const TICK_MS = 1_000
const DEFAULT_POLICY = new URL('../../deploy/policies/lai-chau-2024.json', import.meta.url).pathname

const Strict = { additionalProperties: false } as const
const At = Type.String({ format: 'date-time', maxLength: 40 })
const Happenings = Type.Array(
  Type.Union([
    Type.Object({ at: At, event: Type.Literal('order'), order: Order }, Strict),
    Type.Object({ at: At, event: Type.Enum(['player-down', 'player-up', 'display-lost', 'display-back']) }, Strict),
  ]),
  { maxItems: 10_000 },
)

type Options = {
  readonly policy: Policy
  readonly document: ScheduleDocument
  readonly happenings: readonly (Happening | PanelHappening)[]
  readonly from: Instant
  readonly days: number
  readonly site: SiteFacts
}

const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')

const readText = (file: string): Result<string, string> => {
  try {
    return ok(readFileSync(file, 'utf8'))
  } catch (error) {
    return err(
      `${file}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'không thấy tệp · no such file' : String(error)}`,
    )
  }
}

const readPolicy = (file: string): Result<Policy, string> => {
  const text = readText(file)
  if (!text.ok) return text
  const policy = parsePolicy(text.value)
  return policy.ok ? policy : err(faultText(file, policy.error))
}

/** A plain document, or the payload of a signed envelope. */
const readSchedule = (file: string, policy: Policy): Result<ScheduleDocument, string> => {
  const text = readText(file)
  if (!text.ok) return text
  const sealed = parseDocument(EnvelopeSchema, text.value)
  const parsed = parseDocument(ScheduleDocument, sealed.ok ? sealed.value.payload : text.value)
  if (!parsed.ok) return err(faultText(file, parsed.error))
  const { faults } = checkSchedule(parsed.value, policy)
  return faults.length === 0 ? parsed : err(faultText(file, faults))
}

const readHappenings = (file: string): Result<readonly (Happening | PanelHappening)[], string> => {
  const text = readText(file)
  if (!text.ok) return text
  const parsed = parseDocument(Happenings, text.value)
  if (!parsed.ok) return err(faultText(file, parsed.error))
  return ok(parsed.value.map(happeningOf))
}

const happeningOf = (given: Static<typeof Happenings>[number]): Happening | PanelHappening => {
  const at = instant(Date.parse(given.at))
  if (given.event === 'order') {
    const envelope: Envelope = { v: 1, type: 'order', payload: JSON.stringify(given.order), signatures: [] }
    return {
      at,
      event: {
        event: 'order',
        order: { order: given.order, envelope, keys: ['simulated'], hash: sha256(envelope.payload) },
      },
    }
  }
  if (given.event === 'player-up') return { at, event: { event: 'player', what: 'up' } }
  if (given.event === 'player-down')
    return { at, event: { event: 'player', what: 'down', detail: 'simulated', missing: false } }
  return { at, panel: given.event === 'display-lost' ? 'lost' : 'back' }
}

const readOptions = (args: string[]): Result<Options & { json: boolean; plays: boolean }, string> => {
  const { values } = parseArgs({
    args,
    options: {
      policy: { type: 'string', default: DEFAULT_POLICY },
      schedule: { type: 'string' },
      events: { type: 'string' },
      from: { type: 'string' },
      days: { type: 'string', default: '1' },
      class: { type: 'string', default: 'BORDER_GATE' },
      json: { type: 'boolean', default: false },
      'no-plays': { type: 'boolean', default: false },
    },
  })
  if (!values.schedule) return err('thiếu --schedule FILE · --schedule FILE is needed')
  const policy = readPolicy(values.policy)
  if (!policy.ok) return policy
  const document = readSchedule(values.schedule, policy.value)
  if (!document.ok) return document
  const happenings = values.events ? readHappenings(values.events) : ok([])
  if (!happenings.ok) return happenings
  const days = Number(values.days)
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) return err(`--days ${values.days}: 1 … ${MOST_DAYS}`)
  const day = values.from ?? dateOf(instant(document.value.issuedAt), policy.value.zone.offsetMinutes)
  const from = instant(Date.parse(`${day}T00:00:00Z`) - policy.value.zone.offsetMinutes * 60_000)
  if (Number.isNaN(from)) return err(`--from ${day}: YYYY-MM-DD`)
  const clusterClass = values.class
  if (clusterClass !== 'BORDER_GATE' && clusterClass !== 'BULLETIN_BOARD')
    return err(`--class ${clusterClass}: BORDER_GATE | BULLETIN_BOARD`)
  return ok({
    policy: policy.value,
    document: document.value,
    happenings: happenings.value,
    from,
    days,
    site: siteOf(document.value.site, clusterClass),
    json: values.json,
    plays: !values['no-plays'],
  })
}

const siteOf = (id: string, clusterClass: SiteFacts['clusterClass']): SiteFacts => ({
  id,
  name: id,
  clusterClass,
  unitCode: '00000',
  panel: { width: 1280, height: 640 },
  exerciseMode: false,
  outdoors: true,
  audio: false,
  hasController: true,
  hasHub: true,
  brightnessLimit: percent(100),
  version: 'simulate',
})

export type Simulated = {
  readonly site: string
  readonly policy: string
  readonly from: string
  readonly days: readonly (DayLedger & { readonly compliance: ReturnType<typeof judgeDay> })[]
  readonly plays: readonly PlayAnswer[]
  readonly records: number
  readonly steps: number
  /** Head of the hash chain over every record: same input, same head. */
  readonly head: string
}

/** The run itself: every record is chained as the real log would chain it, and ledger and plays are folds over those lines. */
export const simulate = (options: Options & { readonly plays: boolean }): Simulated => {
  const { policy, document, from, days, site } = options
  const { offsetMinutes } = policy.zone
  const to = instant(from + days * 86_400_000)
  const lines: EvidenceRecord[] = []
  const finished = new Map<string, DayLedger>()
  const log = { prev: GENESIS, seq: 0, date: '', ledger: emptyLedger(policy) }
  const collect = (now: Reading) => {
    for (const day of finishedDays(log.ledger, now)) finished.set(day.date, day)
  }
  const onRecord = (record: StampedRecord) => {
    const sealed = seal(log.prev, log.seq, record, sha256)
    log.prev = sealed.hash
    log.seq++
    log.ledger = fold(log.ledger, record)
    if (options.plays) lines.push(JSON.parse(sealed.line) as EvidenceRecord)
    const date = dateOf(instant(record.at.wall), offsetMinutes)
    if (date !== log.date)
      collect({ wall: instant(record.at.wall), mono: mono(record.at.mono), quality: record.at.q, bootId: record.boot })
    log.date = date
  }
  const happenings = [...start(document, from), ...options.happenings]
  // A minute more, because the last minute of a day is closed by the first heartbeat of the next.
  const run = runVirtual({ site, policy, from, to: instant(to + 61_000), happenings, tickMs: TICK_MS, onRecord })
  collect(run.state.now)
  return {
    site: site.id,
    policy: policy.id,
    from: formatInstant(from, offsetMinutes),
    days: [...finished.values()].map((day) => ({
      ...day,
      compliance: judgeDay(day, policyOn([policy], day.date)),
    })),
    plays: options.plays ? [...foldPlays(site.id, lines)] : [],
    records: log.seq,
    steps: run.steps,
    head: log.prev,
  }
}

/** The daemon's own beginning: awake, every file present, the player up. */
const start = (document: ScheduleDocument, from: Instant): readonly Happening[] => {
  const items = document.items.map(({ item }) => item)
  const schedule: VerifiedSchedule = {
    document,
    envelope: { v: 1, type: 'schedule', payload: '', signatures: [] },
    key: 'simulated',
    items: Object.fromEntries(items.map((item) => [item.id, item])),
    hashes: Object.fromEntries(items.map((item) => [item.id, sha256(canonicalItem(item))])),
    refused: [],
  }
  const assets = items.flatMap((item) => (item.asset ? [item.asset.sha256] : []))
  return [
    { at: from, event: { event: 'schedule', schedule } },
    ...assets.map((sha): Happening => ({ at: from, event: { event: 'asset', sha256: sha, state: 'present' } })),
    { at: from, event: { event: 'player', what: 'up' } },
  ]
}

const clock = (ms: number): string => {
  const s = Math.floor(ms / 1000)
  return `${Math.floor(s / 3600)}:${String(Math.floor(s / 60) % 60).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`
}

const people = (result: Simulated): string =>
  result.days
    .map((day) => {
      const rows = day.periods.map(
        (p) =>
          `  ${p.period.padEnd(10)} phát ${clock(p.delivered)} · quảng cáo ${clock(p.ads)} · khác ${clock(p.other)} · tắt ${clock(p.dark)} · lỗi ${clock(p.faulted)} · nhường ${clock(p.displaced)}`,
      )
      return [day.compliance.vi, ...rows].join('\n')
    })
    .join('\n')

/** `bangtin simulate`: exit 0 when every day is compliant (or exempt), 1 when one is not, 2 for bad usage. */
export const simulateCommand = async (args: string[]): Promise<number> => {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP)
    return 0
  }
  let options: ReturnType<typeof readOptions>
  try {
    options = readOptions(args)
  } catch (error) {
    options = err((error as Error).message)
  }
  if (!options.ok) {
    process.stderr.write(`✗ ${options.error}\n  bangtin simulate --help\n`)
    return 2
  }
  const result = simulate(options.value)
  process.stdout.write(options.value.json ? `${JSON.stringify(result, null, 2)}\n` : `${people(result)}\n`)
  return result.days.every((d) => d.compliance.verdict !== 'non-compliant') ? 0 : 1
}
