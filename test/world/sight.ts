import type { Order } from '#core/emergency/order.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import type { Policy } from '#core/policy/policy.ts'
import type { Scene } from '#core/screen/scene.ts'
import { calendarCapable, createAirtimeWatch, isCounting } from './airtime.ts'
import { periodAt } from './calendar.ts'
import type { SimClock } from './clock.ts'
import { POWER_UP_MOST } from './contactors.ts'
import type { SimEdge } from './edge.ts'
import { type Cabinet, type Expected, expected, keyOf, strongest } from './expect.ts'
import type { Judge } from './judge.ts'
import type { OrderOracle } from './orders.ts'
import { EXCHANGE_MOST, type Panel } from './panel.ts'
import { SHOW_MOST, type SimPlayer } from './screen.ts'
import type { Troubles } from './trouble.ts'

/** From an order’s arrival to its picture: the exchange under way, the settings that can differ, a reading between, and the player. */
const EMERGENCY_MS = SHOW_MOST + 8 * EXCHANGE_MOST
/** Any other change of what is wanted is on the screen within this: it begins on a tick. */
const CHANGE_MS = 3_000
/** After a start the right content is there within this. */
export const RESTART_MS = 10_000
const MINUTE = 60_000
/** One turn of several emergencies, by the policy that is shipped: their texts need less. */
const TURN_MS = 15_000
const HOUR = 3_600_000
/** Of a longer hole the ledger enters nothing. */
const LONGEST_HOLE = 400 * 24 * HOUR
/** An order may be up this much before its start, because clocks may differ, and a tick longer. */
const ORDER_SLACK = 126_000

/** What people see, held against what they must see. */
export const createSight = (of: {
  readonly judge: Judge
  readonly now: () => number
  readonly after: (ms: number, act: () => void) => void
  readonly start: number
  readonly edge: SimEdge
  readonly panel: Panel
  readonly player: SimPlayer
  readonly oracle: OrderOracle
  readonly troubles: Troubles
  readonly clock: SimClock
  readonly policy: Policy
  readonly site: SiteFacts
}) => {
  const { judge, now, after, edge, panel, player, oracle, troubles, clock, policy, site } = of
  const airtime = createAirtimeWatch(judge)
  const cabinet: { -readonly [K in keyof Cabinet]: Cabinet[K] } = { hot: false, onBattery: false, smoke: false }
  const stable = { key: '', since: 0 }
  const view = { key: '', since: 0, scene: null as Scene | null }
  const shownMs = new Map<string, number>()
  /** When each order was last on the screen. */
  const seenAt = new Map<string, number>()
  const times: number[] = []
  const state = {
    bootAt: 0,
    period: '',
    begun: false,
    believed: null as { readonly wall: number; readonly right: boolean } | null,
  }
  const wall = () => of.start + now()
  const reaction = CHANGE_MS + (site.powerOffAfter === null ? 0 : POWER_UP_MOST + 5_000)

  const seen = (): Scene | null => {
    const held = panel.held()
    const dark =
      !panel.hasPower() || panel.restarting() || held.blackout || held.brightness === 0 || panel.trouble.noSignal
    if (dark || held.testPattern !== 'none') return null
    const picture = player.picture()
    return picture === null || picture.scene === 'dark' ? null : picture
  }
  const clockRight = (): boolean => edge.up() && Math.abs(clock.error()) <= 3_000 && edge.reading().quality !== 'unset'
  const wanted = (): Expected =>
    edge.up()
      ? expected({ state: edge.state(), oracle, now: now(), wall: wall(), clockRight: clockRight(), cabinet })
      : { expect: 'any', why: 'the edge is down' }

  const matches = (scene: Scene | null, want: Expected): boolean => {
    if (want.expect === 'any') return true
    if (want.expect === 'dark') return scene === null
    if (want.expect === 'order') return scene?.scene === 'order' && scene.order === want.order
    if (want.expect === 'shared') return scene?.scene === 'order' && want.orders.includes(scene.order)
    return scene !== null
  }
  /** Nothing was wrong and nothing else was wanted for as long as it may take. */
  const isSettled = (): boolean => {
    const calm = troubles.calmSince()
    return calm !== null && now() - calm >= 0 && now() - stable.since >= reaction && now() - state.bootAt >= RESTART_MS
  }
  const judgeNow = (): void => {
    const want = wanted()
    if (want.expect === 'any' || !isSettled()) return
    const scene = seen()
    const fine = matches(scene, want)
    const invariant =
      want.expect === 'dark' ? 'dark-when-asked' : strongest(want) !== null ? 'right-order' : 'lit-when-asked'
    const what = () =>
      `${keyOf(want)} ${'why' in want ? want.why : ''} is wanted since ${now() - stable.since} ms, ` +
      `people see ${textOf(scene)}; player ${textOf(player.picture())}, display ${JSON.stringify(panel.held())}, ` +
      `verdict ${edge.state().verdict?.winner.id}, screen ${edge.state().screen.why}`
    judge.hold(invariant, fine, what)
    if (now() - state.bootAt <= RESTART_MS + 2_000) judge.hold('restart', fine, what)
    if (want.expect === 'shared') judgeTurns(want.orders, scene)
  }
  /** The strongest between each two of the others, or all in a row: after one cycle everybody was there. */
  const judgeTurns = (orders: readonly string[], scene: Scene | null): void => {
    const calm = troubles.calmSince() ?? now()
    const from = Math.max(stable.since + reaction, state.bootAt + RESTART_MS, calm)
    const bound = (2 * orders.length - 1) * (TURN_MS + CHANGE_MS)
    for (const id of orders) {
      if (scene?.scene === 'order' && scene.order === id) continue
      const waits = now() - Math.max(from, seenAt.get(id) ?? 0)
      judge.hold(
        'shared-turns',
        waits <= bound,
        () => `${id} of ${orders} was not seen for ${waits} ms of at most ${bound}`,
      )
    }
  }
  const notice = (): void => {
    const key = keyOf(wanted())
    if (key === stable.key) return
    Object.assign(stable, { key, since: now() })
    after(reaction + 1, look)
  }
  const flow = (): void => {
    const before = view.scene
    if (before?.scene === 'order') {
      shownMs.set(before.order, (shownMs.get(before.order) ?? 0) + now() - view.since)
      seenAt.set(before.order, now())
    }
    const scene = seen()
    view.since = now()
    view.scene = scene
    airtime.see(now(), { ...about(scene), capable: capable() })
    if (scene?.scene === 'order') judgeLength(scene.order)
  }
  const about = (scene: Scene | null) => {
    if (scene?.scene === 'order') {
      const order = oracle.known(scene.order)
      return { counting: order?.class === 'emergency' && order.status === 'actual', ad: false }
    }
    // The same id may be another item in the next document: what was told is what counts.
    const item = scene?.scene === 'item' && edge.up() ? edge.state().schedule?.items[scene.item] : undefined
    const ad = item !== undefined && !isCounting(item)
    return { counting: scene?.scene === 'item' && !ad, ad }
  }
  const capable = (): boolean => {
    if (!edge.up() || !player.up() || troubles.calmSince() === null || !clockRight()) return false
    const at = edge.state()
    const ordered = at.orders.entries.some((e) => e.state === 'active')
    return !ordered && seen() !== null && calendarCapable(at, policy, wall())
  }
  const judgeLength = (id: string): void => {
    const order = oracle.known(id)
    if (order === null) return
    // From when it was asked for: without a clock it is shown at once, and ends when its end is known.
    const most = order.expiresAt - order.issuedAt + ORDER_SLACK
    judge.hold(
      'order-length',
      (shownMs.get(id) ?? 0) <= most,
      () => `${id} was up for ${shownMs.get(id)} ms of at most ${most}`,
    )
  }
  const look = (): void => {
    notice()
    flow()
    judgeNow()
    clockTurn()
  }
  const clockTurn = (): void => {
    const right = clockRight()
    if (!right) clockWrong()
    if (clock.error() !== 0) airtime.drifted()
    wrongHole()
    if (edge.up() && edge.reading().quality !== 'unset') state.believed = { wall: edge.reading().wall, right }
  }
  /** A wrong clock that is believed enters a hole that was never there, or not so: nothing can be asked of the periods in it (seeds 45, 337). */
  const wrongHole = (): void => {
    if (!edge.up() || state.believed === null || edge.reading().quality === 'unset') return
    const { wall: from, right } = state.believed
    const to = Math.min(edge.reading().wall, from + LONGEST_HOLE)
    if (!clockRight() || !right)
      for (let at = from; at < to + HOUR; at += HOUR) {
        const in_ = periodAt(policy, at)
        if (in_ !== null) airtime.clockWrong(`${in_.date} ${in_.period}`)
      }
  }
  /** Time that passes under a wrong clock is entered where that clock says. */
  const clockWrong = (): void => {
    const here = edge.up() ? periodAt(policy, edge.reading().wall) : null
    airtime.clockWrong(here === null ? null : `${here.date} ${here.period}`)
  }
  const turnPeriod = (): void => {
    const here = periodAt(policy, wall())
    const key = here === null ? 'night' : `${here.date} ${here.period}`
    if (key === state.period) return
    const over = periodAt(policy, wall() - 1)
    const done = airtime.turn(now(), key, player.latencyMs())
    const whole = state.period !== '' && over !== null
    state.period = key
    if (!whole) return
    after(130_000, () => {
      if (!edge.up() || !clockRight()) return
      const { date, period, floorMs, from, to } = over
      airtime.settle(edge.state(), { done, date, period, floorMs, fullMs: to - from })
    })
  }
  const everyMinute = (): void => {
    if (!edge.up()) airtime.down()
    look()
    turnPeriod()
    after(MINUTE, everyMinute)
  }
  /** Called before the order is handed over; what comes back is called after. */
  const expectOrder = (order: Order) => (): void => {
    const at = now()
    look()
    const want = wanted()
    if (order.class !== 'emergency' || strongest(want) !== order.id) return
    const calm = troubles.calmSince()
    const powered = panel.hasPower()
    if (calm === null || at - state.bootAt < RESTART_MS || stable.key === '') return
    const bound = EMERGENCY_MS + (powered ? 0 : POWER_UP_MOST + 1_000)
    const poll = (): void => {
      const scene = seen()
      const there = scene?.scene === 'order' && scene.order === order.id
      if (there || now() - at >= bound) {
        if (powered && there) times.push(now() - at)
        const still = edge.up() && troubles.calmSince() !== null && strongest(wanted()) === order.id
        if (!there && !still) return
        judge.hold(
          'emergency-in-time',
          there,
          () => `${order.id} is not on the screen ${bound} ms after its arrival, people see ${textOf(scene)}`,
        )
        return
      }
      after(10, poll)
    }
    poll()
  }
  return {
    look,
    begin: (): void => everyMinute(),
    expectOrder,
    cabinet,
    booted: (): void => {
      state.bootAt = now()
      airtime.down()
      airtime.jolt()
      after(RESTART_MS + 1, look)
    },
    /** The wall clock is about to be wrong, or was. */
    clockMoves: (): void => {
      clockWrong()
    },
    /** From here on nobody can say when what is in the book ends. */
    doubt: (): void => oracle.doubtAll(),
    /** What the display says of itself is not so: airtime cannot be true then. */
    untrue: (on: boolean): void => {
      airtime.untrue(on)
    },
    disturbed: (): void => airtime.jolt(),
    lookAfter: (ms: number): void => after(ms, look),
    emergencies: () => times,
  }
}
export type Sight = ReturnType<typeof createSight>

const textOf = (scene: Scene | null): string =>
  scene === null
    ? 'nothing'
    : scene.scene === 'order'
      ? `order ${scene.order}`
      : scene.scene === 'item'
        ? `item ${scene.item}`
        : scene.scene
