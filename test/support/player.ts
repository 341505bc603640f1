import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCanvas } from '#controller/raster/canvas.ts'
import { createRaster } from '#controller/raster/render.ts'
import type { Item } from '#core/content/item.ts'
import type { Order } from '#core/emergency/order.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import type { Paces } from '#edge/player/guard.ts'
import { createPages } from '#edge/player/pages.ts'
import { createPlayer } from '#edge/player/player.ts'
import type { SoundRules } from '#edge/player/sound.ts'
import { item as anItem, orderBody, sceneFor } from '#edge/player/testing.ts'
import type { Happening } from '#edge/shell/loop.ts'
import { cleanup, collector, memoryLog, temporary } from '#edge/test/support.ts'
import { openScreen, type Screen } from './screen.ts'
import { PATIENCE_MS } from './until.ts'

/** For tests only: a real mpv on a real X screen of its own (or without an output), and what it says. */

export const PANEL = { width: 320, height: 160 }
export const QUIET: SoundRules = { audio: false, outdoors: true, muteAdsOutdoors: true }

export const item = (over: Partial<Item> = {}): Item =>
  anItem({ kind: 'image', texts: [{ language: 'vi', title: 'Thông báo', body: 'Nội dung thông báo' }], ...over })

export const order = (over: Partial<Order> = {}): Order => orderBody(over)

/** A picture of one colour in a file of that name; the format goes by the ending. */
export const picture = (folder: string, name: string, colour: string, size = PANEL): string => {
  const canvas = createCanvas(size.width, size.height)
  const context = canvas.getContext('2d')
  context.fillStyle = colour
  context.fillRect(0, 0, size.width, size.height)
  const path = join(folder, name)
  writeFileSync(path, name.endsWith('.jpg') ? canvas.toBuffer('image/jpeg') : canvas.toBuffer('image/png'))
  return path
}

const MAKE_MS = 30_000

/** Whatever ffmpeg makes of these arguments, as a file of that name. */
export const media = (folder: string, name: string, args: readonly string[]): string => {
  const path = join(folder, name)
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args, path], { timeout: MAKE_MS })
  return path
}

/** A clip of one colour. With a tone of so many hertz when asked. */
export const clip = (folder: string, name: string, of: { colour: string; seconds: number; hertz?: number }): string => {
  const picture = ['-f', 'lavfi', '-i', `color=c=${of.colour}:size=320x160:rate=25:duration=${of.seconds}`]
  const tone = of.hertz === undefined ? [] : ['-f', 'lavfi', '-i', `sine=frequency=${of.hertz}:duration=${of.seconds}`]
  return media(folder, name, [...picture, ...tone, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'])
}

export type Rig = {
  readonly output: 'x11' | 'null'
  readonly files?: Readonly<Record<string, string>>
  readonly sound?: SoundRules
  readonly program?: string
  readonly extraArgs?: readonly string[]
  readonly paces?: Partial<Paces>
}

export const rig = async (of: Rig) => {
  const runDir = temporary()
  const screen: Screen | null = of.output === 'x11' ? await openScreen(PANEL) : null
  if (screen !== null) cleanup(screen.stop)
  const raster = createRaster({ fontDirs: [] })
  const events = collector<Happening>()
  const { log, lines } = memoryLog()
  const player = createPlayer({
    output: of.output,
    display: screen?.display ?? null,
    program: of.program ?? 'mpv',
    panel: PANEL,
    siteName: 'Ma Lù Thàng',
    sound: of.sound ?? QUIET,
    extraArgs: of.extraArgs ?? [],
    paces: of.paces ?? {},
    log,
    pages: createPages({ runDir, raster: () => raster, panel: PANEL }),
    runDir,
    assetPath: (sha) => of.files?.[sha] ?? null,
    offsetMinutes: 420,
    post: events.add,
    now: () => performance.now(),
  })
  cleanup(() => player.stop())
  const happened = (
    what: string,
    play: string | null,
    more: { readonly proof?: string; readonly from?: number; readonly atMostMs?: number } = {},
  ) =>
    events.until(
      `${what} ${play} ${more.proof ?? ''}`,
      (e) => {
        if (e.event !== 'player' || e.what !== what) return false
        if (play !== null && 'play' in e && e.play !== play) return false
        return more.proof === undefined || (e.what === 'shown' && e.proof === more.proof)
      },
      { from: more.from ?? 0, atMostMs: more.atMostMs ?? PATIENCE_MS },
    )
  return {
    player,
    events,
    lines,
    runDir,
    screen,
    happened,
    /** As the engine does. */
    show: (play: string, source: SceneSource) => player.show(sceneFor(play, source), source),
  }
}

export const image = (sha256: string, over: Partial<Item> = {}): SceneSource => ({
  source: 'file',
  item: item({ kind: 'image', id: sha256, ...over }),
  sha256,
  mute: true,
})
export const video = (sha256: string, over: Partial<Item> = {}, mute = true): SceneSource => ({
  source: 'file',
  item: item({ kind: 'video', id: sha256, ...over }),
  sha256,
  mute,
})
