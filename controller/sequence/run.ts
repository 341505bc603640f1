import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import { duration, type Mono } from '#core/base/units.ts'
import { sequenceStep } from '#core/power/sequence.ts'
import type { DisplayWish } from '#core/power/sequence-plan.ts'
import type { PowerSequence } from '#core/power/sequence-schema.ts'
import {
  type SequenceAction,
  type SequenceFault,
  type SequenceInput,
  type SequenceState,
  type SequenceValue,
  sequenceStart,
} from '#core/power/sequence-state.ts'
import type { DisplaySetting, LinkFault } from '#core/screen/display.ts'
import { fault } from '../link/link.ts'

/** The equipment of one screen. A `DisplayDriver` is a good `display`; `relays.ts` and `inputs.ts` make the others from devices on a bus. */
export type SequencePorts = {
  /** Sets a relay and, where it can, makes sure of it. Ends soon after `signal` fires; calls are never made at the same time. */
  readonly setRelay: (name: string, on: boolean, signal: AbortSignal) => Promise<Result<void, LinkFault>>
  /** Null: nobody to ask; a step that asks then fails. */
  readonly display: {
    readonly observe: (signal: AbortSignal) => Promise<Result<{ readonly cards: number | null }, LinkFault>>
    readonly apply: (setting: DisplaySetting, signal: AbortSignal) => Promise<Result<unknown, LinkFault>>
  } | null
  /** Tells each input as soon as it is known and whenever it changes; null when nobody knows. Returns the end of it. */
  readonly watch: (tell: (name: string, value: SequenceValue) => void) => () => void
}

/** What happened, for the journal and evidence. */
export type SequenceNews = {
  readonly at: Mono
  readonly phase: SequenceState['phase']
  readonly action: SequenceAction
}

export type PowerSwitch = {
  /**
   * Resolves when it is on, or off, or when it is known why not. A newer order takes the place of an older one, whose promise then ends with
   * `superseded`. `signal` ends the waiting, not the switching: power is never left half way.
   */
  readonly switchTo: (to: 'on' | 'off', signal: AbortSignal) => Promise<Result<void, SwitchFault>>
  readonly state: () => SequenceState
  /** Stops looking and asking. Relays stay as they are: a daemon that restarts must not put out the screen. */
  readonly close: () => void
}
export type SwitchFault =
  | { readonly kind: 'failed'; readonly faults: readonly SequenceFault[] }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'aborted' }

/** Commands waiting for a relay board at most; an order makes no more than three for each relay. */
const MOST_WAITING = 256

type Options = {
  /** Must have passed `checkSequence`. */
  readonly sequence: PowerSequence
  readonly ports: SequencePorts
  readonly clock: Clock
  readonly wake: Wake
  readonly log: Log
  /** When it was surely off last, on this boot’s clock; null: not known. */
  readonly offSince: Mono | null
  readonly onNews: (news: SequenceNews) => void
}

/** Runs the machine of `core/power/sequence.ts` against real equipment: this is all clocks and promises, the decisions are there. */
export const createPowerSwitch = (options: Options): PowerSwitch => {
  const { sequence, ports, clock, wake, log } = options
  const closing = new AbortController()
  let state = sequenceStart(options.offSince)
  let cancelWake = () => {}
  let waiting: Waiting | null = null
  const now = () => clock.read().mono

  const inbox: SequenceInput[] = []
  let stepping = false

  /** One step after the other: a listener that gives a new order from within a step is heard after it. */
  const feed = (input: SequenceInput): void => {
    inbox.push(input)
    if (stepping) return
    stepping = true
    for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) take(next)
    stepping = false
  }
  const take = (input: SequenceInput): void => {
    if (closing.signal.aborted) return
    const step = sequenceStep(sequence, state, input)
    state = step.state
    cancelWake()
    const { wakeAt } = step
    cancelWake = wakeAt === null ? () => {} : wake(duration(Math.max(0, wakeAt - input.at)), tick)
    for (const action of step.actions) {
      options.onNews({ at: input.at, phase: state.phase, action })
      carryOut(action)
    }
  }
  const tick = () => feed({ in: 'time', at: now() })
  const relays = createRelayQueue({
    ports,
    wake,
    closing: closing.signal,
    withinMs: sequence.relayWithinMs,
    wanted: (ticket) => state.part?.is === 'relay' && state.part.ticket === ticket,
    done: (ticket, failed) => feed({ in: 'relay', at: now(), ticket, failed }),
  })
  const display = createAsker(ports, closing.signal, (ticket, failed) =>
    feed({ in: 'display', at: now(), ticket, failed }),
  )

  const carryOut = (action: SequenceAction): void => {
    switch (action.do) {
      case 'relay':
        return relays(action)
      case 'display':
        return display(action.ticket, action.wish)
      case 'done':
        log('info', `power is ${action.power}`, {})
        return settle(action.power, ok(undefined))
      case 'failed':
        log('error', `power: ${action.fault.detail}`, { step: action.fault.step, kind: action.fault.kind })
        return settle('on', err({ kind: 'failed', faults: [action.fault] }))
      case 'not-off':
        log('error', 'power is not surely off', { troubles: action.troubles })
        return settle('off', err({ kind: 'failed', faults: action.troubles }))
      case 'report':
        return log('warn', `power: ${action.fault.detail}`, { step: action.fault.step, kind: action.fault.kind })
      default:
        return unreachable(action)
    }
  }
  const settle = (to: 'on' | 'off', result: Result<void, SwitchFault>): void => {
    if (waiting?.to === to) waiting.end(result)
  }
  const stopInputs = ports.watch((name, value) => feed({ in: 'value', at: now(), name, value }))

  return {
    state: () => state,
    switchTo: (to, signal) => {
      waiting?.end(err({ kind: 'superseded' }))
      if (signal.aborted || closing.signal.aborted) return Promise.resolve(err({ kind: 'aborted' }))
      return new Promise((resolve) => {
        const mine: Waiting = {
          to,
          end: (result) => {
            if (waiting === mine) waiting = null
            signal.removeEventListener('abort', give)
            resolve(result)
          },
        }
        const give = () => mine.end(err({ kind: 'aborted' }))
        signal.addEventListener('abort', give, { once: true })
        waiting = mine
        feed({ in: 'switch', at: now(), to })
      })
    },
    close: () => {
      closing.abort()
      cancelWake()
      stopInputs()
      waiting?.end(err({ kind: 'aborted' }))
    },
  }
}

type Waiting = { readonly to: 'on' | 'off'; readonly end: (result: Result<void, SwitchFault>) => void }
type RelayAction = Extract<SequenceAction, { do: 'relay' }>

/** One command after the other, in the order given: what was switched on late must not overtake what switches off. */
const createRelayQueue = (options: {
  readonly ports: SequencePorts
  readonly wake: Wake
  readonly closing: AbortSignal
  readonly withinMs: number
  readonly wanted: (ticket: number) => boolean
  readonly done: (ticket: number, failed: string | null) => void
}) => {
  let last: Promise<void> = Promise.resolve()
  let length = 0
  const one = async ({ ticket, relay, on }: RelayAction): Promise<void> => {
    // Nobody waits for it any more: letting go is done all the same, energising is not.
    if (options.closing.aborted || (on && !options.wanted(ticket))) return
    const late = new AbortController()
    const cancel = options.wake(duration(options.withinMs), () => late.abort())
    const result = await options.ports.setRelay(relay, on, AbortSignal.any([late.signal, options.closing]))
    cancel()
    options.done(ticket, result.ok ? null : textOf(result.error))
  }
  return (action: RelayAction): void => {
    if (length >= MOST_WAITING) {
      // Said later, as every other outcome: the machine is in the middle of a step.
      options.wake(duration(0), () =>
        options.done(action.ticket, `more than ${MOST_WAITING} commands wait for the relays`),
      )
      return
    }
    length += 1
    last = last
      .then(() => one(action))
      .finally(() => {
        length -= 1
      })
  }
}

const textOf = (why: LinkFault): string => `${why.kind}: ${why.detail}`

/** Asks the display one thing at a time; a newer wish ends the older. */
const createAsker = (
  ports: SequencePorts,
  closing: AbortSignal,
  done: (ticket: number, failed: string | null) => void,
) => {
  let last: Promise<void> = Promise.resolve()
  let current = new AbortController()
  return (ticket: number, wish: DisplayWish): void => {
    current.abort()
    const mine = new AbortController()
    current = mine
    last = last.then(async () => {
      if (mine.signal.aborted || closing.aborted) return
      done(ticket, await ask(ports.display, wish, AbortSignal.any([mine.signal, closing])))
    })
  }
}

/** Why not; null: yes. */
const ask = async (
  display: SequencePorts['display'],
  wish: DisplayWish,
  signal: AbortSignal,
): Promise<string | null> => {
  if (display === null) return textOf(fault('unsupported', 'this screen has no controller to ask'))
  switch (wish.ask) {
    case 'sender': {
      const seen = await display.observe(signal)
      return seen.ok ? null : textOf(seen.error)
    }
    case 'cards': {
      const seen = await display.observe(signal)
      if (!seen.ok) return textOf(seen.error)
      const { cards } = seen.value
      if (cards === null) return 'the controller cannot tell how many cards answer'
      return cards >= wish.atLeast ? null : `${cards} of ${wish.atLeast} cards answer`
    }
    case 'blank':
    case 'unblank': {
      const set = await display.apply({ set: 'blackout', value: wish.ask === 'blank' }, signal)
      return set.ok ? null : textOf(set.error)
    }
    default:
      return unreachable(wish)
  }
}
