import { createHash } from 'node:crypto'
import { err, ok, type Result } from '#core/base/result.ts'
import { CAP_NAMESPACE } from '#core/emergency/cap/message.ts'
import type { Base } from '../base.ts'
import { mayFetch } from './config.ts'
import type { Desk } from './desk.ts'
import { FEED_BYTES, FETCH_MS, fetchXml, type Validators } from './fetch.ts'
import { CAP_BOUNDS, parseXml, type XmlNode } from './xml.ts'

/** Entries of one feed that are looked at, the first ones, and new messages fetched in one round. */
const MOST_ENTRIES = 500
const MOST_NEW = 50
/** Entries remembered as done, per feed; forgetting one costs a request and is answered with "known". */
const MOST_SEEN = 2_000
/** After faults the wait doubles, up to this, ms. */
const LONGEST_WAIT_MS = 3_600_000

export type FeedNeeds = Pick<Base, 'log'> & {
  readonly desk: Desk
  readonly name: string
  readonly url: string
  readonly everySeconds: number
  readonly withinMs?: number
}
export type FeedRound = { readonly waitMs: number; readonly taken: number; readonly fault: string | null }
export type Feed = { readonly round: (signal: AbortSignal) => Promise<FeedRound> }

type Entry = { readonly url: URL; readonly key: string }

const NONE: Validators = { etag: null, modified: null }
const ATOM = 'http://www.w3.org/2005/Atom'

/** Polls one address: an Atom or RSS feed of messages, or one message. What it has taken in once it does not fetch again. */
export const makeFeed = (needs: FeedNeeds): Feed => {
  const state = { validators: NONE, faults: 0, seen: new Set<string>() }
  const usual = needs.everySeconds * 1000
  const get = (url: URL, bytes: number, validators: Validators, signal: AbortSignal) =>
    fetchXml(url, { bytes, validators, signal, withinMs: needs.withinMs ?? FETCH_MS })

  const remember = (key: string): void => {
    state.seen.add(key)
    for (const oldest of state.seen) {
      if (state.seen.size <= MOST_SEEN) break
      state.seen.delete(oldest)
    }
  }

  /** True: settled, for good or ill; false: to be tried again. */
  const take = async (bytes: Uint8Array, url: URL): Promise<boolean> => {
    const taken = await needs.desk.takeIn(bytes, { kind: 'feed', name: `cap-feed:${needs.name}`, address: url.host })
    return taken.kind !== 'later'
  }

  const entries = async (listed: readonly Entry[], signal: AbortSignal) => {
    const fresh = listed.filter((e) => !state.seen.has(e.key))
    const done = { taken: 0, fault: null as string | null, all: fresh.length <= MOST_NEW }
    for (const entry of fresh.slice(0, MOST_NEW)) {
      if (signal.aborted) return { ...done, all: false }
      const got = await get(entry.url, CAP_BOUNDS.bytes, NONE, signal)
      if (!got.ok) {
        done.fault = `${entry.url.pathname}: ${got.error}`
        done.all = false
        continue
      }
      if (got.value.kind !== 'got') continue
      if (!(await take(got.value.bytes, entry.url))) return { ...done, all: false }
      remember(entry.key)
      done.taken += 1
    }
    return done
  }

  const once = async (signal: AbortSignal): Promise<{ readonly taken: number; readonly fault: string | null }> => {
    const got = await get(new URL(needs.url), FEED_BYTES, state.validators, signal)
    if (!got.ok) return { taken: 0, fault: got.error }
    if (got.value.kind === 'same') return { taken: 0, fault: null }
    const { bytes, url, validators } = got.value
    const read = readFeed(bytes, url)
    if (!read.ok) return { taken: 0, fault: read.error }
    if (read.value === 'message') {
      // Not every server says "nothing new": what was refused once is not refused, and written down, again at every look.
      const key = createHash('sha256').update(bytes).digest('hex')
      if (state.seen.has(key)) return { taken: 0, fault: null }
      const settled = await take(bytes, url)
      if (settled) remember(key)
      if (settled) state.validators = validators
      return { taken: settled ? 1 : 0, fault: null }
    }
    const done = await entries(read.value, signal)
    // While something is left to do, the feed must not say "nothing new".
    if (done.all) state.validators = validators
    return done
  }

  return {
    round: async (signal) => {
      const { taken, fault } = await once(signal)
      if (fault !== null && !signal.aborted)
        needs.log('warn', 'CAP feed', { feed: needs.name, fault, faults: state.faults + 1 })
      state.faults = fault === null ? 0 : state.faults + 1
      const waitMs = Math.max(usual, Math.min(usual * 2 ** Math.min(state.faults, 20), LONGEST_WAIT_MS))
      return { waitMs, taken, fault }
    },
  }
}

/** `message`: the text is one CAP message itself. Else the addresses that it lists, each on the host of the feed. */
export const readFeed = (bytes: Uint8Array, base: URL): Result<'message' | readonly Entry[], string> => {
  const root = parseXml(bytes, { ...CAP_BOUNDS, bytes: FEED_BYTES, elements: 50_000, comments: 10_000 })
  if (!root.ok) return err(`${root.error.code}: ${root.error.en}`)
  const { uri, local, children } = root.value
  if (local === 'alert' && uri.startsWith(CAP_NAMESPACE.slice(0, -3))) return ok('message')
  if (local === 'feed' && uri === ATOM)
    return ok(
      entriesOf(
        children.filter((c) => c.local === 'entry'),
        base,
      ),
    )
  if (local === 'rss')
    return ok(
      entriesOf(
        children.filter((c) => c.local === 'channel').flatMap((c) => c.children.filter((i) => i.local === 'item')),
        base,
      ),
    )
  return err(`is neither CAP nor Atom nor RSS (<${local.slice(0, 40)}>)`)
}

const entriesOf = (nodes: readonly XmlNode[], base: URL): readonly Entry[] =>
  nodes.slice(0, MOST_ENTRIES).flatMap((node) => {
    const link = linkOf(node)
    if (link === undefined || !URL.canParse(link, base.href)) return []
    const url = new URL(link, base)
    // A list must not be able to send us elsewhere, least of all into our own network.
    if (!mayFetch(url) || url.host !== base.host) return []
    const updated = node.children.find((c) => /^(updated|pubDate)$/.test(c.local))?.text.trim() ?? ''
    return [{ url, key: `${url.href} ${updated}`.slice(0, 600) }]
  })

/** Atom: the link whose type is CAP, else the first one; RSS: the text of `link`. */
const linkOf = (node: XmlNode): string | undefined => {
  const links = node.children.filter((c) => c.local === 'link')
  const attribute = (link: XmlNode | undefined, name: string) =>
    link?.attributes.find((a) => a.uri === '' && a.local === name)?.value
  const cap = links.find((l) => attribute(l, 'type') === 'application/cap+xml')
  const plain = links.find((l) => attribute(l, 'href') !== undefined)
  return attribute(cap, 'href') ?? attribute(plain, 'href') ?? links.find((l) => l.text.trim() !== '')?.text.trim()
}
