import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { celsius, type Percent, percent, volts } from '#core/base/units.ts'
import {
  type DisplayCapability,
  type DisplayObservation,
  type DisplaySetting,
  type LinkFault,
  TEST_PATTERNS,
} from '#core/screen/display.ts'
import { fault, type Link } from '../link/link.ts'
import type { Profile } from '../profile/schema.ts'
import { codecOf, type Value, type Values } from '../wire/codec.ts'
import { decodeValues } from '../wire/decode.ts'
import { encodeValues } from '../wire/encode.ts'
import type { SessionStats } from './meter.ts'
import { openSession, type Session } from './session.ts'

export type Observed = Omit<DisplayObservation, 'at'>

/** What the edge knows of a display controller, whatever its make. Nothing here throws for what the world does. */
export type DisplayDriver = {
  readonly capabilities: ReadonlySet<DisplayCapability>
  /** Brightness is cut to this, whatever is asked (design §5, 3). */
  readonly brightnessLimit: Percent
  /** Inputs the profile knows by name; empty when they cannot be chosen. */
  readonly inputs: readonly string[]
  /** `model` is the profile’s model, or `unknown model <id>` when the device says it is another. */
  readonly identify: (
    signal: AbortSignal,
  ) => Promise<Result<{ model: string; modelId: string; firmware: string | null }, LinkFault>>
  /** Writes, then reads back where the protocol can; `mismatch` when it reads back different. */
  readonly apply: (setting: DisplaySetting, signal: AbortSignal) => Promise<Result<{ readBack: boolean }, LinkFault>>
  /** Asks for everything the profile can ask. What a device refuses or a missing card cannot say is null. */
  readonly observe: (signal: AbortSignal) => Promise<Result<Observed, LinkFault>>
  readonly stats: () => SessionStats
  readonly close: () => Promise<void>
}

const SETTINGS = [
  'brightness',
  'blackout',
  'testPattern',
  'freeze',
  'input',
] as const satisfies readonly DisplayCapability[]
/** The card that is read back after a write to all: the first one on the first output. */
const FIRST_CARD: Values = { port: 0, card: 0 }

/** The driver of every controller that a profile describes. Opens the link with the first question, not before. */
export const openDriver = (options: {
  profile: Profile
  link: Link
  clock: Clock
  wake: Wake
  log: Log
}): DisplayDriver => {
  const codec = codecOf(options.profile)
  const { profile } = codec
  const session = openSession({ ...options, codec })
  const look = (command: string, parameters: Values, signal: AbortSignal) =>
    session.ask({ command, parameters, urgent: false, signal })
  const modelName = (modelId: string) =>
    profile.modelIds.includes(modelId) ? profile.model : `unknown model ${modelId}`

  return {
    capabilities: new Set(SETTINGS.filter((name) => profile.display[name] !== null)),
    brightnessLimit: percent(profile.limits.brightnessPercent),
    inputs: inputsOf(profile),
    identify: async (signal) => {
      const id = await look(profile.display.identify, {}, signal)
      if (!id.ok) return id
      const modelId = String(id.value['modelId'])
      const firmware = await softly(session, profile.display.firmware, { field: 'firmware', parameters: {}, signal })
      if (!firmware.ok) return firmware
      return ok({
        model: modelName(modelId),
        modelId,
        firmware: typeof firmware.value === 'string' ? firmware.value : null,
      })
    },
    apply: async (setting, signal) => {
      const use = profile.display[setting.set]
      if (use === null) return err(fault('unsupported', `${profile.id} cannot set ${setting.set}`))
      const parameters: Values = { ...FIRST_CARD, [setting.set]: setting.value }
      for (const command of use.write) {
        const written = await session.ask({ command, parameters, urgent: true, signal })
        if (!written.ok) return written
      }
      if (use.readBack === null) return ok({ readBack: false })
      const read = await session.ask({ command: use.readBack, parameters: FIRST_CARD, urgent: true, signal })
      if (!read.ok) return read
      const wanted = canonical(use.write.at(-1) ?? '', parameters, setting.set)
      const found = read.value[setting.set]
      return found === wanted
        ? ok({ readBack: true })
        : err(fault('mismatch', `${setting.set}: wrote ${wanted}, reads back ${found}`))
    },
    observe: (signal) => observe({ session, profile, modelName, signal }),
    stats: session.stats,
    close: session.close,
  }

  /** The value as the device can hold it: 50 % of 255 steps is not exactly 50 %, and the limit may cut it. */
  function canonical(command: string, parameters: Values, name: string): Value | undefined {
    const spec = profile.commands[command]
    const bytes = spec ? encodeValues(codec, spec, parameters) : err('')
    const values = spec && bytes.ok ? decodeValues(spec, bytes.value) : err('')
    return values.ok ? values.value[name] : undefined
  }
}

const inputsOf = (profile: Profile): readonly string[] => {
  const command = profile.commands[profile.display.input?.write.at(-1) ?? '']
  const field = command?.fields.find((f) => f.name === 'input')
  return field?.type === 'choice' ? Object.keys(field.choices) : []
}

type Question = { readonly field: string; readonly parameters: Values; readonly signal: AbortSignal }

/**
 * One value, or null when there is no such command, the device refuses, the card is missing or the value means
 * nothing.
 */
const softly = async (session: Session, command: string | null, of: Question): Promise<Result<Value, LinkFault>> => {
  if (command === null) return ok(null)
  const answer = await session.ask({ command, parameters: of.parameters, urgent: false, signal: of.signal })
  if (answer.ok) return ok(answer.value[of.field] ?? null)
  return ['unreachable', 'refused', 'garbled'].includes(answer.error.kind) ? ok(null) : answer
}

const observe = async (of: {
  session: Session
  profile: Profile
  modelName: (id: string) => string
  signal: AbortSignal
}): Promise<Result<Observed, LinkFault>> => {
  const { session, profile, signal } = of
  const { display } = profile
  // The first question decides whether anyone is there; its failure is the observation’s failure.
  const id = await session.ask({ command: display.identify, parameters: {}, urgent: false, signal })
  if (!id.ok) return id
  const cards = await countCards(session, profile, signal)
  if (!cards.ok) return cards
  const values: Record<string, Value> = {}
  const questions: readonly (readonly [string, string | null])[] = [
    ['firmware', display.firmware],
    ['signal', display.signal],
    ['temperature', display.temperature],
    ['voltage', display.voltage],
    ...SETTINGS.map((name) => [name, display[name]?.readBack ?? null] as const),
  ]
  for (const [field, command] of questions) {
    const value = await softly(session, command, { field, parameters: FIRST_CARD, signal })
    if (!value.ok) return value
    values[field] = value.value
  }
  const number = (name: string) => (typeof values[name] === 'number' ? values[name] : null)
  const flag = (name: string) => (typeof values[name] === 'boolean' ? values[name] : null)
  const words = (name: string) => (typeof values[name] === 'string' ? values[name] : null)
  const [brightness, temperature, voltage] = [number('brightness'), number('temperature'), number('voltage')]
  return ok({
    model: of.modelName(String(id.value['modelId'])),
    firmware: words('firmware'),
    brightness: brightness === null ? null : percent(brightness),
    blackout: flag('blackout'),
    testPattern: TEST_PATTERNS.find((pattern) => pattern === values['testPattern']) ?? null,
    freeze: flag('freeze'),
    input: words('input'),
    signal: flag('signal'),
    temperature: temperature === null ? null : celsius(temperature),
    voltage: voltage === null ? null : volts(voltage),
    cards: cards.value,
  })
}

/** Polls cards on each output until one is not reachable; at most ports × cardsPerPort + ports questions. */
const countCards = async (
  session: Session,
  profile: Profile,
  signal: AbortSignal,
): Promise<Result<number | null, LinkFault>> => {
  const command = profile.display.card
  if (command === null) return ok(null)
  let cards = 0
  for (let port = 0; port < profile.topology.ports; port++)
    for (let card = 0; card < profile.topology.cardsPerPort; card++) {
      const answer = await session.ask({ command, parameters: { port, card }, urgent: false, signal })
      if (answer.ok) cards += 1
      else if (answer.error.kind === 'unreachable' || answer.error.kind === 'refused') break
      else return answer
    }
  return ok(cards)
}
