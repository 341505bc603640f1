import { concat } from '#core/base/bytes.ts'
import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { duration } from '#core/base/units.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { type Bus, type Device, openBus } from '../bus/bus.ts'
import { type Dialect, MOST_PARTS, type Value, type Values } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import type { Link } from '../link/link.ts'
import type { LinkSpec } from '../profile/common.ts'
import { lineName } from '../profile/line.ts'
import type { Profile } from '../profile/schema.ts'
import { answerOf } from '../profile/vectors.ts'
import { lookCloser } from './closer.ts'
import type { Finding } from './finding.ts'
import { groupsOf, oneSettingEach } from './group.ts'
import {
  type Attempt,
  BUSY_MS,
  type Candidate,
  type DetectPlan,
  LOOK_WAIT_MS,
  MOST_AGAIN,
  MOST_LOOKS,
  PAUSE_MS,
} from './plan.ts'

export type Tried = {
  readonly attempt: Attempt
  /** Null: it answered. */
  readonly fault: LinkFault | null
}

export type DetectOutcome = {
  /** Surest first. */
  readonly findings: readonly Finding[]
  readonly tried: readonly Tried[]
  /** The line that could not be opened, if one: then nothing was asked on it. */
  readonly notOpen: readonly { readonly line: LinkSpec; readonly fault: LinkFault }[]
  readonly stopped: boolean
}

export type DetectOptions = {
  readonly plan: DetectPlan
  readonly openLink: (line: LinkSpec) => Link
  readonly clock: Clock
  readonly wake: Wake
  readonly log: Log
  readonly signal: AbortSignal
  /** True: look on after a device has said its model, and on other settings of the line. At other addresses it is looked for in any case. */
  readonly everything: boolean
  /** `index` counts from 1; null: asked once more. */
  readonly onTry: (attempt: Attempt, index: number | null) => void
  readonly onTried: (tried: Tried) => void
}

/** Asks what the plan says, one line setting after the other, at most `plan.boundMs`. Nothing but the plan’s read commands is ever sent. */
export const runDetect = async (options: DetectOptions): Promise<DetectOutcome> => {
  const run: Run = { options, findings: [], tried: [], notOpen: [], index: 0, again: 0, looks: 0 }
  for (const [line, attempts] of byLine(options.plan.attempts)) {
    // An answer proves the line setting; another one would only garble what is being said.
    if (options.signal.aborted || (run.findings.length > 0 && !options.everything)) break
    const buses = busesFor(line, options)
    const before = run.tried.length
    await askAll(run, buses, attempts)
    await askAll(run, buses, missed(run.tried.slice(before)).slice(0, MOST_AGAIN - run.again))
    await tellApart(run, buses, line)
    await buses.end()
    // A serial port that cannot be opened cannot be opened at another speed either.
    if (run.notOpen.length > 0 && line.kind === 'serial') break
  }
  const { findings, tried, notOpen } = run
  return { findings: surestFirst(oneSettingEach(findings)), tried, notOpen, stopped: options.signal.aborted }
}

type Run = {
  readonly options: DetectOptions
  readonly findings: Finding[]
  readonly tried: Tried[]
  readonly notOpen: { line: LinkSpec; fault: LinkFault }[]
  index: number
  again: number
  looks: number
}

const askAll = async (run: Run, buses: Buses, attempts: readonly Attempt[]): Promise<void> => {
  const { options, findings, tried, notOpen } = run
  for (const attempt of attempts) {
    if (options.signal.aborted || notOpen.some(({ line }) => lineName(line) === lineName(attempt.line))) return
    const here = JSON.stringify(attempt.address)
    const known = findings.some((one) => one.sure === 'model' && JSON.stringify(one.address) === here)
    if (!options.everything && known) continue
    const again = tried.some((one) => one.attempt === attempt)
    if (again) run.again += 1
    else run.index += 1
    options.onTry(attempt, again ? null : run.index)
    let result = await ask(await buses.next(), attempt, options)
    for (let heard = 1; heard < attempt.hearings && result.fault?.kind === 'timeout'; heard++) {
      await buses.rest(PAUSE_MS)
      result = await ask(await buses.next(), attempt, options)
    }
    if (result.fault?.kind === 'closed' && run.again < MOST_AGAIN) {
      run.again += 1
      await buses.rest(BUSY_MS)
      result = await ask(await buses.next(), attempt, options)
    }
    const one = { attempt, fault: result.fault }
    tried.push(one)
    options.onTried(one)
    findings.push(...result.findings)
    if (result.fault?.kind === 'not-open') notOpen.push({ line: attempt.line, fault: result.fault })
    else await buses.rest(PAUSE_MS)
  }
}

/** Several profiles that may be it are asked more. */
const tellApart = async (run: Run, buses: Buses, line: LinkSpec): Promise<void> => {
  const { options, findings } = run
  const here = findings.filter((one) => lineName(one.line) === lineName(line))
  const doubtful = groupsOf(here).flatMap(({ findings: group }) =>
    group.length < 2 || group.some(({ sure }) => sure === 'model') ? [] : group,
  )
  if (doubtful.length === 0 || options.signal.aborted) return
  const suspects = doubtful.map(({ profile, address, command }) => ({
    dialect: impatient(dialectOf(profile), Math.min(profile.timing.timeoutMs, LOOK_WAIT_MS)),
    address,
    command,
  }))
  const { signal } = options
  const bus = await buses.next()
  const looks = await lookCloser({
    bus,
    suspects,
    most: MOST_LOOKS - run.looks,
    signal,
    pause: () => pause(options, PAUSE_MS),
  })
  run.looks += looks.reduce((most, { asked }) => Math.max(most, asked), 0) * suspects.length
  for (const [index, one] of doubtful.entries())
    findings[findings.indexOf(one)] = { ...one, look: looks[index] ?? null }
}

/** Questions that met silence, although their very device has answered another one of the same protocol. */
const missed = (tried: readonly Tried[]): readonly Attempt[] => {
  const who = ({ candidates, address }: Attempt) => `${candidates[0].profile.protocol} ${JSON.stringify(address)}`
  const there = new Set(
    tried.flatMap(({ attempt, fault }) => (fault === null || fault.kind === 'refused' ? [who(attempt)] : [])),
  )
  return tried.flatMap(({ attempt, fault }) =>
    fault !== null && SILENT.has(fault.kind) && there.has(who(attempt)) ? [attempt] : [],
  )
}
const SILENT: ReadonlySet<LinkFault['kind']> = new Set(['timeout', 'garbled', 'checksum'])

const byLine = (attempts: readonly Attempt[]): readonly (readonly [LinkSpec, readonly Attempt[]])[] => [
  ...Map.groupBy(attempts, (attempt) => lineName(attempt.line))
    .values()
    .flatMap((group) => {
      const [first] = group
      return first ? [[first.line, group] as const] : []
    }),
]

/** A port is opened once per setting. A connection is made anew for each question: what greets us does so only at its beginning. */
type Buses = {
  readonly next: () => Promise<Bus>
  /** Between two questions: a connection is given back, so that the device has the pause to notice. */
  readonly rest: (ms: number) => Promise<void>
  readonly end: () => Promise<void>
}
const busesFor = (line: LinkSpec, options: DetectOptions): Buses => {
  let bus: Bus | null = null
  const end = async () => {
    await bus?.close()
    bus = null
  }
  return {
    next: async (): Promise<Bus> => {
      bus ??= openBus({ ...options, link: options.openLink(line) })
      return bus
    },
    rest: async (ms) => {
      if (line.kind !== 'serial') await end()
      await pause(options, ms)
    },
    end,
  }
}

const pause = (options: DetectOptions, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      cancel()
      options.signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = options.wake(duration(ms), end)
    options.signal.addEventListener('abort', end, { once: true })
    if (options.signal.aborted) end()
  })

/** One question, no retries; the answer is judged by every profile that would have asked the same. */
const ask = async (
  bus: Bus,
  attempt: Attempt,
  options: DetectOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly fault: LinkFault | null }> => {
  const { command, parameters, address } = attempt
  const name = `probe ${lineName(attempt.line)} ${attempt.candidates[0].profile.id}`
  const device = bus.attach({ name, dialect: impatient(attempt.candidates[0].dialect, attempt.timeoutMs), address })
  let frames: Uint8Array[] = []
  const stop = bus.onTraffic((traffic) => {
    if (traffic.device !== name) return
    // Every request begins a new answer; the last one is that of the probe itself.
    if (traffic.direction === 'sent') frames = []
    else if (traffic.is === 'frame' && frames.length < MOST_PARTS) frames.push(traffic.bytes)
  })
  const answer = await device.ask({ command, parameters, urgent: false, signal: options.signal })
  stop()
  if (!answer.ok) return { findings: [], fault: answer.error }
  const judged = [...attempt.candidates, ...elsewhere(attempt, options.plan)].map(({ profile, dialect }, index) => {
    const values = index === 0 ? answer.value : (valuesFor(dialect, attempt, concat(...frames)) ?? answer.value)
    const model = values['modelId'] ?? null
    const firmware = values['firmware'] ?? null
    const known = index < attempt.candidates.length || fitOf(profile, model) === 'certain'
    return { profile, line: attempt.line, address, model, values, firmware, fits: known ? fitOf(profile, model) : null }
  })
  // A profile that names other models is ruled out, unless all are: then the family is all that is known.
  const best = (['certain', 'possible', 'excluded'] as const).find((fit) => judged.some(({ fits }) => fits === fit))
  const findings = judged.flatMap(({ fits, ...finding }): Finding[] =>
    fits === best ? [{ ...finding, command, look: null, sure: fits === 'certain' ? 'model' : 'family' }] : [],
  )
  return { findings: await withFirmware({ bus, device, attempt, options }, findings), fault: null }
}

/**
 * Profiles of the same protocol that would have been asked on another line setting. A USB port that is no real serial line ignores the speed,
 * and a site may have changed it; what the device says of itself counts more.
 */
const elsewhere = (attempt: Attempt, plan: DetectPlan): readonly Candidate[] => {
  const here = new Set(attempt.candidates.map(({ profile }) => profile.id))
  const others = plan.attempts.flatMap(({ candidates, command }) => (command === attempt.command ? candidates : []))
  const protocol = attempt.candidates[0].profile.protocol
  return [
    ...new Map(
      others.flatMap((one) =>
        one.profile.protocol === protocol && !here.has(one.profile.id) ? [[one.profile.id, one] as const] : [],
      ),
    ).values(),
  ]
}

/** What the answer means to another profile that would have asked the same bytes. */
const valuesFor = (dialect: Dialect, attempt: Attempt, bytes: Uint8Array): Values | null => {
  const { command, parameters, address } = attempt
  const question = dialect.question({ command, parameters, address, context: {} })
  if (!question.ok) return null
  const tokens = Array.from({ length: 256 }, (_, token) => token)
  const answer = answerOf(dialect, question.value, { tokens, bytes })
  return answer.ok && answer.value.is === 'values' ? answer.value.values : null
}

/** One more read for the one that is known by its model. */
const withFirmware = async (
  of: { bus: Bus; device: Device; attempt: Attempt; options: DetectOptions },
  findings: readonly Finding[],
): Promise<readonly Finding[]> => {
  const [only] = findings
  const command = only?.profile.display?.firmware ?? null
  if (only === undefined || findings.length > 1 || command === null || only.firmware !== null) return findings
  const all = [...of.attempt.candidates, ...elsewhere(of.attempt, of.options.plan)]
  const candidate = all.find(({ profile }) => profile.id === only.profile.id)
  const spec = Object.entries(only.profile.commands).find(([name]) => name === command)?.[1]
  if (candidate === undefined || spec?.direction !== 'read' || spec.use !== 'any') return findings
  const first = candidate === of.attempt.candidates[0]
  // Only the one that was asked has been greeted.
  if (!first && candidate.dialect.handshake.length > 0) return findings
  const dialect = impatient(candidate.dialect, of.attempt.timeoutMs)
  const name = `firmware of ${only.profile.id}`
  const device = first ? of.device : of.bus.attach({ name, dialect, address: of.attempt.address })
  const answer = await device.ask({ command, parameters: {}, urgent: false, signal: of.options.signal })
  return answer.ok ? [{ ...only, firmware: answer.value['firmware'] ?? null }] : findings
}

/** The same dialect, asked once and not waited for long. */
const impatient = (dialect: Dialect, timeoutMs: number): Dialect => {
  const { profile } = dialect
  const timing = { ...profile.timing, timeoutMs, retries: 0, quarantineAfter: 100 }
  return { ...dialect, profile: { ...profile, timing } }
}

/** Model ids are compared as people write them: `01 00`, `QM55B`. */
const fitOf = (profile: Profile, said: Value): 'certain' | 'possible' | 'excluded' => {
  if (typeof said !== 'string' || profile.modelIds.length === 0) return 'possible'
  return profile.modelIds.some((id) => plain(id) === plain(said)) ? 'certain' : 'excluded'
}
const plain = (text: string): string => text.trim().replace(/\s+/g, ' ').toLowerCase()

const surestFirst = (findings: readonly Finding[]): readonly Finding[] => {
  const share = ({ look }: Finding) => (look === null || look.asked === 0 ? 0.5 : look.answered / look.asked)
  const answered = ({ look }: Finding) => look?.answered ?? 0
  return findings.toSorted(
    (a, b) =>
      Number(b.sure === 'model') - Number(a.sure === 'model') ||
      share(b) - share(a) ||
      answered(b) - answered(a) ||
      a.profile.confidence.localeCompare(b.profile.confidence) ||
      a.profile.id.localeCompare(b.profile.id),
  )
}
