import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { duration, type Reading } from '#core/base/units.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { Dialect, Question, Value, Values } from '../dialect/dialect.ts'
import { keepOpen } from '../link/keeper.ts'
import { fault, type Link, listeners } from '../link/link.ts'
import { type Attempt, converse } from './converse.ts'
import { createEar, type Ear } from './ear.ts'
import { createMeter, type SessionStats, traceOf } from './meter.ts'
import { unlessAborted, whenAborted } from './patience.ts'
import { createQuarantine, type Quarantine } from './quarantine.ts'
import { createQueue, type Job } from './queue.ts'

export type Ask = {
  readonly command: string
  /** Data values and parameters of the command. */
  readonly parameters: Values
  /** Urgent exchanges (settings) go before routine ones (looking), never into one that is under way. */
  readonly urgent: boolean
  readonly signal: AbortSignal
}

/** One device on a bus. */
export type Device = {
  readonly name: string
  readonly dialect: Dialect
  /** The values of the reply (empty for most writes), or why not. Always settles within the profile’s computed time and those before it. */
  readonly ask: (ask: Ask) => Promise<Result<Values, LinkFault>>
  readonly address: Values
  /** The value of a field as this device can hold it: 50 % of 16 steps is 53 %. `undefined`: the command has no such field. */
  readonly holds: (command: string, parameters: Values, field: string) => Value | undefined
  readonly stats: () => SessionStats
}

/** What passed over the wire. `device`: whose turn it was; null between exchanges. */
export type Traffic = {
  readonly at: Reading
  readonly direction: 'sent' | 'received'
  readonly is: 'frame' | 'checksum' | 'noise'
  readonly bytes: Uint8Array
  readonly device: string | null
}

/**
 * One link and everything that hangs on it: one exchange at a time whoever asks, gaps kept, a silent device left alone between probes, so that
 * it delays nobody else by more than one time-out per probe.
 */
export type Bus = {
  readonly name: string
  readonly attach: (device: { readonly name: string; readonly dialect: Dialect; readonly address: Values }) => Device
  readonly onTraffic: (listener: (traffic: Traffic) => void) => () => void
  /** The link went away by itself: a pulled cable, a dropped session. It is opened again without being asked. */
  readonly onLost: (listener: (fault: LinkFault) => void) => () => void
  readonly close: () => Promise<void>
}

type Attached = {
  readonly name: string
  readonly dialect: Dialect
  readonly address: Values
  readonly ear: Ear
  readonly quarantine: Quarantine
  readonly meter: ReturnType<typeof createMeter>
  /** What the first `done` commands of the handshake learnt, and the opening they belong to. */
  context: { readonly values: Values; readonly done: number; readonly opening: number } | null
  /** Not before this, monotonic ms: it is busy with a write, or a late answer to what it was asked before could be taken for the next. */
  freeAt: number
}

/** A question on its way through its attempts. */
type Trying = {
  readonly command: string
  readonly greeting: boolean
  /** Of the attempts so far. */
  readonly tokens: number[]
  readonly signal: AbortSignal
  /** When it was asked, monotonic ms. */
  readonly began: number
}
/** `greeting`: attempts at the handshake command that is under way for this question. */
type Asked = Job<Attached> & { readonly ask: Ask; readonly trying: Trying; greeting: Trying | null }

/** Faults after which a session still stands. */
const STANDS: readonly LinkFault['kind'][] = ['refused', 'unreachable', 'garbled', 'checksum', 'aborted']

/** Links bound their own opening; this is for one that does not, ms. Whoever asks hears `not-open` after it. */
const LONGEST_OPENING_MS = 8000

/** A device that greets, once after each opening: the first question of its handshake sends nothing. */
const speaksFirst = ({ dialect, address }: Attached): boolean => {
  const [command] = dialect.handshake
  const question = command === undefined ? null : dialect.question({ command, parameters: {}, address, context: {} })
  return question?.ok === true && question.value.encode(0).length === 0
}

export const openBus = (options: { link: Link; clock: Clock; wake: Wake; log: Log }): Bus => {
  const { link, clock, wake, log } = options
  const now = () => clock.read().mono
  const devices: Attached[] = []
  const traffic = listeners<Traffic>()
  const lost = listeners<LinkFault>()
  const closing = new AbortController()
  let speaker: Attached | null = null
  let busFreeAt = 0
  let opening = 0
  // Not always from zero: a reply left over from a process that was killed must not look like ours.
  let token = clock.read().wall % 256
  const nextToken = () => {
    token = (token + 1) % 256
    return token
  }
  const tell = (direction: Traffic['direction'], is: Traffic['is'], bytes: Uint8Array) =>
    traffic.tell({ at: clock.read(), direction, is, bytes, device: speaker?.name ?? null })
  const keeper = keepOpen({
    link,
    wake,
    log,
    onOpen: (why) => {
      opening += 1
      for (const device of devices) {
        device.ear.reset()
        // A link that was lost may come back with a restarted device, which deserves a fresh hearing; one we recycled does not.
        if (why === 'lost') device.quarantine.lift()
      }
      // It speaks before anybody is asked anything; nothing is under way on a link that has just been opened.
      speaker = devices.find(speaksFirst) ?? speaker
    },
  })
  const stopData = link.onData((chunk) => speaker?.ear.hear(chunk))
  const stopClosed = link.onClosed((why) => {
    speaker?.ear.lost(why)
    lost.tell(why)
  })

  const speakAs = (device: Attached) => {
    if (speaker !== device) speaker?.ear.reset()
    speaker = device
  }
  /** One attempt. The last one of a question counts for quarantine; a probe has only one. */
  const attempt = async (device: Attached, question: Question, of: Trying): Promise<Attempt> => {
    const { timing } = device.dialect.profile
    speakAs(device)
    const token = nextToken()
    const done = await converse({
      question,
      token,
      before: of.tokens,
      timeoutMs: timing.timeoutMs,
      link,
      wake,
      meter: device.meter,
      signals: [of.signal, closing.signal],
      sent: (bytes) => {
        device.meter.recent('sent', () => traceOf(device.dialect, 'request', bytes))
        tell('sent', 'frame', bytes)
      },
      onTimeout: device.ear.giveUp,
      listen: device.ear.listen,
      unheard: device.ear.unheard,
    })
    busFreeAt = now() + timing.gapMs
    of.tokens.push(token)
    // The answer to an attempt that ended without one may still be on its way, and after a retry the answer to the attempt before.
    const doubtful = (done.sent && !done.answered) || of.tokens.length > 1
    const quietMs = device.dialect.ambiguous && doubtful ? timing.timeoutMs : 0
    device.freeAt = now() + Math.max(quietMs, question.write ? timing.writeGapMs : 0)
    const again = done.again && of.tokens.length <= timing.retries && !device.quarantine.isOn()
    if (again) device.meter.retry()
    else {
      device.meter.exchange(duration(now() - of.began), {
        at: clock.read().wall,
        command: of.command,
        attempts: of.tokens.length,
        fault: done.result.ok ? null : done.result.error,
        values: done.result.ok && !of.greeting ? done.result.value : {},
      })
      device.quarantine.note(done)
      if (devices.every((one) => one.quarantine.isOn())) await keeper.recycle()
    }
    if (done.result.ok) keeper.proved()
    return { ...done, again }
  }
  /** Asks what must be asked after every opening. Null: an attempt failed, and the next one waits for its turn like any other. */
  const shakeHands = async (job: Asked): Promise<Result<Values, LinkFault> | null> => {
    const { device } = job
    const { handshake } = device.dialect
    if (device.context?.opening !== opening) device.context = { values: {}, done: 0, opening }
    let known = device.context
    for (let command = handshake[known.done]; command !== undefined; command = handshake[known.done]) {
      const call = { command, parameters: {}, address: device.address, context: known.values }
      const question = device.dialect.question(call)
      if (!question.ok) return err(fault('unsupported', question.error))
      job.greeting ??= { command, greeting: true, tokens: [], signal: job.ask.signal, began: now() }
      const { result, again } = await attempt(device, question.value, job.greeting)
      if (again) return null
      job.greeting = null
      if (!result.ok) return err(await unwelcome(device, result.error))
      known = { ...known, values: { ...known.values, ...result.value }, done: known.done + 1 }
      device.context = known
      await pauseUntil(busFreeAt)
    }
    return ok(known.values)
  }
  /** The handshake failed: what it comes to for whoever asked. */
  const unwelcome = async (device: Attached, error: LinkFault): Promise<LinkFault> => {
    if (!speaksFirst(device)) {
      device.context = null
      return error
    }
    // What it says once after an opening can be heard again only after another one.
    await keeper.recycle()
    // No question was asked yet that it could have refused: it refuses us, e.g. for a wrong password.
    return error.kind === 'refused' ? fault('not-open', error.detail) : error
  }
  const pauseUntil = (at: number): Promise<void> =>
    at <= now() ? Promise.resolve() : new Promise((resolve) => void wake(duration(at - now()), resolve))

  /** Open within its bound, or given up by whoever asks or closes. */
  const opened = (signal: AbortSignal): Promise<Result<void, LinkFault>> =>
    new Promise((resolve) => {
      const settle = (result: Result<void, LinkFault>) => {
        for (const stop of waits) stop()
        resolve(result)
      }
      const giveUp = () => settle(err(fault('aborted', 'given up while the link was being opened')))
      const slow = fault('not-open', `${link.name}: not open after ${LONGEST_OPENING_MS} ms`)
      const waits = [
        wake(duration(LONGEST_OPENING_MS), () => settle(err(slow))),
        whenAborted(signal, giveUp),
        whenAborted(closing.signal, giveUp),
      ]
      void keeper.ready().then(settle)
    })

  /** Null: not yet, it is to be tried again when it is its turn. */
  const run = async (job: Asked): Promise<Result<Values, LinkFault> | null> => {
    const { device, ask, trying } = job
    const { signal } = ask
    if (signal.aborted || closing.signal.aborted) return err(fault('aborted', 'given up while waiting'))
    const refusal = device.quarantine.refusal()
    if (refusal) return err(refusal)
    if (!keeper.isOpen()) {
      const ready = await opened(signal)
      if (!ready.ok) return ready
    }
    await pauseUntil(busFreeAt)
    if (signal.aborted || closing.signal.aborted) return err(fault('aborted', 'given up before it was sent'))
    const context = await shakeHands(job)
    if (context === null || !context.ok) return context
    const { command, parameters } = ask
    const question = device.dialect.question({ command, parameters, address: device.address, context: context.value })
    if (!question.ok) return err(fault('unsupported', question.error))
    const { result, again } = await attempt(device, question.value, trying)
    if (again) return null
    if (result.ok || device.dialect.handshake.length === 0) return result
    // A device that forgot its session (restart behind a link that never dropped) is greeted again at the next question.
    if (!speaksFirst(device)) device.context = null
    // A refusal proves that the session stands; anything else, and only a new connection is greeted anew.
    else if (!STANDS.includes(result.error.kind)) await keeper.recycle()
    return result
  }
  const queue = createQueue<Attached, Asked, Result<Values, LinkFault>>({
    now,
    wake,
    run,
    readyAt: (device) => device.freeAt,
    probing: (device) => device.quarantine.isOn(),
    probeMs: (device) => device.dialect.profile.timing.probeMs,
  })
  return {
    name: link.name,
    onTraffic: traffic.add,
    onLost: lost.add,
    attach: ({ name, dialect, address }) => {
      const meter = createMeter()
      const device: Attached = {
        name,
        dialect,
        address,
        meter,
        ear: createEar(dialect, meter, tell),
        quarantine: createQuarantine({ timing: dialect.profile.timing, now, log, device: `${name} (${link.name})` }),
        context: null,
        freeAt: 0,
      }
      devices.push(device)
      return {
        name,
        dialect,
        address,
        holds: (command, parameters, field) =>
          dialect.holds({ command, parameters, address, context: device.context?.values ?? {} }, field),
        ask: async (ask) => {
          if (closing.signal.aborted) return err(fault('aborted', `${link.name} is closed`))
          const refusal = device.quarantine.refusal()
          if (refusal) return err(refusal)
          const trying: Trying = { command: ask.command, greeting: false, tokens: [], signal: ask.signal, began: now() }
          const answer = queue.add({ device, ask, urgent: ask.urgent, trying, greeting: null })
          if (answer === null) return err(fault('aborted', queue.full))
          // Whoever gives up hears so at once, also while others are asked; its turn then passes unused.
          return unlessAborted(answer, ask.signal)
        },
        stats: () => ({
          ...meter.read(),
          noiseBytes: device.ear.noiseBytes(),
          reopened: keeper.reopened(),
          quarantined: device.quarantine.isOn(),
        }),
      }
    },
    close: async () => {
      closing.abort()
      queue.drain()
      stopData()
      stopClosed()
      await keeper.close()
    },
  }
}
