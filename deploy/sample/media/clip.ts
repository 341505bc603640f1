import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { createCanvas, type SKRSContext2D } from '#controller/raster/canvas.ts'
import { drawLandscape } from '#controller/raster/landscape.ts'
import type { Pen } from '#controller/raster/pen.ts'
import { drawCaption } from './draw.ts'
import { SAMPLE_CLIP } from './items.ts'

export const CLIP = { width: 640, height: 320, fps: 25 } as const

/** Encoding 8 seconds takes about 3; a player that has not finished by then will not. */
const ENCODE_LIMIT_MS = 25_000
/** How much of the player's complaint is kept for the error. */
const MOST_STDERR = 2000

/**
 * Draws the clip frame by frame and has mpv encode it: mpv is on every machine that plays, ffmpeg's program need not be.
 * Rejects with mpv's own words when it is missing, cannot encode H.264, or takes too long.
 */
export const encodeClip = async (file: string, penFor: (context: SKRSContext2D) => Pen): Promise<void> => {
  const player = spawn('mpv', mpvArguments(file), { stdio: ['pipe', 'ignore', 'pipe'] })
  let complaint = ''
  player.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString('utf8')).slice(-MOST_STDERR)
  })
  // A player that ends early closes the pipe; its exit code and words say why, the broken pipe does not.
  player.stdin.on('error', () => {})
  const ended = exitOf(player)
  const limit = setTimeout(() => player.kill('SIGKILL'), ENCODE_LIMIT_MS)
  try {
    await feed(player, penFor)
    const code = await ended
    if (code !== 0) throw new Error(`mpv could not encode ${file} (exit ${code}): ${complaint.trim()}`)
  } finally {
    clearTimeout(limit)
    player.kill('SIGKILL')
  }
}

const exitOf = (player: ChildProcess): Promise<number | string> =>
  new Promise((resolve, reject) => {
    player.once('error', (error) => reject(new Error(`mpv did not start (${error.message}): install the package mpv`)))
    player.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })

const mpvArguments = (file: string): readonly string[] => [
  '-',
  '--no-config',
  '--msg-level=all=error',
  '--demuxer=rawvideo',
  `--demuxer-rawvideo-w=${CLIP.width}`,
  `--demuxer-rawvideo-h=${CLIP.height}`,
  `--demuxer-rawvideo-fps=${CLIP.fps}`,
  '--demuxer-rawvideo-mp-format=rgba',
  '--vf=format=yuv420p',
  '--no-audio',
  '--of=mp4',
  '--ofopts=movflags=+faststart',
  '--ovc=libx264',
  '--ovcopts=preset=veryfast,crf=20,g=50',
  `--o=${file}`,
]

const feed = async (player: ChildProcess, penFor: (context: SKRSContext2D) => Pen): Promise<void> => {
  const { stdin } = player
  if (stdin === null) throw new Error('the player was started with a pipe')
  const canvas = createCanvas(CLIP.width, CLIP.height)
  const context = canvas.getContext('2d')
  const pen = penFor(context)
  const frames = SAMPLE_CLIP.seconds * CLIP.fps
  for (let frame = 0; frame < frames && player.exitCode === null && !stdin.destroyed; frame++) {
    drawFrame(context, pen, frame / frames)
    const room = stdin.write(Buffer.from(canvas.data()))
    if (!room) await drained(stdin)
    else await new Promise((next) => setImmediate(next))
  }
  stdin.end()
}

/** Waits until the pipe has room again or is gone; either way no listener stays behind. */
const drained = async (stdin: Writable): Promise<void> => {
  const done = new AbortController()
  const { signal } = done
  await Promise.race([once(stdin, 'drain', { signal }), once(stdin, 'close', { signal })])
  done.abort()
}

/** `t` runs from 0 to 1: the view glides along the ridges, a lorry drives the new road. */
const drawFrame = (context: SKRSContext2D, pen: Pen, t: number): void => {
  const { width, height } = CLIP
  drawLandscape(context, CLIP, SAMPLE_CLIP.mood, 7.6 + t * 0.35)
  context.fillStyle = '#5b6066'
  context.fillRect(0, height * 0.84, width, height * 0.16)
  context.fillStyle = '#f4e9b8'
  const dash = 64
  for (let x = -dash + ((t * 1600) % dash); x < width; x += dash) context.fillRect(width - x, height * 0.915, 30, 5)
  const x = width * (0.35 + 0.7 * t)
  context.fillStyle = '#c0392b'
  context.fillRect(x, height * 0.79, 62, 30)
  context.fillStyle = '#f5f5f0'
  context.fillRect(x + 64, height * 0.81, 22, 24)
  for (const wheel of [14, 44, 76]) {
    context.fillStyle = '#15181b'
    context.beginPath()
    context.arc(x + wheel, height * 0.895, 8, 0, Math.PI * 2)
    context.fill()
  }
  drawCaption(context, pen, CLIP, { ...SAMPLE_CLIP, second: '' })
}
