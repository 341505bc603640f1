import { useEffect, useRef, useState } from 'preact/hooks'
import type { Order } from '#core/emergency/order.ts'
import { breaksGlass, secondPersonRule } from '#core/emergency/release.ts'
import { clock, countdown, stamp } from '../format.ts'
import { ORDER_CLASS_NAMES, useT } from '../i18n.ts'
import type { Signer } from '../sign.ts'
import { useStore } from '../store.tsx'
import { Act, Dialog, Fault, Tag } from '../ui/bits.tsx'
import { Unlock, useSigner } from '../ui/unlock.tsx'
import { clean, isTextless, type OrderDraft, orderId, orderOf } from './draft.ts'
import { OrderMarks, OrderWords } from './marks.tsx'
import { reachOf } from './reach.ts'
import { randomTail, useSend } from './send.ts'

/** Names of silent clusters in a dialog; the rest is a number. */
const MOST_NAMED = 8
/** How long whoever breaks the glass has to wait between the two presses, s. It is not for a hand that slips. */
const SLOW_S = 5
const LEAST_REASON = 10

/** In words, before anything is signed: what people will see, where, since when and until when. */
export const WhatHappens = (props: { readonly order: Order }) => {
  const { t, tf, lang } = useT()
  const { sites } = useStore()
  const { order } = props
  const reach = reachOf(order.targets, sites.value)
  const silent = reach.chosen - reach.now
  const named = reach.later.slice(0, MOST_NAMED).map((s) => s.name)
  const dark = order.class === 'safety-blank'
  // "6 hours" is read once, "6:00:00" twice.
  const long = (ms: number): string => {
    const minutes = Math.round(ms / 60_000)
    if (minutes < 60) return tf('minutesN', { n: minutes })
    return minutes % 60 === 0 ? tf('hoursN', { n: minutes / 60 }) : countdown(ms)
  }
  const values = { n: reach.now, class: ORDER_CLASS_NAMES[order.class][lang].toLowerCase() }
  return (
    <ul class="happens" data-testid="confirm-happens">
      <li>
        <strong data-testid="confirm-screens">
          {tf('screensN', { n: reach.chosen })}
          {order.area !== undefined && ` · ${order.area.province ? t('areaProvince') : order.area.name}`}
        </strong>
      </li>
      {order.status === 'exercise' ? (
        <li>◇ {t('happensExercise')}</li>
      ) : (
        <li>■ {tf(dark ? 'happensDark' : order.allClear === true ? 'happensClear' : 'happensActual', values)}</li>
      )}
      {silent > 0 && (
        <li class="tone-warn" data-testid="confirm-silent">
          ▲ {tf('happensSilent', { n: silent })} {named.join(' · ')}
          {silent > named.length && ` ${tf('andMore', { n: silent - named.length })}`}
        </li>
      )}
      {!isTextless(order.class) && (
        <li>
          {order.wake ? t('happensWakes') : t('happensSleeps')} {order.sound ? t('happensSound') : t('happensMute')}
        </li>
      )}
      {order.action === 'update' && <li>↻ {tf('happensReplaces', { orders: order.references.join(', ') })}</li>}
      {order.extendFrames !== undefined && <li>{t('extendsFrames')}</li>}
      <li>
        {tf('happensEnds', {
          time: long(order.expiresAt - order.startsAt),
          at: stamp(order.expiresAt),
        })}
      </li>
      <li class="dim">
        {order.authority.name} · {order.authority.document ?? t('noDocument')}
      </li>
    </ul>
  )
}

/** The key must have been opened by the passphrase within the last five minutes; the rule is said where it is felt. */
export const KeyOpen = () => {
  const { tf } = useT()
  const kept = useStore().signer.value
  const ref = useRef<HTMLParagraphElement>(null)
  useEffect(() => {
    // The field that had the focus went when the key opened. Here and not on the button: Enter, pressed twice, must not release.
    if (document.activeElement === document.body) ref.current?.focus()
  }, [])
  if (kept === null) return null
  return (
    <p class="dim" tabIndex={-1} ref={ref} data-testid="order-unlocked">
      ✓ {tf('keyOpenSince', { since: clock(kept.since), until: clock(kept.until) })}
    </p>
  )
}

const SecondPerson = (props: { readonly needed: boolean | null; readonly province: boolean }) => {
  const { t } = useT()
  const { rules } = useStore()
  const { lang } = useT()
  if (rules.value.state === 'failed')
    return (
      <p class="notice" data-testid="confirm-rules-fault">
        ▲ {t('rulesFailed')} {rules.value.fault.message[lang]}
      </p>
    )
  if (props.needed === null) return <p class="notice">{t('rulesNone')}</p>
  return props.needed ? (
    <p class="second second-needed" data-testid="confirm-second">
      <strong>{t('secondNeeded')}</strong> {t(props.province ? 'secondWhyProvince' : 'secondWhyMany')}{' '}
      {t('secondMeanwhile')}
    </p>
  ) : (
    <p class="second" data-testid="confirm-alone">
      ✓ {t('secondNotNeeded')}
    </p>
  )
}

/** One person instead of two: on its own, below everything else, with a reason, and slow on purpose. */
const BreakGlass = (props: {
  readonly reason: string
  readonly busy: boolean
  readonly locked: boolean
  readonly onReason: (reason: string) => void
  readonly onRelease: () => void
}) => {
  const { t, tf } = useT()
  const [left, setLeft] = useState<number | null>(null)
  const enough = clean(props.reason).length >= LEAST_REASON
  useEffect(() => {
    if (left === null || left === 0) return
    const timer = setTimeout(() => setLeft(left - 1), 1000)
    return () => clearTimeout(timer)
  }, [left])
  const blocked = props.locked ? t('unlockFirst') : enough ? null : tf('glassReasonLeast', { n: LEAST_REASON })
  return (
    <details class="glass-break" data-testid="order-glass">
      <summary>{t('glassTitle')}</summary>
      <p>{t('glassNote')}</p>
      <label class="field">
        <span class="picture-label">{t('glassReason')}</span>
        <textarea
          rows={2}
          maxLength={500}
          data-testid="order-glass-reason"
          value={props.reason}
          onInput={(e) => {
            setLeft(null)
            props.onReason(e.currentTarget.value)
          }}
        />
      </label>
      {left === null ? (
        <Act testid="order-glass-arm" kind="plain" busy={props.busy} blocked={blocked} onPress={() => setLeft(SLOW_S)}>
          {t('glassArm')}
        </Act>
      ) : (
        <Act
          testid="order-glass-confirm"
          kind="danger"
          busy={props.busy}
          blocked={left > 0 ? tf('glassWait', { n: left }) : blocked}
          onPress={props.onRelease}
        >
          {t('glassConfirm')}
        </Act>
      )}
    </details>
  )
}

const ReleaseFoot = (props: {
  readonly draft: OrderDraft
  readonly needed: boolean
  readonly signer: Signer | null
  readonly busy: boolean
  readonly onClose: () => void
  readonly onRelease: () => void
}) => {
  const { t, tf } = useT()
  const { draft } = props
  const actual = draft.status === 'actual'
  const n = draft.targets.length
  const word = !actual ? 'releaseExerciseN' : draft.allClear ? 'releaseClearN' : 'releaseActualN'
  return (
    <div class="dialog-foot">
      <Act testid="order-back" kind="plain" busy={props.busy} blocked={null} onPress={props.onClose}>
        {t('back')}
      </Act>
      <Act
        testid="order-confirm"
        kind={!actual ? 'exercise' : draft.allClear ? 'clear' : 'danger'}
        busy={props.busy}
        blocked={props.signer === null ? t('unlockFirst') : null}
        onPress={props.onRelease}
      >
        {props.needed ? t('signAndWait') : tf(word, { n })}
      </Act>
    </div>
  )
}

export const ReleaseDialog = (props: {
  readonly draft: OrderDraft
  readonly area: NonNullable<Order['area']> | null
  readonly onClose: () => void
  readonly onDone: () => void
}) => {
  const store = useStore()
  const { t } = useT()
  const signer = useSigner()
  const { draft, area } = props
  const [reason, setReason] = useState('')
  const actual = draft.status === 'actual'
  const issuer = store.session.value?.user ?? ''
  const tail = useRef(randomTail())
  const make = (breakGlass: string | null) => (now: number) =>
    orderOf(draft, { id: orderId(actual ? 'L' : 'DT', now, tail.current), issuer, now, area, breakGlass })
  const { send, busy, fault } = useSend(draft.inbox, props.onDone)
  useEffect(() => {
    // What is on the screens now is the picture "before" of the report; nothing waits for it.
    void store.api.keepFrames(draft.targets)
    void store.askEmergency()
  }, [])
  const order = make(null)(store.now.peek())
  const rules = store.rules.value.state === 'here' ? store.rules.value.value : null
  const needed = rules === null ? null : secondPersonRule(order, rules) !== null
  const mayAlone = rules !== null && breaksGlass({ class: order.class, breakGlass: { reason: '' } }, rules)
  const release = (breakGlass: string | null) => {
    if (signer !== null) void send(signer, { make: make(breakGlass), as: breakGlass ?? '' })
  }
  return (
    <Dialog
      title={t(!actual ? 'confirmExercise' : draft.allClear ? 'confirmClear' : 'confirmActual')}
      kind={!actual ? 'exercise' : draft.allClear ? 'clear' : 'danger'}
      testid="order-dialog"
      calm={true}
      onClose={props.onClose}
    >
      <OrderMarks order={order} testid="confirm-class" />
      <OrderWords order={order} />
      <WhatHappens order={order} />
      <SecondPerson needed={needed} province={order.area?.province === true} />
      <p class="dim">{t('reauthRule')}</p>
      {signer === null ? <Unlock testid="order" calm={true} onSigner={() => undefined} /> : <KeyOpen />}
      <Fault fault={fault} testid="order-fault" />
      <ReleaseFoot
        draft={draft}
        needed={needed === true}
        signer={signer}
        busy={busy}
        onClose={props.onClose}
        onRelease={() => release(null)}
      />
      {needed === true && mayAlone && (
        <BreakGlass
          reason={reason}
          busy={busy}
          locked={signer === null}
          onReason={setReason}
          onRelease={() => release(clean(reason))}
        />
      )}
      {needed === true && !mayAlone && <p class="dim">{t('glassNever')}</p>}
      {busy && (
        <p class="visually-hidden" role="status">
          <Tag tone="info">{t('sending')}</Tag>
        </p>
      )}
    </Dialog>
  )
}
