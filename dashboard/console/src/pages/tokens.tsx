import { useEffect, useState } from 'preact/hooks'
import type { TokenScope, TokenView } from '#core/contract/api.ts'
import type { ApiFault } from '../api.ts'
import { day, stamp } from '../format.ts'
import { useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Act, Dialog, Empty, Fault, Field, Tag, useDenied } from '../ui/bits.tsx'

/** tokens.test.ts holds this to the contract, whose schemas have no place in a browser. */
export const SCOPES = [
  'sites.read',
  'orders.read',
  'orders.draft',
  'orders.submit',
  'cap.submit',
  'playlog.read',
  'incidents.read',
] as const satisfies readonly TokenScope[]
const DEFAULT_DAYS = 90
const MOST_DAYS = 366

const stateOf = (token: TokenView, now: number): 'live' | 'revoked' | 'ended' => {
  if (token.revokedAt !== null) return 'revoked'
  return token.expiresAt <= now ? 'ended' : 'live'
}

const Make = (props: { readonly onMade: (token: TokenView & { readonly token: string }) => void }) => {
  const store = useStore()
  const { t } = useT()
  const denied = useDenied('account.manage')
  const [name, setName] = useState('')
  const [days, setDays] = useState(DEFAULT_DAYS)
  const [scopes, setScopes] = useState<readonly TokenScope[]>([])
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const make = async () => {
    setBusy(true)
    setFault(null)
    const answer = await store.api.makeToken({ name: name.trim(), scopes, days })
    setBusy(false)
    if (!answer.ok) return setFault(answer.error)
    setName('')
    setScopes([])
    props.onMade(answer.value)
  }
  const lasts = Number.isInteger(days) && days >= 1 && days <= MOST_DAYS
  const missing = name.trim() === '' ? t('tokenNameFirst') : scopes.length === 0 ? t('tokenScopeFirst') : null
  return (
    <section class="card submit">
      <h2>{t('tokenNew')}</h2>
      <p class="dim">{t('tokenNote')}</p>
      <div class="form-grid">
        <Field label={t('tokenName')} hint={t('tokenNameHint')} required={true}>
          {(id) => (
            <input
              id={id}
              maxLength={100}
              data-testid="token-name"
              value={name}
              onInput={(e) => setName(e.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={t('tokenDays')} hint={t('tokenDaysHint')} required={true}>
          {(id) => (
            <input
              id={id}
              type="number"
              min={1}
              max={MOST_DAYS}
              data-testid="token-days"
              value={Number.isNaN(days) ? '' : days}
              onInput={(e) => setDays(e.currentTarget.valueAsNumber)}
            />
          )}
        </Field>
      </div>
      <fieldset class="group">
        <legend>{t('tokenScopes')}</legend>
        {SCOPES.map((scope) => (
          <label class="check" key={scope}>
            <input
              type="checkbox"
              data-testid={`token-scope-${scope}`}
              checked={scopes.includes(scope)}
              onChange={(e) =>
                setScopes(e.currentTarget.checked ? [...scopes, scope] : scopes.filter((s) => s !== scope))
              }
            />
            <span>
              {t(`scope-${scope}`)} <span class="dim mono">{scope}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <Fault fault={fault} testid="token-fault" />
      <Act
        testid="token-make"
        kind="primary"
        busy={busy}
        blocked={denied ?? missing ?? (lasts ? null : t('tokenDaysHint'))}
        onPress={() => void make()}
      >
        {t('tokenMake')}
      </Act>
    </section>
  )
}

/** Shown once: the hub keeps only its hash. */
const Once = (props: { readonly token: TokenView & { readonly token: string }; readonly onClose: () => void }) => {
  const { t } = useT()
  const [copied, setCopied] = useState(false)
  const { token } = props
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(token.token)
      setCopied(true)
    } catch {
      // Forbidden by the browser: the text stands there to be marked.
      setCopied(false)
    }
  }
  return (
    <Dialog title={t('tokenOnce')} kind="plain" testid="token-dialog" onClose={props.onClose}>
      <p>
        <strong>{token.name}</strong> · {token.scopes.join(', ')}
      </p>
      <p class="token-text mono" data-testid="token-text">
        {token.token}
      </p>
      <p class="tone-warn">▲ {t('tokenOnceNote')}</p>
      <div class="dialog-foot">
        <Act testid="token-copy" kind="plain" busy={false} blocked={null} onPress={() => void copy()}>
          {copied ? `✓ ${t('tokenCopied')}` : t('tokenCopy')}
        </Act>
        <Act testid="token-close" kind="primary" busy={false} blocked={null} onPress={props.onClose}>
          {t('tokenKept')}
        </Act>
      </div>
    </Dialog>
  )
}

const Row = (props: { readonly token: TokenView; readonly onRevoke: () => void }) => {
  const { now } = useStore()
  const { t } = useT()
  const { token } = props
  const state = stateOf(token, now.value)
  return (
    <tr data-testid={`token-${token.id}`} data-state={state}>
      <th scope="row" data-label={t('tokenName')}>
        {token.name}
        <br />
        <span class="dim">
          {token.by} · {day(token.createdAt)}
        </span>
      </th>
      <td data-label={t('tokenScopes')}>{token.scopes.map((s) => t(`scope-${s}`)).join(' · ')}</td>
      <td data-label={t('tokenUntil')}>{stamp(token.expiresAt)}</td>
      <td data-label={t('tokenUsed')}>{token.lastUsedAt === null ? t('tokenNever') : stamp(token.lastUsedAt)}</td>
      <td data-label={t('state')}>
        {state === 'live' ? (
          <>
            <Tag tone="ok">{t('tokenLive')}</Tag>{' '}
            <button type="button" class="chip" data-testid={`token-revoke-${token.id}`} onClick={props.onRevoke}>
              {t('tokenRevoke')}
            </button>
          </>
        ) : (
          <Tag tone="off">{t(state === 'revoked' ? 'tokenRevoked' : 'tokenEnded')}</Tag>
        )}
      </td>
    </tr>
  )
}

const RevokeDialog = (props: {
  readonly token: TokenView
  readonly onClose: () => void
  readonly onDone: () => void
}) => {
  const store = useStore()
  const { t } = useT()
  const [fault, setFault] = useState<ApiFault | null>(null)
  const [busy, setBusy] = useState(false)
  const revoke = async () => {
    setBusy(true)
    const answer = await store.api.revokeToken(props.token.id)
    setBusy(false)
    return answer.ok ? props.onDone() : setFault(answer.error)
  }
  return (
    <Dialog title={t('tokenRevokeTitle')} kind="plain" testid="revoke-dialog" onClose={props.onClose}>
      <p>
        <strong>{props.token.name}</strong>
      </p>
      <p>{t('tokenRevokeNote')}</p>
      <Fault fault={fault} testid="revoke-fault" />
      <div class="dialog-foot">
        <Act testid="revoke-back" kind="plain" busy={busy} blocked={null} onPress={props.onClose}>
          {t('back')}
        </Act>
        <Act testid="revoke-confirm" kind="danger" busy={busy} blocked={null} onPress={() => void revoke()}>
          {t('tokenRevoke')}
        </Act>
      </div>
    </Dialog>
  )
}

/** Tokens for programs: what each may do, until when, and the end of one. None of them can release anything. */
export const Tokens = () => {
  const store = useStore()
  const { t } = useT()
  const denied = useDenied('account.manage')
  const [list, setList] = useState<readonly TokenView[] | null>(null)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const [made, setMade] = useState<(TokenView & { readonly token: string }) | null>(null)
  const [revoking, setRevoking] = useState<TokenView | null>(null)
  const load = async () => {
    const answer = await store.api.tokens()
    setFault(answer.ok ? null : answer.error)
    if (answer.ok) setList(answer.value)
  }
  useEffect(() => {
    if (denied === null) void load()
  }, [denied])
  if (denied !== null)
    return (
      <>
        <h1>{t('navTokens')}</h1>
        <p class="notice">{denied}</p>
      </>
    )
  return (
    <>
      <h1>{t('navTokens')}</h1>
      <Make
        onMade={(token) => {
          setMade(token)
          void load()
        }}
      />
      <section class="card">
        <h2>{t('tokenList')}</h2>
        <Fault fault={fault} testid="tokens-fault" />
        {list === null && fault === null && <Empty>{t('loading')}</Empty>}
        {list?.length === 0 && <Empty>{t('tokenNone')}</Empty>}
        {list !== null && list.length > 0 && (
          <div class="table-box">
            <table class="stack">
              <thead>
                <tr>
                  <th scope="col">{t('tokenName')}</th>
                  <th scope="col">{t('tokenScopes')}</th>
                  <th scope="col">{t('tokenUntil')}</th>
                  <th scope="col">{t('tokenUsed')}</th>
                  <th scope="col">{t('state')}</th>
                </tr>
              </thead>
              <tbody>
                {list.map((token) => (
                  <Row key={token.id} token={token} onRevoke={() => setRevoking(token)} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      {made !== null && <Once token={made} onClose={() => setMade(null)} />}
      {revoking !== null && (
        <RevokeDialog
          token={revoking}
          onClose={() => setRevoking(null)}
          onDone={() => {
            setRevoking(null)
            void load()
          }}
        />
      )}
    </>
  )
}
