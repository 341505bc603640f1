import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { PlayAnswer } from '#core/contract/operations.ts'
import { GENESIS } from '#core/evidence/record.ts'
import type { OpenKey } from '../crypto/ed25519.ts'
import { chainOf, connect, enrol, enrolled, type FakeEdge, lastHash, playOf } from './edge.ts'
import { login, makeSeed, startWorld, type World } from './harness.ts'

/** A broken Pi is replaced: the records of the new one begin anew, and stand behind those of the old one. */
const SITE = 'LC-MLT-01'
let from: Awaited<ReturnType<typeof makeSeed>>
let world: World
let key: OpenKey
beforeAll(async () => {
  from = await makeSeed()
})
beforeEach(async () => {
  world = await startWorld(from)
  key = await enrolled(world, SITE)
})
afterEach(() => world.close())

const at0 = { seq: 0, prev: GENESIS }
const OLD = chainOf(
  [
    playOf('b1-1', 'C20'),
    { kind: 'close', play: 'b1-1', cause: 'ended', ms: 1000, proof: 'acknowledged' },
    playOf('b1-2', 'C07'),
  ],
  { ...at0, wall: 1_000_000 },
)
const NEW = chainOf(
  [
    { kind: 'screen', lit: 'lit', intended: true, why: 'on', brightness: 70 },
    playOf('b9-1', 'C29'),
    { kind: 'close', play: 'b9-1', cause: 'ended', ms: 1000, proof: 'seen' },
  ],
  { ...at0, wall: 5_000_000 },
)

const send = async (edge: FakeEdge, at: number, lines: readonly string[]) => {
  edge.send({ t: 'evidence', from: at, lines })
  return (await edge.next('evidence-ack')).next
}
const replaced = async (): Promise<OpenKey> => {
  const admin = await login(world, 'quantri')
  const { code } = (await (await admin.post('/api/enrol-codes', { site: SITE })).json()) as { code: string }
  const it = await enrol(world, SITE, code)
  expect(it.response.status).toBe(200)
  return it.key
}
const evidence = () => world.hub.hub.store.evidence

test('the records of a replacement stand behind those of the broken device; both verify, and a question spans both', async () => {
  const before = await connect(world, SITE, key)
  expect(await send(before.edge, 0, OLD)).toBe(3)
  const other = await replaced()
  await before.edge.closed
  const { edge, welcome } = await connect(world, SITE, other)
  // The hub does not know yet whether the disk was kept. A daemon whose log is shorter than that sends its newest record.
  expect(welcome.next).toBe(3)
  expect(await send(edge, 1, NEW.slice(1, 2))).toBe(0)
  expect(await send(edge, 0, NEW)).toBe(3)
  expect(await send(edge, 0, NEW)).toBe(3)
  expect(await evidence().lines(SITE, 0, 100)).toEqual([...OLD, ...NEW])
  const state = await evidence().verify(SITE)
  expect(state).toMatchObject({ records: 6, faults: [] })
  expect(state.chains.map((c) => [c.base, c.device])).toEqual([
    [0, null],
    [3, other.publicKey],
  ])
  const inspector = await login(world, 'kiemtra')
  const plays = (await (await inspector.get(`/api/playlog?site=${SITE}&from=0&to=9000000`)).json()) as PlayAnswer[]
  expect(plays.map((p) => [p.item, p.records.open, p.proof])).toEqual([
    ['C29', 4, 'seen'],
    ['C07', 2, 'commanded'],
    ['C20', 0, 'acknowledged'],
  ])
  const said = (await world.hub.hub.store.audit.newest(10)).filter((a) => a.action === 'evidence.chain')
  expect(said.map((a) => a.detail)).toEqual(['a new chain begins behind record 2: another device stands there'])
  await world.restart()
  const again = await connect(world, SITE, other)
  expect(again.welcome.next).toBe(3)
  await again.edge.close()
})

test('a longer log of its own begins a chain, too; a kept disk goes on with the old one', async () => {
  const before = await connect(world, SITE, key)
  await send(before.edge, 0, OLD.slice(0, 1))
  const second = await connect(world, SITE, await replaced())
  // It has three records, we had one: it begins where we said, and that does not follow.
  expect(await send(second.edge, 1, NEW.slice(1))).toBe(0)
  expect(await send(second.edge, 0, NEW)).toBe(3)
  // The next device got its disk: nothing begins, and what does not fit later is a fork.
  const kept = await connect(world, SITE, await replaced())
  const next = chainOf([{ kind: 'heartbeat', play: null }], { seq: 3, prev: lastHash(NEW), wall: 6_000_000 })
  expect(await send(kept.edge, 3, next)).toBe(4)
  kept.edge.send({ t: 'evidence', from: 0, lines: OLD })
  expect(await send(kept.edge, 3, next)).toBe(4)
  expect((await evidence().chains(SITE)).map((c) => c.base)).toEqual([0, 1])
  expect(await evidence().verify(SITE)).toMatchObject({ records: 5, faults: [] })
  await kept.edge.close()
})

test('nobody begins a chain without a code: another history of the same device is a fork and changes nothing', async () => {
  const { edge } = await connect(world, SITE, key)
  await send(edge, 0, OLD)
  edge.send({ t: 'evidence', from: 0, lines: NEW })
  edge.send({ t: 'evidence', from: 2, lines: NEW.slice(2) })
  expect(await send(edge, 0, OLD)).toBe(3)
  expect(await evidence().lines(SITE, 0, 100)).toEqual(OLD)
  expect((await evidence().chains(SITE)).length).toBe(1)
  await edge.close()
})

test('what was changed in the database behind the hub is found, with its number', async () => {
  const { edge } = await connect(world, SITE, key)
  await send(edge, 0, OLD)
  await edge.close()
  const db = new DatabaseSync(`${world.dir}/hub.sqlite`)
  db.exec(
    'DROP TRIGGER evidence_keeps; UPDATE evidence SET line = replace(line, \'"ms":1000\', \'"ms":9000\') WHERE seq = 1',
  )
  db.close()
  const { faults } = await evidence().verify(SITE)
  expect(faults.map((f) => f.at)).toEqual([1, 2])
  expect(faults[0]?.why).toContain('hash')
})
