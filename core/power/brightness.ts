import { DAY, startOfDay, timeOf } from '../base/time.ts'
import { after, duration, type Instant, instant, type Mono, type Percent, percent } from '../base/units.ts'
import type { BrightnessRule, EnergyRule } from '../schedule/document.ts'
import { DEFAULT_BRIGHTNESS } from './calendar.ts'
import { type Daylight, daylights, type Place } from './sun.ts'

/** Who decided how bright: first the source of the wish, then every cap that lowered it. */
export type BrightnessSource = 'order' | 'manual' | 'sensor' | 'sun' | 'window' | 'default'
export type BrightnessCap = 'night' | 'dim' | 'battery' | 'heat' | 'limit'

export type Brightness = {
  /** Whole percent, never above the profile's limit. */
  readonly percent: Percent
  readonly by: BrightnessSource
  readonly cappedBy: readonly BrightnessCap[]
}

/** A site with a light sensor that is dead goes by the sun, as its curve has it in full daylight and on a dark street. Lux. */
const DAYLIGHT_LUX = 20_000
const STREET_LUX = 10
const FALLBACK_TWILIGHT_MS = 1_800_000

const MINUTE = 60_000
const floorMinute = (ms: number): number => Math.floor(ms / MINUTE) * MINUTE
const ceilMinute = (ms: number): number => Math.ceil(ms / MINUTE) * MINUTE

/** What sun and clock say at one minute: the sun's wish (null where there is no rule or no place), and whether the night cap holds. */
export type SunPart = { readonly percent: number | null; readonly night: boolean; readonly until: Instant }

type Ramp = { readonly day: number; readonly night: number; readonly twilightMs: number }
type Where = { readonly place: Place | null; readonly offsetMinutes: number }

const rampOf = ({ by }: BrightnessRule): Ramp =>
  by.way === 'sun'
    ? by
    : {
        day: curveAt(by.curve, DAYLIGHT_LUX),
        night: curveAt(by.curve, STREET_LUX),
        twilightMs: FALLBACK_TWILIGHT_MS,
      }

/**
 * The wish by the sun at `wall`, in whole percents that change on whole minutes only, so that the display is written at most once a minute.
 * Holds until `until`; total where the sun never sets or never rises.
 */
export const sunPart = (rule: BrightnessRule, { place, offsetMinutes }: Where, wall: Instant): SunPart => {
  if (place === null) return clockPart(rule, offsetMinutes, wall)
  const ramp = rampOf(rule)
  const days = daylights(place, offsetMinutes, wall)
  const now = floorMinute(wall)
  const here = sunAtMinute(ramp, days, now)
  const midnight = startOfDay(wall, offsetMinutes) + DAY
  const edges = days.flatMap(({ rise, set }) => [rise - ramp.twilightMs, rise, set, set + ramp.twilightMs])
  const edge = Math.min(...edges.map(ceilMinute).filter((at) => at > wall), midnight)
  const inTwilight = days.some(
    ({ rise, set }) => (now >= rise - ramp.twilightMs && now < rise) || (now >= set && now < set + ramp.twilightMs),
  )
  let until = inTwilight ? now + MINUTE : edge
  while (inTwilight && until < edge && sunAtMinute(ramp, days, until).percent === here.percent) until += MINUTE
  return { ...here, until: instant(until) }
}

const sunAtMinute = (ramp: Ramp, days: readonly Daylight[], at: number): Omit<SunPart, 'until'> => {
  if (days.some(({ rise, set }) => rise <= at && at < set)) return { percent: Math.round(ramp.day), night: false }
  // 1 at the sun's edge, 0 a twilight away from it; the nearer of the evening before and the morning after.
  const near = days.map(({ rise, set }) => (at < rise ? rise - at : at - set)).map((ms) => 1 - ms / ramp.twilightMs)
  const part = ramp.twilightMs === 0 ? 0 : Math.max(0, ...near)
  return { percent: Math.round(ramp.night + (ramp.day - ramp.night) * part), night: true }
}

/** Without a place nobody knows the sun: only the times of the night cap count. */
const clockPart = ({ nightCap }: BrightnessRule, offsetMinutes: number, wall: Instant): SunPart => {
  const midnight = startOfDay(wall, offsetMinutes)
  const tomorrow = instant(midnight + DAY)
  if (nightCap === undefined) return { percent: null, night: false, until: tomorrow }
  const [from, to] = [timeOf(nightCap.from), timeOf(nightCap.to)]
  const time = wall - midnight
  const night = from < to ? from <= time && time < to : time >= from || time < to
  const edges = [midnight + from, midnight + to, tomorrow].filter((at) => at > wall)
  return { percent: null, night, until: instant(Math.min(...edges)) }
}
type Curve = readonly { readonly lux: number; readonly percent: number }[]

/** The eye sees ratios of light: between two points in proportion to log(1 + lux). Beyond the ends, the ends. Not rounded. */
export const curveAt = (curve: Curve, lux: number): number => {
  const above = curve.findIndex((point) => point.lux >= lux)
  const [low, high] = above === -1 ? [curve.at(-1), undefined] : [curve[above - 1], curve[above]]
  if (low === undefined || high === undefined) return (low ?? high)?.percent ?? DEFAULT_BRIGHTNESS
  const scale = Math.log1p(high.lux) - Math.log1p(low.lux)
  const part = scale <= 0 ? 1 : (Math.log1p(lux) - Math.log1p(low.lux)) / scale
  return low.percent + (high.percent - low.percent) * part
}

/** What the light sensor has brought about so far: all of the memory that brightness has. */
export type Glow = {
  /** Whole percent; null: no sensor can be asked. */
  readonly held: number | null
  readonly changedAt: Mono | null
  /** Since when the light asks for something else, in which direction, and the least of what it asked for. */
  readonly away: { readonly since: Mono; readonly up: boolean; readonly least: number } | null
}
export const NO_GLOW: Glow = { held: null, changedAt: null, away: null }

type SensorWay = Extract<BrightnessRule['by'], { way: 'sensor' }>

/**
 * The held wish follows the light only when it differs by the hysteresis for the whole of the settling time, then goes to the least it asked
 * for meanwhile, at most once a minute: headlights, clouds and a noisy sensor write nothing. `lux` null: the sensor is dead.
 */
export const settleGlow = (glow: Glow, way: SensorWay, lux: number | null, now: Mono): Glow => {
  if (lux === null) return glow.held === null ? glow : { ...glow, held: null, away: null }
  const wish = Math.round(curveAt(way.curve, lux))
  const { held, away } = glow
  if (held === null) return { held: wish, changedAt: now, away: null }
  if (Math.abs(wish - held) < Math.max(1, way.hysteresis)) return away === null ? glow : { ...glow, away: null }
  const up = wish > held
  const nearer = away?.up === up && Math.abs(away.least - held) < Math.abs(wish - held)
  const least = nearer ? away.least : wish
  const leaving: Glow['away'] = away?.up === up ? { ...away, least } : { since: now, up, least }
  const next = { ...glow, away: leaving }
  return now >= glowDue(next, way) ? { held: least, changedAt: now, away: null } : next
}

/** When the held wish moves next if the light stays as it is; never: infinity. */
export const glowDue = ({ away, changedAt }: Glow, way: SensorWay): number =>
  away === null
    ? Number.POSITIVE_INFINITY
    : Math.max(after(away.since, duration(way.settleMs)), changedAt === null ? 0 : after(changedAt, duration(MINUTE)))

/** The middle one of several values; of two, the lower. Null: none. */
export const median = (values: readonly number[]): number | null =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null

export type BrightnessInput = {
  readonly rule: BrightnessRule | null
  /** What the order on the screen asks for; null: it leaves it as it is, or there is none. */
  readonly order: number | null
  /** What a person at the site asks for while no order is on; null: nothing. Every cap holds for it. */
  readonly manual?: number | null
  /** As the power window says; null outside of all of them. */
  readonly window: number | null
  readonly dim: { readonly most: number; readonly rule: EnergyRule } | null
  /** Null: no rule, or the clock cannot be trusted. */
  readonly sun: Pick<SunPart, 'percent' | 'night'> | null
  readonly glow: Pick<Glow, 'held'>
  /** Percent; null: nothing to spare. */
  readonly battery: number | null
  readonly heat: number | null
  readonly limit: Percent
}

/**
 * How bright the screen is to be. The wish is the order's own, else the light sensor's, else the sun's, else the window's. The night cap and
 * dimming rules lower all but an order's own; an empty battery, heat and the profile's limit lower everything.
 */
export const brightnessAt = (input: BrightnessInput): Brightness => {
  const { rule, dim, sun } = input
  const wish = wishOf(input)
  const free = wish.by === 'order'
  const caps: readonly (readonly [BrightnessCap, number | null])[] = [
    ['night', !free && sun?.night ? (rule?.nightCap?.most ?? null) : null],
    ['dim', free ? null : (dim?.most ?? null)],
    ['battery', input.battery],
    ['heat', input.heat],
    ['limit', input.limit],
  ]
  const cappedBy: BrightnessCap[] = []
  let value = Math.round(wish.percent)
  for (const [cap, most] of caps) {
    if (most === null || value <= most) continue
    // A limit of 79.5 % is kept by 79 %, not by 80 %.
    value = Math.floor(most)
    cappedBy.push(cap)
  }
  return { percent: percent(value), by: wish.by, cappedBy }
}

const wishOf = (input: BrightnessInput): { readonly percent: number; readonly by: BrightnessSource } => {
  const { rule, order, window, sun, glow } = input
  if (order !== null) return { percent: order, by: 'order' }
  if (input.manual != null) return { percent: input.manual, by: 'manual' }
  if (rule?.by.way === 'sensor' && glow.held !== null) return { percent: glow.held, by: 'sensor' }
  if (rule !== null && sun !== null && sun.percent !== null) return { percent: sun.percent, by: 'sun' }
  return window === null ? { percent: DEFAULT_BRIGHTNESS, by: 'default' } : { percent: window, by: 'window' }
}
