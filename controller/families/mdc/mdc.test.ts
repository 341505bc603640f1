import { readFileSync } from 'node:fs'
import { assert, describe, expect, it } from 'vitest'
import { loadProfile } from '../../profile/catalogue.ts'
import { checkVectors } from '../../profile/vectors.ts'
import { createMdcSim, type MdcSimOptions } from '../../sim/mdc.ts'
import { proveChunks, proveFlips, proveFuzz, provePublished, readAt, wireTo } from '../lcd/prove.ts'
import { bytesOf } from '../lcd/text.ts'
import { mdcDialect } from './dialect.ts'
import { mdcRules } from './rules.ts'

const file = 'firmware-profiles/samsung-mdc.json'
const loaded = loadProfile(file, readFileSync(file, 'utf8'))
assert(loaded.ok, JSON.stringify(loaded))
assert(loaded.value.protocol === 'mdc', file)
const profile = loaded.value
const dialect = mdcDialect(profile)
const { vectors } = profile

let time = 0
const simOf = (more: Partial<MdcSimOptions>) =>
  createMdcSim({ id: 1, secured: false, now: () => time, warmUpMs: 0, coolDownMs: 0, ...more })
const at1 = { address: { id: 1 } }

describe('Samsung MDC', () => {
  it('keeps all published vectors, both ways', () => {
    expect(checkVectors(profile)).toEqual([])
    expect(vectors.length).toBe(22)
  })

  it('finds the same frames however the stream is cut', () => {
    const { faults, checked } = proveChunks(dialect, vectors, Uint8Array.of(0x00, 0x13, 0x4d))
    expect(faults).toEqual([])
    expect(checked).toBeGreaterThan(400)
  })

  it('never takes a flipped bit for a value', () => {
    const { faults, checked } = proveFlips(dialect, vectors)
    expect(faults).toEqual([])
    expect(checked).toBeGreaterThan(1000)
  })

  it('survives 200 000 random and mutated bytes', () => {
    const { faults, checked } = proveFuzz(dialect, vectors, { total: 200_000, seed: 11 })
    expect(faults).toEqual([])
    expect(checked).toBeGreaterThanOrEqual(200_000)
  })

  it('has a simulator that says what was published', () => {
    const proof = provePublished(vectors, (vector) => {
      const id = Number(vector.address['id'])
      const sim = simOf({ id })
      return vector.name.includes('published') || vector.source === 'facts' ? sim : null
    })
    expect(proof).toEqual({ faults: [], checked: 3 })
  })

  it('asks the simulator every command and understands every answer', () => {
    const values = { power: true, input: 'hdmi2', standby: 'auto' } as const
    let checked = 0
    for (const [command, spec] of Object.entries(profile.commands)) {
      const sim = simOf({})
      const parameters = Object.fromEntries(
        spec.fields.map((f) => [
          f.name,
          f.type === 'percent' ? 40 : f.type === 'choice' ? values[f.name === 'input' ? 'input' : 'standby'] : true,
        ]),
      )
      const wire = wireTo(dialect, sim, at1)
      const judged = wire.ask({ command, parameters })
      expect(judged?.is, `${command} ${wire.traffic().join(' / ')}`).toBe('values')
      const readBack = command.replace(/^set/, 'read')
      if (command.startsWith('set') && profile.commands[readBack])
        expect(wire.ask({ command: readBack }), readBack).toEqual({ is: 'values', values: parameters })
      checked += 1
    }
    expect(checked).toBe(33)
  })

  it('tells errors: fan, temperature, no signal, no light sensor', () => {
    const sim = simOf({})
    sim.setTrouble({ temperature: 85, fanError: true, signal: false })
    expect(wireTo(dialect, sim, at1).ask({ command: 'readErrors' })).toEqual({
      is: 'values',
      values: { lamp: false, overheat: true, lightSensor: null, signal: false, temperature: 85, fan: true },
    })
  })

  it('is refused in standby, with the code, and told nothing by another display', () => {
    const sim = simOf({ warmUpMs: 5000 })
    const wire = wireTo(dialect, sim, at1)
    wire.ask({ command: 'setPower', parameters: { power: false } })
    expect(wire.ask({ command: 'setBlackout', parameters: { blackout: true } })).toMatchObject({
      is: 'fault',
      fault: { kind: 'refused', detail: 'the display refuses the command (N), code 00' },
    })
    wire.ask({ command: 'setPower', parameters: { power: true } })
    expect(sim.state().phase).toBe('warming')
    time += 5000
    expect(sim.state().phase).toBe('on')
    const question = dialect.question({ command: 'readPower', parameters: {}, address: { id: 2 }, context: {} })
    assert(question.ok)
    expect(question.value.judge(Uint8Array.of(0xaa, 0xff, 1, 3, 0x41, 0x11, 1, 0x56), [0], [])).toEqual({
      is: 'foreign',
    })
  })

  it('takes a late answer to an earlier write for what it is', () => {
    const question = dialect.question({
      command: 'setPower',
      parameters: { power: false },
      address: { id: 1 },
      context: {},
    })
    assert(question.ok)
    expect(question.value.judge(Uint8Array.of(0xaa, 0xff, 1, 3, 0x41, 0x11, 1, 0x56), [0], [])).toEqual({ is: 'stale' })
    expect(question.value.judge(Uint8Array.of(0xaa, 0xff, 1, 3, 0x41, 0x25, 1, 0x6a), [0], [])).toEqual({ is: 'stale' })
  })

  it('tells all displays without waiting, and asks all of them nothing', () => {
    const all = { parameters: { blackout: true }, address: { id: 254 }, context: {} }
    const question = dialect.question({ command: 'setBlackout', ...all })
    assert(question.ok)
    expect(question.value.answered).toBe(false)
    const sim = simOf({})
    expect(wireTo(dialect, sim, all).ask({ command: 'setBlackout', parameters: all.parameters })).toBe(null)
    expect(sim.state().panelOff).toBe(1)
    expect(dialect.question({ command: 'readPower', ...all })).toMatchObject({ ok: false })
    for (const id of [-1, 255, 1.5, 'one'])
      expect(dialect.question({ command: 'readPower', parameters: {}, address: { id }, context: {} }).ok).toBe(false)
  })

  it('says of the TLS greeting what it is, whole or in pieces, and answers no question with it', () => {
    const wire = wireTo(dialect, simOf({ secured: true }), at1)
    expect(wire.ask({ command: 'readPower' })).toMatchObject({ is: 'fault', fault: { kind: 'refused' } })
    const greeting = bytesOf('MDCSTART<<TLS>>')
    expect(readAt(dialect, 'reply', greeting.subarray(0, 6))).toBe('unfinished')
    expect(readAt(dialect, 'reply', bytesOf('MDCSTOP'))).toBe('noise')
    expect(dialect.describe('reply', greeting)).toMatch(/^reply: the display is set to secured MDC/)
    expect(dialect.explain('reply', greeting)).toHaveLength(1)
  })

  it('explains a wrong checksum and a frame cut short', () => {
    const named = (bytes: number[]) =>
      Object.fromEntries(dialect.explain('reply', Uint8Array.from(bytes)).map((f) => [f.name, f.says]))
    expect(named([0xaa, 0xff, 1, 3, 0x41, 0x25, 50, 0])).toMatchObject({
      id: 'display 1',
      checksum: 'wrong, should be 9Bh',
      command: 'readPictureBrightness, setPictureBrightness',
    })
    expect(named([0xaa, 0xff])).toMatchObject({ id: 'missing', checksum: 'missing' })
    expect(dialect.describe('reply', Uint8Array.of(0xaa, 0xff, 1, 3, 0x41, 0x25, 50, 0x9b))).toBe(
      'reply readPictureBrightness: pictureBrightness=50',
    )
  })

  it('notices in a profile what the schema cannot', () => {
    const broken = (change: (p: typeof profile) => void) => {
      const copy = structuredClone(profile)
      change(copy)
      return mdcRules(copy).map((fault) => `${fault.where}: ${fault.why}`)
    }
    expect(mdcRules(profile)).toEqual([])
    const { setPower, readPower, readErrors } = profile.commands
    assert(setPower && readPower && readErrors)
    expect(broken((p) => Object.assign(p.commands, { twin: setPower }))).toEqual([
      '/commands/twin: sends the same as setPower: write 11  01',
      '/commands/twin: sends the same as setPower: write 11  00',
    ])
    expect(broken((p) => Object.assign(p.commands, { bad: { ...setPower, opcode: 'FF' } }))).toEqual([
      '/commands/bad/opcode: FF marks a reply',
    ])
    expect(broken((p) => Object.assign(p.commands, { bad: { ...readPower, opcode: '99', fields: [] } }))).toEqual([
      '/commands/bad/fields: a read that reads nothing',
    ])
    expect(broken((p) => p.display && void Object.assign(p.display, { firmware: 'readPower' }))).toEqual([
      '/display/firmware: readPower has no field firmware',
    ])
    expect(broken((p) => void Object.assign(p.telemetry[0] ?? {}, { field: 'fan' }))).toEqual([
      '/telemetry/0/field: temperature is measured in celsius',
    ])
    expect(broken((p) => void Object.assign(p.commands['setPower']?.fields[0] ?? {}, { off: ['01'] }))[0]).toBe(
      '/commands/setPower/fields/0: code 01 has two meanings',
    )
  })
})
