import { toHex } from '#core/base/bytes.ts'
import type { ExplainedField, Side, Values } from '../../dialect/dialect.ts'
import { readInteger, readOid, readTlv, type Tlv } from './ber.ts'
import { crc16 } from './crc.ts'
import { ESCAPE, FLAG, pduName, unitOf, unitSize } from './frame.ts'
import { fromSnmp, holesOf, matchOid } from './objects.ts'
import type { NtcipProfile, ObjectSpec } from './schema.ts'
import { type Binding, decodeMessage, errorName, primitiveOf, type SnmpValue } from './snmp.ts'

/** A profile with its objects by place, made once: explaining looks them up for every binding. */
export type Lexicon = {
  readonly profile: NtcipProfile
  readonly scalars: ReadonlyMap<string, readonly ObjectSpec[]>
  readonly cells: readonly ObjectSpec[]
}
export const lexiconOf = (profile: NtcipProfile): Lexicon => {
  const objects = Object.values(profile.commands).flatMap((command) => command.objects)
  const cells = objects.filter(({ oid }) => holesOf(oid).length > 0)
  return { profile, scalars: Map.groupBy(objects, ({ oid }) => oid), cells }
}

/** One line: `reply 3: shortErrorStatus doorOpen=false …`. The community never appears. */
export const describeMessage = (lexicon: Lexicon, side: Side, bytes: Uint8Array): string => {
  const message = decodeMessage(bytes)
  if (!message.ok) return `${side}: not understood: ${message.error}`
  const { pdu, id, errorStatus, bindings } = message.value
  const what = bindings.map((binding) => bindingText(lexicon, binding)).join('; ')
  const error = errorStatus === 0 ? '' : ` ${errorName(errorStatus)}`
  return `${side} ${pdu} ${id}${error}: ${what}`
}

const bindingText = (lexicon: Lexicon, { oid, value }: Binding): string => {
  const object = objectAt(lexicon, oid, value)
  return `${object?.name ?? oid}${value.is === 'null' ? '' : ` ${meaning(lexicon.profile, object, value)}`}`
}

/** The object of the profile that stands at this place, best one whose values make sense of what is there. */
const objectAt = (lexicon: Lexicon, oid: string, value: SnmpValue | undefined): ObjectSpec | undefined => {
  const { profile, scalars, cells } = lexicon
  const here = scalars.get(oid) ?? cells.filter((object) => matchOid(object.oid, oid) !== undefined)
  const readable = here.find(
    (object) => value !== undefined && tells(object) && read(profile, object, value) !== undefined,
  )
  return readable ?? here[0]
}

/** Constants and comparisons say less than what another command reads from the same place. */
const tells = ({ value }: ObjectSpec): boolean =>
  value.kind !== 'constant' &&
  value.kind !== 'equals' &&
  !(value.kind === 'octets' && value.parts.every((part) => part.as === 'constant'))

const read = (profile: NtcipProfile, object: ObjectSpec, value: SnmpValue): Values | undefined => {
  const known = { values: {}, beside: {}, brightnessPercent: profile.limits.brightnessPercent }
  const values = fromSnmp(object, value, known)
  return values.ok ? values.value : undefined
}

const meaning = (profile: NtcipProfile, object: ObjectSpec | undefined, value: SnmpValue): string => {
  const values = object && read(profile, object, value)
  const words = Object.entries(values ?? {}).map(([key, one]) => `${key}=${JSON.stringify(one)}`)
  return words.length > 0 ? words.join(' ') : plain(value)
}

const plain = (value: SnmpValue): string => {
  switch (value.is) {
    case 'integer':
    case 'unsigned':
      return String(value.value)
    case 'octets':
      return toHex(value.value, ' ') || 'empty'
    case 'address':
      return value.value.join('.')
    case 'oid':
      return value.value
    case 'null':
      return 'no value'
    case 'absent':
      return 'no such object'
  }
}

/** Plain bytes of a frame and where each stands on the wire. */
type Body = { readonly bytes: Uint8Array; readonly at: readonly number[]; readonly wire: Uint8Array }

/** Takes any bytes apart, field by field in order, until they no longer make sense; what is left is `rest`. Never throws. */
export const explainFrame = (lexicon: Lexicon, wire: Uint8Array): readonly ExplainedField[] => {
  const { profile } = lexicon
  const body = profile.framing === 'udp' ? plainBody(wire) : unescaped(wire)
  const out = sink(body)
  if (profile.framing === 'udp') explainMessage({ lexicon, body, out }, 0, body.bytes.length)
  else explainPmpp({ lexicon, body, out })
  return out.fields
}

const plainBody = (wire: Uint8Array): Body => ({ bytes: wire, at: Array.from(wire, (_, i) => i), wire })

const unescaped = (wire: Uint8Array): Body => {
  const bytes: number[] = []
  const at: number[] = []
  for (let i = 0; i < wire.length; i++) {
    const next = wire[i + 1]
    at.push(i)
    const escaped = wire[i] === ESCAPE && next !== undefined && next !== FLAG
    if (escaped) i += 1
    bytes.push(escaped ? next ^ 0x20 : (wire[i] ?? 0))
  }
  return { bytes: Uint8Array.from(bytes), at, wire }
}

type Sink = {
  readonly fields: ExplainedField[]
  /** `hidden`: this many bytes at the end stay secret; their hex is `**`. */
  readonly add: (field: { name: string; from: number; to: number; says: string; hidden: number }) => void
}

const sink = (body: Body): Sink => {
  const fields: ExplainedField[] = []
  return {
    fields,
    add: ({ name, from, to, says, hidden }) => {
      if (to <= from) return
      const edge = (i: number) => body.at[i] ?? body.wire.length
      const open = toHex(body.wire.subarray(edge(from), edge(to - hidden)), ' ')
      const secret = Array.from({ length: edge(to) - edge(to - hidden) }, () => '**')
      fields.push({ at: edge(from), name, hex: [...(open === '' ? [] : [open]), ...secret].join(' '), says })
    },
  }
}

type Walk = { readonly lexicon: Lexicon; readonly body: Body; readonly out: Sink }

const explainPmpp = (walk: Walk): void => {
  const { body, out } = walk
  const { bytes } = body
  const add = (name: string, from: number, to: number, says: string) => out.add({ name, from, to, says, hidden: 0 })
  const end = bytes.length
  const closed = end > 1 && bytes[end - 1] === FLAG
  const last = closed ? end - 1 : end
  add('flag', 0, Math.min(1, end), bytes[0] === FLAG ? 'begins a frame' : 'no flag')
  const control = 1 + unitSize(bytes.subarray(1))
  if (last < control + 4) {
    out.add({ name: 'rest', from: 1, to: end, says: 'too short for a frame', hidden: end - 1 })
    return
  }
  add('address', 1, control, `sign ${unitOf(bytes.subarray(1))}`)
  add('control', control, control + 1, bytes[control] === 0x33 ? 'poll' : 'unnumbered information')
  add('protocol', control + 1, control + 2, bytes[control + 1] === 0xc1 ? 'SNMP' : 'unknown')
  explainMessage(walk, control + 2, last - 2)
  const right = crc16(bytes.subarray(1, last - 2))
  const found = (bytes[last - 2] ?? 0) | ((bytes[last - 1] ?? 0) << 8)
  add('checksum', last - 2, last, right === found ? 'right' : `wrong, should be ${hex16(right)}`)
  if (closed) add('flag', last, end, 'ends the frame')
}

/** As it travels, low byte first. */
const hex16 = (crc: number): string => toHex(Uint8Array.from([crc & 0xff, crc >> 8]), ' ')

/** What an SNMPv1 message has, in order. `open` ones are containers: only their head is a field. */
const HEAD = [
  { name: 'message', tag: 0x30, open: true },
  { name: 'version', tag: 0x02, open: false },
  { name: 'community', tag: 0x04, open: false },
  { name: 'pdu', tag: undefined, open: true },
  { name: 'request id', tag: 0x02, open: false },
  { name: 'error status', tag: 0x02, open: false },
  { name: 'error index', tag: 0x02, open: false },
  { name: 'bindings', tag: 0x30, open: true },
] as const
const BINDING = [
  { name: 'binding', tag: 0x30, open: true },
  { name: 'oid', tag: 0x06, open: false },
  { name: 'value', tag: undefined, open: false },
] as const

const explainMessage = (walk: Walk, from: number, end: number): void => {
  const { bytes } = walk.body
  let at = from
  let object: ObjectSpec | undefined
  let oid = ''
  for (let step = 0; at < end; step++) {
    const part = HEAD[step] ?? BINDING[(step - HEAD.length) % BINDING.length]
    const tlv = readTlv(bytes, at, end)
    // A cut message still begins with right heads, and until the community is past, the rest may hold it.
    const head = tlv.ok ? tlv.value : part?.open ? cutHead(bytes, at, end) : undefined
    if (part === undefined || head === undefined || (part.tag !== undefined && head.tag !== part.tag)) {
      const hidden = step <= 2 ? end - at : 0
      walk.out.add({ name: 'rest', from: at, to: end, says: 'not understood', hidden })
      return
    }
    const to = part.open ? head.from : head.to
    if (part.name === 'oid') {
      oid = readOid(bytes, head) ?? ''
      const value = readTlv(bytes, head.to, end)
      object = objectAt(walk.lexicon, oid, value.ok ? primitiveOf(bytes, value.value) : undefined)
    }
    const secret = part.name === 'community'
    const says = saysOf(walk, { name: part.name, head, oid, object })
    walk.out.add({ name: part.name, from: at, to, says, hidden: secret ? head.to - head.from : 0 })
    at = to
  }
}

const cutHead = (bytes: Uint8Array, at: number, end: number): Tlv | undefined => {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined || at + 2 > end) return undefined
  const from = at + 2 + (first >= 0x80 ? Math.min(2, first & 0x7f) : 0)
  return from > end ? undefined : { tag, at, from, to: end }
}

type PartName = (typeof HEAD)[number]['name'] | (typeof BINDING)[number]['name']

const saysOf = (
  { lexicon, body }: Walk,
  of: { name: PartName; head: Tlv; oid: string; object: ObjectSpec | undefined },
): string => {
  const { bytes } = body
  const number = () => readInteger(bytes, of.head)
  const size = of.head.to - of.head.from
  switch (of.name) {
    case 'message':
    case 'bindings':
    case 'binding':
      return `${size} bytes`
    case 'version':
      return number() === 0 ? 'SNMPv1' : `version ${number()}, not SNMPv1`
    case 'community':
      return `secret, ${size} bytes`
    case 'pdu':
      return pduName(of.head.tag) ?? `type ${of.head.tag}`
    case 'request id':
    case 'error index':
      return String(number() ?? 'no number')
    case 'error status':
      return number() === 0 ? 'no error' : errorName(number() ?? -1)
    case 'oid':
      return of.object === undefined ? of.oid || 'no object identifier' : `${of.object.name} (${of.oid})`
    case 'value': {
      const value = primitiveOf(bytes, of.head)
      return value === undefined ? `type ${of.head.tag}, not understood` : meaning(lexicon.profile, of.object, value)
    }
  }
}
