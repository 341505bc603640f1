import type { Instant } from '../base/units.ts'
import type { Claim } from '../claim/claim.ts'
import type { Policy } from '../policy/policy.ts'
import { DEFAULT_BRIGHTNESS, type Power, type PowerCalendar, powerAt } from '../power/calendar.ts'
import { isCharting } from './manual.ts'
import type { State } from './state.ts'

/** Power by the calendar; with a clock that cannot be trusted there is no calendar and the screen stays on (design §4.1). */
export const powerNow = (state: State): Power =>
  state.now.quality === 'unset'
    ? { power: 'on', brightness: DEFAULT_BRIGHTNESS, curfew: null, dim: null, until: state.now.wall }
    : powerOf(state.schedule?.document ?? NO_CALENDAR, state.policy.zone, state.now.wall)

const NO_CALENDAR: PowerCalendar = { power: [] }
/** The calendar's last answer for each document (never changed once made): it holds from where it was asked to its `until`. */
const answers = new WeakMap<PowerCalendar, { readonly from: Instant; readonly offset: number; readonly power: Power }>()

const powerOf = (calendar: PowerCalendar, zone: Policy['zone'], wall: Instant): Power => {
  const last = answers.get(calendar)
  if (last && last.offset === zone.offsetMinutes && wall >= last.from && wall < last.power.until) return last.power
  const power = powerAt(calendar, zone, wall)
  // Where nothing ever changes `until` is a week after the asking, so that answer is not kept.
  if (calendar.power.length > 0 || calendar.energy !== undefined)
    answers.set(calendar, { from: wall, offset: zone.offsetMinutes, power })
  return power
}

/** Quiet hours and curfews ask for dark. Orders with `wake` outrank both; when they end it is dark again. */
export const darkClaims = (state: State): readonly Claim[] => {
  const { power, curfew } = powerNow(state)
  if (power === 'on' || isCharting(state)) return []
  const why =
    curfew === null
      ? 'ngoài giờ bật màn hình'
      : `theo ${curfew.source} (${curfew.decidedBy}): cấm sáng từ ${curfew.from} đến ${curfew.to}`
  return [
    {
      id: curfew === null ? 'quiet-hours' : 'curfew',
      rank: 'quiet-hours',
      weight: 0,
      at: 0 as Claim['at'],
      want: { want: 'dark', why },
      solemn: true,
      order: null,
      document: curfew?.source ?? null,
    },
  ]
}
