import { expect, test } from 'vitest'
import { CATALOGUE, EDGE, HUB } from './catalogue.ts'

test('names are unique and follow the conventions of Prometheus', () => {
  const names = CATALOGUE.map((metric) => {
    expect(metric.name).toMatch(/^bangtin_[a-z][a-z0-9_]*$/)
    expect(metric.name.endsWith('_total'), metric.name).toBe(metric.type === 'counter')
    expect(metric.name, 'base units only').not.toMatch(/_(ms|milliseconds|minutes|hours|percent|kb|mb)(_|$)/)
    expect(metric.help, metric.name).toMatch(/^[A-Z0-9].*\.$/)
    expect('buckets' in metric && metric.buckets !== undefined, metric.name).toBe(metric.type === 'histogram')
    for (const label of Object.keys(metric.values ?? {})) expect(metric.labels).toContain(label)
    return metric.name
  })
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBe(Object.keys(EDGE).length + Object.keys(HUB).length)
})

test('no edge metric names its site: only the scrape knows it', () => {
  const edge = Object.values(EDGE)
  for (const metric of edge) expect(metric.labels).not.toContain('site')
  expect(edge.every((metric) => metric.from === 'edge')).toBe(true)
  expect(Object.values(HUB).every((metric) => metric.from === 'hub')).toBe(true)
  expect(edge.length).toBeGreaterThan(30)
})
