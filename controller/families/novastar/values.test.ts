import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '#core/base/bytes.ts'
import { parseDocument } from '#core/base/check.ts'
import { assert } from '#core/base/result.ts'
import { codecOf } from './codec.ts'
import { requestFrame } from './encode.ts'
import { bytesOf } from './layout.ts'
import { novastarRules } from './rules.ts'
import { type CommandSpec, type DataFieldSpec, NovastarProfile } from './schema.ts'
import { sizeOfData } from './size.ts'
import { decodeValues, encodeValues, placesOf } from './values.ts'

const load = (model: string): NovastarProfile => {
  const file = new URL(`../../../firmware-profiles/novastar-${model}.json`, import.meta.url)
  const parsed = parseDocument(NovastarProfile, readFileSync(file, 'utf8'))
  assert(parsed.ok, model)
  return parsed.value
}
const good = load('mctrl300')
const relayCard = load('mfn300')
const codec = codecOf(good)

const read = (...fields: DataFieldSpec[]): CommandSpec => ({
  title: 'made up',
  confidence: 'C',
  source: 'manual',
  direction: 'read',
  use: 'any',
  target: 'sender',
  register: '02000000',
  index: null,
  trigger: null,
  fields,
})
const write = (...fields: DataFieldSpec[]): CommandSpec => ({ ...read(...fields), direction: 'write' })
const decoded = (command: CommandSpec, hex: string) => {
  const values = decodeValues(command, bytesOf(hex))
  return values.ok ? values.value : values.error
}
const encoded = (command: CommandSpec, values: Parameters<typeof encodeValues>[2]) => {
  const bytes = encodeValues(codec, command, values)
  return bytes.ok ? toHex(bytes.value, ' ') : bytes.error
}
const bit = (name: string, mask: string, last: boolean, valid: string | null = null): DataFieldSpec => ({
  type: 'bit',
  name,
  mask,
  valid,
  whenSet: true,
  last,
})
const smoke = bit('smoke', '01', true, '80')
const presence: DataFieldSpec = { type: 'presence', name: 'fitted', present: 'FF' }
const mode: DataFieldSpec = { type: 'mode', name: 'blackout', on: '0500', off: '0300' }
const number: DataFieldSpec = { type: 'number', name: 'socket', bytes: 2, order: 'le', minimum: 0, maximum: 300 }

describe('data fields', () => {
  test('bits share a byte until the last one', () => {
    const doors = read(bit('left', '01', false), bit('right', '02', true), bit('next', '80', true))
    expect(sizeOfData(doors)).toBe(2)
    expect(placesOf(doors).map((p) => p.at)).toEqual([0, 0, 1])
    expect(decoded(doors, '02 80')).toEqual({ left: false, right: true, next: true })
    expect(decoded(read({ ...bit('broken', '10', true), whenSet: false } as DataFieldSpec), '10')).toEqual({
      broken: false,
    })
  })
  test('a bit without its valid mask has no value', () => {
    expect(['01', '00', '80', '81'].map((hex) => decoded(read(smoke), hex))).toEqual([
      { smoke: null },
      { smoke: null },
      { smoke: false },
      { smoke: true },
    ])
  })
  test('what follows an absent part has no value, even where it would not make sense', () => {
    const choice: DataFieldSpec = { type: 'choice', name: 'state', choices: { good: ['01'] } }
    expect(decoded(read(presence, smoke, choice), 'FF 81 01')).toEqual({ fitted: true, smoke: true, state: 'good' })
    expect(decoded(read(presence, smoke, choice), 'FE 81 99')).toEqual({ fitted: false, smoke: null, state: null })
    expect(decoded(read(presence, smoke, choice), 'FF 81 99')).toMatch(/field state: code 99/)
  })
  test('any set bit in a row of bytes; skipped bytes say nothing', () => {
    const command = read({ type: 'skip', name: 'reserved', bytes: 2 }, { type: 'anySet', name: 'ribbon', bytes: 3 })
    expect(decoded(command, 'FF FF 00 00 00')).toEqual({ ribbon: false })
    expect(decoded(command, '00 00 00 20 00')).toEqual({ ribbon: true })
  })
  test('one mode of several: yes, no, or neither', () => {
    expect(['05 00', '03 00', '04 00', '06 02'].map((hex) => decoded(read(mode), hex))).toEqual([
      { blackout: true },
      { blackout: false },
      { blackout: null },
      { blackout: null },
    ])
    expect(encoded(write(mode), { blackout: true })).toBe('05 00')
    expect(encoded(write(mode), { blackout: null })).toMatch(/must be true or false/)
  })
  test('an inner sum is made when written and checked when read', () => {
    const head: DataFieldSpec = { type: 'constant', name: 'head', value: 'AA 55' }
    const from: DataFieldSpec = { type: 'constant', name: 'question', value: '82' }
    const command = write(head, from, number, { type: 'sum', name: 'check', from: 'question' })
    expect(encoded(command, { socket: 258 })).toBe('AA 55 82 02 01 85')
    expect(decoded(command, 'AA 55 82 02 01 85')).toEqual({ socket: 258 })
    expect(decoded(command, 'AA 55 82 02 01 86')).toBe('field check: sum 86, should be 85')
    expect(decoded(command, 'AA 55 83 02 01 86')).toMatch(/field question: 83 instead of 82/)
  })
  test('numbers keep to their range both ways', () => {
    expect(encoded(write(number), { socket: 300 })).toBe('2C 01')
    expect([301, -1, 1.5, '2', null].map((socket) => encoded(write(number), { socket }))).toEqual(
      Array(5).fill('field socket: must be a whole number from 0 to 300'),
    )
    expect(decoded(read(number), 'FF FF')).toMatch(/65535 is outside 0 to 300/)
  })
  test('what can only be read is never written', () => {
    const fields: DataFieldSpec[] = [
      smoke,
      presence,
      { type: 'skip', name: 'x', bytes: 1 },
      { type: 'anySet', name: 'y', bytes: 1 },
    ]
    for (const field of fields)
      expect(encoded(write(field), { [field.name]: true })).toMatch(/only read, never written/)
    expect(fields.length).toBe(4)
  })
  test('property: any write of the profiles is read as what it was made from', () => {
    const writes = [...Object.values(good.commands), ...Object.values(relayCard.commands)].filter(
      (c) => c.direction === 'write',
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...writes),
        fc.integer({ min: 0, max: 90 }),
        fc.boolean(),
        (command, percent, flag) => {
          const values = Object.fromEntries(
            command.fields.flatMap((f): [string, number | boolean | string][] => {
              if (f.type === 'percent') return [[f.name, percent]]
              if (f.type === 'flag') return [[f.name, flag]]
              if (f.type === 'choice')
                return [[f.name, Object.keys(f.choices)[percent % Object.keys(f.choices).length] ?? '']]
              return f.type === 'number' ? [[f.name, percent % 4]] : []
            }),
          )
          const bytes = encodeValues(codec, command, values)
          assert(bytes.ok, bytes.ok ? '' : bytes.error)
          expect(decodeValues(command, bytes.value)).toEqual({ ok: true, value: values })
        },
      ),
    )
    expect(writes.length).toBe(9)
  })
})

/** The good profile with some commands put in. */
const withCommands = (commands: Readonly<Record<string, CommandSpec>>): NovastarProfile => ({
  ...good,
  commands: { ...good.commands, ...commands },
})
const faults = (profile: NovastarProfile) => novastarRules(profile).map((f) => `${f.where}: ${f.why}`)
const constant = (value: string): DataFieldSpec => ({ type: 'constant', name: 'value', value })
const at = (register: string, command: CommandSpec): CommandSpec => ({ ...command, register })
const INDEX = { parameter: 'channel', count: 8, step: 1 }

describe('rules', () => {
  test('the shipped ones are good', () => expect([faults(good), faults(relayCard)]).toEqual([[], []]))

  const wrong: readonly (readonly [string, NovastarProfile, RegExp])[] = [
    [
      'factory reset by name',
      withCommands({ reset: at('01000002', write(constant('11'))) }),
      /reset\/register: writes never-send register 01000002/,
    ],
    [
      'factory reset by a technician',
      withCommands({ reset: { ...at('01000002', write(constant('11'))), use: 'technician' } }),
      /writes never-send register 01000002/,
    ],
    [
      'factory reset in the middle of a block',
      withCommands({ block: at('01000000', write(constant('00 00 11'))) }),
      /never-send register 01000002/,
    ],
    [
      'factory reset by an index',
      withCommands({ many: { ...at('01000000', write(constant('11'))), index: INDEX } }),
      /never-send register 01000002/,
    ],
    [
      'a profile that forgets factory reset',
      { ...good, neverSend: good.neverSend.slice(1) },
      /\/neverSend: register 01000002 must be listed/,
    ],
    [
      'a profile that forgets store',
      { ...good, technicianOnly: [{ register: '00000000', bytes: 1, reason: 'x' }] },
      /\/technicianOnly: register 01000011 must be listed/,
    ],
    ['store by anyone', withCommands({ keep: at('01000011', write(constant('11'))) }), /so its use must be technician/],
    [
      'store in a block by anyone',
      withCommands({ keep: at('0100000E', write(constant('00 00 00 11'))) }),
      /so its use must be technician/,
    ],
    [
      'trigger that is not there',
      withCommands({ look: { ...read(constant('11')), trigger: 'nothing' } }),
      /trigger: no command nothing/,
    ],
    [
      'trigger that is a read',
      withCommands({ look: { ...read(constant('11')), trigger: 'readModelId' } }),
      /readModelId must be a write of use any/,
    ],
    [
      'trigger to another device',
      withCommands({ look: { ...read(constant('11')), trigger: 'setBlackout' } }),
      /goes to allCards, the read to sender/,
    ],
    [
      'a write with a trigger',
      withCommands({ say: { ...write(constant('11')), trigger: 'setManualInput' } }),
      /only a read has a trigger/,
    ],
    [
      'index that overlaps itself',
      withCommands({ many: { ...read(constant('11 12')), index: INDEX } }),
      /steps of 1 overlap 2 data bytes/,
    ],
    [
      'index named like a field',
      withCommands({ many: { ...read(constant('11')), index: { ...INDEX, parameter: 'value' } } }),
      /value is also the name of a field/,
    ],
    ['a bit with nothing behind it', withCommands({ look: read(bit('a', '01', false)) }), /no other bit follows/],
    ['a bit without bits', withCommands({ look: read(bit('a', '00', true)) }), /an empty mask/],
    ['a bit that is its own proof', withCommands({ look: read(bit('a', '80', true, '80')) }), /masks overlap/],
    ['a bit that is written', withCommands({ say: write(smoke) }), /bit can only be read/],
    [
      'a sum from nowhere',
      withCommands({ look: read(constant('01'), { type: 'sum', name: 'check', from: 'x' }) }),
      /no field x/,
    ],
    [
      'codes of two lengths',
      withCommands({ look: read({ type: 'choice', name: 'a', choices: { b: ['01'], c: ['0102'] } }) }),
      /codes differ in length/,
    ],
    ['a mode of two lengths', withCommands({ look: read({ ...mode, off: '03' }) }), /on and off differ in length/],
    ['a number that does not fit', withCommands({ look: read({ ...number, bytes: 1 }) }), /does not fit in 1 byte/],
    [
      'telemetry in the wrong unit',
      { ...good, telemetry: [{ what: 'fan', where: 'x', command: 'readVoltage', parameters: {}, field: 'voltage' }] },
      /fan is in rpm, voltage is volt/,
    ],
    [
      'telemetry of the wrong kind',
      { ...good, telemetry: [{ what: 'smoke', where: 'x', command: 'readVoltage', parameters: {}, field: 'voltage' }] },
      /smoke is yes or no/,
    ],
    [
      'telemetry of no field',
      { ...good, telemetry: [{ what: 'smoke', where: 'x', command: 'readVoltage', parameters: {}, field: 'haze' }] },
      /readVoltage has no field haze/,
    ],
    [
      'relays without an index',
      { ...relayCard, relays: { count: 9, write: 'setRelay', readBack: null } },
      /must count at least 9 by parameter channel/,
    ],
    [
      'relays without on',
      { ...relayCard, relays: { count: 1, write: 'askClimate', readBack: null } },
      /must have a flag named on/,
    ],
    [
      'a unit that does not fit',
      {
        ...good,
        targets: {
          ...good.targets,
          sender: { ...good.targets['sender'], destination: { address: 'unit', otherwise: '0100' } },
        },
      },
      /0100 does not fit in 1 byte/,
    ],
  ]
  test.each(wrong)('%s', (_, profile, expected) => {
    const found = faults(profile)
    expect(
      found.some((fault) => expected.test(fault)),
      found.join('\n'),
    ).toBe(true)
  })

  test('a never-send register is not framed even past the rules', () => {
    let tried = 0
    for (const never of good.neverSend) {
      const tampered = withCommands({ reset: at(never.register, write(constant('11'))) })
      const frame = requestFrame(codecOf(tampered), { command: 'reset', target: null, parameters: {}, sequence: 0 })
      expect(frame).toMatchObject({ ok: false, error: expect.stringContaining('never sent') })
      tried += 1
    }
    expect(tried).toBe(2)
  })
})
