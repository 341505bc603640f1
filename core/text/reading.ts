import { type Duration, duration } from '../base/units.ts'
import { scriptOf } from './script.ts'

/**
 * How long a page must stand so that a passer-by can read it. The rates are deliberately slow (about half of silent reading
 * at a desk): people walk or ride, look up late and read outdoors. They are this project's choice; no source fixes them.
 */
export const READING = {
  /** To notice that the picture changed and find its beginning. */
  noticeMs: 1500,
  /** A Vietnamese word here is one syllable between spaces. */
  msPerWord: 330,
  msPerHan: 280,
  msPerTaiViet: 200,
  leastMs: 5_000,
  mostMs: 20_000,
  /** A picture is not read, but one has to find one's way in a map. */
  pictureMs: 8_000,
} as const

/** Reading time of one page in milliseconds, between `READING.leastMs` and `READING.mostMs`. Linear in the text's length. */
export const readingTime = (text: string): Duration =>
  duration(Math.min(READING.mostMs, Math.max(READING.leastMs, READING.noticeMs + wordsTime(text))))

/**
 * The least time one page of an article must stand, milliseconds, not capped. `parts` are the texts of one page by language: a reader
 * reads the one that is theirs, so the longest counts, but each further language takes a look to find one's own.
 */
export const pageNeed = (parts: readonly string[]): Duration => {
  const longest = Math.max(0, ...parts.map(wordsTime))
  return duration(Math.max(READING.leastMs, READING.noticeMs * Math.max(1, parts.length) + longest))
}

/**
 * `total` milliseconds over the pages in proportion to what each needs: whole milliseconds that sum to `total`. When `total` is at
 * least the sum of the needs, no page gets less than its own.
 */
export const divideTime = (total: Duration, needs: readonly Duration[]): readonly Duration[] => {
  const sum = needs.reduce((ms: number, need) => ms + need, 0)
  let before = 0
  let given = 0
  return needs.map((need) => {
    before += need
    // The running sum is rounded, not each part, so nothing is left over at the end; a need is a whole number, so none is cut short.
    const until = Math.floor((total * before) / sum)
    const part = until - given
    given = until
    return duration(part)
  })
}

/** Milliseconds to read the words alone. */
const wordsTime = (text: string): number => {
  let words = 0
  let han = 0
  let taiViet = 0
  let inWord = false
  for (const character of text) {
    const script = scriptOf(character)
    if (script === 'han') han += 1
    if (script === 'tai-viet') taiViet += 1
    const ofWord = (script === 'latin' || script === 'common' || script === 'other') && !/^\s$/u.test(character)
    if (ofWord && !inWord) words += 1
    inWord = ofWord
  }
  return words * READING.msPerWord + han * READING.msPerHan + taiViet * READING.msPerTaiViet
}
