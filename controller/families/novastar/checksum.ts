import { assert } from '#core/base/result.ts'
import type { Layout } from './layout.ts'

/**
 * The checksum of a whole frame, from the bytes the layout says it covers. `dataSize` is the number of data bytes in
 * it.
 */
export const checksumOf = (layout: Layout, bytes: Uint8Array, dataSize: number): number => {
  const { checksum } = layout
  const from = edge(layout, checksum.from, dataSize).start
  const to = edge(layout, checksum.to, dataSize).end
  let sum = Number.parseInt(checksum.initial, 16)
  for (let i = from; i < to; i++) sum += bytes[i] ?? 0
  return sum % 256 ** checksum.bytes
}

/** Where a named field begins and ends in a frame that carries `dataSize` data bytes. */
export const edge = (layout: Layout, name: string, dataSize: number): { start: number; end: number } => {
  const field = layout.fields.find((f) => f.name === name)
  assert(field, `field ${name} is in the layout`)
  if (field.kind === 'data') return { start: layout.headSize, end: layout.headSize + dataSize }
  const index = layout.fields.indexOf(field)
  const data = layout.fields.findIndex((f) => f.kind === 'data')
  const start = index > data ? layout.headSize + dataSize + field.at : field.at
  return { start, end: start + field.size }
}
