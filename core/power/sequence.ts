import { assert, unreachable } from '../base/result.ts'
import { type Mono, mono } from '../base/units.ts'
import { forbidsStart, forcesOff, lostFeedback, nextUnknown } from './sequence-interlocks.ts'
import { fallingMoves, type Move, OFF_ATTEMPTS, risingMoves } from './sequence-plan.ts'
import type { PowerSequence } from './sequence-schema.ts'
import type { SequenceAction, SequenceFault, SequenceInput, SequenceState } from './sequence-state.ts'

/** What the machine is after an input, what must be done now, and when it wants to hear the time at the latest. */
export type SequenceStep = {
  readonly state: SequenceState
  readonly actions: readonly SequenceAction[]
  readonly wakeAt: Mono | null
}

type Turn = { readonly state: SequenceState; readonly actions: readonly SequenceAction[] }

/** Parts that can end in one step: no plan has more moves than this. */
const MOST_PARTS = 1000

/**
 * One step of switching a screen's power on or off. Pure. The sequence must have passed `checkSequence`.
 *
 * Going on gives up at the first failure and goes back down; going off never gives up, it names what did not work and goes on with the rest.
 * An interlock wins at any moment. Every part has an end in time, so both ways end within `boundMs`.
 */
export const sequenceStep = (sequence: PowerSequence, state: SequenceState, input: SequenceInput): SequenceStep => {
  const heard = hear(sequence, state, input)
  const guarded = guard(sequence, heard, input.at)
  const moved = run(sequence, guarded, input.at)
  return { ...moved, wakeAt: wakeAt(sequence, moved.state) }
}

const hear = (sequence: PowerSequence, state: SequenceState, input: SequenceInput): Turn => {
  const same: Turn = { state, actions: [] }
  switch (input.in) {
    case 'switch':
      return input.to === 'on' ? wantOn(sequence, same, input.at) : wantOff(sequence, same, input.at)
    case 'value':
      return hearValue(sequence, state, input)
    case 'relay': {
      const { part } = state
      if (part?.is !== 'relay' || part.ticket !== input.ticket) return same
      if (input.failed !== null)
        return moveFailed(sequence, same, { at: input.at, kind: 'relay-failed', detail: input.failed })
      const move = moveOf(sequence, state)
      assert(move?.move === 'relay', 'a relay answered while no relay was asked')
      return { ...same, state: { ...state, part: afterRelay(move, input.at) } }
    }
    case 'display': {
      const { part } = state
      if (part?.is !== 'asked' || part.ticket !== input.ticket) return same
      if (input.failed === null)
        return { ...same, state: { ...seenBy(sequence, state), part: { is: 'settle', until: input.at } } }
      const move = moveOf(sequence, state)
      assert(move?.move === 'display', 'the display answered while it was not asked')
      const until = mono(Math.min(input.at + move.everyMs, part.until))
      return { ...same, state: { ...state, part: { is: 'between', until, deadline: part.until, seen: input.failed } } }
    }
    case 'time':
      return same
    default:
      return unreachable(input)
  }
}

/** A picture known to be dark needs no darkening any more. */
const seenBy = (sequence: PowerSequence, state: SequenceState): SequenceState => {
  const move = moveOf(sequence, state)
  return move?.move === 'display' && move.what.ask === 'blank' ? { ...state, mayShow: false } : state
}

type Relay = Extract<Move, { move: 'relay' }>
const afterRelay = (move: Relay, at: Mono): SequenceState['part'] =>
  move.feedback === null
    ? { is: 'settle', until: mono(at + move.settleMs) }
    : { is: 'feedback', until: mono(at + move.feedback.withinMs) }

const hearValue = (
  sequence: PowerSequence,
  state: SequenceState,
  input: Extract<SequenceInput, { in: 'value' }>,
): Turn => {
  const kind = sequence.inputs.find((one) => one.name === input.name)?.kind
  if (kind === undefined) return { state, actions: [] }
  // What is not of its kind is no knowledge: a broken sensor must not pass for a cool cabinet.
  const fits = kind === 'flag' ? typeof input.value === 'boolean' : Number.isFinite(input.value)
  const value = fits ? input.value : null
  const { [input.name]: since, ...others } = state.unknownSince
  const unknownSince = value === null ? { ...others, [input.name]: since ?? input.at } : others
  const next = { ...state, unknownSince, inputs: { ...state.inputs, [input.name]: value } }
  if (state.phase !== 'on') return { state: next, actions: [] }
  // A lit screen is not thrown off because a small contact wore out; people are told, once.
  const before = lostFeedback(sequence, state, sequence.steps.length)
  const lost = lostFeedback(sequence, next, sequence.steps.length)
  return { state: next, actions: lost !== null && before === null ? [{ do: 'report', fault: lost }] : [] }
}

const wantOn = (sequence: PowerSequence, turn: Turn, at: Mono): Turn => {
  switch (turn.state.phase) {
    case 'on':
      return { ...turn, actions: [...turn.actions, { do: 'done', power: 'on' }] }
    case 'pausing':
    case 'rising':
      return turn
    case 'falling':
      return { ...turn, state: { ...turn.state, thenOn: true } }
    case 'off':
    case 'unknown':
      return begin(sequence, turn, at)
  }
}

const wantOff = (sequence: PowerSequence, turn: Turn, at: Mono): Turn => {
  switch (turn.state.phase) {
    case 'off':
      // A contactor that stuck last time gets another try whenever somebody wants it off.
      if (turn.state.troubles.length > 0) return fall(sequence, turn, at)
      return { ...turn, actions: [...turn.actions, { do: 'done', power: 'off' }] }
    case 'falling':
      return { ...turn, state: { ...turn.state, thenOn: false } }
    case 'unknown':
    case 'pausing':
    case 'rising':
    case 'on':
      return fall(sequence, turn, at)
  }
}

const failed = (turn: Turn, fault: SequenceFault): Turn => ({
  ...turn,
  actions: [...turn.actions, { do: 'failed', fault }],
})

/** From rest towards on: forbidden, or after the stagger and the time that supplies need to cool. */
const begin = (sequence: PowerSequence, turn: Turn, at: Mono): Turn => {
  const forbidden = forbidsStart(sequence, turn.state)
  if (forbidden !== null) return failed(turn, forbidden)
  const { offSince } = turn.state
  const cooled = offSince === null ? at : offSince + sequence.minimumOffMs
  // The offset comes on top of cooling: after a cut of their feeder, neighbours have cooled at the same moment.
  const until = mono(Math.max(at, cooled) + sequence.startOffsetMs)
  return { ...turn, state: { ...turn.state, phase: 'pausing', part: { is: 'settle', until }, thenOn: false } }
}

const rise = (sequence: PowerSequence, turn: Turn, at: Mono): Turn => {
  // What held when it was asked for need not hold after the pause.
  const forbidden = forbidsStart(sequence, turn.state)
  if (forbidden !== null) return fall(sequence, failed(turn, forbidden), at)
  const deadline = mono(at + sequence.boundMs)
  return startMove(
    sequence,
    { ...turn, state: { ...turn.state, phase: 'rising', position: 0, deadline, troubles: [] } },
    at,
  )
}

const fall = (sequence: PowerSequence, turn: Turn, at: Mono): Turn =>
  startMove(
    sequence,
    { ...turn, state: { ...turn.state, phase: 'falling', position: 0, deadline: null, thenOn: false, troubles: [] } },
    at,
  )

const movesOf = (sequence: PowerSequence, state: SequenceState): readonly Move[] => {
  switch (state.phase) {
    case 'rising':
      return risingMoves(sequence)
    case 'falling':
      return fallingMoves(sequence, true)
    case 'unknown':
    case 'off':
    case 'pausing':
    case 'on':
      return []
  }
}
const moveOf = (sequence: PowerSequence, state: SequenceState): Move | undefined =>
  movesOf(sequence, state)[state.position]

/** Does the move at `position`, or comes to the end of the way. */
const startMove = (sequence: PowerSequence, turn: Turn, at: Mono): Turn => {
  const { state, actions } = turn
  const move = moveOf(sequence, state)
  if (move === undefined) return arrive(sequence, turn, at)
  if (move.move === 'relay') return askRelay(sequence, turn, { move, at, attempt: 1 })
  // Already dark: nothing to wait for, and a dead sender must not delay the contactors.
  if (state.phase === 'falling' && move.what.ask === 'blank' && !state.mayShow)
    return startMove(sequence, { state: { ...state, position: state.position + 1 }, actions }, at)
  return askDisplay(turn, { move, until: mono(at + move.withinMs), seen: 'no answer' })
}

const askRelay = (sequence: PowerSequence, turn: Turn, of: { move: Relay; at: Mono; attempt: number }): Turn => {
  const ticket = turn.state.ticket + 1
  const until = mono(of.at + sequence.relayWithinMs)
  return {
    state: { ...turn.state, ticket, part: { is: 'relay', until, ticket, attempt: of.attempt } },
    actions: [...turn.actions, { do: 'relay', ticket, relay: of.move.relay, on: of.move.on }],
  }
}

type Shown = Extract<Move, { move: 'display' }>
const askDisplay = (turn: Turn, of: { move: Shown; until: Mono; seen: string }): Turn => {
  const ticket = turn.state.ticket + 1
  const mayShow = turn.state.mayShow || of.move.what.ask === 'unblank'
  return {
    state: { ...turn.state, ticket, mayShow, part: { is: 'asked', until: of.until, ticket, seen: of.seen } },
    actions: [...turn.actions, { do: 'display', ticket, wish: of.move.what }],
  }
}

const arrive = (sequence: PowerSequence, turn: Turn, at: Mono): Turn => {
  const { state, actions } = turn
  if (state.phase === 'rising')
    return {
      state: { ...state, phase: 'on', part: null, deadline: null, mayShow: true },
      actions: [...actions, { do: 'done', power: 'on' }],
    }
  const { troubles, thenOn } = state
  const stuck = troubles.length > 0
  const rest: Turn = {
    state: { ...state, phase: 'off', part: null, offSince: at, thenOn: false, mayShow: stuck },
    actions: [...actions, stuck ? { do: 'not-off', troubles } : { do: 'done', power: 'off' }],
  }
  return thenOn ? begin(sequence, rest, at) : rest
}

type Why = { readonly at: Mono; readonly kind: SequenceFault['kind']; readonly detail: string }

/** On the way up: back down. On the way down: a relay is tried again, then it is named, and the rest still goes off. */
const moveFailed = (sequence: PowerSequence, turn: Turn, { at, kind, detail }: Why): Turn => {
  const { state } = turn
  const move = moveOf(sequence, state)
  assert(move, 'a move failed while there was none')
  const fault: SequenceFault = { kind, step: move.name, detail }
  if (state.phase === 'rising') return fall(sequence, failed(turn, fault), at)
  if (state.part?.is === 'relay' && move.move === 'relay' && state.part.attempt < OFF_ATTEMPTS)
    return askRelay(sequence, turn, { move, at, attempt: state.part.attempt + 1 })
  return nextMove(sequence, { ...turn, state: { ...state, troubles: [...state.troubles, fault] } }, at)
}

const nextMove = (sequence: PowerSequence, turn: Turn, at: Mono): Turn =>
  startMove(sequence, { ...turn, state: { ...turn.state, position: turn.state.position + 1 } }, at)

/** Looks whether power may stay: before anything else is done at this moment. */
const guard = (sequence: PowerSequence, turn: Turn, at: Mono): Turn => {
  const { state } = turn
  switch (state.phase) {
    case 'off':
    case 'falling':
      return turn
    case 'unknown':
    case 'pausing':
    case 'rising':
    case 'on': {
      const lock = forcesOff(sequence, state, at)
      const lost = state.phase === 'rising' ? lostFeedback(sequence, state, confirmed(state)) : null
      const late: SequenceFault | null =
        state.deadline !== null && at >= state.deadline
          ? { kind: 'too-long', step: 'whole sequence', detail: `not on after ${sequence.boundMs} ms` }
          : null
      const fault = lock ?? lost ?? late
      return fault === null ? turn : fall(sequence, failed(turn, fault), at)
    }
  }
}

/** Moves of the way up that are done; the one that only settles is. */
const confirmed = (state: SequenceState): number => state.position + (state.part?.is === 'settle' ? 1 : 0)

/** Ends every part whose end has come. */
const run = (sequence: PowerSequence, first: Turn, at: Mono): Turn => {
  let turn = first
  for (let parts = 0; ; parts++) {
    assert(parts < MOST_PARTS, 'a power sequence goes round in circles')
    const next = endPart(sequence, turn, at)
    if (next === turn) return turn
    turn = next
  }
}

/** The same turn when nothing ends now. */
const endPart = (sequence: PowerSequence, turn: Turn, at: Mono): Turn => {
  const { state } = turn
  const { part } = state
  if (part === null) return turn
  const over = at >= part.until
  switch (part.is) {
    case 'relay':
      return over
        ? moveFailed(sequence, turn, { at, kind: 'relay-silent', detail: 'the relay board says nothing' })
        : turn
    case 'feedback': {
      const move = moveOf(sequence, state)
      assert(move?.move === 'relay' && move.feedback, 'feedback is waited for where there is none')
      const { input, wanted } = move.feedback
      const value = state.inputs[input] ?? null
      if (value === wanted)
        return { ...turn, state: { ...state, part: { is: 'settle', until: mono(at + move.settleMs) } } }
      return over
        ? moveFailed(sequence, turn, { at, kind: 'no-feedback', detail: `${input} says ${value ?? 'nothing'}` })
        : turn
    }
    case 'settle':
      if (!over) return turn
      return state.phase === 'pausing' ? rise(sequence, turn, at) : nextMove(sequence, turn, at)
    case 'asked':
      return over ? moveFailed(sequence, turn, { at, kind: 'no-answer', detail: part.seen }) : turn
    case 'between': {
      if (at >= part.deadline) return moveFailed(sequence, turn, { at, kind: 'no-answer', detail: part.seen })
      const move = moveOf(sequence, state)
      assert(move?.move === 'display', 'the display is waited for where it was not asked')
      return over ? askDisplay(turn, { move, until: part.deadline, seen: part.seen }) : turn
    }
    default:
      return unreachable(part)
  }
}

const wakeAt = (sequence: PowerSequence, state: SequenceState): Mono | null => {
  const guarded = state.phase !== 'off' && state.phase !== 'falling'
  const times = [state.part?.until, state.deadline, guarded ? nextUnknown(sequence, state) : null].flatMap(
    (t) => t ?? [],
  )
  return times.length === 0 ? null : mono(Math.min(...times))
}
