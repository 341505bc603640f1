import { expect, test } from 'vitest'
import { fromHex, toHex } from '#core/base/bytes.ts'
import { prng } from '#core/base/prng.ts'
import { readSearchAnswer, searchRequest } from './search.ts'

const answer = fromHex('05 00 00 01 02 10 43 31 36 4C 2D 44 32 34 2D 30 30 30 41 32 00 07 00 00 00') ?? new Uint8Array()

test('the published search, and a constructed answer of 25 bytes', () => {
  expect(toHex(searchRequest(), ' ')).toBe('05 00 00 01 01 10')
  expect(answer.length).toBe(25)
  expect(readSearchAnswer(answer)).toEqual({
    ok: true,
    value: { deviceId: 'C16L-D24-000A2', model: 'C16L', version: 0x01000005, change: 7 },
  })
})

test('our own broadcast, other lengths and other commands are no answers', () => {
  const why = (bytes: Uint8Array) => {
    const read = readSearchAnswer(bytes)
    return read.ok ? 'an answer' : read.error
  }
  expect(why(searchRequest())).toBe('6 bytes instead of 25')
  expect(why(answer.subarray(0, 24))).toBe('24 bytes instead of 25')
  expect(why(answer.with(4, 3))).toBe('command 1003h is no answer')
  expect(why(answer.with(6, 0))).toBe('the device id is not plain text')
  expect(why(answer.with(8, 0xc3))).toBe('the device id is not plain text')
})

test('any bytes are read without throwing', () => {
  const random = prng(3)
  for (let i = 0; i < 20_000; i++) {
    const bytes = Uint8Array.from({ length: random.chance(0.7) ? 25 : random.below(40) }, () => random.below(256))
    if (random.chance(0.5)) bytes.set([5, 0, 0, 1, 2, 16].slice(0, bytes.length), 0)
    const read = readSearchAnswer(bytes)
    if (read.ok) expect(read.value.deviceId.length).toBeLessThan(16)
  }
})
