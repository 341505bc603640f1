import type { StatusReport } from '#core/contract/link.ts'

/** What an edge that plays says of itself every two seconds: as long as the real thing, and valid. */
export const aStatus = (): StatusReport => {
  const now = Date.now()
  const period = (name: 'morning' | 'afternoon' | 'evening' | 'night') => ({
    period: name,
    floorMs: 3_600_000,
    deliveredMs: 1_800_000,
    emergencyMs: 0,
    adsMs: 120_000,
    darkMs: 0,
    faultedMs: 0,
    displacedMs: 0,
    recordedMs: 7_200_000,
    owedMs: 1_800_000,
    leftMs: 7_200_000,
    feasible: true,
    shortMs: 0,
    cause: null,
  })
  return {
    clock: { wall: now, mono: Math.round(performance.now()), quality: 'synced', bootId: 'fleet' },
    startedAt: now - 3_600_000,
    version: 'fleet',
    screen: {
      ...{ show: 'item', title: 'Thông báo tiêm chủng', item: 'C01', category: 'A7_3_ACCESS_DEMOCRACY', claim: 'slot' },
      ...{ rank: 'normal', order: null, since: now - 5_000, why: 'khung giờ buổi sáng', proof: 'seen', lit: 'lit' },
    },
    power: 'on',
    display: {
      ...{ link: 'up', fault: null, model: 'nova-taurus', firmware: '1.0', brightness: 60, wantBrightness: 60 },
      ...{ blackout: false, testPattern: null, freeze: false, input: 'HDMI', signal: true, temperature: 41 },
      ...{ voltage: 5, cards: 12 },
    },
    player: { state: 'up', fault: null, restarts: 0 },
    airtime: { date: '2026-01-01', periods: (['morning', 'afternoon', 'evening', 'night'] as const).map(period) },
    orders: [],
    schedule: { version: 0, items: 0, refused: 0 },
    registry: 1,
    assets: { have: 10, want: 10, bytes: 1_000_000, fetching: null, waiting: null },
    playlog: { head: 1_000, uploaded: 1_000, bytes: 400_000, segments: 3, writable: true },
    process: { rssBytes: 90_000_000, uptimeMs: 3_600_000 },
    faults: [],
  }
}
