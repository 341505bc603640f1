import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anItem, aPreset, aSchedule, MONDAY_8, siteFacts } from '../../test/build.ts'
import { awake, drive, pinsSay, shippedPolicy, stagesOf, woke } from '../../test/drive.ts'
import { emptyLedger } from '../airtime/ledger.ts'
import { ok } from '../base/result.ts'
import { duration, type Instant, instant } from '../base/units.ts'
import type { Preset } from '../emergency/preset.ts'
import { runVirtual } from './virtual.ts'

const policy = shippedPolicy()
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const PAIR = { opposite: { device: 'gpio', where: 'fire-nc' } } as const

type Driven = ReturnType<typeof drive>
const site = (presets: readonly Preset[]) => awake(aSchedule([anItem()]), siteFacts({ presets }))
const claim = (it: Driven) => it.state().verdict?.winner

/** Random contacts at random times, told by a slow model: the rule in words, one second at a time. */
describe('whatever the contacts do', () => {
  const reading = fc.record({
    gap: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 400, max: 40_000 })),
    fire: fc.constantFrom(true, false, null),
    same: fc.boolean(),
  })

  it('the page is on exactly by the rule, and what is written is bounded', () => {
    let checked = 0
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 60 }), fc.boolean(), (readings, whilePressed) => {
        const hold = 90_000
        const it = drive(siteFacts({ presets: [aPreset({ ...PAIR, whilePressed, hold: duration(hold) })] }))
        it.give(0, { ...woke, ledger: emptyLedger(policy) })
        it.give(1, { event: 'player', what: 'up' })
        const model = { on: false, notBefore: 0, until: 0, offSince: -1, endedAt: -1, wasOn: false }
        let now = 1
        const spell = { on: false, off: false, since: 0 }
        const rule = (at: number) => {
          if (model.on) {
            if (spell.on) model.until = Math.max(model.until, at + hold)
            const released = whilePressed && spell.off && at >= Math.max(model.notBefore, spell.since + 2_000)
            if (!spell.on && (released || at >= model.until)) Object.assign(model, { on: false, endedAt: at })
          } else if (spell.on) {
            const again = model.endedAt >= 0 && at - model.endedAt < 60_000
            const notBefore = at + (again ? 60_000 : 10_000)
            Object.assign(model, { on: true, notBefore, until: Math.max(at + hold, notBefore) })
          }
        }
        for (const { gap, fire, same } of readings) {
          // Ticks of a second between the readings, as the daemon has them.
          for (let t = now + 1_000; t < now + gap; t += 1_000) {
            it.give(t, { event: 'tick' })
            rule(t)
            expect(claim(it)?.rank === 'emergency').toBe(model.on)
            checked += 1
          }
          now += gap
          const value = fire === null ? {} : { fire, 'fire-nc': same ? fire : !fire }
          pinsSay(it, now, value)
          const is = fire === null || same ? 'doubt' : fire ? 'on' : 'off'
          const before = spell.on ? 'on' : spell.off ? 'off' : 'doubt'
          if (before === 'on' && is !== 'on') model.until = model.on ? Math.max(now + hold, model.notBefore) : 0
          if (is !== before) Object.assign(spell, { on: is === 'on', off: is === 'off', since: now })
          rule(now)
          expect(claim(it)?.rank === 'emergency').toBe(model.on)
          checked += 1
        }
        const written = it.records().filter((r) => r.kind === 'order').length
        // At most four lines for each time on: one after ten seconds, each later one after a minute.
        expect(written).toBeLessThanOrEqual(4 * (2 + now / 10_000))
      }),
      { numRuns: 60 },
    )
    expect(checked).toBeGreaterThan(1_000)
  })

  it('a contact that flaps a hundred times a second for a minute is one order and a handful of lines', () => {
    const it = site([aPreset()])
    const before = it.records().length
    for (let at = 1_000; at < MINUTE; at += 10) pinsSay(it, at, { fire: (at / 10) % 2 === 0 })
    expect(stagesOf(it.records())).toEqual(['received', 'active'])
    expect(it.shows().filter((s) => s.scene === 'order')).toHaveLength(1)
    // Heartbeats, the sensor's own lines (six a minute) and the incident that says so.
    expect(it.records().length - before).toBeLessThan(30)
    expect(it.done.filter((e) => e.effect === 'snapshot').length).toBeLessThan(5)
  })

  it('the simulation that leaves ticks out writes the same', () => {
    const contact = (seconds: number, closed: boolean) => ({
      at: instant(MONDAY_8 + seconds * 1_000),
      event: {
        event: 'equipment' as const,
        device: 'gpio',
        result: ok([{ what: 'contact' as const, where: 'fire', value: closed }]),
      },
    })
    const run = (ticks: 'needed' | 'all') =>
      runVirtual({
        site: siteFacts({ presets: [aPreset(), aPreset({ id: 'b', input: { device: 'x', where: 'y' } })] }),
        policy,
        from: MONDAY_8 as Instant,
        to: instant(MONDAY_8 + 2 * HOUR),
        happenings: [
          contact(10, true),
          contact(12, false),
          contact(40, true),
          contact(900, false),
          contact(3_000, true),
        ],
        tickMs: 1_000,
        ticks,
        onRecord: null,
      }).records.filter((r) => r.kind !== 'heartbeat')
    const all = run('all')
    expect(all.filter((r) => r.kind === 'order').length).toBeGreaterThanOrEqual(8)
    expect(run('needed')).toEqual(all)
  })
})
