import { beforeEach, describe, expect, it, vi } from 'vitest'
import { GROUP_MS, MOST_GROUPED, makeGroup } from './group.ts'

/** A database that is an array: what was written since `begin` goes away when the commit fails. */
const world = () => {
  const db = { rows: [] as number[], commits: 0, broken: false, tookMs: 0, at: 0 }
  const commit = (work: () => void): void => {
    const before = [...db.rows]
    db.commits += 1
    try {
      work()
      if (db.broken) throw new Error('disk full')
      db.at += db.tookMs
    } catch (error) {
      db.rows = before
      throw error
    }
  }
  const group = makeGroup(commit, () => db.at)
  const write = (n: number) =>
    group.add(() => {
      if (n < 0) throw new Error(`bad ${n}`)
      db.rows.push(n)
      return n * 10
    })
  return { db, group, write }
}

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

describe('small writes that come together', () => {
  it('are one commit after a moment, each with its own answer, and none is told before it is stored', async () => {
    const { db, write } = world()
    const told: number[] = []
    for (const n of [1, 2, 3]) void write(n).then((answer) => told.push(answer))
    await vi.advanceTimersByTimeAsync(GROUP_MS.least - 1)
    expect([db.rows, told]).toEqual([[], []])
    await vi.advanceTimersByTimeAsync(1)
    expect([db.rows, told, db.commits]).toEqual([[1, 2, 3], [10, 20, 30], 1])
  })
  it('are committed at once when they are many', async () => {
    const { db, write } = world()
    const all = Promise.all(Array.from({ length: MOST_GROUPED + 1 }, (_, n) => write(n)))
    expect([db.rows.length, db.commits]).toEqual([MOST_GROUPED, 1])
    await vi.advanceTimersByTimeAsync(GROUP_MS.most)
    expect([(await all).length, db.commits]).toEqual([MOST_GROUPED + 1, 2])
  })
  it('do not suffer from one that cannot be stored', async () => {
    const { db, write } = world()
    const all = Promise.allSettled([write(1), write(-1), write(2)])
    await vi.advanceTimersByTimeAsync(GROUP_MS.least)
    expect((await all).map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))).toEqual([
      10,
      'Error: bad -1',
      20,
    ])
    expect(db.rows).toEqual([1, 2])
  })
  it('are all refused, and nothing stays, when the disk takes none', async () => {
    const { db, write } = world()
    db.broken = true
    const all = Promise.allSettled([write(1), write(2)])
    await vi.advanceTimersByTimeAsync(GROUP_MS.least)
    expect((await all).map((one) => one.status)).toEqual(['rejected', 'rejected'])
    // Asked once, not once for each: a database that is locked makes every asking wait.
    expect([db.rows, db.commits]).toEqual([[], 1])
  })
  it('wait as long as the disk was slow, but not longer than the bound', async () => {
    const { db, write } = world()
    for (const [tookMs, waitMs] of [
      [12, 12],
      [500, GROUP_MS.most],
      [0, GROUP_MS.least],
    ] as const) {
      db.tookMs = tookMs
      void write(1)
      await vi.advanceTimersByTimeAsync(GROUP_MS.most)
      const before = db.commits
      void write(2)
      await vi.advanceTimersByTimeAsync(waitMs - 1)
      expect(db.commits).toBe(before)
      await vi.advanceTimersByTimeAsync(1)
      expect(db.commits).toBe(before + 1)
    }
  })
  it('are stored when the store closes', () => {
    const { db, group, write } = world()
    void write(7)
    group.flush()
    expect(db.rows).toEqual([7])
  })
})
