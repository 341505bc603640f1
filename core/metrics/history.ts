import { EDGE } from './catalogue.ts'

/**
 * What an edge remembers of itself while its link is down, so that the outage is no hole in the graphs once it is back: these metrics, once a
 * minute, in the form of the exposition. Counters need no history to be right afterwards (they go on where they were); they are here so that
 * what happened lies at the time when it happened.
 */
export const HISTORY = [
  EDGE.airtimeToday,
  EDGE.airtimeTotal,
  EDGE.playsTotal,
  EDGE.screenLit,
  EDGE.screenWanted,
  EDGE.displayUp,
  EDGE.brightness,
  EDGE.temperature,
  EDGE.voltage,
  EDGE.sensorTemperature,
  EDGE.sensorAlarm,
  EDGE.mains,
  EDGE.batteryCharge,
  EDGE.playerUp,
  EDGE.clockState,
  EDGE.diskFree,
  EDGE.logHead,
  EDGE.faultActive,
] as const

export const HISTORY_LIMITS = {
  /** One sample a minute, only while the hub is not there, ms. */
  everyMs: 60_000,
  /** Days kept, and bytes of all of them: a sample is some 4 KB, so two weeks of outage are 80 MB at the most and cut to this. */
  days: 14,
  bytes: 33_554_432,
  /** Lines of one sample, and characters of one line. */
  lines: 400,
  lineChars: 300,
  /** One answer to the hub before it is packed, and packed. */
  textBytes: 2_097_152,
  answerBytes: 700_000,
} as const

const NAMES: ReadonlySet<string> = new Set(HISTORY.map((metric) => metric.name))

/** One series of a sample; its labels as they were written. */
export type PastSample = { readonly name: string; readonly labels: string; readonly value: number }

/** `name value` or `name{label="value",…} value`: what our own exposition writes. In a value nothing but escaped quotes and backslashes. */
const LINE = /^([a-z][a-z0-9_]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[0-9.]+(?:e[+-]?\d+)?|NaN)$/

/** One line of an exposition, when it is of the history; null: a comment, another metric, or nothing that we would write. */
export const readPast = (line: string): PastSample | null => {
  if (line.length > HISTORY_LIMITS.lineChars) return null
  const found = LINE.exec(line)
  const name = found?.[1] ?? ''
  const value = Number(found?.[3] ?? Number.NaN)
  return NAMES.has(name) && Number.isFinite(value) ? { name, labels: found?.[2] ?? '', value } : null
}

/** Of a whole exposition, the lines that are remembered: faults only while they are there, everything else as it is. */
export const pastOf = (exposition: string): readonly string[] =>
  exposition
    .split('\n')
    .filter((line) => {
      const past = readPast(line)
      return past !== null && (past.name !== EDGE.faultActive.name || past.value !== 0)
    })
    .slice(0, HISTORY_LIMITS.lines)
