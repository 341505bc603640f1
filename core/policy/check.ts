import { type DocumentFault, parseDocument } from '../base/check.ts'
import { err, ok, type Result } from '../base/result.ts'
import { DAY, instantOfDate, isDate, startOfDay, timeOf } from '../base/time.ts'
import { type Instant, instant } from '../base/units.ts'
import { type DayPeriod, Policy } from './policy.ts'

/** What of a policy shapes a day. */
export type DayRules = Pick<Policy, 'zone' | 'periods'>

/** Half-open span of wall time. */
export type Span = { readonly from: Instant; readonly to: Instant }

/**
 * A day cut into parts, computed once so that a fold over many records need not parse clock times. `edges[i]` begins the part named
 * `names[i]`, in milliseconds since midnight; the last edge is the end of the day.
 */
export type DayShape = {
  readonly offsetMinutes: number
  readonly edges: readonly number[]
  readonly names: readonly DayPeriod[]
}

/** Reads and checks a policy file. The faults name the place by JSON pointer. */
export const parsePolicy = (text: string): Result<Policy, readonly DocumentFault[]> => {
  const parsed = parseDocument(Policy, text)
  if (!parsed.ok) return parsed
  const faults = policyFaults(parsed.value)
  return faults.length === 0 ? ok(parsed.value) : err(faults)
}

/** What a schema cannot say: order, overlap, floors that cannot be met, dates that are none. */
export const policyFaults = (policy: Policy): readonly DocumentFault[] => {
  const faults: DocumentFault[] = [...dateFaults(policy), ...periodFaults(policy.periods, '/periods')]
  const named = new Set<string>()
  policy.siteOverrides.forEach((override, i) => {
    const where = `/siteOverrides/${i}`
    faults.push(...periodFaults(override.periods, `${where}/periods`))
    override.sites.forEach((site, j) => {
      // The first entry that names a site holds, so a second one would never be read.
      if (named.has(site)) faults.push({ where: `${where}/sites/${j}`, why: `${site} has periods of its own already` })
      named.add(site)
    })
  })
  return faults
}

const periodFaults = (periods: Policy['periods'], place: string): readonly DocumentFault[] => {
  const faults: DocumentFault[] = []
  const seen = new Set<string>()
  let end = 0
  periods.forEach((p, i) => {
    const where = `${place}/${i}`
    const from = timeOf(p.from)
    const to = timeOf(p.to)
    if (seen.has(p.period)) faults.push({ where: `${where}/period`, why: `${p.period} is there twice` })
    seen.add(p.period)
    if (from >= to) faults.push({ where, why: `from ${p.from} is not before to ${p.to}` })
    else if (p.floorMs > to - from)
      faults.push({
        where: `${where}/floorMs`,
        why: `${p.floorMs} ms is longer than the period itself (${to - from} ms)`,
      })
    if (from < end) faults.push({ where, why: `begins at ${p.from}, before the period listed above it has ended` })
    end = Math.max(end, to)
  })
  return faults
}

/** What was made of a policy for a site: the same object each time, because much is remembered by it. Neither is ever changed. */
const resolved = new WeakMap<Policy, Map<string, Policy>>()

/**
 * The policy as it holds for one site (reading A2): its own parts of the day where the operating body has decided so. To be asked where a
 * policy is loaded for a site, so that nobody behind that needs to know of overrides. Asked again of its own answer it changes nothing.
 */
export const policyFor = (policy: Policy, site: string): Policy => {
  const override = policy.siteOverrides.find((o) => o.sites.includes(site))
  if (override === undefined || override.periods === policy.periods) return policy
  const sites = resolved.get(policy) ?? new Map<string, Policy>()
  resolved.set(policy, sites)
  const known = sites.get(site)
  if (known !== undefined) return known
  const own = { ...policy, periods: override.periods }
  sites.set(site, own)
  return own
}

const dateFaults = (policy: Policy): readonly DocumentFault[] => {
  const faults: DocumentFault[] = []
  for (const [where, date] of [
    ['/validFrom', policy.validFrom],
    ['/validTo', policy.validTo],
  ] as const)
    if (date !== null && !isDate(date)) faults.push({ where, why: `${date} is not a date of the calendar` })
  if (policy.validTo !== null && policy.validTo < policy.validFrom)
    faults.push({ where: '/validTo', why: `${policy.validTo} is before validFrom ${policy.validFrom}` })
  return faults
}

export const dayShape = (rules: DayRules): DayShape => {
  const edges: number[] = []
  const names: DayPeriod[] = []
  let end = 0
  const part = (from: number, name: DayPeriod) => {
    edges.push(from)
    names.push(name)
  }
  for (const p of rules.periods) {
    const from = timeOf(p.from)
    if (from > end) part(end, 'night')
    part(from, p.period)
    end = timeOf(p.to)
  }
  if (end < DAY) part(end, 'night')
  edges.push(DAY)
  return { offsetMinutes: rules.zone.offsetMinutes, edges, names }
}

/**
 * The part of its day that holds `wall` (morning, afternoon, evening, or night for what no period covers) and its half-open bounds:
 * 12:00:00.000 is afternoon. No part goes over midnight.
 */
export const partOf = (shape: DayShape, wall: Instant): Span & { readonly period: DayPeriod } => {
  const midnight = startOfDay(wall, shape.offsetMinutes)
  const inDay = wall - midnight
  let i = 0
  while (i + 1 < shape.names.length && inDay >= (shape.edges[i + 1] ?? DAY)) i++
  return {
    period: shape.names[i] ?? 'night',
    from: instant(midnight + (shape.edges[i] ?? 0)),
    to: instant(midnight + (shape.edges[i + 1] ?? DAY)),
  }
}

/** The parts of the civil date that bear this name: one, none, or for night usually two. */
export const periodBounds = (rules: DayRules, date: string, period: DayPeriod): readonly Span[] => {
  const midnight = instantOfDate(date, rules.zone.offsetMinutes)
  const { edges, names } = dayShape(rules)
  return names.flatMap((name, i) =>
    name === period
      ? [{ from: instant(midnight + (edges[i] ?? 0)), to: instant(midnight + (edges[i + 1] ?? DAY)) }]
      : [],
  )
}

/**
 * The policy in force on a civil date (S4/QĐ.2): of those whose window holds the date the one that began last, so a successor takes
 * over on its first day. Undefined: no policy, hence no verdict.
 */
export const policyOn = (policies: readonly Policy[], date: string): Policy | undefined =>
  policies
    .filter((p) => p.validFrom <= date && (p.validTo === null || date <= p.validTo))
    .toSorted((a, b) => (a.validFrom < b.validFrom ? 1 : a.validFrom > b.validFrom ? -1 : a.id < b.id ? -1 : 1))[0]
