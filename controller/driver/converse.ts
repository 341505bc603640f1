import type { Wake } from '#core/base/ports.ts'
import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { fault, type Link } from '../link/link.ts'
import type { Codec } from '../wire/codec.ts'
import { encodeFrame } from '../wire/encode.ts'
import { describeFrame } from '../wire/explain.ts'
import type { Frame } from '../wire/layout.ts'
import { type ExchangeInput, type ExchangeOutput, type ExchangeState, exchangeStep } from './exchange.ts'
import type { Meter } from './meter.ts'

export type Conversation = {
  readonly codec: Codec
  readonly link: Link
  readonly wake: Wake
  readonly meter: Meter
  readonly request: Frame
  /** Data bytes a good reply carries. */
  readonly replyBytes: number
  readonly signal: AbortSignal
  readonly nextSequence: () => number
  /** Called at each timeout, before the machine: a half-read frame may hide the answer. */
  readonly onTimeout: () => void
  /** Given the way in for frames and faults; called with null at the end. */
  readonly listen: (feed: ((input: ExchangeInput) => void) | null) => void
}

/** Does what the exchange machine says until it ends. Timers and listeners are gone when this settles. */
export const converse = (c: Conversation): Promise<Result<Uint8Array, LinkFault>> =>
  new Promise((resolve) => {
    const { timing, acks } = c.codec.profile
    const rules = { request: c.request, replyBytes: c.replyBytes, retries: timing.retries, acks }
    let state: ExchangeState = { is: 'ready' }
    let cancel = () => {}
    const onAbort = () => step({ in: 'lost', fault: fault('aborted', 'given up by the caller') })
    const end = (result: Result<Uint8Array, LinkFault>) => {
      cancel()
      c.signal.removeEventListener('abort', onAbort)
      c.listen(null)
      resolve(result)
    }
    const send = (sequence: number) => {
      const frame = { ...c.request, sequence }
      const bytes = encodeFrame(c.codec.layout, frame)
      if (state.is === 'waiting' && state.attempt > 1) c.meter.retry()
      c.meter.recent('sent', bytes, describeFrame(c.codec, frame))
      cancel()
      cancel = c.wake(duration(timing.timeoutMs), () => {
        c.meter.timeout()
        c.onTimeout()
        step({ in: 'timeout', sequence: c.nextSequence() })
      })
      void c.link.write(bytes).then((result) => {
        if (!result.ok) step({ in: 'lost', fault: result.error })
      })
    }
    const act = (output: ExchangeOutput): void => {
      switch (output.do) {
        case 'send':
          return send(output.sequence)
        case 'pause':
          cancel()
          cancel = c.wake(duration(timing.gapMs), () => step({ in: 'ack-retry', sequence: c.nextSequence() }))
          return
        case 'ignore':
          if (output.why === 'stale' || output.why === 'foreign') c.meter.stale()
          return
        case 'succeed':
          return end(ok(output.data))
        case 'fail':
          return end(err(output.fault))
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
    c.signal.addEventListener('abort', onAbort, { once: true })
    step({ in: 'start', sequence: c.request.sequence })
  })
