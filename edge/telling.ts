import type { createRaster } from '#controller/raster/render.ts'
import type { EdgeConfig } from './config.ts'
import { type Devices, type Profiles, profilesForPeople } from './devices.ts'
import { hubClock, type Live, type StartOptions, tookBack, wake } from './parts.ts'
import { NO_TROUBLE } from './player/healing.ts'
import type { AssetStore } from './shell/assets.ts'
import { freeBytesOf } from './shell/budget.ts'
import type { EdgeClock } from './shell/clock.ts'
import { type Counters, createCounters } from './shell/counters.ts'
import { createFacts, type Facts } from './shell/facts.ts'
import { type HealthKeeper, watchHealth } from './shell/health.ts'
import { createHistory, type History } from './shell/history.ts'
import type { Identity } from './shell/identity.ts'
import type { Keeping } from './shell/keeping.ts'
import type { Loop } from './shell/loop.ts'
import type { Libc } from './shell/os.ts'
import type { Playlog } from './shell/playlog.ts'

/** What the daemon says of itself: status and metrics, the counters that last, the machine's health, and what it remembers without the hub. */
export const openTelling = (of: {
  readonly config: EdgeConfig
  readonly options: StartOptions
  readonly profiles: Profiles
  readonly identity: Identity
  readonly clock: EdgeClock
  readonly libc: Libc
  readonly playlog: Playlog
  readonly loop: Loop
  readonly live: Live
  readonly devices: Devices
  readonly assets: AssetStore
  readonly keeping: Keeping
  readonly raster: ReturnType<typeof createRaster>
  readonly takenBack: () => string | null
}): {
  readonly health: HealthKeeper
  readonly counters: Counters
  readonly facts: Facts
  readonly history: History
} => {
  const { config, profiles, identity, clock, libc, playlog, loop, live, devices, assets, keeping, raster } = of
  const { log } = of.options
  const health = watchHealth({
    root: '/',
    dataDir: config.dataDir,
    wake,
    wall: () => Date.now(),
    mono: () => performance.now(),
  })
  const counters = createCounters({
    dataDir: config.dataDir,
    log,
    wake,
    head: playlog.head,
    writable: () => playlog.state().writable,
    readings: () => facts.readings(loop.state()),
  })
  const facts = createFacts({
    lasting: counters.expose,
    health,
    link: () => live.hub?.link()?.state() ?? null,
    state: loop.state,
    clock,
    dataDir: config.dataDir,
    playlog,
    uploaded: () => live.hub?.link()?.uploaded() ?? 0,
    assets,
    playerRestarts: () => live.player?.restarts() ?? 0,
    playerTrouble: () => live.player?.health() ?? NO_TROUBLE,
    stats: () => devices.display?.stats() ?? null,
    profiles: profilesForPeople(config, profiles),
    headWall: () => live.headWall,
    budget: keeping.budget,
    trust: () => ({
      hubOffsetMs: clock.hubOffset(),
      clockErrorUs: libc.clockState()?.maxErrorUs ?? null,
      deviceKeyAt: identity.madeAt,
    }),
    faults: () => [
      ...keeping.faults(),
      ...(live.hub?.link()?.faults() ?? []),
      ...(raster.ok ? [] : [{ id: 'fonts-missing' as const, detail: raster.error.vi }]),
      ...hubClock(clock.hubDiffers()),
      ...tookBack(of.takenBack()),
      ...(playlog.recovery.damage ? [{ id: 'playlog-damaged' as const, detail: playlog.recovery.damage.file }] : []),
    ],
  })
  const history = createHistory({
    dataDir: config.dataDir,
    log,
    wake,
    now: () => (clock.read().quality === 'unset' ? null : clock.read().wall),
    away: () => config.hub !== null && loop.state().hub !== 'up',
    freeBytes: () => freeBytesOf(config.dataDir),
    exposition: facts.exposition.text,
  })
  return { health, counters, facts, history }
}
