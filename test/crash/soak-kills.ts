import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Prng, prng } from '#core/base/prng.ts'
import { createVerify, sha256 } from '#edge/shell/crypto.ts'
import { realFs } from '#edge/shell/playlog-fs.ts'
import { readIdentity, verifyFolder } from '#edge/shell/playlog-segments.ts'
import { type Say, withOptions } from '../support/options.ts'
import { difference, litShare, type Pixels } from '../support/pixels.ts'
import { childrenOf, isAlive } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { storyOf } from './invariants.ts'
import { linesOf, openPlace, type Place, recordOf } from './kills/place.ts'
import { SITE } from './power/office.ts'

const HELP = `Giết tiến trình tại cụm ở thời điểm ngẫu nhiên · kills a running edge at random instants. README: test/crash/README.md

  --kills N     số lần giết · how many kills (500)
  --minutes N   không quá số phút này · at most so long
  --seed N      các thời điểm · the instants
`
/** design §4.6: restart to right content. */
const BACK_MS = 10_000
/** On a computer that is busy with other work everything comes late; a run that has not come by then does not come. */
const BUSY_MS = 120_000
const SAME = 0.04
/** A kill comes at most this long after the content was right again, ms. */
const LATEST_MS = 1_500
/** One kill in so many comes while the daemon starts, at most this long after its start, ms. */
const EARLY_EVERY = 6
const EARLY_MS = 1_200
/** No shorter: a text must stand long enough to be read, or it is refused. */
const PLAY_MS = 5_000
/** The whole log is judged every so many kills. */
const JUDGE_EVERY = 25

type Options = { readonly kills: number; readonly minutes: number; readonly seed: number }

/** Exit code: 0 all held; 1 something was lost, doubled, damaged or late; 2 bad usage. */
export const run = (args: readonly string[], say: Say): Promise<number> => {
  const numbers = {
    kills: { standard: 500, least: 1, whole: true },
    minutes: { standard: 24 * 60, least: 0 },
    seed: { standard: Date.now() % 1_000_000, least: 0, whole: true },
  }
  return withOptions({ args, say, help: HELP, numbers }, (options) => killIn(options, say))
}

const killIn = async (options: Options, say: Say): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-kills-'))
  const place = await openPlace(folder)
  try {
    return await killAll(place, options, say)
  } finally {
    await place.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

type World = {
  readonly place: Place
  readonly random: Prng
  readonly faults: string[]
  orders: number
  version: number
  /** How an order looks on the glass; all have the same text. */
  picture: Pixels | null
  readonly times: number[]
  early: number
  /** Lines below this have been compared already. */
  compared: number
}

const killAll = async (place: Place, options: Options, say: Say): Promise<number> => {
  const began = performance.now()
  const minutes = (): string => ((performance.now() - began) / 60_000).toFixed(1)
  const random = prng(options.seed)
  const world: World = {
    place,
    random,
    faults: [],
    ...{ orders: 0, version: 1, picture: null, times: [], early: 0, compared: 0 },
  }
  place.start()
  await until({ what: 'the edge is linked', atMostMs: 60_000 }, () => place.heard.status ?? undefined)
  // What Node has compiled is kept at an orderly end only; a machine in service has had one.
  await place.leave()
  const first = place.heard.boot
  place.start()
  await until({ what: 'the edge is linked again', atMostMs: 60_000 }, () => place.heard.boot !== first || undefined)
  place.hub.send({ t: 'schedule', envelope: place.office.schedule(world.version, PLAY_MS) })
  await isRightAgain(world, '', [])
  toggleOrder(world)
  await until({ what: 'the order is shown', atMostMs: 20_000 }, () =>
    place.heard.receipts.get(inForce(world) ?? '')?.has('shown') ? true : undefined,
  )
  world.picture = place.pixels()
  let kills = 0
  while (kills < options.kills && performance.now() - began < options.minutes * 60_000 && world.faults.length < 20) {
    await pause(random.below(LATEST_MS), world)
    kills++
    const told = world.faults.length
    await killOnce(world)
    if (kills % JUDGE_EVERY === 0) {
      judge(world)
      say(
        `crash ${String(kills).padStart(3)}: ${figures(world.times)}; ${place.heard.lines.size} lines, ${minutes()} min`,
      )
    }
    for (const fault of world.faults.slice(told)) say(`  ✗ kill ${kills}: ${fault}`)
  }
  const story = judge(world)
  const late = world.times.filter((ms) => ms > BACK_MS).length
  if (late > 0) world.faults.push(`${late} times the right content came later than ${BACK_MS} ms`)
  const load = loadavg().map((n) => n.toFixed(1))
  say(
    `crash: load of this computer ${load.join(' ')} on ${cpus().length} cores; seed ${options.seed}; ${kills} kills (${world.early} of them while starting) in ${minutes()} min; right content back ${figures(world.times)}; ` +
      `${story.records} records, ${story.plays} plays, ${story.cuts} ended by a kill, ${story.runs} runs; ` +
      `${place.heard.lines.size} lines acknowledged by the hub, ${world.orders} orders; ${world.faults.length} faults`,
  )
  for (const fault of world.faults.slice(0, 20)) say(`  ✗ ${fault}`)
  return world.faults.length === 0 && kills > 0 ? 0 : 1
}

const figures = (times: readonly number[]): string => {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
  return `p50 ${at(0.5)} p95 ${at(0.95)} max ${at(1)} ms`
}

/** Waits with the load on: plays go by themselves; an order comes or goes, or a new schedule. */
const pause = async (ms: number, world: World): Promise<void> => {
  const roll = world.random.below(4)
  const act = (): void => {
    if (roll === 0) return toggleOrder(world)
    if (roll !== 1) return
    world.version++
    world.place.hub.send({ t: 'schedule', envelope: world.place.office.schedule(world.version, PLAY_MS) })
  }
  // In the middle of the pause, so that the kill falls on the work that it makes.
  await new Promise((done) => setTimeout(done, ms / 2))
  act()
  await new Promise((done) => setTimeout(done, ms / 2))
}

/** The order that must be on the glass: the newest that was accepted and whose cancel was not; null: the list plays. */
const inForce = (world: World): string | null => {
  const { receipts } = world.place.heard
  const accepted = (id: string): boolean => receipts.get(id)?.has('accepted') === true
  const left = [...receipts.keys()].filter((id) => !id.endsWith('c') && accepted(id) && !accepted(`${id}c`))
  return left.toSorted((a, b) => Number(a.split('-')[1]) - Number(b.split('-')[1])).at(-1) ?? null
}

/** Sends an order, or cancels the one in force. From the receipt "accepted" on no kill may take it away. */
const toggleOrder = (world: World): void => {
  const { hub, office } = world.place
  const before = inForce(world)
  world.orders++
  const id = before === null ? `P1-${world.orders}` : `${before}c`
  const over = before === null ? {} : { action: 'cancel', references: [before], texts: [] }
  hub.send({ t: 'order', envelope: office.order(id, over) })
}

/** Right content on the glass, seen in the pixels after the old player is gone, and the new run says the same with a proof. */
const isRightAgain = async (world: World, oldBoot: string, players: readonly number[]): Promise<void> => {
  const { place } = world
  await until({ what: 'the right content', atMostMs: BUSY_MS, everyMs: 15 }, (note) => {
    const { status, boot } = place.heard
    const wanted = inForce(world)
    note({ boot, oldBoot, screen: status?.screen, wanted, log: place.log.slice(-5) })
    if (status === null || boot === oldBoot || players.some(isAlive) || status.screen.proof === 'commanded')
      return undefined
    const { show, order } = status.screen
    const pixels = place.pixels()
    if (order !== null || wanted !== null)
      return order === wanted && (world.picture === null || difference(pixels, world.picture) < SAME) ? true : undefined
    return show === 'item' && litShare(pixels) > 0.02 ? true : undefined
  })
}

const killOnce = async (world: World): Promise<void> => {
  const { place } = world
  const pid = place.pid()
  const players = pid === null ? [] : childrenOf(pid).map((child) => child.pid)
  const before = place.heard.boot
  let began = performance.now()
  await place.kill()
  place.start()
  if (world.random.below(EARLY_EVERY) === 0) {
    world.early++
    await new Promise((done) => setTimeout(done, world.random.below(EARLY_MS)))
    players.push(...childrenOf(place.pid() ?? 0).map((child) => child.pid))
    began = performance.now()
    await place.kill()
    place.start()
  }
  try {
    await isRightAgain(world, before, players)
    world.times.push(performance.now() - began)
  } catch (error) {
    world.faults.push(error instanceof Error ? error.message : String(error))
  }
  compare(world)
}

/** Everything the hub has acknowledged is in the files, byte for byte. */
const compare = (world: World): void => {
  const { heard, plays } = world.place
  const lines = linesOf(plays, world.compared)
  let lost = 0
  for (let seq = world.compared; heard.lines.has(seq); seq++) if (lines.get(seq) !== heard.lines.get(seq)) lost++
  if (lost > 0) world.faults.push(`${lost} acknowledged lines are lost or changed`)
  if (heard.changed.length > 0)
    world.faults.push(`lines came twice with other bytes: ${heard.changed.splice(0).join(', ')}`)
  world.compared = Math.max(0, heard.lines.size - 50)
}

/** The whole log: chain, seals, plays, runs; and all that the hub has of it. */
const judge = (world: World): ReturnType<typeof storyOf> => {
  const { plays } = world.place
  const identity = readIdentity(realFs, plays)
  const publicKeys = identity.ok ? [identity.value.publicKey] : []
  const found = verifyFolder(realFs, plays, { sha256, seals: { site: SITE, publicKeys, verify: createVerify() } })
  world.faults.push(...found.breaks.map((b) => `${b.file}:${b.line}: ${b.why}`))
  const story = storyOf([...linesOf(plays, 0).values()].map(recordOf))
  world.faults.push(...story.faults)
  world.compared = 0
  compare(world)
  return story
}
