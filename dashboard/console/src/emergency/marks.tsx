import type { Order } from '#core/emergency/order.ts'
import { HAZARD_NAMES } from '#core/emergency/order.ts'
import { ORDER_CLASS_NAMES, useT } from '../i18n.ts'
import { isAboutDanger } from './draft.ts'

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

/** What kind of order it is, in one line. */
export const OrderMarks = (props: { readonly order: Order; readonly testid?: string }) => {
  const { t, lang } = useT()
  const { order } = props
  return (
    <p class="order-marks">
      <StatusMark status={order.status} />
      <strong {...(props.testid === undefined ? {} : { 'data-testid': props.testid })}>
        {ORDER_CLASS_NAMES[order.class][lang]}
      </strong>
      {isAboutDanger(order.class) && <span>{HAZARD_NAMES[order.hazard][lang]}</span>}
      {order.allClear === true && <span class="mark mark-clear">✓ {t('allClearMark')}</span>}
      {order.riskLevel !== null && <RiskMark level={order.riskLevel} />}
      {order.forestFireLevel !== null && (
        <span class="rank">
          {t('forestFireShort')} {['I', 'II', 'III', 'IV', 'V'][order.forestFireLevel - 1]}
        </span>
      )}
    </p>
  )
}

/** Every word of it, in every language, as it was or will be signed. */
export const OrderWords = (props: { readonly order: Pick<Order, 'texts' | 'class' | 'extendFrames' | 'picture'> }) => {
  const { t } = useT()
  const { order } = props
  if (order.extendFrames !== undefined)
    return (
      <p class="big" data-testid="confirm-extend">
        {t('extendsFrames')}: {order.extendFrames.playlist ?? t('extendLatest')}
      </p>
    )
  if (order.texts.length === 0)
    return <p class="notice">{t(order.class === 'mourning' ? 'textless-mourning' : 'textless-blank')}</p>
  return (
    <>
      {order.texts.map((text) => (
        <blockquote key={text.language} lang={text.language} data-testid={`confirm-text-${text.language}`}>
          <strong>{text.headline}</strong>
          <br />
          {text.instruction}
        </blockquote>
      ))}
      <OrderPicture order={order} />
    </>
  )
}

/** What is signed with the words is looked at with them. */
export const OrderPicture = (props: { readonly order: Pick<Order, 'picture'> }) => {
  const { t } = useT()
  const { picture } = props.order
  if (picture === undefined) return null
  return (
    <img
      class="picture-small"
      src={`/assets/${picture.sha256}`}
      alt={t('pictureOfOrder')}
      data-testid="order-picture-seen"
    />
  )
}

/** Headline for a list: its own, or what it is when it has no words. */
export const useHeadline = () => {
  const { t, lang } = useT()
  return (order: Order): string =>
    order.texts[0]?.headline ??
    (order.extendFrames === undefined ? ORDER_CLASS_NAMES[order.class][lang] : t('extendsFrames'))
}
