import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, fromHex, toHex } from '#core/base/bytes.ts'
import { prng } from '#core/base/prng.ts'
import { assert, ok } from '#core/base/result.ts'
import { createScanner, type Scanned } from '../../dialect/scan.ts'
import { profileOf } from '../../sim/profiles.ts'
import { codecOf } from './codec.ts'
import { decodeFrame } from './decode.ts'
import { readerOf } from './dialect.ts'
import { encodeFrame } from './encode.ts'
import type { Frame } from './layout.ts'

const { layout } = codecOf(profileOf('mctrl300'))

const bytes = (hex: string): Uint8Array => {
  const found = fromHex(hex)
  assert(found, hex)
  return found
}
const MODEL = bytes('AA 55 00 AA 00 FE 00 00 00 00 00 00 02 00 00 00 02 00 01 00 02 57')
const TEMPERATURE = bytes('AA 55 00 32 00 FE 01 00 00 00 00 00 00 00 00 0A 02 00 80 48 5A 57')
const WROTE = bytes('AA 55 00 15 00 FE 01 00 00 00 01 00 01 00 00 02 00 00 6D 56')
/** Data that contains a whole marker: a naive scanner starts again in the middle. */
const SENSOR = bytes('AA 55 00 15 00 FE 02 00 00 00 00 00 00 00 00 06 07 00 AA 55 82 25 81 00 28 C6 58')
const ACK1 = bytes('AA 55 01 32 00 FE 01 00 00 00 00 00 00 00 00 0A 02 00 93 56')

const shown = (found: readonly Scanned[]) => found.map((f) => `${f.is} ${toHex(f.bytes, '')}`)
const scanAll = (chunks: readonly Uint8Array[]) => {
  const scanner = createScanner(readerOf(layout, 'reply'))
  const found = chunks.flatMap((chunk) => [...scanner.push(chunk)])
  return { found, noise: scanner.noiseBytes(), pending: scanner.pending() }
}

describe('scanner', () => {
  test('frames joined, with noise between, and a marker inside data', () => {
    const { found, noise, pending } = scanAll([concat(MODEL, bytes('00 AA 11'), SENSOR, ACK1, TEMPERATURE)])
    expect(shown(found)).toEqual([MODEL, SENSOR, ACK1, TEMPERATURE].map((f) => `frame ${toHex(f, '')}`))
    expect({ noise, pending }).toEqual({ noise: 3, pending: 0 })
  })

  test('a wrong checksum is reported, and the good frame after it is found', () => {
    const broken = TEMPERATURE.slice()
    broken[18] = 0x81
    const { found } = scanAll([concat(broken, WROTE)])
    expect(shown(found)).toEqual([`checksum ${toHex(broken, '')}`, `frame ${toHex(WROTE, '')}`])
  })

  test('the head of a frame whose end never comes does not hide the next frame for ever', () => {
    const scanner = createScanner(readerOf(layout, 'reply'))
    // Claims 256 data bytes.
    const head = bytes('AA 55 00 01 00 FE 01 00 00 00 00 00 00 00 00 0A 00 01')
    expect(scanner.push(concat(head, WROTE))).toEqual([])
    expect(shown(scanner.giveUp())).toEqual([`frame ${toHex(WROTE, '')}`])
    expect(scanner.pending()).toBe(0)
  })

  test('every frame of the vocabulary, cut at every single place', () => {
    let cuts = 0
    for (const frame of [MODEL, TEMPERATURE, WROTE, SENSOR, ACK1])
      for (let at = 1; at < frame.length; at++) {
        const { found, noise } = scanAll([frame.subarray(0, at), frame.subarray(at)])
        expect(shown(found)).toEqual([`frame ${toHex(frame, '')}`])
        expect(noise).toBe(0)
        cuts += 1
      }
    expect(cuts).toBe(21 + 21 + 19 + 26 + 19)
  })

  test('property: any chunking of any stream finds the same, loses nothing, and holds at most one frame', () => {
    const piece = fc.oneof(
      fc.constantFrom(MODEL, TEMPERATURE, WROTE, SENSOR, ACK1),
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(bytes('AA'), bytes('AA 55'), bytes('AA AA 55 55'), MODEL.subarray(0, 12), SENSOR.subarray(5)),
      fc
        .tuple(fc.constantFrom(MODEL, SENSOR, ACK1), fc.nat(), fc.integer({ min: 0, max: 7 }))
        .map(([frame, at, bit]) => {
          const copy = frame.slice()
          copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ (1 << bit)
          return copy
        }),
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        (pieces, sizes) => {
          const stream = concat(...pieces)
          const chunks: Uint8Array[] = []
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = sizes[i % sizes.length] ?? 1
            chunks.push(stream.subarray(at, at + size))
            at += size
          }
          const whole = scanAll([stream])
          expect(scanAll(chunks)).toEqual(whole)
          const good = whole.found.reduce((sum, f) => sum + (f.is === 'frame' ? f.bytes.length : 0), 0)
          expect(good + whole.noise + whole.pending).toBe(stream.length)
          expect(whole.pending).toBeLessThan(layout.maxFrame)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('property: what is encoded is decoded to the same meaning, both sides', () => {
    const frame = fc.record({
      side: fc.constantFrom('request' as const, 'reply' as const),
      direction: fc.constantFrom('read' as const, 'write' as const),
      sequence: fc.nat(255),
      address: fc.record({
        source: fc.nat(255),
        destination: fc.nat(255),
        deviceType: fc.nat(2),
        port: fc.nat(255),
        board: fc.nat(65535),
      }),
      register: fc.nat(0xffffffff),
      data: fc.uint8Array({ minLength: 1, maxLength: 256 }),
      wish: fc.nat(256),
    })
    fc.assert(
      fc.property(frame, ({ wish, data, ...rest }) => {
        const carries = (rest.direction === 'write') === (rest.side === 'request')
        const full: Frame = {
          ...rest,
          ack: 0,
          length: carries ? data.length : wish,
          data: carries ? data : new Uint8Array(0),
        }
        const scanner = createScanner(readerOf(layout, rest.side))
        const found = scanner.push(encodeFrame(layout, full))
        expect(found.map((f) => (f.is === 'frame' ? decodeFrame(layout, rest.side, f.bytes) : null))).toEqual([
          ok(full),
        ])
      }),
    )
  })

  test('mutation: 200 000 bytes of damaged frames neither throw, hang nor grow, and most good frames survive', () => {
    const random = prng(20241122)
    const scanner = createScanner(readerOf(layout, 'reply'))
    const corpus = [MODEL, TEMPERATURE, WROTE, SENSOR, ACK1]
    let pushed = 0
    let untouched = 0
    let frames = 0
    let goodBytes = 0
    while (pushed < 200_000) {
      const frame = (corpus[random.below(corpus.length)] ?? MODEL).slice()
      const mutated = random.chance(0.3)
      if (mutated) for (let i = random.below(4); i >= 0; i--) frame[random.below(frame.length)] = random.below(256)
      else untouched += 1
      const sent = random.chance(0.1) ? frame.subarray(0, random.below(frame.length)) : frame
      pushed += sent.length
      for (const found of scanner.push(sent))
        if (found.is === 'frame') {
          frames += 1
          goodBytes += found.bytes.length
        }
      expect(scanner.pending()).toBeLessThan(layout.maxFrame)
    }
    expect(goodBytes + scanner.noiseBytes() + scanner.pending()).toBe(pushed)
    expect(frames).toBeGreaterThan(untouched * 0.8)
  })

  test('every single-bit error in every frame is noticed', () => {
    let flips = 0
    for (const frame of [MODEL, TEMPERATURE, WROTE, SENSOR, ACK1])
      for (let bit = 0; bit < frame.length * 8; bit++) {
        const copy = frame.slice()
        copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(scanAll([copy]).found.filter((f) => f.is === 'frame')).toEqual([])
        flips += 1
      }
    expect(flips).toBe((22 + 22 + 20 + 27 + 20) * 8)
  })
})
