import { describe, expect, it } from 'vitest'
import { fill, WORDS } from './i18n.ts'

const places = (text: string): readonly string[] =>
  [...new Set([...text.matchAll(/\{(\w+)[^}]*\}/g)].map((m) => m[1] ?? ''))].sort()

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
  it('says one of one and many of all other numbers', () => {
    const said = [0, 1, 2].map((n) => fill('{n} {n|screen|screens}', { n }))
    expect(said).toEqual(['0 screens', '1 screen', '2 screens'])
    expect(fill('{m|screen|screens}', { n: 1 })).toBe('{m|screen|screens}')
  })
  it('fills places as text and leaves unknown ones visible', () => {
    expect(fill('{n}/{all} {x}', { n: 1, all: 2 })).toBe('1/2 {x}')
  })
})
