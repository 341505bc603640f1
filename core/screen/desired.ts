import type { Percent } from '../base/units.ts'
import type { DisplayCapability, DisplayObservation, DisplaySetting, TestPattern } from './display.ts'

/** What the display controller must be doing. Recomputed at every step from the verdict; never a list of commands. */
export type DesiredDisplay = {
  readonly blackout: boolean
  readonly brightness: Percent
  readonly testPattern: TestPattern
  readonly freeze: boolean
  /** Null: nobody said, and none was seen yet. */
  readonly input: string | null
}

/** What a device made of the last wish for a setting: 50 % of 16 steps is 53 %. */
export type Held = { readonly wish: DisplaySetting['value']; readonly held: DisplaySetting['value'] | null }
export type HeldSettings = Readonly<Partial<Record<DisplayCapability, Held>>>

/** Two brightness readings closer than this are the same: controllers count in 255ths. Percent. */
const BRIGHTNESS_STEP = 0.5
export const sameValue = (a: DisplaySetting['value'], b: DisplaySetting['value']): boolean =>
  typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= BRIGHTNESS_STEP : a === b

/**
 * The writes that bring the controller to what is wanted, the most visible first; empty when it is there. They are not a list to be worked
 * off: after each exchange this is asked again against the newest wish, so nothing has to be flushed when an emergency arrives.
 * `seen` null: nobody has looked yet, and only what people see is worth a blind write.
 */
export const differing = (
  want: DesiredDisplay,
  seen: DisplayObservation | null,
  holds: HeldSettings,
): readonly DisplaySetting[] => {
  const blackout: DisplaySetting = { set: 'blackout', value: want.blackout }
  if (seen === null) return [blackout]
  // A monitor that somebody switched off takes nothing else, and shows nothing whatever else is set.
  if (seen.power === false) return want.blackout ? [] : [{ set: 'power', value: true }]
  const wanted: DisplaySetting[] = [
    { set: 'freeze', value: want.freeze },
    { set: 'testPattern', value: want.testPattern },
  ]
  if (!want.blackout) {
    if (want.input !== null) wanted.unshift({ set: 'input', value: want.input })
    wanted.push({ set: 'brightness', value: want.brightness })
  }
  const off = wanted.filter((one) => {
    const value = seen[one.set]
    return value !== null && !isThere(one, value, holds)
  })
  // What nobody knows of the picture itself is set; of the rest it is let be: most controllers do not have it.
  const dark = seen.blackout
  return dark !== null && isThere(blackout, dark, holds) ? off : [blackout, ...off]
}

const isThere = (want: DisplaySetting, seen: DisplaySetting['value'], holds: HeldSettings): boolean => {
  if (sameValue(seen, want.value)) return true
  const had = holds[want.set]
  return had !== undefined && had.held !== null && sameValue(had.wish, want.value) && sameValue(had.held, seen)
}
