import { soonestExpiry } from '#core/contract/keys.ts'
import type { State } from '#core/engine/state.ts'
import { CLOCK_STATES } from '#core/metrics/labels.ts'
import type { EdgeReadings } from '#core/metrics/readings.ts'

/** What only the shells know of clock and keys. */
export type TrustFacts = {
  /** The hub's time minus ours, ms; null: not heard since the last jump. */
  readonly hubOffsetMs: number | null
  /** The kernel's estimate of its greatest error, microseconds; null: it does not say. */
  readonly clockErrorUs: number | null
  /** When the device's own key was made, ms since 1970; null: the file tells nothing. */
  readonly deviceKeyAt: number | null
}

type TrustReadings = Pick<
  EdgeReadings,
  | 'clockState'
  | 'clockOffset'
  | 'clockError'
  | 'clockStepsTotal'
  | 'deviceKeyTime'
  | 'registryVersion'
  | 'registryKeyExpiry'
>

const scaled = (value: number | null, perUnit: number): number | null => (value === null ? null : value / perUnit)

/** What the device's judgement rests on: its clock and its keys. */
export const trustReadings = (state: State, quality: State['now']['quality'], facts: TrustFacts): TrustReadings => {
  const { registry } = state
  return {
    clockState: CLOCK_STATES.map((one) => ({ labels: { state: one }, value: Number(one === quality) })),
    clockOffset: scaled(facts.hubOffsetMs, 1_000),
    clockError: scaled(facts.clockErrorUs, 1_000_000),
    clockStepsTotal: state.counters.clockSteps,
    deviceKeyTime: scaled(facts.deviceKeyAt, 1_000),
    registryVersion: registry?.registry.version ?? 0,
    // Without a clock nobody can say what has run out.
    registryKeyExpiry:
      registry === null || quality === 'unset' ? null : scaled(soonestExpiry(registry.registry, state.now.wall), 1_000),
  }
}
