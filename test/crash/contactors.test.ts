import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createModbusSim } from '#controller/sim/modbus.ts'
import { createNovastarSim } from '#controller/sim/novastar.ts'
import { serveDevice } from '#controller/sim/serve.ts'
import { canonicalJson } from '#core/content/item.ts'
import type { StatusReport } from '#core/contract/link.ts'
import { sealEnvelope } from '#core/contract/verify.ts'
import { CODE, officer, startFakeHub } from '#edge/test/fakehub.ts'
import { ROOT } from '../support/demo.ts'
import { until } from '../support/until.ts'

/**
 * SIGKILL in the middle of a power sequence, with the contactors of a simulated relay board: the relays stay as they are when the daemon dies, so
 * the display hangs half switched until the next run has read them back and gone on.
 */
const NAMES = ['mains-1', 'mains-2', 'sender'] as const
/** After a restart nothing may be half switched for longer, ms: the start, the look at the relays, the whole way up or down. */
const HALF_MS = 30_000

const relay = (name: string, feedback: string | null) => ({
  step: 'relay',
  relay: name,
  on: true,
  settleMs: 400,
  feedback: feedback === null ? null : { input: feedback, wanted: true, withinMs: 1000 },
})
const SEQUENCE = {
  version: 1,
  relays: [...NAMES],
  inputs: ['mains-1-closed', 'mains-2-closed', 'smoke'].map((name) => ({ name, kind: 'flag' })),
  startOffsetMs: 0,
  minimumOffMs: 300,
  boundMs: 60_000,
  relayWithinMs: 2500,
  blank: { withinMs: 3000, everyMs: 200 },
  steps: [
    relay('mains-1', 'mains-1-closed'),
    relay('mains-2', 'mains-2-closed'),
    relay('sender', null),
    { step: 'sender-answers', withinMs: 15_000, everyMs: 200 },
    { step: 'unblank', withinMs: 3000, everyMs: 200 },
  ],
  interlocks: [{ rule: 'is', input: 'smoke', wanted: false, unknownMs: 10_000, why: 'Có khói · smoke' }],
}

/** One hour of light that is never now by the clock of Việt Nam, or all day. */
const schedule = (version: number, light: 'always' | 'not-now') => {
  const hour = (new Date().getUTCHours() + 7) % 24
  const [from, to] = light === 'always' ? ['00:00', '24:00'] : hour < 12 ? ['20:00', '21:00'] : ['03:00', '04:00']
  const document = {
    ...{ site: 'LC-TEST-01', version, issuedAt: Date.now(), issuedBy: 'tructinh', policy: 'lai-chau-2024' },
    ...{ items: [], playlists: [], frames: [], fallbackPlaylist: null },
    power: [{ weekdays: [0, 1, 2, 3, 4, 5, 6], from, to, brightness: 60 }],
  }
  return sealEnvelope('schedule', canonicalJson(document), [officer])
}

const quiet = () => undefined
const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** A relay board whose contactors move its own inputs and give the sender its power. `story`: what the relays did, in words. */
const openCabinet = async (folder: string) => {
  const story: { readonly what: string; readonly at: number }[] = []
  const waiting = new Set<() => void>()
  const novastar = createNovastarSim({ model: 'mctrl300', cards: 2 })
  const has = { power: false }
  const sender = await serveDevice({
    device: { ...novastar, answer: (request: Uint8Array) => (has.power ? novastar.answer(request) : []) },
    ...{ seed: 1, faults: {}, log: quiet, on: { kind: 'pty', path: join(folder, 'ttySender') } },
  })
  const board = createModbusSim({ model: 'waveshare-relay-d', framing: 'rtu', unit: 1, now: Date.now })
  let before = board.state().relays
  const follow = (): void => {
    const { relays } = board.state()
    NAMES.forEach((name, i) => {
      if (relays[i] === before[i]) return
      story.push({ what: `${name} ${relays[i] ? 'on' : 'off'}`, at: performance.now() })
      if (i < 2) board.setInput(i, relays[i] === true)
    })
    before = relays
    const yes = NAMES.every((_, i) => relays[i] === true)
    if (yes && !has.power) novastar.powerCycle()
    has.power = yes
    for (const look of [...waiting]) look()
  }
  const device = {
    ...board,
    answer: (request: Uint8Array) => {
      const replies = board.answer(request)
      follow()
      return replies
    },
  }
  const served = await serveDevice({
    device,
    ...{ seed: 2, faults: {}, log: quiet, on: { kind: 'pty', path: join(folder, 'ttyBoard') } },
  })
  stops.push(
    () => sender.close(),
    () => served.close(),
  )
  const relays = (): readonly boolean[] => NAMES.map((_, i) => board.state().relays[i] === true)
  return {
    story,
    relays,
    /** Resolves in the very moment in which the board carries it out. */
    when: (what: string): Promise<void> => {
      const from = story.length
      return new Promise((resolve) => {
        const look = (): void => {
          if (!story.slice(from).some((one) => one.what === what)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
      })
    },
    isHalf: () => new Set(relays()).size === 2,
  }
}

const configOf = (folder: string, hub: string) => ({
  site: {
    ...{ id: 'LC-TEST-01', name: 'Cửa khẩu Ma Lù Thàng', clusterClass: 'BORDER_GATE', unitCode: '12345' },
    ...{ panel: { width: 320, height: 160 }, exerciseMode: false, outdoors: true, audio: false },
  },
  dataDir: 'data',
  policy: join(ROOT, 'deploy/policies/lai-chau-2024.json'),
  controller: {
    profile: join(ROOT, 'firmware-profiles/novastar-mctrl300.json'),
    link: { kind: 'serial', path: join(folder, 'ttySender') },
  },
  equipment: [
    {
      name: 'tu-dien',
      profile: join(ROOT, 'firmware-profiles/waveshare-modbus-rtu-relay-d-8ch.json'),
      link: { kind: 'serial', path: join(folder, 'ttyBoard') },
      address: { unit: 1 },
    },
  ],
  power: {
    sequence: 'sequence.json',
    offAfterSeconds: 1,
    relays: Object.fromEntries(NAMES.map((name, channel) => [name, { device: 'tu-dien', channel }])),
    inputs: {
      'mains-1-closed': { device: 'tu-dien', channel: 0 },
      'mains-2-closed': { device: 'tu-dien', channel: 1 },
      smoke: { device: 'tu-dien', channel: 7 },
    },
  },
  player: { output: 'null' },
  hub: { url: hub, enrolCode: CODE },
  web: { port: 0 },
  clock: 'host',
})

const openWorld = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-contactors-'))
  stops.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const hub = await startFakeHub()
  const cabinet = await openCabinet(folder)
  writeFileSync(join(folder, 'sequence.json'), JSON.stringify(SEQUENCE))
  const file = join(folder, 'edge.json')
  writeFileSync(file, JSON.stringify(configOf(folder, hub.url)))
  const run = { child: null as ChildProcess | null }
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      const { child } = run
      run.child = null
      if (child === null) return resolve()
      child.once('exit', () => resolve())
      child.kill('SIGKILL')
    })
  stops.push(kill)
  const start = (): void => {
    run.child = spawn(join(ROOT, 'bangtin'), ['edge', '--config', file], { stdio: 'ignore' })
  }
  /** What the running daemon said last; nothing of a run before. */
  const status = (since: number): StatusReport | undefined =>
    hub.heard.all.slice(since).findLast((m) => m.t === 'status')?.status
  const powers = () =>
    hub.state.lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line['kind'] === 'power' && 'stage' in line)
  return { hub, cabinet, start, kill, status, powers }
}
type World = Awaited<ReturnType<typeof openWorld>>

/** Waits until it is lit or dark as wanted; meanwhile nobody may say "lit" of a display whose relays are not all on. */
const settles = async (it: World, want: 'lit' | 'dark', since: number): Promise<number> => {
  const began = performance.now()
  let halfMs = 0
  await until({ what: `${want} again`, atMostMs: 60_000, everyMs: 20 }, (note) => {
    const lit = it.status(since)?.screen.lit
    const on = it.cabinet.relays()
    note({ lit, on, story: it.cabinet.story.slice(-6).map((one) => one.what) })
    if (it.cabinet.isHalf()) halfMs = performance.now() - began
    if (want === 'lit') return lit === 'lit' && on.every(Boolean) ? true : undefined
    return lit === 'dark' && !on.some(Boolean) ? true : undefined
  })
  return halfMs
}

/** "Lit" is only said while every relay is on; asked at each status the hub hears. */
const watchHonesty = (it: World): { readonly lies: string[]; readonly heard: () => number } => {
  const lies: string[] = []
  let heard = 0
  const add = it.hub.heard.add
  it.hub.heard.add = (message) => {
    if (message.t === 'status') {
      heard++
      if (message.status.screen.lit === 'lit' && it.cabinet.isHalf()) lies.push(it.cabinet.relays().join())
    }
    return add(message)
  }
  return { lies, heard: () => heard }
}

const light = (it: World, version: number, when: 'always' | 'not-now'): void =>
  it.hub.send({ t: 'schedule', envelope: schedule(version, when) })

test('SIGKILL in the middle of the way up and of the way down: the next run finishes it, and nobody says "lit" of a half-switched display', async () => {
  const it = await openWorld()
  const honesty = watchHonesty(it)
  const halves: number[] = []
  it.start()
  await it.hub.heard.until('status', (m) => m.t === 'status', { atMostMs: 60_000 })
  light(it, 1, 'not-now')
  await settles(it, 'dark', 0)
  let version = 1
  // In the middle of each step of the way up: the relay has moved, its settling time is running.
  for (const step of ['mains-1 on', 'mains-2 on', 'sender on']) {
    const moved = it.cabinet.when(step)
    light(it, ++version, 'always')
    await moved
    await it.kill()
    const asked = it.powers().filter((r) => r['stage'] === 'done' && r['want'] === 'on').length
    expect(it.cabinet.relays(), `${step}: the relays stay as they are`).toEqual(
      NAMES.map((n) => NAMES.indexOf(n) <= NAMES.indexOf(step.split(' ')[0] as 'sender')),
    )
    const from = it.cabinet.story.length
    const since = it.hub.heard.all.length
    it.start()
    halves.push(await settles(it, 'lit', since))
    // It goes on from where it was: nothing is switched off on the way, or all of it in its order before it comes up anew.
    const moves = it.cabinet.story.slice(from).map((one) => one.what)
    expect(
      moves.filter((what) => what.endsWith('on')),
      step,
    ).toEqual([...new Set(moves.filter((what) => what.endsWith('on')))])
    await until({ what: 'the evidence says so', atMostMs: 15_000 }, () =>
      it.powers().filter((r) => r['stage'] === 'done' && r['want'] === 'on').length === asked + 1 ? true : undefined,
    )
    light(it, ++version, 'not-now')
    await settles(it, 'dark', since)
  }
  // And down: the sender is off, the mains are not.
  light(it, ++version, 'always')
  await settles(it, 'lit', it.hub.heard.all.length)
  const falling = it.cabinet.when('sender off')
  light(it, ++version, 'not-now')
  await falling
  await it.kill()
  expect(it.cabinet.relays()[0]).toBe(true)
  const since = it.hub.heard.all.length
  it.start()
  halves.push(await settles(it, 'dark', since))
  console.log(`contactors: half switched after a restart for ${halves.map((ms) => Math.round(ms)).join(', ')} ms`)
  expect(halves).toHaveLength(4)
  expect(halves.filter((ms) => ms > HALF_MS)).toEqual([])
  expect(honesty.lies).toEqual([])
  expect(honesty.heard()).toBeGreaterThan(10)
}, 240_000)
