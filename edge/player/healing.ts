import type { Log } from '#core/base/ports.ts'
import type { Proof } from '#core/policy/policy.ts'
import type { PlayerTrouble } from '#core/screen/scene.ts'
import type { Post } from '../shell/loop.ts'
import { type Eyes, FIRST_LOOKS_MS, type Seen } from './eyes.ts'
import type { GuardOptions, Paces } from './guard.ts'
import { roundOf, type Showing } from './showing.ts'

/** Times since the start that each thing went wrong, and what was done about it. */
export type HealthCounts = Readonly<Record<PlayerTrouble | 'reloads' | 'loads', number>>

export const NO_TROUBLE: HealthCounts = { frozen: 0, black: 0, covered: 0, late: 0, reloads: 0, loads: 0 }

/** What is done when the picture is not what it should be: told again, then a new process; and what is written down of it. */
export type Healing = Pick<GuardOptions, 'stuck' | 'frozen'> & {
  /** A picture of it came out. `late`: after how many milliseconds, when that was too late. */
  readonly shown: (showing: Showing, of: { readonly late: number | null }) => void
  readonly prove: (showing: Showing, proof: { readonly proof: Proof; readonly how: string }) => void
  /** Looks at the screen now and, where there is a screen to look at, for as long as it is on. */
  readonly watch: (showing: Showing) => void
  /** Something else is wanted: a file that was on until then did no harm. */
  readonly leave: (showing: Showing | null) => void
  readonly died: (showing: Showing | null) => void
  /** Why a file is not given to the player any more, or null. */
  readonly doubt: (suspect: string | null) => string | null
  readonly counts: () => HealthCounts
  readonly stop: () => void
}

/** What is wrong on the screen is looked at twice more before it counts, ms. */
const WATCH_LOOKS_MS = [0, 300, 600] as const
/** A new process for a screen that stays wrong: not before this again, doubled up to the most, ms. */
const WRONG_PAUSE_MS = [60_000, 600_000] as const
/** The same trouble is written down again after this, ms: a screen that stays black is one line a minute. */
const TROUBLE_MS = 60_000
/** A file under which the player died so often is given up; files remembered. */
const MOST_DEATHS = 2
const MOST_SUSPECTS = 32
const HOW_CHARS = 500

export const createHealing = (options: {
  readonly eyes: Eyes
  /** Null: nothing but the decoder's own word, which healing cannot change. */
  readonly display: string | null
  readonly showing: () => Showing | null
  readonly reload: (showing: Showing) => void
  readonly fail: (showing: Showing, detail: string) => void
  readonly kill: (why: string) => void
  readonly post: Post
  readonly log: Log
  readonly now: () => number
  readonly paces: Pick<Paces, 'watchMs'>
}): Healing => {
  const { post, log, now } = options
  const run = {
    counts: { ...NO_TROUBLE } as Record<keyof HealthCounts, number>,
    /** Nothing came out since something was given up. */
    doubtful: false,
    blameless: false,
    wrongPause: WRONG_PAUSE_MS[0] as number,
    mayKillAt: 0,
    timer: undefined as NodeJS.Timeout | undefined,
    stopped: false,
  }
  const notedAt = new Map<PlayerTrouble, number>()
  const deaths = new Map<string, number>()

  const prove: Healing['prove'] = (showing, { proof, how }) => {
    // After a contradiction only the eyes convince; the player's own word does not.
    if (showing.proof === proof || (showing.proof === 'contradicted' && proof !== 'seen')) return
    if (showing.proof === 'seen' && proof === 'acknowledged') return
    showing.proof = proof
    if (showing.play !== null)
      post({
        event: 'player',
        what: 'shown',
        play: showing.play,
        proof,
        how: how.slice(0, HOW_CHARS),
        ...roundOf(showing),
      })
  }
  const trouble = (kind: PlayerTrouble, play: string | null, detail: string): void => {
    run.counts[kind] += 1
    log('error', 'trouble with the player', { kind, play, detail })
    const last = notedAt.get(kind)
    if (last !== undefined && now() - last < TROUBLE_MS) return
    notedAt.set(kind, now())
    post({ event: 'player', what: 'trouble', trouble: kind, play, detail: detail.slice(0, HOW_CHARS) })
  }
  const again = (showing: Showing, why: string): void => {
    run.counts.reloads += 1
    log('warn', 'told again', { play: showing.play, why })
    options.reload(showing)
  }
  /** The screen is not the file's fault: a new window is the remedy, with a pause that grows while it does not help. */
  const wrong = (showing: Showing, { how, trouble: kind }: Seen): void => {
    prove(showing, { proof: 'contradicted', how })
    if (kind === null) return log('error', 'the output does not show what it should', { play: showing.play, how })
    trouble(kind, showing.play, how)
    if (showing.loads < 2) return again(showing, how)
    if (now() < run.mayKillAt) return
    run.mayKillAt = now() + run.wrongPause
    run.wrongPause = Math.min(run.wrongPause * 2, WRONG_PAUSE_MS[1])
    run.blameless = true
    options.kill(how)
  }
  const watch = (showing: Showing): void => {
    if (showing.watched === showing.loads) return
    showing.watched = showing.loads
    clearTimeout(run.timer)
    const { loads } = showing
    const current = (): boolean =>
      !run.stopped && options.showing() === showing && !showing.over && showing.loads === loads
    const look = async (looks: readonly number[]): Promise<void> => {
      const seen = await options.eyes.check(showing, { looks, current })
      if (!current()) return
      if (seen?.proof === 'seen') {
        run.wrongPause = WRONG_PAUSE_MS[0]
        prove(showing, seen)
      } else if (seen !== null) wrong(showing, seen)
      if (current() && options.display !== null)
        run.timer = setTimeout(() => void look(WATCH_LOOKS_MS), options.paces.watchMs)
    }
    void look(FIRST_LOOKS_MS)
  }
  return {
    prove,
    watch,
    shown: (showing, { late }) => {
      run.counts.loads += 1
      run.doubtful = false
      if (late === null) return
      run.counts.late += 1
      log('warn', 'the first picture came late', { play: showing.play, ms: late })
    },
    stuck: (showing, kind, detail) => {
      if (showing.shown) prove(showing, { proof: 'contradicted', how: detail })
      trouble(kind, showing.play, detail)
      // Nothing has come out since something else was given up, too: it is not the files.
      if (run.doubtful) return options.kill(detail)
      if (showing.loads < 2) return again(showing, detail)
      run.doubtful = true
      if (showing.play === null) options.kill(detail)
      else options.fail(showing, detail)
    },
    frozen: (detail) => {
      const showing = options.showing()
      if (showing?.shown) prove(showing, { proof: 'contradicted', how: detail })
      trouble('frozen', showing?.play ?? null, detail)
    },
    leave: (showing) => {
      if (showing?.suspect && showing.shown && !showing.over) deaths.delete(showing.suspect)
    },
    died: (showing) => {
      clearTimeout(run.timer)
      const { blameless } = run
      Object.assign(run, { blameless: false, doubtful: false })
      if (blameless || !showing?.suspect || showing.over) return
      if (deaths.size >= MOST_SUSPECTS) deaths.clear()
      deaths.set(showing.suspect, (deaths.get(showing.suspect) ?? 0) + 1)
    },
    doubt: (suspect) => {
      if (suspect === null || (deaths.get(suspect) ?? 0) < MOST_DEATHS) return null
      // When the engine tries it again, in its own time, once more is enough.
      deaths.set(suspect, MOST_DEATHS - 1)
      return `trình phát đã dừng ${MOST_DEATHS} lần khi chiếu tệp này · the player ended ${MOST_DEATHS} times under this file`
    },
    counts: () => ({ ...run.counts }),
    stop: () => {
      run.stopped = true
      clearTimeout(run.timer)
    },
  }
}
