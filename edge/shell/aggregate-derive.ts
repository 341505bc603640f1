import { DAY } from '#core/base/time.ts'
import { type DayAggregate, type DayFold, dayFold } from '#core/evidence/aggregate.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import type { Policy } from '#core/policy/policy.ts'
import type { PlaylogFs } from './playlog-fs.ts'
import { kindOf, parseRecord, type Segment } from './playlog-segments.ts'
import { streamLines, streamRecords } from './playlog-stream.ts'

export type DeriveFrom = {
  readonly fs: PlaylogFs
  readonly dir: string
  readonly segments: readonly Segment[]
  readonly site: string
  readonly policy: Policy
  readonly watts: { readonly full: number; readonly idle: number } | null
}

/** So many segments before a day are looked through for what was still true when it began: a display may have been lit for weeks. */
const MOST_BACK = 40
/** Orders remembered from the days before; their documents are needed for what they displaced. */
const MOST_ORDER_LINES = 500

/**
 * The aggregate of one civil date from the log, or null while a play of its evening is still without proof and may yet get one. The same log
 * gives the same answer, whenever and wherever it is asked.
 */
export const deriveDay = async (from: DeriveFrom, date: string): Promise<DayAggregate | null> => {
  const { segments } = from
  const first = segments.findIndex((s) => s.date === date)
  const last = segments.findLastIndex((s) => s.date === date)
  if (first === -1) return null
  const fold = dayFold({ site: from.site, policy: from.policy, watts: from.watts, date })
  for (const record of await contextBefore(from, first)) fold.push(record, false)
  for (const segment of segments.slice(first, last + 1))
    for await (const records of streamRecords(from.fs, from.dir, [segment]))
      for (const record of records) fold.push(record, segment.date === date)
  const settled = fold.settled() || (await pushUntilSettled(from, fold, last + 1))
  if (!settled) return null
  const day = fold.value()
  if (!lacksDocument(day)) return day
  await pushDocuments(from, fold, { after: last, date })
  return fold.value()
}

const pushUntilSettled = async (from: DeriveFrom, fold: DayFold, index: number): Promise<boolean> => {
  for await (const records of streamRecords(from.fs, from.dir, from.segments.slice(index)))
    for (const record of records) {
      fold.push(record, false)
      if (fold.settled()) return true
    }
  return false
}

/**
 * The number of a document may come within a day of the order (reading A11), and an order lasts a day at most; one more for a line that was
 * away. Later numbers stand in the log alone.
 */
export const DOCUMENT_DAYS = 3

/** Did an order of that day show something of which no document is known? */
export const lacksDocument = ({ day }: DayAggregate): boolean =>
  Object.values(day.orders).some(({ document }) => document === null)

const pushDocuments = async (
  from: DeriveFrom,
  fold: DayFold,
  of: { readonly after: number; readonly date: string },
): Promise<void> => {
  const until = dateAfter(of.date, DOCUMENT_DAYS)
  const later = from.segments.slice(of.after + 1).filter((s) => s.date <= until)
  for await (const records of streamRecords(from.fs, from.dir, later))
    for (const record of records) if (record.kind === 'order' && record.stage === 'documented') fold.document(record)
}

/** The civil date so many days later. */
export const dateAfter = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10)

type Context = {
  screen: EvidenceRecord | null
  verdict: EvidenceRecord | null
  gap: EvidenceRecord | null
  power: EvidenceRecord | null
  open: EvidenceRecord | null
  proofs: EvidenceRecord[]
  orders: EvidenceRecord[]
}

/** What earlier records say that still held when the day began, in their order: screen, verdict, the play that was on, orders, the last start. */
const contextBefore = async (from: DeriveFrom, index: number): Promise<readonly EvidenceRecord[]> => {
  const found: Context = { screen: null, verdict: null, gap: null, power: null, open: null, proofs: [], orders: [] }
  const done = { screen: false, verdict: false, play: false }
  for (let i = index - 1; i >= 0 && i >= index - MOST_BACK; i--) {
    const segment = from.segments[i]
    if (segment === undefined) break
    const here = await lookThrough(from, segment)
    if (!done.screen && here.screen !== null) found.screen = here.screen
    if (!done.verdict && here.verdict !== null) found.verdict = here.verdict
    if (!done.play && here.played) {
      found.open = here.open
      found.proofs = [...here.proofs, ...found.proofs]
    } else if (!done.play) found.proofs = [...here.proofs, ...found.proofs]
    found.gap ??= here.gap
    found.power ??= here.power
    found.orders = [...here.orders, ...found.orders].slice(-MOST_ORDER_LINES)
    done.screen ||= here.screen !== null || here.gap !== null
    done.verdict ||= here.verdict !== null || here.gap !== null
    done.play ||= here.played
    if (done.screen && done.verdict && done.play) break
  }
  const kept = [found.screen, found.verdict, found.gap, found.power, found.open, ...found.proofs, ...found.orders]
  return kept.filter((record) => record !== null).toSorted((a, b) => a.seq - b.seq)
}

type Look = Context & { played: boolean }

/** One segment of those before. Only lines whose kind can matter are parsed. */
const lookThrough = async (from: DeriveFrom, segment: Segment): Promise<Look> => {
  const look: Look = {
    screen: null,
    verdict: null,
    gap: null,
    power: null,
    open: null,
    proofs: [],
    orders: [],
    played: false,
  }
  const path = `${from.dir}/${segment.file}`
  for await (const lines of streamLines(from.fs, path, { gz: segment.gz, damage: () => undefined }))
    for (const line of lines) {
      const kind = kindOf(line)
      if (!MATTERS.has(kind)) continue
      const record = parseRecord(line)
      if (record !== null) take(look, record)
    }
  return look
}

const MATTERS: ReadonlySet<string> = new Set(['screen', 'verdict', 'gap', 'open', 'close', 'proof', 'order', 'power'])

const take = (look: Look, record: EvidenceRecord): void => {
  if (record.kind === 'screen') look.screen = record
  else if (record.kind === 'verdict') look.verdict = record
  else if (record.kind === 'order') look.orders = [...look.orders, record].slice(-MOST_ORDER_LINES)
  else if (record.kind === 'open') Object.assign(look, { open: record, proofs: [], played: true })
  else if (record.kind === 'close') Object.assign(look, { open: null, proofs: [], played: true })
  else if (record.kind === 'power' && 'stage' in record && record.stage === 'done') look.power = record
  else if (record.kind === 'proof') look.proofs.push(record)
  else if (record.kind === 'gap' && record.cause !== 'disk')
    Object.assign(look, { gap: record, screen: null, verdict: null })
}
