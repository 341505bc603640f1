import { emptyLedger, fold, type Ledger } from '#core/airtime/ledger.ts'
import type { StampedRecord } from '#core/evidence/record.ts'
import type { Policy } from '#core/policy/policy.ts'
import { emptyRuntime, foldRuntime, type Runtime } from '#core/power/runtime.ts'

/** What the play log of the last days tells a daemon that starts: airtime and runtime, folded in one reading of the files. */
export const recalled = (
  policy: Policy,
  records: Iterable<StampedRecord>,
): { readonly ledger: Ledger; readonly runtime: Runtime } => {
  let ledger = emptyLedger(policy)
  let runtime = emptyRuntime(policy.zone.offsetMinutes)
  for (const record of records) {
    ledger = fold(ledger, record)
    runtime = foldRuntime(runtime, record)
  }
  return { ledger, runtime }
}
