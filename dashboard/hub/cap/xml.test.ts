import { describe, expect, it } from 'vitest'
import { changed, sample } from '../test/cap-sample.ts'
import { readMessage } from './read.ts'
import { CAP_BOUNDS } from './xml.ts'

const E1 = sample('E1')
const BODY = E1.slice(E1.indexOf('<alert'))
const head = (prolog: string) => `<?xml version="1.0" encoding="UTF-8"?>\n${prolog}\n${BODY}`
const inside = (text: string) => changed(E1, ['<areaDesc>', `<areaDesc>${text}`])
const utf16 = (text: string, big: boolean) => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
  return big ? bytes.swap16() : bytes
}
const laughs = Array.from({ length: 10 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')

const HOSTILE: readonly (readonly [what: string, bytes: Buffer, code: string])[] = [
  ['DOCTYPE', Buffer.from(head('<!DOCTYPE alert>')), 'doctype'],
  [
    'DOCTYPE after a comment',
    Buffer.from(head('<!-- hello --><!DOCTYPE alert SYSTEM "http://127.0.0.1/x.dtd">')),
    'doctype',
  ],
  [
    'external entity',
    Buffer.from(head('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>').replace('Xã', '&x;')),
    'doctype',
  ],
  ['billion laughs', Buffer.from(head(`<!DOCTYPE a [<!ENTITY l0 "lol">${laughs}]>`).replace('Xã', '&l10;')), 'doctype'],
  [
    'quadratic blow-up',
    Buffer.from(head(`<!DOCTYPE a [<!ENTITY a "${'a'.repeat(50_000)}">]>`).replace('Xã', '&a;'.repeat(5000))),
    'doctype',
  ],
  ['parameter entity', Buffer.from(head('<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1/"> %p;]>')), 'doctype'],
  ['an entity nobody declared', Buffer.from(inside('&nbsp;')), 'not-xml'],
  ['deep nesting', Buffer.from(inside('<a>'.repeat(5000))), 'too-deep'],
  [
    'many elements',
    Buffer.from(changed(E1, ['<status>', `${'<code>x</code>'.repeat(6000)}<status>`])),
    'too-many-elements',
  ],
  [
    'a huge attribute',
    Buffer.from(changed(E1, ['<status>', `<status a="${'x'.repeat(100_000)}">`])),
    'too-many-attributes',
  ],
  [
    'many attributes',
    Buffer.from(changed(E1, ['<status>', `<status ${Array.from({ length: 3000 }, (_, i) => `a${i}=""`).join(' ')}>`])),
    'too-many-attributes',
  ],
  ['the same attribute twice', Buffer.from(changed(E1, ['<status>', '<status a="1" a="2">'])), 'not-xml'],
  ['an instruction of 1 MB', Buffer.from(inside('x'.repeat(1_048_576))), 'too-large'],
  ['UTF-16, little end first', utf16(E1, false), 'encoding'],
  ['UTF-16, big end first', utf16(E1, true), 'encoding'],
  ['UTF-16 without a mark', Buffer.from(E1, 'utf16le'), 'encoding'],
  ['UTF-7 by declaration', Buffer.from(E1.replace('UTF-8', 'UTF-7')), 'encoding'],
  [
    'UTF-7 far inside the declaration',
    Buffer.from(E1.replace('encoding="UTF-8"', `${' '.repeat(9_000)}encoding="UTF-7"`)),
    'encoding',
  ],
  ['Latin 1 by declaration', Buffer.from(E1.replace('UTF-8', 'ISO-8859-1'), 'latin1'), 'encoding'],
  [
    'bytes that are no UTF-8',
    Buffer.concat([Buffer.from(E1.slice(0, 200)), Buffer.from([0xc3, 0x28]), Buffer.from(E1.slice(200))]),
    'encoding',
  ],
  [
    'an overlong slash',
    Buffer.concat([Buffer.from('<a>'), Buffer.from([0xc0, 0xaf]), Buffer.from('</a>')]),
    'encoding',
  ],
  ['NUL', Buffer.from(inside('\u0000')), 'encoding'],
  ['NUL by reference', Buffer.from(inside('&#0;')), 'not-xml'],
  ['a control character by reference', Buffer.from(inside('&#x8;')), 'not-xml'],
  ['half a surrogate by reference', Buffer.from(inside('&#xD800;')), 'not-xml'],
  ['many comments', Buffer.from(inside('<!---->'.repeat(34_000))), 'too-many-comments'],
  ['a processing instruction inside', Buffer.from(inside('<?php system("x") ?>')), 'instruction'],
  ['a processing instruction after', Buffer.from(`${E1}<?x y?>`), 'instruction'],
  ['XML 1.1', Buffer.from(E1.replace('version="1.0"', 'version="1.1"')), 'not-xml'],
  ['a second root', Buffer.from(E1 + BODY), 'not-xml'],
  ['text after the root', Buffer.from(`${E1}hello`), 'not-xml'],
  ['cut off', Buffer.from(E1.slice(0, 900)), 'not-xml'],
  ['nothing', Buffer.from(''), 'not-xml'],
  ['only white space', Buffer.from(' \n '), 'not-xml'],
  ['JSON', Buffer.from('{"alert": 1}'), 'not-xml'],
  ['HTML', Buffer.from('<html><body/></html>'), 'not-cap'],
  ['CAP 1.1', Buffer.from(E1.replace('cap:1.2', 'cap:1.1')), 'not-cap'],
  ['no namespace', Buffer.from(E1.replace(/ xmlns="[^"]*"/, '')), 'not-cap'],
  [
    'an element of another namespace',
    Buffer.from(changed(E1, ['<info>', '<x:y xmlns:x="urn:x"/><info>'])),
    'namespace',
  ],
  ['an element that leaves the namespace', Buffer.from(changed(E1, ['<event>', '<event xmlns="">'])), 'namespace'],
  [
    'XInclude',
    Buffer.from(
      changed(E1, [
        '<event>',
        '<event><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>',
      ]),
    ),
    'namespace',
  ],
  ['a prefix nobody declared', Buffer.from(changed(E1, ['<event>', '<q:event>'])), 'not-xml'],
  [
    'a signature deep inside',
    Buffer.from(changed(E1, ['</info>', '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></info>'])),
    'namespace',
  ],
]

describe('hostile XML', () => {
  it.each(HOSTILE)('%s is refused', (_what, bytes, code) => {
    const read = readMessage(bytes)
    expect(read.ok ? 'read' : read.error.code).toBe(code)
  })
  it('has counted them', () => expect(HOSTILE.length).toBe(43))
  it('is refused by size before it is decoded', () => {
    expect(readMessage(Buffer.alloc(104_857_600, 0x20))).toMatchObject({ error: { code: 'too-large' } })
  })
})

describe('what is right', () => {
  it('is read with comments, CDATA, a byte order mark, prefixes and references', () => {
    const same = (text: string) => {
      const read = readMessage(Buffer.from(text))
      return read.ok ? [read.value.findings, read.value.message.info[0]?.headline] : read.error
    }
    const right = [[], 'LŨ QUÉT: rời ngay khu vực ven suối, lên nơi cao']
    expect(same(E1)).toEqual(right)
    expect(same(`\ufeff${E1}`)).toEqual(right)
    expect(same(changed(E1, ['LŨ QUÉT: rời', 'LŨ<!-- x --> QU<![CDATA[ÉT]]>: r&#x1EDD;i']))).toEqual(right)
    const prefixed = E1.replace('xmlns=', 'xmlns:c=').replace(/<(\/?)([a-zA-Z])/g, '<$1c:$2')
    expect(same(prefixed)).toEqual(right)
    expect(same(head('<?xml-stylesheet href="x.xsl"?>'))).toEqual(right)
  })
  it('may be as large as the bound and no larger', () => {
    const room = CAP_BOUNDS.bytes - Buffer.byteLength(E1) - '<!---->'.length
    expect(readMessage(Buffer.from(`${E1}<!--${'x'.repeat(room)}-->`)).ok).toBe(true)
    expect(readMessage(Buffer.from(`${E1}<!--${'x'.repeat(room + 1)}-->`)).ok).toBe(false)
  })
})
