import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A picture or clip as it comes from the world: its own codec, size and shape. */
export type Clip = { readonly name: string; readonly kind: 'video' | 'image'; readonly path: string }

type Recipe = {
  readonly name: string
  readonly size: string
  readonly colour: string
  readonly codec: readonly string[]
  readonly seconds: number
}

const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-movflags', '+faststart']
const VP9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '300k']
const MPEG4 = ['-c:v', 'mpeg4', '-q:v', '4']
/** Length of the clips. */
export const CLIP_SECONDS = 0.4

/** Five codecs of clips and pictures each, every one of another size and shape; all of them bright everywhere, so that black is ours. */
const RECIPES: readonly Recipe[] = [
  { name: 'h264-wide.mp4', size: '640x320', colour: '0xd02030', codec: H264, seconds: CLIP_SECONDS },
  { name: 'h264-tall.mp4', size: '240x426', colour: '0x20c040', codec: H264, seconds: CLIP_SECONDS },
  { name: 'h264-large.mp4', size: '1280x720', colour: '0xc0c0c0', codec: H264, seconds: CLIP_SECONDS },
  { name: 'vp9.webm', size: '426x240', colour: '0x3060e0', codec: VP9, seconds: CLIP_SECONDS },
  { name: 'vp9-square.webm', size: '300x300', colour: '0xe0a000', codec: VP9, seconds: CLIP_SECONDS },
  { name: 'mpeg4.avi', size: '352x288', colour: '0x00b0b0', codec: MPEG4, seconds: CLIP_SECONDS },
  { name: 'mpeg4.mkv', size: '720x400', colour: '0xb040d0', codec: MPEG4, seconds: CLIP_SECONDS },
  { name: 'wide.png', size: '640x320', colour: '0xf0f0f0', codec: [], seconds: 0 },
  { name: 'tall.png', size: '300x600', colour: '0xff8000', codec: [], seconds: 0 },
  { name: 'large.jpg', size: '1600x900', colour: '0x60a0ff', codec: [], seconds: 0 },
  { name: 'small.jpg', size: '123x77', colour: '0xa0ff60', codec: [], seconds: 0 },
  { name: 'photo.webp', size: '800x450', colour: '0xff60a0', codec: ['-c:v', 'libwebp'], seconds: 0 },
  { name: 'stamp.webp', size: '64x64', colour: '0xffff40', codec: ['-c:v', 'libwebp'], seconds: 0 },
]

const MAKE_MS = 60_000

/** Made by ffmpeg into `folder`, a few at a time: two to four seconds in all. */
export const makeClips = async (folder: string): Promise<readonly Clip[]> =>
  Promise.all(
    RECIPES.map(async ({ name, size, colour, codec, seconds }) => {
      const path = join(folder, name)
      const kind = seconds > 0 ? ('video' as const) : ('image' as const)
      const source = `color=c=${colour}:size=${size}:rate=25${seconds > 0 ? `:duration=${seconds}` : ''}`
      const frames = seconds > 0 ? [] : ['-frames:v', '1']
      const args = ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...frames, ...codec, path]
      await run('ffmpeg', args, { timeout: MAKE_MS })
      return { name, kind, path }
    }),
  )
