import { useComputed } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import type { SiteView } from '#core/contract/api.ts'
import type { StatusReport } from '#core/contract/link.ts'
import type { PlayAnswer } from '#core/contract/operations.ts'
import { ASSET_WAIT_NAMES } from '#core/contract/words.ts'
import type { ApiFault } from '../api.ts'
import { StatusMark } from '../emergency/marks.tsx'
import { unitName } from '../emergency/units.ts'
import { bytes, hoursMinutes, stamp } from '../format.ts'
import { ORDER_CLASS_NAMES, useT } from '../i18n.ts'
import { DayCard } from '../operate/day.tsx'
import { showsExercise } from '../operate/health.ts'
import { isOpen, listed } from '../operate/incident.ts'
import { IncidentMarks, ReportDialog } from '../operate/incident-parts.tsx'
import { Connection, FaultList, HealthTag, HeldByHand, OnNow, Readings } from '../operate/parts.tsx'
import { addressOf, emptySearch } from '../operate/search.ts'
import { hrefOf } from '../route.ts'
import { useStore } from '../store.tsx'
import { Act, Empty, Fact, Fault, useDenied } from '../ui/bits.tsx'
import { Enrol } from '../ui/enrol.tsx'
import { Glass } from '../ui/panel.tsx'
import { PlayTable } from '../ui/plays.tsx'

/** The plays of the last two hours, refreshed when the site's log grows. */
const RECENT_MS = 2 * 3_600_000
const REFRESH_MS = 10_000

const Recent = (props: { readonly site: SiteView }) => {
  const store = useStore()
  const { t } = useT()
  const denied = useDenied('playlog.query')
  const [plays, setPlays] = useState<readonly PlayAnswer[] | null>(null)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const id = props.site.id
  useEffect(() => {
    if (denied !== null) return
    const ask = async () => {
      const now = Date.now() + store.api.clockOffset()
      const answer = await store.api.plays({ site: id, from: now - RECENT_MS, to: now })
      if (answer.ok) setPlays(answer.value)
      setFault(answer.ok ? null : answer.error)
    }
    void ask()
    const timer = setInterval(() => void ask(), REFRESH_MS)
    return () => clearInterval(timer)
  }, [id, denied])
  return (
    <section class="card wide">
      <h2>{t('recentPlays')}</h2>
      {denied !== null && <p class="why">{denied}</p>}
      <Fault fault={fault} testid="recent-fault" />
      {plays !== null && plays.length === 0 && <Empty>{t('noPlays')}</Empty>}
      {plays !== null && plays.length > 0 && (
        <PlayTable plays={[...plays].sort((a, b) => b.from - a.from).slice(0, 20)} />
      )}
      <a href={hrefOf({ page: 'playlog', site: id })}>{t('moreInPlaylog')}</a>
    </section>
  )
}

const Orders = (props: { readonly status: StatusReport }) => {
  const { t, lang } = useT()
  const { orders } = useStore()
  const known = (id: string) => orders.value.find((o) => o.order.id === id)?.order
  return (
    <section class="card">
      <h2>{t('ordersHere')}</h2>
      {props.status.orders.length === 0 && <Empty>{t('noOrdersHere')}</Empty>}
      <ul class="plain">
        {props.status.orders.map((o) => (
          <li key={o.id}>
            <StatusMark status={known(o.id)?.status ?? null} /> <strong>{ORDER_CLASS_NAMES[o.class][lang]}</strong> ·{' '}
            {t(`order-${o.state}`)} · {o.headline}
            <br />
            <span class="dim">
              <span class="mono">{o.id}</span> · {t('until')} {stamp(o.expiresAt)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

const Device = (props: { readonly site: SiteView; readonly status: StatusReport }) => {
  const { status: s, site } = props
  const { t, tf, lang } = useT()
  const d = s.display
  const yesNo = (v: boolean | null): string => (v === null ? t('unknown') : v ? t('yes') : t('no'))
  return (
    <section class="card">
      <h2>{t('device')}</h2>
      <dl class="facts facts-2">
        <Fact label={t('controllerLink')} tone={d.link === 'up' ? null : 'bad'}>
          {t(`link-${d.link}`)}
          {d.fault !== null && `: ${d.fault}`}
        </Fact>
        <Fact label={t('controllerModel')} tone={null}>
          {d.model ?? t('unknown')} {d.firmware !== null && <span class="dim">{d.firmware}</span>}
        </Fact>
        <Fact label={t('input')} tone={null}>
          {d.input ?? t('unknown')}
        </Fact>
        <Fact label={t('blackout')} tone={null}>
          {yesNo(d.blackout)}
        </Fact>
        <Fact label={t('freeze')} tone={d.freeze === true ? 'warn' : null}>
          {yesNo(d.freeze)}
        </Fact>
        <Fact label={t('testPattern')} tone={d.testPattern !== null && d.testPattern !== 'none' ? 'warn' : null}>
          {d.testPattern === null ? t('unknown') : d.testPattern === 'none' ? t('no') : d.testPattern}
        </Fact>
        <Fact label={t('cards')} tone={null}>
          {d.cards ?? t('unknown')}
        </Fact>
        <Fact label={t('player')} tone={s.player.state === 'up' ? null : 'bad'}>
          {s.player.state === 'up' ? t('playerUp') : (s.player.fault ?? t('playerDown'))}
          <span class="dim"> · {tf('restarts', { n: s.player.restarts })}</span>
        </Fact>
        <Fact label={t('schedule')} tone={s.schedule.refused > 0 ? 'warn' : null}>
          v{s.schedule.version} · {tf('itemsN', { n: s.schedule.items })}
          {s.schedule.refused > 0 && ` · ${tf('refusedN', { n: s.schedule.refused })}`}
        </Fact>
        <Fact label={t('assets')} tone={s.assets.have < s.assets.want ? 'warn' : null}>
          {s.assets.have}/{s.assets.want} · {bytes(s.assets.bytes)}
          {s.assets.waiting !== null && ` · ${ASSET_WAIT_NAMES[s.assets.waiting][lang]}`}
        </Fact>
        <Fact label={t('playlogHead')} tone={s.playlog.writable ? null : 'bad'}>
          {s.playlog.head} · {tf('notSentN', { n: Math.max(0, s.playlog.head + 1 - s.playlog.uploaded) })}
        </Fact>
        <Fact label={t('hubHas')} tone={null}>
          {Math.max(0, site.evidenceNext - 1)}
        </Fact>
        <Fact label={t('process')} tone={null}>
          {bytes(s.process.rssBytes)} · {tf('upFor', { time: hoursMinutes(s.process.uptimeMs) })}
        </Fact>
        <Fact label={t('version')} tone={null}>
          {s.version} · {tf('registryV', { n: s.registry })}
        </Fact>
      </dl>
    </section>
  )
}

/** What stands at this cluster, or stood: the newest few, and the way to all. */
const SHOWN_INCIDENTS = 5
const SiteIncidents = (props: { readonly site: SiteView }) => {
  const store = useStore()
  const { t, tf, lang } = useT()
  const denied = useDenied('incident.report')
  const [reporting, setReporting] = useState(false)
  const here = store.incidents.value.filter((i) => i.site === props.site.id)
  const open = here.filter(isOpen)
  const shown = listed(open, [], { state: 'all', type: null, text: '' }).slice(0, SHOWN_INCIDENTS)
  return (
    <section class="card" data-testid="site-incidents">
      <h2>{t('siteIncidents')}</h2>
      <Fault fault={store.incidentsFault.value} testid="site-incidents-fault" />
      {open.length === 0 && store.incidentsLoaded.value && <Empty>{t('noOpenIncidents')}</Empty>}
      <ul class="plain">
        {shown.map((i) => (
          <li key={i.id} class="incident-brief">
            <IncidentMarks incident={i} />
            <a href={hrefOf({ page: 'incident', incident: i.id })}>{i.title[lang]}</a>
            <span class="dim">{stamp(i.openedAt)}</span>
          </li>
        ))}
      </ul>
      <div class="actions">
        <Act testid="site-report" kind="plain" busy={false} blocked={denied} onPress={() => setReporting(true)}>
          {t('reportIncident')}
        </Act>
        <a href={hrefOf({ page: 'incidents', query: `state=all&q=${encodeURIComponent(props.site.id)}` })}>
          {tf('allIncidentsHere', { n: here.length })}
        </a>
      </div>
      {reporting && (
        <ReportDialog site={props.site.id} onClose={() => setReporting(false)} onMade={() => setReporting(false)} />
      )}
    </section>
  )
}

const Links = (props: { readonly site: SiteView }) => {
  const { t } = useT()
  const { site } = props
  const query = addressOf({ ...emptySearch(), site: site.id })
  return (
    <nav class="links" aria-label={t('siteLinks')}>
      <a class="btn btn-plain" href={hrefOf({ page: 'schedule', site: site.id })} data-testid="site-schedule">
        {t('editSchedule')}
      </a>
      <a class="btn btn-plain" href={hrefOf({ page: 'playlog', site: null, query })} data-testid="site-plays">
        {t('navPlaylog')}
      </a>
      {site.technicianPage !== null && /^https?:\/\//.test(site.technicianPage) && (
        <a class="btn btn-plain" href={site.technicianPage} rel="noreferrer" target="_blank">
          {t('technicianPage')} <span aria-hidden="true">↗</span>
        </a>
      )}
    </nav>
  )
}

export const SitePage = (props: { readonly site: string; readonly query: string }) => {
  const { siteById, loaded, orders } = useStore()
  const { t, tf } = useT()
  // Only this cluster: the page of one must not be drawn anew because another one said something.
  const site = useComputed(() => siteById.value.get(props.site)).value
  if (site === undefined) return <Empty>{loaded.value ? tf('noSuchSite', { site: props.site }) : t('loading')}</Empty>
  const s = site.status
  const exercise = showsExercise(site, orders.value)
  return (
    <>
      <div class="page-head">
        <div>
          <a href={hrefOf({ page: 'clusters' })}>← {t('navClusters')}</a>
          <h1>{site.name}</h1>
          <span class="dim">
            <span class="mono">{site.id}</span> · {unitName(site.unitCode)} ({tf('unitCode', { code: site.unitCode })})
            · {tf('contentBy', { name: site.contentOperator })} · {tf('assetBy', { name: site.assetOperator })} ·{' '}
            {t(`life-${site.lifecycle}`)}
            {site.sample && ` · ${t('sample')}`}
          </span>
        </div>
        <Links site={site} />
      </div>
      <div class="site-grid">
        <div class="stack-cards">
          <section class="card">
            <p class="summary">
              <HealthTag site={site} exercise={exercise} /> <Connection site={site} />
            </p>
            <Glass site={site} eager={true} />
            {s === null ? <Empty>{t('noStatus')}</Empty> : <OnNow status={s} exercise={exercise} />}
            <HeldByHand site={site} />
            {s !== null && <Readings site={site} status={s} />}
          </section>
          {s !== null && <Orders status={s} />}
        </div>
        <div class="stack-cards">
          <section class="card">
            <h2>{t('activeFaults')}</h2>
            {s === null || s.faults.length === 0 ? (
              <Empty>{s === null ? t('noStatus') : t('noFaults')}</Empty>
            ) : (
              <FaultList faults={s.faults} advise={true} />
            )}
          </section>
          <SiteIncidents site={site} />
        </div>
        <DayCard site={site.id} query={props.query} />
        {s !== null && <Device site={site} status={s} />}
        <Enrol site={site.id} page={site.technicianPage} />
        <Recent site={site} />
      </div>
    </>
  )
}
