import { describe, expect, it } from 'vitest'
import { verifiedOrder } from '../../test/build.ts'
import { awake, PANEL } from '../../test/drive.ts'
import { percent } from '../base/units.ts'
import type { SensorValue } from '../screen/sensor.ts'

const seen = (sensors: readonly SensorValue[]) =>
  ({ event: 'display-observed', result: { ok: true, value: { ...PANEL, sensors } } }) as const
const read = (device: string, value: readonly SensorValue[]) =>
  ({ event: 'equipment', device, result: { ok: true, value } }) as const
const gone = (device: string) =>
  ({ event: 'equipment', device, result: { ok: false, error: { kind: 'timeout', detail: 'no answer' } } }) as const

describe('what equipment feels', () => {
  it('is evidence when a contact or an alarm changes, and not for every degree', () => {
    const it = awake()
    const door = (open: boolean): SensorValue => ({ what: 'door', where: 'card 0:0 door 1', value: open })
    const heat = (value: number): SensorValue => ({ what: 'temperature', where: 'card 0:0 board', value })
    const lines = (at: number, sensors: readonly SensorValue[]) =>
      it.records(it.give(at, seen(sensors))).filter((r) => r.kind === 'sensor')
    expect(lines(5_000, [door(false), heat(36)])).toEqual([])
    expect(lines(10_000, [door(false), heat(37.5)])).toEqual([])
    expect(lines(15_000, [door(true), heat(66)])).toMatchObject([
      { what: 'door', where: 'display card 0:0 door 1', value: true, state: 'warning' },
      { what: 'temperature', where: 'display card 0:0 board', value: 66, state: 'warning' },
    ])
    expect(it.state().faults).toMatchObject({
      'door-open': 'display card 0:0 door 1',
      'over-temperature': expect.stringContaining('66 °C'),
    })
    expect(lines(20_000, [door(true), heat(66.5)])).toEqual([])
    expect(lines(25_000, [door(false), heat(40)])).toMatchObject([
      { what: 'door', value: false, state: 'normal' },
      { what: 'temperature', value: 40, state: 'normal' },
    ])
    expect(it.state().faults).not.toHaveProperty('door-open')
  })

  it('smoke and failures of devices beside the display are faults with their place', () => {
    const it = awake()
    it.give(5_000, read('tu-dien', [{ what: 'smoke', where: 'duct', value: true }]))
    it.give(5_001, read('may-chieu', [{ what: 'failure', where: 'lamp', value: true }]))
    it.give(5_002, read('hop', [{ what: 'smoke', where: 'duct', value: null }]))
    expect(it.state().faults).toMatchObject({ 'smoke-detected': 'tu-dien duct', 'hardware-failure': 'may-chieu lamp' })
  })

  it('a device that falls silent is one incident, keeps its last values, and is one more when it is back', () => {
    const it = awake()
    const incidents = (at: number, event: ReturnType<typeof read> | ReturnType<typeof gone>) =>
      it.records(it.give(at, event)).filter((r) => r.kind === 'incident')
    expect(incidents(5_000, read('tu-dien', [{ what: 'contact', where: 'input 1', value: true }]))).toEqual([])
    expect(incidents(6_000, gone('tu-dien'))).toMatchObject([{ what: 'equipment', fault: 'timeout' }])
    expect(incidents(7_000, gone('tu-dien'))).toEqual([])
    expect(it.state().faults['equipment-lost']).toContain('tu-dien')
    expect(it.state().equipment['tu-dien']?.sensors).toHaveLength(1)
    const back = it.records(it.give(8_000, read('tu-dien', [{ what: 'contact', where: 'input 1', value: true }])))
    expect(back.map((r) => r.kind)).toEqual(['incident'])
    expect(it.state().faults).not.toHaveProperty('equipment-lost')
  })

  it('says nothing of the screen: the play goes on', () => {
    const it = awake()
    const before = it.state().playing
    it.give(5_000, read('tu-dien', [{ what: 'smoke', where: 'duct', value: true }]))
    expect(it.state().playing).toBe(before)
  })
})

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
        result: { ok: true, value: { readBack: true } },
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
    it.give(52_000, { event: 'display-observed', result: { ok: true, value: { ...PANEL, blackout: true } } })
    expect(it.state().display.inFlight).toBeNull()
    it.give(52_500, { event: 'order', order: verifiedOrder() })
    expect(it.state().display.inFlight).toMatchObject({ set: 'blackout', value: false })
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
})
