import type { EvidenceRecord } from '#core/evidence/record.ts'

/** What a log says after any number of cuts; `faults` is empty when everything holds. */
export type Story = {
  readonly faults: readonly string[]
  readonly records: number
  readonly plays: number
  /** Plays that a cut ended. */
  readonly cuts: number
  /** Runs of the daemon that wrote something. */
  readonly runs: number
}

/** Most faults told: one cause has many. */
const MOST = 20

/**
 * The invariants of design §5.4 over the records of one log, oldest first: numbers without a hole, no play opened or closed twice, no close of a
 * play that was never opened, only the very last play open, every orphan closed as `power-cut` by the run that follows and no longer
 * than its own run lived, every run but the first naming the hole before it.
 */
export const storyOf = (records: readonly EvidenceRecord[]): Story => {
  const faults: string[] = []
  const bad = (record: EvidenceRecord | undefined, why: string): void => {
    if (faults.length < MOST) faults.push(`seq ${record?.seq ?? '?'}: ${why}`)
  }
  const opened = new Map<string, EvidenceRecord>()
  const closed = new Set<string>()
  let cuts = 0
  records.forEach((record, i) => {
    const before = records[i - 1]
    if (before !== undefined && record.seq !== before.seq + 1) bad(record, `follows ${before.seq}`)
    if (record.kind === 'open') {
      if (opened.has(record.play)) bad(record, `the play ${record.play} is opened twice`)
      for (const play of opened.keys()) if (!closed.has(play)) bad(record, `the play ${play} was not closed`)
      opened.set(record.play, record)
    } else if (record.kind === 'close') {
      const open = opened.get(record.play)
      // The oldest days may have been deleted with the beginning of a play.
      if (open === undefined && (records[0]?.seq ?? 0) === 0) bad(record, `the play ${record.play} was never opened`)
      if (closed.has(record.play)) bad(record, `the play ${record.play} is closed twice`)
      closed.add(record.play)
      if (record.cause === 'power-cut') cuts++
      if (open !== undefined) checkLength({ open, close: record, records, bad })
    }
  })
  const runs = checkRuns(records, bad)
  return { faults, records: records.length, plays: opened.size, cuts, runs }
}

type Bad = (record: EvidenceRecord | undefined, why: string) => void

/** An orphan lasted at most until the last that its own run said; nothing lasts longer than its run's clock says. */
const checkLength = (of: {
  readonly open: EvidenceRecord
  readonly close: EvidenceRecord & { readonly kind: 'close' }
  readonly records: readonly EvidenceRecord[]
  readonly bad: Bad
}): void => {
  const { open, close } = of
  if (close.cause !== 'power-cut') {
    if (close.boot !== open.boot) of.bad(close, `another run closed ${close.play} as ${close.cause}`)
    return
  }
  if (close.boot === open.boot) return of.bad(close, `${close.play} was cut by its own run`)
  const last = of.records.findLast((r) => r.boot === open.boot && r.seq < close.seq)
  const most = last === undefined ? 0 : last.at.mono - open.at.mono
  if (close.ms > most) of.bad(close, `${close.play} lasted ${close.ms} ms, its run ended after ${most} ms`)
}

const checkRuns = (records: readonly EvidenceRecord[], bad: Bad): number => {
  const runs = new Map<string, EvidenceRecord[]>()
  for (const record of records) {
    const run = runs.get(record.boot)
    if (run === undefined) runs.set(record.boot, [record])
    else run.push(record)
  }
  let end = records[0]?.at.wall ?? 0
  // The oldest run there is began the log, or its beginning was deleted.
  let first = true
  const list = [...runs.values()]
  list.forEach((run, i) => {
    const gap = run.find((r) => r.kind === 'gap' && (r.cause === 'power-cut' || r.cause === 'stopped'))
    // A run that was cut in its first write may have left less than its gap; the next one then names the hole before both.
    const unborn =
      i === list.length - 1 || run.every((r) => r.kind === 'seal' || (r.kind === 'close' && r.cause === 'power-cut'))
    if (gap === undefined && !first && !unborn) bad(run[0], `the run ${run[0]?.boot} does not name the hole before it`)
    if (gap?.kind === 'gap' && gap.fromWall > end) bad(gap, `the hole begins at ${gap.fromWall}, known is ${end}`)
    if (gap !== undefined || first) end = run.at(-1)?.at.wall ?? end
    first = false
  })
  return runs.size
}
