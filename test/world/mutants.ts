import { UNSHARED } from '#core/emergency/share.ts'
import type { Effect } from '#core/engine/effect.ts'
import type { State } from '#core/engine/state.ts'
import { step } from '#core/engine/step.ts'
import type { RecordBody } from '#core/evidence/record.ts'
import type { StepFn } from './edge.ts'
import type { Invariant } from './judge.ts'

/**
 * Engines that were broken on purpose, each in one way, around the real one. A world that does not catch every one of them proves
 * nothing.
 */
export type Mutant = {
  readonly name: string
  readonly step: () => StepFn
  /** Which invariants may be the first to find it. */
  readonly foundBy: readonly Invariant[]
  /** Worlds in which it shows, tried one after the other. */
  readonly seeds: readonly number[]
}

const withEffects =
  (change: (effects: readonly Effect[], state: State, before: State) => readonly Effect[]): StepFn =>
  (state, event) => {
    const done = step(state, event)
    return { state: done.state, effects: change(done.effects, done.state, state) }
  }
const withBodies = (change: (bodies: readonly RecordBody[], state: State) => readonly RecordBody[]): StepFn =>
  withEffects((effects, state) =>
    effects.flatMap((e): Effect[] => {
      if (e.effect !== 'record') return [e]
      const bodies = change(e.bodies, state)
      return bodies.length === 0 ? [] : [{ effect: 'record', bodies }]
    }),
  )
/** The engine sees another world than there is, and what it makes of it goes on in the real one. */
const withView =
  (look: (state: State) => Partial<State>, back: readonly (keyof State)[]): StepFn =>
  (state, event) => {
    const done = step({ ...state, ...look(state) }, event)
    const kept = Object.fromEntries(back.map((key) => [key, state[key]]))
    return { state: { ...done.state, ...kept }, effects: done.effects }
  }

/** Orders are in the book, and never on the screen while an item is: rank means nothing. */
const rankIgnored: StepFn = withEffects((effects) =>
  effects.filter((e) => e.effect !== 'show' || e.scene.scene !== 'order'),
)

/** An ended order is taken for one in force as long as it is remembered. */
const neverEnds: StepFn = (state, event) => {
  const done = step(state, event)
  const entries = done.state.orders.entries.map((e) =>
    e.order.action !== 'cancel' && e.state === 'ended'
      ? {
          ...e,
          state: 'active' as const,
          endReason: null,
          deadline: (done.state.now.mono + 3_600_000) as typeof e.deadline,
        }
      : e,
  )
  return { state: { ...done.state, orders: { ...done.state.orders, entries } }, effects: done.effects }
}

const wallSpans: StepFn = (state, event) => {
  const opened = state.playing?.since
  return withBodies((bodies, now) =>
    bodies.map((b) =>
      b.kind === 'close' && b.cause !== 'power-cut' && opened !== undefined
        ? { ...b, ms: now.now.wall - opened.wall }
        : b,
    ),
  )(state, event)
}

/** An order is confirmed and never written down: it is gone with the next cut. */
const forgetful: StepFn = withEffects((effects) =>
  effects.filter((e) => e.effect !== 'snapshot' || e.reason === 'woke' || e.reason === 'schedule'),
)

const quietIgnored: StepFn = (state, event) => {
  const { schedule } = state
  if (schedule === null) return step(state, event)
  const { energy: _, ...document } = schedule.document
  const done = step({ ...state, schedule: { ...schedule, document: { ...document, power: [] } } }, event)
  const after = done.state.schedule
  // A new document is kept as it came.
  const kept = after?.document.version === document.version ? schedule : after
  return { state: { ...done.state, schedule: kept }, effects: done.effects }
}

const adRules = (state: State): Partial<State> => ({
  policy: {
    ...state.policy,
    advertising: {
      ...state.policy.advertising,
      hourShareLimit: null,
      dayShareLimit: null,
      limits: [],
      minimumSpacingMs: 0,
      suspendedInEmergency: false,
      suspendedInMourning: false,
    },
  },
})
const noFloors = (state: State): Partial<State> => ({
  policy: { ...state.policy, periods: state.policy.periods.map((p) => ({ ...p, floorMs: 0 })) },
})

const exercisesAnywhere: StepFn = (state, event) => {
  const done = step({ ...state, site: { ...state.site, exerciseMode: true } }, event)
  return { state: { ...done.state, site: state.site }, effects: done.effects }
}

const lostMillisecond: StepFn = (state, event) => {
  const done = step(state, event)
  const [day, ...others] = done.state.ledger.days
  if (day === undefined) return done
  const periods = day.periods.map((p, i) => (i === 0 && p.delivered > 0 ? { ...p, delivered: p.delivered + 1 } : p))
  const ledger = { ...done.state.ledger, days: [{ ...day, periods }, ...others] }
  return { state: { ...done.state, ledger }, effects: done.effects }
}

const hoards: StepFn = (state, event) => {
  const done = step(state, event)
  const { ledger } = done.state
  return {
    state: { ...done.state, ledger: { ...ledger, closed: [...ledger.closed, ...state.ledger.closed.slice(-1)] } },
    effects: done.effects,
  }
}

const darkWithoutHub: StepFn = (state, event) => {
  const done = step(state, event)
  if (event.event !== 'hub' || event.link !== 'down' || done.state.playing === null) return done
  return { state: done.state, effects: [...done.effects, { effect: 'show', scene: { scene: 'dark' } }] }
}

/** Draws lots of its own: the second run of a seed is another. */
const restless: StepFn = withBodies((bodies) =>
  bodies.map((b) => (b.kind === 'heartbeat' ? { ...b, play: `${b.play ?? ''}${Math.random()}` } : b)),
)

/** In these worlds a burst of emergencies lasts for longer than one cycle. */
const STARVED = [1, 2, 3, 4, 5]

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'arbitration without ranks',
    seeds: [1],
    step: () => rankIgnored,
    foundBy: ['emergency-in-time', 'right-order', 'dark-when-asked', 'lit-when-asked'],
  },
  {
    name: 'no gap record',
    seeds: [1],
    step: () => withBodies((b) => b.filter((one) => one.kind !== 'gap')),
    foundBy: ['gap-record'],
  },
  {
    name: 'brightness without a limit',
    seeds: [1],
    step: () =>
      withView((s) => ({ site: { ...s.site, brightnessLimit: 100 as typeof s.site.brightnessLimit } }), ['site']),
    foundBy: ['brightness-limit'],
  },
  {
    name: 'orders that never end',
    seeds: [1],
    step: () => neverEnds,
    foundBy: ['order-over', 'right-order', 'lit-when-asked', 'dark-when-asked', 'order-length', 'emergency-in-time'],
  },
  { name: 'durations by the wall clock', seeds: [1], step: () => wallSpans, foundBy: ['true-durations'] },
  { name: 'receipts of what was never written', seeds: [2], step: () => forgetful, foundBy: ['receipt-durable'] },
  { name: 'quiet hours ignored', seeds: [1], step: () => quietIgnored, foundBy: ['dark-when-asked'] },
  { name: 'advertising without rules', seeds: [3], step: () => withView(adRules, ['policy']), foundBy: ['ad-rules'] },
  {
    name: 'advertising before the floor',
    seeds: [6],
    step: () => withView(noFloors, ['policy']),
    foundBy: ['ad-affordable', 'floor-kept'],
  },
  { name: 'exercises anywhere', seeds: [3], step: () => exercisesAnywhere, foundBy: ['order-over', 'exercise'] },
  { name: 'a millisecond too much', seeds: [3], step: () => lostMillisecond, foundBy: ['sums-exact'] },
  { name: 'a list that grows', seeds: [1], step: () => hoards, foundBy: ['bounds'] },
  {
    name: 'dark when the hub is away',
    seeds: [1],
    step: () => darkWithoutHub,
    foundBy: ['lit-when-asked', 'hub-loss', 'right-order'],
  },
  {
    name: 'no turn for the second emergency',
    seeds: STARVED,
    step: () => withView(() => ({ share: UNSHARED }), []),
    foundBy: ['shared-turns'],
  },
  { name: 'lots of its own', seeds: [1], step: () => restless, foundBy: ['same-seed'] },
]
