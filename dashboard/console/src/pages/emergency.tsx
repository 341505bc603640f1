import { useEffect, useState } from 'preact/hooks'
import type { OrderView } from '#core/contract/api.ts'
import { halfOf } from '#core/contract/words.ts'
import { HAZARD_NAMES } from '#core/emergency/order.ts'
import { Board, type OrderAction } from '../emergency/board.tsx'
import { CancelDialog, DocumentDialog, ReviewDialog } from '../emergency/dialogs.tsx'
import { emptyDraft, isAboutDanger, type OrderDraft } from '../emergency/draft.ts'
import { OrderForm } from '../emergency/form.tsx'
import { Inbox } from '../emergency/inbox.tsx'
import { StatusMark, useHeadline } from '../emergency/marks.tsx'
import { PendingOrders } from '../emergency/pending.tsx'
import { allClearOf, updateOf } from '../emergency/prefill.ts'
import { figuresOf, inForce, isShowing } from '../emergency/progress.ts'
import { stamp } from '../format.ts'
import { useT } from '../i18n.ts'
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
        tone={f.actual > f.clear ? 'bad' : f.clear > 0 ? 'ok' : f.exercise > 0 ? 'exercise' : 'plain'}
      />
      <Figure
        testid="figure-reached"
        label={t('figReached')}
        value={f.targeted === 0 ? '–' : `${f.reached}/${f.targeted}`}
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
  // Whoever may not release may still write: it then goes to those who may.
  const denied = useDenied('order.propose')
  const begin = (status: OrderDraft['status']) => {
    store.restoredAt.value = null
    store.draft.value = emptyDraft(status)
  }
  return (
    <section class="chooser" aria-label={t('newOrder')}>
      <div class="door door-actual">
        <Act testid="order-start-actual" kind="danger" busy={false} blocked={denied} onPress={() => begin('actual')}>
          ■ {t('newActual')}
        </Act>
        <p class="dim">{t('doorActual')}</p>
      </div>
      <div class="door door-exercise">
        <Act
          testid="order-start-exercise"
          kind="exercise"
          busy={false}
          blocked={denied}
          onPress={() => begin('exercise')}
        >
          ◇ {t('newExercise')}
        </Act>
        <p class="dim">{t('doorExercise')}</p>
      </div>
    </section>
  )
}

type Acting = { readonly view: OrderView; readonly action: OrderAction }
type OnAct = (view: OrderView, action: OrderAction) => void

const HistoryRow = (props: { readonly view: OrderView; readonly onAct: OnAct }) => {
  const { t, tf, lang } = useT()
  const headline = useHeadline()
  const [open, setOpen] = useState(false)
  const { view } = props
  const { order } = view
  const reached = view.sites.filter((s) => s.shownAt !== null).length
  const refused = view.sites.filter((s) => s.refused !== null).length
  return (
    <li>
      <button
        type="button"
        class="history-row"
        aria-expanded={open}
        data-testid={`history-${order.id}`}
        onClick={() => setOpen(!open)}
      >
        <StatusMark status={order.status} />
        <span>
          <strong>{headline(order)}</strong>
          <span class="dim">
            {' '}
            {stamp(view.releasedAt)} {isAboutDanger(order.class) && ` · ${HAZARD_NAMES[order.hazard][lang]}`} ·{' '}
            {halfOf(view.issuerName, lang)}
            {view.local && ` · ${t('localMark')}`}
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
      {open && <Board view={view} onAct={(action) => props.onAct(view, action)} />}
    </li>
  )
}

const History = (props: { readonly orders: readonly OrderView[]; readonly onAct: OnAct }) => {
  const { t } = useT()
  if (props.orders.length === 0) return <Empty>{t('noHistory')}</Empty>
  return (
    <ul class="plain history" data-testid="order-history">
      {props.orders.map((view) => (
        <HistoryRow key={view.order.id} view={view} onAct={props.onAct} />
      ))}
    </ul>
  )
}

const ActDialog = (props: { readonly acting: Acting; readonly onClose: () => void }) => {
  const { acting, onClose } = props
  switch (acting.action) {
    case 'end':
      return <CancelDialog view={acting.view} onClose={onClose} />
    case 'document':
      return <DocumentDialog view={acting.view} onClose={onClose} />
    case 'review':
      return <ReviewDialog view={acting.view} onClose={onClose} />
    case 'update':
    case 'clear':
      return null
  }
}

/** How long the green page stays when the hub was given no policy, min. */
const ALL_CLEAR_MINUTES = 15

/** Begins what needs the form, or asks for the one confirmation of what does not. */
const useAct = () => {
  const store = useStore()
  const [acting, setActing] = useState<Acting | null>(null)
  const begin = (draft: OrderDraft) => {
    store.restoredAt.value = null
    store.draft.value = draft
    window.scrollTo(0, 0)
  }
  const act: OnAct = (view, action) => {
    if (action === 'update') return begin(updateOf(view.order, view.document))
    if (action !== 'clear') return setActing({ view, action })
    const [templates, rules] = [store.templates.value, store.rules.value]
    const policyMs = rules.state === 'here' ? rules.value?.emergency.allClearMs : undefined
    return begin(
      allClearOf(view.order, {
        document: view.document,
        templates: templates.state === 'here' ? templates.value : [],
        minutes: policyMs === undefined ? ALL_CLEAR_MINUTES : Math.max(1, Math.ceil(policyMs / 60_000)),
      }),
    )
  }
  return { act, acting, close: () => setActing(null) }
}

export const Emergency = () => {
  const store = useStore()
  const { t } = useT()
  const { act, acting, close } = useAct()
  useEffect(() => void store.askEmergency(), [])
  const open = inForce(store.orders.value)
  const past = store.orders.value.filter((o) => o.state !== 'open' && isShowing(o))
  const draft = store.draft.value
  // An empty inbox must not stand between an officer and what is on the screens.
  const asked = store.inbox.value.some((d) => d.state === 'waiting')
  // Out, or waiting for a second person: both stand at the top of the page.
  const done = () => {
    store.draft.value = null
    store.restoredAt.value = null
    document.getElementById('main')?.focus()
    window.scrollTo(0, 0)
  }
  return (
    <>
      <div class="page-head">
        <h1>{t('navEmergency')}</h1>
      </div>
      <FourFigures />
      {/* What waits for a hand comes first; a new order stays within the thumb's reach however many are in force. */}
      <PendingOrders />
      {draft === null ? (
        <Chooser />
      ) : (
        <OrderForm
          key={`${draft.status}-${draft.references.join()}-${draft.inbox ?? ''}-${draft.allClear}`}
          draft={draft}
          onDone={done}
        />
      )}
      {asked && <Inbox />}
      {open.length > 0 && <h2 class="visually-hidden">{t('figInForce')}</h2>}
      {open.map((view) => (
        <Board key={view.order.id} view={view} onAct={(action) => act(view, action)} />
      ))}
      {!asked && <Inbox />}
      <section class="card">
        <h2>{t('history')}</h2>
        <History orders={past} onAct={act} />
      </section>
      {acting !== null && <ActDialog acting={acting} onClose={close} />}
    </>
  )
}
