import { useState } from 'preact/hooks'
import type { PendingView } from '#core/contract/api.ts'
import { CAN } from '#core/contract/can.ts'
import type { ApiFault } from '../api.ts'
import { clock, countdown, stamp } from '../format.ts'
import { ROLE_NAMES, useT } from '../i18n.ts'
import type { Signer } from '../sign.ts'
import { useStore } from '../store.tsx'
import { Act, Dialog, Fault, Tag, useDenied } from '../ui/bits.tsx'
import { Unlock, useSigner } from '../ui/unlock.tsx'
import { ReasonDialog } from './dialogs.tsx'
import { OrderMarks, OrderWords, useHeadline } from './marks.tsx'
import { Previews, useKindPreviews, usePreviewBlock } from './previews.tsx'
import { KeyOpen, WhatHappens } from './release.tsx'
import { signedOrder, waitingOf } from './waiting.ts'

/** Why this person cannot be the second one; null: they can. */
const useSecondBlock = (pending: PendingView): string | null => {
  const store = useStore()
  const { t } = useT()
  const denied = useDenied('order.release')
  const session = store.session.value
  if (denied !== null) return denied
  if (pending.signers.some((s) => s.user === session?.user)) return t('secondIsYou')
  if (session?.signs !== true) return t('noKey')
  return signedOrder(pending) === null ? t('secondOtherWords') : null
}

const Signers = (props: { readonly pending: PendingView }) => {
  const { tf } = useT()
  return (
    <p class="dim">
      {props.pending.signers.map((s) => tf('signedBy', { name: s.name, time: clock(s.at) })).join(' · ')}
    </p>
  )
}

const SignDialog = (props: {
  readonly pending: PendingView
  readonly onClose: () => void
  readonly onDecline: () => void
}) => {
  const store = useStore()
  const { t, tf } = useT()
  const { pending } = props
  const { order } = pending
  const signer = useSigner()
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const targets = store.sites.value.filter((s) => order.targets.includes(s.id))
  const previews = useKindPreviews(order, targets, order.texts.length > 0)
  const previewBlock = usePreviewBlock(previews)
  const second = useSecondBlock(pending)
  const block = second ?? previewBlock ?? (signer === null ? t('unlockFirst') : null)
  const actual = order.status === 'actual'
  const own = pending.signers.some((s) => s.user === store.session.value?.user)
  const sign = async (key: Signer) => {
    setBusy(true)
    setFault(null)
    // The text as it came, letter by letter: `signedOrder` says that it is what is shown here.
    const envelope = await key.sign('order', pending.envelope.payload)
    const answer = await store.api.countersign(order.id, envelope)
    setBusy(false)
    if (!answer.ok) return setFault(answer.error)
    store.putOrder(answer.value)
    props.onClose()
  }
  return (
    <Dialog
      title={own ? t('waitsSecond') : actual ? t('secondTitle') : t('secondTitleExercise')}
      kind={actual ? 'danger' : 'exercise'}
      testid="second-dialog"
      calm={true}
      onClose={props.onClose}
    >
      <OrderMarks order={order} />
      <Signers pending={pending} />
      <OrderWords order={order} />
      <WhatHappens order={order} />
      <Previews previews={previews} exercise={!actual} empty={t('previewNothing')} />
      {!own && <p class="dim">{t('secondPromise')}</p>}
      {second === null &&
        (signer === null ? <Unlock testid="second" calm={true} onSigner={() => undefined} /> : <KeyOpen />)}
      <Fault fault={fault} testid="second-fault" />
      <div class="dialog-foot">
        <div class="actions">
          <Act testid="second-back" kind="plain" busy={busy} blocked={null} onPress={props.onClose}>
            {t('back')}
          </Act>
          <Act testid="second-decline" kind="plain" busy={busy} blocked={null} onPress={props.onDecline}>
            {own ? t('waitsWithdraw') : t('secondDecline')}
          </Act>
        </div>
        <Act
          testid="second-confirm"
          kind={actual ? 'danger' : 'exercise'}
          busy={busy}
          blocked={block}
          onPress={() => {
            if (signer !== null) void sign(signer)
          }}
        >
          {tf('secondSign', { n: order.targets.length })}
        </Act>
      </div>
    </Dialog>
  )
}

const Card = (props: { readonly pending: PendingView }) => {
  const store = useStore()
  const { t, tf, lang } = useT()
  const headline = useHeadline()
  const [doing, setDoing] = useState<'sign' | 'decline' | null>(null)
  const { pending } = props
  const { order } = pending
  const own = pending.signers.some((s) => s.user === store.session.value?.user)
  const denied = useDenied('order.release')
  const roles = CAN['order.release'].roles.map((role) => ROLE_NAMES[role][lang]).join(', ')
  return (
    <article
      class={`card waiting ${order.status === 'actual' ? 'waiting-actual' : 'order-exercise'}`}
      data-testid={`pending-${order.id}`}
    >
      <div class="waiting-head">
        <OrderMarks order={order} />
        <Tag tone="warn">{t('waitsSecond')}</Tag>
        <span class="time-left">{tf('lapsesIn', { time: countdown(pending.lapsesAt - store.now.value) })}</span>
      </div>
      <h3>{headline(order)}</h3>
      <p>{tf(own ? 'waitsWhoOwn' : 'waitsWho', { roles, n: order.targets.length })}</p>
      <Signers pending={pending} />
      <div class="actions">
        <Act
          testid={`pending-open-${order.id}`}
          kind={order.status === 'actual' ? 'danger' : 'exercise'}
          busy={false}
          blocked={denied}
          onPress={() => setDoing('sign')}
        >
          {own ? t('waitsLook') : t('waitsOpen')}
        </Act>
        <Act
          testid={`pending-decline-${order.id}`}
          kind="plain"
          busy={false}
          blocked={denied}
          onPress={() => setDoing('decline')}
        >
          {own ? t('waitsWithdraw') : t('secondDecline')}
        </Act>
      </div>
      {doing === 'sign' && (
        <SignDialog pending={pending} onClose={() => setDoing(null)} onDecline={() => setDoing('decline')} />
      )}
      {doing === 'decline' && (
        <ReasonDialog
          testid="decline"
          title={own ? t('waitsWithdraw') : t('declineTitle')}
          note={t('declineNote')}
          label={t('rejectReason')}
          word={own ? t('waitsWithdraw') : t('secondDecline')}
          kind="danger"
          send={(reason) => store.api.decline(order.id, reason)}
          onDone={(view) => {
            store.putPending(view)
            setDoing(null)
          }}
          onClose={() => setDoing(null)}
        >
          <OrderMarks order={order} />
        </ReasonDialog>
      )}
    </article>
  )
}

/** Orders that wait for a second person, for everybody to see at once; nothing of them is on any screen. */
export const PendingOrders = () => {
  const store = useStore()
  const { t, lang } = useT()
  const headline = useHeadline()
  const { open, closed } = waitingOf(store.pending.value, store.now.value)
  const fault = store.waitingFault.value
  return (
    <section class="waitings" aria-label={t('waitsSecond')}>
      {/* Said aloud once for each: the cards themselves count down every second. */}
      <p class="visually-hidden" role="status">
        {open.length > 0 && `${t('waitsSecond')}: ${open.map((p) => headline(p.order)).join('; ')}`}
      </p>
      {fault !== null && (
        <p class="fault" data-testid="waiting-fault">
          ✕ {t('waitingFailed')} {fault.message[lang]}
        </p>
      )}
      {open.length > 0 && <h2 class="visually-hidden">{t('waitsSecond')}</h2>}
      {open.map((pending) => (
        <Card key={pending.order.id} pending={pending} />
      ))}
      {closed.map((pending) => (
        <p key={pending.order.id} class="notice" data-testid={`pending-closed-${pending.order.id}`}>
          {headline(pending.order)} ·{' '}
          {pending.withdrawn === null
            ? t('pendingLapsed')
            : `${t('pendingWithdrawn')} ${pending.withdrawn.by}, ${stamp(pending.withdrawn.at)}: ${pending.withdrawn.reason}`}
        </p>
      ))}
    </section>
  )
}
