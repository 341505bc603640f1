import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCanvas, type SKRSContext2D } from '#controller/raster/canvas.ts'
import { createFonts, type Fonts } from '#controller/raster/fonts.ts'
import { drawLandscape } from '#controller/raster/landscape.ts'
import { makePen, type Pen } from '#controller/raster/pen.ts'
import { type Duration, seconds } from '#core/base/units.ts'
import { encodeClip } from './clip.ts'
import { drawCaption } from './draw.ts'
import { SAMPLE_CLIP, SAMPLE_PICTURES, type SampleItem } from './items.ts'
import { drawMotif } from './scenes.ts'

/** One generated file, with what the demo needs to make a content item of it. */
export type SampleMedia = {
  readonly id: string
  /** Full path. */
  readonly file: string
  readonly sha256: string
  readonly bytes: number
  readonly mime: 'image/png' | 'video/mp4'
  readonly durationMs: Duration
  readonly title: string
  /** Art. 7 category; null for the standing page, which counts as nothing. */
  readonly category: string | null
  readonly languages: readonly string[]
}

export const PICTURE = { width: 1280, height: 640 } as const

/**
 * Draws the sample pictures (the same bytes every time) and encodes one moving clip through mpv, into `outDir`.
 * Rejects with the missing package's name when fonts or mpv are not there.
 */
export const generateSampleMedia = async (
  outDir: string,
  onProgress: (done: number, of: number, file: string) => void,
): Promise<readonly SampleMedia[]> => {
  const total = SAMPLE_PICTURES.length + 1
  const out = [...(await generatePictures(outDir, (done, file) => onProgress(done, total, file)))]
  const clip = join(outDir, `${SAMPLE_CLIP.id}.mp4`)
  const fonts = createFonts([])
  await encodeClip(clip, (context) => penFor(fonts, context, SAMPLE_CLIP.title))
  out.push(await describe(SAMPLE_CLIP, clip, 'video/mp4'))
  onProgress(out.length, total, clip)
  return out
}

/** Only the still pictures; needs no mpv. */
export const generatePictures = async (
  outDir: string,
  onProgress: (done: number, file: string) => void,
): Promise<readonly SampleMedia[]> => {
  await mkdir(outDir, { recursive: true })
  const fonts = createFonts([])
  const out: SampleMedia[] = []
  for (const item of SAMPLE_PICTURES) {
    const file = join(outDir, `${item.id}.png`)
    await writeFile(file, await drawPicture(item, fonts))
    out.push(await describe(item, file, 'image/png'))
    onProgress(out.length, file)
  }
  return out
}

const describe = async (
  item: Pick<SampleItem, 'id' | 'title' | 'category' | 'languages' | 'seconds'>,
  file: string,
  mime: SampleMedia['mime'],
): Promise<SampleMedia> => {
  const bytes = await readFile(file)
  return {
    id: item.id,
    file,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    mime,
    durationMs: seconds(item.seconds),
    title: item.title,
    category: item.category,
    languages: item.languages,
  }
}

const penFor = (fonts: Fonts, context: SKRSContext2D, text: string): Pen => {
  const families = fonts.prepare(text)
  if (!families.ok) throw new Error(families.error.en)
  return makePen(context, families.value)
}

const drawPicture = (item: SampleItem, fonts: Fonts): Promise<Buffer> => {
  const canvas = createCanvas(PICTURE.width, PICTURE.height)
  const context = canvas.getContext('2d')
  drawLandscape(context, PICTURE, item.mood, item.shape)
  drawMotif(context, PICTURE, item.motif)
  drawCaption(context, penFor(fonts, context, `${item.title}${item.second}${item.line}`), PICTURE, item)
  return canvas.encode('png')
}
