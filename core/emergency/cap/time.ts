import { type Instant, instant } from '../../base/units.ts'
import type { CapIdentity } from './message.ts'

/** Việt Nam, without summer time since 1975. */
const OFFSET_MINUTES = 420

const PATTERN = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)([-+])(\d\d):(\d\d)$/

/**
 * A time of CAP 1.2: seconds, and an offset in figures. `Z` and fractions of a second are no CAP (UTC is written `-00:00`), and neither is a
 * day that the calendar does not have; undefined then.
 */
export const parseCapTime = (text: string): Instant | undefined => {
  const match = PATTERN.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number)
  const [zoneHour, zoneMinute] = [Number(match[8]), Number(match[9])]
  if (hour === undefined || minute === undefined || second === undefined) return undefined
  if (hour > 23 || minute > 59 || second > 59 || zoneMinute > 59 || zoneHour * 60 + zoneMinute > 840) return undefined
  const midnight = Date.parse(`${match[1]}-${match[2]}-${match[3]}T00:00:00Z`)
  if (Number.isNaN(midnight) || year === undefined || month === undefined || day === undefined) return undefined
  // Date.parse takes 30 February for 2 March.
  if (new Date(midnight).toISOString().slice(0, 10) !== text.slice(0, 10)) return undefined
  const zone = (zoneHour * 60 + zoneMinute) * (match[7] === '-' ? -1 : 1)
  return instant(midnight + ((hour * 60 + minute - zone) * 60 + second) * 1000)
}

/** `2026-07-18T02:14:00+07:00`. Parts of a second are left out, never rounded up: an end must not move later. */
export const formatCapTime = (at: Instant): string =>
  `${new Date(at + OFFSET_MINUTES * 60_000).toISOString().slice(0, 19)}+07:00`

export type CapReference = CapIdentity

const TRIPLE = /^([^\s,<&]+),([^\s,<&]+),([^\s,<&]+)$/

/** One `sender,identifier,sent`; undefined when it is not of this form or its time is none. */
export const parseReference = (text: string): CapReference | undefined => {
  const match = TRIPLE.exec(text)
  const [, sender, identifier, sent] = match ?? []
  if (sender === undefined || identifier === undefined || sent === undefined) return undefined
  return parseCapTime(sent) === undefined ? undefined : { sender, identifier, sent }
}

/** The right ones of `references`, in order; wrong ones are a finding of `checkCap`. */
export const referencesOf = (text: string | null): readonly CapReference[] =>
  splitWords(text ?? '').flatMap((word) => parseReference(word) ?? [])

export const splitWords = (text: string): readonly string[] => text.split(/[ \t\r\n]+/).filter((word) => word !== '')

export const referenceText = ({ sender, identifier, sent }: CapIdentity): string => `${sender},${identifier},${sent}`

/** One key for one message, whichever offset its time is written with. */
export const identityKey = ({ sender, identifier, sent }: CapIdentity): string =>
  `${sender},${identifier},${parseCapTime(sent) ?? sent}`
