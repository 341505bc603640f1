/** What a simulated LCD or projector does with power; warming and cooling take time. */
export type PanelPhase = 'off' | 'warming' | 'on' | 'cooling'

export type PanelOptions = {
  /** Milliseconds of a clock that only goes forward; tests give a virtual one. */
  readonly now: () => number
  readonly warmUpMs: number
  readonly coolDownMs: number
}

/**
 * The panel behind the protocols of LCD simulators: a power state with warm-up and cool-down, settings as the numbers the protocol uses, of which
 * some are lost without power. It knows no protocol.
 */
export type Panel<K extends string> = {
  readonly phase: () => PanelPhase
  readonly setPower: (on: boolean) => void
  readonly get: (setting: K) => number
  readonly set: (setting: K, value: number) => void
  readonly powerCycle: () => void
  readonly lie: (on: boolean) => void
  /** Everything as it is. */
  readonly settings: () => Readonly<Record<K, number>>
  readonly powerCycles: () => number
}

/** `stored` survive a power cut, `lost` go back to what they are given here. The panel starts on. */
export const createPanel = <S extends string, L extends string>(
  options: PanelOptions,
  settings: { readonly stored: Readonly<Record<S, number>>; readonly lost: Readonly<Record<L, number>> },
): Panel<S | L> => {
  const values = new Map<string, number>(Object.entries<number>({ ...settings.stored, ...settings.lost }))
  let on = true
  let changedAt = Number.NEGATIVE_INFINITY
  let lying = false
  let cycles = 0
  const get = (setting: S | L) => values.get(setting) ?? 0
  return {
    phase: () => {
      const since = options.now() - changedAt
      if (on) return since < options.warmUpMs ? 'warming' : 'on'
      return since < options.coolDownMs ? 'cooling' : 'off'
    },
    setPower: (next) => {
      if (lying || next === on) return
      on = next
      changedAt = options.now()
    },
    get,
    set: (setting, value) => {
      if (!lying) values.set(setting, value)
    },
    powerCycle: () => {
      cycles += 1
      for (const [name, value] of Object.entries<number>(settings.lost)) values.set(name, value)
      if (on) changedAt = options.now()
    },
    lie: (next) => {
      lying = next
    },
    settings: () => {
      const all = { ...settings.stored, ...settings.lost }
      for (const name of values.keys()) Object.assign(all, { [name]: values.get(name) })
      return all
    },
    powerCycles: () => cycles,
  }
}
