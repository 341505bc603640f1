import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { INCIDENT_TYPES } from '#core/contract/operations.ts'
import { CAP_OUTCOMES, EDGE, HUB, SCRAPE_OUTCOMES } from '#core/metrics/catalogue.ts'
import { CLOCK_STATES, INCIDENT_STATES, POWER_PHASES } from '#core/metrics/labels.ts'
import type { EdgeReadings, HubReadings } from '#core/metrics/readings.ts'
import { createExposition } from '#edge/shell/exposition.ts'

/** Two sites of the sample data (domain.md §5.1). */
export const SAMPLE_SITES = [
  { site: 'LC-MLT-01', cluster_class: 'BORDER_GATE', unit: '03549' },
  { site: 'LC-TP-01', cluster_class: 'BULLETIN_BOARD', unit: '03408' },
] as const
export type SampleSite = (typeof SAMPLE_SITES)[number]

/** A plausible edge in the afternoon; counters grow with `n`, the number of the scrape. Times are Unix seconds. */
export const sampleEdge = (about: SampleSite, n: number, now: number): EdgeReadings => ({
  info: [{ labels: { version: '0.1.0', cluster_class: about.cluster_class }, value: 1 }],
  startTime: now - 7_200,
  residentBytes: 88_000_000,
  airtimeToday: [
    { labels: { period: 'morning' }, value: 10_900 },
    { labels: { period: 'afternoon' }, value: 3_600 + n },
  ],
  airtimeFloor: [
    { labels: { period: 'morning' }, value: 10_800 },
    { labels: { period: 'afternoon' }, value: 10_800 },
  ],
  airtimeFeasible: [
    { labels: { period: 'morning' }, value: 1 },
    { labels: { period: 'afternoon' }, value: 1 },
  ],
  airtimeLeft: [
    { labels: { period: 'morning' }, value: 0 },
    { labels: { period: 'afternoon' }, value: 14_400 },
  ],
  airtimeShort: [
    { labels: { period: 'morning', cause: 'POWER' }, value: 0 },
    { labels: { period: 'afternoon', cause: 'DEVICE' }, value: n % 60 },
  ],
  airtimeTotal: [
    { labels: { state: 'public' }, value: 14_500 + n },
    { labels: { state: 'dark' }, value: 21_600 },
  ],
  categoryTotal: [{ labels: { category: 'A7_1_POLICY_LAW' }, value: 9_000 + n }],
  categoryToday: [{ labels: { category: 'A7_1_POLICY_LAW' }, value: 9_000 + n }],
  yesterdayDelivered: [
    { labels: { period: 'morning' }, value: 11_000 },
    { labels: { period: 'afternoon' }, value: 10_200 },
  ],
  yesterdayMissing: [
    { labels: { period: 'morning' }, value: 0 },
    { labels: { period: 'afternoon' }, value: 600 },
  ],
  documentsRefusedTotal: [{ labels: { reason: 'superseded-before' }, value: n }],
  playsTotal: [{ labels: { cause: 'ended' }, value: 640 + n }],
  refusedTotal: [{ labels: { reason: 'expired' }, value: 1 + n }],
  ordersActive: [{ labels: { class: 'emergency' }, value: 1 }],
  ordersRefusedTotal: [{ labels: { reason: 'expired' }, value: n }],
  screenLit: 1,
  screenWanted: 1,
  powerPhase: POWER_PHASES.map((phase) => ({ labels: { phase }, value: Number(phase === 'on') })),
  displayUp: 1,
  brightness: 0.65,
  temperature: 41.5,
  voltage: 4.9,
  signal: 1,
  cards: 12,
  sensorTemperature: [{ labels: { device: 'display', place: 'card board' }, value: 41.5 }],
  sensorHumidity: [{ labels: { device: 'box', place: 'cabinet' }, value: 0.55 }],
  sensorVoltage: [{ labels: { device: 'display', place: 'card board' }, value: 4.9 }],
  sensorLight: [{ labels: { device: 'display', place: 'sender' }, value: 112 }],
  sensorFan: [{ labels: { device: 'display', place: 'card monitor fan 1' }, value: 1_150 }],
  sensorAlarm: [{ labels: { device: 'box', place: 'door', what: 'door' }, value: 0 }],
  equipmentUp: [{ labels: { device: 'box' }, value: 1 }],
  runtimeTotal: [
    { labels: { state: 'lit' }, value: 14_500 + n },
    { labels: { state: 'dark' }, value: 21_600 },
  ],
  startsTotal: [{ labels: { what: 'light' }, value: 1 + n }],
  energyTotal: 1_000_000 + 5_000 * n,
  mains: 1,
  batteryCharge: 0.97,
  exchangesTotal: 5_000 + 10 * n,
  exchangeFaultsTotal: [{ labels: { kind: 'retry' }, value: 3 + n }],
  playerUp: 1,
  playerRestartsTotal: n,
  playerTroubleTotal: [{ labels: { trouble: 'late' }, value: n }],
  clockState: CLOCK_STATES.map((state) => ({ labels: { state }, value: Number(state === 'synced') })),
  clockOffset: 0.012,
  clockError: 0.25,
  clockStepsTotal: 0,
  deviceKeyTime: now - 40 * 86_400,
  registryVersion: 3,
  registryKeyExpiry: now + 500 * 86_400,
  logHead: 48_211 + n,
  logUploaded: 48_200 + n,
  logHeadTime: now - 4,
  logBytes: 19_000_000,
  logWritable: 1,
  diskFree: 21_000_000_000,
  diskLeft: 34_560_000,
  logBytesPerDay: 1_800_000,
  logBytesNeeded: 330_000_000,
  hubConnected: 1,
  hubRoundTrip: 0.042,
  hubRedialsTotal: n,
  boardTemperature: 58.2,
  boardUndervoltage: [
    { labels: { when: 'now' }, value: 0 },
    { labels: { when: 'since_boot' }, value: 0 },
  ],
  diskErrorsTotal: 0,
  storageLifeUsed: 0.2,
  diskWriteProbe: 0.006,
  scheduleVersion: 7,
  assetsWanted: 0,
  faultActive: [{ labels: { fault: 'asset-missing' }, value: 1 }],
})

/** A plausible hub with the two sites. */
export const sampleHub = (n: number, now: number): HubReadings => {
  const each = (value: number) => SAMPLE_SITES.map(({ site }) => ({ labels: { site }, value }))
  return {
    info: [{ labels: { version: '0.1.0' }, value: 1 }],
    startTime: now - 90_000,
    diskFree: 80_000_000_000,
    certificateExpiry: now + 3_000 * 86_400,
    registryVersion: 3,
    registryKeyExpiry: now + 500 * 86_400,
    deviceEnrolled: each(now - 40 * 86_400),
    orderNotShown: each(0),
    edgesKnown: SAMPLE_SITES.length,
    edgeConnected: SAMPLE_SITES.map((labels) => ({ labels, value: 1 })),
    edgeLastSeen: each(now - 2),
    evidenceTotal: each(48_200 + n),
    evidenceDuplicateTotal: each(n),
    evidenceRejectedTotal: each(0),
    ordersOpen: [{ labels: { class: 'emergency' }, value: 1 }],
    orderUndelivered: 0,
    ordersPending: 0,
    draftsWaiting: 1,
    capMessagesTotal: CAP_OUTCOMES.map((outcome) => ({ labels: { outcome }, value: n })),
    documentsOverdue: 0,
    reviewsOverdue: 0,
    auditIntact: 1,
    loginFailuresTotal: 2 + n,
    incidentsOpen: INCIDENT_TYPES.flatMap((type) =>
      INCIDENT_STATES.map((state) => ({ labels: { type, state }, value: state === 'waiting' ? 1 : 2 })),
    ),
    scrapesTotal: SCRAPE_OUTCOMES.map((outcome) => ({ labels: { outcome }, value: outcome === 'ok' ? 20 * n : n })),
    scrapeBytesTotal: 4_000 * n,
    historySamplesTotal: 60 * n,
    backupTime: now - 3_600,
    residentBytes: 120_000_000,
  }
}

/**
 * Serves both catalogues as the hub does: `/metrics`, `/sd/prometheus`, `/edges/<site>/metrics`; each scrape counts one
 * further.
 */
export const startExporter = async (): Promise<{ readonly host: string; readonly stop: () => Promise<void> }> => {
  const now = () => Date.now() / 1_000
  const scrapes = { hub: 0 }
  const hub = createExposition(HUB, () => sampleHub(scrapes.hub, now()))
  const edges = new Map(
    SAMPLE_SITES.map((about) => {
      const count = { n: 0 }
      return [
        about.site as string,
        { count, exposition: createExposition(EDGE, () => sampleEdge(about, count.n, now())) },
      ]
    }),
  )
  const answer = async (
    path: string,
    host: string,
  ): Promise<{ readonly type: string; readonly body: string } | null> => {
    if (path === '/sd/prometheus') {
      const targets = SAMPLE_SITES.map(({ site, cluster_class, unit }) => ({
        targets: [host],
        labels: { __metrics_path__: `/edges/${site}/metrics`, site, cluster_class, unit },
      }))
      return { type: 'application/json', body: JSON.stringify(targets) }
    }
    if (path === '/metrics') {
      scrapes.hub += 1
      hub.observe('orderAccept', 0.08)
      hub.observe('orderShown', 0.25)
      hub.observe('scrapeSeconds', 0.02)
      return { type: hub.contentType, body: await hub.text() }
    }
    const edge = edges.get(/^\/edges\/([^/]+)\/metrics$/.exec(path)?.[1] ?? '')
    if (edge === undefined) return null
    edge.count.n += 1
    edge.exposition.observe('orderShown', 0.12)
    return { type: edge.exposition.contentType, body: await edge.exposition.text() }
  }
  const server = createServer((request, response) => {
    void answer(request.url ?? '', request.headers.host ?? '').then(
      (a) => response.writeHead(a === null ? 404 : 200, { 'content-type': a?.type ?? 'text/plain' }).end(a?.body),
      (cause: unknown) => response.writeHead(500).end(String(cause)),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    host: `127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
