import type { SimDevice } from './device.ts'
import type { SignOptions } from './ntcip-board.ts'
import { createSign, type Sign, type SignValue, STATUS } from './ntcip-sign.ts'

/**
 * An NTCIP sign as the wire sees it: SNMPv1 messages in datagrams, or in PMPP frames on a serial line. Taken apart and put together here by
 * hand, so that an error of the driver's codec cannot hide; `ntcip-agent.ts` shows the same sign through net-snmp.
 */
export type NtcipSimOptions = Partial<SignOptions> & {
  readonly framing: 'udp' | 'pmpp'
  readonly community: string
  /** Address on the serial line; ignored on UDP. */
  readonly unit: number
  readonly now: () => number
}

export const SIGN_DEFAULTS = {
  changeable: 4,
  volatile: 8,
  brightnessLevels: 16,
  mostMultiBytes: 700,
  mostPages: 6,
  mostLines: 3,
} as const

/** Largest request kept, bytes. */
const MOST = 4096

export const createNtcipSim = (
  options: NtcipSimOptions,
): SimDevice & { readonly sign: Sign; readonly state: Sign['state'] } => {
  const sign = createSign({ ...SIGN_DEFAULTS, ...options })
  const serial = options.framing === 'pmpp'
  const reply = (request: Uint8Array, forced: number | null): Uint8Array | null => {
    const message = serial ? opened(request, options.unit) : request
    const parsed = message && parse(message)
    if (!parsed || parsed.community !== options.community) return null
    if (forced === null) sign.heard()
    const response = respond(sign, parsed, forced)
    return serial ? framed(response, options.unit) : response
  }
  return {
    sign,
    state: sign.state,
    cutter: serial ? serialCutter : datagramCutter,
    answer: (request) => {
      const bytes = reply(request, null)
      return bytes === null ? [] : [bytes]
    },
    greeting: null,
    spoil: (bytes) => {
      const wrong = Uint8Array.from(bytes)
      // On the serial line the checksum, in a datagram the version, which is the first content of the message.
      const at = serial ? wrong.length - 2 : (wrong[1] ?? 0) < 0x80 ? 4 : 4 + ((wrong[1] ?? 0) & 0x7f)
      const flipped = (wrong[at] ?? 0) ^ 1
      wrong[at] = serial && (flipped === 0x7e || flipped === 0x7d) ? (wrong[at] ?? 0) ^ 4 : flipped
      return wrong
    },
    refuse: reply,
    powerCycle: () => sign.outage(1),
    lie: sign.lie,
  }
}

const datagramCutter = () => {
  let held: number[] = []
  return (chunk: Uint8Array): readonly Uint8Array[] => {
    const found: Uint8Array[] = []
    held.push(...chunk)
    while (held.length >= 2) {
      const size = sizeOf(held)
      if (held[0] !== 0x30 || size > MOST) held.shift()
      else if (held.length < size) break
      else found.push(Uint8Array.from(held.splice(0, size)))
    }
    held = held.slice(-MOST)
    return found
  }
}
/** Bytes of the element that begins here, as far as its length is known. */
const sizeOf = (bytes: ArrayLike<number>): number => {
  const first = bytes[1] ?? 0
  if (first < 0x80) return 2 + first
  if (first === 0x81) return 3 + (bytes[2] ?? 0)
  return first === 0x82 ? 4 + (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0) : MOST + 1
}

const serialCutter = () => {
  let held: number[] = []
  return (chunk: Uint8Array): readonly Uint8Array[] => {
    const found: Uint8Array[] = []
    for (const byte of chunk) {
      if (byte === 0x7e) {
        if (held.length > 1) found.push(Uint8Array.from([...held, 0x7e]))
        held = [0x7e]
      } else if (held.length > 0 && held.length < MOST) held.push(byte)
    }
    return found
  }
}

const fcs = (bytes: readonly number[]): readonly number[] => {
  let register = 0xffff
  for (const byte of bytes)
    for (let bit = 0; bit < 8; bit++)
      register = ((register ^ (byte >> bit)) & 1) === 1 ? (register >> 1) ^ 0x8408 : register >> 1
  return [~register & 0xff, (~register >> 8) & 0xff]
}
const addressOctets = (unit: number): readonly number[] =>
  unit <= 63 ? [unit * 4 + 1] : [(unit % 64) * 4, Math.floor(unit / 64) * 2 + 1]

/** The SNMP message in a frame for this unit; null for everything else. */
const opened = (frame: Uint8Array, unit: number): Uint8Array | null => {
  const plain: number[] = []
  const inside = frame.slice(1, -1)
  for (let i = 0; i < inside.length; i++) {
    if (inside[i] === 0x7d) i += 1
    plain.push(inside[i - 1] === 0x7d ? (inside[i] ?? 0) ^ 0x20 : (inside[i] ?? 0))
  }
  const body = plain.slice(0, -2)
  const head = [...addressOctets(unit), 0x13, 0xc1]
  if (fcs(body).join() !== plain.slice(-2).join() || head.some((byte, i) => body[i] !== byte)) return null
  return Uint8Array.from(body.slice(head.length))
}
const framed = (message: Uint8Array, unit: number): Uint8Array => {
  const body = [...addressOctets(unit), 0x13, 0xc1, ...message]
  const escaped = [...body, ...fcs(body)].flatMap((byte) =>
    byte === 0x7e || byte === 0x7d ? [0x7d, byte ^ 0x20] : byte,
  )
  return Uint8Array.from([0x7e, ...escaped, 0x7e])
}

type Element = { readonly tag: number; readonly content: Uint8Array }
type Parsed = {
  readonly community: string
  readonly pdu: number
  readonly id: Element
  readonly bindings: readonly { readonly oid: Uint8Array; readonly name: string; readonly value: Element }[]
}

/** The elements that follow each other in here; null when they do not fill it. */
const elements = (bytes: Uint8Array): readonly Element[] | null => {
  const found: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const rest = bytes.subarray(at)
    const size = sizeOf(rest)
    if (rest.length < 2 || size > rest.length) return null
    const head = (rest[1] ?? 0) < 0x80 ? 2 : 2 + ((rest[1] ?? 0) & 0x7f)
    found.push({ tag: rest[0] ?? 0, content: rest.slice(head, size) })
    at += size
  }
  return found
}

const parse = (message: Uint8Array): Parsed | null => {
  const outer = elements(message)
  const [version, community, pdu] = (outer?.length === 1 && outer[0]?.tag === 0x30 && elements(outer[0].content)) || []
  if (version?.tag !== 2 || version.content.join() !== '0' || community?.tag !== 4 || pdu === undefined) return null
  const [id, , , list] = elements(pdu.content) ?? []
  const rows = list && elements(list.content)
  if (id === undefined || !rows) return null
  const bindings = rows.flatMap((row) => {
    const [name, value] = elements(row.content) ?? []
    return name?.tag === 6 && value ? [{ oid: name.content, name: dotted(name.content), value }] : []
  })
  if (bindings.length !== rows.length) return null
  return { community: String.fromCharCode(...community.content), pdu: pdu.tag, id, bindings }
}

const dotted = (content: Uint8Array): string => {
  const arcs: number[] = []
  let arc = 0
  for (const octet of content) {
    arc = arc * 128 + (octet % 128)
    if (octet >= 128) continue
    arcs.push(arc)
    arc = 0
  }
  const first = arcs.shift() ?? 0
  return [Math.floor(first / 40), first % 40, ...arcs].join('.')
}

const element = (tag: number, ...content: (Uint8Array | readonly number[])[]): Uint8Array => {
  const body = content.flatMap((piece) => [...piece])
  const size = body.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size % 256]
  return Uint8Array.from([tag, ...length, ...body])
}

/** One byte as long as it says the same, as agents do. */
const numberElement = (value: number): Uint8Array => {
  const view = new DataView(new ArrayBuffer(4))
  view.setInt32(0, value)
  let octets = [...new Uint8Array(view.buffer)]
  const idle = () => (octets[0] === 0 && (octets[1] ?? 0) < 128) || (octets[0] === 255 && (octets[1] ?? 0) >= 128)
  while (octets.length > 1 && idle()) octets = octets.slice(1)
  return element(2, octets)
}
const valueElement = (value: SignValue): Uint8Array => {
  if (value.type === 'integer') return numberElement(value.value)
  return value.type === 'octets' ? element(4, value.value) : element(0x40, value.value.split('.').map(Number))
}
const signValue = ({ tag, content }: Element): SignValue | null => {
  if (tag === 4) return { type: 'octets', value: content }
  if (tag !== 2 || content.length < 1 || content.length > 5) return null
  return { type: 'integer', value: content.reduce((sum, octet) => sum * 256 + octet, (content[0] ?? 0) > 127 ? -1 : 0) }
}

/** RFC 1157: all or nothing; an error names the first object at fault and gives the request back. */
const respond = (sign: Sign, { community, pdu, id, bindings }: Parsed, forced: number | null): Uint8Array => {
  const message = (status: number, index: number, list: readonly Uint8Array[]) =>
    element(
      0x30,
      element(2, [0]),
      element(
        4,
        [...community].map((one) => one.charCodeAt(0)),
      ),
      element(0xa2, element(2, id.content), numberElement(status), numberElement(index), element(0x30, ...list)),
    )
  const echo = bindings.map(({ oid, value }) => element(0x30, element(6, oid), element(value.tag, value.content)))
  if (forced !== null) return message(forced, 1, echo)
  if (pdu === 0xa0) {
    const values = bindings.map(({ name }) => sign.get(name))
    const missing = values.indexOf(undefined)
    if (missing >= 0) return message(STATUS.noSuchName, missing + 1, echo)
    const list = values.flatMap((value, i) => {
      const oid = bindings[i]?.oid
      return value && oid ? [element(0x30, element(6, oid), valueElement(value))] : []
    })
    return message(0, 0, list)
  }
  if (pdu !== 0xa3) return message(STATUS.genErr, 1, echo)
  const wanted = bindings.map(({ name, value }) => ({ name, value: signValue(value) }))
  for (const [i, { name, value }] of wanted.entries()) {
    const status = value === null ? STATUS.badValue : sign.test(name, value)
    if (status !== STATUS.noError) return message(status, i + 1, echo)
  }
  for (const { name, value } of wanted) if (value !== null) sign.commit(name, value)
  return message(0, 0, echo)
}
