import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { LINK_LIMITS } from '#core/contract/link.ts'
import type { Proof } from '#core/policy/policy.ts'
import type { MpvIpc } from './ipc.ts'
import { difference, type Grid, gridOf, isBlack, MOST_PIXELS, SAME_BELOW, thumbnail } from './look.ts'
import type { Showing } from './showing.ts'

/** Looks at the player's own output. */
export type Eyes = {
  /**
   * Compares the output with what it should be: for a picture or drawn page cell by cell, for a video only that it is not black.
   * Null when that could not be judged, or `current` said no in the meantime.
   */
  readonly check: (
    showing: Showing,
    current: () => boolean,
  ) => Promise<{ readonly proof: Proof; readonly how: string } | null>
  readonly frame: () => Promise<Frame | null>
}
/** `at`: milliseconds on the monotonic clock when it was taken. */
export type Frame = { readonly mime: 'image/jpeg'; readonly bytes: Uint8Array; readonly at: number }

/** Looks are taken this long after the player said it shows, ms; a video may begin with black. */
const LOOKS_MS = [120, 600, 2_000] as const
const THUMBNAIL_WIDTH = 640
/** A thumbnail is taken again after this, ms. */
const FRESH_MS = 500

export const createEyes = (options: {
  readonly runDir: string
  readonly ipc: () => MpvIpc | null
  readonly panel: { readonly width: number; readonly height: number }
  readonly now: () => number
}): Eyes => {
  const run = { next: 0, frame: null as Frame | null, taking: null as Promise<Frame | null> | null }

  /** Path of a fresh picture of the output, in the video's own size. At most eight names, so that nothing piles up. */
  const shoot = async (): Promise<string | null> => {
    const ipc = options.ipc()
    if (ipc === null) return null
    const size = await Promise.all(['width', 'height'].map((name) => ipc.command(['get_property', name])))
    const [width, height] = size.map((answer) => (answer.ok && typeof answer.value === 'number' ? answer.value : 0))
    if (!width || !height || width * height > MOST_PIXELS) return null
    const path = join(options.runDir, `look-${run.next}.jpg`)
    run.next = (run.next + 1) % 8
    const shot = await ipc.command(['screenshot-to-file', path, 'video'])
    return shot.ok ? path : null
  }
  const seen = async (): Promise<Grid | null> => {
    const path = await shoot()
    if (path === null) return null
    const grid = await gridOf(path, options.panel)
    return grid.ok ? grid.value : null
  }
  const frame = async (): Promise<Frame | null> => {
    const at = options.now()
    const path = await shoot()
    if (path === null) return null
    const picture = await thumbnail(path, { width: THUMBNAIL_WIDTH, bytes: LINK_LIMITS.frameBytes })
    return picture.ok ? { mime: 'image/jpeg', bytes: picture.value, at } : null
  }
  return {
    check: async (showing, current) => {
      const first = showing.files[0]
      if (first === undefined || showing.kind === 'dark') return null
      const wanted = showing.kind === 'video' ? null : await gridOf(first.path, options.panel)
      if (wanted !== null && !wanted.ok) return null
      let verdict: { proof: Proof; how: string } | null = null
      for (const [i, ms] of LOOKS_MS.entries()) {
        await pause(ms - (LOOKS_MS[i - 1] ?? 0))
        if (!current()) return null
        const grid = await seen()
        if (!current() || grid === null) continue
        if (wanted === null) {
          if (!isBlack(grid)) return { proof: 'seen', how: 'the frame is not black' }
          verdict = null // a clip may be black for as long as it likes; that proves nothing
        } else {
          const off = difference(wanted.value, grid)
          if (off < SAME_BELOW) return { proof: 'seen', how: `the frame matches (differs by ${off.toFixed(1)} of 255)` }
          verdict = { proof: 'contradicted', how: `the frame differs by ${off.toFixed(1)} of 255` }
        }
      }
      return verdict
    },
    frame: () => {
      if (run.frame !== null && options.now() - run.frame.at < FRESH_MS) return Promise.resolve(run.frame)
      run.taking ??= frame().then((taken) => {
        run.taking = null
        run.frame = taken
        return taken
      })
      return run.taking
    },
  }
}
