import type { Log } from '#core/base/ports.ts'
import { evictionOrder, type Stored, toFree } from '#core/evidence/evict.ts'
import { keepUntil } from '#core/evidence/keep.ts'
import { believedDates } from '#core/evidence/trusted-day.ts'
import type { Archive } from './archive.ts'
import type { StoredAsset } from './asset-room.ts'
import { RESERVE_BYTES } from './budget.ts'
import { type PlaylogFs, tryDisk } from './playlog-fs.ts'
import type { Segment } from './playlog-segments.ts'

/**
 * What the daemon gives up when the disk is nearly full, in the order of `evictionOrder`: evidence last, nothing before its time. Days of the
 * log past their retention are deleted by the log itself, which writes down that it did.
 */
export type PressurePorts = {
  /** `<data>` */
  readonly data: string
  readonly fs: PlaylogFs
  readonly log: Log
  readonly freeBytes: () => number | null
  /** As the log bears it out; null: nobody knows which day it is. */
  readonly today: () => string | null
  readonly playMonths: number
  readonly aggregateMonths: number
  readonly segments: () => readonly Segment[]
  readonly archive: Pick<Archive, 'kept' | 'files' | 'evict'>
  readonly assets: {
    readonly stored: () => readonly StoredAsset[]
    readonly evict: (names: readonly string[]) => void
  }
  /** Lets the log delete what is past its retention. */
  readonly upkeep: () => Promise<unknown>
}

/** When less is free than this, so much is made free that twice as much is. */
export const RELIEVED_BYTES = 2 * RESERVE_BYTES

/** Looks, and acts if it must. Answers what was given up. Throws nothing that the disk does. */
export const relieve = async (ports: PressurePorts): Promise<readonly Stored[]> => {
  const free = ports.freeBytes()
  if (free === null || free >= RESERVE_BYTES) return []
  const order = evictionOrder(storedNow(ports), ports.today())
  const going = toFree(order, RELIEVED_BYTES - free)
  for (const one of going) {
    const gone = tryDisk(one.name, () => remove(ports, one))
    if (!gone.ok) ports.log('error', 'something could not be removed to make room', { ...gone.error })
    else ports.log('warn', 'removed to make room on the disk', { kind: one.kind, name: one.name, bytes: one.bytes })
  }
  if (going.some((one) => one.kind === 'evidence')) await ports.upkeep()
  if (going.length === 0)
    ports.log('error', 'the disk is nearly full and nothing on it may go before its time', { freeBytes: free })
  return going
}

const remove = (ports: PressurePorts, one: Stored): void => {
  const { fs, data } = ports
  switch (one.kind) {
    case 'partial':
    case 'asset':
      return ports.assets.evict([one.name])
    case 'aggregate':
      return fs.unlink(`${data}/aggregates/${one.name}.jsonl`)
    case 'leftover':
      return fs.unlink(`${data}/plays/${one.name}`)
    case 'approval':
      return ports.archive.evict(one.name)
    case 'evidence':
      // The log does this itself, in one go, and says so in a record.
      return
  }
}

const storedNow = (ports: PressurePorts): readonly Stored[] => {
  const kept = ports.archive.kept()
  const until = (map: ReadonlyMap<string, string> | undefined, name: string) =>
    map === undefined ? ('unknown' as const) : (map.get(name) ?? null)
  const assets = ports.assets.stored().map(({ name, bytes, wanted }): Stored => {
    return name.endsWith('.part')
      ? { kind: 'partial', name, bytes, wanted }
      : { kind: 'asset', name, bytes, wanted, keepUntil: until(kept?.assets, name) }
  })
  const approvals = listed(() => ports.archive.files()).map(
    ({ name, bytes }): Stored => ({ kind: 'approval', name, bytes, keepUntil: until(kept?.approvals, name) }),
  )
  const segments = ports.segments()
  // As the log itself dates them: a day of a clock that was unset is none that will go.
  const dates = believedDates(
    segments.map((s) => s.date),
    ports.today() ?? '',
  )
  const evidence = segments.map(
    ({ file, date, bytes }, i): Stored => ({
      kind: 'evidence',
      name: file,
      bytes,
      keepUntil: keepUntil(dates[i] || date, ports.playMonths),
    }),
  )
  return [...assets, ...approvals, ...leftovers(ports), ...aggregates(ports), ...evidence]
}

const listed = <T>(list: () => readonly T[]): readonly T[] => {
  const done = tryDisk('the data folder', list)
  return done.ok ? done.value : []
}

/** Drafts of writes that were cut off hold nothing that counts; what was torn off a day's end is kept as long as the day. */
const leftovers = (ports: PressurePorts): readonly Stored[] => {
  const dir = `${ports.data}/plays`
  return listed(() =>
    ports.fs.list(dir).flatMap((name): readonly Stored[] => {
      const torn = /^torn-(\d{4}-\d{2}-\d{2})/.exec(name)?.[1]
      if (torn === undefined && !name.endsWith('.tmp')) return []
      const bytes = ports.fs.size(`${dir}/${name}`)
      return [
        { kind: 'leftover', name, bytes, keepUntil: torn === undefined ? null : keepUntil(torn, ports.playMonths) },
      ]
    }),
  )
}

const aggregates = (ports: PressurePorts): readonly Stored[] => {
  const dir = `${ports.data}/aggregates`
  return listed(() =>
    ports.fs.list(dir).flatMap((file): readonly Stored[] => {
      const month = /^(\d{4}-\d{2})\.jsonl$/.exec(file)?.[1]
      if (month === undefined) return []
      const bytes = ports.fs.size(`${dir}/${file}`)
      return [{ kind: 'aggregate', name: month, bytes, keepUntil: keepUntil(`${month}-31`, ports.aggregateMonths) }]
    }),
  )
}
