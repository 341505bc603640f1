import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { DraftView, OrderTemplate, PendingView, ReleaseRules, Session } from '#core/contract/api.ts'
import type { Api, ApiFault } from '../api.ts'
import type { OrderDraft } from './draft.ts'
import { type Keep, keepDraft, keptDraft } from './kept.ts'

/** Something that is asked for once: not yet, here, or why not. */
export type Asked<T> =
  | { readonly state: 'waiting' }
  | { readonly state: 'here'; readonly value: T }
  | { readonly state: 'failed'; readonly fault: ApiFault }

/** What the pages of emergencies share beside the orders themselves. */
export type EmergencyState = {
  /** What an officer is typing; kept in this tab over a reload. */
  readonly draft: Signal<OrderDraft | null>
  /** When the draft was saved that a reload brought back; null: it is of this visit. */
  readonly restoredAt: Signal<number | null>
  /** Orders that wait for a second person, and those that were declined or lapsed. */
  readonly pending: Signal<readonly PendingView[]>
  /** Drafts that programs, CAP messages and persons handed in. */
  readonly inbox: Signal<readonly DraftView[]>
  /** Why one of the two lists could not be had; an empty list and no answer must not look the same. */
  readonly waitingFault: Signal<ApiFault | null>
  readonly templates: Signal<Asked<readonly OrderTemplate[]>>
  readonly rules: Signal<Asked<ReleaseRules>>
  readonly putPending: (pending: PendingView) => void
  /** An order that is out no longer waits for anybody. */
  readonly released: (order: string) => void
  readonly putDraft: (draft: DraftView) => void
  /** Templates and rules. What failed is asked for again at the next call. */
  readonly askEmergency: () => Promise<void>
  readonly reloadWaiting: () => Promise<void>
  /** Brings back what this person left in this tab. */
  readonly restoreDraft: (user: string) => void
  readonly forgetEmergency: () => void
}

const put = <T>(list: readonly T[], next: T, same: (a: T) => boolean): readonly T[] =>
  list.some(same) ? list.map((x) => (same(x) ? next : x)) : [next, ...list]

/** Session storage, or nothing where it is forbidden. */
const tabStorage = (): Keep => {
  try {
    return sessionStorage
  } catch {
    return { getItem: () => null, setItem: () => undefined, removeItem: () => undefined }
  }
}

export const makeEmergency = (api: Api, session: ReadonlySignal<Session | null | undefined>): EmergencyState => {
  const draft = signal<OrderDraft | null>(null)
  const restoredAt = signal<number | null>(null)
  const pending = signal<readonly PendingView[]>([])
  const inbox = signal<readonly DraftView[]>([])
  const waitingFault = signal<ApiFault | null>(null)
  const templates = signal<Asked<readonly OrderTemplate[]>>({ state: 'waiting' })
  const rules = signal<Asked<ReleaseRules>>({ state: 'waiting' })
  const storage = tabStorage()
  // Whose draft this is: a draft that goes because its session ended stays in the tab, one that a person discards does not.
  const held = { user: null as string | null }
  effect(() => {
    const [now, user] = [draft.value, session.value?.user]
    if (held.user !== null && held.user === user) keepDraft(storage, held.user, { draft: now, now: Date.now() })
  })
  return {
    draft,
    restoredAt,
    pending,
    inbox,
    waitingFault,
    templates,
    rules,
    putPending: (one) => {
      pending.value = put(pending.peek(), one, (p) => p.order.id === one.order.id)
    },
    released: (order) => {
      if (pending.peek().some((p) => p.order.id === order))
        pending.value = pending.peek().filter((p) => p.order.id !== order)
    },
    putDraft: (one) => {
      inbox.value = put(inbox.peek(), one, (d) => d.id === one.id)
    },
    askEmergency: async () => {
      const [t, r] = await Promise.all([
        templates.peek().state === 'here' ? null : api.templates(),
        rules.peek().state === 'here' ? null : api.rules(),
      ])
      if (t !== null)
        templates.value = t.ok ? { state: 'here', value: t.value.templates } : { state: 'failed', fault: t.error }
      if (r !== null) rules.value = r.ok ? { state: 'here', value: r.value } : { state: 'failed', fault: r.error }
    },
    reloadWaiting: async () => {
      const [p, d] = await Promise.all([api.pending(), api.drafts()])
      if (p.ok) pending.value = p.value
      if (d.ok) inbox.value = d.value
      // Whoever has no right to a list sees none; what matters here is a hub that cannot say.
      const faults = [p, d].flatMap((a) => (a.ok || a.error.status === 403 ? [] : [a.error]))
      waitingFault.value = faults[0] ?? null
    },
    restoreDraft: (user) => {
      const kept = draft.peek() === null ? keptDraft(storage, user, Date.now()) : null
      held.user = user
      if (kept === null) return
      restoredAt.value = kept.at
      draft.value = kept.draft
    },
    forgetEmergency: () => {
      held.user = null
      draft.value = null
      restoredAt.value = null
      pending.value = []
      inbox.value = []
      waitingFault.value = null
      templates.value = { state: 'waiting' }
      rules.value = { state: 'waiting' }
    },
  }
}
