import { describe, expect, test } from 'vitest'
import { assert } from '#core/base/result.ts'
import { shippedProfiles } from '../detect/testing.ts'
import { dialectOf } from '../dialect/open.ts'
import type { CommonVectorSpec } from './common.ts'
import { generateTable, TABLE_BEGIN, TABLE_END, withTable } from './generate-table.ts'
import type { Profile } from './schema.ts'
import { skeletonOf } from './skeleton.ts'
import { checkCommonVectors, checkVectors } from './vectors.ts'
import { warningsOf } from './warnings.ts'

const PROFILES = shippedProfiles()
type Common = Exclude<Profile, { protocol: 'novastar' }>
const COMMON = PROFILES.filter((profile): profile is Common => profile.protocol !== 'novastar')
const called = (id: string): Profile => {
  const found = PROFILES.find((profile) => profile.id === id)
  assert(found, id)
  return found
}

/** The hex with one bit of its byte `at` turned over. */
const flipped = (hex: string, at: number): string => {
  const bytes = hex.split(' ')
  const byte = Number.parseInt(bytes[at] ?? '00', 16) ^ 1
  bytes[at] = byte.toString(16).padStart(2, '0').toUpperCase()
  return bytes.join(' ')
}

describe('vectors of all shipped profiles', () => {
  test('hold, both ways', () => {
    let checked = 0
    for (const profile of PROFILES) {
      expect(checkVectors(profile), profile.id).toEqual([])
      checked += profile.vectors.length
    }
    expect(checked).toBeGreaterThan(500)
  })

  test('none would hold with another byte in the request, another value, or another reason to refuse it', () => {
    let changed = 0
    for (const profile of COMMON) {
      const dialect = dialectOf(profile)
      const { vectors } = profile
      const wrong = (index: number, vector: CommonVectorSpec) => {
        const list = vectors.map((one, i) => (i === index ? vector : one))
        expect(
          checkCommonVectors(dialect, list).map(({ where }) => where),
          `${profile.id} ${vector.name}`,
        ).toContain(`/vectors/${index}`)
        changed += 1
      }
      for (const [index, vector] of vectors.entries()) {
        if (vector.kind === 'exchange') {
          wrong(index, { ...vector, request: flipped(vector.request, vector.request.split(' ').length - 1) })
          const [name] = Object.keys(vector.values ?? {})
          if (name !== undefined) wrong(index, { ...vector, values: { ...vector.values, [name]: 'quite another' } })
          wrong(index, { ...vector, command: 'nothing' })
        }
        if (vector.kind === 'refused' && vector.because === 'checksum') wrong(index, { ...vector, because: 'noise' })
        if (vector.kind === 'frame') wrong(index, { ...vector, says: { 'no such field': 'x' } })
      }
    }
    expect(changed).toBeGreaterThan(500)
  })
})

test('warnings: what rests on our own vectors, and what cannot be read back', () => {
  expect(warningsOf(called('generic-r4-relay-4ch')).map(({ where }) => where)).toContain('/relays/readBack')
  const rtu = warningsOf(called('waveshare-modbus-rtu-relay-8ch'))
  expect(rtu.find(({ where }) => where === '/commands')?.why).not.toMatch(/setRelay\b/)
  expect(warningsOf(called('novastar-msd300')).map(({ where }) => where)).toContain('/modelIds')
})

describe('a new profile from the nearest one', () => {
  test('passes at once, for every shipped profile and its own read commands', () => {
    let made = 0
    for (const like of PROFILES) {
      const keep = Object.keys(like.commands)
      const options = { id: 'made-up', vendor: 'Made', model: 'Up', title: 'a sheet', set: [] }
      const draft = skeletonOf(like, { ...options, keep })
      assert(draft.ok || /address|community/.test(draft.error), `${like.id}: ${draft.ok ? '' : draft.error}`)
      made += draft.ok ? 1 : 0
    }
    expect(made).toBeGreaterThan(25)
  })
  test('says what does not fit', () => {
    const like = called('samsung-mdc')
    const options = { id: 'x', vendor: 'V', model: 'M', title: 'T', keep: ['readModel'], set: [] }
    expect(skeletonOf(like, { ...options, keep: ['readMind'] })).toEqual({
      ok: false,
      error: 'samsung-mdc has no command readMind',
    })
    expect(skeletonOf(like, { ...options, set: [['/links/9/baudRate', 1]] })).toMatchObject({
      ok: false,
      error: expect.stringContaining('/links/9'),
    })
    expect(skeletonOf(like, { ...options, set: [['/links/0/baudRate', 'fast']] })).toMatchObject({
      ok: false,
      error: expect.stringContaining('/links/0'),
    })
    expect(skeletonOf(like, { ...options, keep: ['setPower'] })).toMatchObject({
      ok: false,
      error: expect.stringContaining('read command'),
    })
  })
})

test('the table has a row for each profile, and is only put between its lines', () => {
  const table = generateTable(PROFILES)
  for (const { id } of PROFILES) expect(table).toContain(`| \`${id}\` |`)
  expect(table.split('\n').filter((line) => line.startsWith('| `')).length).toBe(PROFILES.length)
  expect(withTable(`a\n${TABLE_BEGIN}\nold\n${TABLE_END}\nb`, 'new')).toBe(
    `a\n${TABLE_BEGIN}\n\nnew\n\n${TABLE_END}\nb`,
  )
  expect(withTable('no lines', 'new')).toBe(null)
  expect(withTable(`${TABLE_END}${TABLE_BEGIN}`, 'new')).toBe(null)
})
