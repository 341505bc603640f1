import type { RecentExchange } from '#controller/bus/meter.ts'
import {
  CLOCK_NAMES,
  ITEM_REFUSAL_NAMES,
  LIT_NAMES,
  nameOf,
  ORDER_END_NAMES,
  type Phrase,
  PROOF_NAMES,
} from '#core/contract/words.ts'
import { ORDER_CLASS_NAMES } from '#core/emergency/order.ts'
import type { DoctorFacts, LineFacts, LiveFacts, OrderFacts } from './facts.ts'
import { ladderRows } from './ladder.ts'
import { both, bytesText, type Mark, type Row, row, type Section, same, section, span } from './report.ts'
import { timeText } from './when.ts'

/** Sections that only a running daemon can fill. */
export const screenSections = (facts: DoctorFacts, live: LiveFacts): readonly Section[] => [
  section('claims', both('Ai đòi màn hình', 'Who asks for the screen'), ladderRows(live.verdict, live.titles)),
  section('orders', both('Lệnh', 'Orders'), orderRows(facts, live)),
  section('display', both('Muốn và thấy', 'Wanted and observed'), displayRows(live)),
  section('lines', both('Đường dây', 'Lines'), lineRows(facts, live)),
  section('player', both('Trình phát', 'Player'), playerRows(live)),
  section('content', both('Lịch và nội dung', 'Schedule and content'), contentRows(facts, live)),
]

const NONE = both('không có', 'none')

const SILENT: { readonly [S in NonNullable<OrderFacts['silent']>]: Phrase } = {
  sleeps: both('không được bật màn hình ngoài giờ', 'may not wake the screen'),
  exercise: both('diễn tập, nhường lệnh thật', 'an exercise, gives way to what is real'),
  broken: both('trang không hiện được', 'its page cannot be shown'),
}
const orderRows = ({ offsetMinutes }: DoctorFacts, { orders }: LiveFacts): readonly Row[] =>
  orders.length === 0
    ? [row(both('Đã biết', 'Known'), NONE)]
    : orders.map((order): Row => {
        const name = nameOf(ORDER_CLASS_NAMES, order.class)
        const until = timeText(order.expiresAt, offsetMinutes)
        const title = order.headline === '' ? '' : ` “${order.headline}”`
        return row(
          both(`${name.vi}${title}`, `${name.en}${title}`),
          orderState(order, until, timeText(order.startsAt, offsetMinutes)),
          order.state === 'active' && order.silent === 'broken' ? 'bad' : order.state === 'active' ? 'good' : 'plain',
          order.id,
        )
      })

const orderState = (order: OrderFacts, until: string, from: string): Phrase => {
  const end = nameOf(ORDER_END_NAMES, order.endReason ?? 'expired')
  switch (order.state) {
    case 'pending':
      return both(`chờ đến ${from}`, `waits until ${from}`)
    case 'ended':
      return both(`đã hết: ${end.vi} (hạn ${until})`, `over: ${end.en} (until ${until})`)
    case 'active': {
      const shown = order.shown ? both('đã hiện', 'shown') : both('chưa thấy hiện', 'not seen yet')
      const silent = order.silent === null ? shown : SILENT[order.silent]
      return both(`có hiệu lực đến ${until}: ${silent.vi}`, `in force until ${until}: ${silent.en}`)
    }
  }
}

type Value = boolean | number | string | null
const words = (value: Value, unit = ''): Phrase =>
  value === null
    ? both('không rõ', 'unknown')
    : typeof value === 'boolean'
      ? value
        ? both('có', 'yes')
        : both('không', 'no')
      : same(typeof value === 'number' ? `${Math.round(value * 10) / 10}${unit}` : value)

/** Controllers count brightness in 255ths. */
const isSame = (a: Value, b: Value): boolean =>
  typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= 0.5 : a === b

/** A reading older than this says how it was, not how it is, ms: a display is read every few seconds. */
const STALE_MS = 20_000
/** Wanted → observed; marked where they differ. An old reading that agrees proves nothing. */
const comparison =
  (isFresh: boolean) =>
  (name: Phrase, want: Value, seen: Value, unit = ''): Row => {
    const [a, b] = [words(want, unit), words(seen, unit)]
    const agrees = seen === null || want === null || isSame(want, seen)
    const mark: Mark = seen === null || (agrees && !isFresh) ? 'plain' : agrees ? 'good' : 'warn'
    return row(name, both(`muốn ${a.vi}, thấy ${b.vi}`, `wanted ${a.en}, seen ${b.en}`), mark)
  }

const displayRows = (live: LiveFacts): readonly Row[] => {
  const { status, wanted, observedMs, power } = live
  const { display, screen } = status
  const lit: Mark = screen.lit === 'unknown' ? 'warn' : 'plain'
  const head = [
    row(
      both('Màn hình', 'Display'),
      both(`${LIT_NAMES[screen.lit].vi}${live.screenWhy ? ` (${live.screenWhy})` : ''}`, LIT_NAMES[screen.lit].en),
      lit,
    ),
    row(both('Bằng chứng', 'Proof'), PROOF_NAMES[screen.proof], screen.proof === 'contradicted' ? 'bad' : 'plain'),
    row(
      both('Theo lịch nguồn', 'By the power calendar'),
      power.power === 'on' ? both('bật', 'on') : both('tắt', 'off'),
    ),
  ]
  if (display.link === 'none')
    return [...head, row(both('Bộ điều khiển', 'Controller'), both('cụm không có', 'this site has none'))]
  const isFresh = observedMs !== null && observedMs <= STALE_MS
  const compared = comparison(isFresh)
  const age =
    observedMs === null
      ? row(both('Số đọc', 'Reading'), both('chưa đọc được lần nào', 'never read'), 'bad')
      : row(
          both('Số đọc', 'Reading'),
          both(`${span(observedMs).vi} trước`, `${span(observedMs).en} ago`),
          isFresh ? 'good' : 'warn',
        )
  return [
    ...head,
    row(
      both('Bộ điều khiển', 'Controller'),
      `${display.model ?? '?'} ${display.firmware ?? ''}`.trim(),
      display.link === 'up' ? 'good' : display.link === 'down' && display.fault?.includes('·') ? 'plain' : 'bad',
      display.fault ?? '',
    ),
    age,
    compared(both('Tắt hình', 'Blackout'), wanted.blackout, display.blackout),
    compared(both('Độ sáng', 'Brightness'), wanted.brightness, display.brightness, ' %'),
    compared(both('Mẫu thử', 'Test pattern'), wanted.testPattern, display.testPattern),
    compared(both('Đứng hình', 'Freeze'), wanted.freeze, display.freeze),
    compared(both('Đầu vào', 'Input'), wanted.input, display.input),
    compared(both('Tín hiệu hình', 'Picture signal'), wanted.blackout ? null : true, display.signal),
    row(both('Thẻ nhận trả lời', 'Receiving cards that answer'), words(display.cards)),
    row(
      both('Nhiệt độ, điện áp', 'Temperature, voltage'),
      `${words(display.temperature, ' °C').vi} · ${words(display.voltage, ' V').vi}`,
    ),
  ]
}

/** Bytes of a frame that are shown. */
const HEX_CHARS = 72
const short = (hex: string): string =>
  hex.length > HEX_CHARS ? `${hex.slice(0, HEX_CHARS)}… (${hex.split(' ').length} B)` : hex
/** Exchanges of each line that are shown, newest first; the bundle has all. */
const MOST_SHOWN = 10

const lineRows = (facts: DoctorFacts, { lines }: LiveFacts): readonly Row[] =>
  lines.length === 0
    ? [row(both('Thiết bị', 'Devices'), NONE)]
    : lines.flatMap((line) => [
        headOf(line),
        ...(line.stats?.exchanged() ?? [])
          .toReversed()
          .slice(0, MOST_SHOWN)
          .map((one) => exchangeRow(line.device, one, facts.offsetMinutes)),
      ])

const headOf = ({ device, profile, link, fault, stats }: LineFacts): Row => {
  const counts =
    stats === null
      ? both('chưa hỏi', 'not asked yet')
      : both(
          `${stats.exchanges} lần hỏi, ${stats.retries} lần hỏi lại, ${stats.timeouts} lần im, ${stats.checksumErrors} sai tổng kiểm, ${stats.noiseBytes} B nhiễu, mở lại ${stats.reopened}`,
          `${stats.exchanges} asked, ${stats.retries} retried, ${stats.timeouts} silent, ${stats.checksumErrors} wrong checksums, ${stats.noiseBytes} B noise, ${stats.reopened} reopened`,
        )
  const mark: Mark = link === 'up' || link === 'none' ? 'good' : 'bad'
  return row(both(`${device} (${profile})`, `${device} (${profile})`), counts, mark, fault ?? '')
}

const exchangeRow = (device: string, one: RecentExchange, offsetMinutes: number): Row => {
  const time = timeText(one.at, offsetMinutes).slice(11)
  const tries = one.attempts > 1 ? ` ×${one.attempts}` : ''
  const bytes = [one.sent && `→ ${short(one.sent.hex)}`, one.received && `← ${short(one.received.hex)}`]
  return row(
    same(`${time} ${device} ${one.command}${tries}`),
    `${outcomeOf(one)} (${Math.round(one.ms)} ms)`,
    one.fault === null ? 'plain' : 'warn',
    bytes.filter((text) => text !== null).join(' '),
  )
}

/** Characters of an answer in words. */
const VALUE_CHARS = 160
const outcomeOf = ({ fault, values, received }: RecentExchange): string => {
  if (fault !== null) return `✗ ${fault.kind}: ${fault.detail}`
  const said = Object.entries(values).map(([name, value]) => `${name}=${value}`)
  return (said.length > 0 ? said.join(' ') : (received?.text ?? 'đã gửi · sent')).slice(0, VALUE_CHARS)
}

const playerRows = (live: LiveFacts): readonly Row[] => {
  const { player, status } = live
  const troubles = Object.entries(player.troubles).filter(
    ([name, n]) => n > 0 && name !== 'loads' && name !== 'reloads',
  )
  return [
    row(
      both('Tiến trình', 'Process'),
      player.pid === null
        ? both(
            `không có${status.player.fault ? `: ${status.player.fault}` : ''}`,
            `none${status.player.fault ? `: ${status.player.fault}` : ''}`,
          )
        : same(`pid ${player.pid}`),
      status.player.state === 'up' ? 'good' : 'bad',
    ),
    row(both('Đang chiếu', 'Showing'), player.scene),
    row(
      both('Từ', 'Since'),
      player.sinceMs === null
        ? both('–', '–')
        : both(`${span(player.sinceMs).vi} trước`, `${span(player.sinceMs).en} ago`),
    ),
    row(both('Đến khung hình đầu', 'To the first picture'), player.lastShowMs === null ? '–' : span(player.lastShowMs)),
    row(both('Khởi động lại', 'Restarts'), `${player.restarts}`, player.restarts > 0 ? 'warn' : 'good'),
    row(
      both('Trục trặc', 'Troubles'),
      troubles.length === 0 ? both('không', 'none') : same(troubles.map(([name, n]) => `${name} ${n}`).join(', ')),
      troubles.length > 0 ? 'warn' : 'plain',
    ),
  ]
}

const contentRows = ({ offsetMinutes }: DoctorFacts, live: LiveFacts): readonly Row[] => {
  const { content, status } = live
  const issued = content.scheduleIssuedAt === null ? '' : `, ${timeText(content.scheduleIssuedAt, offsetMinutes)}`
  return [
    row(
      both('Lịch', 'Schedule'),
      content.scheduleVersion === 0
        ? both('chưa có', 'none yet')
        : both(
            `phiên bản ${content.scheduleVersion}${issued}, ${content.items} nội dung`,
            `version ${content.scheduleVersion}${issued}, ${content.items} items`,
          ),
      content.scheduleVersion === 0 ? 'warn' : 'good',
    ),
    row(both('Khung giờ lúc này', 'A frame now'), words(content.frameNow)),
    row(
      both('Tệp', 'Files'),
      both(
        `có ${status.assets.have} / cần ${status.assets.want}, ${bytesText(status.assets.bytes)}`,
        `have ${status.assets.have} of ${status.assets.want}, ${bytesText(status.assets.bytes)}`,
      ),
      status.assets.have < status.assets.want ? 'warn' : 'good',
      [content.fetching && `fetching ${content.fetching}`, content.waiting && `waiting: ${content.waiting}`]
        .filter(Boolean)
        .join(', '),
    ),
    ...content.missing.map((m) =>
      row(both('Thiếu', 'Missing'), m.title || m.item, 'warn', `${m.item} ${m.sha256.slice(0, 16)}…`),
    ),
    ...content.refused.map((r) =>
      row(both('Từ chối', 'Refused'), nameOf(ITEM_REFUSAL_NAMES, r.reason), 'warn', `${r.item} ${r.detail}`.trim()),
    ),
    ...content.broken.map((id) => row(both('Không phát được', 'Could not be played'), id, 'warn')),
  ]
}

/** Also without a daemon there is a clock; what is known of it differs. */
export const clockSection = (facts: DoctorFacts): Section => {
  const { state, health } = facts
  const { rtc } = health.machine
  const off = rtc?.seconds == null ? null : Math.round((facts.at - rtc.seconds * 1000) / 1000)
  const battery =
    rtc === null
      ? row(both('Đồng hồ có pin', 'Battery clock'), both('máy này không có', 'not on this machine'), 'warn')
      : row(
          both('Đồng hồ có pin', 'Battery clock'),
          off === null ? same(rtc.name) : both(`${rtc.name}, lệch ${off} s`, `${rtc.name}, differs by ${off} s`),
          off !== null && Math.abs(off) > 60 ? 'warn' : 'good',
        )
  const now = row(both('Giờ máy', 'Clock'), timeText(facts.at, facts.offsetMinutes))
  if (state.is === 'stopped') return section('clock', both('Đồng hồ', 'Clock'), [now, battery])
  const { clock, status } = state
  const { quality } = status.clock
  return section('clock', both('Đồng hồ', 'Clock'), [
    now,
    row(
      both('Tin cậy', 'Trust'),
      CLOCK_NAMES[quality],
      quality === 'synced' ? 'good' : quality === 'unset' ? 'bad' : 'warn',
    ),
    row(
      both('Nhân hệ điều hành', 'Kernel'),
      clock.synchronised === null
        ? both('không nói', 'does not say')
        : clock.synchronised
          ? both('đang đồng bộ', 'synchronised')
          : both('không đồng bộ', 'not synchronised'),
      clock.synchronised === false ? 'warn' : 'plain',
      clock.maxErrorMs === null ? '' : `maxerror ${Math.round(clock.maxErrorMs)} ms`,
    ),
    row(
      both('So với trung tâm', 'Against the hub'),
      clock.hubAheadMs === null ? both('chưa biết', 'not known') : same(`${Math.round(clock.hubAheadMs)} ms`),
      clock.hubAheadMs !== null && Math.abs(clock.hubAheadMs) > 5_000 ? 'warn' : 'plain',
    ),
    row(both('Lần nhảy giờ', 'Jumps'), `${clock.steps}`, clock.steps > 2 ? 'warn' : 'plain'),
    battery,
  ])
}
