import type { AirtimeRecord } from '../evidence/record.ts'

export type Said = { readonly stage: AirtimeRecord['stage']; readonly cause: AirtimeRecord['cause'] }
/** By date and period, `2026-11-23 morning`. */
export type SaidOf = Readonly<Record<string, Said>>

/** Four periods of each day that the ledger keeps after a long hole, and room for days that a clock visited by mistake. */
const MOST_SAID = 200

export const saidKey = (of: { readonly date: string; readonly period: string }): string => `${of.date} ${of.period}`

/** Newest last; a cause that is not named again stays the one known. */
export const sayOf = (said: SaidOf, record: AirtimeRecord): SaidOf => {
  const key = saidKey(record)
  const { [key]: before, ...others } = said
  const [oldest = ''] = Object.keys(others)
  const { [oldest]: _, ...newer } = others
  const kept = Object.keys(others).length < MOST_SAID ? others : newer
  return { ...kept, [key]: { stage: record.stage, cause: record.cause ?? before?.cause ?? null } }
}
