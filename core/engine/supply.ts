import { type Felt, heard } from './felt.ts'
import type { State } from './state.ts'

/** Less than this in the battery: somebody has to come, percent. */
export const LOW_CHARGE = 20

/** What mains, battery and generator last said; null: nothing at this site says it. */
export type Supply = {
  readonly mains: boolean | null
  readonly battery: boolean | null
  readonly charge: number | null
  readonly generator: boolean | null
}

/** As it was last said: a contact box that died together with mains still tells that mains was gone. */
export const supplyOf = (state: State): Supply => supply((what) => heard(state, what))

const supply = (heardOf: (what: 'mains' | 'battery' | 'generator' | 'charge') => readonly Felt[]): Supply => {
  const said = (what: 'mains' | 'battery' | 'generator') =>
    heardOf(what).flatMap(({ value }) => (typeof value === 'boolean' ? [value] : []))
  const any = (values: readonly boolean[], worse: boolean) =>
    values.length === 0 ? null : values.includes(worse) ? worse : !worse
  const charges = heardOf('charge').flatMap(({ value }) => (typeof value === 'number' ? [value] : []))
  return {
    mains: any(said('mains'), false),
    battery: any(said('battery'), true),
    charge: charges.length === 0 ? null : Math.min(...charges),
    generator: any(said('generator'), true),
  }
}

/** Mains is gone: time lost meanwhile has the cause POWER (Art. 8.1, reading A9), whatever feeds the display instead. */
export const mainsLost = (state: State): boolean => {
  const { mains, battery } = supplyOf(state)
  return mains === false || battery === true
}

/**
 * Nothing but a battery feeds the display: the UPS says so, or mains is gone and no generator is known to run. Only what is believed now
 * counts: a box that says nothing any more must not keep a screen dark that people need.
 */
export const onBattery = (state: State): boolean => {
  const { now } = state
  const { mains, battery, generator } = supply((what) => heard(state, what).filter(({ until }) => until > now.mono))
  return battery === true || (mains === false && battery === null && generator !== true)
}
