import { CAUSE_TEXT } from '#core/airtime/compliance.ts'
import type { JudgedDay, PeriodSummary, Shortfall, SpanSummary } from '#core/airtime/summary.ts'
import { summarise } from '#core/airtime/summary.ts'
import { PERIOD_NAMES } from '#core/contract/words.ts'
import type { Simulated } from './simulate-run.ts'

/** Up to a week every day is told in full; a longer span by calendar months, with a line for each day that fell short. */
const DAYS_IN_FULL = 7
const SHORTFALLS_TOLD = 40

/** `1234:05:09`, hours first. */
export const clock = (ms: number): string => {
  const s = Math.floor(ms / 1000)
  return `${Math.floor(s / 3600)}:${String(Math.floor(s / 60) % 60).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`
}

const percent = (share: number | null): string => (share === null ? '–' : `${(share * 100).toFixed(1)} %`)

export const people = (result: Simulated): string => {
  const told = result.days.length <= DAYS_IN_FULL ? result.days.map(dayText) : monthsText(result.days)
  if (result.days.length <= 1) return told.join('\n')
  return [...told, '', ...summaryText(result.summary)].join('\n')
}

const dayText = (day: JudgedDay): string => {
  const rows = day.periods.map(
    (p) =>
      `  ${p.period.padEnd(10)} phát ${clock(p.delivered)} · quảng cáo ${clock(p.ads)} · khác ${clock(p.other)} · tắt ${clock(p.dark)} · lỗi ${clock(p.faulted)} · nhường ${clock(p.displaced)}`,
  )
  return [day.compliance.vi, ...rows].join('\n')
}

const monthsText = (days: readonly JudgedDay[]): readonly string[] => {
  const months = [...new Set(days.map((day) => day.date.slice(0, 7)))]
  return months.map((month) => {
    const span = summarise(days.filter((day) => day.date.startsWith(month)))
    const floors = span.periods.filter((p) => p.owedMs > 0)
    const parts = floors.map((p) => `${PERIOD_NAMES[p.period].vi} ${clock(p.delivered)}/${clock(p.owedMs)}`)
    const short = span.verdicts['non-compliant']
    const rest = `quảng cáo · ads ${percent(span.adsShare)} · thiếu · short ${short}`
    return `${month}: ${span.days} ngày · days · ${parts.join(' · ')} · ${rest}`
  })
}

const summaryText = (span: SpanSummary): readonly string[] => {
  const { verdicts } = span
  const more = span.shortfallCount - SHORTFALLS_TOLD
  return [
    `${span.from} … ${span.to}: ${span.days} ngày · days`,
    `  đủ · compliant ${verdicts.compliant} · đủ có miễn trừ · with exemption ${verdicts['compliant-with-exemption']} · không đủ · not compliant ${verdicts['non-compliant']} · chưa có quy chế · no policy ${verdicts['no-policy']}`,
    ...span.periods.map(periodText),
    ...(span.shortfallCount > 0 ? [`Thiếu thời lượng · short: ${span.shortfallCount}`] : []),
    ...span.shortfalls.slice(0, SHORTFALLS_TOLD).map(shortfallText),
    ...(more > 0 ? [`  … và ${more} nữa, xem --json · and ${more} more, see --json`] : []),
  ]
}

const periodText = (p: PeriodSummary): string => {
  const name = `${PERIOD_NAMES[p.period].vi} · ${PERIOD_NAMES[p.period].en}`.padEnd(24)
  const shown = `phát · delivered ${clock(p.delivered)}`
  const rest = `quảng cáo · ads ${percent(p.adsShare)}, lỗi · faulted ${clock(p.faulted)}, nhường · displaced ${clock(p.displaced)}`
  if (p.owedMs === 0) return `  ${name} ${shown}, ${rest}`
  const ended = `đủ · met ${p.metDays}, miễn · exempt ${p.exemptDays}, thiếu · short ${p.shortDays}`
  return `  ${name} ${shown} / định mức · floor ${clock(p.owedMs)} (ít nhất · least ${clock(p.leastMs)}/ngày · day); ${ended}; ${rest}`
}

const shortfallText = (s: Shortfall): string => {
  const why = CAUSE_TEXT[s.cause]
  const exempt = s.result === 'exempt' ? ' (miễn trừ · exempt, 8.2)' : ''
  return `  ${s.date} ${PERIOD_NAMES[s.period].vi} · ${PERIOD_NAMES[s.period].en}: ${clock(s.deliveredMs)}/${clock(s.floorMs)}, thiếu · missing ${clock(s.missingMs)}${exempt}: ${why.vi} · ${why.en}`
}
