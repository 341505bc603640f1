import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Edge } from '../main.ts'
import { cabinetConfig, lightSchedule, openCabinet } from '../test/cabinet.ts'
import { parsed, startDaemon } from '../test/daemon.ts'
import { order, startFakeHub } from '../test/fakehub.ts'
import { memoryLog, temporary } from '../test/support.ts'

const world = async () => {
  const hub = await startFakeHub()
  const folder = temporary()
  const place = await openCabinet(folder)
  const raw = cabinetConfig(folder, hub.url, 50)
  const config = parsed(raw, join(folder, 'edge.json'))
  const start = (): Promise<Edge> => startDaemon(config, { log: memoryLog().log })
  const evidence = (kind: string) =>
    hub.state.lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['kind'] === kind)
  const powers = () => evidence('power').filter((line) => 'stage' in line)
  return { ...place, hub, start, evidence, powers }
}
const SOON = { interval: 20 }
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
  it.hub.send({ t: 'schedule', envelope: lightSchedule(1, 'always') })
  await expect.poll(lit, SOON).toBe('lit')
  expect(it.story.slice(0, 3)).toEqual(UP)
  expect(it.sender.state().blackout).toBe(false)
  await expect.poll(() => edge.status().display.cards, SOON).toBe(2)

  const down = it.story.length
  it.hub.send({ t: 'schedule', envelope: lightSchedule(2, 'not-now') })
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
  const receipt = await it.hub.heard.until('shown', (m) => m.t === 'receipt' && m.receipt.stage === 'shown', {})
  expect(receipt).toMatchObject({ receipt: { order: 'O1', proof: expect.stringMatching(/read-back|seen/) } })
  // The steps of this sequence and a sender that answers at once; the real wait is the sender’s own start.
  expect(performance.now() - told).toBeLessThan(60_000)
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
})

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
})
