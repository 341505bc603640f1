import { rmSync } from 'node:fs'
import { messageOfText } from '#controller/raster/message-of.ts'
import { createRaster } from '#controller/raster/render.ts'
import type { Log } from '#core/base/ports.ts'
import { ok, type Result } from '#core/base/result.ts'
import { EMPTY_BOOK } from '#core/emergency/book.ts'
import { initial } from '#core/engine/init.ts'
import type { Durable } from '#core/engine/state.ts'
import { step } from '#core/engine/step.ts'
import type { Policy } from '#core/policy/policy.ts'
import type { EdgeConfig } from './config.ts'
import { openDevices, type Profiles } from './devices.ts'
import { inWindow } from './downloads.ts'
import { fault, openGround, type StartFault, siteOf, VERSION } from './ground.ts'
import { watchEquipment } from './inputs/equipment.ts'
import { watchGpio } from './inputs/gpio.ts'
import {
  counter,
  type Edge,
  gpioPort,
  type Live,
  once,
  openPlayer,
  runtimeFolder,
  type StartOptions,
  wake,
} from './parts.ts'
import { openPeople } from './people.ts'
import { runFolder } from './player/pages.ts'
import { openPower } from './power/open.ts'
import type { PowerPlan } from './power/plan.ts'
import { openRelays } from './power/relays.ts'
import { createAilments } from './shell/ailments.ts'
import { type AssetStore, openAssets } from './shell/assets.ts'
import { createClock, machineClock } from './shell/clock.ts'
import type { Counters } from './shell/counters.ts'
import { createVerify, sha256 } from './shell/crypto.ts'
import { createDisplay } from './shell/display.ts'
import type { Facts } from './shell/facts.ts'
import { createGate, type Gate } from './shell/gate.ts'
import { joinHub } from './shell/hub.ts'
import type { Identity } from './shell/identity.ts'
import { createInterpreter } from './shell/interpret.ts'
import { startJobs } from './shell/jobs.ts'
import { createKeeping } from './shell/keeping.ts'
import { createLoop, type Loop, type Post } from './shell/loop.ts'
import { keepMemorySmall, processMemory } from './shell/memory.ts'
import { kernelBootId, openLibc } from './shell/os.ts'
import { openPlaylog, type Playlog } from './shell/playlog.ts'
import { recalled, segmentsToFold } from './shell/recall.ts'
import { openSnapshot, type SnapshotOpened } from './shell/snapshot.ts'
import { watchUpgrade } from './shell/upgrade.ts'
import { createWatchdog } from './shell/watchdog.ts'
import { openTelling } from './telling.ts'
import { openPairing } from './web/pairing.ts'
import { startWeb } from './web/server.ts'

export { checkFiles, type StartFault, VERSION } from './ground.ts'
export type { Edge, StartOptions } from './parts.ts'

const emptyDurable: Durable = { v: 1, registry: null, schedule: null, orders: EMPTY_BOOK, receipts: [] }

/**
 * Starts one edge daemon. The only place that constructs: configuration → lock → identity → play log (recovered) → snapshot, envelopes
 * verified again → `woke` → player, display, page, hub.
 */
export const startEdge = async (config: EdgeConfig, options: StartOptions): Promise<Result<Edge, StartFault>> => {
  const { log } = options
  const libc = openLibc()
  const ground = openGround(config, libc)
  if (!ground.ok) return ground
  const { policy, profiles, power, lock, identity } = ground.value
  const bootId = `${kernelBootId().slice(0, 13)}-${process.pid}-${Date.now().toString(36)}-${counter()}`
  const clock = createClock(
    machineClock(() => libc.clockState()?.synchronised ?? null),
    { bootId, trust: config.clock },
  )
  const device = { key: identity.keyId, publicKey: identity.publicKey, sign: identity.sign }
  const zone = { offsetMinutes: policy.zone.offsetMinutes }
  const playlog = openPlaylog({ dir: `${config.dataDir}/plays`, site: config.site.id, zone, sha256, device, log })
  if (!playlog.ok) {
    lock.release()
    return fault(playlog.error.kind === 'disk-full' ? 'disk-full' : 'playlog-damaged', playlog.error.detail)
  }
  const { recovery } = playlog.value
  if (recovery.head !== null) clock.raiseFloor(recovery.head.wall)
  const running = assemble({
    config,
    options,
    policy,
    profiles,
    power,
    identity,
    clock,
    bootId,
    libc,
    playlog: playlog.value,
  })
  const pairing = await openPairing(config.dataDir)
  if (pairing.fresh !== null)
    log('warn', 'pairing code of the technician page made', { file: `${config.dataDir}/pairing-code.txt` })
  const site = running.site
  const web = await startWeb({ ...config.web, site, pairing, log, post: running.loop.post, ...running.forWeb })
  const stop = once(async () => {
    if (web.ok) await web.value.stop()
    await running.stop()
    const closed = playlog.value.close()
    if (!closed.ok) log('error', 'the play log could not be closed', { detail: closed.error.detail })
    lock.release()
  })
  if (!web.ok) {
    await stop()
    return fault('config-invalid', web.error)
  }
  log('info', 'edge daemon is up', { site: site.id, web: web.value.url })
  return ok({
    stop,
    webUrl: web.value.url,
    status: running.status,
    pairingCode: pairing.fresh,
    playerPid: running.playerPid,
    lastShowMs: running.lastShowMs,
  })
}

type Parts = {
  readonly config: EdgeConfig
  readonly options: StartOptions
  readonly policy: Policy
  readonly profiles: Profiles
  readonly power: PowerPlan | null
  readonly identity: Identity
  readonly clock: ReturnType<typeof createClock>
  readonly bootId: string
  readonly libc: ReturnType<typeof openLibc>
  readonly playlog: Playlog
}

const assemble = (parts: Parts) => {
  const { config, options, policy, profiles, identity, clock, playlog, libc } = parts
  const { log } = options
  const site = siteOf(config, profiles.controller)
  const snapshot = openSnapshot(config.dataDir, emptyDurable)
  for (const detail of snapshot.faults) log('error', 'a copy of the snapshot is damaged', { detail })
  // Warmed before anything can be shown: the first emergency is not the first drawing.
  const raster = drawing(config, log)
  const gate = createGate({
    verify: createVerify(),
    site: { id: site.id, unit: site.unitCode },
    drawable: (item) =>
      raster.ok ? raster.value.drawable(messageOfText(item.texts, item.durationMs)) : raster.error.vi,
  })
  const ailments = createAilments({ status: () => facts.status(), hasHub: config.hub !== null })
  const upgrade = watchUpgrade({
    file: process.env['BANGTIN_UPGRADE_REPORT'] ?? null,
    dataDir: config.dataDir,
    log,
    wake,
    tell: (words) => void loop.post({ event: 'incident', what: 'upgrade', detail: `trả lại · taken back: ${words}` }),
  })
  const watchdog = createWatchdog(libc, {
    health: ailments,
    socket: process.env['NOTIFY_SOCKET'] ?? null,
    watchdogUsec: process.env['WATCHDOG_USEC'] ? Number(process.env['WATCHDOG_USEC']) : null,
  })
  const live: Live = {
    player: null,
    display: null,
    power: null,
    relays: null,
    commission: null,
    hub: null,
    headWall: playlog.recovery.head?.wall ?? null,
    exited: null,
  }
  const keeping = createKeeping({
    dataDir: config.dataDir,
    site: site.id,
    playlog,
    policy,
    watts: site.watts,
    device: { key: identity.keyId, sign: identity.sign },
    clock,
    wake,
    log,
    state: () => loop.state(),
    assets: () => assets,
  })
  const assets = openAssets({
    dataDir: config.dataDir,
    log,
    budgetBytes: config.downloads.budgetBytes,
    bitsPerSecond: config.downloads.bitsPerSecond,
    windowOpen: () => inWindow(config.downloads.window, clock.read(), policy.zone.offsetMinutes),
    changed: (sha, state) => {
      loop.post({ event: 'asset', sha256: sha, state })
      if (state === 'present') live.player?.arrived(sha)
    },
    mayEvict: keeping.mayEvict,
  })
  const loop: Loop = createLoop({
    initial: initial(site, policy, clock.read()),
    step,
    clock,
    log,
    fatal: options.fatal,
    interpreter: createInterpreter({
      state: () => loop.state(),
      post: (happening) => loop.post(happening),
      log,
      player: () => live.player,
      append: (bodies, at) => {
        keeping.note(bodies, at)
        const done = playlog.append(bodies, at)
        if (!done.ok && done.error.kind === 'disk-full') keeping.diskFull()
        if (!done.ok) throw new Error(`${done.error.kind}: ${done.error.detail}`)
        live.headWall = at.wall
      },
      snapshot: snapshot.store,
      display: () => live.display,
      power: () => live.power,
      relays: () => live.relays,
      hub: () => live.hub?.link() ?? null,
      assets,
      observeOrder: (ms) => facts.exposition.observe('orderShown', ms / 1000),
      exit: () => live.exited?.(),
    }),
    stepped: (state, event) => {
      watchdog.progressed(state.now.mono)
      if (event.event !== 'tick') live.hub?.link()?.changed()
      if (event.event === 'clock-step') jobs.rearm()
      live.commission?.noticed(state)
    },
  })
  const devices = openDevices({ config, profiles, clock, wake, log })
  const takenBack = upgrade.takenBack
  const telling = openTelling({ ...parts, loop, live, devices, assets, keeping, raster, takenBack })
  const { health, counters, facts, history } = telling
  const jobs = startJobs({
    zone: policy.zone.name,
    offsetMinutes: policy.zone.offsetMinutes,
    log,
    now: () => clock.read().wall,
    jobs: [
      // The first record of a new day seals the day before; a heartbeat comes within the minute.
      { name: 'scrub', hour: 2, minute: 30, run: async () => void (await assets.scrub()) },
      {
        name: 'upkeep',
        hour: 3,
        minute: 15,
        run: keeping.upkeep,
      },
    ],
  })

  // Before the first event, which may already ask something of it.
  live.display = devices.display ? createDisplay(devices.display, loop.post) : null
  live.power = openPower({
    clock,
    wake,
    log,
    plan: parts.power,
    config,
    devices,
    loop,
    pins: (gpio) => options.pins ?? gpioPort(gpio, clock),
  })
  const boards = devices.polled.map(({ device }) => device)
  live.relays = openRelays({ relays: config.relays, devices: boards, post: loop.post, wake })
  // Nobody has to find out by asking: the look fails at once and says so.
  devices.onDisplayLost(() => live.display?.observe())
  wakeUp({ ...parts, snapshot, gate, loop, counters, facts, assets })
  upgrade.begin()

  const runDir = runFolder({ given: runtimeFolder(config), dataDir: config.dataDir, uid: process.getuid?.() ?? 0 })
  const playing = {
    // With its pitch and viewing distance, which only drawing needs.
    panel: config.site.panel,
    raster: () => raster,
    assetPath: assets.open,
    offsetMinutes: policy.zone.offsetMinutes,
    post: loop.post,
    log,
  }
  const sound = { ...site, muteAdsOutdoors: policy.advertising.muteOutdoors }
  live.player = openPlayer({ config, devices, clock, runDir, siteName: site.name, sound, playing })
  live.hub = config.hub
    ? joinHub({
        ...config.hub,
        site: site.id,
        bootId: parts.bootId,
        version: VERSION,
        identity,
        gate,
        loop,
        clock,
        assets,
        log,
        status: facts.status,
        evidence: { head: playlog.head, read: playlog.read },
        metrics: facts.exposition.text,
        history: history.since,
        frame: () => live.player?.frame() ?? Promise.resolve(null),
      })
    : null
  const people = openPeople({ ...parts, site, facts, loop, health, raster, live, devices, assets })
  live.commission = people.commission
  const equipment = watchEquipment({ devices: devices.polled, wake, post: loop.post })
  const heard: Post = (happening) => {
    live.power?.heard(happening)
    return loop.post(happening)
  }
  const gpio =
    config.gpio && config.gpio.inputs.length > 0
      ? watchGpio({ config: config.gpio, port: options.pins ?? gpioPort(config.gpio, clock), wake, log, post: heard })
      : null
  void assets.scrub()
  const memory = keepMemorySmall({ ...processMemory(), libc, wake, log })
  watchdog.ready(`${site.id} ${VERSION}`)

  const stop = async (): Promise<void> => {
    watchdog.stopping()
    memory.stop()
    equipment.stop()
    await gpio?.stop()
    jobs.stop()
    const exited = new Promise<void>((resolve) => {
      live.exited = resolve
    })
    if (loop.post({ event: 'stop', reason: 'told to stop' })) await exited
    await live.relays?.stop()
    people.commission.stop()
    loop.stop()
    counters.keep()
    counters.stop()
    keeping.stop()
    health.stop()
    await people.stop()
    history.stop()
    upgrade.stop()
    live.hub?.stop()
    assets.stop()
    live.display?.stop()
    await live.power?.stop()
    await Promise.all([live.player?.stop(), devices.close()])
    if (raster.ok) raster.value.close()
    if (runDir.startsWith('/dev/shm/')) rmSync(runDir, { recursive: true, force: true })
  }
  return {
    site,
    loop,
    stop,
    status: facts.status,
    playerPid: () => live.player?.pid() ?? null,
    lastShowMs: () => live.player?.lastShowMs() ?? null,
    forWeb: people.forWeb,
  }
}

/** What was before, told to the loop as its first event: the snapshot with its envelopes verified again, and what the play log says. */
const wakeUp = (
  of: Pick<Parts, 'policy' | 'identity' | 'clock' | 'playlog'> & {
    readonly snapshot: SnapshotOpened
    readonly gate: Gate
    readonly loop: Loop
    readonly counters: Counters
    readonly facts: Facts
    readonly assets: AssetStore
  },
): void => {
  const { policy, identity, clock, playlog, snapshot, gate, loop, counters, facts, assets } = of
  const again = gate.again(snapshot.durable ?? emptyDurable, {
    rootPublicKey: identity.rootPublicKey(),
    at: clock.read(),
  })
  const folded = segmentsToFold(playlog, clock.read(), policy.zone.offsetMinutes)
  const { marked, ...told } = recalled(policy, playlog.recent(folded), counters.mark)
  const asleep = loop.state()
  counters.begin({
    atMark: marked && facts.readings({ ...asleep, ledger: marked.ledger, runtime: marked.runtime }),
    atEnd: facts.readings({ ...asleep, ...told }),
    after: marked && facts.readings({ ...asleep, counters: marked.after }),
  })
  loop.post({
    event: 'woke',
    durable: snapshot.durable,
    schedule: again.schedule,
    registry: again.registry,
    ...told,
    assets: assets.list(),
    last: playlog.recovery.last,
  })
  for (const refused of again.refused) loop.post(refused)
}

const drawing = ({ fontDirs }: EdgeConfig, log: Log) => {
  const raster = createRaster({ fontDirs })
  if (raster.ok) {
    const warm = raster.value.warm(['han'])
    if (!warm.ok) log('warn', 'fonts for Chinese are missing', { detail: warm.error.en })
  } else log('error', 'nothing can be drawn', { detail: raster.error.en })
  return raster
}
