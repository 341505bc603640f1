import type { Prng } from '#core/base/prng.ts'
import type { Scene } from '#core/screen/scene.ts'
import type { Happening } from '#edge/shell/loop.ts'

/** From being told to the picture, ms. */
export const SHOW_LEAST = 20
export const SHOW_MOST = 250

export type PlayerTrouble = {
  /** Pictures come this much later. */
  late: number
  /** Items whose file it cannot decode. */
  readonly broken: Set<string>
  /** It cannot show anything. */
  failing: boolean
}

/** A player that shows late, fails, dies and comes back. `picture` is what is on its output. */
export type SimPlayer = {
  readonly show: (scene: Scene) => void
  readonly picture: () => Scene | null
  readonly up: () => boolean
  readonly trouble: PlayerTrouble
  readonly start: (afterMs: number) => void
  readonly die: (backAfterMs: number) => void
  /** The machine is gone. */
  readonly gone: () => void
  readonly contradict: () => void
  /** Time between being told and showing, summed, ms: the play’s record begins with the telling. */
  readonly latencyMs: () => number
}

export const createSimPlayer = (of: {
  readonly after: (ms: number, act: () => void) => void
  readonly random: Prng
  readonly post: (happening: Happening) => void
  readonly changed: () => void
}): SimPlayer => {
  const { after, random, post, changed } = of
  const trouble: PlayerTrouble = { late: 0, broken: new Set(), failing: false }
  const state = { up: false, picture: null as Scene | null, told: 0, life: 0, latency: 0 }
  const show = (scene: Scene): void => {
    if (!state.up) return
    state.told += 1
    const { told, life } = state
    const takes = SHOW_LEAST + random.below(SHOW_MOST - SHOW_LEAST) + trouble.late
    after(takes, () => {
      if (told !== state.told || life !== state.life) return
      if (scene.scene === 'dark') state.picture = scene
      else if (trouble.failing || (scene.scene === 'item' && trouble.broken.has(scene.item)))
        return post({ event: 'player', what: 'failed', play: scene.play, detail: 'cannot decode' })
      else state.picture = scene
      state.latency += takes
      changed()
      if (scene.scene === 'dark') return
      const proof = random.chance(0.05) ? 'seen' : 'acknowledged'
      post({ event: 'player', what: 'shown', play: scene.play, proof, how: 'simulated player' })
    })
  }
  const start = (ms: number): void => {
    const { life } = state
    after(ms, () => {
      if (life !== state.life) return
      state.up = true
      changed()
      post({ event: 'player', what: 'up' })
    })
  }
  const gone = (): void => {
    Object.assign(state, { up: false, picture: null, life: state.life + 1 })
    changed()
  }
  return {
    show,
    picture: () => state.picture,
    up: () => state.up,
    trouble,
    start,
    die: (back) => {
      if (!state.up) return
      gone()
      post({ event: 'player', what: 'down', detail: 'signal 11', missing: false })
      start(back)
    },
    gone,
    contradict: () => {
      const { picture } = state
      if (picture === null || picture.scene === 'dark') return
      post({ event: 'player', what: 'shown', play: picture.play, proof: 'contradicted', how: 'frozen frame' })
    },
    latencyMs: () => state.latency,
  }
}
