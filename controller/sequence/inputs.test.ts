import { describe, expect, it } from 'vitest'
import { err, ok, type Result } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import type { SequenceValue } from '#core/power/sequence-state.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { Device } from '../bus/bus.ts'
import type { Values } from '../dialect/dialect.ts'
import { fault } from '../link/link.ts'
import { virtualTime } from '../sim/virtual-time.ts'
import { inputsOnBus } from './inputs.ts'

const LOST = err(fault('timeout', 'no answer'))

/** One board whose answers a test gives; every question is counted. */
const watched = (misses: number, first: Result<Values, LinkFault> = ok({ input1: true, input2: false })) => {
  const time = virtualTime()
  let answer = first
  let asked = 0
  const device: Pick<Device, 'name' | 'ask'> = {
    name: 'board',
    ask: async () => {
      asked += 1
      return answer
    },
  }
  const place = (field: string) => ({ device, command: 'readInputs', parameters: {}, field })
  const places = new Map([
    ['door', place('input1')],
    ['smoke', place('input2')],
  ])
  const told: [string, SequenceValue][] = []
  const watch = inputsOnBus({ places, every: duration(100), misses, wake: time.wake })
  const stop = watch((name, value) => told.push([name, value]))
  return {
    time,
    told,
    stop,
    asked: () => asked,
    say: (next: Result<Values, LinkFault>) => {
      answer = next
    },
  }
}

describe('inputs on a bus', () => {
  it('asks once for all inputs of one answer and tells only what changes', async () => {
    const { time, told, stop, asked, say } = watched(2)
    await time.advance(1000)
    expect(told).toEqual([
      ['door', true],
      ['smoke', false],
    ])
    expect(asked()).toBe(11)
    say(ok({ input1: true, input2: true }))
    await time.advance(100)
    expect(told.slice(2)).toEqual([['smoke', true]])
    stop()
    const before = asked()
    await time.advance(1000)
    expect(asked()).toBe(before)
  })

  it('bears a lost frame and makes lost sensors unknown, once', async () => {
    const { time, told, stop, say } = watched(3)
    await time.advance(50)
    told.length = 0
    say(LOST)
    await time.advance(200)
    expect(told).toEqual([])
    await time.advance(1000)
    expect(told).toEqual([
      ['door', null],
      ['smoke', null],
    ])
    say(ok({ input1: true, input2: false }))
    await time.advance(100)
    expect(told.slice(2)).toEqual([
      ['door', true],
      ['smoke', false],
    ])
    stop()
  })

  it('says unknown for what never answered and for a sensor that says so itself', async () => {
    const { time, told, stop, say } = watched(2, LOST)
    await time.advance(1000)
    expect(told).toEqual([
      ['door', null],
      ['smoke', null],
    ])
    say(ok({ input1: true, input2: 4 }))
    await time.advance(100)
    say(ok({ input1: null, input2: 4 }))
    await time.advance(100)
    expect(told.slice(2)).toEqual([
      ['door', true],
      ['smoke', 4],
      ['door', null],
    ])
    stop()
  })
})
