import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Receipt } from '#core/contract/link.ts'
import { CAP_OUTCOMES, type CapOutcomeName, HUB, SCRAPE_OUTCOMES, type ScrapeOutcome } from '#core/metrics/catalogue.ts'
import { type AnyReadings, type HubReadings, seriesOf } from '#core/metrics/readings.ts'
import type { Ingested } from '../store/port.ts'

/** Counts of this process and what is read when Prometheus asks. Own registry, no metric but the catalogue's. */
export type HubMetrics = {
  readonly loginFailed: () => void
  readonly cap: (outcome: CapOutcomeName) => void
  readonly evidence: (site: string, result: Ingested) => void
  readonly receipt: (stage: Receipt['stage'], seconds: number) => void
  /** One scrape of an edge came to its end: after how long, and how many bytes the edge sent. */
  readonly scraped: (outcome: ScrapeOutcome, seconds: number, bytes: number) => void
  /** Samples of an edge's history were stored. */
  readonly remembered: (samples: number) => void
  readonly expose: () => Promise<string>
  readonly contentType: string
}

/** What is read at scrape time, apart from the counters kept here. */
export type Scraped = Omit<
  HubReadings,
  | 'evidenceTotal'
  | 'evidenceDuplicateTotal'
  | 'evidenceRejectedTotal'
  | 'loginFailuresTotal'
  | 'capMessagesTotal'
  | 'scrapesTotal'
  | 'scrapeBytesTotal'
  | 'historySamplesTotal'
>

type Counts = { stored: number; duplicates: number; rejected: number }

export const makeHubMetrics = (sites: readonly string[], scrape: () => Promise<Scraped>): HubMetrics => {
  const counts = new Map<string, Counts>(sites.map((s) => [s, { stored: 0, duplicates: 0, rejected: 0 }]))
  const logins = { failed: 0 }
  // All from 0: a rate needs to have seen the first one come.
  const cap = new Map<CapOutcomeName, number>(CAP_OUTCOMES.map((o) => [o, 0]))
  const scrapes = new Map<ScrapeOutcome, number>(SCRAPE_OUTCOMES.map((o) => [o, 0]))
  const moved = { scrapeBytes: 0, samples: 0 }
  const histograms = new Registry()
  const histogram = (m: typeof HUB.orderAccept | typeof HUB.orderShown | typeof HUB.scrapeSeconds) =>
    new Histogram({ name: m.name, help: m.help, buckets: [...m.buckets], registers: [histograms] })
  const accept = histogram(HUB.orderAccept)
  const shown = histogram(HUB.orderShown)
  const scrapeSeconds = histogram(HUB.scrapeSeconds)
  const perSite = (pick: (c: Counts) => number) =>
    [...counts].map(([site, c]) => ({ labels: { site }, value: pick(c) }))

  const expose = async (): Promise<string> => {
    const readings: HubReadings = {
      ...(await scrape()),
      evidenceTotal: perSite((c) => c.stored),
      evidenceDuplicateTotal: perSite((c) => c.duplicates),
      evidenceRejectedTotal: perSite((c) => c.rejected),
      loginFailuresTotal: logins.failed,
      capMessagesTotal: [...cap].map(([outcome, value]) => ({ labels: { outcome }, value })),
      scrapesTotal: [...scrapes].map(([outcome, value]) => ({ labels: { outcome }, value })),
      scrapeBytesTotal: moved.scrapeBytes,
      historySamplesTotal: moved.samples,
    }
    const any: AnyReadings = readings
    const registry = new Registry()
    for (const [key, m] of Object.entries(HUB)) {
      if (m.type === 'histogram') continue
      const config = { name: m.name, help: m.help, labelNames: [...m.labels], registers: [registry] }
      const series = seriesOf(m, any[key] ?? null)
      if (m.type === 'gauge') {
        const gauge = new Gauge(config)
        // A new gauge without labels stands at 0; what is not known must be absent instead.
        if (m.labels.length === 0) gauge.remove()
        for (const s of series) gauge.set(s.labels, s.value)
      } else {
        const counter = new Counter(config)
        for (const s of series) counter.inc(s.labels, s.value)
      }
    }
    return `${await registry.metrics()}${await histograms.metrics()}`
  }
  return {
    loginFailed: () => {
      logins.failed += 1
    },
    cap: (outcome) => void cap.set(outcome, (cap.get(outcome) ?? 0) + 1),
    evidence: (site, result) => {
      const c = counts.get(site)
      if (c === undefined) return
      if (result.kind === 'rejected') c.rejected += 1
      else {
        c.stored += result.stored
        c.duplicates += result.duplicates
      }
    },
    receipt: (stage, seconds) => {
      if (stage === 'accepted') accept.observe(seconds)
      else if (stage === 'shown') shown.observe(seconds)
    },
    scraped: (outcome, seconds, bytes) => {
      scrapes.set(outcome, (scrapes.get(outcome) ?? 0) + 1)
      moved.scrapeBytes += bytes
      scrapeSeconds.observe(seconds)
    },
    remembered: (samples) => {
      moved.samples += samples
    },
    expose,
    contentType: histograms.contentType,
  }
}
