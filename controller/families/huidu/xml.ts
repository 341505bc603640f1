import { err, ok, type Result } from '#core/base/result.ts'

/**
 * The little XML that Huidu SDK2 speaks: elements, attributes, text, the five entities. No DTD, no CDATA, no processing instruction but
 * the first line, no name spaces. Comments are skipped. Everything is bounded, so a hostile answer costs one pass over its characters.
 */
export type Element = {
  readonly name: string
  readonly attributes: readonly Attribute[]
  readonly children: readonly Node[]
  /** How an element without children was spelled: `<a/>` or `<a></a>`. Means nothing; kept so that writing gives the same bytes. */
  readonly short: boolean
}
export type Attribute = { readonly name: string; readonly value: string; readonly quote: '"' | "'" }
/** Text, white space included, or an element. */
export type Node = Element | string
export type Document = {
  /** Everything before the root element, and everything after it (white space only). */
  readonly head: string
  readonly root: Element
  readonly tail: string
}

/** Longest document, in characters; the packets hold at most as many bytes. */
export const MOST_XML = 262_144
/** Deepest nesting. A program has 8 levels. */
export const MOST_DEPTH = 32
/** Most elements in a document. */
export const MOST_ELEMENTS = 8192
/** Most attributes of one element. */
export const MOST_ATTRIBUTES = 64

export const element = (
  name: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly Node[],
): Element => ({
  name,
  attributes: Object.entries(attributes).map(([key, value]) => ({ name: key, value, quote: '"' })),
  children,
  short: children.length === 0,
})

export const attributeOf = (of: Element, name: string): string | undefined =>
  of.attributes.find((attribute) => attribute.name === name)?.value

/** The child elements of that name. */
export const childrenOf = (of: Element, name: string): readonly Element[] =>
  of.children.filter((child): child is Element => typeof child !== 'string' && child.name === name)

/** All text directly inside, joined. */
export const textOf = (of: Element): string => of.children.filter((child) => typeof child === 'string').join('')

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Text as it may stand between tags and in either kind of quotes. */
export const escapeXml = (text: string): string =>
  text.replace(/[&<>"'\t\n\r]/g, (char) => {
    switch (char) {
      case '&':
        return '&amp;'
      case '<':
        return '&lt;'
      case '>':
        return '&gt;'
      case '"':
        return '&quot;'
      case "'":
        return '&apos;'
      case '\t':
        return '&#9;'
      case '\n':
        return '&#10;'
      default:
        return '&#13;'
    }
  })

/** White space is escaped in attributes only: between tags it is layout. */
const escapeText = (text: string): string => text.replace(/[&<>]/g, (char) => escapeXml(char))

const writeElement = (of: Element): string => {
  const attributes = of.attributes.map(({ name, value, quote }) => ` ${name}=${quote}${escapeXml(value)}${quote}`)
  const start = `<${of.name}${attributes.join('')}`
  if (of.children.length === 0 && of.short) return `${start}/>`
  const inside = of.children.map((child) => (typeof child === 'string' ? escapeText(child) : writeElement(child)))
  return `${start}>${inside.join('')}</${of.name}>`
}

export const writeXml = (document: Document): string => `${document.head}${writeElement(document.root)}${document.tail}`

/** Control characters, halves of surrogate pairs, U+FFFD: never written, and they make a document unreadable. */
const FORBIDDEN = /[\p{Cs}\uFFFD-\uFFFF]|[^\P{Cc}\t\n\r]/u

export const writable = (text: string): boolean => !FORBIDDEN.test(text)

const decode = (text: string): string | undefined => {
  if (!text.includes('&')) return text
  let wrong = false
  const decoded = text.replace(/&([^;&]{0,10});?|&/g, (whole, name: string | undefined) => {
    const char = whole.endsWith(';') && name !== undefined ? entity(name) : undefined
    if (char === undefined) wrong = true
    return char ?? ''
  })
  return wrong ? undefined : decoded
}

const entity = (name: string): string | undefined => {
  if (Object.hasOwn(NAMED, name)) return NAMED[name]
  const digits = /^#([0-9]{1,7})$/.exec(name)?.[1]
  const hex = /^#x([0-9a-fA-F]{1,6})$/.exec(name)?.[1]
  const code = digits !== undefined ? Number.parseInt(digits, 10) : hex !== undefined ? Number.parseInt(hex, 16) : -1
  if (code < 0 || code > 0x10ffff) return undefined
  const char = String.fromCodePoint(code)
  return writable(char) ? char : undefined
}

/** An element that is still open. */
type Open = { readonly name: string; readonly attributes: readonly Attribute[]; readonly children: Node[] }

// Sticky patterns, each anchored at one place and without nested repetition, so that no text makes them run long.
const TAG = /<([A-Za-z_][A-Za-z0-9_.-]{0,63})/y
const CLOSE = /<\/([A-Za-z_][A-Za-z0-9_.-]{0,63})[ \t\r\n]{0,16}>/y
const ATTRIBUTE = /[ \t\r\n]{1,256}([A-Za-z_][A-Za-z0-9_.:-]{0,63})[ \t]{0,16}=[ \t]{0,16}(?:"([^"<]*)"|'([^'<]*)')/y
const TAG_END = /[ \t\r\n]{0,256}(\/?)>/y
const TEXT = /[^<]+/y
const HEAD = /^\uFEFF?[ \t\r\n]{0,256}(?:<\?xml[^<>?]{0,200}\?>)?[ \t\r\n]{0,256}/

const at = (pattern: RegExp, text: string, from: number): RegExpExecArray | null => {
  pattern.lastIndex = from
  return pattern.exec(text)
}

type Walk = { at: number; elements: number }

/** Text → document, or why it is none and where (character counted from 0). Never throws, whatever the text. */
export const readXml = (text: string): Result<Document, string> => {
  if (text.length > MOST_XML) return err(`longer than ${MOST_XML} characters`)
  if (FORBIDDEN.test(text)) return err('a character that XML forbids')
  const walk: Walk = { at: HEAD.exec(text)?.[0].length ?? 0, elements: 0 }
  const head = text.slice(0, walk.at)
  const root = readRoot(text, walk)
  if (!root.ok) return err(`${root.error} at character ${walk.at}`)
  const tail = text.slice(walk.at)
  return /^[ \t\r\n]*$/.test(tail)
    ? ok({ head, root: root.value, tail })
    : err(`text after the root at character ${walk.at}`)
}

const readRoot = (text: string, walk: Walk): Result<Element, string> => {
  const open: Open[] = []
  for (;;) {
    const parent = open.at(-1)
    if (text.startsWith('<!--', walk.at) && parent) {
      const end = text.indexOf('-->', walk.at + 4)
      if (end < 0) return err('a comment without end')
      walk.at = end + 3
      continue
    }
    const done = parent && text.startsWith('</', walk.at) ? close(text, walk, open) : begin(text, walk, open)
    if (!done.ok) return done
    if (done.value !== null) return ok(done.value)
  }
}

/** Reads an end tag. The root when that was it, else null. */
const close = (text: string, walk: Walk, open: Open[]): Result<Element | null, string> => {
  const match = at(CLOSE, text, walk.at)
  const ended = open.pop()
  if (!match || !ended || match[1] !== ended.name) return err(`the end of ${ended?.name ?? 'nothing'} was expected`)
  walk.at += match[0].length
  return put(open, { ...ended, short: false })
}

/** Reads text or a start tag. */
const begin = (text: string, walk: Walk, open: Open[]): Result<Element | null, string> => {
  const parent = open.at(-1)
  const words = parent ? at(TEXT, text, walk.at) : null
  if (words && parent) {
    const decoded = decode(words[0])
    if (decoded === undefined) return err('an unknown entity')
    walk.at += words[0].length
    parent.children.push(decoded)
    return ok(null)
  }
  const tag = at(TAG, text, walk.at)
  if (!tag?.[1]) return err('an element was expected')
  walk.elements += 1
  if (walk.elements > MOST_ELEMENTS) return err(`more than ${MOST_ELEMENTS} elements`)
  walk.at += tag[0].length
  const attributes = readAttributes(text, walk)
  if (!attributes.ok) return attributes
  const end = at(TAG_END, text, walk.at)
  if (!end) return err(`the tag ${tag[1]} does not end`)
  walk.at += end[0].length
  if (end[1] === '/') return put(open, { name: tag[1], attributes: attributes.value, children: [], short: true })
  if (open.length >= MOST_DEPTH) return err(`deeper than ${MOST_DEPTH} levels`)
  open.push({ name: tag[1], attributes: attributes.value, children: [] })
  return ok(null)
}

const put = (open: readonly Open[], done: Element): Result<Element | null, string> => {
  const parent = open.at(-1)
  if (!parent) return ok(done)
  parent.children.push(done)
  return ok(null)
}

const readAttributes = (text: string, walk: Walk): Result<readonly Attribute[], string> => {
  const attributes: Attribute[] = []
  for (;;) {
    const match = at(ATTRIBUTE, text, walk.at)
    if (!match) return ok(attributes)
    const [whole, name = '', double, single] = match
    const value = decode(double ?? single ?? '')
    if (value === undefined) return err(`an unknown entity in ${name}`)
    if (attributes.some((other) => other.name === name)) return err(`${name} is there twice`)
    if (attributes.length >= MOST_ATTRIBUTES) return err(`more than ${MOST_ATTRIBUTES} attributes`)
    attributes.push({ name, value, quote: double === undefined ? "'" : '"' })
    walk.at += whole.length
  }
}
