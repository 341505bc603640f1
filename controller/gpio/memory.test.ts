import { describe, expect, it } from 'vitest'
import { virtualTime } from '../sim/virtual-time.ts'
import { type GpioEvent, type GpioFault, MOST_WAITING } from './gpio.ts'
import type { GpioInput, GpioOutput } from './line.ts'
import { MOST_TRACED, memoryGpio } from './memory.ts'

const relay: GpioOutput = {
  ...{ name: 'relay', at: { lineName: 'GPIO17' }, activeLow: true, bias: 'as-is' },
  ...{ direction: 'out', initial: false, safe: false },
}
const door: GpioInput = {
  ...{ name: 'door', at: { label: 'pinctrl-rp1', line: 22 }, activeLow: true, bias: 'pull-up' },
  ...{ direction: 'in', debounceMs: 50 },
}
const PIN = 'pinctrl-rp1/22'

const set = (keeps = false) => {
  const time = virtualTime()
  return { time, ...memoryGpio({ clock: time.clock, wake: time.wake, keeps }) }
}
const opened = async (world: ReturnType<typeof set>) => {
  const lines = await world.port.open([relay, door])
  if (!lines.ok) throw new Error(lines.error.kind)
  const events: GpioEvent[] = []
  lines.value.onEvent((event) => events.push(event))
  return { lines: lines.value, events }
}

describe('a board that is not there', () => {
  it('drives voltages, not meanings', async () => {
    const world = set()
    const { lines } = await opened(world)
    expect(world.board.level('GPIO17')).toBe(true)
    await lines.set('relay', true)
    expect(world.board.level('GPIO17')).toBe(false)
    expect(await lines.read('relay')).toEqual({ ok: true, value: true })
    expect(world.board.trace('GPIO17')).toEqual([true, false])
  })

  it('debounces inputs and tells changes once, with their time', async () => {
    const world = set()
    const { lines, events } = await opened(world)
    expect(await lines.read('door')).toEqual({ ok: true, value: false })
    await world.time.advance(1000)
    world.board.drive(PIN, false)
    await world.time.advance(20)
    world.board.drive(PIN, true)
    await world.time.advance(500)
    expect(events).toEqual([])
    world.board.drive(PIN, false)
    await world.time.advance(49)
    expect(await lines.read('door')).toEqual({ ok: true, value: false })
    await world.time.advance(1)
    expect(events).toEqual([{ name: 'door', on: true, at: 1570 }])
    expect(await lines.read('door')).toEqual({ ok: true, value: true })
  })

  it('tells at once without a debounce', async () => {
    const world = set()
    const lines = await world.port.open([{ ...door, debounceMs: 0 }])
    if (!lines.ok) throw new Error(lines.error.kind)
    const events: GpioEvent[] = []
    lines.value.onEvent((event) => events.push(event))
    world.board.drive(PIN, false)
    world.board.drive(PIN, null)
    expect(events.map((event) => event.on)).toEqual([true, false])
  })

  it('keeps a bounded number of events until somebody listens, the newest ones', async () => {
    const world = set()
    const lines = await world.port.open([{ ...door, debounceMs: 0 }])
    if (!lines.ok) throw new Error(lines.error.kind)
    for (let n = 0; n < MOST_WAITING + 11; n++) world.board.drive(PIN, n % 2 === 1)
    expect(lines.value.dropped()).toBe(11)
    const events: GpioEvent[] = []
    const stop = lines.value.onEvent((event) => events.push(event))
    expect(events).toHaveLength(MOST_WAITING)
    expect(events.at(-1)?.on).toBe(true)
    stop()
  })

  it('remembers a bounded trace', async () => {
    const world = set()
    const { lines } = await opened(world)
    for (let n = 0; n < MOST_TRACED + 10; n++) await lines.set('relay', n % 2 === 0)
    expect(world.board.trace('GPIO17')).toHaveLength(MOST_TRACED)
  })

  it('sets safe values at the end; what comes then is the kernel’s', async () => {
    for (const keeps of [true, false]) {
      const world = set(keeps)
      const { lines } = await opened(world)
      await lines.set('relay', true)
      await lines.close()
      await lines.close()
      expect(world.board.trace('GPIO17')).toEqual(keeps ? [true, false, true] : [true, false, true, null])
      expect(await lines.set('relay', true)).toMatchObject({ ok: false, error: { kind: 'closed' } })
      expect((await world.port.open([relay])).ok).toBe(true)
    }
  })

  it('says who has a line', async () => {
    const world = set()
    await opened(world)
    const wanted = { kind: 'busy', name: 'other', wanted: 'GPIO17', consumer: 'bangtin:relay' }
    expect(await world.port.open([{ ...relay, name: 'other' }])).toEqual({ ok: false, error: wanted })
    world.board.occupy('GPIO5', 'spi0 CS0')
    const spi = await world.port.open([{ ...relay, at: { lineName: 'GPIO5' } }])
    expect(spi).toMatchObject({ ok: false, error: { kind: 'busy', consumer: 'spi0 CS0' } })
    const twice = { ...relay, at: { lineName: 'GPIO6' } } as const
    expect(await world.port.open([twice, { ...twice, name: 'two' }])).toMatchObject({
      error: { kind: 'busy', consumer: 'bangtin:relay' },
    })
  })

  it('vanishes and comes back', async () => {
    const world = set()
    const { lines, events } = await opened(world)
    const told: GpioFault[] = []
    lines.onClosed((fault) => told.push(fault))
    world.board.vanish()
    world.board.drive(PIN, false)
    await world.time.advance(1000)
    expect(told.map((fault) => fault.kind)).toEqual(['closed'])
    expect(events).toEqual([])
    expect(await lines.read('door')).toMatchObject({ ok: false, error: { kind: 'closed' } })
    expect(await world.port.open([relay])).toMatchObject({ ok: false, error: { kind: 'no-gpio' } })
    world.board.comeBack()
    expect((await world.port.open([relay, door])).ok).toBe(true)
    expect(world.time.waiting()).toBe(0)
  })

  it('is quiet after its end: no timer left, nothing told of a chip that goes later', async () => {
    const world = set()
    const { lines, events } = await opened(world)
    const told: GpioFault[] = []
    lines.onClosed((fault) => told.push(fault))
    world.board.drive(PIN, false)
    expect(world.time.waiting()).toBe(1)
    await lines.close()
    expect(world.time.waiting()).toBe(0)
    world.board.vanish()
    await world.time.advance(1000)
    expect([told, events]).toEqual([[], []])
  })

  it('throws for names nobody opened, two of one name, and inputs that are set: our own mistakes', async () => {
    const world = set()
    const { lines } = await opened(world)
    await expect(lines.set('door', true)).rejects.toThrow('door is no output')
    await expect(lines.read('window')).rejects.toThrow('window was not opened')
    await expect(world.port.open([relay, { ...door, name: 'relay' }])).rejects.toThrow('a name of its own')
  })
})
