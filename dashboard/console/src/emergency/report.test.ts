import { describe, expect, it } from 'vitest'
import { FRAME_MOMENTS, type OrderFrame, type OrderReport, type OrderSite, TOKEN_SCOPES } from '#core/contract/api.ts'
import { SCOPES } from '../pages/tokens.tsx'
import { emptyDraft, orderOf } from './draft.ts'
import { documentState } from './follow.ts'
import { auditInTime, MOMENTS, siteLines, totalsOf } from './report.ts'
import { sampleRow } from './sample-row.ts'
import { signedOrder, waitingOf } from './waiting.ts'

const row = (site: string, part: Partial<OrderSite>): OrderSite => sampleRow({ site, ...part })
const frame = (site: string, moment: OrderFrame['moment'], at: number): OrderFrame => ({
  site,
  moment,
  at,
  mime: 'image/png',
  sha256: 'a'.repeat(64),
})
const order = orderOf(
  { ...emptyDraft('actual'), targets: ['A', 'B', 'C'] },
  { id: 'L-1', issuer: 'x', now: 1000, area: null, breakGlass: null },
)
const view: OrderReport['view'] = {
  order,
  issuerName: 'X',
  releasedAt: 1000,
  state: 'cancelled',
  sites: [row('A', { shownAt: 1200 }), row('B', { shownAt: 5000 }), row('C', { refused: 'no-text' }), row('D', {})],
  signers: [],
  document: null,
  documentDueAt: null,
  review: null,
  local: false,
}
const frames = [
  frame('A', 'before', 500),
  frame('A', 'before', 900),
  frame('A', 'during', 1300),
  frame('A', 'during', 1900),
  frame('B', 'after', 6000),
]

describe('report', () => {
  it('takes the picture nearest to each moment and says plainly where there is none', () => {
    const lines = siteLines({ view, frames })
    const at = (site: string) => lines.find((l) => l.row.site === site)?.frames.map((f) => f.frame?.at ?? null)
    expect(at('A')).toEqual([900, 1300, null])
    expect(at('B')).toEqual([null, null, 6000])
    expect(at('D')).toEqual([null, null, null])
    expect(lines.map((l) => l.stage)).toEqual(['shown', 'shown', 'refused', 'missed'])
  })
  it('adds up: shown, refused and unreached are all of them', () => {
    const totals = totalsOf({ view, frames })
    expect(totals).toEqual({ targeted: 4, shown: 2, refused: 1, unreached: 1, firstMs: 200, lastMs: 4000, pictures: 5 })
    expect(totals.shown + totals.refused + totals.unreached).toBe(totals.targeted)
    expect(totalsOf({ view: { ...view, sites: [row('A', {})] }, frames: [] })).toMatchObject({ firstMs: null })
  })
  it('tells what happened in time', () => {
    const line = (at: number) => ({ at, person: 'a', action: 'b', subject: 'c', detail: '' })
    expect(auditInTime({ audit: [line(3), line(1), line(2)] }).map((l) => l.at)).toEqual([1, 2, 3])
  })
  it('knows whether a number is there, due or overdue', () => {
    expect(documentState(view, 5)).toEqual({ state: 'none' })
    expect(documentState({ ...view, documentDueAt: 10 }, 5)).toEqual({ state: 'due', at: 10 })
    expect(documentState({ ...view, documentDueAt: 10 }, 15)).toEqual({ state: 'late', at: 10 })
    expect(documentState({ ...view, documentDueAt: 10, document: '7' }, 15)).toEqual({ state: 'has', number: '7' })
  })
  it('has the closed words of the contract', () => {
    expect(MOMENTS).toEqual(FRAME_MOMENTS)
    expect(SCOPES).toEqual(TOKEN_SCOPES)
  })
})

describe('what waits for a second person', () => {
  const pending = {
    order,
    envelope: { v: 1 as const, type: 'order' as const, payload: JSON.stringify(order), signatures: [] },
    signers: [],
    state: 'waiting' as const,
    lapsesAt: 100,
    withdrawn: null,
  }
  it('is signed only if the text is, to the letter, what is shown', () => {
    expect(signedOrder(pending)).toBe(order)
    // A payload whose keys stand in another order is the same order.
    const turned = JSON.stringify(Object.fromEntries(Object.entries(order).reverse()))
    expect(signedOrder({ ...pending, envelope: { ...pending.envelope, payload: turned } })).toBe(order)
    const lies = [
      JSON.stringify({ ...order, status: 'exercise' }),
      JSON.stringify({ ...order, targets: ['A', 'B'] }),
      JSON.stringify({ ...order, more: 1 }),
      'not JSON',
      'null',
    ]
    for (const payload of lies)
      expect(signedOrder({ ...pending, envelope: { ...pending.envelope, payload } }), payload).toBeNull()
    expect(signedOrder({ ...pending, envelope: { ...pending.envelope, type: 'schedule' } })).toBeNull()
  })
  it('lapses by itself, and stays in sight for an hour with its reason', () => {
    expect(waitingOf([pending], 50).open).toHaveLength(1)
    expect(waitingOf([pending], 150)).toMatchObject({ open: [], closed: [pending] })
    const declined = { ...pending, state: 'withdrawn' as const, withdrawn: { by: 'b', at: 60, reason: 'r' } }
    expect(waitingOf([declined], 70)).toMatchObject({ open: [], closed: [declined] })
    expect(waitingOf([declined], 60 + 3_600_000)).toEqual({ open: [], closed: [] })
  })
})
