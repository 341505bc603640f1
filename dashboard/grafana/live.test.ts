import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SAMPLE_SITES, startExporter } from '../../test/support/exporter.ts'
import { type Prometheus, promtool, startPrometheus } from '../../test/support/prometheus.ts'
import { ALERTS } from './alerts.ts'
import { boards, exprsOf, panelsOf } from './boards/read.ts'
import { RULES } from './rules.ts'

const deployed = new URL('../../deploy/hub/prometheus/prometheus.yml', import.meta.url)

/** The file we ship, pointed at the test's server: each replacement must find what it replaces. */
const testConfig = (host: string): string =>
  (
    [
      // The test's server speaks plain HTTP.
      ['    tls_config:\n      ca_file: hub-cert.pem\n', ''],
      ['        tls_config:\n          ca_file: hub-cert.pem\n', ''],
      ['localhost:8443', host],
      ['scheme: https', 'scheme: http'],
      ['https://', 'http://'],
      ['scrape_interval: 15s', 'scrape_interval: 1s'],
      ['evaluation_interval: 30s', 'evaluation_interval: 1s'],
    ] as const
  ).reduce(
    (text, [from, to]) => {
      expect(text, from).toContain(from)
      return text.replaceAll(from, to)
    },
    readFileSync(deployed, 'utf8'),
  )

type World = { readonly dir: string; readonly prom: Prometheus; readonly stop: () => Promise<void> }
const world: { now: World | null } = { now: null }
const theWorld = (): World => {
  if (world.now === null) throw new Error('the world did not start')
  return world.now
}

beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bangtin-prom-'))
  const exporter = await startExporter()
  for (const file of ['rules.yml', 'alerts.yml']) {
    const text = readFileSync(new URL(`./out/${file}`, import.meta.url), 'utf8')
    // The groups' own interval would make the test wait for half a minute.
    expect(text).toContain('interval: "30s"')
    writeFileSync(join(dir, file), text.replace('interval: "30s"', 'interval: "1s"'))
  }
  writeFileSync(join(dir, 'hub-token'), 'test-token\n')
  const prom = await startPrometheus({ config: testConfig(exporter.host), dataDir: dir, port: 0 })
  world.now = {
    dir,
    prom,
    stop: async () => {
      await prom.stop()
      await exporter.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
})

afterAll(async () => {
  await world.now?.stop()
})

/** What Grafana would put in place of its variables. */
const filledIn = (expr: string): string =>
  expr.replaceAll('$site', SAMPLE_SITES[0].site).replaceAll('$__rate_interval', '10s').replaceAll('$__range', '1m')

test('the shipped configuration is valid for promtool', () => {
  const { dir } = theWorld()
  const checked = promtool(['check', 'config', join(dir, 'prometheus.yml')], '')
  expect(checked.output).toContain('SUCCESS')
  expect(checked.code).toBe(0)
})

test('the hub and every edge it lists are scraped, and each edge carries its site', async () => {
  const up = await theWorld().prom.queryUntil('up == 1', (s) => s.length === 1 + SAMPLE_SITES.length, 20_000)
  const sites = up.flatMap((s) => (s.metric['job'] === 'bangtin-edge' ? [s.metric['site']] : []))
  expect(sites.sort()).toEqual(SAMPLE_SITES.map(({ site }) => site).sort())
  expect(up.map((s) => s.metric['instance']).sort()).toEqual(['LC-MLT-01', 'LC-TP-01', 'hub'])
})

test('every expression of every board and every recording rule returns data', async () => {
  const { prom } = theWorld()
  const exprs = [
    ...RULES.map((rule) => rule.record),
    ...RULES.map((rule) => rule.expr.text),
    ...boards().flatMap((board) => panelsOf(board).flatMap(exprsOf)),
  ]
  for (const expr of exprs) {
    const answer = await prom.queryUntil(filledIn(expr), (s) => s.some((one) => Number.isFinite(one.value)), 20_000)
    expect(answer.length, expr).toBeGreaterThan(0)
  }
  expect(exprs.length).toBeGreaterThan(75)
})

test('the site variable lists the sites, and every alert is loaded, healthy, and does not fire in a healthy fleet', async () => {
  const { prom } = theWorld()
  const sites = await prom.api('label/site/values?match[]=bangtin_hub_edge_connected')
  expect(sites).toEqual(SAMPLE_SITES.map(({ site }) => site).sort())
  type Loaded = {
    readonly groups: readonly { readonly rules: readonly { name: string; health: string; state: string }[] }[]
  }
  await prom.queryUntil('count(ALERTS) or vector(0)', (s) => s.length === 1, 5_000)
  const deadline = Date.now() + 15_000
  const read = async (): Promise<Loaded['groups'][number]['rules']> => {
    const loaded = ((await prom.api('rules?type=alert')) as Loaded).groups.flatMap((group) => group.rules)
    return loaded.some((rule) => rule.health === 'unknown') && Date.now() < deadline ? read() : loaded
  }
  const rules = await read()
  expect(rules.map((rule) => rule.name).sort()).toEqual(ALERTS.map((alert) => alert.name).sort())
  for (const rule of rules) {
    expect(rule.health, rule.name).toBe('ok')
    // The sample fleet waits for one file, has failed logins and refuses a CAP message in every scrape; nothing else is wrong with it.
    const expected = ['BangtinFaultWarning', 'BangtinLoginFailures', 'BangtinCapRefused']
    if (!expected.includes(rule.name)) expect(rule.state, rule.name).not.toBe('firing')
  }
})
