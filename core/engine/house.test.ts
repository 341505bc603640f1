import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anItem, aSchedule, siteFacts, verifiedOrder } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { emptyLedger, finishedDays, fold } from '../airtime/ledger.ts'
import { duration, instant, mono, percent } from '../base/units.ts'
import type { StampedRecord } from '../evidence/record.ts'
import type { BrightnessRule, EnergyRule, ScheduleDocument } from '../schedule/document.ts'
import type { SensorValue } from '../screen/sensor.ts'
import type { SiteFacts } from './site.ts'
import type { State } from './state.ts'
import { mainsLost, onBattery } from './supply.ts'
import { type Happening, type RunOptions, runVirtual } from './virtual.ts'

const policy = shippedPolicy()

/** 2026-11-23T00:00+07:00; sunrise 06:23, sunset 17:21 at Lai Châu. */
const MIDNIGHT = instant(Date.UTC(2026, 10, 22, 17, 0, 0))
const HOUR = 3_600_000
const at = (hour: number) => instant(MIDNIGHT + Math.round(hour * HOUR))
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]
const items = [anItem(), anItem({ id: 'C02', asset: { sha256: '2'.repeat(64), bytes: 1, mime: 'image/png' } })]
const BY = { decidedBy: 'svhttdl', reason: '' }
const LAI_CHAU = { latitude: 22.3964, longitude: 103.4703 }

const order = (
  id: string,
  hour: number,
  length: number,
  more: Parameters<typeof verifiedOrder>[0] = {},
): Happening => ({
  at: at(hour),
  event: {
    event: 'order',
    order: verifiedOrder({ id, issuedAt: at(hour), startsAt: at(hour), expiresAt: at(hour + length), ...more }),
  },
})
const says = (hour: number, device: string, ...sensors: readonly SensorValue[]): Happening => ({
  at: at(hour),
  event: { event: 'equipment', device, result: { ok: true, value: sensors } },
})
/** A device that is read every ten seconds. */
const measures = (
  from: number,
  to: number,
  what: SensorValue['what'],
  value: (hour: number, n: number) => number,
): readonly Happening[] =>
  Array.from({ length: Math.round(((to - from) * HOUR) / 10_000) }, (_, n) => {
    const hour = from + (n * 10_000) / HOUR
    return says(hour, `the-${what}`, { what, where: 'mast', value: value(hour, n) })
  })

type Setup = {
  readonly site?: Partial<SiteFacts>
  readonly document?: Partial<ScheduleDocument>
  readonly more?: readonly Happening[]
  /** Hours of that day. */
  readonly from?: number
  readonly hours?: number
  readonly ticks?: RunOptions['ticks']
}
const run = ({ site = {}, document = {}, more = [], from = 7, hours = 12, ticks = 'needed' }: Setup) => {
  const lines: { readonly record: StampedRecord; readonly state: State }[] = []
  const beginning: readonly Happening[] = [
    { at: at(from), event: { event: 'schedule', schedule: aSchedule(items, document) } },
    ...['1', '2'].map(
      (n): Happening => ({ at: at(from), event: { event: 'asset', sha256: n.repeat(64), state: 'present' } }),
    ),
    { at: at(from), event: { event: 'player', what: 'up' } },
  ]
  const { state } = runVirtual({
    site: siteFacts(site),
    policy,
    from: at(from),
    to: at(hours),
    happenings: [...beginning, ...more],
    tickMs: 1_000,
    ticks,
    onRecord: (record, after) => lines.push({ record, state: after }),
  })
  return { records: lines.map((l) => l.record), lines, state }
}
/** Both ways of going through time give the same bytes. */
const runBoth = (setup: Setup) => {
  const needed = run(setup)
  const all = run({ ...setup, ticks: 'all' })
  expect(JSON.stringify(needed.records)).toBe(JSON.stringify(all.records))
  return needed
}

type Of<K extends StampedRecord['kind']> = Extract<StampedRecord, { kind: K }>
const of = <K extends StampedRecord['kind']>(records: readonly StampedRecord[], kind: K) =>
  records.filter((r): r is Of<K> => r.kind === kind)
const hourOf = (record: StampedRecord) => (record.at.wall - MIDNIGHT) / HOUR
/** Every write of brightness, hour and percent. */
const writes = (records: readonly StampedRecord[]) =>
  of(records, 'power').flatMap((r) => {
    const value = /^brightness = (\d+)$/.exec(r.why)?.[1]
    return value === undefined ? [] : [[hourOf(r), Number(value)] as const]
  })
const winners = (records: readonly StampedRecord[]) => of(records, 'verdict').map((v) => v.winner)
const screens = (records: readonly StampedRecord[]) =>
  of(records, 'screen').map((s) => [Math.round(hourOf(s) * 100) / 100, s.lit, s.intended, s.why] as const)
const dayOf = (records: readonly StampedRecord[]) => {
  const end = { wall: at(24.02), mono: mono(24.02 * HOUR), quality: 'synced', bootId: 'virtual' } as const
  const day = finishedDays(records.reduce(fold, emptyLedger(policy)), end)[0]
  if (!day) throw new Error('no day')
  return day
}
const faultsSeen = (lines: readonly { readonly state: State }[]) =>
  new Set(lines.flatMap(({ state }) => Object.keys(state.faults)))

const CURFEW: EnergyRule = {
  rule: { kind: 'curfew' },
  weekdays: EVERY_DAY,
  from: '20:00',
  to: '24:00',
  decidedBy: 'UBND tỉnh',
  source: 'Chỉ thị 20/CT-TTg',
}

describe('energy rules', () => {
  test('a curfew makes it dark by name; an emergency wakes it, and it is dark again afterwards', () => {
    const document = { energy: [CURFEW, { ...CURFEW, rule: { kind: 'dim', most: 40 } as const, from: '18:00' }] }
    const { records } = runBoth({
      document,
      more: [order('O-1', 20.5, 0.25), order('O-2', 20.9, 0.05, { wake: false })],
      from: 17,
      hours: 24.02,
    })
    const after = winners(records.filter((r) => hourOf(r) > 19))
    expect(after).toEqual(['curfew', 'order:O-1', 'curfew', 'quiet-hours'])
    const why = screens(records).find(([hour]) => hour >= 20)?.[3]
    expect(why).toBe('theo Chỉ thị 20/CT-TTg (UBND tỉnh): cấm sáng từ 20:00 đến 24:00')
    expect(
      screens(records)
        .filter(([hour, lit]) => hour > 20.02 && lit === 'lit')
        .map(([hour]) => hour),
    ).toEqual([20.5])
    // 60 % by the window, 40 % from 18:00; the order leaves it so.
    expect(writes(records).map(([, value]) => value)).toEqual([60, 40])
  })

  test('an order’s own brightness outranks dimming, never the limit', () => {
    const document = { energy: [{ ...CURFEW, rule: { kind: 'dim', most: 20 } as const, from: '06:00' }] }
    const { records } = runBoth({ document, more: [order('O-1', 9, 0.5, { brightness: 100 })], hours: 10 })
    expect(writes(records).map(([, value]) => value)).toEqual([20, 90, 20])
  })

  test('a holiday has a calendar of its own', () => {
    const dates = { from: '2026-11-23', to: '2026-11-23' }
    const window = { weekdays: EVERY_DAY, from: '06:30', to: '21:00', brightness: 60 }
    const { records } = runBoth({
      document: { power: [window, { ...window, dates, from: '08:00', to: '10:00', brightness: 30 }] },
      hours: 11,
    })
    expect(screens(records).map(([hour, lit]) => `${hour} ${lit}`)).toEqual([
      '7 unknown',
      '7 dark',
      '8 dark',
      '8 lit',
      '8 lit',
      '10 unknown',
      '10 dark',
    ])
    expect(writes(records).map(([, value]) => value)).toEqual([30])
  })
})

const SUN: BrightnessRule = {
  by: { way: 'sun', day: 85, night: 20, twilightMs: HOUR },
  nightCap: { most: 30, from: '18:00', to: '06:00' },
  ...BY,
}
const ALWAYS_ON = [{ weekdays: EVERY_DAY, from: '00:00', to: '24:00', brightness: 60 }]

describe('brightness by the sun', () => {
  test('follows sunrise and sunset, at most one write a minute, night cap kept', () => {
    const { nightCap: _, ...free } = SUN
    const site = { location: LAI_CHAU }
    const { records, state } = runBoth({ site, document: { power: ALWAYS_ON, brightness: free }, from: 16, hours: 19 })
    const list = writes(records)
    // 85 % to 20 % in an hour; two of these steps fall into one minute now and then.
    expect(list.length).toBeGreaterThan(55)
    expect(list.length).toBeLessThanOrEqual(62)
    list.forEach(([hour, value], i) => {
      const before = list[i - 1]
      if (before) expect((hour - before[0]) * 60).toBeGreaterThan(0.99)
      if (before) expect(value).toBeLessThan(before[1])
    })
    expect(list[0]?.[1]).toBe(85)
    expect(list.at(-1)?.[1]).toBe(20)
    // What was written is known to the energy estimate within five points or five minutes, and costs few records.
    const seen = of(records, 'screen')
    expect(seen.length).toBeGreaterThan(8)
    expect(seen.length).toBeLessThan(20)
    expect(state.screen.brightness).toBeLessThan(25)
    const capped = run({ site, document: { power: ALWAYS_ON, brightness: SUN }, from: 16, hours: 19 })
    expect(writes(capped.records).map(([, value]) => value)).toEqual([85, 30, 29, 28, 27, 25, 24, 23, 22, 21, 20])
  })

  test('whatever orders ask for, never above the limit; without an order never above the night cap', () => {
    const given = fc.array(
      fc.record({
        hour: fc.integer({ min: 16, max: 18 }),
        length: fc.constantFrom(0.1, 0.5, 1.5),
        brightness: fc.option(fc.integer({ min: 0, max: 100 }), { nil: null }),
      }),
      { maxLength: 4 },
    )
    fc.assert(
      fc.property(given, fc.integer({ min: 10, max: 100 }), (orders, limit) => {
        const { lines } = run({
          site: { location: LAI_CHAU, brightnessLimit: percent(limit) },
          document: { power: ALWAYS_ON, brightness: SUN },
          more: orders.map((o, i) => order(`O-${i}`, o.hour, o.length, { brightness: o.brightness })),
          from: 16,
          hours: 19,
        })
        let checked = 0
        for (const { record, state } of lines) {
          const value = record.kind === 'power' ? /^brightness = (\d+)$/.exec(record.why)?.[1] : undefined
          if (value === undefined) continue
          checked++
          expect(Number(value)).toBeLessThanOrEqual(limit)
          const isNight = hourOf(record) < 6.37 || hourOf(record) > 17.37
          if (isNight && state.playing?.claim.order == null) expect(Number(value)).toBeLessThanOrEqual(30)
        }
        expect(checked).toBeGreaterThan(0)
      }),
      { numRuns: 8 },
    )
  })
})

describe('brightness by the light sensor', () => {
  const SENSOR: BrightnessRule = {
    by: {
      way: 'sensor',
      curve: [
        { lux: 0, percent: 10 },
        { lux: 10_000, percent: 80 },
      ],
      hysteresis: 5,
      settleMs: 60_000,
    },
    ...BY,
  }
  const document = { power: ALWAYS_ON, brightness: SENSOR }

  test('noisy light writes seldom; a dead sensor is said once, and the sun takes over', () => {
    const noise = (n: number) => 1000 * (n % 7 === 3 ? 8 : 1) * (1 + (n % 3) / 20)
    const { records, lines } = runBoth({
      site: { location: LAI_CHAU },
      document,
      more: [...measures(8, 9, 'light', (_, n) => noise(n)), ...measures(9, 9.5, 'light', () => 9_900)],
      hours: 11,
    })
    const list = writes(records.filter((r) => hourOf(r) >= 8))
    // Headlights every 70 s: nothing. Brighter for good: once. Dead after 9.5 h: the sun.
    expect(list.map(([, value]) => value)).toEqual([63, 80])
    expect(of(records, 'incident').map((i) => [i.what, Math.round(hourOf(i) * 100) / 100])).toEqual([
      ['light-sensor', 7.02],
      ['light-sensor', 8],
      ['light-sensor', 9.51],
    ])
    expect(faultsSeen(lines)).toContain('light-sensor-lost')
  })

  test('without a place a dead sensor leaves the power window', () => {
    const { records } = runBoth({ document, more: measures(8, 8.1, 'light', () => 0), hours: 8.5 })
    expect(writes(records).map(([, value]) => value)).toEqual([60, 10, 60])
  })
})

describe('heat', () => {
  const site = {
    thermal: { dimAt: 60, dimTo: percent(25), darkAt: 70, emergencyDarkAt: 85, hysteresis: 5 },
  } satisfies Partial<SiteFacts>
  /** Up by 1 °C in 100 s from 8 to 9 h, then down again. */
  const hill = (hour: number) => (hour < 9 ? 50 + (hour - 8) * 36 : 86 - (hour - 9) * 36)

  test('dims, darkens, spares an emergency up to the hard limit, and comes back cooler by the hysteresis', () => {
    const { records, lines } = runBoth({
      site,
      more: [...measures(7, 8, 'temperature', () => 40), ...measures(8, 10, 'temperature', hill), order('O-1', 8.7, 1)],
      hours: 10,
    })
    expect(writes(records).map(([, value]) => value)).toEqual([60, 25, 60])
    const after = winners(records.filter((r) => hourOf(r) > 8))
    // 70 °C at 8.56 h: dark. The emergency at 8.7 h. 85 °C: dark. 80 °C again: the emergency. It ends at 9.7 h, when it is 61 °C.
    expect(after.filter((w, i) => i === 0 || after[i - 1] !== w).filter((w) => !w.startsWith('normal'))).toEqual([
      'thermal',
      'order:O-1',
      'thermal',
      'order:O-1',
    ])
    expect(faultsSeen(lines)).toContain('over-temperature-dark')
    const dark = of(records, 'screen').filter((s) => s.lit === 'dark' && s.why.includes('quá nóng'))
    expect(dark.length).toBeGreaterThan(0)
    expect(dark.every((s) => !s.intended)).toBe(true)
    const heat = of(records, 'incident').filter((i) => i.what === 'heat')
    expect(heat.map((i) => i.detail.replace(/^.*: /, '').slice(0, 8))).toEqual([
      'giảm sán',
      'tắt hình',
      'tắt hình',
      'tắt hình',
      'giảm sán',
      'trở lại ',
    ])
  })

  test('time dark by heat is faulted, neither displaced nor dark on purpose; at night it is night', () => {
    const { records } = runBoth({ site, more: measures(7, 11.9, 'temperature', (h) => (h > 8 ? 75 : 40)) })
    const morning = dayOf(records).periods.find((p) => p.period === 'morning')
    expect(morning).toMatchObject({ displaced: 0 })
    expect(morning?.faulted).toBeGreaterThan(3.8 * HOUR)
    expect(morning?.faults.display).toBeGreaterThan(3.8 * HOUR)
    const night = run({ site, more: measures(20, 22, 'temperature', () => 75), from: 20, hours: 22 })
    expect(screens(night.records).at(-1)?.slice(1)).toEqual(['dark', true, 'ngoài giờ bật màn hình'])
  })

  test('a thermometer that says nothing any more: nothing is done, and it is said', () => {
    const { records, lines } = runBoth({ site, more: measures(7, 8, 'temperature', () => 75), hours: 9 })
    expect(winners(records.filter((r) => hourOf(r) > 8.05)).filter((w) => w === 'thermal')).toEqual([])
    expect(screens(records).at(-1)?.[1]).toBe('lit')
    expect(faultsSeen(lines.slice(-3))).toContain('temperature-unknown')
  })

  test('one sample of one of three sensors takes no emergency off the screen; an absurd one is unknown, and said', () => {
    const three = (hour: number, middle: number): Happening =>
      says(
        hour,
        'the-wall',
        ...[41, middle, 42].map((value, i) => ({ what: 'temperature' as const, where: `s${i}`, value })),
      )
    const readings = (from: number, to: number, wild: ReadonlyMap<number, number>) =>
      Array.from({ length: Math.round(((to - from) * HOUR) / 10_000) }, (_, n) =>
        three(from + (n * 10_000) / HOUR, wild.get(n) ?? 40),
      )
    const wild = new Map([
      [60, 127],
      [90, 100],
      [120, -127],
    ])
    const { records, lines } = runBoth({ site, more: [order('O-1', 7.1, 1), ...readings(7, 8, wild)], hours: 7.9 })
    expect(winners(records.filter((r) => hourOf(r) > 7.11))).toEqual([])
    expect(of(records, 'incident').flatMap((i) => (i.what === 'heat' ? [i.detail] : []))).toEqual([
      expect.stringContaining('100 °C (the-wall s1): giảm sáng'),
      expect.stringContaining('trở lại bình thường'),
    ])
    expect(faultsSeen(lines)).toContain('temperature-unknown')
    expect(faultsSeen(lines)).not.toContain('over-temperature-dark')
    expect(
      winners(
        runBoth({
          site,
          more: [
            order('O-1', 7.1, 1),
            ...readings(
              7,
              8,
              new Map([
                [90, 100],
                [91, 99],
              ]),
            ),
          ],
          hours: 7.9,
        }).records,
      ),
    ).toContain('thermal')
  })

  test('no test pattern lights what heat keeps dark', () => {
    const { state } = run({
      site,
      more: [
        ...measures(7, 9, 'temperature', () => 75),
        { at: at(8.5), event: { event: 'technician', person: 'kt', pattern: 'red', forMs: 3_600_000 } },
      ],
      hours: 8.9,
    })
    expect(state.display.observed?.blackout).toBe(true)
  })
})

describe('mains, battery, generator', () => {
  const site = { onBattery: { most: percent(30), darkAfter: duration(600_000) } } satisfies Partial<SiteFacts>
  const mains = (hour: number, value: boolean) => says(hour, 'gpio', { what: 'mains', where: 'mains', value })

  /** The pin is told again every minute. */
  const gone = (from: number, to: number) =>
    Array.from({ length: Math.round((to - from) * 60) }, (_, n) => mains(from + n / 60, false))

  test('a contact box that says nothing any more keeps no screen dark, and mains is still known to be gone', () => {
    const { records, state } = runBoth({ site, more: gone(8, 8.5), hours: 9 })
    expect(winners(records.filter((r) => hourOf(r) > 8 && hourOf(r) < 8.5))).toContain('mains')
    expect(screens(records).at(-1)?.[1]).toBe('lit')
    expect(writes(records).map(([, value]) => value)).toEqual([60, 30, 60])
    expect([mainsLost(state), onBattery(state)]).toEqual([true, false])
  })

  test('dimmed at once, dark after a while unless an order has the screen; back with mains', () => {
    const { records, lines, state } = runBoth({
      site,
      more: [mains(7.01, true), ...gone(8, 10), order('O-1', 9, 0.5), mains(10, true)],
      hours: 11,
    })
    expect(writes(records).map(([, value]) => value)).toEqual([60, 30, 60])
    const after = winners(records.filter((r) => hourOf(r) > 8)).filter((w) => w === 'mains' || w.startsWith('order'))
    expect(after).toEqual(['mains', 'order:O-1', 'mains'])
    const dark = screens(records).filter(([, lit, , why]) => lit === 'dark' && why.includes('điện lưới'))
    expect(dark.map(([hour, , intended]) => [hour, intended])).toEqual([
      [8.17, false],
      [9.5, false],
    ])
    expect(
      of(records, 'sensor')
        .filter((s) => s.what === 'mains')
        .map((s) => [s.what, s.value, s.state]),
    ).toEqual([
      ['mains', false, 'warning'],
      ['mains', true, 'normal'],
    ])
    expect(lines.filter(({ state }) => mainsLost(state)).every(({ state }) => 'mains-lost' in state.faults)).toBe(true)
    expect(mainsLost(state)).toBe(false)
    const { records: lost } = run({ site, more: [...gone(8, 10), mains(10, true)] })
    const morning = dayOf(lost).periods.find((p) => p.period === 'morning')
    expect(morning).toMatchObject({ dark: 0, displaced: 0 })
    expect(morning?.faults.display).toBeGreaterThan(1.8 * HOUR)
  })

  test('a generator spares the battery, the UPS has the last word, and a low battery is a fault', () => {
    const told = (...sensors: readonly SensorValue[]) =>
      run({ site, more: [says(7.01, 'box', ...sensors)], hours: 7.02 }).state
    const value = (what: SensorValue['what'], v: boolean | number): SensorValue => ({ what, where: 'box', value: v })
    const gone = value('mains', false)
    const table = [
      [[value('mains', true)], false, false, []],
      [[gone], true, true, ['mains-lost']],
      [[gone, value('generator', true)], true, false, ['mains-lost']],
      [[gone, value('generator', false)], true, true, ['mains-lost']],
      [[value('battery', true), value('charge', 12)], true, true, ['battery-low', 'mains-lost']],
      [[value('battery', false), value('charge', 90)], false, false, []],
    ] as const
    for (const [sensors, lost, battery, faults] of table) {
      const state = told(...sensors)
      expect(mainsLost(state)).toBe(lost)
      expect(onBattery(state)).toBe(battery)
      expect(
        Object.keys(state.faults)
          .filter((f) => f === 'mains-lost' || f === 'battery-low')
          .sort(),
      ).toEqual(faults)
    }
    expect(told(gone, value('generator', true)).faults['mains-lost']).toContain('generator runs')
  })
})

test('a sensor that sees the panel dark contradicts a lit screen, after two minutes, and takes it back', () => {
  const site = { panelLight: { device: 'the-light', darkBelow: 2, litAbove: 10 } }
  const { records, lines } = runBoth({
    site,
    more: measures(8, 9, 'light', (hour) => (hour > 8.2 && hour < 8.4 ? 0.5 : hour > 8.6 && hour < 8.62 ? 0 : 200)),
    hours: 9,
  })
  const seen = screens(records.filter((r) => hourOf(r) > 8))
  expect(seen.map(([, lit, intended]) => [lit, intended])).toEqual([
    ['dark', false],
    ['lit', true],
  ])
  expect(seen.map(([hour]) => hour)).toEqual([8.24, 8.4])
  expect(faultsSeen(lines)).toContain('panel-dark')
})

/** More of them in a soak. */
const RUNS = Number(process.env['BANGTIN_RUNS'] ?? 3)

test('whatever the rules and the sensors: no tick is left out that mattered, and no cap is passed', () => {
  const hour = fc.integer({ min: 16_000, max: 18_900 }).map((h) => h / 1000)
  const sensor = fc.oneof(
    fc.tuple(fc.constant('light' as const), fc.integer({ min: 0, max: 20_000 })),
    fc.tuple(fc.constant('temperature' as const), fc.integer({ min: 40, max: 95 })),
    fc.tuple(fc.constantFrom('mains', 'battery', 'generator'), fc.boolean()),
  )
  const happening = fc.oneof(
    fc.tuple(hour, sensor).map(([h, [what, value]]) => says(h, `the-${what}`, { what, where: 'x', value })),
    fc
      .tuple(hour, fc.constantFrom(0.05, 0.4), fc.option(fc.integer({ min: 0, max: 100 }), { nil: null }), fc.boolean())
      .map(([h, length, brightness, wake]) => order(`O-${h}`, h, length, { brightness, wake })),
    hour.map(
      (h): Happening => ({ at: at(h), event: { event: 'technician', person: 'kt', pattern: 'red', forMs: 90_500 } }),
    ),
  )
  const sensorWay: BrightnessRule['by'] = {
    way: 'sensor',
    curve: [
      { lux: 0, percent: 10 },
      { lux: 10_000, percent: 100 },
    ],
    hysteresis: 3,
    settleMs: 45_000,
  }
  const setup = fc.record({
    rule: fc.constantFrom<BrightnessRule | null>(SUN, { ...SUN, by: sensorWay }, null),
    dim: fc.integer({ min: 0, max: 100 }),
    darkAfter: fc.constantFrom(0, 90_500, 600_000),
    located: fc.boolean(),
    more: fc.array(happening, { minLength: 1, maxLength: 12 }),
  })
  fc.assert(
    fc.property(setup, ({ rule, dim, darkAfter, located, more }) => {
      const site: Partial<SiteFacts> = {
        location: located ? LAI_CHAU : null,
        brightnessLimit: percent(88),
        thermal: { dimAt: 60, dimTo: percent(25), darkAt: 70, emergencyDarkAt: 85, hysteresis: 5 },
        onBattery: { most: percent(30), darkAfter: duration(darkAfter) },
      }
      const energy: readonly EnergyRule[] = [
        { ...CURFEW, from: '18:20', to: '18:40' },
        { ...CURFEW, rule: { kind: 'dim', most: dim } as const, from: '17:00' },
      ]
      const document: Partial<ScheduleDocument> = {
        energy: [...energy],
        ...(rule === null ? {} : { brightness: rule }),
      }
      const { lines } = runBoth({ site, document, more, from: 16, hours: 19 })
      for (const { record, state } of lines) {
        const value = record.kind === 'power' ? /^brightness = (\d+)$/.exec(record.why)?.[1] : undefined
        if (value !== undefined) expect(Number(value)).toBeLessThanOrEqual(state.house.heat === 'cool' ? 88 : 25)
      }
    }),
    { numRuns: RUNS },
  )
}, 600_000)
