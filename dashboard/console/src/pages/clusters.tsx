import { memo } from 'preact/compat'
import type { OrderView, SiteView } from '#core/contract/api.ts'
import { FAULTS, isFaultId } from '#core/contract/faults.ts'
import type { PeriodStatus, StatusReport } from '#core/contract/link.ts'
import { PROOF_NAMES } from '#core/contract/words.ts'
import { clock, hoursMinutes, hoursMinutesUp, latency, stamp } from '../format.ts'
import { CLASS_NAMES, PERIOD_NAMES, RANK_NAMES, useT } from '../i18n.ts'
import { hrefOf } from '../route.ts'
import { useStore } from '../store.tsx'
import { Empty, Fact, Tag, type Tone } from '../ui/bits.tsx'
import { Glass } from '../ui/panel.tsx'

type Health = 'inventory' | 'away' | 'bad' | 'warn' | 'emergency' | 'exercise' | 'ok'
const HEALTH_TONES: { readonly [H in Health]: Tone } = {
  inventory: 'off',
  away: 'bad',
  bad: 'bad',
  warn: 'warn',
  emergency: 'bad',
  exercise: 'exercise',
  ok: 'ok',
}

/** Is what this cluster shows an exercise? Only the order itself says so, and an exercise must never look like the real thing. */
export const showsExercise = (site: SiteView, orders: readonly OrderView[]): boolean => {
  const id = site.status?.screen.order ?? null
  return id !== null && orders.some((o) => o.order.id === id && o.order.status !== 'actual')
}

/** One word for a cluster. Being out of reach comes first: everything else is then only what was last known. */
export const healthOf = (site: SiteView, exercise: boolean): Health => {
  if (site.lifecycle !== 'ACTIVE' && !site.connected) return 'inventory'
  if (!site.connected || site.status === null) return 'away'
  const severities = site.status.faults.map((f) => (isFaultId(f.id) ? FAULTS[f.id].severity : 'critical'))
  if (severities.includes('critical')) return 'bad'
  if (exercise) return 'exercise'
  if (site.status.screen.rank === 'emergency' || site.status.screen.rank === 'safety-blank') return 'emergency'
  return severities.length > 0 ? 'warn' : 'ok'
}

export const HealthTag = (props: { readonly site: SiteView; readonly exercise: boolean }) => {
  const { t } = useT()
  const health = healthOf(props.site, props.exercise)
  return <Tag tone={HEALTH_TONES[health]}>{t(`health-${health}`)}</Tag>
}

export const FaultList = (props: { readonly faults: StatusReport['faults'] }) => {
  const { lang } = useT()
  return (
    <ul class="faults">
      {props.faults.map((f) => {
        const known = isFaultId(f.id) ? FAULTS[f.id] : null
        return (
          <li key={f.id + f.detail} class={known?.severity === 'warning' ? 'tone-warn' : 'tone-bad'}>
            <span aria-hidden="true">{known?.severity === 'warning' ? '▲ ' : '✕ '}</span>
            <strong>{known === null ? f.id : known[lang]}</strong>
            {f.detail !== '' && <span class="detail">: {f.detail}</span>}
          </li>
        )
      })}
    </ul>
  )
}

/** Delivered, emergency and owed, against the floor of Art. 8.1. The same three figures stand beside it in words. */
export const AirtimeBar = (props: { readonly period: PeriodStatus }) => {
  const { period } = props
  const { t, tf, lang } = useT()
  const shown = period.deliveredMs
  // Where the policy counts emergencies they are a part of what was delivered (reading A8).
  const emergency = Math.min(period.emergencyMs, period.deliveredMs)
  const whole = Math.max(1, period.floorMs, shown)
  const share = (ms: number): string => `${(Math.max(0, ms) / whole) * 100}%`
  const done = period.owedMs <= 0
  const absent = period.recordedMs === 0 && period.leftMs === 0
  const state = done ? 'ok' : period.feasible || absent ? 'info' : 'bad'
  const word = done ? t('airDone') : absent ? t('airAbsent') : period.feasible ? t('airGoing') : t('airMissed')
  return (
    <div class="air">
      <div class="air-head">
        <span>{PERIOD_NAMES[period.period][lang]}</span>
        <span class="mono">
          {hoursMinutes(shown)} / {hoursMinutes(period.floorMs)}
        </span>
        <Tag tone={state}>{word}</Tag>
      </div>
      <div
        class="air-bar"
        role="img"
        aria-label={tf('airLabel', { shown: hoursMinutes(shown), floor: hoursMinutes(period.floorMs) })}
      >
        <span class="air-delivered" style={{ width: share(shown - emergency) }} />
        <span class="air-emergency" style={{ width: share(emergency) }} />
      </div>
      <div class="air-foot">
        <span>{tf('airDelivered', { time: hoursMinutes(period.deliveredMs) })}</span>
        <span>{tf('airEmergency', { time: hoursMinutes(period.emergencyMs) })}</span>
        <span>{tf('airOwed', { time: hoursMinutesUp(period.owedMs) })}</span>
      </div>
    </div>
  )
}

const temperatureTone = (s: StatusReport): Tone | null =>
  s.faults.some((f) => f.id === 'over-temperature') ? 'warn' : s.display.temperature === null ? 'off' : null

const clockTone = (site: SiteView, s: StatusReport): Tone | null =>
  s.clock.quality === 'unset'
    ? 'bad'
    : s.clock.quality === 'holdover' || Math.abs(site.clockOffsetMs ?? 0) > 2000
      ? 'warn'
      : null

/** The readings of a card: the display as its controller last told us, not as we would like it. */
export const Readings = (props: { readonly site: SiteView; readonly status: StatusReport }) => {
  const { site, status } = props
  const { t } = useT()
  const d = status.display
  const unit = (value: number | null, text: string): string => (value === null ? t('unknown') : `${value}${text}`)
  const differs = d.brightness !== null && Math.abs(d.brightness - d.wantBrightness) > 1
  return (
    <dl class="facts">
      <Fact label={t('power')} tone={status.power === 'on' ? null : 'off'}>
        {status.power === 'on' ? t('on') : t('off')}
      </Fact>
      <Fact label={t('brightness')} tone={differs ? 'warn' : null}>
        {unit(d.brightness, ' %')} <span class="dim">/ {d.wantBrightness} %</span>
      </Fact>
      <Fact label={t('signal')} tone={d.signal === false ? 'bad' : d.signal === null ? 'off' : null}>
        {d.signal === null ? t('unknown') : d.signal ? t('signalYes') : t('signalNo')}
      </Fact>
      <Fact label={t('temperature')} tone={temperatureTone(status)}>
        {unit(d.temperature, ' °C')}
      </Fact>
      <Fact label={t('voltage')} tone={d.voltage === null ? 'off' : null}>
        {unit(d.voltage, ' V')}
      </Fact>
      <Fact label={t('clock')} tone={clockTone(site, status)}>
        {t(`clock-${status.clock.quality}`)}
        {site.clockOffsetMs !== null && <span class="dim"> {latency(site.clockOffsetMs)}</span>}
      </Fact>
    </dl>
  )
}

/** What is on the screen now, by which claim, since when, why, and how we know. */
export const OnNow = (props: { readonly status: StatusReport; readonly exercise: boolean }) => {
  const { screen } = props.status
  const { t, lang, tf } = useT()
  const loud = !props.exercise && (screen.rank === 'emergency' || screen.rank === 'safety-blank')
  return (
    <div class="onnow">
      <div class="onnow-head">
        {props.exercise ? (
          <span class="mark mark-exercise">◇ {t('exerciseMark')}</span>
        ) : (
          <span class={`rank rank-${screen.rank}`}>{RANK_NAMES[screen.rank][lang]}</span>
        )}
        <span class="dim">{tf('since', { time: clock(screen.since) })}</span>
      </div>
      <p class={loud ? 'onnow-title tone-bad' : 'onnow-title'}>
        {screen.title === '' ? t(`show-${screen.show}`) : screen.title}
      </p>
      <p class="dim onnow-why">
        {/* Why is a sentence, or nothing; what follows it is not one. */}
        {[screen.why.replace(/\.$/, ''), PROOF_NAMES[screen.proof][lang], t(`lit-${screen.lit}`)]
          .filter((part) => part !== '')
          .join(' · ')}
      </p>
    </div>
  )
}

export const Connection = (props: { readonly site: SiteView }) => {
  const { site } = props
  const { t, tf } = useT()
  if (site.connected) return <Tag tone="ok">{t('connected')}</Tag>
  return (
    <Tag tone="bad">{site.lastSeen === null ? t('neverSeen') : tf('awaySince', { time: stamp(site.lastSeen) })}</Tag>
  )
}

const Card = memo((props: { readonly site: SiteView; readonly exercise: boolean }) => {
  const { site, exercise } = props
  const { t, lang, tf } = useT()
  const status = site.status
  const floors = status?.airtime.periods.filter((p) => p.period === 'morning' || p.period === 'afternoon') ?? []
  return (
    <article
      class={`card site health-${healthOf(site, exercise)}`}
      data-testid={`site-${site.id}`}
      aria-labelledby={`n-${site.id}`}
    >
      <header>
        <div>
          <h2 id={`n-${site.id}`}>
            <a href={hrefOf({ page: 'site', site: site.id })}>{site.name}</a>
          </h2>
          <HealthTag site={site} exercise={exercise} />
        </div>
        <span class="dim">
          <span class="mono">{site.id}</span> · {CLASS_NAMES[site.clusterClass][lang]} · {site.panel.width}×
          {site.panel.height}
          {site.sample && ` · ${t('sample')}`}
        </span>
      </header>
      <Glass site={site} eager={false} />
      {status === null ? (
        <p class="empty">{t('noStatus')}</p>
      ) : (
        <>
          <OnNow status={status} exercise={exercise} />
          <Readings site={site} status={status} />
          {floors.map((p) => (
            <AirtimeBar key={p.period} period={p} />
          ))}
          {status.faults.length > 0 && <FaultList faults={status.faults} />}
        </>
      )}
      <footer>
        <Connection site={site} />
        {status !== null && site.connected && (
          <span class="dim">{tf('statusAt', { time: stamp(site.lastSeen ?? status.clock.wall) })}</span>
        )}
      </footer>
    </article>
  )
})

export const Clusters = () => {
  const { sites, loaded, orders } = useStore()
  const { t, tf } = useT()
  const all = sites.value
  const count = (wanted: readonly Health[]) =>
    all.filter((s) => wanted.includes(healthOf(s, showsExercise(s, orders.value)))).length
  return (
    <>
      <div class="page-head">
        <h1>{t('navClusters')}</h1>
        <p class="summary" data-testid="site-summary">
          <span>{tf('sumAll', { n: all.length })}</span>
          <Tag tone="ok">{tf('sumOk', { n: count(['ok', 'emergency', 'exercise']) })}</Tag>
          <Tag tone="warn">{tf('sumWarn', { n: count(['warn']) })}</Tag>
          <Tag tone="bad">{tf('sumBad', { n: count(['bad', 'away']) })}</Tag>
        </p>
      </div>
      {all.length === 0 && <Empty>{loaded.value ? t('noSites') : t('loading')}</Empty>}
      <div class="wall">
        {all.map((site) => (
          <Card key={site.id} site={site} exercise={showsExercise(site, orders.value)} />
        ))}
      </div>
    </>
  )
}
