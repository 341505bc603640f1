import type { SimDevice } from './device.ts'

/**
 * A BX-5K or BX-6K text card that isn't there, written from the facts by hand: it shares no line with the dialect. It is strict where the
 * facts are, and takes both styles of the two bytes after the response flag, as the cards do.
 */
export type OnbonSimOptions = {
  /** Screen number it answers to. */
  readonly screen: number
  /** Its own device type byte, e.g. 0x51. A request for any (FE) or this type is taken. */
  readonly deviceType: number
  /** Milliseconds since 1970, UTC; the card adds nothing to it. Drives its clock and the time-outs of areas. */
  readonly now: () => number
  /** Programs stored in the card by the maker's tool, e.g. `P000`. They survive a power cut. */
  readonly programs: readonly string[]
}

export type OnbonArea = {
  readonly id: number
  readonly widthPixels: number
  readonly heightPixels: number
  readonly runMode: number
  readonly timeoutSeconds: number
  /** As sent, card commands included. */
  readonly text: Uint8Array
  readonly since: number
}

export type OnbonState = {
  readonly on: boolean
  /** 0 to 15. */
  readonly brightness: number
  /** What its clock shows, ms, as if it were UTC. */
  readonly clock: number
  readonly areas: readonly OnbonArea[]
  readonly programs: readonly string[]
  /** Is anything lit: on, and an area or a program there. */
  readonly showing: 'dark' | 'areas' | 'programs' | 'nothing'
}

export type OnbonSim = SimDevice & {
  readonly state: () => OnbonState
  /** The next so many requests are answered with error 3. */
  readonly busy: (requests: number) => void
}

const BUFFER = 1024
const ERROR = { group: 1, command: 2, busy: 3, memory: 4, checksum: 5, firmware: 13, time: 14 } as const

type Kept = {
  on: boolean
  brightness: number
  clockOffset: number
  areas: Map<number, OnbonArea>
  programs: readonly string[]
  busy: number
  lying: boolean
}

const crcOf = (bytes: readonly number[]): number => {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  }
  return crc
}

/** Body without checksum → frame. `spoiled`: the checksum is off by one bit. */
const framed = (body: readonly number[], spoiled: boolean): Uint8Array => {
  const crc = crcOf(body) ^ (spoiled ? 0x0100 : 0)
  const out: number[] = Array.from({ length: 8 }, () => 0xa5)
  for (const byte of [...body, crc & 255, crc >> 8]) {
    if (byte === 0xa5) out.push(0xa6, 0x02)
    else if (byte === 0xa6) out.push(0xa6, 0x01)
    else if (byte === 0x5a) out.push(0x5b, 0x02)
    else if (byte === 0x5b) out.push(0x5b, 0x01)
    else out.push(byte)
  }
  return Uint8Array.from([...out, 0x5a])
}

/** Frame → body with its checksum; null when an escape is broken. */
const unframed = (frame: Uint8Array): readonly number[] | null => {
  const out: number[] = []
  for (let at = 8; at < frame.length - 1; at++) {
    const byte = frame[at] ?? 0
    if (byte !== 0xa6 && byte !== 0x5b) {
      out.push(byte)
      continue
    }
    const which = frame[++at]
    if (which === 0x01) out.push(byte)
    else if (which === 0x02) out.push(byte - 1)
    else return null
  }
  return out
}

const bcd = (value: number): number => Math.floor(value / 10) * 16 + (value % 10)
const unbcd = (byte: number): number => (byte >> 4 > 9 || (byte & 15) > 9 ? Number.NaN : (byte >> 4) * 10 + (byte & 15))

/** Collects A5 × 8, then everything to 5A; longer than the buffer is thrown away. */
const createCutter = () => {
  let held: number[] = []
  return (chunk: Uint8Array): readonly Uint8Array[] => {
    const out: Uint8Array[] = []
    for (const byte of chunk) {
      if (byte === 0xa5) {
        // A start byte never stands inside a body, so it always begins anew.
        const onlyStart = held.every((one) => one === 0xa5)
        held = onlyStart ? Array.from({ length: Math.min(8, held.length + 1) }, () => 0xa5) : [0xa5]
      } else if (held.length < 8) {
        held = []
      } else {
        held.push(byte)
        if (byte === 0x5a) {
          out.push(Uint8Array.from(held))
          held = []
        } else if (held.length >= BUFFER) held = []
      }
    }
    return out
  }
}

export const createOnbonSim = (options: OnbonSimOptions): OnbonSim => {
  const kept: Kept = {
    on: true,
    brightness: 15,
    clockOffset: 0,
    areas: new Map(),
    programs: options.programs,
    busy: 0,
    lying: false,
  }
  const reply = (body: readonly number[], positive: boolean, rest: readonly number[]): Uint8Array => {
    const data = [0xa0, positive ? 0x00 : 0x01, ...rest]
    const head = [body[2] ?? 0, body[3] ?? 0, options.screen & 255, options.screen >> 8, 0, 0, 0, 0, 0, 0, 0xfe, 0x02]
    return framed([...head, data.length & 255, data.length >> 8, ...data], false)
  }
  const expire = () => {
    for (const area of kept.areas.values())
      if (area.runMode === 2 && options.now() - area.since > area.timeoutSeconds * 1000) kept.areas.delete(area.id)
  }
  const answer = (request: Uint8Array): readonly Uint8Array[] => {
    const whole = unframed(request)
    if (whole === null || whole.length < 21 || whole.length > BUFFER) return []
    const body = whole.slice(0, -2)
    const size = (body[12] ?? 0) + (body[13] ?? 0) * 256
    if (body.length !== 14 + size || size < 5) return []
    const destination = (body[0] ?? 0) + (body[1] ?? 0) * 256
    const everyone = destination === 0xffff || destination === 0xfffe
    if (!everyone && destination !== options.screen) return []
    const silent = everyone || body[16] === 0x02
    const refuse = (error: number) => (silent ? [] : [reply(body, false, [error, 0, 0])])
    if (!checked(body, whole)) return refuse(ERROR.checksum)
    if (!headFits(body)) return []
    if (body[10] !== 0xfe && body[10] !== options.deviceType) return refuse(ERROR.firmware)
    if (kept.busy > 0) {
      kept.busy--
      return refuse(ERROR.busy)
    }
    expire()
    const done = carryOut(kept, options, body)
    if (typeof done === 'number') return refuse(done)
    return silent ? [] : [reply(body, true, [0, 0, 0, ...done])]
  }
  return {
    cutter: createCutter,
    answer,
    greeting: null,
    spoil: (frame) => framed((unframed(frame) ?? []).slice(0, -2), true),
    refuse: (request, code) => {
      const whole = unframed(request)
      return whole === null ? null : reply(whole, false, [code & 255, 0, 0])
    },
    powerCycle: () => {
      kept.areas.clear()
      kept.busy = 0
    },
    lie: (on) => {
      kept.lying = on
    },
    busy: (requests) => {
      kept.busy = requests
    },
    state: () => {
      expire()
      const lit = kept.areas.size > 0 ? 'areas' : kept.programs.length > 0 ? 'programs' : 'nothing'
      return {
        on: kept.on,
        brightness: kept.brightness,
        clock: options.now() + kept.clockOffset,
        areas: [...kept.areas.values()],
        programs: kept.programs,
        showing: kept.on ? lit : 'dark',
      }
    },
  }
}

/** Check mode 00: CRC, or FFFF for “not checked”; 01: sum of the bytes; 02: nothing. */
const checked = (body: readonly number[], whole: readonly number[]): boolean => {
  const given = (whole.at(-2) ?? 0) + (whole.at(-1) ?? 0) * 256
  const mode = body[8]
  if (given === 0xffff || mode === 0x02) return true
  if (mode === 0x01) return given === body.reduce((sum, byte) => (sum + byte) % 65536, 0)
  return mode === 0x00 && given === crcOf(body)
}

/** The two bytes after the response flag: 00 00, the length of the payload, or (A3 06) a process mode of 0 or 1. */
const headFits = (body: readonly number[]): boolean => {
  const two = (body[17] ?? 0) + (body[18] ?? 0) * 256
  const flag = body[16]
  const processMode = body[14] === 0xa3 && body[15] === 0x06 && two === 1
  return (flag === 0x01 || flag === 0x02) && (two === 0 || two === body.length - 19 || processMode)
}

/** Payload of the positive reply, or an error number. */
const carryOut = (kept: Kept, options: OnbonSimOptions, body: readonly number[]): readonly number[] | number => {
  const payload = body.slice(19)
  const group = body[14] ?? 0
  const act = kept.lying ? { ...kept, areas: new Map(kept.areas) } : kept
  switch (group * 256 + (body[15] ?? 0)) {
    case 0xa200:
      return payload.length === 0 ? [] : ERROR.command
    case 0xa201:
      // What the maker says of a reset: every file but the firmware is erased.
      act.programs = []
      act.areas.clear()
      return []
    case 0xa203:
      return setClock(act, options, payload)
    case 0xa102:
      return status(kept, options)
    case 0xa300:
      if (payload.length !== 1 || (payload[0] !== 1 && payload[0] !== 2)) return ERROR.command
      act.on = payload[0] === 1
      return []
    case 0xa302:
      if (payload[0] !== 1 || (payload.length !== 2 && payload.length !== 50) || (payload[1] ?? 99) > 15)
        return ERROR.command
      act.brightness = payload[1] ?? 15
      return []
    case 0xa308:
      return payload.length === 0 ? [] : ERROR.command
    case 0xa310:
      act.areas.clear()
      return []
    case 0xa306:
      return areas(act, options, payload)
    default:
      return group >= 0xa1 && group <= 0xa4 ? ERROR.command : ERROR.group
  }
}

const setClock = (kept: Kept, options: OnbonSimOptions, payload: readonly number[]): readonly number[] | number => {
  if (payload.length !== 8) return ERROR.time
  const [low = 0, high = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, week = 0] = payload.map(unbcd)
  const at = Date.UTC(high * 100 + low, month - 1, day, hour, minute, second)
  const same = new Date(at)
  const right = same.getUTCMonth() === month - 1 && same.getUTCDate() === day && hour < 24 && minute < 60 && second < 60
  if (!right || week !== (same.getUTCDay() === 0 ? 7 : same.getUTCDay())) return ERROR.time
  kept.clockOffset = at - options.now()
  return []
}

/** As the sample programs of the maker's SDK read it: year first, then second, hour, minute. */
const status = (kept: Kept, options: OnbonSimOptions): readonly number[] => {
  const clock = new Date(options.now() + kept.clockOffset)
  const year = clock.getUTCFullYear()
  const name = kept.programs[0] ?? '\0\0\0\0'
  return [
    kept.on ? 1 : 2,
    kept.brightness,
    bcd(Math.floor(year / 100)),
    bcd(year % 100),
    bcd(clock.getUTCMonth() + 1),
    bcd(clock.getUTCDate()),
    bcd(clock.getUTCSeconds()),
    bcd(clock.getUTCHours()),
    bcd(clock.getUTCMinutes()),
    clock.getUTCDay() === 0 ? 7 : clock.getUTCDay(),
    kept.programs.length,
    ...Array.from({ length: 4 }, (_, i) => name.charCodeAt(i) || 0),
    0,
    0,
    kept.areas.size,
    ...kept.areas.keys(),
  ]
}

/** A3 06: areas to delete (FF: all), then areas to show. Nothing changes unless all of it is right. */
const areas = (kept: Kept, options: OnbonSimOptions, payload: readonly number[]): readonly number[] | number => {
  const deletions = payload[0] ?? 0
  const ids = deletions === 0xff ? [...kept.areas.keys()] : payload.slice(1, 1 + deletions)
  let at = 1 + (deletions === 0xff ? 0 : deletions)
  const count = payload[at++]
  if (count === undefined) return ERROR.command
  const shown: OnbonArea[] = []
  for (let i = 0; i < count; i++) {
    const size = (payload[at] ?? 0) + (payload[at + 1] ?? 0) * 256
    const area = areaOf(payload.slice(at + 2, at + 2 + size), options)
    if (area === null) return ERROR.memory
    shown.push(area)
    at += 2 + size
  }
  if (at !== payload.length) return ERROR.memory
  for (const id of ids) kept.areas.delete(id)
  for (const area of shown) kept.areas.set(area.id, area)
  return []
}

const areaOf = (bytes: readonly number[], options: OnbonSimOptions): OnbonArea | null => {
  const two = (at: number) => (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256
  const across = (at: number) => (two(at) >= 0x8000 ? two(at) - 0x8000 : two(at) * 8)
  const length = two(23) + two(25) * 65536
  const [runMode = 9, single = 0, newLine = 0, display = 0] = [bytes[11], bytes[17], bytes[18], bytes[19]]
  const right =
    bytes.length === 27 + length &&
    bytes[0] === 0 &&
    across(5) > 0 &&
    two(7) > 0 &&
    runMode <= 5 &&
    bytes[15] === 0 &&
    (single === 1 || single === 2) &&
    (newLine === 1 || newLine === 2) &&
    display >= 1 &&
    display <= 6 &&
    (bytes[21] ?? 99) <= 0x18
  if (!right) return null
  return {
    id: bytes[9] ?? 0,
    widthPixels: across(5),
    heightPixels: two(7),
    runMode,
    timeoutSeconds: two(12),
    text: Uint8Array.from(bytes.slice(27)),
    since: options.now(),
  }
}
