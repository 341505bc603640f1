import type { SimDevice } from './device.ts'
import { type ModbusSimModel, mapOf, type SimBox, type SimMap } from './modbus-models.ts'

export type { ModbusSimModel } from './modbus-models.ts'

export type ModbusSimOptions = {
  readonly model: ModbusSimModel
  /** With checksum on a serial line or through a gateway, or Modbus TCP. */
  readonly framing: 'rtu' | 'tcp'
  readonly unit: number
  /** Milliseconds of any clock that does not step; pulses end by it. */
  readonly now: () => number
}

export type ModbusSim = SimDevice & {
  readonly state: () => {
    readonly unit: number
    readonly relays: readonly boolean[]
    readonly inputs: readonly boolean[]
    /** Questions for this device that it heard. */
    readonly heard: number
  }
  readonly setInput: (index: number, closed: boolean) => void
  readonly setRelay: (index: number, on: boolean) => void
  readonly feel: (what: Partial<Pick<SimBox, 'celsius' | 'humidity' | 'lux' | 'broken' | 'smoke' | 'service'>>) => void
  /** The next so many questions are answered with exception 06. */
  readonly busy: (times: number) => void
  /** Says nothing any more, until it is called with false. */
  readonly die: (dead: boolean) => void
}

const RELAYS: Partial<Record<ModbusSimModel, number>> = { r4: 4, 'ug-3': 1 }
/** Longest request of either framing. */
const MOST = 260

/** CRC-16/MODBUS by table, so that an error in the other one does not hide here. */
const TABLE: readonly number[] = Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value % 2 === 1 ? Math.floor(value / 2) ^ 0xa001 : Math.floor(value / 2)
  return value
})
const checksum = (bytes: readonly number[] | Uint8Array): readonly [low: number, high: number] => {
  let crc = 0xffff
  for (const byte of bytes) crc = (crc >> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0)
  return [crc & 0xff, crc >> 8]
}

/** Unit and everything after it, without checksum and head; what goes around it is kept to wrap the reply. */
type Opened = { readonly body: readonly number[]; readonly wrap: (body: readonly number[]) => Uint8Array }

const open = (framing: 'rtu' | 'tcp', frame: Uint8Array): Opened | null => {
  if (framing === 'tcp') {
    const [hi = 0, lo = 0] = frame
    const wrap = (body: readonly number[]) =>
      Uint8Array.from([hi, lo, 0, 0, body.length >> 8, body.length & 0xff, ...body])
    return frame.length < 8 ? null : { body: [...frame.subarray(6)], wrap }
  }
  const body = [...frame.subarray(0, -2)]
  const [low, high] = checksum(body)
  if (frame.length < 4 || frame.at(-2) !== low || frame.at(-1) !== high) return null
  return { body, wrap: (reply) => Uint8Array.from([...reply, ...checksum(reply)]) }
}

/** How long the request at the beginning of `held` is; 0: too early to say; -1: none begins here. */
const lengthOf = (framing: 'rtu' | 'tcp', held: readonly number[]): number => {
  if (framing === 'tcp') {
    if ((held[2] ?? 0) !== 0 || (held[3] ?? 0) !== 0) return -1
    if (held.length < 6) return 0
    const size = (held[4] ?? 0) * 256 + (held[5] ?? 0) + 6
    return size > MOST || size < 8 ? -1 : size
  }
  if (held.length < 2) return 0
  const code = held[1] ?? 0
  if (code >= 1 && code <= 6) return 8
  if (code !== 15 && code !== 16) return -1
  if (held.length < 7) return 0
  return (held[6] ?? 0) > 246 ? -1 : 9 + (held[6] ?? 0)
}

const createCutter = (framing: 'rtu' | 'tcp') => () => {
  let held: number[] = []
  return (chunk: Uint8Array): readonly Uint8Array[] => {
    const whole: Uint8Array[] = []
    for (const byte of chunk) {
      held.push(byte)
      for (;;) {
        const size = lengthOf(framing, held)
        if (size === 0 || size > held.length) break
        const request = Uint8Array.from(held.slice(0, size))
        const good = size > 0 && open(framing, request) !== null
        if (good) whole.push(request)
        held = held.slice(good ? size : 1)
      }
    }
    return whole
  }
}

const two = (value: number): readonly [number, number] => [value >> 8, value & 0xff]

/** A device on a Modbus line that isn’t there. */
export const createModbusSim = (options: ModbusSimOptions): ModbusSim => {
  const { framing, model } = options
  const box: SimBox = {
    unit: options.unit,
    relays: new Array<boolean>(RELAYS[model] ?? 8).fill(false),
    pulses: new Map(),
    inputs: new Array<boolean>(8).fill(false),
    celsius: 25,
    humidity: 60,
    lux: 800,
    broken: false,
    smoke: false,
    service: false,
    now: options.now,
  }
  const map = mapOf(model, box)
  let lying = false
  let dead = model === 'waveshare-v1'
  let busyTimes = 0
  let heard = 0

  const answer = (request: Uint8Array): readonly Uint8Array[] => {
    const opened = open(framing, request)
    if (opened === null || dead) return []
    const { body, wrap } = opened
    const unit = body[0] ?? 0
    const asksAddress = unit === 0 && map.answersUnitZero && body[1] === 3
    if (unit !== box.unit && unit !== 0) return []
    heard += 1
    const mine = box.unit
    const code = body[1] ?? 0
    if (busyTimes > 0 && unit !== 0) {
      busyTimes -= 1
      return [wrap([mine, code | 0x80, 6])]
    }
    const reply = carryOut(map, body, lying)
    if (unit === 0 && !asksAddress) return []
    return [wrap([mine, ...(typeof reply === 'number' ? [code | 0x80, reply] : [code, ...reply])])]
  }

  return {
    cutter: createCutter(framing),
    answer,
    greeting: null,
    spoil: (reply) => {
      const copy = reply.slice()
      const at = framing === 'tcp' ? 3 : copy.length - 1
      copy[at] = (copy[at] ?? 0) ^ 0x55
      return copy
    },
    refuse: (request, why) => {
      const opened = open(framing, request)
      if (opened === null || (opened.body[0] ?? 0) === 0) return null
      return opened.wrap([opened.body[0] ?? 0, (opened.body[1] ?? 0) | 0x80, why & 0xff])
    },
    powerCycle: () => {
      box.pulses.clear()
      if (model !== 'waveshare-relay-d') box.relays.fill(false)
    },
    lie: (on) => {
      lying = on
    },
    state: () => {
      // Looking at a coil lets the pulses end that are over.
      map.coil(0)
      return { unit: box.unit, relays: [...box.relays], inputs: [...box.inputs], heard }
    },
    setInput: (index, closed) => {
      box.inputs[index] = closed
    },
    setRelay: (index, on) => {
      box.relays[index] = on
    },
    feel: (what) => void Object.assign(box, what),
    busy: (times) => {
      busyTimes = times
    },
    die: (now) => {
      dead = now || model === 'waveshare-v1'
    },
  }
}

/** Carries one request out: the bytes after the function code of the reply, or an exception code. */
const carryOut = (map: SimMap, body: readonly number[], lying: boolean): readonly number[] | number => {
  const [, code = 0] = body
  if (!map.functions.includes(code)) return 1
  const at = (body[2] ?? 0) * 256 + (body[3] ?? 0)
  const count = (body[4] ?? 0) * 256 + (body[5] ?? 0)
  if (code === 1 || code === 2) return readBits(code === 1 ? map.coil : map.input, at, count)
  if (code === 3 || code === 4) return readWords(code === 3 ? map.holding : map.register, at, count)
  // A liar says what an honest device would say, and leaves everything as it is.
  if (lying) return [...two(at), ...two(count)]
  if (code === 5) return map.writeCoil(at, count) ?? [...two(at), ...two(count)]
  if (code === 6) return map.writeWord(at, count) ?? [...two(at), ...two(count)]
  return writeMany(map, body, at, count)
}

const writeMany = (map: SimMap, body: readonly number[], at: number, count: number): readonly number[] | number => {
  const data = body.slice(7)
  const coils = body[1] === 15
  if (count < 1 || data.length !== body[6] || data.length !== (coils ? Math.ceil(count / 8) : count * 2)) return 3
  if (coils && (map.coil(at) === undefined || map.coil(at + count - 1) === undefined)) return 2
  for (let i = 0; i < count; i++) {
    const on = ((data[i >> 3] ?? 0) >> (i % 8)) % 2 === 1
    const wrong = coils
      ? map.writeCoil(at + i, on ? 0xff00 : 0)
      : map.writeWord(at + i, (data[i * 2] ?? 0) * 256 + (data[i * 2 + 1] ?? 0))
    if (wrong !== null) return wrong
  }
  return [...two(at), ...two(count)]
}

const readBits = (read: (at: number) => boolean | undefined, at: number, count: number): readonly number[] | number => {
  if (count < 1 || count > 2000) return 3
  const bytes = new Array<number>(Math.ceil(count / 8)).fill(0)
  for (let i = 0; i < count; i++) {
    const value = read(at + i)
    if (value === undefined) return 2
    if (value) bytes[Math.floor(i / 8)] = (bytes[Math.floor(i / 8)] ?? 0) + 2 ** (i % 8)
  }
  return [bytes.length, ...bytes]
}

const readWords = (read: (at: number) => number | undefined, at: number, count: number): readonly number[] | number => {
  if (count < 1 || count > 125) return 3
  const words: number[] = []
  for (let i = 0; i < count; i++) {
    const value = read(at + i)
    if (value === undefined) return 2
    words.push(...two(value))
  }
  return [words.length, ...words]
}
