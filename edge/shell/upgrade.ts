import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log, Wake } from '#core/base/ports.ts'
import { duration } from '#core/base/units.ts'
import { replaceFile } from './durable.ts'

/** What `bangtin-upgrade` says of the last upgrade (`deploy/edge/deb`). */
export type UpgradeReport = {
  readonly result: 'installed' | 'trial' | 'settled' | 'rolled-back'
  /** Builds: the version and the start of the sum of its files. */
  readonly from: string
  readonly to: string
  readonly why: string
  /** Seconds since 1970, by the machine's clock. */
  readonly at: string
}

const RESULTS = ['installed', 'trial', 'settled', 'rolled-back'] as const
/** The script writes some hundred bytes. */
const MOST_BYTES = 4096
const TOLD_FILE = 'upgrade-told'

/** Lines `key=value`; null where this is no report of ours. */
export const parseReport = (text: string): UpgradeReport | null => {
  const found = new Map<string, string>()
  for (const line of text.slice(0, MOST_BYTES).split('\n')) {
    const at = line.indexOf('=')
    if (at > 0) found.set(line.slice(0, at), line.slice(at + 1))
  }
  const result = RESULTS.find((one) => one === found.get('result'))
  if (result === undefined) return null
  const text_ = (key: string): string => found.get(key) ?? ''
  return { result, from: text_('from'), to: text_('to'), why: text_('why'), at: text_('at') }
}

const readOrNull = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

export type UpgradeWatch = {
  /** The last upgrade was taken back: what to tell people, for as long as no other upgrade has come. */
  readonly takenBack: () => string | null
  /** Reads the report now, and again every minute: a version that was refused before it ever ran restarts nobody. */
  readonly begin: () => void
  readonly stop: () => void
}

const EVERY = duration(60_000)
const words = ({ from, to, why }: UpgradeReport): string => `${to} → ${from}: ${why}`

/**
 * `file` is the report, null where no package put this daemon here. `tell` is called once for each time an upgrade was taken back, over
 * restarts, too: `dataDir` remembers what was told. A file that cannot be read is no reason not to run: the log says so.
 */
export const watchUpgrade = (of: {
  readonly file: string | null
  readonly dataDir: string
  readonly log: Log
  readonly wake: Wake
  readonly tell: (words: string) => void
}): UpgradeWatch => {
  const { file, log } = of
  const marker = join(of.dataDir, TOLD_FILE)
  const state = { takenBack: null as string | null, read: null as string | null, cancel: () => {} }
  const note = (report: UpgradeReport): void => {
    state.takenBack = words(report)
    const name = `${report.to} ${report.at}`
    if (readOrNull(marker)?.trim() === name) return
    of.tell(state.takenBack)
    try {
      replaceFile(marker, `${name}\n`, 0o600)
    } catch (error) {
      // Told again at the next start: better twice than not at all.
      const detail = error instanceof Error ? error.message : String(error)
      log('warn', 'cannot remember that the evidence has this', { detail })
    }
  }
  const look = (): void => {
    const text = file === null ? null : readOrNull(file)
    if (text === state.read) return
    state.read = text
    state.takenBack = null
    const report = text === null ? null : parseReport(text)
    if (text !== null && report === null) log('warn', 'the report of the last upgrade cannot be read', { file })
    if (report?.result === 'rolled-back') note(report)
  }
  const round = (): void => {
    look()
    state.cancel = of.wake(EVERY, round)
  }
  return {
    takenBack: () => state.takenBack,
    begin: () => {
      if (file !== null) round()
    },
    stop: () => state.cancel(),
  }
}
