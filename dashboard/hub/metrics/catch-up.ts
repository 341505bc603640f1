import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LINK_LIMITS, METRICS_PACKED_MIME } from '#core/contract/link.ts'
import { HISTORY_LIMITS } from '#core/metrics/history.ts'
import type { Base } from '../base.ts'
import { readText } from '../files.ts'
import type { Edges } from '../link/edges.ts'
import { chunksOf, keepPast, type PastSite, prunePast, seriesIn } from './past.ts'
import { push, type Series } from './remote-write.ts'

/** When an edge comes back, what it sampled meanwhile is fetched, stored, and handed to Prometheus where one is configured. */
export type CatchUp = {
  /** Something was heard of a site. */
  readonly heard: (site: string) => void
  /** Resolves when nothing is being fetched or pushed. */
  readonly idle: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Edges asked at the same time: after an outage of the hub all of them come back in one moment. */
const MOST_ASKED = 2
/** Answers of one edge in a row: more than its whole ring. */
const MOST_ROUNDS = 100
/** What could not be pushed is tried again so often, ms. */
const PUSH_EVERY_MS = 60_000
/** Series in one request. */
const MOST_SERIES = 500
const DAY_MS = 86_400_000

export const makeCatchUp = (
  base: Base,
  of: {
    readonly sites: ReadonlyMap<string, PastSite>
    readonly edges: Pick<Edges, 'question' | 'state'>
    readonly counted: (samples: number) => void
  },
): CatchUp => {
  const root = join(base.config.dataDir, 'history')
  const fetched = new Set<string>()
  const waiting = new Set<string>()
  const run = { asked: 0, closed: false, work: new Set<Promise<void>>(), pushing: false, complained: '' }
  const done = (site: string) => chunksOf(root, site).at(-1)?.last ?? base.now() - HISTORY_LIMITS.days * DAY_MS

  const fetchAll = async (site: string): Promise<void> => {
    let since = done(site) + 1
    for (let round = 0; round < MOST_ROUNDS && !run.closed; round++) {
      const answer = await of.edges.question(site, { what: 'history', since }, LINK_LIMITS.askMs)
      // An edge of an older version has none; whoever did not answer is asked again when it is heard next.
      if (!answer.ok) return void (answer.error !== 'refused' && fetched.delete(site))
      if (answer.value.mime !== METRICS_PACKED_MIME) return
      const kept = keepPast(root, { site, since, now: base.now() }, Buffer.from(answer.value.body, 'base64'))
      if (kept === null) return
      of.counted(kept.samples)
      since = kept.last + 1
    }
  }
  const next = (): void => {
    for (const site of waiting) {
      if (run.asked >= MOST_ASKED || run.closed) return
      waiting.delete(site)
      run.asked += 1
      const work = fetchAll(site)
        .catch((error: unknown) =>
          base.log('warn', 'the past of an edge was not taken over', { site, error: String(error) }),
        )
        .then(() => prunePast(root, base.now()))
        .then(pushAll)
        .catch((error: unknown) =>
          base.log('warn', 'the past of an edge was not handed on', { site, error: String(error) }),
        )
        .finally(() => {
          run.asked -= 1
          run.work.delete(work)
          next()
        })
      run.work.add(work)
    }
  }

  /** Up to which sample of a site Prometheus has it: one small file a site. */
  const mark = (site: string) => join(root, site, 'pushed')
  const pushedTo = (site: string): number =>
    existsSync(mark(site)) ? Number(readFileSync(mark(site), 'utf8')) || 0 : 0
  const pushSite = async (site: PastSite, token: string | null, url: string): Promise<boolean> => {
    const taken = pushedTo(site.id)
    for (const chunk of chunksOf(root, site.id)) {
      if (chunk.last <= taken) continue
      // Each is unpacked here; between two of them the hub does its own work.
      await new Promise((resolve) => setImmediate(resolve))
      const series = seriesIn(chunk.file, site)
      for (let at = 0; at < series.length; at += MOST_SERIES) {
        const { outcome, detail } = await push(
          { url, token },
          series.slice(at, at + MOST_SERIES) satisfies readonly Series[],
        )
        if (outcome !== 'taken' && detail !== run.complained) {
          run.complained = detail
          base.log('warn', 'Prometheus did not take samples of the past', { site: site.id, outcome, detail })
        }
        if (outcome === 'later' || run.closed) return false
      }
      writeFileSync(mark(site.id), `${chunk.last}\n`, { mode: 0o640 })
    }
    return true
  }
  const pushAll = async (): Promise<void> => {
    const { remoteWrite } = base.config
    if (remoteWrite === null || run.pushing) return
    const token = remoteWrite.tokenFile == null ? null : readText(remoteWrite.tokenFile)
    if (token !== null && !token.ok)
      return base.log('error', '/remoteWrite/tokenFile cannot be read', { detail: token.error })
    run.pushing = true
    try {
      for (const site of of.sites.values())
        if (!(await pushSite(site, token?.value.trim() ?? null, remoteWrite.url))) return
    } finally {
      run.pushing = false
    }
  }
  const timer = setInterval(() => {
    const work: Promise<void> = pushAll()
      .catch((error: unknown) => base.log('warn', 'the past was not handed on', { error: String(error) }))
      .finally(() => run.work.delete(work))
    run.work.add(work)
  }, PUSH_EVERY_MS)
  timer.unref()
  const idle = async (): Promise<void> => {
    while (run.work.size > 0) await Promise.all(run.work)
  }
  return {
    heard: (site) => {
      if (!of.edges.state(site).connected) return void fetched.delete(site)
      if (fetched.has(site) || run.closed || !of.sites.has(site)) return
      fetched.add(site)
      waiting.add(site)
      next()
    },
    idle,
    close: async () => {
      run.closed = true
      clearInterval(timer)
      await idle()
    },
  }
}
