import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { cum } from './cum.ts'
import { toanCanh } from './toan-canh.ts'

/** A panel as its JSON says it, for whoever checks boards: what is absent there is empty here. */
export type BoardPanel = {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description: string
  readonly unit: string
  readonly datasource: string
  /** How many threshold steps. */
  readonly thresholds: number
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
  readonly at: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
}

/** The boards that are generated. */
export const boards = (): readonly Dashboard[] => [toanCanh(), cum()]

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Every panel that shows data; rows are only headings. */
export const panelsOf = (board: Dashboard): readonly BoardPanel[] =>
  (board.panels ?? []).flatMap((panel) => {
    if (!('targets' in panel)) return []
    const at = panel.gridPos
    return [
      {
        id: panel.id ?? -1,
        type: panel.type,
        title: text(panel.title),
        description: text(panel.description),
        unit: text(panel.fieldConfig?.defaults.unit),
        datasource: text(panel.datasource?.uid),
        thresholds: panel.fieldConfig?.defaults.thresholds?.steps.length ?? 0,
        targets: (panel.targets ?? []).map((target) => ({
          expr: text('expr' in target ? target.expr : null),
          legendFormat: text('legendFormat' in target ? target.legendFormat : null),
        })),
        at: { x: at?.x ?? -1, y: at?.y ?? -1, w: at?.w ?? 0, h: at?.h ?? 0 },
      },
    ]
  })

export const exprsOf = (panel: BoardPanel): readonly string[] => panel.targets.map((target) => target.expr)
