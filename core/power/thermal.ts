/** What heat asks for, by the site's thresholds (`SiteFacts.thermal`). */
export type ThermalRule = {
  readonly dimAt: number
  readonly darkAt: number
  readonly emergencyDarkAt: number
  readonly hysteresis: number
}

/** `cool`: nothing. `dark`: everything but an actual emergency, which is shown dimmed. `hard`: that, too. */
export const HEAT_STAGES = ['cool', 'dim', 'dark', 'hard'] as const
export type HeatStage = (typeof HEAT_STAGES)[number]

/** No panel that answers is colder or hotter, °C: what says so is a broken sensor or a broken line, and tells nothing of heat. */
export const isPlausible = (celsius: number): boolean => celsius >= -40 && celsius <= 110

/** Two sensors this near to each other bear each other out, K. */
const NEAR = 10

/** One temperature as it was read. */
export type Measured = {
  readonly device: string
  readonly where: string
  readonly celsius: number
  /** Which reading it is of: the time of it, monotonic. */
  readonly heardAt: number | null
}

/** What is known of heat: the stage, and a reading that asked for dark and that nothing bore out yet. */
export type Heat = { readonly heat: HeatStage; readonly heatOnce: Measured | null }

/**
 * The stage after these temperatures, which are plausible. Dimming is done at once. Dark takes a picture from people, so it takes two: the
 * hottest sensor in two readings that follow each other (the cooler of them holds), or another sensor that is nearly as hot.
 */
export const heatOf = (was: Heat, all: readonly Measured[], rule: ThermalRule): Heat => {
  const hot = all.reduce<Measured | null>(
    (most, one) => (most === null || one.celsius > most.celsius ? one : most),
    null,
  )
  const wanted = heatStage(was.heat, hot?.celsius ?? null, rule)
  const sure = hotter(was.heat, 'dim')
  if (hot === null || hotter(wanted, sure) === sure) return { heat: wanted, heatOnce: null }
  if (all.some((one) => isAnother(one, hot) && hot.celsius - one.celsius <= NEAR))
    return { heat: wanted, heatOnce: null }
  const last = was.heatOnce
  if (last === null || !isSame(last, hot)) return { heat: sure, heatOnce: hot }
  if (last.heardAt === hot.heardAt) return { heat: sure, heatOnce: last }
  const heat = hotter(sure, heatStage(was.heat, Math.min(last.celsius, hot.celsius), rule))
  return { heat, heatOnce: heat === wanted ? null : hot }
}

const hotter = (a: HeatStage, b: HeatStage): HeatStage => (HEAT_STAGES.indexOf(a) > HEAT_STAGES.indexOf(b) ? a : b)
const isSame = (a: Measured, b: Measured): boolean => a.device === b.device && a.where === b.where
/** Of one device two values that are the same to the last digit may be one sensor under two names. */
const isAnother = (a: Measured, b: Measured): boolean =>
  !isSame(a, b) && (a.device !== b.device || a.celsius !== b.celsius || a.heardAt !== b.heardAt)

/**
 * The stage at `celsius`, coming from `was`: upwards at each threshold, downwards only once it is cooler by the hysteresis. Nobody knows
 * how hot it is (`null`): nothing is asked for, because a broken thermometer must not darken a screen that people need.
 */
export const heatStage = (was: HeatStage, celsius: number | null, rule: ThermalRule): HeatStage => {
  if (celsius === null) return 'cool'
  const had = HEAT_STAGES.indexOf(was)
  const reached = [rule.dimAt, rule.darkAt, rule.emergencyDarkAt].filter(
    (at, i) => celsius >= at || (had > i && celsius > at - rule.hysteresis),
  ).length
  return HEAT_STAGES[reached] ?? 'hard'
}
