import { unreachable } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { MOST_PARTS, type Question, type Values } from '../dialect/dialect.ts'

/**
 * One attempt at one question, as a pure machine: no clock, no link. The bus feeds it and does what it says, and decides itself when to try
 * again, so that a silent device does not keep the line for all its attempts.
 */
export type ExchangeState =
  | { readonly is: 'ready' }
  | {
      readonly is: 'waiting'
      /** Tokens of this attempt and those before it: a late answer to an earlier attempt still answers this question. */
      readonly tokens: readonly number[]
      /** Frames of an answer that comes in several. */
      readonly parts: readonly Uint8Array[]
      /** The worst thing seen while waiting, which names the failure if no answer comes. */
      readonly seen: 'nothing' | 'noise' | 'checksum'
    }
  | { readonly is: 'done' }

export type ExchangeInput =
  | { readonly in: 'start'; readonly token: number }
  /** The bytes are handed to the link; that is all a question without an answer waits for. */
  | { readonly in: 'sent' }
  | { readonly in: 'frame'; readonly bytes: Uint8Array }
  | { readonly in: 'wrong-checksum' }
  | { readonly in: 'noise' }
  | { readonly in: 'timeout' }
  | { readonly in: 'lost'; readonly fault: LinkFault }

export type ExchangeOutput =
  | { readonly do: 'send'; readonly token: number }
  | { readonly do: 'ignore'; readonly why: 'stale' | 'foreign' | 'late' | 'noted' }
  /** A part came: the wait for the next begins anew. */
  | { readonly do: 'wait' }
  | { readonly do: 'succeed'; readonly values: Values }
  /** `again`: another attempt may do better. `answered`: the fault is the device’s own word, so it is there and listens. */
  | { readonly do: 'fail'; readonly fault: LinkFault; readonly again: boolean; readonly answered: boolean }

export type ExchangeRules = {
  readonly question: Pick<Question, 'answered' | 'judge'>
  /** Tokens of the attempts before this one. */
  readonly before: readonly number[]
}

export type Step = { readonly state: ExchangeState; readonly output: ExchangeOutput }

const NOTED: ExchangeOutput = { do: 'ignore', why: 'noted' }

/** `start` only when ready. Anything after the end is ignored as `late`. */
export const exchangeStep = (rules: ExchangeRules, state: ExchangeState, input: ExchangeInput): Step => {
  if (state.is === 'done') return { state, output: { do: 'ignore', why: 'late' } }
  if (input.in === 'lost') return finish({ do: 'fail', fault: input.fault, again: false, answered: false })
  if (state.is === 'ready') {
    if (input.in !== 'start') return { state, output: { do: 'ignore', why: 'stale' } }
    const waiting = { is: 'waiting', tokens: [...rules.before, input.token], parts: [], seen: 'nothing' } as const
    return { state: waiting, output: { do: 'send', token: input.token } }
  }
  switch (input.in) {
    case 'start':
      return { state, output: NOTED }
    case 'sent':
      return rules.question.answered ? { state, output: NOTED } : finish({ do: 'succeed', values: {} })
    case 'frame':
      return onFrame(rules, state, input.bytes)
    case 'wrong-checksum':
      return { state: { ...state, seen: 'checksum' }, output: NOTED }
    case 'noise':
      return { state: { ...state, seen: state.seen === 'nothing' ? 'noise' : state.seen }, output: NOTED }
    case 'timeout':
      return finish({ do: 'fail', fault: silence(state), again: true, answered: false })
    default:
      return unreachable(input)
  }
}

type Waiting = Extract<ExchangeState, { is: 'waiting' }>

const finish = (output: ExchangeOutput): Step => ({ state: { is: 'done' }, output })

const silence = ({ seen, tokens }: Waiting): LinkFault => {
  const attempts = tokens.length
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

const onFrame = (rules: ExchangeRules, state: Waiting, bytes: Uint8Array): Step => {
  const judged = rules.question.judge(bytes, state.tokens, state.parts)
  switch (judged.is) {
    case 'values':
      return finish({ do: 'succeed', values: judged.values })
    case 'part': {
      const parts = [...state.parts, bytes]
      if (parts.length < MOST_PARTS) return { state: { ...state, parts }, output: { do: 'wait' } }
      const detail = `an answer of more than ${MOST_PARTS} parts`
      return finish({ do: 'fail', fault: { kind: 'garbled', detail }, again: false, answered: false })
    }
    case 'stale':
    case 'foreign':
      return { state, output: { do: 'ignore', why: judged.is } }
    case 'again':
    case 'fault': {
      const { is, fault } = judged
      // A frame that makes no sense may belong to anything; an error code is an answer, also one that a sender relays for a dead card.
      return finish({ do: 'fail', fault, again: is === 'again', answered: fault.kind !== 'garbled' })
    }
    default:
      return unreachable(judged)
  }
}
