import fc from 'fast-check'
import { expect, test } from 'vitest'
import { prng } from '#core/base/prng.ts'
import {
  attributeOf,
  childrenOf,
  element,
  MOST_DEPTH,
  MOST_ELEMENTS,
  MOST_XML,
  readXml,
  textOf,
  writable,
  writeXml,
} from './xml.ts'

const rootOf = (text: string) => {
  const read = readXml(text)
  if (!read.ok) throw new Error(read.error)
  return read.value.root
}

test('reads what the maker’s documents look like', () => {
  const root = rootOf(
    "<?xml version='1.0' encoding='utf-8'?>\n<sdk guid=\"a1\">\n    <!-- note -->\n    <out result='kSuccess' method=\"GetFiles\">\n<files><file name=\"a &amp; b\"/><file name='c'></file></files></out>\n</sdk>\n",
  )
  expect(attributeOf(root, 'guid')).toBe('a1')
  const files = childrenOf(root, 'out')
    .flatMap((out) => childrenOf(out, 'files'))
    .flatMap((f) => childrenOf(f, 'file'))
  expect(files.map((file) => attributeOf(file, 'name'))).toEqual(['a & b', 'c'])
  expect(textOf(rootOf('<a>x &lt; y<b/>&#7897;</a>'))).toBe('x < yộ')
})

test('what was written reads back the same, whatever it holds, and cannot break out', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 }).filter(writable)
  fc.assert(
    fc.property(text, text, (value, words) => {
      const clean = words.replaceAll('\r', ' ')
      const children = clean === '' ? [] : [clean]
      const wrote = writeXml({ head: '', root: element('a', { b: value }, children), tail: '' })
      const root = rootOf(wrote)
      expect(attributeOf(root, 'b')).toBe(value)
      expect(textOf(root)).toBe(clean)
      expect(root.attributes.length).toBe(1)
      expect(root.children.filter((child) => typeof child !== 'string')).toEqual([])
    }),
    { numRuns: 2000 },
  )
})

test('reading and writing gives the same characters', () => {
  const texts = [
    '<a/>',
    '<a></a>',
    '<?xml version="1.0"?>\n<a b="1" c=\'2\'>\n  <d/>t&amp;u</a>\n',
    '\uFEFF<?xml version="1.0" encoding="utf-8"?><a>Cửa khẩu</a>',
  ]
  for (const text of texts) {
    const read = readXml(text)
    expect(read.ok && writeXml(read.value)).toBe(text)
  }
})

test('hostile documents are refused with the place', () => {
  const deep = '<a>'.repeat(MOST_DEPTH + 1) + '</a>'.repeat(MOST_DEPTH + 1)
  const hostile: readonly (readonly [text: string, why: RegExp])[] = [
    ['', /element was expected/],
    ['<a', /does not end/],
    ['<a>', /element was expected|end of/],
    ['<a></b>', /end of a/],
    ['<a/><b/>', /after the root/],
    ['<a b="1" b="2"/>', /twice/],
    ['<a b=1/>', /does not end/],
    ['<a b="<"/>', /does not end/],
    ['<a>&bomb;</a>', /entity/],
    ['<a>&amp</a>', /entity/],
    ['<a>&#0;</a>', /entity/],
    ['<a>&#x110000;</a>', /entity/],
    ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', /element was expected/],
    ['<a><![CDATA[x]]></a>', /element was expected/],
    ['<a><?run x?></a>', /element was expected/],
    ['<a><!-- no end</a>', /comment/],
    ['<a>\u0001</a>', /forbids/],
    [deep, /deeper/],
    [`<a>${'<b/>'.repeat(MOST_ELEMENTS)}</a>`, /elements/],
    [`<a ${Array.from({ length: 70 }, (_, i) => `b${i}="1"`).join(' ')}/>`, /attributes/],
    [`<a>${' '.repeat(MOST_XML)}</a>`, /longer/],
  ]
  for (const [text, why] of hostile) {
    const read = readXml(text)
    expect(read.ok ? `read ${text.slice(0, 40)}` : read.error).toMatch(why)
  }
  expect(hostile.length).toBe(21)
})

test('the largest hostile texts cost one pass', () => {
  const size = MOST_XML - 10
  const shapes = [
    '<',
    '&',
    '<a',
    '<a ',
    '<a b="',
    'a',
    ' ',
    '<!--',
    '<a b="c" ',
    '</',
    '<a>',
    '&#',
    '\t',
    '<a\n\n',
    '"',
  ]
  for (const shape of shapes) {
    const began = performance.now()
    readXml(shape.repeat(Math.floor(size / shape.length)))
    readXml(`<a>${shape.repeat(Math.floor((size - 10) / shape.length))}`)
    readXml(`<a b="${shape.repeat(Math.floor((size - 10) / shape.length))}`)
    expect(performance.now() - began, shape).toBeLessThan(1500)
  }
})

test('mutated documents never make it throw, and what it reads it can write', () => {
  const random = prng(7)
  const seeds = [
    '<?xml version="1.0"?><sdk guid="x"><out method="A" result="kSuccess"><a b="c">d</a></out></sdk>',
    '<a><b c="&amp;"/><!-- x --></a>',
  ]
  const alphabet = '<>/="\'&;#! a-b\n\u0000ộ'
  let read = 0
  for (let i = 0; i < 60_000; i++) {
    const from = [...(seeds[i % 2] ?? '')]
    for (let n = random.below(4); n >= 0; n--) {
      const at = random.below(from.length)
      const char = alphabet[random.below(alphabet.length)] ?? ''
      if (random.chance(0.5)) from[at] = char
      else from.splice(at, random.below(3), char)
    }
    const document = readXml(from.join(''))
    if (!document.ok) continue
    read += 1
    // Comments are gone after the first writing; from then on nothing changes any more.
    const wrote = writeXml(document.value)
    const again = readXml(wrote)
    if (!again.ok || writeXml(again.value) !== wrote) expect.fail(`${wrote}: ${again.ok ? 'differs' : again.error}`)
  }
  expect(read).toBeGreaterThan(1000)
})
