import { readFileSync } from 'node:fs'
import { assert, describe, expect, it } from 'vitest'
import { loadProfile } from '../../profile/catalogue.ts'
import { checkVectors } from '../../profile/vectors.ts'
import { createLgSim, type LgSimOptions } from '../../sim/lg.ts'
import { framesOf, proveChunks, proveFuzz, provePublished, readAt, wireTo } from '../lcd/prove.ts'
import { bytesOf, textOf } from '../lcd/text.ts'
import { lgDialect } from './dialect.ts'
import { lgRules } from './rules.ts'

const file = 'firmware-profiles/lg-rs232.json'
const loaded = loadProfile(file, readFileSync(file, 'utf8'))
assert(loaded.ok, JSON.stringify(loaded))
assert(loaded.value.protocol === 'lg', file)
const profile = loaded.value
const dialect = lgDialect(profile)
const { vectors } = profile

const simOf = (more: Partial<LgSimOptions>) =>
  createLgSim({ id: 1, idDigits: 2, now: () => 0, warmUpMs: 0, coolDownMs: 0, ...more })
const at1 = { address: { id: 1 } }
const ask = (command: string, parameters: Record<string, number | boolean | string>, id: number) => {
  const question = dialect.question({ command, parameters, address: { id }, context: {} })
  assert(question.ok, question.ok ? '' : question.error)
  return question.value
}

describe('LG RS-232C', () => {
  it('keeps all published vectors, both ways', () => {
    expect(checkVectors(profile)).toEqual([])
    expect(vectors.length).toBe(20)
  })

  it('finds the same frames however the stream is cut, also with the carriage return some sets add', () => {
    const { faults, checked } = proveChunks(dialect, vectors, bytesOf('\r?'))
    expect(faults).toEqual([])
    expect(checked).toBeGreaterThan(400)
  })

  it('keeps every frame through meaning and back', () => {
    const frames = framesOf(vectors)
    for (const { side, bytes } of frames) expect(dialect.reencode(side, bytes)).toEqual({ ok: true, value: bytes })
    expect(frames.length).toBe(36)
  })

  it('survives 200 000 random and mutated bytes', () => {
    const { faults, checked } = proveFuzz(dialect, vectors, { total: 200_000, seed: 12 })
    expect(faults).toEqual([])
    expect(checked).toBeGreaterThanOrEqual(200_000)
  })

  it('has a simulator that says what the manual prints', () => {
    const proof = provePublished(vectors, (vector) => {
      if (vector.source !== 'manual') return null
      const sim = simOf({})
      if (vector.name.includes('standby'))
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
        spec.fields.map((f) => [f.name, f.type === 'percent' ? 35 : f.type === 'choice' ? 'dp' : true]),
      )
      expect(wire.ask({ command, parameters })?.is, `${command} ${wire.traffic().join(' / ')}`).toBe('values')
      if (spec.direction === 'write')
        expect(wire.ask({ command: command.replace(/^set/, 'read') })).toEqual({ is: 'values', values: parameters })
      checked += 1
    }
    expect(checked).toBe(18)
  })

  it('reads power, and nothing else, in standby', () => {
    const wire = wireTo(dialect, simOf({}), at1)
    wire.ask({ command: 'setPower', parameters: { power: false } })
    expect(wire.ask({ command: 'readPower' })).toEqual({ is: 'values', values: { power: false } })
    for (const command of ['readBrightness', 'readTemperature', 'readSerial', 'readSignal'])
      expect(wire.ask({ command }), command).toMatchObject({ is: 'fault', fault: { kind: 'refused' } })
  })

  it('knows that only the second letter comes back, and from whom', () => {
    const question = ask('setBlackout', { blackout: true }, 1)
    const judge = (text: string) => question.judge(bytesOf(text), [0], [])
    expect(judge('d 01 OK01x')).toEqual({ is: 'values', values: { blackout: true } })
    expect(judge('d 01 OK1x')).toEqual({ is: 'values', values: { blackout: true } })
    expect(judge('d 01 OK00x')).toEqual({ is: 'stale' })
    expect(judge('a 01 OK01x')).toEqual({ is: 'stale' })
    expect(judge('d 02 OK01x')).toEqual({ is: 'foreign' })
    expect(judge('d 01 NG01x')).toMatchObject({ is: 'fault', fault: { kind: 'refused' } })
    expect(judge('d 01 OKx')).toMatchObject({ is: 'fault', fault: { kind: 'garbled' } })
  })

  it('tells all sets without listening, and asks them nothing', () => {
    expect(ask('setPower', { power: true }, 0).answered).toBe(false)
    expect(textOf(ask('setPower', { power: true }, 0).encode(0))).toBe('ka 00 01\r')
    expect(dialect.question({ command: 'readPower', parameters: {}, address: { id: 0 }, context: {} }).ok).toBe(false)
    const sim = simOf({})
    expect(
      wireTo(dialect, sim, { address: { id: 0 } }).ask({ command: 'setBlackout', parameters: { blackout: true } }),
    ).toBe(null)
    expect(sim.state().black).toBe(1)
  })

  it('is changed by data alone for models with three-digit set IDs and one-digit data', () => {
    const other = structuredClone(profile)
    other.idDigits = 3
    const blackout = other.commands['setBlackout']?.fields[0]
    assert(blackout?.type === 'flag')
    Object.assign(blackout, { on: ['1', '01'], off: ['0', '00'] })
    const small = lgDialect(other)
    const question = small.question({
      command: 'setBlackout',
      parameters: { blackout: true },
      address: { id: 10 },
      context: {},
    })
    assert(question.ok)
    expect(textOf(question.value.encode(0))).toBe('kd 00A 1\r')
    expect(
      wireTo(small, simOf({ id: 10, idDigits: 3 }), { address: { id: 10 } }).ask({
        command: 'setBlackout',
        parameters: { blackout: true },
      }),
    ).toEqual({
      is: 'values',
      values: { blackout: true },
    })
  })

  it('gives up what can become no frame, and waits no longer than its bound', () => {
    expect(readAt(dialect, 'reply', bytesOf('a 01 O'))).toBe('unfinished')
    for (const noise of ['A 01', 'a01', 'a 0g', 'a 01 OG', 'a 01 NK', 'a 01 OK\r'])
      expect(readAt(dialect, 'reply', bytesOf(noise)), noise).toBe('noise')
    expect(readAt(dialect, 'reply', bytesOf(`a 01 OK${'1'.repeat(80)}`))).toBe('noise')
    expect(readAt(dialect, 'request', bytesOf('ka 01 \r'))).toBe('noise')
    expect(dialect.explain('reply', bytesOf('a 01 N')).map((f) => f.says)).toContain('missing')
    expect(dialect.describe('reply', bytesOf('a 01 NG01x'))).toBe('reply: refused readPower, setPower')
  })

  it('notices codes whose replies look alike', () => {
    expect(lgRules(profile)).toEqual([])
    const { readFirmware } = profile.commands
    assert(readFirmware)
    const copy = structuredClone(profile)
    Object.assign(copy.commands, { readCheck: { ...readFirmware, code: 'tz' } })
    expect(lgRules(copy).map((fault) => `${fault.where}: ${fault.why}`)).toEqual([
      '/commands/readCheck/code: its reply looks like that of fz: both begin with z',
    ])
  })
})
