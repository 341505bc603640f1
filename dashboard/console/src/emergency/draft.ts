import type { OrderDraftBody, PreviewRequest } from '#core/contract/api.ts'
import {
  type Certainty,
  type Hazard,
  ORDER_LANGUAGES,
  type Order,
  type OrderClass,
  type OrderLanguage,
  type Response,
  type Severity,
  type Urgency,
} from '#core/emergency/order.ts'

/** What an officer is typing. `actual` or `exercise` is chosen first and cannot be changed: an exercise is never one press from real. */
export type OrderDraft = {
  readonly status: 'actual' | 'exercise'
  /** `update`: takes the place of what it references. */
  readonly action: 'release' | 'update'
  readonly references: readonly string[]
  /** Only of an update: the green page that says the danger is over. */
  readonly allClear: boolean
  /** The template it began with; null: none, or nothing chosen yet. */
  readonly template: string | null
  /** Takes the place of `{place}` in every text. */
  readonly place: string
  readonly class: OrderClass
  readonly hazard: Hazard
  readonly riskLevel: number | null
  readonly forestFireLevel: number | null
  readonly severity: Severity
  readonly urgency: Urgency
  readonly certainty: Certainty
  readonly response: readonly Response[]
  readonly texts: { readonly [L in OrderLanguage]: { readonly headline: string; readonly instruction: string } }
  readonly picture: NonNullable<Order['picture']> | null
  readonly authority: string
  readonly document: string
  readonly minutes: number
  readonly wake: boolean
  readonly sound: boolean
  readonly brightness: number | null
  readonly targets: readonly string[]
  /** Only a major event, and only in earnest: go on with a playlist (null: that of the latest frame) instead of a page. */
  readonly extend: { readonly playlist: string | null } | null
  /** The message of another system that it passes on. */
  readonly relayed: NonNullable<Order['relayed']> | null
  /** The draft of the inbox that it came of. */
  readonly inbox: string | null
}

/** Default and longest life of an order, minutes (domain.md §4.2, §4.3). */
export const DEFAULT_MINUTES = 120
export const MOST_MINUTES = 1440
/** The bounds of the signed text (core/emergency/order.ts). */
const MOST_HEADLINE = 200
const MOST_INSTRUCTION = 500
export const PLACE = '{place}'

/** Classes that carry no text: the panel goes dark, or only restricts what others may show. */
export const isTextless = (orderClass: OrderClass): boolean =>
  orderClass === 'safety-blank' || orderClass === 'mourning'

/** Suggested severity for a risk level (domain.md §4.3); the officer may choose another. */
export const severityOfRisk = (level: number | null): Severity => {
  if (level === null) return 'severe'
  if (level === 1) return 'minor'
  if (level === 2) return 'moderate'
  return level === 5 ? 'extreme' : 'severe'
}

/** A festival, a mourning, a dark screen are not about a danger; what threatens is asked of, and said of, the other two. */
export const isAboutDanger = (orderClass: OrderClass): boolean =>
  orderClass === 'emergency' || orderClass === 'priority'

const NO_TEXT = { headline: '', instruction: '' } as const

export const emptyDraft = (status: OrderDraft['status']): OrderDraft => ({
  status,
  action: 'release',
  references: [],
  allClear: false,
  template: null,
  place: '',
  class: 'emergency',
  hazard: 'OTHER',
  riskLevel: null,
  forestFireLevel: null,
  severity: 'severe',
  urgency: 'immediate',
  certainty: 'observed',
  response: [],
  texts: { vi: NO_TEXT, en: NO_TEXT, zh: NO_TEXT, blt: NO_TEXT, hmn: NO_TEXT },
  picture: null,
  authority: '',
  document: '',
  minutes: DEFAULT_MINUTES,
  wake: true,
  sound: false,
  brightness: null,
  targets: [],
  extend: null,
  relayed: null,
  inbox: null,
})

/** Does this draft extend frames? What was ticked for a major event is forgotten when the class changes. */
export const extensionOf = (draft: OrderDraft): OrderDraft['extend'] =>
  draft.class === 'major-event' && draft.status === 'actual' && !draft.allClear ? draft.extend : null

/** NFC, and nothing around it: what is signed is what was meant (domain.md, text quality). */
export const clean = (text: string): string => text.normalize('NFC').trim()

const placed = (text: string, place: string): string =>
  clean(place) === '' ? clean(text) : clean(text.replaceAll(PLACE, clean(place)))

/** The languages that will go out, with the place put in: Vietnamese first, then those with a headline. */
export const textsOf = (draft: OrderDraft): Order['texts'] => {
  if (isTextless(draft.class) || extensionOf(draft) !== null) return []
  return ORDER_LANGUAGES.map((language) => ({
    language,
    headline: placed(draft.texts[language].headline, draft.place),
    instruction: placed(draft.texts[language].instruction, draft.place),
  })).filter((text) => text.headline !== '')
}

export const asksPlace = (draft: OrderDraft): boolean =>
  ORDER_LANGUAGES.some((l) => `${draft.texts[l].headline}${draft.texts[l].instruction}`.includes(PLACE))

export type DraftFault =
  | 'headline-missing'
  | 'instruction-missing'
  | 'headline-of-translation-missing'
  | 'damaged-text'
  | 'place-missing'
  | 'text-too-long'
  | 'no-target'
  | 'authority-missing'
  | 'document-missing'
  | 'duration-wrong'

const textFaults = (draft: OrderDraft): readonly DraftFault[] => {
  if (isTextless(draft.class) || extensionOf(draft) !== null) return []
  const faults: DraftFault[] = []
  const { texts } = draft
  if (clean(texts.vi.headline) === '') faults.push('headline-missing')
  if (clean(texts.vi.instruction) === '') faults.push('instruction-missing')
  if (ORDER_LANGUAGES.some((l) => clean(texts[l].headline) === '' && clean(texts[l].instruction) !== '' && l !== 'vi'))
    faults.push('headline-of-translation-missing')
  if (`${JSON.stringify(texts)}${draft.place}`.includes('\uFFFD')) faults.push('damaged-text')
  if (asksPlace(draft) && clean(draft.place) === '') faults.push('place-missing')
  if (textsOf(draft).some((t) => t.headline.length > MOST_HEADLINE || t.instruction.length > MOST_INSTRUCTION))
    faults.push('text-too-long')
  return faults
}

/** What still keeps this draft from being released, in the order of the form. */
export const draftFaults = (draft: OrderDraft): readonly DraftFault[] => {
  const faults: DraftFault[] = [...textFaults(draft)]
  if (draft.targets.length === 0) faults.push('no-target')
  if (clean(draft.authority) === '') faults.push('authority-missing')
  if (extensionOf(draft) !== null && clean(draft.document) === '') faults.push('document-missing')
  if (!Number.isInteger(draft.minutes) || draft.minutes < 1 || draft.minutes > MOST_MINUTES)
    faults.push('duration-wrong')
  return faults
}

/** How one panel will draw an order; the very fields that are signed. */
export const previewOf = (order: Order, site: string): PreviewRequest => ({
  site,
  draft: {
    kind: 'order',
    class: order.class,
    status: order.status,
    hazard: order.hazard,
    severity: order.severity,
    riskLevel: order.riskLevel,
    forestFireLevel: order.forestFireLevel,
    ...(order.urgency === undefined ? {} : { urgency: order.urgency }),
    ...(order.response === undefined ? {} : { response: order.response }),
    ...(order.allClear === undefined ? {} : { allClear: order.allClear }),
    ...(order.picture === undefined ? {} : { picture: order.picture }),
    authority: order.authority.name,
    startsAt: order.startsAt,
    expiresAt: order.expiresAt,
    texts: order.texts,
  },
})

export type Issue = {
  readonly id: string
  readonly issuer: string
  readonly now: number
  /** What the targets are, in words and codes; null: nothing is said of it. */
  readonly area: NonNullable<Order['area']> | null
  /** Released by one person where two are asked for, and why. */
  readonly breakGlass: string | null
}

/** The document that is signed. Times are the hub's clock, ms. */
export const orderOf = (draft: OrderDraft, issue: Issue): Order => ({
  id: issue.id,
  action: draft.action,
  class: draft.class,
  status: draft.status,
  references: draft.action === 'update' ? [...draft.references] : [],
  // A festival is no hazard: what the form says of one is not part of an order that extends frames.
  hazard: extensionOf(draft) === null ? draft.hazard : 'OTHER',
  riskLevel: extensionOf(draft) === null && !draft.allClear ? draft.riskLevel : null,
  forestFireLevel:
    draft.hazard === 'FOREST_FIRE' && extensionOf(draft) === null && !draft.allClear ? draft.forestFireLevel : null,
  severity: draft.severity,
  urgency: draft.urgency,
  certainty: draft.certainty,
  ...(draft.response.length === 0 ? {} : { response: [...draft.response] }),
  authority: { name: clean(draft.authority), document: clean(draft.document) === '' ? null : clean(draft.document) },
  texts: textsOf(draft),
  targets: [...draft.targets],
  wake: draft.wake && !isTextless(draft.class),
  brightness: isTextless(draft.class) ? null : draft.brightness,
  sound: draft.sound && !isTextless(draft.class) && extensionOf(draft) === null,
  ...optionalOf(draft, issue),
  issuedAt: issue.now,
  startsAt: issue.now,
  expiresAt: issue.now + draft.minutes * 60_000,
  issuer: issue.issuer,
})

/** What is left out when there is none of it: an absent field and an empty one are two different signed texts. */
const optionalOf = (
  draft: OrderDraft,
  issue: Issue,
): Pick<Order, 'allClear' | 'picture' | 'area' | 'breakGlass' | 'relayed' | 'extendFrames'> => {
  const extension = extensionOf(draft)
  return {
    ...(draft.allClear && draft.action === 'update' ? { allClear: true as const } : {}),
    ...(draft.picture === null || textsOf(draft).length === 0 ? {} : { picture: draft.picture }),
    ...(issue.area === null ? {} : { area: issue.area }),
    ...(issue.breakGlass === null ? {} : { breakGlass: { reason: clean(issue.breakGlass) } }),
    ...(draft.relayed === null ? {} : { relayed: draft.relayed }),
    ...(extension === null ? {} : { extendFrames: { playlist: extension.playlist } }),
  }
}

/** What is handed to an officer by somebody who may write orders and not release them: the same words, without identity and times. */
export const proposalOf = (draft: OrderDraft, area: Issue['area']): OrderDraftBody => {
  const order = orderOf(draft, { id: 'x', issuer: 'x', now: 0, area, breakGlass: null })
  const { id: _i, issuer: _u, issuedAt: _a, startsAt: _s, expiresAt: _e, extendFrames: _f, ...rest } = order
  return {
    ...rest,
    action: draft.action,
    lengthMs: draft.minutes * 60_000,
    until: null,
  }
}

/** `L-20261122-083015-4f2a9c`: readable in a log, unique by the random tail. `random` is 3 bytes. */
export const orderId = (prefix: 'L' | 'DT' | 'H' | 'VB', now: number, random: Uint8Array): string => {
  const stamp = new Date(now + 7 * 3_600_000).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
  return `${prefix}-${stamp}-${Array.from(random.subarray(0, 3), (b) => b.toString(16).padStart(2, '0')).join('')}`
}
