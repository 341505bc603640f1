import { emptyLedger, foldAll } from '#core/airtime/ledger.ts'
import { POLICY } from '#core/airtime/samples.ts'
import { type Instant, instant, mono, type Reading } from '#core/base/units.ts'
import type { Receipt } from '#core/contract/link.ts'
import { keyIdOf } from '#core/contract/verify.ts'
import { EMPTY_BOOK } from '#core/emergency/book.ts'
import type { Event } from '#core/engine/event.ts'
import { initial } from '#core/engine/init.ts'
import type { Durable, State } from '#core/engine/state.ts'
import { step } from '#core/engine/step.ts'
import type { EvidenceRecord, StampedRecord } from '#core/evidence/record.ts'
import type { Player } from '#edge/player/player.ts'
import type { AssetStore } from '#edge/shell/assets.ts'
import { createVerify, newPem, pairFromPem, sha256 } from '#edge/shell/crypto.ts'
import type { HubLink } from '#edge/shell/hublink.ts'
import { createInterpreter } from '#edge/shell/interpret.ts'
import type { Happening } from '#edge/shell/loop.ts'
import { openPlaylog, type Playlog } from '#edge/shell/playlog.ts'
import { verifyFolder } from '#edge/shell/playlog-segments.ts'
import { openSnapshot } from '#edge/shell/snapshot.ts'
import { anItem, aSchedule, siteFacts } from '../build.ts'
import type { MemoryDisk } from './memory-disk.ts'

/**
 * The daemon without its player, its links and its clock: the real engine, the real interpreter, the real play log and snapshot, on a disk in
 * memory. Time is given with every event.
 */
export type Tiny = {
  readonly state: () => State
  readonly log: Playlog
  /** What this run's ledger must equal: the records it folded at its start, and everything after. */
  readonly foldedFrom: number
  readonly post: (happening: Happening, wall: Instant) => void
  /** Receipts that went out, in their order. */
  readonly receipts: readonly Receipt[]
}

export const PLAYS = '/data/plays'
const DATA = '/data'
const pair = pairFromPem(newPem())
const device = { ...pair, key: keyIdOf(pair.publicKey, sha256) }
export const SITE = 'LC-MLT-01'
/** As the daemon does at its start. */
const SEGMENTS_FOLDED = 5
const EMPTY: Durable = { v: 1, registry: null, schedule: null, orders: EMPTY_BOOK, receipts: [] }
const ITEM = anItem({ durationMs: 10_000, validFrom: 0, validTo: 8_000_000_000_000 })
const ALL_DAY = { weekdays: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '24:00' }
export const SCHEDULE = aSchedule([ITEM], {
  frames: [{ id: 'F', ...ALL_DAY, playlist: 'PL', purpose: 'propaganda', decidedBy: 'svhttdl', reason: '' }],
  power: [],
})

export const logOf = (disk: MemoryDisk) =>
  openPlaylog({
    dir: PLAYS,
    site: SITE,
    zone: { offsetMinutes: 420 },
    sha256,
    device,
    log: () => undefined,
    fs: disk,
  })

export const verify = (disk: MemoryDisk) =>
  verifyFolder(disk, PLAYS, { sha256, seals: { site: SITE, publicKeys: [pair.publicKey], verify: createVerify() } })

/** Starts a run. Null: the disk did not let it start. `boot` names the run; its monotonic clock begins at 0 with `wall`. */
export const wakeTiny = (disk: MemoryDisk, boot: string, wall: Instant): Tiny | null => {
  const opened = logOf(disk)
  if (!opened.ok) return null
  const log = opened.value
  const at = (now: Instant): Reading => ({ wall: now, mono: mono(now - wall + 1_000), quality: 'synced', bootId: boot })
  const snapshot = openSnapshot(DATA, EMPTY, disk)
  const inbox: Event[] = []
  const receipts: Receipt[] = []
  const run = {
    state: initial(siteFacts({ hasController: false, hasHub: true }), POLICY, at(wall)),
    busy: false,
    now: wall,
  }
  const recent = [...log.recent(SEGMENTS_FOLDED)]
  const put = (happening: Happening): boolean => {
    inbox.push({ ...happening, at: at(run.now) } as Event)
    return true
  }
  // What the engine asks of a player, a hub and the files in these runs, and no more.
  const player: Pick<Player, 'show'> = {
    show: (scene) => {
      if (scene.scene !== 'dark') put({ event: 'player', what: 'shown', play: scene.play, proof: 'seen', how: 'test' })
    },
  }
  const hub: Pick<HubLink, 'sendReceipt' | 'logged'> = {
    sendReceipt: (receipt) => void receipts.push(receipt),
    logged: () => undefined,
  }
  const assets: Pick<AssetStore, 'want'> = { want: () => undefined }
  const interpreter = createInterpreter({
    state: () => run.state,
    post: put,
    log: () => undefined,
    player: () => player as Player,
    append: (bodies, when) => {
      const done = log.append(bodies, when)
      if (!done.ok) throw new Error(done.error.detail)
    },
    snapshot: snapshot.store,
    display: () => null,
    power: () => null,
    relays: () => null,
    hub: () => hub as HubLink,
    assets: assets as AssetStore,
    observeOrder: () => undefined,
    exit: () => undefined,
  })
  const drain = (): void => {
    for (let event = inbox.shift(); event !== undefined; event = inbox.shift()) {
      const result = step(run.state, event)
      run.state = result.state
      for (const effect of result.effects) {
        if (effect.effect === 'wake') continue
        const act = interpreter[effect.effect] as (e: typeof effect) => void
        act(effect)
      }
    }
  }
  const post = (happening: Happening, now: Instant): void => {
    run.now = now
    put(happening)
    drain()
  }
  post(
    {
      event: 'woke',
      durable: snapshot.durable,
      schedule: null,
      registry: null,
      ledger: foldOf(recent),
      assets: [ITEM.asset?.sha256 ?? ''],
      last: log.recovery.last,
    },
    wall,
  )
  post({ event: 'player', what: 'up' }, wall)
  post({ event: 'schedule', schedule: SCHEDULE }, instant(wall + 1))
  return { state: () => run.state, log, foldedFrom: recent[0]?.seq ?? 0, post, receipts }
}

/** Every record of the folder, oldest first. */
export const recordsOf = (log: Playlog): readonly EvidenceRecord[] => [...log.recent(1_000)]
/** What the ledger must be. The engine folds its records before they have their place in the chain. */
export const foldOf = (records: readonly EvidenceRecord[]) =>
  foldAll(
    emptyLedger(POLICY),
    records.map(({ seq: _, prev: __, ...record }) => record as StampedRecord),
  )
