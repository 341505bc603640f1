import type { Result } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'

/** A controller that holds the content itself (text cards, full-colour cards, message signs), so no player feeds it a picture. */
export type Onboard = {
  readonly accepts: 'text' | 'picture'
  /** Why its own font cannot show this text, with the characters; null when it can. Only for `text`; pictures are drawn by us. */
  readonly refuse: (text: string) => string | null
  /**
   * Replaces everything that is shown. Fails with `unsupported` when a page cannot be shown as it is, and then changes nothing on the
   * screen. Bounded by `signal` and by the sizes of the pages.
   */
  readonly show: (show: OnboardShow, signal: AbortSignal) => Promise<Result<{ readonly readBack: boolean }, LinkFault>>
  /** Nothing on the screen any more. */
  readonly clear: (signal: AbortSignal) => Promise<Result<{ readonly readBack: boolean }, LinkFault>>
}

export type OnboardShow = {
  /** 1 to 16 pages, shown in turn. */
  readonly pages: readonly OnboardPage[]
  /** 1 (lowest) to 255; an emergency has 255. Controllers without priorities ignore it. */
  readonly priority: number
  /**
   * After this long without anything new from us the controller takes the content away by itself, where it can: a dead daemon must not
   * leave an old warning up. Null: it stays. Seconds, 1 to 65,534.
   */
  readonly staleAfterSeconds: number | null
}

export type OnboardPage = {
  /** NFC; lines separated by \n. Empty when there is only a picture. */
  readonly text: string
  /** PNG of the panel’s exact size, drawn by us; null for text controllers. */
  readonly picture: Uint8Array | null
  /** How long it stays up, seconds. */
  readonly seconds: number
}
