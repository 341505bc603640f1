import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHART_NAMES, CHART_PALETTE, type Chart, type ChartName, chartPages } from './chart.ts'

const SIZE = { width: 320, height: 160 }
const chart = (name: ChartName, more: Partial<Chart> = {}): Chart => ({
  name,
  modules: { columns: 5, rows: 5 },
  module: null,
  ...more,
})
const pages = (of: Chart, size = SIZE) => {
  const drawn = chartPages(of, size)
  if (!drawn.ok) throw new Error(drawn.error)
  return drawn.value
}
const at = (pixels: Uint8Array, x: number, y: number, width = SIZE.width) => CHART_PALETTE[pixels[y * width + x] ?? 0]

test('the frame has one white pixel all around, another colour in each corner, and its size in the middle', () => {
  const pixels = pages(chart('frame'))[0]?.pixels ?? new Uint8Array()
  const edge: (number | undefined)[] = []
  for (let x = 0; x < SIZE.width; x++) edge.push(at(pixels, x, 0), at(pixels, x, SIZE.height - 1))
  for (let y = 0; y < SIZE.height; y++) edge.push(at(pixels, 0, y), at(pixels, SIZE.width - 1, y))
  expect(new Set(edge)).toEqual(new Set([0xffffff]))
  expect([at(pixels, 1, 1), at(pixels, 318, 1), at(pixels, 1, 158), at(pixels, 318, 158)]).toEqual([
    0xff0000, 0x00ff00, 0x0000ff, 0xffff00,
  ])
  expect(pixels.slice(60 * 320, 100 * 320).some((colour) => CHART_PALETTE[colour] === 0xffffff)).toBe(true)
  expect(at(pixels, 160, 20)).toBe(0)
})

test('colours are pure, and the ramp goes from black to white without a step back', () => {
  const colours = { red: 0xff0000, green: 0x00ff00, blue: 0x0000ff, white: 0xffffff, black: 0 } as const
  for (const [name, rgb] of Object.entries(colours)) {
    const pixels = pages(chart(name as ChartName))[0]?.pixels ?? new Uint8Array()
    expect(new Set([...pixels].map((colour) => CHART_PALETTE[colour]))).toEqual(new Set([rgb]))
  }
  const ramp = pages(chart('grey'))[0]?.pixels ?? new Uint8Array()
  const row = Array.from({ length: SIZE.width }, (_, x) => at(ramp, x, 80) ?? -1)
  expect([row[0], row.at(-1)]).toEqual([0, 0xffffff])
  expect(row.every((value, x) => x === 0 || value >= (row[x - 1] ?? 0))).toBe(true)
})

test('the walk lights each module once, and only it', () => {
  const walk = pages(chart('walk'))
  expect(walk).toHaveLength(25)
  for (const [i, { pixels }] of walk.entries()) {
    const lit = Array.from({ length: 25 }, (_, m) => {
      const [x, y] = [(m % 5) * 64 + 2, Math.floor(m / 5) * 32 + 2]
      return at(pixels, x, y) === 0xffffff
    })
    expect(lit.flatMap((is, m) => (is ? [m] : []))).toEqual([i])
  }
  expect(pages(chart('walk', { module: 7 }))[0]?.pixels).toEqual(walk[6]?.pixels)
})

test('what a panel cannot have is told', () => {
  expect(chartPages(chart('walk', { module: 26 }), SIZE)).toMatchObject({ ok: false })
  expect(chartPages(chart('modules', { modules: { columns: 64, rows: 1 } }), SIZE)).toMatchObject({ ok: false })
  const large = { width: 1920, height: 1080 }
  expect(chartPages(chart('walk'), large)).toMatchObject({ ok: false, error: expect.stringContaining('từng mô-đun') })
  expect(chartPages(chart('walk', { module: 3 }), large)).toMatchObject({ ok: true })
})

test('any panel, any modules: whole pictures of known colours, modules cover the panel', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CHART_NAMES),
      fc.record({ width: fc.integer({ min: 64, max: 300 }), height: fc.integer({ min: 32, max: 200 }) }),
      fc.record({ columns: fc.integer({ min: 1, max: 64 }), rows: fc.integer({ min: 1, max: 64 }) }),
      (name, size, modules) => {
        const drawn = chartPages({ name, modules, module: name === 'walk' ? 1 : null }, size)
        if (!drawn.ok) return
        expect(drawn.value.length).toBe(1)
        for (const { pixels } of drawn.value) {
          expect(pixels.length).toBe(size.width * size.height)
          // In a picture of modules nothing is left black between them.
          if (name === 'modules') expect(at(pixels, size.width - 1, size.height - 1, size.width)).toBe(0x0000ff)
        }
      },
    ),
    { numRuns: 60 },
  )
})
