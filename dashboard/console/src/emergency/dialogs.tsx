import { useRef, useState } from 'preact/hooks'
import type { OrderView } from '#core/contract/api.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { HAZARD_NAMES, type Order } from '#core/emergency/order.ts'
import type { ApiFault } from '../api.ts'
import { countdown, stamp } from '../format.ts'
import { ORDER_CLASS_NAMES, useT } from '../i18n.ts'
import type { Signer } from '../sign.ts'
import { useStore } from '../store.tsx'
import { Act, Dialog, Fault } from '../ui/bits.tsx'
import { Unlock, useSigner } from '../ui/unlock.tsx'
import { RiskMark, StatusMark } from './board.tsx'
import { cancelOf, type OrderDraft, orderId, orderOf } from './draft.ts'

/**
 * Signs once and sends. When the answer is lost, pressing again sends the very same document, so an order can never be made twice by
 * a weak line.
 */
const useSend = (make: (now: number) => Order, onDone: (view: OrderView) => void) => {
  const store = useStore()
  const made = useRef<Envelope | null>(null)
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const send = async (signer: Signer) => {
    setBusy(true)
    setFault(null)
    const envelope =
      made.current ?? (await signer.sign('order', JSON.stringify(make(Date.now() + store.api.clockOffset()))))
    made.current = envelope
    const answer = await store.api.release(envelope)
    setBusy(false)
    if (answer.ok) {
      store.putOrder(answer.value)
      return onDone(answer.value)
    }
    // Refused by the hub: nothing went out, so a corrected order is a new document.
    if (answer.error.status !== 0) made.current = null
    setFault(answer.error)
  }
  return { send, busy, fault }
}

const Targets = (props: { readonly targets: readonly string[] }) => {
  const { sites } = useStore()
  const { tf, t } = useT()
  const names = props.targets.map((id) => sites.value.find((s) => s.id === id))
  const away = names.filter((s) => s?.connected !== true).length
  return (
    <>
      <p class="big" data-testid="confirm-screens">
        {tf('screensN', { n: props.targets.length })}
        {away > 0 && <span class="tone-warn"> ▲ {tf('awayN', { n: away })}</span>}
      </p>
      <p class="dim">{names.map((s, i) => s?.name ?? props.targets[i]).join(' · ')}</p>
      {away > 0 && <p class="dim">{t('silentWhy')}</p>}
    </>
  )
}

export const ReleaseDialog = (props: {
  readonly draft: OrderDraft
  readonly onClose: () => void
  readonly onDone: () => void
}) => {
  const store = useStore()
  const { t, tf, lang } = useT()
  const signer = useSigner()
  const { draft } = props
  const actual = draft.status === 'actual'
  const issuer = store.session.value?.user ?? ''
  const make = (now: number) =>
    orderOf(draft, { id: orderId(actual ? 'L' : 'DT', now, crypto.getRandomValues(new Uint8Array(3))), issuer, now })
  const { send, busy, fault } = useSend(make, props.onDone)
  const preview = orderOf(draft, { id: 'x', issuer, now: store.now.peek() })
  return (
    <Dialog
      title={actual ? t('confirmActual') : t('confirmExercise')}
      kind={actual ? 'danger' : 'exercise'}
      testid="order-dialog"
      onClose={props.onClose}
    >
      <p class="order-marks">
        <StatusMark status={draft.status} />
        <strong data-testid="confirm-class">{ORDER_CLASS_NAMES[draft.class][lang]}</strong>
        {preview.extendFrames === undefined && <span>{HAZARD_NAMES[draft.hazard][lang]}</span>}
        {preview.riskLevel !== null && <RiskMark level={preview.riskLevel} />}
      </p>
      {preview.texts.map((text) => (
        <blockquote key={text.language} lang={text.language} data-testid={`confirm-text-${text.language}`}>
          <strong>{text.headline}</strong>
          <br />
          {text.instruction}
        </blockquote>
      ))}
      {preview.extendFrames !== undefined && (
        <p class="big" data-testid="confirm-extend">
          {t('extendsFrames')}: {preview.extendFrames.playlist ?? t('extendLatest')}
        </p>
      )}
      <Targets targets={draft.targets} />
      <p>
        {preview.authority.name} · {preview.authority.document ?? t('noDocument')} ·{' '}
        {tf('forTime', { time: countdown(draft.minutes * 60_000) })} ({stamp(preview.expiresAt)})
      </p>
      {signer === null ? (
        <Unlock testid="order" onSigner={() => undefined} />
      ) : (
        <p class="dim" data-testid="order-unlocked">
          ✓ {t('keyOpen')}
        </p>
      )}
      <Fault fault={fault} testid="order-fault" />
      <div class="dialog-foot">
        <Act testid="order-back" kind="plain" busy={busy} blocked={null} onPress={props.onClose}>
          {t('back')}
        </Act>
        <Act
          testid="order-confirm"
          kind={actual ? 'danger' : 'exercise'}
          busy={busy}
          blocked={signer === null ? t('unlockFirst') : null}
          onPress={() => {
            if (signer !== null) void send(signer)
          }}
        >
          {actual
            ? tf('releaseActualN', { n: draft.targets.length })
            : tf('releaseExerciseN', { n: draft.targets.length })}
        </Act>
      </div>
    </Dialog>
  )
}

export const CancelDialog = (props: { readonly view: OrderView; readonly onClose: () => void }) => {
  const store = useStore()
  const { t, lang } = useT()
  const signer = useSigner()
  const { order } = props.view
  const issuer = store.session.value?.user ?? ''
  const make = (now: number) =>
    cancelOf(order, { id: orderId('H', now, crypto.getRandomValues(new Uint8Array(3))), issuer, now })
  const { send, busy, fault } = useSend(make, () => {
    props.onClose()
    void store.reload()
  })
  return (
    <Dialog title={t('confirmEnd')} kind="plain" testid="cancel-dialog" onClose={props.onClose}>
      <p class="order-marks">
        <StatusMark status={order.status} />
        <strong>{ORDER_CLASS_NAMES[order.class][lang]}</strong>
      </p>
      <blockquote>
        <strong>{order.texts[0]?.headline ?? t('noText')}</strong>
      </blockquote>
      <Targets targets={order.targets} />
      <p>{t('endNote')}</p>
      {signer === null && <Unlock testid="cancel" onSigner={() => undefined} />}
      <Fault fault={fault} testid="cancel-fault" />
      <div class="dialog-foot">
        <Act testid="cancel-back" kind="plain" busy={busy} blocked={null} onPress={props.onClose}>
          {t('back')}
        </Act>
        <Act
          testid="cancel-confirm"
          kind="danger"
          busy={busy}
          blocked={signer === null ? t('unlockFirst') : null}
          onPress={() => {
            if (signer !== null) void send(signer)
          }}
        >
          {t('endNow')}
        </Act>
      </div>
    </Dialog>
  )
}
