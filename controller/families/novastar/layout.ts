import { assert } from '#core/base/result.ts'
import type { FrameFieldSpec, NovastarProfile } from './schema.ts'
import { sizeOfFrameField } from './size.ts'

export type Side = 'request' | 'reply'
export type Direction = 'read' | 'write'

/** A frame as meaning. `address` is always seen from the request: in a reply the swapped fields are swapped back. */
export type Frame = {
  readonly side: Side
  readonly ack: number
  /** 0 to 255; echoed by the device. */
  readonly sequence: number
  readonly direction: Direction
  readonly address: Readonly<Record<string, number>>
  readonly register: number
  /** What the length field says; the size of `data` only where the layout puts data. */
  readonly length: number
  readonly data: Uint8Array
}

type Placed<K extends FrameFieldSpec['kind']> = Extract<FrameFieldSpec, { kind: K }> & {
  readonly at: number
  readonly size: number
}
export type PlacedField = { [K in FrameFieldSpec['kind']]: Placed<K> }[FrameFieldSpec['kind']]

/**
 * A frame layout with every offset worked out once. Fields after the data have offsets counted from the end of the
 * data.
 */
export type Layout = {
  readonly fields: readonly PlacedField[]
  readonly markers: Readonly<Record<Side, Uint8Array>>
  /** Bytes before the data. */
  readonly headSize: number
  /** Bytes after the data. */
  readonly tailSize: number
  /** Largest whole frame in bytes: the bound of every buffer that holds one. */
  readonly maxFrame: number
  readonly maxData: number
  readonly dataIn: ReadonlySet<string>
  readonly errorReplyData: NovastarProfile['frame']['errorReplyData']
  readonly length: Placed<'length'>
  readonly direction: Placed<'direction'>
  readonly ack: Placed<'ack'>
  readonly checksum: Placed<'checksum'>
}

/** Hex text with single spaces, already checked by the schema. */
export const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.split(' '), (digits) => Number.parseInt(digits, 16))

/** Works out the offsets. The layout has passed the linter (`rules.ts`); a broken one is our bug and throws. */
export const compileLayout = (frame: NovastarProfile['frame']): Layout => {
  const dataAt = frame.fields.findIndex((f) => f.kind === 'data')
  assert(dataAt > 0, 'a layout has a data field')
  const fields: PlacedField[] = []
  let at = 0
  let headSize = 0
  for (const [index, field] of frame.fields.entries()) {
    const size = sizeOfFrameField(field)
    if (index === dataAt) headSize = at
    fields.push({ ...field, at: index > dataAt ? at - headSize : at, size })
    at += size
  }
  const find = <K extends PlacedField['kind']>(kind: K): Placed<K> => {
    const found = fields.find((f): f is Extract<PlacedField, { kind: K }> => f.kind === kind)
    assert(found, `a layout has a ${kind} field`)
    return found as Placed<K>
  }
  const marker = find('marker')
  return {
    fields,
    markers: { request: bytesOf(marker.request), reply: bytesOf(marker.reply) },
    headSize,
    tailSize: at - headSize,
    maxFrame: at + frame.maxDataBytes,
    maxData: frame.maxDataBytes,
    dataIn: new Set(frame.dataIn),
    errorReplyData: frame.errorReplyData,
    length: find('length'),
    direction: find('direction'),
    ack: find('ack'),
    checksum: find('checksum'),
  }
}

/** Reads an unsigned number of 1 to 4 bytes. */
export const readNumber = (bytes: Uint8Array, at: number, shape: { bytes: number; order: 'le' | 'be' }): number => {
  let value = 0
  for (let i = 0; i < shape.bytes; i++) {
    const offset = shape.order === 'be' ? i : shape.bytes - 1 - i
    value = value * 256 + (bytes[at + offset] ?? 0)
  }
  return value
}

/** Writes an unsigned number of 1 to 4 bytes; it must fit. */
export const writeNumber = (
  bytes: Uint8Array,
  at: number,
  shape: { bytes: number; order: 'le' | 'be'; value: number },
): void => {
  assert(
    Number.isInteger(shape.value) && shape.value >= 0 && shape.value < 256 ** shape.bytes,
    `${shape.value} does not fit`,
  )
  let rest = shape.value
  for (let i = 0; i < shape.bytes; i++) {
    bytes[at + (shape.order === 'le' ? i : shape.bytes - 1 - i)] = rest % 256
    rest = Math.floor(rest / 256)
  }
}
