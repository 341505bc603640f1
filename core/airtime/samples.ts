import { type Instant, instant, mono, type Reading } from '../base/units.ts'
import type { CloseRecord, OpenRecord, RecordBody, StampedRecord } from '../evidence/record.ts'
import type { Policy } from '../policy/policy.ts'

/** Builders for tests of everything that folds records. Not used by any program. */
export const POLICY: Policy = {
  id: 'test-policy',
  title: 'test',
  decision: null,
  validFrom: '2024-07-01',
  validTo: null,
  zone: { name: 'Asia/Ho_Chi_Minh', offsetMinutes: 420 },
  legalBasis: ['test'],
  periods: [
    { period: 'morning', from: '05:00', to: '12:00', floorMs: 10_800_000, source: 'Art. 8.1' },
    { period: 'afternoon', from: '12:00', to: '18:00', floorMs: 10_800_000, source: 'Art. 8.1' },
    { period: 'evening', from: '18:00', to: '22:00', floorMs: 0, source: 'reading A2' },
  ],
  siteOverrides: [],
  makeUp: { outsideFrames: true, source: 'test' },
  delivery: { needs: 'acknowledged', source: 'test' },
  emergency: {
    countsTowardFloor: true,
    longestMs: 86_400_000,
    documentLaterMs: 86_400_000,
    allClearMs: 900_000,
    sharing: { turnMs: 15_000, leastShare: 0.1 },
    source: 'test',
  },
  advertising: {
    needsPermit: true,
    muteOutdoors: true,
    hourShareLimit: null,
    dayShareLimit: null,
    limits: [],
    minimumSpacingMs: 0,
    suspendedInMourning: true,
    suspendedInEmergency: true,
    suspendedWhenClockUnset: true,
    source: 'test',
  },
  borderPrefersExternal: { value: true, source: 'Art. 7.4' },
  languages: { layout: 'together', source: 'test' },
  retention: { playMonths: 6, aggregateMonths: 24, source: 'test' },
  releaseRules: {
    secondPerson: [
      { class: 'emergency', province: true, moreThan: null },
      { class: 'emergency', province: false, moreThan: 10 },
    ],
    breakGlass: { classes: ['emergency'], reviewWithinMs: 86_400_000 },
    source: 'test',
  },
}

/** `2026-11-22 07:30[:15]` in Việt Nam. */
export const at = (time: string): Instant => {
  const [date = '', clock = ''] = time.split(' ')
  return instant(Date.parse(`${date}T${clock.length === 5 ? `${clock}:00` : clock}+07:00`))
}

/** A reading whose monotonic clock began at 2026-11-22 00:00 Vietnamese time, so that both agree unless a test says otherwise. */
export const EPOCH: Instant = at('2026-11-22 00:00')
export const reading = (wall: Instant, over: Partial<Reading> = {}): Reading => ({
  wall,
  mono: mono(wall - EPOCH),
  quality: 'synced',
  bootId: 'boot-1',
  ...over,
})

export const stamped = (now: Reading, body: RecordBody): StampedRecord => ({
  at: { wall: now.wall, iso: new Date(now.wall).toISOString(), mono: now.mono, q: now.quality },
  boot: now.bootId,
  ...body,
})

export const openOf = (play: string, over: Partial<OpenRecord> = {}): OpenRecord => ({
  kind: 'open',
  play,
  item: 'C01',
  title: 'Hỏi đáp về chính quyền địa phương hai cấp',
  hash: 'a'.repeat(64),
  category: 'A7_1_POLICY_LAW',
  counts: true,
  languages: ['vi'],
  supplier: 'vpubnd',
  suppliedByLead: false,
  document: '12/TB-MAU',
  claim: 'slot',
  rank: 'normal',
  order: null,
  why: 'thử',
  ...over,
})
export const closeOf = (play: string, over: Partial<CloseRecord> = {}): CloseRecord => ({
  kind: 'close',
  play,
  cause: 'ended',
  ms: 0,
  proof: 'acknowledged',
  ...over,
})
export const AD: Partial<OpenRecord> = { category: 'A7_5_ADVERTISING', counts: false, item: 'C26' }
export const EMERGENCY: Partial<OpenRecord> = {
  category: 'A7_2D_DISASTER_EMERGENCY',
  rank: 'emergency',
  order: 'E1',
  item: 'E1',
}
export const screenOf = (lit: 'lit' | 'dark' | 'unknown', intended: boolean): RecordBody => ({
  kind: 'screen',
  lit,
  intended,
  why: '',
  brightness: null,
})
export const proofOf = (play: string): RecordBody => ({ kind: 'proof', play, proof: 'acknowledged', how: 'player' })

/** A day told as `[time, body]` lines. */
export type Line = readonly [string, RecordBody]
export const day = (...lines: readonly Line[]): readonly StampedRecord[] =>
  lines.map(([time, body]) => stamped(reading(at(`2026-11-22 ${time}`)), body))

/** One proved play from one time to another. */
export const play = (id: string, from: string, to: string, over: Partial<OpenRecord> = {}): readonly Line[] => [
  [from, openOf(id, over)],
  [from, proofOf(id)],
  [to, closeOf(id, { ms: at(`2026-11-22 ${to}`) - at(`2026-11-22 ${from}`) })],
]
