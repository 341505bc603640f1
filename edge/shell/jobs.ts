import schedule from 'node-schedule'
import type { Log } from '#core/base/ports.ts'

/**
 * Calendar jobs of the shells. A job here is only a wake-up: whether something is due is decided by looking at the clock when it
 * fires, at most once per civil day. node-schedule replays or forgets runs when the clock steps (measured: 108 runs after a step of one day), so every job
 * is made anew after a step, and the same question is asked once a minute anyway.
 */
export type Jobs = {
  /** After a clock step. */
  readonly rearm: () => void
  readonly stop: () => void
}

export type DailyJob = {
  readonly name: string
  /** Local time in the policy's zone. */
  readonly hour: number
  readonly minute: number
  readonly run: () => void | Promise<void>
}

const LOOK_MS = 60_000

export const startJobs = (options: {
  readonly jobs: readonly DailyJob[]
  readonly zone: string
  readonly offsetMinutes: number
  readonly log: Log
  /** Wall clock, ms. */
  readonly now: () => number
}): Jobs => {
  const { offsetMinutes, log } = options
  const local = () => options.now() + offsetMinutes * 60_000
  const dayNow = () => Math.floor(local() / 86_400_000)
  const minuteNow = () => Math.floor((local() % 86_400_000) / 60_000)
  // What was due before we started is left to tomorrow: start has its own recovery, scrub and retention.
  const done = new Map<string, number>(
    options.jobs.map((j) => [j.name, minuteNow() >= minuteOf(j) ? dayNow() : dayNow() - 1]),
  )
  const run = { armed: [] as schedule.Job[] }

  const ask = (job: DailyJob): void => {
    if (minuteNow() < minuteOf(job) || (done.get(job.name) ?? 0) >= dayNow()) return
    done.set(job.name, dayNow())
    Promise.resolve()
      .then(job.run)
      .catch((error: unknown) => log('error', 'a daily job failed', { job: job.name, why: String(error) }))
  }
  const askAll = () => options.jobs.forEach(ask)
  const disarm = () => {
    for (const job of run.armed) job.cancel()
    run.armed = []
  }
  const rearm = (): void => {
    disarm()
    // A clock that was wrong must not leave days marked as done that are still to come.
    for (const [name, day] of done) done.set(name, Math.min(day, dayNow()))
    run.armed = options.jobs.map((job) =>
      schedule.scheduleJob(job.name, { hour: job.hour, minute: job.minute, second: 0, tz: options.zone }, () =>
        ask(job),
      ),
    )
  }
  rearm()
  const timer = setInterval(askAll, LOOK_MS)
  return {
    rearm: () => {
      rearm()
      askAll()
    },
    stop: () => {
      disarm()
      clearInterval(timer)
    },
  }
}

const minuteOf = (job: DailyJob): number => job.hour * 60 + job.minute
