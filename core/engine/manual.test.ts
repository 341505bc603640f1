import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { anItem, aSchedule, siteFacts, verifiedOrder } from '../../test/build.ts'
import { awake, drive, PANEL, settled, shippedPolicy, woke } from '../../test/drive.ts'
import { emptyLedger } from '../airtime/ledger.ts'
import { percent } from '../base/units.ts'
import { STANDING } from '../claim/arbitrate.ts'
import type { Claim } from '../claim/claim.ts'
import type { Chart } from '../screen/chart.ts'
import { MANUAL_MOST_MS, type ManualWish } from '../screen/manual.ts'
import { takenBy } from './manual.ts'
import { desire } from './screen.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** The builder's power window is 06:30 to 21:00; 0 is 08:00. */
const NIGHT = 13.5 * HOUR
const AN = 'Lò Văn An'
const FRAME: Chart = { name: 'frame', modules: { columns: 1, rows: 1 }, module: null }
const CHART: ManualWish = { what: 'chart', chart: FRAME }
const DIM: ManualWish = { what: 'brightness', percent: percent(20) }
const INPUT: ManualWish = { what: 'input', input: 'dvi' }
const FAN: ManualWish = { what: 'relay', relay: 'quat', on: true }
const RELAYS = [{ name: 'quat', rest: false }]

type It = ReturnType<typeof drive>
const ask = (it: It, at: number, wish: ManualWish, forMs = 5 * MINUTE) =>
  it.give(at, { event: 'manual', person: AN, wish, forMs })
const said = (it: It): readonly string[] =>
  it.records().flatMap((r) => (r.kind === 'access' && r.what === 'manual' ? [r.detail] : []))
const relays = (effects: It['done']) => effects.flatMap((e) => (e.effect === 'relay' ? [`${e.relay} ${e.on}`] : []))
const site = (more: Parameters<typeof siteFacts>[0] = {}) => awake(aSchedule([anItem()]), siteFacts(more))

describe('manual control', () => {
  it('a chart takes the screen from the schedule, is evidence, and gives it back by itself', () => {
    const it = site()
    const effects = ask(it, SECOND, CHART, MINUTE)
    expect(it.shows(effects)).toMatchObject([{ scene: 'chart', chart: FRAME }])
    expect(it.records(effects).map((r) => r.kind)).toEqual(['access', 'verdict', 'close', 'open'])
    expect(it.records(effects).find((r) => r.kind === 'open')).toMatchObject({ item: 'chart:frame', counts: false })
    it.give(MINUTE, { event: 'tick' })
    expect(it.state().playing?.scene.scene).toBe('chart')
    const back = it.give(SECOND + MINUTE, { event: 'tick' })
    expect(it.shows(back)).toMatchObject([{ scene: 'item' }])
    expect(said(it)).toEqual(['chart = frame, 60 s', expect.stringContaining('given back by itself')])
  })

  it('brightness is held under every cap, an input is asked for and is not called lit', () => {
    const it = site({ brightnessLimit: percent(80), input: 'hdmi' })
    ask(it, SECOND, { what: 'brightness', percent: percent(100) })
    expect(desire(it.state()).brightness).toBe(80)
    ask(it, 2 * SECOND, DIM)
    expect(desire(it.state()).brightness).toBe(20)
    ask(it, 3 * SECOND, INPUT)
    expect(desire(it.state()).input).toBe('dvi')
    settled(it, 3_100)
    it.give(4_000, { event: 'display-observed', result: { ok: true, value: { ...PANEL, input: 'dvi' } } })
    expect(it.state().screen).toMatchObject({ lit: 'unknown', intended: true })
    it.give(5_000, { event: 'manual-end', person: 'B', key: null })
    expect(it.state().manual).toEqual([])
    expect(desire(it.state()).input).toBe('hdmi')
  })

  it('a chart lights the screen in quiet hours, and the dark comes back', () => {
    const it = site()
    it.give(NIGHT, { event: 'tick' })
    expect(desire(it.state()).blackout).toBe(true)
    ask(it, NIGHT + SECOND, CHART, MINUTE)
    expect(desire(it.state()).blackout).toBe(false)
    it.give(NIGHT + 2 * MINUTE, { event: 'tick' })
    expect(desire(it.state()).blackout).toBe(true)
  })

  it('an emergency ends all of it in the step in which it comes, and nothing comes back after it', () => {
    const it = site({ relays: RELAYS, input: 'hdmi' })
    for (const [i, wish] of [CHART, DIM, INPUT, FAN].entries()) ask(it, (i + 1) * SECOND, wish, HOUR)
    expect(it.state().manual).toHaveLength(4)
    const effects = it.give(9 * SECOND, { event: 'order', order: verifiedOrder({ brightness: percent(90) }) })
    expect(effects[0]).toMatchObject({ effect: 'show', scene: { scene: 'order' } })
    expect(it.state().manual).toEqual([])
    expect(relays([...effects])).toEqual(['quat false'])
    expect(desire(it.state())).toMatchObject({ brightness: 90, testPattern: 'none' })
    // While it is on nothing is taken.
    ask(it, 10 * SECOND, CHART)
    ask(it, 10 * SECOND, FAN)
    expect(it.state().manual).toEqual([])
    expect(said(it).at(-1)).toContain('refused')
  })

  it('another order outranks a chart without ending it', () => {
    const it = site()
    ask(it, SECOND, CHART, HOUR)
    const effects = it.give(2 * SECOND, { event: 'order', order: verifiedOrder({ class: 'priority', wake: false }) })
    expect(it.shows(effects)).toMatchObject([{ scene: 'order' }])
    expect(it.state().manual).toHaveLength(1)
  })

  it('a chart that cannot be drawn is given back, with the reason', () => {
    const it = site()
    ask(it, SECOND, CHART, HOUR)
    const play = it.state().playing?.play ?? ''
    it.give(2 * SECOND, { event: 'player', what: 'failed', play, detail: 'no room' })
    expect(it.state().manual).toEqual([])
    expect(it.state().playing?.scene.scene).toBe('item')
    expect(said(it).at(-1)).toContain('no room')
  })

  it('an emergency that waits behind a hot cabinet is one: nobody takes its power away', () => {
    const it = site()
    it.give(SECOND, { event: 'order', order: verifiedOrder() })
    const { verdict } = it.state()
    const thermal = { ...STANDING, id: 'thermal', rank: 'safety-blank' } as const
    const winner = verdict?.winner ?? STANDING
    expect(winner.rank).toBe('emergency')
    const behind = (displaced: readonly Claim[]) =>
      takenBy({ ...it.state(), verdict: { winner: thermal, displaced, restrictions: [] } })
    expect([behind([winner]), behind([STANDING])]).toEqual([winner.id, null])
  })

  it('what the site does not have is refused, with the reason', () => {
    const it = drive(siteFacts({ hasController: false }))
    it.give(0, { ...woke, ledger: emptyLedger(shippedPolicy()) })
    for (const wish of [DIM, INPUT, FAN, { what: 'power-off' } as const]) ask(it, SECOND, wish)
    expect(it.state().manual).toEqual([])
    expect(said(it)).toHaveLength(4)
    expect(said(it).every((line) => line.includes('refused'))).toBe(true)
    const holder = site({ onboard: true })
    ask(holder, SECOND, CHART)
    expect(holder.state().manual).toEqual([])
  })
})

describe('relays', () => {
  it('are set to rest at every start, and given back at the end of their time', () => {
    const it = drive(siteFacts({ relays: RELAYS }))
    const started = it.give(0, { ...woke, ledger: emptyLedger(shippedPolicy()) })
    expect(relays([...started])).toEqual(['quat false'])
    expect(relays([...ask(it, SECOND, FAN, MINUTE)])).toEqual(['quat true'])
    it.give(2 * SECOND, { event: 'relay', relay: 'quat', on: true, fault: null })
    expect(it.state().relays['quat']).toMatchObject({ want: true, is: true })
    expect(relays([...it.give(2 * MINUTE, { event: 'tick' })])).toEqual(['quat false'])
  })
  it('one that does not follow is tried again and is an incident once', () => {
    const it = drive(siteFacts({ relays: RELAYS }))
    it.give(0, { ...woke, ledger: emptyLedger(shippedPolicy()) })
    ask(it, SECOND, FAN, MINUTE)
    const tries: string[] = []
    for (let at = 2; at < 40; at++) {
      const effects = it.give(at * SECOND, { event: 'tick' })
      tries.push(...relays([...effects]))
      for (const e of effects)
        if (e.effect === 'relay')
          it.give(at * SECOND + 1, { event: 'relay', relay: e.relay, on: e.on, fault: 'timeout: x' })
      if (at === 2) it.give(2_001, { event: 'relay', relay: 'quat', on: true, fault: 'timeout: x' })
    }
    expect(tries.length).toBeGreaterThanOrEqual(5)
    expect(new Set(tries)).toEqual(new Set(['quat true']))
    expect(it.records().filter((r) => r.kind === 'incident' && r.what === 'relay')).toHaveLength(1)
  })
})

test('whatever is asked and whatever happens: held by a person for an hour at most, never beside an emergency, and given back', () => {
  const wish = fc.constantFrom<ManualWish>(CHART, DIM, INPUT, FAN, { what: 'power-off' })
  const act = fc.oneof(
    fc.record({ do: fc.constant('ask' as const), wish, ms: fc.integer({ min: -5, max: 5 * HOUR }) }),
    fc.record({ do: fc.constant('end' as const) }),
    fc.record({ do: fc.constantFrom('order' as const, 'cancel' as const, 'blank' as const, 'tick' as const) }),
  )
  const checked = { steps: 0, emergencies: 0 }
  fc.assert(
    fc.property(fc.array(fc.tuple(act, fc.integer({ min: 1, max: 20 * MINUTE })), { maxLength: 20 }), (acts) => {
      const it = site({ relays: RELAYS, brightnessLimit: percent(70), input: 'hdmi' })
      let at = SECOND
      for (const [i, [one, pause]] of acts.entries()) {
        at += pause
        if (one.do === 'ask') ask(it, at, one.wish, one.ms)
        if (one.do === 'end') it.give(at, { event: 'manual-end', person: AN, key: null })
        if (one.do === 'order') it.give(at, { event: 'order', order: verifiedOrder({ id: `O-${i}` }) })
        if (one.do === 'blank') it.give(at, { event: 'blank', person: AN, reason: 'maintenance', forMs: 10 * MINUTE })
        it.give(at, { event: 'tick' })
        const { manual, verdict, now } = it.state()
        checked.steps += 1
        for (const on of manual) {
          expect(on.until - now.mono).toBeLessThanOrEqual(MANUAL_MOST_MS)
          expect(on.until).toBeGreaterThan(now.mono)
        }
        if (verdict?.winner.rank === 'emergency' || verdict?.winner.rank === 'safety-blank') {
          checked.emergencies += 1
          expect(manual).toEqual([])
        }
        expect(desire(it.state()).brightness).toBeLessThanOrEqual(70)
      }
      it.give(at + MANUAL_MOST_MS, { event: 'tick' })
      expect(it.state().manual).toEqual([])
      expect(it.state().relays['quat']?.want).toBe(false)
    }),
    { numRuns: 60 },
  )
  expect(checked.steps).toBeGreaterThan(100)
  expect(checked.emergencies).toBeGreaterThan(10)
})
