import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { HUB } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { by, type Expr, max, of, sum, where } from '../promql.ts'
import { DATASOURCE, HUB_LINKS } from './panels.ts'

/** A page of the console, opened beside the board. */
export const boardLink = (title: string, url: string, tooltip: string) =>
  new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Link)
    .url(url)
    .tooltip(tooltip)
    .targetBlank(true)
    .keepTime(false)

/** Marks on every graph of a board. Their colour is a point on the line beside its text, never a background. */
const mark = (name: string, expr: Expr, text: { readonly title: string; readonly color: string }) =>
  new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor(text.color)
    .expr(expr.text)
    .step('60s')
    .titleFormat(text.title)
    .textFormat(name)

/** An emergency was in force somewhere in the province. */
export const orderMark = where(sum(by(), of(HUB.ordersOpen, { class: 'emergency' })), '>', 0)
/** A cluster that the board is about was not connected. */
export const outageMark = where(max(by('site'), of(HUB.edgeConnected, { site: '$site' })), '==', 0)

type About = { readonly uid: string; readonly title: string; readonly description: string }
/**
 * What all boards have: data source and hub address as variables, the policy's time zone, the other boards, the pages of the console where
 * something is done, and orders as marks. No editing: the generator would undo it.
 */
export const frame = (about: About) =>
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
    .annotation(mark('Lệnh khẩn cấp', orderMark, { title: 'Lệnh khẩn cấp đang có hiệu lực', color: 'dark-orange' }))
    .link(
      new DashboardLinkBuilder('Các bảng')
        .type(DashboardLinkType.Dashboards)
        .tags(['bangtin'])
        .asDropdown(true)
        .keepTime(true)
        .includeVars(true)
        .tooltip('The other boards'),
    )
    .link(boardLink('Trang Khẩn cấp', HUB_LINKS.emergency, 'Emergency page of the hub console'))
    .link(boardLink('Sự cố', HUB_LINKS.incidents, 'Incidents in the hub console'))
    .link(boardLink('Trung tâm', HUB_LINKS.home, 'Hub console'))

const choice = (name: string, label: string, description: string) =>
  new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(DATASOURCE)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)

const KNOWN = HUB.edgeConnected.name
/** Class, commune and clusters, each narrowing the next; all of them at first. */
export const withFleet = (board: DashboardBuilder): DashboardBuilder =>
  board
    .withVariable(
      choice('class', 'Loại cụm', 'Class of the cluster')
        .query(`label_values(${KNOWN}, cluster_class)`)
        .multi(true)
        .includeAll(true),
    )
    .withVariable(
      choice('unit', 'Xã, phường', 'Commune, by its official code')
        .query(`label_values(${KNOWN}{cluster_class=~"$class"}, unit)`)
        .multi(true)
        .includeAll(true),
    )
    .withVariable(
      choice('site', 'Cụm', 'Clusters of that class in that commune')
        .query(`label_values(${KNOWN}{cluster_class=~"$class", unit=~"$unit"}, site)`)
        .multi(true)
        .includeAll(true),
    )
    .annotation(mark('Mất kết nối', outageMark, { title: '{{site}} mất kết nối', color: 'dark-purple' }))

/** One cluster, chosen above. */
export const withSite = (board: DashboardBuilder): DashboardBuilder =>
  board
    .withVariable(choice('site', 'Cụm', 'Site id').query(`label_values(${KNOWN}, site)`))
    .annotation(mark('Mất kết nối', outageMark, { title: '{{site}} mất kết nối', color: 'dark-purple' }))
