import type { Percent } from '../base/units.ts'
import type { Chart } from './chart.ts'

/**
 * What a named person at the site may ask of the display for a while, beside a test pattern of the controller and a blank: a drawn chart, a
 * brightness, an input, a relay, the power taken away. Never above an emergency: one that comes ends all of it.
 */
export type ManualWish =
  | { readonly what: 'chart'; readonly chart: Chart }
  | { readonly what: 'brightness'; readonly percent: Percent }
  | { readonly what: 'input'; readonly input: string }
  /** The contactors let go, to see the sequence go down and come up again. Only of a site that has one. */
  | { readonly what: 'power-off' }
  /** One of the relays that the configuration names for this, by its name there. */
  | { readonly what: 'relay'; readonly relay: string; readonly on: boolean }

/** What a wish is about: a newer one of the same takes the place of the older. */
export const manualKey = (wish: ManualWish): string => (wish.what === 'relay' ? `relay:${wish.relay}` : wish.what)

/** Longest and shortest time limit of a wish, ms; what is asked beyond is brought to the nearer one. */
export const MANUAL_MOST_MS = 3_600_000
export const MANUAL_LEAST_MS = 1_000

/** What it was set to, for people and evidence. */
export const manualText = (wish: ManualWish): string => {
  switch (wish.what) {
    case 'chart':
      return wish.chart.name
    case 'brightness':
      return `${wish.percent} %`
    case 'input':
      return wish.input
    case 'power-off':
      return 'off'
    case 'relay':
      return `${wish.relay} ${wish.on ? 'on' : 'off'}`
  }
}
