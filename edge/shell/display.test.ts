import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { DisplayDriver } from '#controller/driver/driver.ts'
import { createDisplay } from './display.ts'
import type { Happening } from './loop.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A driver that hears no signal and never comes back. */
const deaf: Pick<DisplayDriver, 'apply' | 'observe'> = {
  apply: () => new Promise(() => {}),
  observe: () => new Promise(() => {}),
}

const shellOf = (driver: Pick<DisplayDriver, 'apply' | 'observe'>) => {
  const posted: Happening[] = []
  const display = createDisplay(driver, (one) => posted.push(one) > 0)
  return { display, posted }
}

test('a driver that never comes back is given up after a minute, and the engine hears it', async () => {
  const { display, posted } = shellOf(deaf)
  display.apply({ set: 'blackout', value: true })
  display.observe()
  await vi.advanceTimersByTimeAsync(59_999)
  expect(posted).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(posted).toMatchObject([
    { event: 'display-applied', setting: { set: 'blackout' }, result: { ok: false, error: { kind: 'aborted' } } },
    { event: 'display-observed', result: { ok: false, error: { kind: 'aborted' } } },
  ])
  expect(vi.getTimerCount()).toBe(0)
})

test('a driver that throws is a failure, not the end of the daemon', async () => {
  const broken = { ...deaf, observe: () => Promise.reject(new Error('bug')) }
  const { display, posted } = shellOf(broken)
  display.observe()
  await vi.advanceTimersByTimeAsync(0)
  expect(posted).toMatchObject([{ result: { ok: false, error: { kind: 'aborted', detail: 'bug' } } }])
  expect(vi.getTimerCount()).toBe(0)
})

test('after the stop nothing is told and no timer is left', async () => {
  const { display, posted } = shellOf(deaf)
  display.observe()
  display.stop()
  await vi.advanceTimersByTimeAsync(120_000)
  expect(posted).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})
