import { describe, expect, it } from 'vitest'
import { trailDetail } from './trail.ts'

describe('a line of the audit log', () => {
  it('says its closed words in the language of the page', () => {
    const said = (action: string, detail: string) => [
      trailDetail(action, detail, 'vi'),
      trailDetail(action, detail, 'en'),
    ]
    expect(said('order.release', 'emergency actual → A, B; ✎ tructinh')).toEqual([
      'khẩn cấp, thật → A, B; ✎ tructinh',
      'emergency, real → A, B; ✎ tructinh',
    ])
    expect(said('order.refused', 'too-long /expiresAt')).toEqual([
      'thời hạn quá dài /expiresAt',
      'lasts too long /expiresAt',
    ])
    expect(said('order.refused', 'same-person')).toEqual(['cùng một người ký hai lần', 'the same person twice'])
    expect(said('order.ended', 'cleared ← L-2')).toEqual(['đã báo an toàn ← L-2', 'all clear given ← L-2'])
  })
  it('leaves what people wrote as they wrote it', () => {
    for (const text of ['', 'Không tìm được người thứ hai', 'emergency kit was missing', 'hỏi A · B · C'])
      for (const lang of ['vi', 'en'] as const) expect(trailDetail('order.break-glass', text, lang)).toBe(text)
  })
})
