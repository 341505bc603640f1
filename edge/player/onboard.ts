import type { Onboard } from '#controller/dialect/onboard.ts'
import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { ok, type Result } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { Post } from '../shell/loop.ts'
import type { Frame } from './eyes.ts'
import { type ContentOptions, contentOf } from './onboard-content.ts'
import { drawFrame, type PutUp } from './onboard-frame.ts'
import {
  ATTEMPT_MS,
  FRAME_FRESH_MS,
  isAnswer,
  LOOK_MS,
  MOST_REFUSALS,
  outranks,
  priorityOf,
  refreshMs,
  retryMs,
  staleSeconds,
} from './onboard-rules.ts'
import type { Variant } from './onboard-text.ts'
import type { Player } from './player.ts'

export type OnboardPlayerOptions = Omit<ContentOptions, 'onboard'> & {
  readonly onboard: Onboard
  /** Is what we put up still up? Null where a controller cannot be asked; then it is simply put up again from time to time. */
  readonly still: ((signal: AbortSignal) => Promise<Result<boolean, LinkFault>>) | null
  /** Counts openings of the link and returns from silence: after each, the controller may have forgotten. */
  readonly returns: () => number
  readonly post: Post
  readonly log: Log
  readonly clock: Clock
  readonly wake: Wake
}

/** What the engine wants on the screen now. `play` is null for darkness. */
type Wish = {
  readonly play: string | null
  readonly source: SceneSource
  readonly priority: number
  /** Milliseconds, monotonic. */
  readonly toldAt: number
  /** Made at the first attempt and kept, so that putting it up again costs no drawing; the first that was taken is left. */
  variants: readonly Variant[] | null
  /** The controller has it, as far as we know. */
  up: boolean
  /** The engine was told. */
  told: boolean
  /** Attempts in a row that did not succeed, and those of them that the controller itself turned down. */
  failures: number
  refusals: number
}

/** Letters that any Vietnamese text has. */
const VIETNAMESE = 'Lũ quét, đề nghị mở cửa'

type Outcome =
  | { readonly is: 'up'; readonly readBack: boolean; readonly variant: Variant | null }
  | { readonly is: 'still-up' }
  | { readonly is: 'again'; readonly fault: LinkFault }
  | { readonly is: 'failed'; readonly why: string }

/**
 * The player of a cluster without a video path: the display controller holds the content. One attempt at a time, always for the newest wish:
 * what was wanted meanwhile and is no longer is never sent. An order (or darkness) breaks off whatever is under way; an item does not
 * break off an item, or a slow card with short items would never finish one.
 */
export const createOnboardPlayer = (options: OnboardPlayerOptions): Player => {
  const { onboard, post, log, wake, clock } = options
  const now = () => clock.read().mono
  const run = {
    wish: null as Wish | null,
    busy: null as { readonly wish: Wish; readonly abort: AbortController } | null,
    cancel: () => {},
    cancelLook: () => {},
    returns: options.returns(),
    putUp: null as PutUp | null,
    lastShowMs: null as number | null,
    frame: null as { readonly at: number; readonly taken: Promise<Frame | null> } | null,
    /** The journal was told that the controller takes nothing; said once, not for every item of a long outage. */
    failing: false,
    stopped: false,
  }
  const later = (ms: number): void => {
    run.cancel()
    run.cancel = wake(duration(ms), () => void pump())
  }
  const tell = (wish: Wish): void => {
    run.wish = wish
    run.cancel()
    if (run.busy && outranks(wish.priority, run.busy.wish.priority)) run.busy.abort.abort()
    void pump()
  }
  const pump = async (): Promise<void> => {
    const { wish } = run
    if (run.busy || run.stopped || wish === null) return
    run.cancel()
    const abort = new AbortController()
    run.busy = { wish, abort }
    const cancelLimit = wake(duration(ATTEMPT_MS), () => abort.abort())
    const outcome = await attempt(wish, abort.signal)
    cancelLimit()
    run.busy = null
    if (outcome.is === 'up') run.putUp = { pages: outcome.variant?.pages ?? [], at: now() }
    if (run.stopped) return
    // It may have taken the screen, but nobody wants it any more.
    if (run.wish === wish) settle(wish, outcome)
    else void pump()
  }

  const attempt = async (wish: Wish, signal: AbortSignal): Promise<Outcome> => {
    const { source } = wish
    if (source.source === 'dark') {
      const cleared = await onboard.clear(signal)
      return cleared.ok ? { is: 'up', ...cleared.value, variant: null } : { is: 'again', fault: cleared.error }
    }
    if (wish.up && options.still) {
      const still = await options.still(signal)
      if (!still.ok) return { is: 'again', fault: still.error }
      if (still.value) return { is: 'still-up' }
      log('warn', 'the controller shows something else; putting it up again', { play: wish.play })
    }
    const variants = wish.variants === null ? await contentOf(source, options) : ok(wish.variants)
    if (!variants.ok) return { is: 'failed', why: variants.error }
    wish.variants = variants.value
    return put(wish, variants.value, signal)
  }
  /** The fullest of the variants that the controller takes. */
  const put = async (wish: Wish, variants: readonly Variant[], signal: AbortSignal): Promise<Outcome> => {
    let why = 'không có gì để hiện · nothing to show'
    for (const variant of variants) {
      if (signal.aborted) return { is: 'again', fault: { kind: 'aborted', detail: 'something else is wanted' } }
      const staleAfterSeconds = staleSeconds(wish.source, clock.read())
      const done = await onboard.show({ pages: variant.pages, priority: wish.priority, staleAfterSeconds }, signal)
      if (done.ok) {
        wish.variants = [variant]
        return { is: 'up', readBack: done.value.readBack, variant }
      }
      if (done.error.kind !== 'unsupported') return { is: 'again', fault: done.error }
      why = done.error.detail
    }
    return { is: 'failed', why }
  }

  const settle = (wish: Wish, outcome: Outcome): void => {
    switch (outcome.is) {
      case 'up':
        return shown(wish, outcome)
      case 'still-up':
        wish.failures = 0
        return refresh(wish)
      case 'again':
        return again(wish, outcome.fault)
      case 'failed':
        return fail(wish, outcome.why)
    }
  }
  const refresh = (wish: Wish): void => {
    const [variant] = wish.variants ?? []
    if (variant !== undefined)
      later(refreshMs(wish.source, variant.pages, { at: clock.read(), accepts: onboard.accepts }))
  }
  const shown = (wish: Wish, { readBack, variant }: Extract<Outcome, { is: 'up' }>): void => {
    if (run.failing) log('info', 'the controller takes content again', { play: wish.play })
    run.failing = false
    const ms = Math.round(now() - wish.toldAt)
    wish.up = true
    wish.failures = 0
    wish.refusals = 0
    run.returns = options.returns()
    refresh(wish)
    if (wish.told || wish.play === null) return
    wish.told = true
    run.lastShowMs = ms
    const proof = readBack ? 'read-back' : 'acknowledged'
    const missing = variant && variant.leftOut.length > 0 ? `; ${variant.leftOut.join('; ')}` : ''
    const how = `bộ điều khiển đã nhận · the controller took ${variant?.pages.length ?? 0} page(s) after ${ms} ms${missing}`
    post({ event: 'player', what: 'shown', play: wish.play, proof, how: how.slice(0, 500) })
  }
  const again = (wish: Wish, fault: LinkFault): void => {
    wish.failures += 1
    wish.refusals = isAnswer(fault.kind) ? wish.refusals + 1 : 0
    const detail = `${fault.kind}: ${fault.detail}`
    // A controller that is away is the display driver's to report; one that is there and says no three times will not change its mind.
    if (wish.refusals >= MOST_REFUSALS && wish.play !== null) return fail(wish, detail)
    if (!run.failing) log('warn', 'the controller did not take the content; trying again', { play: wish.play, detail })
    run.failing = true
    later(retryMs(wish.failures))
  }
  const fail = (wish: Wish, why: string): void => {
    log('error', 'the controller could not show it', { play: wish.play, detail: why })
    if (wish.play !== null) post({ event: 'player', what: 'failed', play: wish.play, detail: why.slice(0, 500) })
    // Unless the engine has said at once what comes instead: what was up before is not wanted either.
    if (run.wish === wish) tell(newWish(null, { source: 'dark' }))
  }
  const newWish = (play: string | null, source: SceneSource): Wish => ({
    play,
    source,
    priority: priorityOf(source),
    toldAt: now(),
    variants: null,
    up: false,
    told: false,
    failures: 0,
    refusals: 0,
  })

  /** A link that was opened again, or a controller heard again after silence: it may have lost everything, or can be had sooner than the retry. */
  const look = (): void => {
    if (run.stopped) return
    run.cancelLook = wake(duration(LOOK_MS), look)
    const returns = options.returns()
    if (returns === run.returns || run.busy) return
    run.returns = returns
    void pump()
  }
  if (options.grid !== null && onboard.refuse(options.agreed(VIETNAMESE)) !== null)
    log('warn', 'this controller has no Vietnamese letters and no fallback is agreed: texts with marks are refused', {
      place: '/player/fallback',
    })
  // In a turn of its own: the engine answers with what to show, and whoever makes this player does not know it yet.
  run.cancelLook = wake(duration(0), () => {
    post({ event: 'player', what: 'up' })
    look()
  })
  return {
    show: (scene, source) => tell(newWish(scene.scene === 'dark' ? null : scene.play, source)),
    frame: () => {
      const at = now()
      if (run.putUp === null) return Promise.resolve(null)
      if (run.frame === null || at - run.frame.at >= FRAME_FRESH_MS)
        run.frame = { at, taken: drawFrame(run.putUp, options, at) }
      return run.frame.taken
    },
    restarts: () => 0,
    lastShowMs: () => run.lastShowMs,
    pid: () => null,
    // What is up stays up, with its time-out: a daemon that is restarted, or updated, must not take an order off the screen, and one that
    // does not come back is what the time-out is for.
    stop: async () => {
      run.stopped = true
      run.cancel()
      run.cancelLook()
      run.busy?.abort.abort()
    },
  }
}
