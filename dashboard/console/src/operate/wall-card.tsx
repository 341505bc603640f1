import { type ReadonlySignal, useComputed } from '@preact/signals'
import { memo } from 'preact/compat'
import { useRef } from 'preact/hooks'
import type { SiteView } from '#core/contract/api.ts'
import { PROOF_NAMES } from '#core/contract/words.ts'
import { unitName } from '../emergency/units.ts'
import { clock, hoursMinutes, stamp } from '../format.ts'
import { CLASS_NAMES, PERIOD_NAMES, RANK_NAMES, useT } from '../i18n.ts'
import { hrefOf } from '../route.ts'
import { useStore } from '../store.tsx'
import { SIGNS } from '../ui/bits.tsx'
import { Glass } from '../ui/panel.tsx'
import { useSeen } from '../ui/seen.ts'
import { floorState } from './floor.ts'
import { byWeight, HEALTH_TONES, type Health, healthOf, isCritical, showsExercise } from './health.ts'
import { AirtimeBar, FaultLine, FaultList, HealthMark, HeldByHand } from './parts.tsx'

/** What a card out of sight must not be late with: whoever searches in the page or listens to it reads these words. */
const wordsOf = (site: SiteView): string => {
  const { status: s } = site
  const said =
    s === null
      ? ''
      : `${s.screen.show}${s.screen.rank}${s.screen.title}${[...s.faults, ...(s.manual ?? [])].map((f) => ('id' in f ? f.id : `${f.what}${f.value}`)).join()}`
  return `${site.connected}${site.lifecycle}${site.name}${said}`
}

/**
 * One cluster and its state; drawn anew only when this cluster changed, or the order on it. While it is out of sight its figures stand still: two
 * hundred clusters that report every two seconds would else keep the page from answering.
 */
export const useRated = (
  id: string,
  seen: ReadonlySignal<boolean> | null,
): { readonly site: SiteView; readonly health: Health } | null => {
  const { siteById, orders } = useStore()
  const drawn = useRef<SiteView | undefined>(undefined)
  const site = useComputed(() => {
    const [now, before] = [siteById.value.get(id), drawn.current]
    const still = now !== undefined && before !== undefined && wordsOf(now) === wordsOf(before)
    if (seen === null || seen.value || !still) drawn.current = now
    return drawn.current
  }).value
  const exercise = useComputed(() => {
    const now = siteById.value.get(id)
    return now !== undefined && showsExercise(now, orders.value)
  }).value
  return site === undefined ? null : { site, health: healthOf(site, exercise) }
}

/** What is on the screen, in one line: the item, or why there is none. */
export const useOnNow = () => {
  const { t, lang } = useT()
  return (site: SiteView): { readonly title: string; readonly why: string } => {
    const screen = site.status?.screen
    if (screen === undefined) return { title: t('noStatus'), why: '' }
    // Of a cluster out of reach nobody knows what is on now.
    const known = site.connected ? '' : `${t('lastKnown')} · `
    return {
      title: screen.title === '' ? t(`show-${screen.show}`) : screen.title,
      why: `${known}${RANK_NAMES[screen.rank][lang]} · ${PROOF_NAMES[screen.proof][lang]}`,
    }
  }
}

const floorsOf = (site: SiteView) => site.status?.airtime.periods.filter((p) => p.floorMs > 0) ?? []

/** Since when: of the silence, or of what is on the screen. */
const Since = (props: { readonly site: SiteView; readonly health: Health }) => {
  const { t, tf } = useT()
  const { site, health } = props
  if (health === 'away')
    return <>{site.lastSeen === null ? t('neverSeen') : tf('silentSince', { time: stamp(site.lastSeen) })}</>
  return site.status === null ? null : tf('since', { time: clock(site.status.screen.since) })
}

export const WallCard = memo((props: { readonly id: string }) => {
  const { ref, seen } = useSeen<HTMLLIElement>()
  const rated = useRated(props.id, seen)
  const { lang, t } = useT()
  const onNow = useOnNow()
  if (rated === null) return null
  const { site, health } = rated
  const now = onNow(site)
  return (
    <li class="wall-cell" ref={ref}>
      <article
        class={`card site health-${health}`}
        data-testid={`site-${site.id}`}
        data-health={health}
        aria-labelledby={`n-${site.id}`}
      >
        <header>
          <h2 id={`n-${site.id}`}>
            <a href={hrefOf({ page: 'site', site: site.id })} title={site.name}>
              {site.name}
            </a>
          </h2>
          <p class="site-state">
            <HealthMark health={health} />
            <span class="dim">
              <Since site={site} health={health} />
            </span>
          </p>
        </header>
        <Glass site={site} eager={false} />
        <p class="site-now">
          <strong class={health === 'emergency' ? 'tone-bad' : ''}>{now.title}</strong>
          <span class="dim">{now.why}</span>
        </p>
        <div class="site-floors">
          {floorsOf(site).map((p) => (
            <AirtimeBar key={p.period} period={p} brief={true} />
          ))}
        </div>
        <div class="site-faults">
          <HeldByHand site={site} />
          {site.status !== null && site.status.faults.length > 0 && <FaultList faults={site.status.faults} most={2} />}
        </div>
        <footer class="dim">
          <span class="mono">{site.id}</span> · {CLASS_NAMES[site.clusterClass][lang]} · {unitName(site.unitCode)}
          {site.sample && ` · ${t('sample')}`}
        </footer>
      </article>
    </li>
  )
})

const FLOOR_SIGNS = { met: '✓', absent: '–', going: '…', short: '✕', missed: '✕' } as const

export const WallRow = memo((props: { readonly id: string }) => {
  const { ref, seen } = useSeen<HTMLTableRowElement>()
  const rated = useRated(props.id, seen)
  const { t, lang } = useT()
  const onNow = useOnNow()
  if (rated === null) return null
  const { site, health } = rated
  const { status } = site
  const now = onNow(site)
  const worst = status === null ? undefined : byWeight(status.faults)[0]
  const unit = (value: number | null | undefined, text: string) =>
    value === null || value === undefined ? '–' : `${value}${text}`
  return (
    <tr ref={ref} class={`health-${health}`} data-testid={`row-${site.id}`} data-health={health}>
      <td data-label={t('state')}>
        <HealthMark health={health} />
      </td>
      <th scope="row">
        <a href={hrefOf({ page: 'site', site: site.id })}>{site.name}</a>
        <br />
        <span class="dim">
          <span class="mono">{site.id}</span> · {unitName(site.unitCode)}
        </span>
      </th>
      <td data-label={t('colOnNow')}>
        <span class="clip">{now.title}</span>
        <span class="dim clip">
          <Since site={site} health={health} /> {now.why !== '' && `· ${now.why}`}
        </span>
      </td>
      <td
        data-label={t('colFaults')}
        class={worst === undefined ? 'dim' : isCritical(worst) ? 'tone-bad' : 'tone-warn'}
      >
        <span class="clip">{worst === undefined ? t('noFaults') : <FaultLine fault={worst} />}</span>
      </td>
      <td data-label={t('brightnessShort')} class="num">
        {unit(status?.display.brightness, ' %')}
      </td>
      <td data-label={t('temperature')} class="num">
        {unit(status?.display.temperature, ' °C')}
      </td>
      <td data-label={t('colFloors')} class="num">
        {floorsOf(site).map((p) => (
          <span key={p.period} class="floor-mini">
            {PERIOD_NAMES[p.period][lang]} {hoursMinutes(p.deliveredMs)}{' '}
            <span aria-hidden="true">{FLOOR_SIGNS[floorState(p)]}</span>
            <span class="visually-hidden">{t(`floor-${floorState(p)}`)}</span>
          </span>
        ))}
      </td>
    </tr>
  )
})

/** The line beside the map: the same cluster for whoever uses no pointer. */
export const WallName = memo(
  (props: { readonly id: string; readonly chosen: boolean; readonly onChoose: (id: string) => void }) => {
    const rated = useRated(props.id, null)
    const { t } = useT()
    if (rated === null) return null
    const { site, health } = rated
    return (
      <li>
        <button
          type="button"
          class="wall-name"
          aria-pressed={props.chosen}
          data-testid={`name-${site.id}`}
          onClick={() => props.onChoose(site.id)}
        >
          <span class={`tag tag-${HEALTH_TONES[health]}`}>
            <span class="sign" aria-hidden="true">
              {SIGNS[HEALTH_TONES[health]]}
            </span>
            {t(`health-${health}`)}
          </span>
          <span class="clip">{site.name}</span>
        </button>
      </li>
    )
  },
)
