import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SceneSource } from '#core/engine/scene-source.ts'
import { readPixels } from '../../test/support/pixels.ts'
import { item, PANEL, picture, rig } from '../../test/support/player.ts'
import { openSampler } from '../../test/support/screen.ts'
import { PATIENCE_MS, until } from '../../test/support/until.ts'
import { cleanup, temporary } from '../test/support.ts'

const COLOURS = { red: [0xd0, 0x10, 0x20], green: [0x20, 0xc0, 0x40], blue: [0x20, 0x40, 0xd0] } as const
const hex = (rgb: readonly number[]): string => `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`

const deck = (times: Readonly<Record<string, number>>): SceneSource => ({
  source: 'slides',
  item: item({ id: 'DECK', kind: 'slides' }),
  slides: Object.entries(times).map(([sha256, durationMs]) => ({ sha256, durationMs })),
})

test('slides: each for its time, in order, one play that ends after the last; no look between them is black', async () => {
  const folder = temporary()
  const files = Object.fromEntries(
    Object.entries(COLOURS).map(([name, rgb], i) => {
      const size = { width: 320 - i * 40, height: 160 + i * 60 }
      return [name, picture(folder, `${name}.png`, hex(rgb), size)]
    }),
  )
  const { player, events, happened, show, screen } = await rig({ output: 'x11', files })
  if (screen === null) throw new Error('there is no screen')
  await happened('up', null)
  const seen: { name: string; at: number }[] = []
  const sampler = await openSampler(screen.file, [{ x: PANEL.width / 2, y: PANEL.height / 2 }])
  cleanup(sampler.close)
  const told = performance.now()
  show('p1', deck({ red: 1_000, green: 1_600, blue: 1_000 }))
  await happened('shown', 'p1', { proof: 'acknowledged' })
  await until({ what: 'the first slide', atMostMs: PATIENCE_MS, everyMs: 5 }, () =>
    colourNow(screen.file) === 'red' ? true : undefined,
  )
  sampler.start()
  await until({ what: 'the end', atMostMs: PATIENCE_MS, everyMs: 10 }, () => {
    const name = colourNow(screen.file)
    if (name !== null && seen.at(-1)?.name !== name) seen.push({ name, at: performance.now() - told })
    return events.all.some((e) => e.event === 'player' && e.what === 'ended') ? true : undefined
  })
  const { black, samples } = await sampler.stop()
  const took = performance.now() - told
  expect(seen.map(({ name }) => name)).toEqual(['red', 'green', 'blue'])
  expect(samples).toBeGreaterThan(100)
  expect(black).toBe(0)
  // The clock of the deck is ours: it ends when its times are over, never before.
  expect(took).toBeGreaterThanOrEqual(3_590)
  expect(seen[1]?.at).toBeGreaterThanOrEqual(990)
  expect(seen[2]?.at).toBeGreaterThanOrEqual(2_590)
  expect(events.all.filter((e) => e.event === 'player' && e.what === 'ended')).toHaveLength(1)
  expect(events.all.filter((e) => e.event === 'player' && e.what === 'failed')).toHaveLength(0)
  expect(player.health()).toMatchObject({ black: 0, covered: 0, late: 0 })
})

const colourNow = (file: string): string | null => {
  const rgb = readPixels(file).rgb(PANEL.width / 2, PANEL.height / 2)
  const near = Object.entries(COLOURS).find(([, want]) => want.every((v, i) => Math.abs(v - (rgb[i] ?? 0)) < 16))
  return near?.[0] ?? null
}

test('a missing or broken slide refuses the item and names its number, before anything of it is shown', async () => {
  const folder = temporary()
  const broken = join(folder, 'broken.png')
  writeFileSync(broken, 'no picture')
  const files = { red: picture(folder, 'red.png', '#d01020'), broken }
  const { happened, show } = await rig({ output: 'null', files })
  await happened('up', null)
  show('p1', deck({ red: 1_000, gone: 1_000 }))
  expect(await happened('failed', 'p1')).toMatchObject({ detail: expect.stringMatching(/slide 2 \/ 2: .*not here/) })
  show('p2', deck({ broken: 1_000, red: 1_000 }))
  expect(await happened('failed', 'p2')).toMatchObject({ detail: expect.stringMatching(/slide 1 \/ 2: .*no PNG/) })
})

test('a slide that is touched while the deck is on is not shown: the item fails and names it', async () => {
  const folder = temporary()
  const files: Record<string, string> = {
    red: picture(folder, 'red.png', '#d01020'),
    green: picture(folder, 'green.png', '#20c040'),
  }
  const { events, happened, show } = await rig({ output: 'null', files })
  await happened('up', null)
  show('p1', deck({ red: 1_000, green: 1_000 }))
  await happened('shown', 'p1', { proof: 'acknowledged' })
  // The store hands out no path for what is not what it was.
  delete files['green']
  expect(await happened('failed', 'p1')).toMatchObject({ detail: expect.stringMatching(/slide 2/) })
  expect(events.all.some((e) => e.event === 'player' && e.what === 'ended')).toBe(false)
})
