import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { generatePictures, generateSampleMedia } from './generate.ts'
import { SAMPLE_PICTURES } from './items.ts'

const dir = mkdtempSync(join(tmpdir(), 'sample-media-'))
afterAll(() => rmSync(dir, { recursive: true }))

test('pictures are 2:1 PNGs, the same bytes twice, and the clip is an MP4 with H.264', async () => {
  const seen: number[] = []
  const first = await generateSampleMedia(join(dir, 'a'), (done) => seen.push(done))
  const second = await generatePictures(join(dir, 'b'), () => {})
  expect(first.length).toBe(SAMPLE_PICTURES.length + 1)
  expect(seen).toEqual(first.map((_, i) => i + 1))
  let pictures = 0
  for (const [i, media] of first.entries()) {
    const bytes = readFileSync(media.file)
    expect(media.bytes).toBe(bytes.length)
    expect(media.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    if (media.mime === 'video/mp4') {
      expect(bytes.subarray(4, 8).toString('latin1')).toBe('ftyp')
      expect(bytes.includes('avc1')).toBe(true)
      expect(bytes.includes('mp4a')).toBe(false)
      continue
    }
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1280, 640])
    expect(second[i]?.sha256).toBe(media.sha256)
    pictures += 1
  }
  expect(pictures).toBe(SAMPLE_PICTURES.length)
})
