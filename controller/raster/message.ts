import type { Duration } from '#core/base/units.ts'
import type { Response, RISK_COLOURS } from '#core/emergency/order.ts'
import type { PanelFacts } from '#core/text/legible.ts'
import type { Bmp } from './bmp.ts'
import type { SKRSContext2D } from './canvas.ts'

/** Pixels of one panel (or zone of a panel), and what else is known of it: pitch and viewing distance say how small letters may be. */
export type PanelGeometry = PanelFacts

export const GEOMETRY_LIMITS = { leastWidth: 64, leastHeight: 32, mostWidth: 4096, mostHeight: 2160 } as const

/** A few words in up to three languages; Vietnamese always. */
export type Label = { readonly vi: string; readonly en?: string | undefined; readonly zh?: string | undefined }

/** `language` is a BCP 47 tag (`vi`, `vi-VN`, `en`, `zh-Hans-CN`, `blt-Tavt-VN`). `instruction` may be empty. */
export type MessageText = { readonly language: string; readonly headline: string; readonly instruction: string }

export type RiskColour = (typeof RISK_COLOURS)[number]

/** `exercise`: a banner on every page of it. `test`: the same, and only previews draw it; no panel ever does. */
export type Mark = 'exercise' | 'test'

/**
 * The picture of an order, decoded (`picture.ts`) and ready to be drawn. What can be written down of it (`JSON.stringify`) is its name and
 * size, so two messages with and without it differ.
 */
export type Picture = {
  readonly sha256: string
  /** Of the file, pixels. */
  readonly width: number
  readonly height: number
  readonly paint: (
    context: SKRSContext2D,
    area: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  ) => void
  /** Frees its pixels; it is not painted any more. */
  readonly release: () => void
}

/** What the page of any order may carry beside its words. */
export type OrderMarks = {
  readonly mark: Mark | null
  /** What people must do, the first first: a pictogram and a word. */
  readonly responses: readonly Response[]
  /** I to V, a scale of its own, never merged with the risk level (domain.md §3.5). */
  readonly forestFireLevel: number | null
  /** Null: it has none, or it is not here (yet). The words stand without it. */
  readonly picture: Picture | null
}
export const UNMARKED: OrderMarks = { mark: null, responses: [], forestFireLevel: null, picture: null }

export type EmergencyMessage = OrderMarks & {
  readonly kind: 'emergency'
  readonly hazardLabel: Label
  /** Disaster risk level 1 to 5; null where the scale does not apply (a closed border gate). */
  readonly level: number | null
  readonly colour: RiskColour
  readonly texts: readonly MessageText[]
  readonly authority: string
  /** Ready to show, in local time: `08:00 18/07/2026`. */
  readonly until: string
}

export type NoticeMessage = OrderMarks & {
  readonly kind: 'event' | 'priority'
  readonly title: Label
  /** Disaster risk level 1 to 5, where one was given. */
  readonly level: number | null
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

export type AllClearMessage = OrderMarks & {
  readonly kind: 'all-clear'
  /** Null: a danger that has no name of its own. */
  readonly hazardLabel: Label | null
  readonly texts: readonly MessageText[]
  readonly authority: string
  /** When the danger ended, ready to show. Empty when it is not said. */
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
  'picture', // the picture of an order: no PNG or JPEG, damaged, too large
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
