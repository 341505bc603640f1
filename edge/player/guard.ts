import type { Log } from '#core/base/ports.ts'
import { residentOf, type Supervisor } from './mpv.ts'
import type { Showing } from './showing.ts'

/** Notices a player that lives but does nothing, and ends it; the supervisor starts it again. */
export type Guard = { readonly stop: () => void }

const LOOK_MS = 2_000
/** Looks in a row without progress of a video that ought to run. */
const MOST_STILL = 4
/** A showing that has not begun by then will not begin, ms. */
const BEGIN_MS = 6_000
/** Answers in a row that did not come (each is waited for 5 s). */
const MOST_SILENT = 1
/** Above this the player is started afresh, bytes: 1080p takes 136 MB (measured). */
const MOST_RESIDENT = 700 * 1024 * 1024

export const createGuard = (options: {
  readonly supervisor: Supervisor
  readonly showing: () => Showing | null
  readonly log: Log
  /** Milliseconds, monotonic. */
  readonly now: () => number
}): Guard => {
  const { supervisor } = options
  const run = { time: null as unknown, still: 0, silent: 0, looking: false }
  const look = async (): Promise<void> => {
    const ipc = supervisor.ipc()
    const pid = supervisor.pid()
    if (ipc === null || pid === null || run.looking) return
    run.looking = true
    const time = await ipc.command(['get_property', 'time-pos'])
    run.looking = false
    if (supervisor.pid() !== pid) return
    if (!time.ok && time.error === 'timeout') {
      run.silent += 1
      if (run.silent >= MOST_SILENT) restart('mpv does not answer')
      return
    }
    run.silent = 0
    const showing = options.showing()
    const ought = showing?.kind === 'video' && showing.shown && !showing.over
    run.still = ought && time.ok && time.value === run.time ? run.still + 1 : 0
    run.time = time.ok ? time.value : null
    if (run.still >= MOST_STILL) restart('the video stands still')
    const begun = showing === null || showing.shown || showing.over
    if (!begun && options.now() - showing.toldAt > BEGIN_MS) restart('what it was told to show did not begin')
    const resident = residentOf(pid)
    if (resident !== null && resident > MOST_RESIDENT) restart(`mpv takes ${Math.round(resident / 1_048_576)} MB`)
  }
  const restart = (why: string): void => {
    Object.assign(run, { still: 0, silent: 0 })
    options.log('error', 'the player is started again', { why })
    supervisor.kill(why)
  }
  const timer = setInterval(() => void look(), LOOK_MS)
  return { stop: () => clearInterval(timer) }
}
