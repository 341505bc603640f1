import { randomBytes } from 'node:crypto'
import type { DraftView } from '#core/contract/api.ts'
import type { Base } from '../base.ts'
import { MOST_DRAFTS } from '../store/drafts.ts'
import type { DraftRow } from '../store/port.ts'
import type { Live } from './broadcast.ts'

/** What proposes an order: a person in the console, a program with a token, a CAP message from a source. */
export type NewDraft = Pick<DraftView, 'from' | 'source' | 'trusted' | 'body' | 'notes'> & {
  /** What it is known by where it comes from (CAP: `sender,identifier,sent`), so that it is taken in once; null: each time anew. */
  readonly key: string | null
}
/** Whoever handed it in, for the audit log: a user, `token:<name>`, or the name of a source; `address` '' where there is none. */
export type DraftBy = { readonly user: string; readonly address: string }
export type DraftAdded =
  | { readonly kind: 'stored' | 'known'; readonly draft: DraftView }
  /** As many wait as may: an officer must look at the inbox first. */
  | { readonly kind: 'full' }

export type Drafts = {
  /** Stored and told to the consoles. Shows nothing: only an officer's signature does. */
  readonly add: (draft: NewDraft, by: DraftBy) => Promise<DraftAdded>
  readonly byKey: (key: string) => Promise<DraftView | null>
  readonly list: () => Promise<readonly DraftView[]>
  /** Null: there is none that waits. */
  readonly drop: (id: string, reason: string, by: DraftBy) => Promise<DraftView | null>
  /** Closes those that nobody can release any more: their end has passed, or they are older than an order may last. */
  readonly sweep: () => Promise<void>
  /** Tells the consoles how a draft stands now. */
  readonly tell: (id: string) => Promise<void>
}

/** The list shows this many: those that wait, then the others, newest first. */
const MOST_LISTED = 200
/** The longest any order lasts (OrderDraftBody.lengthMs): what was proposed before then is over. */
const STALE_MS = 86_400_000

type Needs = Pick<Base, 'store' | 'now'> & { readonly live: Live; readonly names: (user: string) => string }

export const makeDrafts = ({ store, now, live, names }: Needs): Drafts => {
  const draftView = ({ key: _, closed, ...view }: DraftRow): DraftView => ({
    ...view,
    closed: closed === null ? null : { ...closed, by: names(closed.by) },
  })
  const entry = (action: string, subject: string, it: { readonly detail: string; readonly by: DraftBy }) => ({
    at: now(),
    person: it.by.user,
    action,
    subject,
    detail: it.detail,
    address: it.by.address,
  })
  const drop: Drafts['drop'] = async (id, reason, by) => {
    const closed = { by: by.user, at: now(), reason }
    const row = await store.drafts.drop(id, closed, entry('draft.drop', id, { detail: reason, by }))
    if (row === null) return null
    live.tell({ t: 'draft', draft: draftView(row) })
    return draftView(row)
  }
  return {
    add: async ({ key, ...proposed }, by) => {
      const row: DraftRow = {
        ...proposed,
        id: `N-${randomBytes(9).toString('hex')}`,
        key,
        receivedAt: now(),
        state: 'waiting',
        order: null,
        closed: null,
      }
      const { body } = proposed
      const detail =
        `${body.action} ${body.class} ${body.status} (${proposed.source}) → ${body.targets.join(', ')}`.slice(0, 2000)
      const outcome = await store.drafts.put(row, entry('draft.add', row.id, { detail, by }))
      if (outcome === 'full') return { kind: 'full' }
      const held = outcome === 'known' && key !== null ? await store.drafts.byKey(key) : row
      if (outcome === 'stored') live.tell({ t: 'draft', draft: draftView(row) })
      return { kind: outcome, draft: draftView(held ?? row) }
    },
    byKey: async (key) => {
      const row = await store.drafts.byKey(key)
      return row === null ? null : draftView(row)
    },
    list: async () => (await store.drafts.list(MOST_LISTED)).map(draftView),
    drop,
    sweep: async () => {
      const at = now()
      for (const d of await store.drafts.list(MOST_DRAFTS)) {
        const over = d.receivedAt + STALE_MS <= at || (d.body.until !== null && d.body.until <= at)
        if (d.state === 'waiting' && over)
          await drop(d.id, 'đã quá hạn · its time has passed', { user: 'hub', address: '' })
      }
    },
    tell: async (id) => {
      const row = await store.drafts.get(id)
      if (row !== null) live.tell({ t: 'draft', draft: draftView(row) })
    },
  }
}
