import type { Mono } from '../base/units.ts'
import { risingMoves } from './sequence-plan.ts'
import type { InterlockSpec, PowerSequence } from './sequence-schema.ts'
import type { SequenceFault, SequenceState, SequenceValue } from './sequence-state.ts'

type Verdict = 'holds' | 'broken' | 'unknown'

/** A value of the wrong kind is no knowledge. `starting`: going on asks for more than staying on. */
const verdictOf = (lock: InterlockSpec, value: SequenceValue, starting: boolean): Verdict => {
  if (lock.rule === 'is') return typeof value !== 'boolean' ? 'unknown' : value === lock.wanted ? 'holds' : 'broken'
  if (typeof value !== 'number' || Number.isNaN(value)) return 'unknown'
  return (starting ? value < lock.onBelow : value <= lock.offAbove) ? 'holds' : 'broken'
}

const faultOf = (lock: InterlockSpec, verdict: Verdict, value: SequenceValue): SequenceFault =>
  verdict === 'broken'
    ? { kind: 'interlock', step: `interlock ${lock.input}`, detail: `${lock.why} (${lock.input} is ${value})` }
    : { kind: 'interlock-unknown', step: `interlock ${lock.input}`, detail: `${lock.why} (nobody knows ${lock.input})` }

const said = (state: SequenceState, input: string): SequenceValue => state.inputs[input] ?? null

/** What forbids switching on now: everything must be known and hold. Null: nothing. */
export const forbidsStart = (sequence: PowerSequence, state: SequenceState): SequenceFault | null => {
  for (const lock of sequence.interlocks) {
    const value = said(state, lock.input)
    const verdict = verdictOf(lock, value, true)
    if (verdict !== 'holds') return faultOf(lock, verdict, value)
  }
  return null
}

/** What forces off now: an interlock that is broken, or has been unknown for too long. */
export const forcesOff = (sequence: PowerSequence, state: SequenceState, at: Mono): SequenceFault | null => {
  for (const lock of sequence.interlocks) {
    const value = said(state, lock.input)
    const verdict = verdictOf(lock, value, false)
    if (verdict === 'broken') return faultOf(lock, verdict, value)
    const until = unknownUntil(lock, state)
    if (verdict === 'unknown' && until !== null && at >= until) return faultOf(lock, verdict, value)
  }
  return null
}

/** How long an unknown interlock is borne; null while it is known. */
const unknownUntil = (lock: InterlockSpec, state: SequenceState): number | null => {
  const since = state.unknownSince[lock.input]
  return since === undefined ? null : since + lock.unknownMs
}

/** The next time at which an unknown interlock forces off. */
export const nextUnknown = (sequence: PowerSequence, state: SequenceState): number | null => {
  const times = sequence.interlocks.flatMap((lock) => unknownUntil(lock, state) ?? [])
  return times.length === 0 ? null : Math.min(...times)
}

/** A contactor that was confirmed and no longer is. `done`: moves of the way up that are behind us. The latest word on each input counts. */
export const lostFeedback = (sequence: PowerSequence, state: SequenceState, done: number): SequenceFault | null => {
  const wanted = new Map<string, { readonly wanted: boolean; readonly step: string }>()
  for (const move of risingMoves(sequence).slice(0, done))
    if (move.move === 'relay' && move.feedback !== null)
      wanted.set(move.feedback.input, { wanted: move.feedback.wanted, step: move.name })
  for (const [input, one] of wanted)
    if (said(state, input) !== one.wanted)
      return { kind: 'feedback-lost', step: one.step, detail: `${input} says ${said(state, input) ?? 'nothing'}` }
  return null
}
