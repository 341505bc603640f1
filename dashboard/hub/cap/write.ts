import { CAP_NAMESPACE, type CapMessage, type Group, STRUCTURE } from '#core/emergency/cap/message.ts'

/** Characters that XML 1.0 cannot hold in any way. The text gate refuses them long before; a name from elsewhere may still have one. */
const IMPOSSIBLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

const ESCAPES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A parser would read a bare one as a line feed.
  '\r': '&#xD;',
}
export const escapeXml = (text: string): string =>
  text.replace(IMPOSSIBLE, '').replace(/[&<>"\r]/g, (character) => ESCAPES[character] ?? '')

/** The message as CAP 1.2: the elements in the order of the standard, those that are null left out. */
export const writeCap = (message: CapMessage): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="${CAP_NAMESPACE}">\n${groupText('alert', message, '  ')}</alert>\n`

const groupText = (group: Group, value: object, indent: string): string =>
  STRUCTURE[group]
    .map((row) => {
      const held: unknown = Reflect.get(value, row.name)
      const items: readonly unknown[] = Array.isArray(held) ? held : held === null || held === undefined ? [] : [held]
      return items
        .map((item) => {
          if (typeof item === 'string') return `${indent}<${row.name}>${escapeXml(item)}</${row.name}>\n`
          if (row.inside === null || typeof item !== 'object' || item === null) return ''
          return `${indent}<${row.name}>\n${groupText(row.inside, item, `${indent}  `)}${indent}</${row.name}>\n`
        })
        .join('')
    })
    .join('')
