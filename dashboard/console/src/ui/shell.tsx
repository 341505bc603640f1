import type { ComponentChildren } from 'preact'
import { type Action, can } from '#core/contract/can.ts'
import { useHeadline } from '../emergency/marks.tsx'
import { inForce } from '../emergency/progress.ts'
import { clock } from '../format.ts'
import { ROLE_NAMES, useT, type Word } from '../i18n.ts'
import { callsFor } from '../operate/incident.ts'
import { hrefOf, type Route } from '../route.ts'
import { useStore } from '../store.tsx'
import { Tag } from './bits.tsx'

export const LangSwitch = () => {
  const store = useStore()
  const { t, lang } = useT()
  return (
    <fieldset class="lang" aria-label={t('language')}>
      {(['vi', 'en'] as const).map((code) => (
        <button
          key={code}
          type="button"
          data-testid={`lang-${code}`}
          aria-pressed={lang === code}
          lang={code}
          onClick={() => store.setLang(code)}
        >
          {code === 'vi' ? 'Tiếng Việt' : 'English'}
        </button>
      ))}
    </fieldset>
  )
}

type Tab = {
  readonly route: Route
  readonly word: Word
  readonly pages: readonly Route['page'][]
  /** Only in the way of whoever needs it; the page itself says who may. Null: everybody. */
  readonly need: Action | null
}
const TABS: readonly Tab[] = [
  { route: { page: 'clusters' }, word: 'navClusters', pages: ['clusters', 'site', 'schedule'], need: null },
  { route: { page: 'emergency' }, word: 'navEmergency', pages: ['emergency', 'order'], need: null },
  { route: { page: 'content' }, word: 'navContent', pages: ['content', 'submit', 'item'], need: null },
  { route: { page: 'incidents' }, word: 'navIncidents', pages: ['incidents', 'incident'], need: null },
  { route: { page: 'playlog', site: null }, word: 'navPlaylog', pages: ['playlog'], need: null },
  { route: { page: 'uptime' }, word: 'navUptime', pages: ['uptime'], need: null },
  { route: { page: 'tokens' }, word: 'navTokens', pages: ['tokens'], need: 'account.manage' },
]

const LiveTag = () => {
  const { live } = useStore()
  const { t } = useT()
  return (
    <span role="status" data-testid="live-state">
      {live.value === 'up' && <Tag tone="ok">{t('liveUp')}</Tag>}
      {live.value === 'connecting' && <Tag tone="info">{t('liveConnecting')}</Tag>}
      {live.value === 'down' && <Tag tone="bad">{t('liveDown')}</Tag>}
    </span>
  )
}

/** How many incidents stand that nobody has taken on. */
const Calling = () => {
  const { incidents } = useStore()
  const { tf } = useT()
  const n = callsFor(incidents.value)
  if (n === 0) return null
  return (
    <span class="calling" data-testid="incidents-calling">
      <span aria-hidden="true">{n}</span>
      <span class="visually-hidden">{tf('callingN', { n })}</span>
    </span>
  )
}

const Now = () => <span class="mono">{clock(useStore().now.value)}</span>

/** A red line at the foot of every page while a real order is in force, a blue dashed one for an exercise: it is never forgotten. */
const InForce = () => {
  const { orders } = useStore()
  const { tf } = useT()
  const headline = useHeadline()
  const open = inForce(orders.value)
  const actual = open.filter((o) => o.order.status === 'actual')
  const danger = actual.filter((o) => o.order.allClear !== true)
  const exercise = open.length - actual.length
  const clear = actual.length - danger.length
  if (open.length === 0) return null
  const [first] = danger
  const look = danger.length > 0 ? '' : clear > 0 ? ' inforce-clear' : ' inforce-exercise'
  return (
    <a class={`inforce${look}`} href="#/emergency" data-testid="inforce-bar">
      {first !== undefined && (
        <span>
          ■ {tf('inForceActual', { n: danger.length })}: {headline(first.order)}
        </span>
      )}
      {clear > 0 && <span>✓ {tf('inForceClear', { n: clear })}</span>}
      {exercise > 0 && <span>◇ {tf('inForceExercise', { n: exercise })}</span>}
    </a>
  )
}

export const Shell = (props: { readonly children: ComponentChildren }) => {
  const store = useStore()
  const { t, lang } = useT()
  const session = store.session.value
  const page = store.route.value.page
  const leave = async () => {
    // Whoever leaves takes the draft along: the next person at this computer is another one.
    store.draft.value = null
    await store.api.logout()
    store.forget()
  }
  return (
    <>
      {/* A button and not an anchor: the part of the address after # is the page. */}
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        {t('skip')}
      </button>
      <header class="top">
        <a class="brand" href="#/clusters">
          {t('brand')}
        </a>
        <nav aria-label={t('navLabel')}>
          {TABS.filter((tab) => tab.need === null || can(session?.roles ?? [], tab.need)).map((tab) => (
            <a
              key={tab.word}
              href={hrefOf(tab.route)}
              data-testid={`nav-${tab.route.page}`}
              {...(tab.pages.includes(page) ? { 'aria-current': 'page' as const } : {})}
            >
              {t(tab.word)}
              {tab.route.page === 'incidents' && <Calling />}
            </a>
          ))}
        </nav>
        <div class="who">
          <LiveTag />
          <Now />
          <span class="person">
            <strong data-testid="session-name">{session?.name}</strong>
            <span>{session?.roles.map((r) => ROLE_NAMES[r][lang]).join(', ')}</span>
          </span>
          <LangSwitch />
          <button type="button" class="btn btn-bare" data-testid="logout" onClick={() => void leave()}>
            {t('logout')}
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {props.children}
      </main>
      <InForce />
    </>
  )
}
