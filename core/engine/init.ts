import { emptyLedger } from '../airtime/ledger.ts'
import type { Reading } from '../base/units.ts'
import { EMPTY_BOOK } from '../emergency/book.ts'
import { UNSHARED } from '../emergency/share.ts'
import type { Policy } from '../policy/policy.ts'
import { emptyRuntime } from '../power/runtime.ts'
import { NO_HOUSE } from './house.ts'
import { signedOnly } from './local-book.ts'
import { localDurable } from './local-keep.ts'
import { NO_LOCAL } from './local-state.ts'
import { startSwitching } from './power.ts'
import type { SiteFacts } from './site.ts'
import type { Counters, Durable, State } from './state.ts'

export const NO_COUNTERS: Counters = {
  plays: {},
  contentRefused: {},
  documentsRefused: {},
  ordersRefused: {},
  clockSteps: 0,
  playerRestarts: 0,
}

/** The state before the first event. `woke` then brings in what the snapshot and the log remember. */
export const initial = (site: SiteFacts, policy: Policy, at: Reading): State => ({
  site,
  policy,
  now: at,
  startedAt: at,
  registry: null,
  schedule: null,
  orders: EMPTY_BOOK,
  local: NO_LOCAL,
  share: UNSHARED,
  receipts: [],
  assets: new Set(),
  broken: {},
  pauses: {},
  ledger: emptyLedger(policy),
  cursor: {},
  playing: null,
  told: null,
  onGlass: null,
  verdict: null,
  screen: { kind: 'screen', lit: 'unknown', intended: false, why: '', brightness: null },
  brightnessNotedAt: null,
  house: NO_HOUSE,
  runtime: emptyRuntime(policy.zone.offsetMinutes),
  power: 'on',
  switching: startSwitching(site.powerOffAfter),
  display: {
    link: site.hasController ? 'down' : 'none',
    fault: null,
    observed: null,
    inFlight: null,
    observing: false,
    writtenMeanwhile: [],
    silentUntil: at.mono,
    observeAt: at.mono,
    holds: {},
    inputAtStart: null,
    contradictions: [],
    flapNotedAt: null,
  },
  equipment: {},
  chatter: {},
  player: { up: false, missing: false, fault: null },
  technician: null,
  manual: [],
  relays: {},
  hub: site.hasHub ? 'down' : 'none',
  logWritable: true,
  heartbeatAt: at.mono,
  reported: new Set(),
  nextPlay: 1,
  counters: NO_COUNTERS,
  faults: {},
})

/** What the snapshot holds. */
export const durableOf = (state: State): Durable => ({
  v: 1,
  registry: state.registry?.envelope ?? null,
  schedule: state.schedule?.envelope ?? null,
  orders: signedOnly(state.orders),
  receipts: state.receipts,
  local: localDurable(state),
})
