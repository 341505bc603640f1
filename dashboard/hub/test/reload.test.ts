import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { assert } from '#core/base/result.ts'
import type { ItemView } from '#core/contract/api.ts'
import type { KeyRegistry } from '#core/contract/keys.ts'
import { sealEnvelope } from '#core/contract/verify.ts'
import { makeKey, openKey } from '../crypto/ed25519.ts'
import { unwrapKey } from '../crypto/wrap.ts'
import { ROOT_KEY_FILE, sealRegistry } from '../keys/registry.ts'
import { reopenVoid } from '../keys/reopen.ts'
import { composeApproval } from '../schedule/compose.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { connect, enrolled } from './edge.ts'
import { login, makeSeed, NOW, orderOf, sealBy, sealOrder, signerOf, startWorld, type World } from './harness.ts'

let world: World
beforeAll(async () => {
  world = await startWorld(await makeSeed())
})
afterAll(() => world.close())

/** The next registry version, put into the store by another connection as `bangtin keys install` does it. */
const installNext = async (change: (registry: KeyRegistry) => KeyRegistry): Promise<void> => {
  const passphrase = /^root-key +(\S+)/m.exec(readFileSync(join(world.dir, 'first-passwords.txt'), 'utf8'))?.[1] ?? ''
  const wrapped = JSON.parse(readFileSync(join(world.dir, ROOT_KEY_FILE), 'utf8'))
  const root = await unwrapKey(wrapped, passphrase)
  assert(root.ok, 'the root passphrase of the demo opens its key')
  const was = world.hub.hub.registry()
  const sealed = sealRegistry({ ...change(was), version: was.version + 1 }, openKey(root.value))
  assert(sealed.ok, sealed.ok ? '' : sealed.error)
  const store = openSqliteStore(join(world.dir, 'hub.sqlite'))
  const audit = { at: NOW, person: 'keys-install', action: 'registry.put', subject: '', detail: '', address: '' }
  await store.registry.put(was.version + 1, sealed.value, audit)
  await store.close()
}

it('a running hub takes up a newer registry, tells connected edges, and refuses who is no longer in it', async () => {
  const site = 'LC-MLT-01'
  const { edge } = await connect(world, site, await enrolled(world, site))
  await edge.next('registry')
  expect(await world.hub.reload()).toEqual({ ok: true, value: { registryVersion: 1, changed: false, edges: 0 } })
  await installNext((r) => ({ ...r, entries: r.entries.filter((e) => e.person !== 'tructinh') }))
  expect(await world.hub.reload()).toEqual({ ok: true, value: { registryVersion: 2, changed: true, edges: 1 } })
  const { envelope } = await edge.next('registry')
  expect(JSON.parse(envelope.payload)).toMatchObject({ version: 2 })
  const officer = await login(world, 'tructinh')
  const refused = await officer.post('/api/orders', {
    envelope: sealOrder(await signerOf(world, 'tructinh'), orderOf({})),
  })
  expect([refused.status, await refused.json()]).toEqual([403, expect.objectContaining({ error: 'unknown-key' })])
  await edge.close()
})

it("one person with two keys is one person: the second signature must be somebody else's", async () => {
  const second = makeKey()
  const was = world.hub.hub.registry().entries.find((e) => e.person === 'lanhdao')
  assert(was !== undefined, 'the second officer is in the registry')
  const entry = { ...was, key: second.signer.key, publicKey: second.publicKey }
  await installNext((r) => ({ ...r, entries: [...r.entries, entry] }))
  expect((await world.hub.reload()).ok).toBe(true)
  const chief = await login(world, 'lanhdao')
  const first = await signerOf(world, 'lanhdao')
  const mourning = orderOf({ id: 'M-1', issuer: 'lanhdao', class: 'mourning', texts: [] })
  const both = await chief.post('/api/orders', { envelope: sealBy([first, second.signer], mourning) })
  expect(both.status).toBe(202)
  const alone = orderOf({ id: 'M-2', issuer: 'lanhdao', class: 'mourning', texts: [] })
  expect((await chief.post('/api/orders', { envelope: sealBy([first], alone) })).status).toBe(202)
  const again = await chief.post('/api/orders/M-2/sign', { envelope: sealBy([second.signer], alone) })
  expect([again.status, await again.json()]).toEqual([403, expect.objectContaining({ error: 'same-person' })])
  expect((await world.hub.hub.store.orders.listed({ limit: 10, mostSites: 1_000, now: 0 })).length).toBe(0)
})

it('content that a revoked key approved waits for a decision again, and is published anew by another key', async () => {
  const site = 'LC-MT-01'
  const fresh = makeKey()
  const was = world.hub.hub.registry().entries.find((e) => e.person === 'duyet')
  assert(was !== undefined, 'the approver is in the registry')
  const entry = { ...was, key: fresh.signer.key, publicKey: fresh.publicKey }
  await installNext((r) => ({ ...r, entries: [...r.entries.filter((e) => e.person !== 'duyet'), entry] }))
  await world.hub.reload()
  const approver = await login(world, 'duyet')
  const items = async () =>
    ((await (await approver.get('/api/items')).json()) as readonly ItemView[]).map((i) => i.state)
  const before = await items()
  expect(before.every((s) => s === 'approved' || s === 'published')).toBe(true)
  const { store, registry } = world.hub.hub
  const reopened = await reopenVoid(store, registry(), { at: NOW, person: 'keys-install', address: '' })
  expect([reopened.length, await items()]).toEqual([before.length, before.map(() => 'submitted')])
  expect(await reopenVoid(store, registry(), { at: NOW, person: 'keys-install', address: '' })).toEqual([])

  const ask = { sites: [site], addItems: [], removeItems: [] }
  const empty = await approver.post('/api/schedules/prepare', ask)
  expect([empty.status, await empty.json()]).toEqual([422, expect.objectContaining({ error: 'empty-playlist' })])
  for (const id of reopened) {
    const row = await store.content.item(id)
    assert(row !== null, 'an item that was reopened is there')
    const envelope = sealEnvelope('approval', composeApproval(row, 'duyet', NOW), [fresh.signer])
    expect((await approver.post(`/api/items/${id}/approve`, { envelope })).status).toBe(200)
  }
  const prepared = await approver.post('/api/schedules/prepare', ask)
  const { documents } = (await prepared.json()) as { readonly documents: readonly { readonly payload: string }[] }
  const envelope = sealEnvelope('schedule', documents[0]?.payload ?? '', [fresh.signer])
  const published = await approver.post('/api/schedules', { envelope })
  expect([published.status, await published.json()]).toEqual([200, { site, version: 2 }])
})

it('a registry that does not verify is not taken up, and the one in force stays', async () => {
  const store = openSqliteStore(join(world.dir, 'hub.sqlite'))
  const at = world.hub.hub.registry().version
  const good = await store.registry.latest()
  assert(good !== null, 'there is a registry')
  const forged = { ...good, payload: good.payload.replace(`"version":${at}`, `"version":${at + 1}`) }
  await store.registry.put(at + 1, forged, { at: NOW, person: 'x', action: 'x', subject: '', detail: '', address: '' })
  await store.close()
  expect(await world.hub.reload()).toEqual({
    ok: false,
    error: expect.stringMatching(/registry .* is refused: bad-signature/),
  })
  expect(world.hub.hub.registry().version).toBe(at)
})
