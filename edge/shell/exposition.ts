import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { assert } from '#core/base/result.ts'
import type { Metric } from '#core/metrics/metric.ts'
import {
  type AnyReadings,
  type AnySample,
  type Catalogue,
  type HistogramKey,
  type Readings,
  seriesOf,
} from '#core/metrics/readings.ts'

/** What the daemon exposes to Prometheus. This is the only file of the edge that knows the text format's library. */
export type Exposition<C extends Catalogue> = {
  /**
   * The scrape's answer in the Prometheus text format 0.0.4; readings are taken now. Rejects when a reading is a bug of
   * ours.
   */
  readonly text: () => Promise<string>
  readonly contentType: string
  /**
   * Adds one observation to a histogram, in its base unit (seconds). Throws on a value that is not finite or is below
   * zero.
   */
  readonly observe: (metric: HistogramKey<C>, value: number) => void
}

/** Writes one scrape's series into its prom-client metric. Nothing of the scrape before stays. */
type Apply = (series: readonly AnySample[]) => void

const gaugeOf = (registry: Registry, m: Metric): Apply => {
  const gauge = new Gauge({ name: m.name, help: m.help, labelNames: [...m.labels], registers: [registry] })
  return (series) => {
    gauge.reset()
    // A reset of a gauge without labels leaves it at 0; unknown must be absent instead.
    if (m.labels.length === 0) gauge.remove()
    for (const s of series) gauge.set({ ...s.labels }, s.value)
  }
}

const counterOf = (registry: Registry, m: Metric): Apply => {
  const counter = new Counter({ name: m.name, help: m.help, labelNames: [...m.labels], registers: [registry] })
  return (series) => {
    // The count is kept by whoever counts; prom-client only formats, so each scrape starts from nothing.
    counter.reset()
    if (m.labels.length === 0) counter.remove()
    for (const s of series) counter.inc({ ...s.labels }, s.value)
  }
}

const histogramOf = (registry: Registry, m: Metric): ((value: number) => void) => {
  const { buckets } = m
  assert(buckets !== undefined && m.labels.length === 0, `${m.name}: a histogram states its buckets and has no labels`)
  const histogram = new Histogram({ name: m.name, help: m.help, buckets: [...buckets], registers: [registry] })
  return (value) => {
    assert(Number.isFinite(value) && value >= 0, `${m.name}: cannot observe ${value}`)
    histogram.observe(value)
  }
}

/**
 * Exposes a catalogue. `read` is called once per scrape, so one scrape is one consistent moment; its type demands a
 * reading for every gauge and counter of the catalogue. Own registry, no default metrics of the runtime: what is not in
 * the catalogue is not exposed.
 */
export const createExposition = <C extends Catalogue>(
  catalogue: C,
  read: () => NoInfer<Readings<C>> & AnyReadings,
): Exposition<C> => {
  const registry = new Registry()
  const applies = new Map<string, { readonly metric: Metric; readonly apply: Apply }>()
  const observers = new Map<string, (value: number) => void>()
  for (const [key, metric] of Object.entries(catalogue)) {
    if (metric.type === 'histogram') observers.set(key, histogramOf(registry, metric))
    else applies.set(key, { metric, apply: (metric.type === 'gauge' ? gaugeOf : counterOf)(registry, metric) })
  }
  return {
    contentType: registry.contentType,
    text: async () => {
      const readings = read()
      for (const [key, { metric, apply }] of applies) {
        const reading = readings[key]
        assert(reading !== undefined, `${metric.name} has no reading`)
        apply(seriesOf(metric, reading))
      }
      return registry.metrics()
    },
    observe: (key, value) => {
      const observe = observers.get(key)
      assert(observe !== undefined, `${key} is not a histogram of this catalogue`)
      observe(value)
    },
  }
}
