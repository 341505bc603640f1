import type { Metric } from '#core/metrics/metric.ts'
import { type Expr, of } from '../promql.ts'
import type { Input } from './case.ts'

export const on = (expr: Expr, values: string): Input => ({ series: expr.text, values })
/** The cluster of most cases. */
export const A = { site: 'LC-MLT-01' } as const
export const pm = { ...A, period: 'afternoon' } as const
export const am = { ...A, period: 'morning' } as const
export const gate = { ...A, cluster_class: 'BORDER_GATE', unit: '03549' } as const

/** A site's gauge: what fires, and what does not. */
export const gauge = (
  metric: Metric & { readonly type: 'gauge'; readonly from: 'edge' },
  values: string,
): readonly Input[] => [on(of(metric, A), values)]
