import { err, ok, type Result } from '#core/base/result.ts'
import { celsius, type Percent, percent, volts } from '#core/base/units.ts'
import {
  type DisplayCapability,
  type DisplayObservation,
  type DisplaySetting,
  type LinkFault,
  TEST_PATTERNS,
} from '#core/screen/display.ts'
import type { Device } from '../bus/bus.ts'
import type { SessionStats } from '../bus/meter.ts'
import type { Value, Values } from '../dialect/dialect.ts'
import { fault } from '../link/link.ts'
import { SETTINGS } from '../profile/rules.ts'
import type { Profile } from '../profile/schema.ts'
import { createSensors, SOFT } from './sensors.ts'

export type Observed = Omit<DisplayObservation, 'at'>

/** What the edge knows of a display controller, whatever its make. Nothing here throws for what the world does. */
export type DisplayDriver = {
  readonly capabilities: ReadonlySet<DisplayCapability>
  /** Brightness is cut to this, whatever is asked (design §5, 3). */
  readonly brightnessLimit: Percent
  /** `model` is the profile’s model, or `unknown model <id>` when the device says it is another. */
  readonly identify: (
    signal: AbortSignal,
  ) => Promise<Result<{ model: string; modelId: string; firmware: string | null }, LinkFault>>
  /** Writes, then reads back where the protocol can; `mismatch` when it reads back different. */
  readonly apply: (setting: DisplaySetting, signal: AbortSignal) => Promise<Result<{ readBack: boolean }, LinkFault>>
  /** Asks for everything the profile can ask. What a device refuses or a missing card cannot say is null. */
  readonly observe: (signal: AbortSignal) => Promise<Result<Observed, LinkFault>>
  readonly stats: () => SessionStats
}

type Display = NonNullable<Profile['display']>
/** Where settings are read back from when a write went to all cards: the first card of the first output. */
const FIRST_CARD: Values = { port: 0, card: 0 }

/** The driver of every display that a profile describes. Null for equipment without a screen. It asks nothing before it is asked. */
export const openDriver = (device: Device): DisplayDriver | null => {
  const { profile } = device.dialect
  const { display } = profile
  if (display === null) return null
  const here: Here = { device, profile, display, place: 'topology' in profile ? FIRST_CARD : {} }
  const sensors = createSensors(device)
  return {
    capabilities: new Set(SETTINGS.filter((name) => display[name] !== null)),
    brightnessLimit: percent(profile.limits.brightnessPercent),
    identify: async (signal) => {
      const id = await whoAreYou(here, signal)
      if (!id.ok) return id
      const firmware = await softly(here, { command: display.firmware, field: 'firmware', signal })
      if (!firmware.ok) return firmware
      const modelId = String(id.value['modelId'] ?? '')
      return ok({ model: modelName(profile, modelId), modelId, firmware: wordOf(firmware.value) })
    },
    apply: (setting, signal) => apply(here, setting, signal),
    observe: async (signal) => {
      const seen = await observe(here, signal)
      if (!seen.ok) return seen
      const felt = await sensors.read(seen.value.cards, signal)
      return felt.ok ? ok({ ...seen.value, cards: seen.value.cards?.length ?? null, sensors: felt.value }) : felt
    },
    stats: device.stats,
  }
}

type Here = {
  readonly device: Device
  readonly profile: Profile
  readonly display: Display
  /** Parameters of every question about the picture. */
  readonly place: Values
}

const modelName = (profile: Profile, modelId: string): string =>
  modelId === '' || profile.modelIds.length === 0 || profile.modelIds.includes(modelId)
    ? profile.model
    : `unknown model ${modelId}`

const wordOf = (value: Value): string | null => (typeof value === 'string' && value !== '' ? value : null)

const apply = async (
  { device, profile, display, place }: Here,
  setting: DisplaySetting,
  signal: AbortSignal,
): Promise<Result<{ readBack: boolean }, LinkFault>> => {
  const use = display[setting.set]
  if (use === null) return err(fault('unsupported', `${profile.id} cannot set ${setting.set}`))
  const parameters: Values = { ...place, [setting.set]: setting.value }
  for (const command of use.write) {
    const written = await device.ask({ command, parameters, urgent: true, signal })
    if (!written.ok) return written
  }
  if (use.readBack === null) return ok({ readBack: false })
  const read = await device.ask({ command: use.readBack, parameters: place, urgent: true, signal })
  if (!read.ok) return read
  // The value as the device can hold it: 50 % of 255 steps is not exactly 50 %, and the limit may cut it.
  const wanted = device.holds(use.write.at(-1) ?? '', parameters, setting.set) ?? setting.value
  const found = read.value[setting.set]
  return found === wanted
    ? ok({ readBack: true })
    : err(fault('mismatch', `${setting.set}: wrote ${wanted}, reads back ${found}`))
}

/** A device that does not say who it is is not the one we mean; where the protocol has no such question, any answer will do. */
const whoAreYou = async ({ device, display, place }: Here, signal: AbortSignal): Promise<Result<Values, LinkFault>> => {
  const command = display.identify ?? display.blackout?.readBack ?? display.brightness?.readBack
  return command == null ? ok({}) : device.ask({ command, parameters: place, urgent: false, signal })
}

type Question = { readonly command: string | null; readonly field: string; readonly signal: AbortSignal }

/** One value, or null when there is no such command, the device refuses, the card is missing or the value means nothing. */
const softly = async ({ device, place }: Here, of: Question): Promise<Result<Value, LinkFault>> => {
  if (of.command === null) return ok(null)
  const answer = await device.ask({ command: of.command, parameters: place, urgent: false, signal: of.signal })
  if (answer.ok) return ok(answer.value[of.field] ?? null)
  return SOFT.includes(answer.error.kind) ? ok(null) : answer
}

type Card = { readonly port: number; readonly card: number }
type Picture = Omit<Observed, 'cards' | 'sensors'> & { readonly cards: readonly Card[] | null }

const observe = async (here: Here, signal: AbortSignal): Promise<Result<Picture, LinkFault>> => {
  const { display, profile } = here
  const questions: readonly (readonly [string, string | null])[] = [
    ['modelId', display.identify],
    ['firmware', display.firmware],
    ['signal', display.signal],
    ['temperature', display.temperature],
    ['voltage', display.voltage],
    ...SETTINGS.map((name) => [name, display[name]?.readBack ?? null] as const),
  ]
  const values: Record<string, Value> = {}
  let heard = false
  for (const [field, command] of questions) {
    if (command === null) continue
    const answer = await here.device.ask({ command, parameters: here.place, urgent: false, signal })
    // A refusal is an answer too: a monitor in standby refuses nearly everything.
    if (!answer.ok && !SOFT.includes(answer.error.kind)) return answer
    if (!answer.ok && answer.error.kind === 'garbled' && !heard) return answer
    heard = true
    if (answer.ok) values[field] = answer.value[field] ?? null
  }
  const cards = await findCards(here, signal)
  if (!cards.ok) return cards
  const number = (name: string) => (typeof values[name] === 'number' ? values[name] : null)
  const flag = (name: string) => (typeof values[name] === 'boolean' ? values[name] : null)
  const words = (name: string) => wordOf(values[name] ?? null)
  const [brightness, temperature, voltage] = [number('brightness'), number('temperature'), number('voltage')]
  return ok({
    model: modelName(profile, String(values['modelId'] ?? '')),
    firmware: words('firmware'),
    power: flag('power'),
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
const findCards = async (
  { device, profile, display }: Here,
  signal: AbortSignal,
): Promise<Result<readonly Card[] | null, LinkFault>> => {
  const command = display.card
  if (command === null || !('topology' in profile)) return ok(null)
  const cards: Card[] = []
  for (let port = 0; port < profile.topology.ports; port++)
    for (let card = 0; card < profile.topology.cardsPerPort; card++) {
      const answer = await device.ask({ command, parameters: { port, card }, urgent: false, signal })
      if (answer.ok) cards.push({ port, card })
      else if (answer.error.kind === 'unreachable' || answer.error.kind === 'refused') break
      else return answer
    }
  return ok(cards)
}
