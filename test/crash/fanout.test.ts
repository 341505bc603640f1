import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OrderView } from '#core/contract/api.ts'
import { databaseOf } from '#hub/main.ts'
import { openSqliteStore } from '#hub/store/sqlite.ts'
import { type Fleet, startFleet } from '../support/fleet.ts'
import type { Deed } from '../support/fleet-edge.ts'
import { type FleetHub, makeFleetHub, mannerOf, signedFor } from '../support/fleet-hub.ts'
import { PATIENCE_MS, until } from '../support/until.ts'

/** A hub that is killed in the middle of sending an order out, and what its database and its edges know afterwards. */
const EDGES = 60
/** Receipts come over half a second, so that a kill falls among them. */
const MANNER = { acceptMs: 20, unevenMs: 500, showMs: 100, redialMs: [50, 300], receiptAgainMs: 2_000 } as const

let hub: FleetHub
let fleet: Fleet
beforeAll(async () => {
  hub = await makeFleetHub({ sites: EDGES, within: null, tls: false, host: '127.0.0.1', before: [], nodeArgs: [] })
  await hub.start()
  fleet = await startFleet({ seats: hub.seats, manner: mannerOf(hub, MANNER), processes: 1, within: [] })
  await fleet.dial()
  await fleet.untilConnected(PATIENCE_MS)
})
afterAll(async () => {
  await fleet?.stop()
  await hub?.remove()
})

const accepted = (deeds: readonly Deed[]) => deeds.filter((deed) => deed.acceptedAt !== null)
const shown = (deeds: readonly Deed[]) => deeds.filter((deed) => deed.shownAt !== null)

const MOMENTS: readonly { readonly when: string; readonly now: (deeds: readonly Deed[]) => boolean }[] = [
  { when: 'when the first edge has heard the order', now: (deeds) => deeds.length > 0 },
  { when: 'when a third of the acceptances are acknowledged', now: (deeds) => accepted(deeds).length >= EDGES / 3 },
  { when: 'when half of the screens are acknowledged', now: (deeds) => shown(deeds).length >= EDGES / 2 },
]

describe('a hub that is killed while an order goes out', () => {
  for (const { when, now } of MOMENTS)
    it(`${when}: what it acknowledged it knows, and every edge shows the order once`, async () => {
      const officer = await hub.officer('tructinh')
      await fleet.untilConnected(PATIENCE_MS)
      const { id, envelope } = signedFor(officer, hub.seats, {})
      // It may be killed before it answers; whoever pressed presses again.
      const answer = officer.client.post('/api/orders', { envelope }).catch(() => null)
      const before = await until({ what: when, atMostMs: PATIENCE_MS, everyMs: 2 }, async () => {
        const deeds = await fleet.deeds(id)
        return now(deeds) ? deeds : undefined
      })
      await hub.kill()
      await answer
      const store = openSqliteStore(databaseOf(hub.dataDir))
      const row = await store.orders.get(id)
      await store.close()
      // Whatever an edge heard had been stored; whatever it was acknowledged is stored still.
      expect(row?.envelope).toEqual(envelope)
      const stored = new Map(row?.sites.map((site) => [site.site, site]))
      for (const { site } of accepted(before)) expect([site, stored.get(site)?.acceptedAt]).not.toContain(null)
      for (const { site } of shown(before)) expect([site, stored.get(site)?.shownAt]).not.toContain(null)

      await hub.start()
      const after = await fleet.untilAcknowledged(id, 'shown', PATIENCE_MS)
      expect(after.length).toBe(EDGES)
      for (const deed of after) expect([deed.site, deed.opened.length, deed.refused]).toEqual([deed.site, 1, null])
      const views = await (await hub.officer('tructinh')).client.get<readonly OrderView[]>('/api/orders')
      const view = views.find((one) => one.order.id === id)
      expect(view?.sites.length).toBe(EDGES)
      for (const site of view?.sites ?? [])
        expect([site.site, site.sentAt, site.acceptedAt, site.shownAt]).not.toContain(null)
      expect(views.filter((one) => one.order.id === id).length).toBe(1)
    })
})
