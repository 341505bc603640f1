import { hash } from 'node:crypto'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { seal } from '#core/evidence/chain.ts'
import { GENESIS, type StampedRecord } from '#core/evidence/record.ts'
import { createPacker, type Parcel } from './simulate-parcel.ts'

/** The hash chain of a simulated log. Only its head is kept: same records, same head. */
export type Chain = {
  readonly push: (record: StampedRecord) => void
  /** No more records; the hash of the last line. */
  readonly end: () => string
}

export const sha256 = (data: Uint8Array | string): string => hash('sha256', data, 'hex')

/** In this thread. */
export const createChain = (): Chain => {
  const at = { prev: GENESIS as string, seq: 0 }
  return {
    push: (record) => {
      at.prev = seal(at.prev, at.seq, record, sha256).hash
      at.seq++
    },
    end: () => at.prev,
  }
}

/** Records that go over at once, and how many such parcels may be on their way: at most about 10 MB. */
const PARCEL = 400
const MOST_PARCELS = 40
/** A parcel takes some milliseconds. One that takes longer than this is a bug of ours. */
const LONGEST_WAIT_MS = 60_000

/** What the other thread is given. `done` counts the parcels it has finished, the last one holding its head in `port`. */
export type ChainWork = { readonly done: Int32Array; readonly port: import('node:worker_threads').MessagePort }

/**
 * In another thread, because chaining is nearly half of a long run and takes no part in what is decided. The caller's own thread waits
 * where the other one is behind, so memory stays flat. Throws when that thread does not answer.
 */
export const createChainElsewhere = (): Chain => {
  const { port1, port2 } = new MessageChannel()
  const done = new Int32Array(new SharedArrayBuffer(4))
  const workerData: ChainWork = { done, port: port2 }
  const url = new URL('./simulate-chain-worker.ts', import.meta.url)
  const worker = new Worker(url, { workerData, transferList: [port2] })
  worker.unref()
  const parcel: Parcel = []
  const pack = createPacker()
  const held = { records: 0 }
  const sent = { count: 0 }
  const waitUntilBehindBy = (parcels: number): void => {
    for (let ready = Atomics.load(done, 0); sent.count - ready > parcels; ready = Atomics.load(done, 0))
      if (Atomics.wait(done, 0, ready, LONGEST_WAIT_MS) === 'timed-out')
        throw new Error(`the chain of records has not moved for ${LONGEST_WAIT_MS / 1000} s`)
  }
  const send = (): void => {
    port1.postMessage(parcel)
    parcel.length = 0
    held.records = 0
    sent.count++
    waitUntilBehindBy(MOST_PARCELS)
  }
  return {
    push: (record) => {
      pack(record, parcel)
      held.records++
      if (held.records >= PARCEL) send()
    },
    end: () => {
      if (held.records > 0) send()
      port1.postMessage(null)
      sent.count++
      waitUntilBehindBy(0)
      const answer: unknown = receiveMessageOnPort(port1)?.message
      port1.close()
      if (typeof answer !== 'string') throw new Error('the chain of records ended without its head')
      return answer
    },
  }
}
