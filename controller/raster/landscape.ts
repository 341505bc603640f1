import type { SKRSContext2D } from './canvas.ts'

/** Colours of one landscape, far to near. */
export type Mood = {
  readonly sky: readonly [string, string]
  readonly sun: string | undefined
  readonly ridges: readonly string[]
}

export const DAWN: Mood = {
  sky: ['#0b2447', '#e59a6f'],
  sun: '#ffe3b0',
  ridges: ['#5b6f95', '#3d5680', '#274268', '#16304f', '#0c2138'],
}

/**
 * Mountain ridges under a sky: the standing page and the sample pictures. Ridges are sums of sines of fixed frequencies, so the
 * same numbers give the same pixels; `shape` shifts them to give each picture its own mountains.
 */
export const drawLandscape = (
  context: SKRSContext2D,
  size: { readonly width: number; readonly height: number },
  mood: Mood,
  shape: number,
): void => {
  const { width, height } = size
  const sky = context.createLinearGradient(0, 0, 0, height * 0.75)
  sky.addColorStop(0, mood.sky[0])
  sky.addColorStop(1, mood.sky[1])
  context.fillStyle = sky
  context.fillRect(0, 0, width, height)
  if (mood.sun !== undefined) {
    context.fillStyle = mood.sun
    context.beginPath()
    context.arc(width * (0.25 + 0.5 * Math.abs(Math.sin(shape))), height * 0.3, height * 0.07, 0, Math.PI * 2)
    context.fill()
  }
  mood.ridges.forEach((colour, i) => {
    const depth = (i + 1) / mood.ridges.length
    context.fillStyle = colour
    context.beginPath()
    context.moveTo(0, height)
    const base = height * (0.36 + 0.5 * depth)
    const rise = height * (0.17 - 0.1 * depth)
    for (let x = 0; x <= width; x += 2) {
      const t = x / height + shape * 3 + i * 1.7
      const ridge =
        Math.sin(t * 1.9) + 0.5 * Math.sin(t * 4.3 + i) + 0.22 * Math.sin(t * 11.1 + shape) + 0.1 * Math.sin(t * 23.7)
      context.lineTo(x, base - rise * ridge)
    }
    context.lineTo(width, height)
    context.closePath()
    context.fill()
  })
}
