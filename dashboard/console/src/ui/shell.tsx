import type { ComponentChildren } from 'preact'
import { clock } from '../format.ts'
import { ROLE_NAMES, useT, type Word } from '../i18n.ts'
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

const TABS: readonly { readonly route: Route; readonly word: Word; readonly pages: readonly Route['page'][] }[] = [
  { route: { page: 'clusters' }, word: 'navClusters', pages: ['clusters', 'site', 'schedule'] },
  { route: { page: 'emergency' }, word: 'navEmergency', pages: ['emergency'] },
  { route: { page: 'content' }, word: 'navContent', pages: ['content', 'submit', 'item'] },
  { route: { page: 'playlog', site: null }, word: 'navPlaylog', pages: ['playlog'] },
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

const Now = () => <span class="mono">{clock(useStore().now.value)}</span>

/** A red line at the foot of every page while a real order is in force, a blue dashed one for an exercise: it is never forgotten. */
const InForce = () => {
  const { orders } = useStore()
  const { tf, t } = useT()
  const open = orders.value.filter((o) => o.state === 'open' && o.order.action !== 'cancel')
  const actual = open.filter((o) => o.order.status === 'actual')
  const exercise = open.length - actual.length
  if (open.length === 0) return null
  return (
    <a class={actual.length > 0 ? 'inforce' : 'inforce inforce-exercise'} href="#/emergency" data-testid="inforce-bar">
      {actual.length > 0 && (
        <span>
          ■ {tf('inForceActual', { n: actual.length })}:{' '}
          {actual[0]?.order.texts[0]?.headline ??
            t(actual[0]?.order.extendFrames === undefined ? 'noText' : 'extendsFrames')}
        </span>
      )}
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
          {TABS.map((tab) => (
            <a
              key={tab.word}
              href={hrefOf(tab.route)}
              data-testid={`nav-${tab.route.page}`}
              {...(tab.pages.includes(page) ? { 'aria-current': 'page' as const } : {})}
            >
              {t(tab.word)}
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
