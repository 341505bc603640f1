import { intersect, subtract } from '#core/airtime/spans.ts'
import { parseDocument } from '#core/base/check.ts'
import { instant } from '#core/base/units.ts'
import { STRETCH_KINDS, type Stretch } from '#core/evidence/stretches.ts'
import { ScheduleDocument } from '#core/schedule/document.ts'
import type { Store } from '../store/port.ts'
import { darkOf } from './day-plan.ts'

/** A signed schedule and the time in which it was the newest one here, ms since 1970; half-open. */
export type Held = { readonly from: number; readonly to: number; readonly schedule: ScheduleDocument }

/** Versions looked at for one span; of what was published still more often the oldest are left out. */
const MOST_VERSIONS = 100
/** Power outages of one cluster that are compared with its calendar; what is beyond stays an outage. */
const MOST_COMPARED = 2_000
const ALSO = 'trong giờ tắt màn hình, nguồn cũng tắt · in its dark hours the power was off, too'

/** Which schedules held within a span, in order. Nothing for the time before the first was published. */
export const heldWithin = async (
  store: { readonly schedules: Pick<Store['schedules'], 'within'> },
  site: string,
  span: { readonly from: number; readonly to: number },
): Promise<readonly Held[]> => {
  const rows = await store.schedules.within(site, span, MOST_VERSIONS)
  return rows.flatMap((row, i) => {
    const parsed = parseDocument(ScheduleDocument, row.envelope.payload)
    const [from, to] = [Math.max(span.from, row.publishedAt), Math.min(span.to, rows[i + 1]?.publishedAt ?? span.to)]
    return parsed.ok && from < to ? [{ from, to, schedule: parsed.value }] : []
  })
}

/**
 * Where a cluster's power is switched off for the night, nothing there can say that it was meant so; the calendar that held then says it. So
 * the part of a power outage that lies in planned darkness is dark as planned, and only the rest is an outage.
 */
export const withPlannedDark = <S extends Stretch>(
  stretches: readonly S[],
  held: readonly Held[],
  offset: number,
): readonly S[] => {
  let compared = 0
  return stretches.flatMap((one): readonly S[] => {
    if (STRETCH_KINDS[one.why] !== 'power' || compared === MOST_COMPARED) return [one]
    compared += 1
    const whole = { from: instant(one.from), to: instant(one.to) }
    const dark = held.flatMap(({ schedule, ...part }) =>
      intersect([whole], [{ from: instant(part.from), to: instant(part.to) }]).flatMap((both) =>
        darkOf({ ...both, schedule, offset }).map(({ from, to }) => ({ from: instant(from), to: instant(to) })),
      ),
    )
    if (dark.length === 0) return [one]
    const parts = [
      ...subtract([whole], dark).map((part): S => ({ ...one, ...part })),
      ...dark.map((part): S => ({ ...one, ...part, why: 'dark', detail: ALSO })),
    ]
    return parts.toSorted((a, b) => a.from - b.from)
  })
}
