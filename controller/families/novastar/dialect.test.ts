import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, toHex } from '#core/base/bytes.ts'
import { prng } from '#core/base/prng.ts'
import { assert } from '#core/base/result.ts'
import type { Call, Dialect, Judgement, Values } from '../../dialect/dialect.ts'
import { dialectOf } from '../../dialect/open.ts'
import { createScanner } from '../../dialect/scan.ts'
import { loadProfile } from '../../profile/catalogue.ts'
import type { SimDevice } from '../../sim/device.ts'
import { MONITORED } from '../../sim/health.ts'
import { createFunctionCardSim, createNovastarSim } from '../../sim/novastar.ts'
import { SIM_MODELS, type SimModel } from '../../sim/registers.ts'
import { bytesOf } from './layout.ts'
import type { CommandSpec, DataFieldSpec, NovastarProfile } from './schema.ts'

const FOLDER = new URL('../../../firmware-profiles/', import.meta.url)
const profileOf = (model: string): NovastarProfile => {
  const file = `novastar-${model}.json`
  const loaded = loadProfile(file, readFileSync(new URL(file, FOLDER), 'utf8'))
  assert(loaded.ok && loaded.value.protocol === 'novastar', file)
  return loaded.value
}
const call = (command: string, parameters: Values, address: Values = {}): Call => ({
  command,
  parameters,
  address,
  context: {},
})

/** One question over the wire: encode, cut, answer, scan, judge. */
const ask = (dialect: Dialect, sim: SimDevice, asked: Call): Judgement => {
  const question = dialect.question(asked)
  assert(question.ok, question.ok ? '' : question.error)
  const token = 77
  const cut = sim.cutter()
  const sent = question.value.encode(token)
  expect(sent.length).toBe(question.value.requestBytes)
  const replies = [...cut(sent.subarray(0, 5)), ...cut(sent.subarray(5))].flatMap((r) => [...sim.answer(r)])
  const found = createScanner(dialect.reader('reply')).push(concat(...replies))
  assert(found.length === 1 && found[0]?.is === 'frame', `one reply to ${asked.command}`)
  expect(found[0].bytes.length).toBeLessThanOrEqual(question.value.replyBytes)
  return question.value.judge(found[0].bytes, [token], [])
}

/** Something a field takes; the brightness is one that every limit allows. */
const sampleOf = (field: DataFieldSpec): Values[string] | undefined => {
  if (field.type === 'percent') return 40
  if (field.type === 'flag' || field.type === 'mode') return true
  if (field.type === 'choice') return Object.keys(field.choices).at(-1) ?? ''
  return field.type === 'number' ? field.minimum : undefined
}
const parametersFor = (profile: NovastarProfile, command: CommandSpec): Values => {
  const target = Object.values(profile.targets[command.target] ?? {}).flatMap((v) =>
    typeof v !== 'string' && 'parameter' in v ? [v.parameter] : [],
  )
  const names = [...target, ...(command.index === null ? [] : [command.index.parameter])]
  const fields = command.direction === 'write' ? command.fields : []
  return {
    ...Object.fromEntries(names.map((name) => [name, 0])),
    ...Object.fromEntries(fields.flatMap((f) => (sampleOf(f) === undefined ? [] : [[f.name, sampleOf(f) ?? null]]))),
  }
}

describe('dialect and simulator', () => {
  test.each(SIM_MODELS)('every command of %s is answered, and what is written reads back', (model) => {
    const profile = profileOf(model)
    const dialect = dialectOf(profile)
    const sim = createNovastarSim({ model, cards: [2, 1] })
    sim.setHealth({ output: 0, card: 0 }, { humidity: 60, monitor: MONITORED })
    let tried = 0
    for (const [name, command] of Object.entries(profile.commands)) {
      const judged = ask(dialect, sim, call(name, parametersFor(profile, command)))
      expect(judged, name).toMatchObject({ is: 'values' })
      tried += 1
    }
    expect(tried).toBe(Object.keys(profile.commands).length)
    const { display } = profile
    assert(display, model)
    let readBack = 0
    for (const setting of ['brightness', 'blackout', 'testPattern', 'freeze', 'input'] as const) {
      const use = display[setting]
      if (use === null || use.readBack === null) continue
      const write = use.write.at(-1) ?? ''
      const spec = profile.commands[write]
      assert(spec, write)
      const wanted = dialect.holds(call(write, parametersFor(profile, spec)), setting)
      expect(ask(dialect, sim, call(use.readBack, { port: 0, card: 0 }))).toEqual({
        is: 'values',
        values: { [setting]: wanted },
      })
      readBack += 1
    }
    expect(readBack).toBeGreaterThanOrEqual(4)
  })

  test('every command of the function card; the climate sensor answers after its question', () => {
    const profile = profileOf('mfn300')
    const dialect = dialectOf(profile)
    const sim = createFunctionCardSim()
    sim.plug(0, { is: 'climate', temperature: 21.5, humidity: 48 })
    sim.plug(3, { is: 'light', lux: 2400 })
    const at = { port: 0, card: 0, socket: 0 }
    expect(ask(dialect, sim, call('readClimate', at))).toMatchObject({ is: 'fault', fault: { kind: 'garbled' } })
    expect(profile.commands['readClimate']?.trigger).toBe('askClimate')
    expect(ask(dialect, sim, call('askClimate', at))).toEqual({ is: 'values', values: {} })
    expect(ask(dialect, sim, call('readClimate', at))).toEqual({
      is: 'values',
      values: { temperature: 21.5, humidity: 48 },
    })
    ask(dialect, sim, call('askClimate', { ...at, socket: 3 }))
    expect(ask(dialect, sim, call('readLight', { port: 0, card: 0 }))).toEqual({
      is: 'values',
      values: { light: 2400 },
    })
    expect(ask(dialect, sim, call('readModelId', {}))).toEqual({ is: 'values', values: { modelId: '01 81' } })
    for (let channel = 0; channel < 8; channel++) {
      expect(ask(dialect, sim, call('setRelay', { channel, on: true }))).toEqual({ is: 'values', values: {} })
      expect(ask(dialect, sim, call('readRelay', { channel }))).toEqual({ is: 'values', values: { on: true } })
      expect(sim.relays().filter(Boolean).length).toBe(channel + 1)
    }
    expect(dialect.question(call('setRelay', { channel: 8, on: true }))).toMatchObject({ ok: false })
  })

  test('monitoring of every card, and null where nothing is fitted', () => {
    const dialect = dialectOf(profileOf('mctrl300'))
    const sim = createNovastarSim({ model: 'mctrl300', cards: [1, 2] })
    sim.setHealth(
      { output: 1, card: 1 },
      {
        temperature: -3.5,
        humidity: 91,
        voltage: null,
        monitor: { ...MONITORED, smoke: true, doors: [false, true], ribbon: true, fans: [0, null, 6350, 50] },
      },
    )
    const values = (command: string, port: number, card: number) => {
      const judged = ask(dialect, sim, call(command, { port, card }))
      return judged.is === 'values' ? judged.values : judged
    }
    expect(values('readCardHealth', 1, 1)).toEqual({ temperature: -3.5, humidity: 91, voltage: null })
    expect(values('readMonitor', 1, 1)).toMatchObject({
      monitorCard: true,
      smoke: true,
      door1: false,
      door2: true,
      ribbon: true,
      fan1: 0,
      fan2: null,
      fan3: 6350,
      fan4: 50,
      external1: 4.9,
      external8: null,
    })
    expect(values('readMonitorTemperature', 1, 1)).toEqual({ monitorCard: true, temperature: 40 })
    const none = values('readMonitor', 0, 0)
    expect(none).toMatchObject({ monitorCard: false, smoke: null, door1: null, ribbon: null })
    expect(Object.values(none).filter((value) => value !== null)).toEqual([false])
    expect(values('readMonitor', 1, 2)).toMatchObject({ is: 'fault', fault: { kind: 'unreachable' } })
  })

  test('every telemetry entry of every profile gets a value of its kind', () => {
    let asked = 0
    for (const model of SIM_MODELS) {
      const profile = profileOf(model)
      const sim = createNovastarSim({ model, cards: 1 })
      const fans = [1000, 1000, 1000, 1000]
      const external = [5, 5, 5, 5, 5, 5, 5, 5]
      sim.setHealth({ output: 0, card: 0 }, { humidity: 50, monitor: { ...MONITORED, fans, external } })
      for (const entry of profile.telemetry) {
        const judged = ask(dialectOf(profile), sim, call(entry.command, entry.parameters))
        assert(judged.is === 'values', entry.where)
        const kind = ['smoke', 'door', 'cable'].includes(entry.what) ? 'boolean' : 'number'
        expect(typeof judged.values[entry.field], `${model} ${entry.what} ${entry.where}`).toBe(kind)
        asked += 1
      }
    }
    expect(asked).toBe(23 * 10)
  })

  test('a sender further down the daisy chain is addressed by the site’s unit', () => {
    const dialect = dialectOf(profileOf('mctrl300'))
    const destination = (address: Values, command = 'readModelId') => {
      const question = dialect.question(
        call(command, command.startsWith('set') ? { brightness: 10, port: 0, card: 0 } : {}, address),
      )
      return question.ok ? question.value.encode(0)[5] : question.error
    }
    expect([destination({}), destination({ unit: 1 }), destination({ unit: 2 }, 'setBrightness')]).toEqual([0, 1, 2])
    expect(destination({ unit: 300 })).toMatch(/whole number from 0 to 255/)
    expect(
      ask(dialect, createNovastarSim({ model: 'mctrl300', cards: 1 }), call('readModelId', {}, { unit: 1 })),
    ).toMatchObject({
      is: 'fault',
      fault: { kind: 'unreachable' },
    })
  })

  test('a processor frozen at its front panel is neither black nor normal, and either order puts it right', () => {
    const cases: readonly (readonly [SimModel, string])[] = [
      ['vx4s', '55 AA 00 00 FE 00 00 00 00 00 01 00 50 00 20 02 01 00 01 C8 56'],
      ['vx1000', '55 AA 00 00 FE 00 00 00 00 00 01 00 04 00 00 13 02 00 04 00 71 56'],
    ]
    for (const [model, freeze] of cases) {
      const dialect = dialectOf(profileOf(model))
      const sim = createNovastarSim({ model, cards: 1 })
      sim.answer(bytesOf(freeze))
      expect(sim.state()).toMatchObject({ mode: 'freeze', freeze: true, blackout: false })
      expect(ask(dialect, sim, call('readBlackout', {}))).toEqual({ is: 'values', values: { blackout: null } })
      for (const blackout of [true, false]) {
        ask(dialect, sim, call('setBlackout', { blackout }))
        expect(ask(dialect, sim, call('readBlackout', {}))).toEqual({ is: 'values', values: { blackout } })
        expect(sim.state().mode).toBe(blackout ? 'black' : 'normal')
      }
    }
    expect(cases.length).toBe(2)
  })

  test('brightness stays under the limit of the profile', () => {
    const dialect = dialectOf(profileOf('mctrl300'))
    const sim = createNovastarSim({ model: 'mctrl300', cards: 1 })
    ask(dialect, sim, call('setBrightness', { brightness: 100 }))
    expect(sim.state().brightness).toBe(90)
    expect(dialect.holds(call('setBrightness', { brightness: 100 }), 'brightness')).toBe(90)
  })
})

describe('judging', () => {
  const dialect = dialectOf(profileOf('mctrl300'))
  const question = dialect.question(call('readTemperature', { port: 0, card: 0 }))
  assert(question.ok, 'a question')
  const judge = (hex: string, tokens: readonly number[]) => question.value.judge(bytesOf(hex), tokens, [])
  const REPLY = 'AA 55 00 32 00 FE 01 00 00 00 00 00 00 00 00 0A 02 00 80 48 5A 57'
  test('the answer, an old one, another’s, and a refusal', () => {
    expect(judge(REPLY, [0x31, 0x32])).toEqual({ is: 'values', values: { temperature: 36 } })
    expect(judge(REPLY, [0x33])).toEqual({ is: 'stale' })
    expect(judge('AA 55 00 32 00 FE 01 00 00 00 00 00 03 00 00 0A 01 00 A9 3D 57', [0x32])).toEqual({ is: 'foreign' })
    expect(judge('AA 55 01 32 00 FE 01 00 00 00 00 00 00 00 00 0A 02 00 93 56', [0x32])).toMatchObject({
      is: 'fault',
      fault: { kind: 'unreachable', detail: expect.stringContaining('cannot reach the device behind it') },
    })
  })
  test('every code of the maker, with data behind it that must not be believed', () => {
    const sim = createNovastarSim({ model: 'mctrl300', cards: 1 })
    const kinds = [1, 2, 3, 4, 0xff].map((code) => {
      const judged = question.value.judge(sim.refuse(question.value.encode(9), code) ?? new Uint8Array(), [9], [])
      return judged.is === 'fault' ? judged.fault.kind : judged.is
    })
    expect(kinds).toEqual(['unreachable', 'again', 'again', 'refused', 'refused'])
  })
  test('single bits turned over in any reply never give a value', () => {
    let flips = 0
    const frame = bytesOf(REPLY)
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const copy = frame.slice()
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(question.value.judge(copy, [0x32], []).is).toBe('foreign')
      flips += 1
    }
    expect(flips).toBe(176)
  })
})

describe('explaining', () => {
  const dialect = dialectOf(profileOf('mctrl300'))
  const monitor = profileOf('mctrl300').vectors.find((v) => v.name.startsWith('monitor card'))
  test('names every field of the monitoring block, and shows every byte once, in order', () => {
    assert(monitor?.kind === 'exchange' && monitor.reply !== null, 'the vector')
    const fields = dialect.explain('reply', bytesOf(monitor.reply))
    const says = Object.fromEntries(fields.map((f) => [f.name, f.says]))
    expect(says).toMatchObject({
      monitorCard: 'true',
      smoke: 'false',
      fan1: '1200',
      fan3: 'no value',
      door2: 'true',
      checksum: 'right',
    })
    expect(
      fields
        .map((f) => f.hex)
        .filter(Boolean)
        .join(' '),
    ).toBe(monitor.reply)
    expect(dialect.describe('reply', bytesOf(monitor.reply))).toContain('reply readMonitor #53: monitorCard=true')
  })
  test('a request tells its command and what it was about', () => {
    expect(dialect.commandOf(bytesOf('55 AA 00 32 FE 00 01 00 00 00 00 00 00 00 00 0A 02 00 92 56'))).toEqual({
      command: 'readTemperature',
      parameters: { unit: 0, port: 0, card: 0 },
    })
    const relay = dialectOf(profileOf('mfn300')).question(call('setRelay', { channel: 5, on: false }))
    assert(relay.ok, 'a question')
    expect(dialectOf(profileOf('mfn300')).commandOf(relay.value.encode(1))).toEqual({
      command: 'setRelay',
      parameters: { unit: 0, channel: 5, on: false },
    })
  })
  test('every exchange vector is known again by its request', () => {
    let known = 0
    for (const file of readdirSync(FOLDER).filter((name) => name.startsWith('novastar-'))) {
      const profile = profileOf(file.slice('novastar-'.length, -'.json'.length))
      const own = dialectOf(profile)
      for (const vector of profile.vectors) {
        if (vector.kind !== 'exchange') continue
        expect(own.commandOf(bytesOf(vector.request))?.command, `${profile.id}: ${vector.name}`).toBe(vector.command)
        known += 1
      }
    }
    expect(known).toBeGreaterThan(180)
  })
})

describe('hostile bytes', () => {
  const profile = profileOf('mctrl300')
  const dialect = dialectOf(profile)
  const frames = profile.vectors.flatMap((v) =>
    v.kind === 'exchange' ? [v.request, ...(v.reply ? [v.reply] : [])] : [v.bytes],
  )
  const question = dialect.question(call('readMonitor', { port: 0, card: 0 }))
  assert(question.ok, 'a question')

  test('200,000 random and mutated bytes: nothing throws, nothing grows', () => {
    const random = prng(300)
    const scanners = {
      request: createScanner(dialect.reader('request')),
      reply: createScanner(dialect.reader('reply')),
    }
    let pushed = 0
    let looked = 0
    while (pushed < 200_000) {
      const frame = bytesOf(frames[random.below(frames.length)] ?? 'AA')
      const bytes = random.chance(0.3)
        ? Uint8Array.from({ length: 1 + random.below(60) }, () => random.below(256))
        : frame
      if (random.chance(0.6)) bytes[random.below(bytes.length)] = random.below(256)
      const part = random.chance(0.2) ? bytes.subarray(0, random.below(bytes.length)) : bytes
      pushed += part.length
      for (const side of ['request', 'reply'] as const) {
        const looks = scanners[side].push(part).map((f) => f.bytes)
        if (random.chance(0.5)) looks.push(part)
        for (const found of looks) {
          dialect.explain(side, found)
          dialect.describe(side, found)
          dialect.commandOf(found)
          dialect.sideOf(found)
          dialect.reencode(side, found)
          question.value.judge(found, [1, 50], [])
          looked += 1
        }
        expect(scanners[side].pending()).toBeLessThanOrEqual(dialect.reader(side).maxFrame)
      }
    }
    expect(looked).toBeGreaterThan(6000)
  })

  test('property: explain covers any bytes in order, and a frame that decodes is made again as it was', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 20, maxLength: 90 }),
        fc.constantFrom('request', 'reply'),
        (bytes, side) => {
          const shown = dialect.explain(side as 'request' | 'reply', bytes)
          expect(
            shown
              .map((f) => f.hex)
              .filter(Boolean)
              .join(' '),
          ).toBe(toHex(bytes, ' '))
        },
      ),
      { numRuns: 300 },
    )
    let same = 0
    for (const frame of frames.map(bytesOf)) {
      const side = dialect.sideOf(frame)
      const again = side === null ? undefined : dialect.reencode(side, frame)
      if (again?.ok) {
        expect(again.value).toEqual(frame)
        same += 1
      }
    }
    expect(same).toBe(49)
  })
})
