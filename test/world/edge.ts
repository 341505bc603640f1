import { emptyLedger, foldAll } from '#core/airtime/ledger.ts'
import { assert } from '#core/base/result.ts'
import type { Reading } from '#core/base/units.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import type { Receipt } from '#core/contract/link.ts'
import type { Effect } from '#core/engine/effect.ts'
import type { Event } from '#core/engine/event.ts'
import { initial } from '#core/engine/init.ts'
import { mayRead } from '#core/engine/power.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import type { Durable, State } from '#core/engine/state.ts'
import type { VerifiedSchedule } from '#core/engine/verified.ts'
import { nextChange, readingAges, seenAgain } from '#core/engine/virtual-idle.ts'
import type { Policy } from '#core/policy/policy.ts'
import type { DisplaySetting } from '#core/screen/display.ts'
import type { Scene } from '#core/screen/scene.ts'
import type { Player } from '#edge/player/player.ts'
import type { AssetStore } from '#edge/shell/assets.ts'
import { createClock, type EdgeClock } from '#edge/shell/clock.ts'
import { pairFromPem } from '#edge/shell/crypto.ts'
import type { HubLink } from '#edge/shell/hublink.ts'
import { type Actors, createInterpreter } from '#edge/shell/interpret.ts'
import { type Happening, MOST_WAITING, TICK_MS } from '#edge/shell/loop.ts'
import { openPlaylog, type Playlog } from '#edge/shell/playlog.ts'
import type { SimClock } from './clock.ts'
import { type Disk, PowerCut } from './disk.ts'
import { hash } from './hash.ts'

export type StepFn = (state: State, event: Event) => { readonly state: State; readonly effects: readonly Effect[] }

/** A fixed key (PKCS#8 around 32 plain bytes), so that the same seed seals with the same bytes. Signs nothing but simulated days. */
const PKCS8 = '302e020100300506032b657004220420'
const der = Buffer.from(PKCS8 + hash('simulated device'), 'hex').toString('base64')
const pair = pairFromPem(`-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`)
export const DEVICE = { key: 'd'.repeat(32), publicKey: pair.publicKey, sign: pair.sign }

/** As the daemon folds at a start. */
const SEGMENTS_FOLDED = 5
export const PLAYS = 'plays'

/** What the edge acts on, and who watches it. */
export type Around = {
  readonly seed: number
  readonly site: SiteFacts
  readonly policy: Policy
  readonly step: StepFn
  readonly now: () => number
  readonly soonest: () => number
  readonly clock: SimClock
  readonly disk: Disk
  readonly show: (scene: Scene) => void
  readonly apply: (setting: DisplaySetting) => void
  readonly observe: () => void
  /** What a healthy display reads now; null: it must be asked. */
  readonly reading: () => Readonly<Record<string, unknown>> | null
  readonly power: (want: 'on' | 'off') => void
  readonly receipt: (receipt: Receipt) => void
  readonly fetch: (wanted: readonly { readonly sha256: string }[]) => void
  readonly assets: () => readonly string[]
  /** The schedule that an envelope of a snapshot holds: what the gate would verify again. */
  readonly opened: (envelope: Envelope | null) => VerifiedSchedule | null
  readonly watch: Watch
  /** The power went in the middle of a write. */
  readonly powerGone: () => void
  readonly exited: () => void
}

export type Watch = {
  /** A process begins; the log is open, and nothing has been written yet. */
  readonly woke: () => void
  readonly stepped: (of: {
    readonly before: State
    readonly event: Event
    readonly state: State
    readonly effects: readonly Effect[]
  }) => void
  readonly appended: (log: Playlog, at: Reading) => void
}

export type SimEdge = {
  readonly up: () => boolean
  readonly state: () => State
  readonly post: (happening: Happening) => void
  /** True time of the next tick at which the engine has something to do, or a reading is due. */
  readonly due: () => number
  readonly tick: () => void
  /** `failed`: the disk did not let it; `cut`: the power went meanwhile. */
  readonly boot: () => 'up' | 'failed' | 'cut'
  /** The process is gone, now. */
  readonly die: () => void
  readonly reading: () => Reading
  /** The wall clock or its trust changed: the next tick of the second sees it. */
  readonly lookAtClock: () => void
  readonly hubSays: (wall: number) => void
  readonly log: () => Playlog | null
  readonly steps: () => number
  readonly snapshot: () => string | null
}

const noLog = () => {}

export const createEdge = (around: Around): SimEdge => {
  const { site, policy, disk, now, clock } = around
  const run = {
    life: 0,
    boots: 0,
    up: false,
    busy: false,
    state: null as State | null,
    clock: null as EdgeClock | null,
    log: null as Playlog | null,
    inbox: [] as Event[],
    wake: 0,
    due: Number.POSITIVE_INFINITY,
    look: false,
    quality: 'unset' as Reading['quality'],
    steps: 0,
    /** The file that survives: what was written last, whole. */
    snapshot: null as string | null,
  }
  const state = (): State => {
    assert(run.state !== null, 'the edge never woke')
    return run.state
  }
  const reading = (): Reading => {
    assert(run.clock !== null, 'the edge never woke')
    return run.clock.read()
  }
  const die = (): void => {
    run.life += 1
    run.up = false
    run.due = Number.POSITIVE_INFINITY
    run.inbox = []
    run.log = null
  }

  const writeSnapshot = (durable: Durable): void => {
    const text = JSON.stringify(durable)
    if (disk.cutAfter.ops !== null && disk.cutAfter.ops-- <= 0) {
      if (text.length % 2 === 0) run.snapshot = text
      throw new PowerCut()
    }
    if (disk.fault.kind === 'full') throw Object.assign(new Error('ENOSPC: simulated'), { code: 'ENOSPC' })
    if (disk.fault.kind === 'io' && disk.fault.chance > 0.5) throw Object.assign(new Error('EIO'), { code: 'EIO' })
    run.snapshot = text
  }
  /** A cut in the middle of a write ends everything at once; the shells see only faults of the disk. */
  const orCut = (act: () => void): void => {
    if (!run.up) return
    try {
      act()
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error
      die()
      around.powerGone()
    }
  }

  const interpreter = createInterpreter({
    state,
    post: (happening) => put(happening),
    log: noLog,
    player: () => ({ show: (scene: Scene) => around.show(scene) }) as unknown as Player,
    append: (bodies, at) =>
      orCut(() => {
        const log = run.log
        if (log === null) return
        const done = log.append(bodies, at)
        if (!done.ok) throw Object.assign(new Error(done.error.detail), { code: 'EDISK' })
        around.watch.appended(log, at)
      }),
    snapshot: { write: (durable) => orCut(() => writeSnapshot(durable)) },
    display: () => ({ apply: around.apply, observe: around.observe, stop: () => {} }) as ReturnType<Actors['display']>,
    power: () => ({ want: around.power }),
    relays: () => null,
    hub: () => ({ logged: () => {}, sendReceipt: around.receipt }) as unknown as HubLink,
    assets: { want: around.fetch } as unknown as AssetStore,
    observeOrder: () => {},
    // The power may go while the log is being closed.
    exit: () =>
      orCut(() => {
        const closed = run.log?.close()
        assert(closed?.ok !== false || disk.fault.kind !== 'none', 'the log did not close on a healthy disk')
        die()
        around.exited()
      }),
  } as Actors)

  const put = (happening: Happening): boolean => {
    if (!run.up) return false
    assert(run.inbox.length < MOST_WAITING, `the inbox is full; newest: ${happening.event}`)
    run.inbox.push({ ...happening, at: reading() } as Event)
    drain()
    return true
  }
  const drain = (): void => {
    if (run.busy) return
    run.busy = true
    try {
      for (let event = run.inbox.shift(); event !== undefined && run.up; event = run.inbox.shift()) one(event)
    } finally {
      run.busy = false
    }
    if (run.up) plan()
  }
  const one = (event: Event): void => {
    const before = state()
    if (event.event === 'display-observed' && event.result.ok) {
      const seen = calmNow(before, event.at) ? seenAgain(before, event.result.value, event.at) : null
      if (seen !== null) {
        run.state = seen
        return
      }
    }
    const done = around.step(before, event)
    run.state = done.state
    run.steps += 1
    around.watch.stepped({ before, event, state: done.state, effects: done.effects })
    for (const effect of done.effects) {
      if (!run.up) return
      if (effect.effect === 'wake') wakeAt(effect.at)
      else (interpreter[effect.effect] as (e: Effect) => void)(effect)
    }
  }
  const calmNow = (at: State, now: Reading): boolean => now.mono < nextChange(at)

  const lookAtClock = (): void => {
    run.look = true
    if (run.up && !run.busy) plan()
  }
  const bootAt = (): number => now() - clock.mono()
  const wakeAt = (mono: number): void => {
    run.wake = Math.max(now(), Math.ceil(bootAt() + mono))
  }
  const second = (from: number): number => bootAt() + Math.ceil((from - bootAt()) / TICK_MS) * TICK_MS

  /** The second at which the engine has something to do by itself. A site with contactors is looked at every ten. */
  const busyAt = (): number => {
    if (run.look) return second(now() + 1)
    // A clock that is not believed may be from any second on: by itself, as it passes what the log knows (seed 647).
    if (state().now.quality === 'unset') return second(now() + TICK_MS)
    const it = state()
    const calm = it.switching === null ? bootAt() + nextChange(it) : now() + 10 * TICK_MS
    return second(Math.max(now() + 1, calm))
  }
  /** When a reading may become too old to prove anything. */
  const ageAt = (): number => {
    const it = state()
    const any = it.site.hasController && it.display.observed !== null
    return any ? second(Math.max(now() + 1, bootAt() + readingAges(it))) : Number.POSITIVE_INFINITY
  }
  const readAt = (): number => {
    const it = state()
    const asked = it.site.hasController && !it.display.observing && mayRead(it)
    return asked ? second(Math.max(now() + 1, bootAt() + it.display.observeAt)) : Number.POSITIVE_INFINITY
  }
  /** Readings that say what the one before said are left out, as in `runVirtual`. */
  const READ_TAKES = 60
  const skipReadings = (until: number): void => {
    for (let tick = readAt(); tick + READ_TAKES < until; tick = readAt()) {
      const value = around.reading()
      if (value === null) return
      const offset = tick + READ_TAKES - now()
      const at: Reading = { ...reading() }
      const later = {
        ...at,
        wall: (at.wall + offset) as Reading['wall'],
        mono: (at.mono + offset) as Reading['mono'],
      }
      const seen = seenAgain(state(), value, later)
      if (seen === null) return
      run.state = seen
    }
  }
  const plan = (): void => {
    const busy = busyAt()
    const wake = run.wake > now() ? run.wake : Number.POSITIVE_INFINITY
    skipReadings(Math.min(busy, wake, around.soonest()))
    run.due = Math.min(busy, ageAt(), readAt(), wake)
  }
  const tick = (): void => {
    run.due = Number.POSITIVE_INFINITY
    const { clock: edgeClock } = run
    if (edgeClock === null) return
    const onSecond = (now() - bootAt()) % TICK_MS === 0
    if (onSecond) {
      run.look = false
      const was = run.quality
      const stepMs = edgeClock.takeStep()
      run.quality = edgeClock.read().quality
      if (stepMs !== 0 || run.quality !== was) put({ event: 'clock-step', stepMs, was })
    }
    put({ event: 'tick' })
  }

  const boot = (): 'up' | 'failed' | 'cut' => {
    run.life += 1
    run.boots += 1
    clock.boot()
    const edgeClock = createClock(clock.source, { bootId: `b${around.seed}-${run.boots}`, trust: 'strict' })
    const log = openLog()
    if (typeof log === 'string') return log
    if (log.recovery.last.wall !== null) edgeClock.raiseFloor(log.recovery.last.wall)
    const durable = run.snapshot === null ? null : (JSON.parse(run.snapshot) as Durable)
    const at = edgeClock.read()
    Object.assign(run, { up: true, clock: edgeClock, log, inbox: [], wake: 0, look: true, quality: at.quality })
    run.state = initial(site, policy, at)
    around.watch.woke()
    put({
      event: 'woke',
      durable,
      schedule: around.opened(durable?.schedule ?? null),
      registry: null,
      ledger: foldAll(emptyLedger(policy), log.recent(SEGMENTS_FOLDED)),
      assets: around.assets(),
      last: log.recovery.last,
    })
    return run.up ? 'up' : 'cut'
  }
  const openLog = (): Playlog | 'failed' | 'cut' => {
    try {
      const device = DEVICE
      const dir = PLAYS
      const opened = openPlaylog({
        dir,
        site: site.id,
        zone: policy.zone,
        sha256: hash,
        device,
        log: noLog,
        fs: disk.fs,
      })
      if (opened.ok) return opened.value
      assert(disk.fault.kind !== 'none', `the play log does not open: ${opened.error.detail}`)
      return 'failed'
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error
      around.powerGone()
      return 'cut'
    }
  }
  return {
    up: () => run.up,
    state,
    post: (happening) => void put(happening),
    due: () => run.due,
    tick,
    boot,
    die,
    reading,
    lookAtClock,
    // A clock that the hub agrees with may be trusted from now on (seed 647).
    hubSays: (wall) => {
      run.clock?.hubSays(wall)
      lookAtClock()
    },
    log: () => run.log,
    steps: () => run.steps,
    snapshot: () => run.snapshot,
  }
}
