import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startSimulatedDisplay } from '#controller/sim/sender.ts'
import type { EdgeMessage } from '#core/contract/link.ts'
import { startEdge } from './main.ts'
import { fatal, parsed, rawConfig, startDaemon } from './test/daemon.ts'
import { CODE, order, startFakeHub } from './test/fakehub.ts'
import { cleanup, memoryLog, temporary } from './test/support.ts'

const configOf = (dataDir: string, hub: object | null) => rawConfig({ dataDir, hub })
const start = async (dataDir: string, hub: object | null) => {
  const { log, lines } = memoryLog()
  return { edge: await startDaemon(parsed(configOf(dataDir, hub)), { log }), lines }
}
type Hub = Awaited<ReturnType<typeof startFakeHub>>
const receipt = (hub: Hub, stage: string, id: string, from = 0) =>
  hub.heard.until(
    `${stage} of ${id}`,
    (m) => m.t === 'receipt' && m.receipt.order === id && m.receipt.stage === stage,
    { from },
  )
const show = (hub: Hub, what: string, from = 0) =>
  hub.heard.until(`status ${what}`, (m: EdgeMessage) => m.t === 'status' && m.status.screen.show === what, {
    from,
  })

test('enrols, links, shows an order with proof, survives rubbish, fills in after a cut, stops cleanly', async () => {
  const hub = await startFakeHub()
  const dataDir = temporary()
  const { edge, lines } = await start(dataDir, { url: hub.url, enrolCode: CODE })
  await show(hub, 'standing')
  hub.send({ t: 'order', envelope: order('O1') })
  await receipt(hub, 'accepted', 'O1')
  const shown = await receipt(hub, 'shown', 'O1')
  expect(shown).toMatchObject({ receipt: { proof: expect.stringMatching(/acknowledged|seen/) } })
  expect(shown.t === 'receipt' && shown.receipt.afterMs).toBeLessThan(20_000)
  await show(hub, 'order')

  // Rubbish of every kind is refused, logged, and changes nothing.
  const before = lines.length
  const bad = [
    '{',
    '[]',
    'null',
    '{"t":"nothing"}',
    '{"t":"order"}',
    '{"t":"welcome","v":1}',
    JSON.stringify({ t: 'ask', id: 1, what: 'metrics', x: 1 }),
  ]
  for (const text of bad) hub.raw(text)
  hub.raw(Buffer.from([1, 2, 3]))
  hub.send({ t: 'ask', id: 77, what: 'metrics' })
  const answer = await hub.heard.until('metrics', (m) => m.t === 'answer' && m.id === 77)
  expect(answer.t === 'answer' && answer.body).toContain('bangtin_orders_active{class="emergency"} 1')
  expect(lines.slice(before).filter((l) => l.message.includes('not in the contract')).length).toBe(bad.length + 1)
  hub.send({ t: 'ask', id: 78, what: 'frame' })
  const frame = await hub.heard.until('frame', (m) => m.t === 'answer' && m.id === 78)
  expect(frame.t === 'answer' && Buffer.from(frame.body, 'base64').subarray(0, 2).toString('hex')).toBe('ffd8')

  // A forged order: refused as evidence, not shown.
  const forged = order('O2')
  hub.send({ t: 'order', envelope: { ...forged, payload: forged.payload.replace('Lũ quét', 'Giả mạo') } })
  await hub.heard.until(
    'the refusal in the log',
    (m) => m.t === 'evidence' && m.lines.some((l) => l.includes('bad-signature')),
  )

  // The link is cut; the edge dials again and the log catches up, nothing lost, nothing doubled.
  const from = hub.heard.all.length
  hub.cut()
  await hub.heard.until('hello again', (m) => m.t === 'hello', { from })
  await show(hub, 'order', from)
  hub.send({ t: 'order', envelope: order('O4', { action: 'cancel', references: ['O1'], texts: [] }) })
  await receipt(hub, 'ended', 'O1', from)
  await show(hub, 'standing', from)
  await edge.stop()
  const stored = hub.state.lines.map((l) => JSON.parse(l) as { seq: number })
  expect(stored.map((l) => l.seq)).toEqual(stored.map((_, i) => i))
  expect(stored.length).toBeGreaterThan(15)
  expect(statSync(join(dataDir, 'device-key.pem')).mode & 0o777).toBe(0o600)
  expect(statSync(join(dataDir, 'pairing-code.txt')).mode & 0o777).toBe(0o600)
})

test('a wrong code is told and the screen goes on', async () => {
  const hub = await startFakeHub()
  const { edge } = await start(temporary(), { url: hub.url, enrolCode: 'WRONG-0000' })
  await expect.poll(() => edge.status().faults.map((f) => f.id)).toContain('hub-rejected')
  await expect.poll(() => edge.status().screen.show).toBe('standing')
})

test('the daemon as a process: kill -9 in an emergency, the same content is back within 10 s; SIGTERM is a clean stop', async () => {
  const hub = await startFakeHub()
  const folder = temporary()
  const file = join(folder, 'edge.json')
  writeFileSync(file, JSON.stringify(configOf(join(folder, 'data'), { url: hub.url, enrolCode: CODE })))
  const run = (): ChildProcess => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('../bangtin.ts', import.meta.url)), 'edge', '--config', file],
      {
        stdio: 'ignore',
      },
    )
    cleanup(() => child.kill('SIGKILL'))
    return child
  }
  const gone = (child: ChildProcess) =>
    new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const first = run()
  await show(hub, 'standing')
  hub.send({ t: 'order', envelope: order('O9') })
  await receipt(hub, 'shown', 'O9')
  const dead = gone(first)
  first.kill('SIGKILL')
  await dead
  const from = hub.heard.all.length
  const begun = performance.now()
  const second = run()
  const back = await show(hub, 'order', from)
  expect(performance.now() - begun).toBeLessThan(60_000)
  expect(back.t === 'status' && back.status.screen.order).toBe('O9')
  const ended = gone(second)
  second.kill('SIGTERM')
  expect(await ended).toBe(0)
  const log = hub.state.lines.map((l) => JSON.parse(l) as { kind: string; cause?: string })
  expect(log.some((l) => l.kind === 'gap' && l.cause === 'power-cut')).toBe(true)
  expect(log.some((l) => l.kind === 'close' && l.cause === 'power-cut')).toBe(true)
})

test('what is wrong is told with file, place and reason, and nothing is left locked', async () => {
  const dataDir = temporary()
  const { log } = memoryLog()
  const missing = await startEdge(parsed({ ...configOf(dataDir, null), policy: '/nowhere.json' }), { log, fatal })
  expect(missing).toMatchObject({
    ok: false,
    error: { fault: 'config-invalid', detail: expect.stringMatching(/^\/nowhere\.json: \//) },
  })
  const { edge } = await start(dataDir, null)
  const second = await startEdge(parsed(configOf(dataDir, null)), { log, fatal })
  expect(second).toMatchObject({ ok: false, error: { fault: 'data-folder-locked' } })
  await edge.stop()
  const port = { host: '203.0.113.1', port: 1 }
  const noPort = await startEdge(parsed({ ...configOf(dataDir, null), web: port }), { log, fatal })
  expect(noPort).toMatchObject({ ok: false, error: { detail: expect.stringContaining('/web: cannot listen') } })
  expect((await start(dataDir, null)).edge.webUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
})

test('the technician page: no way in without the code, patterns by a named person only with the right token', async () => {
  const dataDir = temporary()
  const { edge } = await start(dataDir, null)
  const code = readFileSync(join(dataDir, 'pairing-code.txt'), 'utf8').trim()
  expect(edge.pairingCode).toBe(code)
  const post = (path: string, form: Record<string, string>, cookie = '') =>
    fetch(`${edge.webUrl}${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { cookie },
      redirect: 'manual',
    })
  expect((await fetch(`${edge.webUrl}/frame.jpg`)).status).toBe(401)
  expect((await post('/login', { person: 'An', code: 'AAAA-BBBB-CCCC' })).status).toBe(401)
  const login = await post('/login', { person: 'Nguyễn An', code })
  expect(login.status).toBe(303)
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  const page = await (await fetch(edge.webUrl, { headers: { cookie } })).text()
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
  expect(page).toContain('Cửa khẩu Ma Lù Thàng')
  expect(page).not.toMatch(/<script>|style="|onclick=/)
  expect((await post('/test-pattern', { csrf: 'x', pattern: 'red', minutes: '1' }, cookie)).status).toBe(403)
  expect((await post('/test-pattern', { csrf, pattern: 'red', minutes: '99' }, cookie)).status).toBe(400)
  expect((await post('/test-pattern', { csrf, pattern: 'red', minutes: '1' }, cookie)).status).toBe(303)
  const live = await (await fetch(`${edge.webUrl}/live`, { headers: { cookie } })).text()
  expect(live).toContain('Nguyễn An đang thử mẫu đỏ')
  expect((await (await fetch(`${edge.webUrl}/metrics`)).text()).length).toBeGreaterThan(1_000)
  for (let i = 0; i < 3; i++) await post('/login', { person: 'An', code: 'AAAA-BBBB-CCCC' })
  expect((await post('/login', { person: 'An', code })).status).toBe(429)
})

test('a display controller on a real serial device: set, read back, unplugged, plugged in again; nothing else waits for it', async () => {
  const folder = temporary()
  const log = memoryLog().log
  const path = join(folder, 'ttyDisplay')
  const sim = await startSimulatedDisplay({
    model: 'mctrl300',
    cards: 2,
    seed: 1,
    faults: {},
    log,
    on: { kind: 'pty', path },
  })
  cleanup(() => sim.close())
  const profile = fileURLToPath(new URL('../firmware-profiles/novastar-mctrl300.json', import.meta.url))
  const config = { ...configOf(join(folder, 'data'), null), controller: { profile, link: { kind: 'serial', path } } }
  const edge = await startEdge(parsed(config), { log, fatal })
  if (!edge.ok) throw new Error(edge.error.detail)
  cleanup(() => edge.value.stop())
  const display = () => edge.value.status().display
  await expect.poll(() => display().link).toBe('up')
  await expect.poll(() => Math.abs((display().brightness ?? 0) - display().wantBrightness) < 1).toBe(true)
  expect(display()).toMatchObject({ fault: null, cards: 2, testPattern: 'none' })
  sim.unplug()
  await expect.poll(() => edge.value.status().faults.map((f) => f.id)).toContain('display-lost')
  await expect.poll(() => edge.value.status().screen.show).toBe('standing')
  await sim.plugIn()
  // How soon is in the bench (`--only bus`): about a second after it is back.
  await expect.poll(() => display().link).toBe('up')
})
