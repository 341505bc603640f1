import type { Clock, Wake } from '#core/base/ports.ts'
import { assert } from '#core/base/result.ts'
import { type Duration, instant, mono } from '#core/base/units.ts'

/** Turns of the event queue given to promises before time moves on. */
const TURNS = 3
/** Timers fired at most in one `until`: a test that needs more hangs. */
const MOST_TIMERS = 1_000_000

/** Clock and Wake of a simulated world: time moves only when nothing else can happen. */
export const virtualTime = () => {
  let now = 0
  let serial = 0
  const timers = new Map<number, { at: number; then: () => void }>()
  const clock: Clock = { read: () => ({ wall: instant(now), mono: mono(now), quality: 'synced', bootId: 'virtual' }) }
  const wake: Wake = (delay: Duration, then) => {
    serial += 1
    const id = serial
    timers.set(id, { at: now + Math.max(0, delay), then })
    return () => void timers.delete(id)
  }
  const settle = async () => {
    for (let i = 0; i < TURNS; i++) await new Promise((resolve) => setImmediate(resolve))
  }
  const fireNext = (before: number): boolean => {
    let next: [number, { at: number; then: () => void }] | undefined
    for (const timer of timers) if (timer[1].at <= before && (!next || timer[1].at < next[1].at)) next = timer
    if (!next) return false
    timers.delete(next[0])
    now = Math.max(now, next[1].at)
    next[1].then()
    return true
  }
  return {
    clock,
    wake,
    now: () => now,
    waiting: () => timers.size,
    /** Lets `ms` pass. */
    advance: async (ms: number) => {
      const end = now + ms
      await settle()
      while (fireNext(end)) await settle()
      now = end
    },
    /** Runs until the promise settles; throws when it is not settled after `atMost` virtual milliseconds. */
    until: async <T>(promise: Promise<T>, atMost: number): Promise<T> => {
      const end = now + atMost
      let done = false
      void promise.finally(() => {
        done = true
      })
      await settle()
      for (let fired = 0; !done; fired++) {
        assert(fired < MOST_TIMERS && fireNext(end), `not settled after ${atMost} virtual ms`)
        await settle()
      }
      return promise
    },
  }
}
