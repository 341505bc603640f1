import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createOnbonSim } from '#controller/sim/onbon.ts'
import { serveDevice } from '#controller/sim/serve.ts'
import type { EdgeMessage } from '#core/contract/link.ts'
import { READING } from '#core/text/reading.ts'
import { checkFiles } from '../ground.ts'
import { at, parsed, rawConfig, SITE, startDaemon } from '../test/daemon.ts'
import { CODE, order, startFakeHub } from '../test/fakehub.ts'
import { cleanup, memoryLog, temporary } from '../test/support.ts'
import { latin } from './onboard-testing.ts'

const configOf = (
  folder: string,
  over: { player: object; controller: object | null; hub: object | null; policy?: string },
) => parsed(rawConfig({ site: { ...SITE, panel: { width: 192, height: 64 } }, dataDir: join(folder, 'data'), ...over }))

/** A whole daemon with a hub, and a text card on a real serial device. `line`: what its cable and its site have of their own. */
const world = async (player: object, line: { readonly paceBaud?: number; readonly policy?: string } = {}) => {
  const hub = await startFakeHub()
  const folder = temporary()
  const { log, lines } = memoryLog()
  const path = join(folder, 'ttyCard')
  const { paceBaud, ...own } = line
  const paced = paceBaud === undefined ? {} : { paceBaud }
  const device = createOnbonSim({ screen: 1, deviceType: 0x51, now: Date.now, programs: [] })
  const sim = await serveDevice({ device, seed: 1, faults: {}, log, on: { kind: 'pty', path }, ...paced })
  cleanup(() => sim.close())
  const controller = { profile: at('firmware-profiles/onbon-bx5k.json'), link: { kind: 'serial', path } }
  const config = configOf(folder, { player, controller, hub: { url: hub.url, enrolCode: CODE }, ...own })
  const edge = await startDaemon(config, { log })
  const shown = () => device.state().areas.map((area) => latin(area.text))
  const evidence = (kind: string) =>
    hub.state.lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['kind'] === kind)
  return { hub, edge, shown, device, evidence, lines }
}
const SOON = { interval: 20 }

test('a daemon without a video path: the standing page, then a signed order on a text card, with proof in the evidence', async () => {
  const { hub, edge, shown, device, evidence } = await world({ output: 'onboard', fallback: 'unmarked' })
  const standing = 'Cua khau Ma Lu Thang\nCum thong tin dien tu\ncong cong'
  await expect.poll(shown, SOON).toEqual([standing])
  expect(device.state().on).toBe(true)
  expect(edge.playerPid()).toBeNull()
  hub.send({ t: 'order', envelope: order('O1') })
  await expect.poll(() => shown()[0], SOON).toContain('LU QUET - CAP 4\nLu quet dang ve\nRoi khoi bo suoi')
  const receipt = await hub.heard.until('shown', (m) => m.t === 'receipt' && m.receipt.stage === 'shown')
  expect(receipt.t === 'receipt' && receipt.receipt.afterMs).toBeLessThan(20_000)
  const isOrder = (line: Record<string, unknown>) => line['item'] === 'order:O1'
  await expect.poll(() => evidence('open').filter(isOrder).length, SOON).toBe(1)
  const play = evidence('open').find(isOrder)?.['play']
  await expect
    .poll(() => evidence('proof').find((line) => line['play'] === play), SOON)
    .toMatchObject({ proof: 'acknowledged', how: expect.stringContaining('the controller took') })
  hub.send({ t: 'ask', id: 1, what: 'frame' })
  const frame = await hub.heard.until('frame', (m) => m.t === 'answer' && m.id === 1)
  expect(frame.t === 'answer' && Buffer.from(frame.body, 'base64').subarray(0, 2).toString('hex')).toBe('ffd8')
  hub.send({ t: 'order', envelope: order('O2', { action: 'cancel', references: ['O1'], texts: [] }) })
  await expect.poll(shown, SOON).toEqual([standing])
  await edge.stop()
  // What is up stays up, with its time-out: a restart takes nothing off the screen.
  expect(shown()).toEqual([standing])
  expect(device.state().areas[0]).toMatchObject({ runMode: 2, timeoutSeconds: 900 })
})

/** The shipped policy with the shortest turns it may ask for. */
const shortTurns = (): string => {
  const policy = JSON.parse(readFileSync(at('deploy/policies/lai-chau-2024.json'), 'utf8'))
  policy.emergency.sharing.turnMs = READING.leastMs
  const file = join(temporary(), 'policy.json')
  writeFileSync(file, JSON.stringify(policy))
  return file
}
/** The slowest line in the field: a page takes longer to get there than a change of what is wanted takes to be said. */
const SLOW_BAUD = 9_600

test('two emergencies share a text card on a slow line: each has its turns with proof, no upload is broken off, both end clean', async () => {
  const line = { policy: shortTurns(), paceBaud: SLOW_BAUD }
  const { hub, shown, evidence } = await world({ output: 'onboard', fallback: 'unmarked' }, line)
  await expect.poll(() => shown().length, SOON).toBe(1)
  const [standing] = shown()
  const text = (headline: string) => ({ texts: [{ language: 'vi', headline, instruction: 'Đi ngay' }] })
  hub.send({ t: 'order', envelope: order('A1', text('Lũ quét')) })
  hub.send({ t: 'order', envelope: order('B1', { severity: 'severe', ...text('Sạt lở') }) })
  const isShown = (id: string) => (m: EdgeMessage) =>
    m.t === 'receipt' && m.receipt.stage === 'shown' && m.receipt.order === id
  await hub.heard.until('A is shown', isShown('A1'))
  await hub.heard.until('B is shown', isShown('B1'))
  expect(shown()[0]).toContain('Sat lo')
  // And back: the third turn is A's again.
  await expect.poll(() => shown()[0], SOON).toContain('Lu quet')
  hub.send({ t: 'order', envelope: order('A2', { action: 'cancel', references: ['A1'], texts: [] }) })
  await expect.poll(() => shown()[0], SOON).toContain('Sat lo')
  hub.send({ t: 'order', envelope: order('B2', { action: 'cancel', references: ['B1'], texts: [] }) })
  await expect.poll(shown, SOON).toEqual([standing])
  const stages = (stage: string) => evidence('order').flatMap((o) => (o['stage'] === stage ? [o['order']] : []))
  await expect.poll(() => stages('ended'), SOON).toEqual(['A1', 'B1'])
  expect(stages('shown')).toEqual(['A1', 'B1'])
  const opens = evidence('open').filter((o) => o['order'] !== null)
  await expect.poll(() => evidence('close').length, SOON).toBeGreaterThan(opens.length)
  const closes = new Map(evidence('close').map((c) => [c['play'], c]))
  const turns = opens.map((o) => ({ ...closes.get(o['play']), order: o['order'] }) as Record<string, unknown>)
  // A turn that is over was seen: had the next one broken an upload off, its play would be closed as no more than commanded.
  expect(turns.map((t) => t['order']).slice(0, 4)).toEqual(['A1', 'B1', 'A1', 'B1'])
  const whole = turns.filter((t) => t['cause'] === 'ended')
  expect(whole.length).toBeGreaterThanOrEqual(2)
  for (const turn of whole) {
    expect(turn).toMatchObject({ proof: 'acknowledged' })
    expect(turn['ms']).toBeGreaterThanOrEqual(READING.leastMs)
  }
  expect(evidence('incident').filter((line) => line['what'] === 'player-failed')).toEqual([])
  expect(stages('refused')).toEqual([])
})

test('an order that the card cannot show is an incident with the characters named, and is not said to be shown', async () => {
  const { hub, shown, evidence, lines } = await world({ output: 'onboard' })
  await hub.heard.until('status', (m) => m.t === 'status')
  hub.send({ t: 'order', envelope: order('O1') })
  await expect
    .poll(() => evidence('incident').find((line) => String(line['detail']).startsWith('order:O1')), SOON)
    .toMatchObject({ what: 'player-failed', type: 'TECHNICAL', detail: expect.stringMatching(/ký tự Ũ É/) })
  expect(shown()).toEqual([])
  expect(evidence('order').map((line) => line['stage'])).not.toContain('shown')
  expect(lines.some((line) => line.message.includes('no Vietnamese'))).toBe(true)
})

const onbon = { profile: at('firmware-profiles/onbon-bx5k.json'), link: { kind: 'serial', path: '/dev/ttyUSB0' } }
const huidu = {
  profile: at('firmware-profiles/huidu-sdk2.json'),
  link: { kind: 'tcp', host: '192.0.2.1', port: 10001 },
}
const novastar = { ...onbon, profile: at('firmware-profiles/novastar-mctrl300.json') }
const checked = (player: object, controller: object | null): string => {
  const files = checkFiles(configOf(temporary(), { player, controller, hub: null }))
  return files.ok ? 'fine' : files.error.detail
}

test.each([
  ['a text card', { output: 'onboard' }, onbon, /^fine$/],
  ['a text card with the agreed fallback', { output: 'onboard', fallback: 'unmarked' }, onbon, /^fine$/],
  ['a card that takes pictures', { output: 'onboard' }, huidu, /^fine$/],
  ['no controller', { output: 'onboard' }, null, /^\/player\/output: .*there is none/],
  ['a sender', { output: 'onboard' }, novastar, /^\/player\/output: .*novastar-mctrl300.*does not/],
  ['a fallback for pictures', { output: 'onboard', fallback: 'unmarked' }, huidu, /^\/player\/fallback: huidu-sdk2/],
] as const)('the check of the configuration: %s', (_name, player, controller, says) => {
  expect(checked(player, controller)).toMatch(says)
})
