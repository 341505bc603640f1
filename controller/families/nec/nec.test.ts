import { readFileSync } from 'node:fs'
import { assert, describe, expect, it } from 'vitest'
import { fromHex, toHex } from '#core/base/bytes.ts'
import { loadProfile } from '../../profile/catalogue.ts'
import { checkVectors } from '../../profile/vectors.ts'
import { createNecSim, type NecSimOptions } from '../../sim/nec.ts'
import { proveChunks, proveFlips, proveFuzz, provePublished, readAt, wireTo } from '../lcd/prove.ts'
import { necDialect } from './dialect.ts'
import { encodeFrame } from './frame.ts'
import { necRules } from './rules.ts'

const load = (id: string) => {
  const file = `firmware-profiles/${id}.json`
  const loaded = loadProfile(file, readFileSync(file, 'utf8'))
  assert(loaded.ok, JSON.stringify(loaded))
  assert(loaded.value.protocol === 'nec', file)
  return loaded.value
}
const profile = load('nec-display')
const m551 = load('nec-m551')
const dialect = necDialect(profile)
const { vectors } = profile

let time = 0
const simOf = (more: Partial<NecSimOptions>) =>
  createNecSim({ id: 1, silentWrites: false, now: () => time, warmUpMs: 0, coolDownMs: 0, ...more })
const at1 = { address: { id: 1 } }
const bytes = (hex: string) => {
  const found = fromHex(hex)
  assert(found, hex)
  return found
}

describe('NEC', () => {
  it('keeps all published vectors, both ways, for both profiles', () => {
    expect([checkVectors(profile), checkVectors(m551)]).toEqual([[], []])
    expect([vectors.length, m551.vectors.length]).toEqual([24, 24])
  })

  it('finds the same frames however the stream is cut', () => {
    const { faults, checked } = proveChunks(dialect, vectors, Uint8Array.of(0x0d, 0x30, 0x02))
    expect(faults).toEqual([])
    expect(checked).toBeGreaterThan(400)
  })

  it('never takes a flipped bit for a value', () => {
    const { faults, checked } = proveFlips(dialect, vectors)
    expect(faults).toEqual([])
    expect(checked).toBeGreaterThan(1000)
  })

  it('survives 200 000 random and mutated bytes', () => {
    const { faults, checked } = proveFuzz(dialect, vectors, { total: 200_000, seed: 13 })
    expect(faults).toEqual([])
    expect(checked).toBeGreaterThanOrEqual(200_000)
  })

  it('has a simulator that says what was published and logged', () => {
    const proof = provePublished(vectors, (vector) => {
      if (vector.source === 'constructed') return null
      const sim = simOf({})
      if (vector.command === 'readPower')
        wireTo(dialect, sim, at1).ask({ command: 'setPower', parameters: { power: false } })
      return sim
    })
    expect(proof).toEqual({ faults: [], checked: 4 })
  })

  it('asks the simulator every command and understands every answer', () => {
    let checked = 0
    for (const [command, spec] of Object.entries(profile.commands)) {
      const wire = wireTo(dialect, simOf({}), at1)
      const parameters = Object.fromEntries(
        spec.fields.map((f) => [
          f.name,
          f.type === 'percent' ? 35 : f.name === 'sensor' ? 'second' : f.type === 'choice' ? 'dp1' : true,
        ]),
      )
      expect(wire.ask({ command, parameters })?.is, `${command} ${wire.traffic().join(' / ')}`).toBe('values')
      const readBack = { setInputByPort: 'readInput' }[command] ?? command.replace(/^set/, 'read')
      if (spec.direction === 'write')
        expect(wire.ask({ command: readBack }), readBack).toMatchObject({ is: 'values', values: parameters })
      checked += 1
    }
    expect(checked).toBe(18)
  })

  it('measures with the sensor that was chosen', () => {
    const wire = wireTo(dialect, simOf({}), at1)
    expect(wire.ask({ command: 'readTemperature' })).toEqual({ is: 'values', values: { temperature: 36.5 } })
    wire.ask({ command: 'setSensor', parameters: { sensor: 'third' } })
    expect(wire.ask({ command: 'readTemperature' })).toEqual({ is: 'values', values: { temperature: -4 } })
  })

  it('tells its diagnosis in the maker’s words', () => {
    const sim = simOf({})
    sim.setTrouble({ codes: [0x72, 0x81, 0xb0, 0xa1, 0x99], halfDegrees: [] })
    expect(wireTo(dialect, sim, at1).ask({ command: 'readDiagnosis' })).toEqual({
      is: 'values',
      values: {
        diagnosis: 'panel supply 12 V; fan 2; no signal; temperature: half brightness; code "99"',
        supplyFault: true,
        fanFault: true,
        backlightFault: false,
        temperatureFault: true,
        systemFault: false,
        signal: false,
      },
    })
  })

  it('asks again while the monitor starts, and is refused when it goes on', () => {
    const sim = simOf({ warmUpMs: 10_000 })
    const wire = wireTo(dialect, sim, at1)
    wire.ask({ command: 'setPower', parameters: { power: false } })
    wire.ask({ command: 'setPower', parameters: { power: true } })
    expect(wire.ask({ command: 'readPower' })).toMatchObject({ is: 'again', fault: { kind: 'refused' } })
    time += 10_000
    expect(wire.ask({ command: 'readPower' })).toEqual({ is: 'values', values: { power: true, phase: 'on' } })
  })

  it('waits for no answer where an M551 gives none, and for one everywhere else', () => {
    const quiet = necDialect(m551)
    const sim = simOf({ silentWrites: true })
    const wire = wireTo(quiet, sim, at1)
    const answered = (command: string, parameters: Record<string, string | boolean>) => {
      const question = quiet.question({ command, parameters, context: {}, ...at1 })
      assert(question.ok)
      return question.value.answered
    }
    expect(answered('setPower', { power: true })).toBe(false)
    expect(answered('setPower', { power: false })).toBe(true)
    expect(answered('setInput', { input: 'dp1' })).toBe(false)
    expect(answered('setBlackout', { blackout: true })).toBe(true)
    expect(wire.ask({ command: 'setInput', parameters: { input: 'dp1' } })).toBe(null)
    expect(wire.ask({ command: 'readInput' })).toEqual({ is: 'values', values: { input: 'dp1' } })
    expect(sim.state().input).toBe(0x0f)
    expect(dialect.question({ command: 'setInput', parameters: { input: 'dp1' }, context: {}, ...at1 })).toMatchObject({
      ok: true,
      value: { answered: true },
    })
  })

  it('knows whose answer it is, and refuses with the result code', () => {
    const question = dialect.question({ command: 'readBrightness', parameters: {}, context: {}, address: { id: 3 } })
    assert(question.ok)
    const reply = (source: number, type: 'B' | 'D' | 'F', message: string) =>
      question.value.judge(encodeFrame({ destination: 0x30, source, type, message }), [0], [])
    expect(reply(0x43, 'D', '000010000064003C')).toEqual({ is: 'values', values: { brightness: 60 } })
    expect(reply(0x41, 'D', '000010000064003C')).toEqual({ is: 'foreign' })
    expect(reply(0x43, 'D', '000060000064003C')).toEqual({ is: 'stale' })
    expect(reply(0x43, 'F', '000010000064003C')).toEqual({ is: 'stale' })
    expect(reply(0x43, 'D', '0100100000640000')).toMatchObject({
      is: 'fault',
      fault: { kind: 'refused', detail: 'result 01: not supported by this monitor, or not now' },
    })
  })

  it('understands the lower case that the log’s controller sent', () => {
    const request = bytes('01 30 41 30 41 30 36 02 30 31 64 36 03 54 0D')
    expect(dialect.describe('request', request)).toBe('request readPower')
    expect(
      toHex(
        createNecSim({ id: 1, silentWrites: false, now: () => 0, warmUpMs: 0, coolDownMs: 0 }).answer(request)[0] ??
          request,
        '',
      ),
    ).toContain('303230304436')
    expect(dialect.reencode('request', request)).toEqual({ ok: true, value: request })
  })

  it('tells all monitors without waiting', () => {
    const all = { parameters: { blackout: true }, context: {}, address: { id: 0 } }
    expect(dialect.question({ command: 'setBlackout', ...all })).toMatchObject({ ok: true, value: { answered: false } })
    expect(dialect.question({ command: 'readPower', ...all }).ok).toBe(false)
    const sim = simOf({})
    expect(wireTo(dialect, sim, all).ask({ command: 'setBlackout', parameters: all.parameters })).toBe(null)
    expect(sim.state().mute).toBe(1)
  })

  it('gives up what can become no frame', () => {
    expect(readAt(dialect, 'reply', bytes('01 30 30 41 42'))).toBe('unfinished')
    for (const noise of ['02', '01 31', '01 30 31', '01 30 30 41 41', '01 30 30 41 42 47', '01 30 30 41 42 30 30'])
      expect(readAt(dialect, 'reply', bytes(`${noise} 00 00 00`)), noise).toBe('noise')
    const fields = dialect.explain('reply', bytes('01 30 30 41 42 30 34 02 42 45 03 02 0D'))
    expect(fields.find((f) => f.name === 'check')?.says).toBe('wrong, should be 01h')
  })

  it('notices in a profile what the schema cannot', () => {
    expect([necRules(profile), necRules(m551)]).toEqual([[], []])
    const broken = (change: (p: typeof profile) => void) => {
      const copy = structuredClone(profile)
      change(copy)
      return necRules(copy).map((fault) => `${fault.where}: ${fault.why}`)
    }
    expect(broken((p) => Object.assign(p.commands['readPower'] ?? {}, { silentFor: {} }))).toEqual([
      '/commands/readPower/silentFor: a read without a reply reads nothing',
    ])
    expect(broken((p) => Object.assign(p.commands['setInput'] ?? {}, { silentFor: { power: true } }))).toEqual([
      '/commands/setInput/silentFor/power: no such field',
    ])
    expect(
      broken((p) => Object.assign(p.commands['setInput']?.fields[0] ?? {}, { place: { at: 0, size: 2 } })),
    ).toEqual(['/commands/setInput/fields/0/place: the value of a parameter is 4 digits at 0'])
  })
})
