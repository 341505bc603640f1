import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anItem } from '../../test/build.ts'
import type { Item } from './item.ts'
import { sourceHash, staleSource, staleTexts, translationsOf } from './translation.ts'

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex')
const alone = { sha256, find: () => undefined }

const VI = { language: 'vi', title: 'Lịch chợ phiên', body: 'Chủ nhật hằng tuần.' }
const from = (source: Item['texts'][number], language: string, title: string): Item['texts'][number] => ({
  language,
  title,
  body: '',
  translationOf: { language: source.language, hash: sourceHash(source, sha256) },
})
const EN = from(VI, 'en', 'Market days')
const ZH = from(EN, 'zh', '集市日')
const text = (texts: Item['texts'], more: Partial<Item> = {}): Item =>
  anItem({ kind: 'text', asset: null, texts, languages: texts.map((t) => t.language), ...more })

describe('translated texts', () => {
  it('hold while their source is what it was', () => {
    // The hash is of canonical JSON, and this is that JSON by hand.
    expect(sourceHash(VI, sha256)).toBe(sha256('{"body":"Chủ nhật hằng tuần.","title":"Lịch chợ phiên"}'))
    expect(staleTexts(text([VI, EN, ZH]), sha256)).toEqual([])
    expect(translationsOf(text([VI, EN, ZH]), alone)).toEqual({ item: text([VI, EN, ZH]), stale: null })
  })

  it('are stale after one letter of the source, and so is what was translated from them', () => {
    const item = text([{ ...VI, body: 'Thứ Bảy hằng tuần.' }, EN, ZH])
    expect(staleTexts(item, sha256)).toEqual(['en', 'zh'])
    const { item: left, stale } = translationsOf(item, alone)
    expect(left?.languages).toEqual(['vi'])
    expect(left?.texts.map((t) => t.language)).toEqual(['vi'])
    expect(stale).toEqual({ languages: ['en', 'zh'], detail: 'stale, the rest plays: en, zh' })
  })

  it('without a source here are stale, and a circle is', () => {
    expect(staleTexts(text([EN]), sha256)).toEqual(['en'])
    const a = { language: 'en', title: 'a', body: '' }
    const b = from(a, 'zh', 'b')
    expect(
      staleTexts(text([{ ...a, translationOf: { language: 'zh', hash: sourceHash(b, sha256) } }, b]), sha256),
    ).toEqual(['en', 'zh'])
  })

  it('an item whose main language is stale is not shown; a clip is, whatever its texts', () => {
    const turned = text([EN, { ...VI, title: 'Khác' }])
    expect(translationsOf(turned, alone).item).toBeNull()
    expect(translationsOf(turned, alone).stale?.languages).toEqual(['en'])
    const clip = anItem({ languages: ['en', 'vi'], texts: turned.texts })
    expect(translationsOf(clip, alone).item).toMatchObject({ languages: ['en', 'vi'], texts: [{ language: 'vi' }] })
  })

  it('whatever the texts: what is left is never stale, and nothing fresh is left out', () => {
    const languages = ['vi', 'en', 'zh', 'blt']
    const any = fc.array(
      fc.record({ title: fc.constantFrom('a', 'b'), of: fc.option(fc.constantFrom(...languages)), old: fc.boolean() }),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(any, (given) => {
        const plain = given.map((g, i) => ({ language: languages[i] ?? 'vi', title: g.title, body: '' }))
        const texts: Item['texts'] = plain.map((t, i) => {
          const source = plain.find((p) => p.language === given[i]?.of)
          if (source === undefined) return t
          const hash = given[i]?.old ? sha256('before') : sourceHash(source, sha256)
          return { ...t, translationOf: { language: source.language, hash } }
        })
        const stale = staleTexts({ texts }, sha256)
        for (const t of texts) if (t.translationOf === undefined) expect(stale).not.toContain(t.language)
        const left = texts.filter((t) => !stale.includes(t.language))
        expect(staleTexts({ texts: left }, sha256)).toEqual([])
      }),
    )
  })
})

describe('an item that translates another', () => {
  const source = anItem({ id: 'C20', revision: 2 })
  const clip = anItem({ id: 'C20-zh', translationOf: { item: 'C20', revision: 2 } })
  const find = (items: readonly Item[]) => (id: string) => items.find((i) => i.id === id)

  it('is stale once its source has a higher revision', () => {
    expect(staleSource(clip, find([source]))).toBeNull()
    expect(staleSource(clip, find([]))).toBeNull()
    const edited = { ...source, revision: 3 }
    expect(staleSource(clip, find([edited]))).toBe('C20-zh was made from revision 2 of C20, which is now at 3')
    expect(translationsOf(clip, { sha256, find: find([edited]) })).toMatchObject({
      item: null,
      stale: { languages: ['vi'] },
    })
  })
  it('and so is a translation of a translation, and a circle', () => {
    const third = anItem({ id: 'X', translationOf: { item: 'C20-zh', revision: 1 } })
    expect(staleSource(third, find([{ ...source, revision: 3 }, clip]))).toContain('revision 2 of C20')
    const loop = anItem({ id: 'L', translationOf: { item: 'L', revision: 1 } })
    expect(staleSource(loop, find([loop]))).toBe('L is a translation of itself')
  })
})
