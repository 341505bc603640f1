import { type Static, Type } from 'typebox'
import { Id } from '../base/schema.ts'
import { InstantSchema, Sha256Hex } from '../content/item.ts'

const Strict = { additionalProperties: false } as const

/** Closed classes, never integers (peers.md §3.1): a free number always ends with everyone using the highest. */
export const ORDER_CLASSES = ['safety-blank', 'emergency', 'major-event', 'mourning', 'priority'] as const
export type OrderClass = (typeof ORDER_CLASSES)[number]

export const ORDER_CLASS_NAMES: { readonly [C in OrderClass]: { readonly vi: string; readonly en: string } } = {
  'safety-blank': { vi: 'cắt hình vì an toàn', en: 'safety blank' },
  emergency: { vi: 'khẩn cấp', en: 'emergency' },
  'major-event': { vi: 'sự kiện lớn', en: 'major event' },
  mourning: { vi: 'quốc tang', en: 'state mourning' },
  priority: { vi: 'ưu tiên', en: 'priority' },
}

/** `test` is never drawn on a panel; `exercise` only at sites in exercise mode and under a permanent banner (domain.md §4.2). */
export const ORDER_STATUSES = ['actual', 'exercise', 'test'] as const
export type OrderStatus = (typeof ORDER_STATUSES)[number]

export const HAZARDS = [
  'FLASH_FLOOD',
  'FLOOD',
  'LANDSLIDE',
  'FOREST_FIRE',
  'FIRE',
  'EPIDEMIC',
  'BORDER_CLOSURE',
  'HAIL_STORM',
  'RESERVOIR_RELEASE',
  'EARTHQUAKE',
  'COLD',
  'EVACUATION',
  'SECURITY',
  'OTHER',
] as const
export type Hazard = (typeof HAZARDS)[number]

export const HAZARD_NAMES: {
  readonly [H in Hazard]: { readonly vi: string; readonly en: string; readonly zh: string }
} = {
  FLASH_FLOOD: { vi: 'Lũ quét', en: 'Flash flood', zh: '山洪' },
  FLOOD: { vi: 'Lũ, ngập lụt', en: 'Flood', zh: '洪水' },
  LANDSLIDE: { vi: 'Sạt lở đất', en: 'Landslide', zh: '山体滑坡' },
  FOREST_FIRE: { vi: 'Cháy rừng', en: 'Forest fire', zh: '森林火灾' },
  FIRE: { vi: 'Hỏa hoạn', en: 'Fire', zh: '火灾' },
  EPIDEMIC: { vi: 'Dịch bệnh', en: 'Epidemic', zh: '疫情' },
  BORDER_CLOSURE: { vi: 'Tạm dừng thông quan', en: 'Border gate closed', zh: '暂停通关' },
  HAIL_STORM: { vi: 'Mưa đá, lốc, sét', en: 'Hail, whirlwind, lightning', zh: '冰雹、龙卷风' },
  RESERVOIR_RELEASE: { vi: 'Xả lũ hồ chứa', en: 'Reservoir release', zh: '水库泄洪' },
  EARTHQUAKE: { vi: 'Động đất', en: 'Earthquake', zh: '地震' },
  COLD: { vi: 'Rét hại, sương muối', en: 'Damaging cold, frost', zh: '低温霜冻' },
  EVACUATION: { vi: 'Sơ tán', en: 'Evacuation', zh: '疏散' },
  SECURITY: { vi: 'An ninh, trật tự', en: 'Security', zh: '治安' },
  OTHER: { vi: 'Thông báo khẩn', en: 'Emergency notice', zh: '紧急通知' },
}

export const SEVERITIES = ['minor', 'moderate', 'severe', 'extreme'] as const
export type Severity = (typeof SEVERITIES)[number]

/** CAP 1.2 `urgency` and `certainty`, weakest first: with severity they order emergencies that share a screen (domain.md §4.2). */
export const URGENCIES = ['unknown', 'past', 'future', 'expected', 'immediate'] as const
export type Urgency = (typeof URGENCIES)[number]
export const CERTAINTIES = ['unknown', 'unlikely', 'possible', 'likely', 'observed'] as const
export type Certainty = (typeof CERTAINTIES)[number]

/** CAP 1.2 `responseType` without `AllClear`, which is a field of its own here: it changes what is shown. */
export const RESPONSES = ['shelter', 'evacuate', 'prepare', 'execute', 'avoid', 'monitor', 'assess', 'none'] as const
export type Response = (typeof RESPONSES)[number]

/** Vietnamese, English, Chinese, Thái (Tai Viet), Mông: BCP 47, as the content uses them. */
export const ORDER_LANGUAGES = ['vi', 'en', 'zh', 'blt', 'hmn'] as const
export type OrderLanguage = (typeof ORDER_LANGUAGES)[number]

/** Largest picture of an order, bytes: it has to come over a 4G line while people wait, and the text is there without it. */
export const MOST_PICTURE_BYTES = 2_097_152

/** QĐ 18/2021/QĐ-TTg Art. 4.3: risk levels 1 to 5 and their colours. */
export const RISK_COLOURS = ['light-blue', 'light-yellow', 'orange', 'red', 'purple'] as const

/**
 * What an officer signs. `release` and `update` show; `cancel` ends what it references, even when it arrives first; `document` adds the
 * number of the document under which the orders it references were released (domain.md §4.3), and changes nothing on a screen.
 */
export const Order = Type.Object(
  {
    id: Id,
    action: Type.Union([
      Type.Literal('release'),
      Type.Literal('update'),
      Type.Literal('cancel'),
      Type.Literal('document'),
    ]),
    class: Type.Enum(ORDER_CLASSES),
    status: Type.Enum(ORDER_STATUSES),
    /** Orders this one replaces (update), ends (cancel) or gives a document to. */
    references: Type.Array(Id, { maxItems: 50 }),
    hazard: Type.Enum(HAZARDS),
    riskLevel: Type.Union([Type.Integer({ minimum: 1, maximum: 5 }), Type.Null()]),
    /** A separate scale, I to V; never merged with the risk level (domain.md §3.5). */
    forestFireLevel: Type.Union([Type.Integer({ minimum: 1, maximum: 5 }), Type.Null()]),
    severity: Type.Enum(SEVERITIES),
    /** Absent: immediate, observed. */
    urgency: Type.Optional(Type.Enum(URGENCIES)),
    certainty: Type.Optional(Type.Enum(CERTAINTIES)),
    response: Type.Optional(Type.Array(Type.Enum(RESPONSES), { maxItems: RESPONSES.length })),
    /** Only of an update of an emergency or priority notice: the danger is over, said on a green page for as long as the policy says. */
    allClear: Type.Optional(Type.Literal(true)),
    authority: Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: 200 }),
        document: Type.Union([Type.String({ minLength: 1, maxLength: 100 }), Type.Null()]),
      },
      Strict,
    ),
    /** First is the main language, Vietnamese by default; empty only for blank, mourning and extended frames. */
    texts: Type.Array(
      Type.Object(
        {
          language: Type.Enum(ORDER_LANGUAGES),
          headline: Type.String({ minLength: 1, maxLength: 200 }),
          instruction: Type.String({ maxLength: 500 }),
        },
        Strict,
      ),
      { maxItems: ORDER_LANGUAGES.length },
    ),
    /** Beside the text; fetched by its hash, and the text stands without it until it is there. */
    picture: Type.Optional(
      Type.Object(
        {
          sha256: Sha256Hex,
          bytes: Type.Integer({ minimum: 1, maximum: MOST_PICTURE_BYTES }),
          mime: Type.Enum(['image/png', 'image/jpeg']),
        },
        Strict,
      ),
    ),
    targets: Type.Array(Id, { minItems: 1, maxItems: 5000 }),
    /** What the targets were chosen by; `targets` alone decides who shows it. `province`: all of it, which by default two persons sign. */
    area: Type.Optional(
      Type.Object(
        {
          province: Type.Boolean(),
          /** Administrative unit codes, five digits. */
          units: Type.Array(Type.String({ pattern: '^\\d{5}$' }), { maxItems: 200 }),
          /** For people. */
          name: Type.String({ maxLength: 200 }),
        },
        Strict,
      ),
    ),
    /** Released by one person where the rules ask for two, and to be looked at by another one afterwards. */
    breakGlass: Type.Optional(Type.Object({ reason: Type.String({ minLength: 10, maxLength: 500 }) }, Strict)),
    /** The message of another system that this order passes on: the identity of a CAP message (sender, identifier, sent). */
    relayed: Type.Optional(
      Type.Object(
        {
          sender: Type.String({ minLength: 1, maxLength: 200 }),
          identifier: Type.String({ minLength: 1, maxLength: 200 }),
          sent: Type.String({ minLength: 1, maxLength: 40 }),
        },
        Strict,
      ),
    ),
    wake: Type.Boolean(),
    /** Percent, or null to leave it as it is. Never above the profile's limit, and never so low that nobody could read it: dark is another class. */
    brightness: Type.Union([Type.Number({ minimum: 5, maximum: 100 }), Type.Null()]),
    sound: Type.Boolean(),
    /**
     * Only for major events, and only with a document (Art. 8.2.b): instead of a page of the order the screen goes on playing this playlist
     * (null: that of the latest propaganda frame of today), lit beyond its hours.
     */
    extendFrames: Type.Optional(Type.Object({ playlist: Type.Union([Id, Type.Null()]) }, Strict)),
    issuedAt: InstantSchema,
    startsAt: InstantSchema,
    expiresAt: InstantSchema,
    issuer: Id,
  },
  Strict,
)
export type Order = Static<typeof Order>

/** Why an edge refuses an order. Each is an evidence record and a receipt the hub shows. */
export const ORDER_REFUSALS = [
  'malformed',
  'bad-signature',
  'unknown-key',
  'no-right',
  'not-for-this-site',
  'expired',
  'too-long',
  'id-reused',
  'no-text',
  'no-document', // frames are extended only under a document
  'no-second-person', // the release rules ask for two signatures (core/emergency/release.ts)
  'text-unfit', // U+FFFD, a script without a font, or it does not fit the panel
  'cancelled-before', // its cancel arrived first
  'superseded-before',
  'not-in-exercise-mode',
  'test-only',
  'full', // the bound on active orders is reached
] as const
export type OrderRefusal = (typeof ORDER_REFUSALS)[number]

/**
 * What can change at an edge so that an order it refused is taken when it comes again: a newer key registry, a clock that became right, an
 * order that ended and left its room.
 */
export const REFUSAL_CURES = ['registry', 'clock', 'room'] as const
export type RefusalCure = (typeof REFUSAL_CURES)[number]

/** Nothing: the edge would say the same of the same order for as long as it lasts. */
export const CURES_OF: { readonly [R in OrderRefusal]: readonly RefusalCure[] } = {
  malformed: [],
  'bad-signature': [],
  'unknown-key': ['registry'],
  'no-right': ['registry', 'clock'],
  'not-for-this-site': [],
  expired: ['clock'],
  'too-long': [],
  'id-reused': [],
  'no-text': [],
  'no-document': [],
  'no-second-person': ['registry', 'clock'],
  'text-unfit': [],
  'cancelled-before': [],
  'superseded-before': [],
  // An exercise that comes up by itself, later than anybody expects it, is none.
  'not-in-exercise-mode': [],
  'test-only': [],
  full: ['room'],
}

/** A refused order goes to the same site again at most so often. */
export const MOST_AGAIN = 20
