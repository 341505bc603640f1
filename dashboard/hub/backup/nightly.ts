import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import schedule from 'node-schedule'
import { err, type Result } from '#core/base/result.ts'
import type { Base } from '../base.ts'
import type { BackupAsk, Made } from './make.ts'
import { passphraseIn } from './restore.ts'
import { LEAST_PASSPHRASE } from './secrets.ts'

/** The hub's own backup, once a night. Where none is configured nothing runs and nothing is known of one. */
export type Nightly = {
  /** When the newest one was made, wall clock, ms; null: there is none, or none is configured. */
  readonly newestAt: () => number | null
  /** Makes one now; also what a test calls. */
  readonly run: () => Promise<Result<Made, string>>
  readonly close: () => Promise<void>
}

const NAME = /^hub-(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2})Z\.tar$/
const HOUR_MS = 3_600_000
/** The job of the calendar is only a wake-up: a clock that stepped makes it come twice or not at all. So the age decides, looked at so often. */
const LOOK_MS = 600_000
const AT = { hour: 2, minute: 10, tz: 'Asia/Ho_Chi_Minh' } as const
/** At the wake-up, a newer one than this is enough; without any wake-up, an older one than this is made up for. */
const ENOUGH_MS = 20 * HOUR_MS
const OVERDUE_MS = 26 * HOUR_MS

const timeOf = (name: string): number | null => {
  const found = NAME.exec(name)?.[1]
  if (found === undefined) return null
  const [date, time] = found.split('T')
  return Date.parse(`${date}T${time?.replaceAll('-', ':')}Z`)
}

export const startNightly = (base: Base, version: string): Nightly => {
  const { backup } = base.config
  if (backup === null)
    return {
      newestAt: () => null,
      run: async () => err('/backup: is not configured · chưa cấu hình'),
      close: async () => undefined,
    }
  const list = (): readonly { readonly name: string; readonly at: number }[] =>
    (existsSync(backup.folder) ? readdirSync(backup.folder) : [])
      .flatMap((name) => {
        const at = timeOf(name)
        return at === null ? [] : [{ name, at }]
      })
      .sort((a, b) => a.at - b.at)
  const run = { newest: list().at(-1)?.at ?? null, work: null as Promise<Result<Made, string>> | null, closed: false }
  const make = async (): Promise<Result<Made, string>> => {
    const now = base.now()
    const passphrase = passphraseIn(backup.passphraseFile ?? undefined, LEAST_PASSPHRASE)
    const name = `hub-${new Date(now).toISOString().slice(0, 19).replaceAll(':', '-')}Z.tar`
    const made = passphrase.ok
      ? await inThread({
          ...{
            config: base.config,
            configText: `${JSON.stringify(base.config, null, 2)}\n`,
            out: join(backup.folder, name),
            passphrase: passphrase.value,
          },
          ...{ assetsDir: join(backup.folder, 'assets'), version, now },
        })
      : passphrase
    const bytes = made.ok ? statSync(join(backup.folder, name)).size : 0
    await base.store.audit.append({
      ...{ at: base.now(), person: 'bangtin', subject: 'hub', address: '' },
      action: made.ok ? 'backup.made' : 'backup.failed',
      detail: made.ok ? `${name}, ${bytes} bytes` : made.error.slice(0, 500),
    })
    if (!made.ok) {
      base.log('error', 'the nightly backup failed', { detail: made.error })
      return made
    }
    run.newest = now
    // Only when the new one is whole: the last good one never goes for one that failed.
    for (const old of list().slice(0, -backup.keep)) rmSync(join(backup.folder, old.name), { force: true })
    base.log('info', 'backup made', { file: name, bytes })
    return made
  }
  const once = (): Promise<Result<Made, string>> => {
    run.work ??= make()
      .catch((error: unknown) => err(String(error)))
      .finally(() => {
        run.work = null
      })
    return run.work
  }
  const look = (enoughMs: number): void => {
    if (!run.closed && (run.newest === null || base.now() - run.newest >= enoughMs)) void once()
  }
  const inThread = (ask: BackupAsk): Promise<Result<Made, string>> =>
    new Promise((resolve) => {
      mkdirSync(backup.folder, { recursive: true, mode: 0o700 })
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: ask })
      worker.once('message', resolve)
      worker.once('error', (error) => resolve(err(error.message)))
      worker.once('exit', (code) => resolve(err(`the thread of the backup ended with ${code}`)))
    })
  const job = schedule.scheduleJob('backup', AT, () => look(ENOUGH_MS))
  const timer = setInterval(() => look(OVERDUE_MS), LOOK_MS)
  timer.unref()
  return {
    newestAt: () => run.newest,
    run: once,
    close: async () => {
      run.closed = true
      job?.cancel()
      clearInterval(timer)
      await run.work
    },
  }
}
