import type { Log } from '#core/base/ports.ts'
import { type EdgeMessage, LINK_LIMITS } from '#core/contract/link.ts'

/** The play log as the link reads it. Lines are whole, without their newline. */
export type EvidenceSource = {
  /** Sequence number of the newest record, -1 when there is none. */
  readonly head: () => number
  /** Lines from `fromSeq` on, in order, at most `limit`. */
  readonly read: (ask: { readonly fromSeq: number; readonly limit: number }) => Promise<readonly string[]>
}

/** Gives the hub every line it does not have, in order, idempotently: by sequence number, at most `WINDOW` lines unconfirmed. */
export type Backfill = {
  /** `next`: first sequence number the hub does not have. */
  readonly start: (next: number) => void
  readonly acked: (next: number) => void
  /** There may be something to send. */
  readonly kick: () => void
  readonly confirmed: () => number
  /** Why no more lines reach the hub until a person has looked, for people; null while they do. */
  readonly trouble: () => string | null
  readonly stop: () => void
}

const WINDOW = 2 * LINK_LIMITS.evidenceLines
/** A message holds at most this many characters of lines, far below the bound of the link. */
const BATCH_CHARS = 1_048_576
/** Lines longer than this cannot travel (core/contract/link.ts). The log never writes such. */
const LINE_CHARS = 65_536
/**
 * Unconfirmed for this long: sent again from the last confirmed line, ms; twice as long each time in a row up to the most. A hub that
 * does not answer for days (two histories of one cluster wait for a person) must not cost a mobile line gigabytes.
 */
const AGAIN_MS = [15_000, 600_000] as const

export const createBackfill = (options: {
  readonly source: EvidenceSource
  readonly send: (message: EdgeMessage) => void
  readonly log: Log
}): Backfill => {
  const run = {
    active: false,
    confirmed: 0,
    sent: 0,
    progressAt: 0,
    againMs: AGAIN_MS[0] as number,
    reading: false,
    era: 0,
    missed: -1,
    trouble: null as string | null,
  }
  const missing = (): void => {
    run.trouble = `trung tâm cần bản ghi từ số ${run.sent}, nhật ký không còn · the hub asks for records from ${run.sent} on that the log no longer has`
    if (run.missed === run.sent) return
    run.missed = run.sent
    options.log('error', 'the hub asks for lines that the play log no longer has; a person must look', {
      from: run.sent,
      head: options.source.head(),
    })
  }
  const pump = async (): Promise<void> => {
    if (run.reading) return
    run.reading = true
    const { era } = run
    try {
      while (run.active && era === run.era && run.sent <= options.source.head() && run.sent - run.confirmed < WINDOW) {
        const lines = fitting(await options.source.read({ fromSeq: run.sent, limit: LINK_LIMITS.evidenceLines }))
        if (!run.active || era !== run.era) break
        if (lines.length === 0 || startsAfter(lines, run.sent)) {
          missing()
          break
        }
        options.send({ t: 'evidence', from: run.sent, lines: [...lines] })
        if (run.missed !== -1) Object.assign(run, { missed: -1, trouble: null })
        run.sent += lines.length
      }
    } catch (error) {
      options.log('error', 'the play log cannot be read for the hub', { why: (error as Error).message })
    } finally {
      run.reading = false
    }
    // The link may have come back while a read for the one before was under way.
    if (run.active && era !== run.era) void pump()
  }
  return {
    start: (next) => {
      const head = options.source.head()
      run.trouble =
        next > head + 1
          ? `trung tâm có đến bản ghi số ${next - 1}, nhật ký chỉ đến số ${head} · the hub has records up to ${next - 1}, the log only up to ${head}`
          : null
      if (next > head + 1)
        options.log('error', 'the hub has more of our play log than we do; was the disk changed?', {
          hubNext: next,
          head,
        })
      // Our newest line then shows the hub that there are two histories, which it reports; it is not stored over what is there.
      const from = next > head + 1 ? Math.max(0, head) : next
      Object.assign(run, { active: true, confirmed: from, sent: from, era: run.era + 1 })
      Object.assign(run, { progressAt: performance.now(), againMs: AGAIN_MS[0] })
      void pump()
    },
    acked: (next) => {
      if (next < run.confirmed || next > run.sent) {
        // Another number than ours means the hub wants to go on from there; it may have begun a chain of its own for us.
        if (next >= 0 && next <= options.source.head() + 1) Object.assign(run, { sent: next, trouble: null })
        run.era += 1
      }
      run.confirmed = Math.min(next, options.source.head() + 1)
      Object.assign(run, { progressAt: performance.now(), againMs: AGAIN_MS[0] })
      void pump()
    },
    kick: () => {
      if (!run.active) return
      if (run.sent > run.confirmed && performance.now() - run.progressAt > run.againMs) {
        run.sent = run.confirmed
        run.progressAt = performance.now()
        run.againMs = Math.min(AGAIN_MS[1], run.againMs * 2)
      }
      void pump()
    },
    confirmed: () => run.confirmed,
    trouble: () => run.trouble,
    stop: () => {
      run.active = false
      run.era += 1
    },
  }
}

/** Where the log has a hole, its answer begins after it. The hub takes no chain with a hole. */
const startsAfter = (lines: readonly string[], from: number): boolean =>
  Number(/^\{"seq":(\d+),/.exec(lines[0] ?? '')?.[1] ?? from) > from

const fitting = (lines: readonly string[]): readonly string[] => {
  let chars = 0
  const end = lines.findIndex((line) => {
    chars += line.length
    return line.length > LINE_CHARS || chars > BATCH_CHARS
  })
  return end === -1 ? lines : lines.slice(0, end)
}
