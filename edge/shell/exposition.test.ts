import { expect, test } from 'vitest'
import { CATALOGUE, EDGE, HUB } from '#core/metrics/catalogue.ts'
import type { EdgeReadings } from '#core/metrics/readings.ts'
import { SAMPLE_SITES, sampleEdge, sampleHub } from '../../test/support/exporter.ts'
import { promtool } from '../../test/support/prometheus.ts'
import { createExposition } from './exposition.ts'

const NOW = 1_793_000_000
const sample = (): EdgeReadings => sampleEdge(SAMPLE_SITES[0], 1, NOW)

test('every metric of both catalogues is exposed, with its type and help', async () => {
  const texts = [
    await createExposition(EDGE, sample).text(),
    await createExposition(HUB, () => sampleHub(1, NOW)).text(),
  ].join('\n')
  const checked = CATALOGUE.map((metric) => {
    expect(texts).toContain(`# TYPE ${metric.name} ${metric.type}\n`)
    expect(texts).toContain(`# HELP ${metric.name} ${metric.help}\n`)
    expect(texts, metric.name).toMatch(new RegExp(`^${metric.name}(_bucket|_count|)[ {]`, 'm'))
    return metric.name
  })
  expect(checked.length).toBe(Object.keys(EDGE).length + Object.keys(HUB).length)
  expect(checked.length).toBeGreaterThanOrEqual(50)
  // Nothing of the runtime's own is exposed.
  expect(new Set(texts.match(/^# TYPE (\S+)/gm)).size).toBe(checked.length)
})

test('promtool accepts the text of both', async () => {
  for (const text of [
    await createExposition(EDGE, sample).text(),
    await createExposition(HUB, () => sampleHub(1, NOW)).text(),
  ]) {
    expect(text.length).toBeGreaterThan(1_000)
    expect(promtool(['check', 'metrics'], text)).toEqual({ code: 0, output: '' })
  }
})

test('readings are taken at scrape time, once per scrape, and nothing of the scrape before stays', async () => {
  const state = { scrapes: 0 }
  const exposition = createExposition(EDGE, () => {
    state.scrapes += 1
    const fault = state.scrapes === 1 ? 'no-signal' : 'display-lost'
    return { ...sample(), logHead: state.scrapes, faultActive: [{ labels: { fault }, value: 1 }] }
  })
  expect(await exposition.text()).toContain('bangtin_playlog_head_sequence 1\n')
  const second = await exposition.text()
  expect(second).toContain('bangtin_playlog_head_sequence 2\n')
  expect(second).toContain('bangtin_fault_active{fault="display-lost"} 1')
  expect(second).not.toContain('no-signal')
  // A counter is set, not added to the scrape before.
  expect(second).toContain('bangtin_display_exchanges_total 5010\n')
  expect(state.scrapes).toBe(2)
})

test('what is not known is absent, never 0', async () => {
  const text = await createExposition(EDGE, () => ({ ...sample(), temperature: null, exchangesTotal: null })).text()
  expect(text).not.toMatch(/^bangtin_display_temperature_celsius /m)
  expect(text).not.toMatch(/^bangtin_display_exchanges_total /m)
  expect(text).toContain('bangtin_display_supply_volts 4.9\n')
})

test('a counter with closed labels begins at 0 for each of them', async () => {
  const text = await createExposition(EDGE, () => ({ ...sample(), ordersRefusedTotal: [] })).text()
  const series = text.match(/^bangtin_orders_refused_total\{reason="[^"]+"\} 0$/gm) ?? []
  expect(series.length).toBe(EDGE.ordersRefusedTotal.values.reason.length)
})

test('histograms keep what was observed', async () => {
  const exposition = createExposition(EDGE, sample)
  exposition.observe('orderShown', 0.15)
  exposition.observe('orderShown', 0.9)
  const text = await exposition.text()
  expect(text).toContain('bangtin_order_shown_seconds_bucket{le="0.2"} 1\n')
  expect(text).toContain('bangtin_order_shown_seconds_bucket{le="+Inf"} 2\n')
  expect(text).toContain('bangtin_order_shown_seconds_sum 1.05\n')
  expect(() => exposition.observe('orderShown', Number.NaN)).toThrow('bangtin_order_shown_seconds: cannot observe NaN')
  expect(() => exposition.observe('orderShown', -1)).toThrow('cannot observe -1')
})

test('a reading that cannot be a measurement is our bug and names its metric', async () => {
  const broken: readonly (readonly [Partial<EdgeReadings>, string])[] = [
    [{ temperature: Number.NaN }, 'bangtin_display_temperature_celsius: NaN is not a finite number'],
    [{ exchangesTotal: -1 }, 'bangtin_display_exchanges_total: a counter cannot be -1'],
    [
      {
        ordersActive: [
          { labels: { class: 'emergency' }, value: 1 },
          { labels: { class: 'emergency' }, value: 2 },
        ],
      },
      'bangtin_orders_active: series ["emergency"] is there twice',
    ],
  ]
  for (const [part, message] of broken) {
    await expect(createExposition(EDGE, () => ({ ...sample(), ...part })).text()).rejects.toThrow(message)
  }
})

test('a metric without a reading does not compile', () => {
  const { playerUp: _, ...rest } = sample()
  // @ts-expect-error: playerUp is missing
  const exposition = createExposition(EDGE, () => rest)
  // @ts-expect-error: not a period of the policy
  const wrong: EdgeReadings['airtimeToday'] = [{ labels: { period: 'noon' }, value: 1 }]
  // @ts-expect-error: a gauge is not observed
  expect(() => exposition.observe('playerUp', 1)).toThrow('playerUp is not a histogram')
  expect(wrong.length).toBe(1)
})
