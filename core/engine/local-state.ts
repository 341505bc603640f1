import type { Duration, Mono, Reading } from '../base/units.ts'
import type { BlankReason } from '../emergency/preset.ts'

/** What the engine keeps of orders that the site gives itself. */

/** What the contacts of one preset say together. `unknown`: nobody can read them now; `implausible`: they cannot both be right. */
export type Said = 'on' | 'off' | 'unknown' | 'implausible'

/** One that is on. `source`: the preset, or `technician`. */
export type LocalOn = {
  readonly source: string
  readonly order: string
  readonly hash: string
  readonly since: Reading
  /** Its contact cannot end it before this. */
  readonly notBefore: Mono
  /** It ends by itself; moved on while the contact asks for it. */
  readonly until: Mono
  /** `until` as the snapshot has it: it is written anew only when it has moved far. */
  readonly saved: Mono
  /** How long it was to stay when it was last asked for. */
  readonly hold: Duration
  /** Of a technician's blank. */
  readonly by: { readonly person: string; readonly reason: BlankReason } | null
}

/** What the contact of one preset says, since when, and when a doubtful one was last written down. */
export type Watch = {
  readonly said: Said
  readonly since: Mono
  readonly notedAt: Mono | null
  readonly endedAt: Mono | null
}

export type LocalState = {
  readonly on: readonly LocalOn[]
  readonly watches: Readonly<Record<string, Watch>>
  /** Of this boot: makes their order ids. */
  readonly count: number
}
export const NO_LOCAL: LocalState = { on: [], watches: {}, count: 0 }

/** What survives a power cut: which one, since when, until when. What it shows comes from the configuration, never from here. */
export type LocalDurable = {
  readonly source: string
  readonly order: string
  readonly hash: string
  /** Wall-clock ms, and whether the clock was to be trusted then. */
  readonly since: number
  readonly until: number
  /** Ms; snapshots of an older version have none. */
  readonly hold?: number
  readonly unset: boolean
  readonly by: { readonly person: string; readonly reason: BlankReason } | null
}
