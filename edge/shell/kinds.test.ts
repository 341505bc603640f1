import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { emptyLedger } from '#core/airtime/ledger.ts'
import { instant } from '#core/base/units.ts'
import { type RunOptions, runVirtual } from '#core/engine/virtual.ts'
import { KINDS } from '#core/evidence/kinds.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import { anItem, aSchedule, siteFacts, verifiedOrder } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { beginning, fastFs, HOUR, MIDNIGHT, opened, put } from '../../test/support/virtual-log.ts'
import { temporary } from '../test/support.ts'
import { listSegments, segmentRecords } from './playlog-segments.ts'

const at = (hours: number) => instant(MIDNIGHT + hours * HOUR)
const expired = aSchedule([
  anItem(),
  anItem({ id: 'C02', validTo: at(9), asset: { sha256: '2'.repeat(64), bytes: 1, mime: 'image/png' } }),
])

/** What happens to a cluster in a day and a bit: a start after a cut, an order, a technician, a door, a lost controller, a clock that steps. */
const scenario: RunOptions['happenings'] = [
  {
    at: MIDNIGHT,
    event: {
      event: 'woke',
      durable: null,
      schedule: null,
      registry: null,
      ledger: emptyLedger(shippedPolicy()),
      assets: [],
      last: {
        orphan: { play: 'before-1', openedWall: MIDNIGHT - 60_000, upperBoundMs: 30_000 },
        wall: instant(MIDNIGHT - 30_000),
        cleanStop: false,
        tornBytes: 17,
      },
    },
  },
  ...beginning(MIDNIGHT),
  { at: at(8), event: { event: 'schedule', schedule: { ...expired, document: { ...expired.document, version: 2 } } } },
  {
    at: at(8.5),
    event: { event: 'order', order: verifiedOrder({ issuedAt: at(8.5), startsAt: at(8.5), expiresAt: at(9) }) },
  },
  { at: at(9.2), event: { event: 'refused', what: 'order', reason: 'bad-signature', detail: 'x', orderId: null } },
  { at: at(9.3), event: { event: 'technician', person: 'kỹ thuật', pattern: 'red', forMs: 60_000 } },
  {
    at: at(9.5),
    event: {
      event: 'equipment',
      device: 'tu-dien',
      result: { ok: true, value: [{ what: 'door', where: 'door', value: true }] },
    },
  },
  { at: at(9.6), panel: 'lost' },
  { at: at(15), panel: 'back' },
  { at: at(15.5), clock: { stepMs: 5_000, quality: 'synced' } },
  { at: at(16), event: { event: 'player', what: 'down', detail: 'killed', missing: false } },
  { at: at(16.01), event: { event: 'player', what: 'up' } },
]

test('every kind of record is written by the real engine in its real situation, and there is no other kind', () => {
  const dir = temporary()
  const log = opened(dir)
  const { records } = runVirtual({
    site: siteFacts(),
    policy: shippedPolicy(),
    from: MIDNIGHT,
    to: at(25),
    happenings: scenario,
    tickMs: 1_000,
    ticks: 'needed',
    onRecord: null,
  })
  for (const record of records) put(log, record)
  const written: readonly EvidenceRecord[] = listSegments(fastFs, dir).flatMap((s) => [
    ...segmentRecords(fastFs, dir, s),
  ])
  const kinds = new Set(written.map((record) => record.kind))
  expect([...kinds].toSorted()).toEqual(Object.keys(KINDS).toSorted())
  expect(Object.keys(KINDS)).toHaveLength(17)
  const of = <K extends EvidenceRecord['kind']>(kind: K) =>
    written.filter((record): record is Extract<EvidenceRecord, { kind: K }> => record.kind === kind)
  // What an inspector asks of each is there, not only its name.
  expect(of('close').some((r) => r.cause === 'power-cut' && r.ms === 30_000)).toBe(true)
  expect(of('close').some((r) => r.cause === 'ended' && r.proof !== 'commanded')).toBe(true)
  expect(of('verdict').some((r) => r.order === 'O-1' && r.displaced.length > 0)).toBe(true)
  expect(new Set(of('order').map((r) => r.stage))).toEqual(new Set(['received', 'active', 'shown', 'ended', 'refused']))
  expect(new Set(of('screen').map((r) => r.lit))).toEqual(new Set(['lit', 'dark', 'unknown']))
  expect(new Set(of('gap').map((r) => r.cause))).toEqual(new Set(['torn-tail', 'power-cut']))
  expect(of('airtime').some((r) => r.stage === 'missed' || r.stage === 'short')).toBe(true)
  expect(of('sensor').some((r) => r.what === 'door' && r.value === true)).toBe(true)
  expect(of('refusal').some((r) => r.item === 'C02' && r.reason === 'expired')).toBe(true)
  expect(of('access').some((r) => r.person === 'kỹ thuật')).toBe(true)
  expect(new Set(of('incident').map((r) => r.type))).toEqual(new Set(['TECHNICAL', 'INFORMATION_SECURITY']))
  expect(of('config').some((r) => r.what === 'schedule' && r.version === '2' && r.result === 'accepted')).toBe(true)
  expect(of('seal').map((r) => r.day)).toEqual(['2026-11-23'])
})

test('the documented format names every kind', () => {
  const page = readFileSync(new URL('../../docs/evidence-format.md', import.meta.url), 'utf8')
  const missing = Object.keys(KINDS).filter((kind) => !page.includes(`| \`${kind}\` |`))
  expect(missing).toEqual([])
})
