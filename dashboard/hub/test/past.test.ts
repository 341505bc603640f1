import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { METRICS_PACKED_MIME } from '#core/contract/link.ts'
import { type Prometheus, promtool, startPrometheus, toolPath } from '../../../test/support/prometheus.ts'
import { PATIENCE_MS, until } from '../../../test/support/until.ts'
import { openMetrics } from '../metrics/past.ts'
import { connect, enrolled } from './edge.ts'
import { makeSeed, startWorld, type World } from './harness.ts'

/** What an edge sampled while it was away reaches Prometheus with the times at which it was so: pushed, and as a file. */
const SITE = 'LC-MLT-01'
const MINUTE = 60_000
let from: Awaited<ReturnType<typeof makeSeed>>
const held = { world: null as World | null, prom: null as Prometheus | null }
beforeAll(async () => {
  from = await makeSeed()
})
afterEach(async () => {
  await held.prom?.stop()
  await held.world?.close()
  Object.assign(held, { world: null, prom: null })
})

const packed = (text: string) => gzipSync(text).toString('base64')
/** An hour of samples a minute apart: lit for the first half, and one play more each minute. */
const anHour = (start: number) =>
  Array.from({ length: 60 }, (_, n) =>
    [start + n * MINUTE, `bangtin_screen_lit ${n < 30 ? 1 : 0}`, `bangtin_plays_total{cause="ended"} ${100 + n}`].join(
      '\t',
    ),
  )

const away = async (world: World, lines: readonly string[], now: number) => {
  const key = await enrolled(world, SITE)
  world.clock.at = now
  const { edge } = await connect(world, SITE, key, { scheduleVersion: 0, registryVersion: 0 }, true)
  const ask = await edge.next('ask')
  expect(ask).toMatchObject({ what: 'history' })
  const answer = (id: number, text: string) =>
    edge.send({ t: 'answer', id, ok: true, mime: METRICS_PACKED_MIME, body: packed(text) })
  answer(ask.id, `${lines.join('\n')}\n`)
  const again = await edge.next('ask')
  answer(again.id, '')
  return { edge, since: again.since }
}

test('a real Prometheus takes what is pushed from before its own newest sample, once, and answers it at its times', async () => {
  const dir = join((await theWorld({})).dir, 'prometheus')
  await held.world?.close()
  mkdirSync(dir, { recursive: true })
  const config =
    'global: { scrape_interval: 1s }\nstorage: { tsdb: { out_of_order_time_window: 12h } }\nscrape_configs:\n  - job_name: self\n    static_configs: [{ targets: ["127.0.0.1:1"] }]\n'
  held.prom = await startPrometheus({ config, dataDir: dir, port: 0, flags: ['--web.enable-remote-write-receiver'] })
  const prom = held.prom
  // It has samples of its own by now, so what is pushed lies before its newest.
  await prom.queryUntil('up', (s) => s.length === 1, PATIENCE_MS)
  const now = Date.now()
  const world = await theWorld({ remoteWrite: { url: `${prom.url}/api/v1/write` } })
  const start = now - 90 * MINUTE
  const strange = [
    `${start}\tbangtin_made_up 1`,
    `${now + 86_400_000}\tbangtin_screen_lit 1`,
    'x\ty',
    `${start + 1}\tbangtin_screen_lit{site="LC-TP-01"} 1`,
  ]
  const { edge, since } = await away(world, [...anHour(start), ...strange], now)
  expect(since).toBe(start + 59 * MINUTE + 1)
  const series = `{site="${SITE}",instance="${SITE}",job="bangtin-edge",cluster_class="BORDER_GATE"}`
  const at = (ms: number) => `@ ${(start + ms) / 1000}`
  const [lit] = await prom.queryUntil(
    `sum_over_time(bangtin_screen_lit${series}[61m] ${at(60 * MINUTE)})`,
    (s) => s[0]?.value === 31,
    PATIENCE_MS,
  )
  expect(lit?.metric['unit']).toBe('03549')
  const [plays] = await prom.query(`increase(bangtin_plays_total${series}[30m] ${at(45 * MINUTE)})`)
  expect(plays?.value).toBeCloseTo(30, 0)
  expect((await prom.query(`count({__name__=~"bangtin_made_up.*"})`)).length).toBe(0)
  // Nothing may speak for another cluster.
  expect((await prom.query(`last_over_time(bangtin_screen_lit{site="LC-TP-01"}[3h])`)).length).toBe(0)
  expect(await (await fetch(`${world.hub.url}/metrics`)).text()).toContain('bangtin_hub_history_samples_total 121')
  await edge.close()
})

test('as OpenMetrics it becomes blocks of Prometheus, with the labels of a scrape', async () => {
  const world = await theWorld({})
  const start = world.clock.at - 90 * MINUTE
  const { edge } = await away(world, anHour(start), world.clock.at)
  await edge.close()
  const sites = [...world.hub.hub.sites.values()]
  const all = await until({ what: 'the samples are stored', atMostMs: PATIENCE_MS }, async () => {
    const text = [...openMetrics(join(world.dir, 'history'), sites, { from: 0, to: Number.MAX_SAFE_INTEGER })].join('')
    return text.includes('bangtin_plays_total{') ? text : undefined
  })
  const file = join(world.dir, 'past.om')
  writeFileSync(file, all)
  const blocks = join(world.dir, 'blocks')
  const made = promtool(['tsdb', 'create-blocks-from', 'openmetrics', file, blocks], '')
  expect(made.output).not.toContain('error')
  expect(made.code).toBe(0)
  // `dump` reads a whole storage, of which a log is a part.
  mkdirSync(join(blocks, 'wal'))
  const dump = execFileSync(toolPath('promtool'), ['tsdb', 'dump', blocks], { encoding: 'utf8' })
  expect(dump.split('\n').filter((line) => line.includes('bangtin_plays_total')).length).toBe(60)
  expect(dump).toContain(`${100 + 59} ${start + 59 * MINUTE}`)
})

const theWorld = async (over: Parameters<typeof startWorld>[1]): Promise<World> => {
  held.world = await startWorld(from, over)
  return held.world
}
