import type { Response } from '#core/emergency/order.ts'
import type { Label, Mark } from './message.ts'

/**
 * Fixed words of order pages. Thái and Mông pages have them in Vietnamese: there is no reviewed translation yet, and a wrong word in a
 * warning is worse than a foreign one. Whoever has one adds a language to `Label`.
 */
export const UNTIL: Label = { vi: 'Đến', en: 'Until', zh: '有效至' }
export const SINCE: Label = { vi: 'Từ', en: 'Since', zh: '自' }
export const CLEAR_WORD: Label = { vi: 'ĐÃ AN TOÀN', en: 'ALL CLEAR', zh: '警报解除' }
export const EMERGENCY_WORD: Label = { vi: 'KHẨN CẤP', en: 'EMERGENCY', zh: '紧急' }
export const LEVEL_WORD: Label = { vi: 'CẤP', en: 'LEVEL', zh: '级别' }
export const FIRE_LEVEL_WORD: Label = { vi: 'CẤP CHÁY RỪNG', en: 'FIRE DANGER', zh: '火险等级' }
export const ROMAN = ['I', 'II', 'III', 'IV', 'V'] as const
export const romanOf = (level: number): string => ROMAN[level - 1] ?? String(level)

/** QĐ 18/2021/QĐ-TTg Art. 4.3: what the levels 1 to 5 of disaster risk mean. */
export const LEVEL_MEANING: readonly Label[] = [
  { vi: 'RỦI RO THẤP', en: 'LOW RISK', zh: '低风险' },
  { vi: 'RỦI RO TRUNG BÌNH', en: 'MEDIUM RISK', zh: '中等风险' },
  { vi: 'RỦI RO LỚN', en: 'HIGH RISK', zh: '大风险' },
  { vi: 'RỦI RO RẤT LỚN', en: 'VERY HIGH RISK', zh: '很大风险' },
  { vi: 'THẢM HỌA', en: 'CATASTROPHE', zh: '灾难' },
]

/** On every page of what is not real; the Vietnamese word stands first and alone where there is no room for more. */
export const MARK_WORD: { readonly [M in Mark]: Label } = {
  exercise: { vi: 'DIỄN TẬP', en: 'EXERCISE', zh: '演习' },
  test: { vi: 'THỬ: KHÔNG LÊN MÀN HÌNH', en: 'TEST: NEVER ON A SCREEN', zh: '测试' },
}

/** What people must do, short enough to be drawn large. */
export const RESPONSE_WORD: { readonly [R in Exclude<Response, 'none'>]: Label } = {
  shelter: { vi: 'TRÚ ẨN', en: 'TAKE SHELTER', zh: '就地避险' },
  evacuate: { vi: 'SƠ TÁN', en: 'EVACUATE', zh: '撤离' },
  prepare: { vi: 'CHUẨN BỊ', en: 'PREPARE', zh: '做好准备' },
  execute: { vi: 'LÀM THEO HƯỚNG DẪN', en: 'FOLLOW INSTRUCTIONS', zh: '听从指挥' },
  avoid: { vi: 'TRÁNH XA', en: 'KEEP AWAY', zh: '远离' },
  monitor: { vi: 'THEO DÕI TIN', en: 'STAY INFORMED', zh: '关注信息' },
  assess: { vi: 'KIỂM TRA', en: 'CHECK', zh: '检查' },
}

const FIXED: readonly Label[] = [
  UNTIL,
  SINCE,
  CLEAR_WORD,
  EMERGENCY_WORD,
  LEVEL_WORD,
  FIRE_LEVEL_WORD,
  ...LEVEL_MEANING,
  ...Object.values(MARK_WORD),
  ...Object.values(RESPONSE_WORD),
]
/** Every letter that a page in this language may have beside its own words, for their fonts. English has none that Vietnamese lacks. */
export const fixedWords = (language: 'vi' | 'zh'): string => FIXED.map((word) => word[language] ?? '').join('')
