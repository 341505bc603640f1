import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { at, closeOf, day, openOf, play, reading, screenOf, stamped } from '../airtime/samples.ts'
import { instant, mono } from '../base/units.ts'
import { openLine, seal } from './chain.ts'
import { explain } from './explain.ts'
import { foldPlays, playAt } from './query.ts'
import { type EvidenceRecord, GENESIS, type StampedRecord } from './record.ts'

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex')
const chained = (records: readonly StampedRecord[]): readonly EvidenceRecord[] => {
  let prev = GENESIS
  return records.map((r, i) => {
    const { line, hash } = seal(prev, i, r, sha256)
    prev = hash
    const read = openLine(line, sha256)
    if (!read.ok) throw new Error(read.error)
    return read.value
  })
}
const RECORDS = chained(
  day(
    ['06:00', screenOf('lit', true)],
    ...play('a', '07:00', '07:01'),
    ...play('b', '07:01', '07:02', { title: 'Hai' }),
    ['07:01:30', screenOf('dark', false)],
    ['09:00', { kind: 'heartbeat', play: null }],
  ).toSorted((x, y) => x.at.mono - y.at.mono),
)
const when = (time: string) => playAt('S', RECORDS, at(`2026-11-22 ${time}`))

test('plays fold to answers with their lit state, each id once', () => {
  const answers = [...foldPlays('S', [...RECORDS, ...RECORDS])]
  expect(answers.map((p) => [p.play, p.ms, p.proof, p.lit, p.cause])).toEqual([
    ['a', 60_000, 'acknowledged', 'lit', 'ended'],
    ['b', 60_000, 'acknowledged', 'partly', 'ended'],
  ])
  expect(answers[0]).toMatchObject({
    supplier: 'vpubnd',
    document: '12/TB-MAU',
    records: { open: 1 },
    clock: 'synced',
  })
})

test('what was on at a time: half-open, with the end of the play and whether it was lit then', () => {
  expect(when('07:00:30')[0]?.play).toMatchObject({ play: 'a', lit: 'lit', to: at('2026-11-22 07:01') })
  expect(when('07:01')[0]?.play).toMatchObject({ play: 'b', lit: 'lit' })
  expect(when('07:01:45')[0]?.play).toMatchObject({ play: 'b', lit: 'dark' })
  expect(when('08:00')[0]).toMatchObject({ play: null, gap: null, beyond: false })
  expect(when('10:00')[0]).toMatchObject({ play: null, beyond: true })
  expect(when('05:00')).toEqual([])
})

test('in a hole nobody claims to know', () => {
  const woke = reading(at('2026-11-22 09:00'), { bootId: 'boot-2', mono: mono(1) })
  const records = chained([
    ...day(['06:00', screenOf('lit', true)], ['07:00', openOf('a')], ['08:00', { kind: 'heartbeat', play: 'a' }]),
    stamped(woke, closeOf('a', { cause: 'power-cut', ms: 3_600_000, proof: 'commanded' })),
  ])
  const [moment] = playAt('S', records, at('2026-11-22 08:30'))
  expect(moment).toMatchObject({ play: null, gap: { cause: 'power-cut' } })
  if (moment === undefined) throw new Error('a moment')
  expect(explain('S', at('2026-11-22 08:30'), moment, { offsetMinutes: 420 }).vi[0]).toContain('không có người ghi')
  expect(playAt('S', records, at('2026-11-22 07:30'))[0]?.play?.play).toBe('a')
})

test('a clock set back over a time gives two moments, one set forward over it none', () => {
  const first = reading(at('2026-11-22 08:00'))
  const back = (h: number, wall: string) =>
    reading(at(`2026-11-22 ${wall}`), { mono: mono(first.mono + h * 3_600_000) })
  const told = chained([
    stamped(first, openOf('a')),
    stamped(back(1, '09:00'), closeOf('a', { ms: 3_600_000 })),
    stamped(back(1, '08:30'), openOf('b')),
    stamped(back(2, '09:30'), closeOf('b', { ms: 3_600_000 })),
    stamped(back(2, '11:30'), { kind: 'clock', stepMs: 7_200_000, quality: 'synced', was: 'synced' }),
  ])
  expect(playAt('S', told, at('2026-11-22 08:45')).map((m) => m.play?.play)).toEqual(['a', 'b'])
  expect(playAt('S', told, at('2026-11-22 10:30'))).toEqual([])
  expect(playAt('S', told, instant(at('2026-11-22 08:10')))[0]?.seq).toBe(0)
})
