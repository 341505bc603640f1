import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dayOf, emptyLedger, foldAll } from '#core/airtime/ledger.ts'
import { instant } from '#core/base/units.ts'
import type { PlaySearch, SiteDay, UptimeAnswer } from '#core/contract/operations.ts'
import { seal } from '#core/evidence/chain.ts'
import { GENESIS, type StampedRecord } from '#core/evidence/record.ts'
import { STRETCH_WHYS } from '#core/evidence/stretches.ts'
import { policyFor } from '#core/policy/check.ts'
import { anItem, aSchedule } from '../../../test/build.ts'
import { shippedPolicy } from '../../../test/drive.ts'
import { linesAt, START, upload } from '../../../test/support/operations.ts'
import { DAY, HOUR, MIDNIGHT, virtualDays } from '../../../test/support/virtual-log.ts'
import { type OpenKey, sha256 } from '../crypto/ed25519.ts'
import { darkOf, plannedOf } from '../server/day-plan.ts'
import { putTogether } from '../server/day-put.ts'
import { uptimeOf } from '../server/uptime.ts'
import { connect, enrolled, playOf } from './edge.ts'
import { login, makeSeed, type Person, startWorld, type World } from './harness.ts'

/** Two days of the real engine in virtual time, as an edge sends them, with a panel that goes dark for half an hour. */
const SITE = 'LC-MLT-01'
const DARK = { from: MIDNIGHT + 8 * HOUR, to: MIDNIGHT + 8.5 * HOUR }
const NOW = MIDNIGHT + 2 * DAY + 9 * HOUR

let world: World
let operator: Person
let records: readonly StampedRecord[]
const keys = new Map<string, OpenKey>()
const keyOf = (site: string): OpenKey => {
  const key = keys.get(site)
  if (key === undefined) throw new Error(`${site} is not enrolled`)
  return key
}
const get = async <T>(path: string): Promise<T> => (await (await operator.get(path)).json()) as T

beforeAll(async () => {
  world = await startWorld(await makeSeed())
  for (const site of [SITE, 'LC-MT-01', 'LC-MLT-02']) keys.set(site, await enrolled(world, site))
  records = virtualDays(2, [
    { at: instant(DARK.from), panel: 'dark' },
    { at: instant(DARK.to), panel: 'lit' },
  ]).records
  world.clock.at = NOW
  operator = await login(world, 'vanhanh')
  const { edge } = await connect(world, SITE, keyOf(SITE))
  let prev = GENESIS
  const lines = records.map((record, seq) => {
    const sealed = seal(prev, seq, record, sha256)
    prev = sealed.hash
    return sealed.line
  })
  for (let from = 0; from < lines.length; from += 500) {
    edge.send({ t: 'evidence', from, lines: lines.slice(from, from + 500) })
    await edge.next('evidence-ack')
  }
  await edge.close()
})
afterAll(() => world.close())

describe('the day of a cluster', () => {
  it('shows what was played, what was not and why, and the floors as its own ledger has them', async () => {
    const day = await get<SiteDay>(`/api/sites/${SITE}/day?date=2026-11-23`)
    expect(day).toMatchObject({
      site: SITE,
      date: '2026-11-23',
      from: MIDNIGHT,
      to: MIDNIGHT + DAY,
      now: NOW,
      cut: false,
    })
    expect(day.knownTo).toBe(records.at(-1)?.at.wall)
    const opens = records.filter((r) => r.kind === 'open' && r.at.wall < MIDNIGHT + DAY)
    expect(day.played.reduce((n, p) => n + p.plays, 0)).toBe(opens.length)
    expect(day.played.every((p, i) => p.from >= (day.played[i - 1]?.from ?? 0))).toBe(true)
    const fault = day.holes.find(
      (h) => h.kind === 'faulted' && h.from >= DARK.from - 60_000 && h.from <= DARK.from + 60_000,
    )
    expect(fault).toMatchObject({ cause: 'device' })
    expect((fault?.to ?? 0) - (fault?.from ?? 0)).toBeGreaterThan(25 * 60_000)
    expect(day.holes.some((h) => h.kind === 'dark')).toBe(true)
    const policy = policyFor(shippedPolicy(), SITE)
    const own = dayOf(foldAll(emptyLedger(policy), records), '2026-11-23')
    const checked = day.periods.map((p) => {
      const sums = own.periods.find((o) => o.period === p.period)
      expect([p.period, p.deliveredMs, p.darkMs, p.faultedMs, p.recordedMs]).toEqual([
        p.period,
        sums?.delivered,
        sums?.dark,
        sums?.faulted,
        sums?.elapsed,
      ])
      return p.recordedMs
    })
    expect(checked.reduce((ms, one) => ms + one, 0)).toBe(DAY)
    expect(own.periods.some((p) => p.delivered > 0 && p.faulted > 0)).toBe(true)
    // The second time it is what was kept.
    expect((await get<SiteDay>(`/api/sites/${SITE}/day?date=2026-11-23`)).periods).toEqual(day.periods)
    const second = await get<SiteDay>(`/api/sites/${SITE}/day?date=2026-11-24`)
    const next = dayOf(foldAll(emptyLedger(policy), records), '2026-11-24')
    for (const p of second.periods)
      expect(p.deliveredMs).toBe(next.periods.find((o) => o.period === p.period)?.delivered)
  })

  it('of today has what is planned for the rest of it out of the signed schedule, and the hours in which it is to be dark', async () => {
    const today = await get<SiteDay>(`/api/sites/${SITE}/day`)
    expect([today.date, today.from]).toEqual(['2026-11-25', MIDNIGHT + 2 * DAY])
    expect(today.planned.length).toBeGreaterThan(0)
    for (const part of today.planned) {
      expect(part.from).toBeGreaterThanOrEqual(NOW)
      expect(part.to).toBeGreaterThan(part.from)
      expect(part.items.every((i) => i.title !== '')).toBe(true)
    }
    // The sample's screens are lit around the clock, so that a demo shows something at night.
    expect(today.dark).toEqual([])
    expect(today.holes.at(-1)).toMatchObject({ kind: 'no-record', to: NOW })
    expect((await operator.get(`/api/sites/${SITE}/day?date=2026-13-01`)).status).toBe(400)
    expect((await operator.get('/api/sites/LC-XX-01/day')).status).toBe(404)
    const never = await get<SiteDay>('/api/sites/LC-MT-01/day')
    expect(never).toMatchObject({ played: [], knownTo: null, holes: [{ kind: 'no-record' }] })
  })
})

describe('what a schedule plans for a day', () => {
  const document = aSchedule([anItem({})], {
    power: [{ weekdays: [0, 1, 2, 3, 4, 5, 6], from: '06:00', to: '22:00', brightness: 70 }],
    energy: [
      {
        ...{ rule: { kind: 'curfew' }, weekdays: [1], from: '12:00', to: '13:00' },
        ...{ decidedBy: 'UBND tỉnh', source: 'Chỉ thị 20/CT-TTg' },
      },
    ],
  }).document
  const monday = { date: '2026-11-23', from: MIDNIGHT, to: MIDNIGHT + DAY, offset: 420, schedule: document }
  it('is dark outside of its windows and in a curfew, each with its reason', () => {
    const hours = darkOf(monday).map((d) => [(d.from - MIDNIGHT) / HOUR, (d.to - MIDNIGHT) / HOUR, d.why])
    expect(hours).toEqual([
      [0, 6, expect.stringContaining('quiet hours')],
      [12, 13, 'Chỉ thị 20/CT-TTg (UBND tỉnh)'],
      [22, 24, expect.stringContaining('quiet hours')],
    ])
    expect(darkOf({ ...monday, schedule: null })).toEqual([])
  })
  it('has frames from now on, the one that runs cut at now, with what stands in each', () => {
    const at = (hour: number) =>
      plannedOf({ ...monday, now: MIDNIGHT + hour * HOUR }).map((p) => [p.frame, (p.from - MIDNIGHT) / HOUR])
    expect(at(0)).toEqual([
      ['AM', 7],
      ['PM', 14],
    ])
    expect(at(9)).toEqual([
      ['AM', 9],
      ['PM', 14],
    ])
    expect(at(24)).toEqual([])
    expect(plannedOf({ ...monday, now: MIDNIGHT })[0]?.items).toMatchObject([{ item: 'C01' }])
  })
})

describe('a day that is too much to draw', () => {
  const play = (i: number, over: object) => ({
    ...{ from: i * 5_000, to: i * 5_000 + 5_000, item: `C${i % 7}`, title: 't', category: 'A7_1_POLICY_LAW' },
    ...{ order: null, rank: 'normal', proof: 'seen' },
    ...over,
  })
  it('puts the same item together, then what is of one kind, and never an order with something else', () => {
    const same = putTogether(Array.from({ length: 10 }, (_, i) => play(i, { item: 'C1' })))
    expect(same.plays).toMatchObject([{ from: 0, to: 50_000, plays: 10 }])
    const rows = Array.from({ length: 17_280 }, (_, i) =>
      play(i, i === 9_000 ? { order: 'L-1', rank: 'emergency' } : {}),
    )
    const { plays, cut } = putTogether(rows)
    expect([plays.length <= 1_500, cut, plays.reduce((n, p) => n + p.plays, 0)]).toEqual([true, false, 17_280])
    expect(plays.filter((p) => p.kind === 'emergency')).toMatchObject([{ from: 45_000_000, to: 45_005_000, plays: 1 }])
    expect(plays.every((p, i) => i === 0 || p.from === plays[i - 1]?.to)).toBe(true)
  })
  it('and is cut where even that is too much', () => {
    const rows = Array.from({ length: 4_000 }, (_, i) =>
      play(i, { category: i % 2 === 0 ? 'A7_1_POLICY_LAW' : 'A7_3_ACCESS_DEMOCRACY' }),
    )
    expect(putTogether(rows)).toMatchObject({ cut: true })
    expect(putTogether(rows).plays.length).toBe(1_500)
  })
})

describe('uptime', () => {
  it('splits the time of every cluster by cause, to the millisecond', async () => {
    const answers = await get<readonly UptimeAnswer[]>('/api/uptime?from=2026-11-23&to=2026-11-25')
    expect(answers.length).toBe([...world.hub.hub.sites.values()].filter((s) => s.fleet).length)
    for (const a of answers) {
      const out = a.outageMs.power + a.outageMs.device + a.outageMs.software + a.outageMs.unknown
      expect(a.shownMs + a.darkMs + out + a.unknownMs).toBe(a.elapsedMs)
      expect(a.elapsedMs).toBe(2 * DAY + 9 * HOUR)
    }
    const here = answers.find((a) => a.site === SITE)
    expect(here?.unknownMs).toBe(NOW - (records.at(-1)?.at.wall ?? 0))
    expect(here?.outageMs.device).toBeGreaterThan(25 * 60_000)
    expect(here?.outageMs.device).toBeLessThan(35 * 60_000)
    expect(here?.longestMs).toBeGreaterThan(25 * 60_000)
    expect(here?.outages).toBeGreaterThanOrEqual(1)
    const [one] = await get<readonly UptimeAnswer[]>(`/api/uptime?from=2026-11-23&to=2026-11-25&site=${SITE}`)
    expect(one).toEqual(here)
    const days = await Promise.all(
      ['23', '24', '25'].map((d) =>
        get<readonly UptimeAnswer[]>(`/api/uptime?from=2026-11-${d}&to=2026-11-${d}&site=${SITE}`),
      ),
    )
    expect(days.flat().reduce((ms, d) => ms + d.shownMs, 0)).toBe(here?.shownMs)
    expect(answers.find((a) => a.site === 'LC-MT-01')).toMatchObject({ unknownMs: 2 * DAY + 9 * HOUR, ratio: null })
    expect((await operator.get('/api/uptime?from=2026-11-25&to=2026-11-23')).status).toBe(400)
  })

  it('counts the time without a link beside, from when it was last heard', async () => {
    const key = keyOf('LC-MT-01')
    const link = async (at: number, ms: number) => {
      world.clock.at = at
      const { edge } = await connect(world, 'LC-MT-01', key)
      world.clock.at = at + ms
      edge.send({ t: 'receipt-nonsense' })
      await edge.close()
      await world.hub.hub.incidents.look()
    }
    const linkMs = async () => {
      await world.hub.hub.incidents.look()
      return (await get<readonly UptimeAnswer[]>('/api/uptime?from=2026-11-25&to=2026-11-25&site=LC-MT-01'))[0]?.linkMs
    }
    await link(NOW, 60_000)
    const before = (await linkMs()) ?? 0
    world.clock.at = NOW + HOUR
    expect(((await linkMs()) ?? 0) - before).toBe(HOUR - 60_000)
    await world.restart()
    world.clock.at = NOW + 2 * HOUR
    expect(((await linkMs()) ?? 0) - before).toBe(2 * HOUR - 60_000)
    world.clock.at = NOW
  })

  it('sums exactly, whatever the stretches, outages and links are', () => {
    const sums = fc.record(Object.fromEntries(STRETCH_WHYS.map((why) => [why, fc.integer({ min: 0, max: 3_600_000 })])))
    const property = fc.property(sums, fc.integer({ min: 0, max: 3 * DAY }), (of, passed) => {
      const known = Object.values(of).reduce((ms, one) => ms + one, 0)
      const a = uptimeOf({
        ...{ site: SITE, from: '', to: '', sums: of, outages: [], links: [] },
        span: { from: MIDNIGHT, to: MIDNIGHT + 2 * DAY },
        now: MIDNIGHT + known + passed,
      })
      const out = a.outageMs.power + a.outageMs.device + a.outageMs.software + a.outageMs.unknown
      expect(a.shownMs + a.darkMs + out + a.unknownMs).toBe(a.elapsedMs)
    })
    fc.assert(property, { numRuns: 200 })
    const runs = uptimeOf({
      ...{ site: SITE, from: '', to: '', sums: {}, now: MIDNIGHT + DAY, span: { from: MIDNIGHT, to: MIDNIGHT + DAY } },
      outages: [
        { from: MIDNIGHT, to: MIDNIGHT + 500 },
        { from: MIDNIGHT + 9_000, to: MIDNIGHT + 12_000 },
        { from: MIDNIGHT + 12_000, to: MIDNIGHT + 20_000 },
      ],
      links: [
        { from: MIDNIGHT - 5_000, to: MIDNIGHT + 1_000 },
        { from: MIDNIGHT + DAY - 7_000, to: null },
      ],
    })
    expect([runs.outages, runs.longestMs, runs.linkMs]).toEqual([1, 11_000, 8_000])
  })
})

describe('the search of plays', () => {
  const search = (query: string) => get<PlaySearch>(`/api/plays?${query}`)
  beforeAll(async () => {
    const { edge } = await connect(world, 'LC-MLT-02', keyOf('LC-MLT-02'))
    const boot = { id: 'b1', at: MIDNIGHT }
    const told = (id: string, over: object, at: number) => [at, { ...playOf(id, 'C09'), ...over }] as const
    const { lines } = linesAt(
      START,
      [
        told(
          'q1',
          { title: 'Lũ quét: đường Đồi Cao', languages: ['vi', 'hmn'], supplier: 'pctt', order: 'L-9' },
          MIDNIGHT + HOUR,
        ),
        told(
          'q2',
          { title: 'Lũ quét ở Mường Tè', category: 'A7_2D_DISASTER_EMERGENCY', languages: ['vi-VN'] },
          MIDNIGHT + 2 * HOUR,
        ),
        told('q3', { title: 'Quét dọn đường làng' }, MIDNIGHT + 3 * HOUR),
      ],
      boot,
    )
    await upload(edge, START, lines)
    await edge.close()
  })
  const ids = async (query: string) => (await search(query)).plays.map((p) => p.play)

  it('finds by every filter, titles without diacritics, newest first', async () => {
    const at = '&site=LC-MLT-02'
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ['text=lu quet', ['q2', 'q1']],
      ['text=LŨ  QUÉT', ['q2', 'q1']],
      ['text=quet duong', ['q3', 'q1']],
      ['text=doi cao', ['q1']],
      ['text=khong co', []],
      [`item=C09`, ['q3', 'q2', 'q1']],
      [`item=C09${at}`, ['q3', 'q2', 'q1']],
      [`category=A7_2D_DISASTER_EMERGENCY${at}`, ['q2']],
      ['language=hmn', ['q1']],
      [`language=vi${at}`, ['q3', 'q2', 'q1']],
      ['supplier=pctt', ['q1']],
      ['order=L-9', ['q1']],
      [`proof=commanded${at}`, ['q3', 'q2', 'q1']],
      [`proof=seen${at}`, []],
      [`from=${MIDNIGHT + 2 * HOUR}&to=${MIDNIGHT + 3 * HOUR}${at}`, ['q3', 'q2']],
      [`text=lu quet&supplier=pctt&order=L-9&item=C09${at}`, ['q1']],
    ]
    for (const [query, wanted] of cases) expect([query, await ids(query)]).toEqual([query, wanted])
    expect(cases.length).toBe(16)
    const [q1] = (await search('order=L-9')).plays
    expect(q1).toMatchObject({
      site: 'LC-MLT-02',
      title: 'Lũ quét: đường Đồi Cao',
      supplier: 'pctt',
      records: { open: 1 },
    })
  })

  it('gives every play once, page by page, with whatever filter; pages are whole and in order', async () => {
    const opens = records.filter((r) => r.kind === 'open').length
    for (const [filter, total] of [
      ['', opens + 3],
      [`site=${SITE}&`, opens],
      ['language=vi&', opens + 3],
    ] as const) {
      const seen: string[] = []
      let last = Number.POSITIVE_INFINITY
      let before = ''
      let pages = 0
      for (let more = true; more; pages++) {
        const page = await search(`${filter}limit=500${before}`)
        for (const play of page.plays) {
          expect(play.from).toBeLessThanOrEqual(last)
          last = play.from
          seen.push(`${play.site} ${play.play}`)
        }
        more = page.next !== null
        before = `&before=${page.next}`
      }
      expect([filter, seen.length, new Set(seen).size]).toEqual([filter, total, total])
      expect(pages).toBe(Math.ceil(total / 500))
    }
  })

  it('refuses what it does not understand, and is for those who may query the play log', async () => {
    for (const query of ['from=x', 'from=5&to=4', 'before=x', `text=${'x'.repeat(201)}`])
      expect([query, (await operator.get(`/api/plays?${query}`)).status]).toEqual([query, 400])
    expect((await operator.get('/api/plays?site=LC-XX-01')).status).toBe(404)
    expect((await (await login(world, 'btv')).get('/api/plays')).status).toBe(403)
    expect((await search('limit=100000')).plays.length).toBe(500)
  })
})
