import type { FaultId } from '#core/contract/faults.ts'
import type { Alert, Cause } from '../alerts/alert.ts'
import { toYaml, type Yaml } from '../yaml.ts'

/**
 * The example of Alertmanager's configuration: who is told of what, and what keeps quiet while its cause rings. Names of alerts, causes
 * and faults are the typed ones, so a renamed alert cannot leave a rule behind that matches nothing.
 */
type AlertName =
  | 'BangtinHubDown'
  | 'BangtinEdgeSilent'
  | 'BangtinScreenDark'
  | 'BangtinDisplayLost'
  | 'BangtinFloorAtRisk'
  | 'BangtinFloorInfeasible'
  | 'BangtinFloorMissed'
  | 'BangtinLogNotWritable'
  | 'BangtinLogStalled'
  | 'BangtinDiskLow'
  | 'BangtinDiskFilling'
  | 'BangtinFaultCritical'
  | 'BangtinFaultWarning'

type Matcher = `${string}="${string}"` | `${string}=~"${string}"` | `${string}!="${string}"`
const name = (...names: readonly AlertName[]): Matcher =>
  names.length === 1 ? `alertname="${names[0] ?? ''}"` : `alertname=~"${names.join('|')}"`
const cause = (...causes: readonly Cause[]): Matcher =>
  causes.length === 1 ? `cause="${causes[0] ?? ''}"` : `cause=~"${causes.join('|')}"`
const fault = (...faults: readonly FaultId[]): Matcher => `fault=~"${faults.join('|')}"`
const severity = (one: Alert['severity']): Matcher => `severity="${one}"`

export type Inhibition = {
  /** Why, for whoever reads the file. */
  readonly because: string
  readonly source: readonly Matcher[]
  readonly target: readonly Matcher[]
  readonly equal: readonly string[]
}

/** A cause that rings keeps its consequences quiet. Orders and security ring whatever else is wrong. */
export const INHIBITIONS: readonly Inhibition[] = [
  {
    because: 'the hub is down: nothing is known of any cluster',
    source: [name('BangtinHubDown')],
    target: [cause('link', 'device', 'power', 'content', 'clock', 'storage', 'airtime')],
    equal: [],
  },
  {
    because: 'a silent edge: what hangs on its numbers was true when it was heard last',
    source: [name('BangtinEdgeSilent')],
    target: [cause('device', 'power', 'content', 'clock', 'storage', 'airtime')],
    equal: ['site'],
  },
  {
    because: 'no power: display and player cannot answer',
    source: [cause('power'), fault('mains-lost', 'power-failed', 'power-interlock', 'battery-low')],
    target: [cause('device')],
    equal: ['site'],
  },
  {
    because: 'the controller is lost: nobody knows whether the screen is lit, or has a signal',
    source: [name('BangtinDisplayLost')],
    target: [name('BangtinScreenDark')],
    equal: ['site'],
  },
  {
    because: 'the same, as the edge says it',
    source: [name('BangtinDisplayLost')],
    target: [fault('no-signal', 'panel-dark', 'display-contradicts', 'display-flapping', 'temperature-unknown')],
    equal: ['site'],
  },
  {
    because: 'the disk takes nothing: so the log stands still and is full',
    source: [name('BangtinLogNotWritable')],
    target: [name('BangtinLogStalled', 'BangtinDiskLow', 'BangtinDiskFilling')],
    equal: ['site'],
  },
  {
    because: 'nearly full says more than will be full',
    source: [name('BangtinDiskLow')],
    target: [name('BangtinDiskFilling')],
    equal: ['site'],
  },
  {
    because: 'a floor that is lost is not in danger any more',
    source: [name('BangtinFloorInfeasible', 'BangtinFloorMissed')],
    target: [name('BangtinFloorAtRisk')],
    equal: ['site', 'period'],
  },
]

const receiver = (id: string, to: string): Yaml => ({
  name: id,
  email_configs: [
    {
      to,
      send_resolved: true,
      // Text alone: it is read on any telephone, and nothing in it can be clicked but the runbook's address.
      html: '',
      text: '{{ template "bangtin.text" . }}',
      headers: { Subject: '{{ template "bangtin.subject" . }}' },
    },
  ],
  webhook_configs: [{ url: 'http://localhost:9099/bangtin', send_resolved: true, max_alerts: 50 }],
})

/** Who is told. The first names a person on duty, the last one for information security. */
export const RECEIVERS = [
  ['truc-ban', 'truc-ban@example.vn'],
  ['ky-thuat', 'ky-thuat@example.vn'],
  ['an-toan-thong-tin', 'an-toan-thong-tin@example.vn'],
] as const

/** The first route that matches tells; nothing repeats more often than somebody can act. */
export const ROUTE = {
  receiver: 'ky-thuat',
  // One message for one place and one cause, however many alerts of it ring.
  group_by: ['site', 'cause'],
  group_wait: '30s',
  group_interval: '5m',
  repeat_interval: '12h',
  routes: [
    // An order that is not where it should be: at once, and again every quarter of an hour.
    {
      matchers: [cause('orders'), severity('critical')],
      receiver: 'truc-ban',
      group_by: ['alertname', 'site'],
      group_wait: '5s',
      group_interval: '1m',
      repeat_interval: '15m',
    },
    { matchers: [cause('orders')], receiver: 'truc-ban', group_wait: '30s', repeat_interval: '2h' },
    { matchers: [cause('security')], receiver: 'an-toan-thong-tin', group_wait: '10s', repeat_interval: '4h' },
    { matchers: [severity('critical')], receiver: 'truc-ban', group_wait: '15s', repeat_interval: '4h' },
  ],
} as const satisfies Yaml

const CONFIG: { readonly [key: string]: Yaml } = {
  global: {
    smtp_smarthost: 'localhost:25',
    smtp_from: 'bangtin@example.vn',
    smtp_require_tls: true,
    resolve_timeout: '5m',
  },
  templates: ['bangtin.tmpl'],
  route: ROUTE,
  receivers: RECEIVERS.map(([id, to]) => receiver(id, to)),
  inhibit_rules: INHIBITIONS.map(({ source, target, equal }) => ({
    source_matchers: source,
    target_matchers: target,
    ...(equal.length === 0 ? {} : { equal }),
  })),
}

/** `alertmanager.yml`. Same rules, same bytes. */
export const alertmanagerYaml = (): string =>
  toYaml(
    'Alertmanager: copy it with bangtin.tmpl to /etc/prometheus/ and put your addresses in. Made by dashboard/grafana/alertmanager/generate.ts.',
    CONFIG,
  )

/** The texts of its messages, Vietnamese first. */
export const alertmanagerTemplate = (): string =>
  [
    '{{/* Made by dashboard/grafana/alertmanager/generate.ts (npm run gen). Do not edit. */}}',
    '{{ define "bangtin.subject" }}',
    '{{- if eq .Status "firing" }}[{{ .Alerts.Firing | len }} đang kêu · firing]{{ else }}[đã hết · resolved]{{ end }}',
    '{{- with .CommonLabels.site }} {{ . }}{{ end }}',
    '{{- with .CommonLabels.cause }} {{ . }}{{ end }}',
    '{{- with (index .Alerts 0).Annotations.summary }}: {{ . }}{{ end }}',
    '{{- end }}',
    '{{ define "bangtin.text" -}}',
    '{{ range .Alerts.Firing }}ĐANG KÊU · FIRING ({{ .Labels.severity }}, {{ .Labels.cause }}) từ · since {{ .StartsAt.Format "2006-01-02 15:04:05 -0700" }}',
    '{{ .Annotations.summary }}',
    '{{ .Annotations.description }}',
    'Xử lý · what to do: {{ .Annotations.runbook_url }}',
    '',
    '{{ end }}{{ range .Alerts.Resolved }}ĐÃ HẾT · RESOLVED lúc · at {{ .EndsAt.Format "2006-01-02 15:04:05 -0700" }}',
    '{{ .Annotations.summary }}',
    '',
    '{{ end }}{{ end }}',
    '',
  ].join('\n')
