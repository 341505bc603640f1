import type { Duration } from '#core/base/units.ts'
import type { Bmp } from './bmp.ts'

/** Pixels of one panel (or zone of a panel). */
export type PanelGeometry = { readonly width: number; readonly height: number }

export const GEOMETRY_LIMITS = { leastWidth: 64, leastHeight: 32, mostWidth: 4096, mostHeight: 2160 } as const

/** A few words in up to three languages; Vietnamese always. */
export type Label = { readonly vi: string; readonly en?: string | undefined; readonly zh?: string | undefined }

/** `language` is a BCP 47 tag (`vi`, `vi-VN`, `en`, `zh-Hans-CN`, `blt-Tavt-VN`). `instruction` may be empty. */
export type MessageText = { readonly language: string; readonly headline: string; readonly instruction: string }

/** Disaster risk colours of QĐ 18/2021/QĐ-TTg Art. 4.3, levels 1 to 5. */
export const RISK_COLOURS = ['light-blue', 'light-yellow', 'orange', 'red', 'purple'] as const
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
  readonly kind: 'event' | 'priority' | 'text'
  readonly title: Label
  readonly texts: readonly MessageText[]
  /** Empty when it shall not be shown. */
  readonly authority: string
  readonly until: string
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

export type Message = EmergencyMessage | NoticeMessage | AllClearMessage | FallbackMessage

export type Page = {
  /** A whole BMP file, 32 bit (`bmp.ts`). */
  readonly bmp: Bmp
  readonly durationMs: Duration
  /** The languages on it, Vietnamese first: `vi`, `vi+en`. */
  readonly language: string
}

/** `faults` tells what could not be drawn as asked (a language left out, letters below legible height), in both languages. */
export type Rendered = { readonly pages: readonly Page[]; readonly faults: readonly RasterFault[] }

export type RasterFault = {
  readonly kind:
    | 'font-missing' // the package named in the text is not installed
    | 'no-glyph' // a character that no font here draws
    | 'text' // the text did not pass the gate
    | 'does-not-fit' // not even in small letters over several pages
    | 'small-letters' // drawn, but below the legible height of this panel
    | 'geometry' // the panel size is out of range
    | 'closed' // the raster was closed
  readonly vi: string
  readonly en: string
}
