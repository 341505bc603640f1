import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { type ComponentChildren, createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { ItemView, OrderView, Session, SiteView } from '#core/contract/api.ts'
import { type Api, makeApi } from './api.ts'
import { laterView } from './emergency/progress.ts'
import { type EmergencyState, makeEmergency } from './emergency/shared.ts'
import type { Lang } from './lang.ts'
import { makeOperate, type OperateState } from './operate/shared.ts'
import { parseRoute, type Route } from './route.ts'
import { type Signer, UNLOCK_MS } from './sign.ts'

/** Everything the pages share. Made once in `main.tsx`; nothing here lives at module level. */
export type Store = EmergencyState &
  OperateState & {
    readonly api: Api
    readonly lang: Signal<Lang>
    readonly route: Signal<Route>
    /** `undefined` until the hub has said whether someone is logged in. */
    readonly session: Signal<Session | null | undefined>
    readonly sites: Signal<readonly SiteView[]>
    /** The same by id: a card that looks up its own cluster is drawn anew only when that one changed. */
    readonly siteById: ReadonlySignal<ReadonlyMap<string, SiteView>>
    readonly orders: Signal<readonly OrderView[]>
    readonly items: Signal<readonly ItemView[]>
    /** Has the first answer of each list arrived? An empty list and no answer yet must not look the same. */
    readonly loaded: Signal<boolean>
    readonly live: Signal<'connecting' | 'up' | 'down'>
    /** Site → a number that changes when its picture does. */
    readonly frames: Signal<ReadonlyMap<string, number>>
    /** The hub's clock, once a second. */
    readonly now: Signal<number>
    /** The opened key, since when, and until when it may be used without the passphrase. */
    readonly signer: Signal<{ readonly signer: Signer; readonly since: number; readonly until: number } | null>
    readonly setLang: (lang: Lang) => void
    readonly keepSigner: (signer: Signer) => void
    readonly putOrder: (order: OrderView) => void
    readonly putItem: (item: ItemView) => void
    readonly reload: () => Promise<void>
    /** Forgets everything of the person who was here, the opened key first. */
    readonly forget: () => void
  }

const LANG_KEY = 'bangtin.lang'

const savedLang = (): Lang => {
  try {
    return localStorage.getItem(LANG_KEY) === 'en' ? 'en' : 'vi'
  } catch {
    // Storage may be forbidden; the language then lasts as long as the page.
    return 'vi'
  }
}

const replace = <T,>(list: readonly T[], next: T, same: (a: T) => boolean): readonly T[] =>
  list.some(same) ? list.map((x) => (same(x) ? next : x)) : [next, ...list]

export const makeStore = (): Store => {
  const session = signal<Session | null | undefined>(undefined)
  const signer: Store['signer'] = signal(null)
  const [sites, orders, items] = [
    signal<readonly SiteView[]>([]),
    signal<readonly OrderView[]>([]),
    signal<readonly ItemView[]>([]),
  ]
  const loaded = signal(false)
  const lang = signal<Lang>(savedLang())
  const forget = () =>
    batch(() => {
      signer.value = null
      session.value = null
      sites.value = []
      orders.value = []
      items.value = []
      loaded.value = false
      emergency.forgetEmergency()
      operate.forgetOperate()
    })
  const api = makeApi({ csrf: () => session.peek()?.csrf ?? '', signedOut: forget })
  const emergency = makeEmergency(api, session)
  const operate = makeOperate(api)
  const heldOrder = (view: OrderView) => orders.peek().find((o) => o.order.id === view.order.id)
  const reload = async () => {
    const lists = [api.sites(), api.orders(), api.items()] as const
    const [s, o, i] = await Promise.all([...lists, emergency.reloadWaiting(), operate.reloadIncidents()])
    batch(() => {
      if (s.ok) sites.value = [...s.value].sort((a, b) => (a.id < b.id ? -1 : 1))
      if (o.ok) orders.value = o.value.map((view) => laterView(heldOrder(view), view))
      if (i.ok) items.value = i.value
      if (s.ok) loaded.value = true
    })
  }
  return {
    api,
    lang,
    route: signal(parseRoute(location.hash)),
    session,
    sites,
    siteById: computed(() => new Map(sites.value.map((s) => [s.id, s]))),
    orders,
    items,
    loaded,
    live: signal('connecting'),
    frames: signal(new Map()),
    now: signal(Date.now()),
    signer,
    ...emergency,
    ...operate,
    setLang: (next) => {
      lang.value = next
      document.documentElement.lang = next
      try {
        localStorage.setItem(LANG_KEY, next)
      } catch {
        // As above.
      }
    },
    keepSigner: (opened) => {
      const kept = { signer: opened, since: Date.now(), until: Date.now() + UNLOCK_MS }
      signer.value = kept
      setTimeout(() => {
        if (signer.peek() === kept) signer.value = null
      }, UNLOCK_MS)
    },
    putOrder: (order) => {
      // It waited for a second person until now.
      emergency.released(order.order.id)
      orders.value = replace(orders.peek(), laterView(heldOrder(order), order), (o) => o.order.id === order.order.id)
    },
    putItem: (item) => {
      items.value = replace(items.peek(), item, (i) => i.item.id === item.item.id)
    },
    reload,
    forget,
  }
}

const Context = createContext<Store | null>(null)

export const StoreProvider = (props: { readonly store: Store; readonly children: ComponentChildren }) => (
  <Context.Provider value={props.store}>{props.children}</Context.Provider>
)

export const useStore = (): Store => {
  const store = useContext(Context)
  if (store === null) throw new Error('useStore outside of StoreProvider')
  return store
}
