import { err, ok, type Result } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { Device } from '../bus/bus.ts'
import type { Values } from '../dialect/dialect.ts'

/** One look at a device: its questions in order, and what it makes of those that bring no value. */
export type Round = {
  /** The values, or the fault as it came: for what the rest of the round would be worth nothing without. */
  readonly need: (question: Asked) => Promise<Result<Values, LinkFault>>
  /**
   * The values; null when this one question has no answer while the device itself is there: it refuses, a card behind it is missing, silent
   * or garbles. A fault only when nobody answers any more, or when nobody has answered in this round yet.
   */
  readonly ask: (question: Asked) => Promise<Result<Values | null, LinkFault>>
}
type Asked = { readonly command: string; readonly parameters: Values }

/** Nothing can be asked now, whatever it is. */
const ENDS: readonly LinkFault['kind'][] = ['not-open', 'closed', 'aborted', 'quarantined']
/** The device’s own word: it is there. Only these prove it when they are the first answer of a round. */
const SAID: readonly LinkFault['kind'][] = ['refused', 'unreachable']

/**
 * After a question that brought nothing but silence, noise or wrong checksums, one that was answered before is asked again: if it is, only the
 * part that was asked is dead (a receiving card, a ribbon) and the rest goes on; if not, the device is. So one dead card never ends a round,
 * never counts towards quarantine, and costs its time-outs and one short exchange.
 */
export const createRound = (device: Device, signal: AbortSignal): Round => {
  let answered: Asked | null = null
  const ask = (question: Asked) => device.ask({ ...question, urgent: false, signal })
  const need: Round['need'] = async (question) => {
    const answer = await ask(question)
    if (answer.ok) answered ??= question
    return answer
  }
  return {
    need,
    ask: async (question) => {
      const answer = await need(question)
      if (answer.ok) return answer
      const { kind } = answer.error
      if (ENDS.includes(kind)) return answer
      if (SAID.includes(kind)) {
        answered ??= question
        return ok(null)
      }
      if (answered === null) return answer
      // No frame is sent for what the profile cannot ask, so nothing was silent.
      if (kind === 'unsupported') return ok(null)
      const again = await ask(answered)
      return again.ok || SAID.includes(again.error.kind) ? ok(null) : err(again.error)
    },
  }
}
