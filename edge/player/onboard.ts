import type { Wake } from '#core/base/ports.ts'
import { duration } from '#core/base/units.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { Post } from '../shell/loop.ts'
import type { Frame } from './eyes.ts'
import { NO_TROUBLE } from './healing.ts'
import { type AttemptOptions, attempt, newWish, type Outcome, type Wish } from './onboard-attempt.ts'
import { drawFrame, type PutUp } from './onboard-frame.ts'
import {
  ATTEMPT_MS,
  BEGIN_AGAIN_MS,
  FRAME_FRESH_MS,
  isAnswer,
  MOST_REFUSALS,
  outranks,
  refreshMs,
  retryMs,
  roundMsOf,
} from './onboard-rules.ts'
import { createOrderPictures, pictureOf } from './order-pictures.ts'
import type { Player } from './player.ts'

export type OnboardPlayerOptions = Omit<AttemptOptions, 'pictures'> & {
  /** The controller answers after silence, or over a line that was opened again: it may have forgotten everything. */
  readonly onReturn: (listener: () => void) => () => void
  readonly post: Post
  readonly wake: Wake
}

/** Letters that any Vietnamese text has. */
const VIETNAMESE = 'Lũ quét, đề nghị mở cửa'

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
    busy: null as { readonly wish: Wish; readonly since: number; readonly abort: AbortController } | null,
    cancel: () => {},
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
  const pictures = createOrderPictures({
    ...options,
    // What is up stays until the same order stands there with its picture; the engine has been told of it already.
    ready: (sha256) => {
      const { wish } = run
      if (wish === null || pictureOf(wish.source) !== sha256 || run.stopped) return
      // A slow line that has carried most of the words does not begin again for the picture.
      if (run.busy?.wish === wish && !wish.up && now() - run.busy.since >= BEGIN_AGAIN_MS) wish.anew = true
      else tell({ ...newWish(wish.play, wish.source, now()), told: wish.told })
    },
    broken: (order, detail) => {
      log('error', 'the picture of an order cannot be drawn', { order: order.id, detail })
      post({ event: 'picture', order: order.id, detail: detail.slice(0, 500) })
    },
  })
  const trying: AttemptOptions = { ...options, pictures }
  const pump = async (): Promise<void> => {
    const { wish } = run
    if (run.busy || run.stopped || wish === null) return
    run.cancel()
    const abort = new AbortController()
    run.busy = { wish, since: now(), abort }
    const cancelLimit = wake(duration(ATTEMPT_MS), () => abort.abort())
    const outcome = await attempt(trying, wish, abort.signal)
    cancelLimit()
    run.busy = null
    if (outcome.is === 'up') run.putUp = { pages: outcome.variant?.pages ?? [], at: now() }
    if (run.stopped) return
    // It may have taken the screen, but nobody wants it any more.
    if (run.wish !== wish) return void pump()
    settle(wish, outcome)
    if (wish.anew && run.wish === wish) withPicture(wish)
  }
  /** Its picture came while its words were on their way: now, or with the next attempt. */
  const withPicture = (wish: Wish): void => {
    wish.anew = false
    if (wish.up) tell({ ...newWish(wish.play, wish.source, now()), told: wish.told })
    else wish.variants = null
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
    refresh(wish)
    if (wish.told || wish.play === null) return
    wish.told = true
    run.lastShowMs = ms
    const proof = readBack ? 'read-back' : 'acknowledged'
    const missing = variant && variant.leftOut.length > 0 ? `; ${variant.leftOut.join('; ')}` : ''
    const how = `bộ điều khiển đã nhận · the controller took ${variant?.pages.length ?? 0} page(s) after ${ms} ms${missing}`
    const roundMs = roundMsOf(variant?.pages ?? [])
    const round = roundMs === null ? {} : { roundMs }
    post({ event: 'player', what: 'shown', play: wish.play, proof, how: how.slice(0, 500), ...round })
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
    if (run.wish === wish) tell(newWish(null, { source: 'dark' }, now()))
  }
  // It may have lost everything, or can be had sooner than the next attempt is due. What is under way ends after its return in any case.
  const stopListening = options.onReturn(() => void pump())
  if (options.grid !== null && onboard.refuse(options.agreed(VIETNAMESE)) !== null)
    log('warn', 'this controller has no Vietnamese letters and no fallback is agreed: texts with marks are refused', {
      place: '/player/fallback',
    })
  // In a turn of its own: the engine answers with what to show, and whoever makes this player does not know it yet.
  const cancelUp = wake(duration(0), () => void post({ event: 'player', what: 'up' }))
  return {
    show: (scene, source) => tell(newWish(scene.scene === 'dark' ? null : scene.play, source, now())),
    frame: () => {
      const at = now()
      if (run.putUp === null) return Promise.resolve(null)
      if (run.frame === null || at - run.frame.at >= FRAME_FRESH_MS)
        run.frame = { at, taken: drawFrame(run.putUp, options, at) }
      return run.frame.taken
    },
    arrived: (sha256) => {
      const source = run.wish?.source
      if (source?.source === 'order' && pictureOf(source) === sha256) pictures.of(source.order)
    },
    restarts: () => 0,
    lastShowMs: () => run.lastShowMs,
    pid: () => null,
    // Nobody looks at such a display; what the controller says of itself is told as it comes.
    health: () => NO_TROUBLE,
    // What is up stays up, with its time-out: a daemon that is restarted, or updated, must not take an order off the screen, and one that
    // does not come back is what the time-out is for.
    stop: async () => {
      run.stopped = true
      run.cancel()
      cancelUp()
      stopListening()
      pictures.stop()
      run.busy?.abort.abort()
    },
  }
}
