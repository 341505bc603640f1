import type { Mono } from '../base/units.ts'
import type { DisplayWish } from './sequence-plan.ts'

/** Where a screen's power stands. `unknown`: we were just started and have touched nothing yet. */
export type SequencePhase = 'unknown' | 'off' | 'pausing' | 'rising' | 'on' | 'falling'

/** What an input says. `null`: nobody knows. */
export type SequenceValue = boolean | number | null

export const SEQUENCE_FAULTS = [
  'relay-failed', // the relay board refused, or its line failed
  'relay-silent', // it never said anything
  'no-feedback', // the contactor did not move, or did not let go
  'feedback-lost', // it had moved, and then let go by itself
  'no-answer', // the sender, the cards or the picture did not come
  'interlock', // something forbids power
  'interlock-unknown', // nobody knows whether something forbids power
  'too-long', // the promise of the sequence is broken
] as const
export type SequenceFaultKind = (typeof SEQUENCE_FAULTS)[number]
export type SequenceFault = {
  readonly kind: SequenceFaultKind
  /** Which step or interlock, as people know it. */
  readonly step: string
  readonly detail: string
}

/** What is waited for. `ticket` tells the outcome of this attempt from that of one given up. */
export type SequencePart =
  | { readonly is: 'relay'; readonly until: Mono; readonly ticket: number; readonly attempt: number }
  | { readonly is: 'feedback'; readonly until: Mono }
  | { readonly is: 'settle'; readonly until: Mono }
  | { readonly is: 'asked'; readonly until: Mono; readonly ticket: number; readonly seen: string }
  | { readonly is: 'between'; readonly until: Mono; readonly deadline: Mono; readonly seen: string }

export type SequenceState = {
  readonly phase: SequencePhase
  /** Which move of the way up or down. */
  readonly position: number
  readonly part: SequencePart | null
  readonly ticket: number
  readonly inputs: Readonly<Record<string, SequenceValue>>
  /** Since when nobody knows an input. */
  readonly unknownSince: Readonly<Record<string, Mono>>
  /** By when the way up must be done. */
  readonly deadline: Mono | null
  /** When the last relay was let go of; null when we do not know. */
  readonly offSince: Mono | null
  /** Somebody wants it on again as soon as it is off. */
  readonly thenOn: boolean
  /** Something may be seen on the panel, so darkness comes before power is taken away. */
  readonly mayShow: boolean
  /** What went wrong on the way down. */
  readonly troubles: readonly SequenceFault[]
}

/** Everything that happens to the machine, each with the monotonic time at which it happened. */
export type SequenceInput =
  | { readonly in: 'switch'; readonly at: Mono; readonly to: 'on' | 'off' }
  | {
      readonly in: 'relay'
      readonly at: Mono
      readonly ticket: number
      /** Why it failed; null: done. */
      readonly failed: string | null
    }
  | {
      readonly in: 'display'
      readonly at: Mono
      readonly ticket: number
      /** Why not (no answer, too few cards, refused); null: yes. */
      readonly failed: string | null
    }
  | { readonly in: 'value'; readonly at: Mono; readonly name: string; readonly value: SequenceValue }
  /** The time of `wakeAt` has come. Harmless at any other time. */
  | { readonly in: 'time'; readonly at: Mono }

export type SequenceAction =
  /** Answered by `relay` with the same ticket. */
  | { readonly do: 'relay'; readonly ticket: number; readonly relay: string; readonly on: boolean }
  /** Answered by `display` with the same ticket. */
  | { readonly do: 'display'; readonly ticket: number; readonly wish: DisplayWish }
  /** It is on, or every relay was let go of and confirmed. */
  | { readonly do: 'done'; readonly power: 'on' | 'off' }
  /** Switching on was refused or broken off, or what was on must go off; the way down follows at once where there is one. */
  | { readonly do: 'failed'; readonly fault: SequenceFault }
  /** The way down is at its end, and these things did not go as they should: go and look. */
  | { readonly do: 'not-off'; readonly troubles: readonly SequenceFault[] }
  /** It stays on, but somebody should know. */
  | { readonly do: 'report'; readonly fault: SequenceFault }

/** Before anything was said or asked. `since`: when it was surely switched off last; null: its power is not known (we were just started). */
export const sequenceStart = (since: Mono | null): SequenceState => ({
  phase: since === null ? 'unknown' : 'off',
  position: 0,
  part: null,
  ticket: 0,
  inputs: {},
  unknownSince: {},
  deadline: null,
  offSince: since,
  thenOn: false,
  mayShow: since === null,
  troubles: [],
})
