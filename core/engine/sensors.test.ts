import { describe, expect, it } from 'vitest'
import { awake, PANEL } from '../../test/drive.ts'
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

describe('a sensor', () => {
  it('that reported smoke and fell silent has not said that the fire is out', () => {
    const it = awake()
    const smoke = (value: boolean | null) =>
      read('tu-dien', value === null ? [] : [{ what: 'smoke', where: 'duct', value }])
    it.give(5_000, smoke(true))
    it.give(6_000, smoke(null))
    expect(it.state().faults).toHaveProperty('smoke-detected')
    it.give(7_000, smoke(false))
    expect(it.state().faults).not.toHaveProperty('smoke-detected')
  })

  it('that chatters writes a few lines and one incident a minute', () => {
    const it = awake()
    for (let i = 0; i < 1_000; i++)
      it.give(5_000 + i * 40, read('gpio', [{ what: 'contact', where: 'key', value: i % 2 === 0 }]))
    const lines = it
      .records()
      .filter(
        (r) => (r.kind === 'sensor' && r.what === 'contact') || (r.kind === 'incident' && r.what === 'sensor-chatters'),
      )
    expect(lines.length).toBe(7)
  })
})
