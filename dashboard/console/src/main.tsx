import { render } from 'preact'
import { useEffect } from 'preact/hooks'
import { startLive } from './live.ts'
import { Clusters } from './pages/clusters.tsx'
import { Content } from './pages/content.tsx'
import { Emergency } from './pages/emergency.tsx'
import { IncidentPage } from './pages/incident.tsx'
import { Incidents } from './pages/incidents.tsx'
import { ItemPage } from './pages/item.tsx'
import { Login } from './pages/login.tsx'
import { OrderPage } from './pages/order.tsx'
import { PlayLog } from './pages/playlog.tsx'
import { SchedulePage } from './pages/schedule.tsx'
import { SitePage } from './pages/site.tsx'
import { Submit } from './pages/submit.tsx'
import { Tokens } from './pages/tokens.tsx'
import { Uptime } from './pages/uptime.tsx'
import { parseRoute } from './route.ts'
import { makeStore, type Store, StoreProvider, useStore } from './store.tsx'
import { Shell } from './ui/shell.tsx'
import './style.css'
import './operate.css'

const Page = () => {
  const { route } = useStore()
  const here = route.value
  switch (here.page) {
    case 'clusters':
      return <Clusters key={here.query ?? ''} query={here.query ?? ''} />
    case 'site':
      return <SitePage key={`${here.site}?${here.query ?? ''}`} site={here.site} query={here.query ?? ''} />
    case 'schedule':
      return <SchedulePage key={here.site} site={here.site} />
    case 'emergency':
      return <Emergency />
    case 'order':
      return <OrderPage key={here.order} order={here.order} />
    case 'tokens':
      return <Tokens />
    case 'content':
      return <Content />
    case 'submit':
      return <Submit />
    case 'item':
      return <ItemPage key={here.item} item={here.item} />
    case 'playlog':
      return <PlayLog key={`${here.site ?? ''}?${here.query ?? ''}`} site={here.site} query={here.query ?? ''} />
    case 'incidents':
      return <Incidents key={here.query ?? ''} query={here.query ?? ''} />
    case 'incident':
      return <IncidentPage key={here.incident} incident={here.incident} />
    case 'uptime':
      return <Uptime key={here.query ?? ''} query={here.query ?? ''} />
  }
}

const App = () => {
  const store = useStore()
  const user = store.session.value?.user
  useEffect(() => {
    if (user === undefined) return
    store.restoreDraft(user)
    void store.reload()
    return startLive(store)
  }, [user])
  if (store.session.value === undefined) return null
  return user === undefined ? (
    <Login />
  ) : (
    <Shell>
      <Page />
    </Shell>
  )
}

const start = async (store: Store): Promise<void> => {
  document.documentElement.lang = store.lang.value
  window.addEventListener('hashchange', () => {
    store.route.value = parseRoute(location.hash)
    window.scrollTo(0, 0)
  })
  setInterval(() => {
    store.now.value = Date.now() + store.api.clockOffset()
  }, 1000)
  const root = document.getElementById('app')
  if (root === null) throw new Error('index.html has no #app')
  render(
    <StoreProvider store={store}>
      <App />
    </StoreProvider>,
    root,
  )
  const session = await store.api.session()
  store.session.value = session.ok ? session.value : null
}

void start(makeStore())
