import { formatInstant } from '../base/time.ts'
import { type Instant, instant, mono, percent, type Reading } from '../base/units.ts'
import type { RecordBody, StampedRecord } from '../evidence/record.ts'
import type { Policy } from '../policy/policy.ts'
import type { DisplaySetting } from '../screen/display.ts'
import type { Effect } from './effect.ts'
import type { Event } from './event.ts'
import { initial } from './init.ts'
import type { SiteFacts } from './site.ts'
import type { State } from './state.ts'
import { step } from './step.ts'

/** How a perfect player and controller answer in virtual time, ms. */
const SHOWN_AFTER = 80
const APPLIED_AFTER = 30
const OBSERVED_AFTER = 40
/** `Omit` that keeps the members of a union apart. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
export type Happening = { readonly at: Instant; readonly event: Without<Event, 'at'> }
/** The controller stops answering, or answers again. */
export type PanelHappening = { readonly at: Instant; readonly panel: 'lost' | 'back' }

export type Run = {
  readonly state: State
  readonly records: readonly StampedRecord[]
  readonly steps: number
}

/**
 * The real engine in virtual time, with a player and a controller that do what they are told. No clock is read: the same input gives
 * the same bytes. `happenings` are put in at their time; ticks come each `tickMs`.
 */
export const runVirtual = (options: {
  readonly site: SiteFacts
  readonly policy: Policy
  readonly from: Instant
  readonly to: Instant
  readonly happenings: readonly (Happening | PanelHappening)[]
  /** Between ticks, ms. The shell's is 1,000; frames and windows begin on a tick, so a longer one begins them later and runs faster. */
  readonly tickMs: number
  /** Called for every record as it is made; what is kept is up to the caller (half a year does not fit in memory). */
  readonly onRecord: ((record: StampedRecord) => void) | null
}): Run => {
  const { site, policy, from, to } = options
  const reading = (wall: number): Reading => ({
    wall: instant(wall),
    mono: mono(wall - from),
    quality: 'synced',
    bootId: 'virtual',
  })
  const queue = createQueue(options.happenings)
  const records: StampedRecord[] = []
  const panel = createPanel()
  const keep = options.onRecord ?? ((r: StampedRecord) => records.push(r))
  let state = initial(site, policy, reading(from))
  let steps = 0
  let tick = from as number
  for (;;) {
    const next = queue.peek()
    const at = Math.min(next?.at ?? Number.POSITIVE_INFINITY, tick)
    if (at >= to) break
    const due = next && next.at <= tick ? queue.pop() : undefined
    if (due && 'panel' in due) {
      panel.answers(due.panel === 'back')
      continue
    }
    const event = due?.event ?? null
    if (!event) tick += options.tickMs
    const done = step(state, { ...(event ?? { event: 'tick' }), at: reading(at) } as Event)
    state = done.state
    steps++
    for (const effect of done.effects)
      answer(effect, { at, queue, panel, stamp: (body) => keep(stamp(body, reading(at), policy)) })
  }
  return { state, records, steps }
}

const stamp = (body: RecordBody, at: Reading, policy: Policy): StampedRecord => ({
  at: { wall: at.wall, iso: formatInstant(at.wall, policy.zone.offsetMinutes), mono: at.mono, q: at.quality },
  boot: at.bootId,
  ...body,
})

type Panel = {
  apply: (setting: DisplaySetting) => void
  /** Null: it does not answer. */
  read: () => Record<string, unknown> | null
  answers: (yes: boolean) => void
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
    read: () => (link.up ? { ...held } : null),
    answers: (yes) => {
      link.up = yes
    },
  }
}

type World = { at: number; queue: Queue; panel: Panel; stamp: (body: RecordBody) => void }

const answer = (effect: Effect, world: World): void => {
  const soon = (ms: number, event: Happening['event']) => world.queue.push({ at: instant(world.at + ms), event })
  if (effect.effect === 'record') for (const body of effect.bodies) world.stamp(body)
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
      result: world.panel.read() === null ? SILENT : { ok: true, value: { readBack: true } },
    })
  }
  if (effect.effect === 'observe') {
    const seen = world.panel.read()
    const result = seen === null ? SILENT : { ok: true, value: seen }
    soon(OBSERVED_AFTER, { event: 'display-observed', result } as unknown as Happening['event'])
  }
}

type Queued = Happening | PanelHappening
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
