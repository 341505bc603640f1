import { concat, equalBytes } from '#core/base/bytes.ts'
import { traceOf } from '../bus/meter.ts'
import type { Dialect, Question, Side, Values } from '../dialect/dialect.ts'
import { answerOf } from '../profile/vectors.ts'

/** A question and its answer as they were heard, understood with one profile. */
export type Recorded = {
  readonly command: string
  readonly parameters: Values
  readonly address: Values
  readonly context: Values
  readonly token: number
  readonly request: Uint8Array
  readonly reply: Uint8Array | null
  readonly values: Values | null
}
/** Frames from which no vector can be made, and why. The hex is for people: what is secret is masked. */
export type Unpaired = { readonly why: string; readonly hex: string }

/** Most exchanges one capture holds; what comes after is counted only. */
export const MOST_RECORDED = 300
/** Addresses tried to find the one a request was sent to: one byte. */
const ADDRESSES = 256

/** Puts requests and replies together that were heard in this order. Pure; bounded by MOST_RECORDED. */
export const createPairing = (dialect: Dialect, address: Values, context: Values) => {
  const recorded: Recorded[] = []
  const unpaired: Unpaired[] = []
  let waiting: { asked: Asked; parts: Uint8Array[] } | null = null

  const lose = (side: Side, why: string, bytes: Uint8Array) => {
    if (unpaired.length < MOST_RECORDED) unpaired.push({ why, hex: traceOf(dialect, side, bytes).hex })
  }
  const keep = (asked: Asked, reply: Uint8Array | null, values: Values | null) => {
    const { question: _, ...rest } = asked
    if (recorded.length < MOST_RECORDED) recorded.push({ ...rest, reply, values })
    else lose('request', 'the capture is full', asked.request)
  }
  const unanswered = () => {
    if (waiting !== null) lose('request', 'no answer was heard', waiting.asked.request)
    waiting = null
  }
  const hearRequest = (bytes: Uint8Array) => {
    unanswered()
    const asked = askedBy(dialect, bytes, { address, context })
    if (typeof asked === 'string') lose('request', asked, bytes)
    else if (asked.question.answered) waiting = { asked, parts: [] }
    else keep(asked, null, null)
  }
  const hearReply = (bytes: Uint8Array) => {
    if (waiting === null) return lose('reply', 'an answer to nothing that was heard', bytes)
    const { asked, parts } = waiting
    const reply = concat(...parts, bytes)
    const answer = answerOf(dialect, asked.question, { tokens: [asked.token], bytes: reply })
    if (!answer.ok) return lose('reply', answer.error, reply)
    const judged = answer.value
    if (judged.is === 'part') parts.push(bytes)
    else if (judged.is === 'values') {
      keep(asked, reply, Object.keys(judged.values).length === 0 ? null : judged.values)
      waiting = null
    } else if (judged.is === 'fault' || judged.is === 'again') {
      lose('reply', `${asked.command} was answered with ${judged.fault.kind}: ${judged.fault.detail}`, reply)
      waiting = null
    } else lose('reply', `${judged.is} answer`, bytes)
  }
  return {
    hear: (side: Side, bytes: Uint8Array): void => (side === 'request' ? hearRequest(bytes) : hearReply(bytes)),
    end: (): { readonly recorded: readonly Recorded[]; readonly unpaired: readonly Unpaired[] } => {
      unanswered()
      return { recorded, unpaired }
    },
  }
}

type Asked = Omit<Recorded, 'reply' | 'values'> & { readonly question: Question }

/**
 * The call behind a request: which command, and with which serial number and address exactly these bytes come out again. A text says
 * why there is none.
 */
const askedBy = (
  dialect: Dialect,
  request: Uint8Array,
  place: { readonly address: Values; readonly context: Values },
): Asked | string => {
  const found = dialect.commandOf(request)
  if (found === null) return 'no command of the profile'
  let why = ''
  for (const address of addressesLike(dialect, place.address)) {
    const question = dialect.question({ ...found, address, context: place.context })
    if (!question.ok) {
      why = question.error
      continue
    }
    const token = tokenOf(question.value, request)
    if (token !== null) return { ...found, address, context: place.context, token, request, question: question.value }
    const otherwise = traceOf(dialect, 'request', question.value.encode(0)).hex
    why = `${found.command} would be sent as ${otherwise}; another address?`
  }
  return why
}

const tokenOf = (question: Question, request: Uint8Array): number | null => {
  for (let token = 0; token < 256; token++) {
    const bytes = question.encode(token)
    if (equalBytes(bytes, request)) return token
    // Where the number makes no difference, one look is enough.
    if (token === 1 && equalBytes(bytes, question.encode(0))) return null
  }
  return null
}

/** The given address, and for a profile whose vectors name a numeric address: every value of one byte. */
const addressesLike = function* (dialect: Dialect, given: Values): Generator<Values> {
  yield given
  if (Object.keys(given).length > 0) return
  const names = new Set(
    dialect.profile.vectors.flatMap((vector) =>
      'address' in vector
        ? Object.entries(vector.address).flatMap(([name, value]) => (typeof value === 'number' ? [name] : []))
        : [],
    ),
  )
  for (const name of names) for (let value = 0; value < ADDRESSES; value++) yield { [name]: value }
}
