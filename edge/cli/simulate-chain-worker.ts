import { workerData } from 'node:worker_threads'
import { type ChainWork, createChain } from './simulate-chain.ts'
import { createUnpacker, type Parcel } from './simulate-parcel.ts'

/** The other thread of `createChainElsewhere`: chains parcel by parcel, and answers with the head when told that it was the last. */
const { done, port } = workerData as ChainWork
const chain = createChain()
const unpack = createUnpacker()

port.on('message', (parcel: Parcel | null) => {
  if (parcel === null) port.postMessage(chain.end())
  else unpack(parcel, chain.push)
  Atomics.add(done, 0, 1)
  Atomics.notify(done, 0)
  if (parcel === null) port.close()
})
