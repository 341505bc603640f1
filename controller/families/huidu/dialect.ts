import { concat, fromHex, toHex } from '#core/base/bytes.ts'
import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import type { Call, Dialect, Question, Side, Value, Values } from '../../dialect/dialect.ts'
import { explain } from './explain.ts'
import {
  COMMANDS,
  FILE_START_HEAD,
  le,
  MOST_CHUNK,
  MOST_NAME,
  MOST_PACKET,
  type Packet,
  packet,
  packetsIn,
  readerOf,
  u16,
  u32,
  u64,
  XML_HEAD,
  xmlPackets,
} from './frame.ts'
import { type Asked, answerTo, judge } from './judge.ts'
import type { HuiduCommandSpec, HuiduProfile } from './schema.ts'
import {
  assemble,
  documentOf,
  isSession,
  methodOf,
  NO_SESSION,
  openEnvelope,
  requestXml,
  valuesOfRequest,
} from './sdk.ts'
import { heldBy } from './values.ts'
import { writeXml } from './xml.ts'

/** Huidu SDK2 (TCP 10001) with one profile. */
export const huiduDialect = (profile: HuiduProfile): Dialect => ({
  profile,
  reader: readerOf,
  question: (call) => questionOf(profile, call),
  holds: (call, field) => holds(profile, call, field),
  explain: (side, bytes) => explain(profile, side, bytes),
  describe: (side, bytes) => describe(profile, side, bytes),
  sideOf,
  commandOf: (request) => commandOf(profile, request),
  reencode,
  ambiguous: false,
  handshake: profile.handshake,
  addressKeys: [],
  placeOf: () => ({}),
  parameterKeys: (name) => {
    const command = Object.hasOwn(profile.commands, name) ? profile.commands[name] : undefined
    return command === undefined ? [] : keysOf(command)
  },
})

const keysOf = (command: HuiduCommandSpec): readonly string[] => {
  switch (command.do) {
    case 'xml':
      return [
        ...(typeof command.method === 'string' ? [] : [command.method.field]),
        ...command.body.flatMap((field) => (field.kind === 'constant' ? [] : [field.name])),
      ]
    case 'fileStart':
      return ['md5', 'size', 'type', 'name']
    case 'fileContent':
      return ['content', 'session']
    case 'heartbeat':
    case 'version':
    case 'fileEnd':
      return []
    default:
      return unreachable(command)
  }
}

const questionOf = (profile: HuiduProfile, call: Call): Result<Question, string> => {
  const command = Object.hasOwn(profile.commands, call.command) ? profile.commands[call.command] : undefined
  if (!command) return err(`${profile.id} has no command ${call.command}`)
  const guid = isSession(call.context['guid']) ? call.context['guid'] : null
  const request = requestOf(command, call.parameters, guid)
  if (!request.ok) return err(`${call.command}: ${request.error}`)
  const method = command.do === 'xml' ? methodOf(command, call.parameters) : ok('')
  if (!method.ok) return err(`${call.command}: ${method.error}`)
  const asked: Asked = { profile, command, method: method.value, values: call.parameters, guid }
  return ok({
    text: questionText(call),
    write: command.direction === 'write',
    answered: answerTo(command) !== null,
    requestBytes: request.value.length,
    replyBytes: replyBytes(command),
    encode: () => request.value,
    judge: (reply, _tokens, parts) => judge(asked, reply, parts),
  })
}

/** Values longer than this are not shown in traces. */
const MOST_TRACED = 60
const questionText = (call: Call): string =>
  [
    call.command,
    ...Object.entries(call.parameters).map(([name, value]) => {
      const text = String(value)
      return `${name}=${text.length > MOST_TRACED ? `(${text.length} characters)` : text}`
    }),
  ].join(' ')

const replyBytes = (command: HuiduCommandSpec): number => {
  switch (command.do) {
    case 'heartbeat':
      return 4
    case 'version':
      return 10
    case 'xml':
      return MOST_PACKET
    case 'fileStart':
      return 14
    case 'fileContent':
      return 0
    case 'fileEnd':
      return 6
    default:
      return unreachable(command)
  }
}

const requestOf = (command: HuiduCommandSpec, values: Values, guid: string | null): Result<Uint8Array, string> => {
  switch (command.do) {
    case 'heartbeat':
      return ok(packet(COMMANDS.heartbeatAsk))
    case 'version':
      return ok(packet(COMMANDS.versionAsk, le(Number.parseInt(command.version, 16), 4)))
    case 'xml': {
      const session = command.session === 'ask' ? NO_SESSION : guid
      if (session === null) return err('there is no session yet: the handshake gives its guid')
      const xml = requestXml(command, values, session)
      return xml.ok ? ok(xmlPackets(COMMANDS.xmlAsk, xml.value)) : xml
    }
    case 'fileStart':
      return fileStart(command, values)
    case 'fileContent':
      return fileContent(values, guid)
    case 'fileEnd':
      return ok(packet(COMMANDS.fileEndAsk))
    default:
      return unreachable(command)
  }
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

const fileStart = (
  command: Extract<HuiduCommandSpec, { do: 'fileStart' }>,
  { md5, size, type, name }: Values,
): Result<Uint8Array, string> => {
  if (typeof md5 !== 'string' || !/^[0-9a-f]{32}$/.test(md5)) return err('md5 must be 32 lower-case hex digits')
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 1 || size > command.mostBytes)
    return err(`size must be from 1 to ${command.mostBytes} bytes`)
  const code = typeof type === 'string' && Object.hasOwn(command.types, type) ? command.types[type] : undefined
  if (code === undefined)
    return err(`type must be one of ${Object.keys(command.types).join(', ')}; firmware and settings are never sent`)
  if (typeof name !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) || name.length > MOST_NAME)
    return err(`name must be at most ${MOST_NAME} plain letters, digits, dots, dashes`)
  return ok(packet(COMMANDS.fileStartAsk, ascii(md5), le(0, 1), le(size, 8), le(code, 2), ascii(name), le(0, 1)))
}

/** `session`: of the answer to the start. Content sent into another session would belong to no file. */
const fileContent = ({ content, session }: Values, guid: string | null): Result<Uint8Array, string> => {
  if (session !== undefined && session !== guid) return err('the session in which the file was begun is gone')
  const bytes = typeof content === 'string' && content.length <= 2 * MOST_CHUNK ? fromHex(content) : undefined
  if (!bytes || bytes.length === 0) return err(`content must be 1 to ${MOST_CHUNK} bytes of hex`)
  return ok(packet(COMMANDS.fileContentAsk, bytes))
}

const holds = (profile: HuiduProfile, call: Call, field: string): Value | undefined => {
  const command = Object.hasOwn(profile.commands, call.command) ? profile.commands[call.command] : undefined
  const value = call.parameters[field]
  if (command?.do !== 'xml' || value === undefined) return undefined
  if (typeof command.method !== 'string' && command.method.field === field)
    return typeof value === 'boolean' ? value : undefined
  const spec = command.body.find((one) => one.kind !== 'constant' && one.name === field)
  if (!spec || spec.kind === 'constant') return undefined
  return spec.kind === 'rows' ? value : heldBy(spec, value)
}

/** The packets that are exactly these bytes; null when they are not. */
const wholePackets = (side: Side, bytes: Uint8Array): readonly Packet[] | null => {
  const { packets, size } = packetsIn(side, bytes)
  return packets.length > 0 && size === bytes.length ? packets : null
}

const commandOf = (profile: HuiduProfile, request: Uint8Array): ReturnType<Dialect['commandOf']> => {
  const packets = wholePackets('request', request)
  const [first] = packets ?? []
  if (!packets || !first) return null
  if (first.name === 'xmlAsk') return xmlCommandOf(profile, packets)
  if (packets.length !== 1) return null
  for (const [name, command] of Object.entries(profile.commands)) {
    const parameters = parametersOf(command, first)
    if (parameters !== null) return { command: name, parameters }
  }
  return null
}

const xmlCommandOf = (profile: HuiduProfile, packets: readonly Packet[]): ReturnType<Dialect['commandOf']> => {
  if (packets.some((one) => one.name !== 'xmlAsk')) return null
  const whole = assemble(packets)
  if (!whole.ok || whole.value === null) return null
  const document = documentOf(whole.value)
  const envelope = document.ok ? openEnvelope(document.value, 'in') : document
  if (!envelope.ok) return null
  for (const [name, command] of Object.entries(profile.commands)) {
    const parameters = command.do === 'xml' ? valuesOfRequest(command, envelope.value) : null
    if (parameters !== null) return { command: name, parameters }
  }
  return null
}

const parametersOf = (command: HuiduCommandSpec, { name, bytes }: Packet): Values | null => {
  switch (command.do) {
    case 'heartbeat':
      return name === 'heartbeatAsk' ? {} : null
    case 'version':
      return name === 'versionAsk' && u32(bytes, 4) === Number.parseInt(command.version, 16) ? {} : null
    case 'xml':
      return null
    case 'fileStart': {
      const type = Object.entries(command.types).find(([, code]) => code === u16(bytes, 45))?.[0]
      const text = (from: number, to: number) => new TextDecoder().decode(bytes.subarray(from, to))
      const values = {
        md5: text(4, 36),
        size: u64(bytes, 37),
        type: type ?? '',
        name: text(FILE_START_HEAD, bytes.length - 1),
      }
      return name === 'fileStartAsk' && fileStart(command, values).ok ? values : null
    }
    case 'fileContent':
      return name === 'fileContentAsk' ? { content: toHex(bytes.subarray(4), '') } : null
    case 'fileEnd':
      return name === 'fileEndAsk' ? {} : null
    default:
      return unreachable(command)
  }
}

/** By the command of the first packet; heartbeats go both ways, but each is an ask or an answer. */
const sideOf = (bytes: Uint8Array): Side | null => {
  const asAsk = wholePackets('request', bytes)
  const asAnswer = wholePackets('reply', bytes)
  if (asAsk && asAnswer) return asAsk[0]?.name === 'heartbeatAsk' ? 'request' : 'reply'
  return asAsk ? 'request' : asAnswer ? 'reply' : null
}

const describe = (profile: HuiduProfile, side: Side, bytes: Uint8Array): string => {
  const packets = wholePackets(side, bytes)
  const [first] = packets ?? []
  if (!packets || !first) return `${side}: ${bytes.length} bytes that are no whole packet`
  const known = side === 'request' ? commandOf(profile, bytes) : null
  if (known) return `request ${questionText({ ...known, address: {}, context: {} })}`
  const says = explain(profile, side, first.bytes)
    .slice(2)
    .filter((field) => field.name !== 'total' && field.name !== 'offset')
  const envelope = first.name === 'xmlAnswer' ? answerOf(packets) : null
  if (envelope) return `reply ${envelope}`
  return `${side} ${first.name}${says.map((field) => ` ${field.name}=${field.says.slice(0, 120)}`).join('')}`
}

const answerOf = (packets: readonly Packet[]): string | null => {
  const whole = packets.every((one) => one.name === 'xmlAnswer') ? assemble(packets) : err('')
  if (!whole.ok || whole.value === null) return null
  const document = documentOf(whole.value)
  const envelope = document.ok ? openEnvelope(document.value, 'out') : document
  return envelope.ok ? `${envelope.value.method}: ${envelope.value.result ?? 'no result'}` : null
}

/** Every packet taken apart and made anew; an XML document that is whole is read and written again too. */
const reencode = (side: Side, bytes: Uint8Array): Result<Uint8Array, string> => {
  const packets = wholePackets(side, bytes)
  if (!packets) return err('not whole packets of this protocol')
  const made: Uint8Array[] = []
  for (const one of packets) {
    const again = reencodePacket(one)
    if (!again.ok) return again
    made.push(again.value)
  }
  return ok(concat(...made))
}

const reencodePacket = ({ name, command, bytes }: Packet): Result<Uint8Array, string> => {
  switch (name) {
    case 'versionAnswer':
      return ok(packet(command, le(u32(bytes, 4), 4), ...(bytes.length > 8 ? [le(u16(bytes, 8), 2)] : [])))
    case 'versionAsk':
      return ok(packet(command, le(u32(bytes, 4), 4)))
    case 'errorAnswer':
    case 'fileEndAnswer':
      return ok(packet(command, le(u16(bytes, 4), 2)))
    case 'fileStartAnswer':
      return ok(packet(command, le(u16(bytes, 4), 2), le(u64(bytes, 6), 8)))
    case 'fileStartAsk':
      return ok(
        packet(
          command,
          bytes.subarray(4, 37),
          le(u64(bytes, 37), 8),
          le(u16(bytes, 45), 2),
          bytes.subarray(FILE_START_HEAD),
        ),
      )
    case 'xmlAsk':
    case 'xmlAnswer':
      return reencodeXml(command, bytes)
    default:
      return ok(packet(command, bytes.subarray(4)))
  }
}

const reencodeXml = (command: number, bytes: Uint8Array): Result<Uint8Array, string> => {
  const total = u32(bytes, 4)
  const chunk = bytes.subarray(XML_HEAD)
  const head = [le(total, 4), le(u32(bytes, 8), 4)]
  // A chunk of a longer document means nothing by itself.
  if (chunk.length !== total) return ok(packet(command, ...head, chunk))
  const document = documentOf(chunk)
  if (!document.ok) return err(`XML: ${document.error}`)
  const xml = new TextEncoder().encode(writeXml(document.value))
  return ok(packet(command, le(xml.length, 4), le(0, 4), xml))
}
