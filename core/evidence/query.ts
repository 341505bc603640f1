import type { ClockQuality } from '../base/units.ts'
import type { ClaimRank } from '../claim/claim.ts'
import type { PlayAnswer } from '../contract/operations.ts'
import { atLeast, PROOFS, type Proof } from '../policy/policy.ts'
import type { EvidenceRecord, OpenRecord } from './record.ts'

/** One moment as the records tell it. Several for one wall time only when the clock was set back over it. */
export type Moment = {
  readonly play: PlayAnswer | null
  readonly screen: {
    readonly lit: 'lit' | 'dark' | 'unknown'
    readonly intended: boolean
    readonly why: string
    readonly brightness: number | null
  }
  readonly verdict: {
    readonly winner: string
    readonly rank: ClaimRank
    readonly order: string | null
    readonly displaced: readonly string[]
  } | null
  readonly clock: ClockQuality
  /** Nobody was watching: why, and from when to when on the wall clock. */
  readonly gap: { readonly cause: string; readonly from: number; readonly to: number } | null
  /** The last record before the moment. */
  readonly seq: number
  /** True after the log's last record: what it said last may no longer hold. */
  readonly beyond: boolean
}

/** At most this many moments for one wall time, the newest. */
export const MOST_MOMENTS = 8

type Draft = { readonly open: EvidenceRecord & OpenRecord; answer: PlayAnswer }
type World = {
  draft: Draft | null
  screen: Moment['screen']
  verdict: Moment['verdict']
  last: EvidenceRecord | null
}

const UNKNOWN: Moment['screen'] = { lit: 'unknown', intended: false, why: '', brightness: null }

const newWorld = (): World => ({ draft: null, screen: UNKNOWN, verdict: null, last: null })

const answerOf = (site: string, open: EvidenceRecord & OpenRecord, lit: string): PlayAnswer => ({
  site,
  play: open.play,
  item: open.item,
  title: open.title,
  hash: open.hash,
  category: open.category,
  languages: open.languages,
  from: open.at.wall,
  to: null,
  ms: null,
  cause: null,
  rank: open.rank,
  why: open.why,
  order: open.order,
  supplier: open.supplier,
  suppliedByLead: open.suppliedByLead,
  document: open.document,
  proof: 'commanded',
  clock: open.at.q,
  lit,
  records: { open: open.seq, close: null },
})

/** A close after a power cut knows less than the proof that came before; a contradiction stands. */
const betterProof = (had: string, closed: Proof): string => {
  const known = PROOFS.find((p) => p === had) ?? 'commanded'
  return known !== 'contradicted' && atLeast(closed, known) ? closed : known
}

/** Takes in one record. Returns the play that it ended, if any. */
const take = (world: World, site: string, record: EvidenceRecord): Draft | null => {
  const { draft } = world
  let done: Draft | null = null
  if (record.kind === 'gap' || (world.last !== null && world.last.boot !== record.boot)) {
    world.screen = UNKNOWN
    world.verdict = null
  }
  if (record.kind === 'open') {
    done = draft
    world.draft = { open: record, answer: answerOf(site, record, world.screen.lit) }
  } else if (record.kind === 'proof' && draft?.answer.play === record.play) {
    draft.answer = { ...draft.answer, proof: record.proof }
  } else if (record.kind === 'screen') {
    world.screen = { lit: record.lit, intended: record.intended, why: record.why, brightness: record.brightness }
    if (draft !== null && draft.answer.lit !== record.lit) draft.answer = { ...draft.answer, lit: 'partly' }
  } else if (record.kind === 'verdict') {
    world.verdict = {
      winner: record.winner,
      rank: record.rank,
      order: record.order,
      displaced: record.displaced.map((d) => d.claim),
    }
  } else if (record.kind === 'close' && draft?.answer.play === record.play) {
    draft.answer = {
      ...draft.answer,
      to: draft.answer.from + record.ms,
      ms: record.ms,
      cause: record.cause,
      proof: betterProof(draft.answer.proof, record.proof),
      records: { ...draft.answer.records, close: record.seq },
    }
    done = draft
    world.draft = null
  }
  world.last = record
  return done
}

/**
 * Every play that the records hold, in order; one whose `open` was cut off is left out, one still on comes last with `to` null. A play
 * id counts once, so an interval folded twice is there once. `lit` is `partly` where the display changed during the play.
 */
export function* foldPlays(site: string, records: Iterable<EvidenceRecord>): Generator<PlayAnswer> {
  const plays = playFold(site)
  const seen = new Set<string>()
  const isNew = (play: PlayAnswer | null): play is PlayAnswer => {
    if (play === null || seen.has(play.play)) return false
    seen.add(play.play)
    return true
  }
  for (const record of records) {
    const done = plays.push(record)
    if (isNew(done)) yield done
  }
  const last = plays.stillOn()
  if (isNew(last)) yield last
}

/**
 * The same for records that come one by one and each once: nothing is remembered but the play that is on, so it may go on for years.
 * `push` answers the play that the record ended.
 */
export const playFold = (
  site: string,
): { readonly push: (record: EvidenceRecord) => PlayAnswer | null; readonly stillOn: () => PlayAnswer | null } => {
  const world = newWorld()
  return {
    push: (record) => take(world, site, record)?.answer ?? null,
    stillOn: () => world.draft?.answer ?? null,
  }
}

/**
 * One moment from a few records, so that nobody has to fold months for it: `before` holds what was still true (screen, verdict, the play with
 * its proofs, the last start) and ends with the record before the moment; `next` is the one after it, null at the end of the log; `after`
 * is what follows, read until the play has ended. Null when the moment lies where the clock jumped over it.
 */
export const momentFrom = (
  site: string,
  at: number,
  of: {
    readonly before: readonly EvidenceRecord[]
    readonly next: EvidenceRecord | null
    readonly after: Iterable<EvidenceRecord>
  },
): Moment | null => {
  const world = newWorld()
  for (const record of of.before) take(world, site, record)
  if (world.last === null) return null
  const found: Found[] = []
  if (of.next === null) found.push(momentOf(world, world.last, { gap: null, beyond: true }))
  else look(world, of.next, at, found)
  const [one] = found
  if (one === undefined) return null
  if (one.draft !== null && of.next !== null) {
    take(world, site, of.next)
    for (const record of of.after) {
      if (world.draft !== one.draft) break
      take(world, site, record)
    }
  }
  return settled(one)
}

type Found = { readonly moment: Moment; readonly draft: Draft | null }

/**
 * What was on at wall time `at` (milliseconds), why, from whom and how we know. Empty when the records begin later. Give it the records
 * of the day and of the day before, so that a play that ran over midnight has its `open`.
 */
export const playAt = (site: string, records: Iterable<EvidenceRecord>, at: number): readonly Moment[] => {
  const world = newWorld()
  const found: Found[] = []
  for (const record of records) {
    if (world.last !== null) look(world, record, at, found)
    take(world, site, record)
  }
  if (world.last !== null && world.last.at.wall <= at)
    found.push(momentOf(world, world.last, { gap: null, beyond: true }))
  // The answer is read now, so that a play found while it was on has its end.
  return found.slice(-MOST_MOMENTS).map(settled)
}

const settled = ({ moment, draft }: Found): Moment => ({
  ...moment,
  play: draft === null ? null : { ...draft.answer, lit: moment.screen.lit, clock: moment.clock },
})

const look = (world: World, next: EvidenceRecord, at: number, found: Found[]): void => {
  const { last } = world
  if (last === null || !(last.at.wall <= at && at < next.at.wall)) return
  const cut = next.kind === 'close' && next.cause === 'power-cut'
  const unwatched = next.kind === 'gap' || cut || next.boot !== last.boot
  // A forward step of the clock jumps over times that never were.
  const passed = next.boot === last.boot ? next.at.mono - last.at.mono : 0
  if (!unwatched && at >= last.at.wall + passed && next.kind === 'clock') return
  const cause = next.kind === 'gap' ? next.cause : 'power-cut'
  const gap = unwatched ? { cause, from: last.at.wall, to: next.at.wall } : null
  found.push(momentOf(world, last, { gap, beyond: false }))
}

const momentOf = (
  world: World,
  last: EvidenceRecord,
  of: { readonly gap: Moment['gap']; readonly beyond: boolean },
): Found => ({
  draft: of.gap === null ? world.draft : null,
  moment: {
    play: null,
    screen: of.gap === null ? world.screen : UNKNOWN,
    verdict: of.gap === null ? world.verdict : null,
    clock: last.at.q,
    gap: of.gap,
    seq: last.seq,
    beyond: of.beyond,
  },
})
