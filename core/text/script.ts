/**
 * Which scripts a text is written in, so that a site without the font refuses it before approval instead of showing boxes
 * (Quy chế Art. 2.2: Vietnamese, ethnic-minority and foreign languages). `other` is whatever this system carries no font for.
 */
export const SCRIPTS = ['latin', 'han', 'tai-viet', 'other'] as const
export type Script = (typeof SCRIPTS)[number]

export type ScriptUse = {
  /** In the order of `SCRIPTS`; empty when the text has only digits and punctuation. */
  readonly scripts: readonly Script[]
  /** The code points of script `other`, each once, in order of appearance, at most 8. */
  readonly foreign: readonly number[]
}

const MOST_FOREIGN = 8

const HAN = /^\p{Script=Han}$/u
const LATIN = /^\p{Script=Latin}$/u
const TAI_VIET = /^\p{Script=Tai_Viet}$/u

/** Shared punctuation, digits and signs that the Latin font draws, as half-open ranges of code points. */
const COMMON: readonly (readonly [number, number])[] = [
  [0x0a, 0x0b],
  [0x20, 0x7f],
  [0xa0, 0xc0],
  [0xd7, 0xd8],
  [0xf7, 0xf8],
  [0x0300, 0x0345], // combining marks that have no composed form
  [0x2010, 0x2028],
  [0x202f, 0x203b],
  [0x20ab, 0x20ad], // the signs for đồng and euro
  [0x2116, 0x2117],
  [0x2212, 0x2213],
  [0x2260, 0x2261],
  [0x2264, 0x2266],
]

/** Punctuation of Chinese text and full-width forms: shared by several scripts in Unicode, but drawn by the Han font. */
const HAN_SIGNS: readonly (readonly [number, number])[] = [
  [0x3000, 0x3040],
  [0xff01, 0xff61],
]

const within = (ranges: readonly (readonly [number, number])[], codePoint: number): boolean =>
  ranges.some(([from, to]) => codePoint >= from && codePoint < to)

/** The script one character needs a font for, or `common` when every text font here draws it. */
export const scriptOf = (character: string): Script | 'common' => {
  const codePoint = character.codePointAt(0) ?? 0
  // Most text is ASCII and precomposed Vietnamese, and this is asked for every character many times.
  if (codePoint < 0x80) return asciiScript(codePoint)
  if (codePoint >= 0x1ea0 && codePoint <= 0x1ef9) return 'latin'
  if (within(COMMON, codePoint)) return LATIN.test(character) ? 'latin' : 'common'
  if (within(HAN_SIGNS, codePoint) || HAN.test(character)) return 'han'
  if (LATIN.test(character)) return 'latin'
  if (TAI_VIET.test(character)) return 'tai-viet'
  return 'other'
}

const asciiScript = (codePoint: number): Script | 'common' => {
  if (codePoint < 0x20 && codePoint !== 0x0a) return 'other'
  if (codePoint === 0x7f) return 'other'
  const letter = codePoint & 0xdf
  return letter >= 0x41 && letter <= 0x5a ? 'latin' : 'common'
}

/** All scripts a text uses. Linear in the text's length. */
export const scriptsOf = (text: string): ScriptUse => {
  const used = new Set<Script>()
  const foreign = new Set<number>()
  for (const character of text) {
    const script = scriptOf(character)
    if (script === 'common') continue
    used.add(script)
    if (script === 'other' && foreign.size < MOST_FOREIGN) foreign.add(character.codePointAt(0) ?? 0)
  }
  return { scripts: SCRIPTS.filter((s) => used.has(s)), foreign: [...foreign] }
}
