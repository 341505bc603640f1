import { expect, test } from 'vitest'
import { duration } from '#core/base/units.ts'
import { devicesPart } from './devices.ts'

const profile = { id: 'acme-box', confidence: 'C', confirmedOnHardware: null } as const

test('one line for a place on many cards, with the span of its values and the cards that raise an alarm', () => {
  const html = devicesPart({
    profile,
    sensors: [
      { what: 'temperature', where: 'card 0:0 board', value: 36 },
      { what: 'temperature', where: 'card 0:1 board', value: 41.5 },
      { what: 'door', where: 'card 0:0 door 1', value: false },
      { what: 'door', where: 'card 0:1 door 1', value: true },
      { what: 'smoke', where: 'card 0:0 monitor', value: null },
    ],
    equipment: [],
  })
  expect(html).toContain('board × 2')
  expect(html).toContain('36 – 41.5 °C')
  expect(html).toMatch(/door 1 × 2<\/small><\/dt><dd>có <small>yes<\/small> 0:1</)
  expect(html).not.toContain('monitor')
})

test('equipment says whether it answers, how far its profile can be trusted, and nothing that is not text', () => {
  const html = devicesPart({
    profile: null,
    sensors: [],
    equipment: [
      {
        name: 'tu-dien',
        profile,
        state: { link: 'down', fault: 'timeout: <b>', sensors: [], heardAt: null, every: duration(0) },
      },
      { name: 'khi-hau', profile: null, state: null },
    ],
  })
  expect(html).toContain('không trả lời')
  expect(html).toContain('timeout: &lt;b&gt;')
  expect(html).toContain('C: chỉ một nguồn')
  expect(html).toContain('chưa hỏi')
  expect(devicesPart({ profile, sensors: [], equipment: [] })).toBe('')
})
