import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loadProfile } from '#controller/profile/catalogue.ts'
import type { Profile, VectorSpec } from '#controller/profile/schema.ts'
import { type Codec, codecOf } from '#controller/wire/codec.ts'
import { decodeFrame, decodeValues } from '#controller/wire/decode.ts'
import { encodeFrame, requestFrame } from '#controller/wire/encode.ts'
import { bytesOf } from '#controller/wire/layout.ts'
import { toHex } from '#core/base/bytes.ts'
import { assert } from '#core/base/result.ts'

const FOLDER = fileURLToPath(new URL('../../firmware-profiles/', import.meta.url))

const profiles: readonly Profile[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json') && file !== 'schema.json')
  .map((file) => {
    const loaded = loadProfile(file, readFileSync(`${FOLDER}${file}`, 'utf8'))
    assert(loaded.ok, loaded.ok ? '' : loaded.error.map((f) => `${f.file}: ${f.where}: ${f.why}`).join('\n'))
    return loaded.value
  })

type Of<K extends VectorSpec['kind']> = Extract<VectorSpec, { kind: K }>

const exchange = (codec: Codec, vector: Of<'exchange'>): void => {
  const request = requestFrame(codec, { ...vector, target: vector.target })
  assert(request.ok, request.ok ? '' : request.error)
  expect(toHex(encodeFrame(codec.layout, request.value), ' ')).toBe(vector.request)
  expect(decodeFrame(codec.layout, 'request', bytesOf(vector.request))).toEqual({ ok: true, value: request.value })
  if (vector.reply === null) return
  const reply = decodeFrame(codec.layout, 'reply', bytesOf(vector.reply))
  assert(reply.ok, reply.ok ? '' : reply.error.detail)
  expect(reply.value).toMatchObject({
    ack: 0,
    sequence: vector.sequence,
    address: request.value.address,
    register: request.value.register,
    direction: request.value.direction,
  })
  expect(toHex(encodeFrame(codec.layout, reply.value), ' ')).toBe(vector.reply)
  const command = codec.profile.commands[vector.command]
  assert(command, vector.command)
  if (vector.values === null) expect(reply.value.data.length).toBe(0)
  else expect(decodeValues(command, reply.value.data)).toEqual({ ok: true, value: vector.values })
}

const frame = (codec: Codec, vector: Of<'frame'>): void => {
  const decoded = decodeFrame(codec.layout, vector.side, bytesOf(vector.bytes))
  assert(decoded.ok, decoded.ok ? '' : decoded.error.detail)
  const hex = (text: string) => Number.parseInt(text, 16)
  expect(decoded.value).toEqual({
    side: vector.side,
    ack: hex(vector.ack),
    sequence: vector.sequence,
    direction: vector.direction,
    address: Object.fromEntries(Object.entries(vector.address).map(([key, value]) => [key, hex(value)])),
    register: hex(vector.register),
    length: vector.length,
    data: vector.data === null ? new Uint8Array(0) : bytesOf(vector.data),
  })
  expect(toHex(encodeFrame(codec.layout, decoded.value), ' ')).toBe(vector.bytes)
}

const refused = (codec: Codec, vector: Of<'refused'>): void => {
  const decoded = decodeFrame(codec.layout, vector.side, bytesOf(vector.bytes))
  if (vector.because === 'checksum') expect(decoded).toMatchObject({ ok: false, error: { kind: 'checksum' } })
  else {
    assert(decoded.ok, decoded.ok ? '' : decoded.error.detail)
    expect(decoded.value.ack).not.toBe(0)
  }
}

describe.each(profiles)('$id', (profile) => {
  const codec = codecOf(profile)
  test.each(profile.vectors)('$kind: $name', (vector) => {
    if (vector.kind === 'exchange') exchange(codec, vector)
    else if (vector.kind === 'frame') frame(codec, vector)
    else refused(codec, vector)
  })
})

test('the loop above saw every profile and every vector', () => {
  const counts = profiles.map((p) => [
    p.id,
    ...(['exchange', 'frame', 'refused'] as const).map((k) => p.vectors.filter((v) => v.kind === k).length),
  ])
  expect(counts).toEqual([
    ['novastar-mctrl300', 16, 8, 5],
    ['novastar-mctrl660pro', 16, 9, 5],
  ])
})
