import { formatInstant } from '../base/time.ts'
import { type Instant, instant, mono, percent, type Reading } from '../base/units.ts'
import type { StampedRecord } from '../evidence/record.ts'
import type { Policy } from '../policy/policy.ts'
import type { DisplaySetting } from '../screen/display.ts'
import type { Effect } from './effect.ts'
import type { Event } from './event.ts'
import { initial } from './init.ts'
import type { SiteFacts } from './site.ts'
import type { State } from './state.ts'
import { step } from './step.ts'
import { nextChange, provenOnly, readingAges, seenAgain } from './virtual-idle.ts'

/** How a perfect player and controller answer in virtual time, ms. */
const SHOWN_AFTER = 80
const APPLIED_AFTER = 30
const OBSERVED_AFTER = 40
/** `Omit` that keeps the members of a union apart. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
export type Happening = { readonly at: Instant; readonly event: Without<Event, 'at'> }
/** The controller stops answering, or answers again; the panel loses its picture signal whatever it is told, or has it again. */
export type PanelHappening = { readonly at: Instant; readonly panel: 'lost' | 'back' | 'dark' | 'lit' }
/** The wall clock is set, by so many milliseconds, and from then on trusted as said. */
export type ClockHappening = {
  readonly at: Instant
  readonly clock: { readonly stepMs: number; readonly quality: Reading['quality'] }
}

export type Run = {
  readonly state: State
  readonly records: readonly StampedRecord[]
  readonly steps: number
}

export type RunOptions = {
  readonly site: SiteFacts
  readonly policy: Policy
  readonly from: Instant
  readonly to: Instant
  /** Their times, and `to`, are of a clock that never steps. */
  readonly happenings: readonly (Happening | PanelHappening | ClockHappening)[]
  /** Between ticks, ms. The shell's is 1,000; frames and windows begin on a tick, so a longer one begins them later. */
  readonly tickMs: number
  /** `needed`: ticks at which the engine has nothing to do are left out, as are readings of a display that say what the one before said. */
  readonly ticks: 'all' | 'needed'
  /** Called for every record as it is made; what is kept is up to the caller (half a year does not fit in memory). */
  readonly onRecord: ((record: StampedRecord, after: State) => void) | null
}

/**
 * The real engine in virtual time, with a player and a controller that do what they are told. No clock is read: the same input gives
 * the same bytes. As with the shell, ticks come each `tickMs` and when the engine asked to be woken.
 */
export const runVirtual = (options: RunOptions): Run => {
  const { site, policy, from, to } = options
  const records: StampedRecord[] = []
  const world: World = {
    now: from,
    from,
    to,
    tickMs: options.tickMs,
    ticked: Number.NEGATIVE_INFINITY,
    tick: from,
    calm: null,
    wake: Number.POSITIVE_INFINITY,
    clock: { ahead: 0, quality: 'synced' },
    queue: createQueue(options.happenings),
    panel: createPanel(),
    state: initial(site, policy, { wall: from, mono: mono(0), quality: 'synced', bootId: 'virtual' }),
    steps: 0,
    keep: options.onRecord ?? ((record) => records.push(record)),
  }
  for (let due = next(world); due !== null; due = next(world)) {
    if ('event' in due) take(world, due.event, options.ticks)
    else if ('panel' in due) world.panel.turn(due.panel)
    else setClock(world, due.clock)
    world.tick = tickFrom(world, world.now)
    if (options.ticks === 'needed') skip(world)
  }
  return { state: world.state, records, steps: world.steps }
}

/** Times are milliseconds of the true clock, on which happenings lie. */
type World = {
  now: number
  readonly from: number
  readonly to: number
  readonly tickMs: number
  /** The last tick there was, and the next there will be. */
  ticked: number
  tick: number
  /** Until then the engine has nothing to do by itself; null: not asked since the last step. */
  calm: number | null
  /** When the engine asked to be woken. */
  wake: number
  clock: { ahead: number; quality: Reading['quality'] }
  readonly queue: Queue
  readonly panel: Panel
  state: State
  steps: number
  readonly keep: (record: StampedRecord, after: State) => void
}

const readingAt = (world: World, at: number): Reading => ({
  wall: instant(at + world.clock.ahead),
  mono: mono(at - world.from),
  quality: world.clock.quality,
  bootId: 'virtual',
})

const TICK: Queued = { at: instant(0), event: { event: 'tick' } }

/** What is due next; at equal times a happening goes before the tick. Null when the time is over. */
const next = (world: World): Queued | null => {
  const first = world.queue.peek()
  const tick = Math.min(world.tick, world.wake)
  const due = first !== undefined && first.at <= tick
  const at = due ? first.at : tick
  if (at >= world.to) return null
  world.now = at
  if (due) return world.queue.pop() ?? null
  if (world.tick <= at) world.ticked = at
  if (world.wake <= at) world.wake = Number.POSITIVE_INFINITY
  return TICK
}

/** The first tick of the shell's row at or after `at` that has not been. */
const tickFrom = (world: World, at: number): number => {
  const { from, tickMs, ticked } = world
  const aligned = from + Math.ceil((at - from) / tickMs) * tickMs
  return aligned > ticked ? aligned : ticked + tickMs
}

const take = (world: World, event: Happening['event'], ticks: RunOptions['ticks']): void => {
  const at = readingAt(world, world.now)
  if (ticks === 'needed' && takeLightly(world, event, at)) return
  const done = step(world.state, { ...event, at } as Event)
  world.state = done.state
  world.calm = null
  world.steps++
  for (const effect of done.effects) answer(effect, world, at)
}

/** The two things that come all the time and hardly ever change anything but themselves, while nothing else is due. */
const takeLightly = (world: World, event: Happening['event'], at: Reading): boolean => {
  const reading = event.event === 'display-observed' && event.result.ok ? event.result.value : null
  const shown = event.event === 'player' && event.what === 'shown' ? event : null
  if (reading === null && shown === null) return false
  world.calm ??= world.from + nextChange(world.state)
  if (world.now >= world.calm) return false
  if (reading !== null) {
    const seen = seenAgain(world.state, reading, at)
    if (seen !== null) world.state = seen
    return seen !== null
  }
  const proven = shown === null ? null : provenOnly(world.state, shown, at)
  if (proven === null) return false
  world.state = proven.state
  world.steps++
  for (const effect of proven.effects) answer(effect, world, at)
  return true
}

const setClock = (world: World, { stepMs, quality }: ClockHappening['clock']): void => {
  const was = world.clock.quality
  world.clock = { ahead: world.clock.ahead + stepMs, quality }
  world.queue.push({ at: instant(world.now), event: { event: 'clock-step', stepMs, was } })
}

/** Goes to the next tick at which there is something to do, and has the display read on the way as often as it would have been. */
const skip = (world: World): void => {
  const { queue, state } = world
  const soon = Math.min(queue.peek()?.at ?? Number.POSITIVE_INFINITY, world.wake)
  if (soon <= world.tick) return
  world.calm ??= world.from + nextChange(state)
  const busy = tickFrom(world, world.calm)
  // A reading that comes after something is due between two ticks is a step of its own.
  const until = Math.min(soon, world.calm, world.to)
  if (!state.site.hasController) {
    world.tick = busy
    return
  }
  let tick = readingTick(world)
  while (tick + OBSERVED_AFTER < until) {
    const seen = seenAgain(world.state, world.panel.read(), readingAt(world, tick + OBSERVED_AFTER))
    if (seen === null) break
    world.state = seen
    tick = readingTick(world)
  }
  world.tick = Math.min(tick, busy, tickFrom(world, Math.max(world.now, world.from + readingAges(world.state))))
}

/** The tick at which the display is read next; one that is being read answers by itself. */
const readingTick = (world: World): number =>
  world.state.display.observing
    ? Number.POSITIVE_INFINITY
    : tickFrom(world, Math.max(world.now, world.from + world.state.display.observeAt))

type Panel = {
  apply: (setting: DisplaySetting) => void
  /** Null: it does not answer. What is read is not to be kept: it changes with the panel. */
  read: () => Readonly<Record<string, unknown>> | null
  turn: (to: PanelHappening['panel']) => void
}

/** What a driver says of a controller that is gone. */
const SILENT = { ok: false, error: { kind: 'timeout', detail: 'the virtual controller does not answer' } } as const

const createPanel = (): Panel => {
  const link = { up: true }
  const held: Record<string, unknown> = {
    model: 'virtual',
    firmware: null,
    brightness: percent(50),
    blackout: false,
    testPattern: 'none',
    freeze: false,
    input: null,
    signal: true,
    temperature: null,
    voltage: null,
    cards: 1,
    power: null,
    sensors: [],
  }
  return {
    apply: (setting) => {
      if (link.up) held[setting.set] = setting.value
    },
    read: () => (link.up ? held : null),
    turn: (to) => {
      if (to === 'lost' || to === 'back') link.up = to === 'back'
      else held['signal'] = to === 'lit'
    },
  }
}

const answer = (effect: Effect, world: World, now: Reading): void => {
  const soon = (ms: number, event: Happening['event']) => world.queue.push({ at: instant(world.now + ms), event })
  if (effect.effect === 'record') {
    const at = { wall: now.wall, iso: isoOf(now, world.state.policy), mono: now.mono, q: now.quality }
    for (const body of effect.bodies) world.keep({ at, boot: now.bootId, ...body }, world.state)
  }
  if (effect.effect === 'wake') world.wake = world.from + effect.at
  if (effect.effect === 'show' && effect.scene.scene !== 'dark')
    soon(SHOWN_AFTER, {
      event: 'player',
      what: 'shown',
      play: effect.scene.play,
      proof: 'acknowledged',
      how: 'virtual player',
    })
  if (effect.effect === 'display') {
    world.panel.apply(effect.setting)
    soon(APPLIED_AFTER, {
      event: 'display-applied',
      setting: effect.setting,
      result:
        world.panel.read() === null ? SILENT : { ok: true, value: { readBack: true, held: effect.setting.value } },
    })
  }
  if (effect.effect === 'observe') {
    const seen = world.panel.read()
    const result = seen === null ? SILENT : { ok: true, value: { ...seen } }
    soon(OBSERVED_AFTER, { event: 'display-observed', result } as unknown as Happening['event'])
  }
}

const isoOf = (at: Reading, policy: Policy): string => formatInstant(at.wall, policy.zone.offsetMinutes)

type Queued = Happening | PanelHappening | ClockHappening
type Queue = { peek: () => Queued | undefined; pop: () => Queued | undefined; push: (h: Queued) => void }

/** Few things are ever waiting at once, so a sorted array is enough. Equal times keep their order. */
const createQueue = (initially: readonly Queued[]): Queue => {
  const waiting = [...initially].sort((a, b) => a.at - b.at)
  return {
    peek: () => waiting[0],
    pop: () => waiting.shift(),
    push: (h) => {
      const i = waiting.findIndex((w) => w.at > h.at)
      waiting.splice(i === -1 ? waiting.length : i, 0, h)
    },
  }
}
