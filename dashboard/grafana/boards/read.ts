import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { cum } from './cum.ts'
import { khanCap } from './khan-cap.ts'
import { thietBi } from './thiet-bi.ts'
import { thoiLuong } from './thoi-luong.ts'
import { toanCanh } from './toan-canh.ts'
import { trungTam } from './trung-tam.ts'

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

/** The boards that are generated, by the name of their file. */
export const BOARDS = {
  'toan-canh': toanCanh,
  cum,
  'thoi-luong': thoiLuong,
  'khan-cap': khanCap,
  'thiet-bi': thietBi,
  'trung-tam': trungTam,
} as const
export const boards = (): readonly Dashboard[] => Object.values(BOARDS).map((make) => make())

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

/** The expressions of a board's marks. */
export const marksOf = (board: Dashboard): readonly string[] =>
  (board.annotations?.list ?? []).flatMap((one) => one.expr ?? [])

export const exprsOf = (panel: BoardPanel): readonly string[] => panel.targets.map((target) => target.expr)

/** A panel that lists what is wrong says so: with nothing wrong it has nothing to show. */
export const emptyIsGood = (panel: BoardPanel): boolean => /\bempty is good\.$/i.test(panel.description)
