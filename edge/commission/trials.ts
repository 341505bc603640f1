import { err, ok, type Result } from '#core/base/result.ts'
import type { Phrase } from '#core/contract/words.ts'
import { takenBy } from '#core/engine/manual.ts'
import { freePorts, hostsOf, search } from './detect.ts'
import { playTone, runPower, type Side, sweep, type Trial } from './jobs.ts'
import { both, type Ground } from './needs.ts'

/** A trial under way, or how the last one of this process ended. */
export type JobState = {
  readonly name: 'search' | 'sweep' | 'power' | 'tone'
  readonly person: string
  readonly doing: string
  readonly over: boolean
  readonly fault: string | null
}

const busy: Phrase = { vi: 'Đang có một phép thử khác: đợi xong đã.', en: 'Another trial is under way: wait for it.' }
const kept = (done: Result<void, Phrase>): string | null => (done.ok ? null : `${done.error.vi} · ${done.error.en}`)

type Work = (trial: Trial) => Promise<string | null>
type Begin = (name: JobState['name'], person: string, work: Work) => Result<void, Phrase>

/** One trial at a time; its end is kept in the draft, its failure in `job`. */
const openRunner = ({ needs, access }: Ground) => {
  const closing = new AbortController()
  const run = { job: null as JobState | null }
  const begin: Begin = (name, person, work) => {
    if (run.job !== null && !run.job.over) return err(busy)
    const trial: Trial = {
      ...needs,
      signal: closing.signal,
      person,
      tell: (doing) => {
        if (run.job !== null) run.job = { ...run.job, doing: doing.slice(0, 200) }
      },
    }
    run.job = { name, person, doing: '', over: false, fault: null }
    access(person, name)
    const over = (fault: string | null) => {
      if (run.job !== null) run.job = { ...run.job, over: true, fault }
    }
    // A trial that throws is a bug of ours and must not take the daemon that shows warnings with it.
    work(trial).then(over, (error: unknown) => over(error instanceof Error ? error.message : String(error)))
    return ok(undefined)
  }
  return { begin, job: () => run.job, stop: () => closing.abort() }
}

/** The trials of commissioning. `proposed`: writes down what the configuration should say, after a search. */
export const openTrials = (ground: Ground, proposed: () => void) => {
  const { needs, change } = ground
  const { config, clock } = needs
  const { begin, job, stop } = openRunner(ground)
  return {
    job,
    stop,
    search: (person: string, hosts: string): Result<void, Phrase> => {
      const given = hostsOf(hosts)
      if (given.wrong !== null)
        return err(both(`“${given.wrong}” không phải địa chỉ IP`, `“${given.wrong}” is no IP address`))
      const ports = freePorts(config, needs.portFolders).map((path) => ({ kind: 'serial', path }) as const)
      return begin('search', person, async (trial) => {
        const places = [...ports, ...given.hosts]
        const { found, said } = await search({ ...trial, places, profiles: needs.profileFolders })
        const done = change((draft) => ({ ...draft, found: [...found], searchedAt: clock.read().wall }))
        if (done.ok) proposed()
        return kept(done) ?? (said.length === 0 ? null : said.join('; '))
      })
    },
    sweep: (person: string): Result<void, Phrase> =>
      begin('sweep', person, async (trial) => {
        const points = await sweep(trial)
        return points.ok ? kept(change((draft) => ({ ...draft, sweep: [...points.value] }))) : points.error
      }),
    runPower: (person: string): Result<void, Phrase> => {
      const { plan } = needs
      if (plan === null || config.power === null)
        return err(both('Không có trình tự nguồn.', 'There is no power sequence.'))
      const { sequence } = plan
      const offAfterMs = config.power.offAfterSeconds * 1000
      const taken = takenBy(needs.state())
      if (taken !== null)
        return err(both(`Đang có ${taken}: không chạy thử nguồn.`, `${taken} is on: power is not tried now.`))
      return begin('power', person, async (trial) => {
        const powerRun = await runPower(trial, { sequence, offAfterMs })
        return kept(change((draft) => ({ ...draft, powerRun }))) ?? powerRun.fault
      })
    },
    tone: (person: string, side: Side): Result<void, Phrase> =>
      begin('tone', person, async () => {
        const args =
          config.player.output === 'onboard'
            ? []
            : config.player.extraArgs.filter((arg) => /^--a(o|udio-device)=/.test(arg))
        const played = await playTone(side, args)
        if (!played.ok) return played.error
        return kept(change((draft) => ({ ...draft, tones: [...new Set([...draft.tones, side])] })))
      }),
  }
}
