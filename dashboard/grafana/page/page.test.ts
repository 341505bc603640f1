import { expect, test } from 'vitest'
import { CATALOGUE, EDGE, HUB } from '#core/metrics/catalogue.ts'
import { type Metric, mostSeries } from '#core/metrics/metric.ts'
import { grouped, metricsPage } from './page.ts'

test('the page tells of every metric once, in both languages, and of who looks at it', () => {
  const page = metricsPage()
  expect(
    grouped()
      .map((metric) => metric.name)
      .sort(),
  ).toEqual(CATALOGUE.map((metric) => metric.name).sort())
  const parts = page.split(/^### /m).slice(1)
  expect(parts.map((part) => part.split('\n')[0])).toEqual(grouped().map((metric) => metric.name))
  for (const metric of grouped()) {
    const part = parts.find((one) => one.startsWith(`${metric.name}\n`)) ?? ''
    expect(part).toContain(`${metric.vi}\n${metric.help}\n`)
    // Nobody looks at it: then it is only cost.
    expect(part.includes('**Bảng · boards**: –') && part.includes('**Cảnh báo · alerts**: –'), metric.name).toBe(false)
    for (const values of Object.values(metric.values ?? {}))
      for (const value of values) expect(part, metric.name).toContain(`\`${value}\``)
  }
  expect(metricsPage()).toBe(page)
})

test('the most series of one cluster, and of a hub of 300, are known and bounded', () => {
  const sum = (metrics: readonly Metric[], sites: number) =>
    metrics.reduce((all, metric) => all + mostSeries(metric, sites), 0)
  const edge = sum(Object.values(EDGE), 1)
  const hub = sum(Object.values(HUB), 300)
  // Every label is a closed set, a site, or has its bound stated.
  let open = 0
  for (const metric of CATALOGUE) {
    const free = metric.labels.filter((label) => label !== 'site' && metric.values?.[label] === undefined)
    if (free.length > 0) {
      expect(metric.most, `${metric.name}: ${free.join()} is not closed`).toBeGreaterThan(0)
      open += 1
    }
  }
  expect(open).toBeGreaterThan(5)
  // One Prometheus of 4 GB holds some two million; 300 clusters at their worst must stay far below.
  expect(edge).toBeLessThanOrEqual(800)
  expect(hub).toBeLessThanOrEqual(4_000)
  expect(metricsPage()).toContain(`một cụm · one cluster ${edge}; trung tâm với 300 cụm · hub with 300 clusters ${hub}`)
})
