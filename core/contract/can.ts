/**
 * Who may do what at the hub. One table for hub and console alike; a control that is not allowed is shown disabled with the
 * reason, never hidden. Signing rights live in the key registry, not here: a role lets a person open a form, only a key lets the
 * result count at an edge.
 */
export const ROLES = ['operator', 'editor', 'approver', 'officer', 'inspector', 'admin', 'technician'] as const
export type Role = (typeof ROLES)[number]

export const ACTIONS = [
  'view',
  'content.submit',
  'content.approve',
  'schedule.publish',
  'order.propose',
  'order.release',
  'order.cancel',
  'order.review',
  'playlog.query',
  'audit.read',
  'incident.report',
  'incident.handle',
  'incident.escalate',
  'account.manage',
  'device.enrol',
] as const
export type Action = (typeof ACTIONS)[number]

export const CAN: {
  readonly [A in Action]: {
    readonly roles: readonly Role[]
    readonly source: string
    readonly vi: string
    readonly en: string
  }
} = {
  view: { roles: ROLES, source: 'S4/12.1', vi: 'Xem tình trạng các cụm', en: 'See the clusters' },
  'content.submit': {
    roles: ['editor', 'operator'],
    source: 'S4/3.4, 10.1a-2',
    vi: 'Gửi nội dung',
    en: 'Submit content',
  },
  'content.approve': {
    roles: ['approver'],
    source: 'S4/10.1a-3a',
    vi: 'Thẩm định, phê duyệt',
    en: 'Appraise and approve',
  },
  'schedule.publish': { roles: ['approver'], source: 'S4/12.2b', vi: 'Phát hành lịch', en: 'Publish the schedule' },
  'order.propose': {
    roles: ['officer', 'operator'],
    source: 'S4/8.2a',
    vi: 'Soạn, nhận bản tin chờ phát lệnh',
    en: 'Draft orders and take in bulletins',
  },
  'order.release': {
    roles: ['officer'],
    source: 'S4/8.2a',
    vi: 'Phát lệnh khẩn cấp',
    en: 'Release an emergency order',
  },
  'order.cancel': { roles: ['officer'], source: 'S4/8.2a', vi: 'Hủy lệnh', en: 'Cancel an order' },
  'order.review': {
    roles: ['officer', 'admin'],
    source: 'S4/9.2b',
    vi: 'Hậu kiểm lệnh phát một mình',
    en: 'Review what one person released alone',
  },
  'playlog.query': {
    roles: ['operator', 'inspector', 'approver', 'officer', 'admin'],
    source: 'S4/6.3, 9.1c',
    vi: 'Tra cứu nhật ký đăng phát',
    en: 'Query the play log',
  },
  'audit.read': {
    roles: ['inspector', 'officer', 'admin'],
    source: 'S4/6.3, 9.2b',
    vi: 'Xem nhật ký thao tác',
    en: 'Read the audit log',
  },
  'incident.report': { roles: ROLES, source: 'S4/9.3', vi: 'Báo sự cố', en: 'Report an incident' },
  'incident.handle': {
    roles: ['operator', 'officer', 'technician', 'admin'],
    source: 'S4/9.3, 12.2',
    vi: 'Nhận và xử lý sự cố',
    en: 'Take on and resolve incidents',
  },
  'incident.escalate': {
    roles: ['officer', 'admin'],
    source: 'S4/12.2',
    vi: 'Báo sự cố lên cấp trên',
    en: 'Escalate an incident',
  },
  'account.manage': { roles: ['admin'], source: 'S4/9.2a', vi: 'Quản lý tài khoản', en: 'Manage accounts' },
  'device.enrol': { roles: ['admin', 'technician'], source: 'S4/9.1b', vi: 'Đăng ký thiết bị', en: 'Enrol devices' },
}

export const can = (roles: readonly Role[], action: Action): boolean => roles.some((r) => CAN[action].roles.includes(r))
