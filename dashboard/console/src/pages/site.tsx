import { useEffect, useState } from 'preact/hooks'
import type { SiteView } from '#core/contract/api.ts'
import type { StatusReport } from '#core/contract/link.ts'
import type { PlayAnswer } from '#core/contract/operations.ts'
import { ASSET_WAIT_NAMES } from '#core/contract/words.ts'
import type { ApiFault } from '../api.ts'
import { StatusMark } from '../emergency/marks.tsx'
import { bytes, hoursMinutes, stamp } from '../format.ts'
import { ORDER_CLASS_NAMES, useT } from '../i18n.ts'
import { hrefOf } from '../route.ts'
import { useStore } from '../store.tsx'
import { Empty, Fact, Fault, useDenied } from '../ui/bits.tsx'
import { Enrol } from '../ui/enrol.tsx'
import { Glass } from '../ui/panel.tsx'
import { PlayTable } from '../ui/plays.tsx'
import { AirtimeBar, Connection, FaultList, HealthTag, OnNow, Readings, showsExercise } from './clusters.tsx'

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

export const SitePage = (props: { readonly site: string }) => {
  const { sites, loaded, orders } = useStore()
  const { t, tf } = useT()
  const site = sites.value.find((s) => s.id === props.site)
  if (site === undefined) return <Empty>{loaded.value ? tf('noSuchSite', { site: props.site }) : t('loading')}</Empty>
  const s = site.status
  const exercise = showsExercise(site, orders.value)
  return (
    <>
      <div class="page-head">
        <div>
          <a href="#/clusters">← {t('navClusters')}</a>
          <h1>{site.name}</h1>
          <span class="dim">
            <span class="mono">{site.id}</span> · {tf('unitCode', { code: site.unitCode })} · {site.contentOperator} /{' '}
            {site.assetOperator} · {t(`life-${site.lifecycle}`)}
            {site.sample && ` · ${t('sample')}`}
          </span>
        </div>
        <p class="summary">
          <HealthTag site={site} exercise={exercise} /> <Connection site={site} />
          <a class="btn btn-plain" href={hrefOf({ page: 'schedule', site: site.id })} data-testid="site-schedule">
            {t('editSchedule')}
          </a>
        </p>
      </div>
      <div class="site-grid">
        <div class="stack-cards">
          <section class="card">
            <Glass site={site} eager={true} />
            {s === null ? <Empty>{t('noStatus')}</Empty> : <OnNow status={s} exercise={exercise} />}
            {s !== null && <Readings site={site} status={s} />}
            {site.technicianPage !== null && /^https?:\/\//.test(site.technicianPage) && (
              <a href={site.technicianPage} rel="noreferrer" target="_blank">
                {t('technicianPage')}
              </a>
            )}
          </section>
          {s !== null && <Orders status={s} />}
          <Enrol site={site.id} />
        </div>
        {s !== null && (
          <div class="stack-cards">
            <section class="card">
              <h2>{t('airtimeToday')}</h2>
              {s.airtime.periods
                .filter((p) => p.floorMs > 0)
                .map((p) => (
                  <AirtimeBar key={p.period} period={p} />
                ))}
              <h2>{t('activeFaults')}</h2>
              {s.faults.length === 0 ? <Empty>{t('noFaults')}</Empty> : <FaultList faults={s.faults} />}
            </section>
            <Device site={site} status={s} />
          </div>
        )}
        <Recent site={site} />
      </div>
    </>
  )
}
