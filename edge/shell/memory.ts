import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Log, Wake } from '#core/base/ports.ts'
import { type Duration, minutes, seconds } from '#core/base/units.ts'
import type { Libc } from './os.ts'

/**
 * Keeps the resident memory small and flat (design §4.6). After the start, and whenever the process has grown, in three turns of the
 * event loop so that none of them holds up an order for long: collect garbage; have malloc hand back what it keeps; let go of the
 * pages of program files that only the start needed.
 */
export type Memory = { readonly stop: () => void }

export type MemoryPorts = {
  readonly libc: Pick<Libc, 'trim' | 'release'>
  readonly wake: Wake
  readonly log: Log
  /** Resident memory of this process now, bytes. */
  readonly resident: () => number
  /** `/proc/self/smaps`; empty where there is none. */
  readonly mappings: () => string
  readonly collect: () => void
  /** A monotonic clock, ms: how long each turn took is in the log. */
  readonly now: () => number
  /** Runs `then` in the next turn of the event loop. */
  readonly next: (then: () => void) => void
}

/** The start is over by then: fonts, player and hub are there. */
const FIRST: Duration = seconds(10)
const LOOK_EVERY: Duration = minutes(1)
/** Below this nothing is done; the budget is 120 MB. */
const ENOUGH_BYTES = 100 * 1024 * 1024
/** Looks that pass between two rounds: a process that stays large must not spend its time on this. */
const LOOKS_BETWEEN = 5

export const keepMemorySmall = (ports: MemoryPorts): Memory => {
  // The first look may act: by then what the hub had for us is here, too.
  const state = { cancel: () => {}, looks: LOOKS_BETWEEN - 1, stopped: false }
  const look = (): void => {
    state.cancel = ports.wake(LOOK_EVERY, look)
    state.looks += 1
    if (state.looks < LOOKS_BETWEEN || ports.resident() < ENOUGH_BYTES) return
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

const giveBack = (ports: MemoryPorts, stopped: () => boolean): void => {
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
    ports.next(() => {
      if (stopped()) return
      turn(() => {
        for (const { start, bytes } of cleanFilePages(ports.mappings())) ports.libc.release(start, bytes)
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
const READ_ONLY_FILE = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ [1-9]\d* +\/.*$/
const HEADER = /^[0-9a-f]+-[0-9a-f]+ /
/** Pages that are no longer the file's: relocated by the linker, or patched. They exist nowhere else. */
const OWN_PAGES = /^(?:Private_Dirty|Anonymous|Swap): +[1-9]/

/**
 * The mappings all of whose pages are unchanged pages of a file, so that letting go of them loses nothing: the next use maps them
 * again from the kernel's page cache (a few microseconds for 16 pages). Node's program file alone brings 60 MB at start, of which
 * the running daemon touches a third. `smaps` is the text of `/proc/<pid>/smaps` (proc(5)).
 */
export const cleanFilePages = (smaps: string): readonly Mapping[] => {
  const found: Mapping[] = []
  let candidate: Mapping | null = null
  for (const line of smaps.split('\n')) {
    if (HEADER.test(line)) {
      if (candidate !== null) found.push(candidate)
      const [, start, end] = READ_ONLY_FILE.exec(line) ?? []
      candidate =
        start === undefined || end === undefined
          ? null
          : { start: Number.parseInt(start, 16), bytes: Number.parseInt(end, 16) - Number.parseInt(start, 16) }
    } else if (OWN_PAGES.test(line)) candidate = null
  }
  if (candidate !== null) found.push(candidate)
  return found
}

/** The running process. A full collection of the daemon's heap takes about 40 ms. */
export const processMemory = (): Pick<MemoryPorts, 'resident' | 'mappings' | 'collect' | 'now' | 'next'> => {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  return {
    resident: () => process.memoryUsage.rss(),
    mappings: () => {
      try {
        return readFileSync('/proc/self/smaps', 'utf8')
      } catch {
        return ''
      }
    },
    collect: () => {
      if (typeof gc === 'function') gc()
    },
    now: () => performance.now(),
    next: (then) => void setImmediate(then),
  }
}
