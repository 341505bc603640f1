import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addressText } from '#controller/gpio/gpio.ts'
import { memoryGpio } from '#controller/gpio/memory.ts'
import { createModbusSim } from '#controller/sim/modbus.ts'
import { serveDevice } from '#controller/sim/serve.ts'
import type { Wake } from '#core/base/ports.ts'
import { instant, mono } from '#core/base/units.ts'
import { difference, readPixels } from '../test/support/pixels.ts'
import { openScreen } from '../test/support/screen.ts'
import type { Edge } from './main.ts'
import { at, parsed, rawConfig, startDaemon } from './test/daemon.ts'
import { CODE, startFakeHub } from './test/fakehub.ts'
import { cleanup, memoryLog, temporary } from './test/support.ts'

const SOON = { interval: 20 }
const wake: Wake = (delay, then) => {
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}
/** The daemon's own clock is another; this one times the board's debounce. */
const clock = {
  read: () => ({
    wall: instant(Date.now()),
    mono: mono(performance.now()),
    quality: 'synced' as const,
    bootId: 'board',
  }),
}

const KEY = { label: 'pinctrl-bcm2711', line: 17 }
const REST = { label: 'pinctrl-bcm2711', line: 27 }
const input = (name: string, place: typeof KEY) => ({
  what: 'contact',
  line: { name, at: place, direction: 'in', activeLow: false, bias: 'pull-down', debounceMs: 20 },
})
const EVACUATE = {
  id: 'so-tan',
  input: { gpio: 'key' },
  opposite: { gpio: 'key-rest' },
  activeWhen: 'closed',
  holds: 'while',
  class: 'emergency',
  hazard: 'EVACUATION',
  texts: [
    { language: 'vi', headline: 'SƠ TÁN NGAY', instruction: 'Đi theo lối thoát gần nhất. Gọi 114.' },
    { language: 'en', headline: 'EVACUATE NOW' },
  ],
  authority: 'Ban quản lý cửa khẩu (mẫu)',
}
const RESERVOIR = {
  ...EVACUATE,
  id: 'xa-lu',
  input: { device: 'tu-bao', where: 'input 3' },
  opposite: undefined,
  holds: { seconds: 600 },
  hazard: 'RESERVOIR_RELEASE',
  texts: [{ language: 'vi', headline: 'XẢ LŨ: RỜI KHỎI BỜ SUỐI' }],
}

const board = () => {
  const made = memoryGpio({ clock, wake, keeps: false })
  const turn = (pressed: boolean) => {
    made.board.drive(addressText(REST), !pressed)
    made.board.drive(addressText(KEY), pressed)
  }
  turn(false)
  return { ...made, turn }
}

type Start = {
  readonly dataDir: string
  readonly display: string | null
  readonly pins: ReturnType<typeof board>
  readonly hub: object | null
  readonly modbus: string
}
const start = ({ dataDir, display, pins, hub, modbus }: Start): Promise<Edge> => {
  const raw = rawConfig({
    dataDir,
    gpio: { inputs: [input('key', KEY), input('key-rest', REST)] },
    equipment: [
      {
        name: 'tu-bao',
        profile: at('firmware-profiles/waveshare-modbus-rtu-relay-d-8ch.json'),
        link: { kind: 'serial', path: modbus },
        address: { unit: 1 },
        seconds: 1,
      },
    ],
    presets: [EVACUATE, RESERVOIR],
    player: display === null ? { output: 'null' } : { output: 'x11', display },
    hub,
  })
  return startDaemon(parsed(raw, join(dataDir, '..', 'edge.json')), { log: memoryLog().log, pins: pins.port })
}

const cabinet = async (folder: string) => {
  const box = createModbusSim({ model: 'waveshare-relay-d', framing: 'rtu', unit: 1, now: Date.now })
  const path = join(folder, 'ttyCabinet')
  const line = await serveDevice({ device: box, seed: 1, faults: {}, log: () => {}, on: { kind: 'pty', path } })
  cleanup(() => line.close())
  return { box, path }
}

const signIn = async (edge: Edge, code: string) => {
  const body = new URLSearchParams({ person: 'Nguyễn Văn An', code })
  const login = await fetch(`${edge.webUrl}/login`, { method: 'POST', body, redirect: 'manual' })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  const get = async (path: string) => fetch(`${edge.webUrl}${path}`, { headers: { cookie } })
  const main = async () => (await get('/')).text()
  const csrf = /name="csrf" value="([^"]+)"/.exec(await main())?.[1] ?? ''
  const post = (path: string, form: Readonly<Record<string, string>>) =>
    fetch(`${edge.webUrl}${path}`, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams(form),
      redirect: 'manual',
    })
  return { get, main, post: (path: string, form: object = {}) => post(path, { csrf, ...form }), csrf, raw: post }
}

test('a turned key is on the real glass with no network, over a restart, and under a technician’s blank', async () => {
  const folder = temporary()
  const dataDir = join(folder, 'data')
  mkdirSync(dataDir)
  const [screen, pins, { path: modbus }] = [
    await openScreen({ width: 320, height: 160 }),
    board(),
    await cabinet(folder),
  ]
  cleanup(() => screen.stop())
  const edge = await start({ dataDir, display: screen.display, pins, hub: null, modbus })
  const code = edge.pairingCode ?? ''
  await expect.poll(() => edge.status().screen.show, SOON).toBe('standing')
  await expect.poll(() => edge.status().screen.proof, SOON).toMatch(/acknowledged|seen/)
  const standing = readPixels(screen.file)

  pins.turn(true)
  await expect.poll(() => edge.status().screen.show, SOON).toBe('order')
  await expect.poll(() => difference(standing, readPixels(screen.file)), SOON).toBeGreaterThan(0.2)
  expect(edge.status().faults.find((f) => f.id === 'local-emergency')?.detail).toBe('so-tan: SƠ TÁN NGAY')
  const [order] = edge.status().orders
  expect(order).toMatchObject({ class: 'emergency', state: 'active', headline: 'SƠ TÁN NGAY' })
  await edge.stop()

  // Power comes back with the key still turned: the same order, at once.
  const again = await start({ dataDir, display: screen.display, pins, hub: null, modbus })
  await expect.poll(() => again.status().screen.show, SOON).toBe('order')
  await expect.poll(() => difference(standing, readPixels(screen.file)), SOON).toBeGreaterThan(0.2)
  expect(again.status().orders.map((o) => o.id)).toEqual([order?.id])

  const person = await signIn(again, code)
  expect(await person.main()).toContain('ĐANG CÓ HIỆU LỰC')
  expect(await person.main()).toContain('không cấu hình')
  // Else browsers would send forms of this very page with the origin `null`, and nobody could sign in.
  expect((await person.get('/')).headers.get('referrer-policy')).toBe('same-origin')
  const preview = await person.get('/preset/xa-lu')
  expect(await preview.text()).toContain('/preset/xa-lu/0.png')
  const picture = Buffer.from(await (await person.get('/preset/xa-lu/0.png')).arrayBuffer())
  expect(picture.subarray(1, 4).toString()).toBe('PNG')
  for (const path of ['/preset/nothing', '/preset/xa-lu/99.png', '/preset/nothing/0.png'])
    expect((await person.get(path)).status, path).toBe(404)
  expect(again.status().orders).toHaveLength(1)

  for (const form of [
    { csrf: 'wrong', reason: 'intrusion', minutes: '15' },
    { csrf: person.csrf, reason: 'because', minutes: '15' },
    { csrf: person.csrf, reason: 'intrusion', minutes: '100000' },
  ])
    expect((await person.raw('/blank', form)).status).toBeGreaterThanOrEqual(400)
  expect(again.status().screen.show).toBe('order')
  expect((await person.post('/blank', { reason: 'intrusion', minutes: '15' })).status).toBe(303)
  await expect.poll(() => again.status().screen, SOON).toMatchObject({ show: 'dark', rank: 'safety-blank' })
  const black = (x: number, y: number) => readPixels(screen.file).rgb(x, y).join()
  await expect.poll(() => [black(20, 20), black(160, 80), black(300, 140)], SOON).toEqual(['0,0,0', '0,0,0', '0,0,0'])
  expect(again.status().faults.find((f) => f.id === 'local-blank')?.detail).toContain('Nguyễn Văn An')
  expect(await person.main()).toMatch(/Nguyễn Văn An đã cắt hình: xâm nhập/)
  await person.post('/blank-end')
  await expect.poll(() => again.status().screen.show, SOON).toBe('order')

  pins.turn(false)
  await expect.poll(() => again.status().screen.show, SOON).toBe('standing')
  expect(await person.main()).toContain('Lệnh tại chỗ')
})

test('an input of a Modbus box, pressed while the hub is away: page, evidence for the hub when it is back, no receipt', async () => {
  const folder = temporary()
  const [pins, hub, { box, path: modbus }] = [board(), await startFakeHub(), await cabinet(folder)]
  const edge = await start({
    dataDir: join(folder, 'data'),
    display: null,
    pins,
    hub: { url: hub.url, enrolCode: CODE },
    modbus,
  })
  await hub.heard.until('a status', (m) => m.t === 'status')
  // The line is cut again and again, as soon as it is up.
  const scissors = setInterval(hub.cut, 10)
  cleanup(() => clearInterval(scissors))
  hub.cut()
  await expect.poll(() => edge.status().faults.map((f) => f.id), SOON).toContain('hub-away')
  box.setInput(2, true)
  await expect.poll(() => edge.status().screen.show, SOON).toBe('order')
  box.setInput(2, false)
  await expect.poll(() => edge.status().screen.proof, SOON).toMatch(/acknowledged|seen/)
  const from = hub.heard.all.length
  clearInterval(scissors)
  await hub.heard.until(
    'its evidence',
    (m) => m.t === 'evidence' && m.lines.some((l) => l.includes('"stage":"shown"')),
    {
      from,
    },
  )
  // A button that was let go holds for its time.
  expect(edge.status().screen.show).toBe('order')
  const lines = hub.state.lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  const told = lines.filter((line) => line['kind'] === 'order' && line['issuer'] === 'local:xa-lu')
  expect(told.map((line) => line['stage'])).toEqual(['received', 'active', 'shown'])
  expect(told[0]).toMatchObject({ key: null, detail: expect.stringContaining('tu-bao input 3: đóng') })
  expect(hub.heard.all.filter((m) => m.t === 'receipt')).toEqual([])
})
