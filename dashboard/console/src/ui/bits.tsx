import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { type Action, CAN, can } from '#core/contract/can.ts'
import type { ApiFault } from '../api.ts'
import { ROLE_NAMES, useT } from '../i18n.ts'
import { useStore } from '../store.tsx'

/** A state is always a colour, a sign and a word. */
export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'off' | 'exercise' | 'away' | 'emergency' | 'dark'
export const SIGNS: { readonly [T in Tone]: string } = {
  ok: '✓',
  warn: '▲',
  bad: '✕',
  info: '●',
  off: '○',
  exercise: '◇',
  away: '?',
  emergency: '■',
  dark: '☾',
}

export const Tag = (props: { readonly tone: Tone; readonly children: ComponentChildren }) => (
  <span class={`tag tag-${props.tone}`}>
    <span class="sign" aria-hidden="true">
      {SIGNS[props.tone]}
    </span>
    {props.children}
  </span>
)

/** One reading: a label and its value. */
export const Fact = (props: {
  readonly label: string
  readonly tone: Tone | null
  readonly children: ComponentChildren
}) => (
  <div class={`fact${props.tone === null ? '' : ` tone-${props.tone}`}`}>
    <dt>{props.label}</dt>
    <dd>
      {props.tone !== null && props.tone !== 'ok' && (
        <span class="sign" aria-hidden="true">
          {SIGNS[props.tone]}{' '}
        </span>
      )}
      {props.children}
    </dd>
  </div>
)

/** Why this person may not do this, or null when they may. */
export const useDenied = (action: Action): string | null => {
  const { session } = useStore()
  const { lang, tf } = useT()
  const roles = session.value?.roles ?? []
  if (can(roles, action)) return null
  const names = CAN[action].roles.map((role) => ROLE_NAMES[role][lang]).join(', ')
  return tf('denied', { what: CAN[action][lang], roles: names, source: CAN[action].source })
}

/** A button that, when it cannot be pressed, stands there and says why. */
export const Act = (props: {
  readonly testid: string
  readonly kind: 'primary' | 'plain' | 'danger' | 'exercise' | 'clear'
  readonly blocked: string | null
  readonly busy: boolean
  /** Cannot be pressed for the reason that the button beside it says. */
  readonly disabled?: boolean
  readonly onPress: () => void
  readonly children: ComponentChildren
}) => {
  const id = useId()
  return (
    <span class="act">
      <button
        type="button"
        class={`btn btn-${props.kind}`}
        data-testid={props.testid}
        disabled={props.blocked !== null || props.busy || props.disabled === true}
        aria-busy={props.busy}
        {...(props.blocked === null ? {} : { 'aria-describedby': id })}
        onClick={props.onPress}
      >
        {props.children}
      </button>
      {props.blocked !== null && (
        <span id={id} class="why">
          {props.blocked}
        </span>
      )}
    </span>
  )
}

/** A labelled form field. `children` gets the id to put on its control. */
export const Field = (props: {
  readonly label: string
  readonly hint: string | null
  readonly required: boolean
  readonly children: (id: string) => ComponentChildren
}) => {
  const id = useId()
  const { t } = useT()
  return (
    <div class="field">
      <label for={id}>
        {props.label}
        {props.required && <span class="required"> {t('required')}</span>}
      </label>
      {props.children(id)}
      {props.hint !== null && <span class="hint">{props.hint}</span>}
    </div>
  )
}

export const Fault = (props: { readonly fault: ApiFault | string | null; readonly testid: string }) => {
  const { lang, tf } = useT()
  const { fault } = props
  const text = fault === null ? '' : typeof fault === 'string' ? fault : fault.message[lang]
  const where = fault !== null && typeof fault !== 'string' ? fault.where : null
  return (
    <div role="alert" data-testid={props.testid} class={fault === null ? 'fault-none' : 'fault'}>
      {fault !== null && (
        <>
          <span aria-hidden="true">✕ </span>
          {text}
          {where !== null && where !== '' && <span class="where"> {tf('faultWhere', { where })}</span>}
        </>
      )}
    </div>
  )
}

/** The browser's own dialog: it keeps the focus inside, Esc closes it, and the page behind is out of reach. */
export const Dialog = (props: {
  readonly title: string
  readonly kind: 'plain' | 'danger' | 'exercise' | 'clear'
  readonly testid: string
  /** It is to be read from its top: the heading takes the focus, not the first field. */
  readonly calm?: boolean
  readonly onClose: () => void
  readonly children: ComponentChildren
}) => {
  const ref = useRef<HTMLDialogElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  // Taken while it is drawn first: a field inside may ask for the focus before the dialog is open.
  const before = useRef(document.activeElement)
  const id = useId()
  useEffect(() => {
    const box = ref.current
    if (box !== null && !box.open) box.showModal()
    if (props.calm === true) heading.current?.focus()
    return () => {
      box?.close()
      // Back to where the keyboard was; the browser does it only for a dialog that is still on the page.
      const { current } = before
      if (current instanceof HTMLElement && current.isConnected) current.focus()
    }
  }, [])
  return (
    <dialog
      ref={ref}
      class={`dialog dialog-${props.kind}`}
      aria-labelledby={id}
      data-testid={props.testid}
      onCancel={(e) => {
        e.preventDefault()
        props.onClose()
      }}
    >
      <h2 id={id} ref={heading} tabIndex={-1}>
        {props.title}
      </h2>
      {props.children}
    </dialog>
  )
}

export const Empty = (props: { readonly children: ComponentChildren }) => <p class="empty">{props.children}</p>
