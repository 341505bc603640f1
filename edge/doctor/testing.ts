import { instant, percent } from '#core/base/units.ts'
import type { Claim } from '#core/claim/claim.ts'
import type { StatusReport } from '#core/contract/link.ts'
import type { Health } from '../shell/health.ts'
import type { Machine } from '../shell/machine.ts'
import type { DoctorFacts, KeyFacts, LiveFacts, OrderFacts, StoppedFacts } from './facts.ts'

/** For tests only: a site that is well, piece by piece, so that a test breaks one thing and looks what is said. */
export const AT = Date.parse('2026-11-23T09:00:00+07:00')

export const wellMachine = (over: Partial<Machine> = {}): Machine => ({
  model: 'Raspberry Pi 4 Model B Rev 1.4',
  sensors: [{ name: 'cpu-thermal', celsius: 52.1 }],
  boardCelsius: 52.1,
  throttled: { bits: 0, words: [] },
  undervoltage: { now: false, sinceBoot: false },
  ext4: [{ device: 'mmcblk0p2', errors: 0, firstAt: null, lastAt: null, lastFunction: null, writtenKib: 1_000 }],
  mounts: [
    { what: 'root', at: '/', device: '/dev/mmcblk0p2', type: 'ext4', readOnly: false },
    { what: 'data', at: '/', device: '/dev/mmcblk0p2', type: 'ext4', readOnly: false },
  ],
  storage: [{ device: 'mmcblk0', name: 'SD64G', lifeUsed: null, endOfLife: null }],
  space: { freeBytes: 20e9, totalBytes: 60e9, freeInodes: 900_000, totalInodes: 1_000_000 },
  memory: { totalBytes: 4e9, availableBytes: 3e9 },
  load: { one: 0.4, five: 0.3, fifteen: 0.2, cpus: 4 },
  uptimeSeconds: 86_400,
  serialNames: [],
  rtc: { name: 'rtc-ds1307', seconds: AT / 1000 },
  ...over,
})
export const wellHealth = (over: Partial<Machine> = {}): Health => ({
  machine: wellMachine(over),
  probe: { at: AT, ms: 6, error: null },
})

export const claim = (over: Partial<Claim> = {}): Claim => ({
  id: 'normal:sang',
  rank: 'normal',
  weight: 0,
  at: instant(AT),
  want: { want: 'item', item: 'C01', frame: 'sang', why: 'khung giờ sáng' },
  solemn: true,
  order: null,
  document: null,
  ...over,
})

export const wellStatus = (over: Partial<StatusReport> = {}): StatusReport => ({
  clock: { wall: AT, mono: 100_000, quality: 'synced', bootId: 'b' },
  startedAt: AT - 100_000,
  version: '0.1.0',
  screen: {
    ...{ show: 'item', title: 'Lịch tiêm chủng', item: 'C01', category: 'A7_3_ACCESS_DEMOCRACY', claim: 'normal:sang' },
    ...{ rank: 'normal', order: null, since: AT - 5_000, why: 'khung giờ sáng', proof: 'seen', lit: 'lit' },
  },
  power: 'on',
  display: {
    ...{ link: 'up', fault: null, model: 'MCTRL300', firmware: '4.6', brightness: 70, wantBrightness: 70 },
    ...{ blackout: false, testPattern: 'none', freeze: false, input: 'hdmi', signal: true },
    ...{ temperature: 41, voltage: 5, cards: 12 },
  },
  player: { state: 'up', fault: null, restarts: 0 },
  airtime: { date: '2026-11-23', periods: [] },
  orders: [],
  schedule: { version: 7, items: 12, refused: 0 },
  registry: 3,
  assets: { have: 5, want: 5, bytes: 1_000_000, fetching: null, waiting: null },
  playlog: { head: 900, uploaded: 901, bytes: 400_000, segments: 3, writable: true },
  process: { rssBytes: 90_000_000, uptimeMs: 100_000 },
  faults: [],
  ...over,
})

export const order = (over: Partial<OrderFacts> = {}): OrderFacts => ({
  id: 'O1',
  class: 'emergency',
  headline: 'Lũ quét',
  state: 'active',
  endReason: null,
  startsAt: AT - 600_000,
  expiresAt: AT + 3_600_000,
  shown: true,
  silent: null,
  ...over,
})

export const wellLive = (over: Partial<LiveFacts> = {}): LiveFacts => ({
  is: 'live',
  status: wellStatus(),
  verdict: { winner: claim(), displaced: [], restrictions: [] },
  screenWhy: 'bộ điều khiển đọc lại: có hình',
  titles: { 'normal:sang': 'Lịch tiêm chủng' },
  orders: [],
  power: { power: 'on', brightness: 70, curfew: null, dim: null, until: instant(AT + 3_600_000) },
  wanted: { blackout: false, brightness: percent(70), testPattern: 'none', freeze: false, input: 'hdmi' },
  observedMs: 3_000,
  held: [],
  technician: null,
  lines: [{ device: 'display', profile: 'novastar-mctrl300', link: 'up', fault: null, stats: null }],
  player: { pid: 77, restarts: 0, lastShowMs: 60, troubles: {}, scene: 'item “Lịch tiêm chủng”', sinceMs: 5_000 },
  content: {
    ...{ scheduleVersion: 7, scheduleIssuedAt: AT - 86_400_000, items: 12, missing: [], fetching: null },
    ...{ waiting: null, refused: [], broken: [], frameNow: true },
  },
  clock: { synchronised: true, maxErrorMs: 20, hubAheadMs: 3, steps: 0 },
  link: {
    ...{ since: AT - 90_000, redials: 0, lastError: null, roundTripMs: 40, bufferedBytes: 0 },
    certificateUntil: AT + 300 * 86_400_000,
  },
  hub: 'up',
  ...over,
})

export const stopped = (over: Partial<StoppedFacts> = {}): StoppedFacts => ({
  is: 'stopped',
  hungPid: null,
  config: null,
  dataThere: true,
  hasHub: true,
  snapshot: { faults: [], orders: 0, schedule: true },
  playlog: { head: 900, lastAt: AT - 60_000, days: 3, bytes: 400_000, broken: null, cleanStop: true },
  ports: [],
  playerMissing: false,
  ...over,
})

const KEYS: KeyFacts = {
  ...{ deviceKey: 'ab'.repeat(16), deviceKeyMade: AT - 9e9, deviceKeyMode: 0o600, enrolled: true },
  ...{ registryVersion: 3, registryIssuedAt: AT - 9e8, registryKeys: 4, registryFirstEnd: AT + 9e10 },
  ...{ fingerprintPinned: true, enrolCodeLeft: false, pairingCodeFile: false },
}

export const facts = (state: LiveFacts | StoppedFacts, over: Partial<DoctorFacts> = {}): DoctorFacts => ({
  at: AT,
  offsetMinutes: 420,
  site: { id: 'LC-MLT-01', name: 'Cửa khẩu Ma Lù Thàng', version: '0.1.0' },
  state,
  health: wellHealth(),
  keys: KEYS,
  evidence: [],
  ...over,
})
