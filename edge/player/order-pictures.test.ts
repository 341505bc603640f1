import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createHuiduSim } from '#controller/sim/huidu.ts'
import type { Order } from '#core/emergency/order.ts'
import { readPixels } from '../../test/support/pixels.ts'
import { order, picture, rig } from '../../test/support/player.ts'
import { temporary } from '../test/support.ts'
import { contentOf } from './onboard-content.ts'
import { rig as onboardRig } from './onboard-testing.ts'

const sha = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')
const pictured = (path: string, over: Partial<Order> = {}): Order =>
  order({ picture: { sha256: sha(path), bytes: readFileSync(path).length, mime: 'image/png' }, ...over })
const BLUE = '#1020d0'
const BLUE_RGB = [0x10, 0x20, 0xd0]

test('the words come at once, the picture when it is there, in the same play; nothing is said of it twice', async () => {
  const folder = temporary()
  const [made, here] = [picture(folder, 'map.png', BLUE), join(folder, 'here.png')]
  const files: Record<string, string> = {}
  const { player, show, happened, events, screen } = await rig({ output: 'x11', files })
  await happened('up', null)
  const of = pictured(made)
  show('p1', { source: 'order', order: of })
  await happened('shown', 'p1', { proof: 'acknowledged' })
  // It arrives: a page with it turns with the words.
  copyFileSync(made, here)
  files[of.picture?.sha256 ?? ''] = here
  player.arrived('0'.repeat(64))
  player.arrived(of.picture?.sha256 ?? '')
  // Left of the middle: the headline stands at its right where there is room.
  const there = (): boolean =>
    screen !== null && BLUE_RGB.every((v, i) => Math.abs(v - (readPixels(screen.file).rgb(120, 90)[i] ?? 0)) < 12)
  await expect.poll(there, { interval: 50 }).toBe(true)
  expect(events.all.filter((e) => e.event === 'player' && (e.what === 'failed' || e.what === 'trouble'))).toEqual([])
  const proofs = events.all.flatMap((e) => (e.event === 'player' && e.what === 'shown' ? [e.proof] : []))
  expect(proofs.filter((proof) => proof === 'acknowledged')).toHaveLength(1)
  expect(proofs.filter((proof) => proof === 'seen').length).toBeLessThanOrEqual(1)
})

test('a picture that is here is with the words from the second showing on; a broken one is said once and never stops the order', async () => {
  const folder = temporary()
  const broken = join(folder, 'broken.png')
  writeFileSync(broken, Buffer.concat([readFileSync(picture(folder, 'a.png', BLUE)).subarray(0, 40), Buffer.alloc(60)]))
  const { show, happened, events, lines } = await rig({ output: 'null', files: { [sha(broken)]: broken } })
  await happened('up', null)
  const of = pictured(broken)
  show('p1', { source: 'order', order: of })
  await happened('shown', 'p1', { proof: 'acknowledged' })
  const said = await events.until('the refusal', (e) => e.event === 'picture')
  expect(said).toMatchObject({ order: of.id, detail: expect.stringMatching(/cắt ở byte .* · .*cut off/) })
  show('p2', { source: 'order', order: of })
  await happened('shown', 'p2', { proof: 'acknowledged' })
  expect(events.all.filter((e) => e.event === 'picture')).toHaveLength(1)
  expect(events.all.filter((e) => e.event === 'player' && e.what === 'failed')).toEqual([])
  expect(lines.filter(({ message }) => message === 'the picture of an order cannot be drawn')).toHaveLength(1)
})

test('a test is refused by the player itself, whatever asked for it', async () => {
  const { show, happened } = await rig({ output: 'null' })
  await happened('up', null)
  show('p1', { source: 'order', order: order({ status: 'test' }) })
  expect(await happened('failed', 'p1')).toMatchObject({ detail: expect.stringContaining('never shown on a panel') })
})

test('a card that takes pictures gets the order anew with its picture; one of letters says that it is left out', async () => {
  const folder = temporary()
  const panel = { width: 320, height: 160 }
  const made = picture(folder, 'map.png', BLUE, panel)
  const files: Record<string, string> = {}
  const of = pictured(made, { expiresAt: 36_000_000 })
  const huidu = onboardRig({
    profile: 'huidu-sdk2',
    device: () => createHuiduSim({ model: 'C16L', id: 'C16L-D24-000A2', screen: panel, answerChunk: 9204, seed: 1 }),
    panel,
    files,
  })
  const pages = (): number => huidu.device.state().programs.flatMap((program) => program.items).length
  huidu.show('p1', { source: 'order', order: of })
  const turn = async (done: () => boolean): Promise<void> =>
    expect
      .poll(
        async () => {
          await huidu.time.advance(100)
          return done()
        },
        { interval: 5 },
      )
      .toBe(true)
  await turn(() => huidu.happened('shown').length === 1)
  const words = pages()
  files[sha(made)] = made
  huidu.player.arrived(sha(made))
  await turn(() => pages() === words + 1)
  expect(huidu.happened('shown')).toHaveLength(1)
  await huidu.player.stop()
  const left = await contentOf(
    { source: 'order', order: of },
    {
      raster: () => ({ ok: false, error: { vi: '', en: '' } }),
      panel,
      assetPath: () => made,
      offsetMinutes: 420,
      pictures: { of: () => null },
      grid: { columns: 32, rows: 4 },
      agreed: (text) => text,
      onboard: { accepts: 'text', refuse: () => null },
    },
  )
  expect(left.ok && left.value.every((one) => one.leftOut.some((why) => why.includes('picture left out')))).toBe(true)
})

test('a picture that comes while a slow line carries the words does not hold them up', async () => {
  const folder = temporary()
  const panel = { width: 320, height: 160 }
  const made = picture(folder, 'map.png', BLUE, panel)
  const files: Record<string, string> = {}
  const of = pictured(made, { expiresAt: 36_000_000 })
  const huidu = onboardRig({
    profile: 'huidu-sdk2',
    device: () => createHuiduSim({ model: 'C16L', id: 'C16L-D24-000A2', screen: panel, answerChunk: 9204, seed: 1 }),
    panel,
    files,
    bytesPerSecond: 5_000,
  })
  const until = async (done: () => boolean): Promise<void> =>
    expect
      .poll(
        async () => {
          await huidu.time.advance(250)
          return done()
        },
        { interval: 2 },
      )
      .toBe(true)
  const uploads = () => huidu.device.state().files
  const pages = (): number => huidu.device.state().programs.flatMap((program) => program.items).length
  huidu.show('p1', { source: 'order', order: of })
  const told = huidu.time.now()
  await until(() => uploads().length === 1 && huidu.time.now() - told > 2_500)
  expect(uploads()).toMatchObject([{ whole: false }])
  const [words] = uploads()
  files[sha(made)] = made
  huidu.player.arrived(sha(made))
  await until(() => huidu.happened('shown').length === 1)
  // What was under way has come up, and then the page with the picture.
  expect(uploads().map(({ name }) => name)).toContain(words?.name)
  const before = pages()
  await until(() => pages() === before + 1)
  expect(huidu.happened('shown')).toHaveLength(1)
  await huidu.player.stop()
})
