import { STEPS, type StepId } from './document.ts'
import { inputs, power } from './measure-cabinet.ts'
import { brightness, geometry, ports } from './measure-display.ts'
import { clock, enrol, fonts, network, photos, sound } from './measure-machine.ts'
import type { Measurement, View } from './measurement.ts'

/** Every step by its name, and what a person may record of it. */
const MEASURES: { readonly [S in StepId]: (view: View) => Measurement } = {
  ports,
  geometry,
  brightness,
  power,
  inputs,
  clock,
  network,
  sound,
  fonts,
  enrol,
  photos,
}

export const measure = (step: StepId, view: View): Measurement => MEASURES[step](view)
export const measureAll = (view: View): ReadonlyMap<StepId, Measurement> =>
  new Map(STEPS.map((step) => [step, measure(step, view)]))

export type Verdict = 'pass' | 'fail' | 'na'

/** What is recorded when a person says `verdict`: nobody passes what fails by itself or has not been tried. Null: nothing to record yet. */
export const judged = ({ auto, asks }: Measurement, verdict: Verdict | null): Verdict | null => {
  if (auto === 'na') return 'na'
  if (verdict === 'na' || verdict === 'fail' || auto === 'fail') return verdict === 'na' ? 'na' : 'fail'
  if (auto === 'pass') return 'pass'
  return asks !== null && verdict === 'pass' ? 'pass' : null
}
