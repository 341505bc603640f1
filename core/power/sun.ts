import { DAY, startOfDay } from '../base/time.ts'
import { type Instant, instant } from '../base/units.ts'

/** Degrees, north and east positive. */
export type Place = { readonly latitude: number; readonly longitude: number }

/** A stretch of daylight: from sunrise to sunset. */
export type Daylight = { readonly rise: Instant; readonly set: Instant }

/**
 * Sunrise and sunset by the equations of NOAA's solar calculator (after Meeus, Astronomical Algorithms): good to about a minute between
 * the polar circles from 1900 to 2100, where nothing hides the horizon. The sun counts as up while its upper edge is, refraction
 * included: its centre 0.833° below the horizon.
 */
const HORIZON = 90.833
const RAD = Math.PI / 180
const J2000 = Date.UTC(2000, 0, 1, 12)
const CENTURY = 36_525 * DAY

/** What the sun does at one instant: its declination (degrees), and how far the sundial is ahead of the clock (minutes). */
const sunAt = (at: number): { readonly declination: number; readonly equationMinutes: number } => {
  const t = (at - J2000) / CENTURY
  const longitude = (280.46646 + t * (36_000.76983 + t * 0.0003032)) % 360
  const anomaly = (357.52911 + t * (35_999.05029 - 0.0001537 * t)) * RAD
  const eccentricity = 0.016708634 - t * (0.000042037 + 0.0000001267 * t)
  const centre =
    Math.sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t)) +
    Math.sin(2 * anomaly) * (0.019993 - 0.000101 * t) +
    Math.sin(3 * anomaly) * 0.000289
  const node = (125.04 - 1934.136 * t) * RAD
  const apparent = (longitude + centre - 0.00569 - 0.00478 * Math.sin(node)) * RAD
  const obliquity =
    (23 + (26 + (21.448 - t * (46.815 + t * (0.00059 - t * 0.001813))) / 60) / 60 + 0.00256 * Math.cos(node)) * RAD
  const y = Math.tan(obliquity / 2) ** 2
  const l = longitude * RAD
  const equation =
    y * Math.sin(2 * l) -
    2 * eccentricity * Math.sin(anomaly) +
    4 * eccentricity * y * Math.sin(anomaly) * Math.cos(2 * l) -
    0.5 * y * y * Math.sin(4 * l) -
    1.25 * eccentricity * eccentricity * Math.sin(2 * anomaly)
  return {
    declination: Math.asin(Math.sin(obliquity) * Math.sin(apparent)) / RAD,
    equationMinutes: (4 * equation) / RAD,
  }
}

/** Half of the day's length at `at`, ms; 0 where the sun stays down, half a day where it stays up. Total: never NaN. */
const halfDayMs = (place: Place, at: number): number => {
  // At the pole itself the tangent is not a number one can use.
  const latitude = Math.max(-89.9, Math.min(89.9, place.latitude)) * RAD
  const declination = sunAt(at).declination * RAD
  const cosine =
    Math.cos(HORIZON * RAD) / (Math.cos(latitude) * Math.cos(declination)) - Math.tan(latitude) * Math.tan(declination)
  return (Math.acos(Math.max(-1, Math.min(1, cosine))) / (2 * Math.PI)) * DAY
}

/** Solar noon nearest to the middle of the civil day. */
const noonOf = (place: Place, middle: number): number => {
  const minutes = 720 - 4 * place.longitude - sunAt(middle).equationMinutes
  const ofUtcDay = Math.floor(middle / DAY) * DAY + minutes * 60_000
  return ofUtcDay + Math.round((middle - ofUtcDay) / DAY) * DAY
}

/**
 * Daylight of the civil day that holds `wall` in a zone. Null: the sun does not rise that day (polar night). Where it does not set
 * (midnight sun) the answer is the whole 24 hours around noon.
 */
export const daylight = (place: Place, offsetMinutes: number, wall: Instant): Daylight | null => {
  const noon = noonOf(place, startOfDay(wall, offsetMinutes) + DAY / 2)
  // Declination moves on between noon and the edge of the day: asked again where the edge is.
  const first = halfDayMs(place, noon)
  const rise = noon - halfDayMs(place, noon - first)
  const set = noon + halfDayMs(place, noon + first)
  return set - rise < 60_000 ? null : { rise: instant(rise), set: instant(set) }
}

/** Daylight around `wall`: yesterday's, today's and tomorrow's, in order; touching ones (midnight sun) are one. */
export const daylights = (place: Place, offsetMinutes: number, wall: Instant): readonly Daylight[] => {
  const out: Daylight[] = []
  for (const day of [-1, 0, 1]) {
    const here = daylight(place, offsetMinutes, instant(wall + day * DAY))
    if (here === null) continue
    const last = out.at(-1)
    if (last !== undefined && here.rise <= last.set + TOUCHING_MS)
      out[out.length - 1] = { rise: last.rise, set: here.set }
    else out.push(here)
  }
  return out
}
/** Two noons are up to half a minute more or less than a day apart. */
const TOUCHING_MS = 120_000
