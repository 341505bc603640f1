import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { FAULTS } from '#core/contract/faults.ts'
import { ALERTS, CAUSES, ownFaults } from '../alerts.ts'
import { alertmanagerTemplate, alertmanagerYaml, INHIBITIONS, RECEIVERS, ROUTE } from './alertmanager.ts'

const file = (name: string): string =>
  fileURLToPath(new URL(`../../../deploy/hub/prometheus/alertmanager/${name}`, import.meta.url))

/** `label="a"` or `label=~"a|b"`, as the values it means. */
const meant = (matcher: string): { readonly label: string; readonly values: readonly string[] } => {
  const found = /^([a-z]+)=~?"([^"]+)"$/.exec(matcher)
  expect(found, matcher).not.toBeNull()
  return { label: found?.[1] ?? '', values: (found?.[2] ?? '').split('|') }
}

const KNOWN: { readonly [label: string]: readonly string[] } = {
  alertname: ALERTS.map((alert) => alert.name),
  cause: CAUSES,
  severity: ['warning', 'critical'],
  // Only these are ever a label of an alert: the others have an alert of their own.
  fault: [...ownFaults('critical'), ...ownFaults('warning')],
}

test('every matcher names alerts, causes and faults that there are, and no rule silences an order or an attack', () => {
  const all = [
    ...ROUTE.routes.flatMap((route) => route.matchers),
    ...INHIBITIONS.flatMap(({ source, target }) => [...source, ...target]),
  ]
  for (const matcher of all) {
    const { label, values } = meant(matcher)
    for (const value of values) expect(KNOWN[label], `${matcher}: ${value}`).toContain(value)
  }
  expect(all.length).toBeGreaterThan(20)
  for (const { because, target } of INHIBITIONS) {
    const by = target.map(meant)
    const named = by.filter(({ label }) => label === 'alertname').flatMap(({ values }) => values)
    const causes = [
      ...by.filter(({ label }) => label === 'cause').flatMap(({ values }) => values),
      ...ALERTS.flatMap((alert) => (named.includes(alert.name) ? [alert.cause] : [])),
    ]
    expect(
      causes.filter((cause) => cause === 'orders' || cause === 'security' || cause === 'hub'),
      because,
    ).toEqual([])
  }
  expect(INHIBITIONS.length).toBe(8)
})

test('every route leads to somebody, and every cause is told to one', () => {
  const receivers = RECEIVERS.map(([id]) => id)
  for (const route of [ROUTE, ...ROUTE.routes]) expect(receivers).toContain(route.receiver)
  const toldTo = (alert: (typeof ALERTS)[number]): string =>
    ROUTE.routes.find((route) =>
      route.matchers.every((matcher) => {
        const { label, values } = meant(matcher)
        const own = label === 'cause' ? alert.cause : alert.severity
        return values.includes(own)
      }),
    )?.receiver ?? ROUTE.receiver
  const told = new Map(ALERTS.map((alert) => [alert.name, toldTo(alert)]))
  expect(told.get('BangtinOrderNotShown')).toBe('truc-ban')
  expect(told.get('BangtinDoorOpen')).toBe('an-toan-thong-tin')
  expect(told.get('BangtinScreenDark')).toBe('truc-ban')
  expect(told.get('BangtinDiskFilling')).toBe('ky-thuat')
  expect(told.size).toBe(ALERTS.length)
  expect(Object.keys(FAULTS).length).toBeGreaterThan(KNOWN['fault']?.length ?? 0)
})

test('the committed files are these, and amtool takes them where it is installed', () => {
  expect(readFileSync(file('alertmanager.yml'), 'utf8')).toBe(alertmanagerYaml())
  expect(readFileSync(file('bangtin.tmpl'), 'utf8')).toBe(alertmanagerTemplate())
  // Every template that the configuration names is defined, and every block of the template is closed.
  const named = [...alertmanagerYaml().matchAll(/template \\"([\w.]+)\\"/g)].map((m) => m[1])
  const defined = [...alertmanagerTemplate().matchAll(/\{\{ define "([\w.]+)"/g)].map((m) => m[1])
  expect([...new Set(named)].sort()).toEqual([...defined].sort())
  const opened = alertmanagerTemplate().match(/\{\{-? (define|if|range|with) /g)?.length ?? 0
  expect(alertmanagerTemplate().match(/\{\{-? end/g)?.length).toBe(opened)
  const checked = spawnSync('amtool', ['check-config', file('alertmanager.yml')], { encoding: 'utf8', timeout: 30_000 })
  const missing = checked.error !== undefined && 'code' in checked.error && checked.error.code === 'ENOENT'
  // Debian's prometheus-alertmanager is not on every machine that tests; what it would find is checked by name above.
  if (!missing) expect(`${checked.stdout}${checked.stderr}`).toContain('8 inhibit rules')
})
