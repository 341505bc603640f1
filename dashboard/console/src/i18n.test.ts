import { describe, expect, it } from 'vitest'
import { fill, WORDS } from './i18n.ts'

const places = (text: string): readonly string[] => [...text.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort()

describe('i18n', () => {
  it('has the same places in both languages, no empty text, and Vietnamese in NFC', () => {
    let checked = 0
    for (const [key, phrase] of Object.entries(WORDS)) {
      expect(places(phrase.en), key).toEqual(places(phrase.vi))
      expect(phrase.vi.trim(), key).not.toBe('')
      expect(phrase.en.trim(), key).not.toBe('')
      expect(phrase.vi, key).toBe(phrase.vi.normalize('NFC'))
      checked++
    }
    expect(checked).toBeGreaterThan(300)
  })
  it('fills places as text and leaves unknown ones visible', () => {
    expect(fill('{n}/{all} {x}', { n: 1, all: 2 })).toBe('1/2 {x}')
  })
})
