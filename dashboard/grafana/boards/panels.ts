import { PanelBuilder as BarsBuilder } from '@grafana/grafana-foundation-sdk/bargauge'
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import * as common from '@grafana/grafana-foundation-sdk/common'
import {
  BarGaugeDisplayMode,
  BarGaugeValueMode,
  BigValueColorMode,
  BigValueGraphMode,
  type DataSourceRef,
  LegendDisplayMode,
  LegendPlacement,
  StackingMode,
  VisibilityMode,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common'
import {
  type DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
  MappingType,
  type Panel,
  RowBuilder,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard'
import {
  PanelBuilder as HeatBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline'
import { PanelBuilder as DaysBuilder } from '@grafana/grafana-foundation-sdk/statushistory'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as SeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { assert } from '#core/base/result.ts'
import { LABEL_WORDS } from '#core/metrics/words.ts'
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
  readonly look: keyof typeof HEIGHT
  readonly thresholds: readonly Threshold[]
  readonly mappings: readonly ValueMapping[]
  readonly links: readonly { readonly title: string; readonly url: string }[]
  /** Shares of a whole, one on the other. */
  readonly stacked: boolean
}

/** A variable as Grafana fills it in: a dollar sign and the name in braces. */
export const filled = (name: string): string => `\${${name}}`

export const DATASOURCE: DataSourceRef = { type: 'prometheus', uid: filled('datasource') }

/** Colours by value: the first holds from below, each next from its value on. */
export const steps = (first: string, ...rest: readonly (readonly [number, string])[]): readonly Threshold[] => [
  { value: null, color: first },
  ...rest.map(([value, color]) => ({ value, color })),
]
/** No judgement: Grafana's own text colour, dark on light and light on dark. */
export const PLAIN = steps('text')
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
/** No judgement: the row that is on is filled. */
export const ON_OFF = words({ '0': { text: '·', color: 'transparent' }, '1': { text: 'Đang', color: 'blue' } })
/** Where yes is the bad news. */
export const ALARM = words({ '0': { text: 'Không', color: 'green' }, '1': { text: 'Có', color: 'red' } })

type Options = Partial<Pick<PanelSpec, 'thresholds' | 'mappings' | 'links' | 'stacked' | 'width'>>
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
    stacked: false,
    ...options,
  })
export const stat = spec('stat', 4)
export const series = spec('series', 12)
export const timeline = spec('timeline', 24)
export const table = spec('table', 12)
/** One cell for each day and row: the calendar. */
export const days = spec('days', 24)
/** Buckets of a histogram over time. */
export const heat = spec('heat', 12)
/** One bar for each series, as it is now. */
export const bars = spec('bars', 12)

const HEIGHT = { stat: 4, series: 8, timeline: 8, table: 8, days: 10, heat: 8, bars: 8 } as const
/** Rows of clusters on one page of a panel; hundreds are turned over, not squeezed. */
const ROWS_PER_PAGE = 20
const NOW: ReadonlySet<PanelSpec['look']> = new Set(['stat', 'table', 'bars'])

const queries = (p: PanelSpec): Builder<import('@grafana/grafana-foundation-sdk/cog').Dataquery>[] =>
  p.queries.map(({ expr, legend }, i) => {
    const query = new DataqueryBuilder()
      .datasource(DATASOURCE)
      .expr(expr.text)
      .legendFormat(legend)
      .refId(String.fromCharCode(65 + i))
    const timed = NOW.has(p.look) ? query.instant() : query.range()
    if (p.look === 'heat') return timed.format(PromQueryFormat.Heatmap)
    return p.look === 'table' ? timed.format(PromQueryFormat.Table) : timed
  })

const links = (p: PanelSpec) =>
  p.links.map((l) => new DashboardLinkBuilder(l.title).type(DashboardLinkType.Link).url(l.url).targetBlank(true))

const thresholds = (p: PanelSpec) =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...p.thresholds])

const seriesOf = (p: PanelSpec) => {
  const panel = new SeriesBuilder()
    .fillOpacity(p.stacked ? 60 : 8)
    .lineWidth(p.stacked ? 0 : 2)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom),
    )
  return p.stacked ? panel.stacking(new common.StackingConfigBuilder().mode(StackingMode.Normal)) : panel
}

const bare = (
  p: PanelSpec,
): StatBuilder | SeriesBuilder | TimelineBuilder | TableBuilder | DaysBuilder | HeatBuilder | BarsBuilder => {
  switch (p.look) {
    case 'stat':
      return (
        new StatBuilder()
          // A tile without judgement has no colour of its own to fill it with.
          .colorMode(p.thresholds.length > 1 ? BigValueColorMode.Background : BigValueColorMode.Value)
          .graphMode(BigValueGraphMode.None)
          .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
      )
    case 'series':
      return seriesOf(p)
    case 'timeline':
      return new TimelineBuilder()
        .mergeValues(true)
        .showValue(VisibilityMode.Auto)
        .fillOpacity(80)
        .lineWidth(0)
        .perPage(ROWS_PER_PAGE)
    case 'table':
      // The worst first: the longest silence, the faults that are there.
      return new TableBuilder()
        .showHeader(true)
        .sortBy([new common.TableSortByFieldStateBuilder().displayName('Value').desc(true)])
    case 'days':
      // One value a day for five weeks, whatever the board's own range is; the value stands in the cell beside the colour.
      return new DaysBuilder()
        .interval('1d')
        .timeFrom('35d')
        .showValue(VisibilityMode.Always)
        .colWidth(0.96)
        .rowHeight(0.9)
        .perPage(ROWS_PER_PAGE)
    case 'heat':
      return new HeatBuilder()
        .calculate(false)
        .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Oranges').exponent(0.5).steps(32))
        .yAxis(new YAxisConfigBuilder().unit(p.unit))
        .cellGap(1)
        .showLegend()
    case 'bars':
      return new BarsBuilder()
        .displayMode(BarGaugeDisplayMode.Basic)
        .valueMode(BarGaugeValueMode.Text)
        .orientation(VizOrientation.Horizontal)
        .showUnfilled(true)
        .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
  }
}

/** Where a series is named by one label alone, its values are shown in Vietnamese. */
const renamed = (p: PanelSpec): readonly { readonly value: string; readonly text: string }[] =>
  p.queries.flatMap(({ legend }) => {
    const label = /^\{\{(\w+)\}\}$/.exec(legend)?.[1]
    return Object.entries(LABEL_WORDS[label ?? ''] ?? {}).map(([value, { vi }]) => ({ value, text: vi }))
  })

/** The same title on the same board is the same panel, wherever it stands: links and alerts that name it go on working. */
const idOf = (uid: string, title: string): number => {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(`${uid}/${title}`)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return (hash % 0x3fffffff) + 1
}

type Place = { readonly x: number; readonly y: number; readonly w: number }
/** Stable ids and places: the same specs always give the same bytes. */
const panel = (p: PanelSpec, id: number, at: Place): Builder<Panel> => {
  assert(p.queries.length > 0 && p.queries.length <= 26, `${p.title}: 1 to 26 queries`)
  const made = bare(p)
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
    .gridPos({ h: HEIGHT[p.look], w: at.w, x: at.x, y: at.y })
  for (const { value, text } of renamed(p)) made.overrideByName(value, [{ id: 'displayName', value: text }])
  return made
}

export type Row = { readonly title: string; readonly panels: readonly PanelSpec[] }

/** Panels of one height, as many as fit beside each other. */
const linesOf = (panels: readonly PanelSpec[]): readonly (readonly PanelSpec[])[] => {
  const lines: PanelSpec[][] = []
  for (const p of panels) {
    const last = lines.at(-1)
    const width = (last ?? []).reduce((sum, one) => sum + one.width, p.width)
    if (last !== undefined && width <= 24 && last.every((one) => HEIGHT[one.look] === HEIGHT[p.look])) last.push(p)
    else lines.push([p])
  }
  return lines
}

/** Places rows of panels from left to right; each line is widened until it fills all 24 columns. */
export const withRows = (board: DashboardBuilder, uid: string, rows: readonly Row[]): DashboardBuilder => {
  const pen = { y: 0 }
  for (const row of rows) {
    board.withRow(new RowBuilder(row.title).id(idOf(uid, `row ${row.title}`)).gridPos({ h: 1, w: 24, x: 0, y: pen.y }))
    pen.y += 1
    for (const line of linesOf(row.panels)) {
      const spare = 24 - line.reduce((sum, p) => sum + p.width, 0)
      let x = 0
      line.forEach((p, i) => {
        const w = p.width + Math.floor(spare / line.length) + (i < spare % line.length ? 1 : 0)
        board.withPanel(panel(p, idOf(uid, p.title), { x, y: pen.y, w }))
        x += w
      })
      pen.y += HEIGHT[line[0]?.look ?? 'stat']
    }
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
  incidents: `${filled('hub')}/#/incidents`,
  site: (site: string) => `${filled('hub')}/#/sites/${site}`,
} as const

/** From a series of one cluster to its page and its board. */
export const SITE_LINKS = [
  { title: 'Mở cụm ở trung tâm / open at the hub', url: HUB_LINKS.site(filled('__field.labels.site')) },
  {
    title: 'Mở bảng Cụm / open the site board',
    url: `/d/${CONFIG.boards.site.uid}?var-site=${filled('__field.labels.site')}`,
  },
]
