import type { createRaster } from '#controller/raster/render.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import type { Policy } from '#core/policy/policy.ts'
import { openCommission } from './commission/open.ts'
import type { EdgeConfig } from './config.ts'
import type { Devices, Profiles } from './devices.ts'
import { openDoctor } from './doctor/daemon.ts'
import { linesOf } from './doctor/live.ts'
import { VERSION } from './ground.ts'
import { type Live, type StartOptions, wake } from './parts.ts'
import { NO_TROUBLE } from './player/healing.ts'
import type { PowerPlan } from './power/plan.ts'
import { previewPreset } from './presets-check.ts'
import type { AssetStore } from './shell/assets.ts'
import type { EdgeClock } from './shell/clock.ts'
import type { Facts } from './shell/facts.ts'
import type { HealthKeeper } from './shell/health.ts'
import type { Identity } from './shell/identity.ts'
import type { Loop } from './shell/loop.ts'
import type { Libc } from './shell/os.ts'
import type { Playlog } from './shell/playlog.ts'
import { manualFacts } from './web/manual.ts'

/** What the daemon has for the people before it: commissioning, diagnosis, and what the technician's page asks. */
export const openPeople = (of: {
  readonly config: EdgeConfig
  readonly options: StartOptions
  readonly policy: Policy
  readonly profiles: Profiles
  readonly power: PowerPlan | null
  readonly identity: Identity
  readonly clock: EdgeClock
  readonly libc: Libc
  readonly playlog: Playlog
  readonly site: SiteFacts
  readonly facts: Facts
  readonly loop: Loop
  readonly health: HealthKeeper
  readonly raster: ReturnType<typeof createRaster>
  readonly live: Live
  readonly devices: Devices
  readonly assets: AssetStore
}) => {
  const { config, options, policy, profiles, identity, clock, libc, playlog } = of
  const { facts, loop, health, raster, live, devices, assets } = of
  const { log } = options
  const commission = openCommission({
    config,
    profiles,
    plan: of.power,
    identity,
    version: VERSION,
    clock,
    wake,
    log,
    state: loop.state,
    status: facts.status,
    post: loop.post,
    raster,
    machine: () => health.read().machine,
    synchronised: () => libc.clockState()?.synchronised ?? null,
    hubOffset: clock.hubOffset,
    enrol: live.hub?.enrol ?? null,
    portFolders: options.portFolders ?? ['/dev/serial/by-path', '/dev/serial/by-id'],
    profileFolders: options.profileFolders ?? [],
  })
  const doctor = openDoctor({
    config,
    configFile: options.configFile ?? null,
    log,
    state: loop.state,
    status: facts.status,
    metrics: facts.exposition.text,
    playlog,
    health: health.read,
    link: () => live.hub?.link()?.state() ?? null,
    lines: () => linesOf(loop.state(), devices.lines()),
    player: () => ({
      pid: live.player?.pid() ?? null,
      restarts: live.player?.restarts() ?? 0,
      lastShowMs: live.player?.lastShowMs() ?? null,
      troubles: live.player?.health() ?? NO_TROUBLE,
    }),
    fetching: assets.status,
    kernelClock: libc.clockState,
    hubAheadMs: clock.hubOffset,
    deviceKey: identity.keyId,
    enrolled: () => identity.rootPublicKey() !== null,
  })
  const forWeb = {
    commission,
    offsetMinutes: policy.zone.offsetMinutes,
    manual: () =>
      manualFacts(loop.state(), {
        config,
        profile: profiles.controller,
        held: facts.status().manual,
        modules: commission.view().draft.geometry,
      }),
    report: doctor.report,
    bundle: doctor.bundle,
    facts: facts.page,
    frame: () => live.player?.frame() ?? Promise.resolve(null),
    metrics: facts.exposition.text,
    preview: (id: string) =>
      previewPreset(
        config.presets.find((one) => one.id === id),
        { raster, panel: config.site.panel, at: clock.read().wall, offsetMinutes: policy.zone.offsetMinutes },
      ),
  }
  return { commission, forWeb, stop: doctor.stop }
}
