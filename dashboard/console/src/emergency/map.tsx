import { memo } from 'preact/compat'
import { useCallback, useRef } from 'preact/hooks'
import type { SiteView } from '#core/contract/api.ts'
import { useT } from '../i18n.ts'
import { SIGNS, type Tone } from '../ui/bits.tsx'
import { plotOf, type Unit, unitsOf } from './reach.ts'

/** Names on the map; more of them would cover the points. */
const MOST_LABELS = 14
const UNIT = 1000

type PointProps = {
  readonly id: string
  readonly label: string
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly chosen: boolean
  readonly connected: boolean
  readonly tone: Tone | null
  readonly faint: boolean
  readonly onToggle: (id: string) => void
}

const lookOf = (p: PointProps): string => {
  const state = p.tone !== null ? ` map-${p.tone}` : p.connected ? '' : ' map-away'
  return `map-site${p.chosen ? ' map-chosen' : ''}${state}${p.faint ? ' map-faint' : ''}`
}

/** Of two hundred points only those that changed are drawn anew. */
const MapPoint = memo((props: PointProps) => {
  const { x, y, radius } = props
  return (
    // biome-ignore lint/a11y/useSemanticElements: no button can stand inside a drawing; the list beside it is what a keyboard uses.
    <g
      class={lookOf(props)}
      data-testid={`order-map-${props.id}`}
      role="button"
      tabIndex={-1}
      onClick={() => props.onToggle(props.id)}
      onKeyDown={(e) => {
        if (e.key === 'Enter') props.onToggle(props.id)
      }}
    >
      <title>{props.label}</title>
      {/* A finger needs more room than the eye. */}
      <circle class="map-hit" cx={x} cy={y} r={radius * 2} />
      {props.tone !== null || props.connected ? (
        <circle class="map-dot" cx={x} cy={y} r={radius} />
      ) : (
        <rect
          class="map-dot"
          x={x - radius}
          y={y - radius}
          width={radius * 2}
          height={radius * 2}
          transform={`rotate(45 ${x} ${y})`}
        />
      )}
      {props.tone !== null && (
        <text class="map-sign" x={x} y={y} dy="0.36em" text-anchor="middle">
          {SIGNS[props.tone]}
        </text>
      )}
    </g>
  )
})

/**
 * Where the clusters stand, without tiles and without a network. A press chooses one; whoever uses no pointer has the list beside it, which
 * says the same, so the map itself is not in the way of the keyboard. With `toneOf` each point carries the sign of its state.
 */
export const SiteMap = (props: {
  readonly sites: readonly SiteView[]
  readonly chosen: ReadonlySet<string>
  readonly onToggle: (site: SiteView) => void
  /** Absent: only whether it is connected, as for the targets of an order. */
  readonly toneOf?: (site: SiteView) => Tone
  /** Those that a filter lets through; the others stand there faintly, so that nothing moves. Absent: all of them. */
  readonly wanted?: ReadonlySet<string>
}) => {
  const { t, tf } = useT()
  const { sites, chosen, wanted } = props
  const plot = plotOf(sites)
  // One function for as long as the map stands: a point is drawn anew only when it looks different.
  const now = useRef(props)
  now.current = props
  const toggle = useCallback((id: string) => {
    const site = now.current.sites.find((one) => one.id === id)
    if (site !== undefined) now.current.onToggle(site)
  }, [])
  if (plot.points.length === 0) return <p class="empty">{t('mapNone')}</p>
  const [width, height] = [UNIT, UNIT / plot.ratio]
  const at = (x: number, y: number) => ({ x: (x / 100) * width, y: (y / 100) * height })
  const radius = sites.length > 60 ? 13 : 18
  // Below the lowest point of a commune; at the foot of the map, above the highest one, else the name is cut off.
  const nameAt = (top: { readonly x: number; readonly y: number }, bottom: number) => {
    const below = bottom + radius + 50
    return { x: top.x, y: below < height - 6 ? below : top.y - radius - 26 }
  }
  // A name beside the edge grows away from it: how long it is drawn is the browser's business.
  const nameEnd = (x: number) => {
    if (x < width / 4) return { x: Math.max(8, x - radius), 'text-anchor': 'start' as const }
    return x > (width * 3) / 4
      ? { x: Math.min(width - 8, x + radius), 'text-anchor': 'end' as const }
      : { x, 'text-anchor': 'middle' as const }
  }
  const isChosen = (unit: Unit) => unit.sites.some((s) => chosen.has(s.id))
  const labels = unitsOf(plot.points.map((p) => p.site))
    .sort((a, b) => Number(isChosen(b)) - Number(isChosen(a)))
    .slice(0, MOST_LABELS)
    .map((unit) => {
      const points = plot.points.filter((p) => p.site.unitCode === unit.code)
      const mean = (pick: (p: (typeof points)[number]) => number) =>
        points.reduce((sum, p) => sum + pick(p), 0) / Math.max(1, points.length)
      return {
        unit,
        ...nameAt(
          at(
            mean((p) => p.x),
            Math.min(...points.map((p) => p.y)),
          ),
          at(0, Math.max(...points.map((p) => p.y))).y,
        ),
      }
    })
  return (
    <figure class="map" aria-hidden="true">
      <svg viewBox={`0 0 ${width} ${height}`} data-testid="order-map">
        <title>{t('map')}</title>
        {labels.map(({ unit, x, y }) => (
          <text key={unit.code} class={isChosen(unit) ? 'map-name-chosen' : ''} {...nameEnd(x)} y={y}>
            {unit.name}
          </text>
        ))}
        {plot.points.map(({ site, x, y }) => {
          const place = at(x, y)
          const look = {
            connected: site.connected,
            tone: props.toneOf?.(site) ?? null,
            faint: !(wanted?.has(site.id) ?? true),
          }
          const label = `${site.name} (${site.id})`
          return (
            <MapPoint
              key={site.id}
              id={site.id}
              label={label}
              x={place.x}
              y={place.y}
              radius={radius}
              chosen={chosen.has(site.id)}
              {...look}
              onToggle={toggle}
            />
          )
        })}
      </svg>
      <figcaption class="dim">
        {props.toneOf === undefined && `○ ${t('mapConnected')} · ◇ ${t('mapAway')}`}
        {plot.unplaced > 0 && ` ${props.toneOf === undefined ? '· ' : ''}${tf('mapUnplaced', { n: plot.unplaced })}`}
      </figcaption>
    </figure>
  )
}
