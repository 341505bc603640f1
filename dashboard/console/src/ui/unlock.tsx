import { useEffect, useRef, useState } from 'preact/hooks'
import type { WrappedKey } from '#core/contract/api.ts'
import type { ApiFault } from '../api.ts'
import { useT } from '../i18n.ts'
import { type Signer, unlock } from '../sign.ts'
import { useStore } from '../store.tsx'
import { Act, Fault, Field } from './bits.tsx'

/**
 * Asks for the signing passphrase, unless the key is still open. `children` gets the signer. The passphrase lives in this component's
 * field only, and the field is emptied as soon as it was used.
 */
export const Unlock = (props: {
  readonly testid: string
  /** What opening the key does at once; absent: it only opens it. */
  readonly press?: string
  /** There is something to be read first: the field does not take the focus. */
  readonly calm?: boolean
  readonly onSigner: (signer: Signer) => void
}) => {
  const store = useStore()
  const { t } = useT()
  const [passphrase, setPassphrase] = useState('')
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<ApiFault | string | null>(null)
  const session = store.session.value
  const input = useRef<HTMLInputElement>(null)
  // The field may appear after its dialog did; whoever types the passphrase then must not be typing onto a button.
  useEffect(() => {
    if (props.calm !== true) input.current?.focus()
  }, [])

  const open = async () => {
    setBusy(true)
    setFault(null)
    const answer = await store.api.key()
    if (!answer.ok) {
      setFault(answer.error.status === 404 ? t('noKey') : answer.error)
      return setBusy(false)
    }
    const opened = await unlock(answer.value satisfies WrappedKey, passphrase)
    setPassphrase('')
    setBusy(false)
    if (!opened.ok) return setFault(t(`unlock-${opened.error}`))
    store.keepSigner(opened.value)
    props.onSigner(opened.value)
  }

  if (session !== null && session !== undefined && !session.signs) return <p class="fault">✕ {t('noKey')}</p>
  return (
    <form
      class="unlock"
      onSubmit={(e) => {
        e.preventDefault()
        if (passphrase !== '' && !busy) void open()
      }}
    >
      <Field label={t('passphrase')} hint={t('passphraseHint')} required={false}>
        {(id) => (
          <input
            id={id}
            type="password"
            autocomplete="off"
            ref={input}
            data-testid={`${props.testid}-passphrase`}
            value={passphrase}
            onInput={(e) => setPassphrase(e.currentTarget.value)}
          />
        )}
      </Field>
      <Act
        testid={`${props.testid}-unlock`}
        kind={props.press === undefined ? 'plain' : 'danger'}
        busy={busy}
        blocked={passphrase === '' ? t('passphraseFirst') : null}
        onPress={() => void open()}
      >
        {busy ? t('unlocking') : (props.press ?? t('unlock'))}
      </Act>
      <Fault fault={fault} testid={`${props.testid}-unlock-fault`} />
    </form>
  )
}

/** The signer while it is open, else null. */
export const useSigner = (): Signer | null => {
  const kept = useStore().signer.value
  return kept !== null && kept.until > Date.now() ? kept.signer : null
}
