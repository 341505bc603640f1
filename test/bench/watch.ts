import { openProbe } from '../support/pixels.ts'

/** Rows of the picture that are read at each look. */
const ROWS = 8
/** Between looks, ms: what a measured time may be too long by. */
const LOOK_MS = 1
/** So long without a change means that the new picture is complete, ms. */
const STILL_MS = 400
const MOST_MS = 15_000

export type Change = {
  /** From `go` to the first look that saw the final picture, ms. */
  readonly firstFrameMs: number
}

/**
 * Reads pixels of the X screen once a millisecond and says when the picture came that was there in the end. The frames of whatever
 * played before are not taken for it. `go` makes the change and gives the instant (performance.now) the time counts from.
 */
export const timeChange = async (xwd: string, go: () => Promise<number>): Promise<Change> => {
  const probe = openProbe(xwd, ROWS)
  try {
    const seen: { readonly at: number; readonly rows: Buffer }[] = [{ at: performance.now(), rows: probe.look() }]
    const run = { from: null as number | null, failed: null as unknown }
    const gone = go().then(
      (at) => {
        run.from = at
      },
      (error: unknown) => {
        run.failed = error
      },
    )
    const end = performance.now() + MOST_MS
    for (;;) {
      const rows = probe.look()
      const now = performance.now()
      const last = seen.at(-1)
      if (last === undefined || !rows.equals(last.rows)) seen.push({ at: now, rows })
      if (run.failed !== null) throw run.failed
      const changed = seen.at(-1)?.at ?? 0
      if (run.from !== null && changed > run.from && now - changed > STILL_MS) break
      if (now > end) throw new Error(`the picture did not change and come to rest within ${MOST_MS} ms`)
      await new Promise((again) => setTimeout(again, LOOK_MS))
    }
    await gone
    const from = run.from
    const final = seen.at(-1)
    const first = seen.find((s) => s.at > from && final !== undefined && s.rows.equals(final.rows))
    if (first === undefined) throw new Error('the final picture was never seen')
    return { firstFrameMs: first.at - from }
  } finally {
    probe.close()
  }
}
