import { expect, test } from 'vitest'
import type { Happening } from './loop.ts'
import { createRefusals } from './refusals.ts'

const no = { event: 'refused', what: 'order', reason: 'bad-signature', detail: 'no', orderId: null } as const

test('a hub that sends wrong signatures all day fills no disk; none is lost count of, and what is no refusal passes', () => {
  const time = { ms: 0 }
  const refusals = createRefusals(() => time.ms)
  const written: Happening[] = []
  let given = 0
  for (; time.ms < 86_400_000; time.ms += 1_000) {
    const admitted = refusals.admit(no)
    given += 1
    if (admitted !== null) written.push(admitted)
  }
  expect(written.length).toBeGreaterThan(1_000)
  expect(written.length).toBeLessThan(1_600)
  time.ms += 60_000
  written.push(refusals.admit(no) ?? no)
  const counted = written.map((h) => (h.event === 'refused' ? Number(/\((\d+) more/.exec(h.detail)?.[1] ?? 0) : 0))
  expect(written.length + counted.reduce((a, b) => a + b, 0)).toBe(given + 1)
  const passing: readonly Happening[] = [{ event: 'tick' }, { ...no, what: 'schedule', voids: true }]
  for (const it of passing) expect(refusals.admit(it)).toBe(it)
})
