import { describe, expect, it } from 'vitest'
import { anItem, aSchedule, MONDAY_8, readingAt, siteFacts, verifiedOrder } from '../../test/build.ts'
import { PANEL, shippedPolicy } from '../../test/drive.ts'
import { emptyLedger } from '../airtime/ledger.ts'
import { duration, percent } from '../base/units.ts'
import type { RecordBody } from '../evidence/record.ts'
import type { Effect } from './effect.ts'
import type { Event } from './event.ts'
import { initial } from './init.ts'
import type { State } from './state.ts'
import { type StatusExtras, statusOf } from './status.ts'
import { step } from './step.ts'

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
type Given = Without<Event, 'at'>

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** The builder’s power window is 06:30 to 21:00; 0 is 08:00. */
const NIGHT = 13 * HOUR
const MORNING = 22.5 * HOUR
const policy = shippedPolicy()
const SILENT = { ok: false, error: { kind: 'timeout', detail: 'nobody' } } as const

/** The engine at a site with contactors (or none), with a player and a controller that do what they are told while `answers`. */
const site = (powerOffAfter = duration(MINUTE) as ReturnType<typeof duration> | null, bootAt = 0) => {
  let state: State = initial(siteFacts({ powerOffAfter }), policy, readingAt(bootAt))
  const panel = { answers: true, blackout: false, brightness: percent(60) }
  const done: Effect[] = []
  const give = (at: number, event: Given): readonly Effect[] => {
    const result = step(state, { ...event, at: readingAt(at) } as Event)
    state = result.state
    done.push(...result.effects)
    const more = result.effects.flatMap((effect) => answer(at, effect))
    return [...result.effects, ...more]
  }
  const answer = (at: number, effect: Effect): readonly Effect[] => {
    if (effect.effect === 'display') {
      if (panel.answers) Object.assign(panel, { [effect.setting.set]: effect.setting.value })
      const held = effect.setting.value
      const result = panel.answers ? ({ ok: true, value: { readBack: true, held } } as const) : SILENT
      return give(at, { event: 'display-applied', setting: effect.setting, result })
    }
    if (effect.effect !== 'observe') return []
    const { blackout, brightness } = panel
    const result = panel.answers ? ({ ok: true, value: { ...PANEL, blackout, brightness } } as const) : SILENT
    return give(at, { event: 'display-observed', result })
  }
  /** Ticks each second. */
  const pass = (from: number, to: number): readonly Effect[] => {
    const all: Effect[] = []
    for (let at = from; at <= to; at += SECOND) all.push(...give(at, { event: 'tick' }))
    return all
  }
  const wake = (at: number) => {
    const effects = give(at, {
      event: 'woke',
      durable: null,
      schedule: aSchedule([anItem()]),
      registry: null,
      ledger: emptyLedger(policy),
      assets: ['1'.repeat(64)],
      last: { orphan: null, wall: null, cleanStop: true, tornBytes: 0 },
    })
    return [...effects, ...give(at, { event: 'player', what: 'up' })]
  }
  return { give, pass, wake, panel, done, state: () => state }
}
const EXTRAS: StatusExtras = {
  clock: readingAt(0),
  playlog: { head: 0, uploaded: 0, bytes: 0, segments: 0, writable: true },
  assets: { bytes: 0, fetching: null, waiting: null },
  process: { rssBytes: 0, uptimeMs: 0 },
  faults: [],
}
type Site = ReturnType<typeof site>
const wants = (effects: readonly Effect[]) => effects.flatMap((e) => (e.effect === 'power' ? [e.want] : []))
const records = (effects: readonly Effect[]): readonly RecordBody[] =>
  effects.flatMap((e) => (e.effect === 'record' ? e.bodies : []))
const powers = (effects: readonly Effect[]) =>
  records(effects).flatMap((r) => (r.kind === 'power' && 'stage' in r ? [r] : []))
const written = (effects: readonly Effect[]) => effects.flatMap((e) => (e.effect === 'display' ? [e.setting.set] : []))
const went = (it: Site, at: number, state: 'rising' | 'falling' | 'on' | 'off') =>
  it.give(at, { event: 'power', state, detail: '' })
const fault = (kind: 'no-feedback' | 'interlock', way: 'on' | 'off' = 'on') =>
  ({
    event: 'power',
    state: 'failed',
    way,
    kind,
    step: 'step 2: relay mains-2 on',
    detail: 'contact says false',
  }) as const

/** Lit in the morning. */
const lit = (): Site => {
  const it = site()
  it.panel.answers = false
  it.wake(0)
  went(it, 10, 'rising')
  it.panel.answers = true
  went(it, 5 * SECOND, 'on')
  it.pass(6 * SECOND, 10 * SECOND)
  return it
}
/** Dark and without power, two minutes into quiet hours. */
const asleep = (): Site => {
  const it = lit()
  it.pass(NIGHT - 10 * SECOND, NIGHT + 61 * SECOND)
  went(it, NIGHT + 61 * SECOND, 'falling')
  it.panel.answers = false
  went(it, NIGHT + 64 * SECOND, 'off')
  it.pass(NIGHT + 65 * SECOND, NIGHT + 120 * SECOND)
  return it
}

describe('a site without contactors', () => {
  it('is never told anything of power, by day or by night', () => {
    const it = site(null)
    it.wake(0)
    it.pass(NIGHT - 10 * SECOND, NIGHT + 10 * MINUTE)
    expect(wants(it.done)).toEqual([])
    expect(powers(it.done)).toEqual([])
    expect(it.state().switching).toBeNull()
    expect(it.state().screen).toMatchObject({ lit: 'dark', intended: true })
    expect(powers(went(it, NIGHT + 11 * MINUTE, 'on'))).toEqual([])
  })
})

describe('power by the wish for light', () => {
  it('goes on at the start of a day, once, and says why and how long it took', () => {
    const it = lit()
    expect(wants(it.done)).toEqual(['on'])
    expect(powers(it.done)).toMatchObject([
      { want: 'on', stage: 'asked', why: 'trong giờ bật màn hình', ms: null },
      { want: 'on', stage: 'done', ms: 5_000, claim: expect.stringMatching(/^normal/) },
    ])
    expect(it.state().screen).toMatchObject({ lit: 'lit' })
    expect(it.state().faults).not.toHaveProperty('display-lost')
  })

  it('blacks out at the beginning of quiet hours, and takes power a minute later', () => {
    const it = lit()
    const before = it.pass(NIGHT - 10 * SECOND, NIGHT + 59 * SECOND)
    expect(it.panel.blackout).toBe(true)
    expect(wants(before)).toEqual([])
    const then = it.pass(NIGHT + 60 * SECOND, NIGHT + 62 * SECOND)
    expect(wants(then)).toEqual(['off'])
    expect(powers(then)).toMatchObject([
      { want: 'off', stage: 'asked', claim: 'quiet-hours', why: 'ngoài giờ bật màn hình' },
    ])
  })

  it('does not touch or miss a display without power: no fault, no incident, dark on purpose', () => {
    const it = asleep()
    const from = it.done.length
    const quiet = it.pass(NIGHT + 121 * SECOND, NIGHT + 30 * MINUTE)
    expect(quiet.some((e) => e.effect === 'observe' || e.effect === 'display')).toBe(false)
    expect(records(it.done.slice(from)).filter((r) => r.kind !== 'heartbeat')).toEqual([])
    expect(it.state().screen).toMatchObject({ lit: 'dark', intended: true })
    expect(Object.keys(it.state().faults)).not.toContain('display-lost')
    expect(records(it.done).filter((r) => r.kind === 'incident')).toEqual([])
    const { totals } = it.state().ledger
    // From the end of quiet hours’ first second on, all is dark and nothing is faulted.
    const faulted = totals.faulted
    it.pass(NIGHT + 30 * MINUTE, NIGHT + 40 * MINUTE)
    expect(it.state().ledger.totals.faulted).toBe(faulted)
    expect(it.state().ledger.totals.dark).toBeGreaterThan(38 * MINUTE)
  })

  it('comes back in the morning', () => {
    const it = asleep()
    expect(wants(it.pass(MORNING - 5 * SECOND, MORNING + 2 * SECOND))).toEqual(['on'])
  })

  it('a short safety blank by day only blacks out', () => {
    const it = lit()
    const blank = verifiedOrder({ class: 'safety-blank', expiresAt: MONDAY_8 + HOUR, texts: [] })
    const effects = [...it.give(MINUTE, { event: 'order', order: blank }), ...it.pass(61 * SECOND, 20 * MINUTE)]
    expect(it.panel.blackout).toBe(true)
    expect(wants(effects)).toEqual([])
  })

  it('an emergency wakes a screen without power at once, is shown as soon as it is lit, and quiet hours return', () => {
    const it = asleep()
    const at = NIGHT + 10 * MINUTE
    const order = verifiedOrder({ issuedAt: MONDAY_8 + at, startsAt: MONDAY_8 + at, expiresAt: MONDAY_8 + at + HOUR })
    const effects = it.give(at, { event: 'order', order })
    expect(wants(effects)).toEqual(['on'])
    // The picture and the power are asked for before the log is written.
    expect(effects.map((e) => e.effect).indexOf('power')).toBeLessThan(effects.map((e) => e.effect).indexOf('record'))
    expect(powers(effects)).toMatchObject([{ want: 'on', stage: 'asked', order: 'O-1', claim: 'order:O-1' }])
    const play = it.state().playing?.play ?? ''
    it.give(at + 50, { event: 'player', what: 'shown', play, proof: 'acknowledged', how: '' })
    went(it, at + 60, 'rising')
    const rising = it.pass(at + SECOND, at + 9 * SECOND)
    expect(written(rising)).toEqual([])
    expect(it.state().screen).toMatchObject({ lit: 'unknown', intended: false, why: 'đang bật nguồn màn hình' })
    expect(Object.keys(it.state().faults)).not.toContain('display-lost')
    Object.assign(it.panel, { answers: true, blackout: false })
    const on = went(it, at + 10 * SECOND, 'on')
    expect(it.state().screen).toMatchObject({ lit: 'lit' })
    expect(on.find((e) => e.effect === 'receipt')).toMatchObject({ receipt: { stage: 'shown', afterMs: 10_000 } })
    expect(wants(it.pass(at + 11 * SECOND, at + HOUR - SECOND))).toEqual([])
    expect(wants(it.pass(at + HOUR, at + HOUR + 59 * SECOND))).toEqual([])
    expect(wants(it.pass(at + HOUR + 60 * SECOND, at + HOUR + 62 * SECOND))).toEqual(['off'])
  })

  it('a controller that holds the content itself and has no power yet: tried again soon, and no incident', () => {
    const it = asleep()
    const at = NIGHT + 10 * MINUTE
    const order = verifiedOrder({ issuedAt: MONDAY_8 + at, startsAt: MONDAY_8 + at, expiresAt: MONDAY_8 + at + HOUR })
    it.give(at, { event: 'order', order })
    went(it, at + 10, 'rising')
    const before = it.done.length
    const shows: number[] = []
    for (let i = 0; i <= 20; i++) {
      const play = it.state().playing?.play
      if (play) it.give(at + i * SECOND + 20, { event: 'player', what: 'failed', play, detail: 'timeout' })
      if (it.pass(at + (i + 1) * SECOND, at + (i + 1) * SECOND).some((e) => e.effect === 'show')) shows.push(i)
    }
    expect(shows.length).toBeGreaterThanOrEqual(3)
    expect(records(it.done.slice(before)).filter((r) => r.kind === 'incident')).toEqual([])
    expect(wants(it.done.slice(before))).toEqual([])
  })

  it('a technician who tries the screen at night gets power for it', () => {
    const it = asleep()
    const at = NIGHT + 10 * MINUTE
    const tried = it.give(at, { event: 'technician', person: 'An', pattern: 'red', forMs: 5 * MINUTE })
    expect(wants(tried)).toEqual(['on'])
    expect(statusOf(it.state(), EXTRAS).display).toMatchObject({
      link: 'down',
      fault: expect.stringContaining('power is off'),
    })
    went(it, at + SECOND, 'rising')
    Object.assign(it.panel, { answers: true, blackout: true })
    const on = went(it, at + 5 * SECOND, 'on')
    expect(written(on)).toEqual(expect.arrayContaining(['blackout']))
    expect(statusOf(it.state(), EXTRAS).display).toMatchObject({ link: 'up', fault: null })
    expect(wants(it.pass(at + 5 * MINUTE, at + 5 * MINUTE + 62 * SECOND))).toEqual(['off'])
  })

  it('what a sender that comes up has forgotten contradicts nobody', () => {
    const it = asleep()
    it.pass(MORNING - SECOND, MORNING)
    went(it, MORNING + 10, 'rising')
    Object.assign(it.panel, { answers: true, blackout: true, brightness: percent(100) })
    it.pass(MORNING + SECOND, MORNING + 12 * SECOND)
    expect(it.panel.brightness).toBe(percent(100))
    it.panel.blackout = false
    went(it, MORNING + 13 * SECOND, 'on')
    it.pass(MORNING + 14 * SECOND, MORNING + 30 * SECOND)
    expect(it.panel).toMatchObject({ blackout: false, brightness: percent(60) })
    expect(it.state().faults).not.toHaveProperty('display-contradicts')
    expect(it.state().display.contradictions).toEqual([])
  })
})

describe('what goes wrong with the power', () => {
  it('a way up that failed is a fault with its step; it is tried again with growing pauses, one record for all', () => {
    const it = site()
    it.panel.answers = false
    it.wake(0)
    const tries: number[] = []
    let said = 0
    for (let at = 0; at <= 4 * HOUR; at += SECOND) {
      const effects = it.give(at, { event: 'tick' })
      if (at === 0 || wants(effects).length > 0) {
        tries.push(at / MINUTE)
        went(it, at, 'rising')
        said += powers(it.give(at, fault('no-feedback'))).length
        went(it, at, 'falling')
        went(it, at, 'off')
      }
    }
    expect(tries).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121, 151, 181, 211])
    expect(said).toBe(1)
    expect(it.state().faults['power-failed']).toBe('step 2: relay mains-2 on: contact says false')
    expect(it.state().faults).not.toHaveProperty('display-lost')
    expect(it.state().screen).toMatchObject({ lit: 'dark', intended: false, why: 'nguồn màn hình đang tắt' })
    // A night between mends nothing.
    it.pass(NIGHT, NIGHT + 70 * SECOND)
    went(it, NIGHT + 71 * SECOND, 'off')
    expect(it.state().faults).toHaveProperty('power-failed')
    it.pass(MORNING - SECOND, MORNING)
    expect(powers(it.give(MORNING + 1, fault('no-feedback')))).toMatchObject([{ stage: 'failed' }])
    went(it, MORNING + 2, 'rising')
    went(it, MORNING + 3, 'on')
    expect(it.state().faults).not.toHaveProperty('power-failed')
  })

  it('a new order is tried for at once, whatever the pause', () => {
    const it = site()
    it.wake(0)
    went(it, 10, 'rising')
    for (const at of [20, 61_020, 181_030]) {
      it.give(at, { event: 'tick' })
      it.give(at, fault('no-feedback'))
    }
    went(it, 181_040, 'off')
    expect(wants(it.pass(182 * SECOND, 200 * SECOND))).toEqual([])
    expect(wants(it.give(201 * SECOND, { event: 'order', order: verifiedOrder() }))).toEqual(['on'])
    it.give(202 * SECOND, fault('no-feedback'))
    expect(wants(it.pass(203 * SECOND, 230 * SECOND))).toEqual([])
  })

  it('an interlock that forces off is a fault of its own, and is asked again each minute', () => {
    const it = lit()
    const forced = it.give(HOUR, fault('interlock'))
    went(it, HOUR + 10, 'falling')
    expect(it.state().screen).toMatchObject({ lit: 'unknown', intended: false })
    it.panel.answers = false
    const off = went(it, HOUR + 3 * SECOND, 'off')
    expect(powers(forced)).toMatchObject([{ stage: 'failed', want: 'on', why: 'contact says false' }])
    expect(powers(off)).toMatchObject([{ stage: 'done', want: 'off', why: 'step 2: relay mains-2 on' }])
    expect(records(forced)).toContainEqual(expect.objectContaining({ kind: 'incident', what: 'power' }))
    expect(it.state().faults).toHaveProperty('power-interlock')
    expect(it.state().faults).not.toHaveProperty('power-failed')
    expect(it.state().screen).toMatchObject({ lit: 'dark', intended: false })
    const minutes = Array.from({ length: 4 }, (_, i) => {
      const effects = it.pass(HOUR + i * MINUTE + 4 * SECOND, HOUR + (i + 1) * MINUTE + 3 * SECOND)
      it.give(HOUR + (i + 1) * MINUTE + 3 * SECOND, fault('interlock'))
      return wants(effects).length
    })
    expect(minutes).toEqual([1, 1, 1, 1])
  })

  it('a contactor that sticks going off keeps being a fault; the screen counts as dark only while it reads back dark', () => {
    const it = lit()
    it.pass(NIGHT - SECOND, NIGHT + 61 * SECOND)
    went(it, NIGHT + 61 * SECOND, 'falling')
    it.give(NIGHT + 65 * SECOND, fault('no-feedback', 'off'))
    it.pass(NIGHT + 66 * SECOND, NIGHT + 80 * SECOND)
    expect(it.state().switching).toMatchObject({ phase: 'stuck' })
    expect(it.state().faults).toHaveProperty('power-failed')
    expect(it.state().screen).toMatchObject({ lit: 'dark', intended: true })
    expect(wants(it.pass(NIGHT + 81 * SECOND, NIGHT + 126 * SECOND))).toEqual(['off'])
    went(it, NIGHT + 127 * SECOND, 'off')
    expect(it.state().faults).not.toHaveProperty('power-failed')
  })

  it('a contact that wears out under a lit screen is told and changes nothing', () => {
    const it = lit()
    const { kind, step, detail } = fault('no-feedback')
    const effects = it.give(HOUR, { event: 'power', state: 'noted', kind, step, detail })
    expect(records(effects)).toContainEqual(expect.objectContaining({ kind: 'incident', what: 'power' }))
    it.pass(HOUR, HOUR + 10 * SECOND)
    expect(it.state().faults).toHaveProperty('power-failed')
    expect(it.state().screen).toMatchObject({ lit: 'lit' })
    expect(wants(it.pass(HOUR + 11 * SECOND, HOUR + 5 * MINUTE))).toEqual([])
  })
})

describe('after a restart', () => {
  it('by night: what is read back as off stays off, without a fault', () => {
    const it = site(duration(MINUTE), NIGHT + HOUR)
    it.panel.answers = false
    const from = NIGHT + HOUR
    it.wake(from)
    went(it, from + 200, 'off')
    expect(it.state().screen).toMatchObject({ lit: 'dark', intended: true })
    const effects = it.pass(from + SECOND, from + 70 * SECOND)
    expect(wants(effects)).toEqual(['off'])
    expect(Object.keys(it.state().faults)).not.toContain('display-lost')
    expect(records(it.done).filter((r) => r.kind === 'incident')).toEqual([])
  })

  it('by day: told on again, and a lit screen taken over counts as lit meanwhile', () => {
    const it = site()
    const effects = it.wake(0)
    expect(wants(effects)).toEqual(['on'])
    went(it, 10, 'rising')
    it.pass(SECOND, 3 * SECOND)
    expect(it.state().screen).toMatchObject({ lit: 'lit' })
  })
})
