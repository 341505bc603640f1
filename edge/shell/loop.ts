import type { Clock, Log } from '#core/base/ports.ts'
import { assert } from '#core/base/result.ts'
import type { Mono, Reading } from '#core/base/units.ts'
import type { Effect, Interpreter } from '#core/engine/effect.ts'
import type { Event } from '#core/engine/event.ts'
import type { State } from '#core/engine/state.ts'

/** An event as the shells give it: the loop reads the clock for it, at its arrival. */
export type Happening = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never

/** Where every shell puts what happened. False: there is no room, try again later (only the hub's messages can meet that). */
export type Post = (happening: Happening) => boolean

/** Events that may wait. Only a burst from within a step ever waits, because a step runs as soon as its event arrives. */
export const MOST_WAITING = 1_000
/** The hub's messages find the inbox full this much earlier, so that outcomes of our own devices always have room. */
export const HUB_ROOM = MOST_WAITING - 100
/** Between ticks, ms. */
export const TICK_MS = 1_000

export type Loop = {
  /**
   * Runs the step at once, or after the one that is running. Overflow policy: a tick is dropped when one waits already (the newest
   * clock is read anyway); `post` from the hub is refused above `HUB_ROOM`; anything else above `MOST_WAITING` is a bug of ours and throws.
   */
  readonly post: Post
  readonly postFromHub: Post
  readonly state: () => State
  readonly waiting: () => number
  readonly stop: () => void
}

export type LoopOptions = {
  readonly initial: State
  readonly step: (state: State, event: Event) => { readonly state: State; readonly effects: readonly Effect[] }
  /** Made after the loop, because interpreters post back into it. */
  readonly interpreter: Interpreter
  readonly clock: Clock & { readonly takeStep: () => number }
  readonly log: Log
  /** After every completed step: the watchdog and whoever shows the state. */
  readonly stepped: (state: State, event: Event) => void
  /** A bug of ours. The loop has stopped; the process must end so that the supervisor starts it afresh. */
  readonly fatal: (error: unknown) => void
}

/**
 * The one inbox. Steps run to completion, one after the other, synchronously; the effects of a step are interpreted in their order
 * before the next step begins, so a record is on disk before anything that follows it.
 */
export const createLoop = (options: LoopOptions): Loop => {
  const { clock, log, interpreter } = options
  const inbox: Event[] = []
  const run = {
    state: options.initial,
    busy: false,
    stopped: false,
    ticks: 0,
    quality: options.initial.now.quality,
    wake: undefined as NodeJS.Timeout | undefined,
  }

  const interpret = (effect: Effect): void => {
    if (effect.effect === 'wake') return rearm(effect.at)
    // One lookup by kind; the mapped type proves that the function takes this effect.
    const act = interpreter[effect.effect] as (e: Effect) => void
    act(effect)
  }
  const drain = (): void => {
    if (run.busy) return
    run.busy = true
    try {
      for (let event = inbox.shift(); event !== undefined && !run.stopped; event = inbox.shift()) {
        if (event.event === 'tick') run.ticks -= 1
        const result = options.step(run.state, event)
        run.state = result.state
        for (const effect of result.effects) interpret(effect)
        options.stepped(run.state, event)
      }
    } catch (error) {
      halt()
      log('error', 'a step failed; the process ends and the supervisor starts it again', {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      })
      options.fatal(error)
    } finally {
      run.busy = false
    }
  }
  const put = (happening: Happening): boolean => {
    if (run.stopped) return false
    if (happening.event === 'tick' && run.ticks > 0) return true
    assert(inbox.length < MOST_WAITING, `the inbox is full (${MOST_WAITING}); newest: ${happening.event}`)
    if (happening.event === 'tick') run.ticks += 1
    const at: Reading = clock.read()
    inbox.push({ ...happening, at } as Event)
    drain()
    return true
  }
  const rearm = (at: Mono): void => {
    clearTimeout(run.wake)
    const delay = Math.min(Math.max(0, at - clock.read().mono), 2_000_000_000)
    run.wake = setTimeout(() => put({ event: 'tick' }), delay)
  }
  const second = setInterval(() => {
    const was = run.quality
    const stepMs = clock.takeStep()
    run.quality = clock.read().quality
    // A clock that becomes trusted, or stops being it, is news even when it did not jump.
    if (stepMs !== 0 || run.quality !== was) put({ event: 'clock-step', stepMs, was })
    put({ event: 'tick' })
  }, TICK_MS)
  const halt = (): void => {
    run.stopped = true
    clearInterval(second)
    clearTimeout(run.wake)
    inbox.length = 0
  }
  return {
    post: put,
    postFromHub: (happening) => inbox.length < HUB_ROOM && put(happening),
    state: () => run.state,
    waiting: () => inbox.length,
    stop: halt,
  }
}
