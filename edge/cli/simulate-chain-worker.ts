import { workerData } from 'node:worker_threads'
import type { StampedRecord } from '#core/evidence/record.ts'
import { type ChainWork, createChain } from './simulate-chain.ts'

/** The other thread of `createChainElsewhere`: chains parcel by parcel, and answers with the head when told that it was the last. */
const { done, port } = workerData as ChainWork
const chain = createChain()

port.on('message', (parcel: string | null) => {
  if (parcel === null) port.postMessage(chain.end())
  else for (const record of JSON.parse(parcel) as readonly StampedRecord[]) chain.push(record)
  Atomics.add(done, 0, 1)
  Atomics.notify(done, 0)
  if (parcel === null) port.close()
})
