import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto'
import { Type } from 'typebox'
import { parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'

/** Files that whoever has the backup shall not have: readable with the passphrase only (scrypt, AES-256-GCM). */
export type Secrets = Readonly<Record<string, string>>

const Strict = { additionalProperties: false } as const
const Sealed = Type.Object(
  {
    kdf: Type.Literal('scrypt'),
    n: Type.Literal(131_072),
    salt: Type.String({ maxLength: 100 }),
    iv: Type.String({ maxLength: 100 }),
    cipher: Type.String({ maxLength: 4_000_000 }),
  },
  Strict,
)
const Files = Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 1_000_000 }))
const N = 131_072
const TAG = 16
export const LEAST_PASSPHRASE = 12

const keyOf = (passphrase: string, salt: Uint8Array): Uint8Array =>
  scryptSync(passphrase.normalize('NFC'), salt, 32, { N, r: 8, p: 1, maxmem: 256 * 1024 * 1024 })

export const sealSecrets = (secrets: Secrets, passphrase: string): string => {
  const salt = randomBytes(16)
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyOf(passphrase, salt), iv)
  const text = Buffer.concat([cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final(), cipher.getAuthTag()])
  const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  return `${JSON.stringify({ kdf: 'scrypt', n: N, salt: b64(salt), iv: b64(iv), cipher: b64(text) })}\n`
}

export const openSecrets = (text: string, passphrase: string): Result<Secrets, string> => {
  const sealed = parseDocument(Sealed, text)
  if (!sealed.ok) return err('the secrets of the backup are damaged · phần bí mật của bản sao lưu bị hỏng')
  const bytes = Buffer.from(sealed.value.cipher, 'base64')
  const wrong = err('the passphrase does not open the secrets of the backup · sai cụm mật khẩu')
  if (bytes.length <= TAG) return wrong
  try {
    const key = keyOf(passphrase, Buffer.from(sealed.value.salt, 'base64'))
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.value.iv, 'base64'))
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG))
    const plain = Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - TAG)), decipher.final()])
    const files = parseDocument(Files, plain.toString('utf8'))
    return files.ok ? ok(files.value) : wrong
  } catch {
    return wrong
  }
}
