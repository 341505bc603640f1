import { type Static, Type } from 'typebox'
import { Id } from '../base/schema.ts'
import { CLAIM_RANKS } from '../claim/claim.ts'
import { InstantSchema, Sha256Hex } from '../content/item.ts'
import { ORDER_CLASSES, ORDER_REFUSALS } from '../emergency/order.ts'
import { SHORTFALL_CAUSES } from '../evidence/record.ts'
import { PROOFS } from '../policy/policy.ts'
import { EnvelopeSchema } from './envelope.ts'

/**
 * What edge and hub say to each other over the WebSocket that the edge opens. Every message is one JSON text. Unknown keys are
 * refused, so a new field is a new version; both sides say theirs in `hello` and `welcome`.
 */
export const LINK_VERSION = 3
/**
 * What a hub still speaks with: the hub is upgraded first, its edges one by one after it. From 3 on the metrics travel packed and the hub
 * may ask for `history`; an edge of version 2 is asked for neither.
 */
export const LINK_SPOKEN: readonly number[] = [2, 3]
export const LINK_PACKED_SINCE = 3

/** What an answer with metrics is: the text itself, or gzip of it in base64 (a quarter of a mobile line's bytes). */
export const METRICS_MIME = 'text/plain; version=0.0.4'
export const METRICS_PACKED_MIME = 'application/gzip; of="text/plain"'

/** Bounds of the link (design §4.6). */
export const LINK_LIMITS = {
  /** Largest message, bytes. A schedule document with 2,000 items fits; nothing else comes near. */
  messageBytes: 8_388_608,
  /** Most evidence lines in one message. */
  evidenceLines: 500,
  /** Silence after which either side closes and the edge dials again, ms. */
  silenceMs: 20_000,
  pingMs: 5_000,
  /** Longest answer to an ask, ms. */
  askMs: 5_000,
  /** Largest frame picture, bytes before base64. */
  frameBytes: 524_288,
  /** Back-off between dials, ms: first and most. */
  redialMs: [500, 15_000],
} as const

const Strict = { additionalProperties: false } as const
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

const ClockState = Type.Object(
  {
    wall: InstantSchema,
    mono: Type.Integer({ minimum: 0 }),
    quality: Type.Enum(['synced', 'holdover', 'unset']),
    bootId: Type.String({ maxLength: 64 }),
  },
  Strict,
)

/** Airtime of one day-period so far, milliseconds. `owedMs` is what is still missing; `feasible` whether it can still be met. */
export const PeriodStatus = Type.Object(
  {
    period: Type.Enum(['morning', 'afternoon', 'evening', 'night']),
    floorMs: Type.Integer(),
    deliveredMs: Type.Integer(),
    emergencyMs: Type.Integer(),
    adsMs: Type.Integer(),
    darkMs: Type.Integer(),
    faultedMs: Type.Integer(),
    displacedMs: Type.Integer(),
    /** How much of the period the log accounts for; 0 where the cluster was not there yet. */
    recordedMs: Type.Integer(),
    owedMs: Type.Integer(),
    leftMs: Type.Integer(),
    feasible: Type.Boolean(),
    /** How much will be missing at the best; 0 while it can be met. */
    shortMs: Type.Integer(),
    cause: Nullable(Type.Enum([...SHORTFALL_CAUSES])),
  },
  Strict,
)
export type PeriodStatus = Static<typeof PeriodStatus>

/** What the edge says of itself every two seconds and at every change. The console's card is a picture of this. */
export const StatusReport = Type.Object(
  {
    clock: ClockState,
    startedAt: InstantSchema,
    version: Type.String(),
    screen: Type.Object(
      {
        show: Type.Enum(['item', 'order', 'standing', 'dark', 'nothing']),
        title: Type.String(),
        item: Nullable(Type.String()),
        category: Nullable(Type.String()),
        claim: Type.String(),
        rank: Type.Enum(CLAIM_RANKS),
        order: Nullable(Type.String()),
        since: InstantSchema,
        why: Type.String(),
        proof: Type.Enum(PROOFS),
        lit: Type.Enum(['lit', 'dark', 'unknown']),
      },
      Strict,
    ),
    power: Type.Enum(['on', 'off']),
    display: Type.Object(
      {
        link: Type.Enum(['up', 'down', 'quarantined', 'none']),
        fault: Nullable(Type.String()),
        model: Nullable(Type.String()),
        firmware: Nullable(Type.String()),
        brightness: Nullable(Type.Number()),
        wantBrightness: Type.Number(),
        blackout: Nullable(Type.Boolean()),
        testPattern: Nullable(Type.String()),
        freeze: Nullable(Type.Boolean()),
        input: Nullable(Type.String()),
        signal: Nullable(Type.Boolean()),
        temperature: Nullable(Type.Number()),
        voltage: Nullable(Type.Number()),
        cards: Nullable(Type.Integer()),
      },
      Strict,
    ),
    player: Type.Object(
      { state: Type.Enum(['up', 'down']), fault: Nullable(Type.String()), restarts: Type.Integer() },
      Strict,
    ),
    airtime: Type.Object({ date: Type.String(), periods: Type.Array(PeriodStatus) }, Strict),
    orders: Type.Array(
      Type.Object(
        {
          id: Id,
          class: Type.Enum(ORDER_CLASSES),
          state: Type.Enum(['pending', 'active', 'ended']),
          expiresAt: InstantSchema,
          headline: Type.String(),
        },
        Strict,
      ),
      { maxItems: 50 },
    ),
    schedule: Type.Object(
      { version: Type.Integer({ minimum: 0 }), items: Type.Integer(), refused: Type.Integer() },
      Strict,
    ),
    registry: Type.Integer({ minimum: 0 }),
    /** Of the files that the schedule in force wants: how many are here. */
    assets: Type.Object(
      {
        have: Type.Integer(),
        want: Type.Integer(),
        bytes: Type.Integer(),
        fetching: Nullable(Type.String()),
        /** Why nothing is being fetched although something is wanted: outside of the hours, no room, a pause after failures, no hub. */
        waiting: Nullable(Type.Enum(['window', 'room', 'retry', 'hub'])),
      },
      Strict,
    ),
    playlog: Type.Object(
      {
        head: Type.Integer({ minimum: 0 }),
        uploaded: Type.Integer({ minimum: 0 }),
        bytes: Type.Integer(),
        segments: Type.Integer(),
        writable: Type.Boolean(),
      },
      Strict,
    ),
    process: Type.Object({ rssBytes: Type.Integer(), uptimeMs: Type.Integer() }, Strict),
    /** What is wrong now, as fault ids of `faults.ts` with one line of detail. */
    /** What people at the site hold for a while and until when it is given back by itself. Absent: nothing. */
    manual: Type.Optional(
      Type.Array(
        Type.Object(
          { what: Type.String(), value: Type.String(), person: Type.String(), leftMs: Type.Number({ minimum: 0 }) },
          Strict,
        ),
        { maxItems: 32 },
      ),
    ),
    faults: Type.Array(Type.Object({ id: Type.String(), detail: Type.String() }, Strict), { maxItems: 50 }),
  },
  Strict,
)
export type StatusReport = Static<typeof StatusReport>

/** What became of an order at one site. `shown` carries the proof; every stage is sent once and again until acknowledged. */
export const Receipt = Type.Object(
  {
    order: Id,
    stage: Type.Enum(['accepted', 'refused', 'shown', 'ended']),
    at: InstantSchema,
    quality: Type.Enum(['synced', 'holdover', 'unset']),
    /**
     * Milliseconds from the order's arrival at this edge to this stage, on the monotonic clock. 0 for `accepted`, which is decided in
     * the step of the arrival; how long making it durable took is seen in the hub's own time of the receipt.
     */
    afterMs: Type.Integer({ minimum: 0 }),
    proof: Nullable(Type.Enum(PROOFS)),
    reason: Nullable(
      Type.Union([Type.Enum(ORDER_REFUSALS), Type.Enum(['expired', 'cancelled', 'superseded', 'cleared'])]),
    ),
    detail: Type.String({ maxLength: 500 }),
  },
  Strict,
)
export type Receipt = Static<typeof Receipt>

export const EdgeMessage = Type.Union([
  Type.Object(
    {
      t: Type.Literal('hello'),
      v: Type.Integer(),
      site: Id,
      bootId: Type.String({ maxLength: 64 }),
      version: Type.String({ maxLength: 64 }),
      scheduleVersion: Type.Integer({ minimum: 0 }),
      registryVersion: Type.Integer({ minimum: 0 }),
    },
    Strict,
  ),
  /** Answer to `challenge`: base64 Ed25519 signature by the device key over `linkProofText`. */
  Type.Object({ t: Type.Literal('auth'), sig: Type.String({ maxLength: 100 }) }, Strict),
  Type.Object({ t: Type.Literal('status'), status: StatusReport }, Strict),
  Type.Object({ t: Type.Literal('receipt'), receipt: Receipt }, Strict),
  /** Lines of the play log, whole and in order, the first having sequence number `from`. */
  Type.Object(
    {
      t: Type.Literal('evidence'),
      from: Type.Integer({ minimum: 0 }),
      lines: Type.Array(Type.String({ maxLength: 65_536 }), { minItems: 1, maxItems: LINK_LIMITS.evidenceLines }),
    },
    Strict,
  ),
  Type.Object(
    {
      t: Type.Literal('answer'),
      id: Type.Integer({ minimum: 0 }),
      ok: Type.Boolean(),
      mime: Type.String({ maxLength: 100 }),
      body: Type.String({ maxLength: 1_048_576 }),
    },
    Strict,
  ),
])
export type EdgeMessage = Static<typeof EdgeMessage>

export const HubMessage = Type.Union([
  Type.Object({ t: Type.Literal('challenge'), nonce: Type.String({ maxLength: 100 }) }, Strict),
  /** `next` is the first sequence number the hub does not have; `assetToken` opens `/assets/:sha256` for this connection. */
  Type.Object(
    {
      t: Type.Literal('welcome'),
      v: Type.Integer(),
      next: Type.Integer({ minimum: 0 }),
      time: InstantSchema,
      assetToken: Type.String({ maxLength: 100 }),
    },
    Strict,
  ),
  Type.Object({ t: Type.Literal('rejected'), reason: Type.String({ maxLength: 200 }) }, Strict),
  Type.Object({ t: Type.Literal('registry'), envelope: EnvelopeSchema }, Strict),
  Type.Object({ t: Type.Literal('schedule'), envelope: EnvelopeSchema }, Strict),
  Type.Object({ t: Type.Literal('order'), envelope: EnvelopeSchema }, Strict),
  /** The hub has stored every line below `next` durably. */
  Type.Object({ t: Type.Literal('evidence-ack'), next: Type.Integer({ minimum: 0 }) }, Strict),
  /** The hub has stored this receipt durably; the edge stops repeating it. */
  Type.Object(
    { t: Type.Literal('receipt-ack'), order: Id, stage: Type.Enum(['accepted', 'refused', 'shown', 'ended']) },
    Strict,
  ),
  /**
   * `metrics`: Prometheus text; `frame`: JPEG or PNG of what is on the glass, base64; `history`: what was sampled from `since` on (wall
   * clock, ms), oldest first, as much as fits (core/metrics/history.ts), gzip in base64.
   */
  Type.Object(
    {
      t: Type.Literal('ask'),
      id: Type.Integer({ minimum: 0 }),
      what: Type.Enum(['metrics', 'frame', 'history']),
      since: Type.Optional(Type.Integer({ minimum: 0 })),
    },
    Strict,
  ),
])
export type HubMessage = Static<typeof HubMessage>

/** POST /api/enrol: a new device gives its public key for a one-time code. */
export const EnrolRequest = Type.Object(
  {
    site: Id,
    code: Type.String({ minLength: 4, maxLength: 64 }),
    publicKey: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' }),
  },
  Strict,
)
export type EnrolRequest = Static<typeof EnrolRequest>
/** Its answer: what the device pins. */
export const EnrolAnswer = Type.Object(
  { site: Id, rootPublicKey: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' }), registry: EnvelopeSchema },
  Strict,
)
export type EnrolAnswer = Static<typeof EnrolAnswer>

export { Sha256Hex }
