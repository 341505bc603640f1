import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { LINK_LIMITS } from '#core/contract/link.ts'
import { glassGrid } from './glass.ts'
import type { MpvIpc } from './ipc.ts'
import { difference, type Grid, gridOf, isBlack, MOST_PIXELS, SAME_BELOW, thumbnail } from './look.ts'
import type { Showing } from './showing.ts'

/** Looks at what is really out: the X server's screen where there is one, else the player's own output. */
export type Eyes = {
  /**
   * Compares the output with what it should be: a picture or drawn page with its file, cell by cell; a clip with the frame that was decoded.
   * Darkness is only wrong where the source is not dark. Null when that could not be judged, or `current` said no in the meantime.
   */
  readonly check: (
    showing: Showing,
    of: { readonly looks: readonly number[]; readonly current: () => boolean },
  ) => Promise<Seen | null>
  readonly frame: () => Promise<Frame | null>
}
/** `trouble`: what is wrong is the screen, so it can be healed. */
export type Seen = {
  readonly proof: 'seen' | 'contradicted'
  readonly how: string
  readonly trouble: 'black' | 'covered' | null
}
const seen = (how: string): Seen => ({ proof: 'seen', how, trouble: null })
/** `at`: milliseconds on the monotonic clock when it was taken. */
export type Frame = { readonly mime: 'image/jpeg'; readonly bytes: Uint8Array; readonly at: number }

/** Looks are taken this long after the player said it shows, ms; a video may begin with black. */
export const FIRST_LOOKS_MS = [120, 600, 2_000] as const
/** A clip moves on between the look at the screen and the one at the decoder; below this they count as the same scene. */
const SAME_CLIP_BELOW = 40
const THUMBNAIL_WIDTH = 640
/** A thumbnail is taken again after this, ms. */
const FRESH_MS = 500
/** Grids of files that are kept while they are shown: a deck has at most sixty slides. */
const MOST_GRIDS = 64

type EyesOptions = {
  readonly runDir: string
  readonly ipc: () => MpvIpc | null
  readonly panel: { readonly width: number; readonly height: number }
  /** The X display whose screen can be looked at; null: there is none. */
  readonly display: string | null
  readonly now: () => number
}

export const createEyes = (options: EyesOptions): Eyes => {
  const run = { next: 0, frame: null as Frame | null, taking: null as Promise<Frame | null> | null }
  const grids = new Map<string, Grid>()

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
  const decoded = async (): Promise<Grid | null> => {
    const path = await shoot()
    if (path === null) return null
    const grid = await gridOf(path, options.panel)
    return grid.ok ? grid.value : null
  }
  const glass = async (): Promise<Grid | null> => {
    if (options.display === null) return null
    const grid = await glassGrid(options.display, options.panel)
    return grid.ok ? grid.value : null
  }
  const wantedOf = async (path: string): Promise<Grid | null> => {
    const known = grids.get(path)
    if (known !== undefined) return known
    const grid = await gridOf(path, options.panel)
    if (!grid.ok) return null
    if (grids.size >= MOST_GRIDS) grids.clear()
    grids.set(path, grid.value)
    return grid.value
  }
  const still = async (showing: Showing): Promise<Seen | null> => {
    const { at } = showing
    const wanted = await wantedOf(showing.files[at]?.path ?? '')
    if (wanted === null) return null
    const onGlass = await glass()
    const output = onGlass ?? (await decoded())
    // A page that turned meanwhile proves nothing about either.
    if (output === null || showing.at !== at) return null
    const where = onGlass === null ? 'the frame' : 'the screen'
    const off = difference(wanted, output)
    if (off < SAME_BELOW) return seen(`${where} matches (differs by ${off.toFixed(1)} of 255)`)
    const black = isBlack(output)
    const how = black ? `${where} is black, the picture is not` : `${where} differs by ${off.toFixed(1)} of 255`
    // A file that mpv and we read differently (a turned photograph) is no trouble of the screen, and no new window would change it.
    const frame = onGlass === null ? null : await decoded()
    const trouble = frame !== null && difference(frame, output) >= SAME_BELOW ? (black ? 'black' : 'covered') : null
    return { proof: 'contradicted', how, trouble }
  }
  const clip = async (): Promise<Seen | null> => {
    const output = await glass()
    const frame = await decoded()
    if (output === null) {
      // The decoder's frame alone: a clip may be black for as long as it likes, and that proves nothing.
      return frame === null || isBlack(frame) ? null : seen('the frame is not black')
    }
    if (frame === null) return null
    const off = difference(output, frame)
    if (isBlack(output))
      return isBlack(frame)
        ? null
        : { proof: 'contradicted', how: "the screen is black, the clip's frame is not", trouble: 'black' }
    return off < SAME_CLIP_BELOW
      ? seen(`the screen shows the clip's frame (differs by ${off.toFixed(1)} of 255)`)
      : {
          proof: 'contradicted',
          how: `the screen differs from the clip's frame by ${off.toFixed(1)} of 255`,
          trouble: 'covered',
        }
  }
  const thumbnailNow = async (): Promise<Frame | null> => {
    const at = options.now()
    const path = await shoot()
    if (path === null) return null
    const picture = await thumbnail(path, { width: THUMBNAIL_WIDTH, bytes: LINK_LIMITS.frameBytes })
    return picture.ok ? { mime: 'image/jpeg', bytes: picture.value, at } : null
  }
  return {
    check: async (showing, { looks, current }) => {
      if (showing.kind === 'dark') return null
      let verdict: Seen | null = null
      for (const [i, ms] of looks.entries()) {
        await pause(ms - (looks[i - 1] ?? 0))
        if (!current()) return null
        const found = await (showing.kind === 'video' ? clip() : still(showing))
        if (!current()) return null
        if (found?.proof === 'seen') return found
        // A clip that is dark at the last look takes back what an earlier one said of it.
        if (found !== null || showing.kind === 'video') verdict = found
      }
      return verdict
    },
    frame: () => {
      if (run.frame !== null && options.now() - run.frame.at < FRESH_MS) return Promise.resolve(run.frame)
      run.taking ??= thumbnailNow().then((taken) => {
        run.taking = null
        run.frame = taken
        return taken
      })
      return run.taking
    },
  }
}
