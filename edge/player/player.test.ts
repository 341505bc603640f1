import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createCanvas } from '#controller/raster/canvas.ts'
import { createRaster } from '#controller/raster/render.ts'
import type { Item } from '#core/content/item.ts'
import type { Order } from '#core/emergency/order.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import type { Happening } from '../shell/loop.ts'
import { cleanup, collector, memoryLog, temporary } from '../test/support.ts'
import { createPages } from './pages.ts'
import { createPlayer } from './player.ts'

const panel = { width: 320, height: 160 }

const picture = (folder: string, name: string, colour: string): string => {
  const canvas = createCanvas(panel.width, panel.height)
  const context = canvas.getContext('2d')
  context.fillStyle = colour
  context.fillRect(0, 0, panel.width, panel.height)
  const path = join(folder, name)
  writeFileSync(path, canvas.toBuffer('image/png'))
  return path
}
const clip = (folder: string): string => {
  const path = join(folder, 'clip')
  const source = ['-f', 'lavfi', '-i', 'testsrc=size=320x160:rate=25:duration=1']
  const made = spawnSync('ffmpeg', ['-loglevel', 'error', ...source, '-pix_fmt', 'yuv420p', '-f', 'mp4', path])
  expect(made.status).toBe(0)
  return path
}

const item = (kind: Item['kind']): Item => ({
  id: 'I1',
  revision: 1,
  title: 'Thử',
  kind,
  category: 'A7_1_POLICY_LAW',
  languages: ['vi'],
  durationMs: 10_000,
  asset: null,
  texts: [{ language: 'vi', title: 'Thông báo', body: 'Nội dung thông báo' }],
  audio: false,
  supplier: { org: 'so-ttth', name: 'Sở' },
  suppliedByLead: true,
  document: null,
  channel: 'SOURCE_SYSTEM',
  validFrom: 0,
  validTo: 1,
  ad: null,
  entertainment: false,
  publishable: true,
  submittedBy: 'a',
  sample: true,
})
const order: Order = {
  id: 'O1',
  action: 'release',
  class: 'emergency',
  status: 'actual',
  references: [],
  hazard: 'FLASH_FLOOD',
  riskLevel: 4,
  forestFireLevel: null,
  severity: 'extreme',
  authority: { name: 'BCH PCTT', document: null },
  texts: [{ language: 'vi', headline: 'Lũ quét đang về', instruction: 'Rời khỏi bờ suối ngay' }],
  targets: ['S'],
  wake: true,
  brightness: null,
  sound: false,
  issuedAt: 0,
  startsAt: 0,
  expiresAt: 3_600_000,
  issuer: 'a',
}

const start = (of: {
  output: 'x11' | 'null'
  display: string | null
  program?: string
  files?: Record<string, string>
}) => {
  const runDir = temporary()
  const raster = createRaster({ fontDirs: [] })
  const events = collector<Happening>()
  const player = createPlayer({
    output: of.output,
    display: of.display,
    program: of.program ?? 'mpv',
    panel,
    audio: false,
    extraArgs: [],
    log: memoryLog().log,
    pages: createPages({ runDir, raster: () => raster, panel }),
    runDir,
    assetPath: (sha) => of.files?.[sha] ?? join(runDir, 'none'),
    offsetMinutes: 420,
    post: events.add,
    now: () => performance.now(),
  })
  cleanup(() => player.stop())
  const file = (sha256: string, kind: 'image' | 'video'): SceneSource => ({
    source: 'file',
    item: item(kind),
    sha256,
    mute: true,
  })
  const happened = (what: string, play: string | null, more: Partial<{ proof: string }> = {}) =>
    events.until(`${what} ${play}`, (e) => {
      if (e.event !== 'player' || e.what !== what) return false
      if (play !== null && 'play' in e && e.play !== play) return false
      return more.proof === undefined || (e.what === 'shown' && e.proof === more.proof)
    })
  return { player, events, file, happened, runDir }
}

test('pictures, clips, drawn pages and darkness on a real mpv; each is shown, then seen', async () => {
  const folder = temporary()
  const files = { red: picture(folder, 'red.png', '#d01020'), clip: clip(folder) }
  const { player, file, happened } = start({ output: 'null', display: null, files })
  await happened('up', null)
  player.show({ scene: 'item', play: 'p1', item: 'I1', mute: true, languages: ['vi'] }, file('red', 'image'))
  await happened('shown', 'p1', { proof: 'acknowledged' })
  await happened('shown', 'p1', { proof: 'seen' })
  const frame = await player.frame()
  expect(frame && Buffer.from(frame.bytes.subarray(0, 2)).toString('hex')).toBe('ffd8')
  player.show({ scene: 'item', play: 'p2', item: 'I1', mute: true, languages: ['vi'] }, file('clip', 'video'))
  await happened('shown', 'p2', { proof: 'seen' })
  await happened('ended', 'p2')
  // What follows a clip that ended is not held in pause.
  player.show({ scene: 'item', play: 'p3', item: 'I1', mute: true, languages: ['vi'] }, file('clip', 'video'))
  await happened('ended', 'p3')
  player.show({ scene: 'order', play: 'p4', order: 'O1' }, { source: 'order', order })
  await happened('shown', 'p4', { proof: 'seen' })
  player.show({ scene: 'standing', play: 'p5' }, { source: 'standing', siteName: 'Ma Lù Thàng' })
  await happened('shown', 'p5', { proof: 'seen' })
  player.show({ scene: 'dark' }, { source: 'dark' })
  expect(player.lastShowMs()).toBeGreaterThan(0)
}, 30_000)

test('a corrupt file, a missing file and letters without a font are failures with a reason', async () => {
  const folder = temporary()
  const bad = join(folder, 'bad.png')
  writeFileSync(bad, 'this is no picture')
  const { player, file, happened } = start({ output: 'null', display: null, files: { bad } })
  await happened('up', null)
  player.show({ scene: 'item', play: 'p1', item: 'I1', mute: true, languages: ['vi'] }, file('bad', 'image'))
  expect(await happened('failed', 'p1')).toMatchObject({ detail: expect.stringMatching(/^mpv: /) })
  player.show({ scene: 'item', play: 'p2', item: 'I1', mute: true, languages: ['vi'] }, file('gone', 'image'))
  expect(await happened('failed', 'p2')).toMatchObject({ detail: expect.stringContaining('is not here') })
  const odd = { ...order, texts: [{ language: 'vi' as const, headline: 'Tin ᠀ ꀀ', instruction: '' }] }
  player.show({ scene: 'order', play: 'p3', order: 'O1' }, { source: 'order', order: odd })
  expect(await happened('failed', 'p3')).toMatchObject({ detail: expect.stringMatching(/ · /) })
}, 30_000)

test('a player killed with -9 is back and shows what it is told again', async () => {
  const { player, events, happened } = start({ output: 'null', display: null })
  await happened('up', null)
  player.show({ scene: 'standing', play: 'p1' }, { source: 'standing', siteName: 'A' })
  await happened('shown', 'p1', { proof: 'acknowledged' })
  const before = player.pid()
  const from = events.all.length
  process.kill(before ?? 0, 'SIGKILL')
  await events.until('down', (e) => e.event === 'player' && e.what === 'down' && !e.missing, { from })
  await events.until('up', (e) => e.event === 'player' && e.what === 'up', { from })
  expect(player.pid()).not.toBe(before)
  player.show({ scene: 'standing', play: 'p2' }, { source: 'standing', siteName: 'A' })
  await happened('shown', 'p2', { proof: 'acknowledged' })
  expect(player.restarts()).toBe(1)
}, 30_000)

test('an mpv that is not installed is said so, with the package to install', async () => {
  const { events } = start({ output: 'null', display: null, program: 'mpv-that-is-not-there' })
  const down = await events.until('down', (e) => e.event === 'player' && e.what === 'down')
  expect(down).toMatchObject({ missing: true, detail: expect.stringContaining('apt install mpv') })
})

/** An X server whose screen is a file: 32-bit pixels after the header of an XWD dump. */
const xvfb = async (): Promise<{ display: string; pixel: (x: number, y: number) => readonly number[] }> => {
  const folder = temporary()
  const args = ['-displayfd', '3', '-screen', '0', '320x160x24', '-fbdir', folder, '-nolisten', 'tcp']
  const server: ChildProcess = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  cleanup(() => server.kill('SIGKILL'))
  const number = await new Promise<string>((resolve, reject) => {
    server.stdio[3]?.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()))
    server.once('exit', () => reject(new Error('Xvfb ended')))
  })
  const path = join(folder, 'Xvfb_screen0')
  const pixel = (x: number, y: number) => {
    const dump = readFileSync(path)
    const start = dump.readUInt32BE(0) + dump.readUInt32BE(76) * 12
    const at = start + y * dump.readUInt32BE(48) + x * 4
    return [dump[at + 2] ?? 0, dump[at + 1] ?? 0, dump[at] ?? 0]
  }
  expect(existsSync(path)).toBe(true)
  return { display: `:${number}`, pixel }
}

test('real pixels of an X screen change to the picture', async () => {
  const x = await xvfb()
  const folder = temporary()
  const files = { red: picture(folder, 'red.png', '#d01020'), blue: picture(folder, 'blue.png', '#1020d0') }
  const { player, file, happened } = start({ output: 'x11', display: x.display, files })
  await happened('up', null)
  const near = (want: readonly number[]) => x.pixel(160, 80).every((v, i) => Math.abs(v - (want[i] ?? 0)) < 12)
  for (const [play, name, want] of [
    ['p1', 'red', [0xd0, 0x10, 0x20]],
    ['p2', 'blue', [0x10, 0x20, 0xd0]],
  ] as const) {
    player.show({ scene: 'item', play, item: 'I1', mute: true, languages: ['vi'] }, file(name, 'image'))
    await happened('shown', play, { proof: 'seen' })
    await expect.poll(() => near(want), { timeout: 3_000 }).toBe(true)
    expect(x.pixel(2, 2).every((v, i) => Math.abs(v - (want[i] ?? 0)) < 12)).toBe(true)
  }
}, 30_000)
