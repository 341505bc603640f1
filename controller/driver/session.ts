import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { keepOpen } from '../link/keeper.ts'
import { fault, type Link } from '../link/link.ts'
import { gapAfter } from '../profile/latency.ts'
import { sizeOfData } from '../profile/size.ts'
import type { Codec, Values } from '../wire/codec.ts'
import { decodeValues } from '../wire/decode.ts'
import { requestFrame } from '../wire/encode.ts'
import { describeFrame } from '../wire/explain.ts'
import { createScanner, type Scanned } from '../wire/scan.ts'
import { converse } from './converse.ts'
import type { ExchangeInput } from './exchange.ts'
import { createMeter, type Meter, type SessionStats } from './meter.ts'
import { createQuarantine } from './quarantine.ts'

/** Exchanges that may wait their turn. More means a caller in a loop; they are refused as `aborted`. */
export const MOST_WAITING = 64

export type Ask = {
  readonly command: string
  /** Data values and target parameters. */
  readonly parameters: Values
  /** Urgent exchanges (settings) go before routine ones (looking), never into one that is under way. */
  readonly urgent: boolean
  readonly signal: AbortSignal
}

/** One bus: one exchange at a time, gaps kept, a silent device left alone between probes. */
export type Session = {
  /** The values of the reply (empty for a write), or why not. Always settles within the profile’s computed time. */
  readonly ask: (ask: Ask) => Promise<Result<Values, LinkFault>>
  readonly stats: () => SessionStats
  readonly close: () => Promise<void>
}

export type SessionOptions = {
  readonly codec: Codec
  readonly link: Link
  readonly clock: Clock
  readonly wake: Wake
  readonly log: Log
}

export const openSession = (options: SessionOptions): Session => {
  const { codec, link, clock, wake, log } = options
  const now = () => clock.read().mono
  const meter = createMeter()
  const ear = listenTo(codec, link, meter)
  const quarantine = createQuarantine({ timing: codec.profile.timing, now, log, link: link.name })
  const onOpen = (why: 'first' | 'lost' | 'recycled') => {
    ear.giveUp()
    // A link that was lost may come back with a restarted device, which deserves a fresh hearing; one we recycled does
    // not.
    if (why === 'lost') quarantine.lift()
  }
  const keeper = keepOpen({ link, wake, log, onOpen })
  // Not always from zero: a reply left over from a process that was killed must not look like ours.
  let sequence = clock.read().wall % 256
  let freeAt = 0
  let closed = false
  const nextSequence = () => {
    sequence = (sequence + 1) % 256
    return sequence
  }
  const pauseUntil = (at: number): Promise<void> =>
    at <= now() ? Promise.resolve() : new Promise((resolve) => void wake(duration(at - now()), resolve))

  const run = async (ask: Ask): Promise<Result<Values, LinkFault>> => {
    const { signal } = ask
    if (signal.aborted) return err(fault('aborted', 'given up while waiting'))
    const command = codec.profile.commands[ask.command]
    const request = requestFrame(codec, { ...ask, target: null, sequence: nextSequence() })
    if (!command || !request.ok) return err(fault('unsupported', request.ok ? ask.command : request.error))
    const refusal = quarantine.refusal()
    if (refusal) return err(refusal)
    const ready = await keeper.ready()
    if (!ready.ok) return ready
    await pauseUntil(freeAt)
    if (signal.aborted || closed) return err(fault('aborted', 'given up before it was sent'))
    const began = now()
    const replyBytes = command.direction === 'read' ? sizeOfData(command) : 0
    const { listen, giveUp: onTimeout } = ear
    const reply = await converse({
      codec,
      link,
      wake,
      meter,
      request: request.value,
      replyBytes,
      signal,
      nextSequence,
      onTimeout,
      listen,
    })
    freeAt = now() + gapAfter(codec.profile, command)
    meter.exchange(duration(now() - began))
    quarantine.note(reply)
    if (quarantine.isOn()) await keeper.recycle()
    if (!reply.ok) return reply
    keeper.proved()
    if (command.direction === 'write') return ok({})
    const values = decodeValues(command, reply.value)
    return values.ok ? values : err(fault('garbled', `${ask.command}: ${values.error}`))
  }
  const line = queue(run)
  return {
    ask: async (ask) => (closed ? err(fault('aborted', `${link.name} is closed`)) : line(ask)),
    stats: () => ({
      ...meter.read(),
      noiseBytes: ear.noiseBytes(),
      reopened: keeper.reopened(),
      quarantined: quarantine.isOn(),
    }),
    close: async () => {
      closed = true
      ear.close(fault('aborted', `${link.name} is being closed`))
      await keeper.close()
    },
  }
}

/** One at a time, urgent before routine, each in order of arrival; at most MOST_WAITING wait. */
const queue = (run: (ask: Ask) => Promise<Result<Values, LinkFault>>) => {
  type Job = { readonly ask: Ask; readonly settle: (result: Result<Values, LinkFault>) => void }
  const urgent: Job[] = []
  const routine: Job[] = []
  let busy = false
  const pump = async () => {
    if (busy) return
    busy = true
    for (let job = urgent.shift() ?? routine.shift(); job; job = urgent.shift() ?? routine.shift())
      job.settle(await run(job.ask))
    busy = false
  }
  return (ask: Ask): Promise<Result<Values, LinkFault>> =>
    new Promise((settle) => {
      if (urgent.length + routine.length >= MOST_WAITING)
        return settle(err(fault('aborted', `${MOST_WAITING} exchanges are waiting already`)))
      const line = ask.urgent ? urgent : routine
      line.push({ ask, settle })
      void pump()
    })
}

/** Turns what the link hands on into inputs of the exchange under way; without one, frames are counted as stale. */
const listenTo = (codec: Codec, link: Link, meter: Meter) => {
  const scanner = createScanner(codec.layout, 'reply')
  let feed: ((input: ExchangeInput) => void) | null = null
  const hear = (found: readonly Scanned[]) => {
    for (const item of found) {
      if (item.is === 'frame') {
        meter.recent('received', item.bytes, describeFrame(codec, item.frame))
        if (feed) feed({ in: 'frame', frame: item.frame })
        else meter.stale()
      } else {
        meter.recent('received', item.bytes, 'wrong checksum')
        meter.wrongChecksum()
        feed?.({ in: 'wrong-checksum' })
      }
    }
  }
  const counted = (found: () => readonly Scanned[]) => {
    const before = scanner.noiseBytes()
    hear(found())
    if (scanner.noiseBytes() > before) feed?.({ in: 'noise' })
  }
  const stopData = link.onData((chunk) => counted(() => scanner.push(chunk)))
  const stopClosed = link.onClosed((why) => feed?.({ in: 'lost', fault: why }))
  return {
    listen: (next: ((input: ExchangeInput) => void) | null) => {
      feed = next
    },
    giveUp: () => counted(scanner.giveUp),
    noiseBytes: scanner.noiseBytes,
    close: (why: LinkFault) => {
      stopData()
      stopClosed()
      feed?.({ in: 'lost', fault: why })
    },
  }
}
