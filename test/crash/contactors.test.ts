import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { StatusReport } from '#core/contract/link.ts'
import { cabinetConfig, lightSchedule, openCabinet, RELAYS } from '#edge/test/cabinet.ts'
import { startFakeHub } from '#edge/test/fakehub.ts'
import { cleanup, temporary } from '#edge/test/support.ts'
import { ROOT } from '../support/demo.ts'
import { PATIENCE_MS, until } from '../support/until.ts'

/**
 * SIGKILL in the middle of a power sequence, with the contactors of a simulated relay board: the relays stay as they are when the daemon dies, so
 * the display hangs half switched until the next run has read them back and gone on.
 */
/** After a restart nothing may be half switched for longer, ms: the start, the look at the relays, the whole way up or down. */
const HALF_MS = 30_000

const openWorld = async () => {
  const folder = temporary()
  const hub = await startFakeHub()
  const cabinet = await openCabinet(folder)
  const file = join(folder, 'edge.json')
  // A step settles long enough for a kill to fall into it.
  writeFileSync(file, JSON.stringify(cabinetConfig(folder, hub.url, 400)))
  const run = { child: null as ChildProcess | null }
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      const { child } = run
      run.child = null
      if (child === null) return resolve()
      child.once('exit', () => resolve())
      child.kill('SIGKILL')
    })
  cleanup(kill)
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
const isHalf = (it: World): boolean => new Set(it.cabinet.relays()).size === 2

/** Waits until it is lit or dark as wanted; meanwhile nobody may say "lit" of a display whose relays are not all on. */
const settles = async (it: World, want: 'lit' | 'dark', since: number): Promise<number> => {
  const began = performance.now()
  let halfMs = 0
  await until({ what: `${want} again`, atMostMs: PATIENCE_MS, everyMs: 20 }, (note) => {
    const lit = it.status(since)?.screen.lit
    const on = it.cabinet.relays()
    note({ lit, on, story: it.cabinet.story.slice(-6) })
    if (isHalf(it)) halfMs = performance.now() - began
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
      if (message.status.screen.lit === 'lit' && isHalf(it)) lies.push(it.cabinet.relays().join())
    }
    return add(message)
  }
  return { lies, heard: () => heard }
}

const light = (it: World, version: number, when: 'always' | 'not-now'): void =>
  it.hub.send({ t: 'schedule', envelope: lightSchedule(version, when) })

test('SIGKILL in the middle of the way up and of the way down: the next run finishes it, and nobody says "lit" of a half-switched display', async () => {
  const it = await openWorld()
  const honesty = watchHonesty(it)
  const halves: number[] = []
  it.start()
  await it.hub.heard.until('status', (m) => m.t === 'status')
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
      RELAYS.map((n) => RELAYS.indexOf(n) <= RELAYS.indexOf(step.split(' ')[0] as 'sender')),
    )
    const from = it.cabinet.story.length
    const since = it.hub.heard.all.length
    it.start()
    halves.push(await settles(it, 'lit', since))
    // It goes on from where it was: nothing is switched off on the way, or all of it in its order before it comes up anew.
    const moves = it.cabinet.story.slice(from)
    expect(
      moves.filter((what) => what.endsWith('on')),
      step,
    ).toEqual([...new Set(moves.filter((what) => what.endsWith('on')))])
    await until({ what: 'the evidence says so', atMostMs: PATIENCE_MS }, () =>
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
