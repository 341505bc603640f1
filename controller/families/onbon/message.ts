import { concat, equalBytes } from '#core/base/bytes.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { Side, Values } from '../../dialect/dialect.ts'
import { decodeFields, encodeFields, type FieldRules } from './fields.ts'
import { type Body, CHECK, DATA_HEAD, encodeFrame, HOST, word, wordAt } from './frame.ts'
import type { OnbonCommand, OnbonProfile } from './schema.ts'

/** Group of every reply; its command byte says yes (00) or no (01). */
export const REPLY_GROUP = 0xa0
export const POSITIVE = 0x00
export const NEGATIVE = 0x01
/** Response flag of a request. */
export const ANSWER_WANTED = 0x01
export const NO_ANSWER = 0x02
/** Screen numbers that every card obeys and none answers: settings, and the clock. */
export const BROADCAST: readonly number[] = [0xfffe, 0xffff]
const DISPLAY = { normal: 0x00, dynamicFirst: 0x01 } as const

/** The data of a body, request or reply alike. */
export type Message = {
  readonly group: number
  readonly command: number
  /** Response flag of a request, error code of a reply. */
  readonly flag: number
  /** The two bytes after it. */
  readonly two: number
  readonly payload: Uint8Array
  /** Display mode of the header; two commands may differ in nothing else. */
  readonly display: number
}

/** What every part of the dialect needs. */
export type Context = { readonly profile: OnbonProfile; readonly rules: FieldRules; readonly unchecked: boolean }

export const messageOf = (body: Body): Message => ({
  group: body.data[0] ?? 0,
  command: body.data[1] ?? 0,
  flag: body.data[2] ?? 0,
  two: wordAt(body.data, 3),
  payload: body.data.slice(DATA_HEAD),
  display: body.display,
})

const dataOf = (message: Message): Uint8Array =>
  concat(Uint8Array.of(message.group, message.command, message.flag, ...word(message.two)), message.payload)

export const code = (spec: { readonly group: string; readonly command: string }): number =>
  Number.parseInt(spec.group + spec.command, 16)

export const commandFor = (
  profile: OnbonProfile,
  message: Message,
): readonly (readonly [name: string, spec: OnbonCommand])[] =>
  Object.entries(profile.commands).filter(([, spec]) => code(spec) === message.group * 256 + message.command)

export type Request = { readonly spec: OnbonCommand; readonly screen: number; readonly payload: Uint8Array }

/** A whole request frame; the length of the payload stands after the response flag, or 00 00, as the profile says. */
export const requestFrame = (profile: OnbonProfile, request: Request): Uint8Array => {
  const { spec, screen, payload } = request
  const [group, command] = [Number.parseInt(spec.group, 16), Number.parseInt(spec.command, 16)]
  const flag = BROADCAST.includes(screen) ? NO_ANSWER : ANSWER_WANTED
  const two = profile.frame.lengthAfterFlag === 'payload' ? payload.length : 0
  return encodeFrame({
    destination: screen,
    source: HOST,
    reserved: new Uint8Array(4),
    check: CHECK.crc,
    display: DISPLAY[spec.displayMode],
    device: Number.parseInt(profile.frame.deviceType, 16),
    version: Number.parseInt(profile.frame.version, 16),
    data: dataOf({ group, command, flag, two, payload, display: DISPLAY[spec.displayMode] }),
  })
}

export type Meaning = { readonly command: string; readonly spec: OnbonCommand; readonly values: Values }

/** The command of the profile that carries exactly this payload. Two commands may share a code; the payload decides. */
export const requestMeaning = (profile: OnbonProfile, message: Message, rules: FieldRules): Meaning | null => {
  const known = commandFor(profile, message)
  const exact = known.filter(([, spec]) => DISPLAY[spec.displayMode] === message.display)
  for (const [command, spec] of [...exact, ...known]) {
    const decoded = decodeFields(spec.payload, message.payload, { needed: spec.payload.length, rules })
    if (decoded.ok && decoded.value.used === message.payload.length)
      return { command, spec, values: decoded.value.values }
  }
  return null
}

/** Bytes → meaning → bytes. What is no command of the profile keeps its payload as it is; what is one is made anew from its values. */
export const remade = (
  profile: OnbonProfile,
  at: { readonly side: Side; readonly body: Body },
  rules: FieldRules,
): Result<Uint8Array, string> => {
  const message = messageOf(at.body)
  const payload = at.side === 'request' ? remadePayload(profile, message, rules) : remadeReply(profile, message, rules)
  if (!payload.ok) return payload
  return ok(encodeFrame({ ...at.body, data: dataOf({ ...message, payload: payload.value }) }))
}

const remadePayload = (profile: OnbonProfile, message: Message, rules: FieldRules): Result<Uint8Array, string> => {
  const known = commandFor(profile, message)
  if (known.length === 0) return ok(message.payload)
  const meaning = requestMeaning(profile, message, rules)
  if (meaning === null) return err(`the payload does not fit ${known.map(([name]) => name).join(' or ')}`)
  // A captured brightness may be above the limit of the profile; it is still to come out as it went in.
  return encodeFields(meaning.spec.payload, meaning.values, { ...rules, mostPercent: 100 })
}

const remadeReply = (profile: OnbonProfile, message: Message, rules: FieldRules): Result<Uint8Array, string> => {
  if (message.payload.length === 0) return ok(message.payload)
  for (const spec of Object.values(profile.commands)) {
    if (spec.reply.length === 0) continue
    const decoded = decodeFields(spec.reply, message.payload, { needed: spec.replyNeeds, rules })
    if (!decoded.ok) continue
    const { values, fields, used } = decoded.value
    const again = encodeFields(spec.reply.slice(0, fields), values, { ...rules, mostPercent: 100 })
    if (!again.ok) return err(again.error)
    const whole = concat(again.value, message.payload.slice(used))
    return equalBytes(whole, message.payload)
      ? ok(whole)
      : err('the clock or a name of the status has no exact meaning')
  }
  return err(`a payload of ${message.payload.length} bytes fits no reply`)
}
