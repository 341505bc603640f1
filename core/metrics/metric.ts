export type MetricType = 'gauge' | 'counter' | 'histogram'
export type Metric<L extends readonly string[] = readonly string[]> = {
  readonly name: `bangtin_${string}`
  readonly type: MetricType
  readonly help: string
  readonly labels: L
  /**
   * The closed set of values of a label, where there is one. A counter whose labels are all closed is exposed from 0 on
   * for each value, because Prometheus cannot see the increase of a series that begins its life at 1.
   */
  readonly values?: { readonly [label: string]: readonly string[] }
  readonly buckets?: readonly number[]
  /** Who exposes it. Edge metrics get `site` from the scrape's service discovery, never from themselves. */
  readonly from: 'edge' | 'hub'
}

/** Names of the metric's own labels. */
export type LabelOf<M extends Metric> = M['labels'][number]
/** What a label may hold: its closed set, or any text. */
export type LabelValue<M extends Metric, L extends string> = M extends {
  readonly values: { readonly [K in L]: readonly (infer V)[] }
}
  ? V & string
  : string

/** Keeps a metric's literal types: its name, labels and closed values. */
export const metric = <const M extends Metric>(m: M): M => m
