import type { Clock, Wake } from '#core/base/ports.ts'
import { type Duration, duration, type Mono, since } from '#core/base/units.ts'
import { type Debounced, type DebounceStep, debounced, dueAt, edge, elapse } from './debounce.ts'

/**
 * A debounced contact with a timer for the change that is becoming certain: what `debounce.ts` decides, on a clock. For sysfs and the
 * simulated board; the character device has the kernel’s own.
 */
export const settleContact = (
  time: { readonly clock: Clock; readonly wake: Wake },
  contact: {
    readonly span: Duration
    readonly first: boolean
    readonly settled: (on: boolean, at: Mono) => void
  },
): { readonly saw: (level: boolean) => void; readonly present: () => boolean; readonly stop: () => void } => {
  const state: { machine: Debounced; cancel: () => void } = { machine: debounced(contact.first), cancel: () => {} }
  const now = () => time.clock.read().mono
  const settle = (step: DebounceStep): void => {
    state.machine = step.state
    state.cancel()
    state.cancel = () => {}
    const due = dueAt(step.state, contact.span)
    if (due !== null) {
      const wait = duration(Math.max(0, since(due, now())))
      state.cancel = time.wake(wait, () => settle(elapse(state.machine, now(), contact.span)))
    }
    if (step.settled !== null) contact.settled(step.settled.level, step.settled.at)
  }
  return {
    saw: (level) => {
      const at = now()
      const step = edge(state.machine, { level, at }, contact.span)
      settle(step)
      // Without a debounce the change is certain at once; a timer of 0 ms would only tell it later.
      if (contact.span === 0) settle(elapse(state.machine, at, contact.span))
    },
    present: () => elapse(state.machine, now(), contact.span).state.level,
    stop: () => state.cancel(),
  }
}
