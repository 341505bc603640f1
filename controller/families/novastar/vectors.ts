import { equalBytes, toHex } from '#core/base/bytes.ts'
import type { DocumentFault } from '#core/base/check.ts'
import type { Codec } from './codec.ts'
import { decodeFrame } from './decode.ts'
import { encodeFrame, requestFrame } from './encode.ts'
import { bytesOf } from './layout.ts'
import type { VectorSpec } from './schema.ts'
import { decodeValues } from './values.ts'

/** Runs every vector of a profile through the codec. An empty list: they all hold, both ways. */
export const checkVectors = (codec: Codec): readonly DocumentFault[] =>
  codec.profile.vectors.flatMap((vector, index) => {
    const why = checkVector(codec, vector)
    return why === undefined ? [] : [{ where: `/vectors/${index}`, why: `${vector.name}: ${why}` }]
  })

const checkVector = (codec: Codec, vector: VectorSpec): string | undefined => {
  if (vector.kind === 'exchange') return checkExchange(codec, vector)
  const decoded = decodeFrame(codec.layout, vector.side, bytesOf(vector.bytes))
  if (vector.kind === 'refused') {
    if (vector.because === 'checksum')
      return !decoded.ok && decoded.error.kind === 'checksum' ? undefined : 'the checksum is right'
    return decoded.ok && decoded.value.ack !== 0 ? undefined : 'it is not a whole frame with an error code'
  }
  if (!decoded.ok) return decoded.error.detail
  const again = encodeFrame(codec.layout, decoded.value)
  if (!equalBytes(again, bytesOf(vector.bytes))) return `encodes to ${toHex(again, ' ')}`
  const { ack, sequence, direction, register, length } = decoded.value
  const hex = (text: string) => Number.parseInt(text, 16)
  const same =
    ack === hex(vector.ack) &&
    sequence === vector.sequence &&
    direction === vector.direction &&
    register === hex(vector.register) &&
    length === vector.length &&
    toHex(decoded.value.data, ' ') === (vector.data ?? '') &&
    Object.entries(decoded.value.address).every(([name, value]) => hex(vector.address[name] ?? '') === value)
  return same ? undefined : 'the fields differ from what the vector says'
}

const checkExchange = (codec: Codec, vector: Extract<VectorSpec, { kind: 'exchange' }>): string | undefined => {
  const request = requestFrame(codec, vector)
  if (!request.ok) return request.error
  const bytes = encodeFrame(codec.layout, request.value)
  if (!equalBytes(bytes, bytesOf(vector.request))) return `request encodes to ${toHex(bytes, ' ')}`
  const understood = decodeFrame(codec.layout, 'request', bytes)
  if (!understood.ok) return `request: ${understood.error.detail}`
  if (vector.reply === null) return undefined
  const reply = decodeFrame(codec.layout, 'reply', bytesOf(vector.reply))
  if (!reply.ok) return `reply: ${reply.error.detail}`
  const again = encodeFrame(codec.layout, reply.value)
  if (!equalBytes(again, bytesOf(vector.reply))) return `reply encodes to ${toHex(again, ' ')}`
  if (vector.values === null)
    return reply.value.data.length === 0 ? undefined : 'reply carries data that has no meaning here'
  const command = codec.profile.commands[vector.command]
  const values = command ? decodeValues(command, reply.value.data) : undefined
  if (!values?.ok) return `reply: ${values?.error}`
  const differs = Object.keys({ ...vector.values, ...values.value }).find(
    (key) => vector.values?.[key] !== values.value[key],
  )
  return differs === undefined
    ? undefined
    : `${differs} is ${values.value[differs]}, should be ${vector.values[differs]}`
}
