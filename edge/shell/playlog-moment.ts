import { dateOf } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import { MOST_MOMENTS, type Moment, momentFrom } from '#core/evidence/query.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import type { PlaylogFs } from './playlog-fs.ts'
import { firstText, kindOf, parseRecord, type Segment, tryLines, wallOf } from './playlog-segments.ts'

/**
 * What was on the screen at one moment, out of months, without folding them: the day's segment is found by its date, the place in it by the wall
 * times that stand at the beginning of every line, and only lines that can matter are parsed.
 */
export type MomentSource = {
  readonly fs: PlaylogFs
  readonly dir: string
  /** In the order of their records. */
  readonly segments: readonly Segment[]
  readonly site: string
  readonly offsetMinutes: number
}

/** Segments gone back over for what was still true; a display may have been lit for weeks. */
const MOST_BACK = 40
/** A play is followed this many segments to its end; an order may stay for days. */
const MOST_AHEAD = 3

/** All answers for this wall time, oldest first: several where the clock was set back over it, none before the log began. */
export const momentsAt = (source: MomentSource, at: number): readonly Moment[] => {
  const lines = linesOf(source)
  const moments: Moment[] = []
  for (const i of segmentsFor(source, at)) {
    const here = lines(i)
    let wall = wallOf(here[0] ?? '')
    for (let k = 0; k < here.length; k++) {
      // The day after is looked into only where this one's last record may still hold.
      const next = k + 1 < here.length ? wallOf(here[k + 1] ?? '') : wall <= at ? firstWall(source, i) : at
      if (wall <= at && (next === null || at < next)) {
        const moment = momentHere(source, lines, { at, i, k })
        if (moment !== null) moments.push(moment)
      }
      wall = next ?? Number.POSITIVE_INFINITY
    }
  }
  return moments.slice(-MOST_MOMENTS)
}

type Lines = (index: number) => readonly string[]

/** Keeps the segments that were read: a question touches two or three. */
const linesOf = (source: MomentSource): Lines => {
  const kept = new Map<number, readonly string[]>()
  return (index) => {
    const known = kept.get(index)
    if (known !== undefined) return known
    const segment = source.segments[index]
    const read = segment === undefined ? null : tryLines(source.fs, source.dir, segment)
    const lines = read?.ok === true ? read.value : []
    if (kept.size >= 4) kept.clear()
    kept.set(index, lines)
    return lines
  }
}

/** Wall time of the first line after a segment; null where the log ends. */
const firstWall = (source: MomentSource, i: number): number | null => {
  for (const segment of source.segments.slice(i + 1)) {
    const path = `${source.dir}/${segment.file}`
    const wall = wallOf(firstText(source.fs, path, { gz: segment.gz, length: FIRST_BYTES }) ?? '')
    if (!Number.isNaN(wall)) return wall
  }
  return null
}
/** The wall time stands within the first 150 characters of a line; packed, a kilobyte holds them. */
const FIRST_BYTES = 1_024

/** Those of the date, and of each the one before, whose last record may reach into it; where the date has none, the last one before it. */
const segmentsFor = (source: MomentSource, at: number): readonly number[] => {
  const { segments, offsetMinutes } = source
  const date = dateOf(instant(at), offsetMinutes)
  const found = new Set<number>()
  segments.forEach((segment, i) => {
    if (segment.date !== date) return
    if (i > 0) found.add(i - 1)
    found.add(i)
  })
  if (found.size === 0) {
    const before = segments.findLastIndex((s) => s.date < date)
    if (before !== -1) found.add(before)
  }
  // Only in the first seconds of a day, or across a hole, does the day before have the answer: it is not unpacked for nothing.
  return [...found]
    .toSorted((a, b) => a - b)
    .filter((i) => segments[i]?.date === date || found.size === 1 || mayReach(source, i, at))
}

/** Did the segment after this one begin later than `at`? Its first line alone is read. */
const mayReach = (source: MomentSource, i: number, at: number): boolean => {
  const after = source.segments[i + 1]
  if (after === undefined) return true
  const path = `${source.dir}/${after.file}`
  return !(wallOf(firstText(source.fs, path, { gz: after.gz, length: FIRST_BYTES }) ?? '') <= at)
}

type Place = { readonly at: number; readonly i: number; readonly k: number }

const momentHere = (source: MomentSource, lines: Lines, place: Place): Moment | null => {
  const { i, k } = place
  const last = parseRecord(lines(i)[k] ?? '')
  if (last === null) return null
  const [next, ...after] = ahead(source, lines, place)
  const before = [...context(lines, place), last]
  return momentFrom(source.site, place.at, { before, next: next ?? null, after })
}

const AHEAD: ReadonlySet<string> = new Set(['close', 'proof', 'screen', 'gap', 'open'])

/** The next record whatever it is, then those that can say something of the play that is on, until it is closed. */
const ahead = (source: MomentSource, lines: Lines, { i, k }: Place): readonly EvidenceRecord[] => {
  const out: EvidenceRecord[] = []
  for (let s = i; s < Math.min(source.segments.length, i + 1 + MOST_AHEAD); s++) {
    const here = lines(s)
    for (let n = s === i ? k + 1 : 0; n < here.length; n++) {
      const line = here[n] ?? ''
      const kind = kindOf(line)
      if (out.length > 0 && !AHEAD.has(kind)) continue
      const record = parseRecord(line)
      if (record !== null) out.push(record)
      if (kind === 'close' || kind === 'open') return out
    }
  }
  return out
}

/** What was still true: back to the last screen, verdict and play, or to the last hole, which ends what was known of the first two. */
const context = (lines: Lines, { i, k }: Place): readonly EvidenceRecord[] => {
  const out: EvidenceRecord[] = []
  const known = { screen: false, verdict: false, play: false }
  for (let s = i; s >= 0 && s > i - MOST_BACK; s--) {
    const here = lines(s)
    for (let n = s === i ? k - 1 : here.length - 1; n >= 0; n--) {
      const line = here[n] ?? ''
      const kind = kindOf(line)
      if (!wanted(known, kind)) continue
      const record = parseRecord(line)
      if (record === null) continue
      out.unshift(record)
      if (kind === 'screen' || kind === 'gap') known.screen = true
      if (kind === 'verdict' || kind === 'gap') known.verdict = true
      if (kind === 'open' || kind === 'close') known.play = true
      if (known.screen && known.verdict && known.play) return out
    }
  }
  return out
}

/** While the play's beginning is not found every change of the screen belongs to it. */
const wanted = (known: { screen: boolean; verdict: boolean; play: boolean }, kind: string): boolean => {
  switch (kind) {
    case 'screen':
    case 'gap':
      return !known.screen || !known.play
    case 'verdict':
      return !known.verdict
    case 'open':
    case 'close':
    case 'proof':
      return !known.play
  }
  return false
}
