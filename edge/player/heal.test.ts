import { execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { litShare, readPixels } from '../../test/support/pixels.ts'
import { clip, image, media, picture, rig, video } from '../../test/support/player.ts'
import { openSampler } from '../../test/support/screen.ts'
import { PATIENCE_MS, until } from '../../test/support/until.ts'
import { cleanup, temporary } from '../test/support.ts'
import { openX } from './xclient.ts'

const WHITE = 700
const brightness = (file: string): number =>
  readPixels(file)
    .rgb(160, 80)
    .reduce((sum, value) => sum + value, 0)

test('a player that was stopped is noticed by its silence, ended, and back with a new process', async () => {
  const folder = temporary()
  const { player, events, happened, show } = await rig({
    output: 'x11',
    files: { red: picture(folder, 'red.png', '#d01020') },
  })
  await happened('up', null)
  show('p1', image('red'))
  await happened('shown', 'p1', { proof: 'seen' })
  const before = player.pid()
  process.kill(before ?? 0, 'SIGSTOP')
  // 1 s to the next look, 2 s and 1 s for two answers that do not come.
  await happened('trouble', 'p1')
  expect(events.all).toContainEqual(expect.objectContaining({ what: 'trouble', trouble: 'frozen', play: 'p1' }))
  await happened('shown', 'p1', { proof: 'contradicted' })
  const from = events.all.length
  await happened('up', null, { from })
  expect(player.pid()).not.toBe(before)
  show('p2', image('red'))
  await happened('shown', 'p2', { proof: 'seen' })
  expect(player.health()).toMatchObject({ frozen: 1, black: 0 })
})

test('a file under which the player dies twice is not given to it a third time; another one is', async () => {
  const folder = temporary()
  const files = { bad: picture(folder, 'bad.png', '#d01020'), good: picture(folder, 'good.png', '#20c040') }
  const { player, events, happened, show } = await rig({ output: 'null', files })
  await happened('up', null)
  for (const play of ['p1', 'p2']) {
    const from = events.all.length
    show(play, image('bad'))
    await happened('shown', play, { proof: 'acknowledged' })
    process.kill(player.pid() ?? 0, 'SIGKILL')
    await happened('up', null, { from })
  }
  show('p3', image('bad'))
  expect(await happened('failed', 'p3')).toMatchObject({ detail: expect.stringContaining('ended 2 times') })
  show('p4', image('good'))
  await happened('shown', 'p4', { proof: 'seen' })
  expect(player.restarts()).toBe(2)
})

test('a clip that stands still is told again, then given up; the next item plays', async () => {
  const folder = temporary()
  // A real clip whose bytes stop coming: the first third of a stream through a pipe that nobody closes.
  const whole = media(folder, 'whole.ts', [
    ...['-f', 'lavfi', '-i', 'testsrc=size=320x160:rate=25:duration=12', '-c:v', 'mpeg2video', '-q:v', '3'],
  ])
  const bytes = readFileSync(whole)
  const pipe = join(folder, 'pipe.ts')
  execFileSync('mkfifo', [pipe])
  const fd = openSync(pipe, 'r+')
  cleanup(() => closeSync(fd))
  const { player, events, happened, show } = await rig({
    output: 'null',
    paces: { lookMs: 250, beginMs: 2_000 },
    files: { stall: pipe, good: clip(folder, 'good.mp4', { colour: 'red', seconds: 1 }) },
  })
  await happened('up', null)
  show('p1', video('stall'))
  const feed = spawn('dd', [`of=${pipe}`, 'bs=64k', 'status=none'], { stdio: ['pipe', 'ignore', 'ignore'] })
  cleanup(() => feed.kill('SIGKILL'))
  feed.stdin.write(bytes.subarray(0, Math.floor(bytes.length / 3)))
  await happened('shown', 'p1', { proof: 'acknowledged' })
  await happened('trouble', 'p1')
  await happened('failed', 'p1')
  expect(
    events.all.filter((e) => e.event === 'player' && e.what === 'shown' && e.proof === 'contradicted').length,
  ).toBe(1)
  show('p2', video('good'))
  await happened('ended', 'p2')
  expect(player.health()).toMatchObject({ reloads: 1 })
  expect(player.restarts()).toBe(0)
})

test('a screen that is black though the picture is not: noticed, told again, then a new window; a dark picture is none of that', async () => {
  const folder = temporary()
  const { player, events, screen, happened, show } = await rig({
    output: 'x11',
    paces: { watchMs: 1_000 },
    files: {
      white: picture(folder, 'white.png', '#f0f0f0'),
      night: picture(folder, 'night.png', '#020202'),
      nightclip: clip(folder, 'night.mp4', { colour: '0x010101', seconds: 8 }),
    },
  })
  if (screen === null) throw new Error('there is no screen')
  await happened('up', null)
  show('dark1', image('night'))
  await happened('shown', 'dark1', { proof: 'seen' })
  show('dark2', video('nightclip'))
  await happened('shown', 'dark2', { proof: 'acknowledged' })
  show('p1', image('white'))
  await happened('shown', 'p1', { proof: 'seen' })
  expect(brightness(screen.file)).toBeGreaterThan(WHITE)
  // Another program puts a black window over everything, as a screen saver or a dialogue of the system would.
  await cover(screen.display)
  await until({ what: 'the screen is black', atMostMs: PATIENCE_MS }, () =>
    brightness(screen.file) < 30 ? true : undefined,
  )
  await happened('shown', 'p1', { proof: 'contradicted' })
  expect(events.all).toContainEqual(expect.objectContaining({ what: 'trouble', trouble: 'black', play: 'p1' }))
  const from = events.all.length
  await happened('up', null, { from })
  show('p2', image('white'))
  await happened('shown', 'p2', { proof: 'seen', from })
  expect(brightness(screen.file)).toBeGreaterThan(WHITE)
  expect(player.health()).toMatchObject({ black: 2, reloads: 1 })
  expect(events.all.some((e) => e.event === 'player' && e.what === 'trouble' && e.play?.startsWith('dark'))).toBe(false)
})

/** A black window over the whole screen that no window manager may move; it stays until the server goes. */
const cover = async (display: string): Promise<void> => {
  const opened = await openX(display)
  if (!opened.ok) throw new Error(opened.error)
  const { value: x } = opened
  const window = x.id()
  const create = Buffer.alloc(40)
  create.writeUInt8(1, 0)
  create.writeUInt32LE(window, 4)
  create.writeUInt32LE(x.screen.root, 8)
  create.writeUInt16LE(x.screen.width, 16)
  create.writeUInt16LE(x.screen.height, 18)
  create.writeUInt16LE(1, 22)
  // Its background is black, and no window manager is asked.
  create.writeUInt32LE(0x0202, 28)
  create.writeUInt32LE(0, 32)
  create.writeUInt32LE(1, 36)
  x.send(create)
  const map = Buffer.alloc(8)
  map.writeUInt8(8, 0)
  map.writeUInt32LE(window, 4)
  x.send(map)
  // Left behind when we go: resources of this connection are kept (SetCloseDownMode RetainPermanent).
  const keep = Buffer.alloc(4)
  keep.writeUInt8(112, 0)
  keep.writeUInt8(1, 1)
  x.send(keep)
  const sync = Buffer.alloc(4)
  sync.writeUInt8(43, 0)
  const answered = await x.ask(sync)
  if (!answered.ok) throw new Error(answered.error)
  x.close()
}

test('a player that is killed leaves the standing page on the screen, not black, until it is back; at night it leaves black', async () => {
  const folder = temporary()
  const { player, events, screen, happened, show } = await rig({
    output: 'x11',
    files: { red: picture(folder, 'red.png', '#d01020') },
  })
  if (screen === null) throw new Error('there is no screen')
  await happened('up', null)
  show('p1', image('red'))
  await happened('shown', 'p1', { proof: 'seen' })
  const points = Array.from({ length: 40 * 20 }, (_, i) => ({ x: (i % 40) * 8 + 4, y: Math.floor(i / 40) * 8 + 4 }))
  const sampler = await openSampler(screen.file, points)
  cleanup(sampler.close)
  const from = events.all.length
  sampler.start()
  process.kill(player.pid() ?? 0, 'SIGKILL')
  await happened('up', null, { from })
  show('p2', image('red'))
  await happened('shown', 'p2', { proof: 'acknowledged' })
  const killed = await sampler.stop()
  expect(killed.samples).toBeGreaterThan(50)
  expect(killed.black).toBe(0)
  show('dark', { source: 'dark' })
  await until({ what: 'dark', atMostMs: PATIENCE_MS }, () =>
    litShare(readPixels(screen.file)) === 0 ? true : undefined,
  )
  const again = events.all.length
  process.kill(player.pid() ?? 0, 'SIGKILL')
  await happened('down', null, { from: again })
  expect(litShare(readPixels(screen.file))).toBe(0)
})
