import { expect, test } from 'vitest'
import { countTransitions } from '../../test/soak/transitions.ts'

test('no black frame in forty changes between pictures and clips of every codec, size and shape', async () => {
  const counts = await countTransitions(40)
  expect(counts.transitions).toBe(40)
  // Each change was looked at, not only waited for.
  expect(counts.samples).toBeGreaterThan(40 * 20)
  expect({ black: counts.black, partly: counts.partly, worst: counts.worst }).toEqual({
    black: 0,
    partly: 0,
    worst: [],
  })
})
