import { mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DayLedger } from '#core/airtime/day.ts'
import { emptyLedger, finishedDays, fold } from '#core/airtime/ledger.ts'
import { instant, mono } from '#core/base/units.ts'
import type { StampedRecord } from '#core/evidence/record.ts'
import { verifiedOrder } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { DAY, device, fastFs, HOUR, MIDNIGHT, must, opened, put, virtualDays } from '../../test/support/virtual-log.ts'
import { temporary } from '../test/support.ts'
import { openAggregates, readAggregates } from './aggregates.ts'
import { createVerify } from './crypto.ts'
import type { PlaylogFs } from './playlog-fs.ts'
import { listSegments } from './playlog-segments.ts'

const policy = shippedPolicy()
const judge = { site: 'LC-MLT-01', publicKeys: [device.publicKey], verify: createVerify() }

const openIn = (data: string, fs: PlaylogFs = fastFs) =>
  openAggregates({
    dir: `${data}/aggregates`,
    plays: `${data}/plays`,
    site: 'LC-MLT-01',
    policy,
    watts: { full: 2_000, idle: 300 },
    device,
    fs,
  })

const writeLog = (data: string, records: readonly StampedRecord[]) => {
  const log = opened(`${data}/plays`)
  for (const record of records) put(log, record)
  return log
}
const update = async (data: string, today: string, fs: PlaylogFs = fastFs) =>
  must(await openIn(data, fs).update({ segments: listSegments(fastFs, `${data}/plays`), today }))
const daysOf = (data: string) => readAggregates(fastFs, `${data}/aggregates`, judge)

/** What a ledger that runs along says of each day once it is over. */
const ledgerDays = (records: readonly StampedRecord[]): readonly DayLedger[] => {
  const days = new Map<string, DayLedger>()
  let ledger = emptyLedger(policy)
  for (const record of records) {
    ledger = fold(ledger, record)
    const { wall, mono: ms } = record.at
    const now = { wall: instant(wall), mono: mono(ms), quality: 'synced', bootId: record.boot } as const
    if (record.kind === 'heartbeat') for (const day of finishedDays(ledger, now)) days.set(day.date, day)
  }
  return [...days.values()]
}

const order = (hour: number, length: number) => {
  const at = instant(MIDNIGHT + hour * HOUR)
  const times = { issuedAt: at, startsAt: at, expiresAt: at + length * HOUR }
  return {
    at,
    event: { event: 'order', order: verifiedOrder({ id: `O-${hour}`, ...times }) },
  } as const
}

/** An order in the first morning; the controller is lost on the second day and never comes back. */
const threeDays = virtualDays(3.01, [order(9, 1), { at: instant(MIDNIGHT + 38 * HOUR), panel: 'lost' }]).records
const untilDay = (days: number) => threeDays.filter((r) => r.at.wall < MIDNIGHT + days * DAY)

test('each day that is over is one line: the same milliseconds as the ledger, with suppliers, orders, seal and signature', async () => {
  const data = temporary()
  const records = threeDays
  writeLog(data, records)
  expect(await update(data, '2026-11-26')).toEqual(['2026-11-23', '2026-11-24', '2026-11-25'])
  const { days, faults } = daysOf(data)
  expect(faults).toEqual([])
  const expected = ledgerDays(records)
  expect(expected).toHaveLength(3)
  expect(days.map(({ day }) => day.day)).toEqual(expected)
  const [first, second] = days.map(({ day }) => day)
  expect(first?.bySupplier['svhttdl']).toBe(first?.day.suppliedByLead)
  expect(Object.keys(second?.bySupplier ?? {})).toEqual(['svhttdl', 'vpubnd'])
  expect(first?.day.orders['O-9']).toMatchObject({ ms: HOUR, document: '12/CĐ-MAU' })
  expect(first?.plays).toBeGreaterThan(100)
  expect(first?.closes['ended']).toBeGreaterThan(100)
  expect(first?.runtime.litMs).toBeGreaterThan(6 * HOUR)
  expect(second?.day.periods.reduce((ms, p) => ms + p.faulted, 0)).toBeGreaterThan(HOUR)
  expect(first?.milliwattHours).toBeGreaterThan(2_000_000)
  expect(second?.runtime.litMs).toBeLessThan(first?.runtime.litMs ?? 0)
  // The seal is that of the day's own segment, so the aggregate stands on the whole day's records.
  const sealed =
    readFileSync(join(data, 'plays', '2026-11-23.jsonl'), 'utf8')
      .split('\n')
      .at(-2) ?? ''
  expect(first?.seals).toHaveLength(1)
  expect(sealed).toContain(`"head":"${first?.seals[0]?.head}"`)
  expect((first?.records.last ?? 0) - (first?.records.first ?? 0) + 1).toBe(first?.records.count)
})

test('derived again after a crash, from compressed days, or by another run: the same bytes; nothing is written twice', async () => {
  const [one, two] = [temporary(), temporary()]
  const records = threeDays
  writeLog(one, records)
  const half = records.findIndex((r) => r.at.wall > MIDNIGHT + 1.2 * DAY)
  const log = writeLog(two, records.slice(0, half))
  await update(one, '2026-11-26')
  const text = readFileSync(join(one, 'aggregates', '2026-11.jsonl'), 'utf8')
  expect(await update(one, '2026-11-26')).toEqual([])
  // Day by day, with days compressed meanwhile and the last line torn by a cut.
  await update(two, '2026-11-24')
  for (const record of records.slice(half)) put(log, record)
  const end = {
    wall: instant(MIDNIGHT + 3.01 * DAY),
    mono: mono(3.01 * DAY),
    quality: 'synced',
    bootId: 'virtual',
  } as const
  must(await log.upkeep(end, 6))
  expect(listSegments(fastFs, `${two}/plays`).filter((s) => s.gz).length).toBeGreaterThanOrEqual(1)
  const file = join(two, 'aggregates', '2026-11.jsonl')
  await update(two, '2026-11-26')
  const whole = readFileSync(file, 'utf8')
  expect(whole).toBe(text)
  writeFileSync(file, whole.slice(0, -40))
  expect(daysOf(two).days).toHaveLength(2)
  expect(await update(two, '2026-11-26')).toEqual(['2026-11-25'])
  expect(readFileSync(file, 'utf8')).toBe(text)
  rmSync(join(two, 'aggregates'), { recursive: true })
  await update(two, '2026-11-26')
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test('a display that has been lit for days, and an order from days ago, are known from the days before', async () => {
  const data = temporary()
  const { records } = virtualDays(2.5, [order(21, 20)])
  const log = writeLog(data, records)
  // From the second day on the screen says nothing more of itself.
  const again = temporary()
  const lit = records.filter((r) => r.kind !== 'screen' || r.at.wall < MIDNIGHT + 0.4 * DAY)
  writeLog(again, lit)
  await update(data, '2026-11-25')
  await update(again, '2026-11-25')
  const second = daysOf(again).days[1]?.day
  expect(second?.day).toEqual(ledgerDays(lit)[1])
  expect(second?.day.orders['O-21']).toMatchObject({ document: '12/CĐ-MAU' })
  expect(second?.runtime.litMs).toBe(DAY)
  must(log.close())
})

test('the n-th file operation fails, for every n: the day is written whole or not at all, and once', async () => {
  const data = temporary()
  writeLog(data, untilDay(1.01))
  const segments = listSegments(fastFs, `${data}/plays`)
  let failed = 0
  for (let n = 0; n < 7; n++) {
    rmSync(join(data, 'aggregates'), { recursive: true, force: true })
    mkdirSync(join(data, 'aggregates'))
    const at = { calls: 0 }
    const failing = <A extends readonly unknown[], R>(act: (...args: A) => R) => {
      return (...args: A): R => {
        if (at.calls++ === n) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
        return act(...args)
      }
    }
    const fs: PlaylogFs = {
      ...fastFs,
      open: failing(fastFs.open),
      write: failing(fastFs.write),
      fdatasync: failing(fastFs.fdatasync),
      ftruncate: failing(fastFs.ftruncate),
      syncDir: failing(fastFs.syncDir),
    }
    const aggregates = openIn(data, fs)
    const done = await aggregates.update({ segments, today: '2026-11-24' })
    if (done.ok) continue
    failed++
    expect(done.error.kind).toBe('disk-full')
    must(await aggregates.update({ segments, today: '2026-11-24' }))
    expect(daysOf(data)).toMatchObject({ days: [{ day: { day: { date: '2026-11-23' } } }], faults: [] })
  }
  expect(failed).toBe(5)
})

test('a changed figure, a changed signature and another cluster’s line are found', async () => {
  const data = temporary()
  writeLog(data, untilDay(1.01))
  await update(data, '2026-11-24')
  const file = join(data, 'aggregates', '2026-11.jsonl')
  const good = readFileSync(file, 'utf8')
  const broken = [
    good.replace(/"delivered":(\d+)/, (_, n: string) => `"delivered":${Number(n) + 1}`),
    good.replace(/"sig":"(.)/, (_, c: string) => `"sig":"${c === 'A' ? 'B' : 'A'}`),
    good.replace('"site":"LC-MLT-01"', '"site":"LC-DK-01"'),
    good.replace('{"body"', '{"bodx"'),
  ]
  let checked = 0
  for (const text of broken) {
    expect(text).not.toBe(good)
    writeFileSync(file, text)
    expect(daysOf(data).faults).toHaveLength(1)
    checked++
  }
  expect(checked).toBe(4)
})

test('a day whose end is damaged is derived once, and not again at every upkeep', async () => {
  const data = temporary()
  writeLog(data, threeDays)
  const damaged = join(data, 'plays', '2026-11-24.jsonl')
  truncateSync(damaged, Math.floor(statSync(damaged).size / 2))
  const segments = listSegments(fastFs, `${data}/plays`)
  const reads = { count: 0 }
  const fs: PlaylogFs = {
    ...fastFs,
    readAt: (path, from, length) => {
      if (path === damaged) reads.count++
      return fastFs.readAt(path, from, length)
    },
  }
  const aggregates = openIn(data, fs)
  expect(must(await aggregates.update({ segments, today: '2026-11-26' }))).toEqual([
    '2026-11-23',
    '2026-11-24',
    '2026-11-25',
  ])
  const text = readFileSync(join(data, 'aggregates', '2026-11.jsonl'), 'utf8')
  reads.count = 0
  expect(must(await aggregates.update({ segments, today: '2026-11-27' }))).toEqual([])
  expect(reads.count).toBe(0)
  // Another run looks once, and writes nothing that is there.
  expect(must(await openIn(data, fs).update({ segments, today: '2026-11-28' }))).toEqual([])
  expect(reads.count).toBeGreaterThan(0)
  expect(readFileSync(join(data, 'aggregates', '2026-11.jsonl'), 'utf8')).toBe(text)
})

test('a document that comes on a later day is in the day whose order waited for it, and in no other line', async () => {
  const at = (hour: number) => instant(MIDNIGHT + hour * HOUR)
  const authority = (document: string | null) => ({ name: 'UBND tỉnh (mẫu)', document })
  const times = (hour: number) => ({ issuedAt: at(hour), startsAt: at(hour), expiresAt: at(hour + 2) })
  const bare = verifiedOrder({ id: 'O-1', ...times(9), authority: authority(null) })
  const number = verifiedOrder({
    id: 'N-1',
    action: 'document',
    references: ['O-1'],
    ...times(80),
    authority: authority('99/CĐ'),
  })
  const events = [
    { at: at(9), event: { event: 'order', order: bare } },
    { at: at(80), event: { event: 'order', order: number } },
  ] as const
  const { records } = virtualDays(4.01, events)
  const data = temporary()
  const log = opened(`${data}/plays`)
  const documentOf = (date: string) => daysOf(data).days.find((d) => d.day.day.date === date)?.day.day.orders['O-1']
  const until = (hour: number, from = 0) => {
    for (const record of records) if (record.at.wall >= at(from) && record.at.wall < at(hour)) put(log, record)
  }
  until(25)
  expect(await update(data, '2026-11-24')).toEqual(['2026-11-23'])
  expect(documentOf('2026-11-23')).toMatchObject({ document: null, authority: 'UBND tỉnh (mẫu)' })
  expect(await update(data, '2026-11-24'), 'nothing has come').toEqual([])
  until(97, 25)
  expect(await update(data, '2026-11-27')).toEqual(['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26'])
  expect(documentOf('2026-11-23')).toMatchObject({ document: '99/CĐ', issuer: 'tructinh' })
  expect(documentOf('2026-11-24')).toBeUndefined()
  const [was, is] = readFileSync(join(data, 'aggregates/2026-11.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"date":"2026-11-23"'))
    .map((line) => JSON.parse(line).body)
  expect({ ...is, day: { ...is.day, orders: null } }).toEqual({ ...was, day: { ...was.day, orders: null } })
  expect(await update(data, '2026-11-27'), 'now it is known').toEqual([])
})
