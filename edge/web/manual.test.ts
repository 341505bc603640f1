import { expect, test } from 'vitest'
import { heldWords } from '#core/contract/words.ts'
import { chartForm, heldPart } from './manual.ts'

const SESSION = { person: 'Lò Văn An', csrf: 'token' }

test('what is held by hand is said in words of both languages, never as the wire has it', () => {
  const held = [
    { what: 'relay:quat', value: 'quat on', person: 'An', leftMs: 600_000 },
    { what: 'chart', value: 'walk', person: 'An', leftMs: 30_000 },
    { what: 'power-off', value: 'off', person: 'An', leftMs: 30_000 },
  ]
  expect(held.map(heldWords)).toEqual([
    { vi: 'rơ-le quat bật', en: 'relay quat on' },
    { vi: 'hình kiểm tra: chạy mô-đun', en: 'test chart: module walk' },
    { vi: 'tắt nguồn màn hình', en: 'display power off' },
  ])
  expect(heldWords({ what: 'brightness', value: '30 %' })).toEqual({ vi: 'độ sáng: 30 %', en: 'brightness: 30 %' })
  expect(heldWords({ what: 'later', value: '<b>' }).vi).toBe('later: <b>')
  const page = heldPart({ held, taken: null }, SESSION, '/manual')
  expect(page).toContain('Hình kiểm tra: chạy mô-đun <small>Test chart: module walk</small>')
  expect(page).not.toMatch(/relay:quat[^"]|power-off[^"]/)
})

test('Enter in the field for a module starts the walk, not the first chart of the list', () => {
  const form = chartForm(SESSION, { modules: { columns: 4, rows: 2 }, back: '/manual' })
  expect(/<button[^>]*>/.exec(form)?.[0]).toBe('<button name="value" value="walk" hidden>')
})
