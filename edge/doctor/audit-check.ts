import type { Phrase } from '#core/contract/words.ts'

/** `unknown`: it could not be looked at here (no right, not on this machine). */
export type AuditResult = 'pass' | 'warn' | 'fail' | 'unknown'
export type Check = {
  readonly id: string
  readonly result: AuditResult
  readonly what: Phrase
  readonly why: Phrase
  readonly mend: Phrase
  /** What was read, without secrets. */
  readonly evidence: string
}

/** What a check is about; `result` and `evidence` come from what was read. */
export type About = Pick<Check, 'id' | 'what' | 'why' | 'mend'>
export const about = (
  id: string,
  what: readonly [string, string],
  why: readonly [string, string],
  mend: readonly [string, string],
): About => ({
  id,
  what: { vi: what[0], en: what[1] },
  why: { vi: why[0], en: why[1] },
  mend: { vi: mend[0], en: mend[1] },
})
export const found = (of: About, result: AuditResult, evidence = ''): Check => ({ ...of, result, evidence })
