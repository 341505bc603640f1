import type { Frame } from './frame.ts'
import type { Picture } from './message.ts'
import type { Pen } from './pen.ts'
import { type Area, type Block, drawStack, stackBlocks } from './stack.ts'

/** Narrower than this beside the picture, as a part of the body, and a headline there would be a column of single words. */
const LEAST_BESIDE = 0.3

/**
 * The picture as large as the body takes it, whole and undistorted; where its shape leaves room at the side, the headline stands there, so that
 * nobody sees it without knowing what it is about. A picture as wide as the panel has the band above it for that.
 */
export const picturePage = (
  pen: Pen,
  picture: Picture,
  frame: Frame,
  headline: Block,
): { readonly draw: () => void; readonly words: string } => {
  const { body } = frame
  const shape = picture.width / picture.height
  const alone = fitted(shape, body)
  const gap = Math.round(body.height * 0.05)
  const left = body.width - alone.width - gap
  const text = { ...body, x: body.x + alone.width + gap, width: left }
  const sizes = { smallest: frame.legible, largest: Math.round(body.height * 0.4), floor: frame.legible }
  const stack =
    left < body.width * LEAST_BESIDE || sizes.largest < sizes.smallest
      ? undefined
      : stackBlocks(pen, [headline], text, sizes)
  const area = stack === undefined ? { ...alone, x: body.x + (body.width - alone.width) / 2 } : alone
  return {
    words: stack === undefined ? '' : headline.text,
    draw: () => {
      picture.paint(pen.context, whole(area))
      if (stack !== undefined) drawStack(pen, stack, text)
    },
  }
}

const fitted = (shape: number, body: Area): Area => {
  const width = Math.min(body.width, body.height * shape)
  const height = width / shape
  return { x: body.x, y: body.y + (body.height - height) / 2, width, height }
}

/** Whole pixels, so that its edges are sharp. */
const whole = ({ x, y, width, height }: Area): Area => ({
  x: Math.round(x),
  y: Math.round(y),
  width: Math.max(1, Math.round(width)),
  height: Math.max(1, Math.round(height)),
})
