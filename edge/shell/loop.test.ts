import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { instant, mono, percent, type Reading } from '#core/base/units.ts'
import type { Effect, Interpreter } from '#core/engine/effect.ts'
import type { Event } from '#core/engine/event.ts'
import { initial } from '#core/engine/init.ts'
import type { State } from '#core/engine/state.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { memoryLog } from '../test/support.ts'
import { createLoop, HUB_ROOM, type LoopOptions, MOST_WAITING } from './loop.ts'

const policy = shippedPolicy()
const site = {
  id: 'S',
  name: 'S',
  clusterClass: 'BORDER_GATE',
  unitCode: '12345',
  panel: { width: 100, height: 100 },
  exerciseMode: false,
  outdoors: true,
  audio: false,
  hasController: false,
  input: null,
  onboard: false,
  powerOffAfter: null,
  hasHub: true,
  brightnessLimit: percent(100),
  location: null,
  watts: null,
  thermal: null,
  onBattery: null,
  panelLight: null,
  presets: [],
  version: 't',
} as const

const quiet: Interpreter = {
  show: () => {},
  record: () => {},
  snapshot: () => {},
  display: () => {},
  observe: () => {},
  power: () => {},
  relay: () => {},
  receipt: () => {},
  fetch: () => {},
  wake: () => {},
  exit: () => {},
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const open = (over: {
  step: (state: State, event: Event) => { state: State; effects: readonly Effect[] }
  interpreter?: Partial<Interpreter>
}) => {
  const time = { mono: 0, step: 0, quality: 'synced' as Reading['quality'] }
  const read = (): Reading => ({
    wall: instant(1e12 + time.mono),
    mono: mono(time.mono),
    quality: time.quality,
    bootId: 'b',
  })
  const clock = { read, takeStep: () => time.step }
  const fatal: unknown[] = []
  const options: LoopOptions = {
    initial: initial(site, policy, read()),
    step: over.step,
    interpreter: { ...quiet, ...over.interpreter },
    clock,
    log: memoryLog().log,
    stepped: () => {},
    fatal: (error) => void fatal.push(error),
  }
  return { loop: createLoop(options), time, fatal }
}

test('effects run in order, and what they post waits for the end of the step', () => {
  const seen: string[] = []
  const { loop } = open({
    step: (state, event) => {
      seen.push(`step ${event.event}`)
      const effects: Effect[] =
        event.event === 'hub'
          ? [
              { effect: 'snapshot', reason: 'a' },
              { effect: 'observe', reason: 'b' },
            ]
          : []
      return { state, effects }
    },
    interpreter: {
      snapshot: () => {
        seen.push('snapshot')
        loop.post({ event: 'player', what: 'up' })
      },
      observe: () => void seen.push('observe'),
    },
  })
  loop.post({ event: 'hub', link: 'up', detail: '' })
  expect(seen).toEqual(['step hub', 'snapshot', 'observe', 'step player'])
  loop.stop()
})

test('a second makes a tick; ticks coalesce; a changed clock is told with what it was', async () => {
  const events: Event[] = []
  const { loop, time } = open({
    step: (state, event) => {
      events.push(event)
      if (event.event === 'hub') for (let i = 0; i < 50; i++) loop.post({ event: 'tick' })
      return { state, effects: [] }
    },
  })
  loop.post({ event: 'hub', link: 'up', detail: '' })
  expect(events.map((e) => e.event)).toEqual(['hub', 'tick'])
  events.length = 0
  await vi.advanceTimersByTimeAsync(1_000)
  expect(events.map((e) => e.event)).toEqual(['tick'])
  events.length = 0
  time.step = -5_000
  time.quality = 'holdover'
  await vi.advanceTimersByTimeAsync(1_000)
  expect(events[0]).toMatchObject({ event: 'clock-step', stepMs: -5_000, was: 'synced', at: { quality: 'holdover' } })
  loop.stop()
})

test('wake: the newest wish replaces the one before', async () => {
  const ticks: number[] = []
  const { loop, time } = open({
    step: (state, event) => {
      if (event.event === 'tick') ticks.push(time.mono)
      const effects: Effect[] =
        event.event === 'hub'
          ? [
              { effect: 'wake', at: mono(100) },
              { effect: 'wake', at: mono(300) },
            ]
          : []
      return { state, effects }
    },
  })
  loop.post({ event: 'hub', link: 'up', detail: '' })
  await vi.advanceTimersByTimeAsync(299)
  expect(ticks).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(ticks.length).toBe(1)
  loop.stop()
})

test('a full inbox refuses the hub first and is a bug of ours after that', () => {
  const refused: number[] = []
  const { loop, fatal } = open({
    step: (state, event) => {
      if (event.event !== 'hub') return { state, effects: [] }
      for (let i = 0; i < MOST_WAITING; i++) if (!loop.postFromHub({ event: 'player', what: 'up' })) refused.push(i)
      for (let i = HUB_ROOM; i <= MOST_WAITING; i++) loop.post({ event: 'player', what: 'up' })
      return { state, effects: [] }
    },
  })
  loop.post({ event: 'hub', link: 'up', detail: '' })
  expect(refused.length).toBe(MOST_WAITING - HUB_ROOM)
  expect(String(fatal[0])).toContain('inbox is full')
})

test('an error in a step ends everything once, and nothing runs after it', () => {
  const seen: string[] = []
  const { loop, fatal } = open({
    step: (state, event) => {
      seen.push(event.event)
      if (event.event === 'hub') throw new Error('assertion failed: x')
      return { state, effects: [] }
    },
  })
  loop.post({ event: 'hub', link: 'up', detail: '' })
  expect(loop.post({ event: 'player', what: 'up' })).toBe(false)
  expect(seen).toEqual(['hub'])
  expect(fatal.length).toBe(1)
})
