import type { StatusReport } from '#core/contract/link.ts'
import type { Phrase } from '#core/contract/words.ts'
import type { State } from '#core/engine/state.ts'
import type { PowerSequence } from '#core/power/sequence-schema.ts'
import type { EdgeConfig } from '../config.ts'
import type { Machine } from '../shell/machine.ts'
import type { Draft } from './document.ts'

/** What a step says of itself before anybody judges: `open` waits for a person or for a trial; what it fails by itself no person can pass. */
export type Measurement = {
  readonly auto: 'pass' | 'fail' | 'open' | 'na'
  /** Each in both languages. Goes into the report as it is. */
  readonly lines: readonly string[]
  /** What to do when it is not a pass. */
  readonly next: Phrase | null
  /** What only eyes and ears can tell; null: nothing. */
  readonly asks: Phrase | null
}

/** What there is to measure with, read at the moment of asking. */
export type View = {
  readonly state: State
  readonly status: StatusReport
  readonly config: EdgeConfig
  readonly profile: string | null
  readonly sequence: PowerSequence | null
  readonly machine: Pick<Machine, 'rtc'>
  /** The kernel says that somebody keeps its clock right; null: it does not say. */
  readonly synchronised: boolean | null
  /** Programs that keep the clock, as far as they can be seen. */
  readonly timeSources: readonly string[]
  readonly hubOffsetMs: number | null
  readonly interfaces: readonly { readonly name: string; readonly addresses: readonly string[]; readonly up: boolean }[]
  readonly enrolled: boolean
  /** One for each script that the site's languages need; `fault` null: it can be drawn. */
  readonly fonts: readonly { readonly script: string; readonly sample: string; readonly fault: Phrase | null }[]
  readonly draft: Draft
}

export const said = (auto: Measurement['auto'], lines: readonly string[], next: Phrase | null = null): Measurement => ({
  auto,
  lines,
  next,
  asks: null,
})
export const both = (vi: string, en: string): Phrase => ({ vi, en })
export const line = (vi: string, en: string): string => (vi === en ? vi : `${vi} · ${en}`)
