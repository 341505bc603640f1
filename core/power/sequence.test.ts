import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkDocument } from '../base/check.ts'
import { prng } from '../base/prng.ts'
import { assert } from '../base/result.ts'
import { mono } from '../base/units.ts'
import { sequenceStep } from './sequence.ts'
import { longestFall, longestRise, OFF_ATTEMPTS } from './sequence-plan.ts'
import { checkSequence } from './sequence-rules.ts'
import { type PowerSequence, PowerSequenceSchema } from './sequence-schema.ts'
import { type SequenceAction, type SequenceState, type SequenceValue, sequenceStart } from './sequence-state.ts'

/** Two mains contactors with auxiliary contacts, a charging resistor that is let go of again, a sender on its own relay. */
const SEQUENCE: PowerSequence = {
  version: 1,
  relays: ['charge', 'mains-1', 'mains-2', 'sender'],
  inputs: [
    { name: 'mains-1-closed', kind: 'flag' },
    { name: 'mains-2-closed', kind: 'flag' },
    { name: 'smoke', kind: 'flag' },
    { name: 'temperature', kind: 'number' },
  ],
  startOffsetMs: 500,
  minimumOffMs: 10_000,
  boundMs: 60_000,
  relayWithinMs: 1000,
  blank: { withinMs: 2000, everyMs: 500 },
  steps: [
    { step: 'relay', relay: 'charge', on: true, settleMs: 300, feedback: null },
    {
      step: 'relay',
      relay: 'mains-1',
      on: true,
      settleMs: 1500,
      feedback: { input: 'mains-1-closed', wanted: true, withinMs: 800 },
    },
    {
      step: 'relay',
      relay: 'mains-2',
      on: true,
      settleMs: 1500,
      feedback: { input: 'mains-2-closed', wanted: true, withinMs: 800 },
    },
    { step: 'relay', relay: 'charge', on: false, settleMs: 0, feedback: null },
    { step: 'relay', relay: 'sender', on: true, settleMs: 200, feedback: null },
    { step: 'sender-answers', withinMs: 10_000, everyMs: 1000 },
    { step: 'cards-answer', atLeast: 4, withinMs: 10_000, everyMs: 1000 },
    { step: 'unblank', withinMs: 3000, everyMs: 500 },
  ],
  interlocks: [
    { rule: 'is', input: 'smoke', wanted: false, unknownMs: 5000, why: 'smoke in the cabinet' },
    { rule: 'below', input: 'temperature', offAbove: 65, onBelow: 55, unknownMs: 60_000, why: 'too hot' },
  ],
}

/** What the equipment does. Times in ms; null: never. */
type Plant = {
  readonly sequence: PowerSequence
  readonly relayMs: (relay: string, on: boolean) => number | null
  readonly relayFails: (relay: string, on: boolean) => boolean
  readonly contactorMs: (input: string, closed: boolean) => number | null
  readonly displayMs: (ask: string) => number | null
  readonly displayFails: (ask: string) => boolean
}
const GOOD: Plant = {
  sequence: SEQUENCE,
  relayMs: () => 20,
  relayFails: () => false,
  contactorMs: () => 80,
  displayMs: () => 30,
  displayFails: () => false,
}
type Event =
  | { readonly at: number; readonly kind: 'switch'; readonly to: 'on' | 'off' }
  | { readonly at: number; readonly kind: 'value'; readonly name: string; readonly value: SequenceValue }
type Line = { readonly at: number; readonly phase: SequenceState['phase']; readonly action: SequenceAction }

const CONTACTORS: Readonly<Record<string, string>> = { 'mains-1': 'mains-1-closed', 'mains-2': 'mains-2-closed' }
const FINE: readonly Event[] = [
  { at: 0, kind: 'value', name: 'smoke', value: false },
  { at: 0, kind: 'value', name: 'temperature', value: 30 },
  { at: 0, kind: 'value', name: 'mains-1-closed', value: false },
  { at: 0, kind: 'value', name: 'mains-2-closed', value: false },
]
const MOST_STEPS = 20_000

/** Plays machine and plant together until nothing can happen any more, and watches every step. */
const play = (plant: Plant, script: readonly Event[], watch: (one: Watched) => void = () => {}) => {
  type Queued = {
    at: number
    serial: number
    say: (at: number) => Parameters<typeof sequenceStep>[2]
    effect: () => void
  }
  let queue: Queued[] = []
  let serial = 0
  let state = sequenceStart(null)
  let wake: number | null = null
  const relays = new Map<string, boolean>()
  // A relay board does one thing after the other, as the port of the runner promises.
  let boardFree = 0
  const log: Line[] = []
  const add = (at: number, say: Queued['say'], effect: () => void = () => {}) => {
    serial += 1
    queue.push({ at, serial, say, effect })
  }
  for (const one of script)
    add(one.at, (at) =>
      one.kind === 'switch'
        ? { in: 'switch', at: mono(at), to: one.to }
        : { in: 'value', at: mono(at), name: one.name, value: one.value },
    )
  const carryOut = (action: SequenceAction, now: number) => {
    if (action.do === 'relay') {
      const takes = plant.relayMs(action.relay, action.on)
      if (takes === null) return
      boardFree = Math.max(now, boardFree) + takes
      const after = boardFree - now
      const fails = plant.relayFails(action.relay, action.on)
      add(
        now + after,
        (at) => ({ in: 'relay', at: mono(at), ticket: action.ticket, failed: fails ? 'refused' : null }),
        () => {
          if (fails) return
          relays.set(action.relay, action.on)
          const input = CONTACTORS[action.relay]
          const moves = input === undefined ? null : plant.contactorMs(input, action.on)
          if (input !== undefined && moves !== null)
            add(now + after + moves, (at) => ({ in: 'value', at: mono(at), name: input, value: action.on }))
        },
      )
    }
    if (action.do === 'display') {
      const after = plant.displayMs(action.wish.ask)
      const bad = plant.displayFails(action.wish.ask) ? 'no' : null
      if (after !== null)
        add(now + after, (at) => ({ in: 'display', at: mono(at), ticket: action.ticket, failed: bad }))
    }
  }
  let now = 0
  for (let steps = 0; ; steps++) {
    assert(steps < MOST_STEPS, 'the sequence never comes to rest')
    queue = queue.toSorted((a, b) => a.at - b.at || a.serial - b.serial)
    const next = queue[0]
    const timeFirst = wake !== null && (next === undefined || wake <= next.at)
    if (next === undefined && wake === null) break
    now = Math.max(now, timeFirst ? (wake ?? now) : (next?.at ?? now))
    if (!timeFirst) {
      queue.shift()
      next?.effect()
    }
    const input = timeFirst || next === undefined ? { in: 'time' as const, at: mono(now) } : next.say(now)
    const before = state
    const step = sequenceStep(plant.sequence, state, input)
    state = step.state
    wake = step.wakeAt
    watch({ before, after: state, actions: step.actions, relays, now })
    for (const action of step.actions) {
      log.push({ at: now, phase: state.phase, action })
      carryOut(action, now)
    }
  }
  return { log, state, relays, now }
}
type Watched = {
  readonly before: SequenceState
  readonly after: SequenceState
  readonly actions: readonly SequenceAction[]
  readonly relays: ReadonlyMap<string, boolean>
  readonly now: number
}
const told = (log: readonly Line[]): readonly string[] => log.map(({ action }) => word(action))
const word = (action: SequenceAction): string => {
  switch (action.do) {
    case 'relay':
      return `${action.relay} ${action.on ? 'on' : 'off'}`
    case 'display':
      return action.wish.ask
    case 'done':
      return `done ${action.power}`
    case 'failed':
    case 'report':
      return `${action.do} ${action.fault.kind}`
    case 'not-off':
      return `not-off ${action.troubles.map((t) => `${t.kind} ${t.step}`).join(', ')}`
  }
}
const switchAt = (at: number, to: 'on' | 'off'): Event => ({ at, kind: 'switch', to })
const value = (at: number, name: string, v: SequenceValue): Event => ({ at, kind: 'value', name, value: v })
const DOWN = ['charge off', 'mains-2 off', 'mains-1 off'] as const
// The charging relay stands last in its release step, so on the way down it follows the sender.
const OFF = ['blank', 'sender off', ...DOWN, 'done off']
const UP = ['charge on', 'mains-1 on', 'mains-2 on', 'charge off', 'sender on', 'sender', 'cards', 'unblank', 'done on']

describe('switching a screen on and off', () => {
  it('goes up in order, dark to the end, and down in reverse, dark first', () => {
    const { log, relays } = play(GOOD, [...FINE, switchAt(0, 'on'), switchAt(40_000, 'off')])
    expect(told(log)).toEqual([...UP, ...OFF])
    expect([...relays.values()]).toEqual([false, false, false, false])
  })

  it('waits for stagger, settling and feedback', () => {
    const { log } = play(GOOD, [...FINE, switchAt(0, 'on')])
    const at = (what: string) => log[told(log).indexOf(what)]?.at
    expect(at('charge on')).toBe(500)
    expect(at('mains-1 on')).toBe(500 + 20 + 300)
    expect(at('mains-2 on')).toBe(820 + 20 + 80 + 1500)
  })

  it('keeps off for the minimum time before it goes on again', () => {
    const { log } = play(GOOD, [...FINE, switchAt(0, 'on'), switchAt(20_000, 'off'), switchAt(20_100, 'on')])
    const words = told(log)
    const off = log[words.indexOf('done off')]?.at ?? 0
    expect(words.at(-1)).toBe('done on')
    expect(log[words.lastIndexOf('charge on')]?.at).toBe(off + 10_000 + SEQUENCE.startOffsetMs)
  })

  it.each<[string, Partial<Plant>, readonly string[]]>([
    [
      'a relay board refuses',
      { relayFails: (relay, on) => relay === 'mains-2' && on },
      ['charge on', 'mains-1 on', 'mains-2 on', 'failed relay-failed', 'blank', 'sender off', ...DOWN, 'done off'],
    ],
    [
      'a relay board is silent',
      { relayMs: (relay, on) => (relay === 'mains-1' && on ? null : 20) },
      ['charge on', 'mains-1 on', 'failed relay-silent', 'blank', 'sender off', ...DOWN, 'done off'],
    ],
    [
      'a contactor does not close',
      { contactorMs: (_, closed) => (closed ? null : 50) },
      ['charge on', 'mains-1 on', 'failed no-feedback', 'blank', 'sender off', ...DOWN, 'done off'],
    ],
    [
      'the sender does not answer',
      { displayMs: (ask) => (ask === 'sender' ? null : 30) },
      [...UP.slice(0, 6), 'failed no-answer', ...OFF],
    ],
    [
      'a contactor is welded',
      { contactorMs: (_, closed) => (closed ? 50 : null) },
      [
        ...UP,
        'blank',
        'sender off',
        ...DOWN,
        'not-off no-feedback off: relay mains-2 off, no-feedback off: relay mains-1 off',
      ],
    ],
    [
      'a relay cannot be let go of',
      { relayFails: (relay, on) => relay === 'sender' && !on },
      [...UP, 'blank', 'sender off', 'sender off', 'sender off', ...DOWN, 'not-off relay-failed off: relay sender off'],
    ],
    [
      'the picture cannot be made dark',
      { displayFails: (ask) => ask === 'blank' },
      [...UP, 'blank', 'blank', 'blank', 'blank', 'sender off', ...DOWN, 'not-off no-answer off: blank'],
    ],
  ])('%s', (_, plant, expected) => {
    const { log } = play({ ...GOOD, ...plant }, [...FINE, switchAt(0, 'on'), switchAt(40_000, 'off')])
    const words = told(log)
    // The order to switch off finds a screen that went off by itself already off.
    const after = words.slice(expected.length).filter((word) => word !== 'done off')
    expect(words.slice(0, expected.length)).toEqual(expected)
    expect(after).toEqual([])
  })

  it.each<[string, readonly Event[], string]>([
    ['smoke', [value(30_000, 'smoke', true)], 'failed interlock'],
    ['heat', [value(30_000, 'temperature', 66)], 'failed interlock'],
    ['smoke while it comes up', [value(2000, 'smoke', true)], 'failed interlock'],
    ['a dead smoke detector', [value(30_000, 'smoke', null)], 'failed interlock-unknown'],
    ['a smoke detector that says numbers', [value(30_000, 'smoke', 7)], 'failed interlock-unknown'],
    ['a contactor that drops while it comes up', [value(3500, 'mains-1-closed', false)], 'failed feedback-lost'],
  ])('goes off by itself: %s', (_, events, word) => {
    const { log, state, relays } = play(GOOD, [...FINE, switchAt(0, 'on'), ...events])
    expect(told(log)).toContain(word)
    expect(told(log).at(-1)).toBe('done off')
    expect(state.phase).toBe('off')
    expect([...relays.values()]).not.toContain(true)
  })

  it('does not start into smoke, heat or ignorance, and says which', () => {
    for (const events of [
      [value(0, 'smoke', true)],
      [value(0, 'temperature', 60)],
      [value(0, 'temperature', Number.NaN)],
    ]) {
      const { log } = play(GOOD, [...FINE, ...events, switchAt(1, 'off'), switchAt(60_000, 'on')])
      expect(told(log).at(-1)).toMatch(/^failed interlock/)
      expect(told(log)).not.toContain('charge on')
    }
    expect(told(play(GOOD, [switchAt(0, 'on')]).log)).toEqual(['failed interlock-unknown'])
  })

  it('reports a contact that wore out under a lit screen, once, and keeps it lit', () => {
    const { log, state } = play(GOOD, [...FINE, switchAt(0, 'on'), value(30_000, 'mains-1-closed', false)])
    expect(told(log)).toEqual([...UP, 'report feedback-lost'])
    expect(state.phase).toBe('on')
  })

  it('turns round at once when it is told off while it comes up', () => {
    const { log } = play(GOOD, [...FINE, switchAt(0, 'on'), switchAt(900, 'off')])
    expect(told(log)).toEqual(['charge on', 'mains-1 on', 'blank', 'sender off', ...DOWN, 'done off'])
  })

  it('shows nothing when the last contactor drops while it settles', () => {
    const steps = SEQUENCE.steps.filter((_, i) => i === 1 || i === 7)
    const short = { ...GOOD, sequence: { ...SEQUENCE, relays: ['mains-1'], steps } }
    expect(checkSequence(short.sequence)).toEqual([])
    const words = told(play(short, [...FINE, switchAt(0, 'on'), value(1500, 'mains-1-closed', false)]).log)
    expect(words).toEqual(['mains-1 on', 'failed feedback-lost', 'blank', 'mains-1 off', 'done off'])
    expect(told(play(short, [...FINE, switchAt(0, 'on')]).log)).toEqual(['mains-1 on', 'unblank', 'done on'])
  })

  it('takes no late answer for the answer to another question', () => {
    const slow = { ...GOOD, relayMs: (relay: string, on: boolean) => (relay === 'mains-1' && on ? 1500 : 20) }
    const { log } = play(slow, [...FINE, switchAt(0, 'on')])
    expect(told(log)).toEqual([
      'charge on',
      'mains-1 on',
      'failed relay-silent',
      'blank',
      'sender off',
      ...DOWN,
      'done off',
    ])
  })
})

describe('the promise in time', () => {
  it('breaks off when its host was so late that the bound is over', () => {
    let state = sequenceStart(null)
    const feed = (input: Parameters<typeof sequenceStep>[2]) => {
      const step = sequenceStep(SEQUENCE, state, input)
      state = step.state
      return step
    }
    for (const one of FINE)
      if (one.kind === 'value') feed({ in: 'value', at: mono(0), name: one.name, value: one.value })
    const asked = feed({ in: 'switch', at: mono(0), to: 'on' })
    expect(asked.wakeAt).toBe(500)
    const first = feed({ in: 'time', at: mono(500) })
    expect(first.actions).toEqual([{ do: 'relay', ticket: 1, relay: 'charge', on: true }])
    const late = feed({ in: 'time', at: mono(500 + SEQUENCE.boundMs) })
    expect(late.actions[0]).toMatchObject({ do: 'failed', fault: { kind: 'too-long' } })
    expect(state.phase).toBe('falling')
  })
})

/** A plant that fails here and there, from a seed. */
const weak = (seed: number): Plant => {
  const random = prng(seed)
  const time = (most: number) => (random.chance(0.04) ? null : random.below(random.chance(0.05) ? most * 4 : most))
  return {
    sequence: SEQUENCE,
    relayMs: () => time(600),
    relayFails: () => random.chance(0.04),
    contactorMs: () => time(500),
    displayMs: () => time(900),
    displayFails: (ask) => random.chance(ask === 'sender' || ask === 'cards' ? 0.3 : 0.08),
  }
}
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      at: fc.nat(150_000),
      kind: fc.constant('switch' as const),
      to: fc.constantFrom('on' as const, 'off' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      at: fc.nat(150_000),
      kind: fc.constant('value' as const),
      name: fc.constant('smoke'),
      value: fc.constantFrom(false, false, true, null),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      at: fc.nat(150_000),
      kind: fc.constant('value' as const),
      name: fc.constant('temperature'),
      value: fc.constantFrom(20, 50, 60, 70, null),
    }),
  },
  // A contactor drops, or its contact chatters, mostly while it comes up.
  {
    weight: 1,
    arbitrary: fc.record({
      at: fc.nat(9000),
      kind: fc.constant('value' as const),
      name: fc.constantFrom('mains-1-closed', 'mains-2-closed'),
      value: fc.constantFrom(false, true, null),
    }),
  },
)
const anyRun = fc.record({ seed: fc.nat(), script: fc.array(anyEvent, { maxLength: 14 }) })
const RUNS = 400

describe('whatever happens', () => {
  /** Plays many random runs; the last order is always off. */
  const always = (watch: (one: Watched) => void, end: (played: ReturnType<typeof play>) => void = () => {}) => {
    let steps = 0
    fc.assert(
      fc.property(anyRun, ({ seed, script }) => {
        const all = [...FINE, switchAt(0, 'on'), ...script, switchAt(400_000, 'off')]
        end(
          play(weak(seed), all, (one) => {
            steps += 1
            watch(one)
          }),
        )
      }),
      { numRuns: RUNS, seed: 20_261_122 },
    )
    expect(steps).toBeGreaterThan(RUNS * 10)
  }

  it('light comes only when every contactor is confirmed and nothing forbids it', () => {
    let lights = 0
    always(({ after, actions, relays }) => {
      if (!actions.some((action) => action.do === 'display' && action.wish.ask === 'unblank')) return
      lights += 1
      for (const relay of ['mains-1', 'mains-2', 'sender']) expect(relays.get(relay), relay).toBe(true)
      expect(relays.get('charge')).toBe(false)
      expect(after.inputs['mains-1-closed']).toBe(true)
      expect(after.inputs['mains-2-closed']).toBe(true)
      expect(after.inputs['smoke']).not.toBe(true)
    })
    expect(lights).toBeGreaterThan(50)
  })

  it('ends off: every relay let go of, or what stuck is named', () => {
    let stuck = 0
    always(
      () => {},
      ({ log, state, relays }) => {
        expect(state.phase).toBe('off')
        const last = log.findLast(({ action }) => action.do === 'done' || action.do === 'not-off')?.action
        assert(last, 'nothing was said at the end')
        if (last.do === 'not-off') {
          stuck += 1
          expect(last.troubles.length).toBeGreaterThan(0)
          const named = last.troubles.map((trouble) => trouble.step)
          for (const [relay, on] of relays) if (on) expect(named).toContain(`off: relay ${relay} off`)
          return
        }
        expect(last).toEqual({ do: 'done', power: 'off' })
        for (const [relay, on] of relays) expect(on, relay).toBe(false)
      },
    )
    expect(stuck).toBeGreaterThan(5)
  })

  it('goes down in reverse order, dark first while something may show', () => {
    let falls = 0
    const order = ['sender', 'charge', 'mains-2', 'mains-1']
    let way: string[] = []
    always(({ before, after, actions }) => {
      if (before.phase !== 'falling' && after.phase === 'falling') {
        falls += 1
        way = []
        const first = actions.find((action) => action.do === 'relay' || action.do === 'display')
        expect(first?.do).toBe(before.mayShow ? 'display' : 'relay')
      }
      if (after.phase !== 'falling' && before.phase !== 'falling') return
      for (const action of actions) {
        if (action.do !== 'relay' || after.phase !== 'falling') continue
        expect(action.on).toBe(false)
        way.push(action.relay)
        const places = way.map((relay) => order.indexOf(relay))
        expect(places).toEqual(places.toSorted((a, b) => a - b))
        expect(way.filter((relay) => relay === action.relay).length).toBeLessThanOrEqual(OFF_ATTEMPTS)
      }
    })
    expect(falls).toBeGreaterThan(RUNS)
  })

  it('an interlock wins at the moment it is heard', () => {
    let won = 0
    always(({ before, after, actions }) => {
      const smoke = after.inputs['smoke'] === true
      const hot = Number(after.inputs['temperature'] ?? 0) > 65
      if (!smoke && !hot) return
      expect(['off', 'falling']).toContain(after.phase)
      for (const action of actions) if (action.do === 'relay') expect(action.on).toBe(false)
      if (before.phase === 'rising' || before.phase === 'on') {
        won += 1
        expect(actions.some((action) => action.do === 'failed')).toBe(true)
      }
    })
    expect(won).toBeGreaterThan(20)
  })

  it('keeps its bounds and the time to cool', () => {
    let began = 0
    let phase: SequenceState['phase'] = 'unknown'
    let offAt: number | null = null
    always(({ before, after, actions, now }) => {
      if (now === 0 && before.phase === 'unknown') offAt = null
      if (after.phase !== phase || before.phase !== after.phase) began = now
      phase = after.phase
      if (after.phase === 'rising') expect(now - began).toBeLessThanOrEqual(longestRise(SEQUENCE))
      if (after.phase === 'falling') expect(now - began).toBeLessThanOrEqual(longestFall(SEQUENCE))
      for (const action of actions) {
        if (action.do === 'relay' && action.on && offAt !== null) expect(now - offAt).toBeGreaterThanOrEqual(10_000)
        if ((action.do === 'done' && action.power === 'off') || action.do === 'not-off') offAt = after.offSince
        if (action.do === 'relay' && action.on) offAt = null
      }
    })
  })
})

describe('the check of a sequence', () => {
  const change = (part: Partial<PowerSequence>): PowerSequence => ({ ...SEQUENCE, ...part })
  const step = (at: number, one: PowerSequence['steps'][number]): PowerSequence =>
    change({ steps: SEQUENCE.steps.map((old, i) => (i === at ? one : old)) })

  it('finds nothing in a good one', () => {
    expect(checkDocument(PowerSequenceSchema, structuredClone(SEQUENCE)).ok).toBe(true)
    expect(checkSequence(SEQUENCE)).toEqual([])
    expect(longestRise(SEQUENCE)).toBeLessThanOrEqual(SEQUENCE.boundMs)
  })

  it.each<[string, PowerSequence, string]>([
    [
      'an unknown relay',
      step(0, { step: 'relay', relay: 'moon', on: true, settleMs: 0, feedback: null }),
      'no relay moon',
    ],
    ['a relay nobody uses', change({ relays: [...SEQUENCE.relays, 'spare'] }), 'no step uses spare'],
    ['a relay named twice', change({ relays: [...SEQUENCE.relays, 'charge'] }), 'charge is there twice'],
    [
      'feedback without an input',
      step(0, {
        step: 'relay',
        relay: 'charge',
        on: true,
        settleMs: 0,
        feedback: { input: 'none', wanted: true, withinMs: 100 },
      }),
      'no input none',
    ],
    [
      'feedback from a number',
      step(0, {
        step: 'relay',
        relay: 'charge',
        on: true,
        settleMs: 0,
        feedback: { input: 'temperature', wanted: true, withinMs: 100 },
      }),
      'temperature is a number',
    ],
    [
      'one contact for two contactors',
      step(4, {
        step: 'relay',
        relay: 'sender',
        on: true,
        settleMs: 0,
        feedback: { input: 'mains-1-closed', wanted: true, withinMs: 100 },
      }),
      'already tells about mains-1',
    ],
    [
      'a relay switched on twice',
      step(3, { step: 'relay', relay: 'charge', on: true, settleMs: 0, feedback: null }),
      'already on here',
    ],
    ['light before power', step(5, { step: 'unblank', withinMs: 1000, everyMs: 100 }), 'unblank must be the last step'],
    ['no way to darken', change({ blank: null }), 'belong together'],
    [
      'a pause longer than the step',
      step(5, { step: 'sender-answers', withinMs: 1000, everyMs: 2000 }),
      'longer than withinMs',
    ],
    [
      'an interlock without input',
      change({ inputs: SEQUENCE.inputs.filter((one) => one.name !== 'smoke') }),
      'no input smoke',
    ],
    [
      'limits that flap',
      change({
        interlocks: [{ rule: 'below', input: 'temperature', offAbove: 60, onBelow: 60, unknownMs: 0, why: 'x' }],
      }),
      'would flap',
    ],
    ['a broken promise', change({ boundMs: 20_000 }), 'switching on may take'],
  ])('names %s', (_, wrong, why) => {
    const whys = checkSequence(wrong).map((fault) => `${fault.where}: ${fault.why}`)
    expect(
      whys.some((one) => one.includes(why)),
      whys.join('\n'),
    ).toBe(true)
  })
})
