import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldStretch, NO_STRETCHES, type Stretch, type StretchMark, type StretchNews } from './stretches.ts'

const BOOT = 1_700_000_000_000
type Told = readonly [mark: Partial<StretchMark> & { readonly mono: number }, news: StretchNews]

const markOf = (over: Told[0]): StretchMark => ({ boot: 'b1', unset: false, wall: BOOT + over.mono, ...over })
const fold = (told: readonly Told[]): readonly Stretch[] => {
  let state = NO_STRETCHES
  const made: Stretch[] = []
  for (const [mark, news] of told) {
    const step = foldStretch(state, markOf(mark), news)
    state = JSON.parse(JSON.stringify(step.state))
    made.push(...step.made)
  }
  return made
}
/** As people read it: from and to in seconds after the boot, and why; what touches and says the same is one. */
const said = (stretches: readonly Stretch[]): readonly string[] => {
  const out: { from: number; to: number; why: string }[] = []
  for (const { from, to, why } of stretches) {
    const last = out.at(-1)
    if (last !== undefined && last.to === from && last.why === why) last.to = to
    else out.push({ from, to, why })
  }
  return out.map((s) => `${(s.from - BOOT) / 1000}–${(s.to - BOOT) / 1000} ${s.why}`)
}
const OPEN: StretchNews = { kind: 'open' }
const CLOSE: StretchNews = { kind: 'close', isCut: false }
const BEAT: StretchNews = { kind: 'other' }
const lit = (intended = true): StretchNews => ({ kind: 'screen', lit: 'lit', intended, why: '' })
const dark = (intended: boolean): StretchNews => ({ kind: 'screen', lit: 'dark', intended, why: 'vì sao' })
const gap = (cause: 'power-cut' | 'stopped' | 'disk'): StretchNews => ({ kind: 'gap', cause })

describe('a display by its records', () => {
  it('is lit with something on it, and between two plays nobody sees a hole', () => {
    expect(
      said(
        fold([
          [{ mono: 0 }, lit()],
          [{ mono: 0 }, OPEN],
          [{ mono: 10_000 }, CLOSE],
          [{ mono: 10_004 }, OPEN],
          [{ mono: 60_000 }, BEAT],
        ]),
      ),
    ).toEqual(['0–60 shown'])
  })
  it('with nothing to play is out by the software, unless it is to be dark', () => {
    const told = (wantsDark: boolean): readonly Told[] => [
      [{ mono: 0 }, lit()],
      [{ mono: 0 }, OPEN],
      [{ mono: 10_000 }, CLOSE],
      [{ mono: 10_000 }, { kind: 'verdict', wantsDark }],
      [{ mono: 70_000 }, BEAT],
    ]
    expect(said(fold(told(false)))).toEqual(['0–10 shown', '10–70 nothing-playing'])
    expect(said(fold(told(true)))).toEqual(['0–10 shown', '10–70 dark'])
  })
  it('that is dark is so on purpose, by fault, or because the mains are gone', () => {
    expect(
      said(
        fold([
          [{ mono: 0 }, dark(true)],
          [{ mono: 10_000 }, dark(false)],
          [{ mono: 20_000 }, { kind: 'mains', isLost: true }],
          [{ mono: 30_000 }, { kind: 'screen', lit: 'unknown', intended: false, why: '' }],
          [{ mono: 30_000 }, OPEN],
          [{ mono: 40_000 }, lit()],
          [{ mono: 50_000 }, { kind: 'proof', isContradicted: true }],
          [{ mono: 60_000 }, BEAT],
        ]),
      ),
    ).toEqual([
      '0–10 dark',
      '10–20 display-dark',
      '20–30 mains',
      '30–40 display-unknown',
      '40–50 shown',
      '50–60 contradicted',
    ])
  })
  it('over a cut: the hole has the cause of its gap, and the start goes on until the display has spoken', () => {
    const cut = fold([
      [{ mono: 0 }, lit()],
      [{ mono: 0 }, OPEN],
      [{ mono: 60_000 }, BEAT],
      [
        { mono: 3_000, boot: 'b2', wall: BOOT + 300_000 },
        { kind: 'close', isCut: true },
      ],
      [{ mono: 3_001, boot: 'b2', wall: BOOT + 300_001 }, gap('power-cut')],
      [{ mono: 8_000, boot: 'b2', wall: BOOT + 305_000 }, lit()],
      [{ mono: 8_000, boot: 'b2', wall: BOOT + 305_000 }, OPEN],
      [{ mono: 9_000, boot: 'b2', wall: BOOT + 306_000 }, BEAT],
    ])
    expect(said(cut)).toEqual(['0–60 shown', '60–305 power-cut', '305–306 shown'])
    const restart = fold([
      [{ mono: 0 }, lit()],
      [{ mono: 0 }, OPEN],
      [{ mono: 60_000 }, CLOSE],
      [{ mono: 80_000 }, gap('stopped')],
      [{ mono: 81_000 }, lit()],
      [{ mono: 81_000 }, OPEN],
      [{ mono: 90_000 }, gap('disk')],
      [{ mono: 95_000 }, BEAT],
    ])
    expect(said(restart)).toEqual(['0–60 shown', '60–81 stopped', '81–90 log-lost', '90–95 shown'])
    expect(
      said(
        fold([
          [{ mono: 0 }, lit()],
          [{ mono: 0, boot: 'b2', wall: BOOT + 9_000 }, BEAT],
        ]),
      ),
    ).toEqual(['0–9 not-recorded'])
  })
  it('with a clock that was unset: what it saw is placed when the clock is set, and the hole ends where it began', () => {
    const at = (mono: number, wall: number, unset: boolean) => ({ mono, wall, unset, boot: 'b2' })
    expect(
      said(
        fold([
          [{ mono: 0 }, lit()],
          [{ mono: 0 }, OPEN],
          [{ mono: 60_000 }, BEAT],
          [at(5_000, 5_000, true), gap('power-cut')],
          [at(6_000, 6_000, true), lit()],
          [at(6_000, 6_000, true), OPEN],
          [at(100_000, 100_000, true), BEAT],
          [at(160_000, BOOT + 3_760_000, false), BEAT],
          [at(170_000, BOOT + 3_770_000, false), BEAT],
        ]),
      ),
    ).toEqual(['0–60 shown', '60–3606 power-cut', '3606–3770 shown'])
  })
  it('a clock that steps moves what follows; what was seen before keeps its length', () => {
    const stretches = fold([
      [{ mono: 0 }, lit()],
      [{ mono: 0 }, OPEN],
      [{ mono: 10_000, wall: BOOT + 3_610_000 }, BEAT],
      [{ mono: 20_000, wall: BOOT + 3_620_000 }, BEAT],
      [{ mono: 15_000, wall: BOOT + 3_615_000 }, BEAT],
    ])
    expect(said(stretches)).toEqual(['0–10 shown', '3610–3620 shown'])
  })
})

const anyNews: fc.Arbitrary<StretchNews> = fc.oneof(
  fc.constantFrom<StretchNews>(
    OPEN,
    CLOSE,
    BEAT,
    lit(),
    dark(true),
    dark(false),
    gap('power-cut'),
    gap('stopped'),
    gap('disk'),
  ),
  fc.record({ kind: fc.constant('verdict' as const), wantsDark: fc.boolean() }),
  fc.record({ kind: fc.constant('proof' as const), isContradicted: fc.boolean() }),
)

describe('with a clock that is right', () => {
  it('every millisecond from the first record to the last lies in one stretch, whatever the records say', () => {
    const run = fc.property(
      fc.array(fc.record({ ms: fc.integer({ min: 0, max: 90_000 }), news: anyNews, reboot: fc.boolean() }), {
        minLength: 2,
        maxLength: 60,
      }),
      (steps) => {
        let [mono, boot, wall] = [0, 0, BOOT]
        const told = steps.map(({ ms, news, reboot }): Told => {
          mono = reboot ? 0 : mono + ms
          boot += reboot ? 1 : 0
          wall += ms
          return [{ mono, wall, boot: `b${boot}` }, news]
        })
        const stretches = fold(told)
        const first = told[0]?.[0].wall ?? 0
        expect(stretches.reduce((ms, s) => ms + s.to - s.from, 0)).toBe(wall - first)
        let at = first
        for (const one of stretches) {
          expect(one.from).toBe(at)
          expect(one.to).toBeGreaterThan(one.from)
          at = one.to
        }
      },
    )
    fc.assert(run, { numRuns: 300 })
  })
})
