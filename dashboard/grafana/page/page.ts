import { CATALOGUE, EDGE, HUB } from '#core/metrics/catalogue.ts'
import { AIRTIME } from '#core/metrics/edge-airtime.ts'
import { DISPLAY } from '#core/metrics/edge-display.ts'
import { HEALTH } from '#core/metrics/edge-health.ts'
import { MACHINE } from '#core/metrics/edge-machine.ts'
import { SENSORS } from '#core/metrics/edge-sensors.ts'
import { FLEET } from '#core/metrics/hub-fleet.ts'
import { ORDERS } from '#core/metrics/hub-orders.ts'
import { SCRAPE } from '#core/metrics/hub-scrape.ts'
import { type Metric, mostSeries } from '#core/metrics/metric.ts'
import { LABEL_WORDS } from '#core/metrics/words.ts'
import { ALERTS } from '../alerts.ts'
import { BOARDS, exprsOf, panelsOf } from '../boards/read.ts'
import { CONFIG } from '../config.ts'
import { RULES } from '../rules.ts'

/** The size of fleet for which the page states the hub's series. */
const SITES = 300

type Group = { readonly vi: string; readonly en: string; readonly metrics: { readonly [key: string]: Metric } }
const GROUPS: readonly Group[] = [
  { vi: 'Cụm: thời lượng, nội dung, lệnh', en: 'Cluster: airtime, content, orders', metrics: AIRTIME },
  { vi: 'Cụm: màn hình và trình phát', en: 'Cluster: display and player', metrics: DISPLAY },
  { vi: 'Cụm: cảm biến và nguồn điện', en: 'Cluster: sensors and supply', metrics: SENSORS },
  {
    vi: 'Cụm: tiến trình, đồng hồ, nhật ký, khóa, kết nối',
    en: 'Cluster: process, clock, log, keys, link',
    metrics: MACHINE,
  },
  { vi: 'Cụm: máy tính và đường truyền', en: 'Cluster: computer and line', metrics: HEALTH },
  { vi: 'Trung tâm: bản thân và các cụm', en: 'Hub: itself and its clusters', metrics: FLEET },
  { vi: 'Trung tâm: lệnh', en: 'Hub: orders', metrics: ORDERS },
  { vi: 'Trung tâm: số liệu đi qua', en: 'Hub: metrics through it', metrics: SCRAPE },
]

/** The base unit, which the name of a metric ends with (before `_total`). */
const UNITS: readonly (readonly [suffix: string, vi: string, en: string])[] = [
  ['_timestamp_seconds', 'giờ Unix, giây', 'Unix time, seconds'],
  ['_seconds', 'giây', 'seconds'],
  ['_bytes', 'byte', 'bytes'],
  ['_bytes_per_day', 'byte một ngày', 'bytes a day'],
  ['_ratio', 'phần, 0 đến 1', 'ratio, 0 to 1'],
  ['_celsius', '°C', '°C'],
  ['_volts', 'V', 'V'],
  ['_joules', 'J', 'J'],
  ['_lux', 'lux', 'lux'],
  ['_rpm', 'vòng/phút', 'rpm'],
]
const unitOf = (metric: Metric): string => {
  const name = metric.name.replace(/_total$/, '')
  const found = UNITS.find(([suffix]) => name.endsWith(suffix))
  if (found !== undefined) return found[1] === found[2] ? found[1] : `${found[1]} · ${found[2]}`
  return metric.type === 'counter' ? 'lần · times' : '–'
}

/** Whether the text reads the metric itself, and not one whose name begins alike. */
const reads = (text: string, name: string): boolean =>
  new RegExp(`(^|[^a-z0-9_:])${name}(_bucket|_count|_sum)?($|[^a-z0-9_:])`).test(text)

type Board = { readonly title: string; readonly exprs: readonly string[] }
const boardsNow = (): readonly Board[] =>
  Object.values(BOARDS).map((make) => {
    const board = make()
    return { title: board.title ?? '', exprs: panelsOf(board).flatMap(exprsOf) }
  })

type Users = { readonly boards: readonly string[]; readonly alerts: readonly string[] }
const usersOf = (metric: Metric, boards: readonly Board[]): Users => {
  const recorded = RULES.filter((rule) => reads(rule.expr.text, metric.name)).map((rule) => rule.record)
  const uses = (text: string) => reads(text, metric.name) || recorded.some((record) => text.includes(record))
  return {
    boards: boards.filter((board) => board.exprs.some(uses)).map((board) => board.title),
    alerts: ALERTS.filter((alert) => uses(alert.expr.text)).map((alert) => alert.name),
  }
}

const code = (text: string): string => `\`${text}\``
const wordOf = (label: string, value: string): string => {
  const words = LABEL_WORDS[label]?.[value]
  return words === undefined ? code(value) : `${code(value)} (${words.vi} · ${words.en})`
}

/** One metric as a section, since its label values do not fit into a table that a person can read. */
const section = (metric: Metric, { boards, alerts }: Users): string => {
  const labels = metric.labels.map((label) => {
    const values = metric.values?.[label]
    return values === undefined
      ? `  - ${code(label)}: ${label === 'site' ? 'mã cụm · site id' : 'theo cấu hình · as configured'}`
      : `  - ${code(label)}: ${values.map((value) => wordOf(label, value)).join(', ')}`
  })
  const series =
    metric.labels.includes('site') && metric.from === 'hub'
      ? `${mostSeries(metric, 1)} × cụm · clusters`
      : String(mostSeries(metric, 1))
  return [
    `### ${metric.name}`,
    '',
    metric.vi,
    metric.help,
    '',
    `- **Loại · type**: ${metric.type}; **đơn vị · unit**: ${unitOf(metric)}; **nhiều nhất · at most**: ${series} chuỗi · series`,
    ...(labels.length === 0 ? [] : ['- **Nhãn · labels**:', ...labels]),
    ...(metric.buckets === undefined ? [] : [`- **Ngưỡng · buckets**: ${metric.buckets.join(', ')}`]),
    `- **Bảng · boards**: ${boards.length === 0 ? '–' : boards.join(', ')}`,
    `- **Cảnh báo · alerts**: ${alerts.length === 0 ? '–' : alerts.map(code).join(', ')}`,
    '',
  ].join('\n')
}

const total = (metrics: readonly Metric[], sites: number): number =>
  metrics.reduce((sum, metric) => sum + mostSeries(metric, sites), 0)

/** `docs/metrics.md`. Same catalogue, same bytes. */
export const metricsPage = (): string => {
  const edge = total(Object.values(EDGE), 1)
  const hub = total(Object.values(HUB), SITES)
  const head = [
    '<!-- Made by dashboard/grafana/page/generate.ts from the metric catalogue (npm run gen). Do not edit. -->',
    '# Số liệu · Metrics',
    '',
    `${CATALOGUE.length} số liệu: ${Object.keys(EDGE).length} của mỗi cụm, ${Object.keys(HUB).length} của trung tâm. Nguồn duy nhất là danh mục trong \`core/metrics\`.`,
    `${CATALOGUE.length} metrics: ${Object.keys(EDGE).length} of each cluster, ${Object.keys(HUB).length} of the hub. The catalogue in \`core/metrics\` is their one source.`,
    '',
    '- **Cụm · cluster**: Prometheus hỏi trung tâm (`/edges/<cụm>/metrics`), trung tâm hỏi cụm qua kết nối của nó; nhãn `site`, `cluster_class`, `unit` do trung tâm thêm (`/sd/prometheus`). Prometheus asks the hub, which asks the cluster over its own link; the hub adds the labels.',
    '- **Trung tâm · hub**: `/metrics`.',
    '- Không có số liệu nghĩa là không biết, không phải 0. What is not known is absent, never 0.',
    `- **Số chuỗi nhiều nhất · most series**: một cụm · one cluster ${edge}; trung tâm với ${SITES} cụm · hub with ${SITES} clusters ${hub}; tất cả · all ${edge * SITES + hub}.`,
    '- **Cảnh báo · alerts**: nhãn `severity` và `cause`; cách xử lý ở [sổ tay · runbook](../deploy/RUNBOOK.md).',
    '',
    '## Số liệu tính sẵn · Recording rules',
    '',
    ...RULES.map((rule) => `- \`${rule.record}\`: \`${rule.expr.text}\``),
    '',
  ]
  const boards = boardsNow()
  const groups = GROUPS.map(({ vi, en, metrics }) =>
    [`## ${vi} · ${en}`, '', ...Object.values(metrics).map((one) => section(one, usersOf(one, boards)))].join('\n'),
  )
  const alerts = [
    '## Cảnh báo · Alerts',
    '',
    '| cảnh báo · alert | mức · severity | nguyên nhân · cause | sau · after | sổ tay · runbook |',
    '| --- | --- | --- | --- | --- |',
    ...ALERTS.map(
      (alert) =>
        `| ${code(alert.name)} | ${alert.severity} | ${alert.cause === 'each-fault' ? 'theo lỗi · by fault' : alert.cause} | ${alert.lasting} | ${
          alert.runbook === 'each-fault'
            ? 'theo lỗi · by fault'
            : `[${alert.runbook}](../deploy/RUNBOOK.md#${alert.runbook})`
        } |`,
    ),
    '',
    `Đường dẫn của mỗi cảnh báo · link of each alert: \`${CONFIG.runbook}#<mục · section>\`.`,
    '',
  ]
  return [...head, ...groups, ...alerts].join('\n')
}

/** Every metric stands in one group of the page. */
export const grouped = (): readonly Metric[] => GROUPS.flatMap(({ metrics }) => Object.values(metrics))
