import { describe, expect, it } from 'vitest'
import { anItem, aSchedule, siteFacts, verifiedOrder } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { emptyLedger, foldAll } from '../airtime/ledger.ts'
import { type Instant, instant, mono } from '../base/units.ts'
import type { Item } from '../content/item.ts'
import type { RecordBody, StampedRecord } from '../evidence/record.ts'
import type { Policy } from '../policy/policy.ts'
import type { Frame, ScheduleDocument } from '../schedule/document.ts'
import type { Effect } from './effect.ts'
import { initial } from './init.ts'
import { step } from './step.ts'
import { type RunOptions, runVirtual } from './virtual.ts'

const SHIPPED = shippedPolicy()
const DAY = 86_400_000
const HOUR = 3_600_000
const MIDNIGHT = instant(Date.UTC(2026, 10, 22, 17))
const at = (time: string): Instant => {
  const [h = 0, m = 0, s = 0] = time.split(':').map(Number)
  return instant(MIDNIGHT + h * HOUR + m * 60_000 + s * 1000)
}
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]

const info = (more: Partial<Item> = {}): Item =>
  anItem({ durationMs: 60_000, validFrom: MIDNIGHT - DAY, validTo: MIDNIGHT + 9 * DAY, ...more })
const ad = (more: Partial<Item> = {}): Item =>
  info({
    id: 'AD',
    category: 'A7_5_ADVERTISING',
    durationMs: 30_000,
    ad: {
      advertiser: 'mẫu',
      permit: {
        kind: 'PERMIT',
        number: 'MAU-1',
        issuedBy: 'mẫu',
        validFrom: MIDNIGHT - DAY,
        validTo: MIDNIGHT + 9 * DAY,
        sites: [],
      },
    },
    ...more,
  })
const frame = (id: string, from: string, to: string, more: Partial<Frame> = {}): Frame => ({
  id,
  weekdays: EVERY_DAY,
  from,
  to,
  playlist: 'PL',
  purpose: 'propaganda',
  decidedBy: 'mẫu',
  reason: '',
  ...more,
})
const LIT = [{ weekdays: EVERY_DAY, from: '05:00', to: '21:00', brightness: 60 }]

type Given = {
  readonly items: readonly Item[]
  readonly document: Partial<ScheduleDocument>
  readonly happenings?: RunOptions['happenings']
  readonly policy?: Policy
  readonly until?: string
  readonly withoutFile?: boolean
}
const run = (given: Given) =>
  runVirtual({
    site: siteFacts(),
    policy: given.policy ?? SHIPPED,
    from: MIDNIGHT,
    to: instant((given.until === undefined ? MIDNIGHT + DAY : at(given.until)) + 61_000),
    happenings: [
      {
        at: MIDNIGHT,
        event: {
          event: 'woke',
          durable: null,
          schedule: aSchedule(given.items, { power: LIT, ...given.document }),
          registry: null,
          ledger: emptyLedger(given.policy ?? SHIPPED),
          assets: given.withoutFile === true ? [] : ['1'.repeat(64)],
          last: { orphan: null, wall: null, cleanStop: true, tornBytes: 0 },
        },
      },
      { at: MIDNIGHT, event: { event: 'player', what: 'up' } },
      ...(given.happenings ?? []),
    ],
    tickMs: 1_000,
    ticks: 'needed',
    onRecord: null,
  })
type Of<K extends RecordBody['kind']> = Extract<StampedRecord, { readonly kind: K }>
const only = <K extends RecordBody['kind']>(records: readonly StampedRecord[], kind: K) =>
  records.filter((r): r is Of<K> => r.kind === kind)
const clockOf = (r: StampedRecord) => r.at.iso.slice(11, 19)
/** Of the day itself: `07:00:00 morning short PLAN`. */
const said = (records: readonly StampedRecord[]) =>
  only(records, 'airtime')
    .filter((r) => r.date === '2026-11-23')
    .map((r) => [clockOf(r), r.period, r.stage, r.cause ?? '-'].join(' '))
const opens = (records: readonly StampedRecord[], from = '00:00', to = '24:00') =>
  only(records, 'open').filter((r) => r.at.wall >= at(from) && r.at.wall < at(to))

describe('making up', () => {
  it('plays the nearest propaganda playlist outside of frames until nothing is owed, and says why', () => {
    const { records } = run({
      items: [info(), info({ id: 'PMI' }), info({ id: 'FB' })],
      document: {
        playlists: [
          { id: 'PL', items: ['C01'] },
          { id: 'PM', items: ['PMI'] },
          { id: 'FB', items: ['FB'] },
        ],
        fallbackPlaylist: 'FB',
        frames: [frame('AM', '07:00', '08:00'), frame('PM', '15:00', '17:00', { playlist: 'PM' })],
      },
    })
    expect(said(records)).toEqual(['08:00:00 morning met -', '15:00:00 afternoon met -'])
    const early = opens(records, '05:00', '05:01')[0]
    expect(early).toMatchObject({ item: 'C01', rank: 'normal', claim: 'normal:PL', counts: true })
    expect(early?.why).toBe('Phát bù thông tin tuyên truyền còn nợ ngoài khung giờ: danh sách PL, lượt 1/1.')
    // Nearer to the afternoon's frame than to the morning's, which ended at 08:00; and the fallback once nothing is owed.
    expect(opens(records, '12:30', '12:32').map((r) => r.item)).toEqual(['PMI', 'PMI'])
    expect(opens(records, '09:00', '09:02').map((r) => r.item)).toEqual(['FB', 'FB'])
  })

  it('where the policy does not, the fallback plays; what it shows counts all the same', () => {
    const policy = { ...SHIPPED, makeUp: { outsideFrames: false, source: 'thử' } }
    const { records } = run({
      policy,
      items: [info(), ad({ id: 'FB', durationMs: 60_000 })],
      document: {
        playlists: [
          { id: 'PL', items: ['C01'] },
          { id: 'FB', items: ['FB'] },
        ],
        fallbackPlaylist: 'FB',
        frames: [frame('AM', '07:00', '09:00'), frame('PM', '14:00', '17:00')],
      },
    })
    // Two hours are not three, and an advertisement is no making up: known at midnight, before anything was shown.
    expect(said(records)).toEqual([
      '00:00:00 morning short PLAN',
      '12:00:00 morning missed PLAN',
      '17:00:00 afternoon met -',
    ])
    expect(opens(records, '05:00', '12:00').some((r) => r.item === 'FB')).toBe(false)
    // Exactly enough frame for the floor: none before it, some after.
    expect(opens(records, '12:00', '17:00').some((r) => r.item === 'FB')).toBe(false)
    expect(opens(records, '17:00', '18:00').filter((r) => r.item === 'FB').length).toBe(60)
  })

  it('public information takes over from a programme of advertising as soon as waiting would cost the floor', () => {
    const { records } = run({
      items: [info(), ad()],
      document: {
        playlists: [
          { id: 'PL', items: ['C01'] },
          { id: 'PR', items: ['AD'] },
        ],
        frames: [
          frame('PR', '05:00', '12:00', { playlist: 'PR', purpose: 'programme' }),
          frame('PM', '14:00', '17:30'),
        ],
      },
    })
    const next = opens(records).find((r) => r.item === 'C01')
    const ads = opens(records).filter((r) => r.item === 'AD' && r.at.wall < (next?.at.wall ?? 0))
    const last = ads.at(-1)
    if (last === undefined) throw new Error('no advertisement')
    expect(ads.length).toBeGreaterThan(100)
    // Four hours of seven may be advertising: the last one ends by 09:00 less the margin.
    expect(last.at.wall + 30_000).toBeLessThanOrEqual(at('09:00') - 5_000)
    expect(last.at.wall + 30_000).toBeGreaterThan(at('08:59'))
    expect(next?.why).toContain('Phát bù thông tin tuyên truyền còn nợ vì khung giờ PR không có')
    expect(next?.why).toContain('không phát quảng cáo vì buổi sáng còn nợ 3 giờ tuyên truyền')
    expect(said(records)[0]).toMatch(/^1[12]:\d\d:\d\d morning met -$/)
    expect(said(records).filter((line) => /short|missed/.test(line))).toEqual([])
  })

  it('no advertisement is shown on the account of an emergency that is still to come: it may be called off', () => {
    const policy = { ...SHIPPED, makeUp: { outsideFrames: false, source: 'thử' } }
    const order = verifiedOrder({ id: 'E1', issuedAt: at('06:00'), startsAt: at('09:30'), expiresAt: at('11:30') })
    const happenings = [{ at: at('06:00'), event: { event: 'order' as const, order } }]
    const adsOf = (until: string) => {
      const { records } = run({
        items: [info(), ad()],
        document: {
          playlists: [{ id: 'PL', items: ['C01', 'AD'] }],
          frames: [frame('AM', '06:00', until), frame('PM', '12:00', '18:00')],
        },
        policy,
        happenings,
      })
      return opens(records, '06:05', '09:00').filter((r) => r.item === 'AD').length
    }
    expect(adsOf('09:00'), 'the frame is just as long as the floor').toBe(0)
    expect(adsOf('09:30'), 'there are thirty minutes to spare').toBeGreaterThan(10)
  })
})

describe('what is said of a floor', () => {
  const frames = [frame('AM', '06:00', '11:00'), frame('PM', '12:00', '18:00')]
  const usual = { items: [info()], document: { frames } }

  it('LINK: the file is not here; it can be met again when it is', () => {
    const { records } = run({
      ...usual,
      withoutFile: true,
      happenings: [{ at: at('08:00'), event: { event: 'asset', sha256: '1'.repeat(64), state: 'present' } }],
    })
    expect(said(records)).toEqual([
      '00:00:00 morning short LINK',
      '00:00:00 afternoon short LINK',
      '08:00:00 morning recovered -',
      '08:00:00 afternoon recovered -',
      '11:00:00 morning met -',
      '15:00:00 afternoon met -',
    ])
    expect(only(records, 'airtime')[0]).toMatchObject({ date: '2026-11-23', floorMs: 3 * HOUR, missingMs: 3 * HOUR })
  })

  it('LINK: no schedule ever came', () => {
    const { records } = runVirtual({
      site: siteFacts(),
      policy: SHIPPED,
      from: MIDNIGHT,
      to: at('12:01'),
      happenings: [{ at: MIDNIGHT, event: { event: 'player', what: 'up' } }],
      tickMs: 1_000,
      ticks: 'needed',
      onRecord: null,
    })
    expect(said(records)).toEqual([
      '00:00:00 morning short LINK',
      '00:00:00 afternoon short LINK',
      '12:00:00 morning missed LINK',
    ])
  })

  it('DEVICE: the panel is gone; said in the second in which it is too late, and missed at noon', () => {
    const { records } = run({
      ...usual,
      happenings: [
        { at: at('07:00'), panel: 'lost' },
        { at: at('11:30'), panel: 'back' },
      ],
      until: '13:00',
    })
    const [short, missed] = only(records, 'airtime')
    expect(said(records).length).toBe(2)
    expect(short).toMatchObject({ stage: 'short', period: 'morning', cause: 'DEVICE' })
    // Two hours were delivered by 07:00 (made up from 05:00 on), so one is owed: until 11:00 it still fitted before noon.
    expect(short && clockOf(short)).toMatch(/^11:00:[0-3]\d$/)
    expect(missed).toMatchObject({ stage: 'missed', period: 'morning', cause: 'DEVICE' })
    expect(missed && missed.missingMs / 60_000).toBeGreaterThan(29)
    expect(missed && missed.missingMs / 60_000).toBeLessThan(31)
  })

  it('ORDER: the screen is ordered dark; known at once, exempt at the end, with authority and document', () => {
    const order = verifiedOrder({
      id: 'B1',
      class: 'safety-blank',
      texts: [],
      issuedAt: at('05:00'),
      startsAt: at('05:00'),
      expiresAt: at('12:00'),
      authority: { name: 'UBND tỉnh (mẫu)', document: '5/CĐ-MAU' },
    })
    const { records } = run({ ...usual, happenings: [{ at: at('05:00'), event: { event: 'order', order } }] })
    expect(said(records)).toEqual([
      '05:00:00 morning short ORDER',
      '12:00:00 morning exempt ORDER',
      '15:00:00 afternoon met -',
    ])
    expect(
      only(records, 'airtime')
        .slice(0, 2)
        .map((r) => r.detail),
    ).toEqual(['B1: UBND tỉnh (mẫu), 5/CĐ-MAU', 'B1: UBND tỉnh (mẫu), 5/CĐ-MAU'])
  })

  it('an order that is called off gives the time back', () => {
    const times = { issuedAt: at('05:00'), startsAt: at('05:00'), expiresAt: at('12:00') }
    const blank = verifiedOrder({ id: 'B1', class: 'safety-blank', texts: [], ...times })
    const off = verifiedOrder({ ...blank.order, id: 'B2', action: 'cancel', references: ['B1'] })
    const { records } = run({
      ...usual,
      happenings: [
        { at: at('05:00'), event: { event: 'order', order: blank } },
        { at: at('06:00'), event: { event: 'order', order: off } },
      ],
    })
    expect(said(records).slice(0, 3)).toEqual([
      '05:00:00 morning short ORDER',
      '06:00:00 morning recovered -',
      '09:00:00 morning met -',
    ])
  })

  it('an emergency that counts delivers what no frame would have', () => {
    const policy = { ...SHIPPED, makeUp: { outsideFrames: false, source: 'thử' } }
    const order = verifiedOrder({ id: 'E1', issuedAt: at('08:00'), startsAt: at('08:00'), expiresAt: at('11:30') })
    const { records } = run({
      items: [info()],
      document: { frames: [frame('PM', '12:00', '18:00')] },
      policy,
      happenings: [{ at: at('08:00'), event: { event: 'order', order } }],
    })
    expect(said(records)).toEqual([
      '00:00:00 morning short PLAN',
      '08:00:00 morning recovered -',
      '11:00:00 morning met -',
      '15:00:00 afternoon met -',
    ])
  })

  it('nothing for a period that was over before the log began', () => {
    const { records } = runVirtual({
      site: siteFacts(),
      policy: SHIPPED,
      from: at('12:30'),
      to: at('18:30'),
      happenings: [
        { at: at('12:30'), event: { event: 'asset', sha256: '1'.repeat(64), state: 'present' } },
        { at: at('12:30'), event: { event: 'schedule', schedule: aSchedule([info()], { power: LIT, frames }) } },
        { at: at('12:30'), event: { event: 'player', what: 'up' } },
      ],
      tickMs: 1_000,
      ticks: 'needed',
      onRecord: null,
    })
    expect(said(records)).toEqual([
      // The first thing that happens here is a file, and there is no schedule yet.
      '12:30:00 afternoon short LINK',
      '12:30:00 afternoon recovered -',
      '15:30:00 afternoon met -',
    ])
  })
})

describe('after a restart', () => {
  /** The same day told again by another process: what it says of airtime when it wakes. */
  const wake = (past: readonly StampedRecord[], wall: Instant) => {
    const now = { wall, mono: mono(1_000), quality: 'synced', bootId: 'boot-2' } as const
    const items = [info()]
    const schedule = aSchedule(items, { power: LIT, frames: [frame('AM', '06:00', '11:00')] })
    const last = { orphan: null, wall: past.at(-1)?.at.wall ?? null, cleanStop: false, tornBytes: 0 }
    const ledger = foldAll(emptyLedger(SHIPPED), past)
    const woke = {
      event: 'woke',
      at: now,
      durable: null,
      schedule,
      registry: null,
      ledger,
      assets: ['1'.repeat(64)],
      last,
    } as const
    const { effects } = step(initial(siteFacts(), SHIPPED, now), woke)
    return effects.flatMap((e: Effect) => (e.effect === 'record' ? e.bodies : [])).filter((b) => b.kind === 'airtime')
  }
  const { records } = run({ items: [info()], document: { frames: [frame('AM', '06:00', '11:00')] }, until: '23:00' })
  const earlier = (time: string) => records.filter((r) => r.at.wall < at(time))

  it('what was said is not said again', () => {
    expect(said(records)).toEqual(['08:00:00 morning met -', '15:00:00 afternoon met -'])
    expect(wake(records, at('23:10'))).toEqual([])
  })

  it('a period that ended while nobody was running is missed, by the power', () => {
    expect(wake(earlier('07:00'), at('12:30'))).toMatchObject([
      { date: '2026-11-23', period: 'morning', stage: 'missed', cause: 'POWER', floorMs: 3 * HOUR },
    ])
    // The day after, the afternoon as well; and both only once.
    const late = wake(earlier('07:00'), instant(at('06:00') + DAY))
    expect(late.map((r) => (r.kind === 'airtime' ? [r.date, r.period, r.stage, r.cause] : []))).toEqual([
      ['2026-11-23', 'morning', 'missed', 'POWER'],
      ['2026-11-23', 'afternoon', 'missed', 'POWER'],
    ])
  })

  it('after a week in the dark every day of it is told', () => {
    const late = wake(earlier('07:00'), instant(at('06:00') + 7 * DAY))
    expect(late.map((r) => (r.kind === 'airtime' ? `${r.date} ${r.period} ${r.stage} ${r.cause}` : ''))).toEqual(
      ['23', '24', '25', '26', '27', '28', '29'].flatMap((day) => [
        `2026-11-${day} morning missed POWER`,
        `2026-11-${day} afternoon missed POWER`,
      ]),
    )
  })
})
