import type { CommandSpec, LinkSpec, Profile } from './schema.ts'
import { frameOverhead, sizeOfData } from './size.ts'

export type Latency = {
  /** Every attempt but the last lost, every reply at the end of its time: the promise while a link answers at all. */
  readonly worstMs: number
  /** Every first reply just in time. */
  readonly withoutRetriesMs: number
  /** Exchanges counted: the one in flight and those that show the emergency. */
  readonly exchanges: number
}

/**
 * The longest time from a decision to the last read-back of an emergency, in milliseconds, rounded up: one exchange
 * already in
 * flight (the longest of the profile), then every write and read-back of the settings in `display.emergency`. Each
 * exchange
 * costs, per attempt, sending, waiting and receiving; then the gap. On TCP the time on the wire is not counted.
 */
export const emergencyLatency = (profile: Profile, link: LinkSpec): Latency => {
  const commands = profile.display.emergency.flatMap((setting) => {
    const use = profile.display[setting]
    if (use === null) return []
    return [...use.write, ...(use.readBack === null ? [] : [use.readBack])]
  })
  const specs = commands.flatMap((name) => profile.commands[name] ?? [])
  const attempts = profile.timing.retries + 1
  const cost = (command: CommandSpec, times: number) =>
    times * (profile.timing.timeoutMs + wireMs(profile, link, command)) + gapAfter(profile, command)
  const total = (times: number) => {
    const inFlight = Math.max(0, ...Object.values(profile.commands).map((command) => cost(command, times)))
    return Math.ceil(inFlight + specs.reduce((sum, command) => sum + cost(command, times), 0))
  }
  return { worstMs: total(attempts), withoutRetriesMs: total(1), exchanges: specs.length + 1 }
}

/** Silence after an exchange, ms. */
export const gapAfter = (profile: Profile, command: CommandSpec): number =>
  command.direction === 'write' ? Math.max(profile.timing.writeGapMs, profile.timing.gapMs) : profile.timing.gapMs

/** Time on the wire of the request and its reply at the link’s speed, ms. */
const wireMs = (profile: Profile, link: LinkSpec, command: CommandSpec): number => {
  if (link.kind !== 'serial') return 0
  const bits = 1 + link.dataBits + (link.parity === 'none' ? 0 : 1) + link.stopBits
  return ((2 * frameOverhead(profile) + sizeOfData(command)) * bits * 1000) / link.baudRate
}
