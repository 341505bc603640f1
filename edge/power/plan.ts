import { readFileSync } from 'node:fs'
import type { Profile } from '#controller/profile/schema.ts'
import { faultText } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { readSequence } from '#core/power/sequence-rules.ts'
import type { PowerSequence } from '#core/power/sequence-schema.ts'
import { SENSOR_UNITS } from '#core/screen/sensor.ts'
import type { EdgeConfig } from '../config.ts'
import type { InputAt, PowerConfig, RelayAt } from './config.ts'

type Telemetry = Profile['telemetry'][number]

/** A sequence that may be run here: every name in it has its place. */
export type PowerPlan = {
  readonly sequence: PowerSequence
  readonly relays: ReadonlyMap<string, RelayAt>
  readonly inputs: ReadonlyMap<
    string,
    { readonly gpio: string } | { readonly device: string; readonly read: Telemetry }
  >
}

type Site = Pick<EdgeConfig, 'controller' | 'equipment' | 'gpio' | 'power'>
type Loaded = { readonly controller: Profile | null; readonly equipment: readonly Profile[] }
type Here = {
  readonly config: Site
  readonly power: PowerConfig
  readonly profiles: Loaded
  readonly sequence: PowerSequence
}

/** Largest sequence file, characters. */
const MOST_CHARS = 262_144
/** A relay is written and read back. */
const EXCHANGES = 2

/**
 * Reads and checks the sequence, and that each relay and input it names is really there. Null: nobody switches the power of this site. An error
 * names file and place: the sequence’s own file for what is wrong in it, `/power/…` of the configuration for the places.
 */
export const checkPower = (config: Site, profiles: Loaded): Result<PowerPlan | null, string> => {
  const { power } = config
  if (power === null) {
    const idle = config.gpio?.outputs[0]
    return idle === undefined
      ? ok(null)
      : err(`/gpio/outputs/0: ${idle.name} is switched by nobody: there is no /power`)
  }
  const text = readText(power.sequence)
  if (!text.ok) return text
  const sequence = readSequence(text.value)
  if (!sequence.ok) return err(faultText(power.sequence, sequence.error))
  const here: Here = { config, power, profiles, sequence: sequence.value }
  const relays = allNamed(sequence.value.relays, power.relays, '/power/relays')
  if (!relays.ok) return relays
  const inputs = allNamed(
    sequence.value.inputs.map((one) => one.name),
    power.inputs,
    '/power/inputs',
  )
  if (!inputs.ok) return inputs
  const relayKeys = Object.entries(power.relays).map(([name, place]) => [name, relayKey(place)] as const)
  const wrong = placedTwice(relayKeys, '/power/relays') ?? relayFault(here) ?? idleOutput(here) ?? displayFault(here)
  if (wrong !== null) return err(wrong)
  return planOf(here)
}

const readText = (file: string): Result<string, string> => {
  try {
    const text = readFileSync(file, 'utf8')
    return text.length > MOST_CHARS ? err(`${file}: /: longer than ${MOST_CHARS} characters`) : ok(text)
  } catch (error) {
    return err(`${file}: cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The names of the sequence and those that have a place are the same. */
const allNamed = (
  names: readonly string[],
  places: Readonly<Record<string, unknown>>,
  where: string,
): Result<void, string> => {
  const placeless = names.find((name) => !Object.hasOwn(places, name))
  if (placeless !== undefined) return err(`${where}: the sequence names ${placeless}, and nobody says where it is`)
  const unknown = Object.keys(places).find((name) => !names.includes(name))
  return unknown === undefined ? ok(undefined) : err(`${where}/${unknown}: the sequence has no such name`)
}

/** Two contactors on one relay would be one contactor; two contacts on one input would confirm each other. */
const placedTwice = (places: Iterable<readonly [name: string, place: string]>, where: string): string | null => {
  const seen = new Map<string, string>()
  for (const [name, place] of places) {
    const other = seen.get(place)
    if (other !== undefined) return `${where}/${name}: ${other} is at the same place`
    seen.set(place, name)
  }
  return null
}
const relayKey = (place: RelayAt): string =>
  'gpio' in place ? `gpio ${place.gpio}` : `${place.device} ${place.channel}`
const inputKey = (place: { readonly gpio: string } | { readonly device: string; readonly read: Telemetry }): string =>
  'gpio' in place
    ? `gpio ${place.gpio}`
    : JSON.stringify([place.device, place.read.command, place.read.parameters, place.read.field])

const profileOf = ({ config, profiles }: Here, device: string): Profile | null =>
  profiles.equipment[config.equipment.findIndex((one) => one.name === device)] ?? null

const relayFault = (here: Here): string | null => {
  for (const [name, place] of Object.entries(here.power.relays)) {
    const where = `/power/relays/${name}`
    if ('gpio' in place) {
      const line = here.config.gpio?.outputs.find((one) => one.name === place.gpio)
      if (line === undefined) return `${where}/gpio: no output ${place.gpio} under /gpio/outputs`
      if (line.initial || line.safe)
        return `${where}/gpio: ${place.gpio} must have initial and safe false: a contactor closes in its step only`
      continue
    }
    const profile = profileOf(here, place.device)
    if (profile === null) return `${where}/device: no device ${place.device} under /equipment`
    if (profile.relays === null) return `${where}/device: ${profile.id} has no relays`
    if (place.channel >= profile.relays.count)
      return `${where}/channel: ${profile.id} has relays 0 to ${profile.relays.count - 1}`
    const { timeoutMs, gapMs, writeGapMs, retries } = profile.timing
    const longest = EXCHANGES * (retries + 1) * (timeoutMs + gapMs) + writeGapMs
    if (longest > here.sequence.relayWithinMs)
      return `${here.power.sequence}: /relayWithinMs: ${profile.id} may need ${longest} ms to answer`
  }
  return null
}

const idleOutput = ({ config, power }: Here): string | null => {
  const used = new Set(Object.values(power.relays).flatMap((place) => ('gpio' in place ? [place.gpio] : [])))
  const idle = (config.gpio?.outputs ?? []).findIndex((one) => !used.has(one.name))
  return idle < 0 ? null : `/gpio/outputs/${idle}: no relay of the sequence uses it`
}

/** Steps that ask the display need a controller that has an answer. */
const displayFault = ({ power, profiles, sequence }: Here): string | null => {
  const display = profiles.controller?.display ?? null
  const at = (where: string, why: string) => `${power.sequence}: ${where}: ${why}`
  if (sequence.blank !== null && display?.blackout == null)
    return at('/blank', display === null ? 'this site has no controller' : 'its controller cannot go dark by itself')
  for (const [i, { step }] of sequence.steps.entries()) {
    if (step === 'relay') continue
    if (display === null) return at(`/steps/${i}`, 'this site has no controller')
    if (step === 'cards-answer' && display.card === null)
      return at(`/steps/${i}`, 'its controller does not know its cards')
    if ((step === 'blank' || step === 'unblank') && display.blackout === null)
      return at(`/steps/${i}`, 'its controller cannot go dark by itself')
  }
  return null
}

const planOf = (here: Here): Result<PowerPlan, string> => {
  const { power, sequence } = here
  const inputs = new Map<string, { readonly gpio: string } | { readonly device: string; readonly read: Telemetry }>()
  for (const [name, place] of Object.entries(power.inputs)) {
    const where = `/power/inputs/${name}`
    const kind = sequence.inputs.find((one) => one.name === name)?.kind
    if ('gpio' in place) {
      if (!here.config.gpio?.inputs.some(({ line }) => line.name === place.gpio))
        return err(`${where}/gpio: no input ${place.gpio} under /gpio/inputs`)
      if (kind !== 'flag') return err(`${where}/gpio: a line is a flag, the sequence wants a ${kind}`)
      inputs.set(name, place)
      continue
    }
    const read = telemetryOf(here, place)
    if (!read.ok) return err(`${where}/${read.error}`)
    const is = SENSOR_UNITS[read.value.what] === null ? 'flag' : 'number'
    if (is !== kind) return err(`${where}: ${read.value.what} is a ${is}, the sequence wants a ${kind}`)
    inputs.set(name, { device: place.device, read: read.value })
  }
  const twice = placedTwice(
    [...inputs].map(([name, place]) => [name, inputKey(place)] as const),
    '/power/inputs',
  )
  if (twice !== null) return err(twice)
  return ok({ sequence, relays: new Map(Object.entries(power.relays)), inputs })
}

/** What is asked of the device for this input; the error begins with the key that is wrong. */
const telemetryOf = (here: Here, place: Exclude<InputAt, { gpio: string }>): Result<Telemetry, string> => {
  const profile = profileOf(here, place.device)
  if (profile === null) return err(`device: no device ${place.device} under /equipment`)
  const felt = 'what' in place ? profile.telemetry.filter((one) => one.what === place.what) : contactsOf(profile)
  const read = 'what' in place ? felt.find((one) => one.where === place.where) : felt[place.channel]
  if (read === undefined)
    return err(
      'what' in place
        ? `where: ${profile.id} feels ${place.what} at: ${felt.map((one) => one.where).join(', ') || 'nowhere'}`
        : `channel: ${profile.id} has ${felt.length} contacts`,
    )
  const spec = profile.commands[read.command]
  if ('card' in read.parameters || (spec !== undefined && 'trigger' in spec && spec.trigger !== null))
    return err(`device: ${profile.id} cannot be asked for ${read.where} often enough`)
  return ok(read)
}

const contactsOf = (profile: Profile): readonly Telemetry[] => profile.telemetry.filter((one) => one.what === 'contact')
