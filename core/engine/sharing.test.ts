import { describe, expect, it } from 'vitest'
import { anItem, aSchedule, MONDAY_8, siteFacts, verifiedOrder } from '../../test/build.ts'
import { awake, drive, shippedPolicy, woke } from '../../test/drive.ts'
import { emptyLedger } from '../airtime/ledger.ts'
import { instant } from '../base/units.ts'
import type { Order } from '../emergency/order.ts'
import { MOST_WAIT_MS, readingNeed } from '../emergency/share.ts'
import { durableOf } from './init.ts'
import { type RunOptions, runVirtual } from './virtual.ts'

const policy = shippedPolicy()
const MINUTE = 60_000
const { turnMs } = policy.emergency.sharing
const at = (ms: number) => instant(MONDAY_8 + ms)
/** Given `ms` after eight o'clock, for so many minutes. */
const order = (id: string, ms: number, more: Partial<Order> = {}, minutes = 10) => {
  const times = { issuedAt: at(ms), startsAt: at(ms), expiresAt: at(ms + minutes * MINUTE) }
  return { at: at(ms), event: { event: 'order' as const, order: verifiedOrder({ id, ...times, ...more }) } }
}
const run = (happenings: RunOptions['happenings'], ticks: RunOptions['ticks'] = 'needed', minutes = 12) => {
  const { records, state } = runVirtual({
    site: siteFacts({ exerciseMode: true }),
    policy,
    from: at(-1000),
    to: at(minutes * MINUTE),
    happenings: [
      { at: at(-1000), event: { event: 'schedule', schedule: aSchedule([anItem()]) } },
      { at: at(-1000), event: { event: 'asset', sha256: '1'.repeat(64), state: 'present' } },
      { at: at(-1000), event: { event: 'player', what: 'up' } },
      ...happenings,
    ],
    tickMs: 1_000,
    ticks,
    onRecord: null,
  })
  const turns = records.flatMap((r) =>
    r.kind === 'open' && r.item.startsWith('order:')
      ? [{ id: r.order ?? '', at: r.at.wall - MONDAY_8, why: r.why }]
      : [],
  )
  const verdicts = records.flatMap((r) => (r.kind === 'verdict' ? [r] : []))
  const shown = records.flatMap((r) => (r.kind === 'order' && r.stage === 'shown' ? [r.order] : []))
  return { records, state, turns, said: turns.map((t) => t.id).join(''), verdicts, shown }
}
const WEAKER = { severity: 'moderate' } as const
/** The player has what it was told last. */
const up = (it: ReturnType<typeof awake>, ms: number, more: { bootId?: string; roundMs?: number } = {}) => {
  const { bootId, ...round } = more
  const shown = { event: 'player', what: 'shown', proof: 'acknowledged', how: 'test', ...round } as const
  const play = it.state().playing?.play ?? ''
  return it.give(ms, { ...shown, play }, bootId === undefined ? {} : { bootId })
}

describe('several emergencies share the screen', () => {
  it('each turn is a play of its own that ends by its time, and the verdict names who waits', () => {
    const g = run([order('A', 0), order('B', 5_000, WEAKER, 5)])
    expect(readingNeed(verifiedOrder().order)).toBeLessThan(turnMs)
    // A's first turn is not broken into; then they take turns to the millisecond until B is over, and A stays.
    expect(g.turns.slice(0, 4).map((t) => [t.id, t.at])).toEqual([
      ['A', 0],
      ['B', turnMs],
      ['A', 2 * turnMs],
      ['B', 3 * turnMs],
    ])
    const until = g.turns.filter((t) => t.at < 5 * MINUTE)
    expect(until.length).toBe((5 * MINUTE) / turnMs)
    // B is over in the middle of A's turn, which goes on.
    expect(g.turns.at(-1)).toMatchObject({ id: 'A', at: 5 * MINUTE })
    const second = g.verdicts.find((v) => v.order === 'B')
    expect(second?.displaced).toContainEqual({ claim: 'order:A', rank: 'emergency' })
    expect(g.turns[1]?.why).toContain('chia lượt với 1 lệnh khác')
    expect(g.turns[0]?.why).not.toContain('chia lượt')
    const opens = new Map(g.records.flatMap((r) => (r.kind === 'open' ? [[r.play, r.order] as const] : [])))
    const closes = g.records.flatMap((r) => (r.kind === 'close' && opens.get(r.play) != null ? [r] : []))
    expect(closes.slice(0, 4).map((c) => [c.cause, c.ms])).toEqual(Array.from({ length: 4 }, () => ['ended', turnMs]))
    // Each is confirmed as shown, once.
    expect(g.shown).toEqual(['A', 'B'])
  })

  it('a stronger one has the screen in the step in which it arrives, by urgency first', () => {
    const low = { severity: 'extreme', urgency: 'expected' } as const
    const g = run([order('B', 0, low), order('A', 7_000, { severity: 'minor', urgency: 'immediate' })])
    expect(g.turns.slice(0, 3).map((t) => [t.id, t.at])).toEqual([
      ['B', 0],
      ['A', 7_000],
      ['B', 7_000 + turnMs],
    ])
  })

  it('a new one breaks into a turn that is not the first', () => {
    const g = run([order('A', 0), order('B', 0, WEAKER), order('C', 40_000, { severity: 'minor' })])
    expect(g.turns.slice(0, 5).map((t) => [t.id, t.at])).toEqual([
      ['A', 0],
      ['B', 15_000],
      ['A', 30_000],
      ['C', 40_000],
      ['A', 55_000],
    ])
  })

  it('an exercise never takes a turn from the real thing, and an all-clear gives way to every danger', () => {
    const drill = order('X', 0, { status: 'exercise', severity: 'extreme' })
    const clear = order('D', 1_000, { action: 'update', references: ['GONE'], allClear: true })
    const g = run([drill, clear, order('A', 2_000, WEAKER, 2), order('B', 2_000, WEAKER, 2)])
    expect(g.said).toMatch(/^XD[AB]+D$/)
    expect(g.turns.filter((t) => t.at >= 2_000 && t.at < 2 * MINUTE).some((t) => t.id === 'X' || t.id === 'D')).toBe(
      false,
    )
    const drilled = run([drill, order('A', 0, WEAKER, 2)])
    expect(drilled.said).toBe('XAX')
    expect(drilled.turns.map((t) => t.at)).toEqual([0, 0, 2 * MINUTE])
  })

  it('nor from anything else that is real, whatever either is called', () => {
    const real = ['safety-blank', 'emergency', 'major-event', 'priority'] as const
    let pairs = 0
    for (const drilled of [...real, 'mourning'] as const)
      for (const asked of real) {
        const it = awake(aSchedule([anItem()]), siteFacts({ exerciseMode: true }))
        const drill = verifiedOrder({ id: 'X', class: drilled, status: 'exercise', severity: 'extreme' })
        it.give(100, { event: 'order', order: drill })
        expect(it.state().orders.entries[0]?.state).toBe('active')
        it.give(200, { event: 'order', order: verifiedOrder({ id: 'R', class: asked, severity: 'minor' }) })
        const { winner, displaced, restrictions } = it.state().verdict ?? {
          winner: null,
          displaced: [],
          restrictions: [],
        }
        expect(winner?.order, `${asked} beside an exercise of ${drilled}`).toBe('R')
        expect([...displaced, ...restrictions].map((c) => c.order)).not.toContain('X')
        it.give(300, {
          event: 'order',
          order: verifiedOrder({ id: 'K', class: asked, action: 'cancel', references: ['R'] }),
        })
        if (drilled !== 'mourning') expect(it.state().verdict?.winner.order, 'and goes on after it').toBe('X')
        pairs++
      }
    expect(pairs).toBe(20)
  })

  it('an exercise is off when the device was started again without exercise mode', () => {
    const before = awake(aSchedule([anItem()]), siteFacts({ exerciseMode: true }))
    before.give(100, { event: 'order', order: verifiedOrder({ id: 'X', status: 'exercise' }) })
    expect(before.state().verdict?.winner.order).toBe('X')
    const durable = durableOf(before.state())
    for (const exerciseMode of [true, false]) {
      const it = drive(siteFacts({ exerciseMode }))
      const boot = { bootId: 'boot2' }
      it.give(60_000, { ...woke, ledger: emptyLedger(policy), schedule: aSchedule([anItem()]), durable }, boot)
      const up = it.give(60_100, { event: 'player', what: 'up' }, boot)
      expect(it.shows(up).map((s) => s.scene)).toEqual([exerciseMode ? 'order' : 'item'])
    }
  })

  it('one that may not wake the screen has no turn at night', () => {
    const night = 14 * 60 * MINUTE
    const g = run([order('A', night, { wake: true }), order('B', night, { wake: false })], 'needed', 14 * 60 + 5)
    expect(new Set(g.turns.map((t) => t.id))).toEqual(new Set(['A']))
  })

  it('the screen is as bright as the one of them asks that asks most, and does not change with each turn', () => {
    const g = run([order('A', 0, { brightness: 90 }), order('B', 0, { ...WEAKER, brightness: 20 })])
    const writes = g.records.flatMap((r) =>
      r.kind === 'power' && !('stage' in r) && r.why.startsWith('brightness') && r.at.wall >= at(0) ? [r.why] : [],
    )
    expect(writes).toEqual(['brightness = 90', 'brightness = 60'])
  })

  it('leaving idle ticks out changes no byte of it', () => {
    const many = [
      order('A', 0),
      order('B', 100, WEAKER, 3),
      order('C', 61_234, { urgency: 'future' }, 2),
      order('X', 5_000, { status: 'exercise' }),
      order('N', 90_000, { class: 'safety-blank', texts: [] }, 1),
      order('D', 200_000, { action: 'update', references: ['A'], allClear: true }),
    ]
    const [needed, all] = [run(many, 'needed', 25), run(many, 'all', 25)]
    expect(needed.records.map((r) => JSON.stringify(r))).toEqual(all.records.map((r) => JSON.stringify(r)))
    expect(needed.said).toContain('ABA')
  })

  it('after a restart the strongest is there at once and the other has its turn', () => {
    const before = awake()
    before.give(100, { event: 'order', order: verifiedOrder({ id: 'A' }) })
    before.give(200, { event: 'order', order: verifiedOrder({ id: 'B', ...WEAKER }) })
    const durable = durableOf(before.state())
    const it = drive()
    const boot = { bootId: 'boot2' }
    it.give(60_000, { ...woke, ledger: emptyLedger(policy), schedule: aSchedule([anItem()]), durable }, boot)
    const begun = it.give(60_100, { event: 'player', what: 'up' }, boot)
    expect(it.shows(begun)).toMatchObject([{ scene: 'order', order: 'A' }])
    up(it, 60_150, boot)
    const turn = it.give(60_100 + turnMs, { event: 'tick' }, boot)
    expect(it.shows(turn)).toMatchObject([{ scene: 'order', order: 'B' }])
  })

  it('one whose page cannot be drawn is left out and comes back in its turn', () => {
    const it = awake()
    it.give(100, { event: 'order', order: verifiedOrder({ id: 'A' }) })
    up(it, 150)
    it.give(200, { event: 'order', order: verifiedOrder({ id: 'B', ...WEAKER }) })
    it.give(100 + turnMs, { event: 'tick' })
    const play = it.state().playing?.play ?? ''
    expect(it.state().playing?.claim.order).toBe('B')
    const failed = it.give(200 + turnMs, { event: 'player', what: 'failed', play, detail: 'x' })
    expect(it.shows(failed)).toMatchObject([{ scene: 'order', order: 'A' }])
    // It can be tried again, and waits for its turn.
    it.give(6_000 + turnMs, { event: 'tick' })
    expect(it.state().playing?.claim.order).toBe('A')
    up(it, 6_000 + turnMs)
    it.give(6_000 + 2 * turnMs, { event: 'tick' })
    expect(it.state().playing?.claim.order).toBe('B')
  })

  it('a turn runs from its picture: a slow controller finishes each before the next is begun', () => {
    const it = awake()
    it.give(100, { event: 'order', order: verifiedOrder({ id: 'A' }) })
    it.give(200, { event: 'order', order: verifiedOrder({ id: 'B', ...WEAKER }) })
    const holder = () => it.state().playing?.claim.order
    // Each picture takes 40 s over the line, a turn 15 s.
    let now = 200
    const turns: string[] = []
    for (let n = 0; n < 4; n++) {
      const told = holder()
      it.give(now + 39_000, { event: 'tick' })
      expect(holder()).toBe(told)
      up(it, now + 40_000)
      it.give(now + 40_000 + turnMs - 1, { event: 'tick' })
      expect(holder()).toBe(told)
      it.give(now + 40_000 + turnMs, { event: 'tick' })
      turns.push(told ?? '')
      now += 40_000 + turnMs
    }
    expect(turns).toEqual(['A', 'B', 'A', 'B'])
    const proven = it.records().flatMap((r) => (r.kind === 'proof' ? [r.proof] : []))
    expect(proven).toEqual(Array.from({ length: 4 }, () => 'acknowledged'))
  })

  it('a picture that never comes keeps nobody waiting for ever, and a player that crashes makes no turn longer', () => {
    const it = awake()
    it.give(0, { event: 'order', order: verifiedOrder({ id: 'A' }) })
    it.give(200, { event: 'order', order: verifiedOrder({ id: 'B', ...WEAKER }) })
    it.give(MOST_WAIT_MS - 1, { event: 'tick' })
    expect(it.state().playing?.claim.order).toBe('A')
    it.give(MOST_WAIT_MS, { event: 'tick' })
    expect(it.state().playing?.claim.order).toBe('B')
    up(it, MOST_WAIT_MS + 100)
    it.give(MOST_WAIT_MS + 10_000, { event: 'player', what: 'down', detail: 'x', missing: false })
    it.give(MOST_WAIT_MS + 12_000, { event: 'player', what: 'up' })
    up(it, MOST_WAIT_MS + 14_000)
    it.give(MOST_WAIT_MS + turnMs, { event: 'tick' })
    expect(it.state().playing?.claim.order).toBe('A')
  })

  it('a turn is as long as its pages need on this screen to go round once', () => {
    const it = awake()
    it.give(0, { event: 'order', order: verifiedOrder({ id: 'A' }) })
    up(it, 50, { roundMs: 60_000 })
    it.give(200, { event: 'order', order: verifiedOrder({ id: 'B', ...WEAKER }) })
    it.give(59_999, { event: 'tick' })
    expect(it.state().playing?.claim.order).toBe('A')
    it.give(60_000, { event: 'tick' })
    expect(it.state().playing?.claim.order).toBe('B')
    // What is over is forgotten.
    it.give(61_000, { event: 'order', order: verifiedOrder({ id: 'C', action: 'cancel', references: ['A'] }) })
    expect(it.state().share.rounds).toEqual({})
  })
})
