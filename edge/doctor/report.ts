import type { FaultId } from '#core/contract/faults.ts'
import type { Phrase } from '#core/contract/words.ts'

/**
 * What a diagnosis says. `fine`: the screen does what it should and nothing is wrong. `degraded`: it does, but not all of it, or something
 * is wrong beside it. `broken`: it does not.
 */
export const VERDICTS = ['fine', 'degraded', 'broken'] as const
export type DoctorVerdict = (typeof VERDICTS)[number]

/** What a diagnosis names beside the faults of the catalogue: nothing is broken then, or there is nobody who could say so. */
export const OWN_CAUSES = {
  'daemon-down': 'critical',
  'daemon-hung': 'critical',
  'quiet-hours': 'info',
  'safety-blank': 'info',
  'own-protection': 'critical',
  'order-on': 'info',
  'order-ended': 'info',
  'order-waits': 'info',
  'order-sleeps': 'info',
  'order-broken': 'critical',
  'held-by-hand': 'info',
  'test-pattern': 'info',
  'no-frame-now': 'info',
  'snapshot-damaged': 'warning',
  'not-enrolled': 'info',
} as const
export type OwnCause = keyof typeof OWN_CAUSES
export type CauseId = FaultId | OwnCause

export type Severity = 'critical' | 'warning' | 'info'
export type Cause = {
  readonly id: CauseId
  readonly severity: Severity
  readonly what: Phrase
  /** What was measured or read, as it was said; may be empty. */
  readonly evidence: string
  readonly next: Phrase
}

/** How a row is to be looked at. */
export type Mark = 'plain' | 'good' | 'warn' | 'bad'
export type Row = {
  readonly name: Phrase
  readonly value: Phrase
  readonly mark: Mark
  /** Bytes, ids, messages: as they are, in small letters. */
  readonly detail: string
}

export const SECTIONS = [
  'claims',
  'orders',
  'display',
  'lines',
  'player',
  'content',
  'clock',
  'link',
  'keys',
  'disk',
  'computer',
  'log',
  'evidence',
] as const
export type SectionId = (typeof SECTIONS)[number]
export type Section = {
  readonly id: SectionId
  readonly title: Phrase
  readonly mark: Mark
  readonly rows: readonly Row[]
}

/** The answer to "why is this screen not showing what it should?", for people and programs alike. */
export type Report = {
  readonly v: 1
  /** Wall milliseconds, and the same as text in the zone of the site. */
  readonly at: number
  readonly when: string
  readonly site: { readonly id: string; readonly name: string; readonly version: string }
  readonly running: boolean
  readonly verdict: DoctorVerdict
  readonly answer: Phrase
  readonly causes: readonly Cause[]
  readonly sections: readonly Section[]
}

export const both = (vi: string, en: string): Phrase => ({ vi, en })
export const same = (text: string): Phrase => ({ vi: text, en: text })
export const row = (name: Phrase, value: Phrase | string, mark: Mark = 'plain', detail = ''): Row => ({
  name,
  value: typeof value === 'string' ? same(value) : value,
  mark,
  detail,
})

const MARKS: readonly Mark[] = ['plain', 'good', 'warn', 'bad']
/** A section is as bad as its worst row; one without a judgement is plain. */
export const section = (id: SectionId, title: Phrase, rows: readonly Row[]): Section => ({
  id,
  title,
  rows,
  mark: rows.reduce<Mark>((worst, { mark }) => (MARKS.indexOf(mark) > MARKS.indexOf(worst) ? mark : worst), 'plain'),
})

/** Spans as people say them: `850 ms`, `12 s`, `7 min`, `3 h`, `12 d`. */
export const span = (ms: number): Phrase => {
  const at = Math.max(0, ms)
  if (at < 1_000) return same(`${Math.round(at)} ms`)
  if (at < 120_000) return both(`${Math.round(at / 1_000)} giây`, `${Math.round(at / 1_000)} s`)
  if (at < 7_200_000) return both(`${Math.round(at / 60_000)} phút`, `${Math.round(at / 60_000)} min`)
  if (at < 172_800_000) return both(`${Math.round(at / 3_600_000)} giờ`, `${Math.round(at / 3_600_000)} h`)
  return both(`${Math.round(at / 86_400_000)} ngày`, `${Math.round(at / 86_400_000)} days`)
}

export const bytesText = (bytes: number): string =>
  bytes < 1_024
    ? `${bytes} B`
    : bytes < 1_048_576
      ? `${(bytes / 1_024).toFixed(1)} KiB`
      : bytes < 1_073_741_824
        ? `${(bytes / 1_048_576).toFixed(1)} MiB`
        : `${(bytes / 1_073_741_824).toFixed(1)} GiB`
