import { describe, expect, test } from 'vitest'
import { instant } from '#core/base/units.ts'
import type { Claim } from '#core/claim/claim.ts'
import { FAULTS } from '#core/contract/faults.ts'
import { diagnose } from './diagnose.ts'
import type { DoctorFacts } from './facts.ts'
import { type CauseId, type DoctorVerdict, OWN_CAUSES, SECTIONS } from './report.ts'
import { AT, claim, facts, order, stopped, wellHealth, wellLive, wellStatus } from './testing.ts'
import { reportText } from './text.ts'

const HOUR = 3_600_000
const fault = (...ids: readonly (keyof typeof FAULTS)[]) =>
  wellStatus({ faults: ids.map((id) => ({ id, detail: 'x' })) })
const unlit = (why: string, over: object = {}, lit: 'dark' | 'unknown' = 'dark') => {
  const status = wellStatus(over)
  return { status: { ...status, screen: { ...status.screen, lit } }, screenWhy: why }
}
const dark = (id: string, rank: 'quiet-hours' | 'safety-blank', why: string) => {
  const status = wellStatus()
  const screen = { ...status.screen, show: 'dark' as const, title: '', lit: 'dark' as const, rank }
  const winner = claim({ id, rank, want: { want: 'dark', why } })
  return { verdict: { winner, displaced: [claim()], restrictions: [] }, status: { ...status, screen } }
}
const CHART = { name: 'red', modules: { columns: 1, rows: 1 }, module: null } as const
const byHand = (want: Claim['want'], id: string, lit: 'lit' | 'dark') => {
  const status = wellStatus()
  const show = lit === 'lit' ? ('standing' as const) : ('nothing' as const)
  const screen = { ...status.screen, show, title: '', lit, rank: 'priority' as const }
  const winner = claim({ id, rank: 'priority', want })
  return { verdict: { winner, displaced: [claim()], restrictions: [] }, status: { ...status, screen } }
}
const standing = (over: object = {}) => {
  const status = wellStatus(over)
  const screen = { ...status.screen, show: 'standing' as const, title: 'Trang chờ', rank: 'fallback' as const }
  const winner = claim({ id: 'standing', rank: 'fallback', want: { want: 'standing' } })
  return { verdict: { winner, displaced: [], restrictions: [] }, status: { ...status, screen } }
}
const noLink = { since: null, redials: 9, lastError: null, roundTripMs: null, bufferedBytes: 0, certificateUntil: null }
const content = wellLive().content
const missing = {
  ...content,
  missing: [{ item: 'C02', title: 'Phòng dịch', sha256: 'a'.repeat(64) }],
  waiting: 'hub' as const,
}
const lost = { link: 'down' as const, fault: 'timeout: no answer', model: null, firmware: null, brightness: null }
const display = { ...wellStatus().display, ...lost }

type Case = readonly [string, DoctorFacts, DoctorVerdict, RegExp, readonly CauseId[]]

/** One thing wrong, or nothing, or several: what is said of it. */
const CASES: readonly Case[] = [
  ['all is well', facts(wellLive()), 'fine', /đang chiếu đúng “Lịch tiêm chủng” \(thường\)/, []],
  [
    'dark by the calendar',
    facts(
      wellLive({
        ...dark('quiet-hours', 'quiet-hours', 'ngoài giờ'),
        power: { ...wellLive().power, power: 'off', until: instant(AT + HOUR) },
      }),
    ),
    'fine',
    /tối theo lịch \(ngoài giờ\), sáng lại lúc 10:00\./,
    ['quiet-hours'],
  ],
  [
    'dark by order of a person',
    facts(wellLive(dark('order:B1', 'safety-blank', 'lệnh cắt hình B1'))),
    'fine',
    /tối theo lệnh cắt hình \(lệnh cắt hình B1\)/,
    ['safety-blank'],
  ],
  [
    'dark by heat',
    facts(wellLive({ ...dark('thermal', 'safety-blank', 'quá nóng 71 °C') })),
    'broken',
    /tối để tự bảo vệ: quá nóng 71 °C/,
    ['own-protection'],
  ],
  [
    'should be dark and is lit',
    (() => {
      const live = dark('quiet-hours', 'quiet-hours', 'ngoài giờ')
      return facts(wellLive({ ...live, status: { ...live.status, screen: { ...live.status.screen, lit: 'lit' } } }))
    })(),
    'broken',
    /phải tối .* nhưng vẫn sáng/,
    ['quiet-hours'],
  ],
  [
    'a test chart is on, and is not taken for the standing page',
    facts(
      wellLive({
        ...byHand({ want: 'chart', chart: CHART, person: 'An' }, 'manual:chart:red', 'lit'),
        held: [{ what: 'chart = red', person: 'An', leftMs: 60_000 }],
      }),
    ),
    'fine',
    /An đang chiếu hình kiểm tra red/,
    ['held-by-hand'],
  ],
  [
    'somebody tries the power of the display: no order to be dark',
    facts(
      wellLive({
        ...byHand({ want: 'dark', why: 'An thử tắt nguồn màn hình' }, 'manual:power-off', 'dark'),
        held: [{ what: 'power-off = off', person: 'An', leftMs: 60_000 }],
      }),
    ),
    'fine',
    /tối vì có người thử tắt nguồn \(An thử tắt nguồn màn hình\)/,
    ['held-by-hand'],
  ],
  [
    'a pattern is on and the controller is lost: the loss is the answer',
    facts(
      wellLive({
        status: {
          ...fault('display-lost'),
          display,
          screen: { ...wellStatus().screen, lit: 'unknown' },
        },
        technician: { person: 'An', pattern: 'red', leftMs: 60_000 },
      }),
    ),
    'broken',
    /Không biết màn hình có chiếu .*mất liên lạc/,
    ['display-lost', 'test-pattern'],
  ],
  [
    'dark by the calendar and the controller is lost: dark is wanted, and nobody can tell',
    (() => {
      const live = dark('quiet-hours', 'quiet-hours', 'ngoài giờ')
      const { faults } = fault('display-lost')
      const screen = { ...live.status.screen, lit: 'unknown' as const }
      return facts(wellLive({ ...live, status: { ...live.status, display, faults, screen } }))
    })(),
    'degraded',
    /phải tối theo lịch .* nhưng không biết có tối thật không/,
    ['display-lost', 'quiet-hours'],
  ],
  [
    'an order has the screen',
    facts(
      wellLive({
        verdict: {
          winner: claim({ id: 'order:O1', rank: 'emergency', order: 'O1', want: { want: 'order', order: 'O1' } }),
          displaced: [claim()],
          restrictions: [],
        },
        titles: { 'order:O1': 'Lũ quét' },
        orders: [order()],
      }),
    ),
    'fine',
    /đang chiếu đúng/,
    ['order-on'],
  ],
  [
    'an order expired',
    facts(wellLive({ orders: [order({ state: 'ended', endReason: 'expired', expiresAt: AT - HOUR })] })),
    'fine',
    /đang chiếu đúng/,
    ['order-ended'],
  ],
  [
    'an order that ended yesterday is not told',
    facts(wellLive({ orders: [order({ state: 'ended', expiresAt: AT - 30 * HOUR })] })),
    'fine',
    /đúng/,
    [],
  ],
  [
    'an order begins later',
    facts(wellLive({ orders: [order({ state: 'pending', startsAt: AT + HOUR })] })),
    'fine',
    /đúng/,
    ['order-waits'],
  ],
  [
    'an order may not wake',
    facts(wellLive({ orders: [order({ silent: 'sleeps', shown: false })] })),
    'fine',
    /đúng/,
    ['order-sleeps'],
  ],
  [
    'the page of an order cannot be shown',
    facts(wellLive({ orders: [order({ silent: 'broken', shown: false })] })),
    'degraded',
    /Trang của lệnh|trang của lệnh/,
    ['order-broken'],
  ],
  [
    'the controller is lost',
    facts(
      wellLive({
        ...unlit('bộ điều khiển không trả lời', { display, faults: [{ id: 'display-lost', detail: 'timeout' }] }),
      }),
    ),
    'broken',
    /đang tối, lẽ ra chiếu “Lịch tiêm chủng”: mất liên lạc bộ điều khiển/,
    ['display-lost'],
  ],
  [
    'nobody can tell whether it is lit',
    (() => {
      const status = fault('display-lost')
      return facts(wellLive({ status: { ...status, screen: { ...status.screen, lit: 'unknown' } } }))
    })(),
    'broken',
    /Không biết màn hình có chiếu/,
    ['display-lost'],
  ],
  [
    'content is missing',
    facts(wellLive({ ...standing({ faults: [{ id: 'asset-missing', detail: '1' }] }), content: missing })),
    'degraded',
    /chỉ chiếu trang chờ: chưa tải xong/,
    ['asset-missing'],
  ],
  [
    'content is not approved',
    facts(
      wellLive({
        ...standing({ faults: [{ id: 'content-refused', detail: '1' }] }),
        content: { ...content, refused: [{ item: 'C03', reason: 'unapproved', detail: '' }] },
      }),
    ),
    'degraded',
    /chỉ chiếu trang chờ: có nội dung bị từ chối/,
    ['content-refused'],
  ],
  [
    'no schedule',
    facts(
      wellLive({
        ...standing({ faults: [{ id: 'no-schedule', detail: '' }] }),
        content: { ...content, scheduleVersion: 0 },
      }),
    ),
    'degraded',
    /chưa có lịch/,
    ['no-schedule'],
  ],
  [
    'no frame now',
    facts(wellLive({ ...standing(), content: { ...content, frameNow: false } })),
    'fine',
    /không có khung giờ nào/,
    ['no-frame-now'],
  ],
  [
    'the clock is unset',
    (() => {
      const status = fault('clock-untrusted')
      return facts(wellLive({ status: { ...status, clock: { ...status.clock, quality: 'unset' } } }))
    })(),
    'degraded',
    /đang chiếu đúng .*Cần xem: đồng hồ không tin cậy/,
    ['clock-untrusted'],
  ],
  [
    'the player is down',
    facts(wellLive({ ...unlit('trình phát không chạy', { faults: [{ id: 'player-lost', detail: '' }] }) })),
    'broken',
    /trình phát bị dừng/,
    ['player-lost'],
  ],
  ['the disk is full', facts(wellLive({ status: fault('disk-full') })), 'degraded', /hết chỗ trên đĩa/, ['disk-full']],
  [
    'the hub is away',
    facts(wellLive({ status: fault('hub-away'), hub: 'down', link: noLink })),
    'degraded',
    /mất kết nối trung tâm/,
    ['hub-away'],
  ],
  [
    'a test pattern is on',
    facts(
      wellLive({
        ...unlit('hình thử', {}, 'unknown'),
        technician: { person: 'Nguyễn An', pattern: 'red', leftMs: 50_000 },
      }),
    ),
    'fine',
    /Nguyễn An đang thử mẫu red/,
    ['test-pattern'],
  ],
  [
    'something is held by hand',
    facts(wellLive({ held: [{ what: 'brightness = 30', person: 'An', leftMs: 9_000 }] })),
    'fine',
    /đúng/,
    ['held-by-hand'],
  ],
  [
    'the picture is not what it should be',
    (() => {
      const status = fault('display-flapping')
      return facts(wellLive({ status: { ...status, screen: { ...status.screen, proof: 'contradicted' } } }))
    })(),
    'broken',
    /Hình trên đầu ra không phải/,
    ['display-flapping'],
  ],
  // Combinations: the nearest to the glass is the answer, and everything is listed.
  [
    'controller lost, content missing, hub away',
    facts(
      wellLive({
        ...unlit('x', {
          faults: [
            { id: 'hub-away', detail: '' },
            { id: 'asset-missing', detail: '' },
            { id: 'display-lost', detail: '' },
          ],
        }),
        hub: 'down',
      }),
    ),
    'broken',
    /lẽ ra chiếu .*: mất liên lạc bộ điều khiển/,
    ['display-lost', 'asset-missing', 'hub-away'],
  ],
  [
    'disk full and clock unset',
    facts(wellLive({ status: fault('clock-untrusted', 'disk-full') })),
    'degraded',
    /hết chỗ trên đĩa.* và 1 việc khác/,
    ['disk-full', 'clock-untrusted'],
  ],
  [
    'smoke, interlock and a lost controller',
    facts(
      wellLive(
        unlit('x', {
          faults: [
            { id: 'display-lost', detail: '' },
            { id: 'power-interlock', detail: '' },
            { id: 'smoke-detected', detail: '' },
          ],
        }),
      ),
    ),
    'broken',
    /cảm biến báo khói/,
    ['smoke-detected', 'power-interlock', 'display-lost'],
  ],
  [
    'the daemon is down',
    facts(stopped()),
    'broken',
    /không có ai điều khiển: tiến trình bangtin edge không chạy\./,
    ['daemon-down'],
  ],
  ['the daemon hangs', facts(stopped({ hungPid: 4711 })), 'broken', /giữ thư mục mà không trả lời/, ['daemon-hung']],
  [
    'it is down because of its configuration',
    facts(stopped({ config: '/x: y' })),
    'broken',
    /Cũng thấy: tệp cấu hình sai/,
    ['daemon-down', 'config-invalid'],
  ],
  [
    'it is down, the log is broken, the port is gone, mpv is not there',
    facts(
      stopped({
        playlog: { head: 1, lastAt: null, days: 1, bytes: 1, broken: 'a:1: x', cleanStop: false },
        ports: [{ device: 'display', at: '/dev/x', trouble: 'không có' }],
        playerMissing: true,
      }),
    ),
    'broken',
    /không chạy/,
    ['daemon-down', 'display-lost', 'player-missing', 'playlog-damaged'],
  ],
  [
    'it is down on a full card with errors, hot and short of volts',
    facts(stopped({ snapshot: { faults: ['torn'], orders: 0, schedule: false } }), {
      health: wellHealth({
        space: { freeBytes: 1e6, totalBytes: 1e9, freeInodes: null, totalInodes: null },
        ext4: [
          { device: 'mmcblk0p2', errors: 3, firstAt: AT, lastAt: AT, lastFunction: 'ext4_lookup', writtenKib: null },
        ],
        boardCelsius: 84,
        undervoltage: { now: true, sinceBoot: true },
      }),
    }),
    'broken',
    /không chạy/,
    ['daemon-down', 'disk-full', 'disk-errors', 'snapshot-damaged', 'undervoltage', 'board-hot'],
  ],
]

describe('one sentence and its causes', () => {
  test.each(CASES)('%s', (_name, given, verdict, answer, causes) => {
    const report = diagnose(given)
    expect(report.causes.map(({ id }) => id)).toEqual(causes)
    expect(report.answer.vi).toMatch(answer)
    expect(report.verdict).toBe(verdict)
    expect(report.answer.en).not.toBe('')
    for (const { what, next } of report.causes)
      for (const text of [what.vi, what.en, next.vi, next.en]) expect(text).not.toBe('')
    expect(reportText(report)).toContain(report.answer.vi)
  })

  test('every fault of the catalogue is a cause with a name and a next step, and makes nothing fine', () => {
    const ids = Object.keys(FAULTS) as (keyof typeof FAULTS)[]
    expect(ids.length).toBeGreaterThan(35)
    for (const id of ids) {
      const { causes, verdict } = diagnose(facts(wellLive({ status: fault(id) })))
      expect(causes).toMatchObject([{ id, severity: FAULTS[id].severity, evidence: expect.stringContaining('x') }])
      expect(verdict).toBe('degraded')
    }
  })

  test('every cause of our own is told by some case', () => {
    const told = new Set(CASES.flatMap(([, , , , causes]) => causes))
    const untold = Object.keys(OWN_CAUSES).filter((id) => !told.has(id as CauseId))
    expect(untold).toEqual(['not-enrolled'])
    const none = facts(stopped(), { keys: { ...facts(stopped()).keys, enrolled: false } })
    expect(diagnose(none).causes.map(({ id }) => id)).toEqual(['daemon-down', 'not-enrolled'])
  })
})

describe('the sections', () => {
  const rowsOf = (given: DoctorFacts, id: string) => diagnose(given).sections.find((one) => one.id === id)?.rows ?? []

  test('all are there for a running daemon, in their order; without one those that need none', () => {
    expect(diagnose(facts(wellLive())).sections.map(({ id }) => id)).toEqual(SECTIONS)
    expect(diagnose(facts(stopped())).sections.map(({ id }) => id)).toEqual(SECTIONS.slice(6))
    for (const { rows, id } of diagnose(facts(wellLive())).sections)
      expect([id, rows.length > 0 || id === 'evidence']).toEqual([id, true])
  })

  test('the ladder names the winner and why each other lost', () => {
    const winner = claim({
      id: 'order:O1',
      rank: 'emergency',
      order: 'O1',
      weight: 3,
      want: { want: 'order', order: 'O1' },
    })
    const displaced = [
      claim({ id: 'order:O2', rank: 'emergency', weight: 2, want: { want: 'order', order: 'O2' } }),
      claim({
        id: 'order:O3',
        rank: 'emergency',
        weight: 3,
        at: instant(AT - 1),
        want: { want: 'order', order: 'O3' },
      }),
      claim({ id: 'order:O4', rank: 'emergency', weight: 3, want: { want: 'order', order: 'O4' } }),
      claim({ id: 'quiet-hours', rank: 'quiet-hours', want: { want: 'dark', why: 'ngoài giờ' } }),
      claim({ solemn: false }),
    ]
    const restrictions = [claim({ id: 'order:M1', rank: 'mourning', want: { want: 'restrict' }, document: '12/CV' })]
    const rows = rowsOf(
      facts(wellLive({ verdict: { winner, displaced, restrictions }, titles: { 'order:O2': 'Sạt lở' } })),
      'claims',
    )
    expect(rows.map(({ value }) => value.en.split(' — ')[1])).toEqual([
      'HAS THE SCREEN: the strongest',
      'in force',
      'same rank, weighs less',
      'same rank, older',
      'same rank, later by its id',
      expect.stringMatching(/emergency.* ranks higher|ranks higher/),
      expect.stringMatching(/^forbidden: /),
    ])
    expect(rows[2]?.value.vi).toContain('Sạt lở')
    expect(rows[1]?.detail).toBe('order:M1 · 12/CV')
  })

  test('the schedule is not asked while an order has the screen, and that is told', () => {
    const winner = claim({ id: 'order:O1', rank: 'emergency', order: 'O1', want: { want: 'order', order: 'O1' } })
    const rows = rowsOf(facts(wellLive({ verdict: { winner, displaced: [], restrictions: [] } })), 'claims')
    expect(rows.at(-1)?.value.en).toContain('is not asked')
  })

  test('what differs from what is wanted is marked', () => {
    const status = wellStatus()
    const seen = { ...status.display, brightness: 20, input: 'dvi', blackout: null }
    const rows = rowsOf(facts(wellLive({ status: { ...status, display: seen }, observedMs: 120_000 })), 'display')
    const marks = Object.fromEntries(rows.map(({ name, mark }) => [name.en, mark]))
    expect(marks).toMatchObject({
      Brightness: 'warn',
      Input: 'warn',
      Blackout: 'plain',
      Reading: 'warn',
      Freeze: 'plain',
    })
  })

  test('an exchange is told with time, name, bytes, answer or fault, and its length', () => {
    const sent = { hex: '55 aa 00', text: 'readBrightness' }
    const exchanged = () => [
      {
        at: AT,
        command: 'readBrightness',
        ms: 12,
        attempts: 1,
        sent,
        received: { hex: 'aa 55 7f', text: 'reply' },
        fault: null,
        values: { brightness: 50 },
      },
      {
        at: AT + 1000,
        command: 'readSignal',
        ms: 900,
        attempts: 3,
        sent: { hex: 'aa '.repeat(60).trim(), text: '' },
        received: null,
        fault: { kind: 'timeout' as const, detail: 'no answer' },
        values: {},
      },
    ]
    const stats = {
      ...{ exchanges: 2, retries: 2, timeouts: 3, checksumErrors: 0, staleReplies: 0, noiseBytes: 0, reopened: 0 },
      ...{ quarantined: false, lastExchangeMs: 900, recent: () => [], exchanged },
    }
    const lines = [{ device: 'display', profile: 'p', link: 'down' as const, fault: 'timeout', stats }]
    const [head, last, first] = rowsOf(facts(wellLive({ lines })), 'lines')
    expect(head).toMatchObject({ mark: 'bad', detail: 'timeout', value: { en: expect.stringContaining('3 silent') } })
    expect(last).toMatchObject({ name: { en: '09:00:01 display readSignal ×3' }, mark: 'warn' })
    expect(last?.value.en).toBe('✗ timeout: no answer (900 ms)')
    expect(last?.detail).toMatch(/… \(60 B\)$/)
    expect(first).toMatchObject({ value: { en: 'brightness=50 (12 ms)' }, detail: '→ 55 aa 00 ← aa 55 7f' })
  })

  test('keys and certificates that end soon, open files and a forgotten code are marked', () => {
    const { keys } = facts(wellLive())
    const soon = { ...keys, registryFirstEnd: AT + 86_400_000, deviceKeyMode: 0o644, enrolCodeLeft: true }
    const marks = rowsOf(facts(wellLive(), { keys: soon }), 'keys').map(({ name, mark }) => `${name.en} ${mark}`)
    expect(marks).toEqual(expect.arrayContaining(['First key to end warn', 'Device key bad', 'Enrol code warn']))
  })
})
