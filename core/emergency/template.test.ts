import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { assert } from '../base/result.ts'
import type { OrderTemplate } from '../contract/api.ts'
import { fillTemplate, parseTemplates } from './template.ts'

const file = readFileSync(new URL('../../deploy/templates/orders.json', import.meta.url), 'utf8')
const parsed = parseTemplates(file)
assert(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.error))
const { templates } = parsed.value
const [first] = templates
assert(first !== undefined, 'there are templates')
const faultsOf = (over: Partial<OrderTemplate>): readonly string[] => {
  const got = parseTemplates(JSON.stringify({ ...parsed.value, templates: [{ ...first, ...over }] }))
  return got.ok ? [] : got.error.map((f) => `${f.where}: ${f.why}`)
}
const withText = (i: number, over: object) => ({
  texts: first.texts.map((text, n) => (n === i ? { ...text, ...over } : text)),
})

describe('the templates that are delivered', () => {
  it('one for every hazard with a danger of its own, and an all-clear', () => {
    expect(templates.map(({ id }) => id)).toEqual([
      'flash-flood',
      'flood',
      'landslide',
      'forest-fire-danger',
      'forest-fire',
      'fire',
      'epidemic',
      'border-closure',
      'hail-whirlwind',
      'reservoir-release',
      'earthquake',
      'cold',
      'evacuation',
      'security',
      'all-clear',
    ])
    expect(templates.filter(({ allClear }) => allClear).map(({ id }) => id)).toEqual(['all-clear'])
  })

  it('classes as in the examples of domain.md §5.5', () => {
    const of = (id: string) => templates.find((t) => t.id === id)
    expect(of('flash-flood')).toMatchObject({ class: 'emergency', severity: 'extreme', response: ['evacuate'] })
    expect(of('forest-fire-danger')).toMatchObject({ class: 'priority', severity: 'severe', response: ['prepare'] })
    expect(of('forest-fire')).toMatchObject({ class: 'emergency', certainty: 'observed' })
    expect(of('border-closure')).toMatchObject({ class: 'emergency', hazard: 'BORDER_CLOSURE', response: ['avoid'] })
    expect(of('epidemic')).toMatchObject({ class: 'priority', severity: 'moderate', response: ['monitor'] })
  })

  it('filled in with places they pass the gate in every language', () => {
    let texts = 0
    for (const template of templates) {
      const filled = fillTemplate(template, { vi: 'xã Mường Tè', en: 'Muong Te commune', zh: '孟德乡' })
      expect(filled.ok, template.id).toBe(true)
      if (!filled.ok) continue
      for (const text of filled.value) {
        expect(`${text.headline}${text.instruction}`).not.toMatch(/[{}]/)
        texts += 1
      }
    }
    expect(texts).toBe(templates.length * 3)
  })
})

describe('a file of templates is refused with the place and the reason', () => {
  const cases: readonly (readonly [string, Partial<OrderTemplate>, RegExp])[] = [
    ['language missing', { texts: first.texts.slice(0, 2) }, /^\/templates\/0\/texts: zh is missing$/],
    ['not Vietnamese first', { texts: first.texts.toReversed() }, /Vietnamese comes first/],
    ['long headline', withText(0, { headline: `{place} ${'nước '.repeat(12)}` }), /headline: has \d+ characters/],
    ['long instruction', withText(1, { instruction: 'water '.repeat(30) }), /texts\/1\/instruction: has 180/],
    ['no place', withText(0, { headline: 'LŨ QUÉT', instruction: 'Rời ngay.' }), /says \{place\} nowhere/],
    ['another placeholder', withText(0, { headline: 'LŨ QUÉT {place} {time}' }), /another placeholder/],
    ['damaged text', withText(2, { headline: '{place}\uFFFD' }), /texts\/2\/headline: /],
    ['decomposed', withText(0, { headline: '{place} lũ'.normalize('NFD') }), /is not NFC/],
    ['moderate emergency', { severity: 'moderate' }, /class: moderate, immediate is a priority notice/],
    ['class', { class: 'mourning' }, /class: templates are for emergency and priority/],
    ['all-clear with a response', { allClear: true }, /class: an all-clear is past/],
  ]
  it.each(cases)('%s', (_, over, says) => {
    expect(faultsOf(over).join('\n')).toMatch(says)
  })

  it('twice the same id', () => {
    const twice = parseTemplates(JSON.stringify({ ...parsed.value, templates: [first, first] }))
    expect(twice).toMatchObject({ ok: false, error: [{ where: '/templates/1/id', why: 'flash-flood is there twice' }] })
  })
})

describe('filling in', () => {
  it('takes the Vietnamese name where a language has none, and never fills in twice', () => {
    const filled = fillTemplate(first, { vi: ' bản {place} ', zh: '孟德' })
    assert(filled.ok, 'it fits')
    expect(filled.value[0]?.headline).toBe('LŨ QUÉT tại bản {place}: rời ngay bờ suối, khe')
    expect(filled.value[1]?.headline).toContain('bản {place}')
    expect(filled.value[2]?.headline).toBe('孟德发生山洪：立即离开溪边')
  })

  it('refuses what nobody could read, in both languages', () => {
    expect(fillTemplate(first, { vi: '  ' })).toMatchObject({ ok: false, error: [{ language: 'vi' }] })
    const long = fillTemplate(first, { vi: 'a'.repeat(250) })
    expect(long.ok).toBe(false)
    const hidden = fillTemplate(first, { vi: 'Mường Tè', en: 'Muong\u202ETe' })
    expect(hidden).toMatchObject({ ok: false, error: [{ language: 'en', en: expect.stringContaining('U+202E') }] })
  })
})
