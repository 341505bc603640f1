import { describe, expect, it } from 'vitest'
import { checkDocument } from '#core/base/check.ts'
import { SchedulePlan } from '#core/contract/api.ts'
import { ALL_WEEK, changedParts, cleanPlan, DRAFT_FAULTS, type Frame, frameId, planFaults } from './draft.ts'

const frame: Frame = {
  id: 'AM',
  weekdays: ALL_WEEK,
  from: '07:00',
  to: '10:30',
  playlist: 'PL',
  purpose: 'propaganda',
  decidedBy: ' Sở VHTTDL ',
  reason: '',
  document: ' ',
}
const plan: SchedulePlan = {
  frames: [frame],
  power: [{ weekdays: [6, 0], from: '06:00', to: '24:00', brightness: 60 }],
  brightness: {
    by: {
      way: 'sensor',
      curve: [
        { lux: 10, percent: 20 },
        { lux: 1000, percent: 80 },
      ],
      hysteresis: 5,
      settleMs: 10_000,
    },
    nightCap: { most: 30, from: '18:00', to: '06:00' },
    decidedBy: 'x',
    reason: '',
  },
  energy: [
    {
      rule: { kind: 'dim', most: 20 },
      weekdays: ALL_WEEK,
      from: '21:00',
      to: '23:00',
      decidedBy: 'x',
      source: 'CT 20',
    },
  ],
  ads: { allowed: true, limits: [{ mostMs: 15_000, withinMs: 300_000, source: 'x' }], decidedBy: 'x', reason: '' },
}

describe('a plan that is being edited', () => {
  it('becomes what the contract accepts, with nothing empty in it', () => {
    expect(planFaults(plan)).toEqual([])
    const clean = cleanPlan(plan)
    expect(checkDocument(SchedulePlan, clean)).toEqual({ ok: true, value: clean })
    expect(clean.frames[0]).not.toHaveProperty('document')
    expect([clean.frames[0]?.decidedBy, clean.power[0]?.weekdays]).toEqual(['Sở VHTTDL', [0, 6]])
    expect(cleanPlan({ ...plan, energy: [] })).not.toHaveProperty('energy')
  })

  it('names every fault with its card', () => {
    const { brightness, ads } = plan
    if (brightness === undefined || ads === undefined) throw new Error('the plan has both')
    const withFrame = (more: Partial<Frame>) => ({ ...plan, frames: [{ ...frame, ...more }] })
    const cases: readonly (readonly [SchedulePlan, string, string])[] = [
      [withFrame({ from: '7:00' }), 'frames/0', 'time'],
      [withFrame({ from: '11:00' }), 'frames/0', 'order'],
      [withFrame({ weekdays: [] }), 'frames/0', 'weekdays'],
      [withFrame({ dates: { from: '2027-02-09', to: '2027-02-05' } }), 'frames/0', 'dates'],
      [withFrame({ dates: { from: '', to: '' } }), 'frames/0', 'dates'],
      [withFrame({ decidedBy: '  ' }), 'frames/0', 'who'],
      [withFrame({ id: 'một' }), 'frames/0', 'id'],
      [{ ...plan, power: [{ weekdays: ALL_WEEK, from: '06:00', to: '22:00', brightness: 101 }] }, 'power/0', 'percent'],
      [{ ...plan, energy: (plan.energy ?? []).map((r) => ({ ...r, source: '' })) }, 'energy/0', 'source'],
      [
        { ...plan, brightness: { ...brightness, by: { way: 'sun', day: 80, night: Number.NaN, twilightMs: 0 } } },
        'brightness',
        'percent',
      ],
      [
        {
          ...plan,
          brightness: {
            ...brightness,
            by: {
              way: 'sensor',
              curve: [
                { lux: 10, percent: 20 },
                { lux: 5, percent: 80 },
              ],
              hysteresis: 5,
              settleMs: 0,
            },
          },
        },
        'brightness',
        'curve',
      ],
      [{ ...plan, ads: { ...ads, limits: [{ mostMs: 15_000, withinMs: 500, source: 'x' }] } }, 'ads', 'limit'],
    ]
    for (const [wrong, part, fault] of cases) expect(planFaults(wrong)).toEqual([{ part, fault }])
    expect(new Set(cases.map(([, , fault]) => fault))).toEqual(new Set(DRAFT_FAULTS))
  })

  it('gives new frames a name of their own', () => {
    expect(frameId([], null)).toBe('F-1')
    const taken = [{ ...frame, id: 'F-20270205-1' }]
    expect(frameId(taken, '2027-02-05')).toBe('F-20270205-2')
  })

  it('says what has changed, however it is written', () => {
    const turned = Object.fromEntries(Object.entries(plan).reverse()) as SchedulePlan
    expect(changedParts(plan, JSON.parse(JSON.stringify(turned)))).toEqual([])
    const { energy: _, ...rest } = plan
    expect(changedParts(plan, { ...rest, frames: [] })).toEqual(['frames', 'energy'])
  })
})
