import { err, ok, type Result } from '#core/base/result.ts'
import { integerBytes, oidBytes, readInteger, readOid, readTlv, type Tlv, writeTlv } from './ber.ts'

/** SNMPv1 messages (RFC 1157) as values. */
export type SnmpMessage = {
  readonly community: Uint8Array
  readonly pdu: Pdu
  readonly id: number
  readonly errorStatus: number
  /** From 1; 0 when there is no error. */
  readonly errorIndex: number
  readonly bindings: readonly Binding[]
}
export const PDU_TAGS = { get: 0xa0, getNext: 0xa1, response: 0xa2, set: 0xa3 } as const
export type Pdu = keyof typeof PDU_TAGS
export type Binding = { readonly oid: string; readonly value: SnmpValue }
export type SnmpValue =
  | { readonly is: 'integer'; readonly value: number }
  | { readonly is: 'octets'; readonly value: Uint8Array }
  | { readonly is: 'null' }
  | { readonly is: 'oid'; readonly value: string }
  | { readonly is: 'address'; readonly value: Uint8Array }
  /** Counter, gauge, time: unsigned numbers with their tag. */
  | { readonly is: 'unsigned'; readonly tag: number; readonly value: number }
  /** What version 2 agents say instead of an error; seen from agents that answer version 1 carelessly. */
  | { readonly is: 'absent'; readonly tag: number }

/** Longest message taken, bytes: what fits into one Ethernet datagram. */
export const MOST_MESSAGE = 1472
export const MOST_BINDINGS = 64
const SEQUENCE = 0x30

/** RFC 1157 §4.1; the rest are of version 2 and only heard from careless agents. */
export const ERROR_NAMES: Readonly<Record<number, string>> = {
  1: 'tooBig: the answer does not fit into one message',
  2: 'noSuchName: the sign has no such object, or it cannot be written',
  3: 'badValue: wrong type, length or range',
  4: 'readOnly',
  5: 'genErr: the sign refused',
  6: 'noAccess',
  7: 'wrongType',
  8: 'wrongLength',
  10: 'wrongValue',
  12: 'inconsistentValue',
  13: 'resourceUnavailable',
  16: 'authorizationError',
  17: 'notWritable',
}
export const errorName = (status: number): string => ERROR_NAMES[status] ?? `error ${status}`

export const encodeMessage = (message: SnmpMessage): Uint8Array =>
  writeTlv(
    SEQUENCE,
    integer(0),
    writeTlv(0x04, message.community),
    writeTlv(
      PDU_TAGS[message.pdu],
      integer(message.id),
      integer(message.errorStatus),
      integer(message.errorIndex),
      writeTlv(SEQUENCE, ...message.bindings.map(encodeBinding)),
    ),
  )

const integer = (value: number) => writeTlv(0x02, integerBytes(value))

const encodeBinding = ({ oid, value }: Binding): Uint8Array =>
  writeTlv(SEQUENCE, writeTlv(0x06, oidBytes(oid) ?? new Uint8Array()), encodeValue(value))

export const encodeValue = (value: SnmpValue): Uint8Array => {
  switch (value.is) {
    case 'integer':
      return integer(value.value)
    case 'octets':
      return writeTlv(0x04, value.value)
    case 'null':
      return writeTlv(0x05)
    case 'oid':
      return writeTlv(0x06, oidBytes(value.value) ?? new Uint8Array())
    case 'address':
      return writeTlv(0x40, value.value)
    case 'unsigned':
      return writeTlv(value.tag, integerBytes(value.value))
    case 'absent':
      return writeTlv(value.tag)
  }
}

/** Exactly one message, nothing behind it. The error names the part and the byte. */
export const decodeMessage = (bytes: Uint8Array): Result<SnmpMessage, string> => {
  if (bytes.length > MOST_MESSAGE) return err(`longer than ${MOST_MESSAGE} bytes`)
  const cursor = openCursor(bytes)
  const outer = cursor.enter('message', SEQUENCE)
  const version = cursor.integer('version')
  const community = cursor.take('community', 0x04)
  const pduTag = cursor.peek()
  const pdu = (Object.keys(PDU_TAGS) as readonly Pdu[]).find((name) => PDU_TAGS[name] === pduTag)
  if (pdu === undefined) cursor.fail(`byte ${cursor.at()}: PDU of type ${pduTag}`)
  const inner = cursor.enter('PDU', pduTag ?? 0)
  const id = cursor.integer('request id')
  const errorStatus = cursor.integer('error status')
  const errorIndex = cursor.integer('error index')
  const list = cursor.enter('bindings', SEQUENCE)
  const bindings: Binding[] = []
  while (cursor.fault() === undefined && cursor.at() < list) {
    const end = cursor.enter('binding', SEQUENCE)
    const oid = cursor.oid()
    const value = cursor.value()
    cursor.end('binding', end)
    bindings.push({ oid, value })
    if (bindings.length > MOST_BINDINGS) cursor.fail(`more than ${MOST_BINDINGS} bindings`)
  }
  for (const end of [list, inner, outer, bytes.length]) cursor.end('message', end)
  if (version !== 0) cursor.fail(`version ${version}, not SNMPv1`)
  const fault = cursor.fault()
  if (fault !== undefined || pdu === undefined) return err(fault ?? 'no PDU')
  return ok({ community: bytes.slice(community.from, community.to), pdu, id, errorStatus, errorIndex, bindings })
}

const EMPTY: Tlv = { tag: 0, at: 0, from: 0, to: 0 }

/** Walks over the elements; after the first fault everything it gives is empty and only the fault counts. */
const openCursor = (bytes: Uint8Array) => {
  let at = 0
  let fault: string | undefined
  const fail = (why: string) => {
    fault ??= why
  }
  const element = (what: string, tag: number | undefined): Tlv => {
    if (fault !== undefined) return EMPTY
    const tlv = readTlv(bytes, at, bytes.length)
    if (!tlv.ok) fail(`byte ${at}: ${what}: ${tlv.error.why}`)
    else if (tag !== undefined && tlv.value.tag !== tag) fail(`byte ${at}: ${what} has tag ${tlv.value.tag}`)
    else return tlv.value
    return EMPTY
  }
  const take = (what: string, tag: number | undefined): Tlv => {
    const tlv = element(what, tag)
    at = Math.max(at, tlv.to)
    return tlv
  }
  return {
    at: () => at,
    peek: () => bytes[at],
    fault: () => fault,
    fail,
    take,
    /** Steps inside; gives where it ends. */
    enter: (what: string, tag: number): number => {
      const tlv = element(what, tag)
      at = Math.max(at, tlv.from)
      return tlv.to
    },
    end: (what: string, end: number) => {
      if (at !== end) fail(`byte ${at}: ${what} should end at ${end}`)
    },
    integer: (what: string): number => {
      const value = readInteger(bytes, take(what, 0x02))
      if (value === undefined) fail(`${what}: not a number`)
      return value ?? 0
    },
    oid: (): string => {
      const oid = readOid(bytes, take('name', 0x06))
      if (oid === undefined) fail('name: not an object identifier')
      return oid ?? ''
    },
    value: (): SnmpValue => {
      const tlv = take('value', undefined)
      const value = fault === undefined ? primitiveOf(bytes, tlv) : undefined
      if (value === undefined) fail(`byte ${tlv.at}: value of type ${tlv.tag} not understood`)
      return value ?? { is: 'null' }
    },
  }
}

/** One primitive value; undefined when it is none of SNMPv1. */
export const primitiveOf = (bytes: Uint8Array, tlv: Tlv): SnmpValue | undefined => {
  const content = bytes.slice(tlv.from, tlv.to)
  switch (tlv.tag) {
    case 0x02: {
      const value = readInteger(bytes, tlv)
      return value === undefined || Math.abs(value) > 0xffff_ffff ? undefined : { is: 'integer', value }
    }
    case 0x04:
      return { is: 'octets', value: content }
    case 0x05:
      return content.length === 0 ? { is: 'null' } : undefined
    case 0x06: {
      const value = readOid(bytes, tlv)
      return value === undefined ? undefined : { is: 'oid', value }
    }
    case 0x40:
      return content.length === 4 ? { is: 'address', value: content } : undefined
    case 0x41:
    case 0x42:
    case 0x43: {
      const value = readInteger(bytes, tlv)
      return value === undefined || value < 0 ? undefined : { is: 'unsigned', tag: tlv.tag, value }
    }
    case 0x80:
    case 0x81:
    case 0x82:
      return content.length === 0 ? { is: 'absent', tag: tlv.tag } : undefined
    // The tag is any byte of the wire, not a union of ours.
    default:
      return undefined
  }
}
