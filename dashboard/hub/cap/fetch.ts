import { err, ok, type Result } from '#core/base/result.ts'
import { mayFetch } from './config.ts'

/** A feed that lists messages; each message has its own bound (xml.ts). */
export const FEED_BYTES = 1_048_576
/** For one answer as a whole, redirects included, ms. */
export const FETCH_MS = 20_000
const MOST_REDIRECTS = 3
const TYPES = /^(application\/(cap\+xml|atom\+xml|rss\+xml|xml)|text\/xml)\b/i

export type Validators = { readonly etag: string | null; readonly modified: string | null }
export type Fetched =
  | { readonly kind: 'same' }
  | { readonly kind: 'got'; readonly bytes: Uint8Array; readonly url: URL; readonly validators: Validators }

type Ask = {
  readonly bytes: number
  readonly validators: Validators
  readonly signal: AbortSignal
  /** For tests; `FETCH_MS` otherwise. */
  readonly withinMs: number
}

/** Gets one text of XML, within a time and a size, from an address that may be asked. Redirects stay on the host that was configured. */
export const fetchXml = async (from: URL, ask: Ask): Promise<Result<Fetched, string>> => {
  const signal = AbortSignal.any([ask.signal, AbortSignal.timeout(ask.withinMs)])
  try {
    return await follow(from, { ...ask, signal })
  } catch (error) {
    if (ask.signal.aborted) return err('stopped')
    if (signal.aborted) return err(`no whole answer within ${ask.withinMs} ms`)
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return err(cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause))
  }
}

const follow = async (from: URL, ask: Ask): Promise<Result<Fetched, string>> => {
  let url = from
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    if (!mayFetch(url) || url.host !== from.host) return err(`points away, to ${url.origin}`)
    const { etag, modified } = ask.validators
    const response = await fetch(url, {
      redirect: 'manual',
      signal: ask.signal,
      headers: {
        accept: 'application/cap+xml, application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8',
        ...(etag === null ? {} : { 'if-none-match': etag }),
        ...(modified === null ? {} : { 'if-modified-since': modified }),
      },
    })
    if (response.status === 304) {
      await response.body?.cancel()
      return ok({ kind: 'same' })
    }
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status < 400 && location !== null && URL.canParse(location, url.href)) {
      await response.body?.cancel()
      url = new URL(location, url)
      continue
    }
    return await take(response, url, ask.bytes)
  }
  return err(`redirects more than ${MOST_REDIRECTS} times`)
}

const take = async (response: Response, url: URL, most: number): Promise<Result<Fetched, string>> => {
  const refuse = async (why: string) => {
    await response.body?.cancel()
    return err(why)
  }
  if (response.status !== 200) return refuse(`answers ${response.status}`)
  const type = response.headers.get('content-type') ?? ''
  if (!TYPES.test(type)) return refuse(`answers with ${type.slice(0, 60) || 'no type'}`)
  if (Number(response.headers.get('content-length') ?? 0) > most) return refuse(`answers with more than ${most} bytes`)
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    // Leaving the loop cancels the body.
    if (length > most) return err(`answers with more than ${most} bytes`)
    parts.push(part)
  }
  const head = (name: string) => {
    const value = response.headers.get(name)
    return value !== null && value.length <= 200 ? value : null
  }
  return ok({
    kind: 'got',
    bytes: Buffer.concat(parts),
    url,
    validators: { etag: head('etag'), modified: head('last-modified') },
  })
}
