import { unreachable } from '../base/result.ts'
import type { PowerSequence, SequenceStepSpec } from './sequence-schema.ts'

/** Attempts to let go of one relay: switching off does not give up as easily as switching on. */
export const OFF_ATTEMPTS = 3

type RelayStep = Extract<SequenceStepSpec, { step: 'relay' }>

/** One thing to do and to wait for, in either direction. */
export type Move =
  | {
      readonly move: 'relay'
      readonly name: string
      readonly relay: string
      readonly on: boolean
      readonly settleMs: number
      readonly feedback: RelayStep['feedback']
    }
  | {
      readonly move: 'display'
      readonly name: string
      readonly what: DisplayWish
      readonly withinMs: number
      readonly everyMs: number
    }

/** What is asked of the display while its power is switched. */
export type DisplayWish =
  | { readonly ask: 'sender' }
  | { readonly ask: 'cards'; readonly atLeast: number }
  | { readonly ask: 'blank' }
  | { readonly ask: 'unblank' }

/** Switching on: the steps as they stand. */
export const risingMoves = (sequence: PowerSequence): readonly Move[] =>
  sequence.steps.map((step, index) => {
    const name = `step ${index + 1}: ${step.step}`
    switch (step.step) {
      case 'relay': {
        const { relay, on, settleMs, feedback } = step
        return { move: 'relay', name: `${name} ${relay} ${on ? 'on' : 'off'}`, relay, on, settleMs, feedback }
      }
      case 'sender-answers':
        return { move: 'display', name, what: { ask: 'sender' }, withinMs: step.withinMs, everyMs: step.everyMs }
      case 'cards-answer': {
        const what: DisplayWish = { ask: 'cards', atLeast: step.atLeast }
        return { move: 'display', name, what, withinMs: step.withinMs, everyMs: step.everyMs }
      }
      case 'blank':
      case 'unblank':
        return { move: 'display', name, what: { ask: step.step }, withinMs: step.withinMs, everyMs: step.everyMs }
      default:
        return unreachable(step)
    }
  })

/**
 * Switching off: dark first, then every relay let go in reverse order, whether it was reached or not: letting go twice harms nobody. A relay
 * that the way up already let go of is let go of at its latest place, and its feedback must then say what it says at rest.
 */
export const fallingMoves = (sequence: PowerSequence, blankFirst: boolean): readonly Move[] => {
  const moves: Move[] = []
  if (sequence.blank !== null && blankFirst)
    moves.push({ move: 'display', name: 'off: blank', what: { ask: 'blank' }, ...sequence.blank })
  const done = new Set<string>()
  for (const step of sequence.steps.toReversed()) {
    if (step.step !== 'relay' || done.has(step.relay)) continue
    done.add(step.relay)
    const { relay, settleMs, on } = step
    const feedback = step.feedback === null ? null : { ...step.feedback, wanted: step.feedback.wanted !== on }
    moves.push({ move: 'relay', name: `off: relay ${relay} off`, relay, on: false, settleMs, feedback })
  }
  return moves
}

/** The longest a move can take, ms. */
const longest = (sequence: PowerSequence, move: Move, attempts: number): number =>
  move.move === 'display'
    ? move.withinMs
    : attempts * sequence.relayWithinMs + (move.feedback?.withinMs ?? 0) + move.settleMs

/** Worst case from the first relay to `done`, ms. The start offset and the minimum time off come before. */
export const longestRise = (sequence: PowerSequence): number =>
  risingMoves(sequence).reduce((sum, move) => sum + longest(sequence, move, 1), 0)

/** Worst case from the order, or from any failure, until every relay was let go of or is named as stuck, ms. */
export const longestFall = (sequence: PowerSequence): number =>
  fallingMoves(sequence, true).reduce((sum, move) => sum + longest(sequence, move, OFF_ATTEMPTS), 0)
