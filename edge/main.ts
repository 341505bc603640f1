import { mkdirSync, rmSync } from 'node:fs'
import { chardevPort } from '#controller/gpio/chardev.ts'
import type { GpioPort } from '#controller/gpio/gpio.ts'
import { machineKernel } from '#controller/gpio/kernel.ts'
import { loadOnoff, sysfsPort } from '#controller/gpio/sysfs.ts'
import { messageOfText } from '#controller/raster/message-of.ts'
import { createRaster } from '#controller/raster/render.ts'
import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { assert, ok, type Result } from '#core/base/result.ts'
import type { StatusReport } from '#core/contract/link.ts'
import { EMPTY_BOOK } from '#core/emergency/book.ts'
import { initial } from '#core/engine/init.ts'
import type { Durable } from '#core/engine/state.ts'
import { step } from '#core/engine/step.ts'
import type { Policy } from '#core/policy/policy.ts'
import { type Commission, openCommission } from './commission/open.ts'
import type { EdgeConfig, GpioConfig } from './config.ts'
import { type Devices, openDevices, type Profiles, profilesForPeople } from './devices.ts'
import { openDoctor } from './doctor/daemon.ts'
import { linesOf } from './doctor/live.ts'
import { inWindow } from './downloads.ts'
import { fault, openGround, type StartFault, siteOf, VERSION } from './ground.ts'
import { watchEquipment } from './inputs/equipment.ts'
import { watchGpio } from './inputs/gpio.ts'
import { NO_TROUBLE } from './player/healing.ts'
import { createOnboardPlayer, type OnboardPlayerOptions } from './player/onboard.ts'
import { createPages, runFolder } from './player/pages.ts'
import { createPlayer, type Player } from './player/player.ts'
import type { SoundRules } from './player/sound.ts'
import { openPower } from './power/open.ts'
import type { PowerPlan } from './power/plan.ts'
import { openRelays, type RelayShell } from './power/relays.ts'
import type { PowerShell } from './power/switch.ts'
import { previewPreset } from './presets-check.ts'
import { createAilments } from './shell/ailments.ts'
import { openAssets } from './shell/assets.ts'
import { createClock, machineClock } from './shell/clock.ts'
import { createCounters } from './shell/counters.ts'
import { createVerify, sha256 } from './shell/crypto.ts'
import { createDisplay, type DisplayShell } from './shell/display.ts'
import { createFacts } from './shell/facts.ts'
import { createGate } from './shell/gate.ts'
import { watchHealth } from './shell/health.ts'
import { createHistory } from './shell/history.ts'
import { type HubMembership, joinHub } from './shell/hub.ts'
import type { Identity } from './shell/identity.ts'
import { createInterpreter } from './shell/interpret.ts'
import { startJobs } from './shell/jobs.ts'
import { createKeeping } from './shell/keeping.ts'
import { createLoop, type Loop, type Post } from './shell/loop.ts'
import { keepMemorySmall, processMemory } from './shell/memory.ts'
import { kernelBootId, openLibc } from './shell/os.ts'
import { openPlaylog, type Playlog } from './shell/playlog.ts'
import { recalled, segmentsToFold } from './shell/recall.ts'
import { openSnapshot } from './shell/snapshot.ts'
import { watchUpgrade } from './shell/upgrade.ts'
import { createWatchdog } from './shell/watchdog.ts'
import { manualFacts } from './web/manual.ts'
import { openPairing } from './web/pairing.ts'
import { startWeb } from './web/server.ts'

export { checkFiles, type StartFault, VERSION } from './ground.ts'

export type Edge = {
  /** Ends as a clean stop: the play is closed, the log says so, the player ends. Idempotent. */
  readonly stop: () => Promise<void>
  readonly webUrl: string
  readonly status: () => StatusReport
  /** The pairing code when it was made at this start, else null. */
  readonly pairingCode: string | null
  readonly playerPid: () => number | null
  /** From `show` to the first picture of the last showing, ms. */
  readonly lastShowMs: () => number | null
}

export type StartOptions = {
  readonly log: Log
  /** A bug of ours: the process must end. */
  readonly fatal: (error: unknown) => void
  /** Pins of a board that is not there, for tests. Absent: those of this machine. */
  readonly pins?: GpioPort
  /** Where serial ports have names that stay, and profiles to look for, for tests. Absent: those of this machine, and all that are shipped. */
  readonly portFolders?: readonly string[]
  readonly profileFolders?: readonly string[]
  /** Where the configuration was read, for the bundle for support. Absent: it has none in it. */
  readonly configFile?: string
}

const wake: Wake = (delay, then) => {
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}

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

const once = (act: () => Promise<void>): (() => Promise<void>) => {
  const run = { promise: null as Promise<void> | null }
  return () => {
    run.promise ??= act()
    return run.promise
  }
}

/** Daemons started by this process so far: two of them at the same millisecond are still two runs. */
const starts = { count: 0 }
const counter = (): number => {
  starts.count += 1
  return starts.count
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
  const raster = createRaster({ fontDirs: config.fontDirs })
  if (raster.ok) {
    const warm = raster.value.warm(['han'])
    if (!warm.ok) log('warn', 'fonts for Chinese are missing', { detail: warm.error.en })
  } else log('error', 'nothing can be drawn', { detail: raster.error.en })
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
  const live = {
    player: null as Player | null,
    display: null as DisplayShell | null,
    power: null as PowerShell | null,
    relays: null as RelayShell | null,
    commission: null as Commission | null,
    hub: null as HubMembership | null,
    headWall: playlog.recovery.head?.wall ?? null,
    exited: null as (() => void) | null,
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
      ...tookBack(upgrade.takenBack()),
      ...(playlog.recovery.damage ? [{ id: 'playlog-damaged' as const, detail: playlog.recovery.damage.file }] : []),
    ],
  })
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
  const history = createHistory({
    dataDir: config.dataDir,
    log,
    wake,
    now: () => (clock.read().quality === 'unset' ? null : clock.read().wall),
    away: () => config.hub !== null && loop.state().hub !== 'up',
    exposition: facts.exposition.text,
  })
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
  const commission = openCommission({
    config,
    profiles,
    plan: parts.power,
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
  live.commission = commission
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
    commission.stop()
    loop.stop()
    counters.keep()
    counters.stop()
    keeping.stop()
    health.stop()
    await doctor.stop()
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
    forWeb: {
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
    },
  }
}

const tookBack = (detail: string | null) => (detail === null ? [] : [{ id: 'upgrade-rolled-back' as const, detail }])

const hubClock = (ahead: number | null): readonly { readonly id: 'clock-untrusted'; readonly detail: string }[] => {
  if (ahead === null) return []
  const minutes = Math.round(Math.abs(ahead) / 60_000)
  const [vi, en] = ahead > 0 ? ['chậm', 'behind'] : ['nhanh', 'ahead of']
  return [{ id: 'clock-untrusted', detail: `${vi} hơn trung tâm ${minutes} phút · ${minutes} min ${en} the hub` }]
}

/** The picture path: mpv, or the controller that holds the content itself. */
const openPlayer = (of: {
  readonly config: EdgeConfig
  readonly devices: Devices
  readonly clock: Clock
  readonly runDir: string
  readonly siteName: string
  readonly sound: SoundRules
  readonly playing: Pick<OnboardPlayerOptions, 'panel' | 'raster' | 'assetPath' | 'offsetMinutes' | 'post' | 'log'>
}): Player => {
  const { config, devices, runDir, playing } = of
  if (config.player.output === 'onboard') {
    assert(devices.onboard, 'the configuration was checked: the controller holds the content')
    return createOnboardPlayer({ ...playing, ...devices.onboard, clock: of.clock, wake })
  }
  return createPlayer({
    ...playing,
    ...config.player,
    program: 'mpv',
    siteName: of.siteName,
    sound: of.sound,
    pages: createPages({ runDir, raster: playing.raster, panel: playing.panel }),
    runDir,
    now: () => performance.now(),
  })
}

const gpioPort = ({ adapter }: GpioConfig, clock: Clock): GpioPort =>
  adapter === 'sysfs'
    ? sysfsPort({ root: '/sys/class/gpio', load: loadOnoff, clock, wake })
    : chardevPort({ kernel: machineKernel(), wake })

/** systemd's RuntimeDirectory, when there is one: it is in memory and ours alone. */
const runtimeFolder = (config: EdgeConfig): string | null => {
  const given = process.env['RUNTIME_DIRECTORY']
  if (given === undefined) return null
  const folder = `${given.split(':')[0]}/${config.site.id}`
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}
