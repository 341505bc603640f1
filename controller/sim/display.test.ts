import { describe, expect, test } from 'vitest'
import { prng } from '#core/base/prng.ts'
import { NO_FAULTS, plan, type SimFaults } from './behaviours.ts'
import { createRequestCutter, createSimDisplay, sealed, sumOf } from './display.ts'

const bytes = (hex: string) => Uint8Array.from(hex.split(' '), (digits) => Number.parseInt(digits, 16))
const hex = (found: Uint8Array | null) =>
  found === null ? null : Array.from(found, (b) => b.toString(16).toUpperCase().padStart(2, '0')).join(' ')

/**
 * Whole exchanges as the maker's documents print them (RS232 V1.9; MCTRL660 Pro); the oracle shares no code with the
 * simulator.
 */
const printed: readonly (readonly [string, 'mctrl300' | 'mctrl660pro', string, string])[] = [
  [
    'model id',
    'mctrl300',
    '55 AA 00 AA FE 00 00 00 00 00 00 00 02 00 00 00 02 00 01 57',
    'AA 55 00 AA 00 FE 00 00 00 00 00 00 02 00 00 00 02 00 01 00 02 57',
  ],
  [
    'model id',
    'mctrl660pro',
    '55 AA 00 00 FE 00 00 00 00 00 00 00 02 00 00 00 02 00 57 56',
    'AA 55 00 00 00 FE 00 00 00 00 00 00 02 00 00 00 02 00 07 11 6F 56',
  ],
  [
    'firmware',
    'mctrl300',
    '55 AA 00 15 FE 00 00 00 00 00 00 00 04 00 10 04 04 00 84 56',
    'AA 55 00 15 00 FE 00 00 00 00 00 00 04 00 10 04 04 00 04 03 00 00 8B 56',
  ],
  [
    'receiving card',
    'mctrl300',
    '55 AA 00 32 FE 00 01 00 00 00 00 00 00 00 00 00 06 00 8C 56',
    'AA 55 00 32 00 FE 01 00 00 00 00 00 00 00 00 00 06 00 05 41 04 02 00 01 D9 56',
  ],
  [
    'brightness of card 0',
    'mctrl300',
    '55 AA 00 15 FE 00 01 00 00 00 01 00 01 00 00 02 01 00 80 EE 56',
    'AA 55 00 15 00 FE 01 00 00 00 01 00 01 00 00 02 00 00 6D 56',
  ],
  [
    'five brightness bytes',
    'mctrl300',
    '55 AA 00 15 FE 00 01 FF FF FF 01 00 01 00 00 02 05 00 80 80 80 80 80 EF 5B',
    'AA 55 00 15 00 FE 01 FF FF FF 01 00 01 00 00 02 00 00 6A 59',
  ],
  [
    'brightness of all senders',
    'mctrl660pro',
    '55 AA 00 00 FE FF 01 FF FF FF 01 00 01 00 00 02 01 00 80 D5 5A',
    'AA 55 00 00 FF FE 01 FF FF FF 01 00 01 00 00 02 00 00 54 5A',
  ],
  [
    'store',
    'mctrl300',
    '55 AA 00 15 FE 00 01 FF FF FF 01 00 11 00 00 01 01 00 11 8B 59',
    'AA 55 00 15 00 FE 01 FF FF FF 01 00 11 00 00 01 00 00 79 59',
  ],
  [
    'blackout',
    'mctrl300',
    '55 AA 00 80 FE 00 01 00 FF FF 01 00 00 01 00 02 01 00 FF D6 59',
    'AA 55 00 80 00 FE 01 00 FF FF 01 00 00 01 00 02 00 00 D6 58',
  ],
  [
    'freeze',
    'mctrl300',
    '55 AA 00 80 FE 00 01 00 FF FF 01 00 02 01 00 02 01 00 FF D8 59',
    'AA 55 00 80 00 FE 01 00 FF FF 01 00 02 01 00 02 00 00 D8 58',
  ],
  [
    'red',
    'mctrl300',
    '55 AA 00 80 FE 00 01 00 FF FF 01 00 01 01 00 02 01 00 02 DA 58',
    'AA 55 00 80 00 FE 01 00 FF FF 01 00 01 01 00 02 00 00 D7 58',
  ],
  [
    'temperature',
    'mctrl300',
    '55 AA 00 32 FE 00 01 00 00 00 00 00 00 00 00 0A 02 00 92 56',
    'AA 55 00 32 00 FE 01 00 00 00 00 00 00 00 00 0A 02 00 80 48 5A 57',
  ],
  [
    'voltage',
    'mctrl300',
    '55 AA 00 32 FE 00 01 00 00 00 00 00 03 00 00 0A 01 00 94 56',
    'AA 55 00 32 00 FE 01 00 00 00 00 00 03 00 00 0A 01 00 A9 3D 57',
  ],
  [
    'signal',
    'mctrl300',
    '55 AA 00 16 FE 00 00 00 00 00 00 00 17 00 00 02 01 00 83 56',
    'AA 55 00 16 00 FE 00 00 00 00 00 00 17 00 00 02 01 00 01 84 56',
  ],
  [
    'HDMI',
    'mctrl300',
    '55 AA 00 32 FE 00 00 00 00 00 01 00 23 00 00 02 01 00 05 B1 56',
    'AA 55 00 32 00 FE 00 00 00 00 01 00 23 00 00 02 00 00 AB 56',
  ],
  [
    'ambient light',
    'mctrl300',
    '55 AA 00 5B FE 00 00 00 00 00 00 00 0F 00 00 02 02 00 C1 56',
    'AA 55 00 5B 00 FE 00 00 00 00 00 00 0F 00 00 02 02 00 38 80 79 57',
  ],
]

describe('simulated display', () => {
  test.each(printed)('answers as printed: %s of %s', (_, model, request, reply) => {
    expect(hex(createSimDisplay({ model, cards: 1 }).answer(bytes(request)))).toBe(reply)
  })
  test('all printed exchanges were tried', () => {
    expect(printed.length).toBe(16)
  })
  test('a wrong checksum is ACK 02 and changes nothing; an unknown register ACK 04; a missing card ACK 01', () => {
    const display = createSimDisplay({ model: 'mctrl300', cards: 2 })
    const ack = (request: Uint8Array) => display.answer(request)?.[2]
    expect(ack(bytes('55 AA 00 32 FE 00 00 00 00 00 00 00 02 00 00 00 02 00 87 56'))).toBe(2)
    const black = bytes('55 AA 00 80 FE 00 01 00 FF FF 01 00 00 01 00 02 01 00 FF D6 59')
    black[18] = 0xfe
    expect(ack(black)).toBe(2)
    expect(display.state().blackout).toBe(false)
    expect(ack(sealed([0x55, 0xaa, 0, 1, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0x99, 0, 0, 0x77, 1, 0]))).toBe(4)
    const card = (index: number) => sealed([0x55, 0xaa, 0, 1, 0xfe, 0, 1, 0, index, 0, 0, 0, 0, 0, 0, 0, 6, 0])
    expect([0, 1, 2].map((index) => ack(card(index)))).toEqual([0, 0, 1])
  })
  test('a power cycle loses what was not stored, keeps what was, and says so', () => {
    const display = createSimDisplay({ model: 'mctrl300', cards: 1 })
    const seen: number[] = []
    display.onChange((state) => seen.push(state.brightness))
    const brightness = (value: number) =>
      display.answer(sealed([0x55, 0xaa, 0, 1, 0xfe, 0, 1, 0xff, 0xff, 0xff, 1, 0, 1, 0, 0, 2, 1, 0, value]))
    brightness(0x80)
    display.answer(bytes('55 AA 00 15 FE 00 01 FF FF FF 01 00 11 00 00 01 01 00 11 8B 59'))
    brightness(0x33)
    display.powerCycle()
    expect(display.state()).toMatchObject({ brightness: 50, storedBrightness: 50, powerCycles: 1, forbiddenWrites: 1 })
    expect(seen).toEqual([50, 20, 50])
  })
  test('requests cut anywhere, with noise before, are found', () => {
    let tried = 0
    for (const [, , request] of printed) {
      const frame = bytes(request)
      for (let at = 1; at < frame.length; at++) {
        const cut = createRequestCutter()
        const found = [...cut(bytes('00 55 11')), ...cut(frame.subarray(0, at)), ...cut(frame.subarray(at))]
        expect(found.map(hex)).toEqual([request])
        tried += 1
      }
    }
    expect(tried).toBeGreaterThan(300)
  })
})

describe('behaviours', () => {
  const reply = { afterMs: 2, bytes: bytes('AA 55 00 32 00 FE 01 00 00 00 00 00 00 01 00 02 01 00 00 8A 56') }
  const device = {
    spoil: (frame: Uint8Array) => frame.map((byte, i) => (i === frame.length - 2 ? byte ^ 1 : byte)),
    refusal: (code: number) => bytes(`AA 55 ${hex(Uint8Array.of(code))}`),
  }
  const faulty = (faults: Partial<SimFaults>) =>
    plan([reply], { faults: { ...NO_FAULTS, ...faults }, device, random: prng(3) })
  const right = (frame: Uint8Array | undefined) =>
    frame !== undefined && sumOf(frame.subarray(2, -2)) === (frame.at(-2) ?? 0) + (frame.at(-1) ?? 0) * 256

  test('the reply used here is right', () => expect(right(reply.bytes)).toBe(true))
  test('no faults change nothing', () => expect(faulty({})).toEqual([reply]))
  test('dropped', () => expect(faulty({ dropChance: 1 })).toEqual([]))
  test('late', () => expect(faulty({ lateChance: 1, lateMs: 900 })).toEqual([{ ...reply, afterMs: 902 }]))
  test('wrong checksum', () => expect(right(faulty({ wrongChecksumChance: 1 })[0]?.bytes)).toBe(false))
  test('garbled: one bit', () => {
    const [one] = faulty({ garbleChance: 1 })
    const bits = Array.from(one?.bytes ?? []).reduce(
      (n, b, i) => n + (b ^ (reply.bytes[i] ?? 0)).toString(2).replaceAll('0', '').length,
      0,
    )
    expect(bits).toBe(1)
  })
  test('babble comes before the reply; same seed, same babble', () => {
    const planned = faulty({ babbleChance: 1, babbleBytes: 9 })
    expect(planned.map((p) => p.bytes.length)).toEqual([9, 21])
    expect(faulty({ babbleChance: 1, babbleBytes: 9 })).toEqual(planned)
  })
})
