import { beforeEach, describe, expect, it, vi } from 'vitest'
import { makeCoalescer, TELL_EVERY_MS } from './coalesce.ts'

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

const world = (costMs = 0) => {
  const it = { at: 0, value: 0, told: [] as [string, number][], failures: 0, broken: false }
  const coalescer = makeCoalescer({
    tell: async (key) => {
      it.at += costMs
      if (it.broken) throw new Error('no')
      it.told.push([key, it.value])
    },
    everyMs: TELL_EVERY_MS,
    clock: () => it.at,
    failed: () => {
      it.failures += 1
    },
  })
  const change = (value: number, key = 'a') => {
    it.value = value
    coalescer.changed(key)
  }
  return { it, coalescer, change }
}

describe('what changes fast', () => {
  it('is told at once, then four times a second at the most, and the last state always', async () => {
    const { it, change } = world()
    for (let n = 1; n <= 1000; n++) {
      change(n)
      await vi.advanceTimersByTimeAsync(1)
    }
    await vi.advanceTimersByTimeAsync(10_000)
    expect(it.told.map(([, value]) => value)).toEqual([1, 250, 500, 750, 1000])
  })
  it('is told for each thing by itself', async () => {
    const { it, change } = world()
    for (const key of ['a', 'b', 'a', 'b']) change(it.value + 1, key)
    await vi.advanceTimersByTimeAsync(TELL_EVERY_MS)
    expect(it.told).toEqual([
      ['a', 1],
      ['b', 2],
      ['a', 4],
      ['b', 4],
    ])
  })
  it('is told less often when it costs much', async () => {
    const { it, change } = world(100)
    for (let n = 1; n <= 10; n++) {
      change(n)
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(it.told).toEqual([
      ['a', 1],
      ['a', 9],
    ])
  })
  it('is told again after telling failed once, and not at all after the end', async () => {
    const { it, coalescer, change } = world()
    it.broken = true
    change(1)
    await vi.advanceTimersByTimeAsync(1)
    it.broken = false
    change(2)
    await vi.advanceTimersByTimeAsync(TELL_EVERY_MS)
    change(3)
    coalescer.close()
    change(4)
    await vi.advanceTimersByTimeAsync(TELL_EVERY_MS * 4)
    expect([it.failures, it.told]).toEqual([1, [['a', 2]]])
  })
})
