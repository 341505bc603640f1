import { ok, type Result } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { SensorValue } from '#core/screen/sensor.ts'
import type { Device } from '../bus/bus.ts'
import type { Values } from '../dialect/dialect.ts'
import type { Profile } from '../profile/schema.ts'
import { createRound, type Round } from './round.ts'

/** Receiving cards looked at in one round; the others keep what they said last. A wall of 200 cards is read through in 50 rounds. */
const CARDS_PER_ROUND = 4

type Telemetry = Profile['telemetry'][number]
type Card = { readonly port: number; readonly card: number }

/** What a device measures besides the picture. One per device: it remembers which cards come next. */
export type Sensors = {
  /** Everything known now, freshly read but for cards whose turn it was not. `cards`: those that are there; null where there are none. */
  readonly read: (
    cards: readonly Card[] | null,
    signal: AbortSignal,
  ) => Promise<Result<readonly SensorValue[], LinkFault>>
  /** The same as part of a longer look. */
  readonly readIn: (cards: readonly Card[] | null, round: Round) => Promise<Result<readonly SensorValue[], LinkFault>>
}

export const createSensors = (device: Device): Sensors => {
  const { telemetry } = device.dialect.profile
  const perCard = telemetry.filter((one) => 'card' in one.parameters)
  const single = telemetry.filter((one) => !('card' in one.parameters))
  let turn = 0
  let known = new Map<string, readonly SensorValue[]>()
  const readIn: Sensors['readIn'] = async (cards, round) => {
    const own = await readAll(device, { wanted: single, place: {}, prefix: '' }, round)
    if (!own.ok) return own
    const there = perCard.length === 0 ? [] : (cards ?? [])
    for (let i = 0; i < Math.min(CARDS_PER_ROUND, there.length); i++) {
      const card = there[(turn + i) % there.length]
      if (!card) break
      const name = nameOf(card)
      const values = await readAll(device, { wanted: perCard, place: card, prefix: `card ${name} ` }, round)
      if (!values.ok) return values
      known.set(name, values.value)
    }
    turn += CARDS_PER_ROUND
    const present = new Set(there.map(nameOf))
    known = new Map([...known].filter(([name]) => present.has(name)))
    return ok([...own.value, ...[...known.values()].flat()])
  }
  return { read: (cards, signal) => readIn(cards, createRound(device, signal)), readIn }
}

const nameOf = ({ port, card }: Card): string => `${port}:${card}`

/** Some readings are only there after the device was told to take them: the profile names what to send before. */
const askWithTrigger = async (
  device: Device,
  question: { readonly command: string; readonly parameters: Values },
  round: Round,
): Promise<Result<Values | null, LinkFault>> => {
  const spec = device.dialect.profile.commands[question.command]
  const trigger = spec && 'trigger' in spec ? spec.trigger : null
  if (trigger !== null) {
    const told = await round.ask({ ...question, command: trigger })
    // What was not told to measure would answer with what it measured some other day.
    if (!told.ok || told.value === null) return told
  }
  return round.ask(question)
}

type Part = { readonly wanted: readonly Telemetry[]; readonly place: Values; readonly prefix: string }

/** Each question once, however many values its answer holds. What the device refuses to say is null, and does not stop the rest. */
const readAll = async (
  device: Device,
  { wanted, place, prefix }: Part,
  round: Round,
): Promise<Result<readonly SensorValue[], LinkFault>> => {
  const answers = new Map<string, Values | null>()
  const found: SensorValue[] = []
  for (const one of wanted) {
    const parameters = { ...one.parameters, ...place }
    const key = JSON.stringify([one.command, parameters])
    if (!answers.has(key)) {
      const answer = await askWithTrigger(device, { command: one.command, parameters }, round)
      if (!answer.ok) return answer
      answers.set(key, answer.value)
    }
    const value = answers.get(key)?.[one.field] ?? null
    if (typeof value !== 'string') found.push({ what: one.what, where: `${prefix}${one.where}`, value })
  }
  return ok(found)
}
