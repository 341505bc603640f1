import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Log, Wake } from '#core/base/ports.ts'
import { duration } from '#core/base/units.ts'
import { HISTORY_LIMITS, pastOf } from '#core/metrics/history.ts'
import { RESERVE_BYTES } from './budget.ts'

/**
 * A ring of samples on the disk, one file a day (UTC), written only while the hub is away. Not synced line by line: it is a convenience, and
 * the evidence is in the play log, for which all of it goes when the disk is nearly full. A sample is one line,
 * `<wall ms>\t<lines of the exposition, joined by tabs>`; without its end it is none. Nothing here waits for the disk on the loop.
 */
export type History = {
  /** Samples from `since` on (wall clock, ms), oldest first, packed with gzip; as many as fit into one answer. Empty text: there are no more. */
  readonly since: (since: number) => Promise<Uint8Array>
  readonly stop: () => void
}

const FILE = /^\d{4}-\d{2}-\d{2}\.tsv$/
/** A longer line is none of ours, characters. */
const MOST_LINE = (HISTORY_LIMITS.lines + 1) * (HISTORY_LIMITS.lineChars + 1)
const packed = promisify(gzip)
const dayOf = (wall: number): string => `${new Date(wall).toISOString().slice(0, 10)}.tsv`

export const createHistory = (of: {
  readonly dataDir: string
  readonly log: Log
  readonly wake: Wake
  /** Wall clock, ms; null while it is not believed: a sample at a wrong time is worse than none. */
  readonly now: () => number | null
  readonly away: () => boolean
  /** Null: the file system does not say. */
  readonly freeBytes: () => number | null
  readonly exposition: () => Promise<string>
}): History => {
  const dir = join(of.dataDir, 'history')
  const run = { stopped: false, cancel: (): void => undefined, complained: false }
  const files = async (): Promise<readonly string[]> => {
    const names = await readdir(dir).catch(() => [])
    return names.filter((name) => FILE.test(name)).sort()
  }
  const sample = async (): Promise<void> => {
    if ((of.freeBytes() ?? RESERVE_BYTES) < RESERVE_BYTES) {
      for (const name of await files()) await rm(join(dir, name), { force: true })
      return
    }
    const now = of.now()
    if (now === null || !of.away()) return
    const lines = pastOf(await of.exposition())
    if (run.stopped || lines.length === 0) return
    await mkdir(dir, { recursive: true, mode: 0o700 })
    if (await makeRoom(dir, await files())) await append(join(dir, dayOf(now)), `${now}\t${lines.join('\t')}\n`)
  }
  const tick = (): void => {
    void sample()
      .catch((error: unknown) => {
        // Once: a full disk would say so every minute, and has its own fault.
        if (!run.complained) of.log('warn', 'a sample of the time without the hub was not kept', { why: String(error) })
        run.complained = true
      })
      .finally(() => {
        if (!run.stopped) run.cancel = of.wake(duration(HISTORY_LIMITS.everyMs), tick)
      })
  }
  run.cancel = of.wake(duration(HISTORY_LIMITS.everyMs), tick)
  return {
    since: async (since) => {
      let text = ''
      for (const name of await files()) {
        if (name < dayOf(since)) continue
        for await (const line of wholeLines(join(dir, name))) {
          if (!(Number(line.slice(0, line.indexOf('\t'))) >= since)) continue
          if (text.length + line.length > HISTORY_LIMITS.textBytes) return fitting(text)
          text += `${line}\n`
        }
      }
      return fitting(text)
    },
    stop: () => {
      run.stopped = true
      run.cancel()
    },
  }
}

/** The oldest day goes first; the newest one stops growing when all the room is its own. */
const makeRoom = async (dir: string, names: readonly string[]): Promise<boolean> => {
  const all = await Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(dir, name))).size })))
  let bytes = all.reduce((sum, one) => sum + one.bytes, 0)
  while (all.length > HISTORY_LIMITS.days || (bytes > HISTORY_LIMITS.bytes && all.length > 1)) {
    const oldest = all.shift()
    if (oldest === undefined) break
    await rm(join(dir, oldest.name), { force: true })
    bytes -= oldest.bytes
  }
  return bytes <= HISTORY_LIMITS.bytes
}

/** After the last whole line: what a power cut or a full disk tore off would make one line, and wrong numbers, with what comes after it. */
const append = async (path: string, line: string): Promise<void> => {
  const file = await open(path, 'a+', 0o600)
  try {
    await cutBack(file)
    await file.appendFile(line)
  } finally {
    await file.close()
  }
}

const cutBack = async (file: FileHandle): Promise<void> => {
  const { size } = await file.stat()
  const from = Math.max(0, size - MOST_LINE)
  const tail = Buffer.alloc(size - from)
  await file.read(tail, 0, tail.length, from)
  const end = tail.lastIndexOf(0x0a)
  // No line is that long: the file is none of ours.
  const whole = end === -1 ? 0 : from + end + 1
  if (whole < size) await file.truncate(whole)
}

/** In pieces, between which the loop goes on. What stands after the last newline was torn, or is being written. */
async function* wholeLines(path: string): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of createReadStream(path, 'utf8')) {
    const lines = `${rest}${String(piece)}`.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MOST_LINE) rest = ''
    yield* lines
  }
}

/** Packed text that fits the answer; half of its samples while it does not. */
const fitting = async (text: string): Promise<Uint8Array> => {
  let kept = text
  for (;;) {
    const bytes = await packed(kept)
    if (bytes.length <= HISTORY_LIMITS.answerBytes || kept === '') return bytes
    kept = kept.slice(0, kept.lastIndexOf('\n', kept.length / 2) + 1)
  }
}
