import { existsSync } from 'node:fs'
import type { Clock } from '#core/base/ports.ts'
import { instantOfDate } from '#core/base/time.ts'
import { type ClockQuality, instant, mono, type Reading } from '#core/base/units.ts'
import { FIRST_DAY } from '#core/evidence/trusted-day.ts'

/** What the clock is read from; tests give a virtual machine. */
export type ClockSource = {
  /** Milliseconds since 1970. */
  readonly wall: () => number
  /** Milliseconds since this process began. */
  readonly mono: () => number
  /** Does the kernel say the clock is synchronised? Null when it refuses to say (containers). */
  readonly synchronised: () => boolean | null
  /** A battery clock survives a power cut; without one an unsynchronised time is only what someone saved last. */
  readonly hasBatteryClock: boolean
}

export type EdgeClock = Clock & {
  /**
   * The wall clock is hardly right below this (the last record of the log); only ever rises. A time server that once gave a year too late
   * must not make every later start distrust the right time: below it the clock is believed when kernel and hub say the same, or when the
   * kernel has been synchronised for `LONG_SYNCED_MS`.
   */
  readonly raiseFloor: (wall: number) => void
  /** The hub's time, seen now. An unset clock that agrees with it within `AGREES_MS` is believed as if it had been kept. */
  readonly hubSays: (wall: number) => void
  /**
   * By how much the hub's time differs from ours, ms; null while it agrees, or was not heard since the last jump. Somebody must look: a hub
   * alone is not believed, because one that lies could bring back what has expired.
   */
  readonly hubDiffers: () => number | null
  /** The hub's time minus ours as it was heard last, ms; null when it was not since the last jump. */
  readonly hubOffset: () => number | null
  /** Milliseconds the wall clock jumped since the last look, 0 when it did not. Meant to be called once per second. */
  readonly takeStep: () => number
}

/** Before this the software did not exist, so no clock of it can be right (ms). */
export const BUILT_AFTER: number = instantOfDate(FIRST_DAY, 0)
/** Drift between both clocks within one look that counts as a jump, ms. Slewing moves at most 0.5 ms per second. */
export const STEP_MS = 500
/** Difference to the hub's time up to which the two agree, ms; network delay is in it. */
export const AGREES_MS = 5_000
/** Difference to the hub's time from which a person is told, ms: an order that is to begin now begins that much too late. */
export const DIFFERS_MS = 60_000
/** The kernel is asked at most this often, ms: the answer changes rarely. */
const ASK_MS = 1_000
/** A hole in the log's own future: the last record may be this much ahead of us without the clock being wrong, ms. */
const FLOOR_SLACK_MS = 2_000
/** A kernel that has been synchronised for so long is right against the last record of the log, ms. */
export const LONG_SYNCED_MS = 3_600_000
/** After a jump of this size that nobody confirms the clock no longer counts as kept, ms. */
export const BIG_JUMP_MS = 600_000

/**
 * `trust`: `strict` believes the kernel, a battery clock or the hub; `host` believes a plausible time. `bootId` names this run of this
 * process: two runs never share one, because their monotonic clocks do not.
 */
export const createClock = (
  source: ClockSource,
  options: { readonly bootId: string; readonly trust: 'strict' | 'host' },
): EdgeClock => {
  const state = {
    floor: BUILT_AFTER,
    everSynced: false,
    /** Since when without a break, of `mono`; null: the kernel does not say so now. */
    syncedSince: null as number | null,
    hubAgreed: false,
    hubAhead: null as number | null,
    asked: { at: Number.NEGATIVE_INFINITY, synced: null as boolean | null },
    offset: source.wall() - source.mono(),
  }
  const synced = (now: number): boolean | null => {
    if (now - state.asked.at >= ASK_MS) {
      state.asked = { at: now, synced: source.synchronised() }
      state.syncedSince = state.asked.synced === true ? (state.syncedSince ?? now) : null
    }
    return state.asked.synced
  }
  const quality = (wall: number, now: number): ClockQuality => {
    const said = synced(now)
    if (wall < BUILT_AFTER) return 'unset'
    const sure = said === true && (state.hubAgreed || now - (state.syncedSince ?? now) >= LONG_SYNCED_MS)
    if (wall < state.floor - FLOOR_SLACK_MS && !sure) return 'unset'
    if (said === true) {
      state.everSynced = true
      return 'synced'
    }
    const kept = state.everSynced || state.hubAgreed || source.hasBatteryClock || options.trust === 'host'
    return kept ? 'holdover' : 'unset'
  }
  const read = (): Reading => {
    const wall = source.wall()
    const now = source.mono()
    return { wall: instant(wall), mono: mono(now), quality: quality(wall, now), bootId: options.bootId }
  }
  return {
    read,
    raiseFloor: (wall) => {
      state.floor = Math.max(state.floor, wall)
    },
    hubSays: (wall) => {
      state.hubAhead = wall - source.wall()
      state.hubAgreed = Math.abs(state.hubAhead) <= AGREES_MS
    },
    hubDiffers: () => (state.hubAhead !== null && Math.abs(state.hubAhead) >= DIFFERS_MS ? state.hubAhead : null),
    hubOffset: () => state.hubAhead,
    takeStep: () => {
      const offset = source.wall() - source.mono()
      const step = Math.round(offset - state.offset)
      if (Math.abs(step) <= STEP_MS) {
        // Slow drift and slewing are followed, so that they never add up to a jump.
        state.offset = offset
        return 0
      }
      state.offset = offset
      // After a jump nobody has confirmed the new time yet; ask the kernel again at once and wait for the hub.
      state.asked = { at: Number.NEGATIVE_INFINITY, synced: null }
      state.syncedSince = null
      state.hubAgreed = false
      state.hubAhead = null
      if (Math.abs(step) >= BIG_JUMP_MS) state.everSynced = false
      return step
    },
  }
}

/** The machine's clocks. `performance.now()` is CLOCK_MONOTONIC since the process began. */
export const machineClock = (synchronised: () => boolean | null): ClockSource => ({
  wall: () => Date.now(),
  mono: () => performance.now(),
  synchronised,
  hasBatteryClock: existsSync('/sys/class/rtc/rtc0'),
})
