import type { Duration, Percent } from '../base/units.ts'
import type { Preset } from '../emergency/preset.ts'

/** What the engine must know of the place it runs at. From the site's configuration; never changes while it runs. */
export type SiteFacts = {
  readonly id: string
  readonly name: string
  readonly clusterClass: 'BORDER_GATE' | 'BULLETIN_BOARD'
  /** Administrative unit code of the commune, five digits. */
  readonly unitCode: string
  readonly panel: { readonly width: number; readonly height: number }
  /** Orders with status `exercise` are drawn here, under the banner. */
  readonly exerciseMode: boolean
  /** Outdoors, advertising is always mute. */
  readonly outdoors: boolean
  readonly audio: boolean
  /** False for a board without a controller we can talk to (a plain monitor). */
  readonly hasController: boolean
  /** The input the display must take its picture from; null: the one it had when we first looked. */
  readonly input: string | null
  /** The controller holds the content itself, so nothing reads back what is on the glass. */
  readonly onboard: boolean
  /** Null: nobody switches its power. Otherwise how long quiet hours must have lasted before power is taken away. */
  readonly powerOffAfter: Duration | null
  /** False for a cluster that runs by itself. */
  readonly hasHub: boolean
  /** The profile's limit; no claim raises brightness above it. */
  readonly brightnessLimit: Percent
  /** For sunrise and sunset; null: not known. Degrees. */
  readonly location: { readonly latitude: number; readonly longitude: number } | null
  /** What the display draws at full white and brightness, and lit but black: for the estimate of energy; null: not known. Watts. */
  readonly watts: { readonly full: number; readonly idle: number } | null
  /**
   * Heat: dimmed at and above `dimAt`, dark at and above `darkAt`, but an actual emergency stays, dimmed, up to `emergencyDarkAt`: people's
   * lives count for more than hardware until it burns. Each is given back below it by `hysteresis`. °C and percent.
   */
  readonly thermal: {
    readonly dimAt: number
    readonly dimTo: Percent
    readonly darkAt: number
    readonly emergencyDarkAt: number
    readonly hysteresis: number
  } | null
  /** While mains is gone: never brighter than `most`, and dark after `darkAfter` unless an order has the screen. */
  readonly onBattery: { readonly most: Percent; readonly darkAfter: Duration } | null
  /**
   * The device whose light sensor faces the panel: below `darkBelow` no light comes from it, above `litAbove` it does again. What it measures
   * is not the light around. Null: none. Lux.
   */
  readonly panelLight: { readonly device: string; readonly darkBelow: number; readonly litAbove: number } | null
  /** Pages that a switch at the site brings up, the first one first where severity is the same. */
  readonly presets: readonly Preset[]
  /** Relays that a person may switch for a while, and what they are when nobody does. Absent: none. */
  readonly relays?: readonly { readonly name: string; readonly rest: boolean }[]
  readonly version: string
}
