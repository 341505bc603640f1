/** Times and figures as people read them. The province has one zone without summer time, so the browser's own zone is never used. */
const ZONE_OFFSET_MS = 7 * 3_600_000

const two = (n: number): string => String(n).padStart(2, '0')
const local = (at: number): Date => new Date(at + ZONE_OFFSET_MS)

/** `14:05:09` in the province's zone. */
export const clock = (at: number): string => {
  const d = local(at)
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`
}
/** `22/11/2026` */
export const day = (at: number): string => {
  const d = local(at)
  return `${two(d.getUTCDate())}/${two(d.getUTCMonth() + 1)}/${d.getUTCFullYear()}`
}
/** `22/11/2026 14:05:09` */
export const stamp = (at: number): string => `${day(at)} ${clock(at)}`

/** Hours and minutes of a span, `03:07`; rounded down, so that 2:59:59 is never shown as 3 hours. */
export const hoursMinutes = (ms: number): string => {
  const total = Math.floor(Math.max(0, ms) / 60_000)
  return `${two(Math.floor(total / 60))}:${two(total % 60)}`
}
/** The same of what is missing, rounded up: beside what was delivered it adds up to the floor. */
export const hoursMinutesUp = (ms: number): string => hoursMinutes(Math.ceil(Math.max(0, ms) / 60_000) * 60_000)
/** `1:02:07` or `02:07`: what is left of an order. */
export const countdown = (ms: number): string => {
  const total = Math.ceil(Math.max(0, ms) / 1000)
  const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`
}
/** Latency: `84 ms`, `1.27 s`, `3 min 5 s`, `26 h 4 min`. */
export const latency = (ms: number): string => {
  const sign = ms < 0 ? '-' : ''
  if (Math.abs(ms) < 1000) return `${Math.round(ms)} ms`
  if (Math.abs(ms) < 60_000) return `${(ms / 1000).toFixed(2)} s`
  const total = Math.round(Math.abs(ms) / 1000)
  if (total < 3600) return `${sign}${Math.floor(total / 60)} min ${total % 60} s`
  return `${sign}${Math.floor(total / 3600)} h ${Math.floor(total / 60) % 60} min`
}
/** A span in words, to the minute: `dưới 1 phút`, `51 phút`, `5 giờ 51 phút`, `2 ngày 3 giờ`. Rounded down. */
export const spanText = (ms: number, lang: 'vi' | 'en'): string => {
  const words = lang === 'vi' ? (['ngày', 'giờ', 'phút'] as const) : (['d', 'h', 'min'] as const)
  const minutes = Math.floor(Math.max(0, ms) / 60_000)
  if (minutes === 0) return lang === 'vi' ? 'dưới 1 phút' : 'under 1 min'
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60]
  const parts = [
    d > 0 ? `${d} ${words[0]}` : '',
    h > 0 ? `${h} ${words[1]}` : '',
    m > 0 && d === 0 ? `${m} ${words[2]}` : '',
  ]
  return parts.filter((part) => part !== '').join(' ')
}
export const bytes = (n: number): string => {
  if (n < 1024) return `${n} B`
  if (n < 1_048_576) return `${(n / 1024).toFixed(0)} KB`
  return n < 1_073_741_824 ? `${(n / 1_048_576).toFixed(1)} MB` : `${(n / 1_073_741_824).toFixed(2)} GB`
}

/** What a `datetime-local` input holds for an instant, in the province's zone, to the second. */
export const toInput = (at: number): string => local(at).toISOString().slice(0, 19)
export const toDateInput = (at: number): string => local(at).toISOString().slice(0, 10)

/** The instant a `datetime-local` (or `date`: its midnight) input means; undefined when it is empty or no time. */
export const fromInput = (text: string): number | undefined => {
  const at = Date.parse(`${text.length === 10 ? `${text}T00:00` : text}Z`)
  return Number.isNaN(at) ? undefined : at - ZONE_OFFSET_MS
}
