import { type BinaryLike, createSign, createVerify, type KeyLike, KeyObject } from 'node:crypto'
import { type HashAlgorithm, type SignatureAlgorithm, SignedXml } from 'xml-crypto'
import { assert, err, ok, type Result } from '#core/base/result.ts'
import { XMLDSIG_NAMESPACE } from '#core/emergency/cap/message.ts'
import { XMLNS, type XmlNode } from './xml.ts'

const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256'
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'
const ECDSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256'

/** Characters of a signature, certificates that it brings along included. */
const MOST_SIGNATURE = 16_384

/** A public key that a sender's messages may be signed with, and when. */
export type PinnedKey = {
  readonly name: string
  readonly key: KeyObject
  /** Wall clock, ms; null: no end on that side. Outside of it a signature of this key counts for nothing: it was rotated out. */
  readonly from: number | null
  readonly until: number | null
}

export type SignatureFault = {
  readonly code: 'unsigned' | 'bad-form' | 'bad-signature' | 'key-not-in-force'
  readonly vi: string
  readonly en: string
}
const no = (code: SignatureFault['code'], vi: string, en: string) => err<SignatureFault>({ code, vi, en })
const badForm = (en: string) =>
  no('bad-form', `Chữ ký XML sai dạng: ${en}.`, `The XML signature has a wrong form: ${en}.`)

/** What was signed: the canonical text of the whole message without its signature. Only this may be read on. */
export type SignedText = { readonly text: string; readonly key: string }

/**
 * Checks an enveloped XML signature against pinned keys. One signature, one reference, and that to the whole document; exclusive c14n, SHA-256,
 * RSA (2048 bits at least) or ECDSA; what the message says about its own key is not looked at. So there is no other element, algorithm or key
 * that a wrapped or downgraded signature could be made to mean.
 */
export const checkSignature = (
  text: string,
  signatures: readonly XmlNode[],
  { keys, now }: { readonly keys: readonly PinnedKey[]; readonly now: number },
): Result<SignedText, SignatureFault> => {
  const [signature, second] = signatures
  if (signature === undefined) return no('unsigned', 'Bản tin không có chữ ký.', 'The message is not signed.')
  if (second !== undefined) return badForm('more than one signature')
  if (signature.end - signature.start > MOST_SIGNATURE) return badForm(`it has more than ${MOST_SIGNATURE} characters`)
  const form = formFault(signature)
  if (form !== undefined) return badForm(form)
  const method = algorithmOf(signature)
  const alone = standalone(text, signature)
  const fitting = keys.filter((k) => k.key.asymmetricKeyType === (method === RSA_SHA256 ? 'rsa' : 'ec'))
  for (const pinned of fitting) {
    if (!madeBy(alone, signature, pinned.key)) continue
    if ((pinned.from !== null && now < pinned.from) || (pinned.until !== null && now >= pinned.until))
      return no(
        'key-not-in-force',
        `Khóa ${pinned.name} không còn (hoặc chưa) có hiệu lực.`,
        `The key ${pinned.name} is not in force (any more, or yet).`,
      )
    // Only now is the whole text gone through: that takes seconds for the worst of its size, and nobody without the key can ask for it.
    const signed = verified(text, alone, pinned.key)
    if (signed === undefined) break
    return ok({ text: signed, key: pinned.name })
  }
  return no(
    'bad-signature',
    'Chữ ký không đúng với khóa nào đã ghim của bên gửi.',
    "The signature fits none of the sender's pinned keys.",
  )
}

const child = (node: XmlNode | undefined, local: string): readonly XmlNode[] =>
  node?.children.filter((c) => c.local === local && c.uri === XMLDSIG_NAMESPACE) ?? []
const attribute = (node: XmlNode | undefined, local: string): string | undefined =>
  node?.attributes.find((a) => a.uri === '' && a.local === local)?.value
const algorithmOf = (signature: XmlNode): string | undefined =>
  attribute(child(child(signature, 'SignedInfo')[0], 'SignatureMethod')[0], 'Algorithm')
const names = (node: XmlNode | undefined): string => node?.children.map((c) => c.local).join(' ') ?? ''

/** Why it is not of the one form that is taken; undefined: it is. */
const formFault = (signature: XmlNode): string | undefined => {
  if (!/^SignedInfo SignatureValue( KeyInfo)?$/.test(names(signature))) return `has ${names(signature)}`
  const info = child(signature, 'SignedInfo')[0]
  if (names(info) !== 'CanonicalizationMethod SignatureMethod Reference')
    return 'not exactly one reference, canonicalization and signature method'
  const [canonical] = child(info, 'CanonicalizationMethod')
  if (attribute(canonical, 'Algorithm') !== EXCLUSIVE_C14N || canonical?.children.length !== 0)
    return 'canonicalization is not exclusive c14n'
  const method = algorithmOf(signature)
  if (method !== RSA_SHA256 && method !== ECDSA_SHA256) return `signature method ${method?.slice(0, 80)}`
  const [reference] = child(info, 'Reference')
  if (attribute(reference, 'URI') !== '') return 'the reference is not to the whole document (URI="")'
  if (names(reference) !== 'Transforms DigestMethod DigestValue') return `the reference has ${names(reference)}`
  const transforms = child(child(reference, 'Transforms')[0], 'Transform')
  const chain = transforms.map((t) => attribute(t, 'Algorithm')).join(' ')
  const isPlain = transforms.every((t) => t.children.length === 0)
  if (
    chain !== `${ENVELOPED} ${EXCLUSIVE_C14N}` ||
    !isPlain ||
    names(child(reference, 'Transforms')[0]) !== 'Transform Transform'
  )
    return 'the transforms are not enveloped-signature, exclusive c14n'
  const digest = attribute(child(reference, 'DigestMethod')[0], 'Algorithm')
  return digest === SHA256 ? undefined : `digest method ${digest?.slice(0, 80)}`
}

/**
 * The signature as a document of its own: its text as it stood, with the prefixes that were declared around it. Exclusive c14n writes a
 * declaration only where it is used, so that none of them changes what was signed.
 */
const standalone = (text: string, signature: XmlNode): string => {
  const own = signature.attributes.filter((a) => a.uri === XMLNS).map((a) => (a.local === 'xmlns' ? '' : a.local))
  const used = (node: XmlNode): readonly string[] => [node.prefix, ...node.children.flatMap(used)]
  const outer = [...new Set(used(signature))].filter((prefix) => !own.includes(prefix))
  const scope = outer.map((p) => ` ${p === '' ? 'xmlns' : `xmlns:${p}`}="${XMLDSIG_NAMESPACE}"`).join('')
  const name = signature.prefix === '' ? signature.local : `${signature.prefix}:${signature.local}`
  const after = signature.start + 1 + name.length
  return text.slice(signature.start, after) + scope + text.slice(after, signature.end)
}

/**
 * Whether the key made this signature, for whatever text: the digest of the text is taken as it is said to be, and the value over it is checked.
 * Cheap, since a signature is small.
 */
const madeBy = (alone: string, signature: XmlNode, key: KeyObject): boolean => {
  const [reference] = child(child(signature, 'SignedInfo')[0], 'Reference')
  const said = child(reference, 'DigestValue')[0]?.text ?? ''
  class AsSaid implements HashAlgorithm {
    getHash(): string {
      return said
    }
    getAlgorithmName(): string {
      return SHA256
    }
  }
  const signed = new SignedXml({ publicCert: key })
  restrict(signed)
  signed.HashAlgorithms = { [SHA256]: AsSaid }
  try {
    signed.loadSignature(alone)
    return signed.checkSignature(`<alert>${alone}</alert>`)
  } catch {
    return false
  }
}

/** The signed text, when the key made the signature. xml-crypto throws for most of what does not fit. */
const verified = (text: string, signature: string, key: KeyObject): string | undefined => {
  const signed = new SignedXml({ publicCert: key })
  restrict(signed)
  try {
    signed.loadSignature(signature)
    if (!signed.checkSignature(text)) return undefined
  } catch {
    return undefined
  }
  const references = signed.getSignedReferences()
  return references.length === 1 ? references[0] : undefined
}

/** Nothing else can be computed with it, whatever a text asks for. */
const restrict = (signed: SignedXml): void => {
  const pick = <T>(table: Record<string, T>, keys: readonly string[]): Record<string, T> =>
    Object.fromEntries(Object.entries(table).filter(([name]) => keys.includes(name)))
  signed.CanonicalizationAlgorithms = pick(signed.CanonicalizationAlgorithms, [EXCLUSIVE_C14N, ENVELOPED])
  signed.HashAlgorithms = pick(signed.HashAlgorithms, [SHA256])
  signed.SignatureAlgorithms = { ...pick(signed.SignatureAlgorithms, [RSA_SHA256]), [ECDSA_SHA256]: EcdsaSha256 }
}

/** Signs a message as `checkSignature` takes it. `certificate`: PEM, put into the message for those who want to see it. */
export const signCap = (
  text: string,
  { key, certificate }: { readonly key: KeyObject; readonly certificate: string | null },
): string => {
  const signed = new SignedXml({
    privateKey: key,
    signatureAlgorithm: key.asymmetricKeyType === 'ec' ? ECDSA_SHA256 : RSA_SHA256,
    canonicalizationAlgorithm: EXCLUSIVE_C14N,
    ...(certificate === null ? {} : { publicCert: certificate }),
  })
  restrict(signed)
  const transforms = [ENVELOPED, EXCLUSIVE_C14N]
  signed.addReference({ xpath: '/*', uri: '', isEmptyUri: true, transforms, digestAlgorithm: SHA256 })
  signed.computeSignature(text)
  return signed.getSignedXml()
}

/** ECDSA values in XML signatures are the two numbers one after the other (RFC 4050), not ASN.1. */
class EcdsaSha256 implements SignatureAlgorithm {
  getSignature(info: BinaryLike, key: KeyLike): string {
    return createSign('sha256')
      .update(info)
      .sign({ key: asKey(key), dsaEncoding: 'ieee-p1363' }, 'base64')
  }
  verifySignature(info: string, key: KeyLike, value: string): boolean {
    return createVerify('sha256')
      .update(info)
      .verify({ key: asKey(key), dsaEncoding: 'ieee-p1363' }, value, 'base64')
  }
  getAlgorithmName(): string {
    return ECDSA_SHA256
  }
}
/** Ours are always key objects; the library allows texts as well. */
const asKey = (key: KeyLike): KeyObject => {
  assert(key instanceof KeyObject, 'keys are opened before they get here')
  return key
}
