import { FAULT_IDS, FAULTS, type FaultId } from '#core/contract/faults.ts'
import { EDGE } from '#core/metrics/catalogue.ts'
import { by, max, of, type Span, where } from '../promql.ts'
import { type Alert, CAUSES, type Cause, SITE } from './alert.ts'

/** What lies behind each fault that an edge reports of itself. */
export const FAULT_CAUSE: { readonly [F in FaultId]: Cause } = {
  'config-invalid': 'device',
  'data-folder-locked': 'device',
  'disk-full': 'storage',
  'disk-filling': 'storage',
  'disk-errors': 'storage',
  'playlog-damaged': 'security',
  'display-lost': 'device',
  'display-contradicts': 'device',
  'display-flapping': 'device',
  'power-failed': 'power',
  'power-interlock': 'power',
  'equipment-lost': 'device',
  'smoke-detected': 'security',
  'door-open': 'security',
  'hardware-failure': 'device',
  'no-signal': 'device',
  'over-temperature': 'device',
  'over-temperature-dark': 'device',
  'temperature-unknown': 'device',
  'board-hot': 'device',
  undervoltage: 'power',
  'mains-lost': 'power',
  'battery-low': 'power',
  'light-sensor-lost': 'device',
  'panel-dark': 'device',
  'local-emergency': 'orders',
  'local-blank': 'orders',
  'preset-input': 'device',
  'player-lost': 'device',
  'player-missing': 'device',
  'clock-untrusted': 'clock',
  'hub-away': 'link',
  'hub-rejected': 'security',
  'signature-refused': 'security',
  'content-refused': 'content',
  'asset-missing': 'content',
  'floor-at-risk': 'airtime',
  'floor-missed': 'airtime',
  'no-schedule': 'content',
  'upgrade-rolled-back': 'device',
  'fonts-missing': 'content',
}

/** The cause as a template of Prometheus, for the faults that one rule covers. */
export const causeOfFault = (faults: readonly FaultId[]): string => {
  const cases = CAUSES.flatMap((cause) => {
    const named = faults.filter((fault) => FAULT_CAUSE[fault] === cause).map((fault) => JSON.stringify(fault))
    return named.length === 0 ? [] : [`if eq $labels.fault ${named.join(' ')} }}${cause}`]
  })
  return `{{ ${cases.join('{{ else ')}{{ end }}`
}

const VI: { readonly [S in Span]?: string } = { '2m': '2 phút', '5m': '5 phút' }
const EN: { readonly [S in Span]?: string } = { '2m': '2 minutes', '5m': '5 minutes' }

/** The faults of one severity that no alert of `own` rings for; one trouble must not ring twice. */
export const faultsWithout = (own: ReadonlySet<string>, severity: Alert['severity']): readonly FaultId[] =>
  FAULT_IDS.filter((id) => FAULTS[id].severity === severity && !own.has(id))

export const eachFault = (severity: Alert['severity'], lasting: Span, faults: readonly FaultId[]): Alert => ({
  name: severity === 'critical' ? 'BangtinFaultCritical' : 'BangtinFaultWarning',
  cause: 'each-fault',
  runbook: 'each-fault',
  severity,
  lasting,
  expr: where(max(by('site', 'fault'), of(EDGE.faultActive, { fault: faults })), '==', 1),
  summary: { vi: `${SITE}: lỗi {{ $labels.fault }}`, en: `${SITE}: fault {{ $labels.fault }}` },
  description: {
    vi: `Thiết bị tại cụm báo lỗi này đã ${VI[lasting]}. Cách xử lý ở sổ tay vận hành.`,
    en: `The edge has reported this fault for ${EN[lasting]}. The runbook says what to do.`,
  },
})
