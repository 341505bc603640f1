import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { afterEach, describe, expect, test } from 'vitest'
import type { Clock, Wake } from '#core/base/ports.ts'
import { assert } from '#core/base/result.ts'
import { duration, instant, mono, percent } from '#core/base/units.ts'
import type { Link } from '../link/link.ts'
import { serialLink } from '../link/serial.ts'
import { tcpLink } from '../link/tcp.ts'
import { profileOf } from '../sim/profiles.ts'
import type { SimModel } from '../sim/registers.ts'
import { startSimulatedDisplay } from '../sim/sender.ts'
import type { DisplayDriver } from './driver.ts'
import { openDisplay } from './open.ts'

/**
 * These tests use real devices of the system (a pty, a socket) and so real time; nothing sleeps, everything is
 * awaited.
 */
const clock: Clock = {
  read: () => ({ wall: instant(Date.now()), mono: mono(performance.now()), quality: 'synced', bootId: 'test' }),
}
const wake: Wake = (delay, then) => {
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}
const log = () => {}
const never = new AbortController().signal
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const drive = (model: SimModel, link: Link): DisplayDriver => {
  const driver = openDisplay({ profile: profileOf(model), address: {}, link, clock, wake, log })
  cleanups.push(driver.close)
  return driver
}
const serial = (path: string) => serialLink({ path, baudRate: 115200, dataBits: 8, parity: 'none', stopBits: 1 })
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'bangtin-pty-'))
  cleanups.push(() => rmSync(made, { recursive: true, force: true }))
  return made
}

describe('over a real pty through serialport', () => {
  const start = async () => {
    const path = join(folder(), 'display')
    const display = await startSimulatedDisplay({
      on: { kind: 'pty', path },
      model: 'mctrl300',
      cards: 4,
      seed: 1,
      faults: {},
      log,
    })
    cleanups.push(display.close)
    return { path, display }
  }

  test('identifies, sets, reads back and observes', async () => {
    const { path, display } = await start()
    const driver = drive('mctrl300', serial(path))
    expect(await driver.identify(never)).toEqual({
      ok: true,
      value: { model: 'MCTRL300', modelId: '01 00', firmware: '4.3.0.0' },
    })
    expect(await driver.apply({ set: 'brightness', value: percent(40) }, never)).toEqual({
      ok: true,
      value: { readBack: true, held: 40 },
    })
    expect(await driver.apply({ set: 'blackout', value: true }, never)).toEqual({
      ok: true,
      value: { readBack: true, held: true },
    })
    expect(display.state()).toMatchObject({ brightness: 40, blackout: true, forbiddenWrites: 0 })
    const seen = await driver.observe(never)
    assert(seen.ok, 'observed')
    // Every card is asked for its own block; four cards fit into one round.
    const cards = seen.value.sensors.flatMap((s) => /^card (\d:\d) /.exec(s.where)?.[1] ?? [])
    expect([...new Set(cards)].sort()).toEqual(['0:0', '0:1', '0:2', '0:3'])
    expect(seen).toMatchObject({
      ok: true,
      value: {
        model: 'MCTRL300',
        firmware: '4.3.0.0',
        power: null,
        brightness: 40,
        blackout: true,
        testPattern: 'none',
        freeze: false,
        input: 'dvi',
        signal: true,
        temperature: 36,
        voltage: 4.1,
        cards: 4,
      },
    })
    expect(driver.stats()).toMatchObject({ retries: 0, timeouts: 0, noiseBytes: 0 })
  })

  test('a device that vanishes and returns under its name is back within 2 s', async () => {
    const { path, display } = await start()
    const driver = drive('mctrl300', serial(path))
    expect((await driver.identify(never)).ok).toBe(true)
    display.unplug()
    let answer = await driver.identify(never)
    expect(answer).toMatchObject({ ok: false })
    assert(!answer.ok, 'unplugged')
    expect(['closed', 'not-open']).toContain(answer.error.kind)
    await display.plugIn()
    const began = performance.now()
    while (!answer.ok && performance.now() - began < 5000) {
      answer = await driver.identify(never)
      if (!answer.ok) await new Promise<void>((resolve) => void wake(duration(20), resolve))
    }
    expect(answer.ok).toBe(true)
    expect(performance.now() - began).toBeLessThan(2000)
    expect(driver.stats().reopened).toBe(1)
  })

  test('a second program on the same port is told so', async () => {
    const { path } = await start()
    const driver = drive('mctrl300', serial(path))
    expect((await driver.identify(never)).ok).toBe(true)
    const second = await serial(path).open(never)
    expect(second).toMatchObject({
      ok: false,
      error: { kind: 'not-open', detail: `${path}: in use by another program` },
    })
  })
})

describe('ports that cannot be opened give a clear reason', () => {
  test('no such device', async () => {
    const path = join(folder(), 'ttyNone')
    const driver = drive('mctrl300', serial(path))
    const answer = await driver.identify(never)
    expect(answer).toMatchObject({ ok: false, error: { kind: 'not-open' } })
    expect(answer.ok ? '' : answer.error.detail).toBe(
      `${path}: no such device; is the cable plugged in and the name right?`,
    )
  })
  test('not a serial device', async () => {
    const path = join(folder(), 'file')
    writeFileSync(path, 'no tty')
    expect(await serial(path).open(never)).toEqual({
      ok: false,
      error: { kind: 'not-open', detail: `${path}: not a serial device` },
    })
  })
  test('nobody listens on TCP', async () => {
    const display = await startSimulatedDisplay({
      on: { kind: 'tcp', port: 0 },
      model: 'mctrl660pro',
      cards: 1,
      seed: 1,
      faults: {},
      log,
    })
    await display.close()
    const answer = await tcpLink({ host: '127.0.0.1', port: display.port }).open(never)
    expect(answer).toMatchObject({ ok: false, error: { kind: 'not-open' } })
    expect(answer.ok ? '' : answer.error.detail).toContain('ECONNREFUSED')
  })
})

describe('over TCP', () => {
  test('works, and a second session is refused with the likely cause', async () => {
    const display = await startSimulatedDisplay({
      on: { kind: 'tcp', port: 0 },
      model: 'mctrl660pro',
      cards: 2,
      seed: 1,
      faults: {},
      log,
    })
    cleanups.push(display.close)
    const first = drive('mctrl660pro', tcpLink({ host: '127.0.0.1', port: display.port }))
    expect(await first.identify(never)).toMatchObject({ ok: true, value: { model: 'MCTRL660 Pro', modelId: '07 11' } })
    const second = drive('mctrl660pro', tcpLink({ host: '127.0.0.1', port: display.port }))
    const answer = await second.identify(never)
    expect(answer).toMatchObject({ ok: false, error: { kind: 'closed' } })
    expect(await first.apply({ set: 'testPattern', value: 'red' }, never)).toEqual({
      ok: true,
      value: { readBack: true, held: 'red' },
    })
    expect(display.state().testPattern).toBe('red')
  })

  test('a power cycle cuts the session, resets what was not stored, and is recovered from', async () => {
    const display = await startSimulatedDisplay({
      on: { kind: 'tcp', port: 0 },
      model: 'mctrl660pro',
      cards: 1,
      seed: 1,
      faults: {},
      log,
    })
    cleanups.push(display.close)
    const driver = drive('mctrl660pro', tcpLink({ host: '127.0.0.1', port: display.port }))
    expect((await driver.apply({ set: 'brightness', value: percent(20) }, never)).ok).toBe(true)
    display.powerCycle()
    expect(display.state()).toMatchObject({ brightness: 100, powerCycles: 1 })
    let answer = await driver.identify(never)
    for (let i = 0; i < 200 && !answer.ok; i++) {
      await new Promise<void>((resolve) => void wake(duration(10), resolve))
      answer = await driver.identify(never)
    }
    expect(answer.ok).toBe(true)
  })
})
