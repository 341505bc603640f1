import { type Static, Type } from 'typebox'
import { ClockTime, Id } from '../base/schema.ts'
import { CATEGORIES } from './category.ts'

/** Art. 2.2.c: Vietnamese, ethnic-minority languages, foreign languages. BCP-47 tags; the first one is the main one. */
const LanguageTag = Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$', maxLength: 35 })

export const Sha256Hex = Type.String({ pattern: '^[0-9a-f]{64}$' })
/** Wall-clock instants travel as integer milliseconds. */
export const InstantSchema = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 })
const Strict = { additionalProperties: false } as const

/** Art. 3.4: how a submission came in; an item without a channel is invalid. */
export const CHANNELS = ['SOURCE_SYSTEM', 'DOC_MGMT', 'OFFICIAL_MAIL', 'OTHER'] as const

export const ItemText = Type.Object(
  {
    language: LanguageTag,
    title: Type.String({ minLength: 1, maxLength: 200 }),
    body: Type.String({ maxLength: 2000 }),
    /**
     * What this was translated from: SHA-256 of the source text's canonical JSON ({title, body}) then. A source that has changed since makes
     * the translation stale, and a stale one is not shown (Art. 13.4). Absent: an original, or a source in another item.
     */
    translationOf: Type.Optional(Type.Object({ language: LanguageTag, hash: Sha256Hex }, Strict)),
  },
  Strict,
)

/** Advertising permit or notification (domain.md §3.4). The edge checks its window and sites itself. */
export const AdPermit = Type.Object(
  {
    kind: Type.Union([Type.Literal('NOTIFICATION'), Type.Literal('PERMIT')]),
    number: Type.String({ minLength: 1, maxLength: 100 }),
    issuedBy: Type.String({ minLength: 1, maxLength: 200 }),
    validFrom: InstantSchema,
    validTo: InstantSchema,
    /** Site ids, or empty for every site of the operator. */
    sites: Type.Array(Id, { maxItems: 200 }),
  },
  Strict,
)

/** A file by its content. */
const Asset = Type.Object(
  {
    sha256: Sha256Hex,
    bytes: Type.Integer({ minimum: 1, maximum: 2_147_483_648 }),
    mime: Type.String({ maxLength: 100 }),
  },
  Strict,
)
export type Asset = Static<typeof Asset>

/** Rules of one advertisement beside those of policy and site: each only makes it stricter. */
const AdRules = Type.Object(
  {
    mostPerHour: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
    mostPerDay: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400 })),
    /** Between two showings of this item, milliseconds. */
    minimumSpacingMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400_000 })),
    /** Only within one of these half-open times of day, local. */
    times: Type.Optional(
      Type.Array(Type.Object({ from: ClockTime, to: ClockTime }, Strict), { minItems: 1, maxItems: 12 }),
    ),
  },
  Strict,
)

/**
 * One thing that can be shown. Everything an approver signs is in here: change a letter and the hash, hence the approval, is void
 * (Art. 3.4, 3.5, 7, 8.3).
 */
export const Item = Type.Object(
  {
    id: Id,
    /** Counts up with every edit. */
    revision: Type.Integer({ minimum: 1 }),
    title: Type.String({ minLength: 1, maxLength: 200 }),
    kind: Type.Union([Type.Literal('image'), Type.Literal('video'), Type.Literal('text'), Type.Literal('slides')]),
    category: Type.Enum(CATEGORIES),
    languages: Type.Array(LanguageTag, { minItems: 1, maxItems: 8 }),
    /** How long one showing lasts, milliseconds. For a video: its length. */
    durationMs: Type.Integer({ minimum: 1000, maximum: 3_600_000 }),
    /** The picture or clip; null for text, which each edge draws for its own panel, and for slides. */
    asset: Type.Union([Asset, Type.Null()]),
    /** Only for `slides`: pictures in order; their times sum to `durationMs`. */
    slides: Type.Optional(
      Type.Array(Type.Object({ asset: Asset, durationMs: Type.Integer({ minimum: 1000, maximum: 600_000 }) }, Strict), {
        minItems: 1,
        maxItems: 60,
      }),
    ),
    texts: Type.Array(ItemText, { maxItems: 8 }),
    audio: Type.Boolean(),
    /** Art. 3.4: who supplied it and is answerable for it. */
    supplier: Type.Object({ org: Id, name: Type.String({ minLength: 1, maxLength: 200 }) }, Strict),
    /** Annex II.4: programmes supplied by the lead department. */
    suppliedByLead: Type.Boolean(),
    document: Type.Union([Type.String({ minLength: 1, maxLength: 100 }), Type.Null()]),
    channel: Type.Enum(CHANNELS),
    validFrom: InstantSchema,
    validTo: InstantSchema,
    /** Set for anything paid or with an advertiser: then the category must be 7.5 (reading A7). */
    ad: Type.Union([
      Type.Object(
        {
          advertiser: Type.String({ minLength: 1, maxLength: 200 }),
          permit: Type.Union([AdPermit, Type.Null()]),
          rules: Type.Optional(AdRules),
        },
        Strict,
      ),
      Type.Null(),
    ]),
    /** One content in several languages as several items (clips): of those of one group in a playlist, one plays per lap, in turn. */
    variantOf: Type.Optional(Id),
    /** A clip or picture that translates another item, made from that revision: an edited source makes this one stale (Art. 13.4). */
    translationOf: Type.Optional(Type.Object({ item: Id, revision: Type.Integer({ minimum: 1 }) }, Strict)),
    /** Entertainment is suspended in state mourning (domain.md §3.7). */
    entertainment: Type.Boolean(),
    /** Art. 13.6: the supplier declares that this may be published. */
    publishable: Type.Literal(true),
    submittedBy: Id,
    sample: Type.Boolean(),
  },
  Strict,
)
export type Item = Static<typeof Item>

/** Every file that the item needs. */
export const assetsOf = (item: Item): readonly Asset[] =>
  item.asset === null ? (item.slides ?? []).map((s) => s.asset) : [item.asset]

/** What an approver signs (Art. 10.1.a dash 3): this item, these bytes. */
export const Approval = Type.Object(
  {
    item: Id,
    revision: Type.Integer({ minimum: 1 }),
    itemHash: Sha256Hex,
    approvedBy: Id,
    at: InstantSchema,
    document: Type.Union([Type.String({ maxLength: 100 }), Type.Null()]),
  },
  Strict,
)
export type Approval = Static<typeof Approval>

/** The bytes an item's hash is taken of: JSON with sorted keys, so that every side computes the same. */
export const canonicalItem = (item: Item): string => canonicalJson(item)

/** JSON with sorted keys and no white space. Only for values that came through a schema (no undefined, no NaN). */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const fields = value as Readonly<Record<string, unknown>>
    let text = ''
    // Sorted as UTF-16 units, by loop: this runs for every record of the play log.
    for (const key of Object.keys(fields).sort())
      text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(fields[key])}`
    return `{${text}}`
  }
  return JSON.stringify(value)
}
