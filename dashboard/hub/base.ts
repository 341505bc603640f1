import type { Log } from '#core/base/ports.ts'
import type { HubConfig } from './config.ts'
import type { Store } from './store/port.ts'

/** What a change can touch: the store, the clock (wall, ms), and the log. */
export type Base = { readonly store: Store; readonly now: () => number; readonly log: Log; readonly config: HubConfig }
