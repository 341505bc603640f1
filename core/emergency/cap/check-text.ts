import type { Instant } from '../../base/units.ts'
import { type GateLimits, gateText, textFaultText } from '../../text/gate.ts'
import type { Finding, Words } from './message.ts'
import { parseCapTime } from './time.ts'

/** What has to be known beside the message. */
export type CapFacts = {
  /** For "has run out" and "comes from the future"; null: not judged. */
  readonly now: Instant | null
  /** Two digits. */
  readonly province: string
  /** Five-digit unit codes that exist; null: nobody knows, so none is called unknown. */
  readonly units: ReadonlySet<string> | null
  /** Longest an order may hold, ms (policy `emergency.longestMs`). */
  readonly longestMs: number
  /** Hold it to `VN-LC:CLUSTER:1.0` even when it does not say that it follows it. */
  readonly profile: boolean
}

/** One check under way. */
export type Ask = {
  readonly strict: boolean
  readonly facts: CapFacts
  readonly found: Finding[]
  readonly add: (code: string, severity: Finding['severity'], path: string, words: Words) => void
}

/** Gates one text: damaged, decomposed or hostile characters, and its length. True when it is there and right. */
export const gate = (
  text: string,
  path: string,
  rule: { readonly limits: GateLimits; readonly required: boolean; readonly soft?: boolean },
  ask: Ask,
): boolean => {
  if (text.trim() === '') {
    if (rule.required) ask.add('missing', 'error', path, { vi: 'thiếu hoặc trống', en: 'is missing or empty' })
    return false
  }
  // An indented file breaks its lines where it likes; what is judged is the text, not its margin.
  const gated = gateText(text.trim(), rule.limits)
  if (!gated.ok) {
    const isLength = gated.error.kind === 'too-long' || gated.error.kind === 'too-many-lines'
    ask.add(gated.error.kind, isLength && rule.soft === true ? 'warning' : 'error', path, textFaultText(gated.error))
    return isLength && rule.soft === true
  }
  if (!gated.value.normalised) return true
  ask.add('not-nfc', 'error', path, {
    vi: 'chữ Việt tách dấu (không phải NFC): máy khác có thể hiện sai',
    en: 'is decomposed Unicode (not NFC): other machines may draw it wrongly',
  })
  return false
}

/** The first character that an identifier or sender may not have, as people write it. */
export const forbidden = (text: string): string | undefined => {
  const found = /[\s,<&]/u.exec(text)?.[0]
  if (found === undefined) return undefined
  return found.trim() === '' ? 'khoảng trắng · white space' : `“${found}”`
}

export const oneOf = (words: readonly string[], value: string, path: string, ask: Ask): boolean => {
  if (words.includes(value)) return true
  if (value.trim() === '') ask.add('missing', 'error', path, { vi: 'thiếu hoặc trống', en: 'is missing or empty' })
  else
    ask.add('not-a-value', 'error', path, {
      vi: `“${value.slice(0, 60)}” không thuộc: ${words.join(', ')}`,
      en: `“${value.slice(0, 60)}” is none of: ${words.join(', ')}`,
    })
  return false
}

/** A required time. Says what is wrong with it in the words of the mistake people make. */
export const timeAt = (text: string, path: string, ask: Ask): Instant | undefined => {
  const at = parseCapTime(text)
  if (at !== undefined) return at
  if (text.trim() === '') ask.add('missing', 'error', path, { vi: 'thiếu hoặc trống', en: 'is missing or empty' })
  else
    ask.add('bad-time', 'error', path, {
      vi: `“${text.slice(0, 40)}” không phải thời gian CAP: viết 2026-07-18T02:14:00+07:00, không có Z và phần lẻ của giây`,
      en: `“${text.slice(0, 40)}” is no CAP time: write 2026-07-18T02:14:00+07:00, without Z and fractions of a second`,
    })
  return undefined
}
