import { scriptOf } from './script.ts'

/** A piece of text that is never broken, and whether a space stands before it when it shares a line with the piece before. */
export type Piece = { readonly text: string; readonly spaced: boolean }

/** Signs that may not begin a line, and signs that may not end one (common Chinese typesetting practice). */
const NEVER_FIRST = new Set('，。！？、；：）》〉」』】”’…—,.!?;:)%')
const NEVER_LAST = new Set('（《〈「『【“‘(')

/**
 * Cuts one paragraph into unbreakable pieces: words at spaces, and single characters in Han text, with punctuation kept to its
 * neighbour. A no-break space does not part words. Tai Viet is broken at spaces only: no rule for breaking it was confirmed.
 */
export const pieces = (paragraph: string): readonly Piece[] => {
  const out: Piece[] = []
  for (const word of paragraph.split(/[ \t\u3000]+/u)) {
    if (word === '') continue
    cutWord(word).forEach((text, i) => {
      out.push({ text, spaced: i === 0 && out.length > 0 })
    })
  }
  return out
}

const cutWord = (word: string): readonly string[] => {
  const out: string[] = []
  let current = ''
  let before = ''
  for (const character of word) {
    if (current !== '' && breakable(before, character)) {
      out.push(current)
      current = ''
    }
    current += character
    before = character
  }
  if (current !== '') out.push(current)
  return out
}

const breakable = (before: string, after: string): boolean =>
  (scriptOf(before) === 'han' || scriptOf(after) === 'han') && !NEVER_FIRST.has(after) && !NEVER_LAST.has(before)

/** The pieces of one line as the text to draw. */
export const joinPieces = (line: readonly Piece[]): string =>
  line.map((piece, i) => (piece.spaced && i > 0 ? ` ${piece.text}` : piece.text)).join('')
