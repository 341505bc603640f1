import type { Onboard } from '#controller/dialect/onboard.ts'
import type { Clock, Log } from '#core/base/ports.ts'
import { ok, type Result } from '#core/base/result.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { type ContentOptions, contentOf } from './onboard-content.ts'
import { priorityOf, STALE_SECONDS, staleSeconds } from './onboard-rules.ts'
import type { Variant } from './onboard-text.ts'

/** What the engine wants on the screen now. `play` is null for darkness. */
export type Wish = {
  readonly play: string | null
  readonly source: SceneSource
  readonly priority: number
  /** Milliseconds, monotonic. */
  readonly toldAt: number
  /** Made at the first attempt and kept, so that putting it up again costs no drawing; the first that was taken is left. */
  variants: readonly Variant[] | null
  /** The controller has it, as far as we know. */
  up: boolean
  /** The time-out that the controller was told last, seconds. */
  staleAfter: number
  /** The engine was told. */
  told: boolean
  /** To be drawn once more when it is up: its picture is here now. */
  anew: boolean
  /** Attempts in a row that did not succeed, and those of them that the controller itself turned down. */
  failures: number
  refusals: number
}

export const newWish = (play: string | null, source: SceneSource, toldAt: number): Wish => ({
  play,
  source,
  priority: priorityOf(source),
  toldAt,
  variants: null,
  up: false,
  staleAfter: 0,
  told: false,
  anew: false,
  failures: 0,
  refusals: 0,
})

export type Outcome =
  | { readonly is: 'up'; readonly readBack: boolean; readonly variant: Variant | null }
  /** The controller was asked and still shows it. */
  | { readonly is: 'still-up' }
  | { readonly is: 'again'; readonly fault: LinkFault }
  /** Not on this controller, however often it is tried. The reason is for people, in both languages. */
  | { readonly is: 'failed'; readonly why: string }

export type AttemptOptions = Omit<ContentOptions, 'onboard'> & {
  readonly onboard: Onboard
  /** Is what we put up still up? Null where a controller cannot be asked; then it is simply put up again from time to time. */
  readonly still: ((signal: AbortSignal) => Promise<Result<boolean, LinkFault>>) | null
  readonly log: Log
  readonly clock: Clock
}

/** Brings the controller to show the wish, once. Broken off by `signal`. */
export const attempt = async (options: AttemptOptions, wish: Wish, signal: AbortSignal): Promise<Outcome> => {
  const { source } = wish
  if (source.source === 'dark') {
    const cleared = await options.onboard.clear(signal)
    return cleared.ok ? { is: 'up', ...cleared.value, variant: null } : { is: 'again', fault: cleared.error }
  }
  // A sign that can be asked counts its time-out from our last question, so the shrinking time of an order has to be told again now and then.
  const shrunk = wish.staleAfter - staleSeconds(source, options.clock.read())
  if (wish.up && options.still && shrunk < STALE_SECONDS) {
    const still = await options.still(signal)
    if (!still.ok) return { is: 'again', fault: still.error }
    if (still.value) return { is: 'still-up' }
    options.log('warn', 'the controller shows something else; putting it up again', { play: wish.play })
  }
  const variants = wish.variants === null ? await contentOf(source, options) : ok(wish.variants)
  if (!variants.ok) return { is: 'failed', why: variants.error }
  wish.variants = variants.value
  return put(options, wish, signal)
}

/** The fullest of the variants that the controller takes. */
const put = async (options: AttemptOptions, wish: Wish, signal: AbortSignal): Promise<Outcome> => {
  let why = 'không có gì để hiện · nothing to show'
  for (const variant of wish.variants ?? []) {
    if (signal.aborted) return { is: 'again', fault: { kind: 'aborted', detail: 'something else is wanted' } }
    const staleAfterSeconds = staleSeconds(wish.source, options.clock.read())
    const show = { pages: variant.pages, priority: wish.priority, staleAfterSeconds }
    const done = await options.onboard.show(show, signal)
    if (done.ok) {
      wish.variants = [variant]
      wish.staleAfter = staleAfterSeconds
      return { is: 'up', readBack: done.value.readBack, variant }
    }
    if (done.error.kind !== 'unsupported') return { is: 'again', fault: done.error }
    why = done.error.detail
  }
  return { is: 'failed', why }
}
