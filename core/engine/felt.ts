import { after, duration, type Mono, mono } from '../base/units.ts'
import { SENSOR_UNITS, type SensorKind, type SensorValue } from '../screen/sensor.ts'
import type { EquipmentState, State } from './state.ts'

/** A number older than this tells nothing of now. A device that is read more seldom is believed until it missed a reading. */
export const DEAD_MS = duration(60_000)
/** The same of a contact: pins are told again once a minute, and at every change. */
const SILENT_MS = duration(150_000)
const isContact = (what: Kind): boolean => SENSOR_UNITS[what] === null || what === 'charge'

/** One value something beside the screen told us, and until when it is believed. */
export type Felt = SensorValue & { readonly device: string; readonly heardAt: Mono | null; readonly until: Mono }

const KINDS = ['temperature', 'light', 'mains', 'battery', 'charge', 'generator'] as const
type Kind = (typeof KINDS)[number]
const isKind = (what: SensorKind): what is Kind => KINDS.some((kind) => kind === what)

const NOTHING: readonly Felt[] = []
type ByKind = Readonly<Partial<Record<Kind, readonly Felt[]>>>

/** A wall may have thousands of sensors and is asked several times a second, so what was gathered is kept while nothing was read anew. */
const gathered = new WeakMap<State['equipment'], { readonly observed: object | null; readonly felt: ByKind }>()

const gather = ({ display, equipment }: State): ByKind => {
  const last = gathered.get(equipment)
  if (last?.observed === display.observed) return last.felt
  const felt: Partial<Record<Kind, Felt[]>> = {}
  const add = (device: string, heard: Heard, values: readonly SensorValue[]) => {
    for (const one of values) {
      if (!isKind(one.what) || one.value === null) continue
      const list = felt[one.what] ?? []
      felt[one.what] = list
      list.push({ ...one, device, heardAt: heard.heardAt, until: believedUntil(one.what, heard) })
    }
  }
  const { observed } = display
  if (observed !== null) {
    const heard = { heardAt: observed.at.mono, every: duration(0) }
    add('display', heard, observed.sensors)
    if (observed.temperature !== null)
      add('display', heard, [{ what: 'temperature', where: 'first card', value: observed.temperature }])
  }
  for (const [device, one] of Object.entries(equipment)) add(device, one, one.sensors)
  gathered.set(equipment, { observed: display.observed, felt })
  return felt
}

type Heard = Pick<EquipmentState, 'heardAt' | 'every'>
const believedUntil = (what: Kind, { heardAt, every }: Heard): Mono =>
  heardAt === null ? mono(0) : after(heardAt, duration(Math.max(isContact(what) ? SILENT_MS : DEAD_MS, 2 * every)))

/** Everything of a kind as it was last said, however old. */
export const heard = (state: State, what: Kind): readonly Felt[] => gather(state)[what] ?? NOTHING

/** Numbers of a kind that are believed now. */
export const numbers = (state: State, what: 'temperature' | 'light'): readonly (Felt & { readonly value: number })[] =>
  heard(state, what).flatMap((one) =>
    typeof one.value === 'number' && one.until > state.now.mono ? [{ ...one, value: one.value }] : [],
  )

/** When the next value of any kind stops being believed; infinity: none does. */
export const nextDeath = (state: State): number => {
  const felt = gather(state)
  let first = Number.POSITIVE_INFINITY
  for (const what of KINDS)
    for (const { until } of felt[what] ?? NOTHING) if (until > state.now.mono && until < first) first = until
  return first
}
