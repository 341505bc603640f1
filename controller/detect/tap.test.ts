import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat, equalBytes, toHex } from '#core/base/bytes.ts'
import { createTap, type Heard } from './tap.ts'
import { bytesOfHex, dialectNamed } from './testing.ts'

const NOVA = dialectNamed('novastar-mctrl300')
const RELAY = dialectNamed('waveshare-modbus-rtu-relay-8ch')

const ask = bytesOfHex('55 AA 00 AA FE 00 00 00 00 00 00 00 02 00 00 00 02 00 01 57')
const answer = bytesOfHex('AA 55 00 AA 00 FE 00 00 00 00 00 00 02 00 00 00 02 00 01 00 02 57')
const relayOn = bytesOfHex('01 05 00 00 FF 00 8C 3A')
const readCoils = bytesOfHex('01 01 00 00 00 08 3D CC')
const coils = bytesOfHex('01 01 01 01 90 48')

const line = (heard: readonly Heard[]) => heard.map(({ is, side, bytes }) => `${is} ${side ?? '-'} ${toHex(bytes, '')}`)
const frames = (heard: readonly Heard[]) => heard.filter(({ is }) => is === 'frame')

test('both sides on one line, an echo among them', () => {
  const tap = createTap(RELAY)
  const heard = tap.push(concat(relayOn, relayOn, readCoils, coils))
  expect(frames(heard).map(({ side }) => side)).toEqual(['request', 'reply', 'request', 'reply'])
  expect(tap.counts()).toEqual({ frames: 4, known: 4, checksums: 0, noiseBytes: 0 })
})

test('noise around, a wrong checksum between: shown once, nothing lost', () => {
  const broken = answer.slice()
  broken[20] = 0x03
  const stream = concat(Uint8Array.of(1, 2, 3), ask, broken, answer, Uint8Array.of(9, 9))
  const tap = createTap(NOVA)
  const heard = [...tap.push(stream), ...tap.silence()]
  expect(line(heard)).toEqual([
    'noise - 010203',
    `frame request ${toHex(ask, '')}`,
    `checksum reply ${toHex(broken, '')}`,
    `frame reply ${toHex(answer, '')}`,
    'noise - 0909',
  ])
  expect(tap.counts().noiseBytes).toBe(3 + broken.length + 2)
})

test('any chunking of a stream gives the same frames, and every byte is a frame’s or noise', () => {
  const piece = fc.oneof(
    fc.constantFrom(ask, answer, relayOn, readCoils, coils),
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
  )
  const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 60 })
  let checked = 0
  for (const dialect of [NOVA, RELAY])
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), cuts, (pieces, sizes) => {
        const stream = concat(...pieces)
        const whole = createTap(dialect)
        const expected = frames([...whole.push(stream), ...whole.silence()])
        const tap = createTap(dialect)
        const heard: Heard[] = []
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length] ?? 1
          heard.push(...tap.push(stream.subarray(at, at + size)))
          at += size
        }
        heard.push(...tap.silence())
        expect(line(frames(heard))).toEqual(line(expected))
        const inFrames = expected.reduce((sum, { bytes }) => sum + bytes.length, 0)
        expect(inFrames + tap.counts().noiseBytes).toBe(stream.length)
        checked += 1
      }),
      { numRuns: 300 },
    )
  expect(checked).toBe(600)
})

test('noise without end is handed on in bounded pieces and nothing is kept', () => {
  const tap = createTap(NOVA)
  let seen = 0
  for (let i = 0; i < 100; i++)
    for (const { is, bytes } of tap.push(new Uint8Array(1000).fill(7))) {
      expect(is).toBe('noise')
      expect(bytes.length).toBeLessThanOrEqual(64)
      seen += bytes.length
    }
  for (const { bytes } of tap.silence()) seen += bytes.length
  expect(seen).toBe(100_000)
  expect(equalBytes(new Uint8Array(0), concat(...tap.silence().map(({ bytes }) => bytes)))).toBe(true)
})
