import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createModbusSim, type ModbusSim } from '#controller/sim/modbus.ts'
import { createNovastarSim } from '#controller/sim/novastar.ts'
import { serveDevice } from '#controller/sim/serve.ts'
import { canonicalJson } from '#core/content/item.ts'
import { sealEnvelope } from '#core/contract/verify.ts'
import { parseConfig } from '../config.ts'
import { type Edge, startEdge } from '../main.ts'
import { CODE, officer, order, startFakeHub } from '../test/fakehub.ts'
import { cleanup, memoryLog, temporary } from '../test/support.ts'

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const fatal = (error: unknown) => {
  throw error
}

/** Two contactors with feedback on contacts 0 and 1, the sender on relay 2, smoke on contact 7. */
const SEQUENCE = {
  version: 1,
  relays: ['mains-1', 'mains-2', 'sender'],
  inputs: [
    { name: 'mains-1-closed', kind: 'flag' },
    { name: 'mains-2-closed', kind: 'flag' },
    { name: 'smoke', kind: 'flag' },
  ],
  startOffsetMs: 0,
  minimumOffMs: 300,
  boundMs: 60_000,
  relayWithinMs: 2500,
  blank: { withinMs: 3000, everyMs: 200 },
  steps: [
    {
      step: 'relay',
      relay: 'mains-1',
      on: true,
      settleMs: 50,
      feedback: { input: 'mains-1-closed', wanted: true, withinMs: 1000 },
    },
    {
      step: 'relay',
      relay: 'mains-2',
      on: true,
      settleMs: 50,
      feedback: { input: 'mains-2-closed', wanted: true, withinMs: 1000 },
    },
    { step: 'relay', relay: 'sender', on: true, settleMs: 50, feedback: null },
    { step: 'sender-answers', withinMs: 15_000, everyMs: 200 },
    { step: 'cards-answer', atLeast: 2, withinMs: 10_000, everyMs: 200 },
    { step: 'unblank', withinMs: 3000, everyMs: 200 },
  ],
  interlocks: [{ rule: 'is', input: 'smoke', wanted: false, unknownMs: 10_000, why: 'Có khói · smoke' }],
}

/** All weekdays, one hour of light that is never now by the clock of Việt Nam, or all day. */
const schedule = (version: number, light: 'always' | 'not-now') => {
  const hour = (new Date().getUTCHours() + 7) % 24
  const [from, to] = light === 'always' ? ['00:00', '24:00'] : hour < 12 ? ['20:00', '21:00'] : ['03:00', '04:00']
  const document = {
    site: 'LC-TEST-01',
    version,
    issuedAt: Date.now(),
    issuedBy: 'tructinh',
    policy: 'lai-chau-2024',
    items: [],
    playlists: [],
    frames: [],
    fallbackPlaylist: null,
    power: [{ weekdays: [0, 1, 2, 3, 4, 5, 6], from, to, brightness: 60 }],
  }
  return sealEnvelope('schedule', canonicalJson(document), [officer])
}

/** What the cabinet went through, as words: `mains-1 on`, `dark`, `light`. */
type Story = string[]
const NAMES = ['mains-1', 'mains-2', 'sender']

/** A relay board whose contactors move its own inputs, and which says what its relays did. */
const cabinetBoard = (of: {
  readonly story: Story
  readonly powered: (yes: boolean) => void
  readonly stuck: Set<number>
}) => {
  const board: ModbusSim = createModbusSim({ model: 'waveshare-relay-d', framing: 'rtu', unit: 1, now: Date.now })
  let before = board.state().relays
  const follow = () => {
    const { relays } = board.state()
    for (const [i, name] of NAMES.entries()) {
      if (relays[i] === before[i]) continue
      of.story.push(`${name} ${relays[i] ? 'on' : 'off'}`)
      if (i < 2 && !of.stuck.has(i)) board.setInput(i, relays[i] === true)
    }
    before = relays
    const { inputs } = board.state()
    of.powered(inputs[0] === true && inputs[1] === true && relays[2] === true)
  }
  return {
    ...board,
    answer: (request: Uint8Array) => {
      const replies = board.answer(request)
      follow()
      return replies
    },
  }
}

const cabinet = async (folder: string) => {
  const { log } = memoryLog()
  const story: Story = []
  const stuck = new Set<number>()
  const senderPath = join(folder, 'ttySender')
  const novastar = createNovastarSim({ model: 'mctrl300', cards: 2 })
  novastar.onChange(({ blackout }) => {
    const word = blackout ? 'dark' : 'light'
    if (story.findLast((one) => one === 'dark' || one === 'light') !== word) story.push(word)
  })
  // Without power it hears and says nothing.
  let has = false
  const sender = await serveDevice({
    device: { ...novastar, answer: (request: Uint8Array) => (has ? novastar.answer(request) : []) },
    seed: 1,
    faults: {},
    log,
    on: { kind: 'pty', path: senderPath },
  })
  cleanup(() => sender.close())
  const powered = (yes: boolean) => {
    if (yes === has) return
    has = yes
    // With power it begins anew.
    if (yes) novastar.powerCycle()
  }
  const boardPath = join(folder, 'ttyBoard')
  const device = cabinetBoard({ story, powered, stuck })
  const board = await serveDevice({ device, seed: 2, faults: {}, log, on: { kind: 'pty', path: boardPath } })
  cleanup(() => board.close())
  return { story, stuck, senderPath, boardPath, board: device, sender: novastar, isPowered: () => has }
}

const world = async () => {
  const hub = await startFakeHub()
  const folder = temporary()
  const place = await cabinet(folder)
  writeFileSync(join(folder, 'sequence.json'), JSON.stringify(SEQUENCE))
  const config = parseConfig(
    join(folder, 'edge.json'),
    JSON.stringify({
      site: {
        id: 'LC-TEST-01',
        name: 'Cửa khẩu Ma Lù Thàng',
        clusterClass: 'BORDER_GATE',
        unitCode: '12345',
        panel: { width: 320, height: 160 },
        exerciseMode: false,
        outdoors: true,
        audio: false,
      },
      dataDir: 'data',
      policy: at('deploy/policies/lai-chau-2024.json'),
      controller: {
        profile: at('firmware-profiles/novastar-mctrl300.json'),
        link: { kind: 'serial', path: place.senderPath },
      },
      equipment: [
        {
          name: 'tu-dien',
          profile: at('firmware-profiles/waveshare-modbus-rtu-relay-d-8ch.json'),
          link: { kind: 'serial', path: place.boardPath },
          address: { unit: 1 },
        },
      ],
      power: {
        sequence: 'sequence.json',
        offAfterSeconds: 1,
        relays: {
          'mains-1': { device: 'tu-dien', channel: 0 },
          'mains-2': { device: 'tu-dien', channel: 1 },
          sender: { device: 'tu-dien', channel: 2 },
        },
        inputs: {
          'mains-1-closed': { device: 'tu-dien', channel: 0 },
          'mains-2-closed': { device: 'tu-dien', channel: 1 },
          smoke: { device: 'tu-dien', channel: 7 },
        },
      },
      player: { output: 'null' },
      hub: { url: hub.url, enrolCode: CODE },
      web: { port: 0 },
      clock: 'host',
    }),
  )
  if (!config.ok) throw new Error(config.error)
  const start = async (): Promise<Edge> => {
    const edge = await startEdge(config.value, { log: memoryLog().log, fatal })
    if (!edge.ok) throw new Error(edge.error.detail)
    cleanup(() => edge.value.stop())
    return edge.value
  }
  const evidence = (kind: string) =>
    hub.state.lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['kind'] === kind)
  const powers = () => evidence('power').filter((line) => 'stage' in line)
  return { ...place, hub, start, evidence, powers }
}
const SOON = { timeout: 25_000, interval: 20 }
const faultsOf = (edge: Edge) => edge.status().faults.map((one) => one.id)
const UP = ['mains-1 on', 'mains-2 on', 'sender on']
const DOWN = ['sender off', 'mains-2 off', 'mains-1 off']

test('a display on contactors: lit in steps; quiet hours: black, then without power in reverse; an emergency wakes it; a restart leaves it', async () => {
  const it = await world()
  const edge = await it.start()
  const seen: string[] = []
  const lit = () => {
    for (const one of faultsOf(edge)) if (one.startsWith('display') || one.startsWith('power')) seen.push(one)
    return edge.status().screen.lit
  }
  await it.hub.heard.until('status', (m) => m.t === 'status')
  it.hub.send({ t: 'schedule', envelope: schedule(1, 'always') })
  await expect.poll(lit, SOON).toBe('lit')
  expect(it.story.slice(0, 3)).toEqual(UP)
  expect(it.sender.state().blackout).toBe(false)
  await expect.poll(() => edge.status().display.cards, SOON).toBe(2)

  const down = it.story.length
  it.hub.send({ t: 'schedule', envelope: schedule(2, 'not-now') })
  await expect.poll(lit, SOON).toBe('dark')
  await expect.poll(() => it.story.at(-1), SOON).toBe('mains-1 off')
  expect(it.story.slice(down)).toEqual(['dark', ...DOWN])
  expect(it.isPowered()).toBe(false)
  await expect
    .poll(() => it.powers().map((r) => `${r['stage']} ${r['want']}`), SOON)
    .toEqual(['asked on', 'done on', 'asked off', 'done off'])
  expect(it.powers()[2]).toMatchObject({ claim: 'quiet-hours', order: null })
  expect(it.powers()[3]?.['ms']).toBeGreaterThan(100)

  // Seven seconds without power: the controller is not asked and not missed.
  const quietUntil = performance.now() + 7_000
  await expect
    .poll(() => (lit() === 'dark' && performance.now() > quietUntil ? 'still dark' : lit()), SOON)
    .toBe('still dark')
  expect(seen).toEqual([])

  const up = it.story.length
  const told = performance.now()
  it.hub.send({ t: 'order', envelope: order('O1') })
  const receipt = await it.hub.heard.until('shown', (m) => m.t === 'receipt' && m.receipt.stage === 'shown', {
    atMostMs: 25_000,
  })
  expect(receipt).toMatchObject({ receipt: { order: 'O1', proof: expect.stringMatching(/read-back|seen/) } })
  // The steps of this sequence and a sender that answers at once; the real wait is the sender’s own start.
  expect(performance.now() - told).toBeLessThan(15_000)
  expect(it.story.slice(up, up + 3)).toEqual(UP)
  expect(it.sender.state().blackout).toBe(false)
  expect(it.powers().find((r) => r['order'] === 'O1')).toMatchObject({ want: 'on', stage: 'asked', claim: 'order:O1' })

  // The daemon starts again under the emergency: no relay moves and no dark moment.
  await edge.stop()
  const kept = it.story.length
  const again = await it.start()
  await expect.poll(() => again.status().screen.lit, SOON).toBe('lit')
  await expect.poll(() => it.powers().filter((r) => r['stage'] === 'done').length, SOON).toBe(4)
  expect(it.story.slice(kept)).toEqual([])
  it.hub.send({ t: 'order', envelope: order('O2', { action: 'cancel', references: ['O1'], texts: [] }) })
  await expect.poll(() => it.story.at(-1), SOON).toBe('mains-1 off')
  expect(it.story.slice(kept)).toEqual(['dark', ...DOWN])
  expect(it.evidence('incident').filter((r) => ['display', 'power'].includes(String(r['what'])))).toEqual([])
  expect(seen).toEqual([])
}, 120_000)

test('a contactor that does not close: a fault that names it, and everything let go of; smoke: dark and off at once', async () => {
  const it = await world()
  it.stuck.add(1)
  const edge = await it.start()
  await expect.poll(() => faultsOf(edge), SOON).toContain('power-failed')
  const said = edge.status().faults.find((one) => one.id === 'power-failed')
  expect(said?.detail).toBe('step 2: relay mains-2 on: mains-2-closed says false')
  await expect.poll(() => it.story, SOON).toEqual(['mains-1 on', 'mains-2 on', 'mains-2 off', 'mains-1 off'])
  await expect.poll(() => edge.status().screen, SOON).toMatchObject({ lit: 'dark' })
  expect(faultsOf(edge)).not.toContain('display-lost')
  await expect.poll(() => it.evidence('incident').find((r) => r['what'] === 'power'), SOON).toBeDefined()
  expect(it.powers().find((r) => r['stage'] === 'failed')).toMatchObject({
    step: 'step 2: relay mains-2 on',
    want: 'on',
  })

  // Mended; an order is tried for at once.
  it.stuck.clear()
  it.hub.send({ t: 'order', envelope: order('O1') })
  await expect.poll(() => edge.status().screen.lit, SOON).toBe('lit')
  await expect.poll(() => faultsOf(edge), SOON).not.toContain('power-failed')
  const from = it.story.length
  it.board.setInput(7, true)
  await expect.poll(() => faultsOf(edge), SOON).toContain('power-interlock')
  await expect.poll(() => it.story.at(-1), SOON).toBe('mains-1 off')
  expect(it.story.slice(from)).toEqual(['dark', ...DOWN])
  expect(edge.status().faults.find((one) => one.id === 'power-interlock')?.detail).toContain('Có khói')
  expect(faultsOf(edge)).not.toContain('display-lost')
}, 120_000)
