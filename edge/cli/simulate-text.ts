import { CAUSE_TEXT } from '#core/airtime/compliance.ts'
import type { JudgedDay, PeriodSummary, Shortfall, SpanSummary } from '#core/airtime/summary.ts'
import { summarise } from '#core/airtime/summary.ts'
import { PERIOD_NAMES, SHORTFALL_NAMES } from '#core/contract/words.ts'
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
  const more = [...foretoldText(result), ...adsText(result.ads)]
  if (result.days.length <= 1) return [...told, ...more].join('\n')
  return [...told, '', ...summaryText(result.summary), ...more].join('\n')
}

const dayText = (day: JudgedDay): string => {
  const rows = day.periods.map((p) => {
    const name = `${PERIOD_NAMES[p.period].vi} · ${PERIOD_NAMES[p.period].en}`.padEnd(24)
    const shown = `phát · delivered ${clock(p.delivered)}, quảng cáo · ads ${clock(p.ads)}, khác · other ${clock(p.other)}`
    const rest = `tắt · dark ${clock(p.dark)}, lỗi · faulted ${clock(p.faulted)}, nhường · displaced ${clock(p.displaced)}`
    return `  ${name} ${shown}, ${rest}`
  })
  return [day.compliance.vi, day.compliance.en, ...rows].join('\n')
}

/** Below this a forecast says that the floor slips, not by how much: it was made in the first moment of a loss that goes on. */
const FORETOLD_LEAST_MS = 60_000

/** What the engine knew in advance: each time a floor could no longer be met, and could again. */
const foretoldText = ({ foretold: { count, lines }, summary }: Simulated): readonly string[] => {
  if (count === 0) return []
  const rest = count - Math.min(lines.length, SHORTFALLS_TOLD)
  return [
    `Dự báo thiếu thời lượng · shortfalls foretold: ${count}`,
    ...lines.slice(0, SHORTFALLS_TOLD).map((f) => {
      const name = `${PERIOD_NAMES[f.period].vi} · ${PERIOD_NAMES[f.period].en}`
      if (f.stage === 'recovered') return `  ${f.at} ${name} ${f.date}: lại có thể đủ · can be met again`
      const why =
        f.cause === null ? '' : `: ${SHORTFALL_NAMES[f.cause].vi} · ${SHORTFALL_NAMES[f.cause].en} (${f.cause})`
      const end = summary.shortfalls.find((s) => s.date === f.date && s.period === f.period)
      const final = end === undefined ? '' : ` (cuối buổi thiếu · in the end short by ${clock(end.missingMs)})`
      return `  ${f.at} ${name} ${f.date}: ${foretoldBy(f.missingMs)}${final}${why}`
    }),
    ...(rest > 0 ? [`  … và ${rest} nữa, xem --json · and ${rest} more, see --json`] : []),
  ]
}

const foretoldBy = (missingMs: number): string =>
  missingMs < FORETOLD_LEAST_MS
    ? 'không còn kịp đủ, thiếu ngày càng tăng · can no longer be met, and grows'
    : `sẽ thiếu · will be short by ${clock(missingMs)}`

const adsText = (ads: Simulated['ads']): readonly string[] =>
  ads.length === 0
    ? []
    : [
        'Quảng cáo theo mục · advertising by item',
        ...ads
          .slice(0, SHORTFALLS_TOLD)
          .map((a) => `  ${a.item} ${a.title}: ${a.showings} lượt · showings, ${clock(a.ms)}`),
        ...(ads.length > SHORTFALLS_TOLD
          ? [`  … và ${ads.length - SHORTFALLS_TOLD} mục nữa · more items, see --json`]
          : []),
      ]

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
    ...languagesText(span.byLanguage),
    ...(span.shortfallCount > 0 ? [`Thiếu thời lượng · short: ${span.shortfallCount}`] : []),
    ...span.shortfalls.slice(0, SHORTFALLS_TOLD).map(shortfallText),
    ...(more > 0 ? [`  … và ${more} nữa, xem --json · and ${more} more, see --json`] : []),
  ]
}

/** An item in two languages counts for both, so these do not add up to what was shown. */
const languagesText = (sums: SpanSummary['byLanguage']): readonly string[] => {
  const told = Object.entries(sums)
    .toSorted(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .map(([language, ms]) => `${language} ${clock(ms)}`)
  return told.length === 0 ? [] : [`  theo ngôn ngữ · by language: ${told.join(', ')}`]
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
