import { expect, it } from 'vitest'
import type { StampedRecord } from '#core/evidence/record.ts'
import { createPacker, createUnpacker, type Parcel } from './simulate-parcel.ts'

const at = (mono: number): StampedRecord['at'] => ({ wall: 1_000 + mono, iso: 'đêm\n', mono, q: 'synced' })
const verdict = { kind: 'verdict', winner: 'a', rank: 'normal', order: null } as const

/** Two kinds in turn, one of them with a field more now and then. */
const records = Array.from({ length: 9 }, (_, n): StampedRecord => {
  if (n % 3 === 2) return { at: at(n), boot: `b${n}`, ...verdict, displaced: [{ claim: 'c', rank: 'fallback' }] }
  const order = { kind: 'order', order: `O-${n}`, class: null, stage: 'active', reason: null, document: null } as const
  return {
    at: at(n),
    boot: 'b',
    ...order,
    issuer: null,
    key: null,
    detail: '',
    ...(n % 2 === 0 ? {} : { authority: 'A' }),
  }
})

it('what is packed comes out again, over several parcels, with the same fields in the same order', () => {
  const [pack, unpack] = [createPacker(), createUnpacker()]
  const out: StampedRecord[] = []
  for (let n = 0; n < records.length; n += 4) {
    const parcel: Parcel = []
    for (const record of records.slice(n, n + 4)) pack(record, parcel)
    unpack(structuredClone(parcel), (record) => out.push(record))
  }
  expect(out).toEqual(records)
  const fields = (all: readonly StampedRecord[]) =>
    all.map((r) => Object.keys(r).filter((key) => !['at', 'boot', 'kind'].includes(key)))
  expect(fields(out)).toEqual(fields(records))
})
