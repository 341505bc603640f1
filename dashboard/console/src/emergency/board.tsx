import type { OrderSite, OrderView } from '#core/contract/api.ts'
import { nameOf, ORDER_END_NAMES, ORDER_REFUSAL_NAMES, PROOF_NAMES } from '#core/contract/words.ts'
import { HAZARD_NAMES, type Order } from '#core/emergency/order.ts'
import { clock, countdown, latency, stamp } from '../format.ts'
import { ORDER_CLASS_NAMES, useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Act, Tag, type Tone, useDenied } from '../ui/bits.tsx'
import { type Stage, stageOf } from './progress.ts'

const STAGE_TONES: { readonly [S in Stage]: Tone } = {
  refused: 'bad',
  ended: 'off',
  shown: 'ok',
  accepted: 'info',
  sent: 'info',
  waiting: 'info',
  silent: 'warn',
  missed: 'warn',
}

/** Red for real, blue and dashed for an exercise, each with its word: the two can never be taken for one another. */
export const StatusMark = (props: { readonly status: Order['status'] | null }) => {
  const { t } = useT()
  // An order the hub did not list: nobody can say which it is.
  if (props.status === null) return null
  return props.status === 'actual' ? (
    <span class="mark mark-actual">■ {t('actualMark')}</span>
  ) : (
    <span class="mark mark-exercise">◇ {props.status === 'exercise' ? t('exerciseMark') : t('testMark')}</span>
  )
}

export const RiskMark = (props: { readonly level: number }) => {
  const { tf } = useT()
  return <span class={`risk risk-${props.level}`}>{tf('riskN', { n: props.level })}</span>
}

/** Why a site refused, or why nothing is heard of it. */
const Reason = (props: { readonly row: OrderSite; readonly stage: Stage }) => {
  const { t, lang } = useT()
  const { row, stage } = props
  if (stage === 'refused' && row.refused !== null) {
    const [code = '', ...detail] = row.refused.split(':')
    return <>{[nameOf(ORDER_REFUSAL_NAMES, code.trim())[lang], ...detail].join(':')}</>
  }
  if (stage === 'silent') return <>{t('silentWhy')}</>
  if (stage === 'ended' && row.endReason !== null) return <>{nameOf(ORDER_END_NAMES, row.endReason)[lang]}</>
  return null
}

const Row = (props: { readonly row: OrderSite; readonly view: OrderView }) => {
  const { row, view } = props
  const { releasedAt } = view
  const { t, lang, tf } = useT()
  const { sites } = useStore()
  const stage = stageOf(row, view.state === 'open')
  const site = sites.value.find((s) => s.id === row.site)
  // What a cluster showed it showed; whether it still does, nobody knows once it is out of reach.
  const lost = stage === 'shown' && site?.connected === false
  const step = (at: number | null, after: number | null) =>
    at === null ? (
      <span class="dim">–</span>
    ) : (
      <>
        <span class="mono">{clock(at)}</span>
        <span class="after"> {tf('pressToHere', { time: latency(at - releasedAt) })}</span>
        {after !== null && <span class="after"> {tf('atEdge', { time: latency(after) })}</span>}
      </>
    )
  return (
    <tr data-testid={`board-${view.order.id}-${row.site}`} data-stage={stage}>
      <th scope="row" data-label={t('cluster')}>
        {site?.name ?? row.site}
        <br />
        <span class="dim mono">{row.site}</span>
      </th>
      <td data-label={t('state')}>
        <Tag tone={STAGE_TONES[stage]}>{t(`stage-${stage}`)}</Tag>
        <span class="reason">
          <Reason row={row} stage={stage} />
          {lost && <Tag tone="warn">{t('lostSince')}</Tag>}
        </span>
      </td>
      <td data-label={t('stage-sent')}>{step(row.sentAt, null)}</td>
      {/* The edge stamps acceptance with the order's arrival, so its own span says nothing: only the hub's time is shown. */}
      <td data-label={t('stage-accepted')}>{step(row.acceptedAt, null)}</td>
      <td data-label={t('stage-shown')}>
        {step(row.shownAt, row.shownAfterMs)}
        {row.proof !== null && <span class="after"> {nameOf(PROOF_NAMES, row.proof)[lang]}</span>}
      </td>
      <td data-label={t('stage-ended')}>{row.endedAt === null ? <span class="dim">–</span> : clock(row.endedAt)}</td>
    </tr>
  )
}

const Left = (props: { readonly expiresAt: number }) => {
  const { now } = useStore()
  const { tf } = useT()
  return <span class="mono">{tf('endsIn', { time: countdown(props.expiresAt - now.value) })}</span>
}

/** Live delivery of one order, cluster by cluster. */
export const Board = (props: { readonly view: OrderView; readonly onEnd: (() => void) | null }) => {
  const { view } = props
  const { t, tf, lang } = useT()
  const denied = useDenied('order.cancel')
  const { order } = view
  const main = order.texts[0]
  return (
    <article
      class={`card order ${order.status === 'actual' ? 'order-actual' : 'order-exercise'}`}
      data-testid={`order-${order.id}`}
      data-state={view.state}
    >
      <header class="order-head">
        <div>
          <p class="order-marks">
            <StatusMark status={order.status} />
            <strong>{ORDER_CLASS_NAMES[order.class][lang]}</strong>
            {order.extendFrames === undefined && <span>{HAZARD_NAMES[order.hazard][lang]}</span>}
            {order.riskLevel !== null && <RiskMark level={order.riskLevel} />}
          </p>
          <h3>{main?.headline ?? (order.extendFrames === undefined ? t('noText') : t('extendsFrames'))}</h3>
          {main !== undefined && <p class="instruction">{main.instruction}</p>}
          <p class="dim">
            {order.authority.name} · {order.authority.document ?? t('noDocument')} · {view.issuerName} ·{' '}
            {stamp(view.releasedAt)} · <span class="mono">{order.id}</span>
          </p>
        </div>
        <div class="order-side">
          {view.state === 'open' ? (
            <Left expiresAt={order.expiresAt} />
          ) : (
            <Tag tone="off">{t(`order-${view.state}`)}</Tag>
          )}
          <span class="dim">{tf('untilTime', { time: stamp(order.expiresAt) })}</span>
          {props.onEnd !== null && (
            <Act testid={`order-end-${order.id}`} kind="danger" busy={false} blocked={denied} onPress={props.onEnd}>
              {t('endOrder')}
            </Act>
          )}
        </div>
      </header>
      <div class="table-box">
        <table class="stack board">
          <thead>
            <tr>
              <th scope="col">{t('cluster')}</th>
              <th scope="col">{t('state')}</th>
              <th scope="col">{t('stage-sent')}</th>
              <th scope="col">{t('stage-accepted')}</th>
              <th scope="col">{t('stage-shown')}</th>
              <th scope="col">{t('stage-ended')}</th>
            </tr>
          </thead>
          <tbody>
            {view.sites.map((row) => (
              <Row key={row.site} row={row} view={view} />
            ))}
          </tbody>
        </table>
      </div>
    </article>
  )
}
