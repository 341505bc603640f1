import { toHex } from '#core/base/bytes.ts'
import type { ExplainedField, Side } from '../../dialect/dialect.ts'
import { FILE_START_HEAD, type Packet, packetsIn, ruleOf, u16, u32, u64, XML_HEAD } from './frame.ts'
import type { HuiduProfile } from './schema.ts'

/** Longest piece of text shown for one field, in characters. */
const MOST_SHOWN = 400

/** Takes any bytes apart: whole packets field by field, and the rest as far as it goes. */
export const explain = (profile: HuiduProfile, side: Side, bytes: Uint8Array): readonly ExplainedField[] => {
  const { packets, size } = packetsIn(side, bytes)
  let at = 0
  const fields: ExplainedField[] = []
  for (const packet of packets) {
    fields.push(...explainPacket(profile, packet, at))
    at += packet.bytes.length
  }
  return size < bytes.length ? [...fields, ...explainRest(side, bytes.subarray(size), size)] : fields
}

const explainRest = (side: Side, bytes: Uint8Array, at: number): readonly ExplainedField[] => {
  const field = cutter(bytes, at)
  const length = bytes.length < 2 ? 'missing' : lengthText(u16(bytes, 0), bytes.length)
  const rule = ruleOf(u16(bytes, 2))
  const command =
    bytes.length < 4
      ? 'missing'
      : rule === undefined
        ? 'no command of this protocol'
        : rule.sides.includes(side)
          ? rule.name
          : `${rule.name}, which is no ${side}`
  return [
    field('length', 0, 2, length),
    field('command', 2, 4, command),
    field('rest', 4, bytes.length, 'not a whole packet'),
  ].filter((one) => one.hex !== '' || one.name !== 'rest')
}

const lengthText = (length: number, there: number): string =>
  length < 4 ? `${length}, less than a packet can have` : `${length}, ${there} there`

const cutter =
  (bytes: Uint8Array, at: number) =>
  (name: string, from: number, to: number, says: string): ExplainedField => ({
    at: at + Math.min(from, bytes.length),
    name,
    hex: toHex(bytes.subarray(from, to), ' '),
    says,
  })

const explainPacket = (profile: HuiduProfile, packet: Packet, at: number): readonly ExplainedField[] => {
  const { bytes } = packet
  const field = cutter(bytes, at)
  const head = [field('length', 0, 2, `${u16(bytes, 0)}`), field('command', 2, 4, packet.name)]
  switch (packet.name) {
    case 'errorAnswer':
      return [...head, field('code', 4, 6, codeText(profile, u16(bytes, 4)))]
    case 'versionAsk':
      return [...head, field('version', 4, 8, hex32(bytes, 4))]
    case 'versionAnswer':
      return [...head, field('version', 4, 8, hex32(bytes, 4)), ...tail(bytes, field, 'status', 8)]
    case 'xmlAsk':
    case 'xmlAnswer':
      return [
        ...head,
        field('total', 4, 8, `${u32(bytes, 4)} bytes of XML`),
        field('offset', 8, XML_HEAD, `${u32(bytes, 8)}`),
        field('xml', XML_HEAD, bytes.length, utf8(bytes.subarray(XML_HEAD))),
      ]
    case 'fileStartAsk':
      return [
        ...head,
        field('md5', 4, 37, utf8(bytes.subarray(4, 37))),
        field('size', 37, 45, `${u64(bytes, 37)} bytes`),
        field('type', 45, FILE_START_HEAD, fileType(u16(bytes, 45))),
        field('name', FILE_START_HEAD, bytes.length, utf8(bytes.subarray(FILE_START_HEAD))),
      ]
    case 'fileStartAnswer':
      return [
        ...head,
        field('status', 4, 6, codeText(profile, u16(bytes, 4))),
        field('existing', 6, 14, `${u64(bytes, 6)} bytes are there already`),
      ]
    case 'fileEndAnswer':
      return [...head, field('status', 4, 6, codeText(profile, u16(bytes, 4)))]
    case 'fileContentAsk':
      return [...head, field('content', 4, bytes.length, `${bytes.length - 4} bytes of the file`)]
    case 'heartbeatAsk':
    case 'heartbeatAnswer':
    case 'fileEndAsk':
      return head
    case 'gpsReport':
    case 'fileContentAnswer':
    case 'readFileAsk':
    case 'readFileAnswer':
      return bytes.length > 4
        ? [...head, field('data', 4, bytes.length, `${bytes.length - 4} bytes, not used by us`)]
        : head
  }
}

const tail = (
  bytes: Uint8Array,
  field: ReturnType<typeof cutter>,
  name: string,
  from: number,
): readonly ExplainedField[] => (bytes.length > from ? [field(name, from, bytes.length, `${u16(bytes, from)}`)] : [])

const hex32 = (bytes: Uint8Array, at: number): string =>
  `${u32(bytes, at).toString(16).toUpperCase().padStart(8, '0')}h`

const FILE_TYPES = [
  'picture',
  'video',
  'font',
  'firmware: never sent',
  'FPGA configuration: never sent',
  'settings: never sent',
] as const
const fileType = (type: number): string => FILE_TYPES[type] ?? `type ${type}`

export const codeText = (profile: HuiduProfile, code: number): string => {
  const entry = profile.codes.find((one) => one.code === code)
  return entry ? `${entry.name}: ${entry.means}` : `code ${code} is not in the profile`
}

/** Bytes as text for people: closing zeros cut off, unprintable characters as dots. */
const utf8 = (bytes: Uint8Array): string => {
  const shown = new TextDecoder().decode(bytes.subarray(0, MOST_SHOWN)).replace(/\0+$/, '').replace(/\p{C}/gu, '·')
  return bytes.length > MOST_SHOWN ? `${shown}…` : shown
}
