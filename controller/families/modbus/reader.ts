import type { FrameReader, FrameReading, Side } from '../../dialect/dialect.ts'
import { crcRight, isFunction, MOST_RTU, MOST_TCP, word } from './frame.ts'
import type { ModbusProfile } from './schema.ts'

const NOISE: FrameReading = { is: 'noise' }
const UNFINISHED: FrameReading = { is: 'unfinished' }

/** Finds frames; the profile’s own requests are known, so that their echo on a two-wire adapter is cut off whole and not taken apart. */
export const modbusReader = (profile: ModbusProfile, side: Side): FrameReader =>
  profile.framing === 'tcp' ? tcpReader(side) : rtuReader(side, echoesOf(profile))

/** Modbus TCP says its length; only what its head allows is a frame. */
const tcpReader = (side: Side): FrameReader => ({
  maxFrame: MOST_TCP,
  read: (bytes, start) => {
    const frame = bytes.subarray(start, start + MOST_TCP)
    if ((frame[2] ?? 0) !== 0 || (frame[3] ?? 0) !== 0) return NOISE
    if (frame.length < 6) return UNFINISHED
    const size = word(frame, 4) + 6
    if (size < 9 || size > MOST_TCP) return NOISE
    const code = frame[7]
    if (code !== undefined && !isFunction(code) && !(side === 'reply' && code > 0x80 && isFunction(code & 0x7f)))
      return NOISE
    return frame.length < size ? UNFINISHED : { is: 'frame', size }
  },
})

/** Byte count of a reply or of a multiple write: at most what 2000 coils or 125 registers take, whole registers for words. */
const countFits = (code: number, count: number): boolean =>
  count >= 1 && count <= 250 && ((code !== 3 && code !== 4 && code !== 16) || count % 2 === 0)

/**
 * RTU has no length field and, in a stream, no silence to see: the size follows from side, function code and byte count. `unfinished` while
 * the byte that tells is not there yet.
 */
const sizeOf = (side: Side, frame: Uint8Array): number | 'unfinished' | 'noise' => {
  const [, code, count] = frame
  if (code === undefined) return 'unfinished'
  if (side === 'reply' && code > 0x80) return isFunction(code & 0x7f) ? 5 : 'noise'
  if (!isFunction(code)) return 'noise'
  if (code === 5 || code === 6) return 8
  if (side === 'request') {
    if (code < 5) return 8
    const bytes = frame[6]
    if (bytes === undefined) return 'unfinished'
    const expected = code === 15 ? Math.ceil(word(frame, 4) / 8) : word(frame, 4) * 2
    return countFits(code, bytes) && bytes === expected ? 9 + bytes : 'noise'
  }
  if (code > 6) return 8
  if (count === undefined) return 'unfinished'
  return countFits(code, count) ? 5 + count : 'noise'
}

const rtuReader = (side: Side, echoes: readonly Echo[]): FrameReader => ({
  maxFrame: MOST_RTU,
  read: (bytes, start) => {
    const frame = bytes.subarray(start, start + MOST_RTU)
    const size = sizeOf(side, frame)
    // A whole right reply comes first; where it cannot be one, what looks like our own question is waited for and cut off.
    if (typeof size === 'number' && size <= 8) {
      if (frame.length < size) return UNFINISHED
      if (crcRight(frame.subarray(0, size))) return { is: 'frame', size }
    }
    const echo = side === 'reply' ? echoAt(frame, echoes) : null
    if (echo !== null) {
      if (echo === 'unfinished' || frame.length < echo) return UNFINISHED
      if (crcRight(frame.subarray(0, echo))) return { is: 'frame', size: echo }
    }
    if (typeof size === 'string') return size === 'noise' ? NOISE : UNFINISHED
    if (frame.length < size) return UNFINISHED
    return crcRight(frame.subarray(0, size)) ? { is: 'frame', size } : { is: 'checksum', size }
  },
})

/** What a request of this profile looks like from the second byte on: function, first address and the bytes after it. */
type Echo = {
  readonly code: number
  readonly first: number
  readonly last: number
  readonly count: number
  readonly size: number
}

/** Functions 05 and 06 are not here: their echo is byte for byte the reply. */
const echoesOf = (profile: ModbusProfile): readonly Echo[] =>
  Object.values(profile.commands).flatMap((command) => {
    const code = command.function
    if (code === 5 || code === 6) return []
    const first = Number.parseInt(command.start, 16)
    const last = first + (command.channel === null ? 0 : command.channel.maximum * command.channel.step)
    const data = code === 15 ? 1 + Math.ceil(command.count / 8) : code === 16 ? 1 + command.count * 2 : 0
    return [{ code, first, last, count: command.count, size: 8 + data }]
  })

const echoAt = (frame: Uint8Array, echoes: readonly Echo[]): number | 'unfinished' | null => {
  if (frame.length < 3) return null
  const code = frame[1]
  // A byte count of zero is no reply, so from here on the bytes can only be a question; with more of them it is looked at whole.
  const fits = echoes.find((echo) => {
    if (echo.code !== code) return false
    if (frame.length < 6) return frame[2] !== undefined && inHigh(frame[2], echo)
    if (frame.length > 6 && echo.size > 8 && frame[6] !== echo.size - 9) return false
    const start = word(frame, 2)
    return start >= echo.first && start <= echo.last && word(frame, 4) === echo.count
  })
  if (fits === undefined) return null
  return frame.length < 6 ? 'unfinished' : fits.size
}

const inHigh = (high: number, echo: Echo): boolean => high >= echo.first >> 8 && high <= echo.last >> 8
