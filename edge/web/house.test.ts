import { expect, test } from 'vitest'
import { percent } from '#core/base/units.ts'
import { type HouseFacts, housePart } from './house.ts'

const facts: HouseFacts = {
  brightness: { percent: percent(25), by: 'sun', cappedBy: ['dim', 'heat'] },
  rule: { source: 'Chỉ thị 20/CT-TTg', decidedBy: 'UBND <tỉnh>', from: '18:00', to: '24:00' },
  lux: 1200,
  heat: 'dim',
  hottest: { celsius: 62.5, where: 'display first card' },
  guardsHeat: true,
  supply: { mains: false, battery: null, charge: 71, generator: true, onBattery: false },
  today: {
    litMs: 5_400_000,
    darkMs: 3_600_000,
    unknownMs: 0,
    powerStarts: 1,
    lightStarts: 2,
    litPercentMs: 0,
    idleMs: 0,
  },
  wattHours: 1234.5,
}

test('how bright and by which rule, how hot, on what supply, how long and how much', () => {
  const html = housePart(facts)
  expect(html).toMatch(/25 % theo mặt trời.*by the sun.*quy định tiết kiệm điện.*quá nóng/)
  expect(html).toContain('Chỉ thị 20/CT-TTg (UBND &lt;tỉnh&gt;) 18:00–24:00')
  expect(html).toMatch(/62.5 °C display first card.*giảm sáng/)
  expect(html).toMatch(/mất điện lưới.*71 %.*máy phát đang chạy/)
  expect(html).not.toContain('chạy bằng ắc quy')
  expect(html).toMatch(/1\.5 h.*1\.0 h.*0\.0 h/)
  expect(html).toContain('1.23 kWh')
})

test('what nobody configured or tells is said to be so', () => {
  const html = housePart({
    ...facts,
    brightness: { percent: percent(60), by: 'window', cappedBy: [] },
    rule: null,
    lux: null,
    heat: 'cool',
    hottest: null,
    guardsHeat: false,
    supply: { mains: null, battery: null, charge: null, generator: null, onBattery: false },
    wattHours: null,
  })
  expect(housePart({ ...facts, heat: 'cool', hottest: null })).toMatch(/không rõ.*không can thiệp/)
  for (const word of ['không đặt ngưỡng', 'không có gì báo', 'chưa khai công suất', '60 % theo khung giờ'])
    expect(html).toContain(word)
})
