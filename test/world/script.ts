import type { Prng } from '#core/base/prng.ts'
import { DAY } from '#core/base/time.ts'
import { percent } from '#core/base/units.ts'
import type { Order, OrderClass } from '#core/emergency/order.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import type { ManualWish } from '#core/screen/manual.ts'
import { anOrder } from '../build.ts'
import { between, pick } from './generate.ts'
import { streamOf } from './hash.ts'
import type { Sending } from './hub.ts'

/** What befalls a world, all of it drawn from the seed before it begins. Times are true, ms from its beginning. */
export type Happens =
  | ({ readonly do: 'order' } & Sending)
  | { readonly do: 'schedule' }
  | { readonly do: 'old-schedule' }
  | { readonly do: 'link-down'; readonly ms: number }
  | { readonly do: 'asset'; readonly pick: number; readonly ms: number }
  | { readonly do: 'silent' | 'lie' | 'no-signal' | 'flap'; readonly ms: number }
  | { readonly do: 'garble'; readonly ms: number; readonly chance: number }
  | { readonly do: 'refuse'; readonly ms: number; readonly what: 'blackout' | 'brightness' | 'freeze' }
  | { readonly do: 'panel-reboot' }
  | { readonly do: 'player-dies'; readonly ms: number }
  | { readonly do: 'player-late'; readonly ms: number; readonly lateMs: number }
  | { readonly do: 'player-fails' | 'item-broken'; readonly ms: number; readonly pick: number }
  | { readonly do: 'contradict' }
  | { readonly do: 'disk-full' | 'disk-io'; readonly ms: number; readonly chance: number }
  | { readonly do: 'clock-step'; readonly error: number; readonly ms: number }
  | { readonly do: 'holdover'; readonly ppm: number; readonly ms: number }
  | { readonly do: 'mains-cut'; readonly ms: number; readonly inWrite: number | null }
  | { readonly do: 'kill' | 'stop'; readonly ms: number }
  | { readonly do: 'technician'; readonly ms: number }
  | { readonly do: 'by-hand'; readonly ms: number; readonly wish: ManualWish }
  | { readonly do: 'hot'; readonly ms: number; readonly celsius: number }
  | { readonly do: 'battery' | 'smoke'; readonly ms: number }
  | { readonly do: 'light'; readonly lux: number }
  | { readonly do: 'power-fails'; readonly ms: number }
export type Entry = { readonly at: number; readonly happens: Happens }

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 3_600_000

/** Short mostly, long sometimes: the exponent is uniform. */
const spread = (random: Prng, least: number, most: number): number =>
  Math.round(least * (most / least) ** random.next())

/** How often each happens on a day of ordinary bad luck. */
const RATES: Readonly<Record<string, number>> = {
  silent: 1.5,
  lie: 0.25,
  'no-signal': 0.5,
  flap: 0.7,
  garble: 1,
  refuse: 1,
  'panel-reboot': 1,
  'player-dies': 1.5,
  'player-late': 0.7,
  'player-fails': 0.3,
  'item-broken': 0.7,
  contradict: 1,
  'disk-full': 0.4,
  'disk-io': 0.6,
  'clock-step': 0.5,
  holdover: 0.5,
  'mains-cut': 1.2,
  kill: 0.8,
  stop: 0.4,
  technician: 0.3,
  'by-hand': 2,
  hot: 0.3,
  battery: 0.3,
  smoke: 0.1,
  light: 12,
  'power-fails': 0.3,
}

const WISHES: readonly [ManualWish, ...ManualWish[]] = [
  { what: 'chart', chart: { name: 'frame', modules: { columns: 1, rows: 1 }, module: null } },
  { what: 'brightness', percent: percent(10) },
  { what: 'power-off' },
]

const FAULTS: { readonly [what: string]: (random: Prng) => Happens } = {
  silent: (r) => ({ do: 'silent', ms: spread(r, 5 * SECOND, 40 * MINUTE) }),
  lie: (r) => ({ do: 'lie', ms: spread(r, MINUTE, HOUR) }),
  'no-signal': (r) => ({ do: 'no-signal', ms: spread(r, 5 * SECOND, 30 * MINUTE) }),
  flap: (r) => ({ do: 'flap', ms: spread(r, MINUTE, HOUR) }),
  garble: (r) => ({ do: 'garble', ms: spread(r, 10 * SECOND, HOUR), chance: r.next() }),
  refuse: (r) => ({
    do: 'refuse',
    ms: spread(r, 5 * SECOND, HOUR),
    what: pick(r, ['blackout', 'brightness', 'freeze']),
  }),
  'panel-reboot': () => ({ do: 'panel-reboot' }),
  'player-dies': (r) => ({ do: 'player-dies', ms: spread(r, 300, 10 * SECOND) }),
  'player-late': (r) => ({ do: 'player-late', ms: spread(r, MINUTE, HOUR), lateMs: between(r, 200, 8_000) }),
  'player-fails': (r) => ({ do: 'player-fails', ms: spread(r, 10 * SECOND, 20 * MINUTE), pick: 0 }),
  'item-broken': (r) => ({ do: 'item-broken', ms: spread(r, MINUTE, 5 * HOUR), pick: r.below(1000) }),
  contradict: () => ({ do: 'contradict' }),
  'disk-full': (r) => ({ do: 'disk-full', ms: spread(r, MINUTE, 3 * HOUR), chance: 1 }),
  'disk-io': (r) => ({ do: 'disk-io', ms: spread(r, 10 * SECOND, 20 * MINUTE), chance: r.next() }),
  'clock-step': (r) => ({ do: 'clock-step', error: jump(r), ms: spread(r, 30 * SECOND, 5 * HOUR) }),
  holdover: (r) => ({ do: 'holdover', ppm: between(r, -100, 100), ms: spread(r, HOUR, 3 * DAY) }),
  'mains-cut': (r) => ({
    do: 'mains-cut',
    ms: spread(r, 2 * SECOND, 8 * HOUR),
    inWrite: r.chance(0.5) ? r.below(14) : null,
  }),
  kill: (r) => ({ do: 'kill', ms: between(r, 500, 5_000) }),
  stop: (r) => ({ do: 'stop', ms: spread(r, 2 * SECOND, 10 * MINUTE) }),
  technician: (r) => ({ do: 'technician', ms: spread(r, 5 * SECOND, 10 * MINUTE) }),
  'by-hand': (r) => ({ do: 'by-hand', ms: spread(r, 5 * SECOND, HOUR), wish: pick(r, WISHES) }),
  hot: (r) => ({ do: 'hot', ms: spread(r, 5 * MINUTE, 3 * HOUR), celsius: between(r, 58, 90) }),
  battery: (r) => ({ do: 'battery', ms: spread(r, MINUTE, 2 * HOUR) }),
  smoke: (r) => ({ do: 'smoke', ms: spread(r, 10 * SECOND, 10 * MINUTE) }),
  light: (r) => ({ do: 'light', lux: spread(r, 1, 100_000) }),
  'power-fails': (r) => ({ do: 'power-fails', ms: spread(r, MINUTE, HOUR) }),
}

/** Seconds, minutes, days and years, either way. */
const jump = (random: Prng): number => {
  const most = pick(random, [30 * SECOND, 30 * MINUTE, 20 * DAY, 3 * 365 * DAY])
  return Math.round((random.next() * 2 - 1) * most)
}

/** `luck`: 0 for a world without faults, 1 for ordinary, more for storms. */
const faultsOf = (seed: number, days: number, luck: number): readonly Entry[] =>
  Object.entries(RATES).flatMap(([what, rate]) => {
    const random = streamOf(seed, `script ${what}`)
    // Each world is spared some kinds, so that what they would hide can be seen.
    if (what !== 'light' && random.chance(0.35)) return []
    return times(random, rate * luck, days).flatMap((at) => {
      const happens = FAULTS[what]?.(random)
      return happens === undefined ? [] : [{ at, happens }]
    })
  })

const times = (random: Prng, rate: number, days: number): number[] => {
  const whole = rate * days
  const n = Math.floor(whole) + (random.chance(whole % 1) ? 1 : 0)
  return Array.from({ length: n }, () => random.below(days * DAY)).sort((a, b) => a - b)
}

const ORDER_RATES: { readonly [C in OrderClass]: number } = {
  'safety-blank': 0.3,
  emergency: 3,
  'major-event': 0.5,
  mourning: 0.25,
  priority: 1,
}

type Orders = {
  readonly random: Prng
  /** Of its own for what came to be drawn later, so that the seeds that found something still make the same orders. */
  readonly detail: Prng
  readonly start: number
  readonly site: SiteFacts
  readonly made: Order[]
}

const makeOrder = (of: Orders, orderClass: OrderClass, at: number): Order => {
  const { random, start, site, made } = of
  const later = random.chance(0.15) ? spread(random, MINUTE, 4 * HOUR) : 0
  const startsAt = start + at + later
  const drawn = orderClass !== 'safety-blank' && orderClass !== 'mourning'
  const earlier = made.filter((o) => o.class === orderClass)
  const last = earlier.at(-1 - random.below(Math.min(3, earlier.length || 1)))
  const action = last === undefined || random.chance(0.55) ? 'release' : random.chance(0.5) ? 'update' : 'cancel'
  const order = anOrder({
    id: `O-${made.length + 1}`,
    action,
    class: orderClass,
    status: random.chance(0.12) ? 'exercise' : random.chance(0.04) ? 'test' : 'actual',
    references: action === 'release' || last === undefined ? [] : [last.id],
    severity: pick(random, ['minor', 'moderate', 'severe', 'extreme']),
    texts: drawn ? anOrder().texts : [],
    targets: random.chance(0.96) ? [site.id] : ['LC-OTHER'],
    wake: random.chance(0.7),
    brightness: random.chance(0.3) ? between(random, 5, 100) : null,
    issuedAt: start + at,
    startsAt,
    expiresAt: startsAt + spread(random, 30 * SECOND, random.chance(0.1) ? 30 * HOUR : 6 * HOUR),
    ...detailsOf(of.detail, action, orderClass),
  })
  made.push(order)
  return order
}

const detailsOf = (detail: Prng, action: Order['action'], orderClass: OrderClass): Partial<Order> => {
  const clearable = action === 'update' && (orderClass === 'emergency' || orderClass === 'priority')
  const document = detail.chance(0.3) ? null : '12/CĐ-MAU'
  return {
    urgency: pick(detail, ['future', 'expected', 'immediate']),
    certainty: pick(detail, ['possible', 'likely', 'observed']),
    authority: { name: 'Ban Chỉ huy phòng thủ dân sự (mẫu)', document },
    ...(clearable && detail.chance(0.3) ? { allClear: true } : {}),
    ...(detail.chance(0.1) ? { area: { province: true, units: [], name: 'toàn tỉnh' } } : {}),
    ...(detail.chance(0.05) ? { breakGlass: { reason: 'một người ký vì khẩn cấp' } } : {}),
  }
}

/** Several emergencies within minutes: they share the screen. Now and then so many that all go round. */
const burstOf = (of: Orders, days: number): readonly Entry[] => {
  const { detail, start, site } = of
  const begin = detail.below(days * DAY)
  const count = detail.chance(0.2) ? between(detail, 7, 9) : between(detail, 2, 5)
  return Array.from({ length: count }, (_, i): Entry => {
    const at = begin + detail.below(10 * MINUTE)
    const order = anOrder({
      id: `S-${i + 1}`,
      severity: pick(detail, ['minor', 'moderate', 'severe', 'extreme']),
      targets: [site.id],
      wake: detail.chance(0.8),
      issuedAt: start + at,
      startsAt: start + at,
      expiresAt: start + at + spread(detail, 10 * MINUTE, 6 * HOUR),
    })
    return { at, happens: { do: 'order', order, copies: [spread(detail, 20, 2 * SECOND)], persons: ['tructinh'] } }
  })
}

/** The number of a document that comes hours after its order, or before it. */
const documentOf = ({ detail }: Orders, order: Order, at: number): readonly Entry[] => {
  if (order.authority.document !== null || detail.chance(0.4)) return []
  const later = spread(detail, MINUTE, 12 * HOUR)
  const signed: Order = {
    ...order,
    id: `${order.id}-N`,
    action: 'document',
    references: [order.id],
    authority: { ...order.authority, document: '13/CĐ-MAU' },
    issuedAt: order.issuedAt + later,
  }
  const copies = [spread(detail, 20, HOUR), spread(detail, SECOND, DAY)]
  return [{ at: at + later, happens: { do: 'order', order: signed, copies, persons: ['tructinh'] } }]
}

const ordersOf = (
  seed: number,
  days: number,
  of: { start: number; site: SiteFacts; luck: number },
): readonly Entry[] => {
  const random = streamOf(seed, 'script orders')
  const detail = streamOf(seed, 'script order details')
  const made: Order[] = []
  const making: Orders = { random, detail, start: of.start, site: of.site, made }
  const planned = (Object.entries(ORDER_RATES) as [OrderClass, number][])
    .flatMap(([orderClass, rate]) => times(random, rate * of.luck, days).map((at) => ({ at, orderClass })))
    .sort((a, b) => a.at - b.at)
  const orders = planned.flatMap(({ at, orderClass }): readonly Entry[] => {
    const order = makeOrder(making, orderClass, at)
    // Some come again, some hours later; some are overtaken by what was sent after them.
    const copies = [random.chance(0.15) ? spread(random, SECOND, HOUR) : spread(random, 20, 2 * SECOND)]
    if (random.chance(0.25)) copies.push(spread(random, SECOND, 2 * DAY))
    if (random.chance(0.1)) copies.push(spread(random, HOUR, 3 * DAY))
    const persons = detail.chance(0.7) ? ['tructinh', 'lanhdao'] : ['tructinh']
    return [{ at, happens: { do: 'order', order, copies, persons } }, ...documentOf(making, order, at)]
  })
  return detail.chance(0.5) ? [...orders, ...burstOf(making, days)] : orders
}

export type ScriptOptions = {
  readonly seed: number
  readonly days: number
  readonly start: number
  readonly site: SiteFacts
  /** Nothing new from the hub after the beginning. */
  readonly silentHub: boolean
  readonly links: 'script' | 'up' | 'away'
}

/** In two worlds that are compared a cut comes at its time: the n-th write comes at other times where there is a hub to answer. */
const atItsTime = (entry: Entry): Entry =>
  entry.happens.do === 'mains-cut' ? { ...entry, happens: { ...entry.happens, inWrite: null } } : entry

export const makeScript = (of: ScriptOptions): readonly Entry[] => {
  const { seed, days, start, site } = of
  const random = streamOf(seed, 'script')
  const luck = pick(random, [0, 0.3, 1, 1, 3])
  const hub: Entry[] = of.silentHub
    ? []
    : [
        ...ordersOf(seed, days, { start, site, luck: pick(random, [0.5, 1, 2]) }),
        ...times(random, 0.6, days).map((at): Entry => ({ at, happens: { do: 'schedule' } })),
        ...times(random, 0.2, days).map((at): Entry => ({ at, happens: { do: 'old-schedule' } })),
        ...times(random, 0.5, days).map(
          (at): Entry => ({ at, happens: { do: 'asset', pick: random.below(1000), ms: spread(random, SECOND, HOUR) } }),
        ),
      ]
  const away = streamOf(seed, 'script links')
  const links =
    of.links === 'up'
      ? []
      : times(away, of.links === 'away' ? 6 : 2 * luck, days).map(
          (at): Entry => ({ at, happens: { do: 'link-down', ms: spread(away, 5 * SECOND, 2 * DAY) } }),
        )
  const faults = faultsOf(seed, days, luck)
  return [...(of.silentHub ? faults.map(atItsTime) : faults), ...hub, ...links].sort((a, b) => a.at - b.at)
}
