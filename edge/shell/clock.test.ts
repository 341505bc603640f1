import { expect, test } from 'vitest'
import { BUILT_AFTER, createClock } from './clock.ts'

const machine = () => {
  const at = { wall: BUILT_AFTER + 1e9, mono: 1_000, synced: false as boolean | null, battery: false }
  return {
    at,
    pass: (ms: number) => {
      at.wall += ms
      at.mono += ms
    },
    source: {
      wall: () => at.wall,
      mono: () => at.mono,
      synchronised: () => at.synced,
      get hasBatteryClock() {
        return at.battery
      },
    },
  }
}
const open = (m: ReturnType<typeof machine>, trust: 'strict' | 'host' = 'strict') =>
  createClock(m.source, { bootId: 'b', trust })

test('quality: synchronised, kept, unset', () => {
  const m = machine()
  const clock = open(m)
  expect(clock.read().quality).toBe('unset')
  m.at.synced = true
  m.pass(1_000)
  expect(clock.read().quality).toBe('synced')
  m.at.synced = false
  m.pass(1_000)
  expect(clock.read().quality).toBe('holdover')
})

test('a container that may not ask counts as kept only when the host is trusted or a battery is there', () => {
  const m = machine()
  m.at.synced = null
  expect(open(m).read().quality).toBe('unset')
  expect(open(m, 'host').read().quality).toBe('holdover')
  m.at.battery = true
  expect(open(m).read().quality).toBe('holdover')
})

test('before the software was built, or before the last record, no clock is right', () => {
  const m = machine()
  m.at.battery = true
  m.at.synced = true
  const clock = open(m)
  clock.raiseFloor(m.at.wall + 60_000)
  expect(clock.read().quality).toBe('unset')
  m.pass(70_000)
  expect(clock.read().quality).toBe('synced')
  m.at.wall = BUILT_AFTER - 1e6
  expect(clock.read().quality).toBe('unset')
})

test('agreement with the hub counts as kept until the clock jumps', () => {
  const m = machine()
  const clock = open(m)
  clock.hubSays(m.at.wall + 60_000)
  expect(clock.read().quality).toBe('unset')
  clock.hubSays(m.at.wall + 2_000)
  expect(clock.read().quality).toBe('holdover')
  m.at.wall += 86_400_000
  expect(clock.takeStep()).toBe(86_400_000)
  expect(clock.read().quality).toBe('unset')
})

test('a jump is told once; slow drift never adds up to one', () => {
  const m = machine()
  const clock = open(m)
  m.at.wall -= 3_000
  expect(clock.takeStep()).toBe(-3_000)
  expect(clock.takeStep()).toBe(0)
  for (let i = 0; i < 100; i++) {
    m.pass(1_000)
    m.at.wall += 100
    expect(clock.takeStep()).toBe(0)
  }
})
