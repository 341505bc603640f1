import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { prng } from '#core/base/prng.ts'
import { assert } from '#core/base/result.ts'
import { instant } from '#core/base/units.ts'
import { canonicalJson } from '#core/content/item.ts'
import { checkCap, hasErrors } from '#core/emergency/cap/check.ts'
import { draftOfCap } from '#core/emergency/cap/draft.ts'
import { readMessage } from '#hub/cap/read.ts'
import { writeCap } from '#hub/cap/write.ts'

const FOLDER = fileURLToPath(new URL('../golden/cap/', import.meta.url))
const CORPUS = readdirSync(FOLDER)
  .filter((n) => n.endsWith('.xml'))
  .map((n) => readFileSync(`${FOLDER}${n}`))
const ROUNDS = 1_500
const SITES = [{ id: 'LC-MT-01', unitCode: '03445', lat: 22.47, lon: 102.62 }]
const NOW = instant(Date.parse('2026-11-22T09:40:00+07:00'))
const FACTS = { province: '12', units: null, longestMs: 86_400_000, profile: false }
const AWKWARD = [
  '&#x10FFFF;',
  '<info>',
  '</info>',
  '<!--',
  ']]>',
  '-1e999',
  '12',
  'VN:display',
  '\u0300',
  '󠀁',
  '<a xmlns=""/>',
  ',,',
  '9'.repeat(400),
]

/**
 * Damaged messages through everything that reads them: whatever comes, it is refused or judged, never thrown about; and what is found right is a
 * draft within its bounds, and survives being written again.
 */
describe('no message throws', () => {
  it('of bytes changed, cut, doubled and glued', () => {
    const random = prng(20_261_123)
    const tally = { refused: 0, wrong: 0, right: 0 }
    const pick = () => CORPUS[random.below(CORPUS.length)] ?? Buffer.alloc(0)
    for (let round = 0; round < ROUNDS; round++) {
      let bytes: Buffer = Buffer.from(pick())
      for (let times = random.below(4); times > 0; times--) {
        const at = random.below(bytes.length)
        const until = Math.min(bytes.length, at + random.below(60))
        const awkward = Buffer.from(AWKWARD[random.below(AWKWARD.length)] ?? '')
        const kinds = [
          () => Buffer.from(bytes).fill(random.below(256), at, at + 1),
          () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(until)]),
          () => Buffer.concat([bytes.subarray(0, until), bytes.subarray(at)]),
          () => Buffer.concat([bytes.subarray(0, at), awkward, bytes.subarray(until)]),
          () => Buffer.concat([bytes.subarray(0, at), pick().subarray(at)]),
        ]
        bytes = (kinds[random.below(kinds.length)] ?? (() => bytes))()
        if (bytes.length === 0) bytes = Buffer.from('x')
      }
      const read = readMessage(bytes)
      if (!read.ok) {
        tally.refused += 1
        continue
      }
      const { message, findings } = read.value
      const found = [...findings, ...checkCap(message, { ...FACTS, now: NOW })]
      const facts = { ...FACTS, sites: SITES, now: NOW, usualMs: 7_200_000, orders: [], own: 'a@b' }
      const outcome = draftOfCap(message, facts)
      if (hasErrors(found)) {
        tally.wrong += 1
        continue
      }
      tally.right += 1
      const again = readMessage(Buffer.from(writeCap(message)))
      assert(again.ok, `round ${round}: what is right can be written again`)
      expect(canonicalJson(again.value.message)).toBe(canonicalJson(message))
      if (outcome.kind !== 'draft') continue
      const { texts, lengthMs } = outcome.body
      expect(lengthMs).toBeGreaterThanOrEqual(60_000)
      expect(lengthMs).toBeLessThanOrEqual(86_400_000)
      for (const t of texts) expect([t.headline.length <= 200, t.instruction.length <= 500]).toEqual([true, true])
    }
    expect(tally.refused + tally.wrong + tally.right).toBe(ROUNDS)
    for (const [name, count] of Object.entries(tally)) expect(count, name).toBeGreaterThan(ROUNDS / 50)
  })
})
