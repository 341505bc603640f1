import { describe, expect, test } from 'vitest'
import { codecs, fuzz } from './fuzz.ts'

/** The short form; `npm run fuzz` does ten million bytes for each codec. */
const BYTES = 60_000
const ALL = codecs()

describe('no bytes throw, hang or grow', () => {
  test('every codec is here', () => {
    const names = ['novastar', 'modbus rtu', 'modbus tcp', 'onbon', 'huidu', 'mdc', 'lg', 'nec', 'pjlink']
    expect(ALL.map((c) => c.name).sort()).toEqual([...names, 'ntcip udp', 'ntcip pmpp'].sort())
  })
  test.each(ALL)('$name', ({ profile }) => {
    const done = fuzz(profile, { bytes: BYTES, seed: 20261122 })
    expect(done.bytes).toBeGreaterThanOrEqual(BYTES)
    expect(done.frames).toBeGreaterThan(50)
    expect(Object.values(done.judged).reduce((a, b) => a + b, 0)).toBeGreaterThan(50)
    expect(done.mostPending).toBeLessThanOrEqual(done.mostAllowed)
  })
})
