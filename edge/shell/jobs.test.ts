import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { memoryLog } from '../test/support.ts'
import { startJobs } from './jobs.ts'

const START = Date.UTC(2026, 10, 22, 0, 0)
beforeEach(() => void vi.useFakeTimers({ now: START }))
afterEach(() => void vi.useRealTimers())

const open = () => {
  const runs: number[] = []
  const jobs = startJobs({
    // 10:00 in Việt Nam is 03:00 UTC.
    jobs: [{ name: 'scrub', hour: 10, minute: 0, run: () => void runs.push(Date.now()) }],
    zone: 'Asia/Ho_Chi_Minh',
    offsetMinutes: 420,
    log: memoryLog().log,
    now: () => Date.now(),
  })
  return { runs, jobs }
}

test('once a day at its time', async () => {
  const { runs, jobs } = open()
  await vi.advanceTimersByTimeAsync(3 * 86_400_000)
  expect(runs.map((at) => new Date(at).getUTCHours())).toEqual([3, 3, 3])
  jobs.stop()
})

test('a step of a day forward runs a missed job once, not once per missed time', async () => {
  const { runs, jobs } = open()
  vi.setSystemTime(START + 86_400_000 * 30 + 5 * 3_600_000)
  jobs.rearm()
  await vi.advanceTimersByTimeAsync(600_000)
  expect(runs.length).toBe(1)
  jobs.stop()
})

test('a step of 30 days back does not silence it', async () => {
  const { runs, jobs } = open()
  await vi.advanceTimersByTimeAsync(6 * 3_600_000)
  expect(runs.length).toBe(1)
  vi.setSystemTime(START - 30 * 86_400_000)
  jobs.rearm()
  await vi.advanceTimersByTimeAsync(2 * 86_400_000)
  expect(runs.length).toBeGreaterThanOrEqual(2)
  jobs.stop()
})
