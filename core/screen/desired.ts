import type { Percent } from '../base/units.ts'
import type { DisplayState } from '../engine/state.ts'
import type { DisplaySetting, TestPattern } from './display.ts'

/** What the display controller must be doing. Recomputed at every step from the verdict; never a list of commands. */
export type DesiredDisplay = {
  readonly blackout: boolean
  readonly brightness: Percent
  readonly testPattern: TestPattern
  readonly freeze: boolean
}

/** Two brightness readings closer than this are the same: controllers count in 255ths. Percent. */
const BRIGHTNESS_STEP = 0.5
export const sameBrightness = (a: number, b: number): boolean => Math.abs(a - b) <= BRIGHTNESS_STEP

/**
 * The next write that brings the controller to what is wanted, or null when it is there. One at a time: after each exchange this is
 * asked again against the newest wish, so nothing has to be flushed when an emergency arrives. Un-blanking comes first when lighting
 * up and blanking first when going dark, because that is what people see.
 */
export const nextSetting = (want: DesiredDisplay, display: DisplayState): DisplaySetting | null => {
  const seen = display.observed
  // A monitor that somebody switched off shows nothing, whatever else is set.
  if (seen?.power === false && !want.blackout) return { set: 'power', value: true }
  if (seen?.blackout !== want.blackout) return { set: 'blackout', value: want.blackout }
  if (seen.freeze !== null && seen.freeze !== want.freeze) return { set: 'freeze', value: want.freeze }
  if (seen.testPattern !== null && seen.testPattern !== want.testPattern)
    return { set: 'testPattern', value: want.testPattern }
  if (want.blackout) return null
  if (seen.brightness !== null && !sameBrightness(seen.brightness, want.brightness))
    return { set: 'brightness', value: want.brightness }
  return null
}
