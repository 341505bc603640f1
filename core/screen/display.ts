import type { Celsius, Percent, Reading, Volts } from '../base/units.ts'
import type { SensorValue } from './sensor.ts'

/** Test patterns a display controller can draw by itself. `none` is the normal picture. */
export const TEST_PATTERNS = [
  'none',
  'red',
  'green',
  'blue',
  'white',
  'horizontal',
  'vertical',
  'diagonal',
  'grey',
  'aging',
] as const
export type TestPattern = (typeof TEST_PATTERNS)[number]

/** What we can ask of the display controller. A profile lists which of these it has. */
export type DisplaySetting =
  /** Of a display that can be switched off as a whole (a monitor, a projector); LED walls go dark by `blackout`. */
  | { readonly set: 'power'; readonly value: boolean }
  | { readonly set: 'brightness'; readonly value: Percent }
  | { readonly set: 'blackout'; readonly value: boolean }
  | { readonly set: 'testPattern'; readonly value: TestPattern }
  | { readonly set: 'freeze'; readonly value: boolean }
  | { readonly set: 'input'; readonly value: string }

export type DisplayCapability = DisplaySetting['set']

/** What the controller last told us itself. `null` means it has not said (or cannot say). */
export type DisplayObservation = {
  readonly at: Reading
  readonly model: string | null
  readonly firmware: string | null
  /** Is the device switched on? Null where it cannot be switched by us. */
  readonly power: boolean | null
  readonly brightness: Percent | null
  readonly blackout: boolean | null
  readonly testPattern: TestPattern | null
  readonly freeze: boolean | null
  readonly input: string | null
  /** Is there a picture on the controller's input? */
  readonly signal: boolean | null
  readonly temperature: Celsius | null
  readonly voltage: Volts | null
  /** Receiving cards that answered; null where the protocol cannot tell. */
  readonly cards: number | null
  /** Everything else it measures, in the order of its profile. */
  readonly sensors: readonly SensorValue[]
}

/** Why an exchange with a controller failed. Closed: every driver maps its own failures to one of these. */
export const LINK_FAULTS = [
  'not-open', // the port or socket is not there
  'closed', // it vanished while we were waiting
  'timeout', // no answer in time, after all retries
  'garbled', // something answered, but not in this protocol
  'checksum', // the answer's checksum is wrong
  'refused', // the controller answered with an error code
  'unreachable', // the controller answers, the card behind it does not
  'mismatch', // written, acknowledged, and read back different
  'unsupported', // the profile has no such command
  'quarantined', // too many failures; only probed for now
  'aborted', // we gave it up ourselves
] as const
export type LinkFaultKind = (typeof LINK_FAULTS)[number]
export type LinkFault = { readonly kind: LinkFaultKind; readonly detail: string }
