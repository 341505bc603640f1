import { describe, expect, it } from 'vitest'
import type { OrderSite, OrderView, SiteView } from '#core/contract/api.ts'
import { emptyDraft, orderOf } from './draft.ts'
import { coverOf, figuresOf, inForce, laterView, silentRows, stageOf, withNow } from './progress.ts'
import { sampleRow } from './sample-row.ts'

const row = sampleRow()
const view = (id: string, sites: readonly OrderSite[], state: OrderView['state']): OrderView => ({
  order: orderOf(
    { ...emptyDraft('actual'), targets: sites.map((s) => s.site) },
    { id, issuer: 'x', now: 0, area: null, breakGlass: null },
  ),
  issuerName: 'X',
  releasedAt: 0,
  state,
  sites,
  signers: [],
  document: null,
  documentDueAt: null,
  review: null,
  local: false,
})

describe('progress', () => {
  it('says what holds the screen of a cluster that has the order, and only when that is of a higher rank', () => {
    const { order } = view('A', [row], 'open')
    const site = (rank: string, more: object = {}) =>
      ({ id: 'A', connected: true, status: { screen: { rank } }, ...more }) as unknown as SiteView
    const has = { ...row, acceptedAt: 1 }
    expect(coverOf(has, order, site('safety-blank'))).toBe('safety-blank')
    // Two emergencies take turns: neither covers the other.
    expect(coverOf(has, order, site('emergency'))).toBe(null)
    expect(coverOf(has, { ...order, class: 'priority' }, site('emergency'))).toBe('emergency')
    expect(coverOf(has, { ...order, class: 'mourning' }, site('emergency'))).toBe(null)
    for (const nothing of [
      coverOf(row, order, site('safety-blank')),
      coverOf({ ...has, endedAt: 2 }, order, site('safety-blank')),
      coverOf(has, order, site('safety-blank', { connected: false })),
      coverOf(has, order, undefined),
    ])
      expect(nothing).toBe(null)
  })
  it('puts what is real before any exercise', () => {
    const drill = view('X', [row], 'open')
    const exercise = { ...drill, order: { ...drill.order, status: 'exercise' as const } }
    const [a, b] = [view('A', [row], 'open'), view('B', [row], 'open')]
    expect(inForce([exercise, a, b]).map((o) => o.order.id)).toEqual(['A', 'B', 'X'])
  })
  it('names the furthest stage, and refusal above all', () => {
    expect(stageOf(row, true)).toBe('waiting')
    expect(stageOf({ ...row, connected: false, sentAt: 1 }, true)).toBe('silent')
    expect(stageOf({ ...row, sentAt: 1 }, true)).toBe('sent')
    // A site that accepted and then fell silent still shows the order: it is not "not reached".
    expect(stageOf({ ...row, connected: false, acceptedAt: 1, shownAt: 2 }, true)).toBe('shown')
    expect(stageOf({ ...row, acceptedAt: 1 }, true)).toBe('accepted')
    expect(stageOf({ ...row, shownAt: 1, endedAt: 2 }, true)).toBe('ended')
    expect(stageOf({ ...row, refused: 'bad-signature', acceptedAt: 1 }, true)).toBe('refused')
  })
  it('counts a screen once however many orders meet on it, and only orders in force', () => {
    const shown = { ...row, acceptedAt: 1, shownAt: 2 }
    const away = { ...row, site: 'B', connected: false }
    const orders = [view('1', [shown, away], 'open'), view('2', [shown], 'open'), view('3', [shown], 'expired')]
    expect(inForce(orders)).toHaveLength(2)
    expect(figuresOf(orders, [])).toMatchObject({ actual: 2, exercise: 0, reached: 1, targeted: 2, silent: 1 })
  })
  it('calls no screen reached while an actual order is on its way to it, whatever else it shows', () => {
    const shown = { ...row, acceptedAt: 1, shownAt: 2 }
    const away = { ...row, connected: false, silentSince: 5 }
    const orders = [view('1', [shown], 'open'), view('2', [away], 'open')]
    expect(figuresOf(orders, [])).toMatchObject({ reached: 0, targeted: 1, silent: 1 })
  })
  it('asks after whoever went since the row was written, and not after whoever came back', () => {
    const one = view('1', [{ ...row, connected: false, silentSince: 5 }], 'open')
    const site = (connected: boolean) => [{ id: row.site, connected, lifecycle: 'ACTIVE' } as SiteView]
    expect(silentRows(withNow(one, site(false)))).toHaveLength(1)
    expect(silentRows(withNow(one, site(true)))).toEqual([])
    expect(figuresOf([one], site(true))).toMatchObject({ silent: 0, connected: 1 })
    const gone = [{ id: row.site, connected: false, lastSeen: 9, lifecycle: 'ACTIVE' } as SiteView]
    const [asked] = silentRows(withNow(view('1', [row], 'open'), gone))
    expect(asked).toMatchObject({ site: row.site, silentSince: 9 })
  })
  it('counts no cancel and no document as an order in force', () => {
    const orders = (['release', 'update', 'cancel', 'document'] as const).map((action) => {
      const one = view(action, [row], 'open')
      return { ...one, order: { ...one.order, action } }
    })
    expect(inForce(orders).map((o) => o.order.action)).toEqual(['release', 'update'])
  })
  it('lists whom to call: never reached or gone since, longest silent first, not what refused or ended', () => {
    const away = { ...row, connected: false }
    const sites = [
      { ...away, site: 'A', silentSince: 50 },
      { ...away, site: 'B', silentSince: 20, shownAt: 10 },
      { ...away, site: 'C', silentSince: null },
      { ...away, site: 'D', refused: 'no-text' },
      { ...away, site: 'E', endedAt: 9 },
      { ...row, site: 'F' },
    ]
    expect(silentRows(view('1', sites, 'open')).map((r) => r.site)).toEqual(['C', 'B', 'A'])
  })
  it('takes a signature, a number and a review for steps', () => {
    const early = view('1', [row], 'open')
    const signed = { ...early, signers: [{ user: 'a', name: 'A', at: 1 }] }
    expect(laterView(signed, early)).toBe(signed)
    const reviewed = { ...signed, document: '1', review: { dueAt: 9, by: 'b', at: 2, note: 'x' } }
    expect(laterView(reviewed, { ...signed, review: { dueAt: 9, by: null, at: null, note: null } })).toBe(reviewed)
  })
  it('says that an order which has ended did not get there, instead of promising that it will', () => {
    expect(stageOf({ ...row, connected: false }, false)).toBe('missed')
    expect(stageOf({ ...row, sentAt: 1 }, false)).toBe('missed')
  })
  it('keeps the later of two views whichever comes last', () => {
    const early = view('1', [row], 'open')
    const late = view('1', [{ ...row, sentAt: 1, acceptedAt: 2 }], 'open')
    expect(laterView(late, early)).toBe(late)
    expect(laterView(early, late)).toBe(late)
    expect(laterView(undefined, early)).toBe(early)
    const refused = view('1', [{ ...row, sentAt: 1, refused: 'full' }], 'open')
    const again = view('1', [{ ...row, sentAt: 1, refused: 'full', again: 1, againAt: 3 }], 'open')
    const taken = view('1', [{ ...row, sentAt: 1, again: 1, againAt: 3, acceptedAt: 4 }], 'open')
    for (const [older, newer] of [
      [refused, again],
      [again, taken],
      [refused, taken],
    ] as const)
      expect([laterView(newer, older), laterView(older, newer)]).toEqual([newer, newer])
    const away = view('1', [{ ...row, connected: false }], 'open')
    expect(laterView(early, away)).toBe(away)
  })
})
