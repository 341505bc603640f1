import { equalBytes } from '#core/base/bytes.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { Call, Dialect, Judgement, Question, Side, Values } from '../../dialect/dialect.ts'
import { exceptionOf } from './exceptions.ts'
import { describeFrame, explainFrame } from './explain.ts'
import { type Adu, decodeAdu, encodeAdu, type Pdu, word } from './frame.ts'
import { modbusReader } from './reader.ts'
import type { ModbusCommand, ModbusProfile } from './schema.ts'
import { held, valuesOfBits, valuesOfWords, valuesOfWrite, writePdu } from './values.ts'

/**
 * Modbus as the profile’s register map has it (Modbus Application Protocol V1.1b3; Modbus over Serial Line V1.02). One dialect per framing:
 * what a profile calls `rtu` also goes, byte for byte, through a TCP connection to a gateway that forwards the line as it is.
 */
export const modbusDialect = (profile: ModbusProfile): Dialect => ({
  profile,
  reader: (side) => modbusReader(profile, side),
  question: (call) => questionOf(profile, call),
  holds: (call, field) => {
    const command = commandNamed(profile, call.command)
    return command === undefined ? undefined : held(command, call.parameters, field)
  },
  explain: (side, bytes) => explainFrame(profile, side, bytes),
  describe: (side, bytes) => describeFrame(profile, side, bytes, commandOf(profile, bytes)),
  sideOf: (bytes) => sideOf(profile, bytes),
  commandOf: (request) => commandOf(profile, request),
  reencode: (side, bytes) => {
    const adu = decodeAdu(profile.framing, side, bytes)
    return adu.ok ? ok(encodeAdu(profile.framing, adu.value)) : adu
  },
  ambiguous: profile.framing === 'rtu',
  handshake: [],
  addressKeys: ['unit'],
  placeOf: ({ unit }) => ({ unit: unit ?? profile.unit.factory }),
  parameterKeys: (name) => {
    const command = commandNamed(profile, name)
    return command === undefined ? [] : keysOf(command)
  },
})

const commandNamed = (profile: ModbusProfile, name: string): ModbusCommand | undefined =>
  Object.hasOwn(profile.commands, name) ? profile.commands[name] : undefined

const hexNumber = (text: string): number => Number.parseInt(text, 16)

/** Reply and request look alike for functions 05 and 06, so the bytes alone do not always tell. */
const sideOf = (profile: ModbusProfile, bytes: Uint8Array): Side | null => {
  const request = decodeAdu(profile.framing, 'request', bytes).ok
  const reply = decodeAdu(profile.framing, 'reply', bytes).ok
  return request === reply ? null : request ? 'request' : 'reply'
}

const unitOf = (profile: ModbusProfile, command: ModbusCommand, address: Values): Result<number, string> => {
  const given = address['unit'] ?? profile.unit.factory
  if (typeof given !== 'number' || !Number.isInteger(given) || given < 0 || given > profile.unit.maximum)
    return err(`unit must be a whole number from 0 to ${profile.unit.maximum}`)
  if (command.to === 'only') return ok(0)
  if (given === 0 && command.direction === 'read')
    return err('unit 0 is everyone, and nobody answers a question to everyone')
  return ok(given)
}

const startOf = (command: ModbusCommand, parameters: Values): Result<number, string> => {
  const start = hexNumber(command.start)
  if (command.channel === null) return ok(start)
  const { channel } = parameters
  if (typeof channel !== 'number' || !Number.isInteger(channel) || channel < 0 || channel > command.channel.maximum)
    return err(`channel must be a whole number from 0 to ${command.channel.maximum}`)
  return ok(start + channel * command.channel.step)
}

const keysOf = (command: ModbusCommand): readonly string[] => [
  ...(command.channel === null ? [] : ['channel']),
  ...(command.direction === 'write'
    ? command.fields.flatMap((field) => (field.type === 'constant' ? [] : [field.name]))
    : []),
]

const pduOf = (command: ModbusCommand, parameters: Values): Result<Pdu, string> => {
  const start = startOf(command, parameters)
  if (!start.ok) return start
  const code = command.function
  return code === 1 || code === 2 || code === 3 || code === 4
    ? ok({ is: 'ask', code, start: start.value, count: command.count })
    : writePdu(command, start.value, parameters)
}

const questionOf = (profile: ModbusProfile, call: Call): Result<Question, string> => {
  const command = commandNamed(profile, call.command)
  if (command === undefined) return err(`${profile.id} has no command ${call.command}`)
  const unknown = Object.keys(call.parameters).find((key) => !keysOf(command).includes(key))
  if (unknown !== undefined) return err(`${call.command} takes no ${unknown}`)
  const unit = unitOf(profile, command, call.address)
  if (!unit.ok) return unit
  const pdu = pduOf(command, call.parameters)
  if (!pdu.ok) return pdu
  const encode = (token: number) =>
    encodeAdu(profile.framing, {
      transaction: profile.framing === 'tcp' ? token & 0xff : null,
      unit: unit.value,
      pdu: pdu.value,
    })
  const asked: Asked = { profile, command, unit: unit.value, pdu: pdu.value }
  const values = Object.entries(call.parameters).map(([key, value]) => ` ${key}=${value}`)
  return ok({
    text: `${call.command}${values.join('')}`,
    write: command.direction === 'write',
    answered: unit.value !== 0 || command.to === 'only',
    requestBytes: encode(0).length,
    replyBytes: replyBytesOf(profile, pdu.value),
    encode,
    judge: (reply, tokens) => judge(asked, reply, tokens),
  })
}

type Asked = {
  readonly profile: ModbusProfile
  readonly command: ModbusCommand
  readonly unit: number
  readonly pdu: Pdu
}

const replyBytesOf = (profile: ModbusProfile, pdu: Pdu): number => {
  const around = profile.framing === 'tcp' ? 7 : 3
  return around + (pdu.is === 'ask' ? 2 + dataBytes(pdu) : 5)
}

const dataBytes = (ask: Extract<Pdu, { is: 'ask' }>): number =>
  ask.code <= 2 ? Math.ceil(ask.count / 8) : ask.count * 2

const garbled = (detail: string): Judgement => ({ is: 'fault', fault: { kind: 'garbled', detail } })

/** Address first, then the number of the exchange, then the meaning: what is not ours is not judged. */
const judge = (asked: Asked, reply: Uint8Array, tokens: readonly number[]): Judgement => {
  const { profile } = asked
  const head = profile.framing === 'tcp' ? 6 : 0
  const unit = reply[head]
  if (unit !== asked.unit && !(asked.command.to === 'only' && unit !== undefined)) return { is: 'foreign' }
  if (profile.framing === 'tcp' && !tokens.some((token) => (token & 0xff) === word(reply, 0))) return { is: 'stale' }
  const code = reply[head + 1] ?? 0
  if ((code & 0x7f) !== asked.pdu.code) return { is: 'foreign' }
  const adu = decodeAdu(profile.framing, 'reply', reply)
  if (adu.ok) return meaning(asked, adu.value)
  // Our own question, sent back by a two-wire adapter; the answer is still to come.
  if (isEcho(asked, reply)) return { is: 'foreign' }
  return garbled(adu.error)
}

const isEcho = (asked: Asked, reply: Uint8Array): boolean =>
  asked.profile.framing === 'rtu' &&
  equalBytes(reply, encodeAdu('rtu', { transaction: null, unit: asked.unit, pdu: asked.pdu }))

const meaning = (asked: Asked, { pdu }: Adu): Judgement => {
  const { command, pdu: ask } = asked
  switch (pdu.is) {
    case 'exception':
      return exceptionOf(pdu.why)
    case 'bits':
      if (ask.is !== 'ask' || pdu.data.length !== dataBytes(ask)) return wrongSize(ask, pdu.data.length)
      return { is: 'values', values: valuesOfBits(command.fields, pdu.data) }
    case 'words':
      if (ask.is !== 'ask' || pdu.words.length !== ask.count) return wrongSize(ask, pdu.words.length * 2)
      return { is: 'values', values: valuesOfWords(command.fields, pdu.words) }
    case 'one':
      return ask.is === 'one' ? echoed(command, ask, pdu) : { is: 'foreign' }
    case 'written': {
      if (ask.is !== 'set-bits' && ask.is !== 'set-words') return { is: 'foreign' }
      const count = ask.is === 'set-bits' ? ask.count : ask.words.length
      // RTU has no serial numbers: another place can only be the late answer to an earlier write.
      return pdu.start === ask.start && pdu.count === count ? { is: 'values', values: {} } : { is: 'stale' }
    }
    case 'ask':
    case 'set-bits':
    case 'set-words':
      return { is: 'foreign' }
  }
}

const wrongSize = (ask: Pdu, found: number): Judgement =>
  garbled(ask.is === 'ask' ? `${found} data bytes, expected ${dataBytes(ask)}` : `${found} data bytes to a write`)

type One = Extract<Pdu, { is: 'one' }>

/**
 * The reply to a single write repeats it. Another address, or the opposite state of a coil, is what an earlier write of ours would have
 * been answered; any other value means that the device took something else than we said.
 */
const echoed = (command: ModbusCommand, ask: One, reply: One): Judgement => {
  if (reply.start !== ask.start) return { is: 'stale' }
  if (reply.value === ask.value) return { is: 'values', values: {} }
  if (reply.code === 5 && valuesOfWrite(command, reply) !== null) return { is: 'stale' }
  const [took, said] = [reply.value, ask.value].map((value) => value.toString(16).toUpperCase().padStart(4, '0'))
  return { is: 'fault', fault: { kind: 'mismatch', detail: `the device repeats ${took}, we wrote ${said}` } }
}

/** The command whose address range and data a request has. The linter sees to it that there is only one. */
const commandOf = (
  profile: ModbusProfile,
  request: Uint8Array,
): { readonly command: string; readonly parameters: Values } | null => {
  const adu = decodeAdu(profile.framing, 'request', request)
  if (!adu.ok) return null
  const { pdu, unit } = adu.value
  for (const [name, command] of Object.entries(profile.commands)) {
    if (command.function !== pdu.code || (command.to === 'only' && unit !== 0)) continue
    const parameters = parametersOf(command, pdu)
    if (parameters !== null) return { command: name, parameters }
  }
  return null
}

const parametersOf = (command: ModbusCommand, pdu: Pdu): Values | null => {
  if (pdu.is !== 'ask' && pdu.is !== 'one' && pdu.is !== 'set-bits' && pdu.is !== 'set-words') return null
  const count = pdu.is === 'one' ? 1 : pdu.is === 'set-words' ? pdu.words.length : pdu.count
  if (count !== command.count) return null
  const offset = pdu.start - hexNumber(command.start)
  const channel = command.channel === null ? 0 : offset / command.channel.step
  if (
    command.channel === null
      ? offset !== 0
      : !Number.isInteger(channel) || channel < 0 || channel > command.channel.maximum
  )
    return null
  const where: Values = command.channel === null ? {} : { channel }
  if (pdu.is === 'ask') return where
  const values = valuesOfWrite(command, pdu)
  return values === null ? null : { ...where, ...values }
}
