import type { Log } from '#core/base/ports.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { fault } from '../link/link.ts'
import type { Profile } from '../profile/schema.ts'
import type { Attempt } from './converse.ts'

/** Leaves a silent device alone: after `quarantineAfter` failures in a row only one probe per `probeMs` goes out. */
export type Quarantine = {
  /** The answer to give at once, or null when an exchange may go out. */
  readonly refusal: () => LinkFault | null
  /** The last attempt at a question. An error the device sent is an answer: it is not silent. */
  readonly note: (attempt: Pick<Attempt, 'result' | 'answered'>) => void
  readonly lift: () => void
  readonly isOn: () => boolean
}

export const createQuarantine = (options: {
  timing: Profile['timing']
  now: () => number
  log: Log
  device: string
}): Quarantine => {
  const { timing, now, log, device } = options
  let failuresInRow = 0
  let probeAt: number | null = null
  const lift = () => {
    failuresInRow = 0
    probeAt = null
  }
  return {
    lift,
    isOn: () => probeAt !== null,
    refusal: () =>
      probeAt !== null && now() < probeAt
        ? fault('quarantined', `${failuresInRow} failures in a row; next probe in ${probeAt - now()} ms`)
        : null,
    note: ({ result, answered }) => {
      if (result.ok || answered) {
        if (probeAt !== null) log('info', 'a device answers again', { device })
        return lift()
      }
      // A lost link is the keeper’s business, and giving up is ours; neither says that the device is silent.
      if (!['timeout', 'garbled', 'checksum'].includes(result.error.kind)) return
      failuresInRow += 1
      if (failuresInRow < timing.quarantineAfter) return
      if (probeAt === null)
        log('warn', 'a device is silent and left alone between probes', { device, detail: result.error.detail })
      probeAt = now() + timing.probeMs
    },
  }
}
