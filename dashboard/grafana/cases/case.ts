/** `values` in promtool's notation, one sample every 30 s: `0x10` is 11 zeros, `5+1x9` grows by one. */
export type Input = { readonly series: string; readonly values: string }
export type Case = {
  readonly alert: string
  /**
   * Begins to fire, and must say exactly this. Written by hand: they are the oracle of the templates in `alerts.ts`.
   */
  readonly firing: {
    readonly input: readonly Input[]
    /** The last evaluation that must still be silent; null where the alert waits for nothing. */
    readonly notYet: string | null
    readonly at: string
    readonly labels: Readonly<Record<string, string>>
    readonly summary: string
    readonly description: string
    readonly runbook: string
  }
  /** The nearest thing that is not a reason to wake anybody. */
  readonly quiet: { readonly input: readonly Input[]; readonly at: string }
}
