import { type Instant, instant, mono } from '#core/base/units.ts'
import { keyIdOf } from '#core/contract/verify.ts'
import { type RunOptions, runVirtual } from '#core/engine/virtual.ts'
import type { RecordBody, StampedRecord } from '#core/evidence/record.ts'
import { newPem, pairFromPem, sha256 } from '#edge/shell/crypto.ts'
import { openPlaylog, type Playlog, type PlaylogOptions } from '#edge/shell/playlog.ts'
import { type PlaylogFs, realFs } from '#edge/shell/playlog-fs.ts'
import { anItem, aSchedule, siteFacts } from '../build.ts'
import { shippedPolicy } from '../drive.ts'

/** Real play logs of a cluster that never was: the engine in virtual time, written and sealed as the daemon would. */

/** 2026-11-23T00:00+07:00, a Monday. */
export const MIDNIGHT = instant(Date.UTC(2026, 10, 22, 17, 0, 0))
export const HOUR = 3_600_000
export const DAY = 24 * HOUR

const pair = pairFromPem(newPem())
export const device = { ...pair, key: keyIdOf(pair.publicKey, sha256) }

/** For tests that read what was written: waiting for the disk after every record would only be slow. */
export const fastFs: PlaylogFs = { ...realFs, fdatasync: () => undefined, syncDir: () => undefined }

export const opened = (dir: string, more: Partial<PlaylogOptions> = {}): Playlog => {
  const result = openPlaylog({
    dir,
    site: 'LC-MLT-01',
    zone: { offsetMinutes: 420 },
    sha256,
    device,
    log: () => undefined,
    fs: fastFs,
    ...more,
  })
  if (!result.ok) throw new Error(result.error.detail)
  return result.value
}

export const must = <T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

/** Puts a record that was made elsewhere into a log, at the time it says. */
export const put = (log: Playlog, record: StampedRecord): void => {
  const { at, boot, ...body } = record
  const reading = { wall: instant(at.wall), mono: mono(at.mono), quality: at.q, bootId: boot }
  must(log.append([body as RecordBody], reading))
}

const items = [
  anItem({ supplier: { org: 'svhttdl', name: 'Sở VHTTDL (mẫu)' }, suppliedByLead: true, durationMs: 60_000 }),
  anItem({ id: 'C02', languages: ['vi', 'en'], asset: { sha256: '2'.repeat(64), bytes: 1, mime: 'image/png' } }),
]

/** Schedule, two files and the player, as the daemon's start brings them. */
export const beginning = (at: Instant): RunOptions['happenings'] => [
  { at, event: { event: 'schedule', schedule: aSchedule(items) } },
  { at, event: { event: 'asset', sha256: '1'.repeat(64), state: 'present' } },
  { at, event: { event: 'asset', sha256: '2'.repeat(64), state: 'present' } },
  { at, event: { event: 'player', what: 'up' } },
]

/** The records of so many days from `MIDNIGHT` on, and the ledger's own view of them. */
export const virtualDays = (days: number, happenings: RunOptions['happenings'] = []) =>
  runVirtual({
    site: siteFacts(),
    policy: shippedPolicy(),
    from: MIDNIGHT,
    to: instant(MIDNIGHT + days * DAY),
    happenings: [...beginning(MIDNIGHT), ...happenings],
    tickMs: 1_000,
    ticks: 'needed',
    onRecord: null,
  })
