import { err, ok, type Result } from '#core/base/result.ts'
import type { Values } from '../../dialect/dialect.ts'
import { MOST_DOCUMENT, type Packet, u32, XML_HEAD } from './frame.ts'
import type { XmlCommandSpec } from './schema.ts'
import { bodyOf, valuesOfBody } from './values.ts'
import { attributeOf, childrenOf, type Document, type Element, element, readXml, writeXml } from './xml.ts'

/** What stands for the session’s guid before there is one. */
export const NO_SESSION = '##GUID'
const HEAD = '<?xml version="1.0" encoding="utf-8"?>'
const SESSION = /^[A-Za-z0-9{}-]{1,64}$/

/** A guid the card may have given; anything else is not echoed back to it. */
export const isSession = (guid: unknown): guid is string => typeof guid === 'string' && SESSION.test(guid)

/** The method a command calls with these values. */
export const methodOf = (command: XmlCommandSpec, values: Values): Result<string, string> => {
  const { method } = command
  if (typeof method === 'string') return ok(method)
  const value = values[method.field]
  return typeof value === 'boolean' ? ok(value ? method.yes : method.no) : err(`${method.field} must be true or false`)
}

/** The request as UTF-8 text, or which value is missing or wrong. */
export const requestXml = (command: XmlCommandSpec, values: Values, guid: string): Result<Uint8Array, string> => {
  const method = methodOf(command, values)
  if (!method.ok) return method
  const body = bodyOf(command.body, values)
  if (!body.ok) return body
  const call: Element = {
    ...body.value,
    attributes: [{ name: 'method', value: method.value, quote: '"' }, ...body.value.attributes],
  }
  const bytes = new TextEncoder().encode(writeXml({ head: HEAD, root: element('sdk', { guid }, [call]), tail: '' }))
  return bytes.length > MOST_DOCUMENT ? err(`the document would take more than ${MOST_DOCUMENT} bytes`) : ok(bytes)
}

/** `in` of a request or `out` of an answer, with the guid around it. */
export type Envelope = {
  readonly guid: string
  readonly method: string
  readonly result: string | null
  readonly inner: Element
}

export const openEnvelope = (document: Document, name: 'in' | 'out'): Result<Envelope, string> => {
  const { root } = document
  if (root.name !== 'sdk') return err(`the root is ${root.name}, not sdk`)
  const [inner, second] = childrenOf(root, name)
  if (!inner) return err(`sdk holds no ${name}`)
  if (second) return err(`sdk holds more than one ${name}`)
  const method = attributeOf(inner, 'method')
  if (method === undefined) return err(`${name} has no method`)
  return ok({ guid: attributeOf(root, 'guid') ?? '', method, result: attributeOf(inner, 'result') ?? null, inner })
}

/** UTF-8 bytes → document. Closing zeros, which C programs count in, are left out. */
export const documentOf = (bytes: Uint8Array): Result<Document, string> => {
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1
  try {
    return readXml(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end)))
  } catch {
    return err('not UTF-8')
  }
}

/** A document sent in chunks: whole, more to come, or chunks that do not belong together. */
export const assemble = (packets: readonly Packet[]): Result<Uint8Array | null, string> => {
  // A sender that begins anew begins at offset 0; what came before it is void.
  const from = packets.findLastIndex((packet) => u32(packet.bytes, 8) === 0)
  const chain = packets.slice(Math.max(from, 0))
  const total = u32(chain[0]?.bytes ?? new Uint8Array(), 4)
  if (total < 1 || total > MOST_DOCUMENT) return err(`claims ${total} bytes of XML`)
  const whole = new Uint8Array(total)
  let at = 0
  for (const { bytes } of chain) {
    if (u32(bytes, 4) !== total) return err(`chunks of ${total} and of ${u32(bytes, 4)} bytes mixed`)
    if (u32(bytes, 8) !== at) return err(`a chunk at ${u32(bytes, 8)} where ${at} was next`)
    const chunk = bytes.subarray(XML_HEAD)
    if (at + chunk.length > total) return err(`more than the ${total} bytes announced`)
    whole.set(chunk, at)
    at += chunk.length
  }
  return ok(at === total ? whole : null)
}

/** The values of a request, when it is this command in our own words. */
export const valuesOfRequest = (command: XmlCommandSpec, envelope: Envelope): Values | null => {
  if ((command.session === 'ask') !== (envelope.guid === NO_SESSION)) return null
  const { method } = command
  const chosen: Values = typeof method === 'string' ? {} : { [method.field]: envelope.method === method.yes }
  const known = typeof method === 'string' ? [method] : [method.yes, method.no]
  if (!known.includes(envelope.method)) return null
  const values = valuesOfBody(command.body, envelope.inner)
  if (!values.ok) return null
  const all = { ...values.value, ...chosen }
  const again = bodyOf(command.body, all)
  return again.ok && sameElement(again.value, envelope.inner) ? all : null
}

const sameElement = (ours: Element, theirs: Element): boolean => canonical(ours) === canonical(theirs)

/** Without layout, without the order of attributes, without the method. */
const canonical = (of: Element): string => {
  const elements = of.children.filter((child) => typeof child !== 'string')
  const children = elements.length > 0 ? elements : of.children
  const attributes = of.attributes
    .filter((attribute) => of.name !== 'in' || attribute.name !== 'method')
    .map((attribute) => `${attribute.name}=${JSON.stringify(attribute.value)}`)
    .sort()
  const inside = children.map((child) => (typeof child === 'string' ? JSON.stringify(child) : canonical(child)))
  return `${of.name}(${attributes.join(' ')})[${inside.join('')}]`
}
