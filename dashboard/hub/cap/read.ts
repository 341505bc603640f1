import { ok, type Result } from '#core/base/result.ts'
import {
  CAP_NAMESPACE,
  type CapMessage,
  type Finding,
  finding,
  XMLDSIG_NAMESPACE,
} from '#core/emergency/cap/message.ts'
import { type CapNode, type Places, placed, readCap } from '#core/emergency/cap/read.ts'
import { CAP_BOUNDS, decodeXml, fault, parseXmlText, XMLNS, type XmlFault, type XmlNode } from './xml.ts'

export type ReadMessage = {
  readonly text: string
  readonly message: CapMessage
  readonly findings: readonly Finding[]
  readonly places: Places
  /** Every `ds:Signature` there is; what they sign is settled in `signature.ts`. */
  readonly signatures: readonly XmlNode[]
}

const XSI = 'http://www.w3.org/2001/XMLSchema-instance'

/** Reads one CAP 1.2 message. A fault: it is not looked at any further. Findings: its elements are wrong, with the place of each. */
export const readMessage = (bytes: Uint8Array): Result<ReadMessage, XmlFault> => {
  const text = decodeXml(bytes, CAP_BOUNDS)
  return text.ok ? readMessageText(text.value) : text
}

/** The same of a text that was decoded, or that is what a signature was made over. */
export const readMessageText = (text: string): Result<ReadMessage, XmlFault> => {
  const root = parseXmlText(text, CAP_BOUNDS)
  if (!root.ok) return root
  const strange = strangerOf(root.value)
  if (strange !== undefined) return strange
  const findings: Finding[] = []
  const body = nodeOf(root.value, '', findings)
  const read = readCap(body)
  return ok({
    text,
    message: read.message,
    findings: [...placed(findings, read.places), ...read.findings],
    places: read.places,
    signatures: root.value.children.filter((c) => c.uri === XMLDSIG_NAMESPACE),
  })
}

/** Elements of CAP inside the root, signatures beside them, and nothing from anywhere else. */
const strangerOf = (root: XmlNode): { readonly ok: false; readonly error: XmlFault } | undefined => {
  if (root.local !== 'alert' || root.uri !== CAP_NAMESPACE) {
    const isOlder = /^urn:oasis:names:tc:emergency:cap:1\.[01]$/.test(root.uri)
    return fault(
      'not-cap',
      isOlder ? 'Đây là CAP 1.0/1.1; chỉ nhận CAP 1.2.' : `Không phải bản tin CAP 1.2 (thẻ gốc <${root.local}>).`,
      isOlder ? 'This is CAP 1.0/1.1; only CAP 1.2 is taken.' : `Is no CAP 1.2 message (its root is <${root.local}>).`,
      root,
    )
  }
  const walk = (node: XmlNode, home: string): XmlNode | undefined => {
    for (const child of node.children) {
      const isSignature = node === root && child.uri === XMLDSIG_NAMESPACE && child.local === 'Signature'
      if (child.uri !== home && !isSignature) return child
      const found = walk(child, child.uri)
      if (found !== undefined) return found
    }
    return undefined
  }
  const stranger = walk(root, CAP_NAMESPACE)
  if (stranger === undefined) return undefined
  const where = stranger.uri === '' ? '∅' : stranger.uri.slice(0, 80)
  return fault(
    'namespace',
    `Thẻ <${stranger.local}> thuộc không gian tên lạ ${where}.`,
    `The element <${stranger.local}> is of a foreign namespace, ${where}.`,
    stranger,
  )
}

const nodeOf = (node: XmlNode, path: string, findings: Finding[]): CapNode => {
  for (const attribute of node.attributes) {
    if (attribute.uri === XMLNS || (path === '' && attribute.uri === XSI)) continue
    const words = {
      vi: `không được có thuộc tính ${attribute.local}`,
      en: `may not have the attribute ${attribute.local}`,
    }
    findings.push({ ...finding('attribute', 'error', path, words), line: node.line, column: node.column })
  }
  const own = node.children.filter((c) => c.uri === CAP_NAMESPACE)
  const firstSignature = node.children.findIndex((c) => c.uri === XMLDSIG_NAMESPACE)
  const after =
    firstSignature < 0 ? undefined : node.children.slice(firstSignature).find((c) => c.uri === CAP_NAMESPACE)
  if (after !== undefined) {
    const words = { vi: 'chữ ký phải đứng sau mọi thẻ CAP', en: 'the signature comes after every element of CAP' }
    findings.push({ ...finding('wrong-order', 'error', path, words), line: after.line, column: after.column })
  }
  return {
    name: node.local,
    text: node.text,
    children: own.map((c) => nodeOf(c, `${path}/${c.local}`, findings)),
    line: node.line,
    column: node.column,
  }
}
