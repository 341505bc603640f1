import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { assert } from '#core/base/result.ts'
import { changed, ecKeys, sample, sign } from '../test/cap-sample.ts'
import { readMessageText } from './read.ts'
import { checkSignature, type PinnedKey } from './signature.ts'

const E1 = sample('E1')
const EC = ecKeys()
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const NOW = 1_000_000

const pinned = (key: KeyObject, over: Partial<PinnedKey> = {}): PinnedKey => ({
  name: 'k1',
  key,
  from: null,
  until: null,
  ...over,
})
const check = (text: string, ...keys: readonly PinnedKey[]) => {
  const read = readMessageText(text)
  assert(read.ok, read.ok ? '' : read.error.en)
  return checkSignature(text, read.value.signatures, { keys, now: NOW })
}
const codeOf = (text: string, ...keys: readonly PinnedKey[]) => {
  const checked = check(text, ...keys)
  return checked.ok ? 'right' : checked.error.code
}

const SIGNED = sign(E1, EC.privateKey)
const SIGNATURE = /<Signature[\s\S]*<\/Signature>/.exec(SIGNED)?.[0] ?? ''

describe('a signed message', () => {
  it('verifies with RSA and with ECDSA, and gives the signed text back without its signature', () => {
    for (const keys of [EC, RSA]) {
      const checked = check(sign(E1, keys.privateKey), pinned(keys.publicKey))
      assert(checked.ok, 'it verifies')
      expect(checked.value.text).not.toContain('Signature')
      const read = readMessageText(checked.value.text)
      assert(read.ok, 'what was signed is a message')
      const plain = readMessageText(E1)
      assert(plain.ok, 'so is what it was made of')
      expect(read.value.message).toEqual(plain.value.message)
    }
  })
  it('verifies whatever its prefixes, and with comments that nobody signs', () => {
    const prefixed = E1.replace('xmlns=', 'xmlns:c=').replace(/<(\/?)([a-zA-Z])/g, '<$1c:$2')
    expect(codeOf(sign(prefixed, EC.privateKey), pinned(EC.publicKey))).toBe('right')
    expect(codeOf(changed(SIGNED, ['<info>', '<!-- hello --><info>']), pinned(EC.publicKey))).toBe('right')
  })
  it('may carry one of several pinned keys; one that was rotated out counts no more', () => {
    const other = ecKeys()
    expect(codeOf(SIGNED, pinned(other.publicKey), pinned(EC.publicKey))).toBe('right')
    expect(codeOf(SIGNED, pinned(EC.publicKey, { until: NOW }), pinned(other.publicKey))).toBe('key-not-in-force')
    expect(codeOf(SIGNED, pinned(EC.publicKey, { from: NOW + 1 }))).toBe('key-not-in-force')
    expect(codeOf(SIGNED, pinned(EC.publicKey, { from: NOW, until: NOW + 1 }))).toBe('right')
    expect(codeOf(SIGNED, pinned(other.publicKey), pinned(RSA.publicKey))).toBe('bad-signature')
    expect(codeOf(SIGNED)).toBe('bad-signature')
    expect(codeOf(E1, pinned(EC.publicKey))).toBe('unsigned')
  })
})

describe('a forged message', () => {
  it('costs little however large: its text is not gone through before its signature is found right', () => {
    const signature =
      changed(SIGNED, [/(<SignatureValue>)(.)/, '$1A$2']).match(/<Signature[\s\S]*<\/Signature>/)?.[0] ?? ''
    const large = changed(
      E1,
      ['<code>', `${'<code>x</code>'.repeat(4_800)}<code>`],
      ['</alert>', `${signature}</alert>`],
    )
    const keys = Array.from({ length: 5 }, () => pinned(ecKeys().publicKey))
    expect(codeOf(large, ...keys)).toBe('bad-signature')
    const fat = SIGNED.replace('</Signature>', `<KeyInfo>${'x'.repeat(20_000)}</KeyInfo></Signature>`)
    expect(codeOf(fat, pinned(EC.publicKey))).toBe('bad-form')
  })
  it('is found out when any of its words, or of its signature, was changed', () => {
    const changes = [
      changed(SIGNED, ['>03445<', '>03433<']),
      changed(SIGNED, ['rời ngay', 'ở lại ngay']),
      changed(SIGNED, ['08:00:00', '09:00:00']),
      changed(SIGNED, [/(<SignatureValue>)(.)/, '$1A$2']),
      changed(SIGNED, [/(<DigestValue>)[^<]{4}/, '$1AAAA']),
      changed(SIGNED, ['<info>', ' <info>']),
    ]
    for (const text of changes) expect(codeOf(text, pinned(EC.publicKey)), text.slice(-300)).toBe('bad-signature')
    expect(changes.length).toBe(6)
  })
  it('gains nothing from the certificate it brings along', () => {
    const forger = ecKeys()
    const brought = sign(E1, forger.privateKey).replace(
      '</Signature>',
      '<KeyInfo><X509Data><X509Certificate>AAAA</X509Certificate></X509Data></KeyInfo></Signature>',
    )
    expect(codeOf(brought, pinned(EC.publicKey))).toBe('bad-signature')
    // A key beside the right signature changes nothing either: it is not signed, and not looked at.
    const beside = SIGNED.replace('</Signature>', '<KeyInfo><KeyName>root</KeyName></KeyInfo></Signature>')
    expect(codeOf(beside, pinned(EC.publicKey))).toBe('right')
  })
  it('cannot wrap a signed message, refer to a part, or bring a second signature', () => {
    const evil = changed(E1, ['MAU-E1-01', 'EVIL-1'])
    const withIt = (text: string, signature: string) => text.replace('</alert>', `${signature}</alert>`)
    const forms = [
      [withIt(evil, SIGNATURE), 'bad-signature'],
      [withIt(evil, SIGNATURE.replace('URI=""', 'URI="#x"')), 'bad-form'],
      [withIt(evil, SIGNATURE.replace('Reference URI=""', 'Reference')), 'bad-form'],
      [withIt(SIGNED, SIGNATURE), 'bad-form'],
      [
        withIt(
          evil,
          SIGNATURE.replace('</Signature>', `<Object>${SIGNED.slice(SIGNED.indexOf('<alert'))}</Object></Signature>`),
        ),
        'namespace',
      ],
      [withIt(evil, SIGNATURE.replace('</Signature>', '<Object/></Signature>')), 'bad-form'],
      [withIt(evil, SIGNATURE.replace(/(<Reference[\s\S]*<\/Reference>)/, '$1$1')), 'bad-form'],
      [withIt(evil, SIGNATURE.replace(/(<SignedInfo>[\s\S]*<\/SignedInfo>)/, '$1$1')), 'bad-form'],
    ] as const
    for (const [text, code] of forms) {
      const read = readMessageText(text)
      expect(read.ok ? codeOf(text, pinned(EC.publicKey)) : read.error.code, text.slice(-400)).toBe(code)
    }
    expect(forms.length).toBe(8)
  })
  it('cannot choose weaker algorithms or other transforms', () => {
    const forms = [
      SIGNED.replace('xmlenc#sha256', 'xmlenc#sha512'),
      SIGNED.replace('http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2000/09/xmldsig#sha1'),
      SIGNED.replace(
        'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
        'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
      ),
      SIGNED.replace(
        'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
        'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
      ),
      SIGNED.replace(
        'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
        'http://www.w3.org/TR/1999/REC-xpath-19991116',
      ),
      SIGNED.replace(/<Transform Algorithm="[^"]*enveloped[^"]*" ?\/>/, ''),
      SIGNED.replace(/(CanonicalizationMethod Algorithm=")[^"]*/, '$1http://www.w3.org/TR/2001/REC-xml-c14n-20010315'),
    ]
    for (const text of forms) {
      expect(text).not.toBe(SIGNED)
      expect(codeOf(text, pinned(EC.publicKey))).toBe('bad-form')
    }
    expect(forms.length).toBe(7)
    // RSA by name with an EC key, and the reverse: no key of that kind is tried.
    expect(codeOf(SIGNED.replace('ecdsa-sha256', 'rsa-sha256'), pinned(EC.publicKey), pinned(RSA.publicKey))).toBe(
      'bad-signature',
    )
  })
})
