import type { SessionStats } from '#controller/bus/meter.ts'
import { formatInstant } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import { CLAIM_RANKS } from '#core/claim/claim.ts'
import { isProtection } from '#core/claim/protection.ts'
import { FAULTS, isFaultId } from '#core/contract/faults.ts'
import type { PeriodStatus, StatusReport } from '#core/contract/link.ts'
import {
  CLOCK_NAMES,
  capitals,
  LIT_NAMES,
  nameOf,
  PATTERN_WORDS,
  PERIOD_NAMES as PERIOD_WORDS,
  type Phrase,
  PROOF_NAMES,
  RANK_NAMES,
} from '#core/contract/words.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import type { Budget } from '#core/evidence/budget.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import { TEST_PATTERNS } from '#core/screen/display.ts'
import { type DeviceFacts, devicesPart, profilePart } from './devices.ts'
import { HINTS } from './hints.ts'
import { type HouseFacts, housePart } from './house.ts'
import { escapeHtml, known, lines, named, page, rows, signedPage, tokenOf, two } from './html.ts'
import { blankForm, blankState, type LocalFacts, presetsPart } from './local.ts'
import { heldPart } from './manual.ts'
import { inWords } from './words.ts'

/** The technician's pages as HTML. Server-rendered, nothing from outside, no script or style inline. */
const PERIOD_NAMES = capitals(PERIOD_WORDS)

/** `person`: the name as it was typed before a wrong code, so that it need not be typed again. */
export const loginPage = (site: SiteFacts, fault: Phrase | null, person = ''): string =>
  page(
    site.name,
    `<main class="login"><h1>${escapeHtml(site.name)}</h1><p>${escapeHtml(site.id)}</p>
${fault ? `<p class="bad" role="alert">${named(fault)}</p>` : ''}
<form method="post" action="/login"><label>${two('Họ tên kỹ thuật viên', 'Your name')}<input name="person" required maxlength="64" autocomplete="name" value="${escapeHtml(person)}"></label>
<label>${two('Mã ghép nối', 'Pairing code')}<input name="code" required maxlength="40" autocomplete="off" autocapitalize="characters"></label>
<button>${two('Vào', 'Sign in')}</button></form>
<p class="hint">${two('Mã nằm trong tệp pairing-code.txt ở thư mục dữ liệu của thiết bị.', 'The code is in pairing-code.txt in the device’s data folder.')}</p></main>`,
  )

export type PageFacts = {
  readonly site: SiteFacts
  readonly status: StatusReport
  readonly offsetMinutes: number
  readonly lines: readonly EvidenceRecord[]
  readonly stats: SessionStats | null
  readonly devices: DeviceFacts
  readonly budget: Budget
  readonly house: HouseFacts
  readonly local: LocalFacts
  readonly technician: { readonly person: string; readonly pattern: string; readonly leftMs: number } | null
}

type Signed = { readonly person: string; readonly csrf: string }

const hubWord = ({ site, status }: PageFacts): string => {
  if (!site.hasHub) return two('không cấu hình', 'none configured')
  const away = status.faults.some((f) => f.id.startsWith('hub-'))
  return away ? two('mất liên lạc', 'away') : two('đã nối', 'connected')
}

export const mainPage = (facts: PageFacts, session: Signed): string => {
  const token = tokenOf(session)
  return signedPage(
    { title: facts.site.name, at: '/', session },
    `<main><figure><img id="frame" src="/frame.jpg" alt="Hình đang phát"><figcaption>${two('Hình thật trên đầu ra', 'The real output')}</figcaption></figure>
${blankForm(token)}
<details class="control"><summary>${two('Thử màn hình', 'Test pattern')}</summary><form method="post" action="/test-pattern">${token}
<label>${two('Mẫu', 'Pattern')}<select name="pattern">${TEST_PATTERNS.map((p) => `<option value="${p}">${PATTERNS[p].vi} · ${PATTERNS[p].en}</option>`).join('')}</select></label>
<label>${two('Trong', 'For')}<select name="minutes"><option value="1">1 phút</option><option value="5">5 phút</option><option value="15">15 phút</option></select></label>
<button>${two('Thực hiện', 'Do it')}</button></form>
<p class="hint">${two('Hết giờ, màn hình tự trở lại chương trình. Tên của bạn được ghi vào nhật ký.', 'The screen returns by itself when the time is over. Your name goes into the log.')}</p></details>
<div id="live">${livePart(facts, session)}</div></main>`,
  )
}

const PATTERNS = capitals(PATTERN_WORDS)

/** What changes by itself; the small script replaces it every two seconds. */
export const livePart = (facts: PageFacts, session: Signed): string => {
  const { status } = facts
  const time = (wall: number) => formatInstant(instant(wall), facts.offsetMinutes).slice(0, 19).replace('T', ' ')
  return `${blankState(facts.local, tokenOf(session))}${faultsPart(status)}${technicianPart(facts)}${byHand(facts, session)}
<section><h2>${two('Trên màn hình', 'On the screen')}</h2>${rows([
    [two('Nội dung', 'Content'), status.screen.title === '' ? shown(status.screen) : escapeHtml(status.screen.title)],
    [two('Vì sao', 'Why'), escapeHtml(status.screen.why)],
    [
      two('Mức ưu tiên', 'Rank'),
      `${CLAIM_RANKS.indexOf(status.screen.rank) + 1}. ${named(RANK_NAMES[status.screen.rank])}`,
    ],
    [two('Bằng chứng', 'Proof'), `${named(PROOF_NAMES[status.screen.proof])}; ${named(LIT_NAMES[status.screen.lit])}`],
    [two('Từ', 'Since'), time(status.screen.since)],
    [two('Giờ máy', 'Clock'), `${time(status.clock.wall)} (${named(CLOCK_NAMES[status.clock.quality])})`],
    [two('Trung tâm', 'Hub'), hubWord(facts)],
    [two('Nhật ký', 'Play log'), two(...playlog(status.playlog))],
    [two('Chỗ cho 6 tháng', 'Room for six months'), lines(...room(facts.budget))],
  ])}</section>
<section><h2>${two('Thời lượng hôm nay', 'Airtime today')}</h2>${rows(
    status.airtime.periods.filter((p) => p.floorMs > 0).map((p) => [named(PERIOD_NAMES[p.period]), airtime(p)]),
  )}</section>
<section><h2>${two('Bộ điều khiển', 'Display controller')}</h2>${rows([
    [two('Liên lạc', 'Link'), `${DISPLAY_LINK[status.display.link]} ${escapeHtml(status.display.fault ?? '')}`],
    [two('Kiểu', 'Model'), escapeHtml(`${status.display.model ?? '–'} ${status.display.firmware ?? ''}`)],
    [
      two('Độ sáng', 'Brightness'),
      `${known(status.display.brightness, ' %')} (← ${Math.round(status.display.wantBrightness)} %)`,
    ],
    [two('Nhiệt độ', 'Temperature'), known(status.display.temperature, ' °C')],
    [two('Điện áp', 'Voltage'), known(status.display.voltage, ' V')],
    [two('Tín hiệu', 'Signal'), known(status.display.signal, '')],
    [two('Thẻ nhận', 'Cards'), known(status.display.cards, '')],
    ...profilePart(facts.devices.profile),
  ])}${exchanges(facts.stats)}</section>
${presetsPart(facts.local)}
${housePart(facts.house)}
${devicesPart(facts.devices)}
<details id="recent"><summary><h2>${two('Nhật ký gần đây', 'Recent evidence')}</h2></summary><ol class="log" reversed>${facts.lines
    .filter((r) => r.kind !== 'heartbeat')
    .map((r) => {
      return `<li value="${r.seq}"><time>${escapeHtml(r.at.iso.slice(11, 19))}</time> ${named(inWords(r))}</li>`
    })
    .join('')}</ol></details>`
}

const DISPLAY_LINK: { readonly [L in StatusReport['display']['link']]: string } = {
  up: two('trả lời', 'answers'),
  down: two('không trả lời', 'silent'),
  quarantined: two('tạm cách ly, đang dò lại', 'quarantined, being probed'),
  none: two('không có', 'none'),
}
/** Dark by heat or an empty battery is dark on nobody's purpose. */
const shown = ({ show, claim, rank }: StatusReport['screen']): string => {
  if (show !== 'dark') return SHOW[show]
  if (isProtection(claim)) return two('thiết bị tự tắt hình để giữ an toàn', 'dark to protect itself')
  return rank === 'safety-blank' ? two('đã cắt hình', 'made dark by somebody') : SHOW.dark
}
const SHOW: { readonly [S in StatusReport['screen']['show']]: string } = {
  item: two('nội dung', 'an item'),
  order: two('lệnh', 'an order'),
  standing: two('trang chờ', 'standing page'),
  dark: two('màn hình tắt theo lịch', 'dark on purpose'),
  nothing: two('không hiển thị gì', 'nothing'),
}

const minutes = (ms: number): string => `${Math.floor(ms / 60_000)}′`
/** A period of which nothing was recorded is no failure of the screen, and is not called one. */
const airtime = (p: PeriodStatus): string => {
  const absent = p.recordedMs === 0 && p.leftMs === 0
  const short =
    p.owedMs <= 0 || p.feasible
      ? ''
      : absent
        ? two('chưa có nhật ký', 'not recorded')
        : two('⚠ không thể đủ', 'cannot be met')
  return `${minutes(p.deliveredMs)} / ${minutes(p.floorMs)} ${short}`
}
/** `uploaded` is the next number the hub waits for, so it is also how many it has. */
const playlog = (log: StatusReport['playlog']): [string, string] => {
  const waiting = Math.max(0, log.head + 1 - log.uploaded)
  return waiting === 0
    ? [`bản ghi ${log.head}, đã gửi hết`, 'all sent']
    : [`bản ghi ${log.head}, còn ${waiting} chưa gửi`, `${waiting} not sent yet`]
}
const MIB = 1_048_576
const sizeText = (bytes: number): string =>
  bytes < 1024 * MIB
    ? `${(bytes / MIB).toFixed(bytes < 100 * MIB ? 1 : 0)} MiB`
    : `${(bytes / MIB / 1024).toFixed(1)} GiB`

/** What a day of evidence takes, what all its days take, and whether the disk holds them. */
const room = (b: Budget): [string, string] => {
  if (b.basis === 'none') return ['chưa đo được', 'not measured yet']
  const [day, all] = [sizeText(b.bytesPerDay), sizeText(b.neededBytes)]
  const basis = b.basis === 'measured' ? { vi: 'đo được', en: 'measured' } : { vi: 'ước theo lịch', en: 'estimated' }
  const free =
    b.freeBytes === null ? { vi: 'không rõ', en: 'unknown' } : { vi: sizeText(b.freeBytes), en: sizeText(b.freeBytes) }
  const end =
    b.fullOn === null
      ? { vi: b.fits === true ? 'đủ chỗ' : 'chưa rõ', en: b.fits === true ? 'it fits' : 'not known' }
      : { vi: `đầy ngày ${b.fullOn}`, en: `full on ${b.fullOn}` }
  return [
    `${day} mỗi ngày (${basis.vi}), cần ${all}, còn trống ${free.vi}: ${end.vi}`,
    `${day} a day (${basis.en}), needs ${all}, free ${free.en}: ${end.en}`,
  ]
}

const faultsPart = (status: StatusReport): string => {
  if (status.faults.length === 0) return `<p class="good">${two('Không có sự cố', 'Nothing is wrong')}</p>`
  const items = status.faults.map((f) => {
    const known = isFaultId(f.id) ? { ...FAULTS[f.id], hint: HINTS[f.id] } : null
    const name = known ? named(known) : escapeHtml(f.id)
    const detail = f.detail === '' ? '' : ` <code>${escapeHtml(f.detail)}</code>`
    return `<li class="${known?.severity ?? 'warning'}"><strong>${name}</strong>${detail}${known ? `<p>${named(known.hint)}</p>` : ''}</li>`
  })
  return `<section><h2>${two('Sự cố', 'Faults')}</h2><ul class="faults">${items.join('')}</ul></section>`
}

const technicianPart = ({ technician }: PageFacts): string =>
  technician === null
    ? ''
    : `<p class="bad">${two(
        `${technician.person} đang thử mẫu ${nameOf(PATTERN_WORDS, technician.pattern).vi}, còn ${Math.ceil(technician.leftMs / 1000)} giây`,
        `${technician.person} has test pattern ${nameOf(PATTERN_WORDS, technician.pattern).en} on for ${Math.ceil(technician.leftMs / 1000)} s more`,
      )}</p>`

/** What else is held by hand, with the way back. A test pattern has its own line above. */
const byHand = ({ status }: PageFacts, session: Signed): string => {
  const held = (status.manual ?? []).filter(({ what }) => what !== 'pattern')
  return held.length === 0 ? '' : heldPart({ held, taken: null }, session, '/manual')
}

const exchanges = (stats: SessionStats | null): string => {
  if (stats === null) return ''
  const lines = [...stats.recent()].reverse().slice(0, 20)
  return `<details><summary>${two(`${stats.exchanges} lần trao đổi`, `${stats.exchanges} exchanges, ${stats.retries} retries, ${stats.timeouts} timeouts`)}</summary><ul class="hex">${lines
    .map(
      (f) =>
        `<li>${f.direction === 'sent' ? '→' : '←'} ${escapeHtml(f.text)}<br><code>${escapeHtml(f.hex)}</code></li>`,
    )
    .join('')}</ul></details>`
}
