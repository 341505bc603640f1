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
} as const

/** Reading time of one page in milliseconds, between `READING.leastMs` and `READING.mostMs`. Linear in the text's length. */
export const readingTime = (text: string): Duration => {
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
  const ms = READING.noticeMs + words * READING.msPerWord + han * READING.msPerHan + taiViet * READING.msPerTaiViet
  return duration(Math.min(READING.mostMs, Math.max(READING.leastMs, ms)))
}
