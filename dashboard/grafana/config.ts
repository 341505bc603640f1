import type { Span } from './promql.ts'

/** The numbers and names a province may want different; change them here and run `npm run gen`. */
export const CONFIG = {
  /** Where an operator's browser finds the hub console; also a text box on every board. */
  hubUrl: 'https://localhost:8443',
  /** `runbook_url` of every alert is this, `#`, and the id of the section. */
  runbook: 'RUNBOOK.md',
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
  /** Failed logins within five minutes that are no longer somebody's typing error. */
  loginFailures: 10,
  boards: {
    fleet: { uid: 'bangtin-toan-canh', title: 'Toàn cảnh' },
    site: { uid: 'bangtin-cum', title: 'Cụm' },
  },
  /** The time zone of day-periods (the policy's). */
  timezone: 'Asia/Ho_Chi_Minh',
  refresh: '30s',
} as const satisfies { readonly evaluateEvery: Span; readonly rateWindow: Span; readonly [other: string]: unknown }
