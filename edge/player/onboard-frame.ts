import type { OnboardPage } from '#controller/dialect/onboard.ts'
import { type Canvas, createCanvas, GlobalFonts, releaseCanvas } from '#controller/raster/canvas.ts'
import type { PanelGeometry } from '#controller/raster/message.ts'
import type { Raster } from '#controller/raster/render.ts'
import type { Result } from '#core/base/result.ts'
import { LINK_LIMITS } from '#core/contract/link.ts'
import type { Frame } from './eyes.ts'
import { cellsOf, type TextGrid } from './onboard-text.ts'

// The drawing library itself is loaded by raster/canvas.ts, which must come first: it sets how.
const { loadImage } = await import('@napi-rs/canvas')

/** What was last put on the controller, and since when (ms, monotonic). No pages: it was cleared. */
export type PutUp = { readonly pages: readonly OnboardPage[]; readonly at: number }

const WIDTH = 640
const MOST_HEIGHT = 640
const CAPTION = 26
/** Nobody looks at the panel: whoever sees this picture must know that. */
const CAPTION_TEXT = 'Vẽ lại từ lệnh đã gửi, không phải ảnh chụp · Drawn from what was sent, not photographed'
const AMBER = '#ffb000'

export type FrameOptions = {
  readonly panel: PanelGeometry
  /** Null for pictures. */
  readonly grid: TextGrid | null
  readonly raster: () => Result<Raster, unknown>
}

/** The page that should be up now, drawn by us and marked so. `at` is when it was put up, so its age shows. Null when it cannot be drawn. */
export const drawFrame = async (up: PutUp, options: FrameOptions, now: number): Promise<Frame | null> => {
  const page = pageAt(up, now)
  const { width, height } = sizeOf(options)
  const canvas = createCanvas(width, height + CAPTION)
  const context = canvas.getContext('2d')
  context.fillStyle = '#000000'
  context.fillRect(0, 0, canvas.width, canvas.height)
  if (page?.picture) {
    const image = await loadImage(Buffer.from(page.picture))
    context.drawImage(image, 0, 0, width, height)
    image.src = NOTHING
  } else if (page && options.grid) drawText(canvas, page.text, { ...options, grid: options.grid, width, height })
  drawCaption(canvas, options.raster)
  try {
    for (const quality of [80, 50, 20]) {
      const bytes = await canvas.encode('jpeg', quality)
      if (bytes.length <= LINK_LIMITS.frameBytes) return { mime: 'image/jpeg', bytes, at: up.at }
    }
    return null
  } finally {
    releaseCanvas(canvas)
  }
}

const NOTHING = Buffer.alloc(0)

/** Pages take turns from the moment they were put up. */
const pageAt = ({ pages, at }: PutUp, now: number): OnboardPage | undefined => {
  const round = pages.reduce((sum, page) => sum + page.seconds, 0)
  if (round <= 0) return pages[0]
  let left = ((now - at) / 1000) % round
  for (const page of pages) {
    if (left < page.seconds) return page
    left -= page.seconds
  }
  return pages.at(-1)
}

const sizeOf = ({ panel, grid }: FrameOptions): { readonly width: number; readonly height: number } => {
  // A cell of a controller's font is about twice as high as wide.
  const shape = grid === null ? panel : { width: grid.columns, height: grid.rows * 2 }
  const scale = Math.min(WIDTH / shape.width, MOST_HEIGHT / shape.height)
  return {
    width: Math.max(320, Math.round(shape.width * scale)),
    height: Math.max(16, Math.round(shape.height * scale)),
  }
}

const familiesFor = (text: string, raster: FrameOptions['raster']): string | null => {
  const made = raster()
  if (!made.ok) return null
  // Registers what the text needs; a character nobody has is drawn as a box, which is what it is.
  made.value.canDraw(text)
  const families = GlobalFonts.families.map((one) => one.family).filter((family) => family.startsWith('bangtin-'))
  const latinFirst = families.sort((a, b) => Number(b.includes('-latin-')) - Number(a.includes('-latin-')))
  return latinFirst.length > 0 ? latinFirst.map((family) => `"${family}"`).join(', ') : null
}

type TextPlace = FrameOptions & { readonly grid: TextGrid; readonly width: number; readonly height: number }

/** Every character in its cell, as the controller's fixed font has it. */
const drawText = (canvas: Canvas, text: string, place: TextPlace): void => {
  const families = familiesFor(text, place.raster)
  if (families === null) return
  const context = canvas.getContext('2d')
  const [cellWidth, lineHeight] = [place.width / place.grid.columns, place.height / place.grid.rows]
  context.font = `${Math.round(Math.min(lineHeight * 0.72, cellWidth * 1.35))}px ${families}`
  context.fillStyle = AMBER
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  text.split('\n').forEach((line, row) => {
    let column = 0
    for (const character of line) {
      const wide = cellsOf(character)
      context.fillText(character, (column + wide / 2) * cellWidth, (row + 0.5) * lineHeight)
      column += wide
    }
  })
}

const drawCaption = (canvas: Canvas, raster: FrameOptions['raster']): void => {
  const context = canvas.getContext('2d')
  context.fillStyle = '#30363d'
  context.fillRect(0, canvas.height - CAPTION, canvas.width, CAPTION)
  const families = familiesFor(CAPTION_TEXT, raster)
  if (families === null) return
  context.font = `13px ${families}`
  const wide = context.measureText(CAPTION_TEXT).width
  if (wide > canvas.width - 12) context.font = `${Math.floor((13 * (canvas.width - 12)) / wide)}px ${families}`
  context.fillStyle = '#ffffff'
  context.textAlign = 'left'
  context.textBaseline = 'middle'
  context.fillText(CAPTION_TEXT, 6, canvas.height - CAPTION / 2)
}
