import { describe, expect, it } from 'vitest'
import { anItem, aSchedule, MONDAY_8, siteFacts, verifiedOrder } from '../../test/build.ts'
import { awake, drive, shippedPolicy, woke } from '../../test/drive.ts'
import { judgeDay } from '../airtime/compliance.ts'
import { dayOf, emptyLedger } from '../airtime/ledger.ts'
import { instant } from '../base/units.ts'
import type { Order } from '../emergency/order.ts'
import type { Policy } from '../policy/policy.ts'
import { durableOf } from './init.ts'
import { type RunOptions, runVirtual } from './virtual.ts'

const policy = shippedPolicy()
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const at = (hour: number) => instant(MONDAY_8 + Math.round((hour - 8) * HOUR))
const order = (id: string, hour: number, more: Partial<Order> = {}, hours = 2) => {
  const times = { issuedAt: at(hour), startsAt: at(hour), expiresAt: at(hour + hours) }
  return { at: at(hour), event: { event: 'order' as const, order: verifiedOrder({ id, ...times, ...more }) } }
}
const run = (happenings: RunOptions['happenings'], of: { until?: number; under?: Policy } = {}) => {
  const { records, state } = runVirtual({
    site: siteFacts(),
    policy: of.under ?? policy,
    from: at(5),
    to: at(of.until ?? 14),
    happenings: [
      { at: at(5), event: { event: 'schedule', schedule: aSchedule([anItem()]) } },
      { at: at(5), event: { event: 'asset', sha256: '1'.repeat(64), state: 'present' } },
      { at: at(5), event: { event: 'player', what: 'up' } },
      ...happenings,
    ],
    tickMs: 1_000,
    ticks: 'needed',
    onRecord: null,
  })
  const lines = records.flatMap((r) => (r.kind === 'order' ? [r] : []))
  const opens = records.flatMap((r) => (r.kind === 'open' ? [r] : []))
  const life = (id: string) => lines.filter((l) => l.order === id).map((l) => l.reason ?? l.stage)
  return { records, state, lines, opens, life, verdict: judgeDay(dayOf(state.ledger, '2026-11-23'), policy) }
}
const CLEAR: Partial<Order> = { action: 'update', references: ['A'], allClear: true }
const NO_NUMBER = { name: 'UBND tỉnh (mẫu)', document: null }
const NUMBER = { name: 'Văn phòng UBND (mẫu)', document: '99/CĐ' }

describe('an all-clear', () => {
  it('ends what it clears, is shown for as long as the policy says, and ends by itself', () => {
    const g = run([order('A', 9), order('D', 9.5, CLEAR)])
    expect(g.life('A')).toEqual(['received', 'active', 'shown', 'cleared'])
    expect(g.life('D')).toEqual(['received', 'active', 'shown', 'expired'])
    const over = g.lines.find((l) => l.order === 'D' && l.stage === 'ended')
    expect(over?.at.wall).toBe(at(9.5) + policy.emergency.allClearMs)
    expect(g.lines.filter((l) => l.order === 'D').every((l) => l.allClear === true)).toBe(true)
    expect(g.opens.find((o) => o.order === 'D')?.why).toMatch(/^Báo an toàn sau lệnh khẩn cấp D/)
  })

  it('its own end comes first where that is sooner', () => {
    const g = run([order('A', 9), order('D', 9.5, CLEAR, 0.1)])
    expect(g.lines.find((l) => l.order === 'D' && l.stage === 'ended')?.at.wall).toBe(at(9.6))
  })

  it('what it cleared stays off, however late it comes', () => {
    const g = run([order('D', 9.5, CLEAR), order('A', 10, { issuedAt: at(9), startsAt: at(9) })])
    expect(g.life('A')).toEqual(['superseded-before'])
    expect(g.opens.filter((o) => o.order === 'A')).toEqual([])
  })

  it('a floor that its page takes time from is not excused', () => {
    const under = { ...policy, emergency: { ...policy.emergency, countsTowardFloor: false, allClearMs: 24 * HOUR } }
    const long = run([order('D', 5, { ...CLEAR, references: ['X'] }, 7)], { under })
    const morning = long.verdict.periods.find((p) => p.period === 'morning')
    expect(morning?.result).toBe('short')
    const real = run([order('A', 5, {}, 7)], { under })
    expect(real.verdict.periods.find((p) => p.period === 'morning')?.result).toBe('exempt')
  })

  it('does not begin anew with each start of the device', () => {
    const before = awake()
    before.give(100, { event: 'order', order: verifiedOrder({ id: 'D', ...CLEAR }) })
    const it = drive()
    const boot = { bootId: 'boot2' }
    const schedule = aSchedule([anItem()])
    const durable = durableOf(before.state())
    it.give(10 * MINUTE, { ...woke, ledger: emptyLedger(policy), schedule, durable }, boot)
    it.give(policy.emergency.allClearMs, { event: 'tick' }, boot)
    expect(it.state().orders.entries[0]?.state).toBe('active')
    it.give(policy.emergency.allClearMs + 200, { event: 'tick' }, boot)
    expect(it.state().orders.entries[0]).toMatchObject({ state: 'ended', endReason: 'expired' })
  })
})

describe('a document that comes later', () => {
  const doc = (hour: number, more: Partial<Order> = {}) =>
    order('N', hour, { action: 'document', references: ['A'], authority: NUMBER, texts: [], ...more })
  const bare = (hour = 5, more: Partial<Order> = {}) => order('A', hour, { authority: NO_NUMBER, ...more }, 7)
  // An emergency that does not count takes the morning, so that there is something to excuse.
  const under = { ...policy, emergency: { ...policy.emergency, countsTowardFloor: false } }

  it('is named by the exemption from the moment it is known, and changes nothing on the screen', () => {
    const without = run([bare()], { under })
    expect(without.verdict.vi).toContain('UBND tỉnh (mẫu), chưa có số văn bản (A)')
    const g = run([bare(), doc(13)], { under })
    expect(g.verdict.periods.find((p) => p.period === 'morning')?.result).toBe('exempt')
    expect(g.verdict.vi).toContain('UBND tỉnh (mẫu), 99/CĐ (A)')
    const line = g.lines.find((l) => l.stage === 'documented')
    expect(line).toMatchObject({
      order: 'A',
      document: '99/CĐ',
      issuer: 'tructinh',
      authority: NUMBER.name,
      detail: 'N',
    })
    expect(g.life('N')).toEqual(['received'])
    expect(g.opens.map((o) => [o.play, o.item, o.at.wall])).toEqual(
      without.opens.map((o) => [o.play, o.item, o.at.wall]),
    )
  })

  it('may come before its order, and long after its own time', () => {
    const early = run([doc(5), bare(6)], { under })
    expect(early.life('A')).toEqual(['received', 'active', 'documented', 'shown', 'expired'])
    const late = order('N', 13, {
      action: 'document',
      references: ['A'],
      authority: NUMBER,
      texts: [],
      startsAt: at(5),
      expiresAt: at(6),
    })
    expect(run([bare(), late], { under }).verdict.vi).toContain('99/CĐ (A)')
  })

  it('names orders of its own class that have none, and the newest number counts in whatever order they come', () => {
    const has = run([order('A', 5), doc(6)])
    expect(has.lines.some((l) => l.stage === 'documented')).toBe(false)
    const other = run([bare(), doc(6, { class: 'priority' })])
    expect(other.lines.some((l) => l.stage === 'documented')).toBe(false)
    const right = { ...NUMBER, document: '100/CĐ' }
    const second = order('N2', 7, { action: 'document', references: ['A'], authority: right, texts: [] })
    for (const two of [
      [doc(6), second],
      [
        { ...second, at: at(6) },
        { ...doc(6), at: at(7) },
      ],
    ])
      expect(run([bare(), ...two], { under }).verdict.vi).toContain('100/CĐ (A)')
  })

  it('an unknown order is no fault, and a restart forgets nothing', () => {
    const it = awake()
    it.give(10, doc(8).event)
    expect(it.state().receipts.map((r) => [r.order, r.stage])).toEqual([['N', 'accepted']])
    expect(it.state().orders.entries[0]?.state).toBe('ended')
    const again = drive()
    const durable = durableOf(it.state())
    again.give(20, { ...woke, ledger: emptyLedger(policy), schedule: aSchedule([anItem()]), durable }, { bootId: 'b2' })
    const taken = again.give(30, bare(8).event, { bootId: 'b2' })
    expect(again.records(taken).flatMap((r) => (r.kind === 'order' ? [r.stage] : []))).toContain('documented')
  })
})

describe('the line of an order that was taken in', () => {
  const told = (persons: readonly string[], more: Partial<Order>) => {
    const it = awake()
    const given = { ...verifiedOrder({ id: 'A', ...more }), persons }
    const effects = it.give(10, { event: 'order', order: given })
    return it.records(effects).flatMap((r) => (r.kind === 'order' ? [`${r.stage}: ${r.reason ?? r.detail}`] : []))[0]
  }
  const province = { province: true, units: [], name: 'toàn tỉnh' }

  it('says who signed, and why one alone did', () => {
    expect(told(['tructinh'], {})).toBe('received: release actual, ký · signed: tructinh')
    expect(told(['tructinh', 'lanhdao'], { area: province })).toContain('signed: tructinh, lanhdao')
    expect(told(['tructinh'], { area: province })).toBe('refused: no-second-person')
    const reason = 'Đập sắp vỡ, không liên lạc được lãnh đạo'
    expect(told(['tructinh'], { area: province, breakGlass: { reason } })).toBe(
      `received: release actual, ký · signed: tructinh; một người ký · break-glass: ${reason}`,
    )
  })

  it('one reason is not enough for a class that may not break the glass', () => {
    expect(policy.releaseRules.breakGlass.classes).not.toContain('mourning')
    const more: Partial<Order> = {
      class: 'mourning',
      texts: [],
      breakGlass: { reason: 'không tìm được người thứ hai' },
    }
    expect(told(['tructinh'], more)).toBe('refused: no-second-person')
  })
})
