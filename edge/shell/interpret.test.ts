import { expect, test } from 'vitest'
import type { Receipt } from '#core/contract/link.ts'
import { initial } from '#core/engine/init.ts'
import { readingAt, siteFacts } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { memoryLog } from '../test/support.ts'
import { type Actors, createInterpreter } from './interpret.ts'
import type { Happening } from './loop.ts'

const policy = shippedPolicy()
const state = initial(siteFacts(), policy, readingAt(0))

const receiptOf = (stage: Receipt['stage']): Receipt => ({
  order: 'O-1',
  stage,
  at: state.now.wall,
  quality: 'synced',
  afterMs: 1,
  proof: null,
  reason: null,
  detail: '',
})

const open = () => {
  const disk = { snapshotFails: false, logFails: false, snapshots: 0 }
  const sent: Receipt['stage'][] = []
  const posted: Happening[] = []
  const actors: Actors = {
    state: () => state,
    post: (happening) => posted.push(happening) > 0,
    log: memoryLog().log,
    player: () => null,
    append: () => {
      if (disk.logFails) throw new Error('ENOSPC')
    },
    snapshot: {
      write: () => {
        if (disk.snapshotFails) throw new Error('ENOSPC')
        disk.snapshots += 1
      },
    },
    display: () => null,
    power: () => null,
    relays: () => null,
    hub: () => ({
      sendReceipt: (r) => void sent.push(r.stage),
      changed: () => {},
      logged: () => {},
      uploaded: () => 0,
      faults: () => [],
      state: () => ({
        since: null,
        redials: 0,
        lastError: null,
        roundTripMs: null,
        bufferedBytes: 0,
        certificateUntil: null,
      }),
      stored: () => [],
      evict: () => {},
      stop: () => {},
    }),
    assets: {
      open: () => null,
      list: () => [],
      want: () => {},
      source: () => {},
      scrub: () => Promise.resolve(0),
      status: () => ({ have: 0, want: 0, bytes: 0, fetching: null, waiting: null }),
      stored: () => [],
      evict: () => {},
      stop: () => {},
    },
    observeOrder: () => {},
    exit: () => {},
  }
  return { disk, sent, posted, act: createInterpreter(actors) }
}

test.each(['snapshotFails', 'logFails'] as const)(
  'an order that the disk has not taken (%s) is not accepted to the hub; that it is shown is still said',
  (fails) => {
    const it = open()
    it.disk[fails] = true
    it.act.record({ bodies: [{ kind: 'heartbeat', play: null }] })
    it.act.snapshot({ reason: 'order' })
    it.act.receipt({ receipt: receiptOf('accepted') })
    it.act.receipt({ receipt: receiptOf('shown') })
    expect(it.sent).toEqual(['shown'])
    expect(it.posted).toMatchObject([{ event: 'log-writable', writable: false }])
  },
)

test('a snapshot that failed is written with the next record, without waiting for another order', () => {
  const it = open()
  it.disk.snapshotFails = true
  it.act.snapshot({ reason: 'order' })
  it.act.record({ bodies: [{ kind: 'heartbeat', play: null }] })
  expect(it.disk.snapshots).toBe(0)
  it.disk.snapshotFails = false
  it.act.record({ bodies: [{ kind: 'heartbeat', play: null }] })
  expect(it.disk.snapshots).toBe(1)
  it.act.record({ bodies: [{ kind: 'heartbeat', play: null }] })
  expect(it.disk.snapshots).toBe(1)
  expect(it.posted.at(-1)).toMatchObject({ event: 'log-writable', writable: true })
  it.act.receipt({ receipt: receiptOf('accepted') })
  expect(it.sent).toEqual(['accepted'])
})
