import { formatInstant } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'

/** What must hold, each by the name it is reported under, with the sentence of design §5 or of issue 4 behind it. */
export const INVARIANTS = {
  'emergency-in-time': 'while a link answers, an emergency is on the screen within the bound (1)',
  'shared-turns': 'of several emergencies at once each has its turn within one cycle (1)',
  'asked-for': 'nothing is told to the player that no live claim asked for (2)',
  'dark-when-asked': 'the screen is dark in quiet hours and under a safety blank (2)',
  'lit-when-asked': 'where a picture is wanted there is one: never black by accident (2)',
  'right-order': 'of the orders in force the strongest is on the screen (2)',
  'brightness-limit': 'no write is brighter than the profile allows (3)',
  chain: 'the chain verifies after any cut and no record is ever changed (4)',
  'acknowledged-kept': 'what the log acknowledged is there after any cut (4)',
  'gap-record': 'every hole has a gap record (4)',
  'played-once': 'one play counts once (4)',
  'sums-exact': 'delivered + displaced + faulted + dark + … = elapsed, exactly (5)',
  'airtime-true': 'no more airtime is delivered than people could see (5)',
  'floor-kept': 'public information gets its floor where that was feasible (6)',
  'ad-affordable': 'no advertisement takes time that the floor still needs (6)',
  'ad-rules': 'advertising never exceeds its rules (6)',
  'same-seed': 'same seed, same bytes of evidence (7)',
  bounds: 'every buffer stays under its bound (8)',
  'hub-loss': 'losing the hub changes nothing on the screen but what expires (9)',
  'order-over': 'an expired or cancelled order is never on the screen',
  'order-length': 'no order is on the screen for longer than it asked, whatever the clocks do',
  exercise: 'an exercise is only where exercises are allowed, and never without its mark',
  'record-order': 'records are in order: sequence, and time within a boot',
  'true-durations': 'durations are true and never negative, whatever the wall clock does',
  validity: 'no item is opened outside its validity, permit or approval',
  restart: 'after a restart the right picture is there within the bound',
  'receipt-durable': 'an order that was acknowledged is there after any cut',
} as const
export type Invariant = keyof typeof INVARIANTS

/** An invariant does not hold. Names seed, virtual time and what. */
export class WorldBroken extends Error {
  readonly invariant: Invariant
  constructor(invariant: Invariant, message: string) {
    super(message)
    this.invariant = invariant
  }
}

export type Judge = {
  /** Counts an occasion at which the invariant could have failed, and fails when it does. `what` is only asked for then. */
  readonly hold: (invariant: Invariant, holds: boolean, what: () => string) => void
  readonly occasions: Record<Invariant, number>
  /** The first that did not hold: the shells around the engine take an exception for a fault of the disk and go on. */
  readonly broken: () => WorldBroken | null
}

export const createJudge = (of: {
  readonly seed: number
  readonly start: number
  readonly now: () => number
}): Judge => {
  const names = Object.keys(INVARIANTS) as Invariant[]
  const occasions = Object.fromEntries(names.map((name) => [name, 0])) as Record<Invariant, number>
  const first = { broken: null as WorldBroken | null }
  return {
    occasions,
    broken: () => first.broken,
    hold: (invariant, holds, what) => {
      occasions[invariant] += 1
      if (holds) return
      const at = formatInstant(instant(of.start + of.now()), 420)
      const message = `seed ${of.seed}, ${at} (ms ${of.now()}): ${invariant} (${INVARIANTS[invariant]}): ${what()}`
      first.broken ??= new WorldBroken(invariant, message)
      throw first.broken
    },
  }
}
