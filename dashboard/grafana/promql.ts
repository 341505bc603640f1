import { assert } from '#core/base/result.ts'
import type { LabelOf, LabelValue, Metric } from '#core/metrics/metric.ts'

/**
 * A small typed PromQL: expressions are made of metric objects, and the labels an expression still has are part of its
 * type. A metric that was renamed, a label it does not have, or a value outside a label's closed set does not compile.
 */
export type Expr<L extends string = string> = {
  readonly text: string
  /** Every catalogue metric the expression reads, so that a test can say which metric nobody looks at. */
  readonly uses: readonly Metric[]
  /** Only for the type checker: the labels that are left. */
  readonly label?: L
}

/**
 * Labels that come from the scrape and not from the process. `site` is given by the hub's service discovery to edges
 * only.
 */
type ScrapeLabel<M extends Metric> = M['from'] extends 'edge' ? 'site' | 'job' | 'instance' : 'job' | 'instance'
type Label<M extends Metric> = LabelOf<M> | ScrapeLabel<M>
type Matchers<M extends Metric> = {
  readonly [L in Label<M>]?: LabelValue<M, L> | readonly LabelValue<M, L>[] | Variable
}
type Plain = Metric & { readonly type: 'gauge' | 'counter' }
type Gauge = Metric & { readonly type: 'gauge' }
type Counter = Metric & { readonly type: 'counter' }
type Histogram = Metric & { readonly type: 'histogram' }

export type Span = `${number}${'s' | 'm' | 'h' | 'd'}`
/** A variable of a board in the place of a label's value. */
export type Variable = `$${string}`
type Window = Span | '$__rate_interval' | '$__range'

/** What to keep when series are put together: `by('site')`. No argument keeps nothing. */
export type By<B extends string> = { readonly by: readonly B[] }
export const by = <const B extends string = never>(...labels: readonly B[]): By<B> => ({ by: labels })

const matcher = (label: string, want: string | readonly string[]): string => {
  const values = typeof want === 'string' ? [want] : want
  assert(values.length > 0, `matcher on ${label} has no value`)
  const text = JSON.stringify(values.join('|'))
  // A board's variable may stand for several values, which Grafana fills in as one pattern.
  const one = values.length === 1 && !values[0]?.startsWith('$')
  return `${label}${one ? '=' : '=~'}${text}`
}

const selector = (name: string, matchers: { readonly [label: string]: string | readonly string[] | undefined }) => {
  const parts = Object.entries(matchers).flatMap(([label, want]) => (want === undefined ? [] : [matcher(label, want)]))
  return parts.length === 0 ? name : `${name}{${parts.join(', ')}}`
}

const merge = (...exprs: readonly Expr[]): readonly Metric[] => [...new Set(exprs.flatMap((e) => e.uses))]
const wrap = (e: Expr): string => (/^[\w:$]+(\{[^}]*\})?$/.test(e.text) ? e.text : `(${e.text})`)

/** The series of one gauge or counter. */
export const of = <M extends Plain>(metric: M, matchers: Matchers<M> = {}): Expr<Label<M>> => ({
  text: selector(metric.name, matchers),
  uses: [metric],
})

const ranged =
  <K extends Metric>(fn: string) =>
  <M extends K>(metric: M, window: Window, matchers: Matchers<M> = {}): Expr<Label<M>> => ({
    text: `${fn}(${selector(metric.name, matchers)}[${window}])`,
    uses: [metric],
  })

/** Per second. Only counters have a rate. */
export const rate = ranged<Counter>('rate')
export const increase = ranged<Counter>('increase')
/** How often a gauge took another value. */
export const changes = ranged<Gauge>('changes')
/** How fast a gauge grows, in its unit per second; right also where the window is not full yet. */
export const slope = ranged<Gauge>('deriv')
/** The lowest a gauge was. */
export const lowest = ranged<Gauge>('min_over_time')

/**
 * The last a gauge said within `window`, of a time that lies `ahead` of the moment asked about: a gauge that tells of yesterday, put on the
 * day it tells of.
 */
export const lastAhead = <M extends Gauge>(
  metric: M,
  at: { readonly window: Span; readonly ahead: Span },
  matchers: Matchers<M> = {},
): Expr<Label<M>> => ({
  text: `last_over_time(${selector(metric.name, matchers)}[${at.window}] offset -${at.ahead})`,
  uses: [metric],
})

const aggregate =
  (fn: 'sum' | 'max' | 'min' | 'avg' | 'count') =>
  <L extends string, B extends NoInfer<L>>(keep: By<B>, e: Expr<L>): Expr<B> => ({
    text: keep.by.length === 0 ? `${fn}(${e.text})` : `${fn} by (${keep.by.join(', ')}) (${e.text})`,
    uses: e.uses,
  })
export const sum = aggregate('sum')
export const max = aggregate('max')
export const min = aggregate('min')
export const avg = aggregate('avg')
export const count = aggregate('count')

/** The `n` series with the highest values: what a board of hundreds of clusters can show. */
export const topk = <L extends string>(n: number, e: Expr<L>): Expr<L> => ({
  text: `topk(${n}, ${e.text})`,
  uses: e.uses,
})

/** A quantile (0 to 1) of what a histogram saw in the window, in the histogram's unit. */
export const quantile = <M extends Histogram, B extends Label<M> = never>(
  ratio: number,
  metric: M,
  keep: By<B>,
  opts: { readonly window: Window; readonly matchers: Matchers<NoInfer<M>> },
): Expr<B> => ({
  text: `histogram_quantile(${ratio}, sum by (${[...keep.by, 'le'].join(', ')}) (rate(${selector(
    `${metric.name}_bucket`,
    opts.matchers,
  )}[${opts.window}])))`,
  uses: [metric],
})

/** The `n` series with the lowest values. */
export const bottomk = <L extends string>(n: number, e: Expr<L>): Expr<L> => ({
  text: `bottomk(${n}, ${e.text})`,
  uses: e.uses,
})
/** Our alerts that ring now, with their cause: of Prometheus itself, so no metric of the catalogue. */
export const ringing = <const B extends 'alertname' | 'site' | 'cause' | 'severity'>(keep: By<B>): Expr<B> => ({
  text: `sum by (${keep.by.join(', ')}) (ALERTS{alertstate="firing", alertname=~"Bangtin.+"})`,
  uses: [],
})

/** How many observations fell into each bucket: the rows of a heat map. */
export const buckets = <M extends Histogram>(metric: M, window: Window, matchers: Matchers<M> = {}): Expr<'le'> => ({
  text: `sum by (le) (increase(${selector(`${metric.name}_bucket`, matchers)}[${window}]))`,
  uses: [metric],
})
/** How many observations there were. */
export const observed = <M extends Histogram>(
  metric: M,
  window: Window,
  matchers: Matchers<M> = {},
): Expr<Label<M>> => ({
  text: `increase(${selector(`${metric.name}_count`, matchers)}[${window}])`,
  uses: [metric],
})

type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='
/** Keeps the series that fulfil the comparison. */
export const where = <L extends string>(e: Expr<L>, op: Comparison, value: number): Expr<L> => ({
  text: `${wrap(e)} ${op} ${value}`,
  uses: e.uses,
})
/** 1 where the comparison holds, else 0. */
export const is = <L extends string>(e: Expr<L>, op: Comparison, value: number): Expr<L> => ({
  text: `${wrap(e)} ${op} bool ${value}`,
  uses: e.uses,
})

/** Arithmetic between two expressions that match on all labels they have. */
export const calc = <L extends string>(a: Expr<L>, op: '+' | '-' | '*' | '/', b: Expr<L>): Expr<L> => ({
  text: `${wrap(a)} ${op} ${wrap(b)}`,
  uses: merge(a, b),
})

/** A value times a number. */
export const times = <L extends string>(e: Expr<L>, factor: number): Expr<L> => ({
  text: `${wrap(e)} * ${factor}`,
  uses: e.uses,
})

/** The series of `a` for which `b` has one with the same `keep` labels. */
export const and = <L extends string, R extends string, B extends NoInfer<L> & NoInfer<R>>(
  a: Expr<L>,
  keep: By<B>,
  b: Expr<R>,
): Expr<L> => ({
  text: `${wrap(a)} and on (${keep.by.join(', ')}) ${wrap(b)}`,
  uses: merge(a, b),
})

export const atLeast = <L extends string>(e: Expr<L>, floor: number): Expr<L> => ({
  text: `clamp_min(${e.text}, ${floor})`,
  uses: e.uses,
})
export const atMost = <L extends string>(e: Expr<L>, most: number): Expr<L> => ({
  text: `clamp_max(${e.text}, ${most})`,
  uses: e.uses,
})
/** The size of a value, whatever its sign. */
export const size = <L extends string>(e: Expr<L>): Expr<L> => ({ text: `abs(${e.text})`, uses: e.uses })
/** The series of `a` below the one value of `b`. */
export const below = <L extends string>(a: Expr<L>, b: Expr<never>): Expr<L> => ({
  text: `${wrap(a)} < scalar(${b.text})`,
  uses: merge(a, b),
})
/** Seconds until a Unix time in seconds; below 0 when it is past. */
export const ahead = <L extends string>(e: Expr<L>): Expr<L> => ({ text: `${wrap(e)} - time()`, uses: e.uses })
/** Seconds since a Unix time in seconds. */
export const since = <L extends string>(e: Expr<L>): Expr<L> => ({ text: `time() - ${wrap(e)}`, uses: e.uses })
/** One series of 1 when the metric is not there at all. */
export const absent = <M extends Plain>(metric: M): Expr<never> => ({ text: `absent(${metric.name})`, uses: [metric] })

/** A recording rule; its name follows level:metric:operation. */
export type Rule<L extends string = string> = { readonly record: string; readonly expr: Expr<L> }
/** What a recording rule left. */
export const recorded = <L extends string>(
  rule: Rule<L>,
  matchers: { readonly [K in NoInfer<L>]?: string } = {},
): Expr<L> => ({ text: selector(rule.record, matchers), uses: rule.expr.uses })
