import { inCircle, inPolygon, type Point, parseCircle, parsePolygon } from './geometry.ts'
import type { CapArea } from './message.ts'

/** `VN:adminUnit2025`: the five-digit codes in force since 1 July 2025, or the two digits of a province. Older codes were re-used (domain.md §3.11). */
export const UNIT_GEOCODE = 'VN:adminUnit2025'
/** Ours: a list of clusters, where an order is meant for these and not for whole communes. */
export const CLUSTER_GEOCODE = 'VN:cluster'

/** What must be known of a cluster to say whether an area holds it. */
export type CapSite = {
  readonly id: string
  readonly unitCode: string
  readonly lat: number | null
  readonly lon: number | null
}

export type AreaFacts = {
  /** Two digits. */
  readonly province: string
  readonly sites: readonly CapSite[]
}

export type ResolvedArea = {
  /** Clusters inside, in the order of the register. */
  readonly sites: readonly string[]
  readonly province: boolean
  /** Five-digit codes that were named, each once. */
  readonly units: readonly string[]
  /** Named units in which no cluster stands. */
  readonly bare: readonly string[]
  /** Clusters that were named and are not there. */
  readonly unknown: readonly string[]
  /** Polygons and circles with no cluster inside. */
  readonly emptyShapes: number
  /** What it is called, for people. */
  readonly name: string
}

/** Areas are a union: a cluster is inside when any code, polygon or circle of any area holds it. Wrong ones hold nobody. */
export const resolveArea = (areas: readonly CapArea[], { province, sites }: AreaFacts): ResolvedArea => {
  const codes = (name: string) => [
    ...new Set(areas.flatMap((a) => a.geocode.filter((g) => g.valueName === name).map((g) => g.value))),
  ]
  const units = codes(UNIT_GEOCODE).filter((code) => code !== province)
  const clusters = codes(CLUSTER_GEOCODE)
  const whole = codes(UNIT_GEOCODE).includes(province)
  const shapes = shapesOf(areas)
  const inside = (site: CapSite): boolean => {
    if (whole || units.includes(site.unitCode) || clusters.includes(site.id)) return true
    const point = site.lat === null || site.lon === null ? null : { lat: site.lat, lon: site.lon }
    return point !== null && shapes.some((holds) => holds(point))
  }
  return {
    sites: sites.filter(inside).map((s) => s.id),
    province: whole,
    units,
    bare: units.filter((code) => !sites.some((s) => s.unitCode === code)),
    unknown: clusters.filter((id) => !sites.some((s) => s.id === id)),
    emptyShapes: shapes.filter(
      (holds) => !sites.some((s) => s.lat !== null && s.lon !== null && holds({ lat: s.lat, lon: s.lon })),
    ).length,
    name: [...new Set(areas.map((a) => a.areaDesc.trim()).filter((text) => text !== ''))].join('; '),
  }
}

const shapesOf = (areas: readonly CapArea[]): readonly ((point: Point) => boolean)[] =>
  areas.flatMap((area) => [
    ...area.polygon.flatMap((text) => {
      const corners = parsePolygon(text)
      return corners.ok ? [(point: Point) => inPolygon(point, corners.value)] : []
    }),
    ...area.circle.flatMap((text) => {
      const circle = parseCircle(text)
      return circle.ok ? [(point: Point) => inCircle(point, circle.value)] : []
    }),
  ])
