import type { Mono } from '../base/units.ts'
import type { Receipt } from '../contract/link.ts'
import type { RecordBody } from '../evidence/record.ts'
import type { DisplaySetting } from '../screen/display.ts'
import type { Scene } from '../screen/scene.ts'

export type WantedAsset = {
  readonly sha256: string
  readonly bytes: number
  readonly mime: string
  /** The picture of an order: it waits for no hour and for no other file. */
  readonly urgent?: true
}

/**
 * Everything the engine can ask for, in one table. The union of effects and the interpreter's mapped type both follow from it: an
 * effect without an interpreter does not compile.
 */
export type EffectTable = {
  /** Tell the player. Never waits: the outcome comes back as a `player` event. */
  readonly show: { readonly scene: Scene }
  /** Append to the play log and fdatasync before the next effect of this step runs. */
  readonly record: { readonly bodies: readonly RecordBody[] }
  /** Write the durable part of the state atomically before the next effect runs. */
  readonly snapshot: { readonly reason: string }
  /** One write to the display controller; `display-applied` comes back. At most one is in flight. */
  readonly display: { readonly setting: DisplaySetting }
  /** Read the display controller; `display-observed` comes back. */
  readonly observe: { readonly reason: string }
  /** Tell the power sequence; `power` events come back. Only of a site that has one. Never waits; a newer wish takes the place of an older. */
  readonly power: { readonly want: 'on' | 'off' }
  /** Switch a relay that people may switch; a `relay` event comes back. Never waits; a newer wish takes the place of an older. */
  readonly relay: { readonly relay: string; readonly on: boolean }
  /** Send to the hub if it is there; kept in the state until `receipt-acked`. */
  readonly receipt: { readonly receipt: Receipt }
  /** Tell the asset fetcher which files are wanted (all of them, most urgent first). */
  readonly fetch: { readonly wanted: readonly WantedAsset[] }
  /** Put a `tick` into the inbox at this time at the latest. The newest wish replaces the one before. */
  readonly wake: { readonly at: Mono }
  /** Seal and close, then let the process end. */
  readonly exit: { readonly reason: string }
}
export type EffectKind = keyof EffectTable
export type Effect = { readonly [K in EffectKind]: { readonly effect: K } & EffectTable[K] }[EffectKind]

/** What an interpreter must be: one function per kind, none missing. */
export type Interpreter = { readonly [K in EffectKind]: (effect: EffectTable[K]) => void }
