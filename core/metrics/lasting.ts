import type { AnyReadings, AnySample, EdgeReadings } from './readings.ts'

/**
 * Counters of the edge that go on over restarts, so that `increase()` over an outage is right whatever happened in it. To Prometheus a counter
 * that comes back smaller has begun anew at 0, and all of it counts as new; so none may ever come back smaller, by however little.
 *
 * What the play log tells is counted by its records: what was known at one record (kept in a small file) and what the log says after it. The
 * rest is counted by the process and kept with it at a clean end; after any other end it begins at 0, because nobody knows what was told last.
 */
export const LASTING = {
  airtimeTotal: 'evidence',
  categoryTotal: 'evidence',
  playsTotal: 'evidence',
  refusedTotal: 'evidence',
  documentsRefusedTotal: 'evidence',
  ordersRefusedTotal: 'evidence',
  clockStepsTotal: 'evidence',
  runtimeTotal: 'evidence',
  startsTotal: 'evidence',
  energyTotal: 'evidence',
  exchangesTotal: 'process',
  exchangeFaultsTotal: 'process',
  playerRestartsTotal: 'process',
  playerTroubleTotal: 'process',
  hubRedialsTotal: 'process',
} as const satisfies { readonly [K in keyof EdgeReadings]?: 'evidence' | 'process' }

const KEYS: readonly string[] = Object.keys(LASTING)
const EVIDENCE: ReadonlySet<string> = new Set(
  Object.entries(LASTING).flatMap(([key, of]) => (of === 'evidence' ? [key] : [])),
)

/** Series → value, in the base unit. The name of a series: the key of its metric, and its labels in order. */
export type Counts = Readonly<Record<string, number>>

const nameOf = (key: string, labels: AnySample['labels']): string =>
  JSON.stringify([
    key,
    ...Object.entries(labels)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flat(),
  ])

const labelsOf = (name: string): { readonly key: string; readonly labels: AnySample['labels'] } | null => {
  const parts: unknown = JSON.parse(name)
  if (!Array.isArray(parts) || parts.length % 2 !== 1) return null
  const [key, ...rest] = parts.map(String)
  const labels: Record<string, string> = {}
  for (let i = 0; i < rest.length; i += 2) labels[rest[i] ?? ''] = rest[i + 1] ?? ''
  return { key: key ?? '', labels }
}

/** The lasting counters among the readings. `only`: those that evidence tells, or all. */
export const countsOf = (readings: AnyReadings, only: 'evidence' | 'all'): Counts => {
  const counts: Record<string, number> = {}
  for (const key of KEYS) {
    const reading = readings[key] ?? null
    if (reading === null || (only === 'evidence' && !EVIDENCE.has(key))) continue
    const samples = typeof reading === 'number' ? [{ labels: {}, value: reading }] : reading
    for (const { labels, value } of samples) counts[nameOf(key, labels)] = value
  }
  return counts
}

/** The counts by who counts them. */
export const ofProcess = (counts: Counts): { readonly process: Counts; readonly evidence: Counts } => {
  const entries = Object.entries(counts)
  const told = ([name]: readonly [string, number]) => EVIDENCE.has(labelsOf(name)?.key ?? '')
  return {
    process: Object.fromEntries(entries.filter((one) => !told(one))),
    evidence: Object.fromEntries(entries.filter(told)),
  }
}

/** Counts are milliseconds, or watts times percent times milliseconds: whole numbers of this part of the base unit. */
const PER_UNIT = 100_000

export const plusCounts = (a: Counts, b: Counts): Counts => combine(a, b, 1)
export const minusCounts = (a: Counts, b: Counts): Counts => combine(a, b, -1)

const combine = (a: Counts, b: Counts, sign: 1 | -1): Counts => {
  const sum: Record<string, number> = { ...a }
  // Rounded, because the next process comes to the same count by other sums, and a counter smaller by a bit counts anew.
  for (const [name, value] of Object.entries(b))
    sum[name] = Math.round(((sum[name] ?? 0) + sign * value) * PER_UNIT) / PER_UNIT
  return sum
}

/** No series below what it was; new ones are added. */
export const neverLess = (now: Counts, was: Counts): Counts => {
  const most: Record<string, number> = { ...now }
  for (const [name, value] of Object.entries(was)) most[name] = Math.max(value, most[name] ?? 0)
  return most
}

/** The readings with these counts in the place of their lasting counters. A counter that is not known now (null) stays unknown. */
export const withCounts = (readings: EdgeReadings, counts: Counts): EdgeReadings & AnyReadings => {
  const byKey = new Map<string, AnySample[]>()
  for (const [name, value] of Object.entries(counts)) {
    const of = labelsOf(name)
    if (of !== null) byKey.set(of.key, [...(byKey.get(of.key) ?? []), { labels: of.labels, value }])
  }
  const given: AnyReadings = readings
  const changed = KEYS.flatMap((key) => {
    const samples = byKey.get(key) ?? []
    const reading = given[key] ?? null
    if (reading === null) return []
    return [[key, typeof reading === 'number' ? (samples[0]?.value ?? 0) : samples] as const]
  })
  return { ...readings, ...Object.fromEntries(changed) }
}
