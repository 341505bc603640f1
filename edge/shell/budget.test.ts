import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporary } from '../test/support.ts'
import { BUDGET_FILE, createBudget, freeBytesOf, RESERVE_BYTES, readKeptBudget } from './budget.ts'
import { realFs } from './playlog-fs.ts'
import type { Segment } from './playlog-segments.ts'

const MB = 1_000_000
const segment = (date: string): Segment => ({
  name: date,
  date,
  file: `${date}.jsonl.gz`,
  gz: true,
  bytes: 2 * MB,
  firstSeq: 0,
})
const at = { mono: 0, today: '2026-11-25', free: 10_000 * MB }
const keeper = (data: string) =>
  createBudget({
    data,
    playMonths: 6,
    plannedPlays: () => 1_000,
    segments: () => ['2026-11-22', '2026-11-23', '2026-11-24'].map(segment),
    usedBytes: () => 6 * MB,
    today: () => at.today,
    mono: () => at.mono,
    log: () => undefined,
    freeBytes: () => at.free,
  })

test('the fault is there while the disk will be full within a month, and goes by itself', () => {
  const data = temporary()
  Object.assign(at, { mono: 0, today: '2026-11-25', free: 10_000 * MB })
  const budget = keeper(data)
  expect(budget.now()).toMatchObject({ basis: 'measured', bytesPerDay: 2 * MB, fits: true })
  expect(budget.faults()).toEqual([])
  at.free = RESERVE_BYTES + 20 * MB
  // Asked with every status: the answer is good for a minute.
  expect(budget.faults()).toEqual([])
  at.mono = 61_000
  expect(budget.faults()).toEqual([{ id: 'disk-filling', detail: '2026-12-06 (11 d)' }])
  at.free = 10_000 * MB
  at.mono = 200_000
  expect(budget.faults()).toEqual([])
})

test('a sample a day is kept for the command line and the next start; a torn file is passed over', () => {
  const data = temporary()
  Object.assign(at, { mono: 0, today: '2026-11-25', free: 900 * MB })
  const budget = keeper(data)
  for (let day = 10; day < 20; day++) {
    Object.assign(at, { today: `2026-12-${day}`, free: (900 - day * 10) * MB })
    budget.note()
    budget.note()
  }
  const kept = readKeptBudget(realFs, data)
  expect(kept).toMatchObject({ v: 1, playMonths: 6, plannedPlays: 1_000 })
  expect(kept?.free).toHaveLength(10)
  expect(keeper(data).now().otherBytesPerDay).toBe(8 * MB)
  const file = join(data, BUDGET_FILE)
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 30))
  expect(readKeptBudget(realFs, data)).toBeNull()
  expect(keeper(data).now().otherBytesPerDay).toBe(0)
  expect(freeBytesOf(data)).toBeGreaterThan(0)
  expect(freeBytesOf(join(data, 'not there'))).toBeNull()
})
