import { type Static, Type } from 'typebox'
import { Id } from '../base/schema.ts'
import { Approval, InstantSchema, Item } from '../content/item.ts'
import {
  CERTAINTIES,
  HAZARDS,
  ORDER_CLASSES,
  ORDER_STATUSES,
  Order,
  RESPONSES,
  SEVERITIES,
  URGENCIES,
} from '../emergency/order.ts'
import type { Policy } from '../policy/policy.ts'
import { ScheduleDocument } from '../schedule/document.ts'
import { ROLES } from './can.ts'
import { EnvelopeSchema } from './envelope.ts'
import { StatusReport } from './link.ts'
import type { IncidentView } from './operations.ts'

/**
 * The hub's HTTP API as the console uses it. Sessions are a cookie; every request that changes something also carries the session's
 * token in the header `x-bangtin-csrf`. A program sends `authorization: Bearer bt_…` instead and neither; both at once are refused. Errors are `ApiError` with an HTTP status.
 *
 *   POST /api/login          LoginRequest → Session                POST /api/logout
 *   GET  /api/session        → Session (401 when not logged in)
 *   GET  /api/sites          → SiteView[]                          GET /api/sites/:site/frame → image/png|jpeg of the glass
 *   GET  /api/live           WebSocket; LiveMessage each way down
 *   POST /api/preview        PreviewRequest → PreviewAnswer        (an order or text as each panel will draw it)
 *   GET  /api/keys/mine      → WrappedKey                          (404: this person signs nothing)
 *   GET  /api/orders         → OrderView[] newest first            POST /api/orders ReleaseRequest → OrderView; 202 PendingView when a
 *        second person must sign                                   GET  /api/orders/:id → OrderReport
 *   GET  /api/orders/pending → PendingView[]                       POST /api/orders/:id/sign { envelope } → OrderView  (the same text, signed by
 *        a second person; `:id` is the order's)                    POST /api/orders/:id/withdraw { reason } → PendingView
 *   POST /api/orders/:id/review { note } → OrderView               (what was released alone, looked at by another person)
 *   POST /api/orders/frames  { targets } → 202                     (what is on those screens now, kept as *before* for an order released soon)
 *   GET  /api/orders/:id/frames/:site/:moment → image              moment: before | during | after
 *   GET  /api/orders/:id/cap → application/cap+xml                 POST /api/cap  application/cap+xml → DraftView
 *   GET  /api/order-templates → OrderTemplates                     GET  /api/release-rules → ReleaseRules
 *   GET  /api/drafts         → DraftView[]                         POST /api/drafts OrderDraftBody → DraftView
 *   POST /api/drafts/:id/drop { reason } → DraftView               POST /api/pictures  image/png|jpeg → { sha256, bytes, mime }
 *   GET  /api/audit?subject= → AuditView[] newest first
 *   Incidents, the day of a cluster, uptime, search of the play log: operations.ts
 *   GET  /api/tokens         → TokenView[]                         POST /api/tokens TokenRequest → TokenView & { token }
 *   POST /api/tokens/:id/revoke → TokenView
 *   GET  /api/items          → ItemView[]                          POST /api/items  multipart: field `meta` = ItemDraft JSON, then file `file`
 *        (for slides: one `file` for each of `slides`, in order)
 *   GET  /api/items/:id/file?n=  → the asset (slides: the n-th, from 0)   POST /api/items/:id/reject { reason }
 *   POST /api/items/:id/texts ItemEdit → ItemView                  (a text item; its next revision waits for appraisal)
 *   GET  /api/items/:id/fit  → PanelFit[]                          (each panel it is meant for; empty for pictures and clips)
 *   POST /api/items/:id/approve { envelope } → ItemView
 *   POST /api/schedules/prepare PrepareRequest → { documents: [{ site, payload, warnings }] }   payload: text to sign
 *   GET  /api/sites/:site/schedule → SiteSchedule                  what holds at a cluster, to be edited
 *   POST /api/schedules      { envelope } → { site, version }
 *   GET  /api/playlog?site=&at=ms | &from=&to=&limit=  → PlayAnswer[]
 *   POST /api/enrol-codes    { site } → { code, expiresAt }
 *   POST /api/enrol          EnrolRequest → EnrolAnswer            (no session: the code is the proof)
 *   GET  /assets/:sha256     bytes, Range allowed; session cookie or `authorization: Bearer <assetToken>`
 *   GET  /metrics · GET /sd/prometheus · GET /edges/:site/metrics  from loopback, or with the configured bearer token
 */
const Strict = { additionalProperties: false } as const
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
    panel: Type.Object(
      {
        width: Type.Integer(),
        height: Type.Integer(),
        pitchMm: Type.Optional(Type.Number()),
        viewingDistanceM: Type.Optional(Type.Number()),
      },
      Strict,
    ),
    contentOperator: Id,
    assetOperator: Id,
    lifecycle: Type.Enum(['PLANNED', 'ACTIVE', 'SUSPENDED', 'DECOMMISSIONED']),
    sample: Type.Boolean(),
    connected: Type.Boolean(),
    lastSeen: Nullable(InstantSchema),
    /** Difference of the edge's wall clock to the hub's at the last status, ms. */
    clockOffsetMs: Nullable(Type.Integer()),
    technicianPage: Nullable(Type.String()),
    /** Where it stands, WGS 84 degrees, for the map of an order's targets. */
    place: Type.Optional(Type.Object({ lat: Type.Number(), lon: Type.Number() }, Strict)),
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
          /** Absent: not given. */
          forestFireLevel: Type.Optional(Order.properties.forestFireLevel),
          urgency: Order.properties.urgency,
          response: Order.properties.response,
          allClear: Order.properties.allClear,
          picture: Order.properties.picture,
          authority: Type.String({ maxLength: 200 }),
          /** Of an all-clear: since when it is safe. Absent: not said on the page. */
          startsAt: Type.Optional(InstantSchema),
          expiresAt: InstantSchema,
          texts: Order.properties.texts,
        },
        Strict,
      ),
      Type.Object(
        {
          kind: Type.Literal('text'),
          texts: Item.properties.texts,
          /** How long one showing lasts, ms: the pages share it. Absent: as long as reading takes. */
          durationMs: Type.Optional(Item.properties.durationMs),
        },
        Strict,
      ),
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

/** Whether a text item stands on the panel of one site it is meant for. Lengths in pixels, times in milliseconds. */
export type PanelFit = {
  readonly site: string
  readonly width: number
  readonly height: number
  readonly pages: number
  /** To read all pages once; to be compared with the item's `durationMs`. */
  readonly needsMs: number
  /** The smallest letters on it (font size; null: it does not stand there) and the smallest that this panel may show. */
  readonly smallest: number | null
  readonly least: number
  /** Every reason why not; empty when it fits. `kind` is stable for programs, the sentences say what would help. */
  readonly faults: readonly { readonly kind: string; readonly vi: string; readonly en: string }[]
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
  /** Why the edge refused it: the reason, and a detail behind a colon. Null: it did not, or has taken it since. */
  readonly refused: string | null
  /** How often it was sent again because what it was refused for may have passed, and when last; 0 and null: never. */
  readonly again: number
  readonly againAt: number | null
  /** Whom to call when nothing is heard of it; null: the register names nobody. */
  readonly contact: { readonly name: string; readonly phone: string } | null
  /** Since when the hub has heard nothing of it; null while it is connected. */
  readonly silentSince: number | null
}
/** Who signed, and when the hub had it. */
export type OrderSigner = { readonly user: string; readonly name: string; readonly at: number }
export type OrderView = {
  readonly order: Static<typeof Order>
  readonly issuerName: string
  readonly releasedAt: number
  readonly state: 'open' | 'cancelled' | 'superseded' | 'cleared' | 'expired'
  readonly sites: readonly OrderSite[]
  /** The issuer first; two where the release rules ask for it. */
  readonly signers: readonly OrderSigner[]
  /** The number that was added later, if any; `order.authority.document` is what was signed at first. */
  readonly document: string | null
  /** Until when a number is asked for; null: it has one, or needs none. In the past: it is missing. */
  readonly documentDueAt: number | null
  /** Of an order released by one person where two are asked for. `by`: the person's name; null: nobody has looked at it yet. */
  readonly review: {
    readonly dueAt: number
    readonly by: string | null
    readonly at: number | null
    readonly note: string | null
  } | null
  /** A preset page that a switch at the site brought up: no officer signed it, and only that site can end it. */
  readonly local: boolean
}

/** An order that waits for a second person. */
export type PendingView = {
  readonly order: Static<typeof Order>
  readonly envelope: Static<typeof EnvelopeSchema>
  readonly signers: readonly OrderSigner[]
  readonly state: 'waiting' | 'withdrawn' | 'lapsed'
  /** When it can no longer be signed: it was meant for now. */
  readonly lapsesAt: number
  /** `by`: the person's name. */
  readonly withdrawn: { readonly by: string; readonly at: number; readonly reason: string } | null
}

/** What a person, a program or a CAP message proposes: an order without identity, times and signature. */
export const OrderDraftBody = Type.Object(
  {
    class: Order.properties.class,
    status: Order.properties.status,
    hazard: Order.properties.hazard,
    riskLevel: Order.properties.riskLevel,
    forestFireLevel: Order.properties.forestFireLevel,
    severity: Order.properties.severity,
    urgency: Order.properties.urgency,
    certainty: Order.properties.certainty,
    response: Order.properties.response,
    allClear: Order.properties.allClear,
    authority: Order.properties.authority,
    texts: Order.properties.texts,
    picture: Order.properties.picture,
    targets: Type.Array(Id, { maxItems: 5000 }),
    area: Order.properties.area,
    relayed: Order.properties.relayed,
    wake: Order.properties.wake,
    brightness: Order.properties.brightness,
    sound: Order.properties.sound,
    /** How long it is to hold, ms, from release; an end that a CAP message states is `until`. */
    lengthMs: Type.Integer({ minimum: 60_000, maximum: 86_400_000 }),
    until: Nullable(InstantSchema),
    /** Orders in force that it would replace or end, and which of the two. */
    action: Type.Enum(['release', 'update', 'cancel']),
    references: Order.properties.references,
  },
  Strict,
)
export type OrderDraftBody = Static<typeof OrderDraftBody>

/** A draft that waits for an officer. It shows nothing by itself: only a signature does. */
export type DraftView = {
  readonly id: string
  readonly from: 'person' | 'program' | 'cap'
  /** A person, a token's name, or the sender of the CAP message. */
  readonly source: string
  /** A CAP message signed by a pinned key; null where there was nothing to check. */
  readonly trusted: boolean | null
  readonly receivedAt: number
  readonly state: 'waiting' | 'released' | 'dropped'
  readonly body: OrderDraftBody
  /** What an officer must look at: areas nobody covers, texts that were cut, an end that was missing. */
  readonly notes: readonly { readonly vi: string; readonly en: string }[]
  /** The order that came of it, or why none did. `by`: a person's name, a token's, or that of a source. */
  readonly order: string | null
  readonly closed: { readonly by: string; readonly at: number; readonly reason: string } | null
}

/** deploy/templates: a page per hazard in every language, with `{place}` where the officer says where. */
export const OrderTemplate = Type.Object(
  {
    id: Id,
    hazard: Order.properties.hazard,
    class: Order.properties.class,
    name: Type.Object({ vi: Type.String({ minLength: 1 }), en: Type.String({ minLength: 1 }) }, Strict),
    severity: Order.properties.severity,
    urgency: Type.Enum(URGENCIES),
    certainty: Type.Enum(CERTAINTIES),
    response: Type.Array(Type.Enum(RESPONSES), { maxItems: RESPONSES.length }),
    allClear: Type.Boolean(),
    wake: Type.Boolean(),
    sound: Type.Boolean(),
    minutes: Type.Integer({ minimum: 1, maximum: 1440 }),
    texts: Order.properties.texts,
  },
  Strict,
)
export type OrderTemplate = Static<typeof OrderTemplate>
export const OrderTemplates = Type.Object(
  {
    schema: Type.Literal('bangtin/order-templates/1'),
    sample: Type.Boolean(),
    templates: Type.Array(OrderTemplate, { maxItems: 100 }),
  },
  Strict,
)
export type OrderTemplates = Static<typeof OrderTemplates>

/** What the console needs of the policy to say beforehand whether a second person must sign. Null: the hub was given no policy. */
export type ReleaseRules = Pick<Policy, 'releaseRules' | 'emergency'> | null

/** One finished or running order for the one-page report: every time, every hand, every picture there is. */
export type OrderReport = {
  readonly view: OrderView
  readonly audit: readonly AuditView[]
  readonly frames: readonly OrderFrame[]
  /** Orders that replaced, ended or documented it, and those that it replaced. */
  readonly related: readonly OrderView[]
  /** SHA-256 of the signed text, and the keys that signed it. */
  readonly signed: { readonly hash: string; readonly keys: readonly string[] }
}
export const FRAME_MOMENTS = ['before', 'during', 'after'] as const
export type FrameMoment = (typeof FRAME_MOMENTS)[number]
export type OrderFrame = {
  readonly site: string
  readonly moment: FrameMoment
  /** When the picture was taken, hub wall-clock ms. */
  readonly at: number
  readonly mime: string
  readonly sha256: string
}
export type AuditView = {
  readonly at: number
  readonly person: string
  readonly action: string
  readonly subject: string
  readonly detail: string
}

/** What a program may do with a token; never release: that takes a person's key. `orders.submit` hands in what a person signed elsewhere. */
export const TOKEN_SCOPES = [
  'sites.read',
  'orders.read',
  'orders.draft',
  'orders.submit',
  'cap.submit',
  'playlog.read',
  'incidents.read',
] as const
export type TokenScope = (typeof TOKEN_SCOPES)[number]
export const TokenRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    scopes: Type.Array(Type.Enum(TOKEN_SCOPES), { minItems: 1, maxItems: TOKEN_SCOPES.length }),
    days: Type.Integer({ minimum: 1, maximum: 366 }),
  },
  Strict,
)
export type TokenView = {
  readonly id: string
  readonly name: string
  readonly scopes: readonly TokenScope[]
  readonly by: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly lastUsedAt: number | null
  readonly revokedAt: number | null
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
    /** Only for `slides`: how long each picture stays, in the order in which they are sent. */
    slides: Type.Optional(
      Type.Array(Type.Object({ durationMs: Type.Integer({ minimum: 1000, maximum: 600_000 }) }, Strict), {
        minItems: 1,
        maxItems: 60,
      }),
    ),
    variantOf: Type.Optional(Id),
    /** The hub fills in the revision that the source has now. */
    translationOf: Type.Optional(Id),
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

/**
 * New words for a text item. A text that is marked as a translation follows the main language as it is in this very request; one whose
 * words are as before and that is not marked stays with the source it was made from, so an edited Vietnamese text makes it stale.
 */
export const ItemEdit = Type.Object(
  {
    /** The revision that was read; another one in the meantime is answered with 409. */
    revision: Item.properties.revision,
    title: Item.properties.title,
    texts: Type.Array(
      Type.Object(
        {
          language: Type.String({ maxLength: 35 }),
          title: Type.String({ minLength: 1, maxLength: 200 }),
          body: Type.String({ maxLength: 2000 }),
          /** A person has looked at it against the main language as it is now. */
          translated: Type.Boolean(),
        },
        Strict,
      ),
      { minItems: 1, maxItems: 8 },
    ),
  },
  Strict,
)
export type ItemEdit = Static<typeof ItemEdit>

/** What a person edits of a cluster's schedule; items and playlists come and go with publishing. */
export const SchedulePlan = Type.Object(
  {
    frames: ScheduleDocument.properties.frames,
    power: ScheduleDocument.properties.power,
    brightness: ScheduleDocument.properties.brightness,
    energy: ScheduleDocument.properties.energy,
    ads: ScheduleDocument.properties.ads,
  },
  Strict,
)
export type SchedulePlan = Static<typeof SchedulePlan>

export const PrepareRequest = Type.Object(
  {
    sites: Type.Array(Id, { minItems: 1, maxItems: 200 }),
    addItems: Type.Array(Id, { maxItems: 200 }),
    removeItems: Type.Array(Id, { maxItems: 200 }),
    /** Only with one site: frames, power and rules as they shall be. Absent: as they are. */
    plan: Type.Optional(SchedulePlan),
  },
  Strict,
)

/** The schedule of a cluster as it holds (or, before the first one, as its register row plans it). */
export type SiteSchedule = {
  readonly site: string
  /** 0: nothing has been published yet. */
  readonly version: number
  readonly plan: SchedulePlan
  readonly playlists: readonly { readonly id: string; readonly items: readonly string[] }[]
  readonly fallbackPlaylist: string | null
  /** For whoever plans, by JSON pointer into the document; `unchecked`: the hub was given no policy to judge floors by. */
  readonly warnings: readonly PlanWarning[]
  readonly checked: boolean
}
export type PlanWarning = { readonly where: string; readonly why: string }
export const SignedRequest = Type.Object({ envelope: EnvelopeSchema }, Strict)
/** `draft`: what it came of, so that the inbox no longer offers it. */
export const ReleaseRequest = Type.Object({ envelope: EnvelopeSchema, draft: Type.Optional(Id) }, Strict)

export type LiveMessage =
  | { readonly t: 'site'; readonly site: SiteView }
  | { readonly t: 'order'; readonly order: OrderView }
  | { readonly t: 'pending'; readonly pending: PendingView }
  | { readonly t: 'draft'; readonly draft: DraftView }
  | { readonly t: 'incident'; readonly incident: IncidentView }
  | { readonly t: 'items' }
  | { readonly t: 'frame'; readonly site: string; readonly at: number }

export type { Item }
export { Approval }
