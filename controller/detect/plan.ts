import { toHex } from '#core/base/bytes.ts'
import { unreachable } from '#core/base/result.ts'
import type { Dialect, Values } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import type { LinkSpec } from '../profile/common.ts'
import { lineName } from '../profile/line.ts'
import type { Profile } from '../profile/schema.ts'
import { completed } from './first.ts'

/** Where to look. Null: whatever the profiles name. */
export type Where =
  | { readonly kind: 'serial'; readonly baudRate: number | null }
  | { readonly kind: 'tcp'; readonly port: number | null }
  | { readonly kind: 'udp'; readonly port: number | null }

/** One profile that an answer might mean. */
export type Candidate = { readonly profile: Profile; readonly dialect: Dialect }

/** One question on one setting of the line. Several profiles may ask the very same bytes: they are asked once. */
export type Attempt = {
  readonly line: LinkSpec
  /** Always of direction `read`, and its question is no write; so are those of the handshake before it. */
  readonly command: string
  readonly parameters: Values
  readonly address: Values
  /** Wait for each reply, ms. */
  readonly timeoutMs: number
  /**
   * How often it is asked while there is silence. Twice for texts that end with a line end on a serial line: what a device has heard of
   * other protocols stands before the first one, and only its line end makes an end of that.
   */
  readonly hearings: 1 | 2
  /** Longest time it takes with the handshake and the pauses, ms; without opening the line. */
  readonly boundMs: number
  readonly candidates: readonly [Candidate, ...(readonly Candidate[])]
}

export type DetectPlan = {
  readonly attempts: readonly Attempt[]
  /** Longest time everything takes, ms. */
  readonly boundMs: number
  /** Profiles that cannot be recognised here, and why. */
  readonly left: readonly { readonly profile: string; readonly vi: string; readonly en: string }[]
}

/** A device that is there answers within tens of milliseconds; the longest pauses known are those of LCD panels. */
const LONGEST_WAIT_MS = 600
/** Silence between two questions: a device that took bytes of a foreign protocol for a beginning must have given them up. */
export const PAUSE_MS = 60
/** A device of one session needs so long to see that the last one is over, ms. */
export const BUSY_MS = 500
/** To open a port or to connect, ms. */
export const OPEN_MS = 1000
/**
 * Questions asked once more, in all: a device that has shown that it is there may have missed one, while it still took foreign bytes
 * for the beginning of a message, or was not ready for another session.
 */
export const MOST_AGAIN = 8
/** Further reads, in all, to tell apart the profiles that may be it. */
export const MOST_LOOKS = 16
/** Wait for each of them, ms: the device has shown that it is there. */
export const LOOK_WAIT_MS = 400
const CR = 0x0d
const LF = 0x0a
/** More than this in one run is no detection but a search. */
export const MOST_ATTEMPTS = 400

/** Profiles → what to ask, likeliest first. Pure. `addresses`: the places on the bus to ask, `[{}]` for the usual one. */
export const planOf = (profiles: readonly Profile[], where: Where, addresses: readonly Values[]): DetectPlan => {
  const found: Found = new Map()
  const left: DetectPlan['left'][number][] = []
  for (const profile of profiles) {
    const why = place(profile, { where, addresses, found })
    if (why !== null) left.push({ profile: profile.id, ...why })
  }
  const all = [...found.values()].map(({ attempt, others }) => {
    const candidates: Attempt['candidates'] = [...attempt.candidates, ...others]
    return { ...attempt, candidates }
  })
  const attempts = inOrder(all, where).slice(0, MOST_ATTEMPTS)
  const opened = where.kind === 'serial' ? new Set(attempts.map(({ line }) => lineName(line))).size : attempts.length
  const gap = Math.max(0, ...attempts.flatMap((one) => one.candidates.map(({ profile }) => profile.timing.gapMs)))
  const looks = MOST_LOOKS * (LOOK_WAIT_MS + gap + PAUSE_MS)
  const again = looks + MOST_AGAIN * (BUSY_MS + Math.max(0, ...attempts.map((attempt) => attempt.boundMs)))
  return { attempts, left, boundMs: attempts.reduce((sum, one) => sum + one.boundMs, opened * OPEN_MS + again) }
}

type Found = Map<string, { readonly attempt: Attempt; readonly others: Candidate[] }>

/** One run asks makes that are addressed in different ways: each gets the names it knows, and equal places once. */
const addressesFor = ({ addressKeys }: Dialect, addresses: readonly Values[]): readonly Values[] => {
  const known = addresses.map((address) =>
    Object.fromEntries(Object.entries(address).filter(([key]) => addressKeys.includes(key))),
  )
  return [...new Map(known.map((address) => [JSON.stringify(address), address])).values()]
}

/** Puts the attempts of one profile among those found; or says why there are none. */
const place = (
  profile: Profile,
  of: { readonly where: Where; readonly addresses: readonly Values[]; readonly found: Found },
): { readonly vi: string; readonly en: string } | null => {
  const lines = linesOf(profile, of.where)
  if (lines.length === 0) return NO_LINE
  const dialect = dialectOf(profile)
  let why: string | null = null
  let made = 0
  for (const address of addressesFor(dialect, of.addresses)) {
    const probe = probeOf(dialect, address)
    if (probe === null) continue
    for (const line of lines) {
      const attempt = attemptOf({ dialect, probe, line, address })
      if (typeof attempt === 'string') {
        why = attempt
        continue
      }
      made += 1
      const same = of.found.get(keyOf(attempt))
      if (same) same.others.push({ profile, dialect })
      else of.found.set(keyOf(attempt), { attempt, others: [] })
    }
  }
  if (made > 0) return null
  return why === null
    ? NO_PROBE
    : { vi: `không hỏi được: ${why} (--address)`, en: `cannot be asked: ${why} (--address)` }
}

const NO_LINE = { vi: 'không dùng loại đường truyền này', en: 'does not use this kind of link' } as const
const NO_PROBE = { vi: 'không có lệnh đọc nào để hỏi', en: 'has no read command to ask' } as const

const linesOf = (profile: Profile, where: Where): readonly LinkSpec[] => {
  switch (where.kind) {
    case 'serial':
      return profile.links.flatMap((line) =>
        line.kind === 'serial' ? [{ ...line, baudRate: where.baudRate ?? line.baudRate }] : [],
      )
    case 'tcp':
    case 'udp': {
      const { kind, port } = where
      const own = profile.links.flatMap((line) => (line.kind === kind ? [line] : []))
      if (port === null) return own
      // A given port may be any gateway, and one that passes bytes on makes a serial device reachable over TCP.
      const gateway = kind === 'tcp' && profile.links.some((line) => line.kind === 'serial')
      return own.length > 0 || gateway ? [{ kind, port }] : []
    }
    default:
      return unreachable(where)
  }
}

type Probe = { readonly command: string; readonly parameters: Values }

/** The read command that says most about who answers. Everything asked before it must be a read too. */
const probeOf = (dialect: Dialect, address: Values): Probe | null => {
  const { display, relays, telemetry } = dialect.profile
  const named: readonly (string | null | undefined)[] = [
    display?.identify,
    display?.firmware,
    display?.power?.readBack,
    display?.brightness?.readBack,
    display?.signal,
  ]
  const probes: readonly Probe[] = [
    ...named.flatMap((command) => (command ? [{ command, parameters: {} }] : [])),
    ...(relays?.readBack ? [{ command: relays.readBack, parameters: {} }] : []),
    ...telemetry.map(({ command, parameters }) => ({ command, parameters })),
    ...Object.keys(dialect.profile.commands).map((command) => ({ command, parameters: {} })),
  ].map((probe) => ({ ...probe, parameters: completed(dialect, { ...probe, address }) ?? probe.parameters }))
  if (!dialect.handshake.every((command) => isHarmless(dialect, command))) return null
  const harmless = probes.filter(({ command }) => isHarmless(dialect, command))
  return harmless.find((probe) => canBeAsked(dialect, probe, address)) ?? harmless[0] ?? null
}

/** A read by the profile that anyone may ask for. */
const isHarmless = (dialect: Dialect, command: string): boolean => {
  const commands: Readonly<Record<string, { readonly direction: string; readonly use: string }>> =
    dialect.profile.commands
  const spec = Object.hasOwn(commands, command) ? commands[command] : undefined
  return spec?.direction === 'read' && spec.use === 'any'
}

/** With a handshake the question may need what only the handshake learns; then it cannot be made yet, and may still be right. */
const canBeAsked = (dialect: Dialect, probe: Probe, address: Values): boolean => {
  const question = dialect.question({ ...probe, address, context: {} })
  return question.ok ? !question.value.write && question.value.answered : dialect.handshake.length > 0
}

/** The attempt, or why the question cannot be made. */
const attemptOf = (of: { dialect: Dialect; probe: Probe; line: LinkSpec; address: Values }): Attempt | string => {
  const { dialect, probe, line, address } = of
  const { profile, handshake } = dialect
  const [greeting] = handshake
  const first = greeting === undefined ? probe : { command: greeting, parameters: {} }
  const begun = dialect.question({ ...first, address, context: {} })
  if (!begun.ok) return begun.error
  const question = dialect.question({ ...probe, address, context: {} })
  if (question.ok && (question.value.write || !question.value.answered)) return `${probe.command} has no answer`
  const timeoutMs = Math.min(profile.timing.timeoutMs, LONGEST_WAIT_MS)
  const asked = 1 + handshake.length
  const last = question.ok ? question.value.encode(0).at(-1) : undefined
  const hearings = line.kind === 'serial' && (last === CR || last === LF) ? 2 : 1
  const boundMs = hearings * (asked * (timeoutMs + profile.timing.gapMs) + PAUSE_MS)
  return { ...probe, line, address, timeoutMs, hearings, boundMs, candidates: [{ profile, dialect }] }
}

/** Equal keys: the same bytes on the same line, so one answer serves all. */
const keyOf = (attempt: Attempt): string => {
  const { dialect, profile } = attempt.candidates[0]
  const hex = (command: string, parameters: Values) => {
    const question = dialect.question({ command, parameters, address: attempt.address, context: {} })
    return question.ok ? toHex(question.value.encode(0), '') : `${command} after the handshake`
  }
  const asked = [...dialect.handshake.map((command) => hex(command, {})), hex(attempt.command, attempt.parameters)]
  // Two families may ask the same bytes and read different answers from them.
  return [profile.protocol, lineName(attempt.line), ...asked].join('|')
}

/** A display is what one looks for at a gate; relays and sensors are beside it. */
const worth = (attempt: Attempt): number =>
  attempt.candidates.reduce((sum, { profile }) => sum + (profile.display === null ? 1 : 3), 0)

/** Does the profile itself name the speed or port that was given? Without one all do. */
const isNative = (profile: Profile, where: Where): boolean =>
  profile.links.some((line) =>
    line.kind === 'serial'
      ? where.kind === 'serial' && (where.baudRate ?? line.baudRate) === line.baudRate
      : where.kind === line.kind && (where.port ?? line.port) === line.port,
  )

/** What gives most for its time comes first, so that on average the device is found soonest: first lines, then questions on one line. */
const inOrder = (attempts: readonly Attempt[], where: Where): readonly Attempt[] => {
  const lines = new Map<string, { worth: number; ms: number }>()
  for (const attempt of attempts) {
    const line = lines.get(lineName(attempt.line)) ?? { worth: 0, ms: 0 }
    lines.set(lineName(attempt.line), { worth: line.worth + worth(attempt), ms: line.ms + attempt.boundMs })
  }
  const rate = ({ worth: value, ms }: { worth: number; ms: number }) => value / Math.max(1, ms)
  const likely = (attempt: Attempt) => rate(lines.get(lineName(attempt.line)) ?? { worth: 0, ms: 1 })
  const own = (attempt: Attempt) => rate({ worth: worth(attempt), ms: attempt.boundMs })
  const native = (attempt: Attempt) => Number(attempt.candidates.some(({ profile }) => isNative(profile, where)))
  return attempts.toSorted(
    (a, b) =>
      native(b) - native(a) ||
      likely(b) - likely(a) ||
      lineName(a.line).localeCompare(lineName(b.line)) ||
      own(b) - own(a),
  )
}
