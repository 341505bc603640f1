import { useState } from 'preact/hooks'
import type { PlayAnswer } from '#core/contract/operations.ts'
import type { ApiFault, PlayQuery } from '../api.ts'
import { fromInput, stamp, toInput } from '../format.ts'
import { useT } from '../i18n.ts'
import { PlaySearchPage } from '../operate/play-search.tsx'
import { keepInAddress } from '../route.ts'
import { useStore } from '../store.tsx'
import { Act, Empty, Fault, Field, useDenied } from '../ui/bits.tsx'
import { PlayTable } from '../ui/plays.tsx'

type Answered = { readonly query: PlayQuery; readonly plays: readonly PlayAnswer[] }

/** Site and time: what was on, why, from whom, under which document, and how we know. */
const Moment = (props: { readonly site: string | null }) => {
  const store = useStore()
  const { t, tf } = useT()
  const denied = useDenied('playlog.query')
  const [site, setSite] = useState(props.site ?? '')
  const [at, setAt] = useState(() => toInput(store.now.peek()))
  const [to, setTo] = useState('')
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<ApiFault | string | null>(null)
  const [answered, setAnswered] = useState<Answered | null>(null)
  const chosen = site === '' ? (store.sites.value[0]?.id ?? '') : site

  // The input shows times as the browser's language does; the line below says the same unmistakably.
  const spoken = (text: string): string => {
    const time = fromInput(text)
    return time === undefined ? t('timeMissing') : `${stamp(time)} · ${t('zoneNote')}`
  }
  const ask = async () => {
    const [from, until] = [fromInput(at), to === '' ? undefined : fromInput(to)]
    if (from === undefined) return setFault(t('timeMissing'))
    if (until !== undefined && until <= from) return setFault(t('timeOrder'))
    setBusy(true)
    setFault(null)
    const query: PlayQuery = until === undefined ? { site: chosen, at: from } : { site: chosen, from, to: until }
    const answer = await store.api.plays(query)
    setBusy(false)
    if (answer.ok) setAnswered({ query, plays: answer.value })
    else setFault(answer.error)
  }

  return (
    <>
      <form
        class="card form-row"
        onSubmit={(e) => {
          e.preventDefault()
          if (denied === null) void ask()
        }}
      >
        <Field label={t('cluster')} hint={null} required={false}>
          {(id) => (
            <select id={id} data-testid="playlog-site" value={chosen} onChange={(e) => setSite(e.currentTarget.value)}>
              {store.sites.value.map((s) => (
                <option key={s.id} value={s.id}>
                  {s.id} · {s.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t('atTime')} hint={spoken(at)} required={false}>
          {(id) => (
            <input
              id={id}
              type="datetime-local"
              step="1"
              data-testid="playlog-at"
              value={at}
              onInput={(e) => setAt(e.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={t('toTime')} hint={to === '' ? t('toTimeHint') : spoken(to)} required={false}>
          {(id) => (
            <input
              id={id}
              type="datetime-local"
              step="1"
              data-testid="playlog-to"
              value={to}
              onInput={(e) => setTo(e.currentTarget.value)}
            />
          )}
        </Field>
        <Act
          testid="playlog-ask"
          kind="primary"
          busy={busy}
          blocked={denied ?? (chosen === '' ? t('noSites') : null)}
          onPress={() => void ask()}
        >
          {t('query')}
        </Act>
        <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true" />
      </form>
      <Fault fault={fault} testid="playlog-fault" />
      {answered !== null && (
        <section class="card">
          <h2>
            {answered.query.site} ·{' '}
            {'at' in answered.query
              ? stamp(answered.query.at)
              : `${stamp(answered.query.from)} – ${stamp(answered.query.to)}`}
          </h2>
          {answered.plays.length === 0 ? (
            <Empty>{t('nothingThen')}</Empty>
          ) : (
            <>
              <p class="dim">
                {tf(answered.plays.length === 1 ? 'playFound' : 'playsFound', { n: answered.plays.length })}
              </p>
              <PlayTable plays={answered.plays} />
            </>
          )}
        </section>
      )}
    </>
  )
}

/** Two questions of one log: what was on a screen at an instant, and where in all of them something was. Both can be sent as a link. */
export const PlayLog = (props: { readonly site: string | null; readonly query: string }) => {
  const { t } = useT()
  const [view, setView] = useState<'moment' | 'search'>(props.query === '' ? 'moment' : 'search')
  return (
    <>
      <div class="page-head">
        <h1>{t('navPlaylog')}</h1>
        <fieldset class="switch">
          <legend class="visually-hidden">{t('playlogLabel')}</legend>
          {(['moment', 'search'] as const).map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={view === one}
              data-testid={`playlog-${one}`}
              onClick={() => {
                setView(one)
                if (one === 'moment') keepInAddress({ page: 'playlog', site: props.site })
              }}
            >
              {t(`playlog-${one}`)}
            </button>
          ))}
        </fieldset>
      </div>
      {view === 'moment' ? <Moment site={props.site} /> : <PlaySearchPage site={props.site} query={props.query} />}
    </>
  )
}
