import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeClips } from '../support/clips.ts'
import { residentBytes } from '../support/processes.ts'
import { openStage } from './stage.ts'

/** What a process holds: for soaks of the whole daemon, too. Nulls when it is gone. */
export type Held = {
  readonly residentMb: number | null
  readonly files: number | null
  readonly threads: number | null
}

export const heldBy = (pid: number): Held => {
  const count = (folder: string): number | null => {
    try {
      return readdirSync(`/proc/${pid}/${folder}`).length
    } catch {
      return null
    }
  }
  const resident = residentBytes(pid)
  return {
    residentMb: resident === null ? null : Math.round(resident / 1_048_576),
    files: count('fd'),
    threads: count('task'),
  }
}

const DEFAULT_LOADS = 1_000
/** Loads before the first reading: caches fill, libraries come in. */
const WARM_LOADS = 100
/** Growth that counts as flat: file descriptors and threads come and go with a clip that is just ending. */
const MOST_FILES = 4
const MOST_THREADS = 6
const MOST_MB = 40

/** `npm run soak -- --only loads [count]`: pictures and clips in turn as fast as they come out; 0 when mpv holds no more at the end than before. */
export const run = async (args: readonly string[], say: (line: string) => void): Promise<number> => {
  const wanted = Number(args[0] ?? DEFAULT_LOADS)
  if (!Number.isInteger(wanted) || wanted < 1) {
    say(`loads: "${args[0]}" is no number of loads; give a whole number from 1`)
    return 2
  }
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-loads-'))
  const clips = await makeClips(folder)
  const stage = await openStage({ clips, folder, say })
  try {
    const load = async (n: number): Promise<void> => {
      const clip = clips[n % clips.length]
      if (clip !== undefined) await stage.show(clip)
    }
    const read = (): Held & { readonly pid: number } => {
      const pid = stage.player.pid() ?? 0
      return { pid, ...heldBy(pid) }
    }
    for (let n = 0; n < WARM_LOADS; n++) await load(n)
    const before = read()
    say(`after ${WARM_LOADS} loads: ${JSON.stringify(before)}`)
    for (let n = 0; n < wanted; n++) await load(n)
    const after = read()
    say(`after ${wanted} more:  ${JSON.stringify(after)}`)
    say(`health ${JSON.stringify(stage.player.health())}, restarts ${stage.player.restarts()}`)
    const grown = (of: keyof Held): number => (after[of] ?? Number.POSITIVE_INFINITY) - (before[of] ?? 0)
    const flat = grown('files') <= MOST_FILES && grown('threads') <= MOST_THREADS && grown('residentMb') <= MOST_MB
    say(flat ? 'flat' : `grew: ${grown('files')} files, ${grown('threads')} threads, ${grown('residentMb')} MB`)
    return flat && before.pid === after.pid ? 0 : 1
  } finally {
    await stage.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
