import type { Wake } from '#core/base/ports.ts'
import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { Question, Values } from '../dialect/dialect.ts'
import { fault, type Link } from '../link/link.ts'
import { type ExchangeInput, type ExchangeOutput, type ExchangeState, exchangeStep } from './exchange.ts'
import type { Meter } from './meter.ts'
import { whenAborted } from './patience.ts'

export type Conversation = {
  readonly question: Question
  readonly token: number
  /** Tokens of the attempts before this one. */
  readonly before: readonly number[]
  readonly timeoutMs: number
  readonly link: Link
  readonly wake: Wake
  readonly meter: Meter
  /** Any of them gives it up. */
  readonly signals: readonly AbortSignal[]
  /** Told of the frame sent. */
  readonly sent: (bytes: Uint8Array) => void
  /** Called at a timeout, before the machine: a half-read frame may hide the answer. */
  readonly onTimeout: () => void
  /** Frames that came before anyone listened. */
  readonly unheard: () => readonly Uint8Array[]
  /** Given the way in for frames and faults; called with null at the end. */
  readonly listen: (feed: ((input: ExchangeInput) => void) | null) => void
}

export type Attempt = {
  readonly result: Result<Values, LinkFault>
  /** Another attempt may do better. */
  readonly again: boolean
  /** The device said this, be it an error; false after silence, noise and lost links. */
  readonly answered: boolean
  /** Something was handed to the link, so an answer may still come. */
  readonly sent: boolean
}

/** One attempt at a question: does what the exchange machine says until it ends. Timers and listeners are gone when this settles. */
export const converse = (c: Conversation): Promise<Attempt> =>
  new Promise((resolve) => {
    const rules = { question: c.question, before: c.before }
    let state: ExchangeState = { is: 'ready' }
    let cancel = () => {}
    let sent = false
    const stops: (() => void)[] = []
    const onAbort = () => step({ in: 'lost', fault: fault('aborted', 'given up by the caller') })
    const end = (attempt: Omit<Attempt, 'sent'>) => {
      cancel()
      for (const stop of stops) stop()
      c.listen(null)
      resolve({ ...attempt, sent })
    }
    const wait = () => {
      cancel()
      cancel = c.wake(duration(c.timeoutMs), () => {
        c.onTimeout()
        if (state.is === 'done') return
        c.meter.timeout()
        step({ in: 'timeout' })
      })
    }
    const send = (token: number) => {
      const bytes = c.question.encode(token)
      wait()
      // Only listening: some devices speak first, perhaps before we listened.
      if (bytes.length === 0) {
        for (const early of c.unheard()) step({ in: 'frame', bytes: early })
        return
      }
      sent = true
      c.sent(bytes)
      void c.link.write(bytes).then((result) => step(result.ok ? { in: 'sent' } : { in: 'lost', fault: result.error }))
    }
    const act = (output: ExchangeOutput): void => {
      switch (output.do) {
        case 'send':
          return send(output.token)
        case 'wait':
          return wait()
        case 'ignore':
          if (output.why === 'stale' || output.why === 'foreign') c.meter.stale()
          return
        case 'succeed':
          return end({ result: ok(output.values), again: false, answered: true })
        case 'fail':
          return end({ result: err(output.fault), again: output.again, answered: output.answered })
        default:
          return unreachable(output)
      }
    }
    const step = (input: ExchangeInput) => {
      if (state.is === 'done') return
      const next = exchangeStep(rules, state, input)
      state = next.state
      act(next.output)
    }
    c.listen(step)
    // A signal that fired before tells nobody again.
    if (c.signals.some((signal) => signal.aborted)) return onAbort()
    stops.push(...c.signals.map((signal) => whenAborted(signal, onAbort)))
    step({ in: 'start', token: c.token })
  })
