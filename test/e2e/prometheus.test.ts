import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import { type Demo, startDemo, untilPlaying } from '../support/demo.ts'
import { ALONE, aCancelNow, anOrderNow, send } from '../support/orders.ts'
import { type Prometheus, promtool, startPrometheus } from '../support/prometheus.ts'
import { PATIENCE_MS, until } from '../support/until.ts'

/** Point 6 of the first issue: a real Prometheus scrapes a running province through the hub, and no panel of a board stays empty. */
type World = { readonly demo: Demo; readonly prom: Prometheus; readonly dir: string }
const held: { world: World | null; demo: Demo | null } = { world: null, demo: null }
const theWorld = (): World => {
  if (held.world === null) throw new Error('the demo did not start')
  return held.world
}
const OUT = new URL('../../dashboard/grafana/out/', import.meta.url)
const DEPLOYED = new URL('../../deploy/hub/prometheus/prometheus.yml', import.meta.url)
/** Three scrapes a second apart; a rate needs two. */
const WINDOW = '10s'

/** The configuration we ship, with the demo's address and without TLS. Each replacement must find what it replaces. */
const configFor = (host: string): string => {
  const swaps: readonly (readonly [string, string])[] = [
    ['    tls_config:\n      ca_file: hub-cert.pem\n', ''],
    ['        tls_config:\n          ca_file: hub-cert.pem\n', ''],
    ['localhost:8443', host],
    ['scheme: https', 'scheme: http'],
    ['https://', 'http://'],
    ['scrape_interval: 15s', 'scrape_interval: 1s'],
    // An edge that enrols just after the first look is found at the next one.
    ['refresh_interval: 30s', 'refresh_interval: 1s'],
    ['evaluation_interval: 30s', 'evaluation_interval: 1s'],
  ]
  let text = readFileSync(DEPLOYED, 'utf8')
  for (const [from, to] of swaps) {
    expect(text, from).toContain(from)
    text = text.replaceAll(from, to)
  }
  return text
}

beforeAll(async () => {
  const demo = await startDemo(null)
  held.demo = demo
  const dir = mkdtempSync(join(tmpdir(), 'bangtin-prom-'))
  for (const file of ['rules.yml', 'alerts.yml']) {
    const text = readFileSync(new URL(file, OUT), 'utf8')
    writeFileSync(join(dir, file), text.replaceAll('interval: "30s"', 'interval: "1s"'))
  }
  writeFileSync(join(dir, 'hub-token'), 'not-needed-from-this-machine\n')
  const prom = await startPrometheus({ config: configFor(new URL(demo.hubUrl).host), dataDir: dir, port: 0 })
  held.world = { demo, prom, dir }
  // What a province does in its day: it plays, an officer releases and ends an emergency, somebody mistypes a password.
  const officer = await demo.signIn('tructinh')
  await untilPlaying(demo, officer.client, 60_000)
  const { order } = await send(
    officer,
    anOrderNow(
      demo.sites.map((s) => s.id),
      { breakGlass: ALONE },
    ),
  )
  await until({ what: 'the emergency is shown everywhere', atMostMs: PATIENCE_MS }, async () =>
    (await officer.client.order(order.id)).sites.every((s) => s.shownAt !== null) ? true : undefined,
  )
  await send(officer, aCancelNow(order))
  const wrong = await fetch(`${demo.hubUrl}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'tructinh', password: 'sai' }),
  })
  expect(wrong.status).toBe(401)
}, 300_000)

afterAll(async () => {
  await held.world?.prom.stop()
  await held.demo?.stop()
  if (held.world !== null) rmSync(held.world.dir, { recursive: true, force: true })
})

const text = async (path: string): Promise<string> => {
  const answer = await fetch(theWorld().demo.hubUrl + path, { signal: AbortSignal.timeout(10_000) })
  expect(answer.status, path).toBe(200)
  return await answer.text()
}

test('the hub answers its own metrics, its list of clusters, and the metrics of each of them', async () => {
  const { demo } = theWorld()
  const own = await text('/metrics')
  const hubMetrics = Object.values(HUB)
  for (const metric of hubMetrics) expect(own).toContain(`# TYPE ${metric.name} ${metric.type}`)
  type Group = { readonly targets: readonly string[]; readonly labels: Readonly<Record<string, string>> }
  const groups = JSON.parse(await text('/sd/prometheus')) as readonly Group[]
  expect(groups.map((g) => g.labels['site']).sort()).toEqual(demo.sites.map((s) => s.id).sort())
  const edgeMetrics = Object.values(EDGE)
  for (const group of groups) {
    expect(group.targets).toEqual([new URL(demo.hubUrl).host])
    const said = await text(group.labels['__metrics_path__'] ?? '')
    for (const metric of edgeMetrics) expect(said).toContain(`# TYPE ${metric.name} ${metric.type}`)
  }
  expect([hubMetrics.length, edgeMetrics.length, groups.length].every((n) => n >= 3)).toBe(true)
  // What really comes out of both, as Prometheus' own linter judges it.
  const edge = await text(groups[0]?.labels['__metrics_path__'] ?? '')
  for (const one of [own, edge]) expect(promtool(['check', 'metrics'], one)).toEqual({ code: 0, output: '' })
})

test('a real Prometheus finds every cluster by service discovery and scrapes it', async () => {
  const { demo, prom } = theWorld()
  const up = await prom.queryUntil('up == 1', (s) => s.length === demo.sites.length + 1, 30_000)
  expect(up.map((s) => s.metric['instance']).sort()).toEqual(['hub', ...demo.sites.map((s) => s.id)].sort())
})

type Panel = {
  readonly description?: string
  readonly targets?: readonly { readonly expr?: string }[]
  readonly panels?: readonly Panel[]
}
type Board = { readonly title: string; readonly panels: readonly Panel[] }
/** A panel that lists what is wrong says that empty is good: this province is well. */
const exprsOf = (panel: Panel): readonly string[] => [
  ...(/\bempty is good\.$/i.test(panel.description ?? '') ? [] : (panel.targets ?? [])).flatMap((t) => t.expr ?? []),
  ...(panel.panels ?? []).flatMap(exprsOf),
]

/** The demo has no mains contact and no UPS. Their expressions are run over made-up samples in `dashboard/grafana/live.test.ts`. */
const NOT_IN_DEMO = [
  EDGE.mains,
  EDGE.batteryCharge,
  EDGE.powerPhase,
  // It speaks plain HTTP and is one minute old.
  HUB.certificateExpiry,
  HUB.backupTime,
  EDGE.yesterdayDelivered,
  EDGE.yesterdayMissing,
].map((metric) => metric.name)
/** What the machine it runs on may or may not tell of itself; nobody can say before. */
const MACHINES_OWN = [
  EDGE.boardTemperature,
  EDGE.boardUndervoltage,
  EDGE.storageLifeUsed,
  EDGE.diskErrorsTotal,
  EDGE.clockError,
].map((metric) => metric.name)
/** What is known at the earliest some minutes after the first start, at the latest after the first day: run over samples there, too. */
const KNOWN_LATER = [EDGE.logBytesPerDay, EDGE.logBytesNeeded, EDGE.diskLeft, EDGE.diskWriteProbe].map(
  (metric) => metric.name,
)

test('every expression of every board returns data from it, for every cluster', async () => {
  const { demo, prom } = theWorld()
  const files = readdirSync(OUT).filter((name) => name.endsWith('.json'))
  const empty: string[] = []
  let asked = 0
  for (const file of files) {
    const board = JSON.parse(readFileSync(new URL(file, OUT), 'utf8')) as Board
    for (const expr of board.panels.flatMap(exprsOf)) {
      const sites = expr.includes('$site') ? demo.sites.map((s) => s.id) : ['']
      for (const site of sites) {
        const query = expr.replaceAll('$site', site).replaceAll('$__rate_interval', WINDOW).replaceAll('$__range', '5m')
        expect(query, 'a variable nobody filled in').not.toMatch(/\$[a-z_]/)
        asked++
        if ([...KNOWN_LATER, ...MACHINES_OWN].some((metric) => query.includes(metric))) continue
        const name = NOT_IN_DEMO.find((metric) => query.includes(metric))
        const found = await prom.queryUntil(query, (s) => s.length > 0, name ? 100 : 3_000).catch(() => [])
        if (name !== undefined) expect(found, `${name} is in the demo now: take it off the list`).toEqual([])
        else if (found.length === 0) empty.push(`${file}: ${query}`)
      }
    }
  }
  expect(files.length).toBeGreaterThanOrEqual(2)
  expect(asked).toBeGreaterThan(75)
  expect(empty).toEqual([])
})

test('an edge that dies is down and its series goes stale at once; back again, its counters go on and count the outage once', async () => {
  const { demo, prom } = theWorld()
  const site = demo.sites[0]?.id ?? ''
  const up = `up{site="${site}"}`
  const said = `{site="${site}"}`
  const totals = `sum(${EDGE.airtimeTotal.name}${said})`
  const plays = `sum(${EDGE.playsTotal.name}${said})`
  const [before] = await prom.queryUntil(totals, (s) => (s[0]?.value ?? 0) > 0, PATIENCE_MS)
  const [played] = await prom.query(plays)
  const from = Date.now()
  demo.killEdge(site)
  await prom.queryUntil(up, ([s]) => s?.value === 0, PATIENCE_MS)
  expect(await prom.query(`${EDGE.screenLit.name}${said}`), 'an old value is repeated').toEqual([])
  await prom.queryUntil(up, ([s]) => s?.value === 1, PATIENCE_MS)
  // It counts on from where its evidence says it was: the play that was cut is one more, and all time is in one state or another.
  await prom.queryUntil(plays, ([s]) => (s?.value ?? 0) > (played?.value ?? 0), PATIENCE_MS)
  const [after] = await prom.queryUntil(totals, ([s]) => (s?.value ?? 0) > (before?.value ?? 0), PATIENCE_MS)
  const grown = (after?.value ?? 0) - (before?.value ?? 0)
  // What stood open at the first look (a minute at the most) comes with it; a counter begun anew would bring all its time again.
  expect(grown).toBeLessThanOrEqual((Date.now() - from) / 1_000 + 65)
  for (const counter of [EDGE.airtimeTotal, EDGE.playsTotal, EDGE.runtimeTotal])
    expect(await prom.query(`resets(${counter.name}${said}[10m]) > 0`), counter.name).toEqual([])
})
