import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRaster } from '#controller/raster/render.ts'
import { emptyLedger } from '#core/airtime/ledger.ts'
import { initial } from '#core/engine/init.ts'
import { step } from '#core/engine/step.ts'
import type { RecordBody } from '#core/evidence/record.ts'
import { anItem, aSchedule, MONDAY_8, readingAt, siteFacts } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { litShare, type Pixels, readPixels } from '../../test/support/pixels.ts'
import { PANEL, picture } from '../../test/support/player.ts'
import { openSampler, openScreen } from '../../test/support/screen.ts'
import { PATIENCE_MS, until } from '../../test/support/until.ts'
import { createInterpreter } from '../shell/interpret.ts'
import { createLoop } from '../shell/loop.ts'
import { cleanup, memoryLog, temporary } from '../test/support.ts'
import { createPages } from './pages.ts'
import { createPlayer, type Player } from './player.ts'

const policy = shippedPolicy()

/** The real engine and the real player on a real screen; the records go into a list, and time begins on a Monday at eight. */
const engine = async (files: Readonly<Record<string, string>>) => {
  const screen = await openScreen(PANEL)
  cleanup(screen.stop)
  const runDir = temporary()
  const raster = createRaster({ fontDirs: [] })
  const { log } = memoryLog()
  const records: RecordBody[] = []
  const live = { player: null as Player | null }
  const begun = performance.now()
  const read = () => readingAt(Math.round(performance.now() - begun))
  const site = siteFacts({ panel: PANEL, hasController: false, audio: false })
  const loop = createLoop({
    initial: initial(site, policy, read()),
    step,
    clock: { read, takeStep: () => 0 },
    log,
    stepped: () => {},
    fatal: (error) => {
      throw error
    },
    interpreter: createInterpreter({
      state: () => loop.state(),
      post: (happening) => loop.post(happening),
      log,
      player: () => live.player,
      append: (bodies) => void records.push(...bodies),
      snapshot: { write: () => {} },
      display: () => null,
      power: () => null,
      relays: () => null,
      hub: () => null,
      assets: { want: () => {} } as unknown as Parameters<typeof createInterpreter>[0]['assets'],
      observeOrder: () => {},
      exit: () => {},
    }),
  })
  cleanup(() => loop.stop())
  live.player = createPlayer({
    output: 'x11',
    display: screen.display,
    program: 'mpv',
    panel: PANEL,
    siteName: site.name,
    sound: { audio: false, outdoors: true, muteAdsOutdoors: true },
    extraArgs: [],
    log,
    pages: createPages({ runDir, raster: () => raster, panel: PANEL }),
    runDir,
    assetPath: (sha) => files[sha] ?? null,
    offsetMinutes: 420,
    post: loop.post,
    now: () => performance.now(),
  })
  cleanup(() => live.player?.stop())
  const hashes = Object.keys(files)
  loop.post({
    event: 'woke',
    durable: null,
    schedule: null,
    registry: null,
    ledger: emptyLedger(policy),
    assets: hashes,
    last: { orphan: null, wall: null, cleanStop: true, tornBytes: 0 },
  })
  return { loop, screen, records, player: live.player }
}

const colour = (screen: Pixels): readonly number[] => screen.rgb(PANEL.width / 2, 8)
const isNear = (a: readonly number[], b: readonly number[]) => a.every((v, i) => Math.abs(v - (b[i] ?? 0)) < 16)

test('every item broken, then the fallback broken: playlist, fallback playlist, standing page, and never a black look', async () => {
  const folder = temporary()
  const sha = (letter: string) => letter.repeat(64)
  const text = (name: string): string => {
    const path = join(folder, name)
    writeFileSync(path, 'no picture at all')
    return path
  }
  // What the player itself has to find out, beside what the first look at the file says.
  const noise = join(folder, 'noise.mp4')
  writeFileSync(noise, Buffer.from(Array.from({ length: 9_000 }, (_, i) => (i * 7919) & 0xff)))
  const files: Record<string, string> = {
    [sha('a')]: text('a.png'),
    [sha('b')]: noise,
    [sha('c')]: text('c.jpg'),
    [sha('d')]: picture(folder, 'd.png', '#20c040'),
  }
  const { loop, screen, records } = await engine(files)
  const one = (id: string, letter: string, kind: 'image' | 'video' = 'image') =>
    anItem({ id, kind, asset: { sha256: sha(letter), bytes: 1000, mime: 'image/png' }, durationMs: 60_000 })
  const items = [one('A', 'a'), one('B', 'b', 'video'), one('C', 'c'), one('D', 'd')]
  const schedule = aSchedule(items, {
    site: loop.state().site.id,
    playlists: [
      { id: 'PL', items: ['A', 'B', 'C'] },
      { id: 'FB', items: ['D'] },
    ],
    fallbackPlaylist: 'FB',
  })
  await until({ what: 'the standing page', atMostMs: PATIENCE_MS }, () =>
    litShare(readPixels(screen.file)) > 0 ? true : undefined,
  )
  const sampler = await openSampler(screen.file, standingPoints(readPixels(screen.file)))
  cleanup(sampler.close)
  sampler.start()
  loop.post({ event: 'schedule', schedule })
  await until({ what: 'the fallback item', atMostMs: PATIENCE_MS }, () =>
    isNear(colour(readPixels(screen.file)), [0x20, 0xc0, 0x40]) ? true : undefined,
  )
  const down = await sampler.stop()
  expect(down.samples).toBeGreaterThan(50)
  expect(down.black).toBe(0)
  expect(records.filter((r) => r.kind === 'refusal').map((r) => [r.item, r.reason])).toEqual([
    ['A', 'broken'],
    ['B', 'broken'],
    ['C', 'broken'],
  ])
  // Now the last one, too: its bytes go bad and it is asked for again.
  writeFileSync(files[sha('d')] ?? '', 'gone')
  sampler.start()
  loop.post({ event: 'asset', sha256: sha('d'), state: 'changed' })
  loop.post({ event: 'asset', sha256: sha('d'), state: 'present' })
  await until({ what: 'the standing page again', atMostMs: PATIENCE_MS }, () =>
    loop.state().playing?.scene.scene === 'standing' && loop.state().playing?.proof === 'seen' ? true : undefined,
  )
  expect((await sampler.stop()).black).toBe(0)
  expect(litShare(readPixels(screen.file))).toBeGreaterThan(0)
  expect(records.filter((r) => r.kind === 'refusal' && r.item === 'D').length).toBeGreaterThan(0)
  expect(MONDAY_8).toBeLessThan(loop.state().now.wall)
})

/** Lit points of the page: where it has letters. They are never all black while it or a bright picture is on. */
const standingPoints = (screen: Pixels) => {
  const points: { x: number; y: number }[] = []
  for (let y = 0; y < screen.height && points.length < 12; y += 3)
    for (let x = 0; x < screen.width && points.length < 12; x += 5)
      if (screen.rgb(x, y).reduce((sum, value) => sum + value, 0) > 300) points.push({ x, y })
  return points
}
