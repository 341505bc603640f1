import { createHash } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writevSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Bmp, encodeBmp } from '#controller/raster/bmp.ts'
import type { Message, PanelGeometry } from '#controller/raster/message.ts'
import type { Raster } from '#controller/raster/render.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { CHART_PALETTE, type Chart, chartPages } from '#core/screen/chart.ts'

/** Drawn pages as files that mpv can open, in a folder in memory. */
export type PageFile = { readonly path: string; readonly durationMs: number }
export type Pages = {
  /** Drawn at most once while it is among the last `MOST_KEPT` messages. The error is for people, in both languages. */
  readonly draw: (message: Message) => Result<readonly PageFile[], string>
  /** The pictures of a test chart; those of the one before are let go. */
  readonly chart: (chart: Chart) => Result<readonly PageFile[], string>
  /** A page of black: dark on purpose is a picture, too. */
  readonly black: () => Result<string, string>
  /** The first page of a message, drawn once and never let go. */
  readonly keep: (message: Message) => Result<string, string>
}

/** Messages whose pages stay. A panel of 4096 × 2160 has 35 MB per page; usual ones have below 4 MB. */
const MOST_KEPT = 4

export const createPages = (options: {
  readonly runDir: string
  readonly raster: () => Result<Raster, { readonly vi: string; readonly en: string }>
  readonly panel: PanelGeometry
}): Pages => {
  const { runDir, panel } = options
  for (const name of readdirSync(runDir)) if (name.endsWith('.bmp')) rmSync(join(runDir, name), { force: true })
  const blackPath = join(runDir, 'black.bmp')
  const black = (): Result<string, string> => {
    if (existsSync(blackPath)) return ok(blackPath)
    const made = attempt(() => {
      mkdirSync(runDir, { recursive: true, mode: 0o700 })
      const pixels = new Uint8Array(panel.width * panel.height * 4)
      writeBmp(blackPath, encodeBmp(pixels, panel.width, panel.height))
    })
    return made.ok ? ok(blackPath) : made
  }
  black()
  const kept = new Map<string, readonly PageFile[]>()
  const pinned = new Set<string>()

  const draw = (message: Message): Result<readonly PageFile[], string> => {
    const key = keyOf(message)
    const known = kept.get(key)
    if (known?.every((page) => existsSync(page.path))) {
      kept.delete(key)
      kept.set(key, known)
      return ok(known)
    }
    const raster = options.raster()
    if (!raster.ok) return err(`${raster.error.vi} · ${raster.error.en}`)
    const rendered = raster.value.render(message, panel)
    if (!rendered.ok) return err(`${rendered.error.vi} · ${rendered.error.en}`)
    const files = rendered.value.pages.map((page, i) => ({
      path: join(runDir, `${key}-${i}.bmp`),
      durationMs: page.durationMs,
    }))
    // A full or vanished folder is the world's doing: the showing fails with the reason, the daemon lives.
    const written = attempt(() => {
      mkdirSync(runDir, { recursive: true, mode: 0o700 })
      rendered.value.pages.forEach((page, i) => {
        const file = files[i]
        if (file !== undefined) writeBmp(file.path, page.bmp)
      })
    })
    if (!written.ok) return written
    kept.set(key, files)
    for (const [old, pages] of kept) {
      if (kept.size - pinned.size <= MOST_KEPT) break
      if (pinned.has(old)) continue
      kept.delete(old)
      for (const page of pages) rmSync(page.path, { force: true })
    }
    return ok(files)
  }
  const keep = (message: Message): Result<string, string> => {
    pinned.add(keyOf(message))
    const drawn = draw(message)
    const [first] = drawn.ok ? drawn.value : []
    if (first !== undefined) return ok(first.path)
    pinned.delete(keyOf(message))
    return drawn.ok ? err('không có trang nào · there is no page') : drawn
  }
  const charts = { key: '', files: [] as readonly PageFile[] }
  const chart = (wanted: Chart): Result<readonly PageFile[], string> => {
    const key = `chart-${createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, 16)}`
    if (charts.key === key && charts.files.every(({ path }) => existsSync(path))) return ok(charts.files)
    const drawn = chartPages(wanted, panel)
    if (!drawn.ok) return drawn
    const files = drawn.value.map(({ durationMs }, i) => ({ path: join(runDir, `${key}-${i}.bmp`), durationMs }))
    const written = attempt(() => {
      mkdirSync(runDir, { recursive: true, mode: 0o700 })
      for (const [i, page] of drawn.value.entries()) {
        const file = files[i]
        if (file !== undefined) writeBmp(file.path, encodeBmp(coloured(page.pixels), panel.width, panel.height))
      }
    })
    if (!written.ok) return written
    for (const { path } of charts.files) rmSync(path, { force: true })
    Object.assign(charts, { key, files })
    return ok(files)
  }
  return { draw, chart, black, keep }
}

/** Colour numbers → opaque RGBA. */
const coloured = (pixels: Uint8Array): Uint8Array => {
  const rgba = new Uint8Array(pixels.length * 4)
  for (const [i, colour] of pixels.entries()) {
    const rgb = CHART_PALETTE[colour] ?? 0
    rgba[i * 4] = rgb >> 16
    rgba[i * 4 + 1] = (rgb >> 8) & 0xff
    rgba[i * 4 + 2] = rgb & 0xff
    rgba[i * 4 + 3] = 0xff
  }
  return rgba
}

const keyOf = (message: Message): string =>
  createHash('sha256').update(JSON.stringify(message)).digest('hex').slice(0, 16)

const writeBmp = (path: string, bmp: Bmp): void => {
  const file = openSync(path, 'w', 0o600)
  try {
    const written = writevSync(file, [bmp.header, bmp.rgba])
    if (written !== bmp.header.length + bmp.rgba.length) throw new Error(`${path}: no room for the whole page`)
  } finally {
    closeSync(file)
  }
}

const attempt = (act: () => void): Result<void, string> => {
  try {
    act()
    return ok(undefined)
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
}

/**
 * A folder of our own for short-lived files: the one systemd made for us, else one in shared memory, else one on disk. Never one that
 * somebody else prepared.
 */
export const runFolder = (options: {
  readonly given: string | null
  readonly dataDir: string
  readonly uid: number
}): string => {
  if (options.given !== null) return options.given
  const name = createHash('sha256').update(options.dataDir).digest('hex').slice(0, 12)
  const inMemory = `/dev/shm/bangtin-${options.uid}-${name}`
  try {
    mkdirSync(inMemory, { mode: 0o700, recursive: true })
    const found = lstatSync(inMemory)
    if (found.isDirectory() && found.uid === options.uid) {
      chmodSync(inMemory, 0o700)
      return inMemory
    }
  } catch {
    // No shared memory here: the disk will do.
  }
  const onDisk = join(options.dataDir, 'run')
  mkdirSync(onDisk, { recursive: true, mode: 0o700 })
  return onDisk
}
