import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createModbusSim } from '#controller/sim/modbus.ts'
import { createNovastarSim } from '#controller/sim/novastar.ts'
import { serveDevice } from '#controller/sim/serve.ts'
import type { Edge } from './main.ts'
import { at, parsed, rawConfig, SITE, startDaemon } from './test/daemon.ts'
import { CODE, order, startFakeHub } from './test/fakehub.ts'
import { cleanup, memoryLog, temporary } from './test/support.ts'

const SOON = { interval: 20 }

/** A sender and a thermometer in the cabinet, each on a line of its own. */
const world = async () => {
  const { log } = memoryLog()
  const folder = temporary()
  const hub = await startFakeHub()
  const sender = createNovastarSim({ model: 'mctrl300', cards: 2 })
  const thermometer = createModbusSim({ model: 'xy-md02', framing: 'rtu', unit: 1, now: Date.now })
  const [senderPath, climatePath] = [join(folder, 'ttySender'), join(folder, 'ttyClimate')]
  const lines = [
    await serveDevice({ device: sender, seed: 1, faults: {}, log, on: { kind: 'pty', path: senderPath } }),
    await serveDevice({ device: thermometer, seed: 2, faults: {}, log, on: { kind: 'pty', path: climatePath } }),
  ]
  cleanup(() => Promise.all(lines.map((line) => line.close())))
  const raw = rawConfig({
    site: { ...SITE, location: { latitude: 22.6, longitude: 103.16 } },
    controller: {
      profile: at('firmware-profiles/novastar-mctrl300.json'),
      link: { kind: 'serial', path: senderPath },
    },
    equipment: [
      {
        name: 'nhiet-do',
        profile: at('firmware-profiles/generic-xy-md02.json'),
        link: { kind: 'serial', path: climatePath },
        address: { unit: 1 },
        seconds: 1,
      },
    ],
    energy: { fullWatts: 1000, idleWatts: 100 },
    thermal: { dimAt: 60, dimTo: 30, darkAt: 70, emergencyDarkAt: 78 },
    hub: { url: hub.url, enrolCode: CODE },
  })
  const edge = await startDaemon(parsed(raw, join(folder, 'edge.json')), { log })
  return { hub, sender, thermometer, edge }
}

/** The technician's page, signed in. */
const pageOf = async (edge: Edge): Promise<string> => {
  const body = new URLSearchParams({ person: 'Nguyễn An', code: edge.pairingCode ?? '' })
  const login = await fetch(`${edge.webUrl}/login`, { method: 'POST', body, redirect: 'manual' })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  return (await fetch(edge.webUrl, { headers: { cookie } })).text()
}

test('heat dims the real sender, then darkens it, spares an emergency, and gives the picture back', async () => {
  const { hub, sender, thermometer, edge } = await world()
  const faults = () => edge.status().faults.map((one) => one.id)
  const screen = () => [edge.status().screen.lit, edge.status().display.brightness]
  const heat = () =>
    hub.state.lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .flatMap((line) => (line['what'] === 'heat' ? [String(line['detail'])] : []))
  await hub.heard.until('status', (m) => m.t === 'status')
  await expect.poll(() => edge.status().screen.lit, SOON).toBe('lit')
  await expect.poll(() => Math.round(edge.status().display.brightness ?? 0), SOON).toBe(70)

  thermometer.feel({ celsius: 63.5 })
  await expect.poll(() => Math.round(edge.status().display.brightness ?? 0), SOON).toBe(30)
  expect(faults()).toContain('over-temperature')
  expect(edge.status().screen.lit).toBe('lit')

  thermometer.feel({ celsius: 72 })
  await expect.poll(screen, SOON).toMatchObject(['dark', expect.any(Number)])
  expect(sender.state().blackout).toBe(true)
  expect(faults()).toContain('over-temperature-dark')
  expect(edge.status().screen).toMatchObject({ claim: 'thermal', rank: 'safety-blank', order: null })

  hub.send({ t: 'order', envelope: order('O1', { brightness: 100 }) })
  await hub.heard.until('shown', (m) => m.t === 'receipt' && m.receipt.stage === 'shown')
  expect(sender.state().blackout).toBe(false)
  expect(Math.round(edge.status().display.brightness ?? 0)).toBe(30)

  const page = await pageOf(edge)
  // 100 % asked for, 30 % because of the heat; the small English words stand between.
  expect(page).toMatch(/30 % theo lệnh .*; ≤ quá nóng/)
  expect(page).toContain('72 °C nhiet-do cabinet')
  expect(page).toContain('quá nóng, tắt hình trừ lệnh khẩn cấp')
  expect(page).toMatch(/kWh/)

  thermometer.feel({ celsius: 79 })
  await expect.poll(() => sender.state().blackout, SOON).toBe(true)
  thermometer.feel({ celsius: 40 })
  // As bright as the order asks, and no brighter than the profile lets it.
  await expect.poll(() => Math.round(edge.status().display.brightness ?? 0), SOON).toBe(90)
  expect(sender.state().blackout).toBe(false)
  expect(faults().filter((id) => id.startsWith('over-'))).toEqual([])
  await expect.poll(() => heat().length, SOON).toBe(4)
  expect(heat()[0]).toBe('63.5 °C (nhiet-do cabinet): giảm sáng còn 30 % · dimmed to 30 %')

  const metrics = await (await fetch(`${edge.webUrl}/metrics`)).text()
  expect(metrics).toMatch(/^bangtin_display_runtime_seconds_total\{state="lit"\} [0-9.]+$/m)
  expect(metrics).toMatch(/^bangtin_display_energy_estimated_joules_total [1-9][0-9.]*$/m)
  expect(metrics).toMatch(/^bangtin_display_starts_total\{what="light"\} [1-9]/m)
})
