import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '#core/metrics/catalogue.ts'
import { filesIn, textOf } from './tree.ts'

const OUT = 'dashboard/grafana/out'
/** Boards, rules and alerts as Grafana and Prometheus get them; the alerts' own tests do not count as a use. */
const OUTPUTS = filesIn(OUT).filter((path) => !path.includes('.test.'))
/** A series name; recording rules carry a colon and are not of the catalogue. */
const SERIES = /(?<![\w:])bangtin_[a-z0-9_]+(?![\w:])/g

describe('the metric catalogue', () => {
  it('names and explains each metric once', () => {
    const names: readonly string[] = CATALOGUE.map((metric) => metric.name)
    expect(names.length).toBeGreaterThan(20)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    const silent = CATALOGUE.filter((metric) => metric.help.trim().length < 10).map((metric) => metric.name)
    expect(silent, 'help is what a person reads in Grafana: say what is counted, in which unit').toEqual([])
  })

  it('holds nothing that no board, rule or alert uses', () => {
    const text = OUTPUTS.map(textOf).join('\n')
    const unused = CATALOGUE.filter((metric) => !new RegExp(`\\b${metric.name}(?:_bucket|_sum|_count)?\\b`).test(text))
    expect(OUTPUTS.length).toBeGreaterThan(2)
    expect(
      unused.map((metric) => metric.name),
      `a metric nobody looks at is only cost: use it in a board or an alert of ${OUT}, or remove it`,
    ).toEqual([])
  })

  it('holds everything that boards, rules and alerts ask for', () => {
    const known = new Set(
      CATALOGUE.flatMap(({ name, type }) =>
        type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ).map(String),
    )
    let checked = 0
    const unknown = OUTPUTS.flatMap((path) =>
      [...textOf(path).matchAll(SERIES)].flatMap(([series]) => {
        checked += 1
        return known.has(series) ? [] : [`${path} asks for ${series}`]
      }),
    )
    expect(unknown, 'a panel of a metric that nobody exposes stays empty').toEqual([])
    expect(checked).toBeGreaterThan(20)
  })
})
