import { assert } from '../base/result.ts'
import type { EDGE, HUB } from './catalogue.ts'
import { type LabelOf, type LabelValue, type Metric, mostSeries } from './metric.ts'

/** A group of metrics that one process exposes: `EDGE` or `HUB`. */
export type Catalogue = { readonly [key: string]: Metric }

/** One series at one moment. */
export type Sample<M extends Metric> = {
  readonly labels: { readonly [L in LabelOf<M>]: LabelValue<M, L> }
  /** In the metric's base unit (seconds, bytes, ratio, celsius, volts). */
  readonly value: number
}

/**
 * What a process says of one metric. Without labels: a number, or `null` where it is not known, so that the series is
 * absent and nobody takes 0 for an answer. With labels: one sample per known series.
 */
export type ReadingOf<M extends Metric> = M['labels'] extends readonly [] ? number | null : readonly Sample<M>[]

/**
 * All gauges and counters of a catalogue. It is a mapped type: a metric in the catalogue without a reading does not
 * compile. Histograms are not read but observed.
 */
export type Readings<C extends Catalogue> = {
  readonly [K in keyof C as C[K]['type'] extends 'histogram' ? never : K]: ReadingOf<C[K]>
}
export type EdgeReadings = Readings<typeof EDGE>
export type HubReadings = Readings<typeof HUB>

/** Keys of the histograms of a catalogue. */
export type HistogramKey<C extends Catalogue> = {
  [K in keyof C]: C[K]['type'] extends 'histogram' ? K : never
}[keyof C] &
  string

/** The shape every `Readings<C>` has once its catalogue no longer matters. */
export type AnySample = { readonly labels: { readonly [label: string]: string }; readonly value: number }
export type AnyReadings = { readonly [key: string]: number | null | readonly AnySample[] }

/** Bound on the series of one metric of the hub: labels are closed sets or sites of one province, so more than this is a bug. */
export const MAX_SERIES_PER_METRIC = 4_000

const zeros = (metric: Metric): readonly AnySample[] => {
  const { values } = metric
  if (metric.type !== 'counter' || metric.labels.length === 0 || values === undefined) return []
  return metric.labels.reduce<readonly AnySample[]>(
    (sofar, label) =>
      sofar.flatMap(({ labels }) =>
        (values[label] ?? []).map((value) => ({ labels: { ...labels, [label]: value }, value: 0 })),
      ),
    [{ labels: {}, value: 0 }],
  )
}

const keyOf = (metric: Metric, labels: AnySample['labels']): string =>
  JSON.stringify(metric.labels.map((l) => labels[l]))

/**
 * The series to expose for one metric: the reading, and zeros for the members of closed label sets that a counter has
 * not counted yet. A reading that cannot be a measurement (not finite, a counter below zero, wrong labels, the same
 * series twice) is our own bug and throws.
 */
export const seriesOf = (metric: Metric, reading: AnyReadings[string]): readonly AnySample[] => {
  if (reading === null) return []
  const samples = typeof reading === 'number' ? [{ labels: {}, value: reading }] : reading
  const all = new Map(zeros(metric).map((s) => [keyOf(metric, s.labels), s]))
  const seen = new Set<string>()
  for (const sample of samples) {
    const given = Object.keys(sample.labels).sort().join()
    assert(given === [...metric.labels].sort().join(), `${metric.name}: labels {${given}} are not the catalogue's`)
    assert(Number.isFinite(sample.value), `${metric.name}: ${sample.value} is not a finite number`)
    assert(metric.type !== 'counter' || sample.value >= 0, `${metric.name}: a counter cannot be ${sample.value}`)
    const key = keyOf(metric, sample.labels)
    assert(!seen.has(key), `${metric.name}: series ${key} is there twice`)
    seen.add(key)
    all.set(key, sample)
  }
  const most = metric.from === 'edge' ? mostSeries(metric, 1) : MAX_SERIES_PER_METRIC
  assert(all.size <= most, `${metric.name}: ${all.size} series, more than ${most}`)
  return [...all.values()]
}
