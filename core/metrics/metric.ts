export type MetricType = 'gauge' | 'counter' | 'histogram'
export type Metric<L extends readonly string[] = readonly string[]> = {
  readonly name: `bangtin_${string}`
  readonly type: MetricType
  /** What is exposed with it, and what the generated page says in English. */
  readonly help: string
  /** The same in Vietnamese, for the generated page and the boards. */
  readonly vi: string
  readonly labels: L
  /**
   * The closed set of values of a label, where there is one. A counter whose labels are all closed is exposed from 0 on
   * for each value, because Prometheus cannot see the increase of a series that begins its life at 1.
   */
  readonly values?: { readonly [label: string]: readonly string[] }
  /**
   * Where a label is not closed: the most series that one process exposes, or for each cluster of a hub metric with `site`. A reading with
   * more is our own bug and throws.
   */
  readonly most?: number
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

/**
 * The most series of one metric in one process, for a fleet of `sites` clusters (an edge does not ask). A histogram has a series for each
 * bucket, one for `+Inf`, sum and count.
 */
export const mostSeries = (m: Metric, sites: number): number => {
  const each = m.labels.includes('site') ? sites : 1
  const closed = m.labels.reduce((n, label) => n * (m.values?.[label]?.length ?? 1), 1)
  const shapes = m.type === 'histogram' ? (m.buckets?.length ?? 0) + 3 : 1
  return (m.most ?? closed) * each * shapes
}
