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
import { createRound, type Round } from './round.ts'
import { createSensors } from './sensors.ts'

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
  readonly apply: (setting: DisplaySetting, signal: AbortSignal) => Promise<Result<Applied, LinkFault>>
  /** Asks for everything the profile can ask, power first. What a device refuses or a missing or dead card cannot say is null. */
  readonly observe: (signal: AbortSignal) => Promise<Result<Observed, LinkFault>>
  readonly stats: () => SessionStats
}

/** `held`: the value as the device can hold it, which may be another than was asked for: 50 % of 16 steps is 53 %. */
export type Applied = { readonly readBack: boolean; readonly held: DisplaySetting['value'] }

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
      const round = createRound(device, signal)
      const id = await whoAreYou(here, round)
      if (!id.ok) return id
      const modelId = String(id.value['modelId'] ?? '')
      const said = { model: modelName(profile, modelId), modelId }
      if (display.firmware === null) return ok({ ...said, firmware: null })
      const firmware = await round.ask({ command: display.firmware, parameters: here.place })
      return firmware.ok ? ok({ ...said, firmware: wordOf(firmware.value?.['firmware'] ?? null) }) : firmware
    },
    apply: (setting, signal) => apply(here, setting, signal),
    observe: async (signal) => {
      const round = createRound(device, signal)
      const seen = await observe(here, round)
      if (!seen.ok) return seen
      const felt = await sensors.readIn(seen.value.cards, round)
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
): Promise<Result<Applied, LinkFault>> => {
  const use = display[setting.set]
  if (use === null) return err(fault('unsupported', `${profile.id} cannot set ${setting.set}`))
  const parameters: Values = { ...place, [setting.set]: setting.value }
  for (const command of use.write) {
    const written = await device.ask({ command, parameters, urgent: true, signal })
    if (!written.ok) return written
  }
  // The value as the device can hold it: 50 % of 255 steps is not exactly 50 %, and the limit may cut it.
  const holds = device.holds(use.write.at(-1) ?? '', parameters, setting.set) ?? setting.value
  const held = typeof holds === 'number' ? percent(holds) : holds
  if (use.readBack === null) return ok({ readBack: false, held })
  const read = await device.ask({ command: use.readBack, parameters: place, urgent: true, signal })
  if (!read.ok) return read
  const found = read.value[setting.set]
  return found === held
    ? ok({ readBack: true, held })
    : err(fault('mismatch', `${setting.set}: wrote ${held}, reads back ${found}`))
}

/** A device that does not say who it is is not the one we mean; where the protocol has no such question, any answer will do. */
const whoAreYou = ({ display, place }: Here, round: Round): Promise<Result<Values, LinkFault>> => {
  const command = display.identify ?? display.blackout?.readBack ?? display.brightness?.readBack
  return command == null ? Promise.resolve(ok({})) : round.need({ command, parameters: place })
}

type Card = { readonly port: number; readonly card: number }
type Picture = Omit<Observed, 'cards' | 'sensors'> & { readonly cards: readonly Card[] | null }

/** What is asked about the picture, and the value each answer brings. Power first: a device in standby refuses nearly everything else. */
const questionsOf = (display: Display): readonly (readonly [string, string | null])[] => [
  ['modelId', display.identify],
  ['power', display.power?.readBack ?? null],
  ['firmware', display.firmware],
  ['signal', display.signal],
  ['temperature', display.temperature],
  ['voltage', display.voltage],
  ...SETTINGS.filter((name) => name !== 'power').map((name) => [name, display[name]?.readBack ?? null] as const),
]

const observe = async (here: Here, round: Round): Promise<Result<Picture, LinkFault>> => {
  const { display, profile } = here
  const values: Record<string, Value> = {}
  for (const [field, command] of questionsOf(display)) {
    if (command === null) continue
    const answer = await round.ask({ command, parameters: here.place })
    if (!answer.ok) return answer
    values[field] = answer.value?.[field] ?? null
  }
  const cards = await findCards(here, round)
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

/** Polls cards on each output until one does not answer well; at most ports × cardsPerPort + ports questions. */
const findCards = async (
  { profile, display }: Here,
  round: Round,
): Promise<Result<readonly Card[] | null, LinkFault>> => {
  const command = display.card
  if (command === null || !('topology' in profile)) return ok(null)
  const cards: Card[] = []
  for (let port = 0; port < profile.topology.ports; port++)
    for (let card = 0; card < profile.topology.cardsPerPort; card++) {
      const answer = await round.ask({ command, parameters: { port, card } })
      if (!answer.ok) return answer
      if (answer.value === null) break
      cards.push({ port, card })
    }
  return ok(cards)
}
