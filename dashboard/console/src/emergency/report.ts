import type { FrameMoment, OrderFrame, OrderReport, OrderSite } from '#core/contract/api.ts'
import { stageOf } from './progress.ts'

/** In the order in which they are printed; report.test.ts holds them to the contract, whose schemas have no place in a browser. */
export const MOMENTS = ['before', 'during', 'after'] as const satisfies readonly FrameMoment[]

/** What the one-page report says, sorted out of what the hub answered. */
export type SiteLine = {
  readonly row: OrderSite
  readonly stage: ReturnType<typeof stageOf>
  /** Before, during, after: null where there is no picture, which the page says in so many words. */
  readonly frames: readonly { readonly moment: FrameMoment; readonly frame: OrderFrame | null }[]
}

/** Of several pictures of one moment the one nearest to the moment counts: the last before, the first during and after. */
const pick = (frames: readonly OrderFrame[], site: string, moment: FrameMoment): OrderFrame | null => {
  const fitting = frames.filter((f) => f.site === site && f.moment === moment).sort((a, b) => a.at - b.at)
  return (moment === 'before' ? fitting.at(-1) : fitting[0]) ?? null
}

export const siteLines = (report: Pick<OrderReport, 'view' | 'frames'>): readonly SiteLine[] =>
  report.view.sites.map((row) => ({
    row,
    stage: stageOf(row, report.view.state === 'open'),
    frames: MOMENTS.map((moment) => ({ moment, frame: pick(report.frames, row.site, moment) })),
  }))

export type Totals = {
  readonly targeted: number
  readonly shown: number
  readonly refused: number
  readonly unreached: number
  /** From release to the first and to the last screen with a proof, ms; null: none has one. */
  readonly firstMs: number | null
  readonly lastMs: number | null
  readonly pictures: number
}

export const totalsOf = (report: Pick<OrderReport, 'view' | 'frames'>): Totals => {
  const { sites, releasedAt } = report.view
  const spans = sites.flatMap((s) => (s.shownAt === null ? [] : [s.shownAt - releasedAt]))
  return {
    targeted: sites.length,
    shown: spans.length,
    refused: sites.filter((s) => s.refused !== null).length,
    unreached: sites.filter((s) => s.shownAt === null && s.refused === null).length,
    firstMs: spans.length === 0 ? null : Math.min(...spans),
    lastMs: spans.length === 0 ? null : Math.max(...spans),
    pictures: report.frames.length,
  }
}

/** Everything that happened to an order, in time: what the hub recorded, as an inspector reads it. */
export const auditInTime = (report: Pick<OrderReport, 'audit'>): OrderReport['audit'] =>
  [...report.audit].sort((a, b) => a.at - b.at)
