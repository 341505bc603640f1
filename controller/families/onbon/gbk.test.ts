import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assert } from '#core/base/result.ts'
import { createFont, decodeText, encodeText, missing, refusal, withoutMarks } from './gbk.ts'

const font = createFont()
/** Every letter of written Vietnamese beyond ASCII. */
const VIETNAMESE =
  'àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬĐÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴ'

describe('the font of the card', () => {
  it('has the 7445 characters of GB 2312-80 and no byte that could begin a card command', () => {
    expect(font.size).toBe(7445)
    let checked = 0
    for (let first = 0x80; first < 0x100; first++)
      for (let second = 0; second < 0x100; second++) {
        const character = font.character(first, second)
        if (character === undefined) continue
        const [one, two] = font.code(character) ?? []
        assert(Math.min(first, second) >= 0xa1 && one === first && two === second, `${first} ${second}`)
        checked++
      }
    expect(checked).toBe(7445)
  })

  it('encodes as the standard does', () => {
    expect(encodeText(font, '中国Ab1。')).toEqual(Uint8Array.of(0xd6, 0xd0, 0xb9, 0xfa, 0x41, 0x62, 0x31, 0xa1, 0xa3))
    expect(encodeText(font, '啊\n齄')).toEqual(Uint8Array.of(0xb0, 0xa1, 0x5c, 0x6e, 0xf7, 0xfe))
  })

  it('leaves out what GBK has put into the holes', () => {
    for (const character of ['誠', '鎔', 'ⅰ', '€', 'ɡ', '︐', '〇'])
      expect(font.code(character), character).toBeUndefined()
  })

  it('knows of Vietnamese only the lower-case letters that pinyin has too', () => {
    const shown = [...VIETNAMESE].filter((letter) => font.code(letter) !== undefined).join('')
    expect(shown).toBe('àáèéêìíòóùú')
    expect([...VIETNAMESE].length).toBe(134)
  })
})

describe('refusing', () => {
  it('names the characters, in both languages, once each', () => {
    expect(refusal(font, 'Lũ quét ở Mường Tè, lũ')).toBe(
      'ký tự ũ ở ư ờ không có trong phông của bộ điều khiển (characters not in the controller’s font: ũ ở ư ờ)',
    )
    expect(refusal(font, '因水位上涨暂停通关\nTam dung 12:30')).toBeNull()
    expect(refusal(font, VIETNAMESE)).toContain('(+111)')
  })

  it('never lets a text carry a card command or a control character', () => {
    for (const text of ['\\C1HOT', 'a\\nb', 'a\\', '\u0007', 'a\tb', 'a\rb', '\u0000', '\u007f', '\ud800', '\u001bC'])
      expect(typeof encodeText(font, text), JSON.stringify(text)).toBe('string')
    expect(refusal(font, 'a\tb')).toContain('U+0009')
    expect(missing(font, '\\\\')).toEqual(['\\'])
  })

  it('lets no text through that would come back different, and none with a backslash but our own line feeds', () => {
    const texts = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', '\n', '中', 'n', 'é', '一', '∈', ' '), maxLength: 40 }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: fc.constantFrom('a', '\n', '中', '\\', 'n', 'C', '1', 'é', '一', '∈'), maxLength: 40 }),
    )
    let passed = 0
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = encodeText(font, text)
        if (typeof bytes === 'string') return
        passed++
        expect(decodeText(font, bytes)).toBe(text)
        const lineFeeds = [...text].filter((character) => character === '\n').length
        expect(bytes.filter((byte) => byte === 0x5c).length).toBe(lineFeeds)
        expect(bytes.every((byte) => byte >= 0x20 && byte !== 0x7f)).toBe(true)
      }),
      { numRuns: 400 },
    )
    expect(passed).toBeGreaterThan(50)
  })
})

describe('the agreed fallback', () => {
  it('takes the marks off every Vietnamese letter, and keeps đ as d', () => {
    expect(withoutMarks('Lũ quét. Đường đèo Ô Quy Hồ – cấm xe')).toBe('Lu quet. Duong deo O Quy Ho - cam xe')
    const plain = withoutMarks(VIETNAMESE)
    expect(plain).toMatch(/^[a-zA-Z]+$/)
    expect(plain.length).toBe([...VIETNAMESE].length)
    expect(withoutMarks(VIETNAMESE.normalize('NFD'))).toBe(plain)
  })

  it('leaves other scripts as they are', () => {
    const others = '边境口岸 Йод Ёлка ガギ 한국'
    expect(withoutMarks(others)).toBe(others)
    expect(withoutMarks('Cửa khẩu 口岸')).toBe('Cua khau 口岸')
  })

  it('makes every Vietnamese text showable', () => {
    const text = fc.string({ unit: fc.constantFrom(...VIETNAMESE, 'a', ' ', '\n', '.'), maxLength: 60 })
    fc.assert(
      fc.property(text, (given) => {
        expect(refusal(font, withoutMarks(given))).toBeNull()
      }),
    )
    assert(refusal(font, VIETNAMESE) !== null, 'without it, the text is refused')
  })
})
