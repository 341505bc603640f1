import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Log, Wake } from '#core/base/ports.ts'
import { duration } from '#core/base/units.ts'
import { HISTORY_LIMITS, pastOf } from '#core/metrics/history.ts'

/**
 * A ring of samples on the disk, one file a day (UTC), written only while the hub is away. Not synced line by line: it is a convenience, and
 * the evidence is in the play log. A sample is one line, `<wall ms>\t<lines of the exposition, joined by tabs>`.
 */
export type History = {
  /** Samples from `since` on (wall clock, ms), oldest first, packed with gzip; as many as fit into one answer. Empty text: there are no more. */
  readonly since: (since: number) => Promise<Uint8Array>
  readonly stop: () => void
}

const FILE = /^\d{4}-\d{2}-\d{2}\.tsv$/
const packed = promisify(gzip)

export const createHistory = (of: {
  readonly dataDir: string
  readonly log: Log
  readonly wake: Wake
  /** Wall clock, ms; null while it is not believed: a sample at a wrong time is worse than none. */
  readonly now: () => number | null
  readonly away: () => boolean
  readonly exposition: () => Promise<string>
}): History => {
  const dir = join(of.dataDir, 'history')
  const run = { stopped: false, cancel: (): void => undefined, complained: false }
  const files = (): readonly string[] => {
    try {
      return readdirSync(dir)
        .filter((name) => FILE.test(name))
        .sort()
    } catch {
      return []
    }
  }
  /** The oldest day goes first; the newest one stops growing when all the room is its own. */
  const makeRoom = (): boolean => {
    const all = files().map((name) => ({ name, bytes: statSync(join(dir, name)).size }))
    let bytes = all.reduce((sum, one) => sum + one.bytes, 0)
    while (all.length > HISTORY_LIMITS.days || (bytes > HISTORY_LIMITS.bytes && all.length > 1)) {
      const oldest = all.shift()
      if (oldest === undefined) break
      rmSync(join(dir, oldest.name), { force: true })
      bytes -= oldest.bytes
    }
    return bytes <= HISTORY_LIMITS.bytes
  }
  const sample = async (): Promise<void> => {
    const now = of.now()
    if (now === null || !of.away()) return
    const lines = pastOf(await of.exposition())
    if (run.stopped || lines.length === 0) return
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    if (!makeRoom()) return
    appendFileSync(join(dir, `${new Date(now).toISOString().slice(0, 10)}.tsv`), `${now}\t${lines.join('\t')}\n`, {
      mode: 0o600,
    })
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
      for (const name of files()) {
        if (name < `${new Date(since).toISOString().slice(0, 10)}.tsv`) continue
        for (const line of readFileSync(join(dir, name), 'utf8').split('\n')) {
          // The last line of a file may be torn by a power cut: the hub reads each line on its own and passes over what it cannot read.
          if (line === '' || !(Number(line.slice(0, line.indexOf('\t'))) >= since)) continue
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

/** Packed text that fits the answer; half of its samples while it does not. */
const fitting = async (text: string): Promise<Uint8Array> => {
  let kept = text
  for (;;) {
    const bytes = await packed(kept)
    if (bytes.length <= HISTORY_LIMITS.answerBytes || kept === '') return bytes
    kept = kept.slice(0, kept.lastIndexOf('\n', kept.length / 2) + 1)
  }
}
