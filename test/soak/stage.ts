import { createRaster } from '#controller/raster/render.ts'
import { createPages } from '#edge/player/pages.ts'
import { createPlayer, type Player } from '#edge/player/player.ts'
import { item, sceneFor } from '#edge/player/testing.ts'
import type { Clip } from '../support/clips.ts'
import { openScreen, type Screen } from '../support/screen.ts'

/** The player on a virtual screen, showing one clip after the other: what the soaks of the picture path stand on. */
export type Stage = {
  readonly player: Player
  readonly screen: Screen
  /** Resolves when the first picture is out; rejects when the player gives it up, or after a bound. */
  readonly show: (clip: Clip) => Promise<void>
  readonly close: () => Promise<void>
}

export const STAGE_PANEL = { width: 640, height: 320 }
/** A player that takes longer for one picture does not pass, ms. */
const SHOWN_MS = 15_000

export const openStage = async (of: {
  readonly clips: readonly Clip[]
  readonly folder: string
  readonly say: (line: string) => void
}): Promise<Stage> => {
  const screen = await openScreen(STAGE_PANEL)
  const raster = createRaster({ fontDirs: [] })
  const waiting = new Map<string, (detail: string | null) => void>()
  const up = { resolve: () => {} }
  const isUp = new Promise<void>((resolve) => {
    up.resolve = resolve
  })
  const paths = new Map(of.clips.map((clip) => [clip.name, clip.path]))
  const player = createPlayer({
    output: 'x11',
    display: screen.display,
    program: 'mpv',
    panel: STAGE_PANEL,
    siteName: 'Ma Lù Thàng',
    sound: { audio: false, outdoors: true, muteAdsOutdoors: true },
    extraArgs: [],
    log: (level, message, fields) => {
      if (level === 'error') of.say(`  ${message} ${JSON.stringify(fields)}`)
    },
    pages: createPages({ runDir: of.folder, raster: () => raster, panel: STAGE_PANEL }),
    runDir: of.folder,
    assetPath: (name) => paths.get(name) ?? null,
    offsetMinutes: 420,
    post: (event) => {
      if (event.event !== 'player') return true
      if (event.what === 'up') up.resolve()
      if (event.what === 'shown') waiting.get(event.play)?.(null)
      if (event.what === 'failed') waiting.get(event.play)?.(event.detail)
      return true
    },
    now: () => performance.now(),
  })
  const run = { next: 0 }
  const show = (clip: Clip): Promise<void> => {
    const play = `p${run.next++}`
    const source = {
      source: 'file' as const,
      item: item({ id: clip.name, title: clip.name, kind: clip.kind, texts: [] }),
      sha256: clip.name,
      mute: true,
    }
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${clip.name}: nothing after ${SHOWN_MS} ms`)), SHOWN_MS)
      waiting.set(play, (failed) => {
        clearTimeout(late)
        waiting.delete(play)
        if (failed === null) resolve()
        else reject(new Error(`${clip.name}: ${failed}`))
      })
      player.show(sceneFor(play, source), source)
    })
  }
  const close = async (): Promise<void> => {
    await player.stop()
    if (raster.ok) raster.value.close()
    screen.stop()
  }
  await isUp
  return { player, screen, show, close }
}
