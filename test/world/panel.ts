import type { Prng } from '#core/base/prng.ts'
import { percent } from '#core/base/units.ts'
import type { DisplayObservation, DisplaySetting, LinkFault, TestPattern } from '#core/screen/display.ts'
import type { Happening } from '#edge/shell/loop.ts'

/** One exchange takes between these, ms, when the controller answers. */
export const EXCHANGE_LEAST = 20
export const EXCHANGE_MOST = 150
/** How long a driver waits before it says that nobody answers, ms. */
const SILENCE_MS = 1_500

/** What is wrong with the display now; each a mode that the world switches. */
export type PanelTrouble = {
  silent: boolean
  garble: number
  refuse: DisplaySetting['set'] | null
  /** It says that all is as it was told, and does otherwise. */
  lie: boolean
  noSignal: boolean
}

/**
 * A display behind a driver: one exchange at a time, writes before readings, outcomes as events. What people see is what it holds, not what
 * it says.
 */
export type Panel = {
  readonly apply: (setting: DisplaySetting) => void
  readonly observe: () => void
  readonly trouble: PanelTrouble
  /** It restarts by itself: settings forgotten, silent for a while. */
  readonly reboot: () => void
  /** Somebody else sets something. */
  readonly meddle: () => void
  readonly power: (on: boolean) => void
  readonly held: () => Readonly<Held>
  readonly hasPower: () => boolean
  /** The process that asked is gone: what is under way answers nobody. */
  readonly forgetAsker: () => void
  readonly counts: Record<string, number>
  /** What it would say now, if it is in health and nobody speaks to it; null: it must be asked. */
  readonly reading: () => Readonly<Record<string, unknown>> | null
  readonly restarting: () => boolean
}

type Held = { brightness: number; blackout: boolean; testPattern: TestPattern; freeze: boolean; input: string }
const DEFAULTS: Held = { brightness: 80, blackout: false, testPattern: 'none', freeze: false, input: 'HDMI-1' }

type Ask = { readonly ask: 'observe' } | { readonly ask: 'apply'; readonly setting: DisplaySetting }

export const createPanel = (of: {
  readonly after: (ms: number, act: () => void) => void
  readonly random: Prng
  readonly post: (happening: Happening) => void
  readonly changed: () => void
}): Panel => {
  const { after, random, post, changed } = of
  const trouble: PanelTrouble = { silent: false, garble: 0, refuse: null, lie: false, noSignal: false }
  const held: Held = { ...DEFAULTS }
  const state = { powered: true, busy: false, waiting: [] as Ask[], asker: 0, starting: 0 }
  const counts: Record<string, number> = {}
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1
  }
  const fail = (kind: LinkFault['kind'], detail: string) => ({ ok: false, error: { kind, detail } }) as const
  const answering = () => state.powered && !trouble.silent && state.starting === 0

  const carryOut = (ask: Ask): void => {
    const answer = (happening: Happening): void => post(happening)
    const fault = faultOf(ask)
    if (fault !== null) {
      count(fault.error.kind)
      return answer(
        ask.ask === 'observe'
          ? { event: 'display-observed', result: fault }
          : { event: 'display-applied', setting: ask.setting, result: fault },
      )
    }
    if (ask.ask === 'observe') return answer({ event: 'display-observed', result: { ok: true, value: reading() } })
    const { setting } = ask
    if (!trouble.lie) Object.assign(held, { [setting.set]: setting.value })
    changed()
    answer({
      event: 'display-applied',
      setting,
      result: { ok: true, value: { readBack: true, held: setting.value } },
    })
  }
  const faultOf = (ask: Ask) => {
    if (!answering()) return fail('timeout', 'simulated')
    if (random.chance(trouble.garble)) return random.chance(0.5) ? fail('garbled', 'noise') : fail('checksum', 'noise')
    if (ask.ask === 'apply' && ask.setting.set === 'power') return fail('unsupported', 'no such setting')
    if (ask.ask === 'apply' && trouble.refuse === ask.setting.set) return fail('refused', 'error 5')
    return null
  }
  const said = { at: { ...held } }
  const reading = (): Omit<DisplayObservation, 'at'> => {
    if (!trouble.lie) said.at = { ...held }
    const { brightness, blackout, testPattern, freeze, input } = said.at
    return {
      model: 'simulated',
      firmware: '1.0',
      power: null,
      brightness: percent(brightness),
      blackout,
      testPattern,
      freeze,
      input,
      signal: !trouble.noSignal,
      temperature: null,
      voltage: null,
      cards: 2,
      sensors: [],
    }
  }
  const pump = (): void => {
    if (state.busy) return
    const next = state.waiting.find((w) => w.ask === 'apply') ?? state.waiting[0]
    if (next === undefined) return
    state.waiting.splice(state.waiting.indexOf(next), 1)
    state.busy = true
    const takes = answering() ? EXCHANGE_LEAST + random.below(EXCHANGE_MOST - EXCHANGE_LEAST) : SILENCE_MS
    const { asker } = state
    after(takes, () => {
      if (asker !== state.asker) return
      state.busy = false
      carryOut(next)
      pump()
    })
  }
  const put = (ask: Ask): void => {
    state.waiting.push(ask)
    pump()
  }
  const restart = (): void => {
    Object.assign(held, DEFAULTS)
    state.starting += 1
    changed()
    after(5_000 + random.below(10_000), () => {
      state.starting -= 1
      changed()
    })
  }
  return {
    apply: (setting) => put({ ask: 'apply', setting }),
    observe: () => put({ ask: 'observe' }),
    trouble,
    reboot: restart,
    meddle: () => {
      const what = random.below(4)
      if (what === 0) held.brightness = random.below(101)
      if (what === 1) held.blackout = !held.blackout
      if (what === 2) held.testPattern = held.testPattern === 'none' ? 'white' : 'none'
      if (what === 3) held.freeze = !held.freeze
      changed()
    },
    power: (on) => {
      if (on === state.powered) return
      state.powered = on
      if (on) Object.assign(held, DEFAULTS)
      changed()
    },
    held: () => held,
    hasPower: () => state.powered,
    forgetAsker: () => {
      state.asker += 1
      state.busy = false
      state.waiting = []
    },
    counts,
    reading: () => {
      const fine = answering() && !state.busy && state.waiting.length === 0 && trouble.garble === 0 && !trouble.lie
      return fine ? reading() : null
    },
    restarting: () => state.starting > 0,
  }
}
