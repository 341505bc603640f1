import { useState } from 'preact/hooks'
import type { ApiFault } from '../api.ts'
import { useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Act, Fault, Field } from '../ui/bits.tsx'
import { LangSwitch } from '../ui/shell.tsx'

export const Login = () => {
  const store = useStore()
  const { t, tf } = useT()
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<ApiFault | string | null>(null)

  const enter = async () => {
    if (user === '' || password === '' || busy) return
    setBusy(true)
    setFault(null)
    const answer = await store.api.login(user.trim(), password)
    setBusy(false)
    if (answer.ok) {
      setPassword('')
      store.session.value = answer.value
    } else if (answer.error.status === 429) {
      const wait = answer.error.retryAfterS
      setFault(wait === null ? t('loginTooMany') : tf('loginTooManyWait', { seconds: wait }))
    } else setFault(answer.error.status === 401 ? t('loginWrong') : answer.error)
  }

  return (
    <main class="login">
      <form
        class="card login-card"
        onSubmit={(e) => {
          e.preventDefault()
          void enter()
        }}
      >
        <div class="login-head">
          <span class="brand">{t('brand')}</span>
          <LangSwitch />
        </div>
        <h1>{t('loginTitle')}</h1>
        <Field label={t('user')} hint={null} required={false}>
          {(id) => (
            <input
              id={id}
              data-testid="login-user"
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              autofocus
              value={user}
              onInput={(e) => setUser(e.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={t('password')} hint={null} required={false}>
          {(id) => (
            <input
              id={id}
              type="password"
              data-testid="login-password"
              autocomplete="current-password"
              value={password}
              onInput={(e) => setPassword(e.currentTarget.value)}
            />
          )}
        </Field>
        <Act testid="login-submit" kind="primary" busy={busy} blocked={null} onPress={() => void enter()}>
          {busy ? t('loginBusy') : t('login')}
        </Act>
        {/* The Enter key submits a form only through a submit button. */}
        <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true" />
        <Fault fault={fault} testid="login-fault" />
        <p class="dim">{t('loginNote')}</p>
      </form>
    </main>
  )
}
