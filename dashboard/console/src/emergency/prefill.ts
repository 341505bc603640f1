import type { DraftView, OrderTemplate, OrderView } from '#core/contract/api.ts'
import type { Order, OrderClass } from '#core/emergency/order.ts'
import { isFoundIn } from '../find.ts'
import { emptyDraft, MOST_MINUTES, type OrderDraft } from './draft.ts'

/** Drafts that begin with something: a template, an order in force, a message of the inbox. What was typed elsewhere is kept. */

const textsFrom = (texts: Order['texts']): OrderDraft['texts'] => {
  const given = texts.map(({ language, headline, instruction }) => [language, { headline, instruction }])
  return { ...emptyDraft('actual').texts, ...(Object.fromEntries(given) as Partial<OrderDraft['texts']>) }
}

/** Words, hazard and defaults of a template; status, references, targets, authority and place stay what they are. */
export const withTemplate = (draft: OrderDraft, template: OrderTemplate): OrderDraft => ({
  ...draft,
  template: template.id,
  class: template.class,
  hazard: template.hazard,
  severity: template.severity,
  urgency: template.urgency,
  certainty: template.certainty,
  response: [...template.response],
  riskLevel: template.allClear ? null : draft.riskLevel,
  forestFireLevel: null,
  wake: template.wake,
  sound: template.sound,
  minutes: template.minutes,
  texts: textsFrom(template.texts),
  extend: null,
})

/** An empty page of a class. */
export const blankOf = (draft: OrderDraft, orderClass: OrderClass): OrderDraft => ({
  ...draft,
  template: null,
  class: orderClass,
  // A page that nobody has written yet names no danger; an update keeps the one it is about.
  hazard: draft.action === 'update' ? draft.hazard : 'OTHER',
  texts: emptyDraft(draft.status).texts,
})

/** Which templates are offered: an all-clear only for an update that is one. The hazard of the order comes first. */
export const offered = (templates: readonly OrderTemplate[], draft: OrderDraft): readonly OrderTemplate[] => {
  const fitting = templates.filter((t) => t.allClear === draft.allClear)
  if (draft.action !== 'update') return fitting
  return [...fitting.filter((t) => t.hazard === draft.hazard), ...fitting.filter((t) => t.hazard !== draft.hazard)]
}

/** Found by name or first headline, with or without accents: whoever is in a hurry types "lu quet". */
export const matches = (template: OrderTemplate, query: string): boolean =>
  isFoundIn(`${template.name.vi} ${template.name.en} ${template.texts[0]?.headline ?? ''}`, query)

const statusOf = (order: Pick<Order, 'status'>): OrderDraft['status'] =>
  order.status === 'actual' ? 'actual' : 'exercise'

/** A longer list of places is no name; the officer says where. */
const MOST_PLACE = 80

/** The same order once more, to be changed or renewed; `document`: the number that was added later. Its status cannot change: an exercise stays one. */
export const updateOf = (order: Order, document: string | null): OrderDraft => ({
  ...emptyDraft(statusOf(order)),
  action: 'update',
  references: [order.id],
  place: (order.area?.name ?? '').length <= MOST_PLACE ? (order.area?.name ?? '') : '',
  class: order.class,
  hazard: order.hazard,
  riskLevel: order.riskLevel,
  forestFireLevel: order.forestFireLevel,
  severity: order.severity,
  urgency: order.urgency ?? 'immediate',
  certainty: order.certainty ?? 'observed',
  response: [...(order.response ?? [])],
  texts: textsFrom(order.texts),
  picture: order.picture ?? null,
  authority: order.authority.name,
  document: document ?? order.authority.document ?? '',
  minutes: Math.max(1, Math.min(MOST_MINUTES, Math.round((order.expiresAt - order.startsAt) / 60_000))),
  wake: order.wake,
  sound: order.sound,
  brightness: order.brightness,
  targets: [...order.targets],
  extend: order.extendFrames ?? null,
})

/** Said when the hub has no template for it; the officer may change every word. */
const ALL_CLEAR_TEXTS: Order['texts'] = [
  {
    language: 'vi',
    headline: 'Đã an toàn',
    instruction: 'Tình huống khẩn cấp đã kết thúc. Sinh hoạt trở lại bình thường, theo hướng dẫn của chính quyền.',
  },
  {
    language: 'en',
    headline: 'All clear',
    instruction: 'The emergency is over. Follow the advice of the authorities.',
  },
  { language: 'zh', headline: '警报解除', instruction: '紧急情况已结束，请听从当地政府指引。' },
]

/** The danger is over: a green page in place of the order, for as long as the policy says (`minutes`). */
export const allClearOf = (
  order: Order,
  using: {
    readonly templates: readonly OrderTemplate[]
    readonly minutes: number
    readonly document: string | null
  },
): OrderDraft => {
  const before: OrderDraft = { ...updateOf(order, using.document), allClear: true, picture: null, extend: null }
  const [template] = offered(using.templates, before)
  const filled =
    template === undefined ? { ...before, texts: textsFrom(ALL_CLEAR_TEXTS) } : withTemplate(before, template)
  return {
    ...filled,
    class: order.class,
    hazard: order.hazard,
    minutes: using.minutes,
    severity: 'minor',
    riskLevel: null,
    forestFireLevel: null,
    response: [],
    sound: false,
  }
}

/** Only a class that warns can be cleared; a blank or a mourning just ends. */
export const canBeCleared = (order: Pick<Order, 'class' | 'extendFrames'>): boolean =>
  (order.class === 'emergency' || order.class === 'priority') && order.extendFrames === undefined

/** Why a draft of the inbox cannot be opened in the form; null: it can. A cancel is confirmed, not written. */
export const cannotOpen = (view: DraftView): 'draftIsTest' | 'draftIsCancel' | null => {
  if (view.body.status === 'test') return 'draftIsTest'
  return view.body.action === 'cancel' ? 'draftIsCancel' : null
}

/** An end that a message states is kept as a length from `now`; one that has passed must be chosen anew. */
export const fromInbox = (view: DraftView, now: number): OrderDraft => {
  const { body } = view
  const left = body.until === null ? body.lengthMs : body.until - now
  return {
    ...emptyDraft(statusOf(body)),
    action: body.action === 'update' ? 'update' : 'release',
    references: body.action === 'update' ? [...body.references] : [],
    allClear: body.allClear === true && body.action === 'update',
    class: body.class,
    hazard: body.hazard,
    riskLevel: body.riskLevel,
    forestFireLevel: body.forestFireLevel,
    severity: body.severity,
    urgency: body.urgency ?? 'immediate',
    certainty: body.certainty ?? 'observed',
    response: [...(body.response ?? [])],
    texts: textsFrom(body.texts),
    picture: body.picture ?? null,
    authority: body.authority.name,
    document: body.authority.document ?? '',
    minutes: Math.max(0, Math.min(MOST_MINUTES, Math.ceil(left / 60_000))),
    wake: body.wake,
    sound: body.sound,
    brightness: body.brightness,
    targets: [...body.targets],
    relayed: body.relayed ?? null,
    inbox: view.id,
  }
}

/** On whose word the latest orders went out, newest first, each name once: at night nobody should have to type it again. */
export const latestAuthorities = (orders: readonly OrderView[], most: number): readonly string[] =>
  [
    ...new Set(
      [...orders]
        .filter((view) => !view.local)
        .sort((a, b) => b.releasedAt - a.releasedAt)
        .map((view) => view.order.authority.name),
    ),
  ].slice(0, most)
