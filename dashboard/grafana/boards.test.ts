import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkDocument } from '#core/base/check.ts'
import { BOARDS, boards, panelsOf } from './boards/read.ts'
import { CONFIG } from './config.ts'
import { BoardSchema } from './schema.ts'

const board = (file: string): BoardSchema => {
  const text = readFileSync(new URL(`./out/${file}.json`, import.meta.url), 'utf8')
  const checked = checkDocument(BoardSchema, JSON.parse(text))
  if (!checked.ok) throw new Error(`${file}: ${checked.error.map((f) => `${f.where} ${f.why}`).join('; ')}`)
  return checked.value
}
const files = Object.keys(BOARDS)
type Data = Extract<BoardSchema['panels'][number], { readonly targets: unknown }>
const data = (file: string): readonly Data[] => board(file).panels.flatMap((p) => ('targets' in p ? [p] : []))

test('the committed boards are what Grafana takes, with ids and uids that stay', () => {
  const made = files.map(board)
  expect(made.map((b) => [b.uid, b.title])).toEqual([
    ['bangtin-toan-canh', 'Toàn cảnh'],
    ['bangtin-cum', 'Cụm'],
    ['bangtin-thoi-luong', 'Thời lượng'],
    ['bangtin-khan-cap', 'Khẩn cấp'],
    ['bangtin-thiet-bi', 'Thiết bị'],
    ['bangtin-trung-tam', 'Trung tâm'],
  ])
  expect(Object.values(CONFIG.boards).map((b) => b.uid)).toEqual(made.map((b) => b.uid))
  for (const b of made) expect(new Set(b.panels.map((p) => p.id)).size, b.title).toBe(b.panels.length)
  // An id is made from board and title alone. These two are in links that people have kept.
  const id = (file: string, title: string) => data(file).find((p) => p.title === title)?.id
  expect([id('toan-canh', 'Cảnh báo đang kêu'), id('khan-cap', 'Trung tâm đến màn hình')]).toEqual([
    85_126_940, 669_661_978,
  ])
})

test('panels do not overlap, and every line of them fills all 24 columns', () => {
  let checked = 0
  for (const file of files) {
    const taken = new Map<number, number>()
    const cells = new Set<string>()
    for (const p of board(file).panels) {
      for (let x = p.gridPos.x; x < p.gridPos.x + p.gridPos.w; x += 1)
        for (let y = p.gridPos.y; y < p.gridPos.y + p.gridPos.h; y += 1) {
          expect(cells.has(`${x},${y}`), `${file}: ${p.title}`).toBe(false)
          cells.add(`${x},${y}`)
          taken.set(y, (taken.get(y) ?? 0) + 1)
        }
      checked += 1
    }
    // Without a gap between lines either: a hole looks like a panel that did not load.
    expect([...taken.keys()].sort((a, b) => a - b)).toEqual([...Array(taken.size).keys()])
    for (const [y, columns] of taken) expect(columns, `${file}: line ${y}`).toBe(24)
  }
  expect(checked).toBeGreaterThan(150)
})

test("what a colour says, a word or a number says as well; no colour is one background's alone", () => {
  // Names of the theme's palette, which Grafana draws for light and dark; no fixed RGB anywhere (the schema refuses it).
  const NAMES = ['red', 'orange', 'green', 'blue', 'text', 'transparent', 'dark-orange', 'dark-purple']
  let judged = 0
  for (const file of files) {
    for (const p of data(file)) {
      const { thresholds, mappings, unit } = p.fieldConfig.defaults
      for (const { color } of thresholds.steps) expect(NAMES, p.title).toContain(color)
      for (const { options } of mappings) for (const { color } of Object.values(options)) expect(NAMES).toContain(color)
      const words = mappings.some(({ options }) => Object.values(options).every(({ text }) => text.trim() !== ''))
      // A yes or no is drawn as a word, and a band of a timeline has no number of its own.
      if (unit === 'bool' || p.type === 'state-timeline') {
        expect(words, `${file}: ${p.title}`).toBe(true)
        judged += 1
      }
      if (p.type === 'status-history') expect(p.options['showValue'], p.title).toBe('always')
    }
    for (const mark of board(file).annotations.list) expect(NAMES, mark.name).toContain(mark.iconColor)
  }
  expect(judged).toBeGreaterThan(15)
})

test('every board leads to the emergency page, the incidents and the console, and carries orders as marks', () => {
  for (const file of files) {
    const b = board(file)
    const urls = b.links.map((link) => link.url ?? '')
    for (const page of ['/#/emergency', '/#/incidents', '/'])
      expect(urls, file).toContain(`${['$', '{hub}'].join('')}${page}`)
    expect(b.annotations.list.map((one) => one.name)).toEqual(['Lệnh khẩn cấp', 'Mất kết nối'])
    const names = b.templating.list.map((one) => one.name)
    const fleet = ['datasource', 'hub', 'class', 'unit', 'site']
    expect(names, file).toEqual(file === 'cum' ? ['datasource', 'hub', 'site'] : fleet)
    for (const { expr } of data(file).flatMap((p) => p.targets))
      for (const [, name] of expr.matchAll(/\$(?!__)([a-z]+)/g)) expect(names, expr).toContain(name)
  }
  // No link gives an order: all are pages that a person reads and signs on.
  const all = files.flatMap((file) => JSON.stringify(board(file)).match(/"url":"[^"]*"/g) ?? [])
  for (const url of all)
    expect(url).toMatch(
      /^"url":"(\$\{hub\}\/(#\/(emergency|incidents|sites\/\$\{[^}]+\}))?|\/d\/bangtin-cum\?var-site=\$\{[^}]+\})"$/,
    )
  expect(all.length).toBeGreaterThan(40)
})

test('titles are Vietnamese, and say a thing once on each board', () => {
  const titles = boards().flatMap((b) => panelsOf(b).map((p) => `${b.title}: ${p.title}`))
  expect(new Set(titles).size).toBe(titles.length)
  const plain = titles.filter((title) => !/[à-ỹđ]/i.test(title.split(': ').slice(1).join(': ')))
  expect(plain).toEqual([])
  expect(titles.length).toBeGreaterThan(130)
})
