import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readPixels } from '../../test/support/pixels.ts'
import { clip, image, order, PANEL, picture, rig, video } from '../../test/support/player.ts'
import { temporary } from '../test/support.ts'

test('pictures, clips, drawn pages and darkness on a real mpv; each is shown, then seen', async () => {
  const folder = temporary()
  const files = {
    red: picture(folder, 'red.png', '#d01020'),
    clip: clip(folder, 'clip.mp4', { colour: 'green', seconds: 1 }),
  }
  const { player, show, happened } = await rig({ output: 'null', files })
  await happened('up', null)
  show('p1', image('red'))
  await happened('shown', 'p1', { proof: 'acknowledged' })
  await happened('shown', 'p1', { proof: 'seen' })
  const frame = await player.frame()
  expect(frame && Buffer.from(frame.bytes.subarray(0, 2)).toString('hex')).toBe('ffd8')
  show('p2', video('clip'))
  await happened('shown', 'p2', { proof: 'seen' })
  await happened('ended', 'p2')
  // What follows a clip that ended is not held in pause.
  show('p3', video('clip'))
  await happened('ended', 'p3')
  show('p4', { source: 'order', order: order() })
  await happened('shown', 'p4', { proof: 'seen' })
  show('p5', { source: 'standing', siteName: 'Ma Lù Thàng' })
  await happened('shown', 'p5', { proof: 'seen' })
  show('', { source: 'dark' })
  expect(player.lastShowMs()).toBeGreaterThan(0)
})

test('a corrupt file, a missing file and letters without a font are failures with a reason', async () => {
  const folder = temporary()
  const [bad, noise] = [join(folder, 'bad.png'), join(folder, 'noise')]
  writeFileSync(bad, 'this is no picture')
  writeFileSync(noise, Buffer.alloc(10_000, 'no clip'))
  const { show, happened } = await rig({ output: 'null', files: { bad, noise } })
  await happened('up', null)
  show('p0', video('noise'))
  expect(await happened('failed', 'p0')).toMatchObject({ detail: expect.stringMatching(/^mpv: /) })
  show('p1', image('bad'))
  expect(await happened('failed', 'p1')).toMatchObject({ detail: expect.stringMatching(/^bad: .* · no PNG/) })
  show('p2', image('gone'))
  expect(await happened('failed', 'p2')).toMatchObject({ detail: expect.stringContaining('is not here') })
  const odd = order({ texts: [{ language: 'vi', headline: 'Tin ᠀ ꀀ', instruction: '' }] })
  show('p3', { source: 'order', order: odd })
  expect(await happened('failed', 'p3')).toMatchObject({ detail: expect.stringMatching(/ · /) })
})

test('a player killed with -9 is back and shows what it is told again', async () => {
  const { player, events, show, happened } = await rig({ output: 'null' })
  await happened('up', null)
  show('p1', { source: 'standing', siteName: 'A' })
  await happened('shown', 'p1', { proof: 'acknowledged' })
  const before = player.pid()
  const from = events.all.length
  process.kill(before ?? 0, 'SIGKILL')
  await events.until('down', (e) => e.event === 'player' && e.what === 'down' && !e.missing, { from })
  await happened('up', null, { from })
  expect(player.pid()).not.toBe(before)
  show('p2', { source: 'standing', siteName: 'A' })
  await happened('shown', 'p2', { proof: 'acknowledged' })
  expect(player.restarts()).toBe(1)
})

test('an mpv that is not installed is said so, with the package to install', async () => {
  const { events } = await rig({ output: 'null', program: 'mpv-that-is-not-there' })
  const down = await events.until('down', (e) => e.event === 'player' && e.what === 'down')
  expect(down).toMatchObject({ missing: true, detail: expect.stringContaining('apt install mpv') })
})

test('real pixels of an X screen change to the picture', async () => {
  const folder = temporary()
  const files = { red: picture(folder, 'red.png', '#d01020'), blue: picture(folder, 'blue.png', '#1020d0') }
  const { screen, show, happened } = await rig({ output: 'x11', files })
  if (screen === null) throw new Error('there is no screen')
  await happened('up', null)
  const near = (x: number, y: number, want: readonly number[]) =>
    readPixels(screen.file)
      .rgb(x, y)
      .every((v, i) => Math.abs(v - (want[i] ?? 0)) < 12)
  for (const [play, name, want] of [
    ['p1', 'red', [0xd0, 0x10, 0x20]],
    ['p2', 'blue', [0x10, 0x20, 0xd0]],
  ] as const) {
    show(play, image(name))
    await happened('shown', play, { proof: 'seen' })
    await expect.poll(() => near(PANEL.width / 2, PANEL.height / 2, want)).toBe(true)
    expect(near(2, 2, want)).toBe(true)
  }
})
