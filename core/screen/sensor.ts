/** What equipment beside the screen can measure or feel. Closed; the unit goes with the kind. */
export const SENSOR_UNITS = {
  temperature: 'celsius',
  humidity: 'percent',
  voltage: 'volt',
  light: 'lux',
  fan: 'rpm',
  hours: 'hour',
  /** true: smoke. */
  smoke: null,
  /** true: open. */
  door: null,
  /** true: a ribbon or data cable is broken or pulled. */
  cable: null,
  /** true: closed. */
  contact: null,
  /** true: mains is there. */
  mains: null,
  /** true: the UPS runs from its battery. */
  battery: null,
  /** What is left in the battery. */
  charge: 'percent',
  /** true: the generator runs. */
  generator: null,
  /** true: the device itself reports something broken; `where` names it. */
  failure: null,
} as const
export type SensorKind = keyof typeof SENSOR_UNITS
export const SENSOR_KINDS = Object.keys(SENSOR_UNITS) as readonly SensorKind[]

/** One value a device told us. `null`: the device says that it has none (no sensor fitted, not valid now). */
export type SensorValue = {
  readonly what: SensorKind
  /** Which one, for people, short and stable: `card 0:3`, `lamp`, `cabinet door 1`. */
  readonly where: string
  readonly value: number | boolean | null
}
