import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prng } from '#core/base/prng.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import type { Client, Sign } from '../support/client.ts'
import { type Demo, type DemoSite, startDemo, untilPlaying } from '../support/demo.ts'
import { bangtin, edgeLines, hashOfLines, hubLines, playlog, recordOf } from '../support/evidence.ts'
import { anOrderNow, send } from '../support/orders.ts'
import { difference, litShare, type Pixels } from '../support/pixels.ts'
import { childrenOf, isAlive } from '../support/processes.ts'
import { PATIENCE_MS, until } from '../support/until.ts'

/** Point 4 of the first issue. `BANGTIN_CRASH_SEED` repeats a run's instants. */
const SEED = Number(process.env['BANGTIN_CRASH_SEED'] ?? Date.now() % 1_000_000)
const KILLS = 20
/** A kill comes at most this long after the one before was recovered from, ms. */
const LATEST_MS = 1_500
/** Restart to right content, ms. Printed here and held by the long form (`npm run soak`): on a machine that is busy with other things it says nothing. */
const BACK_MS = 10_000
const SAME = 0.04
/** Two clusters show an emergency, the third plays its list. */
const ALARMED = ['LC-MLT-01', 'LC-MT-01']
const PLAYING = 'LC-MLT-02'

type World = {
  readonly demo: Demo
  readonly officer: { readonly client: Client; readonly sign: Sign }
  /** The order in force, and its picture on each alarmed cluster's glass. */
  readonly order: string
  readonly pictures: ReadonlyMap<string, Pixels>
}
const held: { world: World | null; demo: Demo | null } = { world: null, demo: null }
const theWorld = (): World => {
  if (held.world === null) throw new Error('the demo did not start')
  return held.world
}

beforeAll(async () => {
  const demo = await startDemo(null)
  held.demo = demo
  const officer = await demo.signIn('tructinh')
  await untilPlaying(demo, officer.client, 60_000)
  const { order } = await send(officer, anOrderNow(ALARMED, {}))
  await until({ what: 'the emergency is shown', atMostMs: PATIENCE_MS }, async (note) => {
    const { sites } = await officer.client.order(order.id)
    note(sites)
    return sites.every((s) => s.shownAt !== null) ? true : undefined
  })
  const pictures = new Map(ALARMED.map((site) => [site, demo.pixels(site)]))
  for (const picture of pictures.values()) expect(litShare(picture)).toBeGreaterThan(0.1)
  held.world = { demo, officer, order: order.id, pictures }
}, 300_000)

afterAll(async () => {
  await held.demo?.stop()
})

const playsOf = (site: DemoSite): string => join(site.data, 'plays')
const recordsOf = (site: DemoSite): readonly EvidenceRecord[] => edgeLines(playsOf(site)).map(recordOf)

type Back = { readonly site: string; readonly fromKillMs: number; readonly fromStartMs: number }

/** Is the right content on the glass? `picture` null: any item of the list. */
const isRight = (site: DemoSite, picture: Pixels | null): boolean => {
  const screen = theWorld().demo.pixels(site.id)
  return picture === null ? litShare(screen) > 0.02 : difference(screen, picture) < SAME
}

/** Kills the edge, and waits until the glass shows the right content again and the new process says the same to the hub. */
const killAndWait = async (site: DemoSite): Promise<Back> => {
  const { demo, officer, order, pictures } = theWorld()
  const picture = pictures.get(site.id) ?? null
  const pid = await until({ what: `${site.id} runs`, atMostMs: PATIENCE_MS }, () => demo.edgePid(site.id) ?? undefined)
  const players = childrenOf(pid)
  const killedAt = Date.now()
  const began = performance.now()
  demo.killEdge(site.id)
  const back = { from: null as number | null }
  const fromKillMs = await until({ what: `${site.id} is back`, atMostMs: PATIENCE_MS, everyMs: 20 }, (note) => {
    if (back.from === null && demo.edgePid(site.id) !== null) back.from = performance.now()
    // As long as the old player lives the old picture is on the glass and proves nothing.
    if (players.some((p) => isAlive(p.pid))) return undefined
    note(`started again: ${back.from !== null}`)
    return back.from !== null && isRight(site, picture) ? performance.now() - began : undefined
  })
  await until({ what: `${site.id} says so itself`, atMostMs: PATIENCE_MS }, async (note) => {
    const { status, connected } = await officer.client.site(site.id)
    note({ connected, screen: status?.screen, startedAt: status?.startedAt, killedAt })
    if (!connected || status === null || status.startedAt < killedAt || status.screen.proof === 'commanded')
      return undefined
    return (picture === null ? status.screen.show === 'item' : status.screen.order === order) ? true : undefined
  })
  return { site: site.id, fromKillMs, fromStartMs: fromKillMs - ((back.from ?? began) - began) }
}

const verifyOf = (site: DemoSite) => ['playlog', 'verify', '--dir', playsOf(site), '--site', site.id, '--json']

/** What must hold of a log after any number of kills. Answers how many plays a power cut ended. */
const checkLog = async (site: DemoSite): Promise<{ readonly cuts: number; readonly records: number }> => {
  const verified = await playlog(verifyOf(site))
  expect(verified.code, verified.out + verified.err).toBe(0)
  const records = recordsOf(site)
  const opens = records.filter((r) => r.kind === 'open')
  const closes = records.filter((r) => r.kind === 'close')
  const ids = opens.map((r) => r.play)
  expect(new Set(ids).size, 'no play is opened twice').toBe(ids.length)
  const closed = closes.map((r) => r.play)
  expect(new Set(closed).size, 'no play is closed twice').toBe(closed.length)
  const known = new Set(ids)
  for (const play of closed) expect(known.has(play), `the closed play ${play} was opened`).toBe(true)
  // Only the play that is on now may be open: every orphan has been closed.
  const ended = new Set(closed)
  const orphans = opens.filter((r) => !ended.has(r.play))
  expect(orphans.map((r) => r.play)).toEqual(orphans.length === 0 ? [] : [opens.at(-1)?.play])
  records.forEach((r, i) => {
    const next = records[i + 1]
    if (next === undefined || next.boot === r.boot || r.kind === 'seal') return
    // The first words of a new run: what was on is closed as cut, and the hole is named.
    const run = records.slice(i + 1).filter((x) => x.boot === next.boot)
    expect(
      run.some((x) => x.kind === 'gap' && x.cause !== 'stopped'),
      `run ${next.boot} names its gap`,
    ).toBe(true)
  })
  return { cuts: closes.filter((r) => r.cause === 'power-cut').length, records: records.length }
}

/** Everything the hub has acknowledged is in the edge's files, byte for byte, once. */
const checkHubAgainst = (site: DemoSite): number => {
  const atHub = hubLines(theWorld().demo.dir, site.id)
  const lines = new Map(edgeLines(playsOf(site)).map((line) => [line.seq, line.text]))
  const lost = atHub.filter((line) => lines.get(line.seq) !== line.text)
  expect(
    lost.map((line) => line.seq),
    `${site.id}: records acknowledged and then lost or changed`,
  ).toEqual([])
  expect(atHub.map((line) => line.seq)).toEqual(atHub.map((_, i) => (atHub[0]?.seq ?? 0) + i))
  return atHub.length
}

test(`${KILLS} kills at random instants: the content is back, the log verifies, nothing acknowledged is lost (seed ${SEED})`, async () => {
  const { demo } = theWorld()
  const roll = prng(SEED)
  const before = new Map<string, number>()
  for (const site of demo.sites) before.set(site.id, (await checkLog(site)).cuts)
  const kills = new Map<string, number>()
  const times: Back[] = []
  for (let i = 0; i < KILLS; i++) {
    // In turn, so that no cluster is spared; the instant within the turn is what is random.
    const site = demo.sites[i % demo.sites.length]
    if (site === undefined) throw new Error('the demo has no clusters')
    await new Promise((resolve) => setTimeout(resolve, roll.below(LATEST_MS)))
    times.push(await killAndWait(site))
    kills.set(site.id, (kills.get(site.id) ?? 0) + 1)
    await checkLog(site)
    checkHubAgainst(site)
  }
  const figure = (of: readonly number[]) => {
    const sorted = of.toSorted((a, b) => a - b)
    return `p50 ${Math.round(sorted[sorted.length >> 1] ?? 0)} ms, worst ${Math.round(sorted.at(-1) ?? 0)} ms`
  }
  const kill = figure(times.map((t) => t.fromKillMs))
  console.log(`crash: seed ${SEED}; ${KILLS} kills; right content: ${kill} after the kill,`)
  console.log(`crash: ${figure(times.map((t) => t.fromStartMs))} after the supervisor started the edge again`)
  console.log(
    `crash: ${times.filter((t) => t.fromStartMs > BACK_MS).length} of ${times.length} later than ${BACK_MS} ms`,
  )
  expect(times).toHaveLength(KILLS)
  let checked = 0
  for (const site of demo.sites) {
    const { cuts } = await checkLog(site)
    expect(bangtin(verifyOf(site)).code, 'the program says the same').toBe(0)
    expect(cuts - (before.get(site.id) ?? 0), `${site.id}: plays ended by a cut`).toBe(kills.get(site.id))
    checked += kills.get(site.id) ?? 0
  }
  expect(checked).toBe(KILLS)
}, 300_000)

/** Takes the hub's port the moment it is free, so that the hub that is started again finds it taken and tries until we let go. */
const blockPort = (port: number): Promise<Server> =>
  until({ what: 'the port of the killed hub', atMostMs: PATIENCE_MS, everyMs: 2 }, async () => {
    const server = createServer((socket) => socket.destroy())
    return await new Promise<Server>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => resolve(server))
    })
  })

test('with the hub killed the screens go on; when it is back the logs catch up, no record lost or doubled', async () => {
  const { demo, officer, pictures } = theWorld()
  const player = demo.site(PLAYING)
  const opened = () => recordsOf(player).filter((r) => r.kind === 'open').length
  const before = opened()
  demo.killHub()
  const blocked = await blockPort(Number(new URL(demo.hubUrl).port))
  await until({ what: 'the list goes on without the hub', atMostMs: PATIENCE_MS, everyMs: 200 }, () =>
    opened() > before ? true : undefined,
  )
  for (const [site, picture] of pictures) expect(difference(demo.pixels(site), picture), site).toBeLessThan(SAME)
  const made = new Map(demo.sites.map((s) => [s.id, edgeLines(playsOf(s))]))
  const short = demo.sites.filter((s) => hubLines(demo.dir, s.id).length < (made.get(s.id)?.length ?? 0))
  expect(short.map((s) => s.id)).toContain(PLAYING)
  await new Promise<void>((resolve) => {
    blocked.close(() => resolve())
  })
  for (const site of demo.sites) {
    const lines = made.get(site.id) ?? []
    const caughtUp = await until(
      { what: `the hub has all of ${site.id}`, atMostMs: PATIENCE_MS, everyMs: 200 },
      (note) => {
        const atHub = hubLines(demo.dir, site.id)
        note(`${atHub.length} of ${lines.length}`)
        return atHub.length >= lines.length ? atHub : undefined
      },
    )
    expect(hashOfLines(caughtUp.slice(0, lines.length)), site.id).toBe(hashOfLines(lines))
    expect(checkHubAgainst(site)).toBeGreaterThanOrEqual(lines.length)
    await checkLog(site)
  }
  const sites = await until({ what: 'all three are connected again', atMostMs: PATIENCE_MS }, async () => {
    const all = await officer.client.sites()
    return demo.sites.every((s) => all.find((v) => v.id === s.id)?.connected) ? all : undefined
  })
  expect(sites.length).toBeGreaterThanOrEqual(demo.sites.length)
})

test('the log answers what was on the screen, why, from whom, under which document, and how we know', () => {
  const { demo, order } = theWorld()
  const site = demo.site('LC-MLT-01')
  // The last run's: while the others were on, a kill may have come at any moment.
  const alarm = recordsOf(site).findLast((r) => r.kind === 'open' && r.order === order)
  const at = new Date((alarm?.at.wall ?? 0) + 1_000).toISOString()
  const ask = ['playlog', 'query', '--site', site.id, '--at', at, '--dir', playsOf(site)]
  const answer = bangtin([...ask, '--json'])
  expect(answer.code, answer.err).toBe(0)
  const text = answer.out
  for (const word of [order, 'emergency', '12/CĐ-MAU']) expect(text).toContain(word)
  expect(text).toMatch(/"proof": ?"(acknowledged|read-back|seen)"/)
  const said = bangtin(ask)
  expect(said.code).toBe(0)
  expect(said.out).toContain('Lũ quét: rời ngay ven suối')
  const wrong = bangtin(['playlog', 'query', '--site', 'LC-MLT-02', '--at', at, '--dir', playsOf(site)])
  expect(wrong.code).toBe(1)
})

test('one changed byte anywhere is found by verify', async () => {
  const { demo } = theWorld()
  const site = demo.site(PLAYING)
  const copy = mkdtempSync(join(tmpdir(), 'bangtin-copy-'))
  try {
    cpSync(playsOf(site), copy, { recursive: true })
    const name = readdirSync(copy).find((n) => n.endsWith('.jsonl'))
    const file = join(copy, name ?? '')
    // Cut after the last whole line: the original goes on being written to while it is copied.
    const copied = readFileSync(file)
    const bytes = copied.subarray(0, copied.lastIndexOf(0x0a) + 1)
    writeFileSync(file, bytes)
    const verify = ['playlog', 'verify', '--dir', copy]
    expect(bangtin(verify).code).toBe(0)
    const roll = prng(SEED + 1)
    const places = [0, bytes.length - 2, ...Array.from({ length: 8 }, () => roll.below(bytes.length - 1))]
    for (const place of places) {
      const changed = Buffer.from(bytes)
      changed[place] = (changed[place] ?? 0) ^ (1 << roll.below(7))
      writeFileSync(file, changed)
      const found = await playlog(verify)
      expect(found.code, `byte ${place} of ${bytes.length}, seed ${SEED}: ${found.out}`).toBe(1)
    }
    expect(places.length).toBe(10)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
})
