import type { Log } from '#core/base/ports.ts'
import { residentOf, type Supervisor } from './mpv.ts'
import type { Showing } from './showing.ts'

/**
 * Notices a player that makes no progress, whatever the reason. Progress is what it does: it answers, the picture it was told comes out, the
 * time of a clip goes on. Each has its bound, and none is a guess at how long something takes.
 *
 * | what                       | noticed after                                   | healed by                                          |
 * | it does not answer         | 4 s: a look each second, 2 s and once more 1 s  | a new process                                      |
 * | no first picture           | after four looks that it answered: 4 to 6 s     | told once more; then given up, the next item       |
 * | a clip stands still        | 4 to 5 s                                        | told once more; then given up, the next item       |
 * | two showings given up      | at once                                         | a new process                                      |
 * | more than 700 MB           | 1 s                                             | a new process                                      |
 */
export type Guard = { readonly stop: () => void }

/** How often is looked, and how long is waited, ms. `beginMs`: a showing that has not begun by then will not begin. */
export type Paces = { readonly lookMs: number; readonly beginMs: number; readonly watchMs: number }
/** `watchMs`: while something is on, the screen itself is looked at this often. */
export const PACES: Paces = { lookMs: 1_000, beginMs: 4_000, watchMs: 5_000 }
const ANSWER_MS = 2_000
/** After a silence it is asked once more: when it was we who stood still, the answer is there at once. */
const SECOND_ANSWER_MS = 1_000
/** Looks in a row without progress of a video that ought to run. */
const MOST_STILL = 4
/** Above this the player is started afresh, bytes: 1080p takes 136 MB (measured). */
const MOST_RESIDENT = 700 * 1024 * 1024

export type GuardOptions = {
  readonly supervisor: Pick<Supervisor, 'ipc' | 'pid' | 'kill'>
  readonly showing: () => Showing | null
  /** What was told makes no progress. `late`: no first picture. */
  readonly stuck: (showing: Showing, kind: 'late' | 'frozen', detail: string) => void
  /** The process itself does not answer and is about to be ended. */
  readonly frozen: (detail: string) => void
  readonly log: Log
  readonly paces: Pick<Paces, 'lookMs' | 'beginMs'>
  /** Milliseconds, monotonic. */
  readonly now: () => number
}

export const createGuard = (options: GuardOptions): Guard => {
  const { supervisor } = options
  const run = { of: null as Showing | null, loadedAt: 0, waits: 0, time: null as unknown, still: 0, looking: false }
  const restart = (why: string): void => {
    run.still = 0
    options.log('error', 'the player is started again', { why })
    supervisor.kill(why)
  }
  const look = async (): Promise<void> => {
    const ipc = supervisor.ipc()
    const pid = supervisor.pid()
    if (ipc === null || pid === null || run.looking) return
    run.looking = true
    const first = await ipc.command(['get_property', 'time-pos'], ANSWER_MS)
    const silent = !first.ok && first.error === 'timeout'
    const time = silent ? await ipc.command(['get_property', 'time-pos'], SECOND_ANSWER_MS) : first
    run.looking = false
    if (supervisor.pid() !== pid) return
    if (!time.ok && time.error === 'timeout') {
      options.frozen('mpv does not answer')
      return restart('mpv does not answer')
    }
    const resident = residentOf(pid)
    if (resident !== null && resident > MOST_RESIDENT)
      return restart(`mpv takes ${Math.round(resident / 1_048_576)} MB`)
    progress(time.ok ? time.value : null)
  }
  const progress = (time: unknown): void => {
    const showing = options.showing()
    const runs = showing?.kind === 'video' && showing.shown && !showing.over
    run.still = runs && showing === run.of && time === run.time ? run.still + 1 : 0
    Object.assign(run, { of: showing, time })
    if (showing === null || showing.over) return
    if (run.still >= MOST_STILL) {
      run.still = 0
      return options.stuck(showing, 'frozen', `the clip stands still at ${JSON.stringify(time)} s`)
    }
    // Counted in looks that it answered, not in time: a machine that stood still as a whole has not kept anybody waiting.
    run.waits = showing.shown || showing.loadedAt !== run.loadedAt ? 0 : run.waits + 1
    run.loadedAt = showing.loadedAt
    if (run.waits * options.paces.lookMs < options.paces.beginMs) return
    run.waits = 0
    const waited = Math.round(options.now() - showing.loadedAt)
    options.stuck(showing, 'late', `no picture ${waited} ms after it was told`)
  }
  const timer = setInterval(() => void look(), options.paces.lookMs)
  return { stop: () => clearInterval(timer) }
}
