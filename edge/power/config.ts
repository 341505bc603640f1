import { type Static, Type } from 'typebox'
import { SENSOR_KINDS } from '#core/screen/sensor.ts'

const Strict = { additionalProperties: false } as const
/** A device under `equipment`. */
const DeviceName = Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' })
/** A line under `gpio`. */
const LineName = Type.String({ pattern: '^[a-z][a-z0-9-]{0,22}$' })
const Channel = Type.Integer({ minimum: 0, maximum: 63 })
/** As relays and inputs are called in the sequence. */
const NAME = '^[a-z][a-z0-9-]{0,39}$'

const RelayAt = Type.Union([
  /** A relay of a board, counted from 0. */
  Type.Object({ device: DeviceName, channel: Channel }, Strict),
  /** A line under `gpio.outputs`. */
  Type.Object({ gpio: LineName }, Strict),
])
export type RelayAt = Static<typeof RelayAt>

const InputAt = Type.Union([
  /** A contact of a board, counted from 0 in the order of its profile’s telemetry. */
  Type.Object({ device: DeviceName, channel: Channel }, Strict),
  /** Any other thing a device feels, as its profile’s telemetry calls it. */
  Type.Object(
    { device: DeviceName, what: Type.Enum([...SENSOR_KINDS]), where: Type.String({ maxLength: 40 }) },
    Strict,
  ),
  /** A line under `gpio.inputs`. */
  Type.Object({ gpio: LineName }, Strict),
])
export type InputAt = Static<typeof InputAt>

const places = <P extends typeof RelayAt | typeof InputAt>(place: P) =>
  Type.Record(Type.String({ pattern: NAME }), place, { additionalProperties: false, maxProperties: 64 })

/** The display hangs on contactors: in which order they close, and where each relay and input of that sequence really is. */
export const PowerSchema = Type.Object(
  {
    /** The sequence, see `controller/sequence/README.md`. */
    sequence: Type.String({ minLength: 1, maxLength: 1000 }),
    /** How long quiet hours must have lasted before power is taken away. Default: 60. */
    offAfterSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
    relays: places(RelayAt),
    inputs: Type.Optional(places(InputAt)),
  },
  Strict,
)

/** With every default filled in. */
export type PowerConfig = {
  readonly sequence: string
  readonly offAfterSeconds: number
  readonly relays: Readonly<Record<string, RelayAt>>
  readonly inputs: Readonly<Record<string, InputAt>>
}

export const powerOf = (raw: Static<typeof PowerSchema>, path: (p: string) => string): PowerConfig => ({
  sequence: path(raw.sequence),
  offAfterSeconds: raw.offAfterSeconds ?? 60,
  relays: raw.relays,
  inputs: raw.inputs ?? {},
})
