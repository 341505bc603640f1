import { expect, test } from 'vitest'
import { BIG_JUMP_MS, BUILT_AFTER, createClock, DIFFERS_MS, LONG_SYNCED_MS } from './clock.ts'

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

test('a time server that once gave a year too late does not make the right time distrusted for ever', () => {
  const m = machine()
  m.at.synced = true
  const withHub = open(m)
  withHub.raiseFloor(Date.UTC(2099, 0, 1))
  expect(withHub.read().quality).toBe('unset')
  withHub.hubSays(m.at.wall + 1_000)
  expect(withHub.read().quality, 'two say the same').toBe('synced')
  const alone = open(m)
  alone.raiseFloor(Date.UTC(2099, 0, 1))
  expect(alone.read().quality).toBe('unset')
  m.pass(LONG_SYNCED_MS - 1_000)
  expect(alone.read().quality).toBe('unset')
  m.pass(1_000)
  expect(alone.read().quality, 'an hour without a break').toBe('synced')
  const broken = open(m)
  broken.raiseFloor(Date.UTC(2099, 0, 1))
  broken.read()
  m.at.synced = false
  m.pass(LONG_SYNCED_MS / 2)
  broken.read()
  m.at.synced = true
  m.pass(LONG_SYNCED_MS / 2)
  expect(broken.read().quality, 'the hour begins anew').toBe('unset')
})

test.each([
  [60_000, 'holdover'],
  [BIG_JUMP_MS, 'unset'],
  [-BIG_JUMP_MS, 'unset'],
  [86_400_000, 'unset'],
  [365 * 86_400_000, 'unset'],
] as const)('set by hand by %d ms after it was synchronised: %s until somebody confirms', (jump, quality) => {
  const m = machine()
  m.at.wall += 400 * 86_400_000
  m.at.synced = true
  const clock = open(m)
  clock.read()
  m.at.synced = false
  m.at.wall += jump
  expect(clock.takeStep()).toBe(jump)
  m.pass(2_000)
  expect(clock.read().quality).toBe(quality)
  clock.hubSays(m.at.wall)
  expect(clock.read().quality).toBe('holdover')
})

test('fake-hwclock: a time saved before the last record is none, and the right one is believed when it comes', () => {
  const m = machine()
  const clock = open(m)
  // Saved within the hour before the power went; the log has newer records.
  clock.raiseFloor(m.at.wall + 1_800_000)
  expect(clock.read().quality).toBe('unset')
  m.pass(600_000)
  m.at.wall += 7 * 86_400_000
  expect(clock.takeStep()).toBe(7 * 86_400_000)
  m.at.synced = true
  m.pass(1_000)
  expect(clock.read().quality).toBe('synced')
})

test('a month of holdover stays holdover, and drifts without ever being a jump', () => {
  const m = machine()
  m.at.synced = true
  const clock = open(m)
  clock.read()
  m.at.synced = false
  let jumps = 0
  // A look per minute instead of one per second; 20 ppm of drift.
  for (let minute = 0; minute < 31 * 1440; minute++) {
    m.pass(60_000)
    m.at.wall += 1.2
    if (clock.takeStep() !== 0) jumps += 1
  }
  expect(jumps).toBe(0)
  expect(clock.read().quality).toBe('holdover')
})

test('a hub whose time differs is not believed, and a person is told until it agrees or the clock is set', () => {
  const m = machine()
  m.at.battery = true
  const clock = open(m)
  expect(clock.hubDiffers()).toBeNull()
  clock.hubSays(m.at.wall + DIFFERS_MS - 1)
  expect(clock.hubDiffers()).toBeNull()
  clock.hubSays(m.at.wall + 3_600_000)
  expect(clock.hubDiffers()).toBe(3_600_000)
  expect(clock.read().quality).toBe('holdover')
  m.at.wall += 3_600_000
  clock.takeStep()
  expect(clock.hubDiffers()).toBeNull()
})
