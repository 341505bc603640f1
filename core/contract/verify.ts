import type { TSchema } from 'typebox'
import type { Sha256 } from '../base/bytes.ts'
import { parseDocument } from '../base/check.ts'
import { err, ok, type Result } from '../base/result.ts'
import { type Instant, instant } from '../base/units.ts'
import { Approval, canonicalItem, type Item } from '../content/item.ts'
import { Order, type OrderClass, type OrderRefusal } from '../emergency/order.ts'
import type { ItemRefusal } from '../evidence/record.ts'
import { type ApprovedItem, ScheduleDocument } from '../schedule/document.ts'
import { type Envelope, type EnvelopeType, signingText } from './envelope.ts'
import { holder, KeyRegistry, type RegistryEntry, type Right } from './keys.ts'

/**
 * What a signature proves, decided once for hub and edge alike. Crypto comes in as two small functions, so this stays pure and the
 * same tables of tests hold on both sides. A payload is never parsed before every signature over it has verified.
 */

/** `publicKey`: base64 of the raw 32 bytes. `text`: what was signed, as UTF-8. `sig`: base64 of 64 bytes. Never throws. */
export type Ed25519Verify = (publicKey: string, text: string, sig: string) => boolean
/** Signs the UTF-8 of `text`; base64 of 64 bytes. */
export type Ed25519Sign = (text: string) => string
export type Signer = { readonly key: string; readonly sign: Ed25519Sign }

export type EnvelopeFault = 'bad-signature' | 'unknown-key'
export type Verified = { readonly payload: string; readonly keys: readonly string[] }

/** A person's clock may run ahead of ours by this much before a signature counts as made in the future, ms. */
export const SIGNED_AHEAD_MS = 600_000

/** First 32 hex digits of the SHA-256 of the raw public key, which is given in base64. */
export const keyIdOf = (publicKey: string, sha256: Sha256): string =>
  sha256(Uint8Array.from(atob(publicKey), (c) => c.charCodeAt(0))).slice(0, 32)

export const sealEnvelope = (type: EnvelopeType, payload: string, signers: readonly Signer[]): Envelope => ({
  v: 1,
  type,
  payload,
  signatures: signers.map((s) => ({ key: s.key, sig: s.sign(signingText(type, payload)) })),
})

/**
 * Every signature must be by a key in `publicKeys` (key id → base64 raw key) and must verify; a key that signs twice is refused,
 * since two signatures may be counted as two persons.
 */
export const verifyEnvelope = (
  envelope: Envelope,
  expected: EnvelopeType,
  using: { readonly publicKeys: ReadonlyMap<string, string>; readonly verify: Ed25519Verify },
): Result<Verified, EnvelopeFault> => {
  const keys = envelope.signatures.map((s) => s.key)
  if (envelope.type !== expected || keys.length === 0 || new Set(keys).size !== keys.length) return err('bad-signature')
  const text = signingText(expected, envelope.payload)
  for (const { key, sig } of envelope.signatures) {
    const publicKey = using.publicKeys.get(key)
    if (publicKey === undefined) return err('unknown-key')
    if (!using.verify(publicKey, text, sig)) return err('bad-signature')
  }
  return ok({ payload: envelope.payload, keys })
}

export const registryKeys = (registry: KeyRegistry): ReadonlyMap<string, string> =>
  new Map(registry.entries.map((e) => [e.key, e.publicKey]))

export type Refused<R extends string> = { readonly reason: R; readonly detail: string }
const refuse = <const R extends string>(reason: R, detail: string) => err({ reason, detail })

/** What an open document rests on: the key that signed and the registry entry under which it may. */
export type Signed = { readonly key: string; readonly entry: RegistryEntry }

/** Where and when a signature is judged. `trusted` false: the clock is unset, validity windows of keys are not looked at. */
export type Judge = {
  readonly registry: KeyRegistry
  readonly verify: Ed25519Verify
  readonly at: Instant
  readonly trusted: boolean
}

const open = <S extends TSchema>(envelope: Envelope, type: EnvelopeType, schema: S, judge: Judge) => {
  const verified = verifyEnvelope(envelope, type, { publicKeys: registryKeys(judge.registry), verify: judge.verify })
  if (!verified.ok) {
    const detail =
      verified.error === 'unknown-key'
        ? 'signed by a key that the registry does not hold'
        : 'a signature does not verify'
    return refuse(verified.error, detail)
  }
  const parsed = parseDocument(schema, verified.value.payload)
  if (!parsed.ok) return refuse('malformed', parsed.error.map((f) => `${f.where}: ${f.why}`).join('; '))
  return ok({ document: parsed.value, keys: verified.value.keys })
}

type Ask = {
  readonly keys: readonly string[]
  readonly right: Right
  readonly units: readonly string[]
  readonly at: Instant
  readonly person: string
}

/** The signer who holds the right for every unit and is the person that the document names. */
const rightful = (judge: Judge, ask: Ask): Result<Signed, Refused<'no-right'>> => {
  const signed = rightfulOnes(judge, ask).find(({ entry }) => entry.person === ask.person)
  if (signed !== undefined) return ok(signed)
  return refuse('no-right', `no signer holds "${ask.right}" for ${ask.units.join(', ')} as ${ask.person} at that time`)
}

/** Every signer who holds the right for every unit, under one name for all of them. */
const rightfulOnes = (judge: Judge, ask: Omit<Ask, 'person'>): readonly Signed[] =>
  ask.keys.flatMap((key) => {
    const entries = ask.units.map((unit) =>
      holder(judge.registry, { key, right: ask.right, unit, at: ask.at, trusted: judge.trusted }),
    )
    const entry = entries[0]
    return entry !== undefined && entries.every((e) => e?.person === entry.person) ? [{ key, entry }] : []
  })

export type RegistryRefusal = 'bad-signature' | 'unknown-key' | 'malformed' | 'older'

/** Opens the key registry with the pinned root key. A version not above `above` is refused (pass 0 for the first). */
export const openRegistry = (
  envelope: Envelope,
  pin: {
    readonly rootPublicKey: string
    readonly verify: Ed25519Verify
    readonly sha256: Sha256
    readonly above: number
  },
): Result<KeyRegistry, Refused<RegistryRefusal>> => {
  const publicKeys = new Map([[keyIdOf(pin.rootPublicKey, pin.sha256), pin.rootPublicKey]])
  const verified = verifyEnvelope(envelope, 'registry', { publicKeys, verify: pin.verify })
  if (!verified.ok) return refuse(verified.error, 'not signed by the pinned root key')
  const parsed = parseDocument(KeyRegistry, verified.value.payload)
  if (!parsed.ok) return refuse('malformed', parsed.error.map((f) => `${f.where}: ${f.why}`).join('; '))
  const registry = parsed.value
  const wrong = registry.entries.findIndex((e) => e.key !== keyIdOf(e.publicKey, pin.sha256))
  if (wrong !== -1) return refuse('malformed', `/entries/${wrong}/key: is not the id of its public key`)
  if (registry.version <= pin.above) return refuse('older', `version ${registry.version} is not above ${pin.above}`)
  return ok(registry)
}

export const ORDER_RIGHT: { readonly [C in OrderClass]: Right } = {
  'safety-blank': 'order.safety-blank',
  emergency: 'order.emergency',
  'major-event': 'order.major-event',
  mourning: 'order.mourning',
  priority: 'order.priority',
}

/**
 * Opens an order: signature, form, right for every unit given, and that the issuer is one of those who signed. `units` are those of
 * the sites it is for (an edge passes its own). `persons`: everybody who signed with that right, the issuer first, each once: what counts
 * when the release rules ask for two. Time, references and targets are the order life cycle's business.
 */
export const openOrder = (
  envelope: Envelope,
  judge: Judge & { readonly units: readonly string[] },
): Result<Signed & { readonly order: Order; readonly persons: readonly string[] }, Refused<OrderRefusal>> => {
  const opened = open(envelope, 'order', Order, judge)
  if (!opened.ok) return opened
  const order = opened.value.document
  const ask = { keys: opened.value.keys, right: ORDER_RIGHT[order.class], units: judge.units, at: judge.at }
  const signer = rightful(judge, { ...ask, person: order.issuer })
  if (!signer.ok) return signer
  const persons = [order.issuer, ...rightfulOnes(judge, ask).map(({ entry }) => entry.person)]
  return ok({ ...signer.value, order, persons: [...new Set(persons)] })
}

export type Site = { readonly id: string; readonly unit: string }
export type ScheduleRefusal = 'bad-signature' | 'unknown-key' | 'malformed' | 'no-right' | 'wrong-site' | 'older'

/** Opens a schedule document for one site. The items in it are judged one by one with `checkApproval`. */
export const openSchedule = (
  envelope: Envelope,
  judge: Judge & { readonly site: Site; readonly above: number },
): Result<Signed & { readonly document: ScheduleDocument }, Refused<ScheduleRefusal>> => {
  const opened = open(envelope, 'schedule', ScheduleDocument, judge)
  if (!opened.ok) return opened
  const { document, keys } = opened.value
  if (document.site !== judge.site.id) return refuse('wrong-site', `is for ${document.site}, this is ${judge.site.id}`)
  const signer = rightful(judge, {
    keys,
    right: 'schedule',
    units: [judge.site.unit],
    at: judge.at,
    person: document.issuedBy,
  })
  if (!signer.ok) return signer
  if (document.version <= judge.above) return refuse('older', `version ${document.version} is not above ${judge.above}`)
  return ok({ ...signer.value, document })
}

export type ItemJudge = Judge & { readonly sha256: Sha256; readonly unit: string }
export type RefusedItem = Refused<ItemRefusal>

/**
 * Is this item, to the letter, what a second person with the right approved? Does not look at what changes with time: see
 * `checkWindow`. A key that has since run out keeps the approvals it made in its time; taking it out of the registry voids them all.
 */
export const checkApproval = (
  approved: ApprovedItem,
  judge: ItemJudge,
): Result<Signed & { readonly item: Item; readonly approval: Approval }, RefusedItem> => {
  const { item } = approved
  const opened = open(approved.approval, 'approval', Approval, judge)
  if (!opened.ok) {
    return opened.error.reason === 'malformed'
      ? refuse('unapproved', opened.error.detail)
      : refuse(opened.error.reason, opened.error.detail)
  }
  const approval = opened.value.document
  if (approval.item !== item.id) return refuse('unapproved', `the approval is of ${approval.item}`)
  const hash = judge.sha256(canonicalItem(item))
  if (approval.revision !== item.revision || approval.itemHash !== hash)
    return refuse('changed', `approved ${approval.itemHash}, this is ${hash}`)
  if (approval.approvedBy === item.submittedBy)
    return refuse('self-approved', `${item.submittedBy} submitted and approved it`)
  if (judge.trusted && approval.at > judge.at + SIGNED_AHEAD_MS)
    return refuse('no-right', 'the approval is dated in the future')
  const ask = {
    keys: opened.value.keys,
    right: 'approve',
    units: [judge.unit],
    at: instant(approval.at),
    person: approval.approvedBy,
  } as const
  const signer = rightful(judge, ask)
  if (!signer.ok) return signer
  const form = checkForm(item)
  return form.ok ? ok({ ...signer.value, item, approval }) : form
}

/** What must agree inside an item whatever the time: kind and asset, advertising and category (Art. 7.2.g against 7.5, reading A7). */
export const checkForm = (item: Item): Result<null, RefusedItem> => {
  const drawn = item.kind === 'text' || item.kind === 'slides'
  if (drawn !== (item.asset === null))
    return refuse('broken', `a ${item.kind} ${item.asset === null ? 'without' : 'with'} a file`)
  if ((item.kind === 'slides') !== (item.slides !== undefined))
    return refuse('broken', item.kind === 'slides' ? 'slides without pictures' : `a ${item.kind} with slides`)
  const slidesMs = item.slides?.reduce((ms, slide) => ms + slide.durationMs, 0) ?? item.durationMs
  if (slidesMs !== item.durationMs)
    return refuse('broken', `the slides last ${slidesMs} ms together, the item ${item.durationMs} ms`)
  if (item.kind === 'text' && item.texts.length === 0) return refuse('broken', 'a text without text')
  if (item.ad !== null && item.category !== 'A7_5_ADVERTISING')
    return refuse('category-mismatch', `has an advertiser but is ${item.category}`)
  if (item.ad === null && item.category === 'A7_5_ADVERTISING')
    return refuse('category-mismatch', 'is advertising (7.5) without an advertiser')
  return ok(null)
}

/**
 * May it be shown at this site now? Half-open windows. `trusted` false (clock unset): windows cannot be judged and are passed over;
 * the engine shows public information only then, so an advertisement never profits from it.
 */
export const checkWindow = (
  item: Item,
  now: { readonly site: string; readonly at: Instant; readonly trusted: boolean; readonly adsNeedPermit: boolean },
): Result<null, RefusedItem> => {
  if (now.trusted && now.at >= item.validTo) return refuse('expired', `valid until ${item.validTo}`)
  if (now.trusted && now.at < item.validFrom) return refuse('not-yet-valid', `valid from ${item.validFrom}`)
  if (item.ad === null) return ok(null)
  const { permit } = item.ad
  if (permit === null) return now.adsNeedPermit ? refuse('no-permit', `advertiser ${item.ad.advertiser}`) : ok(null)
  if (now.trusted && (now.at < permit.validFrom || now.at >= permit.validTo))
    return refuse('permit-expired', permit.number)
  if (permit.sites.length > 0 && !permit.sites.includes(now.site))
    return refuse('wrong-site', `permit ${permit.number} does not name ${now.site}`)
  return ok(null)
}
