import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SAMPLE_SITES, startExporter } from '../../test/support/exporter.ts'
import { type Prometheus, promtool, startPrometheus } from '../../test/support/prometheus.ts'
import { PATIENCE_MS } from '../../test/support/until.ts'
import { ALERTS } from './alerts.ts'
import { boards, emptyIsGood, exprsOf, marksOf, panelsOf } from './boards/read.ts'
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
    writeFileSync(join(dir, file), text.replaceAll('interval: "30s"', 'interval: "1s"'))
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

/** What tells of a day is asked for at that day; it was said 40 hours after its beginning (boards/shares.ts). */
const DAY_BACK_S = 40 * 3_600

test('every expression of every board, mark and recording rule returns data', async () => {
  const { prom } = theWorld()
  const panels = boards().flatMap((board) => panelsOf(board).map((panel) => ({ board: board.title ?? '', panel })))
  const exprs = [
    ...RULES.flatMap((rule) => [rule.record, rule.expr.text]),
    ...panels.filter(({ panel }) => !emptyIsGood(panel)).flatMap(({ panel }) => exprsOf(panel)),
  ]
  for (const expr of new Set(exprs.map(filledIn))) {
    const back = expr.includes('offset -40h') ? DAY_BACK_S : 0
    const at = back === 0 ? null : Date.now() / 1_000 - back
    const answer = await prom.queryUntil(expr, (s) => s.some((one) => Number.isFinite(one.value)), PATIENCE_MS, at)
    expect(answer.length, expr).toBeGreaterThan(0)
  }
  // What is empty in a healthy fleet must at least be understood, and the list of it is known.
  const quiet = panels.filter(({ panel }) => emptyIsGood(panel))
  for (const expr of [...quiet.flatMap(({ panel }) => exprsOf(panel)), ...boards().flatMap(marksOf)])
    await prom.query(filledIn(expr))
  expect(quiet.map(({ board, panel }) => `${board}: ${panel.title}`)).toEqual([
    'Toàn cảnh: Cảnh báo đang kêu',
    'Toàn cảnh: Cụm đang mất kết nối',
    'Toàn cảnh: Lỗi theo cụm',
    'Khẩn cấp: Cụm không nhận được lệnh lúc này',
    'Khẩn cấp: Cụm đã nhận mà chưa chiếu',
  ])
  expect(exprs.length).toBeGreaterThan(170)
})

test('a calendar shows the floors of yesterday at the cell of yesterday, and the worst period of it', async () => {
  const { prom } = theWorld()
  const [cell] = boards()
    .flatMap((board) => panelsOf(board))
    .filter((panel) => panel.type === 'status-history' && panel.title === 'Tỷ lệ đạt mỗi ngày')
  const at = Date.now() / 1_000 - DAY_BACK_S
  const shares = await prom.queryUntil(
    filledIn(exprsOf(cell ?? panic())[0] ?? ''),
    (s) => s.length > 0,
    PATIENCE_MS,
    at,
  )
  expect(shares[0]?.value).toBeCloseTo(10_200 / 10_800, 6)
})
const panic = (): never => {
  throw new Error('no such panel')
}

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
