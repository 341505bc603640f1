import { err, ok, type Result } from '../base/result.ts'

/**
 * The gate every text passes before it may be stored, approved or drawn. Official text arrives with mojibake (U+FFFD) and
 * decomposed Vietnamese (source 004 has both), and a hostile text may carry characters that make it look other than approved.
 */
export type TextFault =
  | { readonly kind: 'empty' }
  | { readonly kind: 'too-long'; readonly length: number; readonly most: number }
  | { readonly kind: 'too-many-lines'; readonly lines: number; readonly most: number }
  /** `at` is an index in code points of the text as given, counted from 0. */
  | { readonly kind: 'replacement'; readonly at: number }
  | { readonly kind: 'lone-surrogate'; readonly at: number; readonly codePoint: number }
  | { readonly kind: 'control'; readonly at: number; readonly codePoint: number }
  | { readonly kind: 'invisible'; readonly at: number; readonly codePoint: number }
  | { readonly kind: 'unassigned'; readonly at: number; readonly codePoint: number }
  | { readonly kind: 'stacked-marks'; readonly at: number; readonly codePoint: number }

export type GatedText = {
  readonly text: string
  /** The text given was not NFC; what is kept differs from it in bytes, not in meaning. */
  readonly normalised: boolean
}

export type GateLimits = {
  /** Most code points after normalisation. */
  readonly most: number
  /** Most lines; 1 refuses every line break. */
  readonly lines: number
}

/** Bounds of the texts of an item, those of `ItemText` (core/content): the hub takes in and the panel draws no other. */
export const TITLE_LIMITS: GateLimits = { most: 200, lines: 1 }
export const BODY_LIMITS: GateLimits = { most: 2000, lines: 40 }

/** A base letter carries at most this many marks: Vietnamese needs 2 even when decomposed, Tai Viet 2. */
const MOST_MARKS = 3
/** Decomposed Vietnamese is at most 3 code units per letter; anything longer than this cannot pass and is not looked at. */
const WIDEST_DECOMPOSITION = 4

const CONTROL = /^\p{Cc}$/u
const SURROGATE = /^\p{Cs}$/u
/** Format characters (zero width, bidirectional overrides, soft hyphen, BOM) and the two separator oddities. */
const INVISIBLE = /^[\p{Cf}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0]$/u
const UNASSIGNED = /^[\p{Co}\p{Cn}]$/u
const MARK = /^\p{M}$/u

/** Checks one text and gives it back in NFC, with `\r\n` as `\n`. Nothing is repaired beyond that: a fault names its place. */
export const gateText = (text: string, limits: GateLimits): Result<GatedText, TextFault> => {
  if (text.length > limits.most * WIDEST_DECOMPOSITION) {
    return err({ kind: 'too-long', length: text.length, most: limits.most })
  }
  const unix = text.replaceAll('\r\n', '\n')
  const fault = firstFault(unix)
  if (fault !== undefined) return err(fault)
  const composed = unix.normalize('NFC')
  const length = [...composed].length
  if (length > limits.most) return err({ kind: 'too-long', length, most: limits.most })
  const lines = composed.split('\n').length
  if (lines > limits.lines) return err({ kind: 'too-many-lines', lines, most: limits.lines })
  if (composed.trim() === '') return err({ kind: 'empty' })
  return ok({ text: composed, normalised: composed !== unix })
}

const firstFault = (text: string): TextFault | undefined => {
  let at = 0
  let marks = 0
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0
    if (codePoint === 0xfffd) return { kind: 'replacement', at }
    if (SURROGATE.test(character)) return { kind: 'lone-surrogate', at, codePoint }
    if (codePoint !== 0x0a && CONTROL.test(character)) return { kind: 'control', at, codePoint }
    if (INVISIBLE.test(character)) return { kind: 'invisible', at, codePoint }
    if (UNASSIGNED.test(character)) return { kind: 'unassigned', at, codePoint }
    marks = MARK.test(character) ? marks + 1 : 0
    if (marks > MOST_MARKS) return { kind: 'stacked-marks', at, codePoint }
    at += 1
  }
  return undefined
}

const hex = (codePoint: number): string => `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`

/** One sentence for the person who typed the text. `at` is shown counted from 1, as a person counts. */
export const textFaultText = (fault: TextFault): { readonly vi: string; readonly en: string } => {
  switch (fault.kind) {
    case 'empty':
      return { vi: 'Văn bản trống.', en: 'The text is empty.' }
    case 'too-long':
      return {
        vi: `Văn bản dài ${fault.length} ký tự, tối đa ${fault.most}.`,
        en: `The text has ${fault.length} characters, at most ${fault.most} are allowed.`,
      }
    case 'too-many-lines':
      return {
        vi: `Văn bản có ${fault.lines} dòng, tối đa ${fault.most}.`,
        en: `The text has ${fault.lines} lines, at most ${fault.most} are allowed.`,
      }
    case 'replacement':
      return {
        vi: `Ký tự thứ ${fault.at + 1} bị hỏng (U+FFFD): văn bản đã mất chữ khi chuyển mã, hãy gõ lại.`,
        en: `Character ${fault.at + 1} is damaged (U+FFFD): letters were lost in a conversion, type the text again.`,
      }
    case 'lone-surrogate':
      return placed(fault, 'là nửa ký tự', 'is half of a character')
    case 'control':
      return placed(fault, 'là ký tự điều khiển', 'is a control character')
    case 'invisible':
      return placed(fault, 'là ký tự vô hình', 'is an invisible character')
    case 'unassigned':
      return placed(fault, 'không có trong Unicode chung', 'is private or unassigned in Unicode')
    case 'stacked-marks':
      return placed(fault, 'là dấu chồng quá nhiều', 'is one mark too many on a letter')
  }
}

const placed = (
  fault: { readonly at: number; readonly codePoint: number },
  vi: string,
  en: string,
): { readonly vi: string; readonly en: string } => ({
  vi: `Ký tự thứ ${fault.at + 1} (${hex(fault.codePoint)}) ${vi}.`,
  en: `Character ${fault.at + 1} (${hex(fault.codePoint)}) ${en}.`,
})
