import { SaxesParser } from 'saxes'
import { err, ok, type Result } from '#core/base/result.ts'

/** What a text may be before anybody looks at what it says. Messages of warning are small; so are the feeds that list them. */
export type XmlBounds = {
  readonly bytes: number
  readonly depth: number
  readonly elements: number
  /** Of one element. */
  readonly attributes: number
  /** Characters of one attribute's value. */
  readonly attributeLength: number
  /** Comments say nothing here, and each costs the signature check time that grows with all of them. */
  readonly comments: number
}
export const CAP_BOUNDS: XmlBounds = {
  bytes: 262_144,
  depth: 20,
  elements: 5_000,
  attributes: 20,
  attributeLength: 4_096,
  comments: 100,
}

export type XmlNode = {
  readonly uri: string
  /** As it was written; '' for the default namespace. */
  readonly prefix: string
  readonly local: string
  readonly text: string
  readonly children: readonly XmlNode[]
  readonly attributes: readonly { readonly uri: string; readonly local: string; readonly value: string }[]
  /** Of its `<`, both from 1. */
  readonly line: number
  readonly column: number
  /** Where it begins and ends in the text, as indexes of a JavaScript string. */
  readonly start: number
  readonly end: number
}

export type XmlFault = {
  readonly code:
    | 'too-large'
    | 'encoding'
    | 'not-xml'
    | 'doctype'
    | 'instruction'
    | 'too-deep'
    | 'too-many-elements'
    | 'too-many-attributes'
    | 'too-many-comments'
    | 'not-cap'
    | 'namespace'
  readonly vi: string
  readonly en: string
  readonly line: number | null
  readonly column: number | null
}

export const fault = (
  code: XmlFault['code'],
  vi: string,
  en: string,
  at: { readonly line: number; readonly column: number } | null = null,
): { readonly ok: false; readonly error: XmlFault } =>
  err({ code, vi, en, line: at?.line ?? null, column: at?.column ?? null })

/** Bytes as text: UTF-8 and nothing else. UTF-16, UTF-7 and the like are how a text comes to mean one thing to a filter and another to a reader. */
export const decodeXml = (bytes: Uint8Array, bounds: XmlBounds): Result<string, XmlFault> => {
  if (bytes.length > bounds.bytes)
    return fault(
      'too-large',
      `Dài ${bytes.length} byte, tối đa ${bounds.bytes}.`,
      `Has ${bytes.length} bytes, at most ${bounds.bytes}.`,
    )
  if (bytes.includes(0))
    return fault('encoding', 'Có byte NUL (UTF-16?): chỉ nhận UTF-8.', 'Has NUL bytes (UTF-16?): only UTF-8 is taken.')
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return fault('encoding', 'Không phải UTF-8.', 'Is not UTF-8.')
  }
}

/** Ends the parse; never leaves this file. */
class Stop extends Error {
  readonly fault: XmlFault
  constructor(stop: { readonly error: XmlFault }) {
    super(stop.error.en)
    this.fault = stop.error
  }
}

type Open = { -readonly [K in keyof XmlNode]: XmlNode[K] } & { children: XmlNode[] }

/**
 * The elements of a text, namespaces resolved. No DTD, so no entities but the five of XML; no processing instruction inside the document;
 * no XML 1.1. Linear in the text's length, and nothing is ever fetched.
 */
export const parseXml = (bytes: Uint8Array, bounds: XmlBounds): Result<XmlNode, XmlFault> => {
  const text = decodeXml(bytes, bounds)
  return text.ok ? parseXmlText(text.value, bounds) : text
}

/** The same of a text that was decoded (`decodeXml`). */
export const parseXmlText = (text: string, bounds: XmlBounds): Result<XmlNode, XmlFault> => {
  const parser = new SaxesParser({ xmlns: true, position: true })
  const open: Open[] = []
  const done: {
    root: XmlNode | null
    elements: number
    comments: number
    at: Pick<XmlNode, 'line' | 'column' | 'start'>
  } = {
    root: null,
    elements: 0,
    comments: 0,
    at: { line: 1, column: 1, start: 0 },
  }
  const here = () => ({ line: parser.line, column: parser.column + 1 })
  const stop = (code: XmlFault['code'], vi: string, en: string): never => {
    throw new Stop(fault(code, vi, en, here()))
  }
  parser.on('error', (error) => stop('not-xml', `XML sai: ${error.message}`, `Malformed XML: ${error.message}`))
  parser.on('xmldecl', ({ version, encoding }) => {
    if (version !== '1.0') stop('not-xml', 'Chỉ nhận XML 1.0.', 'Only XML 1.0 is taken.')
    const said = (encoding ?? 'UTF-8').slice(0, 20)
    if (!/^utf-?8$/i.test(said))
      stop('encoding', `Khai báo mã ${said}: chỉ nhận UTF-8.`, `Says it is ${said}: only UTF-8 is taken.`)
  })
  parser.on('doctype', () => stop('doctype', 'Có DOCTYPE: không nhận.', 'Has a DOCTYPE: it is not taken.'))
  parser.on('processinginstruction', () => {
    if (open.length > 0 || done.root !== null)
      stop('instruction', 'Có chỉ thị xử lý (<?…?>) trong văn bản.', 'Has a processing instruction (<?…?>) inside.')
  })
  parser.on('comment', () => {
    done.comments += 1
    if (done.comments > bounds.comments)
      stop('too-many-comments', `Quá ${bounds.comments} chú thích.`, `Has more than ${bounds.comments} comments.`)
  })
  parser.on('attribute', (attribute) => {
    if (attribute.value.length > bounds.attributeLength)
      stop('too-many-attributes', 'Có thuộc tính quá dài.', 'Has an attribute that is too long.')
  })
  parser.on('opentagstart', (tag) => {
    done.elements += 1
    // The character after the name has been read already.
    done.at = {
      line: parser.line,
      column: Math.max(1, parser.column - tag.name.length - 1),
      start: text.lastIndexOf('<', parser.position - 1),
    }
    if (done.elements > bounds.elements)
      stop('too-many-elements', `Quá ${bounds.elements} thẻ.`, `Has more than ${bounds.elements} elements.`)
    if (open.length >= bounds.depth)
      stop('too-deep', `Lồng quá ${bounds.depth} tầng.`, `Is nested more than ${bounds.depth} deep.`)
  })
  parser.on('opentag', (tag) => {
    const attributes = Object.values(tag.attributes)
    if (attributes.length > bounds.attributes)
      stop(
        'too-many-attributes',
        `Quá ${bounds.attributes} thuộc tính.`,
        `Has more than ${bounds.attributes} attributes.`,
      )
    open.push({
      uri: tag.uri,
      prefix: tag.prefix,
      local: tag.local,
      text: '',
      children: [],
      attributes: attributes.map(({ uri, local, prefix, name, value }) => ({
        uri: name === 'xmlns' || prefix === 'xmlns' ? XMLNS : uri,
        local,
        value,
      })),
      ...done.at,
      end: 0,
    })
  })
  const take = (piece: string) => {
    const inside = open.at(-1)
    if (inside !== undefined) inside.text += piece
  }
  parser.on('text', take)
  parser.on('cdata', take)
  parser.on('closetag', () => {
    const node = open.pop()
    const above = open.at(-1)
    if (node === undefined) return
    node.end = parser.position
    if (above === undefined) done.root = node
    else above.children.push(node)
  })
  try {
    parser.write(text).close()
  } catch (error) {
    if (error instanceof Stop) return err(error.fault)
    throw error
  }
  return done.root === null ? fault('not-xml', 'Không có thẻ nào.', 'There is no element.') : ok(done.root)
}

/** The namespace of namespace declarations. */
export const XMLNS = 'http://www.w3.org/2000/xmlns/'
