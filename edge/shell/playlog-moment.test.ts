import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instant, mono, type Reading } from '#core/base/units.ts'
import { playAt } from '#core/evidence/query.ts'
import type { EvidenceRecord, RecordBody } from '#core/evidence/record.ts'
import { verifiedOrder } from '../../test/build.ts'
import { DAY, fastFs, HOUR, MIDNIGHT, must, opened, put, virtualDays } from '../../test/support/virtual-log.ts'
import { temporary } from '../test/support.ts'
import { momentsAt } from './playlog-moment.ts'
import { listSegments, segmentRecords } from './playlog-segments.ts'

const SITE = 'LC-MLT-01'
const at = (hours: number) => instant(MIDNIGHT + hours * HOUR)
const overnight = verifiedOrder({ id: 'O-NIGHT', issuedAt: at(22), startsAt: at(22), expiresAt: at(22) + 10 * HOUR })

/** Four days with an order over midnight, a clock that steps back and forth, a lost controller; then a cut and another boot. */
const write = (dir: string): void => {
  const { records } = virtualDays(3.2, [
    { at: at(22), event: { event: 'order', order: overnight } },
    { at: at(33), clock: { stepMs: -2 * HOUR, quality: 'synced' } },
    { at: at(36), clock: { stepMs: 2 * HOUR, quality: 'synced' } },
    { at: at(57), panel: 'lost' },
    { at: at(58), panel: 'back' },
  ])
  const log = opened(dir)
  for (const record of records) put(log, record)
  const again: Reading = { wall: at(100), mono: mono(5_000), quality: 'synced', bootId: 'second' }
  const gap: RecordBody = {
    kind: 'gap',
    cause: 'power-cut',
    fromWall: at(76.8),
    toWall: at(100),
    lostBytes: 0,
    detail: '',
  }
  must(log.append([gap, { kind: 'screen', lit: 'lit', intended: true, why: '', brightness: 50 }], again))
  must(
    log.append([{ kind: 'heartbeat', play: null }], {
      ...again,
      wall: instant(again.wall + 60_000),
      mono: mono(65_000),
    }),
  )
}

const everything = (dir: string): readonly EvidenceRecord[] =>
  listSegments(fastFs, dir).flatMap((segment) => [...segmentRecords(fastFs, dir, segment)])

test('one moment out of a log is the same whether it is looked up or everything is folded', async () => {
  const dir = temporary()
  write(dir)
  const records = everything(dir)
  const ask = (wall: number) =>
    momentsAt({ fs: fastFs, dir, segments: listSegments(fastFs, dir), site: SITE, offsetMinutes: 420 }, wall)
  const told = { several: 0, gaps: 0, plays: 0, beyond: 0 }
  const compare = (wall: number) => {
    const found = ask(wall)
    expect(found).toEqual(playAt(SITE, records, wall))
    told.several += Number(found.length > 1)
    for (const one of found) {
      told.gaps += Number(one.gap !== null)
      told.plays += Number(one.play !== null)
      told.beyond += Number(one.beyond)
    }
  }
  fc.assert(
    fc.property(fc.integer({ min: -HOUR, max: 102 * HOUR }), (ms) => compare(MIDNIGHT + ms)),
    { numRuns: 40 },
  )
  // The edges: around midnight under the order, where the clock was set back, in the hole, before and after the log.
  for (const hours of [24, 24.0001, 23.9999, 31.5, 32, 33, 35.5, 57.5, 80, 99.9, 100, 100.1, -0.1]) compare(at(hours))
  // Each record's very millisecond, and the one before.
  for (const record of records.filter((_, i) => i % 499 === 0)) for (const ms of [0, -1]) compare(record.at.wall + ms)
  expect(told.several).toBeGreaterThan(1)
  expect(told.gaps).toBeGreaterThan(2)
  expect(told.plays).toBeGreaterThan(20)
  expect(told.beyond).toBeGreaterThan(0)
  // Packed days answer the same.
  const wall = at(38)
  const plain = ask(wall)
  const now: Reading = { wall: instant(MIDNIGHT + 5 * DAY), mono: mono(1e8), quality: 'synced', bootId: 'second' }
  must(await opened(dir).upkeep(now, 6))
  expect(listSegments(fastFs, dir).filter((s) => s.gz).length).toBeGreaterThan(2)
  expect(ask(wall)).toEqual(plain)
  expect(ask(at(24.0001))).toEqual(playAt(SITE, records, at(24.0001)))
})
