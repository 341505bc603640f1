import { describe, expect, it } from 'vitest'
import { verifiedOrder } from '../../test/build.ts'
import { awake, drive, PANEL, shippedPolicy, woke } from '../../test/drive.ts'
import { emptyLedger } from '../airtime/ledger.ts'
import { percent } from '../base/units.ts'
import type { DisplaySetting } from '../screen/display.ts'

const applied = (setting: DisplaySetting) =>
  ({ event: 'display-applied', setting, result: { ok: true, value: { readBack: true, held: setting.value } } }) as const
const refused = (setting: DisplaySetting) =>
  ({ event: 'display-applied', setting, result: { ok: false, error: { kind: 'refused', detail: '' } } }) as const

describe('a setting that is changed back', () => {
  const dimmed = {
    event: 'display-observed',
    result: { ok: true, value: { ...PANEL, brightness: percent(20) } },
  } as const
  /** Somebody dims the wall after each correction, every five seconds. */
  const flap = (it: ReturnType<typeof awake>, times: number, from: number) => {
    const written: number[] = []
    for (let i = 0; i < times; i++) {
      const at = from + i * 5_000
      it.give(at, dimmed)
      const { inFlight } = it.state().display
      if (!inFlight) continue
      written.push(at)
      it.give(at + 100, {
        event: 'display-applied',
        setting: inFlight,
        result: { ok: true, value: { readBack: true, held: inFlight.value } },
      })
    }
    return written
  }

  it('is corrected, each time with an incident; from the fifth time on once a minute, and that is a fault', () => {
    const it = awake()
    const written = flap(it, 40, 10_000)
    const early = written.filter((at) => at < 32_000)
    expect(early.length).toBeGreaterThanOrEqual(4)
    const late = written.filter((at) => at >= 35_000)
    expect(late.length).toBeGreaterThanOrEqual(1)
    for (const [i, at] of late.entries()) if (i > 0) expect(at - (late[i - 1] ?? 0)).toBeGreaterThanOrEqual(60_000)
    expect(it.state().faults['display-flapping']).toMatch(/^\d+×$/)
    const whats = it.records().flatMap((r) => (r.kind === 'incident' ? [r.what] : []))
    expect(whats.filter((what) => what === 'display-contradicts').length).toBe(4)
    expect(whats).toContain('display-flapping')
    // Ten quiet minutes later nobody is told any more.
    const end = 10_000 + 40 * 5_000
    it.give(end + 1_000_000, { event: 'display-observed', result: { ok: true, value: PANEL } })
    it.give(end + 1_000_000 + 601_000, { event: 'display-observed', result: { ok: true, value: PANEL } })
    expect(it.state().faults).not.toHaveProperty('display-flapping')
    expect(it.state().faults).not.toHaveProperty('display-contradicts')
  })

  it('an order does not wait for calm', () => {
    const it = awake()
    flap(it, 8, 10_000)
    it.give(52_000, dimmed)
    expect(it.state().display.inFlight).toBeNull()
    it.give(52_500, { event: 'order', order: verifiedOrder() })
    expect(it.state().display.inFlight).toEqual({ set: 'brightness', value: 60 })
  })

  it('light and dark never wait for calm, whatever else flaps, and neither does a new wish', () => {
    const it = awake()
    flap(it, 8, 10_000)
    it.give(52_000, { event: 'display-observed', result: { ok: true, value: { ...PANEL, blackout: true } } })
    expect(it.state().display.inFlight).toEqual({ set: 'blackout', value: false })
    it.give(52_100, applied({ set: 'blackout', value: false }))
    it.give(52_200, { event: 'technician', person: 'An', pattern: 'red', forMs: 60_000 })
    expect(it.state().display.inFlight).toEqual({ set: 'testPattern', value: 'red' })
  })

  it('a controller that forgot during an outage is corrected, and the log says that it was after one', () => {
    const it = awake()
    const lost = { event: 'display-observed', result: { ok: false, error: { kind: 'timeout', detail: '' } } } as const
    it.give(5_000, lost)
    const back = it.give(10_000, dimmed)
    expect(it.records(back).find((r) => r.kind === 'incident')).toMatchObject({
      what: 'display-contradicts',
      detail: expect.stringContaining('after an outage: brightness: 60 → 20'),
    })
    expect(it.state().display.inFlight).toEqual({ set: 'brightness', value: 60 })
  })

  it('a monitor that was switched off is switched on again', () => {
    const it = awake()
    it.give(5_000, { event: 'display-observed', result: { ok: true, value: { ...PANEL, power: false } } })
    expect(it.state().display.inFlight).toEqual({ set: 'power', value: true })
  })

  it('one that will not be set holds up no other', () => {
    const it = awake()
    const stuck = { ...PANEL, freeze: true, brightness: percent(20) }
    it.give(5_000, { event: 'display-observed', result: { ok: true, value: stuck } })
    expect(it.state().display.inFlight).toEqual({ set: 'freeze', value: false })
    it.give(5_100, refused({ set: 'freeze', value: false }))
    expect(it.state().display.inFlight).toEqual({ set: 'brightness', value: 60 })
  })

  it('a value the device cannot hold exactly is not written again', () => {
    const it = awake()
    it.give(5_000, dimmed)
    it.give(5_100, {
      event: 'display-applied',
      setting: { set: 'brightness', value: percent(60) },
      result: { ok: true, value: { readBack: true, held: percent(63) } },
    })
    it.give(10_000, { event: 'display-observed', result: { ok: true, value: { ...PANEL, brightness: percent(63) } } })
    expect(it.state().display).toMatchObject({ inFlight: null, contradictions: [{ what: 'brightness' }] })
  })

  it('another input than the one found at start is no picture of ours, and is set back', () => {
    const it = awake()
    const from = (input: string) =>
      ({ event: 'display-observed', result: { ok: true, value: { ...PANEL, input } } }) as const
    it.give(5_000, from('hdmi1'))
    it.give(10_000, from('hdmi2'))
    expect(it.state().screen).toMatchObject({ lit: 'unknown', intended: false })
    expect(it.state().display.inFlight).toEqual({ set: 'input', value: 'hdmi1' })
  })

  it('a setting that cannot be read back is believed as it was acknowledged, and said to be so', () => {
    const it = drive()
    it.give(0, { ...woke, ledger: emptyLedger(shippedPolicy()) })
    it.give(1, { event: 'player', what: 'up' })
    const mute = { ...PANEL, blackout: null }
    it.give(2, { event: 'display-observed', result: { ok: true, value: mute } })
    expect(it.state().screen.lit).toBe('unknown')
    expect(it.state().display.inFlight).toEqual({ set: 'blackout', value: false })
    it.give(3, {
      event: 'display-applied',
      setting: { set: 'blackout', value: false },
      result: { ok: true, value: { readBack: false, held: false } },
    })
    it.give(5_003, { event: 'display-observed', result: { ok: true, value: mute } })
    expect(it.state().display.inFlight?.set).not.toBe('blackout')
    expect(it.state().screen).toMatchObject({ lit: 'lit', why: expect.stringContaining('không đọc lại được') })
  })
})

describe('a controller that says no, or nothing', () => {
  it('in standby at start: what it refuses does not keep it from being looked at and switched on, order or not', () => {
    for (const order of [false, true]) {
      const it = drive()
      it.give(0, { ...woke, ledger: emptyLedger(shippedPolicy()) })
      it.give(1, { event: 'player', what: 'up' })
      if (order) it.give(2, { event: 'order', order: verifiedOrder() })
      if (order) it.give(3, refused({ set: 'blackout', value: false }))
      expect(it.state().display.observing).toBe(true)
      const standby = { ...PANEL, power: false, blackout: null, brightness: null, freeze: null, testPattern: null }
      it.give(50, { event: 'display-observed', result: { ok: true, value: standby } })
      expect(it.state().screen).toMatchObject({ lit: 'dark', intended: false })
      expect(it.state().display.inFlight).toEqual({ set: 'power', value: true })
    }
  })

  it('a write of which nobody knows whether it was done is not believed; an order finds it at once', () => {
    const it = awake()
    it.give(5_000, { event: 'display-observed', result: { ok: true, value: { ...PANEL, blackout: true } } })
    it.give(5_100, {
      event: 'display-applied',
      setting: { set: 'blackout', value: false },
      result: { ok: false, error: { kind: 'timeout', detail: '' } },
    })
    it.give(5_700, { event: 'order', order: verifiedOrder() })
    expect(it.state().display.inFlight).toEqual({ set: 'blackout', value: false })
  })

  it('a dead one is one incident, however the silence is called', () => {
    const it = awake()
    const kinds = ['timeout', 'quarantined', 'timeout', 'quarantined', 'garbled', 'quarantined'] as const
    const lines = kinds.flatMap((kind, i) =>
      it.records(
        it.give(5_000 + i * 1_000, { event: 'display-observed', result: { ok: false, error: { kind, detail: '' } } }),
      ),
    )
    expect(lines.filter((r) => r.kind === 'incident')).toHaveLength(1)
    expect(it.state().faults['display-lost']).toContain('garbled')
  })
})
