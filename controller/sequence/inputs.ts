import type { Wake } from '#core/base/ports.ts'
import type { Duration } from '#core/base/units.ts'
import type { SequenceValue } from '#core/power/sequence-state.ts'
import type { Device } from '../bus/bus.ts'
import type { Values } from '../dialect/dialect.ts'

/** Where an input of the sequence is read. */
export type InputPlace = {
  readonly device: Pick<Device, 'name' | 'ask'>
  readonly command: string
  readonly parameters: Values
  readonly field: string
}

/**
 * Reads inputs on a bus again and again, each question once per round however many inputs its answer holds, and tells what changed. What could
 * not be read is `null` after `misses` rounds in a row: one lost frame is no lost sensor.
 */
export const inputsOnBus = (options: {
  readonly places: ReadonlyMap<string, InputPlace>
  readonly every: Duration
  readonly misses: number
  readonly wake: Wake
}) => {
  const { places, every, misses, wake } = options
  return (tell: (name: string, value: SequenceValue) => void): (() => void) => {
    const ending = new AbortController()
    const known = new Map<string, { value: SequenceValue; missed: number }>()
    let cancel = () => {}
    const note = (name: string, read: SequenceValue | undefined) => {
      const before = known.get(name)
      const missed = read === undefined ? (before?.missed ?? 0) + 1 : 0
      const value = read === undefined ? (missed >= misses ? null : before?.value) : read
      if (value === undefined) return void known.set(name, { value: null, missed })
      known.set(name, { value, missed })
      if (before === undefined || before.value !== value || (missed === misses && value === null)) tell(name, value)
    }
    const round = async (): Promise<void> => {
      const answers = new Map<string, Values | undefined>()
      for (const [name, place] of places) {
        const { device, command, parameters, field } = place
        const key = JSON.stringify([device.name, command, parameters])
        if (!answers.has(key)) {
          const answer = await device.ask({ command, parameters, urgent: false, signal: ending.signal })
          answers.set(key, answer.ok ? answer.value : undefined)
        }
        if (ending.signal.aborted) return
        const value = answers.get(key)?.[field]
        note(name, typeof value === 'string' ? null : value)
      }
      cancel = wake(every, () => void round())
    }
    void round()
    return () => {
      ending.abort()
      cancel()
    }
  }
}
