import { err, ok, type Result } from '../../base/result.ts'

/** WGS 84, degrees. CAP writes latitude first; GeoJSON does the reverse. */
export type Point = { readonly lat: number; readonly lon: number }
export type Circle = { readonly centre: Point; readonly radiusKm: number }

/** More corners say nothing more about where a display stands, and cost time. */
export const MOST_CORNERS = 1_000
const EARTH_KM = 6371.0088
/** Half of the way around the Earth: everything is within it. */
const FARTHEST_KM = 20_038

export type GeometryFault = 'not-numbers' | 'out-of-range' | 'swapped' | 'too-few' | 'too-many' | 'open' | 'radius'

const NUMBER = /^[-+]?(\d{1,3})(\.\d{1,12})?$/
const pointOf = (text: string): Result<Point, GeometryFault> => {
  const [lat, lon, more] = text.split(',')
  if (lat === undefined || lon === undefined || more !== undefined || !NUMBER.test(lat) || !NUMBER.test(lon))
    return err('not-numbers')
  const point = { lat: Number(lat), lon: Number(lon) }
  if (Math.abs(point.lat) <= 90 && Math.abs(point.lon) <= 180) return ok(point)
  return err(Math.abs(point.lon) <= 90 && Math.abs(point.lat) <= 180 ? 'swapped' : 'out-of-range')
}

/** `lat,lon lat,lon …`: four pairs or more, the last one the first again. */
export const parsePolygon = (text: string): Result<readonly Point[], GeometryFault> => {
  const words = text.split(/[ \t\r\n]+/).filter((word) => word !== '')
  if (words.length > MOST_CORNERS) return err('too-many')
  const points: Point[] = []
  for (const word of words) {
    const point = pointOf(word)
    if (!point.ok) return point
    points.push(point.value)
  }
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined || points.length < 4) return err('too-few')
  return first.lat === last.lat && first.lon === last.lon ? ok(points) : err('open')
}

/** `lat,lon radius`, kilometres. */
export const parseCircle = (text: string): Result<Circle, GeometryFault> => {
  const [centre, radius, more] = text.split(/[ \t\r\n]+/).filter((word) => word !== '')
  if (centre === undefined || radius === undefined || more !== undefined) return err('not-numbers')
  const point = pointOf(centre)
  if (!point.ok) return point
  if (!/^\+?\d{1,6}(\.\d{1,12})?$/.test(radius)) return err('radius')
  const radiusKm = Number(radius)
  return radiusKm <= FARTHEST_KM ? ok({ centre: point.value, radiusKm }) : err('radius')
}

/** Great-circle distance on a sphere (haversine), kilometres; within 0.6 % of the ellipsoid. */
export const distanceKm = (a: Point, b: Point): number => {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const half = (degrees: number) => Math.sin(radians(degrees) / 2) ** 2
  const h = half(b.lat - a.lat) + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * half(b.lon - a.lon)
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(h)))
}

/** The border counts as inside. */
export const inCircle = (point: Point, circle: Circle): boolean => distanceKm(point, circle.centre) <= circle.radiusKm

/** A point this near to an edge, in degrees (about a centimetre), is on it: figures of decimals are no exact sums in binary. */
const ON_EDGE = 1e-7

const onSegment = (p: Point, a: Point, b: Point): boolean => {
  const [dx, dy] = [b.lon - a.lon, b.lat - a.lat]
  const length = dx * dx + dy * dy
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((p.lon - a.lon) * dx + (p.lat - a.lat) * dy) / length))
  return Math.hypot(p.lon - a.lon - t * dx, p.lat - a.lat - t * dy) <= ON_EDGE
}

/**
 * Straight lines between corners in latitude and longitude, as CAP means them for areas of this size; the border counts as inside, and a
 * border that crosses itself is taken by the even-odd rule. An area across the date line is not understood: no display of ours is near it.
 */
export const inPolygon = (point: Point, corners: readonly Point[]): boolean => {
  let inside = false
  for (const [index, a] of corners.entries()) {
    const b = corners[(index + 1) % corners.length]
    if (b === undefined) continue
    if (onSegment(point, a, b)) return true
    const crosses =
      a.lat > point.lat !== b.lat > point.lat &&
      point.lon < ((b.lon - a.lon) * (point.lat - a.lat)) / (b.lat - a.lat) + a.lon
    if (crosses) inside = !inside
  }
  return inside
}
