import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { litShare, readPixels } from '../../test/support/pixels.ts'
import { clip, image, media, PANEL, picture, rig, video } from '../../test/support/player.ts'
import { openSampler } from '../../test/support/screen.ts'
import { PATIENCE_MS, until } from '../../test/support/until.ts'
import { cleanup, temporary } from '../test/support.ts'

const copy = (folder: string, name: string, bytes: Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

/** A true PNG of one bit to the pixel: fifty kilobytes that unpack to more than a gigabyte. */
const bomb = (side: number): Buffer => {
  const crcOf = (bytes: Buffer): number => {
    let crc = 0xffffffff
    for (const byte of bytes) {
      crc ^= byte
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    }
    return (crc ^ 0xffffffff) >>> 0
  }
  const chunk = (name: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(name), data])
    const out = Buffer.alloc(body.length + 8)
    out.writeUInt32BE(data.length, 0)
    body.copy(out, 4)
    out.writeUInt32BE(crcOf(body), body.length + 4)
    return out
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.writeUInt8(1, 8)
  const rows = deflateSync(Buffer.alloc(side * (1 + Math.ceil(side / 8)), 0xff))
  const magic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([magic, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))])
}

/** Everything that comes broken from the world, each as the kind of item that somebody would make of it. */
const brokenFiles = (
  folder: string,
): Readonly<Record<string, { path: string; kind: 'image' | 'video'; why: RegExp }>> => {
  const whole = clip(folder, 'whole.mp4', { colour: 'red', seconds: 1 })
  const front = media(folder, 'front.mp4', ['-i', whole, '-c', 'copy', '-movflags', '+faststart'])
  const webm = media(folder, 'whole.webm', [
    ...['-f', 'lavfi', '-i', 'color=c=red:size=320x160:rate=25:duration=1', '-c:v', 'libvpx-vp9', '-cpu-used', '8'],
  ])
  const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=1']
  const png = readFileSync(picture(folder, 'whole.png', '#d01020'))
  const jpg = readFileSync(picture(folder, 'whole.jpg', '#d01020'))
  const cut = (name: string, bytes: Buffer, share: number) =>
    copy(folder, name, bytes.subarray(0, Math.floor(bytes.length * share)))
  const noise = Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * 7919 + (i >> 3)) & 0xff))
  const pipe = join(folder, 'pipe.mp4')
  execFileSync('mkfifo', [pipe])
  const fd = openSync(pipe, 'r+')
  cleanup(() => closeSync(fd))
  return {
    'a clip without its index': { path: cut('cut.mp4', readFileSync(whole), 0.6), kind: 'video', why: /cut off/ },
    'a clip whose pictures end': {
      path: cut('front-cut.mp4', readFileSync(front), 0.6),
      kind: 'video',
      why: /cut off/,
    },
    'the head of a webm': { path: cut('cut.webm', readFileSync(webm), 0.05), kind: 'video', why: /mpv: / },
    'noise called mp4': { path: copy(folder, 'noise.mp4', noise), kind: 'video', why: /mpv: / },
    'an empty clip': { path: copy(folder, 'empty.mp4', Buffer.alloc(0)), kind: 'video', why: /the file is empty/ },
    'sound alone': { path: media(folder, 'sound.mp4', sound), kind: 'video', why: /mpv: / },
    'text called png': {
      path: copy(folder, 'text.png', Buffer.from('this is no picture')),
      kind: 'image',
      why: /no PNG/,
    },
    'an empty picture': { path: copy(folder, 'empty.png', Buffer.alloc(0)), kind: 'image', why: /the file is empty/ },
    'half a png': { path: cut('half.png', png, 0.5), kind: 'image', why: /cut off/ },
    'half a jpeg': { path: cut('half.jpg', jpg, 0.7), kind: 'image', why: /cut off/ },
    'a bomb': { path: copy(folder, 'bomb.png', bomb(20_000)), kind: 'image', why: /20000 × 20000 .*too large/ },
    'a file that makes it wait for ever': { path: pipe, kind: 'video', why: /no picture \d+ ms/ },
  }
}

test('each kind of broken file is refused with its reason, the next item comes at once, and no look at the screen is black', async () => {
  const folder = temporary()
  const broken = brokenFiles(folder)
  const good = {
    white: picture(folder, 'white.png', '#f0f0f0'),
    dot: picture(folder, 'dot.png', '#20d040', { width: 1, height: 1 }),
  }
  const files = { ...good, ...Object.fromEntries(Object.entries(broken).map(([name, { path }]) => [name, path])) }
  const { events, screen, happened, show, player } = await rig({
    output: 'x11',
    files,
    paces: { lookMs: 250, beginMs: 2_000 },
  })
  if (screen === null) throw new Error('there is no screen')
  await happened('up', null)
  show('start', image('white'))
  await happened('shown', 'start', { proof: 'seen' })
  const sampler = await openSampler(screen.file, [
    { x: PANEL.width / 2, y: PANEL.height / 2 },
    { x: PANEL.width / 2, y: 5 },
  ])
  cleanup(sampler.close)
  const black: Record<string, number> = {}
  for (const [name, { kind, why }] of Object.entries(broken)) {
    sampler.start()
    show(name, kind === 'video' ? video(name) : image(name))
    const failed = await happened('failed', name)
    show(`after ${name}`, image('white'))
    await happened('shown', `after ${name}`, { proof: 'acknowledged' })
    black[name] = (await sampler.stop()).black
    expect(failed, name).toMatchObject({ detail: expect.stringMatching(why) })
  }
  show('dot', image('dot'))
  await happened('shown', 'dot', { proof: 'seen' })
  // The sampler does see black, where black is asked for.
  sampler.start()
  player.show({ scene: 'dark' }, { source: 'dark' })
  await until({ what: 'darkness', atMostMs: PATIENCE_MS }, () =>
    litShare(readPixels(screen.file)) === 0 ? true : undefined,
  )
  expect((await sampler.stop()).black).toBeGreaterThan(0)
  expect(Object.keys(black)).toHaveLength(12)
  expect(Object.entries(black).filter(([, looks]) => looks > 0)).toEqual([])
  expect(player.restarts()).toBe(0)
  expect(events.all.filter((e) => e.event === 'player' && e.what === 'failed')).toHaveLength(12)
})
