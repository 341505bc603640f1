import { type Static, Type } from 'typebox'
import { Id } from '../base/schema.ts'
import { InstantSchema } from '../content/item.ts'

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

/** QĐ 18/2021/QĐ-TTg Art. 4.3: risk levels 1 to 5 and their colours. */
export const RISK_COLOURS = ['light-blue', 'light-yellow', 'orange', 'red', 'purple'] as const

/** What an officer signs. `release` and `update` show; `cancel` ends what it references, even when it arrives first. */
export const Order = Type.Object(
  {
    id: Id,
    action: Type.Union([Type.Literal('release'), Type.Literal('update'), Type.Literal('cancel')]),
    class: Type.Enum(ORDER_CLASSES),
    status: Type.Enum(ORDER_STATUSES),
    /** Orders this one replaces (update) or ends (cancel). */
    references: Type.Array(Id, { maxItems: 50 }),
    hazard: Type.Enum(HAZARDS),
    riskLevel: Type.Union([Type.Integer({ minimum: 1, maximum: 5 }), Type.Null()]),
    /** A separate scale, I to V; never merged with the risk level (domain.md §3.5). */
    forestFireLevel: Type.Union([Type.Integer({ minimum: 1, maximum: 5 }), Type.Null()]),
    severity: Type.Enum(SEVERITIES),
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
          language: Type.Union([Type.Literal('vi'), Type.Literal('en'), Type.Literal('zh')]),
          headline: Type.String({ minLength: 1, maxLength: 200 }),
          instruction: Type.String({ maxLength: 500 }),
        },
        Strict,
      ),
      { maxItems: 3 },
    ),
    targets: Type.Array(Id, { minItems: 1, maxItems: 500 }),
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
  'text-unfit', // U+FFFD, a script without a font, or it does not fit the panel
  'cancelled-before', // its cancel arrived first
  'superseded-before',
  'not-in-exercise-mode',
  'test-only',
  'full', // the bound on active orders is reached
] as const
export type OrderRefusal = (typeof ORDER_REFUSALS)[number]
