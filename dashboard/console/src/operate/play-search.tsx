import { useEffect, useRef, useState } from 'preact/hooks'
import { CATEGORIES, CATEGORY_NAMES } from '#core/content/category.ts'
import type { PlayAnswer } from '#core/contract/operations.ts'
import { PROOF_NAMES } from '#core/contract/words.ts'
import type { ApiFault } from '../api.ts'
import { fromInput, stamp } from '../format.ts'
import { LANGUAGE_NAMES, useT } from '../i18n.ts'
import { keepInAddress } from '../route.ts'
import { useStore } from '../store.tsx'
import { Act, Empty, Fault, Field, useDenied } from '../ui/bits.tsx'
import { PlayTable } from '../ui/plays.tsx'
import { csvOf, download } from './csv.ts'
import {
  addressOf,
  askOf,
  emptySearch,
  MOST_ROWS,
  PAGE,
  PLAY_COLUMNS,
  playRow,
  type SearchFault,
  type SearchField,
  type SearchForm,
  searchOf,
} from './search.ts'

/** What was found so far. `next`: where it goes on; null: this is all. */
type Found = { readonly plays: readonly PlayAnswer[]; readonly next: string | null }
type State = {
  readonly found: Found | null
  readonly busy: boolean
  readonly fault: ApiFault | SearchFault | null
}

/** Asks the hub page by page. A newer search drops an older one that is still on its way. */
const useSearch = () => {
  const { api } = useStore()
  const [state, setState] = useState<State>({ found: null, busy: false, fault: null })
  const held = useRef({ stop: new AbortController(), ask: new URLSearchParams() })
  useEffect(() => () => held.current.stop.abort(), [])

  /** Goes on until `enough` rows are there or nothing more; gives what is there, or null when it could not. */
  const gather = async (from: Found | null, enough: number): Promise<Found | null> => {
    held.current.stop.abort()
    const stop = new AbortController()
    held.current.stop = stop
    const ask = held.current.ask
    let found: Found = from ?? { plays: [], next: null }
    setState({ found: from, busy: true, fault: null })
    do {
      const page = new URLSearchParams(ask)
      page.set('limit', String(PAGE))
      if (found.next !== null) page.set('before', found.next)
      const answer = await api.searchPlays(page, stop.signal)
      if (stop.signal.aborted) return null
      if (!answer.ok) {
        setState({ found: found.plays.length === 0 ? from : found, busy: false, fault: answer.error })
        return null
      }
      found = { plays: [...found.plays, ...answer.value.plays], next: answer.value.next }
      setState({ found, busy: found.next !== null && found.plays.length < enough, fault: null })
    } while (found.next !== null && found.plays.length < enough)
    return found
  }
  return {
    state,
    start: (form: SearchForm) => {
      const asked = askOf(form)
      if ('fault' in asked) return setState((old) => ({ ...old, fault: asked.fault }))
      held.current.ask = asked.ask
      void gather(null, 1)
    },
    more: () => void gather(state.found, (state.found?.plays.length ?? 0) + 1),
    all: () => gather(state.found, MOST_ROWS),
  }
}

type Change = (field: SearchField, value: string) => void
type Option = readonly [value: string, name: string]

const Choice = (props: {
  readonly field: SearchField
  readonly label: string
  readonly form: SearchForm
  readonly options: readonly Option[]
  readonly onChange: Change
}) => {
  const { t } = useT()
  const { field } = props
  return (
    <Field label={props.label} hint={null} required={false}>
      {(id) => (
        <select
          id={id}
          data-testid={`search-${field}`}
          value={props.form[field]}
          onChange={(e) => props.onChange(field, e.currentTarget.value)}
        >
          <option value="">{t('any')}</option>
          {props.options.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

type Typed = {
  readonly field: SearchField
  readonly label: string
  readonly form: SearchForm
  readonly onChange: Change
}

const Text = (props: Typed) => (
  <Field label={props.label} hint={null} required={false}>
    {(id) => (
      <input
        id={id}
        maxLength={200}
        data-testid={`search-${props.field}`}
        value={props.form[props.field]}
        onInput={(e) => props.onChange(props.field, e.currentTarget.value)}
      />
    )}
  </Field>
)

const Time = (props: Typed) => {
  const at = fromInput(props.form[props.field])
  // The input shows times as the browser's language does; the line below says the same unmistakably.
  return (
    <Field label={props.label} hint={at === undefined ? null : stamp(at)} required={false}>
      {(id) => (
        <input
          id={id}
          type="datetime-local"
          step="1"
          data-testid={`search-${props.field}`}
          value={props.form[props.field]}
          onInput={(e) => props.onChange(props.field, e.currentTarget.value)}
        />
      )}
    </Field>
  )
}

const Fields = (props: { readonly form: SearchForm; readonly onChange: Change }) => {
  const { sites } = useStore()
  const { t, lang } = useT()
  const { form, onChange } = props
  const more = { form, onChange }
  const rare = (['language', 'proof', 'supplier', 'item', 'order'] as const).some((field) => form[field] !== '')
  return (
    <>
      <div class="search-grid">
        <Text field="text" label={t('searchText')} {...more} />
        <Choice
          field="site"
          label={t('cluster')}
          options={sites.value.map((s) => [s.id, `${s.id} · ${s.name}`])}
          {...more}
        />
        <Time field="from" label={t('searchFrom')} {...more} />
        <Time field="to" label={t('searchTo')} {...more} />
        <Choice
          field="category"
          label={t('searchCategory')}
          options={CATEGORIES.map((c) => [c, `${CATEGORY_NAMES[c].clause} ${CATEGORY_NAMES[c][lang]}`])}
          {...more}
        />
      </div>
      <details open={rare}>
        <summary data-testid="search-rare">{t('searchRare')}</summary>
        <div class="search-grid">
          <Choice
            field="language"
            label={t('language')}
            options={Object.entries(LANGUAGE_NAMES).map(([tag, name]) => [tag, name[lang]])}
            {...more}
          />
          <Choice
            field="proof"
            label={t('colProof')}
            options={Object.entries(PROOF_NAMES).map(([proof, name]) => [proof, name[lang]])}
            {...more}
          />
          <Text field="supplier" label={t('searchSupplier')} {...more} />
          <Text field="item" label={t('searchItem')} {...more} />
          <Text field="order" label={t('searchOrder')} {...more} />
        </div>
      </details>
    </>
  )
}

const Results = (props: { readonly state: State; readonly onMore: () => void; readonly onCsv: () => void }) => {
  const { t, tf } = useT()
  const { state } = props
  const { found } = state
  if (found === null) return state.busy ? <Empty>{t('loading')}</Empty> : null
  const n = found.plays.length
  const text = found.next === null ? tf('searchFound', { n }) : tf('searchFoundMore', { n })
  return (
    <section class="card" aria-busy={state.busy}>
      <div class="day-head">
        <h2>
          <span role="status" data-testid="search-count">
            {n === 0 ? t('searchNothing') : text}
          </span>
        </h2>
        <Act
          testid="search-csv"
          kind="plain"
          busy={state.busy}
          blocked={n === 0 ? t('nothingYet') : null}
          onPress={props.onCsv}
        >
          {t('csv')}
        </Act>
      </div>
      {n > 0 && <PlayTable plays={found.plays} named={true} />}
      {found.next !== null && (
        <Act testid="search-more" kind="plain" busy={state.busy} blocked={null} onPress={props.onMore}>
          {tf('searchMore', { n: PAGE })}
        </Act>
      )}
    </section>
  )
}

/** Plays of every cluster by what is known of them; what was asked stands in the address. */
export const PlaySearchPage = (props: { readonly site: string | null; readonly query: string }) => {
  const { t, tf } = useT()
  const denied = useDenied('playlog.query')
  const [form, setForm] = useState<SearchForm>(() => {
    const asked = searchOf(props.query)
    return asked.site === '' && props.site !== null ? { ...asked, site: props.site } : asked
  })
  const { state, start, more, all } = useSearch()
  useEffect(() => {
    if (props.query !== '' && denied === null) start(form)
  }, [])
  const ask = () => {
    keepInAddress({ page: 'playlog', site: null, query: addressOf(form) })
    start(form)
  }
  const csv = async () => {
    const found = await all()
    if (found === null) return
    download('nhat-ky-dang-phat.csv', csvOf(PLAY_COLUMNS, found.plays.map(playRow)))
  }
  const fault = typeof state.fault === 'string' ? t(state.fault) : state.fault
  return (
    <>
      <form
        class="card"
        onSubmit={(e) => {
          e.preventDefault()
          if (denied === null) ask()
        }}
      >
        <Fields form={form} onChange={(field, value) => setForm({ ...form, [field]: value })} />
        <div class="actions">
          <Act testid="search-ask" kind="primary" busy={state.busy} blocked={denied} onPress={ask}>
            {t('searchAsk')}
          </Act>
          <button type="button" class="btn" data-testid="search-clear" onClick={() => setForm(emptySearch())}>
            {t('wallClear')}
          </button>
          <span class="dim">
            {t('zoneNote')} · {tf('searchCsvNote', { n: MOST_ROWS })}
          </span>
        </div>
        <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true" />
      </form>
      <Fault fault={fault} testid="search-fault" />
      <Results state={state} onMore={more} onCsv={() => void csv()} />
    </>
  )
}
