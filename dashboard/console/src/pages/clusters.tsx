import { useComputed, useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { SiteMap } from '../emergency/map.tsx'
import { unitsOf } from '../emergency/reach.ts'
import { CLASS_NAMES, useT } from '../i18n.ts'
import {
  filterOf,
  HEALTH_TONES,
  HEALTHS,
  type Health,
  NO_FILTER,
  queryOf,
  VIEWS,
  type Wall,
  type WallFilter,
  type WallView,
  wallOf,
} from '../operate/health.ts'
import { WallCard, WallName, WallRow } from '../operate/wall-card.tsx'
import { keepInAddress } from '../route.ts'
import { useStore } from '../store.tsx'
import { Empty, Field, SIGNS } from '../ui/bits.tsx'

/** One button for each state with how many there are; a press shows only those. The colour is never alone: sign and word stand in it. */
const Counts = (props: {
  readonly wall: Wall
  readonly chosen: Health | null
  readonly onChoose: (health: Health | null) => void
}) => {
  const { t } = useT()
  const { wall, chosen } = props
  return (
    <fieldset class="counts" data-testid="site-summary">
      <legend class="visually-hidden">{t('countsLabel')}</legend>
      <button
        type="button"
        class="count"
        aria-pressed={chosen === null}
        data-testid="count-all"
        onClick={() => props.onChoose(null)}
      >
        <span class="count-n">{wall.all}</span> {t('countAll')}
      </button>
      {HEALTHS.map((health) => (
        <button
          key={health}
          type="button"
          class={`count count-${HEALTH_TONES[health]}${wall.counts[health] === 0 ? ' count-none' : ''}`}
          aria-pressed={chosen === health}
          data-testid={`count-${health}`}
          onClick={() => props.onChoose(chosen === health ? null : health)}
        >
          <span class="count-n">{wall.counts[health]}</span>
          <span aria-hidden="true">{SIGNS[HEALTH_TONES[health]]}</span> {t(`health-${health}`)}
        </button>
      ))}
    </fieldset>
  )
}

const Filters = (props: {
  readonly filter: WallFilter
  readonly view: WallView
  readonly onFilter: (filter: WallFilter) => void
  readonly onView: (view: WallView) => void
}) => {
  const { sites } = useStore()
  const { t, lang } = useT()
  const { filter, onFilter } = props
  const key = useComputed(() => JSON.stringify(unitsOf(sites.value).map((u) => [u.code, u.name, u.sites.length]))).value
  const units = JSON.parse(key) as readonly (readonly [string, string, number])[]
  return (
    <search class="wall-filters">
      <Field label={t('wallFind')} hint={null} required={false}>
        {(id) => (
          <input
            id={id}
            type="search"
            data-testid="wall-find"
            placeholder={t('wallFindHint')}
            value={filter.text}
            onInput={(e) => onFilter({ ...filter, text: e.currentTarget.value })}
          />
        )}
      </Field>
      <Field label={t('wallClass')} hint={null} required={false}>
        {(id) => (
          <select
            id={id}
            data-testid="wall-class"
            value={filter.clusterClass ?? ''}
            onChange={(e) => {
              const { value } = e.currentTarget
              const clusterClass = value === 'BORDER_GATE' || value === 'BULLETIN_BOARD' ? value : null
              onFilter({ ...filter, clusterClass })
            }}
          >
            <option value="">{t('any')}</option>
            <option value="BORDER_GATE">{CLASS_NAMES.BORDER_GATE[lang]}</option>
            <option value="BULLETIN_BOARD">{CLASS_NAMES.BULLETIN_BOARD[lang]}</option>
          </select>
        )}
      </Field>
      <Field label={t('wallUnit')} hint={null} required={false}>
        {(id) => (
          <select
            id={id}
            data-testid="wall-unit"
            value={filter.unit ?? ''}
            onChange={(e) => onFilter({ ...filter, unit: e.currentTarget.value === '' ? null : e.currentTarget.value })}
          >
            <option value="">{t('any')}</option>
            {units.map(([code, name, n]) => (
              <option key={code} value={code}>
                {name} ({n})
              </option>
            ))}
          </select>
        )}
      </Field>
      <fieldset class="switch">
        <legend class="visually-hidden">{t('viewLabel')}</legend>
        {VIEWS.map((view) => (
          <button
            key={view}
            type="button"
            aria-pressed={props.view === view}
            data-testid={`view-${view}`}
            onClick={() => props.onView(view)}
          >
            {t(`view-${view}`)}
          </button>
        ))}
      </fieldset>
    </search>
  )
}

/** So many are drawn at once; the rest follow, so many in each turn, while the page goes on answering. */
const FIRST = 24
const EACH_TURN = 24

const useGrowing = (ids: readonly string[]): readonly string[] => {
  const [n, setN] = useState(FIRST)
  // Fewer than were drawn: the next long list begins from the first ones again.
  const drawn = Math.min(n, Math.max(FIRST, ids.length))
  useEffect(() => {
    if (drawn !== n) return setN(drawn)
    if (drawn >= ids.length) return
    const timer = setTimeout(() => setN(drawn + EACH_TURN))
    return () => clearTimeout(timer)
  }, [n, drawn, ids.length])
  return ids.slice(0, drawn)
}

const Cards = (props: { readonly ids: readonly string[] }) => {
  const ids = useGrowing(props.ids)
  return (
    <ul class="wall">
      {ids.map((id) => (
        <WallCard key={id} id={id} />
      ))}
    </ul>
  )
}

const List = (props: { readonly ids: readonly string[] }) => {
  const { t } = useT()
  const ids = useGrowing(props.ids)
  return (
    <div class="table-box">
      <table class="stack wall-table" data-testid="wall-table">
        <thead>
          <tr>
            <th scope="col">{t('state')}</th>
            <th scope="col">{t('cluster')}</th>
            <th scope="col">{t('colOnNow')}</th>
            <th scope="col">{t('colFaults')}</th>
            <th scope="col" class="num">
              {t('brightnessShort')}
            </th>
            <th scope="col" class="num">
              {t('temperature')}
            </th>
            <th scope="col" class="num">
              {t('colFloors')}
            </th>
          </tr>
        </thead>
        <tbody>
          {ids.map((id) => (
            <WallRow key={id} id={id} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

const WallMap = (props: { readonly ids: readonly string[] }) => {
  const { t } = useT()
  const { sites, orders } = useStore()
  // Every cluster keeps its place whatever the filter lets through, and the map is drawn anew when a state changes, not at every reading.
  const whole = useComputed(() => wallOf(sites.value, orders.value, NO_FILTER).rows)
  const key = useComputed(() => whole.value.map((row) => `${row.site.id} ${row.health}`).join('\n')).value
  const rows = useMemo(() => whole.peek(), [key])
  const ids = useGrowing(props.ids)
  const picked = useSignal<string | null>(null)
  const chosen = picked.value !== null && props.ids.includes(picked.value) ? picked.value : (props.ids[0] ?? null)
  const choose = (id: string) => {
    picked.value = id
  }
  const tones = new Map(rows.map((row) => [row.site.id, HEALTH_TONES[row.health]]))
  return (
    <div class="wall-map">
      <SiteMap
        sites={rows.map((row) => row.site).reverse()}
        chosen={new Set(chosen === null ? [] : [chosen])}
        onToggle={(site) => choose(site.id)}
        toneOf={(site) => tones.get(site.id) ?? 'off'}
        wanted={new Set(props.ids)}
      />
      <div class="wall-beside">
        <ul class="wall wall-one">{chosen !== null && <WallCard key={chosen} id={chosen} />}</ul>
        <ul class="plain wall-names" aria-label={t('countsLabel')}>
          {ids.map((id) => (
            <WallName key={id} id={id} chosen={id === chosen} onChoose={choose} />
          ))}
        </ul>
      </div>
    </div>
  )
}

/** After the last movement over the wall its order may change again, ms: no card goes away from under a finger. */
const HOLD_MS = 4_000

/**
 * The ids in the order in which they stand. A filter applies at once; a cluster that gets worse moves up at once only while nobody's pointer or
 * keyboard is on the wall, else when they have left it or ask for it.
 */
const useOrder = (wanted: () => string, reason: string) => {
  const key = useComputed(wanted)
  const shown = useSignal(key.peek())
  const box = useRef<HTMLDivElement>(null)
  const last = useRef({ moved: Number.NEGATIVE_INFINITY, reason })
  const settle = () => {
    shown.value = key.peek()
  }
  const isHeld = () =>
    performance.now() - last.current.moved < HOLD_MS || box.current?.contains(document.activeElement) === true
  useSignalEffect(() => {
    const next = key.value
    if (!isHeld()) shown.value = next
  })
  useEffect(() => {
    if (last.current.reason !== reason) settle()
    last.current.reason = reason
  }, [reason])
  useEffect(() => {
    const timer = setInterval(() => {
      if (shown.peek() !== key.peek() && !isHeld()) settle()
    }, HOLD_MS / 4)
    return () => clearInterval(timer)
  }, [])
  const ids = shown.value === '' ? [] : shown.value.split('\n')
  const touch = () => {
    last.current.moved = performance.now()
  }
  return { ids, box, touch, settle, stale: shown.value !== key.value }
}

export const Clusters = (props: { readonly query: string }) => {
  const { sites, loaded, orders } = useStore()
  const { t, tf } = useT()
  const asked = filterOf(props.query)
  const filter = useSignal<WallFilter>(asked)
  const view = useSignal<WallView>(asked.view)
  const wall = useComputed(() => wallOf(sites.value, orders.value, filter.value))
  const keep = () => keepInAddress({ page: 'clusters', query: queryOf(filter.peek(), view.peek()) })
  const order = useOrder(
    () => wall.value.rows.map((row) => row.site.id).join('\n'),
    JSON.stringify([filter.value, view.value]),
  )
  const counts = useComputed(() => JSON.stringify([wall.value.counts, wall.value.all, sites.value.length])).value
  const [, , all] = JSON.parse(counts) as [Wall['counts'], number, number]
  const setFilter = (next: WallFilter) => {
    filter.value = next
    keep()
  }
  return (
    <>
      <div class="page-head">
        <h1>{t('navClusters')}</h1>
        <p class="resort">
          {order.stale && (
            <button type="button" class="chip" data-testid="wall-resort" onClick={order.settle}>
              ↻ {t('wallResort')}
            </button>
          )}
        </p>
      </div>
      <Counts
        wall={wall.peek()}
        chosen={filter.value.health}
        onChoose={(health) => setFilter({ ...filter.value, health })}
      />
      <Filters
        filter={filter.value}
        view={view.value}
        onFilter={setFilter}
        onView={(next) => {
          view.value = next
          keep()
        }}
      />
      <p class="visually-hidden" role="status">
        {tf('wallShown', { n: order.ids.length, all })}
      </p>
      <div ref={order.box} class="wall-box" onPointerMove={order.touch} onPointerDown={order.touch}>
        {all === 0 && <Empty>{loaded.value ? t('noSites') : t('loading')}</Empty>}
        {all > 0 && order.ids.length === 0 && (
          <p class="empty">
            {t('wallNothing')}{' '}
            <button type="button" class="chip" data-testid="wall-clear" onClick={() => setFilter(NO_FILTER)}>
              {t('wallClear')}
            </button>
          </p>
        )}
        {view.value === 'cards' && <Cards ids={order.ids} />}
        {view.value === 'list' && order.ids.length > 0 && <List ids={order.ids} />}
        {view.value === 'map' && order.ids.length > 0 && <WallMap ids={order.ids} />}
      </div>
    </>
  )
}
