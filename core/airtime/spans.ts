import { type Instant, instant } from '../base/units.ts'
import type { Span } from '../policy/check.ts'

/** Sets of wall time as half-open spans, disjoint and in order. */
export type Spans = readonly Span[]

const span = (from: number, to: number): Span => ({ from: instant(from), to: instant(to) })

/** Any spans, in any order, made disjoint; touching ones become one. */
export const union = (all: Spans): Spans => {
  const out: { from: Instant; to: Instant }[] = []
  for (const one of all.filter((s) => s.from < s.to).toSorted((a, b) => a.from - b.from)) {
    const last = out.at(-1)
    if (last === undefined || one.from > last.to) out.push({ ...one })
    else if (one.to > last.to) last.to = one.to
  }
  return out
}

/** What lies in both. */
export const intersect = (a: Spans, b: Spans): Spans => {
  const out: Span[] = []
  for (const one of a)
    for (const other of b) {
      const from = Math.max(one.from, other.from)
      const to = Math.min(one.to, other.to)
      if (from < to) out.push(span(from, to))
    }
  return out
}

/** What lies in `a` and not in `b`. */
export const subtract = (a: Spans, b: Spans): Spans =>
  b.reduce<Spans>(
    (left, cut) =>
      left.flatMap((s) =>
        cut.to <= s.from || cut.from >= s.to
          ? [s]
          : [span(s.from, Math.min(s.to, cut.from)), span(Math.max(s.from, cut.to), s.to)].filter(
              (part) => part.from < part.to,
            ),
      ),
    a,
  )

/** Milliseconds of it. */
export const lengthOf = (spans: Spans): number => spans.reduce((ms, s) => ms + s.to - s.from, 0)

/** Milliseconds of it at and after `wall`. */
export const lengthFrom = (spans: Spans, wall: Instant): number => {
  let ms = 0
  for (const s of spans) if (s.to > wall) ms += s.to - Math.max(s.from, wall)
  return ms
}

export const holds = (spans: Spans, wall: Instant): boolean => spans.some((s) => s.from <= wall && wall < s.to)

/** The first beginning or end after `wall`; null: there is none. */
export const nextEdge = (spans: Spans, wall: Instant): Instant | null => {
  for (const s of spans) {
    if (s.from > wall) return s.from
    if (s.to > wall) return s.to
  }
  return null
}
