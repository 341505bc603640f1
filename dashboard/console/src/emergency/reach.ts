import type { SiteView } from '#core/contract/api.ts'
import type { Order } from '#core/emergency/order.ts'
import { unitName } from './units.ts'

/** Who will see it, by commune, class, whole province or one by one; and where they stand on a small map. */

/** Clusters that an order can be for: in service, or connected all the same. */
export const reachable = (sites: readonly SiteView[]): readonly SiteView[] =>
  sites.filter((s) => s.lifecycle === 'ACTIVE' || s.connected)

export type Reach = { readonly chosen: number; readonly now: number; readonly later: readonly SiteView[] }

/** How many of `targets` get it at once, and which ones only when they come back. One that is not in the list is not connected either. */
export const reachOf = (targets: readonly string[], sites: readonly SiteView[]): Reach => {
  const chosen = sites.filter((s) => targets.includes(s.id))
  const now = chosen.filter((s) => s.connected).length
  return { chosen: targets.length, now, later: chosen.filter((s) => !s.connected) }
}

export type Unit = { readonly code: string; readonly name: string; readonly sites: readonly SiteView[] }

export const unitsOf = (sites: readonly SiteView[]): Unit[] => {
  const codes = [...new Set(sites.map((s) => s.unitCode))]
  const units = codes.map((code) => ({
    code,
    name: unitName(code),
    sites: sites.filter((s) => s.unitCode === code),
  }))
  return units.sort((a, b) => a.name.localeCompare(b.name, 'vi'))
}

export const areAll = (chosen: ReadonlySet<string>, sites: readonly SiteView[]): boolean =>
  sites.length > 0 && sites.every((s) => chosen.has(s.id))

/** All of `sites` in, or all of them out when they were. */
export const toggled = (targets: readonly string[], sites: readonly SiteView[]): readonly string[] => {
  const ids = sites.map((s) => s.id)
  const rest = targets.filter((id) => !ids.includes(id))
  return areAll(new Set(targets), sites) ? rest : [...rest, ...ids]
}

/** Names in an area's description; the rest is a number. */
const MOST_NAMED = 8
const MOST_UNITS = 200
const MOST_NAME = 200

/**
 * What the targets are, in codes and words. Whoever chooses every cluster has chosen the province, one by one or at once: by default two
 * persons sign for that, and a row of ticks must not get around it.
 */
export const areaOf = (targets: readonly string[], sites: readonly SiteView[]): NonNullable<Order['area']> | null => {
  const all = reachable(sites)
  if (targets.length === 0) return null
  const province = all.length > 1 && areAll(new Set(targets), all)
  const units = unitsOf(sites.filter((s) => targets.includes(s.id)))
  const named = units.slice(0, MOST_NAMED).map((u) => u.name)
  const more = units.length - named.length
  const name = province ? 'toàn tỉnh' : [...named, ...(more > 0 ? [`và ${more} đơn vị khác`] : [])].join(', ')
  return { province, units: units.slice(0, MOST_UNITS).map((u) => u.code), name: name.slice(0, MOST_NAME) }
}

/** A place on the map, in per cent of its width and height. */
export type Point = { readonly site: SiteView; readonly x: number; readonly y: number }
export type Plot = { readonly points: readonly Point[]; readonly ratio: number; readonly unplaced: number }

const MARGIN = 10

/** Longitude and latitude on a plane, true to proportion at this latitude; `ratio` is width by height. */
export const plotOf = (sites: readonly SiteView[]): Plot => {
  const placed = sites.flatMap((site) => (site.place === undefined ? [] : [{ site, ...site.place }]))
  if (placed.length === 0) return { points: [], ratio: 1.6, unplaced: sites.length }
  const [lats, lons] = [placed.map((p) => p.lat), placed.map((p) => p.lon)]
  const middle = (Math.min(...lats) + Math.max(...lats)) / 2
  const shrink = Math.cos((middle * Math.PI) / 180)
  // A tenth of a degree at least: clusters of one gate must not be spread over the whole map as if they were far apart.
  const width = Math.max(0.1, Math.max(...lons) - Math.min(...lons)) * shrink
  const height = Math.max(0.1, Math.max(...lats) - Math.min(...lats))
  const [left, top] = [
    (Math.min(...lons) + Math.max(...lons)) / 2 - width / shrink / 2,
    (Math.min(...lats) + Math.max(...lats)) / 2 + height / 2,
  ]
  const span = 100 - 2 * MARGIN
  const points = placed.map(({ site, lat, lon }) => ({
    site,
    x: MARGIN + (((lon - left) * shrink) / width) * span,
    y: MARGIN + ((top - lat) / height) * span,
  }))
  return { points, ratio: Math.min(2.2, Math.max(0.9, width / height)), unplaced: sites.length - placed.length }
}
