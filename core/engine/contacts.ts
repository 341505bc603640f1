import type { ContactAt, Preset } from '../emergency/preset.ts'
import type { Said } from './local-state.ts'
import type { State } from './state.ts'

/** Asked at every step, and nearly always the same: kept for as long as nothing was read anew. */
const answers = new WeakMap<
  State['equipment'],
  { readonly of: readonly Preset[]; readonly said: ReadonlyMap<string, Said> }
>()

/** A contact of a device that is away, or that the device says nothing of, is not known. */
const closed = ({ equipment }: Pick<State, 'equipment'>, { device, where }: ContactAt): boolean | null => {
  const one = equipment[device]
  if (one === undefined || one.link === 'down') return null
  const value = one.sensors.find((sensor) => sensor.where === where && typeof sensor.value === 'boolean')?.value
  return typeof value === 'boolean' ? value : null
}

/** A preset is never begun by what is not known or cannot be: a cut cable shows nothing, and is a fault. */
const judge = (state: Pick<State, 'equipment'>, { input, opposite, activeWhen }: Preset): Said => {
  const first = closed(state, input)
  const second = opposite === null ? null : closed(state, opposite)
  if (first === null || (opposite !== null && second === null)) return 'unknown'
  if (first === second) return 'implausible'
  return first === (activeWhen === 'closed') ? 'on' : 'off'
}

export const said = (state: State, preset: Preset): Said => {
  const { presets } = state.site
  const known = answers.get(state.equipment)
  if (known?.of === presets) return known.said.get(preset.id) ?? 'unknown'
  const fresh = new Map(presets.map((one) => [one.id, judge(state, one)]))
  answers.set(state.equipment, { of: presets, said: fresh })
  return fresh.get(preset.id) ?? 'unknown'
}
