import { useState } from 'preact/hooks'
import type { SiteView } from '#core/contract/api.ts'
import { CLASS_NAMES, useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Tag } from '../ui/bits.tsx'
import { SiteMap } from './map.tsx'
import { areAll, reachable, reachOf, toggled, type Unit, unitsOf } from './reach.ts'
import type { Part } from './step-words.tsx'

/** Rows shown at once; a province has fewer clusters, and whoever has more searches. */
const MOST_ROWS = 200
const CLASSES = ['BORDER_GATE', 'BULLETIN_BOARD'] as const

/** How many screens, and how many of them hear of it only later. Said aloud whenever it changes. */
export const ReachLine = (props: { readonly targets: readonly string[] }) => {
  const { tf } = useT()
  const { sites } = useStore()
  const reach = reachOf(props.targets, sites.value)
  const silent = reach.chosen - reach.now
  return (
    <p class="reach" role="status" data-testid="order-reach">
      <strong class="big">{tf('screensN', { n: reach.chosen })}</strong>
      <Tag tone={reach.now > 0 ? 'ok' : 'off'}>{tf('reachNow', { n: reach.now })}</Tag>
      <Tag tone={silent > 0 ? 'warn' : 'off'}>{tf('reachLater', { n: silent })}</Tag>
    </p>
  )
}

/** Everything, a class, or a commune, at one press each; again takes them out. */
const Groups = (props: {
  readonly sites: readonly SiteView[]
  readonly targets: readonly string[]
  readonly onTargets: (targets: readonly string[]) => void
}) => {
  const { tf, t, lang } = useT()
  const { sites, targets } = props
  const chosen = new Set(targets)
  const press = (group: readonly SiteView[]) => props.onTargets(toggled(targets, group))
  const chip = (key: string, label: string, group: readonly SiteView[]) => (
    <button
      key={key}
      type="button"
      class="chip"
      aria-pressed={areAll(chosen, group)}
      data-testid={`order-group-${key}`}
      onClick={() => press(group)}
    >
      {label} <span class="mono">{group.length}</span>
    </button>
  )
  const units: readonly Unit[] = unitsOf(sites)
  return (
    <div class="groups">
      <label class="check check-all">
        <input
          type="checkbox"
          data-testid="order-target-all"
          checked={areAll(chosen, sites)}
          onChange={() => press(sites)}
        />
        <strong>{tf('wholeProvince', { n: sites.length })}</strong>
      </label>
      <fieldset>
        <legend class="legend-small">{t('byClass')}</legend>
        <div class="presets">
          {CLASSES.map((c) => {
            const group = sites.filter((s) => s.clusterClass === c)
            return group.length === 0 ? null : chip(c, CLASS_NAMES[c][lang], group)
          })}
        </div>
      </fieldset>
      <fieldset>
        <legend class="legend-small">{t('byCommune')}</legend>
        <div class="presets">{units.map((unit) => chip(unit.code, unit.name, unit.sites))}</div>
      </fieldset>
    </div>
  )
}

const Row = (props: { readonly site: SiteView; readonly on: boolean; readonly onToggle: () => void }) => {
  const { t } = useT()
  const { site } = props
  return (
    <label class="check">
      <input type="checkbox" data-testid={`order-target-${site.id}`} checked={props.on} onChange={props.onToggle} />
      <span>
        {site.name} <span class="dim mono">{site.id}</span>
        {!site.connected && <Tag tone="warn">{t('willGetLater')}</Tag>}
      </span>
    </label>
  )
}

/** The third step: who gets it. Map, groups and list are three ways to the same ticks. */
export const WhomStep = ({ draft, change }: Part) => {
  const { t, tf } = useT()
  const store = useStore()
  const [query, setQuery] = useState('')
  const sites = reachable(store.sites.value)
  const { targets } = draft
  const chosen = new Set(targets)
  const set = (next: readonly string[]) => change({ targets: next })
  const word = query.trim().toLowerCase()
  const found = sites.filter((s) => word === '' || `${s.name} ${s.id}`.toLowerCase().includes(word))
  return (
    <div class="step-body whom">
      <ReachLine targets={targets} />
      <Groups sites={sites} targets={targets} onTargets={set} />
      <div class="whom-both">
        <SiteMap sites={sites} chosen={chosen} onToggle={(site) => set(toggled(targets, [site]))} />
        <fieldset class="group whom-list">
          <legend>{tf('targetsN', { n: targets.length, all: sites.length })}</legend>
          {sites.length > 8 && (
            <input
              type="search"
              aria-label={t('siteSearch')}
              placeholder={t('siteSearch')}
              data-testid="order-site-search"
              value={query}
              onInput={(e) => setQuery(e.currentTarget.value)}
            />
          )}
          <div class="whom-rows">
            {found.slice(0, MOST_ROWS).map((site) => (
              <Row key={site.id} site={site} on={chosen.has(site.id)} onToggle={() => set(toggled(targets, [site]))} />
            ))}
            {found.length === 0 && <p class="empty">{t('siteNone')}</p>}
          </div>
          {found.length > MOST_ROWS && <p class="hint">{tf('siteMore', { n: found.length - MOST_ROWS })}</p>}
        </fieldset>
      </div>
    </div>
  )
}
