import type { Item } from '../content/item.ts'
import { findOrder } from '../emergency/book.ts'
import type { Order } from '../emergency/order.ts'
import type { Chart } from '../screen/chart.ts'
import type { Scene } from '../screen/scene.ts'
import type { State } from './state.ts'

/** What the player needs to draw a scene: a file, or something that we draw ourselves. */
export type SceneSource =
  | { readonly source: 'dark' }
  | { readonly source: 'standing'; readonly siteName: string }
  | { readonly source: 'file'; readonly item: Item; readonly sha256: string; readonly mute: boolean }
  /** Only these of its languages, in this order. */
  | { readonly source: 'text'; readonly item: Item; readonly languages: readonly string[] }
  | {
      readonly source: 'slides'
      readonly item: Item
      readonly slides: readonly { readonly sha256: string; readonly durationMs: number }[]
    }
  | { readonly source: 'order'; readonly order: Order }
  | { readonly source: 'chart'; readonly chart: Chart }

/** Total over the scenes the engine itself asks for; null when what it names has gone in the meantime. */
export const sceneSource = (state: State, scene: Scene): SceneSource | null => {
  switch (scene.scene) {
    case 'dark':
      return { source: 'dark' }
    case 'standing':
      return { source: 'standing', siteName: state.site.name }
    case 'chart':
      return { source: 'chart', chart: scene.chart }
    case 'order': {
      const entry = findOrder(state.orders, scene.order)
      return entry ? { source: 'order', order: entry.order } : null
    }
    case 'item': {
      const item = state.schedule?.items[scene.item]
      if (!item) return null
      if (item.slides !== undefined)
        return {
          source: 'slides',
          item,
          slides: item.slides.map(({ asset, durationMs }) => ({ sha256: asset.sha256, durationMs })),
        }
      return item.asset
        ? { source: 'file', item, sha256: item.asset.sha256, mute: scene.mute }
        : { source: 'text', item, languages: scene.languages }
    }
  }
}
