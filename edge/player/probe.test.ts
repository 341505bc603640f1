import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeClips } from '../../test/support/clips.ts'
import { media, picture } from '../../test/support/player.ts'
import { temporary } from '../test/support.ts'
import { probe } from './probe.ts'

test('files of every codec and format pass, whole ones of one pixel, too', async () => {
  const folder = temporary()
  const clips = await makeClips(folder)
  let checked = 0
  for (const { path, kind, name } of clips) {
    expect(probe(path, kind), name).toEqual({ ok: true, value: undefined })
    checked += 1
  }
  const one = ['-f', 'lavfi', '-i', 'color=c=red:size=16x16', '-vf', 'scale=1:1', '-frames:v', '1']
  for (const ending of ['png', 'jpg', 'webp', 'gif', 'bmp']) {
    expect(probe(media(folder, `one.${ending}`, one), 'image'), ending).toEqual({ ok: true, value: undefined })
    checked += 1
  }
  expect(checked).toBe(18)
})

test('no bytes at all can make it throw or wait', () => {
  const path = join(temporary(), 'file')
  const heads = [[0x89, 0x50, 0x4e, 0x47], [0xff, 0xd8, 0xff, 0xe0], [...Buffer.from('RIFF....WEBPVP8X')], []]
  fc.assert(
    fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 200 }), (head, rest) => {
      writeFileSync(path, Buffer.from([...head, ...rest]))
      for (const kind of ['image', 'video'] as const) expect(typeof probe(path, kind).ok).toBe('boolean')
    }),
    { numRuns: 300 },
  )
})

test('every cut of a PNG and of a JPEG is noticed', () => {
  const folder = temporary()
  let checked = 0
  for (const name of ['whole.png', 'whole.jpg']) {
    const path = picture(folder, name, '#d01020')
    const whole = readFileSync(path)
    for (let at = 1; at < whole.length - 4; at += Math.max(1, Math.floor(whole.length / 40))) {
      writeFileSync(path, whole.subarray(0, at))
      expect(probe(path, 'image').ok, `${name} cut at ${at}`).toBe(false)
      checked += 1
    }
  }
  expect(checked).toBeGreaterThan(60)
})
