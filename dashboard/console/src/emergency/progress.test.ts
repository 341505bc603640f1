import { describe, expect, it } from 'vitest'
import type { OrderSite, OrderView } from '#core/contract/api.ts'
import { emptyDraft, orderOf } from './draft.ts'
import { figuresOf, inForce, laterView, stageOf } from './progress.ts'

const row: OrderSite = {
  site: 'A',
  connected: true,
  sentAt: null,
  acceptedAt: null,
  acceptedAfterMs: null,
  shownAt: null,
  shownAfterMs: null,
  proof: null,
  endedAt: null,
  endReason: null,
  refused: null,
  contact: null,
  silentSince: null,
}
const view = (id: string, sites: readonly OrderSite[], state: OrderView['state']): OrderView => ({
  order: orderOf({ ...emptyDraft('actual'), targets: sites.map((s) => s.site) }, { id, issuer: 'x', now: 0 }),
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
    const away = view('1', [{ ...row, connected: false }], 'open')
    expect(laterView(early, away)).toBe(away)
  })
})
