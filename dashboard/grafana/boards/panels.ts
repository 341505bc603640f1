import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import * as common from '@grafana/grafana-foundation-sdk/common'
import {
  BigValueColorMode,
  BigValueGraphMode,
  type DataSourceRef,
  LegendDisplayMode,
  LegendPlacement,
} from '@grafana/grafana-foundation-sdk/common'
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  MappingType,
  type Panel,
  RowBuilder,
  TextBoxVariableBuilder,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as SeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { assert } from '#core/base/result.ts'
import { CONFIG } from '../config.ts'
import type { Expr } from '../promql.ts'

/** A panel as a board states it: Vietnamese title, English description, unit, and queries made of metric objects. */
export type PanelSpec = {
  readonly title: string
  readonly description: string
  /** Grafana unit id: `s`, `bytes`, `percentunit`, `celsius`, `volt`, `short`, `bool`, `dateTimeAsIso`. */
  readonly unit: string
  readonly queries: readonly { readonly expr: Expr; readonly legend: string }[]
  /** Columns of 24. */
  readonly width: number
  readonly look: 'stat' | 'series' | 'timeline' | 'table'
  readonly thresholds: readonly Threshold[]
  readonly mappings: readonly ValueMapping[]
  readonly links: readonly { readonly title: string; readonly url: string }[]
}

/** A variable as Grafana fills it in: a dollar sign and the name in braces. */
export const filled = (name: string): string => `\${${name}}`

export const DATASOURCE: DataSourceRef = { type: 'prometheus', uid: filled('datasource') }

/** Colours by value: the first holds from below, each next from its value on. */
export const steps = (first: string, ...rest: readonly (readonly [number, string])[]): readonly Threshold[] => [
  { value: null, color: first },
  ...rest.map(([value, color]) => ({ value, color })),
]
export const PLAIN = steps('blue')
/** 1 is good. */
export const GOOD_AT_ONE = steps('red', [1, 'green'])
/** Anything above 0 is bad. */
export const BAD_ABOVE_ZERO = steps('green', [0.000_001, 'red'])

/** Words instead of numbers. */
export const words = (table: Readonly<Record<string, { readonly text: string; readonly color: string }>>) => [
  {
    type: MappingType.ValueToText as const,
    options: Object.fromEntries(Object.entries(table).map(([value, w], index) => [value, { ...w, index }])),
  },
]
export const YES_NO = words({ '0': { text: 'Không', color: 'red' }, '1': { text: 'Có', color: 'green' } })

type Options = Partial<Pick<PanelSpec, 'thresholds' | 'mappings' | 'links'>>
type Head = readonly [title: string, description: string]
const spec =
  (look: PanelSpec['look'], width: number) =>
  (head: Head, unit: string, queries: PanelSpec['queries'], options: Options = {}): PanelSpec => ({
    title: head[0],
    description: head[1],
    unit,
    queries,
    width,
    look,
    thresholds: PLAIN,
    mappings: [],
    links: [],
    ...options,
  })
export const stat = spec('stat', 4)
export const series = spec('series', 12)
export const timeline = spec('timeline', 24)
export const table = spec('table', 12)

const HEIGHT: { readonly [K in PanelSpec['look']]: number } = { stat: 4, series: 8, timeline: 7, table: 8 }

const queries = (p: PanelSpec): Builder<import('@grafana/grafana-foundation-sdk/cog').Dataquery>[] =>
  p.queries.map(({ expr, legend }, i) => {
    const query = new DataqueryBuilder()
      .datasource(DATASOURCE)
      .expr(expr.text)
      .legendFormat(legend)
      .refId(String.fromCharCode(65 + i))
    const instant = p.look === 'stat' || p.look === 'table'
    const timed = instant ? query.instant() : query.range()
    return p.look === 'table' ? timed.format(PromQueryFormat.Table) : timed
  })

const links = (p: PanelSpec) =>
  p.links.map((l) => new DashboardLinkBuilder(l.title).type(DashboardLinkType.Link).url(l.url).targetBlank(true))

const thresholds = (p: PanelSpec) =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...p.thresholds])

const bare = (p: PanelSpec): StatBuilder | SeriesBuilder | TimelineBuilder | TableBuilder => {
  switch (p.look) {
    case 'stat':
      return new StatBuilder()
        .colorMode(BigValueColorMode.Background)
        .graphMode(BigValueGraphMode.None)
        .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    case 'series':
      return new SeriesBuilder()
        .fillOpacity(8)
        .lineWidth(2)
        .legend(
          new common.VizLegendOptionsBuilder()
            .showLegend(true)
            .displayMode(LegendDisplayMode.List)
            .placement(LegendPlacement.Bottom),
        )
    case 'timeline':
      return new TimelineBuilder().mergeValues(true).fillOpacity(80).lineWidth(0)
    case 'table':
      // The worst first: the longest silence, the faults that are there.
      return new TableBuilder()
        .showHeader(true)
        .sortBy([new common.TableSortByFieldStateBuilder().displayName('Value').desc(true)])
  }
}

/** Stable ids and places: the same specs always give the same bytes. */
const panel = (p: PanelSpec, id: number, at: { readonly x: number; readonly y: number }): Builder<Panel> => {
  assert(p.queries.length > 0 && p.queries.length <= 26, `${p.title}: 1 to 26 queries`)
  return bare(p)
    .id(id)
    .title(p.title)
    .description(p.description)
    .datasource(DATASOURCE)
    .unit(p.unit)
    .noValue('–')
    .thresholds(thresholds(p))
    .mappings([...p.mappings])
    .dataLinks(links(p))
    .targets(queries(p))
    .gridPos({ h: HEIGHT[p.look], w: p.width, x: at.x, y: at.y })
}

export type Row = { readonly title: string; readonly panels: readonly PanelSpec[] }

/** Places rows of panels from left to right, wrapping at 24 columns. */
export const withRows = (board: DashboardBuilder, rows: readonly Row[]): DashboardBuilder => {
  const pen = { id: 1, y: 0 }
  for (const row of rows) {
    board.withRow(new RowBuilder(row.title).id(pen.id).gridPos({ h: 1, w: 24, x: 0, y: pen.y }))
    pen.id += 1
    pen.y += 1
    let x = 0
    let tallest = 0
    for (const p of row.panels) {
      if (x + p.width > 24) {
        x = 0
        pen.y += tallest
        tallest = 0
      }
      board.withPanel(panel(p, pen.id, { x, y: pen.y }))
      pen.id += 1
      x += p.width
      tallest = Math.max(tallest, HEIGHT[p.look])
    }
    pen.y += tallest
  }
  return board
}

/**
 * Pages of the hub console. Boards only lead there: an order is given with a session, a reason and a second look, never
 * by Grafana.
 */
export const HUB_LINKS = {
  home: `${filled('hub')}/`,
  emergency: `${filled('hub')}/#/emergency`,
  site: (site: string) => `${filled('hub')}/#/sites/${site}`,
} as const

/**
 * What both boards have: data source and hub address as variables, policy's time zone, no editing (the generator would
 * undo it).
 */
export const frame = (about: { readonly uid: string; readonly title: string; readonly description: string }) =>
  new DashboardBuilder(about.title)
    .uid(about.uid)
    .description(about.description)
    .tags(['bangtin'])
    .readonly()
    .timezone(CONFIG.timezone)
    .refresh(CONFIG.refresh)
    .time({ from: 'now-24h', to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(
      new DatasourceVariableBuilder('datasource')
        .label('Nguồn dữ liệu')
        .description('Prometheus data source')
        .type('prometheus'),
    )
    .withVariable(
      new TextBoxVariableBuilder('hub')
        .label('Trung tâm')
        .description('Address of the hub console')
        .defaultValue(CONFIG.hubUrl),
    )

export const boardLink = (title: string, url: string, tooltip: string) =>
  new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Link)
    .url(url)
    .tooltip(tooltip)
    .targetBlank(true)
    .keepTime(false)
