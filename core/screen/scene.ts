import type { Chart } from './chart.ts'

/** What the picture path (the player) is to show. `play` names the open record that this showing belongs to. */
export type Scene =
  | { readonly scene: 'dark' }
  | { readonly scene: 'standing'; readonly play: string }
  | {
      readonly scene: 'item'
      readonly play: string
      readonly item: string
      readonly mute: boolean
      readonly languages: readonly string[]
    }
  | { readonly scene: 'order'; readonly play: string; readonly order: string }
  | { readonly scene: 'chart'; readonly play: string; readonly chart: Chart }

/**
 * `frozen`: it does not answer, or a clip stands still. `black`: the screen is, and the picture is not. `covered`: the screen shows something
 * else. `late`: what was told did not come out.
 */
export const PLAYER_TROUBLES = ['frozen', 'black', 'covered', 'late'] as const
export type PlayerTrouble = (typeof PLAYER_TROUBLES)[number]
