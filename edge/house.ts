import { type Static, Type } from 'typebox'
import { duration, percent } from '#core/base/units.ts'
import type { SiteFacts } from '#core/engine/site.ts'

const Strict = { additionalProperties: false } as const
const Percentage = Type.Number({ minimum: 1, maximum: 100 })
const Celsius = Type.Number({ minimum: 20, maximum: 120 })
const Watts = Type.Number({ minimum: 0, maximum: 1_000_000 })
const Lux = Type.Number({ minimum: 0, maximum: 200_000 })

/** Degrees, north and east positive: for sunrise and sunset. Default: not known, brightness goes by power window or sensor. */
export const LocationSchema = Type.Object(
  { latitude: Type.Number({ minimum: -90, maximum: 90 }), longitude: Type.Number({ minimum: -180, maximum: 180 }) },
  Strict,
)

/** Parts of the configuration that say what display and cabinet can bear. Each may be left out. */
export const HOUSE_SCHEMAS = {
  /** For the estimate of energy: what the display draws at full white and brightness, and lit but black. Default: no estimate. */
  energy: Type.Optional(Type.Object({ fullWatts: Watts, idleWatts: Watts }, Strict)),
  /** Heat, °C. Default: measured and told, but nothing is done about it. */
  thermal: Type.Optional(
    Type.Object(
      {
        dimAt: Celsius,
        /** Never brighter than this while it is that hot, percent. */
        dimTo: Percentage,
        darkAt: Celsius,
        /** An actual emergency is shown, dimmed, up to here. Default: 10 above `darkAt`. */
        emergencyDarkAt: Type.Optional(Celsius),
        /** Each threshold is given back so far below it. Default: 5. */
        hysteresis: Type.Optional(Type.Number({ minimum: 1, maximum: 30 })),
      },
      Strict,
    ),
  ),
  /** While a battery alone feeds the display (`mains`, `battery` of a pin or device). Default: as with mains. */
  onBattery: Type.Optional(
    Type.Object({ most: Percentage, darkAfterSeconds: Type.Integer({ minimum: 0, maximum: 86_400 }) }, Strict),
  ),
  /**
   * The device of `equipment` whose light sensor faces the panel: two minutes below `darkBelow` contradict a lit screen until it sees more
   * than `litAbove`. Lux. Default: none.
   */
  panelLight: Type.Optional(
    Type.Object({ device: Type.String({ maxLength: 32 }), darkBelow: Lux, litAbove: Lux }, Strict),
  ),
} as const

const Raw = Type.Object(HOUSE_SCHEMAS, Strict)
type Raw = Static<typeof Raw>

/** With every default filled in, as the engine has it. */
export type HouseConfig = Pick<SiteFacts, 'location' | 'watts' | 'thermal' | 'onBattery' | 'panelLight'>

const DEFAULT_HYSTERESIS = 5
const EMERGENCY_ABOVE = 10

export const houseOf = (raw: Raw, location: Static<typeof LocationSchema> | undefined): HouseConfig => ({
  location: location ?? null,
  watts: raw.energy === undefined ? null : { full: raw.energy.fullWatts, idle: raw.energy.idleWatts },
  thermal:
    raw.thermal === undefined
      ? null
      : {
          dimAt: raw.thermal.dimAt,
          dimTo: percent(raw.thermal.dimTo),
          darkAt: raw.thermal.darkAt,
          emergencyDarkAt: raw.thermal.emergencyDarkAt ?? raw.thermal.darkAt + EMERGENCY_ABOVE,
          hysteresis: raw.thermal.hysteresis ?? DEFAULT_HYSTERESIS,
        },
  onBattery:
    raw.onBattery === undefined
      ? null
      : { most: percent(raw.onBattery.most), darkAfter: duration(raw.onBattery.darkAfterSeconds * 1000) },
  panelLight: raw.panelLight ?? null,
})

/** What the schema cannot say, as `place: reason`; null: nothing is wrong. `devices`: the names under `equipment`. */
export const houseFault = ({ watts, thermal, panelLight }: HouseConfig, devices: readonly string[]): string | null => {
  if (watts !== null && watts.idle > watts.full)
    return '/energy/idleWatts: lớn hơn fullWatts · more than fullWatts; a black panel draws less than a white one'
  if (thermal !== null && thermal.dimAt >= thermal.darkAt)
    return '/thermal/darkAt: phải cao hơn dimAt · must be above dimAt, or it would never only dim'
  if (thermal !== null && thermal.emergencyDarkAt < thermal.darkAt)
    return '/thermal/emergencyDarkAt: phải từ darkAt trở lên · must not be below darkAt: an emergency is the last to go'
  if (panelLight !== null && panelLight.darkBelow >= panelLight.litAbove)
    return '/panelLight/litAbove: phải cao hơn darkBelow · must be above darkBelow, or the screen would flap'
  if (panelLight !== null && !devices.includes(panelLight.device))
    return `/panelLight/device: không có thiết bị ${panelLight.device} trong equipment · there is no device ${panelLight.device} under equipment`
  return null
}
