import { toHex } from '#core/base/bytes.ts'
import type { ExplainedField, Side } from '../../dialect/dialect.ts'
import { decodeFields, type FieldRules, type Piece } from './fields.ts'
import {
  type Body,
  CHECK,
  DATA_HEAD,
  decodeFrame,
  END,
  HEADER_BYTES,
  HOST,
  PREAMBLE,
  START,
  trailerOf,
  unescaped,
} from './frame.ts'
import {
  ANSWER_WANTED,
  BROADCAST,
  type Context,
  commandFor,
  type Message,
  messageOf,
  NEGATIVE,
  POSITIVE,
  REPLY_GROUP,
  requestMeaning,
} from './message.ts'
import type { OnbonProfile } from './schema.ts'

/** One byte of the body and where it stands on the wire; an escaped one takes two bytes there. */
type Unit = { readonly value: number; readonly at: number; readonly size: number }
/** A named stretch of body bytes. */
type Span = { readonly name: string; readonly from: number; readonly to: number; readonly says: string }

/** The bytes between preamble and end; stops at the first byte that cannot be there. */
const unitsOf = (bytes: Uint8Array, start: number): readonly Unit[] => {
  const units: Unit[] = []
  let at = start
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0
    if (byte === START || byte === END) break
    const size = byte === 0xa6 || byte === 0x5b ? 2 : 1
    const value = size === 1 ? byte : at + 1 < bytes.length ? unescaped(byte, bytes[at + 1] ?? 0) : undefined
    if (value === undefined) break
    units.push({ value, at, size })
    at += size
  }
  return units
}

/** Takes any bytes apart; the fields cover them in order. Never throws. */
export const explainFrame = (context: Context, side: Side, bytes: Uint8Array): readonly ExplainedField[] => {
  const fields: ExplainedField[] = []
  const put = (name: string, from: number, to: number, says: string) => {
    if (to > from) fields.push({ at: from, name, hex: toHex(bytes.subarray(from, to), ' '), says })
  }
  let head = 0
  while (head < PREAMBLE && bytes[head] === START) head++
  put('preamble', 0, head, head === PREAMBLE ? 'start of a frame' : `${head} of ${PREAMBLE} bytes A5`)
  if (head < PREAMBLE) {
    put('noise', head, bytes.length, 'no frame begins here')
    return fields
  }
  const units = unitsOf(bytes, head)
  const body = Uint8Array.from(units, (unit) => unit.value)
  const last = units.at(-1)
  const stop = last === undefined ? head : last.at + last.size
  for (const span of spansOf(context, side, body)) {
    const from = units[span.from]
    const to = units[Math.min(span.to, units.length) - 1]
    if (from && to) put(span.name, from.at, to.at + to.size, span.says)
  }
  const ended = bytes[stop] === END
  if (ended) put('end', stop, stop + 1, 'end of the frame')
  put(
    ended ? 'after' : 'broken',
    ended ? stop + 1 : stop,
    bytes.length,
    ended ? 'not part of the frame' : 'cannot be in a frame',
  )
  return fields
}

const who = (number: number): string => {
  if (number === HOST) return 'host'
  return BROADCAST.includes(number) ? 'every screen' : `screen ${number}`
}

const CHECKS: readonly string[] = ['CRC-16', 'sum', 'none']

/** Names and readings of the body, as far as it goes. */
const spansOf = (context: Context, side: Side, body: Uint8Array): readonly Span[] => {
  const at = (index: number) => body[index] ?? 0
  const two = (index: number) => at(index) | (at(index + 1) << 8)
  const length = two(12)
  const header: readonly Span[] = [
    { name: 'destination', from: 0, to: 2, says: who(two(0)) },
    { name: 'source', from: 2, to: 4, says: who(two(2)) },
    { name: 'reserved', from: 4, to: 7, says: 'reserved' },
    { name: 'option', from: 7, to: 8, says: at(7) === 0 ? 'none' : `option ${at(7)}` },
    { name: 'check mode', from: 8, to: 9, says: CHECKS[at(8)] ?? `unknown ${at(8)}` },
    { name: 'display mode', from: 9, to: 10, says: at(9) === 1 ? 'dynamic areas first' : 'normal' },
    { name: 'device type', from: 10, to: 11, says: at(10) === 0xfe ? 'any' : toHex(body.subarray(10, 11), '') },
    { name: 'version', from: 11, to: 12, says: String(at(11)) },
    { name: 'length', from: 12, to: 14, says: `${length} bytes` },
  ]
  const end = Math.min(HEADER_BYTES + length, Math.max(HEADER_BYTES, body.length - 2))
  const whole = body.length === HEADER_BYTES + length + 2 && length >= DATA_HEAD
  const data = body.subarray(HEADER_BYTES, whole ? end : body.length)
  const inside = dataSpans(context, { side, display: at(9) }, data).map((span) => ({
    ...span,
    from: span.from + HEADER_BYTES,
    to: span.to + HEADER_BYTES,
  }))
  const shown = [...header, ...inside].filter((span) => span.from < body.length)
  return whole ? [...shown, { name: 'checksum', from: end, to: body.length, says: checkText(body) }] : shown
}

const checkText = (body: Uint8Array): string => {
  const expected = trailerOf(body[8] ?? CHECK.crc, body.subarray(0, -2))
  const given = (body.at(-2) ?? 0) | ((body.at(-1) ?? 0) << 8)
  if (expected === given) return 'right'
  if (expected === null || given === 0xffff) return 'not checked by the sender'
  return `wrong, ${toHex(Uint8Array.of(expected & 0xff, expected >>> 8), ' ')} would be right`
}

const dataSpans = (
  context: Context,
  at: { readonly side: Side; readonly display: number },
  data: Uint8Array,
): readonly Span[] => {
  const { side, display } = at
  const message: Message = {
    group: data[0] ?? 0,
    command: data[1] ?? 0,
    flag: data[2] ?? 0,
    two: 0,
    payload: data.slice(DATA_HEAD),
    display,
  }
  const reply = side === 'reply'
  const flag = reply
    ? errorText(context.profile, message.flag)
    : message.flag === ANSWER_WANTED
      ? 'reply wanted'
      : 'no reply'
  const shown: readonly Span[] = [
    { name: 'group', from: 0, to: 1, says: toHex(data.subarray(0, 1), '') },
    { name: 'command', from: 1, to: 2, says: commandText(context, side, message) },
    { name: reply ? 'error' : 'response flag', from: 2, to: 3, says: flag },
    {
      name: reply ? 'reserved' : 'two bytes',
      from: 3,
      to: 5,
      says: reply ? 'reserved' : 'payload length, process mode or 0',
    },
  ]
  return [...shown, ...payloadSpans(context, side, message)].filter((span) => span.from < data.length)
}

const errorText = (profile: OnbonProfile, error: number): string => {
  if (error === 0) return 'no error'
  const known = profile.errors.find((one) => Number.parseInt(one.code, 16) === error)
  return `${error}: ${known?.text ?? 'not in the maker’s list'}`
}

const commandText = ({ profile, rules }: Context, side: Side, message: Message): string => {
  if (side === 'reply' && message.group === REPLY_GROUP) {
    if (message.command === POSITIVE) return 'positive'
    return message.command === NEGATIVE ? 'negative' : 'unknown'
  }
  const exact = requestMeaning(profile, message, rules)
  if (exact !== null) return exact.command
  const named = commandFor(profile, message).map(([name]) => name)
  if (named.length > 0) return named.join(' or ')
  const never = profile.neverSend.find(
    (one) => Number.parseInt(one.group + one.command, 16) === message.group * 256 + message.command,
  )
  return never === undefined ? 'not in the profile' : `never sent: ${never.reason}`
}

const payloadSpans = ({ profile, rules }: Context, side: Side, message: Message): readonly Span[] => {
  const { payload } = message
  if (payload.length === 0) return []
  const { pieces, used } =
    side === 'reply' ? replyPieces(profile, payload, rules) : requestPieces(profile, message, rules)
  const rest: readonly Piece[] =
    used < payload.length
      ? [{ name: used === 0 ? 'payload' : 'rest', from: used, to: payload.length, says: 'not taken apart' }]
      : []
  return [...pieces, ...rest].map((piece) => ({ ...piece, from: piece.from + DATA_HEAD, to: piece.to + DATA_HEAD }))
}

type Pieces = { readonly pieces: readonly Piece[]; readonly used: number }
const NO_PIECES: Pieces = { pieces: [], used: 0 }

const requestPieces = (profile: OnbonProfile, message: Message, rules: FieldRules): Pieces => {
  for (const [, spec] of commandFor(profile, message)) {
    const decoded = decodeFields(spec.payload, message.payload, { needed: spec.payload.length, rules })
    if (decoded.ok && decoded.value.used === message.payload.length) return decoded.value
  }
  return NO_PIECES
}

const replyPieces = (profile: OnbonProfile, payload: Uint8Array, rules: FieldRules): Pieces => {
  for (const spec of Object.values(profile.commands)) {
    if (spec.reply.length === 0) continue
    const decoded = decodeFields(spec.reply, payload, { needed: spec.replyNeeds, rules })
    if (decoded.ok) return decoded.value
  }
  return NO_PIECES
}

/** One line for people. Never throws. */
export const describeFrame = (context: Context, side: Side, bytes: Uint8Array): string => {
  const body = decodeFrame(bytes, context.unchecked)
  if (body === null) return `${side} of ${bytes.length} bytes that is no right frame`
  const message = messageOf(body)
  return side === 'request' ? describeRequest(context, body, message) : describeReply(context, body, message)
}

const describeRequest = (context: Context, body: Body, message: Message): string => {
  const meaning = requestMeaning(context.profile, message, context.rules)
  const values = Object.entries(meaning?.values ?? {}).map(([name, value]) => `${name}=${String(value)}`)
  return [`request ${commandText(context, 'request', message)} → ${who(body.destination)}`, ...values].join(' ')
}

const describeReply = (context: Context, body: Body, message: Message): string => {
  const from = `${who(body.source)}:`
  if (message.group === REPLY_GROUP && (message.command === NEGATIVE || message.flag !== 0))
    return `reply ${from} refused, ${errorText(context.profile, message.flag)}`
  const { pieces } = replyPieces(context.profile, message.payload, context.rules)
  const values = pieces.map((piece) => `${piece.name}=${piece.says}`)
  return [`reply ${from} ok`, ...values].join(' ')
}
