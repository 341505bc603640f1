import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { err, ok, type Result } from '#core/base/result.ts'
import { LINK_LIMITS, METRICS_PACKED_MIME } from '#core/contract/link.ts'
import type { ScrapeOutcome } from '#core/metrics/catalogue.ts'
import type { Edges } from '../link/edges.ts'
import type { AskFault } from '../link/news.ts'

/** What an edge says of itself now: packed as it came, so that the hub neither unpacks nor packs what Prometheus takes packed. */
export type Exposed = { readonly packed: boolean; readonly bytes: Buffer }
export type Through = {
  /**
   * Asked of the edge now, never remembered: an edge that is away must be away for Prometheus at once. Two that ask for the same edge at the
   * same time (a pair of Prometheis) share one answer.
   */
  readonly scrape: (site: string, withinMs: number) => Promise<Result<Exposed, AskFault>>
  /** Of one that does not take gzip. Null: more than `MOST_TEXT_BYTES`, or not packed as it says. */
  readonly text: (exposed: Exposed) => Promise<Buffer | null>
}

/**
 * Scrapes under way at the same time. 3,000 edges every 15 s over lines that take a second each are 200; what comes on top is told to try
 * again at the next interval instead of piling up here.
 */
export const MOST_UNDER_WAY = 500
/** An exposition is some 20 KB; one that unpacks to more than this is no exposition. */
const MOST_TEXT_BYTES = 4_194_304
/** Left of the asker's time for the way back, ms, and what is asked for at least. */
const WAY_BACK_MS = 500
const LEAST_MS = 250

/**
 * How long an edge has, ms: less than Prometheus waits (which it says in `X-Prometheus-Scrape-Timeout-Seconds`), so that it hears the cause
 * and not only that nothing came. Anything else in the header counts as nothing said.
 */
export const deadlineOf = (header: unknown): number => {
  const seconds = typeof header === 'string' && /^\d{1,6}(\.\d{1,9})?$/.test(header) ? Number(header) : Number.NaN
  if (!Number.isFinite(seconds)) return LINK_LIMITS.askMs
  return Math.min(LINK_LIMITS.askMs, Math.max(LEAST_MS, seconds * 1000 - WAY_BACK_MS))
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
const unpacked = promisify(gunzip)

export const makeThrough = (of: {
  readonly edges: Pick<Edges, 'question'>
  readonly counted: (outcome: ScrapeOutcome, seconds: number, bytes: number) => void
}): Through => {
  const flights = new Map<string, Promise<Result<Exposed, AskFault>>>()
  const ask = async (site: string, withinMs: number): Promise<Result<Exposed, AskFault>> => {
    const answer = await of.edges.question(site, { what: 'metrics' }, withinMs)
    if (!answer.ok) return answer
    const { mime, body } = answer.value
    if (mime !== METRICS_PACKED_MIME) return ok({ packed: false, bytes: Buffer.from(body, 'utf8') })
    // Whatever else it sends, a compromised edge shall not get another one's answer misread.
    return BASE64.test(body) ? ok({ packed: true, bytes: Buffer.from(body, 'base64') }) : err('refused')
  }
  return {
    scrape: async (site, withinMs) => {
      const began = performance.now()
      const known = flights.get(site)
      if (known === undefined && flights.size >= MOST_UNDER_WAY) {
        of.counted('busy', 0, 0)
        return err('busy')
      }
      const flight = known ?? ask(site, withinMs).finally(() => flights.delete(site))
      flights.set(site, flight)
      const result = await flight
      const outcome = result.ok ? 'ok' : result.error
      of.counted(
        outcome,
        (performance.now() - began) / 1000,
        result.ok && known === undefined ? result.value.bytes.length : 0,
      )
      return result
    },
    text: async ({ packed, bytes }) => {
      if (!packed) return bytes
      try {
        return await unpacked(bytes, { maxOutputLength: MOST_TEXT_BYTES })
      } catch {
        return null
      }
    },
  }
}
