import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { faultText, parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { DAY, dateOf, instantOfDate, isDate } from '#core/base/time.ts'
import { instant, percent } from '#core/base/units.ts'
import { EnvelopeSchema } from '#core/contract/envelope.ts'
import type { PlayAnswer } from '#core/contract/operations.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import { parsePolicy, policyFor } from '#core/policy/check.ts'
import type { Policy } from '#core/policy/policy.ts'
import { checkSchedule } from '#core/schedule/check.ts'
import { ScheduleDocument } from '#core/schedule/document.ts'
import { type Given, parseEvents } from './simulate-events.ts'
import { type SimulateOptions, simulate } from './simulate-run.ts'
import { people } from './simulate-text.ts'

const HELP = `bangtin simulate: chạy bộ máy thật trong thời gian ảo · runs the real engine in virtual time

  --policy FILE     hồ sơ quy chế (mặc định lai-chau-2024) · policy profile
  --schedule FILE   tài liệu lịch: JSON, hoặc phong bì đã ký (chữ ký không kiểm ở đây)
                    schedule document: JSON, or a signed envelope (its signature is not checked here)
  --events FILE     việc xảy ra · what happens: [{ "at": "2026-11-23T09:00:00+07:00", "event": "order", "order": {…} },
                    { "at": …, "event": "player-down" | "player-up" | "display-lost" | "display-back" | "display-dark" |
                    "display-lit" }, { "at": …, "event": "clock-step", "stepMs": -600000 }]
  --from DATE       ngày đầu · first day (YYYY-MM-DD)
  --days N          số ngày, mặc định 1, nhiều nhất 200 · days, default 1, at most 200
  --class C         BORDER_GATE (mặc định · default) | BULLETIN_BOARD
  --json            một văn bản JSON · one JSON text
  --no-plays        bỏ danh sách lượt phát (quá 7 ngày thì luôn bỏ) · leave out the list of plays (always, above 7 days)
  --plays FILE      ghi mọi lượt phát, mỗi dòng một JSON · write every play to FILE, one JSON line each

Quá 7 ngày thì in theo tháng, tiến độ ở stderr · above 7 days the text is by month, progress goes to stderr.
183 ngày, 10 giây một lượt, chạy khoảng một phút · 183 days at one play per 10 s take about a minute.

Mã thoát · exit: 0 đủ thời lượng · compliant; 1 có ngày không đủ · some day is not; 2 dùng sai · bad usage
`

const MOST_DAYS = 200
/** Of a longer run the JSON holds days but no plays, so that it stays small. */
const LISTED_DAYS = 7
const DEFAULT_POLICY = new URL('../../deploy/policies/lai-chau-2024.json', import.meta.url).pathname

type Options = Omit<SimulateOptions, 'onPlay' | 'onDay'> & {
  readonly json: boolean
  /** Are plays listed in the JSON? Never more than a week of them. */
  readonly list: boolean
  readonly playsFile: string | null
}

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
  const { faults } = checkSchedule(parsed.value, policyFor(policy, parsed.value.site))
  return faults.length === 0 ? parsed : err(faultText(file, faults))
}

const readHappenings = (file: string): Result<readonly Given[], string> => {
  const text = readText(file)
  if (!text.ok) return text
  return parseEvents(file, text.value)
}

const readOptions = (args: string[]): Result<Options, string> => {
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
      plays: { type: 'string' },
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
  if (!isDate(day)) return err(`--from ${day}: lịch không có ngày này · is no date of the calendar (YYYY-MM-DD)`)
  const from = instantOfDate(day, policy.value.zone.offsetMinutes)
  const clusterClass = values.class
  if (clusterClass !== 'BORDER_GATE' && clusterClass !== 'BULLETIN_BOARD')
    return err(`--class ${clusterClass}: BORDER_GATE | BULLETIN_BOARD`)
  return ok({
    policy: policyFor(policy.value, document.value.site),
    document: document.value,
    happenings: happenings.value,
    from,
    days,
    site: siteOf(document.value.site, clusterClass),
    json: values.json,
    list: values.json && !values['no-plays'] && values.plays === undefined && days <= LISTED_DAYS,
    playsFile: values.plays ?? null,
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
  input: null,
  onboard: false,
  powerOffAfter: null,
  hasHub: true,
  brightnessLimit: percent(100),
  location: null,
  watts: null,
  thermal: null,
  onBattery: null,
  panelLight: null,
  presets: [],
  version: 'simulate',
})

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
  const out = openPlays(options.value.playsFile)
  if (!out.ok) {
    process.stderr.write(`✗ --plays ${out.error}\n`)
    return 2
  }
  sayUnused(options.value)
  const plays: PlayAnswer[] = []
  const { json, list, days } = options.value
  const result = simulate({
    ...options.value,
    onPlay: list ? (play) => plays.push(play) : out.value.write,
    onDay: days > LISTED_DAYS ? progress(days) : null,
  })
  out.value.end()
  process.stdout.write(json ? `${JSON.stringify({ ...result, plays }, null, 2)}\n` : `${people(result)}\n`)
  return result.days.every((d) => d.compliance.verdict !== 'non-compliant') ? 0 : 1
}

/** An event that lies after the last day happens to nobody: that is said, for its time is likely a mistake. */
const sayUnused = ({ happenings, from, days }: Options): void => {
  const end = from + days * DAY
  const late = happenings.filter(({ at }) => at >= end).length
  if (late > 0)
    process.stderr.write(`⚠ --events: ${late} việc sau ngày cuối, không tính · ${late} after the last day, left out\n`)
}

type PlaysFile = { readonly write: ((play: PlayAnswer) => void) | null; readonly end: () => void }

/** Characters gathered before a write. */
const CHUNK = 262_144

const openPlays = (file: string | null): Result<PlaysFile, string> => {
  if (file === null) return ok({ write: null, end: () => undefined })
  let fd: number
  try {
    fd = openSync(file, 'w', 0o640)
  } catch (error) {
    return err(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const waiting = { text: '' }
  const flush = () => {
    appendFileSync(fd, waiting.text)
    waiting.text = ''
  }
  return ok({
    write: (play) => {
      waiting.text += `${JSON.stringify(play)}\n`
      if (waiting.text.length > CHUNK) flush()
    },
    end: () => {
      flush()
      closeSync(fd)
    },
  })
}

/** A line on stderr for every tenth part. */
const progress = (days: number): ((done: number) => void) => {
  const began = performance.now()
  const said = { tenths: 0 }
  return (done) => {
    const tenths = Math.floor((done * 10) / days)
    if (tenths === said.tenths) return
    said.tenths = tenths
    process.stderr.write(`• ${done}/${days} ngày · days, ${((performance.now() - began) / 1000).toFixed(0)} s\n`)
  }
}
