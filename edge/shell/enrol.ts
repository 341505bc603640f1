import { request as httpsRequest } from 'node:https'
import { parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { EnrolAnswer } from '#core/contract/link.ts'
import { httpRequest } from './http.ts'
import { hubTls } from './hubtls.ts'

export type EnrolFault = {
  /** `refused`: the hub said no (wrong or used code), asking again is useless. `away`: no answer, ask again later. */
  readonly kind: 'refused' | 'away' | 'malformed'
  readonly detail: string
}

const ANSWER_MS = 15_000
/** Registry of 2,000 entries included. */
const MOST_BYTES = 8_388_608

/** Gives the hub this device's public key for the one-time code; the answer is what the device pins (core/contract/link.ts). */
export const enrol = async (ask: {
  readonly url: string
  readonly fingerprint: string | null
  readonly site: string
  readonly code: string
  readonly publicKey: string
}): Promise<Result<EnrolAnswer, EnrolFault>> => {
  const tls = await hubTls(ask.url, ask.fingerprint)
  if (!tls.ok) return err({ kind: 'away', detail: tls.error })
  const url = new URL('/api/enrol', ask.url)
  const body = JSON.stringify({ site: ask.site, code: ask.code, publicKey: ask.publicKey })
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve) => {
    const away = (detail: string) => resolve(err({ kind: 'away', detail }))
    const req = send(url, { method: 'POST', headers, timeout: ANSWER_MS, ...tls.value }, (res) => {
      const chunks: Buffer[] = []
      let size = 0
      res.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MOST_BYTES) req.destroy(new Error(`answer larger than ${MOST_BYTES} bytes`))
        else chunks.push(chunk)
      })
      res.on('error', (error) => away(error.message))
      res.on('end', () => resolve(answered(res.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'), ask.site)))
    })
    req.on('timeout', () => req.destroy(new Error(`no answer within ${ANSWER_MS} ms`)))
    req.on('error', (error) => away(error.message))
    req.end(body)
  })
}

const answered = (status: number, text: string, site: string): Result<EnrolAnswer, EnrolFault> => {
  if (status >= 400 && status < 500 && status !== 429)
    return err({ kind: 'refused', detail: `the hub answered ${status}: ${text.slice(0, 300)}` })
  if (status !== 200 && status !== 201) return err({ kind: 'away', detail: `the hub answered ${status}` })
  const parsed = parseDocument(EnrolAnswer, text)
  if (!parsed.ok) return err({ kind: 'malformed', detail: parsed.error.map((f) => `${f.where}: ${f.why}`).join('; ') })
  if (parsed.value.site !== site) return err({ kind: 'malformed', detail: `the answer is for ${parsed.value.site}` })
  return ok(parsed.value)
}
