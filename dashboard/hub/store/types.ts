import { type Static, Type } from 'typebox'
import { Id } from '#core/base/schema.ts'
import { type Playlist, ScheduleDocument } from '#core/schedule/document.ts'

const Strict = { additionalProperties: false } as const
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

const PlannedPlaylist = Type.Unsafe<Playlist>(
  Type.Object({ id: Id, items: Type.Array(Id, { maxItems: 1000 }) }, Strict),
)

/** How a cluster's day is cut up. What plays in it comes and goes with the schedule documents; this stays. */
export const SitePlan = Type.Object(
  {
    policy: Id,
    /** What is in them before the first schedule is published; a new cluster has empty ones. */
    playlists: Type.Array(PlannedPlaylist, { maxItems: 200 }),
    frames: ScheduleDocument.properties.frames,
    fallbackPlaylist: Nullable(Id),
    power: ScheduleDocument.properties.power,
    brightness: ScheduleDocument.properties.brightness,
    energy: ScheduleDocument.properties.energy,
    ads: ScheduleDocument.properties.ads,
  },
  Strict,
)
export type SitePlan = Static<typeof SitePlan>

/** What the province knows of a cluster (domain.md §5.1): the asset register's row. */
export const SiteRecord = Type.Object(
  {
    id: Id,
    name: Type.String({ minLength: 1, maxLength: 200 }),
    clusterClass: Type.Enum(['BORDER_GATE', 'BULLETIN_BOARD']),
    /** Art. 2.1: the rules differ by class, and boards of other materials are boards too. */
    medium: Type.Enum(['ELECTRONIC', 'NON_ELECTRONIC']),
    unitCode: Type.String({ pattern: '^\\d{5}$' }),
    lat: Type.Number(),
    lon: Type.Number(),
    panel: Nullable(
      Type.Object(
        {
          width: Type.Integer({ minimum: 1 }),
          height: Type.Integer({ minimum: 1 }),
          /** Millimetres from pixel to pixel, and metres to the farthest reader; what the edge's configuration says of it, too. */
          pitchMm: Type.Optional(Type.Number({ minimum: 0.5, maximum: 50 })),
          viewingDistanceM: Type.Optional(Type.Number({ minimum: 1, maximum: 500 })),
        },
        Strict,
      ),
    ),
    areaM2: Nullable(Type.Number()),
    controller: Type.String({ maxLength: 100 }),
    network: Type.String({ maxLength: 100 }),
    contentOperator: Id,
    assetOperator: Id,
    lifecycle: Type.Enum(['PLANNED', 'ACTIVE', 'SUSPENDED', 'DECOMMISSIONED']),
    /** Runs an edge that dials in here; the rest is inventory. */
    fleet: Type.Boolean(),
    notes: Type.String({ maxLength: 500 }),
    /** Whom to call when the cluster is silent during an emergency. */
    contact: Type.Optional(
      Type.Object(
        { name: Type.String({ minLength: 1, maxLength: 100 }), phone: Type.String({ minLength: 3, maxLength: 40 }) },
        Strict,
      ),
    ),
    /** Earlier owners (S2/7): history keeps the old names. */
    history: Type.Array(Type.Object({ assetOperator: Type.String(), until: Type.String() }, Strict), { maxItems: 20 }),
    plan: Nullable(SitePlan),
    sample: Type.Boolean(),
  },
  Strict,
)
export type SiteRecord = Static<typeof SiteRecord>

export const OrgRecord = Type.Object(
  {
    id: Id,
    name: Type.String({ minLength: 1, maxLength: 200 }),
    roles: Type.Array(Type.String({ maxLength: 40 }), { minItems: 1, maxItems: 10 }),
    validFrom: Type.String(),
    validTo: Nullable(Type.String()),
    sample: Type.Boolean(),
  },
  Strict,
)
export type OrgRecord = Static<typeof OrgRecord>
