import { useEffect } from 'preact/hooks'
import type { SiteView } from '#core/contract/api.ts'
import { FAULTS, isFaultId } from '#core/contract/faults.ts'
import type { PeriodStatus, StatusReport } from '#core/contract/link.ts'
import { halfOf, heldWords, nameOf, PROOF_NAMES, SHORTFALL_NAMES } from '#core/contract/words.ts'
import { whyOf } from '../emergency/why.ts'
import { clock, hoursMinutes, hoursMinutesUp, latency, stamp } from '../format.ts'
import { PERIOD_NAMES, RANK_NAMES, useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Fact, Tag, type Tone } from '../ui/bits.tsx'
import { type FloorState, floorState } from './floor.ts'
import { byWeight, HEALTH_TONES, type Health, healthOf, isCritical } from './health.ts'

/** What the wall and the page of a cluster both show of it. */

export const HealthMark = (props: { readonly health: Health }) => {
  const { t } = useT()
  return <Tag tone={HEALTH_TONES[props.health]}>{t(`health-${props.health}`)}</Tag>
}

export const HealthTag = (props: { readonly site: SiteView; readonly exercise: boolean }) => (
  <HealthMark health={healthOf(props.site, props.exercise)} />
)

/** Text of the runbook: what stands in backticks is a command or a file. */
const Said = (props: { readonly text: string }) => (
  <>{props.text.split('`').map((part, n) => (n % 2 === 1 ? <code key={`${n}${part}`}>{part}</code> : part))}</>
)

/** What to do about a fault, from the runbook; nothing while it is not here or has no section. */
export const FaultAdvice = (props: { readonly fault: string; readonly open: boolean }) => {
  const store = useStore()
  const { t, lang } = useT()
  useEffect(() => void store.askRunbook(), [])
  const book = store.runbook.value
  const advice = book !== null && Object.hasOwn(book, props.fault) ? book[props.fault]?.[lang] : undefined
  if (advice === undefined) return null
  return (
    <details class="advice" open={props.open} data-testid={`advice-${props.fault}`}>
      <summary>{t('adviceTitle')}</summary>
      <dl>
        <dt>{t('adviceMeaning')}</dt>
        <dd>
          <Said text={advice.meaning} />
        </dd>
        <dt>{t('adviceLook')}</dt>
        <dd>
          <Said text={advice.look} />
        </dd>
        <dt>{t('adviceAct')}</dt>
        <dd>
          <Said text={advice.act} />
        </dd>
      </dl>
    </details>
  )
}

export const FaultLine = (props: { readonly fault: StatusReport['faults'][number] }) => {
  const { lang } = useT()
  const { fault: f } = props
  const name = isFaultId(f.id) ? FAULTS[f.id][lang] : f.id
  return (
    <>
      <span aria-hidden="true">{isCritical(f) ? '✕ ' : '▲ '}</span>
      <strong>{name}</strong>
      {f.detail !== '' && <span class="detail">: {halfOf(f.detail, lang)}</span>}
    </>
  )
}

/** `most`: the card of the wall has room for a few and says how many more there are. `advise`: with the runbook's text below each. */
export const FaultList = (props: {
  readonly faults: StatusReport['faults']
  readonly most?: number
  readonly advise?: boolean
}) => {
  const { tf } = useT()
  const all = byWeight(props.faults)
  const shown = all.slice(0, props.most ?? all.length)
  return (
    <ul class="faults">
      {shown.map((f) => (
        <li key={f.id + f.detail} class={isCritical(f) ? 'tone-bad' : 'tone-warn'}>
          <FaultLine fault={f} />
          {props.advise === true && <FaultAdvice fault={f.id} open={false} />}
        </li>
      ))}
      {all.length > shown.length && <li class="dim">{tf('moreFaults', { n: all.length - shown.length })}</li>}
    </ul>
  )
}

const FLOOR_TONES: { readonly [S in FloorState]: Tone } = {
  met: 'ok',
  absent: 'info',
  going: 'info',
  short: 'bad',
  missed: 'bad',
}

/** Delivered, emergency and owed, against the floor of Art. 8.1. The same figures stand beside it in words. */
export const AirtimeBar = (props: { readonly period: PeriodStatus; readonly brief?: boolean }) => {
  const { period } = props
  const { t, tf, lang } = useT()
  const shown = period.deliveredMs
  // Where the policy counts emergencies they are a part of what was delivered (reading A8).
  const emergency = Math.min(period.emergencyMs, period.deliveredMs)
  const whole = Math.max(1, period.floorMs, shown)
  const share = (ms: number): string => `${(Math.max(0, ms) / whole) * 100}%`
  const state = floorState(period)
  const words = t(`floor-${state}`)
  return (
    <div class={props.brief === true ? 'air air-brief' : 'air'}>
      <div class="air-head">
        <span>{PERIOD_NAMES[period.period][lang]}</span>
        <span class="mono">
          {hoursMinutes(shown)}
          {props.brief === true ? '/' : ' / '}
          {hoursMinutes(period.floorMs)}
        </span>
        <Tag tone={FLOOR_TONES[state]}>{words}</Tag>
      </div>
      <div
        class="air-bar"
        role="img"
        aria-label={tf('airLabel', { shown: hoursMinutes(shown), floor: hoursMinutes(period.floorMs) })}
      >
        <span class="air-delivered" style={{ width: share(shown - emergency) }} />
        <span class="air-emergency" style={{ width: share(emergency) }} />
      </div>
      {props.brief !== true && <FloorWords period={period} />}
    </div>
  )
}

/** Where a floor stands, as a sentence: delivered, owed, what is left of the period, whether it can still be met, and why not. */
const FloorWords = (props: { readonly period: PeriodStatus }) => {
  const { period: p } = props
  const { t, tf, lang } = useT()
  const state = floorState(p)
  const cause = p.cause === null ? t('causeUnknown') : nameOf(SHORTFALL_NAMES, p.cause)[lang]
  const values = {
    delivered: hoursMinutes(p.deliveredMs),
    floor: hoursMinutes(p.floorMs),
    owed: hoursMinutesUp(p.owedMs),
    left: hoursMinutes(p.leftMs),
    short: hoursMinutesUp(p.shortMs),
    cause,
  }
  return (
    <p class="air-foot">
      <span>{tf(`floorSays-${state}`, values)}</span>
      {p.emergencyMs > 0 && <span>{tf('airEmergency', { time: hoursMinutes(p.emergencyMs) })}</span>}
    </p>
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
  const { orders } = useStore()
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
        {[whyOf(screen, orders.value, lang), PROOF_NAMES[screen.proof][lang], t(`lit-${screen.lit}`)]
          .filter((part) => part !== '')
          .join(' · ')}
      </p>
    </div>
  )
}

/**
 * What somebody at the site holds, and when it is given back by itself. The time is the hub's: what the edge says is left, from its own clock less
 * what that is ahead.
 */
export const HeldByHand = (props: { readonly site: SiteView }) => {
  const { tf, lang } = useT()
  const { status, clockOffsetMs, id } = props.site
  const held = status?.manual ?? []
  if (status === null || held.length === 0) return null
  const now = status.clock.wall - (clockOffsetMs ?? 0)
  return (
    <ul class="held" data-testid={`held-${id}`}>
      {held.map((one) => (
        <li key={one.what}>
          <span aria-hidden="true">▲</span>{' '}
          {tf('heldBy', { person: one.person, what: heldWords(one)[lang], time: clock(now + one.leftMs).slice(0, 5) })}
        </li>
      ))}
    </ul>
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
