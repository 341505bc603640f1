import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { at } from '#core/airtime/samples.ts'
import { type Instant, instant, mono } from '#core/base/units.ts'
import { active } from '#core/emergency/book.ts'
import { verifiedOrder } from '../build.ts'
import { storyOf } from './invariants.ts'
import { type DiskOperation, type Fate, type MemoryDisk, memoryDisk, PowerCut } from './memory-disk.ts'
import { foldOf, logOf, PLAYS, recordsOf, SITE, type Tiny, verify, wakeTiny } from './tiny.ts'

const FIRST_DAY = at('2026-11-01 10:00')
const DAYS = 34
const DAY_MS = 86_400_000
/** The day after the last of those, just before midnight. */
const EVENING = at('2026-12-05 23:59:40')
const MONTHS = 1
/** Nothing of this date or later may be deleted on the day after `EVENING`: one calendar month. A seal is stamped on the day after its own. */
const KEPT_FROM = '2026-11-06'
/** Reading is tried apart: it changes nothing, and there is much of it. */
const CHANGES: readonly DiskOperation[] = [
  'open',
  'write',
  'sync',
  'truncate',
  'rename',
  'unlink',
  'link',
  'syncDir',
  'close',
]

/** A month of finished days, packed but for the last. */
const month = async (): Promise<MemoryDisk> => {
  const disk = memoryDisk()
  const opened = logOf(disk)
  if (!opened.ok) throw new Error(opened.error.detail)
  for (let day = 0; day < DAYS; day++) {
    const wall = instant(FIRST_DAY + day * DAY_MS)
    const reading = { wall, mono: mono(day * DAY_MS), quality: 'synced', bootId: 'boot-0' } as const
    expect(opened.value.append([{ kind: 'heartbeat', play: 'p' }], reading).ok).toBe(true)
    if (day < DAYS - 1) continue
    expect((await opened.value.upkeep(reading, 6)).ok).toBe(true)
  }
  disk.cut('worst')
  return disk
}

/** Every line of the log as it is on the disk, by its number. */
const linesOf = (disk: MemoryDisk, packed = true): ReadonlyMap<number, string> => {
  const lines = new Map<number, string>()
  for (const path of disk.paths()) {
    const plain = `${PLAYS}/${path.slice(PLAYS.length + 1).replace(/\.gz$/, '')}`
    if (!path.startsWith(PLAYS) || !/\.jsonl(\.gz)?$/.test(path)) continue
    if (path !== plain && !packed) continue
    // A packed copy beside its original is one that a cut left.
    if (path !== plain && disk.file(plain) !== null) continue
    const bytes = disk.file(path) ?? Buffer.alloc(0)
    for (const line of (path === plain ? bytes : gunzipSync(bytes)).toString('utf8').split('\n').slice(0, -1)) {
      const seq = Number(/^\{"seq":(\d+),/.exec(line)?.[1])
      if (Number.isSafeInteger(seq)) lines.set(seq, line)
    }
  }
  return lines
}

/** What the outside was told: records that the log counted, and receipts that went out. */
type Told = { readonly lines: Map<number, string>; readonly receipts: Set<string>; finished: boolean }

const orderAt = (id: string, now: Instant, over: object) =>
  verifiedOrder({ id, targets: [SITE], issuedAt: now, startsAt: now, expiresAt: instant(now + 7_200_000), ...over })

/** Plays over midnight, an order and its cancel, the seal, upkeep with packing and deleting, more plays, a clean stop. */
const story = async (disk: MemoryDisk): Promise<Told> => {
  const told: Told = { lines: new Map(), receipts: new Set(), finished: false }
  try {
    const run = wakeTiny(disk, 'boot-1', EVENING)
    if (run === null) return told
    note(disk, run, told)
    for (let s = 1; s <= 45; s += 2) {
      const now = instant(EVENING + s * 1_000)
      if (s === 3) run.post({ event: 'order', order: orderAt('O1', now, {}) }, now)
      const cancel = { action: 'cancel', references: ['O1'], texts: [] }
      if (s === 25) run.post({ event: 'order', order: orderAt('O2', now, cancel) }, now)
      if (s === 31)
        await run.log.upkeep({ wall: now, mono: mono(s * 1_000), quality: 'synced', bootId: 'boot-1' }, MONTHS)
      run.post({ event: 'tick' }, now)
      note(disk, run, told)
    }
    run.post({ event: 'stop', reason: 'told to stop' }, instant(EVENING + 46_000))
    note(disk, run, told)
    told.finished = run.log.close().ok && run.log.state().writable
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
  }
  return told
}

const note = (disk: MemoryDisk, run: Tiny, told: Told): void => {
  const head = run.log.head()
  // What this run writes is not packed yet.
  for (const [seq, line] of linesOf(disk, false)) if (seq <= head && seq >= DAYS) told.lines.set(seq, line)
  for (const { order, stage } of run.receipts) told.receipts.add(`${order} ${stage}`)
}

/** What must hold after whatever happened, and a new start on what is there. */
const check = (
  disk: MemoryDisk,
  of: { readonly told: Told; readonly base: ReadonlyMap<number, string>; readonly what: string },
): void => {
  const { told, what } = of
  disk.before = () => 'fine'
  const again = wakeTiny(disk, 'boot-2', instant(EVENING + 600_000))
  if (again === null) throw new Error(`${what}: the log does not open`)
  const found = verify(disk)
  expect(found.breaks, what).toEqual([])
  const lines = linesOf(disk)
  const lost = [...told.lines].filter(([seq, line]) => lines.get(seq) !== line)
  expect(lost, `${what}: acknowledged and lost`).toEqual([])
  const gone = [...of.base].filter(([seq, line]) => lines.get(seq) !== line)
  // Only from the old end, and only what is past its time.
  expect(
    gone.map(([seq]) => seq),
    what,
  ).toEqual(gone.map((_, i) => i))
  const young = gone.filter(
    ([, line]) => !line.includes('"kind":"seal"') && (/"iso":"([\d-]{10})/.exec(line)?.[1] ?? '9') >= KEPT_FROM,
  )
  expect(young, what).toEqual([])
  const records = recordsOf(again.log)
  expect(storyOf(records).faults, what).toEqual([])
  const folded = records.filter((r) => r.seq >= again.foldedFrom)
  expect(again.state().ledger, `${what}: the ledger is the fold of the log`).toEqual(foldOf(folded))
  const inForce = active(again.state().orders).map((entry) => entry.order.id)
  if (told.receipts.has('O2 accepted')) expect(inForce, what).toEqual([])
  else if (told.receipts.has('O1 accepted'))
    expect([['O1'], []], `${what}: accepted and forgotten`).toContainEqual(inForce)
  if (told.receipts.has('O1 accepted') && inForce.length === 0)
    expect(
      records.some((r) => r.kind === 'order' && r.order === 'O1' && r.stage === 'ended'),
      what,
    ).toBe(true)
}

type Counted = { readonly kinds: Map<DiskOperation, number>; calls: number }

/** The n-th operation of these kinds meets this fate, and so do the `times - 1` after it. */
const fateAt = (
  disk: MemoryDisk,
  of: { readonly nth: number; readonly times: number; readonly fate: Fate; readonly kinds: readonly DiskOperation[] },
): Counted => {
  const counted: Counted = { kinds: new Map(), calls: 0 }
  disk.before = (operation) => {
    if (!of.kinds.includes(operation)) return 'fine'
    counted.calls++
    if (counted.calls < of.nth || counted.calls >= of.nth + of.times) return 'fine'
    if (of.fate === 'short' && operation !== 'write') return 'fine'
    counted.kinds.set(operation, (counted.kinds.get(operation) ?? 0) + 1)
    return of.fate
  }
  return counted
}

const NEVER = Number.POSITIVE_INFINITY

test.each([
  ['EIO', 1, CHANGES],
  ['ENOSPC', 30, CHANGES],
  ['short', 1, ['write']],
  ['cut', 1, CHANGES],
  ['EIO', 1, ['read', 'list']],
] as const)(
  'the n-th file operation meets %s (%i in a row, %j), for every n',
  async (fate, times, kinds) => {
    const base = await month()
    const before = linesOf(base)
    const dry = base.clone()
    const all = fateAt(dry, { nth: NEVER, times, fate, kinds })
    const whole = await story(dry)
    expect(whole.finished).toBe(true)
    const total = all.calls
    check(dry, { told: whole, base: before, what: 'nothing fails' })
    const hit = new Map<DiskOperation, number>()
    let tried = 0
    let unharmed = 0
    for (let nth = 1; nth <= total + 1; nth++) {
      const disk = base.clone()
      const counted = fateAt(disk, { nth, times, fate, kinds })
      const told = await story(disk)
      for (const [kind, count] of counted.kinds) hit.set(kind, (hit.get(kind) ?? 0) + count)
      if (counted.kinds.size === 0) unharmed++
      const what = `n=${nth} of ${total} (${[...counted.kinds.keys()].join()})`
      // The process dies, or the power with it: both must find everything that was acknowledged.
      if (fate === 'cut') disk.cut(nth % 2 === 0 ? 'worst' : 'names')
      else if (nth % 2 === 0) disk.cut('worst')
      check(disk, { told, base: before, what })
      tried++
    }
    expect(tried).toBe(total + 1)
    expect(unharmed, 'the last one passes without an error').toBe(1)
    expect([...hit.keys()].toSorted(), 'every kind of operation was hit').toEqual(
      [...kinds].filter((kind) => kind !== 'truncate' || hit.has('truncate')).toSorted(),
    )
    console.log(
      `crash: ${fate} × ${times}: ${tried} operations tried: ${[...hit].map(([kind, n]) => `${kind} ${n}`).join(', ')}`,
    )
  },
  120_000,
)
