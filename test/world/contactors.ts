import type { Prng } from '#core/base/prng.ts'
import type { Happening } from '#edge/shell/loop.ts'
import type { Panel } from './panel.ts'

/** From the wish to all of the wall having power, at most, ms. */
export const POWER_UP_MOST = 5_000

/** Relays between the mains and the display, as the sequence speaks of them. */
export const createContactors = (of: {
  readonly after: (ms: number, act: () => void) => void
  readonly random: Prng
  readonly post: (happening: Happening) => void
  readonly panel: Panel
}) => {
  const { after, random, post, panel } = of
  const state = { wish: 0, failing: false, looking: false, wanted: null as 'on' | 'off' | null }
  const later = (ms: number, act: () => void): void => {
    const { wish } = state
    after(ms, () => {
      if (wish === state.wish) act()
    })
  }
  const carryOut = (to: 'on' | 'off'): void => {
    state.wanted = to
    if (state.looking) return
    state.wish += 1
    if (to === 'off' && !panel.hasPower())
      return later(200, () => post({ event: 'power', state: 'off', detail: 'is off' }))
    // The sequence speaks only after the step that asked is over.
    later(1, () => post({ event: 'power', state: to === 'on' ? 'rising' : 'falling', detail: '' }))
    if (to === 'on' && state.failing && !panel.hasPower())
      return later(1_500, () => {
        post({ event: 'power', state: 'failed', way: 'on', kind: 'interlock', step: 'K1', detail: 'simulated' })
        post({ event: 'power', state: 'off', detail: 'let go' })
      })
    later(1_000 + random.below(POWER_UP_MOST - 1_500), () => {
      panel.power(to === 'on')
      post({ event: 'power', state: to, detail: 'done' })
    })
  }
  return {
    want: carryOut,
    fail: (failing: boolean): void => {
      state.failing = failing
    },
    /** A process begins: before anything is switched it is looked whether anything has power. */
    boot: (): void => {
      state.wish += 1
      state.looking = true
      state.wanted = null
      later(300, () => {
        state.looking = false
        if (!panel.hasPower()) post({ event: 'power', state: 'off', detail: 'found off' })
        if (state.wanted !== null) carryOut(state.wanted)
      })
    },
    gone: (): void => {
      state.wish += 1
    },
  }
}
