import { useComputed } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { IncidentType, IncidentView } from '#core/contract/operations.ts'
import { halfOf } from '#core/contract/words.ts'
import { spanText, stamp } from '../format.ts'
import { useT } from '../i18n.ts'
import { type IncidentFilter, isOpen, lastedMs, listed, standOf, TYPES } from '../operate/incident.ts'
import { IncidentMarks, ReportDialog, useWhere } from '../operate/incident-parts.tsx'
import { hrefOf, keepInAddress } from '../route.ts'
import { useStore } from '../store.tsx'
import { Act, Empty, Fault, Field, useDenied } from '../ui/bits.tsx'

/** Rows drawn at once; the rest by a press. */
const ROWS = 100

const filterOf = (query: string): IncidentFilter => {
  const asked = new URLSearchParams(query)
  return {
    state: asked.get('state') === 'all' ? 'all' : 'open',
    type: TYPES.find((type) => type === asked.get('type')) ?? null,
    text: (asked.get('q') ?? '').slice(0, 100),
  }
}
const queryOf = (filter: IncidentFilter): string => {
  const asked = new URLSearchParams()
  if (filter.state === 'all') asked.set('state', 'all')
  if (filter.type !== null) asked.set('type', filter.type)
  if (filter.text.trim() !== '') asked.set('q', filter.text.trim())
  return asked.toString()
}

const Lasted = (props: { readonly incident: IncidentView }) => {
  const { now } = useStore()
  const { tf, lang } = useT()
  // Read once a minute: a list that ticks every second says nothing more.
  const minute = useComputed(() => Math.floor(now.value / 60_000) * 60_000).value
  return tf(props.incident.clearedAt === null && props.incident.resolved === null ? 'standsFor' : 'lasted', {
    time: spanText(lastedMs(props.incident, Math.max(minute, props.incident.openedAt)), lang),
  })
}

const Row = (props: { readonly incident: IncidentView }) => {
  const { t, tf, lang } = useT()
  const where = useWhere()
  const { incident: i } = props
  return (
    <li
      class={`incident incident-${standOf(i)} severity-${i.severity}`}
      data-testid={`incident-${i.id}`}
      data-stand={standOf(i)}
    >
      <div class="incident-main">
        <IncidentMarks incident={i} />
        <h2>
          <a href={hrefOf({ page: 'incident', incident: i.id })}>{i.title[lang]}</a>
        </h2>
        <p class="incident-where">
          <strong>{where(i)}</strong>
          {i.site !== null && <span class="mono dim"> {i.site}</span>}
        </p>
        {i.detail !== '' && <p class="dim clip">{halfOf(i.detail, lang)}</p>}
      </div>
      <div class="incident-side dim">
        <span>{stamp(i.openedAt)}</span>
        <span>
          <Lasted incident={i} /> {i.times > 1 && `· ${tf('timesN', { n: i.times })}`}
        </span>
        <span>{i.acknowledged === null ? t('nobodyYet') : tf('takenBy', { name: i.acknowledged.name })}</span>
      </div>
    </li>
  )
}

const Filters = (props: { readonly filter: IncidentFilter; readonly onFilter: (filter: IncidentFilter) => void }) => {
  const { t } = useT()
  const { filter, onFilter } = props
  const types: readonly (IncidentType | null)[] = [null, ...TYPES]
  return (
    <search class="wall-filters">
      <Field label={t('incidentFind')} hint={null} required={false}>
        {(id) => (
          <input
            id={id}
            type="search"
            data-testid="incident-find"
            value={filter.text}
            onInput={(e) => onFilter({ ...filter, text: e.currentTarget.value })}
          />
        )}
      </Field>
      <fieldset class="presets">
        <legend class="legend-small">{t('incidentType')}</legend>
        {types.map((type) => (
          <button
            key={type ?? 'any'}
            type="button"
            class="chip"
            aria-pressed={filter.type === type}
            data-testid={`incident-filter-${type ?? 'any'}`}
            onClick={() => onFilter({ ...filter, type })}
          >
            {type === null ? t('any') : t(`type-${type}`)}
          </button>
        ))}
      </fieldset>
      <fieldset class="switch">
        <legend class="visually-hidden">{t('incidentState')}</legend>
        {(['open', 'all'] as const).map((state) => (
          <button
            key={state}
            type="button"
            aria-pressed={filter.state === state}
            data-testid={`incident-state-${state}`}
            onClick={() => onFilter({ ...filter, state })}
          >
            {t(`incidents-${state}`)}
          </button>
        ))}
      </fieldset>
    </search>
  )
}

/** What is wrong, in the order in which it wants somebody: open and heavy first, live. */
export const Incidents = (props: { readonly query: string }) => {
  const store = useStore()
  const { t, tf } = useT()
  const denied = useDenied('incident.report')
  const [filter, setFilter] = useState(() => filterOf(props.query))
  const [rows, setRows] = useState(ROWS)
  const [reporting, setReporting] = useState(false)
  const all = store.incidents.value
  const found = listed(all, store.sites.value, filter)
  const open = all.filter(isOpen).length
  return (
    <>
      <div class="page-head">
        <h1>{t('navIncidents')}</h1>
        <Act testid="incident-report" kind="primary" busy={false} blocked={denied} onPress={() => setReporting(true)}>
          {t('reportIncident')}
        </Act>
      </div>
      <Filters
        filter={filter}
        onFilter={(next) => {
          setFilter(next)
          keepInAddress({ page: 'incidents', query: queryOf(next) })
        }}
      />
      <Fault fault={store.incidentsFault.value} testid="incidents-fault" />
      <p class="dim" role="status" data-testid="incidents-count">
        {tf('incidentsShown', { n: found.length, open })}
      </p>
      {found.length === 0 && store.incidentsLoaded.value && (
        <Empty>{filter.state === 'open' && open === 0 ? t('noOpenIncidents') : t('noIncidents')}</Empty>
      )}
      {!store.incidentsLoaded.value && store.incidentsFault.value === null && <Empty>{t('loading')}</Empty>}
      <ul class="plain" data-testid="incident-list">
        {found.slice(0, rows).map((i) => (
          <Row key={i.id} incident={i} />
        ))}
      </ul>
      {found.length > rows && (
        <button type="button" class="btn" onClick={() => setRows(rows + ROWS)}>
          {tf('moreRows', { n: found.length - rows })}
        </button>
      )}
      {reporting && (
        <ReportDialog
          site={null}
          onClose={() => setReporting(false)}
          onMade={(made) => {
            setReporting(false)
            location.hash = hrefOf({ page: 'incident', incident: made.id })
          }}
        />
      )}
    </>
  )
}
