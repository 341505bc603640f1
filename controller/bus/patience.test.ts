import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { err, ok } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import { dialectOf } from '../dialect/open.ts'
import { fault, type Link, listeners } from '../link/link.ts'
import { createLgSim } from '../sim/lg.ts'
import { shippedProfile } from '../sim/profiles.ts'
import { serveOnMemory } from '../sim/serve.ts'
import { virtualTime } from '../sim/virtual-time.ts'
import { openBus } from './bus.ts'

const never = new AbortController().signal
const nothing = () => {}

/** A link whose opening never ends. */
const HANGING: Link = {
  name: 'hanging',
  isOpen: () => false,
  onData: () => nothing,
  onClosed: () => nothing,
  open: () => new Promise(() => {}),
  write: async () => ok(undefined),
  close: async () => {},
}

const hanging = () => {
  const time = virtualTime()
  const bus = openBus({ link: HANGING, clock: time.clock, wake: time.wake, log: nothing })
  const device = bus.attach({ name: 'monitor', dialect: dialectOf(shippedProfile('lg-rs232')), address: { id: 1 } })
  const ask = (signal: AbortSignal) => device.ask({ command: 'readPower', parameters: {}, urgent: true, signal })
  return { time, bus, ask }
}

describe('every question is settled', () => {
  test('also when the link never opens: one after the other as not open, and the line is free again', async () => {
    const { time, ask } = hanging()
    const both = await time.until(Promise.all([ask(never), ask(never)]), 20_000)
    for (const answer of both) expect(answer).toMatchObject({ ok: false, error: { kind: 'not-open' } })
    expect(time.waiting()).toBe(0)
  })

  test('at once when it is given up, under way or still waiting behind another', async () => {
    const { time, ask } = hanging()
    const first = new AbortController()
    const second = new AbortController()
    const [a, b] = [ask(first.signal), ask(second.signal)]
    await time.advance(10)
    second.abort()
    expect(await time.until(b, 0)).toMatchObject({ ok: false, error: { kind: 'aborted' } })
    first.abort()
    expect(await time.until(a, 0)).toMatchObject({ ok: false, error: { kind: 'aborted' } })
    expect(await time.until(ask(AbortSignal.abort()), 0)).toMatchObject({ ok: false, error: { kind: 'aborted' } })
    expect(time.now()).toBe(10)
  })

  test('when the bus is closed', async () => {
    const { time, bus, ask } = hanging()
    const asked = [ask(never), ask(never), ask(never)]
    await time.advance(10)
    await bus.close()
    const kinds = (await time.until(Promise.all(asked), 0)).map((one) => (one.ok ? 'ok' : one.error.kind))
    expect(kinds).toEqual(['aborted', 'aborted', 'aborted'])
  })

  test('a signal that outlives a hundred questions keeps nothing of them', async () => {
    const time = virtualTime()
    const { link } = serveOnMemory({
      device: createLgSim({ id: 1, idDigits: 2, now: time.now, warmUpMs: 0, coolDownMs: 0 }),
      seed: 1,
      faults: {},
      wake: time.wake,
    })
    const bus = openBus({ link, clock: time.clock, wake: time.wake, log: nothing })
    const device = bus.attach({ name: 'monitor', dialect: dialectOf(shippedProfile('lg-rs232')), address: { id: 1 } })
    const { signal } = new AbortController()
    const ask = () => device.ask({ command: 'readPower', parameters: {}, urgent: false, signal })
    for (let i = 0; i < 100; i++) expect(await time.until(ask(), 5000)).toMatchObject({ ok: true })
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

/** A projector without a password; it greets `PJLINK 0` 2 ms after each opening. `mute`: it opens and says nothing. */
const projector = (time: ReturnType<typeof virtualTime>) => {
  const data = listeners<Uint8Array>()
  const written: string[] = []
  const is = { there: true, mute: false, open: false, opened: 0 }
  const say = (text: string) =>
    time.wake(duration(2), () => !is.mute && data.tell(new TextEncoder().encode(`${text}\r`)))
  const link: Link = {
    name: 'projector',
    isOpen: () => is.open,
    onData: data.add,
    onClosed: () => nothing,
    open: async () => {
      if (!is.there) return err(fault('not-open', 'no such host'))
      is.open = true
      is.opened += 1
      say('PJLINK 0')
      return ok(undefined)
    },
    write: async (bytes) => {
      const line = new TextDecoder().decode(bytes)
      written.push(line.slice(2, 6))
      say(`%1${line.slice(2, 6)}=1`)
      return ok(undefined)
    },
    close: async () => {
      is.open = false
    },
  }
  return { link, is, written }
}

describe('a device that speaks first', () => {
  test('is heard although nobody has asked anything since it came', async () => {
    const time = virtualTime()
    const { link, is } = projector(time)
    const bus = openBus({ link, clock: time.clock, wake: time.wake, log: nothing })
    const device = bus.attach({ name: 'x', dialect: dialectOf(shippedProfile('pjlink-class1')), address: {} })
    const ask = () => device.ask({ command: 'readPower', parameters: {}, urgent: false, signal: never })
    is.there = false
    expect(await time.until(ask(), 1000)).toMatchObject({ ok: false, error: { kind: 'not-open' } })
    await time.advance(3000)
    is.there = true
    await time.advance(3000)
    expect(is.opened).toBe(1)
    const began = time.now()
    expect(await time.until(ask(), 30_000)).toMatchObject({ ok: true, value: { power: true } })
    expect(time.now() - began).toBeLessThan(500)
    expect(is.opened).toBe(1)
  })

  test('holds the line no longer than one attempt while it is mute, greeting or not', async () => {
    const time = virtualTime()
    const { link, is } = projector(time)
    is.mute = true
    const bus = openBus({ link, clock: time.clock, wake: time.wake, log: nothing })
    const profile = shippedProfile('pjlink-class1')
    const mute = bus.attach({ name: 'mute', dialect: dialectOf(profile), address: {} })
    // A neighbour that needs no handshake: here a monitor that does not answer either, but its question goes out.
    const beside = bus.attach({ name: 'beside', dialect: dialectOf(shippedProfile('lg-rs232')), address: { id: 1 } })
    const sent: number[] = []
    bus.onTraffic((one) => one.direction === 'sent' && sent.push(time.now()))
    const { timeoutMs, retries, gapMs } = profile.timing
    expect(retries).toBeGreaterThan(0)
    const asked = mute.ask({ command: 'readPower', parameters: {}, urgent: false, signal: never })
    await time.advance(1)
    void beside.ask({ command: 'readPower', parameters: {}, urgent: false, signal: never })
    expect(await time.until(asked, 60_000)).toMatchObject({ ok: false, error: { kind: 'timeout' } })
    expect(sent[0]).toBeLessThanOrEqual(timeoutMs + gapMs + 1)
  })
})
