import { describe, expect, it } from 'vitest'
import { anItem, aSchedule, readingAt, verifiedOrder } from '../../test/build.ts'
import { awake, drive, PANEL, playNow, settled, shippedPolicy, woke } from '../../test/drive.ts'
import { emptyLedger } from '../airtime/ledger.ts'
import { mono, percent } from '../base/units.ts'
import type { EffectKind } from './effect.ts'
import { durableOf } from './init.ts'
import { statusOf } from './status.ts'

const HOUR = 3_600_000
const policy = shippedPolicy()

describe('the engine', () => {
  it('without a schedule shows the standing page, never black', () => {
    const it = drive()
    it.give(0, { ...woke, ledger: emptyLedger(policy) })
    expect(it.shows()).toEqual([])
    it.give(1, { event: 'player', what: 'up' })
    expect(it.shows()).toMatchObject([{ scene: 'standing' }])
  })

  it('plays the frame in turn, each play opened on disk before it is asked for', () => {
    const second = anItem({ id: 'C02', asset: { sha256: '2'.repeat(64), bytes: 5, mime: 'image/png' } })
    const it = awake(aSchedule([anItem(), second]))
    it.give(3, { event: 'asset', sha256: '2'.repeat(64), state: 'present' })
    expect(it.shows()).toMatchObject([{ scene: 'item', item: 'C01' }])
    const effects = it.give(10_001, { event: 'tick' })
    expect(it.shows(effects)).toMatchObject([{ scene: 'item', item: 'C02' }])
    const kinds = effects.map((e): EffectKind => e.effect)
    expect(kinds.indexOf('record')).toBeLessThan(kinds.indexOf('show'))
    expect(it.records(effects).map((r) => r.kind)).toEqual(['close', 'open'])
    expect(it.records(effects)[0]).toMatchObject({ cause: 'ended', ms: 10_000 })
  })

  it('shows an order first, and acknowledges only after log and snapshot', () => {
    const it = awake()
    const effects = it.give(3_000, { event: 'order', order: verifiedOrder() })
    expect(effects.map((e) => e.effect)).toEqual(['show', 'record', 'snapshot', 'receipt', 'wake'])
    expect(it.records(effects).map((r) => r.kind)).toEqual(['order', 'order', 'verdict', 'close', 'open'])
    expect(it.records(effects).find((r) => r.kind === 'verdict')).toMatchObject({
      rank: 'emergency',
      displaced: [{ claim: 'normal:AM' }],
    })
    expect(it.records(effects).find((r) => r.kind === 'close')).toMatchObject({ cause: 'preempted' })
  })

  it('reports an order as shown when the player has it and the display is lit, with the proof', () => {
    const it = awake()
    it.give(3_000, { event: 'order', order: verifiedOrder() })
    const play = playNow(it)?.play ?? ''
    settled(it, 3_010)
    const effects = it.give(3_100, {
      event: 'player',
      what: 'shown',
      play,
      proof: 'acknowledged',
      how: 'playback-restart',
    })
    expect(effects.find((e) => e.effect === 'receipt')).toMatchObject({
      receipt: { stage: 'shown', proof: 'read-back', afterMs: 100 },
    })
    expect(
      it
        .give(3_200, { event: 'player', what: 'shown', play, proof: 'seen', how: 'screenshot' })
        .some((e) => e.effect === 'receipt'),
    ).toBe(false)
  })

  it('does not say shown while the controller is blanked, and lights it', () => {
    const it = awake()
    it.give(10, { event: 'display-observed', result: { ok: true, value: { ...PANEL, blackout: true } } })
    settled(it, 11)
    it.give(20, { event: 'display-observed', result: { ok: true, value: { ...PANEL, blackout: true } } })
    it.give(3_000, { event: 'order', order: verifiedOrder() })
    const play = playNow(it)?.play ?? ''
    const shown = it.give(3_050, { event: 'player', what: 'shown', play, proof: 'acknowledged', how: '' })
    expect(shown.some((e) => e.effect === 'receipt')).toBe(false)
    const lit = it.give(3_080, {
      event: 'display-applied',
      setting: { set: 'blackout', value: false },
      result: { ok: true, value: { readBack: true, held: false } },
    })
    expect(lit.find((e) => e.effect === 'receipt')).toMatchObject({ receipt: { stage: 'shown' } })
  })

  it('goes back to normal playback when the order expires, and says so', () => {
    const it = awake()
    it.give(3_000, { event: 'order', order: verifiedOrder() })
    const effects = it.give(HOUR + 5, { event: 'tick' })
    expect(it.shows(effects)).toMatchObject([{ scene: 'item', item: 'C01' }])
    expect(effects.filter((e) => e.effect === 'receipt')).toMatchObject([
      { receipt: { stage: 'ended', reason: 'expired' } },
    ])
    expect(it.records(effects).find((r) => r.kind === 'order')).toMatchObject({ stage: 'ended', reason: 'expired' })
    expect(it.records(effects).find((r) => r.kind === 'close')).toMatchObject({ cause: 'ended' })
  })

  it('play ids never repeat, not even between two runs of one kernel boot', () => {
    const ids = ['d4bfba5b-6c87-100-a', 'd4bfba5b-6c87-101-b'].map((bootId) => {
      const it = drive()
      it.give(0, { ...woke, ledger: emptyLedger(policy) }, { bootId })
      it.give(1, { event: 'player', what: 'up' }, { bootId })
      return playNow(it)?.play
    })
    expect(new Set(ids).size).toBe(2)
  })

  it('a cancel ends it at once', () => {
    const it = awake()
    it.give(3_000, { event: 'order', order: verifiedOrder() })
    const effects = it.give(60_000, {
      event: 'order',
      order: verifiedOrder({ id: 'O-2', action: 'cancel', references: ['O-1'] }),
    })
    expect(it.shows(effects)).toMatchObject([{ scene: 'item' }])
    expect(effects.flatMap((e) => (e.effect === 'receipt' ? [`${e.receipt.order}:${e.receipt.stage}`] : []))).toEqual([
      'O-2:accepted',
      'O-1:ended',
    ])
  })

  it('a restart brings the emergency back before anything else', () => {
    const before = awake()
    before.give(3_000, { event: 'order', order: verifiedOrder() })
    const durable = JSON.parse(JSON.stringify(durableOf(before.state()))) as ReturnType<typeof durableOf>
    const again = drive()
    const at = { bootId: 'boot0002-test', mono: mono(50) }
    const orphan = { play: playNow(before)?.play ?? '', openedWall: 0, upperBoundMs: 60_000 }
    again.give(
      120_000,
      {
        ...woke,
        durable,
        ledger: emptyLedger(policy),
        schedule: aSchedule([anItem()]),
        last: { orphan, wall: readingAt(60_000).wall, cleanStop: false, tornBytes: 7 },
      },
      at,
    )
    expect(
      again
        .records()
        .map((r) => (r.kind === 'gap' ? `gap:${r.cause}` : r.kind))
        .slice(0, 3),
    ).toEqual(['close', 'gap:torn-tail', 'gap:power-cut'])
    const effects = again.give(120_001, { event: 'player', what: 'up' }, at)
    expect(again.shows(effects)).toMatchObject([{ scene: 'order', order: 'O-1' }])
    expect(again.state().orders.entries[0]?.deadline).toBe(50 + HOUR - 120_000)
  })

  it('an item the player cannot show is refused with evidence and never stops the loop', () => {
    const second = anItem({ id: 'C02' })
    const it = awake(aSchedule([anItem(), second]))
    const play = playNow(it)?.play ?? ''
    const effects = it.give(500, { event: 'player', what: 'failed', play, detail: 'unrecognized file format' })
    expect(it.records(effects).map((r) => r.kind)).toContain('refusal')
    expect(it.shows(effects)).toMatchObject([{ scene: 'item', item: 'C02' }])
  })

  it('what cannot be drawn is tried again, more and more seldom, and fills no disk', () => {
    const it = awake()
    it.give(1_000, { event: 'order', order: verifiedOrder({ expiresAt: readingAt(0).wall + 20 * HOUR }) })
    const tries: number[] = []
    for (let at = 1_000; at < 3_600_000; at += 1_000) {
      it.give(at, { event: 'tick' })
      const play = playNow(it)
      if (play?.claim.order === null || !play) continue
      tries.push(at)
      it.give(at, { event: 'player', what: 'failed', play: play.play, detail: 'no font' })
    }
    expect(tries.slice(0, 4)).toEqual([1_000, 6_000, 16_000, 36_000])
    expect(tries.length).toBeLessThan(20)
  })

  it('when the player dies the play is closed, and the same content is told to the next one', () => {
    const it = awake()
    const down = it.give(2_000, { event: 'player', what: 'down', detail: 'exited with 9', missing: false })
    expect(it.records(down).find((r) => r.kind === 'close')).toMatchObject({ cause: 'player-lost', ms: 1_999 })
    expect(it.shows(down)).toEqual([])
    expect(it.state().faults['player-lost']).toBe('exited with 9')
    expect(it.shows(it.give(3_000, { event: 'player', what: 'up' }))).toMatchObject([{ scene: 'item', item: 'C01' }])
  })

  it('is dark in quiet hours, and an emergency wakes the screen', () => {
    const it = awake()
    const night = 14 * HOUR
    const dark = it.give(night, { event: 'tick' })
    expect(it.shows(dark)).toEqual([{ scene: 'dark' }])
    expect(dark.find((e) => e.effect === 'display')).toMatchObject({ setting: { set: 'blackout', value: true } })
    it.give(night + 10, {
      event: 'display-applied',
      setting: { set: 'blackout', value: true },
      result: { ok: true, value: { readBack: true, held: true } },
    })
    expect(it.shows(it.give(night + 1000, { event: 'tick' }))).toEqual([])
    const issued = readingAt(night).wall
    const times = { issuedAt: issued, startsAt: issued, expiresAt: issued + HOUR }
    const asleep = it.give(night + 2000, {
      event: 'order',
      order: verifiedOrder({ id: 'soft', wake: false, ...times }),
    })
    expect(it.shows(asleep)).toEqual([])
    const up = it.give(night + 3000, { event: 'order', order: verifiedOrder({ id: 'loud', ...times }) })
    expect(up.slice(0, 2)).toMatchObject([
      { effect: 'show', scene: { scene: 'order' } },
      { effect: 'display', setting: { set: 'blackout', value: false } },
    ])
  })

  it('one write at a time; after a failure it waits, and says it once', () => {
    const it = awake()
    it.give(100, { event: 'display-observed', result: { ok: true, value: { ...PANEL, brightness: percent(20) } } })
    expect(it.state().display.inFlight).toEqual({ set: 'brightness', value: 60 })
    expect(it.give(200, { event: 'tick' }).some((e) => e.effect === 'display')).toBe(false)
    const fault = { ok: false, error: { kind: 'timeout', detail: '3 tries' } } as const
    const failed = it.give(300, {
      event: 'display-applied',
      setting: { set: 'brightness', value: percent(60) },
      result: fault,
    })
    expect(it.records(failed)).toMatchObject([
      { kind: 'incident', fault: 'timeout' },
      { kind: 'screen', lit: 'unknown' },
    ])
    expect(it.give(400, { event: 'tick' }).some((e) => e.effect === 'display')).toBe(false)
    // It may have been done all the same, so it is looked at before it is written again.
    expect(it.give(1_400, { event: 'tick' }).map((e) => e.effect)).toContain('observe')
    const again = it.give(1_500, {
      event: 'display-observed',
      result: { ok: true, value: { ...PANEL, brightness: percent(20) } },
    })
    expect(again.find((e) => e.effect === 'display')).toMatchObject({ setting: { set: 'brightness' } })
  })

  it('a controller that was changed at the site is set right again, with an incident', () => {
    const it = awake()
    const effects = it.give(6_000, {
      event: 'display-observed',
      result: { ok: true, value: { ...PANEL, testPattern: 'red' } },
    })
    expect(it.records(effects).find((r) => r.kind === 'incident')).toMatchObject({ what: 'display-contradicts' })
    expect(effects.find((e) => e.effect === 'display')).toMatchObject({
      setting: { set: 'testPattern', value: 'none' },
    })
  })

  it('brightness never exceeds the profile, whatever an order says', () => {
    const it = awake()
    it.give(3_000, { event: 'order', order: verifiedOrder({ brightness: 100 }) })
    expect(it.state().display.inFlight).toEqual({ set: 'brightness', value: 90 })
  })

  it("a technician's test pattern gives back by itself, and at once to an emergency", () => {
    const it = awake()
    const on = it.give(1_000, { event: 'technician', person: 'Lò Văn A', pattern: 'grey', forMs: 30_000 })
    expect(on.find((e) => e.effect === 'display')).toMatchObject({ setting: { set: 'testPattern', value: 'grey' } })
    settled(it, 1_010)
    expect(it.state().screen).toMatchObject({ lit: 'unknown', intended: true })
    const access = { kind: 'access', person: 'Lò Văn A', what: 'test-pattern' }
    expect(it.records(it.give(31_500, { event: 'tick' })).find((r) => r.kind === 'access')).toMatchObject(access)
    expect(it.state().technician).toBeNull()
    settled(it, 31_510)
    it.give(32_000, { event: 'technician', person: 'Lò Văn A', pattern: 'red', forMs: 60_000 })
    settled(it, 32_010)
    const order = it.give(33_000, { event: 'order', order: verifiedOrder() })
    expect(order.find((e) => e.effect === 'display')).toMatchObject({ setting: { set: 'testPattern', value: 'none' } })
    expect(it.records(order).findLast((r) => r.kind === 'access')).toMatchObject(access)
    expect(it.state().technician).toBeNull()
  })

  it('a wall-clock step splits the play in the log and leaves the picture alone', () => {
    const it = awake()
    const play = playNow(it)?.play ?? ''
    it.give(100, { event: 'player', what: 'shown', play, proof: 'seen', how: 'screenshot' })
    const effects = it.give(4_000, { event: 'clock-step', stepMs: -600_000, was: 'synced' })
    expect(it.records(effects).map((r) => r.kind)).toEqual(['clock', 'close', 'open', 'proof'])
    expect(it.records(effects)[1]).toMatchObject({ cause: 'clock', ms: 3_999 })
    expect(it.shows(effects)).toEqual([])
    expect(it.give(5_000, { event: 'player', what: 'ended', play }).some((e) => e.effect === 'show')).toBe(true)
  })

  it('what did not verify is refused with evidence, a receipt and a security incident', () => {
    const it = awake()
    const effects = it.give(100, {
      event: 'refused',
      what: 'order',
      reason: 'bad-signature',
      detail: 'x',
      orderId: 'E10',
    })
    expect(it.records(effects)).toMatchObject([
      { kind: 'order', stage: 'refused' },
      { kind: 'incident', type: 'INFORMATION_SECURITY' },
    ])
    expect(effects.find((e) => e.effect === 'receipt')).toMatchObject({
      receipt: { order: 'E10', stage: 'refused', reason: 'bad-signature' },
    })
    expect(it.state().faults['signature-refused']).toBeDefined()
  })

  it('receipts are sent again when the hub is back, until they are acknowledged', () => {
    const it = awake()
    it.give(3_000, { event: 'order', order: verifiedOrder() })
    expect(it.give(4_000, { event: 'hub', link: 'up', detail: '' }).filter((e) => e.effect === 'receipt')).toHaveLength(
      1,
    )
    it.give(4_100, { event: 'receipt-acked', order: 'O-1', stage: 'accepted' })
    expect(it.give(5_000, { event: 'hub', link: 'up', detail: '' }).filter((e) => e.effect === 'receipt')).toHaveLength(
      0,
    )
  })

  it('changed bytes under the item that is on take it off the screen', () => {
    const it = awake()
    const effects = it.give(1_000, { event: 'asset', sha256: '1'.repeat(64), state: 'changed' })
    expect(it.records(effects).some((r) => r.kind === 'refusal' && r.reason === 'changed')).toBe(true)
    expect(it.shows(effects)).toMatchObject([{ scene: 'standing' }])
    // Asked again and wrong again is no second refusal; wrong after it had been right is.
    const refusals = (at: number, state: 'changed' | 'present') =>
      it
        .records(it.give(at, { event: 'asset', sha256: '1'.repeat(64), state }))
        .filter((r) => r.kind === 'refusal' && r.reason === 'changed').length
    expect([refusals(2_000, 'changed'), refusals(3_000, 'present'), refusals(4_000, 'changed')]).toEqual([0, 0, 1])
  })

  it('mourning takes advertising off and keeps public information on', () => {
    const ad = anItem({
      id: 'C26',
      category: 'A7_5_ADVERTISING',
      ad: {
        advertiser: 'Mẫu',
        permit: { kind: 'PERMIT', number: 'MAU-1', issuedBy: 'x', validFrom: 0, validTo: 9e12, sites: [] },
      },
    })
    const it = awake(
      aSchedule([anItem(), ad], {
        frames: aSchedule([]).document.frames.map((f) => (f.id === 'AM' ? { ...f, to: '12:00' } : f)),
      }),
    )
    it.give(10_002, { event: 'tick' })
    expect(playNow(it)?.open.item).toBe('C26')
    const order = { ...verifiedOrder({ id: 'M', class: 'mourning', texts: [] }), persons: ['tructinh', 'lanhdao'] }
    const effects = it.give(10_500, { event: 'order', order })
    expect(it.shows(effects)).toMatchObject([{ scene: 'item', item: 'C01' }])
    expect(it.state().verdict?.restrictions).toHaveLength(1)
  })

  it('a safety blank darkens the screen above everything', () => {
    const it = awake()
    it.give(1_000, { event: 'order', order: verifiedOrder() })
    const effects = it.give(2_000, {
      event: 'order',
      order: verifiedOrder({ id: 'B', class: 'safety-blank', texts: [] }),
    })
    expect(it.shows(effects)).toEqual([{ scene: 'dark' }])
    expect(effects.find((e) => e.effect === 'display')).toMatchObject({ setting: { set: 'blackout', value: true } })
  })

  it('a status report can be made of any state', () => {
    const extras = {
      clock: readingAt(0),
      playlog: { head: 0, uploaded: 0, bytes: 0, segments: 0, writable: true },
      assets: { bytes: 0, fetching: null, waiting: null },
      process: { rssBytes: 0, uptimeMs: 0 },
      faults: [],
    }
    const it = awake()
    const status = statusOf(it.state(), extras)
    expect(status.screen).toMatchObject({ show: 'item', item: 'C01', rank: 'normal' })
    expect(status.airtime.periods.find((p) => p.period === 'morning')?.floorMs).toBe(3 * HOUR)
  })

  it('a schedule that no longer holds is off the screen at once; its number still keeps older ones out', () => {
    const it = awake()
    expect(playNow(it)?.open.item).toBe('C01')
    const refused = {
      event: 'refused',
      what: 'schedule',
      reason: 'unknown-key',
      detail: 'gone',
      orderId: null,
    } as const
    it.give(10, refused)
    expect(playNow(it)?.open.item).toBe('C01')
    it.give(20, { ...refused, voids: true })
    expect(playNow(it)?.open.item).toBe('standing')
    expect(it.state().schedule?.document.version).toBe(1)
  })

  it('a hub that confirms receipts nobody sent makes the disk write nothing', () => {
    const it = awake()
    const effects = it.give(10, { event: 'receipt-acked', order: 'O-9', stage: 'shown' })
    expect(effects.filter((e) => e.effect === 'snapshot' || e.effect === 'record')).toEqual([])
  })
})
