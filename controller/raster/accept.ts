import { err, ok, type Result } from '#core/base/result.ts'
import { type GateLimits, gateText, textFaultText } from '#core/text/gate.ts'
import type { Fonts } from './fonts.ts'
import type { RasterFault } from './message.ts'

/** What every text passes before it is drawn: whole, nothing hidden in it, and a font for each character. */
export type Accepted = { readonly text: string; readonly families: readonly string[] }

/** Bounds of one text of an order; the contract's own limits are tighter. */
export const ORDER_LIMITS: GateLimits = { most: 1000, lines: 20 }

export const EMPTY: RasterFault = {
  kind: 'text',
  vi: 'Thông báo không có nội dung.',
  en: 'The message has no text.',
}

export type Where = { readonly vi: string; readonly en: string }

/** `where` stands before the reason: which text of the message it is. */
export const acceptText = (
  fonts: Fonts,
  raw: string,
  as: { readonly where: Where; readonly limits: GateLimits },
): Result<Accepted, RasterFault> => {
  const { where } = as
  const gated = gateText(raw, as.limits)
  if (!gated.ok) {
    const why = textFaultText(gated.error)
    return err({ kind: 'text', vi: `${where.vi}: ${why.vi}`, en: `${where.en}: ${why.en}` })
  }
  const families = fonts.prepare(gated.value.text)
  if (families.ok) return ok({ text: gated.value.text, families: families.value })
  const { kind, vi, en } = families.error
  return err({ kind, vi: `${where.vi}: ${vi}`, en: `${where.en}: ${en}` })
}
