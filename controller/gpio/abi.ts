/**
 * The kernel’s GPIO character device, second version of its interface (Linux 5.10 and later; `include/uapi/linux/gpio.h`), as byte
 * offsets. The layouts are the same on 32 and 64 bit, all fields little-endian on every machine we run on.
 * `abi.test.ts` holds the numbers a C compiler gives for the same header.
 */
export const NAME_BYTES = 32
export const CHIP_INFO = { size: 68, name: 0, label: 32, lines: 64 } as const
export const LINE_INFO = { size: 256, name: 0, consumer: 32, offset: 64, attributeCount: 68, flags: 72 } as const
/** `gpio_v2_line_config`, where it stands inside of a request. `attributes` is the first of ten, each of 24 bytes. */
export const LINE_CONFIG = { size: 272, flags: 0, attributeCount: 8, attributes: 32 } as const
export const CONFIG_ATTRIBUTE = { size: 24, id: 0, value: 8, mask: 16 } as const
export const LINE_REQUEST = {
  size: 592,
  offsets: 0,
  consumer: 256,
  config: 288,
  lineCount: 560,
  eventBuffer: 564,
  fd: 588,
} as const
export const LINE_VALUES = { size: 16, bits: 0, mask: 8 } as const
export const LINE_EVENT = { size: 48, timestamp: 0, id: 8, offset: 12, sequence: 16, lineSequence: 20 } as const

/** `gpio_v2_line_flag`. */
export const FLAG = {
  used: 1n << 0n,
  activeLow: 1n << 1n,
  input: 1n << 2n,
  output: 1n << 3n,
  edgeRising: 1n << 4n,
  edgeFalling: 1n << 5n,
  pullUp: 1n << 8n,
  pullDown: 1n << 9n,
  noBias: 1n << 10n,
} as const

const ATTRIBUTE_OUTPUT_VALUES = 2
const ATTRIBUTE_DEBOUNCE = 3
const EVENT_RISING = 1

const READ = 2
const WRITE = 1
/** The kernel’s `_IOC`: direction, size of the structure, type 0xB4, number. */
const command = (direction: number, number: number, size: number): number =>
  ((direction << 30) | (size << 16) | (0xb4 << 8) | number) >>> 0

export const IOCTL = {
  chipInfo: command(READ, 0x01, CHIP_INFO.size),
  lineInfo: command(READ | WRITE, 0x05, LINE_INFO.size),
  requestLine: command(READ | WRITE, 0x07, LINE_REQUEST.size),
  getValues: command(READ | WRITE, 0x0e, LINE_VALUES.size),
  setValues: command(READ | WRITE, 0x0f, LINE_VALUES.size),
} as const

/** A name of the kernel: bytes up to the first zero. */
const nameAt = (bytes: Buffer, at: number): string => {
  const end = bytes.indexOf(0, at)
  return bytes.toString('utf8', at, end < 0 || end > at + NAME_BYTES ? at + NAME_BYTES : end)
}

export type ChipInfo = { readonly name: string; readonly label: string; readonly lines: number }
export const decodeChipInfo = (bytes: Buffer): ChipInfo => ({
  name: nameAt(bytes, CHIP_INFO.name),
  label: nameAt(bytes, CHIP_INFO.label),
  lines: bytes.readUInt32LE(CHIP_INFO.lines),
})

export type LineInfo = {
  readonly offset: number
  readonly name: string
  readonly used: boolean
  readonly consumer: string
}
export const encodeLineInfo = (offset: number): Buffer => {
  const bytes = Buffer.alloc(LINE_INFO.size)
  bytes.writeUInt32LE(offset, LINE_INFO.offset)
  return bytes
}
export const decodeLineInfo = (bytes: Buffer): LineInfo => ({
  offset: bytes.readUInt32LE(LINE_INFO.offset),
  name: nameAt(bytes, LINE_INFO.name),
  consumer: nameAt(bytes, LINE_INFO.consumer),
  used: (bytes.readBigUInt64LE(LINE_INFO.flags) & FLAG.used) !== 0n,
})

/** A request for one line. `initial` is for outputs, `debounceMs` and `eventBuffer` for inputs; null or 0 leaves them out. */
export type LineRequest = {
  readonly offset: number
  /** Shown by the kernel as the line’s owner; cut to 31 bytes. */
  readonly consumer: string
  readonly flags: bigint
  readonly initial: boolean | null
  readonly debounceMs: number
  /** Events the kernel should keep for us, at least. */
  readonly eventBuffer: number
}
export const encodeLineRequest = (request: LineRequest): Buffer => {
  const bytes = Buffer.alloc(LINE_REQUEST.size)
  bytes.writeUInt32LE(request.offset, LINE_REQUEST.offsets)
  bytes.write(request.consumer, LINE_REQUEST.consumer, NAME_BYTES - 1, 'utf8')
  const config = LINE_REQUEST.config
  bytes.writeBigUInt64LE(request.flags, config + LINE_CONFIG.flags)
  const attributes: (readonly [id: number, value: bigint])[] = []
  if (request.initial !== null) attributes.push([ATTRIBUTE_OUTPUT_VALUES, request.initial ? 1n : 0n])
  if (request.debounceMs > 0) attributes.push([ATTRIBUTE_DEBOUNCE, BigInt(request.debounceMs) * 1000n])
  attributes.forEach(([id, value], index) => {
    const at = config + LINE_CONFIG.attributes + index * CONFIG_ATTRIBUTE.size
    bytes.writeUInt32LE(id, at + CONFIG_ATTRIBUTE.id)
    bytes.writeBigUInt64LE(value, at + CONFIG_ATTRIBUTE.value)
    // One line per request, so the line each attribute is for is the first.
    bytes.writeBigUInt64LE(1n, at + CONFIG_ATTRIBUTE.mask)
  })
  bytes.writeUInt32LE(attributes.length, config + LINE_CONFIG.attributeCount)
  bytes.writeUInt32LE(1, LINE_REQUEST.lineCount)
  bytes.writeUInt32LE(request.eventBuffer, LINE_REQUEST.eventBuffer)
  return bytes
}
/** The file the kernel made for the line, from the request it filled in. */
export const decodeRequestFd = (bytes: Buffer): number => bytes.readInt32LE(LINE_REQUEST.fd)

/** Value of the one line of a request; for `getValues` the bit is overwritten by the kernel. */
export const encodeValue = (on: boolean): Buffer => {
  const bytes = Buffer.alloc(LINE_VALUES.size)
  bytes.writeBigUInt64LE(on ? 1n : 0n, LINE_VALUES.bits)
  bytes.writeBigUInt64LE(1n, LINE_VALUES.mask)
  return bytes
}
export const decodeValue = (bytes: Buffer): boolean => (bytes.readBigUInt64LE(LINE_VALUES.bits) & 1n) !== 0n

/** `sequence` counts the events of one request from 1; a hole means that the kernel’s buffer ran over. */
export type LineEvent = { readonly nanoseconds: bigint; readonly on: boolean; readonly sequence: number }
/** Whole events only: the kernel never gives parts of one. */
export const decodeEvents = (bytes: Buffer): readonly LineEvent[] =>
  Array.from({ length: Math.floor(bytes.length / LINE_EVENT.size) }, (_, index) => {
    const at = index * LINE_EVENT.size
    return {
      nanoseconds: bytes.readBigUInt64LE(at + LINE_EVENT.timestamp),
      on: bytes.readUInt32LE(at + LINE_EVENT.id) === EVENT_RISING,
      sequence: bytes.readUInt32LE(at + LINE_EVENT.sequence),
    }
  })
