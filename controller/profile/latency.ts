import type { Dialect, Question, Value, Values } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import type { LinkSpec } from './common.ts'
import type { Profile } from './schema.ts'

export type Latency = {
  /** Every attempt but the last lost, every reply at the end of its time: the promise while a link answers at all. */
  readonly worstMs: number
  /** Every first reply just in time. */
  readonly withoutRetriesMs: number
  /** Exchanges counted: the one in flight and those that show the emergency. */
  readonly exchanges: number
}

/**
 * The longest time from a decision to the last read-back of an emergency, in milliseconds, rounded up: one exchange already in flight (the
 * longest of the profile), then every write and read-back of the settings in `display.emergency`. Each exchange costs, per attempt, sending,
 * waiting and receiving; then the gap, which before and after a further attempt is a whole time-out where late replies mislead. On TCP and UDP the time on the wire is not counted. A device without a screen has nothing to show.
 */
export const emergencyLatency = (profile: Profile, link: LinkSpec): Latency => {
  const { display, timing } = profile
  const commands = (display?.emergency ?? []).flatMap((setting) => {
    const use = display?.[setting] ?? null
    return use === null ? [] : [...use.write, ...(use.readBack === null ? [] : [use.readBack])]
  })
  const price = priceList(profile, link)
  const cost = (command: string, times: number) => {
    const { wireMs, waitMs, gapMs, quietMs } = price(command)
    return times * (waitMs + wireMs + (times > 1 ? Math.max(gapMs, quietMs) : gapMs))
  }
  const total = (times: number) => {
    const inFlight = Math.max(0, ...Object.keys(profile.commands).map((command) => cost(command, times)))
    return Math.ceil(inFlight + commands.reduce((sum, command) => sum + cost(command, times), 0))
  }
  return { worstMs: total(timing.retries + 1), withoutRetriesMs: total(1), exchanges: commands.length + 1 }
}

type Price = {
  readonly wireMs: number
  readonly waitMs: number
  readonly gapMs: number
  /** After an attempt without an answer and after a retry, where late replies mislead. */
  readonly quietMs: number
}

const priceList = (profile: Profile, link: LinkSpec): ((command: string) => Price) => {
  const { timing } = profile
  const dialect = dialectOf(profile)
  const known = new Map<string, Price>()
  return (command) => {
    const before = known.get(command)
    if (before) return before
    const question = sampleOf(dialect, command)
    // What no sample can be made for counts as the largest frame there is, both ways.
    const bytes = question
      ? question.requestBytes + question.replyBytes
      : dialect.reader('request').maxFrame + dialect.reader('reply').maxFrame
    const write = question?.write ?? true
    const price: Price = {
      wireMs: bytes * byteMs(link),
      waitMs: question?.answered === false ? 0 : timing.timeoutMs,
      gapMs: write ? Math.max(timing.writeGapMs, timing.gapMs) : timing.gapMs,
      quietMs: dialect.ambiguous ? timing.timeoutMs : 0,
    }
    known.set(command, price)
    return price
  }
}

/** Milliseconds one byte takes on the wire. */
export const byteMs = (link: LinkSpec): number =>
  link.kind === 'serial'
    ? ((1 + link.dataBits + (link.parity === 'none' ? 0 : 1) + link.stopBits) * 1000) / link.baudRate
    : 0

const SAMPLES: Readonly<Record<string, Value>> = {
  port: 0,
  card: 0,
  channel: 0,
  on: true,
  power: true,
  brightness: 100,
  blackout: true,
  freeze: true,
  testPattern: 'white',
  clock: '2026-01-01T00:00:00',
}

const ADDRESS: Values = { unit: 1, id: 1, screen: 1 }
const only = (values: Values, names: readonly string[]): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)))

/** A question for this command, with the values of its vector when it has one. */
const sampleOf = (dialect: Dialect, command: string): Question | null => {
  for (const vector of dialect.profile.vectors) {
    if (vector.kind !== 'exchange' || vector.command !== command) continue
    const { address, context } = 'address' in vector ? vector : { address: {}, context: {} }
    const question = dialect.question({ command, parameters: vector.parameters, address, context })
    if (question.ok) return question.value
  }
  const parameters = only(SAMPLES, dialect.parameterKeys(command))
  const address = only(ADDRESS, dialect.addressKeys)
  const question = dialect.question({ command, parameters, address, context: {} })
  return question.ok ? question.value : null
}
