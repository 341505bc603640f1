import { err, ok, type Result } from '#core/base/result.ts'
import type { Call, Dialect, Judgement, Question, Side, Value, Values } from '../../dialect/dialect.ts'
import { describeFrame, explainFrame } from './explain.ts'
import { decodeFields, encodeFields, type FieldRules, namesOf } from './fields.ts'
import { type Body, decodeFrame, frameReader, HOST } from './frame.ts'
import { createFont } from './gbk.ts'
import {
  BROADCAST,
  type Context,
  messageOf,
  NEGATIVE,
  POSITIVE,
  REPLY_GROUP,
  remade,
  requestFrame,
  requestMeaning,
} from './message.ts'
import type { FieldSpec, OnbonCommand, OnbonProfile } from './schema.ts'

/** The screen number of a new card. */
const FACTORY_SCREEN = 1
/** Bytes of a frame beside the payload: preamble, header, head of the data, checksum, end. */
const AROUND = 8 + 14 + 5 + 2 + 1
const DEVICE_ANY = 0xfe

/**
 * What Onbon BX-5K and BX-6K text cards say. A reply names neither its command nor an attempt, so an answer is told from a stale one only
 * by its form (with or without a payload); that is why every setting is read back.
 */
export const onbonDialect = (profile: OnbonProfile): Dialect => {
  const unchecked = profile.frame.unchecked === 'accepted'
  const rules: FieldRules = {
    font: createFont(),
    horizontalUnit: profile.onboard.horizontalUnit,
    mostPercent: profile.limits.brightnessPercent,
  }
  const reader = frameReader(unchecked)
  const context: Context = { profile, rules, unchecked }
  return {
    profile,
    reader: () => reader,
    question: (call) => questionOf(context, call),
    holds: (call, field) => heldValue(context, call, field),
    explain: (side, bytes) => explainFrame(context, side, bytes),
    describe: (side, bytes) => describeFrame(context, side, bytes),
    sideOf: (bytes) => sideOf(decodeFrame(bytes, unchecked)),
    commandOf: (request) => {
      const body = decodeFrame(request, unchecked)
      if (body === null || sideOf(body) !== 'request') return null
      const meaning = requestMeaning(profile, messageOf(body), rules)
      return meaning === null ? null : { command: meaning.command, parameters: meaning.values }
    },
    reencode: (side, bytes) => {
      const body = decodeFrame(bytes, unchecked)
      return body === null ? err('no whole frame with a right checksum') : remade(profile, { side, body }, rules)
    },
    ambiguous: true,
    handshake: [],
    addressKeys: ['screen'],
    placeOf: ({ screen }) => ({ screen: screen ?? FACTORY_SCREEN }),
    parameterKeys: (name) =>
      Object.hasOwn(profile.commands, name) ? (profile.commands[name]?.payload.flatMap(namesOf) ?? []) : [],
  }
}

const sideOf = (body: Body | null): Side | null => {
  if (body === null || (body.destination === HOST) === (body.source === HOST)) return null
  return body.destination === HOST ? 'reply' : 'request'
}

const screenOf = (address: Values): Result<number, string> => {
  const screen = address['screen'] ?? FACTORY_SCREEN
  if (typeof screen !== 'number' || !Number.isInteger(screen) || screen < 0 || screen > 0xffff || screen === HOST)
    return err(`screen ${JSON.stringify(screen)} is not a screen number (0 to 65535, not ${HOST})`)
  return ok(screen)
}

type Prepared = { readonly spec: OnbonCommand; readonly screen: number; readonly payload: Uint8Array }

const prepare = (context: Context, call: Call): Result<Prepared, string> => {
  const spec = context.profile.commands[call.command]
  if (!spec) return err(`no command ${call.command}`)
  const screen = screenOf(call.address)
  if (!screen.ok) return screen
  if (BROADCAST.includes(screen.value) && spec.direction === 'read') return err('nobody answers a broadcast')
  const known = new Set(spec.payload.flatMap(namesOf))
  // Raw text bytes could carry card commands, so they never come from outside.
  const { textBytes: _, ...given } = call.parameters
  const payload = encodeFields(
    spec.payload,
    Object.fromEntries(Object.entries(given).filter(([k]) => known.has(k))),
    context.rules,
  )
  return payload.ok
    ? ok({ spec, screen: screen.value, payload: payload.value })
    : err(`${call.command}: ${payload.error}`)
}

const questionOf = (context: Context, call: Call): Result<Question, string> => {
  const prepared = prepare(context, call)
  if (!prepared.ok) return prepared
  const { spec, screen } = prepared.value
  const bytes = requestFrame(context.profile, prepared.value)
  const { receiveBuffer } = context.profile.frame
  if (bytes.length > receiveBuffer)
    return err(`${call.command}: a frame of ${bytes.length} bytes; the card takes ${receiveBuffer}`)
  return ok({
    text: questionText(call, spec),
    write: spec.direction === 'write',
    answered: !BROADCAST.includes(screen),
    requestBytes: bytes.length,
    replyBytes: AROUND + mostReply(spec.reply),
    encode: () => bytes.slice(),
    judge: (reply) => judge(context, { spec, screen }, reply),
  })
}

const questionText = (call: Call, spec: OnbonCommand): string => {
  const shown = spec.payload.flatMap(namesOf).flatMap((name) => {
    const value = call.parameters[name]
    if (value === undefined) return []
    return [`${name}=${typeof value === 'string' && value.length > 40 ? `${value.slice(0, 40)}…` : String(value)}`]
  })
  return [call.command, ...shown].join(' ')
}

const mostReply = (fields: readonly FieldSpec[]): number =>
  fields.reduce((sum, field) => {
    if (field.type === 'clock') return sum + 8
    if (field.type === 'list') return sum + 1 + 32
    if (field.type === 'ascii' || field.type === 'number') return sum + field.bytes
    return sum + 1
  }, 0)

const heldValue = (context: Context, call: Call, field: string): Value | undefined => {
  const prepared = prepare(context, call)
  if (!prepared.ok) return undefined
  const { spec, payload } = prepared.value
  const decoded = decodeFields(spec.payload, payload, { needed: spec.payload.length, rules: context.rules })
  return decoded.ok ? decoded.value.values[field] : undefined
}

const judge = (
  context: Context,
  asked: { readonly spec: OnbonCommand; readonly screen: number },
  reply: Uint8Array,
): Judgement => {
  const body = decodeFrame(reply, context.unchecked)
  if (body === null || sideOf(body) !== 'reply' || body.source !== asked.screen) return { is: 'foreign' }
  const message = messageOf(body)
  // Sources show every answer in group A0; one that repeats the question's own code is understood as well.
  const positive =
    (message.group === REPLY_GROUP && message.command === POSITIVE) ||
    (message.group === Number.parseInt(asked.spec.group, 16) &&
      message.command === Number.parseInt(asked.spec.command, 16))
  const negative = message.group === REPLY_GROUP && message.command === NEGATIVE
  if (!positive && !negative) return { is: 'foreign' }
  if (negative || message.flag !== 0) return refusedBy(context.profile, message.flag)
  if (message.payload.length > 0 !== asked.spec.reply.length > 0) return { is: 'stale' }
  const decoded = decodeFields(asked.spec.reply, message.payload, {
    needed: asked.spec.replyNeeds,
    rules: context.rules,
  })
  if (!decoded.ok) return { is: 'fault', fault: { kind: 'garbled', detail: `reply: ${decoded.error}` } }
  const identity = asked.spec.identifies ? { modelId: modelId(body.device) } : {}
  return { is: 'values', values: { ...decoded.value.values, ...identity } }
}

const modelId = (device: number): string | null =>
  device === DEVICE_ANY ? null : device.toString(16).toUpperCase().padStart(2, '0')

const refusedBy = (profile: OnbonProfile, error: number): Judgement => {
  const known = profile.errors.find((one) => Number.parseInt(one.code, 16) === error)
  const why = `error ${error}: ${known?.text ?? 'a code the maker does not list'}`
  return { is: known?.again ? 'again' : 'fault', fault: { kind: 'refused', detail: why } }
}
