/**
 * What the standard font library of a BX card can show: ASCII and the 7445 characters of GB 2312-80. The wider GBK is left out on
 * purpose. Its second bytes may be 5C, which a card reads as the beginning of a command, and the fonts delivered with the cards are
 * GB 2312. Both bytes of a GB 2312 character are A1 or more, so nothing in a text can be mistaken for a command.
 */
export type Font = {
  /** The bytes of one character; undefined when the font has none. */
  readonly code: (character: string) => readonly number[] | undefined
  /** The character of two bytes; undefined when there is none. */
  readonly character: (first: number, second: number) => string | undefined
  /** Two-byte characters known; 7445. */
  readonly size: number
}

/** Rows and columns (both from A1) of GB 2312-80 that hold a character. GBK has put others into the holes. */
const CELLS: readonly (readonly [row: number, from: number, to: number])[] = [
  [0xa1, 0xa1, 0xfe],
  [0xa2, 0xb1, 0xe2],
  [0xa2, 0xe5, 0xee],
  [0xa2, 0xf1, 0xfc],
  [0xa3, 0xa1, 0xfe],
  [0xa4, 0xa1, 0xf3],
  [0xa5, 0xa1, 0xf6],
  [0xa6, 0xa1, 0xb8],
  [0xa6, 0xc1, 0xd8],
  [0xa7, 0xa1, 0xc1],
  [0xa7, 0xd1, 0xf1],
  [0xa8, 0xa1, 0xba],
  [0xa8, 0xc5, 0xe9],
  [0xa9, 0xa4, 0xef],
  ...Array.from({ length: 72 }, (_, i) => [0xb0 + i, 0xa1, 0xb0 + i === 0xd7 ? 0xf9 : 0xfe] as const),
]

/** Makes the table (about 7500 entries, a few milliseconds) at the first question, not before. */
export const createFont = (): Font => {
  let tables: Tables | null = null
  const made = (): Tables => {
    tables ??= makeTables()
    return tables
  }
  return {
    code: (character) => {
      const point = character.codePointAt(0) ?? 0
      if (point < 0x80) return point >= 0x20 && point < 0x7f ? [point] : undefined
      return made().codes.get(character)
    },
    character: (first, second) => made().characters.get(first * 256 + second),
    get size() {
      return made().codes.size
    },
  }
}

type Tables = {
  readonly codes: ReadonlyMap<string, readonly number[]>
  readonly characters: ReadonlyMap<number, string>
}

const makeTables = (): Tables => {
  const decoder = new TextDecoder('gbk', { fatal: true })
  const codes = new Map<string, readonly number[]>()
  const characters = new Map<number, string>()
  for (const [row, from, to] of CELLS)
    for (let column = from; column <= to; column++) {
      const character = decoder.decode(Uint8Array.of(row, column))
      codes.set(character, [row, column])
      characters.set(row * 256 + column, character)
    }
  return { codes, characters }
}

/** At most this many characters are named in a refusal. */
const MOST_NAMED = 12

/** Every character of the text that the font cannot show, once each, in order. Line feeds are ours, so they pass. */
export const missing = (font: Font, text: string): readonly string[] => {
  const out = new Set<string>()
  for (const character of text)
    if (character !== '\n' && (character === '\\' || font.code(character) === undefined)) out.add(character)
  return [...out]
}

/**
 * Why the card cannot show the text, for people; null when it can. A backslash is refused and not doubled: no source says that a card
 * takes two of them for one, and one alone begins a card command (`\C1` makes the rest red, `\n` breaks the line).
 */
export const refusal = (font: Font, text: string): string | null => {
  const absent = missing(font, text)
  if (absent.length === 0) return null
  const shown = absent.slice(0, MOST_NAMED).map((character) => {
    const point = character.codePointAt(0) ?? 0
    return point < 0x20 || point === 0x7f || (point >= 0xd800 && point < 0xe000)
      ? `U+${point.toString(16).toUpperCase().padStart(4, '0')}`
      : character
  })
  const rest = absent.length > MOST_NAMED ? ` (+${absent.length - MOST_NAMED})` : ''
  const list = `${shown.join(' ')}${rest}`
  return `ký tự ${list} không có trong phông của bộ điều khiển (characters not in the controller’s font: ${list})`
}

/**
 * The agreed fallback of a site whose configuration says so: Latin letters without their marks (“Lũ quét” → “Lu quet”, đ → d), dashes
 * and spaces in their plain form. Other scripts stay as they are. It loses meaning, so nobody may call it silently.
 */
export const withoutMarks = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/(\p{Script=Latin})\p{Mn}+/gu, '$1')
    .replaceAll('đ', 'd')
    .replaceAll('Đ', 'D')
    .replace(/[\u2010-\u2013\u2212]/g, '-')
    .replace(/[\u00a0\u2007\u202f]/g, ' ')
    .normalize('NFC')

/** Text → bytes for the card: `\n` (the card's own two signs) for a new line. An error names what cannot be shown. */
export const encodeText = (font: Font, text: string): Uint8Array | string => {
  const why = refusal(font, text)
  if (why !== null) return why
  const out: number[] = []
  for (const character of text) out.push(...(character === '\n' ? [0x5c, 0x6e] : (font.code(character) ?? [])))
  return Uint8Array.from(out)
}

/** Bytes → text; null when they hold anything else than shown characters and new lines (a card command, a GBK character). */
export const decodeText = (font: Font, bytes: Uint8Array): string | null => {
  let out = ''
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte >= 0x80) {
      const character = font.character(byte, bytes[at + 1] ?? 0)
      if (character === undefined) return null
      out += character
      at++
    } else if (byte === 0x5c) {
      if (bytes[at + 1] !== 0x6e) return null
      out += '\n'
      at++
    } else if (byte >= 0x20 && byte < 0x7f) out += String.fromCharCode(byte)
    else return null
  }
  return out
}
