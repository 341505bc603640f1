import { describe, expect, it } from 'vitest'
import type { OrderView } from '#core/contract/api.ts'
import type { StatusReport } from '#core/contract/link.ts'
import { whyOf } from './why.ts'

const screen = {
  show: 'order',
  order: 'L-1',
  why: 'Lệnh khẩn cấp L-1 của Ban Chỉ huy (mẫu), chia lượt với 1 lệnh khác.',
} as StatusReport['screen']
const order = { id: 'L-1', class: 'emergency', status: 'actual', authority: { name: 'Ban Chỉ huy (mẫu)' } }
const known = (more: object): readonly OrderView[] => [{ order: { ...order, ...more } } as unknown as OrderView]

describe('why a screen shows what it shows', () => {
  it('is what the edge wrote, in Vietnamese', () => {
    expect(whyOf(screen, known({}), 'vi')).toBe('Lệnh khẩn cấp L-1 của Ban Chỉ huy (mẫu), chia lượt với 1 lệnh khác')
  })
  it('is said in English of an order that the console knows, and never lets an exercise pass for the real thing', () => {
    expect(whyOf(screen, known({}), 'en')).toBe('Emergency order L-1 by Ban Chỉ huy (mẫu)')
    expect(whyOf(screen, known({ status: 'exercise' }), 'en')).toBe(
      'EXERCISE: emergency order L-1 by Ban Chỉ huy (mẫu)',
    )
    expect(whyOf(screen, known({ allClear: true }), 'en')).toBe('All clear after order L-1 by Ban Chỉ huy (mẫu)')
  })
  it('stands as it was written where nothing more is known', () => {
    expect(whyOf(screen, [], 'en')).toBe('Lệnh khẩn cấp L-1 của Ban Chỉ huy (mẫu), chia lượt với 1 lệnh khác')
    expect(whyOf({ ...screen, order: null, why: 'Khung giờ F-AM (06:00–09:15): lượt 1.' }, [], 'en')).toBe(
      'Khung giờ F-AM (06:00–09:15): lượt 1',
    )
  })
})
