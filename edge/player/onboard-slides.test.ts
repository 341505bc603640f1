import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createHuiduSim } from '#controller/sim/huidu.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import { picture } from '../../test/support/player.ts'
import { temporary } from '../test/support.ts'
import { rig } from './onboard-testing.ts'
import { item } from './testing.ts'

const deck = (slides: readonly string[]): SceneSource => ({
  source: 'slides',
  item: item({ id: 'DECK', kind: 'slides' }),
  slides: slides.map((sha256) => ({ sha256, durationMs: 4_000 })),
})

const huidu = () => {
  const folder = temporary()
  const panel = { width: 320, height: 160 }
  const broken = join(folder, 'broken.png')
  writeFileSync(broken, 'no picture')
  const files = {
    one: picture(folder, 'one.png', '#d01020'),
    two: picture(folder, 'two.jpg', '#20c040', { width: 200, height: 300 }),
    three: picture(folder, 'three.png', '#2040d0', { width: 64, height: 64 }),
    broken,
  }
  return rig({
    profile: 'huidu-sdk2',
    device: () => createHuiduSim({ model: 'C16L', id: 'C16L-D24-000A2', screen: panel, answerChunk: 9204, seed: 1 }),
    panel,
    files,
  })
}

const until = async (world: ReturnType<typeof huidu>, done: () => boolean): Promise<void> => {
  await expect
    .poll(
      async () => {
        await world.time.advance(100)
        return done()
      },
      { interval: 5 },
    )
    .toBe(true)
}

test('a deck is one programme of pages on a controller that takes pictures, in its order', async () => {
  const world = huidu()
  world.show('p1', deck(['one', 'two', 'three']))
  await until(world, () => world.happened('shown').length === 1)
  expect(world.happened('shown')).toMatchObject([{ play: 'p1', proof: 'read-back' }])
  const pictures = world.device.state().programs.flatMap((program) => program.items.map((one) => one.shows))
  expect(new Set(pictures).size).toBe(3)
  for (const name of pictures) {
    const stored = Buffer.from(world.device.stored(name) ?? [])
    expect([stored.readUInt32BE(16), stored.readUInt32BE(20)]).toEqual([320, 160])
  }
})

test('a broken or missing slide and too many of them are refused with the number, in both languages', async () => {
  const world = huidu()
  const cases: readonly [string, SceneSource, RegExp][] = [
    ['p1', deck(['one', 'broken']), /trang · slide 2 \/ 2: không phải ảnh .* · no PNG/],
    ['p2', deck(['gone', 'one']), /trang · slide 1 \/ 2: .* không có .* · the file is not here/],
    ['p3', deck(Array.from({ length: 17 }, () => 'one')), /17 trang chiếu.* · 17 slides/],
  ]
  for (const [play, source, why] of cases) {
    world.show(play, source)
    await until(world, () => world.happened('failed').some((e) => 'play' in e && e.play === play))
    expect(world.happened('failed').at(-1)).toMatchObject({ play, detail: expect.stringMatching(why) })
  }
  expect(cases).toHaveLength(3)
})
