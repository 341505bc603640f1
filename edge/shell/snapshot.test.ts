import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EMPTY_BOOK } from '#core/emergency/book.ts'
import type { LocalDurable } from '#core/engine/local-state.ts'
import type { Durable } from '#core/engine/state.ts'
import { temporary } from '../test/support.ts'
import { openSnapshot } from './snapshot.ts'

const empty: Durable = { v: 1, registry: null, schedule: null, orders: EMPTY_BOOK, receipts: [] }
const withReceipt = (order: string): Durable => ({
  ...empty,
  receipts: [
    { order, stage: 'accepted', at: 1, quality: 'synced', afterMs: 0, proof: null, reason: null, detail: 'Lũ' },
  ],
})

test('what was written is there again', () => {
  const folder = temporary()
  expect(openSnapshot(folder, empty).durable).toBeNull()
  openSnapshot(folder, empty).store.write(withReceipt('A'))
  expect(openSnapshot(folder, empty)).toMatchObject({ durable: withReceipt('A'), faults: [] })
})

test('everything the engine can keep of an order of the site is taken back, and so is what an older version kept', () => {
  // `Required`: a new key of the engine does not compile here until it is written, and then the form that is read must know it.
  const whole: Required<LocalDurable> = {
    source: 'technician',
    order: 'L-technician-1',
    hash: 'technician',
    since: 1,
    until: 2,
    hold: 3_600_000,
    unset: false,
    by: { person: 'An', reason: 'intrusion' },
  }
  const { hold: _, ...older } = whole
  const folder = temporary()
  for (const local of [[whole], [older], [{ ...whole, by: null }]]) {
    openSnapshot(folder, empty).store.write({ ...empty, local })
    expect(openSnapshot(folder, empty)).toMatchObject({ durable: { ...empty, local }, faults: [] })
  }
})

test('torn at every byte: the copy before it is used, and the fault is told', () => {
  const folder = temporary()
  const path = join(folder, 'snapshot.json')
  const { store } = openSnapshot(folder, empty)
  store.write(withReceipt('A'))
  store.write(withReceipt('B'))
  const whole = readFileSync(path)
  let cuts = 0
  for (let length = 0; length < whole.length; length++) {
    truncateSync(path, length)
    const opened = openSnapshot(folder, empty)
    expect(opened.durable, `cut at ${length}`).toEqual(withReceipt('A'))
    expect(opened.faults.length).toBe(1)
    writeFileSync(path, whole)
    cuts += 1
  }
  expect(cuts).toBe(whole.length)
  expect(cuts).toBeGreaterThan(200)
})

test('one changed bit anywhere is found', () => {
  const folder = temporary()
  const path = join(folder, 'snapshot.json')
  openSnapshot(folder, empty).store.write(withReceipt('A'))
  const whole = readFileSync(path)
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] ?? 0) ^ 1
    writeFileSync(path, changed)
    expect(openSnapshot(folder, empty).durable, `byte ${at}`).toBeNull()
  }
  expect(whole.length).toBeGreaterThan(200)
})

test('a damaged copy does not push out the good one', () => {
  const folder = temporary()
  const path = join(folder, 'snapshot.json')
  const first = openSnapshot(folder, empty).store
  first.write(withReceipt('A'))
  first.write(withReceipt('B'))
  writeFileSync(path, 'rubbish')
  openSnapshot(folder, empty).store.write(withReceipt('C'))
  writeFileSync(path, 'rubbish')
  expect(openSnapshot(folder, empty).durable).toEqual(withReceipt('A'))
})
