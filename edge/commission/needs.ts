import type { Raster } from '#controller/raster/render.ts'
import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { StatusReport } from '#core/contract/link.ts'
import type { Phrase } from '#core/contract/words.ts'
import type { State } from '#core/engine/state.ts'
import type { EdgeConfig } from '../config.ts'
import type { Profiles } from '../devices.ts'
import type { PowerPlan } from '../power/plan.ts'
import type { Identity } from '../shell/identity.ts'
import type { Post } from '../shell/loop.ts'
import type { Machine } from '../shell/machine.ts'
import type { Draft } from './document.ts'
import type { CommissionStore } from './store.ts'

/** What commissioning itself must be given; `main.ts` has all of it. */
export type CommissionNeeds = {
  readonly config: EdgeConfig
  readonly profiles: Profiles
  readonly plan: PowerPlan | null
  readonly identity: Identity
  readonly version: string
  readonly clock: Clock
  readonly wake: Wake
  readonly log: Log
  readonly state: () => State
  readonly status: () => StatusReport
  readonly post: Post
  readonly raster: Result<Pick<Raster, 'canDraw'>, Phrase>
  readonly machine: () => Machine
  readonly synchronised: () => boolean | null
  readonly hubOffset: () => number | null
  /** Null: the configuration has no hub. */
  readonly enrol: ((code: string) => Promise<Result<void, string>>) | null
  /** Where serial ports have names that stay, and profiles to look for; tests give their own. */
  readonly portFolders: readonly string[]
  readonly profileFolders: readonly string[]
}

/** What its parts share. */
export type Ground = {
  readonly needs: CommissionNeeds
  readonly store: CommissionStore
  /** Changes the draft and keeps it; the error is for the person who asked. */
  readonly change: (how: (draft: Draft) => Draft) => Result<void, Phrase>
  /** Into the evidence: who did what. */
  readonly access: (person: string, detail: string) => void
}

export const both = (vi: string, en: string): Phrase => ({ vi, en })
export const disk = (detail: string): Phrase => both(`Không ghi được: ${detail}`, `could not be kept: ${detail}`)

export const groundOf = (needs: CommissionNeeds, store: CommissionStore): Ground => ({
  needs,
  store,
  change: (how) => {
    const done = store.change(how)
    return done.ok ? ok(undefined) : err(disk(done.error))
  },
  access: (person, detail) => void needs.post({ event: 'access', person, what: 'commission', detail }),
})
