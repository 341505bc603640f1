import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { err, ok } from '#core/base/result.ts'
import type { OnboardPage } from '../../dialect/onboard.ts'
import { createOnbonSim } from '../../sim/onbon.ts'
import { gridOf, laidOut } from './layout.ts'
import { openOnbonOnboard } from './onboard.ts'
import { askSim, type ProfileId, profilesFrom } from './testing.ts'

const FOLDER = new URL('../../../firmware-profiles/', import.meta.url)
const { dialectNamed, profileNamed } = profilesFrom((file) => readFileSync(new URL(file, FOLDER), 'utf8'))

const NEVER = new AbortController().signal
const text = (words: string, seconds = 10): OnboardPage => ({ text: words, picture: null, seconds })

const rig = (of: { id: ProfileId; fallback: 'refuse' | 'unmarked'; readBack?: boolean; width?: number }) => {
  const world = { now: Date.UTC(2026, 10, 22, 18, 30), asked: [] as string[] }
  const sim = createOnbonSim({ screen: 1, deviceType: 0x51, now: () => world.now, programs: ['P000'] })
  const dialect = dialectNamed(of.id)
  const plain = profileNamed(of.id)
  const profile = { ...plain, onboard: { ...plain.onboard, readBack: of.readBack ? 'readStatus' : null } }
  const onboard = openOnbonOnboard({
    dialect,
    profile,
    panel: { width: of.width ?? 192, height: 32 },
    fallback: of.fallback,
    ask: async (command, parameters) => {
      world.asked.push(command)
      const judged = askSim({ dialect, sim, address: {} }, command, parameters)
      if (judged === null) return err({ kind: 'timeout', detail: command })
      if (judged.is === 'values') return ok(judged.values)
      return judged.is === 'fault' || judged.is === 'again'
        ? err(judged.fault)
        : err({ kind: 'garbled', detail: judged.is })
    },
  })
  const shown = () => sim.state().areas.map((area) => String.fromCharCode(...area.text))
  return { world, sim, onboard, shown }
}

describe('text in the card', () => {
  it('takes the place of what was there, over a stored program, and goes away when we fall silent', async () => {
    const { world, sim, onboard, shown } = rig({ id: 'onbon-bx5k', fallback: 'refuse' })
    expect(sim.state().showing).toBe('programs')
    const one = { pages: [text('Ma Lu Thang')], priority: 10, staleAfterSeconds: 600 }
    expect(await onboard.show(one, NEVER)).toEqual(ok({ readBack: false }))
    expect(await onboard.show({ ...one, pages: [text('LU QUET\nDI NGAY', 5)], priority: 255 }, NEVER)).toEqual(
      ok({ readBack: false }),
    )
    expect(shown()).toEqual(['LU QUET\\nDI NGAY'])
    expect(sim.state().areas[0]).toMatchObject({
      id: 0,
      widthPixels: 192,
      heightPixels: 32,
      runMode: 2,
      timeoutSeconds: 600,
    })
    world.now += 600_000
    expect(sim.state().showing).toBe('areas')
    world.now += 1
    expect(sim.state().showing).toBe('programs')
    expect(shown()).toEqual([])
  })

  it('stays without a time-out when none is asked for, and is lost at power-off', async () => {
    const { world, sim, onboard } = rig({ id: 'onbon-bx6k', fallback: 'refuse' })
    await onboard.show({ pages: [text('abc')], priority: 1, staleAfterSeconds: null }, NEVER)
    world.now += 365 * 86_400_000
    expect(sim.state().areas).toMatchObject([{ runMode: 0, timeoutSeconds: 0, widthPixels: 192 }])
    sim.powerCycle()
    expect(sim.state().showing).toBe('programs')
  })

  it('clears everything', async () => {
    const { sim, onboard, world } = rig({ id: 'onbon-bx5k', fallback: 'refuse' })
    await onboard.show({ pages: [text('abc')], priority: 1, staleAfterSeconds: 60 }, NEVER)
    expect(await onboard.clear(NEVER)).toEqual(ok({ readBack: false }))
    expect(sim.state().areas).toEqual([])
    expect(world.asked).toEqual(['showTextFirst', 'deleteAreas', 'clearScreen'])
  })

  it('is read back where the profile says the list of areas is proven', async () => {
    const { sim, onboard } = rig({ id: 'onbon-bx5k', fallback: 'refuse', readBack: true })
    const show = { pages: [text('abc')], priority: 1, staleAfterSeconds: 60 }
    expect(await onboard.show(show, NEVER)).toEqual(ok({ readBack: true }))
    expect(await onboard.clear(NEVER)).toEqual(ok({ readBack: true }))
    sim.lie(true)
    expect(await onboard.show(show, NEVER)).toMatchObject({ ok: false, error: { kind: 'mismatch' } })
    sim.lie(false)
    await onboard.show(show, NEVER)
    sim.lie(true)
    expect(await onboard.clear(NEVER)).toMatchObject({ ok: false, error: { kind: 'mismatch' } })
  })

  it('passes a refusal of the card on', async () => {
    const { sim, onboard } = rig({ id: 'onbon-bx5k', fallback: 'refuse' })
    sim.busy(1)
    const shown = await onboard.show({ pages: [text('abc')], priority: 1, staleAfterSeconds: 60 }, NEVER)
    expect(shown).toMatchObject({
      ok: false,
      error: { kind: 'refused', detail: 'error 3: the controller is busy now' },
    })
  })
})

describe('letters the card does not have', () => {
  it('are refused by name, and nothing is sent', async () => {
    const { sim, onboard, world } = rig({ id: 'onbon-bx5k', fallback: 'refuse' })
    expect(onboard.refuse('Lũ quét')).toContain('ký tự ũ không có trong phông')
    const shown = await onboard.show(
      { pages: [text('tot'), text('Lũ quét')], priority: 255, staleAfterSeconds: 60 },
      NEVER,
    )
    expect(shown).toMatchObject({ ok: false, error: { kind: 'unsupported', detail: /ký tự ũ/ } })
    expect(world.asked).toEqual([])
    expect(sim.state().areas).toEqual([])
  })

  it('lose their marks only where the site has agreed; Chinese passes, a backslash never', async () => {
    const { onboard, shown } = rig({ id: 'onbon-bx5k', fallback: 'unmarked' })
    expect(onboard.refuse('Lũ quét, đi ngay! 山洪')).toBeNull()
    await onboard.show({ pages: [text('Lũ quét\nĐi ngay')], priority: 255, staleAfterSeconds: 60 }, NEVER)
    expect(shown()).toEqual(['Lu quet\\nDi ngay'])
    expect(onboard.refuse('\\C2')).toContain('ký tự \\ không có')
    expect(onboard.refuse('ꪒꪱ')).toContain('không có')
  })
})

describe('what cannot be shown as it is', () => {
  it('is refused with the reason before anything is sent', async () => {
    const { onboard, world } = rig({ id: 'onbon-bx5k', fallback: 'refuse' })
    const cases: readonly (readonly [readonly OnboardPage[], number | null, RegExp])[] = [
      [[], 60, /0 pages/],
      [Array.from({ length: 17 }, () => text('a')), 60, /17 pages/],
      [[text('a', 0)], 60, /a page of 0 s/],
      [[{ text: '', picture: Uint8Array.of(1), seconds: 5 }], 60, /text only/],
      [[text('a')], 0, /time-out of 0/],
      [[text('a')], 70_000, /time-out of 70000/],
      [[text('1234567890'.repeat(100))], 60, /quá dài.*the card takes 1024/],
    ]
    for (const [pages, staleAfterSeconds, why] of cases)
      expect(await onboard.show({ pages, priority: 1, staleAfterSeconds }, NEVER)).toMatchObject({
        ok: false,
        error: { kind: 'unsupported', detail: why },
      })
    expect(cases.length).toBe(7)
    expect(world.asked).toEqual([])
    const narrow = rig({ id: 'onbon-bx5k', fallback: 'refuse', width: 8 })
    expect(await narrow.onboard.show({ pages: [text('a')], priority: 1, staleAfterSeconds: 9 }, NEVER)).toMatchObject({
      error: { kind: 'unsupported' },
    })
  })
})

describe('laying out', () => {
  const grid = { columns: 12, rows: 2 }

  it('breaks lines between words and before wide characters, and pages at whole screens', () => {
    expect(laidOut(['Cua khau Ma Lu Thang'], grid)).toEqual({ text: 'Cua khau Ma\nLu Thang', screens: 1 })
    expect(laidOut(['因水位上涨暂停通关'], grid)).toEqual({ text: '因水位上涨暂\n停通关', screens: 1 })
    expect(laidOut(['a', 'b\nc\nd', 'e'], grid)).toEqual({ text: 'a\n\nb\nc\nd\n\ne', screens: 4 })
    expect(laidOut(['1234567890123456'], grid)).toEqual({ text: '123456789012\n3456', screens: 1 })
    expect(laidOut(['', 'x'], grid)).toEqual({ text: '\n\nx', screens: 2 })
  })

  it('loses nothing but blanks, and every line fits', () => {
    const words = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '中', '\n', '0'), maxLength: 120 })
    fc.assert(
      fc.property(words, (given) => {
        const { text: out, screens } = laidOut([given], grid)
        expect(out.replace(/[ \n]/g, '')).toBe(given.replace(/[ \n]/g, ''))
        const lines = out.split('\n')
        for (const line of lines) {
          const width = [...line].reduce((sum, character) => sum + (character === '中' ? 2 : 1), 0)
          expect(width).toBeLessThanOrEqual(grid.columns)
        }
        expect(screens).toBe(Math.max(1, Math.ceil(lines.length / grid.rows)))
      }),
      { numRuns: 1000 },
    )
  })

  it('knows how much goes on a panel', () => {
    const font = { cellWidth: 8, lineHeight: 16 }
    expect(gridOf({ width: 192, height: 32 }, font)).toEqual(ok({ columns: 24, rows: 2 }))
    expect(gridOf({ width: 100, height: 15 }, font).ok).toBe(false)
  })
})
