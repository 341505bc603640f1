import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { FAULTS } from '#core/contract/faults.ts'
import { CATALOGUE } from '#core/metrics/catalogue.ts'
import { promtool } from '../../test/support/prometheus.ts'
import { ALERT_ONLY_SECTIONS, ALERTS } from './alerts.ts'
import { type BoardPanel, boards, exprsOf, panelsOf } from './boards/read.ts'
import { CASES } from './cases/cases.ts'
import { generated } from './generate.ts'
import { RULES } from './rules.ts'

const out = (file: string): string => fileURLToPath(new URL(`./out/${file}`, import.meta.url))
const readers = (): readonly string[] => [
  ...boards().flatMap((board) => panelsOf(board).flatMap(exprsOf)),
  ...RULES.map((rule) => rule.expr.text),
  ...ALERTS.map((alert) => alert.expr.text),
]

test('the committed files are what the generator makes', () => {
  const files = generated()
  for (const [file, text] of Object.entries(files)) expect(readFileSync(out(file), 'utf8'), file).toBe(text)
  expect(readdirSync(out('')).sort()).toEqual(Object.keys(files).sort())
  expect(generated()).toEqual(files)
})

test('promtool accepts the rules and the alerts', () => {
  const checked = promtool(['check', 'rules', '--lint-fatal', out('rules.yml'), out('alerts.yml')], '')
  expect(checked).toMatchObject({ code: 0 })
  expect(checked.output).toContain(`SUCCESS: ${RULES.length} rules found`)
  expect(checked.output).toContain(`SUCCESS: ${ALERTS.length} rules found`)
})

test('every alert fires with its exact text, and stays quiet at the nearest thing that is no reason', () => {
  expect(CASES.map((c) => c.alert).sort()).toEqual(ALERTS.map((a) => a.name).sort())
  expect(CASES.length).toBe(38)
  for (const { alert, firing, quiet } of CASES) {
    expect(firing.input.length, alert).toBeGreaterThan(0)
    expect(quiet.input.length, alert).toBeGreaterThan(0)
    const waits = ALERTS.find((a) => a.name === alert)?.lasting !== '0s'
    expect(firing.notYet !== null, `${alert}: an alert that waits is also tested just before its time`).toBe(waits)
  }
  const tested = promtool(['test', 'rules', out('alerts.test.yml')], '')
  expect(tested.output).toContain('SUCCESS')
  expect(tested.code).toBe(0)
})

test('every panel says what it shows: title, description, unit, data source, legend, colours', () => {
  const seen = boards().flatMap((board) => {
    const panels = panelsOf(board)
    expect(new Set(panels.map((p) => p.id)).size).toBe(panels.length)
    expect(new Set(panels.map((p) => p.title)).size).toBe(panels.length)
    return panels
  })
  const check = (p: BoardPanel): void => {
    expect(p.title.length, JSON.stringify(p)).toBeGreaterThan(3)
    expect(p.description, p.title).toMatch(/^[A-Z].*\.$/)
    expect(p.unit, p.title).not.toBe('')
    expect(p.thresholds, p.title).toBeGreaterThan(0)
    expect(p.datasource, p.title).toBe(['$', '{datasource}'].join(''))
    expect(p.targets.length, p.title).toBeGreaterThan(0)
    const several = p.targets.length > 1 || p.type === 'timeseries' || p.type === 'state-timeline'
    for (const target of p.targets) {
      if (several) expect(target.legendFormat, p.title).not.toBe('')
      // A window that is written out is wrong at every other zoom; a calendar has one zoom alone.
      if (p.type !== 'status-history') expect(target.expr, p.title).not.toMatch(/\[\d+[smhd]\]/)
    }
  }
  for (const p of seen) check(p)
  expect(seen.length).toBeGreaterThan(45)
})

test('expressions use only catalogue metrics and recorded rules', () => {
  const known = new Set<string>([
    ...RULES.map((rule) => rule.record),
    ...CATALOGUE.flatMap((m) => (m.type === 'histogram' ? [`${m.name}_bucket`, `${m.name}_count`] : [m.name])),
  ])
  const names = readers().flatMap((expr) => expr.match(/[a-z_]*:?bangtin_[a-z0-9_]+(:[a-z0-9_]+)?/g) ?? [])
  for (const name of names) expect(known.has(name), name).toBe(true)
  expect(names.length).toBeGreaterThan(90)
})

test('every catalogue metric is used by a board or an alert', () => {
  const shown = boards().flatMap((board) => panelsOf(board).flatMap(exprsOf))
  const used = (name: string): boolean => {
    const whole = new RegExp(`(^|[^a-z_:])${name}(_bucket|_count)?($|[^a-z0-9_:])`)
    const direct = [...shown, ...ALERTS.map((alert) => alert.expr.text)]
    const recordedBy = RULES.filter((rule) => whole.test(rule.expr.text)).map((rule) => rule.record)
    return direct.some((expr) => whole.test(expr) || recordedBy.some((record) => expr.includes(record)))
  }
  expect(CATALOGUE.filter((metric) => !used(metric.name)).map((metric) => metric.name)).toEqual([])
  expect(CATALOGUE.length).toBeGreaterThanOrEqual(50)
})

test('the runbook has a section for each fault and each alert, and no other', () => {
  const runbook = readFileSync(new URL('../../deploy/RUNBOOK.md', import.meta.url), 'utf8')
  const sections = [...runbook.matchAll(/^## `?([a-z][a-z-]+)`?$/gm)].map((m) => m[1])
  expect([...sections].sort()).toEqual([...Object.keys(FAULTS), ...ALERT_ONLY_SECTIONS].sort())
  for (const alert of ALERTS) {
    if (alert.runbook !== 'each-fault') expect(sections, alert.name).toContain(alert.runbook)
  }
  for (const part of runbook.split(/^## /m).slice(1)) {
    const name = part.split('\n')[0]
    for (const word of ['**Nghĩa là**', '**Xem gì**', '**Làm gì**', '**Meaning**', '**Look at**', '**Do**']) {
      expect(part, `${name} lacks ${word}`).toContain(word)
    }
  }
})
