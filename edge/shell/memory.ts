import { readFile } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Log, Wake } from '#core/base/ports.ts'
import { type Duration, minutes, seconds } from '#core/base/units.ts'
import type { Libc } from './os.ts'

/**
 * Keeps the resident memory small and flat (design §4.6). After the start, and whenever the process has grown, in three turns of the
 * event loop so that an order waits for one of them at most: collect garbage; have malloc hand back what it keeps; let go of the
 * pages of program files that only the start needed.
 */
export type Memory = { readonly stop: () => void }

export type MemoryPorts = {
  readonly libc: Pick<Libc, 'trim' | 'release'>
  readonly wake: Wake
  readonly log: Log
  /** Resident memory of this process now, bytes. */
  readonly resident: () => number
  /** The program file this process runs, as the kernel names it. */
  readonly program: string
  /** Gives `/proc/self/smaps`, empty where there is none. Not in the loop's own thread: the kernel takes its time over it. */
  readonly mappings: (then: (smaps: string) => void) => void
  readonly collect: () => void
  /** A monotonic clock, ms: how long each turn took is in the log. */
  readonly now: () => number
  /** Runs `then` in the next turn of the event loop. */
  readonly next: (then: () => void) => void
}

/** The start is over by then: fonts, player and hub are there. */
const FIRST: Duration = seconds(10)
const LOOK_EVERY: Duration = minutes(1)
/** The budget is 120 MB. Above `from` a round is made, once so many looks have passed since the one before: it takes time itself. */
const ROUNDS = [
  { from: 116 * 1024 * 1024, looksBetween: 1 },
  { from: 100 * 1024 * 1024, looksBetween: 5 },
] as const

export const keepMemorySmall = (ports: MemoryPorts): Memory => {
  // The first look may act already: by then what the hub had for us is here, too.
  const state = { cancel: () => {}, looks: ROUNDS[1].looksBetween - 1, stopped: false }
  const look = (): void => {
    state.cancel = ports.wake(LOOK_EVERY, look)
    state.looks += 1
    const resident = ports.resident()
    if (!ROUNDS.some(({ from, looksBetween }) => resident >= from && state.looks >= looksBetween)) return
    state.looks = 0
    giveBack(ports, () => state.stopped)
  }
  state.cancel = ports.wake(FIRST, () => {
    state.cancel = ports.wake(LOOK_EVERY, look)
    giveBack(ports, () => state.stopped)
  })
  return {
    stop: () => {
      state.stopped = true
      state.cancel()
    },
  }
}

/** One round. Ends with the line in the log, or without it once `stopped` says so. */
export const giveBack = (ports: Omit<MemoryPorts, 'wake'>, stopped: () => boolean): void => {
  const before = ports.resident()
  const turns: number[] = []
  const turn = (act: () => void): void => {
    const begun = ports.now()
    act()
    turns.push(ports.now() - begun)
  }
  turn(ports.collect)
  // Finalizers of native buffers run in the next turn; only then has malloc something to hand back.
  ports.next(() => {
    if (stopped()) return
    turn(ports.libc.trim)
    ports.mappings((smaps) => {
      if (stopped()) return
      turn(() => {
        for (const { start, bytes } of cleanFilePages(smaps, ports.program)) ports.libc.release(start, bytes)
      })
      ports.log('info', 'memory given back', {
        beforeMb: megabytes(before),
        afterMb: megabytes(ports.resident()),
        longestTurnMs: Math.round(Math.max(...turns)),
      })
    })
  })
}

const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024)

export type Mapping = { readonly start: number; readonly bytes: number }

/** `55d0-55e0 r-xp 00001000 fe:01 1234   /path`: private, readable, not writable, of a file. */
const READ_ONLY_FILE = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ [1-9]\d* +(\/.*)$/
/** Files that stay mapped as they are for as long as the process lives. */
const LASTING = /\.(?:node|ttf|ttc|otf)$/
const HEADER = /^[0-9a-f]+-[0-9a-f]+ /
/** Pages that are no longer the file's: relocated by the linker, or patched. They exist nowhere else. */
const OWN_PAGES = /^(?:Private_Dirty|Anonymous|Swap): +[1-9]/

/**
 * The mappings all of whose pages are unchanged pages of a file, so that letting go of them loses nothing: the next use maps them
 * again from the kernel's page cache (a few microseconds for 16 pages). Node's program file alone brings 60 MB at start, of which
 * the running daemon touches a third. Only the program, its add-ons and fonts: a mapping that another thread may replace meanwhile, as
 * the loader does while it opens a library, could be somebody's memory by the time it is let go. `smaps` is the text of
 * `/proc/<pid>/smaps` (proc(5)).
 */
export const cleanFilePages = (smaps: string, program: string): readonly Mapping[] => {
  const found: Mapping[] = []
  let candidate: Mapping | null = null
  for (const line of smaps.split('\n')) {
    if (HEADER.test(line)) {
      if (candidate !== null) found.push(candidate)
      const [, start, end, path] = READ_ONLY_FILE.exec(line) ?? []
      const lasting = path !== undefined && (path === program || LASTING.test(path))
      candidate =
        start === undefined || end === undefined || !lasting
          ? null
          : { start: Number.parseInt(start, 16), bytes: Number.parseInt(end, 16) - Number.parseInt(start, 16) }
    } else if (OWN_PAGES.test(line)) candidate = null
  }
  if (candidate !== null) found.push(candidate)
  return found
}

/** The running process. A full collection of the daemon's heap takes about 40 ms. */
export const processMemory = (): Pick<
  MemoryPorts,
  'resident' | 'program' | 'mappings' | 'collect' | 'now' | 'next'
> => {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  return {
    resident: () => process.memoryUsage.rss(),
    program: process.execPath,
    mappings: (then) => readFile('/proc/self/smaps', 'utf8', (error, smaps) => then(error ? '' : smaps)),
    collect: () => {
      if (typeof gc === 'function') gc()
    },
    now: () => performance.now(),
    next: (then) => void setImmediate(then),
  }
}
