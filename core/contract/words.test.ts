import { describe, expect, it } from 'vitest'
import { bothOf, halfOf } from './words.ts'

describe('a text of the edge in two languages', () => {
  it('is cut where it was put together', () => {
    const text = bothOf('buổi sáng: còn thiếu 167 phút', 'morning: 167 min short')
    expect([halfOf(text, 'vi'), halfOf(text, 'en')]).toEqual([
      'buổi sáng: còn thiếu 167 phút',
      'morning: 167 min short',
    ])
  })
  it('is cut inside one pair of brackets, and what is around them stays', () => {
    const text = '3/8 (chờ giờ tải · waits for its hours)'
    expect([halfOf(text, 'vi'), halfOf(text, 'en')]).toEqual(['3/8 (chờ giờ tải)', '3/8 (waits for its hours)'])
  })
  it('stands as it is when it is not one', () => {
    for (const text of ['', 'COM3', 'a · b · c', 'Khung giờ F-AM (06:00–09:15): lượt 1'])
      expect([halfOf(text, 'vi'), halfOf(text, 'en')]).toEqual([text, text])
  })
})
