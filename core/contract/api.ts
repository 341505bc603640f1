import { type Static, Type } from 'typebox'
import { Approval, InstantSchema, Item } from '../content/item.ts'
import { HAZARDS, ORDER_CLASSES, ORDER_STATUSES, Order, SEVERITIES } from '../emergency/order.ts'
import { ROLES } from './can.ts'
import { EnvelopeSchema } from './envelope.ts'
import { StatusReport } from './link.ts'

/**
 * The hub's HTTP API as the console uses it. Sessions are a cookie; every request that changes something also carries the session's
 * token in the header `x-bangtin-csrf`. Errors are `ApiError` with an HTTP status.
 *
 *   POST /api/login          LoginRequest → Session                POST /api/logout
 *   GET  /api/session        → Session (401 when not logged in)
 *   GET  /api/sites          → SiteView[]                          GET /api/sites/:site/frame → image/png|jpeg of the glass
 *   GET  /api/live           WebSocket; LiveMessage each way down
 *   POST /api/preview        PreviewRequest → PreviewAnswer        (an order or text as each panel will draw it)
 *   GET  /api/keys/mine      → WrappedKey                          (404: this person signs nothing)
 *   GET  /api/orders         → OrderView[] newest first            POST /api/orders { envelope } → OrderView
 *   GET  /api/items          → ItemView[]                          POST /api/items  multipart: field `meta` = ItemDraft JSON, then file `file`
 *   GET  /api/items/:id/file → the asset                           POST /api/items/:id/reject { reason }
 *   POST /api/items/:id/approve { envelope } → ItemView
 *   POST /api/schedules/prepare { sites, addItems, removeItems } → { documents: [{ site, payload }] }   payload: text to sign
 *   POST /api/schedules      { envelope } → { site, version }
 *   GET  /api/playlog?site=&at=ms | &from=&to=&limit=  → PlayAnswer[]
 *   POST /api/enrol-codes    { site } → { code, expiresAt }
 *   POST /api/enrol          EnrolRequest → EnrolAnswer            (no session: the code is the proof)
 *   GET  /assets/:sha256     bytes, Range allowed; session cookie or `authorization: Bearer <assetToken>`
 *   GET  /metrics · GET /sd/prometheus · GET /edges/:site/metrics  from loopback, or with the configured bearer token
 */
const Strict = { additionalProperties: false } as const
const Id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

/** `error` is stable for programs, `message` is for people (Vietnamese and English), `where` names the field. */
export type ApiError = {
  readonly error: string
  readonly message: { readonly vi: string; readonly en: string }
  readonly where: string | null
}

export const LoginRequest = Type.Object(
  { user: Type.String({ minLength: 1, maxLength: 64 }), password: Type.String({ minLength: 1, maxLength: 256 }) },
  Strict,
)

export const Session = Type.Object(
  {
    user: Id,
    name: Type.String(),
    org: Id,
    roles: Type.Array(Type.Enum(ROLES)),
    csrf: Type.String(),
    signs: Type.Boolean(),
    expiresAt: InstantSchema,
  },
  Strict,
)
export type Session = Static<typeof Session>

/** What the province knows of a site (domain.md §5.1), with what its edge last said. */
export const SiteView = Type.Object(
  {
    id: Id,
    name: Type.String(),
    clusterClass: Type.Enum(['BORDER_GATE', 'BULLETIN_BOARD']),
    unitCode: Type.String(),
    panel: Type.Object({ width: Type.Integer(), height: Type.Integer() }, Strict),
    contentOperator: Id,
    assetOperator: Id,
    lifecycle: Type.Enum(['PLANNED', 'ACTIVE', 'SUSPENDED', 'DECOMMISSIONED']),
    sample: Type.Boolean(),
    connected: Type.Boolean(),
    lastSeen: Nullable(InstantSchema),
    /** Difference of the edge's wall clock to the hub's at the last status, ms. */
    clockOffsetMs: Nullable(Type.Integer()),
    technicianPage: Nullable(Type.String()),
    evidenceNext: Type.Integer(),
    status: Nullable(StatusReport),
  },
  Strict,
)
export type SiteView = Static<typeof SiteView>

/** An officer's or approver's private key as the hub stores it: only the passphrase opens it, in the browser. */
export const WrappedKey = Type.Object(
  {
    key: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    publicKey: Type.String(),
    /** PBKDF2-HMAC-SHA-256 over the UTF-8 passphrase → AES-256-GCM key; the plain text is the PKCS#8 of the Ed25519 key. All base64. */
    kdf: Type.Object(
      { name: Type.Literal('PBKDF2-SHA256'), salt: Type.String(), iterations: Type.Integer({ minimum: 100_000 }) },
      Strict,
    ),
    iv: Type.String(),
    cipher: Type.String(),
  },
  Strict,
)
export type WrappedKey = Static<typeof WrappedKey>

export const PreviewRequest = Type.Object(
  {
    site: Id,
    /** Draft of what will be drawn; the same fields the order or item will have. */
    draft: Type.Union([
      Type.Object(
        {
          kind: Type.Literal('order'),
          class: Type.Enum(ORDER_CLASSES),
          status: Type.Enum(ORDER_STATUSES),
          hazard: Type.Enum(HAZARDS),
          severity: Type.Enum(SEVERITIES),
          riskLevel: Nullable(Type.Integer({ minimum: 1, maximum: 5 })),
          authority: Type.String({ maxLength: 200 }),
          expiresAt: InstantSchema,
          texts: Order.properties.texts,
        },
        Strict,
      ),
      Type.Object({ kind: Type.Literal('text'), texts: Item.properties.texts }, Strict),
    ]),
  },
  Strict,
)
export type PreviewRequest = Static<typeof PreviewRequest>
export type PreviewAnswer = {
  readonly site: string
  readonly width: number
  readonly height: number
  readonly pages: readonly {
    readonly png: string /* base64 */
    readonly durationMs: number
    readonly language: string
  }[]
  /** Why it cannot be shown at this site; empty when it can. */
  readonly faults: readonly string[]
}

/** One site's progress with one order; times are hub wall-clock ms except where noted. */
export type OrderSite = {
  readonly site: string
  readonly connected: boolean
  readonly sentAt: number | null
  readonly acceptedAt: number | null
  /** Stage times as the edge measured them from arrival, ms. */
  readonly acceptedAfterMs: number | null
  readonly shownAt: number | null
  readonly shownAfterMs: number | null
  readonly proof: string | null
  readonly endedAt: number | null
  readonly endReason: string | null
  readonly refused: string | null
}
export type OrderView = {
  readonly order: Static<typeof Order>
  readonly issuerName: string
  readonly releasedAt: number
  readonly state: 'open' | 'cancelled' | 'superseded' | 'expired'
  readonly sites: readonly OrderSite[]
}

/** What an editor sends; the hub fills id, revision, asset hash and submitter. */
export const ItemDraft = Type.Object(
  {
    title: Item.properties.title,
    kind: Item.properties.kind,
    category: Item.properties.category,
    languages: Item.properties.languages,
    durationMs: Item.properties.durationMs,
    texts: Item.properties.texts,
    audio: Item.properties.audio,
    supplier: Item.properties.supplier,
    suppliedByLead: Item.properties.suppliedByLead,
    document: Item.properties.document,
    channel: Item.properties.channel,
    validFrom: Item.properties.validFrom,
    validTo: Item.properties.validTo,
    ad: Item.properties.ad,
    entertainment: Item.properties.entertainment,
    publishable: Item.properties.publishable,
    /** Clusters it is meant for. */
    sites: Type.Array(Id, { minItems: 1, maxItems: 200 }),
  },
  Strict,
)
export type ItemDraft = Static<typeof ItemDraft>

export type ItemView = {
  readonly item: Item
  readonly itemHash: string
  /** The exact text whose SHA-256 is `itemHash`: canonical JSON of the item. */
  readonly sites: readonly string[]
  readonly state: 'submitted' | 'approved' | 'rejected' | 'published'
  readonly submittedAt: number
  readonly submitterName: string
  readonly approvedBy: string | null
  readonly approvedAt: number | null
  readonly rejectReason: string | null
  /** Sites whose schedule in force holds it. */
  readonly publishedAt: readonly string[]
  /** Refusals reported by edges: the refusal must be seen. */
  readonly refusals: readonly {
    readonly site: string
    readonly reason: string
    readonly detail: string
    readonly at: number
  }[]
}

export const PrepareRequest = Type.Object(
  {
    sites: Type.Array(Id, { minItems: 1, maxItems: 200 }),
    addItems: Type.Array(Id, { maxItems: 200 }),
    removeItems: Type.Array(Id, { maxItems: 200 }),
  },
  Strict,
)
export const SignedRequest = Type.Object({ envelope: EnvelopeSchema }, Strict)

/** One play, as an inspector asks for it: what, when, why, from whom, under which document, and how we know. */
export type PlayAnswer = {
  readonly site: string
  readonly play: string
  readonly item: string
  readonly title: string
  readonly hash: string
  readonly category: string | null
  readonly languages: readonly string[]
  readonly from: number
  readonly to: number | null
  readonly ms: number | null
  readonly cause: string | null
  readonly rank: string
  readonly why: string
  readonly order: string | null
  readonly supplier: string
  readonly suppliedByLead: boolean
  readonly document: string | null
  readonly proof: string
  readonly clock: string
  /** Was the display known to be lit at the instant asked about (or during the play)? */
  readonly lit: string
  readonly records: { readonly open: number; readonly close: number | null }
}

export type LiveMessage =
  | { readonly t: 'site'; readonly site: SiteView }
  | { readonly t: 'order'; readonly order: OrderView }
  | { readonly t: 'items' }
  | { readonly t: 'frame'; readonly site: string; readonly at: number }

export type { Item }
export { Approval }
