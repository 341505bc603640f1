import { readFileSync } from 'node:fs'
import { emptyLedger } from '#core/airtime/ledger.ts'
import { ok } from '#core/base/result.ts'
import { percent, type Reading } from '#core/base/units.ts'
import type { Effect } from '#core/engine/effect.ts'
import type { Event } from '#core/engine/event.ts'
import { initial } from '#core/engine/init.ts'
import type { State } from '#core/engine/state.ts'
import { step } from '#core/engine/step.ts'
import type { RecordBody } from '#core/evidence/record.ts'
import { parsePolicy } from '#core/policy/check.ts'
import type { Policy } from '#core/policy/policy.ts'
import type { DisplayObservation } from '#core/screen/display.ts'
import { anItem, aSchedule, readingAt, siteFacts } from './build.ts'

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** The policy profile that is shipped. */
export const shippedPolicy = (): Policy => {
  const parsed = parsePolicy(readFileSync(new URL('../deploy/policies/lai-chau-2024.json', import.meta.url), 'utf8'))
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value
}
const policy = shippedPolicy()

export const PANEL: Omit<DisplayObservation, 'at'> = {
  model: 'MCTRL300',
  firmware: '4.3',
  brightness: percent(60),
  blackout: false,
  testPattern: 'none',
  freeze: false,
  input: null,
  signal: true,
  temperature: null,
  voltage: null,
  cards: 2,
  power: null,
  sensors: [],
}

/** The engine with a hand on it: gives events at times, keeps everything it asked for. */
export const drive = (facts = siteFacts()) => {
  let state: State = initial(facts, policy, readingAt(0))
  const done: Effect[] = []
  const give = (offsetMs: number, event: Without<Event, 'at'>, more: Partial<Reading> = {}): readonly Effect[] => {
    const result = step(state, { ...event, at: readingAt(offsetMs, more) } as Event)
    state = result.state
    done.push(...result.effects)
    return result.effects
  }
  const shows = (effects: readonly Effect[] = done) => effects.flatMap((e) => (e.effect === 'show' ? [e.scene] : []))
  const records = (effects: readonly Effect[] = done): RecordBody[] =>
    effects.flatMap((e) => (e.effect === 'record' ? e.bodies : []))
  return { give, shows, records, done, state: () => state }
}

export const woke = {
  event: 'woke',
  durable: null,
  schedule: null,
  registry: null,
  assets: ['1'.repeat(64)],
  last: { orphan: null, wall: null, cleanStop: true, tornBytes: 0 },
} as const

export const awake = (schedule = aSchedule([anItem()]), facts = siteFacts()) => {
  const it = drive(facts)
  it.give(0, { ...woke, ledger: emptyLedger(policy), schedule })
  it.give(1, { event: 'player', what: 'up' })
  settled(it, 1)
  it.give(2, { event: 'display-observed', result: { ok: true, value: PANEL } })
  return it
}

export const playNow = (it: ReturnType<typeof drive>) => it.state().playing
export const settled = (it: ReturnType<typeof drive>, at: number) => {
  for (let i = 0; i < 5; i++) {
    const inFlight = it.state().display.inFlight
    if (inFlight)
      it.give(at + i, {
        event: 'display-applied',
        setting: inFlight,
        result: { ok: true, value: { readBack: true, held: inFlight.value } },
      })
  }
}

/** What the contacts on the pins say; one that is left out is not read. */
export const pinsSay = (
  it: ReturnType<typeof drive>,
  at: number,
  values: Readonly<Record<string, boolean | null>>,
  more: Partial<Reading> = {},
) =>
  it.give(
    at,
    {
      event: 'equipment',
      device: 'gpio',
      result: ok(Object.entries(values).map(([where, value]) => ({ what: 'contact' as const, where, value }))),
    },
    more,
  )
/** The stages of all orders, in turn, with the reason where there is one. */
export const stagesOf = (records: readonly RecordBody[]): readonly string[] =>
  records.flatMap((r) => (r.kind === 'order' ? [`${r.stage}${r.reason === null ? '' : ` ${r.reason}`}`] : []))
