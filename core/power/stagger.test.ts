import { describe, expect, test } from 'vitest'
import { mono } from '../base/units.ts'
import { sequenceStep } from './sequence.ts'
import { checkSequence } from './sequence-rules.ts'
import type { PowerSequence } from './sequence-schema.ts'
import { type SequenceInput, type SequenceState, sequenceStart } from './sequence-state.ts'

/**
 * Several panels on one feeder must not start in the same instant. Sections of one screen are steps of one sequence: each waits for the one
 * before to settle. Clusters beside each other have sequences of their own with different `startOffsetMs`.
 */
const SECTIONS = ['panel-1', 'panel-2', 'panel-3'] as const
const sequence = (startOffsetMs: number): PowerSequence => ({
  version: 1,
  relays: [...SECTIONS],
  inputs: [],
  startOffsetMs,
  minimumOffMs: 15_000,
  boundMs: 60_000,
  relayWithinMs: 1000,
  blank: null,
  steps: SECTIONS.map((relay) => ({ step: 'relay', relay, on: true, settleMs: 3000, feedback: null })),
  interlocks: [],
})

/** Relays answer after 20 ms; gives the times at which each relay was told to close. */
const closings = (of: PowerSequence, since: number | null, switches: readonly (readonly [number, 'on' | 'off'])[]) => {
  let state: SequenceState = sequenceStart(since === null ? null : mono(since))
  const waiting: SequenceInput[] = switches.map(([at, to]) => ({ in: 'switch', at: mono(at), to }))
  const closed: (readonly [number, string])[] = []
  for (let steps = 0; waiting.length > 0; steps++) {
    if (steps > 500) throw new Error('the sequence does not come to rest')
    waiting.sort((a, b) => a.at - b.at)
    const input = waiting.shift()
    if (input === undefined) break
    const done = sequenceStep(of, state, input)
    state = done.state
    for (const action of done.actions) {
      if (action.do !== 'relay') continue
      if (action.on) closed.push([input.at, action.relay])
      waiting.push({ in: 'relay', at: mono(input.at + 20), ticket: action.ticket, failed: null })
    }
    const { wakeAt } = done
    if (wakeAt !== null && !waiting.some((w) => w.in === 'time' && w.at === wakeAt))
      waiting.push({ in: 'time', at: wakeAt })
  }
  return closed
}

describe('panels start one after the other', () => {
  test('sections of one sequence, each after the one before has settled', () => {
    expect(checkSequence(sequence(0))).toEqual([])
    expect(closings(sequence(0), -60_000, [[0, 'on']])).toEqual([
      [0, 'panel-1'],
      [3020, 'panel-2'],
      [6040, 'panel-3'],
    ])
  })

  test('clusters on one feeder, by their offsets, also when all of them cool first', () => {
    const offsets = [0, 10_000, 20_000]
    for (const since of [-60_000, 0]) {
      const clusters = offsets.map((offset) => closings(sequence(offset), since, [[0, 'on']]))
      const first = since === 0 ? 15_000 : 0
      expect(clusters.map((list) => list[0]?.[0])).toEqual(offsets.map((offset) => first + offset))
      const times = clusters.flatMap((list) => list.map(([at]) => at)).sort((a, b) => a - b)
      expect(times.length).toBe(9)
      times.forEach((at, i) => {
        expect(at - (times[i - 1] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(3000)
      })
    }
  })

  test('off and on again at once: the minimum time off comes first', () => {
    const list = closings(sequence(0), -60_000, [
      [0, 'on'],
      [30_000, 'off'],
      [31_000, 'on'],
    ])
    expect(list.length).toBe(6)
    expect(list[3]?.[0]).toBeGreaterThanOrEqual(45_000)
  })
})
