import type { Result } from '../base/result.ts'
import { type Duration, duration, type Mono, since } from '../base/units.ts'
import type { FaultId } from '../contract/faults.ts'
import { isPlausible } from '../power/thermal.ts'
import type { LinkFault } from '../screen/display.ts'
import { SENSOR_UNITS, type SensorKind, type SensorValue } from '../screen/sensor.ts'
import type { EquipmentState, State } from './state.ts'
import { LOW_CHARGE, supplyOf } from './supply.ts'
import { record, set, type Turn } from './turn.ts'

/** Hotter than this is worth a person's look, °C. Industrial LED cabinets are specified to 60 °C ambient. */
const HOT_CELSIUS = 65

type Judged = 'normal' | 'warning' | 'fault'

/** What a value means by itself. A value that is not known is no alarm. */
const judge = ({ what, value }: SensorValue): Judged => {
  if (what === 'charge') return typeof value === 'number' && value < LOW_CHARGE ? 'warning' : 'normal'
  if (what === 'mains') return value === false ? 'warning' : 'normal'
  if (isAbsurd({ what, value })) return 'warning'
  if (what === 'temperature') return typeof value === 'number' && value > HOT_CELSIUS ? 'warning' : 'normal'
  if (value !== true) return 'normal'
  return ALARMS[what] ?? 'normal'
}
/** A temperature that no panel can have tells of the sensor, not of heat. */
const isAbsurd = ({ what, value }: Pick<SensorValue, 'what' | 'value'>): boolean =>
  what === 'temperature' && typeof value === 'number' && !isPlausible(value)
const ALARMS: Readonly<Partial<Record<SensorKind, Judged>>> = {
  smoke: 'fault',
  door: 'warning',
  cable: 'warning',
  failure: 'fault',
  battery: 'warning',
}

/** Which fault a person is shown for it. */
const FAULT_OF: Readonly<Partial<Record<SensorKind, FaultId>>> = {
  temperature: 'over-temperature',
  smoke: 'smoke-detected',
  door: 'door-open',
  cable: 'hardware-failure',
  failure: 'hardware-failure',
  mains: 'mains-lost',
  battery: 'mains-lost',
  charge: 'battery-low',
}

/** Alarms that stay until the same sensor says otherwise: one that burnt, was cut off or lost its card is no all-clear. */
const STAYS: readonly SensorKind[] = ['smoke', 'door']

/** What is known after a reading: the reading, and the alarms of which it says nothing. */
export const carried = (before: readonly SensorValue[], after: readonly SensorValue[]): readonly SensorValue[] => {
  const alarms = before.filter((one) => STAYS.includes(one.what) && one.value === true)
  if (alarms.length === 0) return after
  const said = new Map(after.map((one) => [keyOf(one), one]))
  const silent = alarms.filter((one) => (said.get(keyOf(one))?.value ?? null) === null)
  const kept = new Set(silent.map(keyOf))
  return [...after.filter((one) => !kept.has(keyOf(one))), ...silent]
}

/** Lines one sensor may write in a minute; a contact that chatters is counted and named once. */
const MOST_A_MINUTE = 6
const MINUTE_MS = duration(60_000)

/** Whether this sensor may write a line now. The first that may not writes an incident instead. */
const mayWriteLine = (turn: Turn, device: string, one: SensorValue): boolean => {
  const { now, chatter } = turn.state
  const key = `${device} ${keyOf(one)}`
  const had = chatter[key]
  const window = had !== undefined && since(now.mono, had.since) < MINUTE_MS ? had : { since: now.mono, lines: 0 }
  set(turn, { chatter: { ...chatter, [key]: { ...window, lines: window.lines + 1 } } })
  if (window.lines === MOST_A_MINUTE)
    record(turn, {
      kind: 'incident',
      type: 'TECHNICAL',
      what: 'sensor-chatters',
      detail: `${key}: hơn ${MOST_A_MINUTE} lần trong một phút, không ghi từng lần · more than ${MOST_A_MINUTE} changes a minute, not written one by one`,
      fault: null,
    })
  return window.lines < MOST_A_MINUTE
}

/**
 * Evidence of what equipment feels: a line when a contact changes, when a value becomes or stops being an alarm, and when a device first
 * speaks of it; not one for every degree.
 */
export const noteSensors = (
  turn: Turn,
  device: string,
  of: { readonly before: readonly SensorValue[]; readonly after: readonly SensorValue[] },
): void => {
  const known = new Map(of.before.map((one) => [keyOf(one), one]))
  for (const one of of.after) {
    const was = known.get(keyOf(one))
    const state = judge(one)
    const contact = SENSOR_UNITS[one.what] === null
    const same = was !== undefined && judge(was) === state && (!contact || was.value === one.value)
    // The first value is news only of a plain contact or an alarm: a wall of quiet thermometers and closed doors says nothing.
    if (same || (was === undefined && one.what !== 'contact' && state === 'normal')) continue
    if (!mayWriteLine(turn, device, one)) continue
    record(turn, { kind: 'sensor', what: one.what, where: `${device} ${one.where}`, value: one.value, state })
  }
}
const keyOf = (one: SensorValue): string => `${one.what} ${one.where}`

/** How often it is read: only of readings that followed each other, so that an hour of silence is no rhythm. */
const everyOf = (was: EquipmentState | undefined, now: Mono): Duration =>
  was === undefined || was.heardAt === null || was.link === 'down'
    ? (was?.every ?? duration(0))
    : since(now, was.heardAt)

/** A device beside the display was read, or was not there. */
export const equipment = (
  turn: Turn,
  event: { readonly device: string; readonly result: Result<readonly SensorValue[], LinkFault> },
): void => {
  const { device, result } = event
  const was = turn.state.equipment[device]
  const time = turn.state.now.mono
  const now = result.ok
    ? {
        link: 'up' as const,
        fault: null,
        sensors: carried(was?.sensors ?? [], result.value),
        heardAt: time,
        every: everyOf(was, time),
      }
    : {
        link: 'down' as const,
        fault: `${result.error.kind}: ${result.error.detail}`,
        sensors: was?.sensors ?? [],
        heardAt: was?.heardAt ?? null,
        every: was?.every ?? duration(0),
      }
  set(turn, { equipment: { ...turn.state.equipment, [device]: now } })
  if (now.link !== was?.link && !(was === undefined && now.link === 'up'))
    record(turn, {
      kind: 'incident',
      type: 'TECHNICAL',
      what: 'equipment',
      detail: `${device}: ${now.fault ?? 'trả lời lại · answers again'}`,
      fault: result.ok ? null : result.error.kind,
    })
  noteSensors(turn, device, { before: was?.sensors ?? [], after: now.sensors })
}

const UNITS: Readonly<Partial<Record<SensorKind, string>>> = { temperature: '°C', charge: '%' }

/** Alarms of the display's own sensors and of everything beside it, each fault with the places that raise it (at most five). */
export const sensorFaults = (state: State): Readonly<Partial<Record<FaultId, string>>> =>
  hasSensors(state) ? faultsOf(state) : {}

const hasSensors = ({ display: { observed }, equipment }: State): boolean => {
  for (const _ in equipment) return true
  return observed !== null && (observed.sensors.length > 0 || observed.temperature !== null)
}

const faultsOf = (state: State): Readonly<Partial<Record<FaultId, string>>> => {
  const places = new Map<FaultId, string[]>()
  const add = (fault: FaultId, place: string) => places.set(fault, [...(places.get(fault) ?? []), place])
  const { observed } = state.display
  const all: (readonly [string, readonly SensorValue[]])[] = [['display', observed?.sensors ?? []]]
  if (observed?.temperature != null)
    all.push(['display', [{ what: 'temperature', where: 'first card', value: observed.temperature }]])
  for (const [device, { link, fault, sensors }] of Object.entries(state.equipment)) {
    if (link === 'down') add('equipment-lost', `${device}: ${fault ?? ''}`)
    all.push([device, sensors])
  }
  for (const [device, sensors] of all)
    for (const one of sensors) {
      const fault = judge(one) === 'normal' ? undefined : isAbsurd(one) ? 'temperature-unknown' : FAULT_OF[one.what]
      const unit = UNITS[one.what] === undefined ? '' : ` ${String(one.value)} ${UNITS[one.what]}`
      if (fault) add(fault, `${device} ${one.where}${unit}`)
    }
  if (places.has('mains-lost') && supplyOf(state).generator === true)
    add('mains-lost', 'máy phát đang chạy · the generator runs')
  return Object.fromEntries([...places].map(([fault, where]) => [fault, where.slice(0, 5).join(', ')]))
}
