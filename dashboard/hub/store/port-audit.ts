/** One line of the audit log, in the same commit as what it tells of. Times are hub wall-clock ms. */
export type AuditEntry = {
  readonly at: number
  readonly person: string
  readonly action: string
  readonly subject: string
  readonly detail: string
  readonly address: string
}
