import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Canvas } from '@napi-rs/canvas'
import koffi from 'koffi'

/**
 * The one place that loads the drawing library. It would scan and map every font of the machine when loaded (28 MB resident
 * and 5 times slower drawing, measured with 197 families); we register the fonts we mean, by file, so the scan is switched off
 * before loading. Pixels then do not depend on what else is installed either.
 */
process.env['DISABLE_SYSTEM_FONTS_LOAD'] = '1'

export const { createCanvas, GlobalFonts, ImageData } = await import('@napi-rs/canvas')
export type { Canvas, SKRSContext2D } from '@napi-rs/canvas'

/**
 * Frees the pixels of a canvas that will not be drawn on again. The engine would do so only when it collects the object, which to it
 * is a small one: sixteen pages pile up to 30 MB.
 */
export const releaseCanvas = (canvas: Canvas): void => {
  canvas.width = 1
  canvas.height = 1
}

/**
 * Gives page-sized buffers back to the machine. The engine sees each as a tiny object with its memory elsewhere and lets tens of
 * megabytes pile up, and glibc keeps what is freed; the edge has a budget of 120 MB. Only the young generation is collected:
 * a full collection saves a few megabytes more, but made the next page 10 to 20 ms slower (measured).
 */
export const makeCollect = (): (() => void) => {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  const trim = findTrim()
  return () => {
    if (typeof gc === 'function') gc({ type: 'minor' })
    // Finalizers of native buffers run in the next turn; only then is there something to hand back.
    setImmediate(() => trim(0)).unref()
  }
}

/** `malloc_trim` is glibc's own; a system with another C library returns freed memory by itself. */
const findTrim = (): ((keep: number) => void) => {
  try {
    const trim = koffi.load('libc.so.6').func('int malloc_trim(size_t)')
    return (keep) => {
      trim(keep)
    }
  } catch {
    return () => {}
  }
}
