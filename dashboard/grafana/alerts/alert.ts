import type { FaultId } from '#core/contract/faults.ts'
import type { Expr, Span } from '../promql.ts'

/** Sections of the runbook for what only the centre can see: no process can report these faults of itself. */
export const ALERT_ONLY_SECTIONS = [
  'screen-dark',
  'order-waiting',
  'order-not-shown',
  'order-pending',
  'draft-waiting',
  'cap-refused',
  'order-owed',
  'audit-broken',
  'log-stalled',
  'log-behind',
  'login-failures',
  'incident-waiting',
  'certificate-expiring',
  'key-expiring',
  'registry-behind',
  'hub-down',
  'hub-disk',
  'backup-old',
] as const
export type RunbookSection = FaultId | (typeof ALERT_ONLY_SECTIONS)[number]

/** What lies behind an alert. Alertmanager groups by it, and lets the cause keep its consequences quiet. */
export const CAUSES = [
  'power',
  'link',
  'device',
  'content',
  'clock',
  'storage',
  'security',
  'orders',
  'airtime',
  'hub',
] as const
export type Cause = (typeof CAUSES)[number]

type Bilingual = { readonly vi: string; readonly en: string }
export type Alert = {
  readonly name: `Bangtin${string}`
  /** `each-fault` where the fault in the series tells (`faults.ts`). */
  readonly cause: Cause | 'each-fault'
  /** Section of the runbook; `each-fault` where the series itself names the fault. */
  readonly runbook: RunbookSection | 'each-fault'
  readonly severity: 'warning' | 'critical'
  readonly lasting: Span
  readonly expr: Expr
  /** Templates of Prometheus: `$labels` and `$value` are the alert's. */
  readonly summary: Bilingual
  readonly description: Bilingual
}

export const SITE = '{{ $labels.site }}'
