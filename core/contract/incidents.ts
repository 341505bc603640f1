import { FAULTS, type FaultId, isFaultId } from './faults.ts'
import type { IncidentType, OutageCause } from './operations.ts'
import type { Phrase } from './words.ts'

/** What an incident of this kind is (Art. 9.3, 12.2c): who has to do with it, what lies behind it, how bad it is. */
export type IncidentKind = {
  readonly type: IncidentType
  readonly cause: OutageCause
  readonly severity: 'info' | 'warning' | 'critical'
  readonly title: Phrase
}

const TECHNICAL = 'TECHNICAL'
const SECURITY = 'INFORMATION_SECURITY'
type Row = Pick<IncidentKind, 'type' | 'cause'>
const of = (type: IncidentType, cause: OutageCause): Row => ({ type, cause })

/** Every fault of the catalogue: a new one does not compile until somebody has said here whose it is and what lies behind it. */
export const FAULT_INCIDENTS: { readonly [F in FaultId]: Row } = {
  'config-invalid': of(TECHNICAL, 'software'),
  'data-folder-locked': of(TECHNICAL, 'software'),
  'disk-full': of(TECHNICAL, 'device'),
  'disk-filling': of(TECHNICAL, 'device'),
  'disk-errors': of(TECHNICAL, 'device'),
  undervoltage: of(TECHNICAL, 'power'),
  'board-hot': of(TECHNICAL, 'device'),
  'playlog-damaged': of(SECURITY, 'device'),
  'display-lost': of(TECHNICAL, 'device'),
  'display-contradicts': of(TECHNICAL, 'device'),
  'display-flapping': of(SECURITY, 'device'),
  'power-failed': of(TECHNICAL, 'power'),
  'power-interlock': of(TECHNICAL, 'power'),
  'equipment-lost': of(TECHNICAL, 'device'),
  'smoke-detected': of(TECHNICAL, 'device'),
  'door-open': of(SECURITY, 'unknown'),
  'hardware-failure': of(TECHNICAL, 'device'),
  'no-signal': of(TECHNICAL, 'device'),
  'over-temperature': of(TECHNICAL, 'device'),
  'over-temperature-dark': of(TECHNICAL, 'device'),
  'temperature-unknown': of(TECHNICAL, 'device'),
  'mains-lost': of(TECHNICAL, 'power'),
  'battery-low': of(TECHNICAL, 'power'),
  'light-sensor-lost': of(TECHNICAL, 'device'),
  'panel-dark': of(TECHNICAL, 'device'),
  'local-emergency': of(TECHNICAL, 'unknown'),
  'local-blank': of(TECHNICAL, 'unknown'),
  'preset-input': of(TECHNICAL, 'device'),
  'player-lost': of(TECHNICAL, 'software'),
  'player-missing': of(TECHNICAL, 'software'),
  'clock-untrusted': of(TECHNICAL, 'device'),
  'hub-away': of(TECHNICAL, 'link'),
  'hub-rejected': of(SECURITY, 'link'),
  'signature-refused': of(SECURITY, 'unknown'),
  'content-refused': of(TECHNICAL, 'software'),
  'asset-missing': of(TECHNICAL, 'link'),
  'floor-at-risk': of(TECHNICAL, 'unknown'),
  'floor-missed': of(TECHNICAL, 'unknown'),
  'no-schedule': of(TECHNICAL, 'link'),
  'upgrade-rolled-back': of(TECHNICAL, 'software'),
  'fonts-missing': of(TECHNICAL, 'software'),
}

/**
 * Faults that an edge goes on naming after they happened, as a count since its start: not states that stand, so nobody must wait for their end.
 * The records of what happened open these.
 */
export const COUNTED_FAULTS: readonly FaultId[] = ['signature-refused']

/** What is no fault of the catalogue: what the hub notices by itself, and records of kind `incident` that no standing fault belongs to. */
export const OTHER_INCIDENTS = {
  'cluster-silent': {
    ...of(TECHNICAL, 'link'),
    severity: 'warning',
    title: { vi: 'Cụm im lặng, trung tâm không nghe thấy', en: 'The cluster is silent' },
  },
  'evidence-fork': {
    ...of(SECURITY, 'unknown'),
    severity: 'critical',
    title: { vi: 'Nhật ký gửi về không khớp bản đã lưu', en: 'Evidence does not follow from what is stored' },
  },
  'foreign-device': {
    ...of(SECURITY, 'unknown'),
    severity: 'critical',
    title: { vi: 'Thiết bị lạ tự xưng là cụm này', en: 'A foreign device claims to be this cluster' },
  },
  'audit-broken': {
    ...of(SECURITY, 'unknown'),
    severity: 'critical',
    title: { vi: 'Nhật ký thao tác của trung tâm đã bị sửa', en: 'The hub’s audit log has been changed' },
  },
  'login-locked': {
    ...of(SECURITY, 'unknown'),
    severity: 'warning',
    title: { vi: 'Đăng nhập sai nhiều lần, đã tạm khóa', en: 'Many failed log-ins, locked for a while' },
  },
  'power-cut': {
    ...of(TECHNICAL, 'power'),
    severity: 'warning',
    title: { vi: 'Mất điện hoặc tắt đột ngột', en: 'Power cut, or stopped without warning' },
  },
  'asset-changed': {
    ...of(SECURITY, 'unknown'),
    severity: 'critical',
    title: { vi: 'Tệp nội dung đã bị thay đổi', en: 'A content file was changed' },
  },
  intrusion: {
    ...of(SECURITY, 'unknown'),
    severity: 'critical',
    title: { vi: 'Nghi có người xâm nhập, đã cắt hình', en: 'Intrusion suspected, the screen was made dark' },
  },
  'order-picture': {
    ...of(TECHNICAL, 'software'),
    severity: 'warning',
    title: { vi: 'Không vẽ được hình của lệnh', en: 'The picture of an order cannot be drawn' },
  },
  'log-unreadable': {
    ...of(SECURITY, 'device'),
    severity: 'critical',
    title: { vi: 'Có đoạn nhật ký không đọc được', en: 'A part of the play log cannot be read' },
  },
  'sensor-chatters': {
    ...of(TECHNICAL, 'device'),
    severity: 'info',
    title: { vi: 'Cảm biến đổi trạng thái liên tục', en: 'A sensor changes all the time' },
  },
  'player-trouble': {
    ...of(TECHNICAL, 'software'),
    severity: 'info',
    title: { vi: 'Trình phát gặp trục trặc', en: 'The player had trouble' },
  },
  'too-many': {
    ...of(TECHNICAL, 'unknown'),
    severity: 'critical',
    title: { vi: 'Cụm báo quá nhiều loại sự cố', en: 'The cluster reports too many kinds of incidents' },
  },
  reported: {
    ...of(TECHNICAL, 'unknown'),
    severity: 'warning',
    title: { vi: 'Sự cố do người báo', en: 'Reported by a person' },
  },
} as const satisfies { readonly [what: string]: IncidentKind }
export type OtherIncident = keyof typeof OTHER_INCIDENTS
const isOther = (what: string): what is OtherIncident => Object.hasOwn(OTHER_INCIDENTS, what)

/** What an incident named `what` is. Of another version it may be one that is not known here: its name then is its title. */
export const incidentKind = (what: string): IncidentKind => {
  if (isFaultId(what)) {
    const { vi, en, severity } = FAULTS[what]
    return { ...FAULT_INCIDENTS[what], severity, title: { vi, en } }
  }
  if (isOther(what)) return OTHER_INCIDENTS[what]
  return { type: TECHNICAL, cause: 'unknown', severity: 'warning', title: { vi: what, en: what } }
}

/**
 * How records of kind `incident` are called among incidents. `fault`: the edge also says so in its status as long as it stands, so that a
 * record that comes at once says nothing new, and one that comes late says when it began.
 */
export const RECORDED: {
  readonly [what: string]: { readonly what: FaultId | OtherIncident; readonly isFault: boolean }
} = {
  display: { what: 'display-lost', isFault: true },
  'display-contradicts': { what: 'display-contradicts', isFault: true },
  'display-flapping': { what: 'display-flapping', isFault: true },
  equipment: { what: 'equipment-lost', isFault: true },
  power: { what: 'power-failed', isFault: true },
  heat: { what: 'over-temperature', isFault: true },
  'light-sensor': { what: 'light-sensor-lost', isFault: true },
  'panel-light': { what: 'panel-dark', isFault: true },
  'preset-input': { what: 'preset-input', isFault: true },
  player: { what: 'player-lost', isFault: true },
  'player-failed': { what: 'player-trouble', isFault: false },
  'refused-order': { what: 'signature-refused', isFault: false },
  'refused-schedule': { what: 'signature-refused', isFault: false },
  'refused-registry': { what: 'signature-refused', isFault: false },
  'asset-changed': { what: 'asset-changed', isFault: false },
  intrusion: { what: 'intrusion', isFault: false },
  'order-picture': { what: 'order-picture', isFault: false },
  'log-unreadable': { what: 'log-unreadable', isFault: false },
  'sensor-chatters': { what: 'sensor-chatters', isFault: false },
}
