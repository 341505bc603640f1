import { instantOfDate } from '#core/base/time.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import type { Receipt } from '#core/contract/link.ts'
import { step } from '#core/engine/step.ts'
import type { VerifiedSchedule } from '#core/engine/verified.ts'
import type { Scene } from '#core/screen/scene.ts'
import { createSimClock } from './clock.ts'
import { createContactors } from './contactors.ts'
import { createDisk } from './disk.ts'
import { createEdge, type StepFn } from './edge.ts'
import { createEvidenceWatch } from './evidence.ts'
import { makePolicy, makeSchedule, makeSite } from './generate.ts'
import { hash, streamOf } from './hash.ts'
import { createHub } from './hub.ts'
import { createJudge, type Invariant } from './judge.ts'
import { createOrderOracle } from './orders.ts'
import { createPanel } from './panel.ts'
import { play } from './play.ts'
import { createQueue } from './queue.ts'
import { createSimPlayer } from './screen.ts'
import { makeScript, type ScriptOptions } from './script.ts'
import { createSight } from './sight.ts'
import { createTroubles } from './trouble.ts'
import { createStepWatch } from './watch.ts'

export type WorldOptions = {
  readonly seed: number
  readonly days: number
  /** The engine, or one that was broken on purpose. */
  readonly step: StepFn
  readonly silentHub: boolean
  readonly links: ScriptOptions['links']
}
export const world = (seed: number, days: number): WorldOptions => ({
  seed,
  days,
  step,
  silentHub: false,
  links: 'script',
})

export type WorldReport = {
  readonly seed: number
  /** Hash of the newest line of evidence: the same for the same seed. */
  readonly head: string
  /** Hash over everything that was told to the player, and when. */
  readonly shows: string
  readonly occasions: Readonly<Record<Invariant, number>>
  /** Faults injected, by kind. */
  readonly faults: Readonly<Record<string, number>>
  /** From an emergency’s arrival to its picture, where nothing was in the way, ms. */
  readonly emergencies: readonly number[]
  readonly records: number
  readonly plays: number
  readonly steps: number
}

/** 2026-11-23, a Monday, in the policy’s zone: when every world begins. */
const START = instantOfDate('2026-11-23', 420)
const DAY = 86_400_000

/** Runs one world to its end. Throws `WorldBroken` at the first invariant that does not hold. */
export const runWorld = (options: WorldOptions): WorldReport => {
  const it = build(options)
  const end = options.days * DAY
  it.begin()
  for (let at = it.next(); at < end; at = it.next()) {
    it.time.now = at
    it.take()
    const broken = it.broken()
    if (broken !== null) throw broken
  }
  it.time.now = end
  return it.finish()
}

const build = (options: WorldOptions) => {
  const { seed } = options
  const time = { now: 0 }
  const queue = createQueue()
  const now = () => time.now
  const after = (ms: number, act: () => void) => queue.at(time.now + ms, act)
  const site = makeSite(streamOf(seed, 'site'))
  const policy = makePolicy(streamOf(seed, 'policy'))
  const judge = createJudge({ seed, start: START, now })
  const troubles = createTroubles(now)
  const disk = createDisk(streamOf(seed, 'disk'))
  disk.fault.short = 0.1
  const clockRandom = streamOf(seed, 'clock')
  const clock = createSimClock({ now, start: START, random: clockRandom, battery: clockRandom.chance(0.6) })
  const oracle = createOrderOracle(site, policy)
  const evidence = createEvidenceWatch(disk, judge)
  const schedules = new Map<string, VerifiedSchedule>()
  const versions = { random: streamOf(seed, 'schedules'), newest: 0 }
  const digest = { text: '', plays: 0 }
  const files = new Set<string>()
  const links = { up: false, wanted: [] as readonly string[] }

  const panel = createPanel({
    after,
    random: streamOf(seed, 'panel'),
    post: (h) => edge.post(h),
    changed: () => sight.look(),
  })
  const player = createSimPlayer({
    after,
    random: streamOf(seed, 'player'),
    post: (h) => edge.post(h),
    changed: () => sight.look(),
  })
  const contactors = createContactors({ after, random: streamOf(seed, 'power'), post: (h) => edge.post(h), panel })
  const watch = createStepWatch({
    judge,
    now,
    oracle,
    evidence,
    log: () => edge.log(),
    clockError: clock.error,
    played: (body) => {
      if (body.kind === 'close') digest.plays += 1
    },
  })
  const edge = createEdge({
    seed,
    site,
    policy,
    step: options.step,
    now,
    soonest: queue.next,
    clock,
    disk,
    show: (scene: Scene) => {
      const what = scene.scene === 'item' ? scene.item : scene.scene === 'order' ? scene.order : scene.scene
      digest.text = hash(`${digest.text} ${time.now} ${scene.scene} ${what}`)
      player.show(scene)
    },
    apply: panel.apply,
    observe: panel.observe,
    reading: () => panel.reading(),
    power: contactors.want,
    receipt: (receipt: Receipt) => hub.receipt(receipt),
    fetch: (wanted) => {
      links.wanted = wanted.map((w) => w.sha256)
      hub.fetch()
    },
    assets: () => [...files],
    opened: (envelope: Envelope | null) => (envelope === null ? null : (schedules.get(envelope.payload) ?? null)),
    watch: { stepped: watch.stepped, appended: watch.appended, woke: watch.woke },
    powerGone: () => fate.powerGone(),
    exited: () => fate.exited(),
  })
  const sight = createSight({
    judge,
    now,
    after,
    start: START,
    edge,
    panel,
    player,
    oracle,
    troubles,
    clock,
    policy,
    site,
  })
  const newSchedule = (): VerifiedSchedule => {
    versions.newest += 1
    const { random, newest: version } = versions
    const made = makeSchedule({ random, now: START + time.now, days: options.days, version, site, policy })
    schedules.set(made.envelope.payload, made)
    return made
  }
  const hub = createHub({
    now,
    after,
    random: streamOf(seed, 'hub'),
    edge,
    oracle,
    clock,
    sight,
    judge,
    files,
    links,
    start: START,
  })
  const fate = play({
    now,
    after,
    edge,
    panel,
    player,
    contactors,
    disk,
    clock,
    troubles,
    sight,
    hub,
    watch,
    site,
    newSchedule,
    seed,
  })

  const begin = (): void => {
    hub.offer(newSchedule())
    const script = makeScript({
      seed,
      days: options.days,
      start: START,
      site,
      silentHub: options.silentHub,
      links: options.links,
    })
    for (const { at, happens } of script) queue.at(at, () => fate.happen(happens))
    fate.boot()
    sight.begin()
  }
  const finish = (): WorldReport => {
    disk.cutAfter.ops = null
    evidence.atEnd()
    const faults = {
      ...troubles.counts,
      ...prefixed('display ', panel.counts),
      ...prefixed('disk ', { ...disk.injected }),
    }
    const { head, counts } = { head: evidence.head(), counts: evidence.counts }
    return {
      seed,
      head: head.hash,
      shows: digest.text,
      occasions: judge.occasions,
      faults,
      emergencies: sight.emergencies(),
      records: counts.records,
      plays: digest.plays,
      steps: edge.steps(),
    }
  }
  /** What happens goes before the tick of the same time. */
  const take = (): void => {
    if (queue.next() <= edge.due()) queue.take()?.()
    else edge.tick()
  }
  return { time, next: () => Math.min(queue.next(), edge.due()), take, begin, finish, broken: judge.broken }
}

const prefixed = (what: string, counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).map(([name, n]) => [`${what}${name}`, n]))
