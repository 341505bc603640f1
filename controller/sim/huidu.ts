import { createHash } from 'node:crypto'
import type { SimDevice } from './device.ts'
import { runMethod, type SimCard, type SimFile, type SimProgram } from './huidu-methods.ts'
import { kid, parseSimXml } from './huidu-xml.ts'

/**
 * A Huidu full-colour card with SDK2, written from the maker's C# demo and the notes of three independent programs. Honest about what they
 * do not tell: whether a card forgets "dark" at power-off (here: yes), and whether it takes XML between the packets of a file (here: yes).
 */
export type HuiduSimOptions = {
  readonly model: string
  readonly id: string
  readonly screen: { readonly width: number; readonly height: number }
  /** Most bytes of XML in one packet of an answer, 1 to 9204. */
  readonly answerChunk: number
  readonly seed: number
}

export type HuiduSimState = {
  readonly lit: boolean
  readonly brightness: number
  readonly brightnessMode: string
  readonly clock: string
  readonly server: { readonly host: string; readonly port: number }
  readonly files: readonly Omit<SimFile, 'bytes'>[]
  readonly programs: readonly SimProgram[]
  readonly sessions: number
  readonly reboots: number
  /** File types above 2 that someone dared to send. */
  readonly harm: readonly number[]
}

export type HuiduSim = SimDevice & {
  readonly state: () => HuiduSimState
  /** What the card sends by itself to see whether the other side is there. */
  readonly heartbeat: () => Uint8Array
  /** Someone at the site moves the slider, or hands brightness to the sensor. */
  readonly tamper: (change: Partial<Pick<SimCard, 'lit' | 'brightness' | 'brightnessMode'>>) => void
  /** The bytes of a file as stored, whole or not. */
  readonly stored: (name: string) => Uint8Array | undefined
}

const MOST_PACKET = 9216
const MOST_DOCUMENT = 262_144
const PROCESS_ERROR = 2
const INVALID_LENGTH = 7
const INVALID_PARAMETER = 8
const INVALID_DATA = 13
const CONTENT_ERROR = 14
const NOT_FINISHED = 19
const TOO_LONG = 20
const INVALID_INDEX = 21
const PARSE_FAILED = 22

/** What is forgotten when the connection goes. */
type Session = { version: boolean; guid: string | null; file: SimFile | null; xml: Buffer[]; total: number }

export const createHuiduSim = (options: HuiduSimOptions): HuiduSim => {
  const card: SimCard = {
    ...options,
    lit: true,
    brightnessMode: 'default',
    brightness: 100,
    clock: '2017-09-06 08:11:06',
    timezone: '(UTC+08:00)Beijing,Chongqing,HongKong,Urumchi',
    sync: 'none',
    server: { host: '', port: 0 },
    files: new Map(),
    programs: [],
    reboots: 0,
  }
  const harm: number[] = []
  let sessions = 0
  let lying = false
  let session = fresh()
  const guidOf = (text: string) => createHash('md5').update(`${options.seed} ${text}`).digest('hex')

  const xml = (request: Buffer): readonly Buffer[] => {
    const total = request.readUInt32LE(4)
    const index = request.readUInt32LE(8)
    if (total > MOST_DOCUMENT) return [errorPacket(TOO_LONG)]
    if (index === 0) Object.assign(session, { xml: [], total })
    const there = session.xml.reduce((sum, part) => sum + part.length, 0)
    if (index !== there || total !== session.total || there + request.length - 12 > total)
      return [errorPacket(INVALID_INDEX)]
    session.xml.push(request.subarray(12))
    if (there + request.length - 12 < total) return []
    const text = Buffer.concat(session.xml).toString('utf8')
    session.xml = []
    const root = parseSimXml(text)
    const inner = kid(root ?? undefined, 'in')
    const method = inner?.attributes.get('method')
    if (root?.tag !== 'sdk' || !inner || method === undefined) return [errorPacket(PARSE_FAILED)]
    return answerXml(root.attributes.get('guid') ?? '', method, inner)
  }
  const answerXml = (guid: string, method: string, inner: Parameters<typeof runMethod>[2]): readonly Buffer[] => {
    if (method === 'GetIFVersion') {
      session.guid = guidOf(`session ${sessions}`)
      return say(method, { result: 'kSuccess', body: '<version value="1000000"/>' })
    }
    if (session.guid === null || guid !== session.guid) return say(method, { result: 'kInvalidGUID', body: '' })
    const done = runMethod(card, method, inner, lying)
    const packets = say(method, done)
    if (method === 'Reboot' && !lying) session = fresh()
    return packets
  }
  const say = (method: string, { result, body }: { result: string; body: string }): readonly Buffer[] => {
    const text = `<?xml version="1.0" encoding="utf-8"?>\n<sdk guid="${session.guid ?? ''}">\n    <out method="${method}" result="${result}"${body === '' ? '/>' : `>${body}</out>`}\n</sdk>`
    return chunked(Buffer.from(text, 'utf8'), options.answerChunk)
  }
  const fileStart = (request: Buffer): readonly Buffer[] => {
    if (request.length < 49) return [errorPacket(INVALID_LENGTH)]
    const md5 = request.toString('latin1', 4, 36)
    const size = Number(request.readBigInt64LE(37))
    const type = request.readInt16LE(45)
    const name = request.toString('utf8', 47, request.indexOf(0, 47) < 0 ? request.length : request.indexOf(0, 47))
    if (type > 2) harm.push(type)
    if (type > 2 || !/^[0-9a-f]{32}$/.test(md5) || size < 1 || name === '') return [startAnswer(INVALID_PARAMETER, 0)]
    const before = card.files.get(name)
    const file =
      before?.md5 === md5 && before.size === size
        ? before
        : { name, md5, size, type, bytes: new Uint8Array(), whole: false }
    card.files.set(name, file)
    session.file = file
    return [startAnswer(0, file.bytes.length)]
  }
  const fileContent = (request: Buffer): readonly Buffer[] => {
    const { file } = session
    if (!file) return [errorPacket(PROCESS_ERROR)]
    if (file.bytes.length + request.length - 4 > file.size) {
      session.file = null
      return [errorPacket(INVALID_DATA)]
    }
    file.bytes = Buffer.concat([file.bytes, request.subarray(4)])
    return []
  }
  const fileEnd = (): readonly Buffer[] => {
    const { file } = session
    session.file = null
    if (!file) return [errorPacket(PROCESS_ERROR)]
    if (file.bytes.length < file.size) return [endAnswer(NOT_FINISHED)]
    if (createHash('md5').update(file.bytes).digest('hex') !== file.md5) {
      card.files.delete(file.name)
      return [endAnswer(CONTENT_ERROR)]
    }
    file.whole = true
    return [endAnswer(0)]
  }
  const answer = (request: Buffer): readonly Buffer[] => {
    if (request.length < 4 || request.readUInt16LE(0) !== request.length) return [errorPacket(INVALID_LENGTH)]
    const command = request.readUInt16LE(2)
    if (command === 0x2001) {
      if (request.length !== 8) return [errorPacket(INVALID_LENGTH)]
      session.version = true
      return [packet(0x2002, Buffer.from('050000010000', 'hex'))]
    }
    if (command === 0x5f) return request.length === 4 ? [packet(0x60, Buffer.alloc(0))] : [errorPacket(INVALID_LENGTH)]
    if (command === 0x60) return []
    if (!session.version) return [errorPacket(PROCESS_ERROR)]
    if (command === 0x2003) return request.length > 12 ? xml(request) : [errorPacket(INVALID_LENGTH)]
    if (session.guid === null) return [errorPacket(PROCESS_ERROR)]
    if (command === 0x8001) return fileStart(request)
    if (command === 0x8003) return fileContent(request)
    if (command === 0x8005) return fileEnd()
    return [errorPacket(PROCESS_ERROR)]
  }
  return {
    cutter: () => {
      session = fresh()
      sessions += 1
      return requestCutter()
    },
    answer: (request) => answer(Buffer.from(request)),
    greeting: null,
    heartbeat: () => packet(0x5f, Buffer.alloc(0)),
    // There is no checksum: a command word that does not exist is what the wire can show of a spoiled packet.
    spoil: (reply) => {
      const spoilt = Buffer.from(reply)
      if (spoilt.length > 3) spoilt[3] = (spoilt[3] ?? 0) ^ 0x50
      return spoilt
    },
    refuse: (request, code) => (request.length < 4 ? null : errorPacket(code)),
    powerCycle: () => {
      card.lit = true
      session = fresh()
    },
    lie: (on) => {
      lying = on
    },
    tamper: (change) => void Object.assign(card, change),
    stored: (name) => card.files.get(name)?.bytes,
    state: () => ({
      lit: card.lit,
      brightness: card.brightness,
      brightnessMode: card.brightnessMode,
      clock: card.clock,
      server: { ...card.server },
      files: [...card.files.values()].map(({ name, md5, size, type, whole }) => ({ name, md5, size, type, whole })),
      programs: card.programs,
      sessions,
      reboots: card.reboots,
      harm: [...harm],
    }),
  }
}

const fresh = (): Session => ({ version: false, guid: null, file: null, xml: [], total: 0 })

const packet = (command: number, payload: Buffer): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(payload.length + 4, 0)
  head.writeUInt16LE(command, 2)
  return Buffer.concat([head, payload])
}

const sixteen = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
const errorPacket = (code: number): Buffer => packet(0x2000, sixteen(code))
const endAnswer = (status: number): Buffer => packet(0x8006, sixteen(status))
const startAnswer = (status: number, existing: number): Buffer => {
  const bytes = Buffer.alloc(10)
  bytes.writeInt16LE(status, 0)
  bytes.writeBigInt64LE(BigInt(existing), 2)
  return packet(0x8002, bytes)
}

const chunked = (text: Buffer, most: number): readonly Buffer[] => {
  const packets: Buffer[] = []
  for (let at = 0; at < text.length; at += most) {
    const part = text.subarray(at, at + most)
    const head = Buffer.alloc(8)
    head.writeUInt32LE(text.length, 0)
    head.writeUInt32LE(at, 4)
    packets.push(packet(0x2004, Buffer.concat([head, part])))
  }
  return packets
}

/** As in the maker's receiving loop: a length no packet can have throws away what is in the buffer. */
const requestCutter = () => {
  let held = Buffer.alloc(0)
  return (chunk: Uint8Array): readonly Uint8Array[] => {
    held = Buffer.concat([held, chunk])
    const requests: Uint8Array[] = []
    while (held.length >= 2) {
      const size = held.readUInt16LE(0)
      if (size < 4 || size > MOST_PACKET) {
        held = Buffer.alloc(0)
        break
      }
      if (held.length < size) break
      requests.push(held.subarray(0, size))
      held = held.subarray(size)
    }
    return requests
  }
}
