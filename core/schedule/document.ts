import { type Static, Type } from 'typebox'
import { InstantSchema, Item } from '../content/item.ts'
import { EnvelopeSchema } from '../contract/envelope.ts'

const Strict = { additionalProperties: false } as const
const Id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' })
const ClockTime = Type.String({ pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$' })
/** 0 = Sunday … 6 = Saturday; absent days have no frame. */
const Weekdays = Type.Array(Type.Integer({ minimum: 0, maximum: 6 }), { minItems: 1, maxItems: 7 })

/** A broadcast time frame (khung giờ phát, Art. 8.1): which playlist runs when, and who decided it. */
export const Frame = Type.Object(
  {
    id: Id,
    weekdays: Weekdays,
    from: ClockTime,
    to: ClockTime,
    playlist: Id,
    /** `propaganda` frames serve the floor; `programme` is everything else (evening film loop). */
    purpose: Type.Union([Type.Literal('propaganda'), Type.Literal('programme')]),
    decidedBy: Type.String({ minLength: 1, maxLength: 200 }),
    reason: Type.String({ maxLength: 500 }),
  },
  Strict,
)
export type Frame = Static<typeof Frame>

export const Playlist = Type.Object({ id: Id, items: Type.Array(Id, { minItems: 1, maxItems: 1000 }) }, Strict)
export type Playlist = Static<typeof Playlist>

/** When the screen is lit, and how bright. Outside of every window it is quiet hours: dark. */
export const PowerWindow = Type.Object(
  { weekdays: Weekdays, from: ClockTime, to: ClockTime, brightness: Type.Number({ minimum: 0, maximum: 100 }) },
  Strict,
)
export type PowerWindow = Static<typeof PowerWindow>

/** An item together with the signed approval that lets it be shown. An item without one is in nobody's document. */
export const ApprovedItem = Type.Object({ item: Item, approval: EnvelopeSchema }, Strict)
export type ApprovedItem = Static<typeof ApprovedItem>

/** Everything one cluster needs to run for weeks by itself. Signed; a lower version than the one in force is refused (design §4.3). */
export const ScheduleDocument = Type.Object(
  {
    site: Id,
    version: Type.Integer({ minimum: 1 }),
    issuedAt: InstantSchema,
    issuedBy: Id,
    policy: Id,
    items: Type.Array(ApprovedItem, { maxItems: 2000 }),
    playlists: Type.Array(Playlist, { maxItems: 200 }),
    frames: Type.Array(Frame, { maxItems: 200 }),
    /** What plays when nothing else does; the standing page ends the ladder. */
    fallbackPlaylist: Type.Union([Id, Type.Null()]),
    power: Type.Array(PowerWindow, { maxItems: 50 }),
  },
  Strict,
)
export type ScheduleDocument = Static<typeof ScheduleDocument>
