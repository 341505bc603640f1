import { useState } from 'preact/hooks'
import type { OrderView } from '#core/contract/api.ts'
import { HAZARD_NAMES } from '#core/emergency/order.ts'
import { Board, StatusMark } from '../emergency/board.tsx'
import { CancelDialog } from '../emergency/dialogs.tsx'
import { emptyDraft } from '../emergency/draft.ts'
import { OrderForm } from '../emergency/form.tsx'
import { figuresOf, inForce } from '../emergency/progress.ts'
import { stamp } from '../format.ts'
import { ORDER_CLASS_NAMES, useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Act, Empty, Tag, useDenied } from '../ui/bits.tsx'

const Figure = (props: {
  readonly testid: string
  readonly label: string
  readonly value: string
  readonly note: string
  readonly tone: 'bad' | 'warn' | 'ok' | 'plain' | 'exercise'
}) => (
  <div class={`figure figure-${props.tone}`} data-testid={props.testid}>
    <span class="figure-value">{props.value}</span>
    <span class="figure-label">{props.label}</span>
    <span class="dim">{props.note}</span>
  </div>
)

const FourFigures = () => {
  const { orders, sites } = useStore()
  const { t, tf } = useT()
  const f = figuresOf(orders.value, sites.value)
  const some = f.actual + f.exercise
  return (
    <section class="figures" aria-label={t('figures')}>
      <Figure
        testid="figure-inforce"
        label={t('figInForce')}
        value={String(some)}
        note={some === 0 ? t('none') : tf('figKinds', { actual: f.actual, exercise: f.exercise })}
        tone={f.actual > 0 ? 'bad' : f.exercise > 0 ? 'exercise' : 'plain'}
      />
      <Figure
        testid="figure-reached"
        label={t('figReached')}
        value={`${f.reached}/${f.targeted}`}
        note={t('figReachedNote')}
        tone={f.targeted > 0 && f.reached === f.targeted ? 'ok' : f.targeted > 0 ? 'warn' : 'plain'}
      />
      <Figure
        testid="figure-connected"
        label={t('figConnected')}
        value={`${f.connected}/${f.sites}`}
        note={t('figConnectedNote')}
        tone={f.sites === 0 ? 'plain' : f.connected === f.sites ? 'ok' : 'warn'}
      />
      <Figure
        testid="figure-silent"
        label={t('figSilent')}
        value={String(f.silent)}
        note={t('figSilentNote')}
        tone={f.silent > 0 ? 'warn' : 'plain'}
      />
    </section>
  )
}

/** Real and exercise are two doors, far apart in colour, shape and words; behind each there is no way to the other (peers.md §6). */
const Chooser = () => {
  const store = useStore()
  const { t } = useT()
  const denied = useDenied('order.release')
  return (
    <section class="chooser" aria-label={t('newOrder')}>
      <Act
        testid="order-start-actual"
        kind="danger"
        busy={false}
        blocked={denied}
        onPress={() => (store.draft.value = emptyDraft('actual'))}
      >
        ■ {t('newActual')}
      </Act>
      <Act
        testid="order-start-exercise"
        kind="exercise"
        busy={false}
        blocked={denied}
        onPress={() => (store.draft.value = emptyDraft('exercise'))}
      >
        ◇ {t('newExercise')}
      </Act>
    </section>
  )
}

const History = (props: { readonly orders: readonly OrderView[] }) => {
  const { t, tf, lang } = useT()
  const [open, setOpen] = useState<string | null>(null)
  if (props.orders.length === 0) return <Empty>{t('noHistory')}</Empty>
  return (
    <ul class="plain history" data-testid="order-history">
      {props.orders.map((view) => {
        const { order } = view
        const reached = view.sites.filter((s) => s.shownAt !== null).length
        const refused = view.sites.filter((s) => s.refused !== null).length
        return (
          <li key={order.id}>
            <button
              type="button"
              class="history-row"
              aria-expanded={open === order.id}
              data-testid={`history-${order.id}`}
              onClick={() => setOpen(open === order.id ? null : order.id)}
            >
              <StatusMark status={order.status} />
              <span>
                <strong>{order.texts[0]?.headline ?? `${ORDER_CLASS_NAMES[order.class][lang]}`}</strong>
                <span class="dim">
                  {' '}
                  {stamp(view.releasedAt)} · {HAZARD_NAMES[order.hazard][lang]} · {view.issuerName}
                </span>
              </span>
              <span>
                <Tag tone="off">{t(`order-${view.state}`)}</Tag>
                <span class="dim">
                  {' '}
                  {tf('reachedOf', { n: reached, all: view.sites.length })}
                  {refused > 0 && ` · ${tf('refusedN', { n: refused })}`}
                </span>
              </span>
            </button>
            {open === order.id && <Board view={view} onEnd={null} />}
          </li>
        )
      })}
    </ul>
  )
}

export const Emergency = () => {
  const store = useStore()
  const { t } = useT()
  const [ending, setEnding] = useState<OrderView | null>(null)
  const open = inForce(store.orders.value)
  const past = store.orders.value.filter((o) => o.state !== 'open' && o.order.action !== 'cancel')
  const draft = store.draft.value
  return (
    <>
      <div class="page-head">
        <h1>{t('navEmergency')}</h1>
      </div>
      <FourFigures />
      {/* Above the boards, so that on a phone a new order is within the thumb's reach however many are in force. */}
      {draft === null ? <Chooser /> : <OrderForm draft={draft} onDone={() => (store.draft.value = null)} />}
      {open.map((view) => (
        <Board key={view.order.id} view={view} onEnd={() => setEnding(view)} />
      ))}
      <section class="card">
        <h2>{t('history')}</h2>
        <History orders={past} />
      </section>
      {ending !== null && <CancelDialog view={ending} onClose={() => setEnding(null)} />}
    </>
  )
}
