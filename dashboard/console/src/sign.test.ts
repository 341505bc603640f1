import { createCipheriv, createHash, generateKeyPairSync, pbkdf2Sync, randomBytes, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalItem, type Item } from '#core/content/item.ts'
import type { WrappedKey } from '#core/contract/api.ts'
import { signingText } from '#core/contract/envelope.ts'
import { hasher, sha256OfBlob, sha256OfText } from './sha256.ts'
import { approvalPayload, checkItem, unlock } from './sign.ts'

const ITERATIONS = 100_000

/** Wraps a key as the contract says, with Node's own crypto and none of ours: the oracle of these tests. */
const wrap = (passphrase: string) => {
  const pair = generateKeyPairSync('ed25519')
  const raw = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const [salt, iv] = [randomBytes(16), randomBytes(12)]
  const aes = createCipheriv('aes-256-gcm', pbkdf2Sync(passphrase, salt, ITERATIONS, 32, 'sha256'), iv)
  const plain = pair.privateKey.export({ format: 'der', type: 'pkcs8' })
  const cipher = Buffer.concat([aes.update(plain), aes.final(), aes.getAuthTag()])
  const wrapped: WrappedKey = {
    key: createHash('sha256').update(raw).digest('hex').slice(0, 32),
    publicKey: raw.toString('base64'),
    kdf: { name: 'PBKDF2-SHA256', salt: salt.toString('base64'), iterations: ITERATIONS },
    iv: iv.toString('base64'),
    cipher: cipher.toString('base64'),
  }
  return { wrapped, publicKey: pair.publicKey }
}

const item: Item = {
  id: 'C11',
  revision: 2,
  title: 'Tiêm phòng cho trẻ trong tháng: địa điểm, thời gian',
  kind: 'image',
  category: 'A7_2D_DISASTER_EMERGENCY',
  languages: ['vi'],
  durationMs: 20_000,
  asset: { sha256: sha256OfText('the picture'), bytes: 11, mime: 'image/png' },
  texts: [],
  audio: false,
  supplier: { org: 'syt', name: 'Sở Y tế' },
  suppliedByLead: false,
  document: '12/SYT',
  channel: 'DOC_MGMT',
  validFrom: 0,
  validTo: 1000,
  ad: null,
  entertainment: false,
  publishable: true,
  submittedBy: 'bt1',
  sample: true,
}

describe('unlock', () => {
  it('opens a key wrapped by Node and signs what Node verifies', async () => {
    const { wrapped, publicKey } = wrap('bốn chữ rời nhau')
    const signer = await unlock(wrapped, 'bốn chữ rời nhau')
    if (!signer.ok) throw new Error(signer.error)
    const payload = '{"id":"O-1","texts":["Lũ quét – 山洪"]}'
    const envelope = await signer.value.sign('order', payload)
    expect(envelope).toMatchObject({ v: 1, type: 'order', payload })
    expect(envelope.signatures).toHaveLength(1)
    expect(envelope.signatures[0]?.key).toBe(wrapped.key)
    const sig = Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64')
    expect(verify(null, Buffer.from(signingText('order', payload)), publicKey, sig)).toBe(true)
    expect(verify(null, Buffer.from(signingText('approval', payload)), publicKey, sig)).toBe(false)
  })

  it('takes a passphrase typed in the other Unicode form', async () => {
    const { wrapped } = wrap('Mường Tè'.normalize('NFC'))
    expect((await unlock(wrapped, 'Mường Tè'.normalize('NFD'))).ok).toBe(true)
  })

  it('says that the passphrase is wrong', async () => {
    const { wrapped } = wrap('right')
    expect(await unlock(wrapped, 'wrong')).toEqual({ ok: false, error: 'wrong-passphrase' })
  })

  it('refuses a private key that does not belong to the public key it came with', async () => {
    const [mine, other] = [wrap('p'), wrap('p')]
    const { key, publicKey } = other.wrapped
    expect(await unlock({ ...mine.wrapped, key, publicKey }, 'p')).toEqual({ ok: false, error: 'wrong-key' })
  })
})

describe('checkItem', () => {
  const itemHash = createHash('sha256').update(canonicalItem(item)).digest('hex')
  const files = [createHash('sha256').update('the picture').digest('hex')]

  it('agrees with Node about the hash of an item', () => {
    expect(checkItem(item, { itemHash, files })).toEqual({ ok: true, value: itemHash })
  })
  it('refuses changed metadata, changed bytes and a missing file', () => {
    const changed = { ...item, title: `${item.title}.` }
    expect(checkItem(changed, { itemHash, files })).toEqual({ ok: false, error: 'record' })
    expect(checkItem(item, { itemHash, files: [sha256OfText('other')] })).toEqual({ ok: false, error: 'file' })
    expect(checkItem(item, { itemHash, files: [] })).toEqual({ ok: false, error: 'no-file' })
  })
  it('takes every picture of slides, in their order, and none beside them', () => {
    const asset = (text: string) => ({ sha256: sha256OfText(text), bytes: 1, mime: 'image/png' })
    const slides: Item = {
      ...item,
      kind: 'slides',
      asset: null,
      slides: ['a', 'b'].map((text) => ({ asset: asset(text), durationMs: 10_000 })),
    }
    const itemHash = createHash('sha256').update(canonicalItem(slides)).digest('hex')
    const check = (...texts: readonly string[]) => checkItem(slides, { itemHash, files: texts.map(sha256OfText) })
    expect(check('a', 'b')).toEqual({ ok: true, value: itemHash })
    expect(check('a', 'x')).toEqual({ ok: false, error: 'file' })
    expect(check('b', 'a')).toEqual({ ok: false, error: 'file' })
    expect(check('a')).toEqual({ ok: false, error: 'no-file' })
    expect(check()).toEqual({ ok: false, error: 'no-file' })
    expect(check('a', 'b', 'c')).toEqual({ ok: false, error: 'file' })
  })
  it('signs the revision and the hash that were checked', () => {
    const payload = approvalPayload(item, { itemHash, approvedBy: 'pd1', at: 5, document: null })
    expect(JSON.parse(payload)).toEqual({
      item: 'C11',
      revision: 2,
      itemHash,
      approvedBy: 'pd1',
      at: 5,
      document: null,
    })
  })
})

describe('sha256', () => {
  it('equals Node for any bytes in any chunks', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 })
    fc.assert(
      fc.property(chunks, (parts) => {
        const ours = hasher()
        const theirs = createHash('sha256')
        for (const part of parts) {
          ours.add(part)
          theirs.update(part)
        }
        expect(ours.hex()).toBe(theirs.digest('hex'))
      }),
    )
  })
  it('equals Node at every length around the padding border', () => {
    let checked = 0
    for (let n = 0; n <= 130; n++, checked++) {
      const text = 'x'.repeat(n)
      expect(sha256OfText(text)).toBe(createHash('sha256').update(text).digest('hex'))
    }
    expect(checked).toBe(131)
  })
  it('reads a blob as a stream', async () => {
    const bytes = randomBytes(300_000)
    expect(await sha256OfBlob(new Blob([bytes]))).toBe(createHash('sha256').update(bytes).digest('hex'))
  })
})
