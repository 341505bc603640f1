import type { LiveMessage, SiteView } from '#core/contract/api.ts'
import type { Store } from './store.tsx'

/** The hub's WebSocket. Changes are gathered and applied at most five times a second, so 200 sites reporting every two seconds stay calm. */
const FLUSH_MS = 200
/** Wait before the first and the longest wait before a later dial, ms. */
const REDIAL_MS = [500, 15_000] as const
/** How the hub says that the session ended or its rights changed: logged out elsewhere, another role, too old. */
const SESSION_OVER = 4401
/** While the line is down the lists are asked for this often, ms. */
const POLL_WHILE_DOWN_MS = 5_000

/** Starts the connection and returns its end. Reloads every list at each (re)connect: what happened while away is in the lists. */
export const startLive = (store: Store): (() => void) => {
  const held = { sites: new Map<string, SiteView>(), frames: new Map<string, number>(), timer: 0 }
  const line = { socket: null as WebSocket | null, wait: REDIAL_MS[0] as number, timer: 0, over: false }

  const flush = () => {
    held.timer = 0
    if (held.sites.size > 0) {
      const known = store.sites.peek()
      const next = known.map((s) => held.sites.get(s.id) ?? s)
      for (const [id, site] of held.sites) if (!known.some((s) => s.id === id)) next.push(site)
      store.sites.value = next
      held.sites.clear()
    }
    if (held.frames.size > 0) {
      store.frames.value = new Map([...store.frames.peek(), ...held.frames])
      held.frames.clear()
    }
  }
  const soon = () => {
    if (held.timer === 0) held.timer = window.setTimeout(flush, FLUSH_MS)
  }
  const refetchItems = async () => {
    const answer = await store.api.items()
    if (answer.ok) store.items.value = answer.value
  }
  const take = (message: LiveMessage): void => {
    switch (message.t) {
      case 'site':
        held.sites.set(message.site.id, message.site)
        return soon()
      case 'frame':
        held.frames.set(message.site, message.at)
        return soon()
      case 'order':
        return store.putOrder(message.order)
      case 'pending':
        return store.putPending(message.pending)
      case 'draft':
        return store.putDraft(message.draft)
      case 'incident':
        return store.putIncident(message.incident)
      case 'items':
        void refetchItems()
        return
    }
  }
  /**
   * The session is over, or its rights changed. Over: the page of the login at once (address and draft stay, so whoever logs in again is where
   * they were). Changed: on with what it may do now.
   */
  const askSession = async () => {
    const answer = await store.api.session()
    if (line.over) return
    if (answer.ok) store.session.value = answer.value
    else if (answer.error.status === 401) return store.forget()
    line.timer = window.setTimeout(dial, line.wait)
    line.wait = Math.min(line.wait * 2, REDIAL_MS[1])
  }
  const dial = () => {
    if (line.over) return
    store.live.value = line.wait === REDIAL_MS[0] ? 'connecting' : 'down'
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/live`)
    line.socket = socket
    socket.onopen = () => {
      line.wait = REDIAL_MS[0]
      store.live.value = 'up'
      void store.reload()
    }
    socket.onmessage = (event) => {
      const message = readMessage(event.data)
      if (message !== undefined) take(message)
    }
    socket.onclose = (event) => {
      if (line.over) return
      if (event.code === SESSION_OVER) return void askSession()
      store.live.value = 'down'
      line.timer = window.setTimeout(dial, line.wait)
      line.wait = Math.min(line.wait * 2, REDIAL_MS[1])
    }
  }
  dial()
  const poll = window.setInterval(() => {
    if (store.live.peek() === 'down' && document.visibilityState === 'visible') void store.reload()
  }, POLL_WHILE_DOWN_MS)
  return () => {
    line.over = true
    clearTimeout(line.timer)
    clearTimeout(held.timer)
    clearInterval(poll)
    line.socket?.close()
  }
}

const KINDS: readonly string[] = [
  'site',
  'order',
  'pending',
  'draft',
  'incident',
  'items',
  'frame',
] satisfies readonly LiveMessage['t'][]

/** A message of a newer hub that this page does not know is ignored. */
const readMessage = (data: unknown): LiveMessage | undefined => {
  try {
    const message = JSON.parse(String(data)) as LiveMessage
    return KINDS.includes(message.t) ? message : undefined
  } catch {
    return undefined
  }
}
