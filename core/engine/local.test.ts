import { describe, expect, it } from 'vitest'
import { anItem, aPreset, aSchedule, MONDAY_8, readingAt, siteFacts, verifiedOrder } from '../../test/build.ts'
import { awake, drive, PANEL, pinsSay, shippedPolicy, stagesOf, woke } from '../../test/drive.ts'
import { emptyLedger } from '../airtime/ledger.ts'
import { ok } from '../base/result.ts'
import { duration, instant, mono, type Reading } from '../base/units.ts'
import type { Preset } from '../emergency/preset.ts'
import { durableOf } from './init.ts'

const policy = shippedPolicy()
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const BLACKOUT = { set: 'blackout', value: true } as const
const PAIR = { opposite: { device: 'gpio', where: 'fire-nc' } } as const

type Driven = ReturnType<typeof drive>
const site = (presets: readonly Preset[]) => awake(aSchedule([anItem()]), siteFacts({ presets }))
const claim = (it: Driven) => it.state().verdict?.winner
const faultIds = (it: Driven) => Object.keys(it.state().faults)

describe('a key switch or fire-panel contact', () => {
  it('brings its page up at once, attributed, with no receipt, and takes it down when the contact opens', () => {
    const it = site([aPreset()])
    pinsSay(it, 1_000, { fire: false })
    const effects = pinsSay(it, 2_000, { fire: true })
    // Shown before anything is written, as every order is.
    expect(effects.map((e) => e.effect).slice(0, 4)).toEqual(['show', 'display', 'record', 'snapshot'])
    expect(effects.filter((e) => e.effect === 'receipt')).toEqual([])
    const [entry] = it.state().orders.entries
    expect(entry).toMatchObject({ envelope: null, key: null, state: 'active', hash: 'f'.repeat(64) })
    expect(entry?.order).toMatchObject({
      issuer: 'local:bao-chay',
      targets: ['LC-MLT-01'],
      status: 'actual',
      sound: true,
    })
    expect(claim(it)).toMatchObject({ rank: 'emergency', order: entry?.order.id })
    expect(it.records(effects)).toContainEqual(
      expect.objectContaining({
        kind: 'order',
        stage: 'received',
        issuer: 'local:bao-chay',
        authority: 'Ban quản lý cửa khẩu (mẫu)',
        key: null,
        detail: 'gpio fire: đóng · closed',
        local: entry?.order,
      }),
    )
    it.give(2_100, {
      event: 'player',
      what: 'shown',
      play: it.state().playing?.play ?? '',
      proof: 'seen',
      how: 'frame',
    })
    pinsSay(it, 20_000, { fire: false })
    expect(claim(it)?.rank).toBe('emergency')
    it.give(22_000, { event: 'tick' })
    expect(claim(it)?.rank).toBe('normal')
    expect(stagesOf(it.records())).toEqual(['received', 'active', 'shown', 'ended cancelled'])
    expect(it.records()).toContainEqual(expect.objectContaining({ stage: 'ended', detail: 'gpio fire: mở · open' }))
    expect(it.state().receipts).toEqual([])
  })

  it('is a fault by its name while it is on, and none after', () => {
    const it = site([aPreset()])
    pinsSay(it, 1_000, { fire: true })
    expect(it.state().faults['local-emergency']).toBe('bao-chay: CHÁY: RỜI KHỎI CHỢ NGAY')
    pinsSay(it, 30_000, { fire: false })
    it.give(32_000, { event: 'tick' })
    expect(faultIds(it)).not.toContain('local-emergency')
  })

  const table: readonly [string, Partial<Preset>, Readonly<Record<string, boolean | null>>, boolean][] = [
    ['closed', {}, { fire: true }, true],
    ['open', {}, { fire: false }, false],
    ['not read', {}, { fire: null }, false],
    ['gone', {}, {}, false],
    ['both as they should be', PAIR, { fire: true, 'fire-nc': false }, true],
    ['both at rest', PAIR, { fire: false, 'fire-nc': true }, false],
    ['both open: the cable is cut', PAIR, { fire: false, 'fire-nc': false }, false],
    ['both closed: the cable is shorted', PAIR, { fire: true, 'fire-nc': true }, false],
    ['one of two not read', PAIR, { fire: true, 'fire-nc': null }, false],
    ['a contact that opens', { activeWhen: 'open', ...PAIR }, { fire: false, 'fire-nc': true }, true],
    ['a contact that opens, cut', { activeWhen: 'open', ...PAIR }, { fire: false, 'fire-nc': false }, false],
  ]
  it.each(table)('%s', (_, more, values, shows) => {
    const it = site([aPreset(more)])
    pinsSay(it, 1_000, values)
    expect(claim(it)?.rank === 'emergency').toBe(shows)
  })

  it('a broken cable is a fault and one line of evidence, and mends', () => {
    const it = site([aPreset(PAIR)])
    pinsSay(it, 1_000, { fire: false, 'fire-nc': false })
    it.give(4_000, { event: 'tick' })
    expect(faultIds(it)).not.toContain('preset-input')
    for (const at of [6_000, 7_000, 60_000]) it.give(at, { event: 'tick' })
    expect(it.state().faults['preset-input']).toBe('bao-chay (gpio fire)')
    const noted = () => it.records().filter((r) => r.kind === 'incident' && r.what === 'preset-input')
    expect(noted()).toHaveLength(1)
    pinsSay(it, 61_000, { fire: false, 'fire-nc': true })
    expect(faultIds(it)).not.toContain('preset-input')
    expect(stagesOf(it.records())).toEqual([])
  })

  it('a cable that burns through while the page is on takes nothing down before its time', () => {
    const it = site([aPreset({ ...PAIR, hold: duration(10 * MINUTE) })])
    pinsSay(it, 1_000, { fire: true, 'fire-nc': false })
    pinsSay(it, MINUTE, { fire: false, 'fire-nc': false })
    it.give(10 * MINUTE, { event: 'tick' })
    expect(claim(it)?.rank).toBe('emergency')
    it.give(11 * MINUTE, { event: 'tick' })
    expect(claim(it)?.rank).toBe('normal')
    expect(stagesOf(it.records())).toEqual(['received', 'active', 'ended expired'])
  })

  it('stays for as long as the contact does, beyond its hold', () => {
    const it = site([aPreset({ hold: duration(10 * MINUTE) })])
    for (let at = 1_000; at < 3 * HOUR; at += MINUTE) pinsSay(it, at, { fire: true })
    expect(claim(it)?.rank).toBe('emergency')
    expect(it.state().orders.entries[0]?.order.expiresAt).toBeGreaterThan(MONDAY_8 + 3 * HOUR)
    expect(stagesOf(it.records())).toEqual(['received', 'active'])
    // Not one write of the snapshot for every reading.
    expect(it.done.filter((e) => e.effect === 'snapshot').length).toBeLessThan(190)
    // Nor twice a minute and more, however short the hold.
    const key = site([aPreset({ whilePressed: false, hold: duration(10_000) })])
    for (let at = 1_000; at < 10 * MINUTE; at += 1_000) pinsSay(key, at, { fire: true })
    expect(claim(key)?.rank).toBe('emergency')
    expect(key.done.filter((e) => e.effect === 'snapshot').length).toBeLessThan(25)
  })

  it('a push button holds for its time after it was let go', () => {
    const it = site([aPreset({ whilePressed: false, hold: duration(10 * MINUTE) })])
    pinsSay(it, 1_000, { fire: true })
    pinsSay(it, 2_000, { fire: false })
    it.give(10 * MINUTE, { event: 'tick' })
    expect(claim(it)?.rank).toBe('emergency')
    it.give(10 * MINUTE + 2_000, { event: 'tick' })
    expect(stagesOf(it.records())).toEqual(['received', 'active', 'ended expired'])
  })

  it('a contact that is on when the daemon starts counts as pressed, and the line says so', () => {
    const it = drive(siteFacts({ presets: [aPreset()] }))
    it.give(0, { ...woke, ledger: emptyLedger(policy) })
    pinsSay(it, 10, { fire: true })
    expect(it.records()).toContainEqual(
      expect.objectContaining({ stage: 'received', detail: expect.stringContaining('since the start') }),
    )
  })

  it('is shown with an unset clock, no schedule and no registry, and outlives the clock being set by years', () => {
    const unset = (at: number): Partial<Reading> => ({ quality: 'unset', wall: instant(at) })
    const it = drive(siteFacts({ presets: [aPreset()], hasHub: false }))
    it.give(0, { ...woke, ledger: emptyLedger(policy) }, unset(0))
    it.give(1, { event: 'player', what: 'up' }, unset(1))
    pinsSay(it, 1_000, { fire: true }, unset(1_000))
    expect(it.state().playing?.scene.scene).toBe('order')
    it.give(5_000, { event: 'clock-step', stepMs: MONDAY_8, was: 'unset' })
    it.give(6_000, { event: 'tick' })
    expect(it.state().playing?.scene.scene).toBe('order')
    const order = it.state().orders.entries[0]?.order
    expect(order?.issuedAt).toBe(MONDAY_8 + 1_000)
    expect(order?.expiresAt).toBe(MONDAY_8 + 1_000 + HOUR)
  })

  it('of two that are on the first of the configuration comes first where severity is the same', () => {
    const other = aPreset({ id: 'xa-lu', input: { device: 'gpio', where: 'flood' }, hazard: 'RESERVOIR_RELEASE' })
    for (const presets of [
      [aPreset(), other],
      [other, aPreset()],
    ]) {
      const it = site(presets)
      pinsSay(it, 1_000, { fire: true, flood: false })
      pinsSay(it, 2_000, { fire: true, flood: true })
      const claims = it.state().orders.entries.map((e) => e.order.issuer)
      expect(claims.toSorted()).toEqual(['local:bao-chay', 'local:xa-lu'])
      const verdict = it.state().verdict
      const all = [verdict?.winner, ...(verdict?.displaced ?? [])].filter((c) => c?.rank === 'emergency')
      const strongest = all.toSorted((a, b) => (b?.weight ?? 0) - (a?.weight ?? 0))[0]
      const owner = it.state().orders.entries.find((e) => e.order.id === strongest?.order)
      expect(owner?.order.issuer).toBe(`local:${presets[0]?.id}`)
    }
  })

  it('a preset that blanks is above every emergency', () => {
    const dark = aPreset({
      id: 'cat-hinh',
      input: { device: 'gpio', where: 'blank' },
      class: 'safety-blank',
      texts: [],
    })
    const it = site([aPreset(), dark])
    it.give(500, { event: 'order', order: verifiedOrder() })
    pinsSay(it, 1_000, { fire: true, blank: true })
    expect(claim(it)).toMatchObject({ rank: 'safety-blank', want: { want: 'dark' } })
    expect(faultIds(it)).toEqual(expect.arrayContaining(['local-blank', 'local-emergency']))
  })

  it('no order of the hub ends it, and it takes no order’s room', () => {
    const it = site([aPreset()])
    pinsSay(it, 1_000, { fire: true })
    const id = it.state().orders.entries[0]?.order.id ?? ''
    it.give(2_000, { event: 'order', order: verifiedOrder({ id: 'C-1', action: 'cancel', references: [id] }) })
    expect(it.state().orders.entries.find((e) => e.order.id === id)?.state).toBe('active')
    for (let i = 0; i < 20; i++) it.give(3_000 + i, { event: 'order', order: verifiedOrder({ id: `N-${i}` }) })
    expect(it.records().filter((r) => r.kind === 'order' && r.stage === 'refused')).toEqual([])
  })
})

describe('over a restart', () => {
  const pressed = () => {
    const it = site([
      aPreset(),
      aPreset({ id: 'nut', input: { device: 'gpio', where: 'button' }, whilePressed: false }),
    ])
    pinsSay(it, 1_000, { fire: true, button: true })
    pinsSay(it, 2_000, { fire: true, button: false })
    return it
  }
  const restart = (it: Driven, presets: readonly Preset[], at: number, more: Partial<Reading> = {}) => {
    const durable = durableOf(it.state())
    const next = drive(siteFacts({ presets }))
    const boot = { bootId: 'boot0002-test', mono: mono(50), ...more }
    const last = { ...woke.last, wall: MONDAY_8 + 2_000 }
    next.give(at, { ...woke, durable: JSON.parse(JSON.stringify(durable)), ledger: emptyLedger(policy), last }, boot)
    next.give(at, { event: 'player', what: 'up' }, { ...boot, mono: mono(51) })
    return next
  }
  const both = [aPreset(), aPreset({ id: 'nut', input: { device: 'gpio', where: 'button' }, whilePressed: false })]

  it('keeps what was on, with its content from the configuration and not from the snapshot', () => {
    const it = pressed()
    expect(JSON.stringify(durableOf(it.state()))).not.toContain('CHÁY')
    const next = restart(it, both, 10 * MINUTE)
    expect(next.state().orders.entries.map((e) => [e.order.issuer, e.state])).toEqual([
      ['local:nut', 'active'],
      ['local:bao-chay', 'active'],
    ])
    expect(next.state().orders.entries.map((e) => e.deadline)).toEqual([
      50 + HOUR - 10 * MINUTE + 2_000,
      50 + HOUR - 10 * MINUTE + 1_000,
    ])
    expect(next.state().playing?.scene.scene).toBe('order')
    // Under the same id: for the hub it is one order.
    expect(
      next
        .state()
        .orders.entries.map((e) => e.order.id)
        .toSorted(),
    ).toEqual(
      it
        .state()
        .orders.entries.map((e) => e.order.id)
        .toSorted(),
    )
  })

  it('ends when the contact turns out to be open, and goes on when it is closed', () => {
    for (const closed of [true, false]) {
      const next = restart(pressed(), both, 10 * MINUTE)
      const at = (ms: number) => ({ bootId: 'boot0002-test', mono: mono(50 + ms) })
      pinsSay(next, 10 * MINUTE + 100, { fire: closed, button: false }, at(100))
      next.give(10 * MINUTE + 3_000, { event: 'tick' }, at(3_000))
      const fire = next.state().orders.entries.find((e) => e.order.issuer === 'local:bao-chay')
      expect(fire?.state).toBe(closed ? 'active' : 'ended')
    }
  })

  it('a preset that was changed or taken out ends, and says why', () => {
    const next = restart(pressed(), [aPreset({ hash: '0'.repeat(64) })], MINUTE)
    expect(next.state().orders.entries).toEqual([])
    expect(
      next.records().filter((r) => r.kind === 'order' && r.stage === 'ended' && r.detail.includes('configuration')),
    ).toHaveLength(2)
  })

  it('a snapshot can bring in no content: an order nobody signed is left out', () => {
    const it = pressed()
    const durable = { ...durableOf(it.state()), orders: it.state().orders, local: [] }
    const next = drive(siteFacts({ presets: both }))
    next.give(0, { ...woke, durable, ledger: emptyLedger(policy) })
    expect(next.state().orders.entries).toEqual([])
  })

  it('without a clock it stands for what is left as far as the log knows, never for more than its own length', () => {
    const it = pressed()
    const blind = restart(it, both, 0, { quality: 'unset', wall: instant(MONDAY_8 + 5_000) })
    for (const { deadline } of blind.state().orders.entries) expect(deadline).toBeLessThanOrEqual(50 + HOUR + 2_000)
    // Left turned for five hours, and then nobody can read the contact: its hold of an hour, not five.
    for (let at = MINUTE; at < 5 * HOUR; at += MINUTE) pinsSay(it, at, { fire: true, button: true })
    const later = restart(it, both, 0, { quality: 'unset', wall: instant(MONDAY_8 + 5_000) })
    const left = later.state().orders.entries.map(({ deadline }) => deadline - 50)
    expect(left).toHaveLength(2)
    for (const ms of left) expect(ms).toBeLessThanOrEqual(HOUR)
  })
})

describe('a technician’s blank', () => {
  const person = 'Nguyễn Văn An'
  const blankFor = (it: Driven, at: number, forMs: number, reason: 'intrusion' | 'maintenance' = 'intrusion') =>
    it.give(at, { event: 'blank', person, reason, forMs })

  it('outranks everything, works without hub and player, and is an incident of information security with the name', () => {
    const it = awake(aSchedule([anItem()]), siteFacts())
    it.give(500, { event: 'order', order: verifiedOrder() })
    it.give(600, { event: 'player', what: 'down', detail: 'gone', missing: false })
    it.give(700, { event: 'hub', link: 'down', detail: '' })
    const effects = blankFor(it, 1_000, HOUR)
    expect(claim(it)).toMatchObject({ rank: 'safety-blank', want: { want: 'dark' } })
    // The controller itself is told, whatever the player does.
    expect(effects).toContainEqual({ effect: 'display', setting: BLACKOUT })
    expect(it.records(effects)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'incident', type: 'INFORMATION_SECURITY', what: 'intrusion' }),
        expect.objectContaining({ kind: 'access', person, what: 'local-blank' }),
        expect.objectContaining({
          kind: 'order',
          stage: 'received',
          issuer: 'local:technician',
          class: 'safety-blank',
        }),
      ]),
    )
    expect(it.state().faults['local-blank']).toContain(person)
    // Known to be dark by the display's own word: that is when it counts as shown.
    expect(stagesOf(it.records())).not.toContain('shown')
    it.give(1_200, { event: 'display-applied', setting: BLACKOUT, result: ok({ readBack: true, held: true }) })
    it.give(1_300, { event: 'display-observed', result: ok({ ...PANEL, blackout: true }) })
    expect(it.records()).toContainEqual(
      expect.objectContaining({ stage: 'shown', issuer: 'local:technician', detail: 'read-back' }),
    )
    expect(it.state().receipts.filter((r) => r.order !== 'O-1')).toEqual([])
  })

  it('no test pattern lights what was made dark', () => {
    const it = awake(aSchedule([anItem()]), siteFacts())
    it.give(500, { event: 'technician', person: 'B', pattern: 'white', forMs: HOUR })
    const effects = blankFor(it, 1_000, HOUR)
    expect(effects.flatMap((e) => (e.effect === 'display' ? [e.setting] : []))).not.toContainEqual(
      expect.objectContaining({ set: 'testPattern', value: 'white' }),
    )
    expect(it.state().verdict?.winner.rank).toBe('safety-blank')
  })

  it('gives the screen back by itself, can be renewed, and is bound to a day', () => {
    const it = awake(aSchedule([anItem()]), siteFacts())
    blankFor(it, 1_000, 15 * MINUTE)
    blankFor(it, 10 * MINUTE, 15 * MINUTE)
    it.give(16 * MINUTE, { event: 'tick' })
    expect(claim(it)?.rank).toBe('safety-blank')
    it.give(25 * MINUTE, { event: 'tick' })
    expect(claim(it)?.rank).toBe('normal')
    expect(stagesOf(it.records())).toEqual(['received', 'active', 'received', 'ended expired'])
    blankFor(it, HOUR, 100 * HOUR, 'maintenance')
    expect(it.state().local.on[0]?.until).toBe(readingAt(HOUR).mono + 24 * HOUR)
    it.give(HOUR + 1, { event: 'blank-end', person: 'Trần B' })
    expect(claim(it)?.rank).toBe('normal')
    expect(it.records()).toContainEqual(
      expect.objectContaining({ stage: 'ended', reason: 'cancelled', detail: 'Trần B' }),
    )
    expect(it.records().filter((r) => r.kind === 'incident' && r.type === 'INFORMATION_SECURITY')).toHaveLength(1)
  })

  it('outlives a restart with its name and its time', () => {
    const it = awake(aSchedule([anItem()]), siteFacts())
    blankFor(it, 1_000, HOUR)
    const durable = durableOf(it.state())
    const next = drive(siteFacts())
    next.give(30 * MINUTE, { ...woke, durable, ledger: emptyLedger(policy) }, { bootId: 'boot2', mono: mono(5) })
    expect(claim(next)?.rank).toBe('safety-blank')
    expect(next.state().orders.entries[0]?.order.authority.name).toContain(person)
    expect(next.state().local.on[0]?.until).toBe(5 + HOUR + 1_000 - 30 * MINUTE)
  })

  it('renewed again and again, it lasts without a clock no longer than it was last asked for, over two power cuts', () => {
    const it = awake(aSchedule([anItem()]), siteFacts())
    for (let n = 0; n < 6; n += 1) blankFor(it, 1_000 + n * 10 * MINUTE, n < 5 ? HOUR : 15 * MINUTE)
    const blind = (from: Driven, bootId: string): Driven => {
      const next = drive(siteFacts())
      const at = { bootId, mono: mono(5), quality: 'unset', wall: instant(60_000) } as const
      next.give(0, { ...woke, durable: durableOf(from.state()), ledger: emptyLedger(policy) }, at)
      expect(claim(next)?.rank).toBe('safety-blank')
      return next
    }
    const first = blind(it, 'boot2')
    expect(first.state().local.on[0]?.until).toBe(5 + 15 * MINUTE)
    // The second one counts from what the first one left.
    const second = blind(first, 'boot3')
    expect(second.state().local.on[0]?.until).toBe(5 + 15 * MINUTE)
    second.give(
      0,
      { event: 'tick' },
      { bootId: 'boot3', mono: mono(6 + 15 * MINUTE), quality: 'unset', wall: instant(1) },
    )
    expect(claim(second)?.rank).toBe('fallback')
  })
})
