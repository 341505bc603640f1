import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, equalBytes, toHex } from '#core/base/bytes.ts'
import { prng } from '#core/base/prng.ts'
import { assert } from '#core/base/result.ts'
import type { Dialect, Side, Values } from '../../dialect/dialect.ts'
import { createScanner } from '../../dialect/scan.ts'
import { checkVectors } from '../../profile/vectors.ts'
import { onbonDialect } from './dialect.ts'
import type { OnbonProfile } from './schema.ts'
import { bytesOf, PROFILE_IDS, profilesFrom } from './testing.ts'

const FOLDER = new URL('../../../firmware-profiles/', import.meta.url)
const { dialectNamed, profileNamed } = profilesFrom((file) => readFileSync(new URL(file, FOLDER), 'utf8'))

/** Every whole right frame printed in a profile. */
const framesOf = (profile: OnbonProfile): readonly { readonly side: Side; readonly bytes: Uint8Array }[] =>
  profile.vectors.flatMap((vector) => {
    if (vector.kind === 'frame') return [{ side: vector.side, bytes: bytesOf(vector.bytes) }]
    if (vector.kind === 'refused')
      return vector.because === 'error-code' ? [{ side: vector.side, bytes: bytesOf(vector.bytes) }] : []
    const request = [{ side: 'request' as const, bytes: bytesOf(vector.request) }]
    return vector.reply === null ? request : [...request, { side: 'reply' as const, bytes: bytesOf(vector.reply) }]
  })

const values = (dialect: Dialect, command: string, reply: Uint8Array): Values | string => {
  const question = dialect.question({ command, parameters: {}, address: {}, context: {} })
  assert(question.ok, 'a question')
  const judged = question.value.judge(reply, [0], [])
  return judged.is === 'values' ? judged.values : judged.is
}

describe('vectors', () => {
  it('hold both ways in every profile', () => {
    let checked = 0
    for (const id of PROFILE_IDS) {
      const profile = profileNamed(id)
      expect(checkVectors(profile), id).toEqual([])
      checked += profile.vectors.length
    }
    expect(checked).toBe(3 * 30)
  })

  it('includes the nine frames of the facts, byte for byte', () => {
    const published = [
      'A5 A5 A5 A5 A5 A5 A5 A5 01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A2 00 01 00 00 68 F8 5A',
      'A5 A5 A5 A5 A5 A5 A5 A5 00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 64 DC 5A',
      'A5 A5 A5 A5 A5 A5 A5 A5 01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A1 02 01 00 00 2D 40 5A',
      'A5 A5 A5 A5 A5 A5 A5 A5 01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A3 10 01 00 00 51 F8 5A',
      'A5 A5 A5 A5 A5 A5 A5 A5 01 00 00 80 00 00 00 00 00 00 FE 02 07 00 A3 06 01 02 00 FF 00 67 CC 5A',
      'A5 A5 A5 A5 A5 A5 A5 A5 01 00 00 80 00 00 00 00 00 00 FE 02 32 00 A3 06 01 2D 00 00 01 29 00 00 00 00 00 00 18 00 20 00 00 00 00 02 00 00 00 00 02 02 03 00 04 05 0E 00 00 00 30 31 32 33 34 35 51 52 53 54 54 56 27 42 A8 7D 5A',
      'A5 A5 A5 A5 A5 A5 A5 A5 01 00 00 80 00 00 00 00 00 00 FE 02 06 00 A3 00 01 01 00 01 28 2A 5A',
      'A5 A5 A5 A5 A5 A5 A5 A5 01 00 00 80 00 00 00 00 00 00 FE 02 06 00 A3 00 01 01 00 02 68 2B 5A',
      'A5 A5 A5 A5 A5 A5 A5 A5 00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 01 03 00 00 95 20 5A',
    ]
    for (const id of PROFILE_IDS) {
      const ours = new Set(framesOf(profileNamed(id)).map(({ bytes }) => toHex(bytes, ' ')))
      expect(
        published.filter((frame) => !ours.has(frame)),
        id,
      ).toEqual([])
    }
  })
})

describe('the stream', () => {
  const dialect = dialectNamed('onbon-bx5k')
  const frames = framesOf(profileNamed('onbon-bx5k'))

  it('gives the same frame wherever it is cut in two', () => {
    let cuts = 0
    for (const { side, bytes } of frames)
      for (let cut = 0; cut <= bytes.length; cut++) {
        const scanner = createScanner(dialect.reader(side))
        const found = [...scanner.push(bytes.subarray(0, cut)), ...scanner.push(bytes.subarray(cut))]
        expect(found.map((one) => one.is)).toEqual(['frame'])
        expect(scanner.noiseBytes() + scanner.pending()).toBe(0)
        cuts++
      }
    expect(cuts).toBeGreaterThan(1000)
  })

  it('gives the same frames for any chunking, with noise between them', () => {
    const noise = fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.map((byte) => (byte === 0xa5 ? 0xa4 : byte)))
    const parts = fc.array(fc.tuple(noise, fc.constantFrom(...frames)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(parts, fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }), (given, sizes) => {
        const stream = concat(...given.flatMap(([before, frame]) => [before, frame.bytes]))
        const scanner = createScanner(dialect.reader('reply'))
        const found: string[] = []
        let at = 0
        for (const size of [...sizes, stream.length]) {
          for (const one of scanner.push(stream.subarray(at, at + size)))
            if (one.is === 'frame') found.push(toHex(one.bytes, ''))
          at = Math.min(stream.length, at + size)
        }
        expect(found).toEqual(given.map(([, frame]) => toHex(frame.bytes, '')))
      }),
      { numRuns: 300 },
    )
  })

  it('never believes a wrong value after one flipped bit', () => {
    const status = frames.find(({ side, bytes }) => side === 'reply' && bytes.length > 45)
    assert(status, 'a status reply')
    const right = values(dialect, 'readStatus', status.bytes)
    expect(right).toMatchObject({ brightness: 53 })
    let flips = 0
    for (let bit = 0; bit < status.bytes.length * 8; bit++) {
      const spoiled = status.bytes.slice()
      spoiled[bit >> 3] = (spoiled[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const reading = dialect.reader('reply').read(spoiled, 0)
      expect(reading.is).not.toBe('frame')
      expect(values(dialect, 'readStatus', spoiled)).toBe('foreign')
      flips++
    }
    expect(flips).toBe(status.bytes.length * 8)
  })

  it('calls a frame noise that is longer than the receive buffer', () => {
    const reader = dialect.reader('request')
    const long = new Uint8Array(2000).fill(0x11)
    long.fill(0xa5, 0, 8)
    long.set([0xff, 0x03], 8 + 12)
    expect(reader.maxFrame).toBe(1024)
    expect(reader.read(long.subarray(0, 20), 0).is).toBe('unfinished')
    expect(reader.read(long, 0).is).toBe('noise')
    expect(reader.read(long.subarray(0, 300), 0).is).toBe('noise')
  })

  it('takes unchecked frames only where the profile says so', () => {
    const profile = profileNamed('onbon-bx5k')
    const open = onbonDialect({ ...profile, frame: { ...profile.frame, unchecked: 'accepted' } })
    const unchecked = profile.vectors.filter(
      (v) => v.kind === 'refused' && v.because === 'checksum' && v.side === 'reply',
    )
    expect(unchecked.length).toBe(2)
    for (const vector of unchecked) {
      const bytes = bytesOf(vector.kind === 'refused' ? vector.bytes : '')
      expect(dialect.reader('reply').read(bytes, 0).is).toBe('checksum')
      expect(open.reader('reply').read(bytes, 0).is).toBe('frame')
      expect(values(open, 'ping', bytes)).toEqual({ modelId: null })
    }
  })
})

describe('random and mutated bytes', () => {
  it('never make it throw, hang or look past a frame', () => {
    const dialect = dialectNamed('onbon-bx6k')
    const frames = framesOf(profileNamed('onbon-bx6k'))
    const question = dialect.question({ command: 'readStatus', parameters: {}, address: {}, context: {} })
    assert(question.ok, 'a question')
    const random = prng(20_261_122)
    const below = (most: number) => Math.floor(random.next() * most)
    let bytes = 0
    let rounds = 0
    while (bytes < 200_000) {
      const base = frames[below(frames.length)]?.bytes ?? new Uint8Array()
      const sample = below(3) === 0 ? Uint8Array.from({ length: below(200) }, () => below(256)) : base.slice()
      for (let n = below(4); n > 0 && sample.length > 0; n--) sample[below(sample.length)] = below(256)
      const side: Side = below(2) === 0 ? 'request' : 'reply'
      const reading = dialect.reader(side).read(sample, 0)
      if (reading.is === 'frame') expect(reading.size).toBeLessThanOrEqual(sample.length)
      const fields = dialect.explain(side, sample)
      const covered = bytesOf(fields.map((field) => field.hex).join(' '))
      if (!equalBytes(covered, sample)) expect(toHex(covered, ' ')).toBe(toHex(sample, ' '))
      dialect.describe(side, sample)
      dialect.sideOf(sample)
      dialect.commandOf(sample)
      dialect.reencode(side, sample)
      question.value.judge(sample, [0], [])
      bytes += Math.max(1, sample.length)
      rounds++
    }
    expect(rounds).toBeGreaterThan(1000)
  })
})

describe('questions', () => {
  const dialect = dialectNamed('onbon-bx5k')
  const call = (command: string, parameters: Values, address: Values = {}) =>
    dialect.question({ command, parameters, address, context: {} })

  it('turn percent into steps that are never dark while light is asked for', () => {
    let last = -1
    for (let percent = 0; percent <= 100; percent++) {
      const held = dialect.holds(
        { command: 'setBrightness', parameters: { brightness: percent }, address: {}, context: {} },
        'brightness',
      )
      assert(typeof held === 'number', 'a number')
      expect(held).toBeGreaterThanOrEqual(last)
      expect(held > 0).toBe(percent > 0)
      expect(Math.abs(held - percent)).toBeLessThanOrEqual(6)
      last = held
    }
    expect(last).toBe(100)
  })

  it('never go above the limit of the profile, nor does rounding', () => {
    const profile = profileNamed('onbon-bx5k')
    const limited = onbonDialect({ ...profile, limits: { ...profile.limits, brightnessPercent: 50 } })
    for (let percent = 0; percent <= 100; percent++) {
      const held = limited.holds(
        { command: 'setBrightness', parameters: { brightness: percent }, address: {}, context: {} },
        'brightness',
      )
      expect(held).toBeLessThanOrEqual(50)
    }
  })

  it('understand a card that counts from 1 to 16', () => {
    const profile = profileNamed('onbon-bx5k')
    const steps = { type: 'steps' as const, name: 'brightness', lowest: 1, highest: 16 }
    const { setBrightness } = profile.commands
    assert(setBrightness, 'setBrightness')
    const other = onbonDialect({
      ...profile,
      commands: {
        ...profile.commands,
        setBrightness: { ...setBrightness, payload: [setBrightness.payload[0] ?? steps, steps] },
      },
    })
    const bytes = (brightness: number) => {
      const question = other.question({
        command: 'setBrightness',
        parameters: { brightness },
        address: {},
        context: {},
      })
      assert(question.ok, 'a question')
      return question.value.encode(0).at(-4)
    }
    expect([bytes(0), bytes(1), bytes(100)]).toEqual([1, 2, 16])
  })

  it('say what is wrong with them', () => {
    const wrong: readonly (readonly [string, Values, Values, RegExp])[] = [
      ['reset', {}, {}, /no command reset/],
      ['setBrightness', {}, {}, /brightness: 0 to 100 percent, not null/],
      ['setBrightness', { brightness: -1 }, {}, /not -1/],
      ['setBlackout', { blackout: 1 }, {}, /true or false/],
      ['setClock', { clock: '2026-02-30T00:00:00' }, {}, /a time from 2000/],
      ['setClock', { clock: '22/11/2026' }, {}, /a time from 2000/],
      ['deleteArea', { area: 255 }, {}, /whole number from 0 to 254/],
      ['ping', {}, { screen: 0x8000 }, /screen number/],
      ['ping', {}, { screen: 70_000 }, /screen number/],
      ['readStatus', {}, { screen: 0xffff }, /nobody answers/],
      ['showText', { text: 'a' }, {}, /width is missing/],
      ['showText', { width: 64, height: 16 }, {}, /text is missing/],
      ['showText', { width: 64, height: 16, textBytes: '5C4331' }, {}, /text is missing/],
      ['showText', { width: 64, height: 16, text: 'Lũ quét' }, {}, /ký tự ũ không có/],
      ['showText', { width: 64, height: 16, text: '\\C1' }, {}, /ký tự \\ không có/],
      ['showText', { width: 63, height: 16, text: 'a', inPixels: false }, {}, /whole units of eight/],
      ['showText', { width: 64, height: 16, text: 'a'.repeat(964) }, {}, /frame of 1025 bytes; the card takes 1024/],
    ]
    for (const [command, parameters, address, why] of wrong) {
      const question = call(command, parameters, address)
      expect(question.ok ? 'accepted' : question.error, `${command} ${JSON.stringify(parameters)}`).toMatch(why)
    }
    expect(wrong.length).toBe(17)
    const longest = call('showText', { width: 64, height: 16, text: 'a'.repeat(963) })
    assert(longest.ok, 'the longest text')
    expect(dialect.reader('request').read(longest.value.encode(0), 0)).toEqual({ is: 'frame', size: 1024 })
  })

  it('count escapes against the buffer of the card', () => {
    expect(call('showText', { width: 64, height: 16, text: '['.repeat(481) }).ok).toBe(true)
    expect(call('showText', { width: 64, height: 16, text: '['.repeat(482) }).ok).toBe(false)
  })

  it('are not answered when they go to every screen', () => {
    const question = call('setBlackout', { blackout: true }, { screen: 0xfffe })
    assert(question.ok, 'a question')
    expect(question.value.answered).toBe(false)
    expect(question.value.encode(0)[8 + 14 + 2]).toBe(0x02)
  })

  it('send 00 00 after the response flag where the profile says so', () => {
    const profile = profileNamed('onbon-bx5k')
    const zero = onbonDialect({ ...profile, frame: { ...profile.frame, lengthAfterFlag: 'zero' } })
    const question = zero.question({ command: 'setBlackout', parameters: { blackout: true }, address: {}, context: {} })
    assert(question.ok, 'a question')
    const java = profile.vectors.find((v) => v.kind === 'frame' && /Java code/.test(v.name))
    assert(java?.kind === 'frame', 'the frame of the Java code')
    expect(toHex(question.value.encode(0), ' ')).toBe(java.bytes)
  })
})

describe('answers', () => {
  const dialect = dialectNamed('onbon-bx5k')
  const profile = profileNamed('onbon-bx5k')
  const reply = (name: RegExp) => {
    const vector = profile.vectors.find((v) => name.test(v.name))
    assert(vector, `a vector ${name}`)
    return bytesOf(vector.kind === 'exchange' ? (vector.reply ?? '') : vector.bytes)
  }
  const judge = (command: string, bytes: Uint8Array, address: Values = {}) => {
    const parameters: Values = command.startsWith('set') ? { blackout: true } : {}
    const question = dialect.question({ command, parameters, address, context: {} })
    assert(question.ok, 'a question')
    return question.value.judge(bytes, [0], [])
  }

  it('of another screen, and our own echo, are nobody’s business', () => {
    const ack = reply(/^positive reply$/)
    expect(judge('ping', ack, { screen: 2 }).is).toBe('foreign')
    const question = dialect.question({ command: 'ping', parameters: {}, address: {}, context: {} })
    assert(question.ok, 'a question')
    expect(judge('ping', question.value.encode(0)).is).toBe('foreign')
  })

  it('with a payload where none is due, or without one, are late ones', () => {
    expect(judge('readStatus', reply(/^positive reply$/)).is).toBe('stale')
    expect(judge('setBlackout', reply(/^status: on/)).is).toBe('stale')
  })

  it('with an error code say it in the maker’s words; busy is worth asking again', () => {
    const busy = judge('ping', reply(/error 3 busy/))
    expect(busy).toEqual({ is: 'again', fault: { kind: 'refused', detail: 'error 3: the controller is busy now' } })
    const wrong = judge('setBlackout', reply(/error 13/))
    expect(wrong).toMatchObject({ is: 'fault', fault: { kind: 'refused', detail: /firmware type/ } })
  })

  it('are described in one line', () => {
    expect(dialect.describe('reply', reply(/^status: on/))).toBe(
      'reply screen 1: ok blackout=false brightness=53 clock=2026-11-22T18:30:45 programs=1 program=P000 spare=0 specialArea=0 areas=0,1',
    )
    expect(dialect.describe('reply', Uint8Array.of(1, 2))).toBe('reply of 2 bytes that is no right frame')
    expect(dialect.sideOf(reply(/^status: on/))).toBe('reply')
  })
})
