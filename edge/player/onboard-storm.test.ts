import { expect, test } from 'vitest'
import { createOnbonSim } from '#controller/sim/onbon.ts'
import { prng } from '#core/base/prng.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import { DARK, latin, order, rig, standing, text } from './onboard-testing.ts'

const SEEDS = 12
const STEPS = 40

/** What the card must hold for a wish, in one line; null: nothing. */
const expected = (source: SceneSource): string | null => {
  switch (source.source) {
    case 'dark':
    case 'file':
    case 'slides':
    case 'chart':
      return null
    case 'standing':
      return source.siteName
    case 'text':
      return source.item.texts[0]?.title ?? ''
    case 'order':
      return source.order.texts[0]?.headline ?? ''
  }
}

/** One storm: wishes, cable, power, refusals and a bad line in any order. A failure prints its seed. */
const storm = async (seed: number) => {
  const random = prng(seed)
  const world = rig({
    profile: 'onbon-bx5k',
    device: (now) => createOnbonSim({ screen: 1, deviceType: 0x51, now, programs: [] }),
    fallback: 'unmarked',
  })
  const { time, device, cable } = world
  await time.advance(1_000)
  const told: { readonly play: string; readonly source: SceneSource; readonly at: number }[] = []
  const wish = () => {
    const n = told.length
    const expiresAt = time.now() + 3_600_000
    const sources: readonly SceneSource[] = [
      text(`Tin ${n}`, ''),
      order({ expiresAt, texts: [{ language: 'vi', headline: `Lenh ${n}`, instruction: 'Di ngay' }] }),
      standing(`Cum ${n}`),
      DARK,
    ]
    const source = sources[random.below(sources.length)] ?? DARK
    told.push({ play: `p${n}`, source, at: time.now() })
    world.show(`p${n}`, source)
  }
  const acts: readonly (() => void)[] = [
    wish,
    wish,
    wish,
    () => cable.vanish(),
    () => cable.comeBack(),
    () => cable.comeBack(),
    () => device.powerCycle(),
    () => device.busy(random.below(12)),
    () => world.setFaults({ dropChance: 0.3, garbleChance: 0.3, babbleChance: 0.2 }),
    () => world.setFaults({}),
  ]
  for (let i = 0; i < STEPS; i++) {
    acts[random.below(acts.length)]?.()
    await time.advance(random.below(12_000))
  }
  wish()
  device.busy(0)
  world.setFaults({})
  cable.comeBack()
  await time.advance(90_000)
  return { ...world, told }
}

test(`${SEEDS} storms: afterwards the card holds the newest wish and nothing else, and only what was wanted was said to be shown`, async () => {
  const counted = { shown: 0, wishes: 0, dark: 0 }
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { told, device, events } = await storm(seed)
    const shown = events.flatMap((event) => (event.event === 'player' && event.what === 'shown' ? [event] : []))
    for (const event of shown) {
      const newest = told.filter((one) => one.at <= event.at).at(-1)
      expect(event.play, `seed ${seed}`).toBe(newest?.play)
    }
    expect(new Set(shown.map((event) => event.play)).size, `seed ${seed}`).toBe(shown.length)
    const last = told.at(-1)
    const failed = events.some(
      (event) => event.event === 'player' && 'play' in event && event.what === 'failed' && event.play === last?.play,
    )
    const want = last && !failed ? expected(last.source) : null
    const up = device.state().areas.map((area) => latin(area.text))
    if (want === null) expect(up, `seed ${seed}`).toEqual([])
    else expect(up, `seed ${seed}`).toEqual([expect.stringContaining(want)])
    counted.shown += shown.length
    counted.wishes += told.length
    counted.dark += Number(want === null)
  }
  expect(counted.wishes).toBeGreaterThan(SEEDS * 8)
  expect(counted.shown).toBeGreaterThan(SEEDS * 2)
  expect(counted.dark).toBeGreaterThan(0)
})
