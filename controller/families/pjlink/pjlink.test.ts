import { readFileSync } from 'node:fs'
import { assert, describe, expect, it } from 'vitest'
import type { Values } from '../../dialect/dialect.ts'
import { loadProfile } from '../../profile/catalogue.ts'
import { checkVectors } from '../../profile/vectors.ts'
import { createPjlinkSim, type PjlinkSim, type PjlinkSimOptions } from '../../sim/pjlink.ts'
import { framesOf, proveChunks, proveFuzz, provePublished, readAt, wireTo } from '../lcd/prove.ts'
import { bytesOf, textOf } from '../lcd/text.ts'
import { pjlinkDialect } from './dialect.ts'
import { pjlinkRules } from './rules.ts'

const load = (id: string) => {
  const file = `firmware-profiles/${id}.json`
  const loaded = loadProfile(file, readFileSync(file, 'utf8'))
  assert(loaded.ok, JSON.stringify(loaded))
  assert(loaded.value.protocol === 'pjlink', file)
  return loaded.value
}
const profiles = { 1: load('pjlink-class1'), 2: load('pjlink-class2') } as const
const PASSWORD = 'JBMIAProjectorLink'

let time = 0
const simOf = (more: Partial<PjlinkSimOptions>) =>
  createPjlinkSim({
    class: 1,
    password: null,
    salt: () => '498e4a67',
    now: () => time,
    warmUpMs: 0,
    coolDownMs: 0,
    ...more,
  })

/** What a bus does after opening: the handshake, each answer added to the context of the next. */
const connect = (of: 1 | 2, sim: PjlinkSim, password: string | null) => {
  const dialect = pjlinkDialect(profiles[of])
  const wire = wireTo(dialect, sim, { address: password === null ? {} : { password } })
  let context: Values = {}
  for (const command of dialect.handshake) {
    const judged = wire.ask({ command, context })
    if (judged?.is !== 'values') return { dialect, wire, context, failed: judged }
    context = { ...context, ...judged.values }
  }
  return { dialect, wire, context, failed: null }
}

describe.each([1, 2] as const)('PJLink class %i', (of) => {
  const profile = profiles[of]
  const dialect = pjlinkDialect(profile)
  const { vectors } = profile

  it('keeps all published vectors, both ways', () => {
    expect(checkVectors(profile)).toEqual([])
    expect(vectors.length).toBe(of === 1 ? 22 : 29)
  })

  it('finds the same lines however the stream is cut', () => {
    const { faults, checked } = proveChunks(dialect, vectors, bytesOf('\n~\r'))
    expect(faults).toEqual([])
    expect(checked).toBeGreaterThan(400)
  })

  it('keeps every line through meaning and back', () => {
    const frames = framesOf(vectors)
    for (const { side, bytes } of frames) expect(dialect.reencode(side, bytes)).toEqual({ ok: true, value: bytes })
    expect(frames.length).toBe(of === 1 ? 36 : 50)
  })

  it('survives 200 000 random and mutated bytes', () => {
    const { faults, checked } = proveFuzz(dialect, vectors, { total: 200_000, seed: 13 + of })
    expect(faults).toEqual([])
    expect(checked).toBeGreaterThanOrEqual(200_000)
  })

  it('has a simulator that says what the specification prints', () => {
    const proof = provePublished(vectors, (vector) => {
      if (vector.source !== 'spec1') return null
      const sim = simOf({ class: of, password: vector.context['auth'] === true ? PASSWORD : null })
      sim.greeting?.()
      return sim
    })
    expect(proof).toEqual({ faults: [], checked: 3 })
  })

  it('asks the simulator every command and understands every answer', () => {
    let checked = 0
    for (const [command, spec] of Object.entries(profile.commands)) {
      if (command === 'greeting') continue
      const { wire, context, failed } = connect(of, simOf({ class: of, password: PASSWORD }), PASSWORD)
      expect(failed).toBe(null)
      const parameters = Object.fromEntries(spec.fields.map((f) => [f.name, f.type === 'choice' ? 'digital2' : true]))
      expect(wire.ask({ command, parameters, context })?.is, `${command} ${wire.traffic().join(' / ')}`).toBe('values')
      if (spec.direction === 'write')
        expect(wire.ask({ command: command.replace(/^set/, 'read'), context })).toMatchObject({
          is: 'values',
          values: parameters,
        })
      checked += 1
    }
    expect(checked).toBe(of === 1 ? 14 : 23)
  })
})

describe('PJLink connections', () => {
  const sent = (wire: { traffic: () => readonly string[] }) =>
    wire.traffic().map((hex) => textOf(Uint8Array.from(hex.split(' ').map((two) => Number.parseInt(two || '0', 16)))))

  it('puts the digest before the first line of a connection and before no other', () => {
    const sim = simOf({ password: PASSWORD })
    const { wire, context, failed } = connect(1, sim, PASSWORD)
    expect(failed).toBe(null)
    expect(context).toEqual({ auth: true, salt: '498e4a67', class: 1 })
    wire.ask({ command: 'readPower', context })
    wire.ask({ command: 'readClass', context })
    const requests = sent(wire).filter((line) => line.endsWith('?\r'))
    expect(requests).toEqual(['5d8409bc1c3fa39749434aa3a5c38682%1CLSS ?\r', '%1POWR ?\r', '%1CLSS ?\r'])
    expect(sim.state()).toMatchObject({ connections: 1, wrongPasswords: 0, lateDigests: 0 })
  })

  it('greets anew after a new connection, with another random text', () => {
    const salts = ['498e4a67', '00112233']
    const sim = simOf({ password: PASSWORD, salt: () => salts.shift() ?? '' })
    expect(connect(1, sim, PASSWORD).failed).toBe(null)
    const second = connect(1, sim, PASSWORD)
    expect(second.failed).toBe(null)
    expect(second.context['salt']).toBe('00112233')
    expect(sim.state().connections).toBe(2)
  })

  it('needs no password where none is asked for, and sends none it was given', () => {
    const { wire, failed } = connect(1, simOf({}), PASSWORD)
    expect(failed).toBe(null)
    expect(sent(wire)).toEqual(['\0', 'PJLINK 0\r', '%1CLSS ?\r', '%1CLSS=1\r'])
  })

  it('says that the password is wrong, or missing', () => {
    const sim = simOf({ password: PASSWORD })
    expect(connect(1, sim, 'other').failed).toEqual({
      is: 'fault',
      fault: { kind: 'refused', detail: 'wrong password (ERRA)' },
    })
    expect(sim.state().wrongPasswords).toBe(1)
    const call = { command: 'readClass', parameters: {}, context: { auth: true, salt: '498e4a67' } }
    const dialect = pjlinkDialect(profiles[1])
    for (const address of [{}, { password: '' }, { password: 7 }])
      expect(dialect.question({ ...call, address })).toMatchObject({
        ok: false,
        error: expect.stringContaining('asks for a password'),
      })
  })

  it('never lets the password out: not in texts, faults, explanations or traces', () => {
    const secret = 'Bi-mat-cua-khau'
    let checked = 0
    for (const of of [1, 2] as const) {
      const dialect = pjlinkDialect(profiles[of])
      for (const [command, spec] of Object.entries(profiles[of].commands)) {
        const parameters = Object.fromEntries(spec.fields.map((f) => [f.name, f.type === 'choice' ? 'digital2' : true]))
        for (const context of [
          {},
          { auth: true, salt: 'aabbccdd' },
          { auth: true },
          { auth: true, salt: 'aabbccdd', class: 1 },
        ]) {
          const question = dialect.question({ command, parameters, address: { password: secret }, context })
          const seen: unknown[] = [question]
          if (question.ok) {
            const bytes = question.value.encode(0)
            seen.push(
              question.value.text,
              dialect.describe('request', bytes),
              dialect.explain('request', bytes),
              textOf(bytes),
            )
            seen.push(dialect.commandOf(bytes), dialect.reencode('request', bytes))
            for (const reply of ['PJLINK ERRA\r', 'PJLINK 1 aabbccdd\r', '%1POWR=ERR4\r', '%1CLSS=x\r'])
              seen.push(question.value.judge(bytesOf(reply), [0], []))
          }
          expect(JSON.stringify(seen)).not.toContain(secret)
          checked += 1
        }
      }
    }
    expect(checked).toBe((15 + 24) * 4)
  })

  it('has a meaning for each error', () => {
    const dialect = pjlinkDialect(profiles[1])
    const question = dialect.question({
      command: 'setBlackout',
      parameters: { blackout: true },
      address: {},
      context: {},
    })
    assert(question.ok)
    const judge = (line: string) => question.value.judge(bytesOf(`${line}\r`), [0], [])
    expect(judge('%1AVMT=OK')).toEqual({ is: 'values', values: {} })
    expect(judge('%1avmt=ok')).toEqual({ is: 'values', values: {} })
    expect(judge('%1AVMT=ERR1')).toMatchObject({
      is: 'fault',
      fault: { kind: 'refused', detail: 'undefined command (ERR1)' },
    })
    expect(judge('%1AVMT=ERR2')).toMatchObject({
      is: 'fault',
      fault: { kind: 'refused', detail: 'bad parameter (ERR2)' },
    })
    expect(judge('%1AVMT=ERR3')).toMatchObject({ is: 'again', fault: { kind: 'refused' } })
    expect(judge('%1AVMT=ERR4')).toMatchObject({
      is: 'fault',
      fault: { kind: 'refused', detail: 'failure of the device (ERR4)' },
    })
    expect(judge('%1AVMT=31')).toMatchObject({ is: 'fault', fault: { kind: 'garbled' } })
    expect(judge('PJLINK ERRA')).toMatchObject({ is: 'fault', fault: { detail: 'wrong password (ERRA)' } })
    expect(judge('PJLINK 0')).toEqual({ is: 'foreign' })
    expect(judge('%1POWR=OK')).toEqual({ is: 'stale' })
    expect(dialect.describe('reply', bytesOf('%1AVMT=ERR3\r'))).toMatch(/^reply: readBlackout, setBlackout: not now/)
  })

  it('is on only when it is on: warming and cooling are phases', () => {
    const sim = simOf({ warmUpMs: 30_000, coolDownMs: 60_000 })
    const { wire, context } = connect(1, sim, null)
    const power = () => wire.ask({ command: 'readPower', context })
    const set = (on: boolean) => wire.ask({ command: 'setPower', parameters: { power: on }, context })
    set(false)
    expect(power()).toEqual({ is: 'values', values: { power: false, phase: 'cooling' } })
    expect(set(true)).toMatchObject({ is: 'again' })
    time += 60_000
    expect(power()).toEqual({ is: 'values', values: { power: false, phase: 'off' } })
    set(true)
    expect(power()).toEqual({ is: 'values', values: { power: false, phase: 'warming' } })
    expect(wire.ask({ command: 'readBlackout', context })).toMatchObject({ is: 'again' })
    time += 30_000
    expect(power()).toEqual({ is: 'values', values: { power: true, phase: 'on' } })
  })

  it('takes class 2 questions to a class 1 device as undefined', () => {
    const { wire, context } = connect(2, simOf({ class: 1 }), null)
    expect(context['class']).toBe(1)
    expect(wire.ask({ command: 'readSerial', context })).toMatchObject({
      is: 'fault',
      fault: { detail: 'undefined command (ERR1)' },
    })
  })

  it('gives up what can become no line, and lines that are too long', () => {
    const dialect = pjlinkDialect(profiles[1])
    expect(readAt(dialect, 'reply', bytesOf('PJLINK 1 4'))).toBe('unfinished')
    for (const noise of ['PJLANK', '%1POWR ?', '%1PO\r', '%0POWR', 'x', '%1POWR=\n'])
      expect(readAt(dialect, 'reply', bytesOf(noise)), noise).toBe('noise')
    expect(readAt(dialect, 'reply', bytesOf(`%1NAME=${'a'.repeat(129)}`))).toBe('noise')
    expect(readAt(dialect, 'request', bytesOf('5d84%'))).toBe('noise')
  })

  it('notices a profile without its handshake', () => {
    for (const of of [1, 2] as const) expect(pjlinkRules(profiles[of])).toEqual([])
    const copy = structuredClone(profiles[1])
    delete copy.commands['greeting']
    Object.assign(copy.commands['readClass'] ?? {}, { fields: copy.commands['readName']?.fields })
    expect(pjlinkRules(copy).map((fault) => `${fault.where}: ${fault.why}`)).toEqual([
      '/commands: no command greeting: every connection begins with it',
      '/commands/readClass/fields: no field class',
    ])
  })
})
