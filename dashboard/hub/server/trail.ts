import type { Base } from '../base.ts'

/** Whether the audit log is as it was written: read whole once, after the start, while the hub works already. */
export type Trail = {
  /** Null: not read through yet. */
  readonly intact: () => boolean | null
  /** Resolves when it has been read. */
  readonly read: () => Promise<void>
}

/** `broken`: told once, when it was not as it was written. */
export const makeTrail = ({ store, now, log }: Base, broken: (detail: string) => void): Trail => {
  const found = { intact: null as boolean | null, over: false }
  const read = async (): Promise<void> => {
    const { lines, last, head, faults } = await store.audit.verify()
    found.intact = faults.length === 0
    // The head goes into the journal, which is another place: who changes the database after this cannot make it fit again.
    if (found.intact) return log('info', 'audit log verified', { lines, last, head })
    log('error', 'the audit log has been changed', { lines, last, head, faults })
    const detail = faults
      .map((f) => `${f.id}: ${f.why}`)
      .join('; ')
      .slice(0, 2000)
    await store.audit.append({
      at: now(),
      person: 'hub',
      action: 'audit.broken',
      subject: 'audit',
      detail,
      address: '',
    })
    broken(detail)
  }
  return { intact: () => found.intact, read }
}
