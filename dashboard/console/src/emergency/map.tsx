import type { SiteView } from '#core/contract/api.ts'
import { useT } from '../i18n.ts'
import { plotOf, type Unit, unitsOf } from './reach.ts'

/** Names on the map; more of them would cover the points. */
const MOST_LABELS = 14
const UNIT = 1000

/**
 * Where the clusters stand, without tiles and without a network. A press chooses one; whoever uses no pointer has the list beside it, which
 * says the same, so the map itself is not in the way of the keyboard.
 */
export const SiteMap = (props: {
  readonly sites: readonly SiteView[]
  readonly chosen: ReadonlySet<string>
  readonly onToggle: (site: SiteView) => void
}) => {
  const { t, tf } = useT()
  const { sites, chosen } = props
  const plot = plotOf(sites)
  if (plot.points.length === 0) return <p class="empty">{t('mapNone')}</p>
  const [width, height] = [UNIT, UNIT / plot.ratio]
  const at = (x: number, y: number) => ({ x: (x / 100) * width, y: (y / 100) * height })
  const radius = sites.length > 60 ? 13 : 18
  // Below the lowest point of a commune; at the foot of the map, above the highest one, else the name is cut off.
  const nameAt = (top: { readonly x: number; readonly y: number }, bottom: number) => {
    const below = bottom + radius + 26
    return { x: top.x, y: below < height - 6 ? below : top.y - radius - 10 }
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
          <text
            key={unit.code}
            class={isChosen(unit) ? 'map-name-chosen' : ''}
            x={Math.min(width - 90, Math.max(90, x))}
            y={y}
            text-anchor="middle"
          >
            {unit.name}
          </text>
        ))}
        {plot.points.map(({ site, x, y }) => {
          const place = at(x, y)
          const is = chosen.has(site.id)
          return (
            // biome-ignore lint/a11y/useSemanticElements: no button can stand inside a drawing; the list beside it is what a keyboard uses.
            <g
              key={site.id}
              class={`map-site${is ? ' map-chosen' : ''}${site.connected ? '' : ' map-away'}`}
              data-testid={`order-map-${site.id}`}
              role="button"
              tabIndex={-1}
              onClick={() => props.onToggle(site)}
              onKeyDown={(e) => {
                if (e.key === 'Enter') props.onToggle(site)
              }}
            >
              <title>{`${site.name} (${site.id})`}</title>
              {/* A finger needs more room than the eye. */}
              <circle class="map-hit" cx={place.x} cy={place.y} r={radius * 2} />
              {site.connected ? (
                <circle class="map-dot" cx={place.x} cy={place.y} r={radius} />
              ) : (
                <rect
                  class="map-dot"
                  x={place.x - radius}
                  y={place.y - radius}
                  width={radius * 2}
                  height={radius * 2}
                  transform={`rotate(45 ${place.x} ${place.y})`}
                />
              )}
            </g>
          )
        })}
      </svg>
      <figcaption class="dim">
        ○ {t('mapConnected')} · ◇ {t('mapAway')}
        {plot.unplaced > 0 && ` · ${tf('mapUnplaced', { n: plot.unplaced })}`}
      </figcaption>
    </figure>
  )
}
