import type { Duration } from '#core/base/units.ts'
import type { RISK_COLOURS } from '#core/emergency/order.ts'
import type { PanelFacts } from '#core/text/legible.ts'
import type { Bmp } from './bmp.ts'

/** Pixels of one panel (or zone of a panel), and what else is known of it: pitch and viewing distance say how small letters may be. */
export type PanelGeometry = PanelFacts

export const GEOMETRY_LIMITS = { leastWidth: 64, leastHeight: 32, mostWidth: 4096, mostHeight: 2160 } as const

/** A few words in up to three languages; Vietnamese always. */
export type Label = { readonly vi: string; readonly en?: string | undefined; readonly zh?: string | undefined }

/** `language` is a BCP 47 tag (`vi`, `vi-VN`, `en`, `zh-Hans-CN`, `blt-Tavt-VN`). `instruction` may be empty. */
export type MessageText = { readonly language: string; readonly headline: string; readonly instruction: string }

export type RiskColour = (typeof RISK_COLOURS)[number]

export type EmergencyMessage = {
  readonly kind: 'emergency'
  readonly exercise: boolean
  readonly hazardLabel: Label
  /** Disaster risk level 1 to 5; null where the scale does not apply (a closed border gate). */
  readonly level: number | null
  readonly colour: RiskColour
  readonly texts: readonly MessageText[]
  readonly authority: string
  /** Ready to show, in local time: `08:00 18/07/2026`. */
  readonly until: string
}

export type NoticeMessage = {
  readonly kind: 'event' | 'priority'
  readonly title: Label
  readonly texts: readonly MessageText[]
  /** Empty when it shall not be shown. */
  readonly authority: string
  readonly until: string
}

/**
 * A text item: read, not glanced at. It is shown whole, in all its languages and in letters that are large enough, or it is refused.
 */
export type TextMessage = {
  readonly kind: 'text'
  readonly title: Label
  readonly texts: readonly MessageText[]
  readonly authority: string
  readonly until: string
  /** How long one showing lasts: the pages share it. Null: as long as reading takes. */
  readonly durationMs: Duration | null
  /** A preview only: what lacks nothing but time is drawn all the same, with the fault named. A panel never asks for it. */
  readonly lackingTime?: 'draw'
}

export type AllClearMessage = {
  readonly kind: 'all-clear'
  readonly exercise: boolean
  readonly hazardLabel: Label
  readonly texts: readonly MessageText[]
  readonly authority: string
  /** When the danger ended, ready to show. */
  readonly at: string
}

/** The standing page: what a lit panel shows when nothing else is due. Never black, so nobody takes it for a fault. */
export type FallbackMessage = { readonly kind: 'fallback'; readonly siteName: string; readonly line: string }

export type Message = EmergencyMessage | NoticeMessage | TextMessage | AllClearMessage | FallbackMessage

export type Page = {
  /** A whole BMP file, 32 bit (`bmp.ts`). */
  readonly bmp: Bmp
  readonly durationMs: Duration
  /** The languages on it, Vietnamese first: `vi`, `vi+en`. */
  readonly language: string
}

/** `faults` tells what could not be drawn as asked (a language left out, letters below legible height), in both languages. */
export type Rendered = { readonly pages: readonly Page[]; readonly faults: readonly RasterFault[] }

export const RASTER_FAULTS = [
  'font-missing', // the package named in the text is not installed
  'no-glyph', // a character that no font here draws
  'text', // the text did not pass the gate: damaged, control, hidden, private-use characters, too long, too many lines
  'does-not-fit', // an order: not even in small letters over several pages
  'small-letters', // an order: drawn, but below the legible height of this panel; an article: no line of legible letters has room
  'title-too-long', // an article: its title does not stand on one page in legible letters
  'word-too-wide', // an article: a word that cannot be broken is wider than the panel
  'too-many-pages', // an article: more pages than are kept for one showing
  'no-time', // an article: it needs longer to be read than it is shown
  'geometry', // the panel size is out of range
  'closed', // the raster was closed
] as const

export type RasterFault = {
  readonly kind: (typeof RASTER_FAULTS)[number]
  /** A sentence for people: what is wrong, and what would help. */
  readonly vi: string
  readonly en: string
}

/** Whether and how a text item stands on one panel, without drawing it. Times in milliseconds. */
export type ArticleCheck = {
  readonly pages: readonly { readonly language: string; readonly needsMs: Duration }[]
  /** To read all pages once. */
  readonly needsMs: Duration
  /** The smallest letters on it and the smallest that this panel may show, font sizes in pixels; null when nothing stands. */
  readonly smallest: number | null
  readonly least: number
  /** Every reason why it is refused; empty when it fits. */
  readonly faults: readonly RasterFault[]
}
