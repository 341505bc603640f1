import { AIRTIME } from './edge-airtime.ts'
import { DISPLAY } from './edge-display.ts'
import { HEALTH } from './edge-health.ts'
import { MACHINE } from './edge-machine.ts'
import { SENSORS } from './edge-sensors.ts'
import { FLEET } from './hub-fleet.ts'
import { ORDERS } from './hub-orders.ts'
import { SCRAPE } from './hub-scrape.ts'
import type { Metric } from './metric.ts'

export { CAP_OUTCOMES, type CapOutcomeName, PERIODS, SCRAPE_OUTCOMES, type ScrapeOutcome } from './labels.ts'

/**
 * Every metric once, as a typed object, by subject in the files beside this one. The edge and hub expositions read it, the Grafana boards
 * and alert rules import it: a renamed metric is a compile error in its panel. Names follow the Prometheus conventions (base units,
 * `_total` on counters).
 */
export const EDGE = { ...MACHINE, ...HEALTH, ...AIRTIME, ...DISPLAY, ...SENSORS } as const
export const HUB = { ...FLEET, ...SCRAPE, ...ORDERS } as const

export const CATALOGUE: readonly Metric[] = [...Object.values(EDGE), ...Object.values(HUB)]
