import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { OrderView } from '#core/contract/api.ts'
import type { Order } from '#core/emergency/order.ts'
import type { ApiFault } from '../api.ts'
import { useT } from '../i18n.ts'
import type { Result } from '../result.ts'
import type { Signer } from '../sign.ts'
import { useStore } from '../store.tsx'
import { Act, Dialog, Fault, Field } from '../ui/bits.tsx'
import { Unlock, useSigner } from '../ui/unlock.tsx'
import { clean, orderId } from './draft.ts'
import { cancelOf, documentOf, type FollowUp } from './follow.ts'
import { OrderMarks, useHeadline } from './marks.tsx'
import { withNow } from './progress.ts'
import { KeyOpen } from './release.tsx'
import { randomTail, useSend } from './send.ts'

const useIssue = (prefix: 'H' | 'VB') => {
  const store = useStore()
  const tail = useRef(randomTail())
  return (now: number): FollowUp => ({
    id: orderId(prefix, now, tail.current),
    issuer: store.session.value?.user ?? '',
    now,
  })
}

/** Passphrase and press are one: while the key is shut, opening it is the confirmation. */
const SignFoot = (props: {
  readonly testid: string
  readonly word: string
  readonly blocked: string | null
  readonly busy: boolean
  readonly onClose: () => void
  readonly onSign: (signer: Signer) => void
}) => {
  const { t } = useT()
  const signer = useSigner()
  const { testid, busy } = props
  return (
    <>
      {signer === null && props.blocked === null && (
        <Unlock testid={testid} press={props.word} onSigner={props.onSign} />
      )}
      {signer !== null && <KeyOpen />}
      <div class="dialog-foot">
        <Act testid={`${testid}-back`} kind="plain" busy={busy} blocked={null} onPress={props.onClose}>
          {t('back')}
        </Act>
        {(signer !== null || props.blocked !== null) && (
          <Act
            testid={`${testid}-confirm`}
            kind="danger"
            busy={busy}
            blocked={props.blocked}
            onPress={() => {
              if (signer !== null) props.onSign(signer)
            }}
          >
            {props.word}
          </Act>
        )}
      </div>
    </>
  )
}

/** One press, one confirmation: everything about the end is known, only the signature is missing. */
export const CancelDialog = (props: { readonly view: OrderView; readonly onClose: () => void }) => {
  const store = useStore()
  const { t, tf } = useT()
  const headline = useHeadline()
  const { order } = props.view
  const issue = useIssue('H')
  const { send, busy, fault } = useSend(null, () => {
    props.onClose()
    void store.reload()
  })
  const away = withNow(props.view, store.sites.value).sites.filter((s) => !s.connected).length
  return (
    <Dialog title={t('confirmEnd')} kind="plain" testid="cancel-dialog" onClose={props.onClose}>
      <OrderMarks order={order} />
      <blockquote>
        <strong>{headline(order)}</strong>
      </blockquote>
      <p class="big">
        {tf('screensN', { n: order.targets.length })}
        {away > 0 && <span class="tone-warn"> ▲ {tf('awayN', { n: away })}</span>}
      </p>
      <p>{t('endNote')}</p>
      <Fault fault={fault} testid="cancel-fault" />
      <SignFoot
        testid="cancel"
        word={t('endNow')}
        blocked={null}
        busy={busy}
        onClose={props.onClose}
        onSign={(signer) => void send(signer, { make: (now) => cancelOf(order, issue(now)), as: 'cancel' })}
      />
    </Dialog>
  )
}

/** The number that was missing when it had to go out at once. */
export const DocumentDialog = (props: { readonly view: OrderView; readonly onClose: () => void }) => {
  const store = useStore()
  const { t } = useT()
  const { order } = props.view
  const [number, setNumber] = useState('')
  const issue = useIssue('VB')
  const { send, busy, fault } = useSend(null, () => {
    props.onClose()
    void store.reload()
  })
  const make = (now: number): Order => documentOf(order, number, issue(now))
  return (
    <Dialog title={t('documentAdd')} kind="plain" testid="document-dialog" onClose={props.onClose}>
      <OrderMarks order={order} />
      <p>{t('documentAddNote')}</p>
      <Field label={t('documentNumber')} hint={order.authority.name} required={true}>
        {(id) => (
          <input
            id={id}
            maxLength={100}
            data-testid="document-number"
            value={number}
            onInput={(e) => setNumber(e.currentTarget.value)}
          />
        )}
      </Field>
      <Fault fault={fault} testid="document-fault" />
      <SignFoot
        testid="document"
        word={t('documentSign')}
        blocked={clean(number) === '' ? t('documentFirstNumber') : null}
        busy={busy}
        onClose={props.onClose}
        onSign={(signer) => void send(signer, { make, as: clean(number) })}
      />
    </Dialog>
  )
}

/** One sentence from a person, and what it is for: a review, a refusal. */
export const ReasonDialog = <T,>(props: {
  readonly testid: string
  readonly title: string
  readonly note: string
  readonly label: string
  readonly word: string
  readonly kind: 'primary' | 'danger'
  readonly send: (text: string) => Promise<Result<T, ApiFault>>
  readonly onDone: (value: T) => void
  readonly onClose: () => void
  readonly children: ComponentChildren
}) => {
  const { t } = useT()
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const { testid } = props
  const press = async () => {
    setBusy(true)
    setFault(null)
    const answer = await props.send(clean(text))
    setBusy(false)
    if (!answer.ok) return setFault(answer.error)
    props.onDone(answer.value)
  }
  return (
    <Dialog title={props.title} kind="plain" testid={`${testid}-dialog`} onClose={props.onClose}>
      {props.children}
      <p>{props.note}</p>
      <Field label={props.label} hint={null} required={true}>
        {(id) => (
          <textarea
            id={id}
            rows={3}
            maxLength={500}
            data-testid={`${testid}-text`}
            value={text}
            onInput={(e) => setText(e.currentTarget.value)}
          />
        )}
      </Field>
      <Fault fault={fault} testid={`${testid}-fault`} />
      <div class="dialog-foot">
        <Act testid={`${testid}-back`} kind="plain" busy={busy} blocked={null} onPress={props.onClose}>
          {t('back')}
        </Act>
        <Act
          testid={`${testid}-confirm`}
          kind={props.kind}
          busy={busy}
          blocked={clean(text) === '' ? t('fillAbove') : null}
          onPress={() => void press()}
        >
          {props.word}
        </Act>
      </div>
    </Dialog>
  )
}

export const ReviewDialog = (props: { readonly view: OrderView; readonly onClose: () => void }) => {
  const store = useStore()
  const { t } = useT()
  const { order } = props.view
  return (
    <ReasonDialog
      testid="review"
      title={t('reviewAfter')}
      note={t('reviewNote')}
      label={t('reviewLabel')}
      word={t('reviewDone')}
      kind="primary"
      send={(note) => store.api.review(order.id, note)}
      onDone={(view) => {
        store.putOrder(view)
        props.onClose()
      }}
      onClose={props.onClose}
    >
      <OrderMarks order={order} />
      <blockquote>
        <strong>{t('glassReasonSaid')}</strong> {order.breakGlass?.reason ?? t('none')}
      </blockquote>
    </ReasonDialog>
  )
}
