import { expect, test } from 'vitest'
import { type EdgeConfig, parseConfig } from './config.ts'

const good = {
  site: {
    id: 'LC-MLT-01',
    name: 'Ma Lù Thàng',
    clusterClass: 'BORDER_GATE',
    unitCode: '03549',
    panel: { width: 960, height: 320 },
    exerciseMode: false,
    outdoors: true,
    audio: false,
  },
  dataDir: 'data',
  policy: 'policy.json',
  controller: null,
  player: { output: 'null' },
  hub: null,
  web: { port: 0 },
}

test('defaults are filled in and paths are taken relative to the file', () => {
  const parsed = parseConfig('/etc/bangtin/edge.json', JSON.stringify(good))
  expect(parsed.ok).toBe(true)
  const config = (parsed as { value: EdgeConfig }).value
  expect(config.dataDir).toBe('/etc/bangtin/data')
  expect(config.web).toEqual({ host: '127.0.0.1', port: 0, names: [] })
  expect(config.clock).toBe('strict')
  expect(config.house).toEqual({ location: null, watts: null, thermal: null, onBattery: null, panelLight: null })
})

test('what display and cabinet can bear, with its defaults', () => {
  const location = { latitude: 22.3964, longitude: 103.4703 }
  const house = {
    energy: { fullWatts: 8000, idleWatts: 900 },
    thermal: { dimAt: 60, dimTo: 40, darkAt: 70 },
    onBattery: { most: 30, darkAfterSeconds: 600 },
    panelLight: { device: 'mat', darkBelow: 2, litAbove: 10 },
    equipment: [{ name: 'mat', profile: 'x.json', link: { kind: 'tcp', host: 'h', port: 1 } }],
  }
  const parsed = parseConfig('edge.json', JSON.stringify({ ...good, ...house, site: { ...good.site, location } }))
  expect(parsed).toMatchObject({
    ok: true,
    value: {
      house: {
        location,
        watts: { full: 8000, idle: 900 },
        thermal: { dimAt: 60, dimTo: 40, darkAt: 70, emergencyDarkAt: 80, hysteresis: 5 },
        onBattery: { most: 30, darkAfter: 600_000 },
        panelLight: { device: 'mat', darkBelow: 2, litAbove: 10 },
      },
    },
  })
})

test('a controller that holds the content: nothing is agreed unless it is written', () => {
  for (const [player, fallback] of [
    [{ output: 'onboard' }, 'refuse'],
    [{ output: 'onboard', fallback: 'unmarked' }, 'unmarked'],
  ] as const) {
    const parsed = parseConfig('edge.json', JSON.stringify({ ...good, player }))
    expect(parsed).toMatchObject({ ok: true, value: { player: { output: 'onboard', fallback } } })
  }
})

const pin = (name: string, line: number) => ({
  what: 'door',
  line: { name, at: { label: 'pinctrl-rp1', line }, direction: 'in', activeLow: true, bias: 'pull-up', debounceMs: 50 },
})
const relayPin = (line: number) => ({
  name: 'lamp',
  at: { line, label: 'pinctrl-rp1' },
  direction: 'out',
  activeLow: false,
  bias: 'as-is',
  initial: false,
  safe: false,
})
const wrong: readonly (readonly [string, unknown, RegExp])[] = [
  [
    'a latitude beyond the pole',
    { ...good, site: { ...good.site, location: { latitude: 91, longitude: 0 } } },
    /^edge\.json: \/site\/location\/latitude/,
  ],
  [
    'idle above full power',
    { ...good, energy: { fullWatts: 100, idleWatts: 200 } },
    /^edge\.json: \/energy\/idleWatts: .*more than fullWatts/,
  ],
  [
    'dark before dim',
    { ...good, thermal: { dimAt: 70, dimTo: 30, darkAt: 60 } },
    /^edge\.json: \/thermal\/darkAt: .*above dimAt/,
  ],
  [
    'an emergency that goes dark first',
    { ...good, thermal: { dimAt: 50, dimTo: 30, darkAt: 60, emergencyDarkAt: 55 } },
    /^edge\.json: \/thermal\/emergencyDarkAt: .*last to go/,
  ],
  [
    'an unknown key of heat',
    { ...good, thermal: { dimAt: 50, dimTo: 30, darkAt: 60, fan: 1 } },
    /\/thermal\/fan: unknown key/,
  ],
  [
    'panel thresholds the wrong way round',
    { ...good, panelLight: { device: 'mat', darkBelow: 10, litAbove: 2 } },
    /^edge\.json: \/panelLight\/litAbove/,
  ],
  [
    'a panel sensor nobody knows',
    { ...good, panelLight: { device: 'mat', darkBelow: 1, litAbove: 2 } },
    /^edge\.json: \/panelLight\/device: .*no device mat/,
  ],
  ['an unknown key', { ...good, colour: 'red' }, /^edge\.json: \/colour: unknown key/],
  ['an unknown key inside', { ...good, site: { ...good.site, x: 1 } }, /^edge\.json: \/site\/x: unknown key/],
  ['a missing key', { ...good, policy: undefined }, /^edge\.json: \/.*policy/],
  [
    'a width of a toaster',
    { ...good, site: { ...good.site, panel: { width: 3, height: 320 } } },
    /\/site\/panel\/width/,
  ],
  ['a display for null output', { ...good, player: { output: 'null', display: ':1' } }, /\/player\/display/],
  ['plain http to elsewhere', { ...good, hub: { url: 'http://hub.example' } }, /\/hub\/url: must be https/],
  ['a hub url with a path', { ...good, hub: { url: 'https://hub.example/x' } }, /\/hub\/url/],
  ['a fallback for mpv', { ...good, player: { output: 'null', fallback: 'unmarked' } }, /\/player\/fallback: only/],
  ['an unknown fallback', { ...good, player: { output: 'onboard', fallback: 'any' } }, /\/player\/fallback/],
  ['mpv arguments without mpv', { ...good, player: { output: 'onboard', extraArgs: ['--x'] } }, /\/player\/extraArgs/],
  ['a display without mpv', { ...good, player: { output: 'onboard', display: ':1' } }, /\/player\/display/],
  [
    'an mpv argument that is none',
    { ...good, player: { output: 'null', extraArgs: ['rm -rf'] } },
    /\/player\/extraArgs\/0/,
  ],
  [
    'one pin for two inputs',
    { ...good, gpio: { inputs: [pin('door', 17), pin('smoke', 17)] } },
    /^edge\.json: \/gpio\/inputs\/1\/line\/at: chân .*17 đã dùng ở \/gpio\/inputs\/0\/line\/at.* change one of them$/,
  ],
  [
    'one pin in and out',
    { ...good, gpio: { inputs: [pin('door', 17)], outputs: [relayPin(17)] } },
    /\/gpio\/outputs\/0\/at: chân .*17 đã dùng ở \/gpio\/inputs\/0\/line\/at/,
  ],
]
test.each(wrong)('%s is refused with file, place and reason', (_name, document, expected) => {
  const parsed = parseConfig('edge.json', JSON.stringify(document))
  expect(parsed.ok ? '' : parsed.error).toMatch(expected)
})

test('pins of their own are fine', () => {
  const gpio = { inputs: [pin('door', 17), pin('smoke', 18)], outputs: [relayPin(19)] }
  expect(parseConfig('edge.json', JSON.stringify({ ...good, gpio }))).toMatchObject({ ok: true })
})

test('text that is no JSON names the fault', () => {
  const parsed = parseConfig('edge.json', '{"site":')
  expect(parsed.ok ? '' : parsed.error).toMatch(/^edge\.json: \/: not JSON/)
})

test('pitch and viewing distance of the panel may be given, within what panels are', () => {
  const withPanel = (panel: object) =>
    parseConfig('/etc/bangtin/edge.json', JSON.stringify({ ...good, site: { ...good.site, panel } }))
  const size = { width: 960, height: 320 }
  for (const facts of [{}, { pitchMm: 6.25 }, { pitchMm: 6.25, viewingDistanceM: 25 }])
    expect(withPanel({ ...size, ...facts })).toMatchObject({
      ok: true,
      value: { site: { panel: { ...size, ...facts } } },
    })
  for (const wrong of [{ pitchMm: 0 }, { viewingDistanceM: 5000 }, { pitch: 5 }])
    expect(withPanel({ ...size, ...wrong }).ok, JSON.stringify(wrong)).toBe(false)
})
