import { isDate } from '../base/time.ts'

/**
 * What must be kept, and until when (Art. 10.1.a dash 5; readings A5, A6): a play from its end, the file and the approval that it names from
 * the end of the *last* play. Six calendar months are a floor: the day that ends them is still kept.
 */

/** What has been played of one approved item or one order: which files and which archived approval its plays name. */
export type KeptMedia = {
  /** The item's id, or `order:<id>`. */
  readonly item: string
  /** What the `open` records of these plays have as `hash`. */
  readonly hash: string
  /** SHA-256 of the files that were on the screen. */
  readonly assets: readonly string[]
  /** SHA-256 (and name) of the archived approval; null where none could be archived. */
  readonly approval: string | null
  /** Wall time of the beginning of the first play of a known time, milliseconds; null: of none is it known. */
  readonly first: number | null
  /** The same of the end of the last play. Null: one was shown while nobody knew what day it was, and since then nobody has said. */
  readonly last: number | null
}

/** The last civil date on which what ended on `date` must still be there. A day that the month does not have is the next month's first. */
export const keepUntil = (date: string, months: number): string => {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  const ends = new Date(Date.UTC(year, month - 1 + months, 1))
  const same = new Date(Date.UTC(ends.getUTCFullYear(), ends.getUTCMonth(), day))
  const there = same.getUTCMonth() === ends.getUTCMonth()
  return (there ? same : new Date(Date.UTC(ends.getUTCFullYear(), ends.getUTCMonth() + 1, 1)))
    .toISOString()
    .slice(0, 10)
}

/** Is `today` later than the last date on which what ended on `date` must be kept? What is no date is never past. */
export const isPast = (date: string, today: string, months: number): boolean =>
  isDate(date) && today > keepUntil(date, months)

export type Kept = {
  /** By SHA-256 of a file: the last civil date on which it must be there; `unknown` where nobody can say yet. */
  readonly assets: ReadonlyMap<string, string>
  /** By SHA-256 of an archived approval: the same. */
  readonly approvals: ReadonlyMap<string, string>
}

/** Of several items that share a file or an approval, the one played last says how long. `dateOf` gives the civil date of a wall time. */
export const keptOf = (
  media: Iterable<KeptMedia>,
  of: { readonly playMonths: number; readonly dateOf: (wall: number) => string },
): Kept => {
  const assets = new Map<string, string>()
  const approvals = new Map<string, string>()
  const later = (map: Map<string, string>, key: string, until: string): void => {
    const had = map.get(key)
    if (had === undefined || until === 'unknown' || (had !== 'unknown' && had < until)) map.set(key, until)
  }
  for (const one of media) {
    const until = one.last === null ? 'unknown' : keepUntil(of.dateOf(one.last), of.playMonths)
    for (const sha of one.assets) later(assets, sha, until)
    if (one.approval !== null) later(approvals, one.approval, until)
  }
  return { assets, approvals }
}
