import { describe, expect, it } from 'vitest'
import { assert } from '#core/base/result.ts'
import { readMessage } from '../cap/read.ts'
import { changed, findingsOf, SENDER, sample } from '../test/cap-sample.ts'

const E1 = sample('E1')
const CANCEL = sample('E7-cancel')
const INFO = /<info>[\s\S]*<\/info>/.exec(E1)?.[0] ?? ''

type Vector = readonly [what: string, text: string, code: string, path: string]
const parameter = (name: string, value: string) =>
  `<parameter><valueName>${name}</valueName><value>${value}</value></parameter><area>`

/** Each is E1 (or the cancel) with one thing wrong. */
const ERRORS: readonly Vector[] = [
  ['sent with Z', changed(E1, ['02:14:00+07:00</sent>', '02:14:00Z</sent>']), 'bad-time', '/sent'],
  ['sent with milliseconds', changed(E1, ['02:14:00+07:00</sent>', '02:14:00.000+07:00</sent>']), 'bad-time', '/sent'],
  ['comma in identifier', changed(E1, ['MAU-E1-01', 'MAU,E1-01']), 'forbidden-character', '/identifier'],
  ['space in sender', changed(E1, [SENDER, 'canh bao']), 'forbidden-character', '/sender'],
  ['ampersand in sender', changed(E1, [SENDER, 'a&amp;b']), 'forbidden-character', '/sender'],
  ['cancel without references', changed(CANCEL, [/ *<references>.*<\/references>\n/, '']), 'missing', '/references'],
  ['update without references', changed(E1, ['>Alert<', '>Update<']), 'missing', '/references'],
  [
    'reference of two parts',
    changed(CANCEL, [/<references>.*<\/references>/, '<references>a@b,c</references>']),
    'bad-reference',
    '/references',
  ],
  [
    'refers to itself',
    changed(CANCEL, [/MAU-E7-02/, 'MAU-E7-01'], [/16:40:00\+07:00<\/sent>/, '16:00:00+07:00</sent>']),
    'refers-to-itself',
    '/references',
  ],
  ['alert without info', changed(E1, [INFO, '']), 'no-info', '/info'],
  [
    'polygon of three points',
    changed(E1, ['<geocode>', '<polygon>22.4,102.6 22.5,102.7 22.4,102.6</polygon><geocode>']),
    'bad-polygon',
    '/info/0/area/0/polygon/0',
  ],
  [
    'open polygon',
    changed(E1, ['<geocode>', '<polygon>22,102 22,103 23,103 23,102</polygon><geocode>']),
    'bad-polygon',
    '/info/0/area/0/polygon/0',
  ],
  [
    'longitude first',
    changed(E1, ['<geocode>', '<polygon>102,22 103,22 103,23 102,22</polygon><geocode>']),
    'bad-polygon',
    '/info/0/area/0/polygon/0',
  ],
  [
    'circle without radius',
    changed(E1, ['<geocode>', '<circle>22.4,102.6</circle><geocode>']),
    'bad-circle',
    '/info/0/area/0/circle/0',
  ],
  ['unknown geocode', changed(E1, ['>03445<', '>99999<']), 'unknown-unit', '/info/0/area/0/geocode/0/value'],
  [
    'long instruction',
    changed(E1, ['Không qua', `${'Lên cao. '.repeat(100)}Không qua`]),
    'too-long',
    '/info/0/instruction',
  ],
  ['U+FFFD', changed(E1, ['LŨ QUÉT: rời', 'L\ufffd QUÉT: rời']), 'replacement', '/info/0/headline'],
  ['NFD', changed(E1, ['LŨ QUÉT: rời', 'LŨ QUÉT: rời'.normalize('NFD')]), 'not-nfc', '/info/0/headline'],
  ['a bidirectional override', changed(E1, ['LŨ QUÉT: rời', 'LŨ \u202eQUÉT: rời']), 'invisible', '/info/0/headline'],
  [
    'infos with two ends',
    changed(E1, ['</info>', `</info>${INFO.replace('vi-VN', 'en-US').replace('08:00:00', '09:00:00')}`]),
    'infos-disagree',
    '/info/1/expires',
  ],
  [
    'infos with two severities',
    changed(E1, ['</info>', `</info>${INFO.replace('vi-VN', 'en-US').replace('>Extreme<', '>Severe<')}`]),
    'infos-disagree',
    '/info/1/severity',
  ],
  ['two infos in one language', changed(E1, ['</info>', `</info>${INFO}`]), 'language-twice', '/info/1/language'],
  [
    'contradictory responses',
    changed(E1, ['<responseType>', '<responseType>AllClear</responseType><responseType>']),
    'contradiction',
    '/info/0/responseType',
  ],
  ['wrong category', changed(E1, ['>Met<', '>Weather<']), 'not-a-value', '/info/0/category/0'],
  ['wrong urgency', changed(E1, ['>Immediate<', '>immediate<']), 'not-a-value', '/info/0/urgency'],
  ['wrong status', changed(E1, ['>Actual<', '>Real<']), 'not-a-value', '/status'],
  [
    'no category',
    changed(E1, [/ *<category>.*<\/category>\n *<category>.*<\/category>\n/, '']),
    'missing',
    '/info/0/category',
  ],
  ['restricted without restriction', changed(E1, ['>Public<', '>Restricted<']), 'missing', '/restriction'],
  ['private without addresses', changed(E1, ['>Public<', '>Private<']), 'missing', '/addresses'],
  ['ends before it starts', changed(E1, ['08:00:00', '02:00:00']), 'ends-before-it-starts', '/info/0/expires'],
  ['no Vietnamese', changed(E1, ['>vi-VN<', '>zh-Hans-CN<']), 'no-vietnamese', '/info'],
  ['no language', changed(E1, [/ *<language>.*<\/language>\n/, '']), 'language-default', '/info/0/language'],
  ['no end', changed(E1, [/ *<expires>.*<\/expires>\n/, '']), 'no-expires', '/info/0/expires'],
  [
    'an end of two days',
    changed(E1, ['2026-11-22T08:00:00', '2026-11-24T08:00:00']),
    'too-long-span',
    '/info/0/expires',
  ],
  ['unknown hazard', changed(E1, ['>FLASH_FLOOD<', '>TSUNAMI<']), 'unknown-hazard', '/info/0/eventCode'],
  ['risk level 7', changed(E1, ['>3<', '>7<']), 'bad-parameter', '/info/0/parameter/0'],
  ['wrong colour', changed(E1, ['>orange<', '>red<']), 'wrong-colour', '/info/0/parameter'],
  [
    'forest-fire level 5',
    changed(E1, ['<area>', parameter('VN:forestFireLevel', '5')]),
    'bad-parameter',
    '/info/0/parameter/4',
  ],
  ['a display wish that is none', changed(E1, ['>wake sound<', '>reboot<']), 'bad-parameter', '/info/0/parameter/3'],
  [
    'a parameter we do not know',
    changed(E1, ['<area>', parameter('VN:volume', '11')]),
    'unknown-parameter',
    '/info/0/parameter/4',
  ],
  [
    'ceiling without altitude',
    changed(E1, ['</area>', '<ceiling>100</ceiling></area>']),
    'ceiling-alone',
    '/info/0/area/0/ceiling',
  ],
  [
    'resource without a type',
    changed(E1, ['<area>', '<resource><resourceDesc>x</resourceDesc><mimeType>png</mimeType></resource><area>']),
    'bad-resource',
    '/info/0/resource/0/mimeType',
  ],
  ['relative web', changed(E1, ['<parameter>', '<web>page.html</web><parameter>']), 'bad-uri', '/info/0/web'],
  ['exercise without a note', changed(E1, ['>Actual<', '>Exercise<']), 'note-missing', '/note'],
  [
    'elements out of order',
    changed(E1, [/( *<status>.*<\/status>\n)( *<msgType>.*<\/msgType>\n)/, '$2$1']),
    'wrong-order',
    '/status',
  ],
  ['identifier twice', changed(E1, ['<sender>', '<identifier>x</identifier><sender>']), 'element-twice', '/identifier'],
  ['an element CAP does not have', changed(E1, ['<scope>', '<priority>1</priority><scope>']), 'unknown-element', ''],
  ['an attribute', changed(E1, ['<status>', '<status x="1">']), 'attribute', '/status'],
  ['text between elements', changed(E1, ['<scope>', 'hello<scope>']), 'stray-text', ''],
  ['an odd quotation mark', changed(E1, ['<code>', '<addresses>"a b</addresses><code>']), 'quotes', '/addresses'],
]

describe('what is wrong with a message', () => {
  it.each(ERRORS)('%s', (_what, text, code, path) => {
    const errors = findingsOf(text, {}).filter((f) => f.severity === 'error')
    expect(errors.map((f) => `${f.code} ${f.path}`)).toContain(`${code} ${path}`)
    for (const { vi, en } of errors) expect([vi.length > 3, en.length > 3]).toEqual([true, true])
  })
  it('has counted the vectors, and finds nothing in the message they are made of', () => {
    expect(ERRORS.length).toBe(50)
    expect(findingsOf(E1, {})).toEqual([])
  })

  it('is said with line and column', () => {
    const read = readMessage(Buffer.from(changed(E1, ['<scope>', '<priority>1</priority>\n  <scope>'])))
    assert(read.ok, 'it is read')
    expect(read.value.findings).toMatchObject([{ code: 'unknown-element', line: 9, column: 3 }])
  })

  it('is less of a fault where the message does not claim our profile', () => {
    const plain = changed(E1, [/ *<code>.*<\/code>\n/, ''])
    const soft = [
      [/ *<expires>.*<\/expires>\n/, 'no-expires'],
      [/ *<language>.*<\/language>\n/, 'language-default'],
      [/ *<area>[\s\S]*<\/area>\n/, 'no-area'],
      [/vi-VN/, 'looks-vietnamese'],
    ] as const
    for (const [pattern, code] of soft) {
      const found = findingsOf(changed(plain, [pattern, code === 'looks-vietnamese' ? 'en-GB' : '']), {
        profile: false,
      })
      expect(
        found.filter((f) => f.severity === 'error'),
        code,
      ).toEqual([])
      expect(
        found.map((f) => f.code),
        code,
      ).toContain(code)
    }
    expect(soft.length).toBe(4)
  })

  it('warns of what has run out, comes from the future, or says less than its level', () => {
    const late = findingsOf(E1, { now: null })
    expect(late).toEqual([])
    const codes = (now: string, text = E1) => findingsOf(text, { now: Date.parse(now) as never }).map((f) => f.code)
    expect(codes('2026-11-22T09:00:00+07:00')).toEqual(['expired'])
    expect(codes('2026-11-22T01:00:00+07:00')).toEqual(['from-the-future'])
    expect(codes('2026-11-22T02:20:00+07:00', changed(E1, ['>Extreme<', '>Minor<']))).toEqual(['low-severity'])
  })
})
