import { concat } from '#core/base/bytes.ts'
import type { FrameReader, FrameReading, Side } from '../../dialect/dialect.ts'

/**
 * Packets of Huidu SDK2 over TCP, little-endian, no checksum: `u16 length of everything`, `u16 command`, payload (maker's C# demo,
 * `Protocols.cs`).
 */
export const COMMANDS = {
  heartbeatAsk: 0x005f,
  heartbeatAnswer: 0x0060,
  errorAnswer: 0x2000,
  versionAsk: 0x2001,
  versionAnswer: 0x2002,
  xmlAsk: 0x2003,
  xmlAnswer: 0x2004,
  gpsReport: 0x3007,
  fileStartAsk: 0x8001,
  fileStartAnswer: 0x8002,
  fileContentAsk: 0x8003,
  fileContentAnswer: 0x8004,
  fileEndAsk: 0x8005,
  fileEndAnswer: 0x8006,
  readFileAsk: 0x8007,
  readFileAnswer: 0x8008,
} as const
export type CommandName = keyof typeof COMMANDS

/** The maker's buffer for one packet. */
export const MOST_PACKET = 9216
/** Bytes before the XML of an XML packet: length, command, total, offset. */
export const XML_HEAD = 12
/** Most bytes of XML or of a file in one packet we send: what two independent implementations use; the maker's own limit is 9204. */
export const MOST_CHUNK = 8000
/** Most bytes of one XML document, all its packets together. */
export const MOST_DOCUMENT = 262_144
/** Length, command, 33 bytes of md5 text, i64 size, i16 type; the name follows. */
export const FILE_START_HEAD = 47
/** Longest file name, bytes, without the closing zero. */
export const MOST_NAME = 120

/** Smallest and largest size of the packets of a command, and which side may send it. */
type Rule = {
  readonly name: CommandName
  readonly least: number
  readonly most: number
  readonly sides: readonly Side[]
}
const both: readonly Side[] = ['request', 'reply']
const rule = (name: CommandName, sides: readonly Side[], least: number, most: number): [number, Rule] => [
  COMMANDS[name],
  { name, least, most, sides },
]
// A card asks for heartbeats and answers them, and so do we: either side may send either.
const RULES: ReadonlyMap<number, Rule> = new Map([
  rule('heartbeatAsk', both, 4, 4),
  rule('heartbeatAnswer', both, 4, 4),
  rule('errorAnswer', ['reply'], 6, 6),
  rule('versionAsk', ['request'], 8, 8),
  rule('versionAnswer', ['reply'], 8, 10),
  rule('xmlAsk', ['request'], XML_HEAD + 1, MOST_PACKET),
  rule('xmlAnswer', ['reply'], XML_HEAD + 1, MOST_PACKET),
  rule('gpsReport', ['reply'], 4, 256),
  rule('fileStartAsk', ['request'], FILE_START_HEAD + 2, FILE_START_HEAD + MOST_NAME + 1),
  rule('fileStartAnswer', ['reply'], 14, 14),
  rule('fileContentAsk', ['request'], 5, MOST_PACKET),
  rule('fileContentAnswer', ['reply'], 4, 64),
  rule('fileEndAsk', ['request'], 4, 4),
  rule('fileEndAnswer', ['reply'], 6, 6),
  rule('readFileAsk', ['request'], 4, MOST_PACKET),
  rule('readFileAnswer', ['reply'], 4, MOST_PACKET),
])

export const ruleOf = (command: number): Rule | undefined => RULES.get(command)

export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
export const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) + u16(bytes, at + 2) * 65_536
/** An unsigned 64-bit number; exact up to 2^53, above that at least that large. */
export const u64 = (bytes: Uint8Array, at: number): number => u32(bytes, at) + u32(bytes, at + 4) * 4_294_967_296

export const le = (value: number, width: number): Uint8Array => {
  const bytes = new Uint8Array(width)
  let rest = value
  for (let i = 0; i < width; i++) {
    bytes[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return bytes
}

/** One packet around a payload. The length is derived, never given. */
export const packet = (command: number, ...payload: readonly Uint8Array[]): Uint8Array => {
  const size = payload.reduce((sum, part) => sum + part.length, 4)
  return concat(le(size, 2), le(command, 2), ...payload)
}

/** An XML document as packets, each with the total and its own offset. */
export const xmlPackets = (command: number, xml: Uint8Array): Uint8Array => {
  const packets: Uint8Array[] = []
  for (let at = 0; at < xml.length; at += MOST_CHUNK)
    packets.push(packet(command, le(xml.length, 4), le(at, 4), xml.subarray(at, at + MOST_CHUNK)))
  return concat(...packets)
}

/** What begins at `start`, as far as sizes and codes tell; there is no checksum to tell more. */
const read = (side: Side, bytes: Uint8Array, start: number): FrameReading => {
  const left = bytes.length - start
  if (left < 2) return { is: 'unfinished' }
  const size = u16(bytes, start)
  if (size < 4 || size > MOST_PACKET) return { is: 'noise' }
  if (left < 4)
    return couldBe(side, size, left < 3 ? undefined : (bytes[start + 2] ?? 0)) ? { is: 'unfinished' } : { is: 'noise' }
  const command = u16(bytes, start + 2)
  const rules = RULES.get(command)
  if (!rules?.sides.includes(side) || !fits(rules, size)) return { is: 'noise' }
  if (!wholeEnough(rules.name, bytes.subarray(start, start + size), size)) return { is: 'noise' }
  return left < size ? { is: 'unfinished' } : { is: 'frame', size }
}

const couldBe = (side: Side, size: number, low: number | undefined): boolean =>
  [...RULES].some(
    ([command, rules]) =>
      rules.sides.includes(side) && fits(rules, size) && (low === undefined || (command & 255) === low),
  )

const fits = (rules: Rule, size: number): boolean =>
  size >= rules.least && size <= rules.most && (rules.name !== 'versionAnswer' || size !== 9)

/** The numbers inside that have a bound, as far as they have arrived. */
const wholeEnough = (name: CommandName, bytes: Uint8Array, size: number): boolean => {
  if ((name !== 'xmlAsk' && name !== 'xmlAnswer') || bytes.length < 8) return true
  const total = u32(bytes, 4)
  if (total < 1 || total > MOST_DOCUMENT) return false
  return bytes.length < XML_HEAD || u32(bytes, 8) + size - XML_HEAD <= total
}

export const readerOf = (side: Side): FrameReader => ({
  maxFrame: MOST_PACKET,
  read: (bytes, start) => read(side, bytes, start),
})

/** A packet that is whole. */
export type Packet = { readonly name: CommandName; readonly command: number; readonly bytes: Uint8Array }

/** The packets that `bytes` begin with, and how many bytes they take. */
export const packetsIn = (
  side: Side,
  bytes: Uint8Array,
): { readonly packets: readonly Packet[]; readonly size: number } => {
  const packets: Packet[] = []
  let at = 0
  while (at < bytes.length) {
    const reading = read(side, bytes, at)
    if (reading.is !== 'frame') break
    const command = u16(bytes, at + 2)
    const name = RULES.get(command)?.name
    if (name === undefined) break
    packets.push({ name, command, bytes: bytes.subarray(at, at + reading.size) })
    at += reading.size
  }
  return { packets, size: at }
}
