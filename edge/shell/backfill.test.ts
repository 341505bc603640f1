import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { EdgeMessage } from '#core/contract/link.ts'
import { memoryLog } from '../test/support.ts'
import { createBackfill } from './backfill.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

type Sent = Extract<EdgeMessage, { t: 'evidence' }>
const open = (of: { readonly head: number; readonly oldest?: number }) => {
  const sent: Sent[] = []
  const { log, lines } = memoryLog()
  const backfill = createBackfill({
    source: {
      head: () => of.head,
      read: ({ fromSeq, limit }) =>
        Promise.resolve(
          fromSeq < (of.oldest ?? 0)
            ? []
            : Array.from({ length: Math.min(limit, of.head + 1 - fromSeq) }, (_, i) => `line ${fromSeq + i}`),
        ),
    },
    send: (message) => {
      if (message.t === 'evidence') sent.push(message)
    },
    log,
  })
  /** What the link does every five seconds. */
  const pass = async (seconds: number) => {
    for (let s = 0; s < seconds; s += 5) {
      await vi.advanceTimersByTimeAsync(5_000)
      backfill.kick()
    }
    await vi.advanceTimersByTimeAsync(0)
  }
  return { backfill, sent, lines, pass }
}

test('after the disk was replaced the hub is told our newest line, so that it sees two histories at once and not in months', async () => {
  const it = open({ head: 10 })
  it.backfill.start(50_000)
  await it.pass(5)
  expect(it.sent).toEqual([{ t: 'evidence', from: 10, lines: ['line 10'] }])
})

test('a hub that does not take our lines is not sent the same thousand four times a minute for ever', async () => {
  const it = open({ head: 5_000 })
  it.backfill.start(0)
  await it.pass(6 * 3600)
  expect(it.sent.length).toBeGreaterThan(20)
  expect(it.sent.length).toBeLessThan(120)
  it.backfill.acked(500)
  await it.pass(20)
  expect(it.sent.at(-1)?.from).toBe(1_000)
})

test('lines the hub asks for and the log no longer has are said to be missing, once', async () => {
  const it = open({ head: 5_000, oldest: 4_000 })
  it.backfill.start(0)
  await it.pass(600)
  expect(it.sent).toEqual([])
  expect(it.lines.filter((l) => l.message.includes('no longer has'))).toHaveLength(1)
})

test('what keeps the log from the hub is said to people as a fault until lines go out again', async () => {
  const of = { head: 5_000, oldest: 4_000 }
  const it = open(of)
  expect(it.backfill.trouble()).toBeNull()
  it.backfill.start(17)
  await it.pass(10)
  expect(it.backfill.trouble()).toContain('17')
  of.oldest = 0
  await it.pass(10)
  expect(it.sent.length).toBeGreaterThan(0)
  expect(it.backfill.trouble()).toBeNull()
  it.backfill.start(50_000)
  expect(it.backfill.trouble()).toContain('49999')
  await it.pass(10)
  expect(it.backfill.trouble()).toContain('49999')
  it.backfill.start(10)
  expect(it.backfill.trouble()).toBeNull()
})
