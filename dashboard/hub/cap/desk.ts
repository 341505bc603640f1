import { createHash } from 'node:crypto'
import { instant } from '#core/base/units.ts'
import { canonicalJson } from '#core/content/item.ts'
import type { DraftView } from '#core/contract/api.ts'
import type { CapSite } from '#core/emergency/cap/area.ts'
import { checkCap, hasErrors } from '#core/emergency/cap/check.ts'
import type { CapFacts } from '#core/emergency/cap/check-text.ts'
import { draftOfCap } from '#core/emergency/cap/draft.ts'
import type { CapIdentity, CapMessage, Finding, Words } from '#core/emergency/cap/message.ts'
import { placed } from '#core/emergency/cap/read.ts'
import { identityKey, referencesOf } from '#core/emergency/cap/time.ts'
import type { Base } from '../base.ts'
import type { Drafts } from '../server/drafts.ts'
import type { CapGone, OrderRow } from '../store/port.ts'
import type { CapConfig, Senders, Units } from './config.ts'
import { type ReadMessage, readMessage, readMessageText } from './read.ts'
import { checkSignature } from './signature.ts'

/** Where a message came in by. `name`: the user, the token's name, or the name of the source, for the audit log. */
export type CapSource = {
  readonly kind: 'person' | 'program' | 'folder' | 'feed'
  readonly name: string
  readonly address: string
}

export type Refused = Words & {
  /** Stable for programs. */
  readonly code: string
  readonly findings: readonly Finding[]
  /** Null where it could not be read so far. */
  readonly identity: CapIdentity | null
}
export type Taken =
  | { readonly kind: 'draft' | 'again'; readonly identity: CapIdentity; readonly draft: DraftView | null }
  /** It ends what is not here (yet). */
  | { readonly kind: 'remembered'; readonly identity: CapIdentity; readonly withdrawn: number }
  | ({ readonly kind: 'refused' } & Refused)
  /** Nothing was decided: try again later. */
  | { readonly kind: 'later'; readonly why: 'inbox-full' | 'busy' }

export type Desk = {
  readonly takeIn: (bytes: Uint8Array, source: CapSource) => Promise<Taken>
}

export type DeskNeeds = Pick<Base, 'store' | 'now' | 'log'> & {
  readonly drafts: Drafts
  /** Called once for each message, with what became of it. */
  readonly counted: (outcome: Taken['kind']) => void
  /** Called for a message that says it is of a known sender and whose signature does not hold. */
  readonly forged: (detail: string) => void
  readonly config: CapConfig
  readonly senders: Senders
  readonly units: Units | null
  readonly province: string
  /** Clusters that an order can be meant for. */
  readonly sites: readonly CapSite[]
}

/** The longest any order lasts (OrderDraftBody.lengthMs). */
export const LONGEST_MS = 86_400_000
/** Orders looked at for what a message refers to: the newest. None lasts longer than a day. */
export const MOST_ORDERS = 500
/** Messages that wait for the one that is being taken in. */
const MOST_WAITING = 32

/**
 * Takes messages in, one after the other: read, signature, check, then a draft that waits for an officer. Nothing here can reach a screen: an
 * edge shows only what an officer's key signed.
 */
export const makeDesk = (needs: DeskNeeds): Desk => {
  const line: { last: Promise<unknown>; waiting: number } = { last: Promise.resolve(), waiting: 0 }
  return {
    takeIn: async (bytes, source) => {
      if (line.waiting >= MOST_WAITING) {
        needs.counted('later')
        return { kind: 'later', why: 'busy' }
      }
      line.waiting += 1
      const turn = line.last.then(() => takeOne(needs, bytes, source))
      line.last = turn.catch(() => undefined)
      try {
        const taken = await turn
        needs.counted(taken.kind)
        return taken
      } finally {
        line.waiting -= 1
      }
    },
  }
}

export const factsOf = ({ province, units }: Pick<DeskNeeds, 'province' | 'units'>, now: number | null): CapFacts => ({
  now: now === null ? null : instant(now),
  province,
  units: units === null ? null : new Set(units.names.keys()),
  longestMs: LONGEST_MS,
  profile: false,
})

const takeOne = async (needs: DeskNeeds, bytes: Uint8Array, source: CapSource): Promise<Taken> => {
  const judged = judge(needs, bytes, source)
  const taken = judged.kind === 'refused' ? judged : await settle(needs, judged, source)
  if (taken.kind === 'refused') await report(needs, taken, source)
  return taken
}

type Judged = {
  readonly kind: 'right'
  readonly message: CapMessage
  readonly trusted: true | null
  readonly notes: readonly Words[]
}

const judge = (needs: DeskNeeds, bytes: Uint8Array, source: CapSource): Judged | (Taken & { kind: 'refused' }) => {
  const first = readMessage(bytes)
  if (!first.ok) {
    const { code, vi, en, line, column } = first.error
    const finding = { code, severity: 'error' as const, path: '', vi, en, line, column }
    return { kind: 'refused', code, vi, en, findings: [finding], identity: null }
  }
  const trust = trustIn(needs, first.value, source)
  if (trust.kind === 'refused') return trust
  const { read } = trust
  const findings = [...read.findings, ...placed(checkCap(read.message, factsOf(needs, needs.now())), read.places)]
  if (hasErrors(findings)) {
    const errors = findings.filter((f) => f.severity === 'error')
    const first = errors[0]
    return {
      kind: 'refused',
      code: 'invalid',
      vi: `Bản tin có ${errors.length} lỗi: ${first?.path} ${first?.vi}.`,
      en: `The message has ${errors.length} errors: ${first?.path} ${first?.en}.`,
      findings,
      identity: identity(read.message),
    }
  }
  return { kind: 'right', message: read.message, trusted: trust.trusted, notes: trust.notes }
}

const identity = ({ sender, identifier, sent }: CapMessage): CapIdentity => ({ sender, identifier, sent })

type Trust =
  | {
      readonly kind: 'trusted'
      readonly read: ReadMessage
      readonly trusted: true | null
      readonly notes: readonly Words[]
    }
  | (Taken & { readonly kind: 'refused' })

/** Whose message it is. What was signed is read again from the signed text, so that nothing else can be meant. */
const trustIn = (needs: DeskNeeds, read: ReadMessage, source: CapSource): Trust => {
  const refused = (code: string, vi: string, en: string): Trust => ({
    kind: 'refused',
    code,
    vi,
    en,
    findings: [],
    identity: identity(read.message),
  })
  const { sender } = read.message
  const keys = needs.senders.get(sender)
  if (keys === undefined) {
    const allowed = source.kind === 'person' || source.kind === 'folder' ? source.kind : null
    if (allowed === null || !needs.config.unsignedFrom.includes(allowed))
      return refused(
        'unknown-sender',
        `Chưa ghim khóa nào của ${sender}: qua mạng chỉ nhận bản tin có chữ ký đã biết.`,
        `No key of ${sender} is pinned: over a network only messages with a known signature are taken.`,
      )
    const note = {
      vi: `Chưa kiểm được chữ ký: không có khóa đã ghim của ${sender}.`,
      en: `No signature was checked: no key of ${sender} is pinned.`,
    }
    return { kind: 'trusted', read, trusted: null, notes: [note] }
  }
  const checked = checkSignature(read.text, read.signatures, { keys, now: needs.now() })
  if (!checked.ok) return refused(checked.error.code, checked.error.vi, checked.error.en)
  const again = readMessageText(checked.value.text)
  if (!again.ok) return refused('bad-form', again.error.vi, again.error.en)
  // The same elements, with the places of the text that came in, for findings.
  const signed = { ...again.value, places: read.places, findings: read.findings }
  return { kind: 'trusted', read: signed, trusted: true, notes: [] }
}

const settle = async (needs: DeskNeeds, { message, trusted, notes }: Judged, source: CapSource): Promise<Taken> => {
  const { store, now } = needs
  const who = identity(message)
  const key = identityKey(who)
  const refused = (code: string, vi: string, en: string): Taken => ({
    kind: 'refused',
    code,
    vi,
    en,
    findings: [],
    identity: who,
  })
  const hash = createHash('sha256').update(canonicalJson(message)).digest('hex')
  const seen = await store.cap.seen(key)
  if (seen !== null) {
    if (seen.hash === hash) return { kind: 'again', identity: who, draft: await needs.drafts.byKey(key) }
    return refused(
      'identity-reused',
      'Đã có bản tin khác cùng sender, identifier và sent.',
      'Another message has this sender, identifier and time.',
    )
  }
  const gone = await store.cap.gone(key)
  if (gone !== null)
    return refused(
      gone === 'cancelled' ? 'cancelled-before' : 'superseded-before',
      gone === 'cancelled' ? 'Bản tin đã bị hủy trước khi đến.' : 'Bản tin đã bị thay thế trước khi đến.',
      gone === 'cancelled' ? 'Its cancel arrived first.' : 'What replaced it arrived first.',
    )
  const outcome = draftOfCap(message, {
    now: instant(now()),
    province: needs.province,
    sites: needs.sites,
    longestMs: LONGEST_MS,
    usualMs: needs.config.usualMinutes * 60_000,
    orders: (await store.orders.recent(MOST_ORDERS)).map((row) => knownOf(row, now())),
    own: needs.config.sender,
  })
  if (outcome.kind === 'refused') return refused(outcome.reason, outcome.vi, outcome.en)
  const by = { user: source.name, address: source.address }
  const added =
    outcome.kind === 'draft'
      ? await needs.drafts.add(
          {
            from: 'cap',
            source: message.sender,
            trusted,
            body: outcome.body,
            notes: [...notes, ...outcome.notes],
            key,
          },
          by,
        )
      : null
  if (added?.kind === 'full') return { kind: 'later', why: 'inbox-full' }
  const draft = added === null ? null : added.draft
  const withdrawn = await withdraw(needs, message, { trusted, by })
  await store.cap.take(
    { key, hash, outcome: outcome.kind, draft: draft?.id ?? null },
    {
      at: now(),
      gone: goneOf(message),
      audit: auditOf(needs, source, 'cap.take', `${outcome.kind} ${key}`, message.identifier),
    },
  )
  return draft === null ? { kind: 'remembered', identity: who, withdrawn } : { kind: 'draft', identity: who, draft }
}

export const knownOf = (row: Pick<OrderRow, 'order' | 'state'>, now: number) => ({
  order: row.order,
  open: row.state === 'open' && row.order.expiresAt > now,
})

/**
 * Only a sender's own messages: nobody makes another's warning disappear before it came. What is no Actual message makes none disappear either:
 * the identity that it refers to does not say whether that was an exercise, too.
 */
const goneOf = (message: CapMessage): readonly CapGone[] => {
  if (message.status !== 'Actual') return []
  return endedBy(message)
}

const endedBy = (message: CapMessage): readonly CapGone[] => {
  if (message.msgType !== 'Update' && message.msgType !== 'Cancel') return []
  const reason = message.msgType === 'Cancel' ? 'cancelled' : 'superseded'
  return referencesOf(message.references)
    .filter((r) => r.sender === message.sender)
    .map((r) => ({ key: identityKey(r), reason }))
}

/** Drafts that the same sender has ended or replaced need nobody's attention any more. A message without a checked signature takes back none with. */
const withdraw = async (
  needs: DeskNeeds,
  message: CapMessage,
  it: { readonly trusted: true | null; readonly by: { readonly user: string; readonly address: string } },
): Promise<number> => {
  const dropped: string[] = []
  for (const { key, reason } of endedBy(message)) {
    const draft = await needs.drafts.byKey(key)
    if (draft === null || draft.state !== 'waiting' || (draft.trusted === true && it.trusted !== true)) continue
    if (message.status !== 'Actual' && message.status.toLowerCase() !== draft.body.status) continue
    const why = `${message.msgType} ${message.identifier}: ${reason === 'cancelled' ? 'bên gửi đã hủy · its sender cancelled it' : 'có bản tin mới · a newer message came'}`
    if ((await needs.drafts.drop(draft.id, why, it.by)) !== null) dropped.push(draft.id)
  }
  return dropped.length
}

const auditOf = (needs: DeskNeeds, source: CapSource, action: string, detail: string, subject: string) => ({
  at: needs.now(),
  person: source.name,
  action,
  subject: subject.slice(0, 200),
  detail: detail.slice(0, 1000),
  address: source.address,
})

/** Signs of forgery: a person looks into these. */
const ALARMING = [
  'bad-signature',
  'bad-form',
  'unsigned',
  'key-not-in-force',
  'identity-reused',
  'doctype',
  'namespace',
]

const FORGED = ['bad-signature', 'bad-form', 'unsigned', 'key-not-in-force']

const report = async (needs: DeskNeeds, refused: Refused, source: CapSource): Promise<void> => {
  const who = refused.identity === null ? '' : identityKey(refused.identity)
  if (FORGED.includes(refused.code)) needs.forged(`CAP (${source.kind} ${source.name}) ${who}: ${refused.code}`)
  const level = ALARMING.includes(refused.code) ? 'warn' : 'info'
  needs.log(level, 'CAP message refused', { code: refused.code, source: source.name, message: who.slice(0, 300) })
  await needs.store.audit.append(
    auditOf(
      needs,
      source,
      'cap.refused',
      `${refused.code} (${source.kind}) ${who}: ${refused.en}`,
      refused.identity?.identifier ?? '',
    ),
  )
}
