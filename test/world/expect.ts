import type { State } from '#core/engine/state.ts'
import { minuteAt } from './calendar.ts'
import { isShared, type OrderOracle } from './orders.ts'

/** What people must see now; `any`: nothing can be said. */
export type Expected =
  | { readonly expect: 'any'; readonly why: string }
  | { readonly expect: 'dark'; readonly why: string }
  | { readonly expect: 'order'; readonly order: string }
  /** Any of them, the strongest first; each has its turn. */
  | { readonly expect: 'shared'; readonly orders: readonly string[] }
  | { readonly expect: 'picture' }

export const keyOf = (of: Expected): string =>
  of.expect === 'order' ? `order ${of.order}` : of.expect === 'shared' ? `shared ${of.orders.join()}` : of.expect

/** The one that must be there at once when it arrives. */
export const strongest = (of: Expected): string | null =>
  of.expect === 'order' ? of.order : of.expect === 'shared' ? (of.orders[0] ?? null) : null

/** What the world knows of the cabinet: it may be too hot, or on battery, so that dark is right although nobody asked for it. */
export type Cabinet = { readonly hot: boolean; readonly onBattery: boolean; readonly smoke: boolean }

/** Worked out from what was sent to the site and from its schedule, and never from the engine’s own verdict. */
export const expected = (of: {
  readonly state: State
  readonly oracle: OrderOracle
  readonly now: number
  readonly wall: number
  readonly clockRight: boolean
  readonly cabinet: Cabinet
}): Expected => {
  const { state, oracle, wall, clockRight, cabinet } = of
  const any = (why: string): Expected => ({ expect: 'any', why })
  if (cabinet.hot || cabinet.smoke || cabinet.onBattery) return any('the cabinet')
  const { certain, doubtful } = oracle.inForce({ now: of.now, wall })
  if (doubtful || !clockRight) return any('the clock or an order')
  const dark = quiet(state, wall)
  if (dark === null) return any('a window begins or ends')
  const first = certain.filter((o) => o.class !== 'mourning')[0]
  if (first !== undefined) {
    const above = first.class !== 'priority'
    if (first.class === 'safety-blank') return { expect: 'dark', why: first.id }
    const dangers = certain.filter((o) => isShared(o) && (!dark || o.wake)).map((o) => o.id)
    if (dangers.length > 1) return { expect: 'shared', orders: dangers }
    if (first.extendFrames !== undefined) return any('an extended frame')
    if (!dark || (above && first.wake)) return { expect: 'order', order: first.id }
    // One that may not wake the screen gives way to the next that may.
    const next = certain.find((o) => o.wake && (o.class === 'emergency' || o.class === 'major-event'))
    if (next !== undefined) return { expect: 'order', order: next.id }
  }
  // Only here: whatever is tried by hand gives way to every order above.
  if (state.technician !== null) return any('a test pattern')
  if (state.manual.some(({ wish }) => wish.what !== 'brightness')) return any('something held by hand')
  return dark ? { expect: 'dark', why: 'quiet hours' } : { expect: 'picture' }
}

/** Dark by the calendar; null within some seconds of a change, because the edge’s clock may be a little off. */
const quiet = (state: State, wall: number): boolean | null => {
  const document = state.schedule?.document
  if (document === undefined) return false
  const at = (ms: number): boolean => {
    const minute = minuteAt(document, state.policy, wall + ms)
    return !minute.powered || minute.curfew
  }
  return at(-6_000) === at(6_000) ? at(0) : null
}
