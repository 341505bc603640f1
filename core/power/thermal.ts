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
