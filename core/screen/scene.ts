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
