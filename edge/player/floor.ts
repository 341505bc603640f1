import { closeSync, openSync, readSync } from 'node:fs'
import type { Log } from '#core/base/ports.ts'
import { openX, type XClient } from './xclient.ts'

/**
 * What is behind the player's window: the background of the X screen itself. The server paints it by itself at the very moment at which the
 * window goes, so a player that dies leaves the standing page and not a black wall; when darkness is wanted, the background is black, too.
 * One connection stays open: a server whose last client goes forgets everything, this background first.
 */
export type Floor = {
  /** A page of ours by its path, or null for black. Told again when the server was started again. */
  readonly lay: (page: string | null) => void
  readonly close: () => void
}

/** Bytes of pixels in one request; every server takes 262,140. */
const CHUNK = 200_000
const OPCODE = {
  changeAttributes: 2,
  focus: 43,
  createPixmap: 53,
  freePixmap: 54,
  createGc: 55,
  freeGc: 60,
  clearArea: 61,
  fill: 70,
  putImage: 72,
} as const

export const createFloor = (display: string, log: Log): Floor => {
  const run = {
    x: null as XClient | null,
    wanted: undefined as string | null | undefined,
    laid: undefined as string | null | undefined,
    busy: false,
    closed: false,
  }
  const connect = async (): Promise<XClient | null> => {
    if (run.x !== null) return run.x
    const opened = await openX(display, {
      stays: true,
      gone: () => {
        run.x = null
        run.laid = undefined
      },
    })
    if (!opened.ok) {
      log('info', 'the X screen has no background of ours', { why: opened.error })
      return null
    }
    if (run.closed) opened.value.close()
    else run.x = opened.value
    return run.x
  }
  const work = async (): Promise<void> => {
    if (run.busy) return
    run.busy = true
    while (!run.closed && run.wanted !== undefined && run.wanted !== run.laid) {
      const { wanted } = run
      const x = await connect()
      if (x === null) break
      const why = await paint(x, wanted)
      if (why !== null) {
        log('info', 'the background of the X screen could not be laid', { why })
        break
      }
      run.laid = wanted
    }
    run.busy = false
  }
  return {
    lay: (page) => {
      run.wanted = page
      void work()
    },
    close: () => {
      run.closed = true
      run.x?.close()
    },
  }
}

/** A request of so many words of four bytes behind its head, as unsigned numbers. */
const request = (opcode: number, detail: number, words: readonly number[]): Buffer => {
  const out = Buffer.alloc(4 + words.length * 4)
  out.writeUInt8(opcode, 0)
  out.writeUInt8(detail, 1)
  for (const [i, word] of words.entries()) out.writeUInt32LE(word >>> 0, 4 + i * 4)
  return out
}
const pair = (low: number, high: number): number => ((high << 16) | low) >>> 0

/** What went wrong, or null. */
const paint = async (x: XClient, page: string | null): Promise<string | null> => {
  const { screen } = x
  if (screen.depth !== 24 && screen.depth !== 32) return `a screen of ${screen.depth} bits`
  const [pixmap, gc] = [x.id(), x.id()]
  x.send(request(OPCODE.createPixmap, screen.depth, [pixmap, screen.root, pair(screen.width, screen.height)]))
  // The one value is the foreground: black.
  x.send(request(OPCODE.createGc, 0, [gc, pixmap, 0x4, 0]))
  x.send(request(OPCODE.fill, 0, [pixmap, gc, 0, pair(screen.width, screen.height)]))
  const why = page === null ? null : await put(x, { page, pixmap, gc })
  if (why === null) {
    x.send(request(OPCODE.changeAttributes, 0, [screen.root, 0x1, pixmap]))
    x.send(request(OPCODE.clearArea, 0, [screen.root, 0, 0]))
  }
  x.send(request(OPCODE.freeGc, 0, [gc]))
  x.send(request(OPCODE.freePixmap, 0, [pixmap]))
  const answer = await x.ask(request(OPCODE.focus, 0, []))
  return why ?? (answer.ok ? null : answer.error)
}

/** Some rows at a time, each lot answered before the next is read, so that a large page takes little memory and holds nobody up. */
const put = async (
  x: XClient,
  of: { readonly page: string; readonly pixmap: number; readonly gc: number },
): Promise<string | null> => {
  try {
    const fd = openSync(of.page, 'r')
    try {
      const head = Buffer.alloc(54)
      readSync(fd, head, 0, head.length, 0)
      const [from, width, height] = [head.readUInt32LE(10), head.readInt32LE(18), -head.readInt32LE(22)]
      if (head.toString('latin1', 0, 2) !== 'BM' || width < 1 || height < 1) return `${of.page} is no page of ours`
      const rows = Math.max(1, Math.floor(CHUNK / (width * 4)))
      for (let y = 0; y < height; y += rows) {
        const many = Math.min(rows, height - y)
        const pixels = Buffer.alloc(many * width * 4)
        readSync(fd, pixels, 0, pixels.length, from + y * width * 4)
        swap(pixels, x.screen.littleEndian)
        const head = request(OPCODE.putImage, 2, [of.pixmap, of.gc, pair(width, many), pair(0, y), x.screen.depth << 8])
        x.send(Buffer.concat([head, pixels]))
        const answer = await x.ask(request(OPCODE.focus, 0, []))
        if (!answer.ok) return answer.error
      }
      return null
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Our pages are red, green, blue, padding (raster/bmp.ts); the server's words are blue, green, red, padding, or the other way round. */
const swap = (pixels: Buffer, littleEndian: boolean): void => {
  for (let at = 0; at < pixels.length; at += 4) {
    const [r = 0, g = 0, b = 0] = [pixels[at], pixels[at + 1], pixels[at + 2]]
    pixels.writeUInt32BE(littleEndian ? ((b << 24) | (g << 16) | (r << 8)) >>> 0 : (r << 16) | (g << 8) | b, at)
  }
}
