import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { causeOfFault } from './alerts/faults.ts'
import { ALERTS, type Alert, CAUSES, ownFaults } from './alerts.ts'
import { BOARDS } from './boards/read.ts'
import { CASES } from './cases/cases.ts'
import { CONFIG } from './config.ts'
import { RULES } from './rules.ts'
import { toYaml } from './yaml.ts'

/** One text per reader: Vietnamese first, English beside it. */
const both = (text: { readonly vi: string; readonly en: string }): string => `${text.vi} / ${text.en}`

/** The link is mechanical: the runbook's section is the fault's id. */
const runbookUrl = (alert: Alert): string =>
  `${CONFIG.runbook}#${alert.runbook === 'each-fault' ? '{{ $labels.fault }}' : alert.runbook}`

const GENERATED = 'Made by dashboard/grafana/generate.ts from the metric catalogue (npm run gen). Do not edit.'

const rulesYaml = (): string =>
  toYaml(GENERATED, {
    groups: [
      {
        name: 'bangtin.rules',
        interval: CONFIG.evaluateEvery,
        rules: RULES.map((rule) => ({ record: rule.record, expr: rule.expr.text })),
      },
    ],
  })

/** One group for each cause, so that a page of rules reads as the runbook does. */
const alertsYaml = (): string =>
  toYaml(GENERATED, {
    groups: [...CAUSES, 'each-fault' as const].flatMap((cause) => {
      const alerts = ALERTS.filter((alert) => alert.cause === cause)
      return alerts.length === 0
        ? []
        : [{ name: `bangtin.alerts.${cause}`, interval: CONFIG.evaluateEvery, rules: alerts.map(alertRule) }]
    }),
  })

const alertRule = (alert: Alert) => ({
  alert: alert.name,
  expr: alert.expr.text,
  for: alert.lasting,
  labels: {
    severity: alert.severity,
    cause: alert.cause === 'each-fault' ? causeOfFault(ownFaults(alert.severity)) : alert.cause,
  },
  annotations: {
    summary: both(alert.summary),
    description: both(alert.description),
    runbook_url: runbookUrl(alert),
  },
})

const alertTestsYaml = (): string =>
  toYaml(GENERATED, {
    rule_files: ['rules.yml', 'alerts.yml'],
    evaluation_interval: CONFIG.evaluateEvery,
    tests: CASES.flatMap(({ alert, firing, quiet }) => [
      {
        name: `${alert} fires`,
        interval: '30s',
        input_series: firing.input,
        alert_rule_test: [
          ...(firing.notYet === null ? [] : [{ eval_time: firing.notYet, alertname: alert }]),
          {
            eval_time: firing.at,
            alertname: alert,
            exp_alerts: [
              {
                exp_labels: firing.labels,
                exp_annotations: {
                  summary: firing.summary,
                  description: firing.description,
                  runbook_url: firing.runbook,
                },
              },
            ],
          },
        ],
      },
      {
        name: `${alert} stays quiet`,
        interval: '30s',
        input_series: quiet.input,
        alert_rule_test: [{ eval_time: quiet.at, alertname: alert }],
      },
    ]),
  })

/** The SDK puts every link into a menu by default; the emergency page belongs on the board itself. */
const jsonOf = (board: object): string =>
  `${JSON.stringify(board, (key, value: unknown) => (key === 'placement' && value === 'inControlsMenu' ? undefined : value), 2)}\n`

/** File name under `out/` → its bytes. Same catalogue, same bytes. */
export const generated = (): { readonly [file: string]: string } => ({
  ...Object.fromEntries(Object.entries(BOARDS).map(([name, make]) => [`${name}.json`, jsonOf(make())])),
  'rules.yml': rulesYaml(),
  'alerts.yml': alertsYaml(),
  'alerts.test.yml': alertTestsYaml(),
})

if (import.meta.main) {
  const out = new URL('./out/', import.meta.url)
  mkdirSync(out, { recursive: true })
  for (const [file, text] of Object.entries(generated())) {
    writeFileSync(new URL(file, out), text)
    console.log(`${file}: ${readFileSync(new URL(file, out)).length} bytes`)
  }
}
