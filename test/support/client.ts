import { createDecipheriv, createPrivateKey, type KeyObject, pbkdf2Sync, sign } from 'node:crypto'
import type { ItemView, OrderView, Session, SiteView, WrappedKey } from '#core/contract/api.ts'
import { type Envelope, type EnvelopeType, signingText } from '#core/contract/envelope.ts'

/** How long the hub may take for one answer, ms. */
const ANSWER_MS = 15_000

/** One person's session with the hub, with the cookie and the token that a browser would keep. */
export type Client = {
  readonly session: Session
  readonly get: <T>(path: string) => Promise<T>
  readonly post: <T>(path: string, body: unknown) => Promise<T>
  /** Like `post`, for what is meant to be refused: gives status and body, throws only without an answer. */
  readonly tryPost: (path: string, body: unknown) => Promise<{ readonly status: number; readonly body: unknown }>
  readonly sites: () => Promise<readonly SiteView[]>
  readonly site: (id: string) => Promise<SiteView>
  readonly orders: () => Promise<readonly OrderView[]>
  readonly order: (id: string) => Promise<OrderView>
  readonly items: () => Promise<readonly ItemView[]>
  /** Opens this person's signing key with the passphrase, as `WrappedKey` says. */
  readonly signer: (passphrase: string) => Promise<Sign>
}

/** Signs `payload` and gives the envelope. */
export type Sign = (type: EnvelopeType, payload: string) => Envelope

const found = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`the hub knows no ${what}`)
  return value
}

export const logIn = async (hubUrl: string, user: string, password: string): Promise<Client> => {
  const answer = await fetch(`${hubUrl}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, password }),
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  if (answer.status !== 200) throw new Error(`login of ${user}: ${answer.status} ${await answer.text()}`)
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const session = (await answer.json()) as Session
  const send = (method: string, path: string, body: unknown): Promise<Response> =>
    fetch(hubUrl + path, {
      method,
      headers: {
        cookie,
        'x-bangtin-csrf': session.csrf,
        ...(body === null ? {} : { 'content-type': 'application/json' }),
      },
      body: body === null ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    })
  const must = async <T>(method: string, path: string, body: unknown): Promise<T> => {
    const response = await send(method, path, body)
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? null : JSON.parse(text)) as T
  }
  const sites = () => must<readonly SiteView[]>('GET', '/api/sites', null)
  const orders = () => must<readonly OrderView[]>('GET', '/api/orders', null)
  return {
    session,
    get: (path) => must('GET', path, null),
    post: (path, body) => must('POST', path, body),
    tryPost: async (path, body) => {
      const response = await send('POST', path, body)
      return { status: response.status, body: JSON.parse(await response.text()) as unknown }
    },
    sites,
    site: async (id) =>
      found(
        (await sites()).find((s) => s.id === id),
        `cluster ${id}`,
      ),
    orders,
    order: async (id) =>
      found(
        (await orders()).find((o) => o.order.id === id),
        `order ${id}`,
      ),
    items: () => must('GET', '/api/items', null),
    signer: async (passphrase) => {
      const wrapped = await must<WrappedKey>('GET', '/api/keys/mine', null)
      return signWith(wrapped.key, openWrapped(wrapped, passphrase))
    },
  }
}

/** AES-GCM appends its 16-byte tag to the cipher text. Written with node:crypto, apart from the hub's and the browser's code. */
export const openWrapped = (wrapped: WrappedKey, passphrase: string): KeyObject => {
  const { salt, iterations } = wrapped.kdf
  const key = pbkdf2Sync(Buffer.from(passphrase, 'utf8'), Buffer.from(salt, 'base64'), iterations, 32, 'sha256')
  const cipher = Buffer.from(wrapped.cipher, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(wrapped.iv, 'base64'))
  decipher.setAuthTag(cipher.subarray(-16))
  const pkcs8 = Buffer.concat([decipher.update(cipher.subarray(0, -16)), decipher.final()])
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
}

const signWith =
  (id: string, key: KeyObject): Sign =>
  (type, payload) => {
    const sig = sign(null, Buffer.from(signingText(type, payload), 'utf8'), key).toString('base64')
    return { v: 1, type, payload, signatures: [{ key: id, sig }] }
  }
