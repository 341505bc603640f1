import { equalBytes } from '#core/base/bytes.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { Call, Dialect, Judgement, Question, Side, Value, Values } from '../../dialect/dialect.ts'
import { describeMessage, explainFrame, lexiconOf } from './explain.ts'
import { type Framing, framingOf, MOST_UNIT } from './frame.ts'
import {
  fieldsOf,
  fillOid,
  fromSnmp,
  heldPercent,
  holesOf,
  type Known,
  MOST_LEVELS,
  matchOid,
  mostBytes,
  toSnmp,
} from './objects.ts'
import type { CommandSpec, NtcipProfile, ObjectSpec } from './schema.ts'
import { type Binding, decodeMessage, encodeMessage, errorName, type SnmpMessage } from './snmp.ts'

/** SNMPv1 as NTCIP 1203 v03 uses it: one GetRequest or SetRequest per command, the objects of which are data in the profile. */
export const ntcipDialect = (profile: NtcipProfile): Dialect => {
  const framing = framingOf(profile.framing)
  const lexicon = lexiconOf(profile)
  const known = (call: Call, values: Values): Known => ({
    values,
    beside: { ...call.address, ...call.context },
    brightnessPercent: profile.limits.brightnessPercent,
  })
  return {
    profile,
    reader: framing.reader,
    ambiguous: false,
    handshake: profile.handshake,
    addressKeys: ['community', ...(profile.framing === 'pmpp' ? ['unit'] : []), ...levelKeys(profile)],
    placeOf: ({ unit }) => (profile.framing === 'pmpp' && unit !== undefined ? { unit } : {}),
    parameterKeys: (name) => {
      const command = commandNamed(profile, name)
      return command === undefined ? [] : parametersOf(command)
    },
    question: (call) => question({ profile, framing, call, known: (values) => known(call, values) }),
    holds: (call, field) => {
      const command = commandNamed(profile, call.command)
      if (command === undefined || !parametersOf(command).includes(field)) return undefined
      for (const { value } of command.objects)
        if (value.kind === 'level' && value.field === field) return heldPercent(value, known(call, call.parameters))
      return call.parameters[field]
    },
    explain: (_, bytes) => explainFrame(lexicon, bytes),
    describe: (side, bytes) => {
      const envelope = framing.unwrap(bytes)
      return envelope === undefined ? `${side}: not understood` : describeMessage(lexicon, side, envelope.message)
    },
    sideOf: (bytes) => {
      const message = messageIn(framing, bytes)
      return message === undefined ? null : message.pdu === 'response' ? 'reply' : 'request'
    },
    commandOf: (request) => {
      const message = messageIn(framing, request)
      return message === undefined ? null : commandIn(profile, message)
    },
    reencode: (side, bytes) => reencode(framing, side, bytes),
  }
}

const messageIn = (framing: Framing, bytes: Uint8Array): SnmpMessage | undefined => {
  const envelope = framing.unwrap(bytes)
  const message = envelope && decodeMessage(envelope.message)
  return message?.ok ? message.value : undefined
}

const reencode = (framing: Framing, side: Side, bytes: Uint8Array): Result<Uint8Array, string> => {
  const envelope = framing.unwrap(bytes)
  if (envelope === undefined) return err('no whole frame with a right checksum')
  const message = decodeMessage(envelope.message)
  if (!message.ok) return message
  if ((message.value.pdu === 'response') !== (side === 'reply')) return err(`a ${message.value.pdu} is no ${side}`)
  return ok(framing.wrap({ ...envelope, message: encodeMessage(message.value) }))
}

const commandNamed = (profile: NtcipProfile, name: string): CommandSpec | undefined =>
  Object.hasOwn(profile.commands, name) ? profile.commands[name] : undefined

/** The numbers of levels that the site may know instead of the handshake. */
const levelKeys = (profile: NtcipProfile): readonly string[] => {
  const objects = Object.values(profile.commands).flatMap((command) => command.objects)
  return [...new Set(objects.flatMap(({ value }) => (value.kind === 'level' ? [value.levels] : [])))]
}

/** Everything a call of the command may name. */
const parametersOf = (command: CommandSpec): readonly string[] =>
  command.objects.flatMap((object) => [
    ...holesOf(object.oid),
    ...(object.when === null ? [] : [object.when.field]),
    ...(command.direction === 'write' ? fieldsOf(object.value) : []),
  ])

const chosen = (command: CommandSpec, values: Values): readonly ObjectSpec[] =>
  command.objects.filter(({ when }) => when === null || values[when.field] === when.is)

/** Poll bit set: the sign may answer at once. */
const UI_POLL = 0x13

type Asking = {
  readonly profile: NtcipProfile
  readonly framing: Framing
  readonly call: Call
  readonly known: (values: Values) => Known
}

const question = (asking: Asking): Result<Question, string> => {
  const { profile, framing, call } = asking
  const command = commandNamed(profile, call.command)
  if (command === undefined) return err(`no command ${call.command}`)
  const place = placeOf(profile, call.address)
  if (!place.ok) return place
  const bindings = bindingsOf(asking, command)
  if (!bindings.ok) return bindings
  const pdu = command.direction === 'write' ? ('set' as const) : ('get' as const)
  const encode = (token: number) => {
    const { community, unit } = place.value
    const message = { community, pdu, id: token, errorStatus: 0, errorIndex: 0, bindings: bindings.value }
    return framing.wrap({ message: encodeMessage(message), unit, control: unit === 0 ? 0 : UI_POLL })
  }
  const requestBytes = encode(255).length
  const objects = chosen(command, call.parameters)
  return ok({
    text: textOf(call, parametersOf(command)),
    write: command.direction === 'write',
    answered: true,
    requestBytes,
    replyBytes: requestBytes + (pdu === 'set' ? 2 : objects.reduce((sum, { value }) => sum + mostBytes(value), 4)),
    encode,
    judge: (reply, tokens) =>
      judge({ asking, command, objects, bindings: bindings.value, place: place.value }, reply, tokens),
  })
}

/** Parameters that mean nothing here (a port, a card) are left out, as they are on the wire. */
const textOf = ({ command, parameters }: Call, mine: readonly string[]): string => {
  const values = Object.entries(parameters).filter(([key]) => mine.includes(key))
  return [command, ...values.map(([key, value]) => `${key}=${value}`)].join(' ')
}

type Place = { readonly community: Uint8Array; readonly unit: number }

const isWhole = (value: Value | undefined, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most

/** SNMPv1 has no other protection than the community, so there is no default for it. */
const placeOf = (profile: NtcipProfile, address: Values): Result<Place, string> => {
  const { community, unit } = address
  const codes = typeof community === 'string' ? [...community].map((one) => one.codePointAt(0) ?? 0) : []
  if (codes.length < 1 || codes.length > 64 || codes.some((code) => code < 0x20 || code > 0x7e))
    return err('address.community is not configured (1 to 64 printable characters); there is no default')
  for (const name of levelKeys(profile)) {
    const levels = address[name]
    if (levels !== undefined && !isWhole(levels, 1, MOST_LEVELS))
      return err(`address.${name} must be a whole number, 1 to ${MOST_LEVELS}`)
  }
  if (profile.framing === 'udp') return ok({ community: Uint8Array.from(codes), unit: 0 })
  if (!isWhole(unit, 1, MOST_UNIT)) return err(`address.unit must be a whole number, 1 to ${MOST_UNIT}`)
  return ok({ community: Uint8Array.from(codes), unit })
}

const bindingsOf = ({ call, known }: Asking, command: CommandSpec): Result<readonly Binding[], string> => {
  for (const { when } of command.objects)
    if (when !== null && typeof call.parameters[when.field] !== 'boolean')
      return err(`${when.field} must be true or false`)
  const bindings: Binding[] = []
  for (const object of chosen(command, call.parameters)) {
    const oid = fillOid(object.oid, call.parameters)
    if (!oid.ok) return oid
    if (command.direction === 'read') {
      bindings.push({ oid: oid.value, value: { is: 'null' } })
      continue
    }
    const value = toSnmp(object, known(call.parameters))
    if (!value.ok) return value
    bindings.push({ oid: oid.value, value: value.value })
  }
  return ok(bindings)
}

type Asked = {
  readonly asking: Asking
  readonly command: CommandSpec
  readonly objects: readonly ObjectSpec[]
  readonly bindings: readonly Binding[]
  readonly place: Place
}

const faulty = (kind: LinkFault['kind'], detail: string): Judgement => ({ is: 'fault', fault: { kind, detail } })

const judge = (asked: Asked, reply: Uint8Array, tokens: readonly number[]): Judgement => {
  const envelope = asked.asking.framing.unwrap(reply)
  const message = envelope && decodeMessage(envelope.message)
  if (!envelope || !message?.ok) return faulty('garbled', message?.ok === false ? message.error : 'no frame')
  const { pdu, community, id, errorStatus, errorIndex, bindings } = message.value
  if (pdu !== 'response' || envelope.unit !== asked.place.unit) return { is: 'foreign' }
  if (!equalBytes(community, asked.place.community)) return { is: 'foreign' }
  if (!tokens.includes(id)) return { is: 'stale' }
  const nulls = (): Judgement => ({ is: 'values', values: noValues(asked.objects) })
  if (errorStatus !== 0) {
    if (errorStatus === 2 && asked.command.absent === 'null') return nulls()
    const object = asked.objects[errorIndex - 1]?.name
    return faulty('refused', `${errorName(errorStatus)}${object === undefined ? '' : ` (${object})`}`)
  }
  // Tokens come round again after 256 questions; the objects named tell an old answer from ours.
  if (bindings.length !== asked.bindings.length) return { is: 'stale' }
  if (!bindings.every((binding, i) => binding.oid === asked.bindings[i]?.oid)) return { is: 'stale' }
  const missing = bindings.findIndex((binding) => binding.value.is === 'absent')
  if (missing >= 0 && asked.command.absent === 'null') return nulls()
  if (missing >= 0) return faulty('refused', `the sign has no ${asked.objects[missing]?.name ?? 'such object'}`)
  // A SetRequest is answered with what was sent: that proves nothing, so it is not given out as a value.
  if (asked.command.direction === 'write') return { is: 'values', values: {} }
  return readValues(asked, bindings)
}

const noValues = (objects: readonly ObjectSpec[]): Values =>
  Object.fromEntries(objects.flatMap((object) => fieldsOf(object.value)).map((field) => [field, null]))

const readValues = (asked: Asked, bindings: readonly Binding[]): Judgement => {
  let values: Values = {}
  for (const [i, binding] of bindings.entries()) {
    const object = asked.objects[i]
    if (object === undefined) return faulty('garbled', 'more objects than asked for')
    const read = fromSnmp(object, binding.value, asked.asking.known(values))
    if (!read.ok) return faulty('garbled', read.error)
    values = { ...values, ...read.value }
  }
  return { is: 'values', values }
}

/** The first command whose objects are exactly those of the message. */
const commandIn = (profile: NtcipProfile, message: SnmpMessage): { command: string; parameters: Values } | null => {
  if (message.pdu !== 'get' && message.pdu !== 'set') return null
  const direction = message.pdu === 'set' ? 'write' : 'read'
  for (const [name, command] of Object.entries(profile.commands)) {
    if (command.direction !== direction) continue
    for (const choice of choicesOf(command)) {
      const parameters = parametersIn(profile, { command, choice, bindings: message.bindings })
      if (parameters !== undefined) return { command: name, parameters }
    }
  }
  return null
}

/** The ways a command’s conditions can stand: without any there is one. */
const choicesOf = (command: CommandSpec): readonly Values[] => {
  const field = command.objects.find((object) => object.when !== null)?.when?.field
  return field === undefined ? [{}] : [{ [field]: true }, { [field]: false }]
}

const parametersIn = (
  profile: NtcipProfile,
  of: { command: CommandSpec; choice: Values; bindings: readonly Binding[] },
): Values | undefined => {
  const objects = chosen(of.command, of.choice)
  if (objects.length !== of.bindings.length) return undefined
  let parameters: Record<string, Value> = { ...of.choice }
  for (const [i, object] of objects.entries()) {
    const binding = of.bindings[i]
    const place = binding && matchOid(object.oid, binding.oid)
    if (!binding || !place) return undefined
    if (conflict(parameters, place)) return undefined
    parameters = { ...parameters, ...place }
    if (of.command.direction === 'read') {
      if (binding.value.is !== 'null') return undefined
      continue
    }
    const known: Known = { values: {}, beside: {}, brightnessPercent: profile.limits.brightnessPercent }
    const read = fromSnmp(object, binding.value, known)
    if (!read.ok || conflict(parameters, read.value)) return undefined
    parameters = { ...parameters, ...read.value }
  }
  return parameters
}

/** Two objects of one command may carry the same value, never two different ones. */
const conflict = (before: Values, next: Values): boolean =>
  Object.entries(next).some(([key, value]) => before[key] !== undefined && before[key] !== value)
