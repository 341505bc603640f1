import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '#core/base/bytes.ts'
import { faultText, parseDocument } from '#core/base/check.ts'
import { type Prng, prng } from '#core/base/prng.ts'
import { assert } from '#core/base/result.ts'
import type { Dialect, Question, Side, Values } from '../../dialect/dialect.ts'
import { createScanner } from '../../dialect/scan.ts'
import { modbusDialect } from './dialect.ts'
import { crc16, encodeAdu } from './frame.ts'
import { modbusRules } from './rules.ts'
import { ModbusProfile } from './schema.ts'

const FOLDER = new URL('../../../firmware-profiles/', import.meta.url)
const PROFILES: readonly ModbusProfile[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json') && file !== 'schema.json')
  .map((file) => [file, readFileSync(new URL(file, FOLDER), 'utf8')] as const)
  .filter(([, text]) => text.includes('"protocol": "modbus"'))
  .map(([file, text]) => {
    const parsed = parseDocument(ModbusProfile, text)
    assert(parsed.ok, parsed.ok ? '' : faultText(file, parsed.error))
    return parsed.value
  })
const profile = (id: string): ModbusProfile => {
  const found = PROFILES.find((one) => one.id === id)
  assert(found, `no profile ${id}`)
  return found
}
const bytes = (hex: string): Uint8Array => {
  const found = fromHex(hex)
  assert(found, `not hex: ${hex}`)
  return found
}
const RELAY = modbusDialect(profile('waveshare-modbus-rtu-relay-d-8ch'))
const TCP = modbusDialect(profile('waveshare-modbus-poe-eth-relay-tcp'))
const CLIMATE = modbusDialect(profile('generic-xy-md02'))

const ask = (dialect: Dialect, command: string, parameters: Values, address: Values = { unit: 1 }): Question => {
  const question = dialect.question({ command, parameters, address, context: {} })
  assert(question.ok, question.ok ? '' : question.error)
  return question.value
}
const refusal = (dialect: Dialect, command: string, parameters: Values, address: Values = { unit: 1 }): string => {
  const question = dialect.question({ command, parameters, address, context: {} })
  assert(!question.ok, `${command} was accepted`)
  return question.error
}
/** All frames of all vectors that are right, with their side. */
const GOOD: readonly { dialect: Dialect; side: Side; frame: Uint8Array }[] = PROFILES.flatMap((one) => {
  const dialect = modbusDialect(one)
  return one.vectors.flatMap((vector) => {
    if (vector.kind !== 'exchange') return []
    const reply = vector.reply === null ? [] : [{ dialect, side: 'reply' as const, frame: bytes(vector.reply) }]
    return [{ dialect, side: 'request' as const, frame: bytes(vector.request) }, ...reply]
  })
})

describe('register maps and vectors', () => {
  it('has every model of the facts, and the linter finds nothing', () => {
    expect(PROFILES.length).toBeGreaterThanOrEqual(14)
    for (const one of PROFILES) expect(modbusRules(one), one.id).toEqual([])
  })

  it('speaks every vector both ways', () => {
    let checked = 0
    for (const one of PROFILES) {
      const dialect = modbusDialect(one)
      for (const vector of one.vectors) {
        if (vector.kind !== 'exchange') continue
        const { command, parameters, address, context, token } = vector
        const question = dialect.question({ command, parameters, address, context })
        assert(question.ok, `${one.id} ${vector.name}`)
        expect(toHex(question.value.encode(token), ' '), vector.name).toBe(vector.request)
        expect(dialect.commandOf(bytes(vector.request)), vector.name).toEqual({ command, parameters })
        if (vector.reply !== null)
          expect(question.value.judge(bytes(vector.reply), [token], []), vector.name).toEqual({
            is: 'values',
            values: vector.values,
          })
        checked += 1
      }
    }
    expect(checked).toBeGreaterThan(80)
  })

  it('counts the bytes it says it will send and get', () => {
    for (const one of PROFILES)
      for (const vector of one.vectors) {
        if (vector.kind !== 'exchange' || vector.reply === null) continue
        const { command, parameters, address, context } = vector
        const question = modbusDialect(one).question({ command, parameters, address, context })
        assert(question.ok, vector.name)
        expect(question.value.requestBytes, vector.name).toBe(bytes(vector.request).length)
        expect(question.value.replyBytes, vector.name).toBe(bytes(vector.reply).length)
      }
  })

  it('brings the published frames of the facts, each with its own checksum', () => {
    // Printed in the facts for relays, inputs, address, R4, climate sensors and the dry contact.
    const published = [
      '01 05 00 00 FF 00 8C 3A',
      '01 05 00 00 00 00 CD CA',
      '01 05 00 FF FF 00 BC 0A',
      '01 05 00 FF 00 00 FD FA',
      '01 01 00 00 00 08 3D CC',
      '01 01 01 01 90 48',
      '00 03 40 00 00 01 90 1B',
      '01 02 00 00 00 08 79 CC',
      '01 02 01 01 60 48',
      '01 05 00 01 01 00 9D 9A',
      '01 05 00 01 00 00 9C 0A',
      '01 04 00 01 00 02 20 0B',
      '01 04 04 01 31 02 22 2A CE',
      '01 03 00 00 00 02 C4 0B',
      '01 03 04 01 11 02 72 2A 8F',
      'FF 02 00 00 00 08 6C 12',
      'FF 02 01 01 51 A0',
      'FF 02 01 00 90 60',
    ]
    const all = new Set(GOOD.map(({ frame }) => toHex(frame, ' ')))
    expect(published.filter((frame) => !all.has(frame))).toEqual([])
    for (const frame of published.map(bytes)) {
      const crc = crc16(frame.subarray(0, -2))
      expect([crc & 0xff, crc >> 8]).toEqual([...frame.subarray(-2)])
    }
  })
})

describe('what a question allows', () => {
  it('names what is missing, unknown or out of range', () => {
    expect(refusal(RELAY, 'fly', {})).toMatch('no command fly')
    expect(refusal(RELAY, 'constructor', {})).toMatch('no command constructor')
    expect(refusal(RELAY, 'setRelay', { channel: 8, on: true })).toMatch('channel must be a whole number from 0 to 7')
    expect(refusal(RELAY, 'setRelay', { on: true })).toMatch('channel')
    expect(refusal(RELAY, 'setRelay', { channel: 0, on: 1 })).toMatch('on must be true or false')
    expect(refusal(RELAY, 'setRelay', { channel: 0, on: true, force: true })).toMatch('takes no force')
    expect(refusal(RELAY, 'pulseOn', { channel: 0, seconds: 4000 })).toMatch('not within 0.1 to 3276.7')
    expect(refusal(RELAY, 'setRelays', { relay1: true })).toMatch('relay2 must be true or false')
    expect(refusal(RELAY, 'readRelays', {}, { unit: 248 })).toMatch('unit must be a whole number from 0 to 247')
    expect(refusal(RELAY, 'readRelays', {}, { unit: 1.5 })).toMatch('unit')
    expect(refusal(RELAY, 'readRelays', {}, { unit: 0 })).toMatch('nobody answers')
  })

  it('waits for nobody after a write to everyone, and for the factory address when a site gives none', () => {
    expect(ask(RELAY, 'setAll', { on: false }, { unit: 0 }).answered).toBe(false)
    expect(ask(RELAY, 'setAll', { on: false }).answered).toBe(true)
    expect(ask(RELAY, 'setAll', { on: false }, {}).encode(0)[0]).toBe(1)
    expect(ask(RELAY, 'readUnit', {}).answered).toBe(true)
  })

  it('says what the device can hold', () => {
    const call = { command: 'pulseOn', parameters: { channel: 0, seconds: 0.26 }, address: {}, context: {} }
    expect(RELAY.holds(call, 'seconds')).toBe(0.3)
    expect(RELAY.holds(call, 'channel')).toBeUndefined()
    expect(RELAY.holds({ ...call, command: 'nothing' }, 'seconds')).toBeUndefined()
    expect(RELAY.holds({ ...call, command: 'setRelay', parameters: { on: true } }, 'on')).toBe(true)
  })
})

const frameOf = (body: string): Uint8Array => {
  const plain = bytes(body)
  const crc = crc16(plain)
  return Uint8Array.from([...plain, crc & 0xff, crc >> 8])
}

describe('what a reply means', () => {
  const set = ask(RELAY, 'setRelay', { channel: 0, on: true })
  const read = ask(RELAY, 'readRelays', {})

  it('gives each exception the meaning of the standard', () => {
    const kinds = [1, 2, 3, 4, 5, 6, 8, 10, 11, 99].map((code) => {
      const judged = set.judge(frameOf(`01 85 ${code.toString(16).padStart(2, '0')}`), [0], [])
      return judged.is === 'fault' || judged.is === 'again' ? `${judged.is} ${judged.fault.kind}` : judged.is
    })
    expect(kinds).toEqual([
      'fault refused',
      'fault refused',
      'fault refused',
      'fault refused',
      'again refused',
      'again refused',
      'fault refused',
      'fault unreachable',
      'fault unreachable',
      'fault refused',
    ])
  })

  it('leaves alone what is for another unit, function or place', () => {
    expect(set.judge(frameOf('02 05 00 00 FF 00'), [0], []).is).toBe('foreign')
    expect(set.judge(frameOf('01 01 01 01'), [0], []).is).toBe('foreign')
    expect(set.judge(frameOf('01 81 02'), [0], []).is).toBe('foreign')
    expect(set.judge(frameOf('01 05 00 01 FF 00'), [0], []).is).toBe('stale')
    expect(set.judge(frameOf('01 05 00 00 00 00'), [0], []).is).toBe('stale')
  })

  it('believes no wrong byte count and no wrong echo', () => {
    const short = read.judge(frameOf('01 01 02 01 00'), [0], [])
    expect(short).toMatchObject({ is: 'fault', fault: { kind: 'garbled', detail: '2 data bytes, expected 1' } })
    const odd = set.judge(frameOf('01 05 00 00 12 34'), [0], [])
    expect(odd).toMatchObject({ is: 'fault', fault: { kind: 'mismatch' } })
    const many = ask(
      RELAY,
      'setRelays',
      Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`relay${i + 1}`, false])),
    )
    expect(many.judge(frameOf('01 0F 00 00 00 07'), [0], []).is).toBe('stale')
  })

  it('never takes the echo of its own question for the answer to a read', () => {
    let checked = 0
    for (const { dialect, side, frame } of GOOD) {
      const known = dialect.commandOf(frame)
      if (side !== 'request' || known === null || dialect.profile.protocol !== 'modbus') continue
      if (dialect.profile.framing === 'tcp' || frame[1] === 5 || frame[1] === 6) continue
      const unit = dialect.profile.commands[known.command]?.to === 'only' ? 1 : (frame[0] ?? 0)
      const question = ask(dialect, known.command, known.parameters, { unit })
      const scanner = createScanner(dialect.reader('reply'))
      const heard = scanner.push(question.encode(7))
      expect(
        heard.map((one) => one.is),
        toHex(frame, ' '),
      ).toEqual(['frame'])
      expect(question.judge(heard[0]?.bytes ?? new Uint8Array(), [7], []).is, toHex(frame, ' ')).toBe('foreign')
      checked += 1
    }
    expect(checked).toBeGreaterThan(25)
  })

  it('finds the answer right behind the echo', () => {
    const scanner = createScanner(RELAY.reader('reply'))
    const heard = scanner.push(bytes('01 01 00 00 00 08 3D CC 01 01 01 01 90 48'))
    expect(heard.map((one) => read.judge(one.bytes, [0], []).is)).toEqual(['foreign', 'values'])
    expect(scanner.noiseBytes()).toBe(0)
  })

  it('knows a Modbus TCP answer by its number', () => {
    const question = ask(TCP, 'readRelays', {})
    const reply = (transaction: number, unit: number) =>
      encodeAdu('tcp', { transaction, unit, pdu: { is: 'bits', code: 1, data: Uint8Array.of(3) } })
    expect(question.judge(reply(9, 1), [8, 9], []).is).toBe('values')
    expect(question.judge(reply(7, 1), [8, 9], []).is).toBe('stale')
    expect(question.judge(reply(9, 2), [8, 9], []).is).toBe('foreign')
    const lying = Uint8Array.from([0, 9, 0, 0, 0, 5, 1, 1, 9, 3, 3])
    expect(question.judge(lying, [9], [])).toMatchObject({ is: 'fault', fault: { kind: 'garbled' } })
  })

  it('takes fault codes and senseless values for no value', () => {
    const climate = ask(CLIMATE, 'readClimate', {})
    const meaning = (words: string) => {
      const judged = climate.judge(frameOf(`01 04 04 ${words}`), [0], [])
      return judged.is === 'values' ? [judged.values['temperature'], judged.values['humidity']] : judged.is
    }
    expect(meaning('FF 9C 02 22')).toEqual([-10, 54.6])
    for (const code of ['7F FF', '80 00', 'FF FF']) expect(meaning(`${code} ${code}`), code).toEqual([null, null])
    expect(meaning('0B EA 15 50')).toEqual([null, null])
  })

  it('tells the side where the bytes do', () => {
    expect(RELAY.sideOf(bytes('01 01 00 00 00 08 3D CC'))).toBe('request')
    expect(RELAY.sideOf(bytes('01 01 01 01 90 48'))).toBe('reply')
    expect(RELAY.sideOf(bytes('01 05 00 00 FF 00 8C 3A'))).toBeNull()
    expect(RELAY.sideOf(bytes('01 85 02 C3 51'))).toBe('reply')
  })
})

describe('the byte stream', () => {
  const random = prng(20_261_122)
  const chunked = (stream: Uint8Array, cut: Prng): readonly Uint8Array[] => {
    const parts: Uint8Array[] = []
    for (let at = 0; at < stream.length; ) {
      const size = 1 + cut.below(12)
      parts.push(stream.subarray(at, at + size))
      at += size
    }
    return parts
  }
  const framesOf = (dialect: Dialect, side: Side, chunks: readonly Uint8Array[]) => {
    const scanner = createScanner(dialect.reader(side))
    return chunks.flatMap((chunk) => scanner.push(chunk)).map((one) => `${one.is} ${toHex(one.bytes, ' ')}`)
  }

  it('gives the same frames however it is cut', () => {
    let cuts = 0
    for (const { dialect, side, frame } of GOOD) {
      const whole = framesOf(dialect, side, [frame])
      expect(whole).toEqual([`frame ${toHex(frame, ' ')}`])
      for (let at = 1; at < frame.length; at++) {
        expect(framesOf(dialect, side, [frame.subarray(0, at), frame.subarray(at)])).toEqual(whole)
        cuts += 1
      }
    }
    expect(cuts).toBeGreaterThan(1000)
    for (let round = 0; round < 300; round++) {
      const { dialect, side } = GOOD[random.below(GOOD.length)] ?? GOOD[0] ?? { dialect: RELAY, side: 'reply' as const }
      const same = GOOD.filter((one) => one.dialect === dialect && one.side === side)
      const noise = Array.from({ length: random.below(9) }, () => random.below(256))
      const stream = Uint8Array.from([
        ...noise,
        ...Array.from({ length: 5 }, () => [...(same[random.below(same.length)]?.frame ?? [])]).flat(),
      ])
      expect(framesOf(dialect, side, chunked(stream, random))).toEqual(framesOf(dialect, side, [stream]))
    }
  })

  it('lets no single wrong bit through as a frame of the same size', () => {
    let flips = 0
    for (const { dialect, side, frame } of GOOD) {
      if (dialect.profile.protocol !== 'modbus' || dialect.profile.framing === 'tcp') continue
      for (let bit = 0; bit < frame.length * 8; bit++) {
        const copy = frame.slice()
        copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const scanner = createScanner(dialect.reader(side))
        const found = [...scanner.push(copy), ...scanner.giveUp()].filter((one) => one.is === 'frame')
        expect(
          found.map((one) => toHex(one.bytes, ' ')),
          `${toHex(frame, ' ')} bit ${bit}`,
        ).toEqual([])
        flips += 1
      }
    }
    expect(flips).toBeGreaterThan(8000)
  })

  it('throws at no bytes at all, and stays within its bounds', () => {
    const questions = [ask(RELAY, 'readRelays', {}), ask(RELAY, 'setRelay', { channel: 3, on: true })]
    let done = 0
    while (done < 200_000) {
      const { dialect, frame } = GOOD[random.below(GOOD.length)] ?? { dialect: RELAY, frame: new Uint8Array(8) }
      const copy = Uint8Array.from([...frame, ...frame.subarray(0, random.below(frame.length))])
      for (let i = random.below(4); i > 0; i--) copy[random.below(copy.length)] = random.below(256)
      const sample = random.chance(0.3) ? copy.map(() => random.below(256)) : copy
      done += sample.length
      for (const side of ['request', 'reply'] as const) {
        const scanner = createScanner(dialect.reader(side))
        for (const one of scanner.push(sample)) for (const question of questions) question.judge(one.bytes, [0], [])
        expect(scanner.pending()).toBeLessThanOrEqual(260)
        const fields = dialect.explain(side, sample)
        expect(fields.map((field) => field.hex).join(' ')).toBe(toHex(sample, ' '))
        dialect.describe(side, sample)
        dialect.reencode(side, sample)
      }
      for (const question of questions) question.judge(sample, [0], [])
      dialect.commandOf(sample)
      dialect.sideOf(sample)
    }
  })

  it('explains every field of a frame, and what is wrong with it', () => {
    const says = (side: Side, hex: string) => RELAY.explain(side, bytes(hex)).map((f) => `${f.name}: ${f.says}`)
    expect(says('request', '01 05 00 00 FF 00 8C 3A')).toEqual([
      'unit: 1',
      'function: write one coil',
      'start: 0',
      'value: 65280',
      'crc: right',
    ])
    expect(says('reply', '01 85 02 C3 52')).toEqual([
      'unit: 1',
      'function: exception to: write one coil',
      'exception: the device has no such address',
      'crc: wrong, computed C3 51',
    ])
    expect(RELAY.describe('request', bytes('01 05 00 00 FF 00 8C 3A'))).toBe(
      'request unit 1 setRelay: channel=0 on=true',
    )
    expect(TCP.explain('reply', bytes('00 2A 00 00 00 04 01 01 01 01')).map((f) => f.says)).toEqual([
      '42',
      'Modbus',
      '4 bytes follow',
      '1',
      'read coils',
      '1',
      '10000000',
    ])
  })
})

describe('the linter', () => {
  const good = profile('waveshare-modbus-rtu-relay-8ch')
  const command = (change: Partial<ModbusProfile['commands'][string]>, name = 'setRelay'): ModbusProfile => {
    const old = good.commands[name]
    assert(old, name)
    return { ...good, commands: { ...good.commands, [name]: { ...old, ...change } } }
  }
  const whys = (one: ModbusProfile) => modbusRules(one).map((fault) => `${fault.where}: ${fault.why}`)

  it.each([
    ['direction', command({ direction: 'read' }), '/commands/setRelay/direction: function 5 writes'],
    ['count', command({ count: 2 }), '/commands/setRelay/count: function 5 takes at most 1'],
    ['past FFFF', command({ start: 'FFFE' }), '/commands/setRelay/start: reaches 10005, past FFFF'],
    ['field kind', command({ fields: [{ type: 'bit', name: 'on', at: 0, inverted: false }] }), 'does not carry bit'],
    [
      'hole in a write',
      command({ fields: [{ type: 'bit', name: 'relay1', at: 0, inverted: false }] }, 'setRelays'),
      '1 from start is written by 0 fields',
    ],
    ['overlap', command({ start: '00F8' }), 'cannot be told apart'],
    ['relay range', command({ channel: null }), '/relays/write: setRelay must take channel 0 to 7'],
    ['serial for tcp', { ...good, framing: 'tcp' as const }, '/links/0/kind'],
    ['factory unit', { ...good, unit: { ...good.unit, factory: 250 } }, '/unit/factory'],
  ])('finds a wrong %s', (_, wrong, expected) => {
    expect(
      whys(wrong).some((why) => why.includes(expected)),
      whys(wrong).join('\n'),
    ).toBe(true)
  })
})
