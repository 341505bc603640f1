import { crc32, deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { assert } from '#core/base/result.ts'
import { MOST_PICTURE_BYTES } from '#core/emergency/order.ts'
import { createCanvas } from './canvas.ts'
import { decodePicture, pictureMime } from './picture.ts'
import { pngFault } from './png-check.ts'

const PANEL = { width: 640, height: 320 }
const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const chunk = (kind: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}
const header = (width: number, height: number, type: number, interlace: number): Buffer => {
  const data = Buffer.alloc(13)
  data.writeUInt32BE(width, 0)
  data.writeUInt32BE(height, 4)
  data.set([8, type, 0, 0, interlace], 8)
  return chunk('IHDR', data)
}
const END = chunk('IEND', Buffer.alloc(0))
const png = (width: number, height: number, pixels: Buffer, type = 0): Buffer =>
  Buffer.concat([SIGNATURE, header(width, height, type, 0), chunk('IDAT', deflateSync(pixels)), END])
const drawn = async (as: 'png' | 'jpeg'): Promise<Buffer> => {
  const canvas = createCanvas(300, 200)
  const context = canvas.getContext('2d')
  for (let i = 0; i < 500; i++) {
    context.fillStyle = `rgb(${i % 256}, ${(i * 7) % 256}, ${(i * 13) % 256})`
    context.fillRect((i * 37) % 300, (i * 53) % 200, 20, 20)
  }
  return as === 'png' ? canvas.encode('png') : canvas.encode('jpeg', 90)
}

describe('pictures of orders', () => {
  it('PNG and JPEG are taken, and scaled down to the panel', async () => {
    for (const as of ['png', 'jpeg'] as const) {
      const bytes = await drawn(as)
      expect(pictureMime(bytes)).toEqual({ ok: true, value: `image/${as}` })
      const made = await decodePicture(bytes, { panel: PANEL, strict: true })
      assert(made.ok, 'whole')
      expect(made.value).toMatchObject({ width: 300, height: 200, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
      expect(JSON.parse(JSON.stringify(made.value))).toEqual({ sha256: made.value.sha256, width: 300, height: 200 })
      made.value.release()
    }
  })

  it('every kind of colour and interlacing that an encoder may choose is counted right', () => {
    expect(pngFault(png(4, 2, Buffer.alloc(10)))).toBeNull()
    expect(pngFault(png(4, 2, Buffer.alloc(2 * 13), 2))).toBeNull()
    expect(pngFault(png(4, 2, Buffer.alloc(2 * 17), 6))).toBeNull()
    // Adam7, 5 × 5 of one byte each: passes of 1×1, 1×1, 2×1, 1×2, 3×1, 2×3 and 5×2 pixels.
    const rows = 2 + 2 + 3 + 2 * 2 + 4 + 3 * 3 + 2 * 6
    const laced = (bytes: number) =>
      Buffer.concat([SIGNATURE, header(5, 5, 0, 1), chunk('IDAT', deflateSync(Buffer.alloc(bytes))), END])
    expect(pngFault(laced(rows))).toBeNull()
    expect(pngFault(laced(rows - 1))).toMatch(/bytes of pixels/)
  })

  it('hostile and damaged files are refused with the reason, in both languages', async () => {
    const [whole, jpeg] = [await drawn('png'), await drawn('jpeg')]
    const flipped = Buffer.from(whole)
    flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 0xff
    const cases: readonly (readonly [string, Buffer, RegExp])[] = [
      ['empty', Buffer.alloc(0), /empty/],
      [
        'SVG',
        Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
        /neither a PNG nor a JPEG/,
      ],
      ['GIF', Buffer.from('GIF89a\x01\x00\x01\x00\x00\x00\x00;'.padEnd(40)), /neither a PNG nor a JPEG/],
      ['page behind a signature', Buffer.concat([SIGNATURE, Buffer.from('<html><script>'.repeat(9))]), /pixels|large/],
      ['flipped bit', flipped, /checksum/],
      ['cut', whole.subarray(0, whole.length >> 1), /cut off/],
      ['cut with an end', Buffer.concat([whole.subarray(0, whole.length >> 1), END]), /checksum|cut off/],
      ['bytes behind its end', Buffer.concat([whole, Buffer.from('PK\x03\x04')]), /cut off/],
      ['cut JPEG', jpeg.subarray(0, jpeg.length >> 1), /cut off/],
      ['too wide', png(5000, 1, Buffer.alloc(5001)), /5000 × 1 pixels/],
      ['no pixels', png(0, 9, Buffer.alloc(9)), /does not say how large/],
      ['bomb', png(8, 8, Buffer.alloc(50_000_000)), /cannot be unpacked/],
      ['short of pixels', png(4000, 4000, Buffer.alloc(4001)), /4001 bytes of pixels where 16004000/],
      ['too many bytes', Buffer.concat([whole, Buffer.alloc(MOST_PICTURE_BYTES)]), /at most 2097152/],
      [
        'JPEG in name only',
        Buffer.concat([Buffer.from('ffd8ff', 'hex'), Buffer.alloc(99), Buffer.from('ffd9', 'hex')]),
        /large/,
      ],
    ]
    for (const [name, bytes, says] of cases) {
      const made = await decodePicture(bytes, { panel: PANEL, strict: true })
      assert(!made.ok, `${name} was taken`)
      expect([name, made.error.kind]).toEqual([name, 'picture'])
      expect(made.error.en, name).toMatch(says)
      expect(made.error.vi).not.toBe('')
    }
    expect(cases.length).toBe(15)
  })
})
