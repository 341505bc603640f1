import { describe, expect, test } from 'vitest'
import { duration } from '#core/base/units.ts'
import type { Values } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import { memoryLink } from '../link/memory.ts'
import { emergencyLatency } from '../profile/latency.ts'
import type { Profile } from '../profile/schema.ts'
import { shippedProfile } from '../sim/profiles.ts'
import { virtualTime } from '../sim/virtual-time.ts'
import { openBus } from './bus.ts'

const never = new AbortController().signal
const RELAY = shippedProfile('waveshare-modbus-rtu-relay-8ch')
const { timeoutMs, retries } = RELAY.timing

/** CRC-16 of Modbus, low byte first, written here from the specification: the family is not its own oracle. */
const withSum = (bytes: readonly number[]): Uint8Array => {
  let sum = 0xffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >> 1) ^ 0xa001 : sum >> 1
  }
  return Uint8Array.from([...bytes, sum & 255, sum >> 8])
}

/** Relay 1 is on, the others are off, at every unit. How late, ms, is the n-th answer? Null: none. Answers do not say which relay they mean. */
const world = (lateness: (nth: number, unit: number) => number | null, profile: Profile = RELAY) => {
  const time = virtualTime()
  const { link, device } = memoryLink('line')
  const asked: { at: number; unit: number; channel: number }[] = []
  device.onWritten((bytes) => {
    const [unit = 0, , , channel = 0] = bytes
    asked.push({ at: time.now(), unit, channel })
    const late = lateness(asked.length, unit)
    const answer = [unit, 1, 1, channel === 1 ? 1 : 0]
    if (late !== null) time.wake(duration(late), () => device.send(withSum(answer)))
  })
  const bus = openBus({ link, clock: time.clock, wake: time.wake, log: () => {} })
  const attach = (unit: number) => bus.attach({ name: `unit ${unit}`, dialect: dialectOf(profile), address: { unit } })
  const devices = [attach(1), attach(2)] as const
  const ask = (of: 0 | 1, channel: number, signal: AbortSignal) =>
    devices[of].ask({ command: 'readRelay', parameters: { channel }, urgent: false, signal })
  return { time, bus, asked, ask, devices }
}
const on = (value: boolean) => ({ ok: true, value: { on: value } satisfies Values })

describe('answers that do not say what they answer, and come late', () => {
  test('for every lateness below two time-outs nobody is told the value of another relay', async () => {
    let checked = 0
    for (let late = 0; late < 2 * timeoutMs; late += 7) {
      const { time, ask, asked } = world((nth) => (nth <= 2 ? late : 5))
      const both = Promise.all([ask(0, 1, never), ask(0, 0, never)])
      expect(await time.until(both, 60_000), `late by ${late} ms`).toEqual([on(true), on(false)])
      expect(asked.length).toBe(late < timeoutMs ? 2 : 4)
      checked += 1
    }
    expect(checked).toBe(86)
  })

  test('after a question given up under way it is left alone as well, for every moment of giving up', async () => {
    let checked = 0
    for (let after = 1; after < timeoutMs; after += 7) {
      const { time, ask } = world((nth) => (nth === 1 ? timeoutMs : 5))
      const giveUp = new AbortController()
      time.wake(duration(after), () => giveUp.abort())
      const first = ask(0, 1, giveUp.signal)
      const second = ask(0, 0, never)
      expect(await time.until(first, 10_000)).toMatchObject({ ok: false, error: { kind: 'aborted' } })
      expect(time.now()).toBe(after)
      expect(await time.until(second, 10_000)).toEqual(on(false))
      checked += 1
    }
    expect(checked).toBe(43)
  })

  test('its own retry waits too; another device on the line is served meanwhile', async () => {
    const { time, ask, asked } = world((nth, unit) => (unit === 1 && nth === 1 ? null : 5))
    const silent = ask(0, 1, never)
    await time.advance(1)
    const neighbour = ask(1, 0, never)
    expect(await time.until(neighbour, 10_000)).toEqual(on(false))
    expect(time.now()).toBeLessThan(timeoutMs + 50)
    expect(await time.until(silent, 10_000)).toEqual(on(true))
    const own = asked.filter(({ unit }) => unit === 1).map(({ at }) => at)
    expect(own.length).toBe(2)
    expect(own[1]).toBeGreaterThanOrEqual((own[0] ?? 0) + 2 * timeoutMs)
  })

  test('a device that answers in time is not slowed down, also when its word is no', async () => {
    const { time, ask } = world(() => 5)
    for (let i = 0; i < 10; i++) await time.until(ask(0, i % 8, never), 1000)
    expect(time.now()).toBeLessThan(10 * (5 + RELAY.timing.gapMs + 1))
  })

  test('the computed bound holds for an exchange whose every attempt but the last is lost', async () => {
    const { time, ask } = world((nth) => (nth <= retries ? null : timeoutMs - 1))
    expect(await time.until(ask(0, 1, never), 60_000)).toEqual(on(true))
    const tookWithQuiet = time.now() + timeoutMs
    const line = RELAY.links[0]
    expect(retries).toBeGreaterThan(0)
    expect(tookWithQuiet).toBeLessThanOrEqual(line ? emergencyLatency(RELAY, line).worstMs : 0)
    expect(tookWithQuiet).toBeGreaterThan((2 * retries + 1) * timeoutMs)
  })
})
