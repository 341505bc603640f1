import { unreachable } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { AckSpec } from '../profile/schema.ts'
import type { Frame } from '../wire/layout.ts'

/** One question and its answer, as a pure machine: no clock, no link. The session feeds it and does what it says. */
export type ExchangeState =
  | { readonly is: 'ready' }
  | {
      readonly is: 'waiting'
      /** Attempts sent, 1 or more. */
      readonly attempt: number
      /** Sequence numbers of all attempts: a late answer to an earlier attempt still answers this question. */
      readonly sequences: readonly number[]
      /** The worst thing seen while waiting, which names the failure if no answer comes. */
      readonly seen: 'nothing' | 'noise' | 'checksum'
    }
  | { readonly is: 'done' }

export type ExchangeInput =
  | { readonly in: 'start'; readonly sequence: number }
  | { readonly in: 'frame'; readonly frame: Frame }
  | { readonly in: 'wrong-checksum' }
  | { readonly in: 'noise' }
  /** `sequence` is the number for the next attempt, should there be one. */
  | { readonly in: 'timeout'; readonly sequence: number }
  | { readonly in: 'ack-retry'; readonly sequence: number }
  | { readonly in: 'lost'; readonly fault: LinkFault }

export type ExchangeOutput =
  | { readonly do: 'send'; readonly sequence: number }
  | { readonly do: 'ignore'; readonly why: 'stale' | 'foreign' | 'late' | 'noted' }
  /** Ask again: the session feeds `ack-retry` after the gap. */
  | { readonly do: 'pause'; readonly why: string }
  | { readonly do: 'succeed'; readonly data: Uint8Array }
  | { readonly do: 'fail'; readonly fault: LinkFault }

export type ExchangeRules = {
  /** The request with any sequence number: replies must match its address, register and direction. */
  readonly request: Frame
  /** Data bytes a good reply carries. */
  readonly replyBytes: number
  readonly retries: number
  readonly acks: readonly AckSpec[]
}

export type Step = { readonly state: ExchangeState; readonly output: ExchangeOutput }

/** `start` only when ready. Anything after the end is ignored as `late`. */
export const exchangeStep = (rules: ExchangeRules, state: ExchangeState, input: ExchangeInput): Step => {
  if (state.is === 'done') return { state, output: { do: 'ignore', why: 'late' } }
  if (input.in === 'lost') return finish({ do: 'fail', fault: input.fault })
  if (state.is === 'ready')
    return input.in === 'start'
      ? send([], input.sequence, 'nothing')
      : { state, output: { do: 'ignore', why: 'stale' } }
  switch (input.in) {
    case 'start':
      return { state, output: { do: 'ignore', why: 'noted' } }
    case 'frame':
      return onFrame(rules, state, input.frame)
    case 'wrong-checksum':
      return { state: { ...state, seen: 'checksum' }, output: { do: 'ignore', why: 'noted' } }
    case 'noise':
      return {
        state: { ...state, seen: state.seen === 'nothing' ? 'noise' : state.seen },
        output: { do: 'ignore', why: 'noted' },
      }
    case 'timeout':
      return state.attempt <= rules.retries
        ? send(state.sequences, input.sequence, state.seen)
        : finish({ do: 'fail', fault: silence(state.seen, state.attempt) })
    case 'ack-retry':
      return send(state.sequences, input.sequence, state.seen)
    default:
      return unreachable(input)
  }
}

type Waiting = Extract<ExchangeState, { is: 'waiting' }>

const finish = (output: ExchangeOutput): Step => ({ state: { is: 'done' }, output })

const send = (before: readonly number[], sequence: number, seen: Waiting['seen']): Step => ({
  state: { is: 'waiting', attempt: before.length + 1, sequences: [...before, sequence], seen },
  output: { do: 'send', sequence },
})

const silence = (seen: Waiting['seen'], attempts: number): LinkFault => {
  switch (seen) {
    case 'nothing':
      return { kind: 'timeout', detail: `no answer in ${attempts} attempt(s)` }
    case 'noise':
      return { kind: 'garbled', detail: `only bytes that are not this protocol in ${attempts} attempt(s)` }
    case 'checksum':
      return { kind: 'checksum', detail: `answers with a wrong checksum in ${attempts} attempt(s)` }
    default:
      return unreachable(seen)
  }
}

const onFrame = (rules: ExchangeRules, state: Waiting, frame: Frame): Step => {
  if (!state.sequences.includes(frame.sequence)) return { state, output: { do: 'ignore', why: 'stale' } }
  if (!answers(rules.request, frame)) return { state, output: { do: 'ignore', why: 'foreign' } }
  const ack = rules.acks.find((known) => Number.parseInt(known.code, 16) === frame.ack)
  const detail = `ACK ${frame.ack.toString(16).toUpperCase().padStart(2, '0')}: ${ack?.text ?? 'code not in the profile'}`
  if (ack?.means === 'ok') {
    if (frame.data.length === rules.replyBytes) return finish({ do: 'succeed', data: frame.data })
    return finish({
      do: 'fail',
      fault: { kind: 'garbled', detail: `${frame.data.length} data bytes, expected ${rules.replyBytes}` },
    })
  }
  if (ack?.retry && state.attempt <= rules.retries) return { state, output: { do: 'pause', why: detail } }
  return finish({ do: 'fail', fault: { kind: ack?.means ?? 'refused', detail } })
}

/** Serial number alone is one byte and comes round again; a reply must also be about the same thing. */
const answers = (request: Frame, reply: Frame): boolean =>
  reply.register === request.register &&
  reply.direction === request.direction &&
  Object.entries(request.address).every(([name, value]) => reply.address[name] === value)
