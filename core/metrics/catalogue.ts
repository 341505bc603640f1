import { CATEGORIES } from '../content/category.ts'
import { ORDER_CLASSES, ORDER_REFUSALS } from '../emergency/order.ts'
import { ITEM_REFUSALS } from '../evidence/record.ts'

/**
 * Every metric once, as a typed object. The edge and hub expositions read it, the Grafana boards and alert rules import it: a renamed
 * metric is a compile error in its panel. Names follow the Prometheus conventions (base units, `_total` on counters).
 */
export type MetricType = 'gauge' | 'counter' | 'histogram'
export type Metric<L extends readonly string[] = readonly string[]> = {
  readonly name: `bangtin_${string}`
  readonly type: MetricType
  readonly help: string
  readonly labels: L
  /**
   * The closed set of values of a label, where there is one. A counter whose labels are all closed is exposed from 0 on for each value,
   * because Prometheus cannot see the increase of a series that begins its life at 1.
   */
  readonly values?: { readonly [label: string]: readonly string[] }
  readonly buckets?: readonly number[]
  /** Who exposes it. Edge metrics get `site` from the scrape's service discovery, never from themselves. */
  readonly from: 'edge' | 'hub'
}

/** Names of the metric's own labels. */
export type LabelOf<M extends Metric> = M['labels'][number]
/** What a label may hold: its closed set, or any text. */
export type LabelValue<M extends Metric, L extends string> = M extends {
  readonly values: { readonly [K in L]: readonly (infer V)[] }
}
  ? V & string
  : string

const metric = <const M extends Metric>(m: M): M => m

const PERIODS = ['morning', 'afternoon', 'evening'] as const
const SCREEN_STATES = ['public', 'emergency', 'ads', 'other', 'dark', 'faulted', 'displaced'] as const
const LINE_FAULTS = ['retry', 'timeout', 'checksum', 'noise'] as const

export const EDGE = {
  info: metric({
    name: 'bangtin_edge_info',
    type: 'gauge',
    help: 'Always 1; labels say version and cluster class.',
    labels: ['version', 'cluster_class'],
    from: 'edge',
  }),
  startTime: metric({
    name: 'bangtin_edge_start_timestamp_seconds',
    type: 'gauge',
    help: 'When the daemon started, Unix time.',
    labels: [],
    from: 'edge',
  }),
  residentBytes: metric({
    name: 'bangtin_edge_resident_memory_bytes',
    type: 'gauge',
    help: 'Resident memory of the daemon without the player.',
    labels: [],
    from: 'edge',
  }),
  airtimeToday: metric({
    name: 'bangtin_airtime_delivered_today_seconds',
    type: 'gauge',
    help: 'Public information delivered today, by day-period.',
    labels: ['period'],
    values: { period: PERIODS },
    from: 'edge',
  }),
  airtimeFloor: metric({
    name: 'bangtin_airtime_floor_seconds',
    type: 'gauge',
    help: 'Public information owed per day-period by the policy (Art. 8.1).',
    labels: ['period'],
    values: { period: PERIODS },
    from: 'edge',
  }),
  airtimeFeasible: metric({
    name: 'bangtin_airtime_floor_feasible',
    type: 'gauge',
    help: '1 while the floor of the period is met or can still be met.',
    labels: ['period'],
    values: { period: PERIODS },
    from: 'edge',
  }),
  airtimeLeft: metric({
    name: 'bangtin_airtime_period_left_seconds',
    type: 'gauge',
    help: 'Screen time left today in the day-period (frames and quiet hours considered); 0 once it is over.',
    labels: ['period'],
    values: { period: PERIODS },
    from: 'edge',
  }),
  airtimeTotal: metric({
    name: 'bangtin_airtime_seconds_total',
    type: 'counter',
    help: 'Screen time by what it was: public, emergency, ads, other, dark, faulted, displaced.',
    labels: ['state'],
    values: { state: SCREEN_STATES },
    from: 'edge',
  }),
  categoryTotal: metric({
    name: 'bangtin_airtime_category_seconds_total',
    type: 'counter',
    help: 'Delivered seconds by Art. 7 category.',
    labels: ['category'],
    values: { category: CATEGORIES },
    from: 'edge',
  }),
  playsTotal: metric({
    name: 'bangtin_plays_total',
    type: 'counter',
    help: 'Plays closed, by cause.',
    labels: ['cause'],
    from: 'edge',
  }),
  refusedTotal: metric({
    name: 'bangtin_content_refused_total',
    type: 'counter',
    help: 'Content refused, by reason.',
    labels: ['reason'],
    values: { reason: ITEM_REFUSALS },
    from: 'edge',
  }),
  ordersActive: metric({
    name: 'bangtin_orders_active',
    type: 'gauge',
    help: 'Orders in force at this cluster, by class.',
    labels: ['class'],
    values: { class: ORDER_CLASSES },
    from: 'edge',
  }),
  orderShown: metric({
    name: 'bangtin_order_shown_seconds',
    type: 'histogram',
    help: "From an order's arrival at the edge to the player's confirmation that it is shown.",
    labels: [],
    buckets: [0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10],
    from: 'edge',
  }),
  ordersRefusedTotal: metric({
    name: 'bangtin_orders_refused_total',
    type: 'counter',
    help: 'Orders refused, by reason.',
    labels: ['reason'],
    values: { reason: ORDER_REFUSALS },
    from: 'edge',
  }),
  screenLit: metric({
    name: 'bangtin_screen_lit',
    type: 'gauge',
    help: '1 when the display is known to be lit, 0 when it is dark or unknown.',
    labels: [],
    from: 'edge',
  }),
  screenWanted: metric({
    name: 'bangtin_screen_wanted',
    type: 'gauge',
    help: '1 when the screen ought to be lit now.',
    labels: [],
    from: 'edge',
  }),
  displayUp: metric({
    name: 'bangtin_display_up',
    type: 'gauge',
    help: '1 when the display controller answers.',
    labels: [],
    from: 'edge',
  }),
  brightness: metric({
    name: 'bangtin_display_brightness_ratio',
    type: 'gauge',
    help: 'Brightness read back from the controller, 0 to 1.',
    labels: [],
    from: 'edge',
  }),
  temperature: metric({
    name: 'bangtin_display_temperature_celsius',
    type: 'gauge',
    help: 'Temperature of the first receiving card.',
    labels: [],
    from: 'edge',
  }),
  voltage: metric({
    name: 'bangtin_display_supply_volts',
    type: 'gauge',
    help: 'Supply voltage of the first receiving card.',
    labels: [],
    from: 'edge',
  }),
  signal: metric({
    name: 'bangtin_display_signal',
    type: 'gauge',
    help: '1 when the controller sees a picture on its input.',
    labels: [],
    from: 'edge',
  }),
  cards: metric({
    name: 'bangtin_display_cards',
    type: 'gauge',
    help: 'Receiving cards that answered.',
    labels: [],
    from: 'edge',
  }),
  exchangesTotal: metric({
    name: 'bangtin_display_exchanges_total',
    type: 'counter',
    help: 'Exchanges with the controller.',
    labels: [],
    from: 'edge',
  }),
  exchangeFaultsTotal: metric({
    name: 'bangtin_display_exchange_faults_total',
    type: 'counter',
    help: 'What went wrong on the line, by kind: retry, timeout, checksum, noise.',
    labels: ['kind'],
    values: { kind: LINE_FAULTS },
    from: 'edge',
  }),
  playerUp: metric({
    name: 'bangtin_player_up',
    type: 'gauge',
    help: '1 when the player answers.',
    labels: [],
    from: 'edge',
  }),
  playerRestartsTotal: metric({
    name: 'bangtin_player_restarts_total',
    type: 'counter',
    help: 'Times the player had to be started again.',
    labels: [],
    from: 'edge',
  }),
  clockSynced: metric({
    name: 'bangtin_clock_synced',
    type: 'gauge',
    help: '1 synced, 0.5 holdover, 0 unset.',
    labels: [],
    from: 'edge',
  }),
  clockStepsTotal: metric({
    name: 'bangtin_clock_steps_total',
    type: 'counter',
    help: 'Jumps of the wall clock.',
    labels: [],
    from: 'edge',
  }),
  logHead: metric({
    name: 'bangtin_playlog_head_sequence',
    type: 'gauge',
    help: 'Sequence number of the newest play-log record.',
    labels: [],
    from: 'edge',
  }),
  logUploaded: metric({
    name: 'bangtin_playlog_uploaded_sequence',
    type: 'gauge',
    help: 'Sequence number up to which the hub has the play log.',
    labels: [],
    from: 'edge',
  }),
  logHeadTime: metric({
    name: 'bangtin_playlog_head_timestamp_seconds',
    type: 'gauge',
    help: 'When the newest play-log record was made, Unix time.',
    labels: [],
    from: 'edge',
  }),
  logBytes: metric({
    name: 'bangtin_playlog_bytes',
    type: 'gauge',
    help: 'Bytes of the play log on this edge.',
    labels: [],
    from: 'edge',
  }),
  logWritable: metric({
    name: 'bangtin_playlog_writable',
    type: 'gauge',
    help: '1 while the play log can be written.',
    labels: [],
    from: 'edge',
  }),
  diskFree: metric({
    name: 'bangtin_disk_free_bytes',
    type: 'gauge',
    help: 'Free bytes where the data folder is.',
    labels: [],
    from: 'edge',
  }),
  hubConnected: metric({
    name: 'bangtin_hub_connected',
    type: 'gauge',
    help: '1 while the link to the hub is up.',
    labels: [],
    from: 'edge',
  }),
  scheduleVersion: metric({
    name: 'bangtin_schedule_version',
    type: 'gauge',
    help: 'Version of the schedule document in force.',
    labels: [],
    from: 'edge',
  }),
  assetsWanted: metric({
    name: 'bangtin_assets_missing',
    type: 'gauge',
    help: 'Files of the schedule that are not here yet.',
    labels: [],
    from: 'edge',
  }),
  faultActive: metric({
    name: 'bangtin_fault_active',
    type: 'gauge',
    help: '1 for each fault that is present now; see the runbook for the id.',
    labels: ['fault'],
    from: 'edge',
  }),
} as const

export const HUB = {
  info: metric({
    name: 'bangtin_hub_info',
    type: 'gauge',
    help: 'Always 1; the label says the version.',
    labels: ['version'],
    from: 'hub',
  }),
  edgesKnown: metric({
    name: 'bangtin_hub_edges_known',
    type: 'gauge',
    help: 'Clusters enrolled at the hub.',
    labels: [],
    from: 'hub',
  }),
  edgeConnected: metric({
    name: 'bangtin_hub_edge_connected',
    type: 'gauge',
    help: '1 while the edge of this site is connected.',
    labels: ['site', 'cluster_class', 'unit'],
    from: 'hub',
  }),
  edgeLastSeen: metric({
    name: 'bangtin_hub_edge_last_seen_timestamp_seconds',
    type: 'gauge',
    help: 'When the hub last heard from the edge, Unix time.',
    labels: ['site'],
    from: 'hub',
  }),
  evidenceTotal: metric({
    name: 'bangtin_hub_evidence_records_total',
    type: 'counter',
    help: 'Play-log records stored, by site.',
    labels: ['site'],
    from: 'hub',
  }),
  evidenceDuplicateTotal: metric({
    name: 'bangtin_hub_evidence_duplicates_total',
    type: 'counter',
    help: 'Play-log records that were sent again and stored once.',
    labels: ['site'],
    from: 'hub',
  }),
  evidenceRejectedTotal: metric({
    name: 'bangtin_hub_evidence_rejected_total',
    type: 'counter',
    help: 'Play-log batches that did not continue the chain.',
    labels: ['site'],
    from: 'hub',
  }),
  ordersOpen: metric({
    name: 'bangtin_hub_orders_open',
    type: 'gauge',
    help: 'Orders that have not ended.',
    labels: ['class'],
    values: { class: ORDER_CLASSES },
    from: 'hub',
  }),
  orderUndelivered: metric({
    name: 'bangtin_hub_order_sites_waiting',
    type: 'gauge',
    help: 'Sites that have an open order and have not accepted it.',
    labels: [],
    from: 'hub',
  }),
  orderAccept: metric({
    name: 'bangtin_hub_order_accept_seconds',
    type: 'histogram',
    help: "From an order's release to a site's acceptance.",
    labels: [],
    buckets: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60],
    from: 'hub',
  }),
  orderShown: metric({
    name: 'bangtin_hub_order_shown_seconds',
    type: 'histogram',
    help: "From an order's release to a site's report that it is shown.",
    labels: [],
    buckets: [0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 60],
    from: 'hub',
  }),
  loginFailuresTotal: metric({
    name: 'bangtin_hub_login_failures_total',
    type: 'counter',
    help: 'Failed logins.',
    labels: [],
    from: 'hub',
  }),
  residentBytes: metric({
    name: 'bangtin_hub_resident_memory_bytes',
    type: 'gauge',
    help: 'Resident memory of the hub.',
    labels: [],
    from: 'hub',
  }),
} as const

export const CATALOGUE: readonly Metric[] = [...Object.values(EDGE), ...Object.values(HUB)]
