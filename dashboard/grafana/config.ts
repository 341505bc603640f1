import type { Span } from './promql.ts'

/** The numbers and names a province may want different; change them here and run `npm run gen`. */
export const CONFIG = {
  /** Where an operator's browser finds the hub console; also a text box on every board. */
  hubUrl: 'https://localhost:8443',
  /** `runbook_url` of every alert is this, `#`, and the id of the section; the hub serves that page without a login. */
  runbook: 'https://localhost:8443/docs/RUNBOOK.md',
  /** How often the groups of rules are evaluated. */
  evaluateEvery: '30s',
  /** Width of the windows of recording rules; at least four scrapes. */
  rateWindow: '5m',
  /** The panel's receiving card is too hot above this, °C; the profile of a controller may warn earlier by itself. */
  tooHotCelsius: 65,
  /** Less than this and the play log is days from stopping, bytes. */
  diskLowBytes: 1_073_741_824,
  /** The disk will be full within this time, seconds (31 days): long enough for somebody to get to the cabinet. */
  diskFillingSeconds: 2_678_400,
  /** Records made at the edge and not yet at the hub while the link is up. */
  logBehindRecords: 500,
  /** A floor whose slack (time left beyond what is owed) is below this, seconds, while nothing is delivered, is in danger. */
  slackSeconds: 1_800,
  /** Seconds of public information per second of the last ten minutes; below this it is not being delivered. */
  deliveredShare: 0.5,
  /** An emergency that a cluster has accepted must be on its screen within this time. */
  shownWithin: '30s',
  /** The clock may differ from the hub's by this much, seconds. */
  clockOffSeconds: 5,
  /** Free bytes at the hub below which somebody must make room (5 GiB). */
  hubDiskLowBytes: 5_368_709_120,
  /** A certificate or a person's key that runs out within this time, seconds (30 days). */
  expirySeconds: 2_592_000,
  /** The newest backup of the hub may be this old, seconds (two days). */
  backupSeconds: 172_800,
  /** Failed logins within five minutes that are no longer somebody's typing error. */
  loginFailures: 10,
  boards: {
    fleet: { uid: 'bangtin-toan-canh', title: 'Toàn cảnh' },
    site: { uid: 'bangtin-cum', title: 'Cụm' },
    airtime: { uid: 'bangtin-thoi-luong', title: 'Thời lượng' },
    emergency: { uid: 'bangtin-khan-cap', title: 'Khẩn cấp' },
    devices: { uid: 'bangtin-thiet-bi', title: 'Thiết bị' },
    hub: { uid: 'bangtin-trung-tam', title: 'Trung tâm' },
  },
  /** The time zone of day-periods (the policy's). */
  timezone: 'Asia/Ho_Chi_Minh',
  refresh: '30s',
} as const satisfies { readonly evaluateEvery: Span; readonly rateWindow: Span; readonly [other: string]: unknown }
