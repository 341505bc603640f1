import { judgeDay } from '#core/airtime/compliance.ts'
import { type DayLedger, emptyLedger, finishedDays, type Ledger } from '#core/airtime/ledger.ts'
import { type JudgedDay, type SpanSummary, summarise } from '#core/airtime/summary.ts'
import { dateOf, formatInstant } from '#core/base/time.ts'
import { type Instant, instant, mono } from '#core/base/units.ts'
import { assetsOf, canonicalItem } from '#core/content/item.ts'
import { translationsOf } from '#core/content/translation.ts'
import type { PlayAnswer } from '#core/contract/operations.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import type { VerifiedSchedule } from '#core/engine/verified.ts'
import { type Happening, type RunOptions, runVirtual } from '#core/engine/virtual.ts'
import { playFold } from '#core/evidence/query.ts'
import { GENESIS, type StampedRecord } from '#core/evidence/record.ts'
import { policyOn } from '#core/policy/check.ts'
import type { Policy } from '#core/policy/policy.ts'
import type { ScheduleDocument } from '#core/schedule/document.ts'
import { type AdTotal, createTally, type Foretold } from './simulate-airtime.ts'
import { createChain, createChainElsewhere, sha256 } from './simulate-chain.ts'

/** Between ticks of the simulated shell, ms. */
const TICK_MS = 1_000
/** The last minute of a day is closed by the first heartbeat of the next, which comes within this. */
const AFTERWARDS_MS = 61_000
/** From so many days on the records are chained in another thread; below, starting it costs more than it saves. */
const DAYS_FOR_THREAD = 5

export type SimulateOptions = {
  readonly policy: Policy
  readonly document: ScheduleDocument
  readonly happenings: RunOptions['happenings']
  readonly from: Instant
  readonly days: number
  readonly site: SiteFacts
  /** Called for every play as it ends (the last one may still be on): half a year of them is not kept. */
  readonly onPlay: ((play: PlayAnswer) => void) | null
  /** Called when a day is over, with how many are. */
  readonly onDay: ((done: number) => void) | null
}

export type Simulated = {
  readonly site: string
  readonly policy: string
  readonly from: string
  readonly summary: SpanSummary
  readonly days: readonly JudgedDay[]
  /** When a floor could no longer be met, or could again: how many turns, and the first of them. */
  readonly foretold: { readonly count: number; readonly lines: readonly Foretold[] }
  readonly ads: readonly AdTotal[]
  readonly playCount: number
  readonly records: number
  readonly steps: number
  /** Head of the hash chain over every record: same input, same head. */
  readonly head: string
}

/**
 * The run itself: every record is chained as the real log would chain it, and ledger and plays are folds over those lines. What it keeps
 * is one row for each day.
 */
export const simulate = (options: SimulateOptions): Simulated => {
  const { policy, from, days, site } = options
  const { offsetMinutes } = policy.zone
  const to = instant(from + days * 86_400_000)
  const finished = new Map<string, DayLedger>()
  const log = { seq: 0, date: '', plays: 0 }
  const chain = days < DAYS_FOR_THREAD ? createChain() : createChainElsewhere()
  const plays = playFold(site.id)
  const tally = createTally()
  const collect = (ledger: Ledger, wall: Instant) => {
    const now = { wall, mono: mono(wall - from), quality: 'synced', bootId: 'virtual' } as const
    for (const day of finishedDays(ledger, now)) finished.set(day.date, day)
  }
  const played = (play: PlayAnswer | null) => {
    if (play === null) return
    log.plays++
    options.onPlay?.(play)
  }
  const onRecord = (record: StampedRecord, after: { readonly ledger: Ledger }) => {
    chain.push(record)
    tally.push(record)
    // What a play tells does not need the hash of the line before.
    if (options.onPlay === null) log.plays += record.kind === 'open' ? 1 : 0
    else if (CHANGES_PLAY.has(record.kind)) played(plays.push({ seq: log.seq, prev: GENESIS, ...record }))
    log.seq++
    const date = dateOf(instant(record.at.wall), offsetMinutes)
    if (date === log.date) return
    collect(after.ledger, instant(record.at.wall))
    log.date = date
    options.onDay?.(finished.size)
  }
  const happenings = [...start(options), ...options.happenings]
  const until = instant(to + AFTERWARDS_MS)
  const run = runVirtual({ site, policy, from, to: until, happenings, tickMs: TICK_MS, ticks: 'needed', onRecord })
  played(plays.stillOn())
  collect(run.state.ledger, to)
  const judged = [...finished.values()].map((day) => ({
    ...day,
    compliance: judgeDay(day, policyOn([policy], day.date)),
  }))
  return {
    site: site.id,
    policy: policy.id,
    from: formatInstant(from, offsetMinutes),
    summary: summarise(judged),
    days: judged,
    foretold: tally.foretold(),
    ads: tally.ads(),
    playCount: log.plays,
    records: log.seq,
    steps: run.steps,
    head: chain.end(),
  }
}

/** Everything else passes a play by (one boot, no gap). */
const CHANGES_PLAY: ReadonlySet<StampedRecord['kind']> = new Set(['open', 'proof', 'close', 'screen'])

/** The daemon's own beginning: awake with its schedule and every file present, then the player up. */
const start = ({ document, policy, from }: SimulateOptions): readonly Happening[] => {
  const items = document.items.map(({ item }) => item)
  const schedule: VerifiedSchedule = {
    document,
    envelope: { v: 1, type: 'schedule', payload: '', signatures: [] },
    key: 'simulated',
    items: Object.fromEntries(
      items.flatMap((one) => {
        const { item } = translationsOf(one, { sha256, find: (id) => items.find((i) => i.id === id) })
        return item === null ? [] : [[item.id, item]]
      }),
    ),
    hashes: Object.fromEntries(items.map((item) => [item.id, sha256(canonicalItem(item))])),
    refused: [],
  }
  const assets = items.flatMap((item) => assetsOf(item).map(({ sha256 }) => sha256))
  const last = { orphan: null, wall: null, cleanStop: true, tornBytes: 0 } as const
  const woke = {
    event: 'woke',
    durable: null,
    schedule,
    registry: null,
    ledger: emptyLedger(policy),
    assets,
    last,
  } as const
  return [
    { at: from, event: woke },
    { at: from, event: { event: 'player', what: 'up' } },
  ]
}
