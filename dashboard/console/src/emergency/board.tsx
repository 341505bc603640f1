import type { OrderSite, OrderView } from '#core/contract/api.ts'
import { nameOf, ORDER_END_NAMES, ORDER_REFUSAL_NAMES, PROOF_NAMES, RANK_NAMES } from '#core/contract/words.ts'
import { CURES_OF, MOST_AGAIN, ORDER_REFUSALS } from '#core/emergency/order.ts'
import { clock, countdown, latency, stamp } from '../format.ts'
import { useT } from '../i18n.ts'
import { hrefOf } from '../route.ts'
import { useStore } from '../store.tsx'
import { Act, Tag, type Tone, useDenied } from '../ui/bits.tsx'
import { documentState } from './follow.ts'
import { OrderMarks, OrderPicture, useHeadline } from './marks.tsx'
import { canBeCleared } from './prefill.ts'
import { coverOf, type Stage, silentRows, stageOf, withNow } from './progress.ts'

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

/** What a person can do about an order that is out; each its own control. */
export type OrderAction = 'end' | 'update' | 'clear' | 'document' | 'review'

/** What the hub does about a refusal that can pass, so that nobody has to guess whether to release it once more. */
const Again = (props: { readonly row: OrderSite; readonly code: string; readonly open: boolean }) => {
  const { t, tf } = useT()
  const { row, code, open } = props
  const { again, againAt } = row
  const cures = ORDER_REFUSALS.flatMap((r) => (r === code ? CURES_OF[r] : []))
  if (again === 0 && cures.length === 0) return null
  const said = [
    ...(again > 0 && againAt !== null && again < MOST_AGAIN ? [tf('againN', { n: again, time: clock(againAt) })] : []),
    ...(again >= MOST_AGAIN ? [tf('againOver', { n: again })] : []),
    ...(open && again < MOST_AGAIN ? cures.map((c) => t(`again-${c}`)) : []),
  ]
  return (
    <span class="after" data-testid={`again-${row.site}`}>
      {said.join(' · ')}
    </span>
  )
}

/** Why a site refused, or why nothing is heard of it. `open`: the order is still in force. */
export const Reason = (props: { readonly row: OrderSite; readonly stage: Stage; readonly open: boolean }) => {
  const { t, tf, lang } = useT()
  const { row, stage } = props
  if (stage === 'refused' && row.refused !== null) {
    const [code = '', ...detail] = row.refused.split(':')
    return (
      <>
        {[nameOf(ORDER_REFUSAL_NAMES, code.trim())[lang], ...detail].join(':')}
        <Again row={row} code={code.trim()} open={props.open} />
      </>
    )
  }
  if (stage === 'silent') return <>{t('silentWhy')}</>
  if (stage === 'ended' && row.endReason !== null) return <>{nameOf(ORDER_END_NAMES, row.endReason)[lang]}</>
  if (row.again > 0 && row.acceptedAt !== null) return <>{tf('againTaken', { n: row.again })}</>
  return null
}

/** One step's time, and how long after the press it was. */
export const StepTime = (props: {
  readonly at: number | null
  readonly after: number | null
  readonly from: number
}) => {
  const { tf } = useT()
  const { at, after, from } = props
  if (at === null) return <span class="dim">–</span>
  return (
    <>
      <span class="mono">{clock(at)}</span>
      <span class="after"> {tf('pressToHere', { time: latency(at - from) })}</span>
      {after !== null && <span class="after"> {tf('atEdge', { time: latency(after) })}</span>}
    </>
  )
}

const Row = (props: { readonly row: OrderSite; readonly view: OrderView }) => {
  const { row, view } = props
  const { t, tf, lang } = useT()
  const { sites } = useStore()
  const stage = stageOf(row, view.state === 'open')
  const site = sites.value.find((s) => s.id === row.site)
  // What a cluster showed it showed; whether it still does, nobody knows once it is out of reach.
  const lost = stage === 'shown' && site?.connected === false
  const cover = view.state === 'open' ? coverOf(row, view.order, site) : null
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
          <Reason row={row} stage={stage} open={view.state === 'open'} />
          {lost && <Tag tone="warn">{t('lostSince')}</Tag>}
          {cover !== null && <Tag tone="info">{tf('coveredBy', { rank: RANK_NAMES[cover][lang] })}</Tag>}
        </span>
      </td>
      <td data-label={t('stage-sent')}>
        <StepTime at={row.sentAt} after={null} from={view.releasedAt} />
      </td>
      {/* The edge stamps acceptance with the order's arrival, so its own span says nothing: only the hub's time is shown. */}
      <td data-label={t('stage-accepted')}>
        <StepTime at={row.acceptedAt} after={null} from={view.releasedAt} />
      </td>
      <td data-label={t('stage-shown')}>
        <StepTime at={row.shownAt} after={row.shownAfterMs} from={view.releasedAt} />
        {row.proof !== null && <span class="after"> {nameOf(PROOF_NAMES, row.proof)[lang]}</span>}
      </td>
      <td data-label={t('stage-ended')}>{row.endedAt === null ? <span class="dim">–</span> : clock(row.endedAt)}</td>
    </tr>
  )
}

/** A number that a telephone dials: digits and a leading plus. */
const dialled = (phone: string): string => phone.replaceAll(/[^\d+]/g, '')

/** Whom to call: on top of the board, longest silent first, because nobody else will. */
const Silent = (props: { readonly view: OrderView }) => {
  const { t, tf } = useT()
  const { sites, now } = useStore()
  const { view } = props
  const rows = view.state === 'open' ? silentRows(view) : []
  if (rows.length === 0) return null
  return (
    <section class="silent" aria-label={t('silentTitle')} data-testid={`silent-${view.order.id}`}>
      <h4>▲ {tf('silentN', { n: rows.length })}</h4>
      <ul class="plain">
        {rows.map((row) => (
          <li key={row.site} data-testid={`silent-${view.order.id}-${row.site}`}>
            <strong>{sites.value.find((s) => s.id === row.site)?.name ?? row.site}</strong>{' '}
            <span class="dim mono">{row.site}</span>
            <span>
              {row.silentSince === null
                ? t('neverSeen')
                : tf('silentSince', { time: stamp(row.silentSince), long: latency(now.value - row.silentSince) })}
              {' · '}
              {row.shownAt === null ? t('silentNotShown') : tf('silentShown', { time: clock(row.shownAt) })}
            </span>
            {row.contact === null ? (
              <span class="tone-bad">{t('silentNobody')}</span>
            ) : (
              <a class="call" href={`tel:${dialled(row.contact.phone)}`}>
                ☎ {row.contact.name} · {row.contact.phone}
              </a>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Who signed, under which number, and whether another person has looked at what one released alone. */
export const Hands = (props: { readonly view: OrderView }) => {
  const { t, tf } = useT()
  const { now } = useStore()
  const { view } = props
  const document = documentState(view, now.value)
  return (
    <p class="hands">
      {view.signers.length === 0 ? (
        <span>{view.issuerName}</span>
      ) : (
        view.signers.map((s) => <span key={s.user}>✎ {tf('signedBy', { name: s.name, time: clock(s.at) })}</span>)
      )}
      {document.state === 'has' && <span>{document.number}</span>}
      {document.state === 'none' && <span class="dim">{t('noDocument')}</span>}
      {document.state === 'due' && (
        <Tag tone="warn">{tf('documentDue', { time: countdown(document.at - now.value) })}</Tag>
      )}
      {document.state === 'late' && <Tag tone="bad">{tf('documentLate', { time: stamp(document.at) })}</Tag>}
      {view.review !== null &&
        (view.review.by === null ? (
          <Tag tone={view.review.dueAt < now.value ? 'bad' : 'warn'}>
            {tf('reviewDue', { time: stamp(view.review.dueAt) })}
          </Tag>
        ) : (
          <Tag tone="ok">{tf('reviewedBy', { name: view.review.by, time: stamp(view.review.at ?? 0) })}</Tag>
        ))}
    </p>
  )
}

const Acts = (props: { readonly view: OrderView; readonly onAct: (action: OrderAction) => void }) => {
  const store = useStore()
  const { t } = useT()
  const { view, onAct } = props
  const { order } = view
  const [release, cancel, review] = [useDenied('order.release'), useDenied('order.cancel'), useDenied('order.review')]
  const user = store.session.value?.user
  const document = documentState(view, store.now.value)
  const open = view.state === 'open' && !view.local
  const busy = store.draft.value === null ? null : t('formBusy')
  const own = view.signers.some((s) => s.user === user) ? t('reviewOwn') : null
  return (
    <div class="order-acts">
      {open && (
        <>
          <Act
            testid={`order-end-${order.id}`}
            kind={order.status === 'actual' ? 'danger' : 'exercise'}
            busy={false}
            blocked={cancel}
            onPress={() => onAct('end')}
          >
            {order.status === 'actual' ? '■' : '◇'} {t('retract')}
          </Act>
          <Act
            testid={`order-update-${order.id}`}
            kind="plain"
            busy={false}
            blocked={release ?? busy}
            onPress={() => onAct('update')}
          >
            ↻ {t('updateOrder')}
          </Act>
          {canBeCleared(order) && order.allClear !== true && (
            <Act
              testid={`order-clear-${order.id}`}
              kind="clear"
              busy={false}
              blocked={release ?? busy}
              onPress={() => onAct('clear')}
            >
              ✓ {t('allClear')}
            </Act>
          )}
        </>
      )}
      {!view.local && (document.state === 'due' || document.state === 'late') && (
        <Act
          testid={`order-document-${order.id}`}
          kind="plain"
          busy={false}
          blocked={release}
          onPress={() => onAct('document')}
        >
          № {t('documentAdd')}
        </Act>
      )}
      {view.review !== null && view.review.by === null && (
        <Act
          testid={`order-review-after-${order.id}`}
          kind="plain"
          busy={false}
          blocked={review ?? own}
          onPress={() => onAct('review')}
        >
          {t('reviewAfter')}
        </Act>
      )}
      <a class="btn" href={hrefOf({ page: 'order', order: order.id })} data-testid={`order-report-${order.id}`}>
        {t('report')}
      </a>
    </div>
  )
}

const Left = (props: { readonly view: OrderView }) => {
  const { now } = useStore()
  const { t, tf } = useT()
  const { order, state } = props.view
  return (
    <div class="order-side">
      {state === 'open' ? (
        <span class="time-left">{tf('endsIn', { time: countdown(order.expiresAt - now.value) })}</span>
      ) : (
        <Tag tone="off">{t(`order-${state}`)}</Tag>
      )}
      <span class="dim">{tf('untilTime', { time: stamp(order.expiresAt) })}</span>
    </div>
  )
}

export const DeliveryTable = (props: { readonly view: OrderView }) => {
  const { t } = useT()
  return (
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
          {props.view.sites.map((row) => (
            <Row key={row.site} row={row} view={props.view} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Live delivery of one order, cluster by cluster. */
export const Board = (props: { readonly view: OrderView; readonly onAct: (action: OrderAction) => void }) => {
  const { sites } = useStore()
  const view = withNow(props.view, sites.value)
  const { t, tf } = useT()
  const headline = useHeadline()
  const { order } = view
  const main = order.texts[0]
  const shown = view.sites.filter((s) => s.shownAt !== null).length
  return (
    <article
      class={`card order ${order.status === 'actual' ? 'order-actual' : 'order-exercise'}${order.allClear === true ? ' order-clear' : ''}`}
      data-testid={`order-${order.id}`}
      data-state={view.state}
    >
      <header class="order-head">
        <div>
          <OrderMarks order={order} />
          {view.local && (
            <p>
              <span class="mark mark-local">⌂ {t('localMark')}</span> <span class="dim">{t('localNote')}</span>
            </p>
          )}
          <h3>{headline(order)}</h3>
          {main !== undefined && <p class="instruction">{main.instruction}</p>}
          <OrderPicture order={order} />
          <p class="dim">
            {order.authority.name} · {stamp(view.releasedAt)} · <span class="mono">{order.id}</span>
          </p>
          <Hands view={view} />
        </div>
        <Left view={view} />
      </header>
      <Acts view={view} onAct={props.onAct} />
      <p role="status" class="dim" data-testid={`reached-${order.id}`}>
        {tf('reachedOf', { n: shown, all: view.sites.length })}
      </p>
      <Silent view={view} />
      <DeliveryTable view={view} />
    </article>
  )
}
