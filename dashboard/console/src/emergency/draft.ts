import type { PreviewRequest } from '#core/contract/api.ts'
import type { Hazard, Order, OrderClass, Severity } from '#core/emergency/order.ts'

/** What an officer is typing. `actual` or `exercise` is chosen first and cannot be changed: an exercise is never one press from real. */
export type OrderDraft = {
  readonly status: 'actual' | 'exercise'
  readonly class: OrderClass
  readonly hazard: Hazard
  readonly riskLevel: number | null
  readonly forestFireLevel: number | null
  readonly severity: Severity
  readonly texts: { readonly [L in TextLang]: { readonly headline: string; readonly instruction: string } }
  readonly authority: string
  readonly document: string
  readonly minutes: number
  readonly wake: boolean
  readonly targets: readonly string[]
  /** Only a major event, and only in earnest: go on with a playlist (null: that of the latest frame) instead of a page. */
  readonly extend: { readonly playlist: string | null } | null
}
export const TEXT_LANGS = ['vi', 'en', 'zh'] as const
export type TextLang = (typeof TEXT_LANGS)[number]

/** Default and longest life of an order, minutes (domain.md §4.2, §4.3). */
export const DEFAULT_MINUTES = 120
export const MOST_MINUTES = 1440

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

export const emptyDraft = (status: OrderDraft['status']): OrderDraft => ({
  status,
  class: 'emergency',
  hazard: 'FLASH_FLOOD',
  riskLevel: null,
  forestFireLevel: null,
  severity: 'severe',
  texts: {
    vi: { headline: '', instruction: '' },
    en: { headline: '', instruction: '' },
    zh: { headline: '', instruction: '' },
  },
  authority: '',
  document: '',
  minutes: DEFAULT_MINUTES,
  wake: true,
  targets: [],
  extend: null,
})

/** Does this draft extend frames? What was ticked for a major event is forgotten when the class changes. */
export const extensionOf = (draft: OrderDraft): OrderDraft['extend'] =>
  draft.class === 'major-event' && draft.status === 'actual' ? draft.extend : null

/** NFC, and nothing around it: what is signed is what was meant (domain.md, text quality). */
const clean = (text: string): string => text.normalize('NFC').trim()

/** The languages that will go out: Vietnamese first, then those with a headline. */
export const textsOf = (draft: OrderDraft): Order['texts'] => {
  if (isTextless(draft.class) || extensionOf(draft) !== null) return []
  return TEXT_LANGS.map((language) => ({
    language,
    headline: clean(draft.texts[language].headline),
    instruction: clean(draft.texts[language].instruction),
  })).filter((text) => text.headline !== '')
}

export type DraftFault =
  | 'headline-missing'
  | 'instruction-missing'
  | 'headline-of-translation-missing'
  | 'damaged-text'
  | 'authority-missing'
  | 'document-missing'
  | 'duration-wrong'
  | 'no-target'

/** What still keeps this draft from being released, in the order of the form. */
export const draftFaults = (draft: OrderDraft): readonly DraftFault[] => {
  const faults: DraftFault[] = []
  if (!isTextless(draft.class) && extensionOf(draft) === null) {
    if (clean(draft.texts.vi.headline) === '') faults.push('headline-missing')
    if (clean(draft.texts.vi.instruction) === '') faults.push('instruction-missing')
    const orphan = (l: TextLang) => clean(draft.texts[l].headline) === '' && clean(draft.texts[l].instruction) !== ''
    if (orphan('en') || orphan('zh')) faults.push('headline-of-translation-missing')
    if (TEXT_LANGS.some((l) => `${draft.texts[l].headline}${draft.texts[l].instruction}`.includes('\uFFFD')))
      faults.push('damaged-text')
  }
  if (clean(draft.authority) === '') faults.push('authority-missing')
  if (extensionOf(draft) !== null && clean(draft.document) === '') faults.push('document-missing')
  if (!Number.isInteger(draft.minutes) || draft.minutes < 1 || draft.minutes > MOST_MINUTES)
    faults.push('duration-wrong')
  if (draft.targets.length === 0) faults.push('no-target')
  return faults
}

export const previewOf = (draft: OrderDraft, site: string, now: number): PreviewRequest => ({
  site,
  draft: {
    kind: 'order',
    class: draft.class,
    status: draft.status,
    hazard: draft.hazard,
    severity: draft.severity,
    riskLevel: draft.riskLevel,
    authority: clean(draft.authority),
    expiresAt: now + draft.minutes * 60_000,
    texts: textsOf(draft),
  },
})

type Issue = { readonly id: string; readonly issuer: string; readonly now: number }

/** The document that is signed. Times are the hub's clock, ms. */
export const orderOf = (draft: OrderDraft, issue: Issue): Order => ({
  id: issue.id,
  action: 'release',
  class: draft.class,
  status: draft.status,
  references: [],
  // A festival is no hazard: what the form says of one is not part of an order that extends frames.
  hazard: extensionOf(draft) === null ? draft.hazard : 'OTHER',
  riskLevel: extensionOf(draft) === null ? draft.riskLevel : null,
  forestFireLevel: draft.hazard === 'FOREST_FIRE' && extensionOf(draft) === null ? draft.forestFireLevel : null,
  severity: draft.severity,
  authority: { name: clean(draft.authority), document: clean(draft.document) === '' ? null : clean(draft.document) },
  texts: textsOf(draft),
  targets: [...draft.targets],
  wake: draft.wake && draft.class !== 'safety-blank' && draft.class !== 'mourning',
  brightness: null,
  sound: false,
  ...extended(draft),
  issuedAt: issue.now,
  startsAt: issue.now,
  expiresAt: issue.now + draft.minutes * 60_000,
  issuer: issue.issuer,
})

const extended = (draft: OrderDraft): Pick<Order, 'extendFrames'> => {
  const extension = extensionOf(draft)
  return extension === null ? {} : { extendFrames: { playlist: extension.playlist } }
}

/** Ends `order` everywhere it went. Lives as long as the order would have, so that it also meets a late copy of it. */
export const cancelOf = (order: Order, issue: Issue): Order => ({
  ...order,
  id: issue.id,
  action: 'cancel',
  references: [order.id],
  texts: [],
  wake: false,
  issuedAt: issue.now,
  startsAt: issue.now,
  expiresAt: Math.max(order.expiresAt, issue.now + 60_000),
  issuer: issue.issuer,
})

/** `L-20261122-083015-4f2a9c`: readable in a log, unique by the random tail. `random` is 3 bytes. */
export const orderId = (prefix: 'L' | 'DT' | 'H', now: number, random: Uint8Array): string => {
  const stamp = new Date(now + 7 * 3_600_000).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
  return `${prefix}-${stamp}-${Array.from(random.subarray(0, 3), (b) => b.toString(16).padStart(2, '0')).join('')}`
}
