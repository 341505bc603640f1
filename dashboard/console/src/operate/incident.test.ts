import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import type { SiteView } from '#core/contract/api.ts'
import { INCIDENT_TYPES, IncidentEscalation, type IncidentView, OUTAGE_CAUSES } from '#core/contract/operations.ts'
import { CAUSES, callsFor, lastAddressee, lastedMs, listed, reportText, STANDS, standOf, TYPES } from './incident.ts'

const AT = Date.UTC(2026, 10, 23, 1, 0)
const deed = { by: 'u', name: 'Vàng Thị Mẫu', at: AT + 60_000 }
const incident = (id: string, more: Partial<IncidentView> = {}): IncidentView => ({
  ...{ id, site: 'LC-1', type: 'TECHNICAL', cause: 'power', source: 'edge', what: 'display-lost' },
  ...{ title: { vi: 'Mất liên lạc', en: 'Lost' }, severity: 'critical', detail: 'ba lần · three times', times: 3 },
  ...{ openedAt: AT, arrivedAt: AT, lastAt: AT + 5_000, clearedAt: null, reportedBy: null, acknowledged: null },
  ...{ escalations: [], resolved: null },
  ...more,
})
const CLEARED = incident('cleared', { clearedAt: AT + 10_000 })
const RESOLVED = incident('resolved', { clearedAt: AT + 10_000, resolved: { ...deed, note: 'x' } })
const TAKEN = incident('taken', { acknowledged: { ...deed, note: 'đang xem' } })
const SENT = incident('sent', {
  acknowledged: { ...deed, note: 'đang xem' },
  escalations: [{ ...deed, to: 'UBND tỉnh', text: 'x', proposal: '' }],
})
const WARNING = incident('warning', { severity: 'warning', openedAt: AT + 100_000 })
const ALL = [RESOLVED, CLEARED, WARNING, TAKEN, SENT, incident('new', { type: 'INFORMATION_SECURITY', site: null })]

describe('the inbox', () => {
  it('holds the contract’s closed lists', () => {
    expect([...TYPES]).toEqual([...INCIDENT_TYPES])
    expect([...CAUSES].sort()).toEqual([...OUTAGE_CAUSES].sort())
  })
  it('says where each stands', () => {
    expect(ALL.map(standOf)).toEqual(['resolved', 'cleared', 'new', 'acknowledged', 'escalated', 'new'])
    expect(new Set(ALL.map(standOf))).toEqual(new Set(STANDS))
  })
  it('puts what stands and is heavy first, then what went by itself, then what is closed', () => {
    const ids = (state: 'open' | 'all') => listed(ALL, [], { state, type: null, text: '' }).map((i) => i.id)
    expect(ids('all')).toEqual(['new', 'sent', 'taken', 'warning', 'cleared', 'resolved'])
    expect(ids('open')).toEqual(['new', 'sent', 'taken', 'warning', 'cleared'])
  })
  it('finds by type, cluster and words', () => {
    const sites = [{ id: 'LC-1', name: 'Cửa khẩu Ma Lù Thàng', unitCode: '03549' }] as unknown as SiteView[]
    const ids = (text: string) => listed(ALL, sites, { state: 'all', type: 'TECHNICAL', text }).map((i) => i.id)
    expect(ids('ma lu thang')).toHaveLength(5)
    expect(ids('khong co')).toEqual([])
  })
  it('calls only for what stands and nobody has taken on', () => {
    expect(callsFor(ALL)).toBe(2)
  })
  it('offers the body that the newest report went to', () => {
    const later = incident('x', {
      escalations: [{ ...deed, at: AT + 1e6, to: 'Công an tỉnh', text: 'x', proposal: '' }],
    })
    expect([lastAddressee([SENT, later]), lastAddressee([later, SENT]), lastAddressee([TAKEN])]).toEqual([
      'Công an tỉnh',
      'Công an tỉnh',
      null,
    ])
  })
  it('counts how long it stood, and does not go on when it is gone', () => {
    expect(lastedMs(incident('a'), AT + 90_000)).toBe(90_000)
    expect(lastedMs(CLEARED, AT + 90_000)).toBe(10_000)
    expect(lastedMs(incident('a'), AT - 1)).toBe(0)
  })
})

describe('the report to a higher body', () => {
  const facts = { site: null, to: 'UBND tỉnh', now: AT + 7_200_000, by: 'Người trực' }
  it('says when, how long, how often, why, who has it, in Vietnamese, and fits the contract', () => {
    const text = reportText({ ...facts, incident: SENT })
    for (const part of [
      'Kính gửi: UBND tỉnh',
      '23/11/2026 08:00:00',
      '2 giờ',
      '3 lần',
      'nguồn điện',
      'ba lần',
      'đang xem',
    ])
      expect(text, part).toContain(part)
    expect(text).not.toContain('three times')
    expect(text).toBe(text.normalize('NFC'))
    expect(Value.Check(IncidentEscalation, { to: 'UBND tỉnh', text, proposal: '' })).toBe(true)
  })
  it('says that nobody has it and that the screen is not known, instead of leaving it out', () => {
    const site = { id: 'LC-1', name: 'A', unitCode: '03549', connected: false, lastSeen: AT, status: null }
    const text = reportText({ ...facts, site: site as unknown as SiteView, incident: incident('a') })
    expect(text).toContain('chưa có người tiếp nhận')
    expect(text).toContain('chưa biết, mất liên lạc từ 23/11/2026 08:00:00')
    expect(text).toContain('xã Phong Thổ')
  })
})
