import { type DayVerdict, judgeDay } from '#core/airtime/compliance.ts'
import { type DayLedger, dayOf, emptyLedger, foldAll, type PeriodLedger } from '#core/airtime/ledger.ts'
import { type Instant, instant } from '#core/base/units.ts'
import type { Item } from '#core/content/item.ts'
import type { Order } from '#core/emergency/order.ts'
import { type Happening, type RunOptions, runVirtual } from '#core/engine/virtual.ts'
import type { StampedRecord } from '#core/evidence/record.ts'
import type { DayPeriod, Policy } from '#core/policy/policy.ts'
import { anItem, aSchedule, siteFacts, verifiedOrder } from '../build.ts'
import { shippedPolicy } from '../drive.ts'

/** Builders for whole days of the real engine. Times are Vietnamese clock times of one Monday. */
export const DATE = '2026-11-23'
export const at = (time: string): Instant =>
  instant(Date.parse(`${DATE}T${time.length === 5 ? `${time}:00` : time}+07:00`))

/** As shipped; owed airtime is made up outside of frames. */
export const SHIPPED = shippedPolicy()
/** The golden cases say what the frames brought, so nothing is made up beside them. */
export const POLICY: Policy = { ...SHIPPED, makeUp: { ...SHIPPED.makeUp, outsideFrames: false } }

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]
const MINUTE = 60_000

/** One minute of public information; every other length is said by the case. */
export const info = (more: Partial<Item> = {}): Item =>
  anItem({ durationMs: MINUTE, validFrom: at('00:00'), validTo: at('23:59'), ...more })

export const ad = (): Item =>
  info({
    id: 'C26',
    title: '[MẪU] Trà Ô long Mẫu Tam Đường',
    category: 'A7_5_ADVERTISING',
    ad: {
      advertiser: 'doanh nghiệp mẫu',
      permit: {
        kind: 'PERMIT',
        number: 'MAU-QC-0001/2026',
        issuedBy: 'Sở mẫu',
        validFrom: at('00:00'),
        validTo: at('23:59'),
        sites: [],
      },
    },
  })

/** A schedule whose only playlist holds `order` (ids, in turn), in these frames, lit from 04:00 to 23:00. */
export const scheduled = (
  items: readonly Item[],
  of: { readonly frames: readonly (readonly [from: string, to: string])[]; readonly order: readonly string[] },
): Happening['event'] => ({
  event: 'schedule',
  schedule: aSchedule(items, {
    playlists: [{ id: 'PL', items: [...of.order] }],
    frames: of.frames.map(([from, to], i) => ({
      id: `F${i + 1}`,
      weekdays: EVERY_DAY,
      from,
      to,
      playlist: 'PL',
      purpose: 'propaganda' as const,
      decidedBy: 'golden',
      reason: 'golden',
    })),
    power: [{ weekdays: EVERY_DAY, from: '04:00', to: '23:00', brightness: 60 }],
  }),
})

export const frames = (...spans: readonly (readonly [from: string, to: string])[]): Happening['event'] =>
  scheduled([info()], { frames: spans, order: ['C01'] })

export const ordered = (more: Partial<Order> & { readonly id: string }): Happening['event'] => ({
  event: 'order',
  order: verifiedOrder(more),
})

export type Told = {
  readonly records: readonly StampedRecord[]
  readonly day: DayLedger
  readonly verdict: DayVerdict
  readonly of: (period: DayPeriod) => PeriodLedger
  /** Delivered public information, milliseconds. */
  readonly morning: number
  readonly afternoon: number
}

/**
 * The day from 03:00 to midnight and a minute: schedule first, then the file, then a player; then what the case brings. Ticks at which the
 * engine has nothing to do are left out: `clock.test.ts` and core/engine/virtual.test.ts hold that to every tick of a second, byte for byte.
 */
export const tell = (schedule: Happening['event'], more: RunOptions['happenings'], playerUp = '03:00'): Told =>
  tellUnder(POLICY, schedule, { more, playerUp })

/** The same under another policy. */
export const tellUnder = (
  policy: Policy,
  schedule: Happening['event'],
  { more, playerUp }: { readonly more: RunOptions['happenings']; readonly playerUp: string },
): Told => {
  const { records } = runVirtual({
    site: siteFacts({ clusterClass: 'BULLETIN_BOARD' }),
    policy,
    from: at('03:00'),
    to: instant(at('00:00') + 86_400_000 + 61_000),
    happenings: [
      { at: at('03:00'), event: schedule },
      { at: at('03:00'), event: { event: 'asset', sha256: '1'.repeat(64), state: 'present' } },
      { at: at(playerUp), event: { event: 'player', what: 'up' } },
      ...more,
    ],
    tickMs: 1_000,
    ticks: 'needed',
    onRecord: null,
  })
  return judged(records)
}

/** What the ledger and Art. 8.1 make of records. */
export const judged = (records: readonly StampedRecord[]): Told => {
  const day = dayOf(foldAll(emptyLedger(POLICY), records), DATE)
  const of = (period: DayPeriod): PeriodLedger => {
    const found = day.periods.find((p) => p.period === period)
    if (found === undefined) throw new Error(`the day has no ${period}`)
    return found
  }
  return {
    records,
    day,
    verdict: judgeDay(day, POLICY),
    of,
    morning: of('morning').delivered,
    afternoon: of('afternoon').delivered,
  }
}
