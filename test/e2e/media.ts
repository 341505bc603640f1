import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createCanvas, loadImage } from '@napi-rs/canvas'
import type { Pixels } from '../support/pixels.ts'

/** A picture nobody could take for sample media: a chequered field of two loud colours, `cells` to the width. */
export const chequered = (file: string, size: { width: number; height: number; cells: number }): void => {
  const canvas = createCanvas(size.width, size.height)
  const context = canvas.getContext('2d')
  const side = size.width / size.cells
  for (let row = 0; row * side < size.height; row++) {
    for (let column = 0; column < size.cells; column++) {
      context.fillStyle = (row + column) % 2 === 0 ? '#ff00cc' : '#00e060'
      context.fillRect(column * side, row * side, side, side)
    }
  }
  writeFileSync(file, canvas.toBuffer('image/png'))
}

/** A picture of noise: as many bytes as pixels, so that a download of it takes a while and can be cut. */
export const noise = (file: string, size: { width: number; height: number; seed: number }): void => {
  const canvas = createCanvas(size.width, size.height)
  const context = canvas.getContext('2d')
  const image = context.createImageData(size.width, size.height)
  let state = size.seed >>> 0
  for (let i = 0; i < image.data.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    image.data[i] = i % 4 === 3 ? 255 : state >>> 24
  }
  context.putImageData(image, 0, 0)
  writeFileSync(file, canvas.toBuffer('image/png'))
}

/** A clip of the colour bars that television uses, H.264 in MP4. */
export const clip = (file: string, it: { width: number; height: number; seconds: number }): void => {
  const source = `smptebars=size=${it.width}x${it.height}:rate=25:duration=${it.seconds}`
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-movflags', '+faststart']
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...codec, file], { timeout: 60_000 })
}

/** The first frame of a clip as a PNG. */
export const firstFrame = (video: string, file: string): void => {
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', video, '-frames:v', '1', file], { timeout: 60_000 })
}

/** The pixels of a PNG or JPEG. */
export const decodePicture = async (bytes: Buffer): Promise<Pixels> => {
  const image = await loadImage(bytes)
  return scaled(image, image.width, image.height)
}

/** The picture in a file as a screen of the given size shows it when it fills the screen. */
export const pictureOn = async (file: string, screen: Pixels): Promise<Pixels> =>
  scaled(await loadImage(file), screen.width, screen.height)

const scaled = (image: Awaited<ReturnType<typeof loadImage>>, width: number, height: number): Pixels => {
  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  context.drawImage(image, 0, 0, width, height)
  const { data } = context.getImageData(0, 0, width, height)
  return {
    width,
    height,
    rgb: (x, y) => {
      const at = (y * width + x) * 4
      return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0]
    },
  }
}
