import { type Static, Type } from 'typebox'
import { ClockTime, Id } from '../base/schema.ts'
import { InstantSchema, Item } from '../content/item.ts'
import { EnvelopeSchema } from '../contract/envelope.ts'
import { AdLimit } from '../policy/policy.ts'

const Strict = { additionalProperties: false } as const
/** 0 = Sunday … 6 = Saturday; absent days have no frame. */
const Weekdays = Type.Array(Type.Integer({ minimum: 0, maximum: 6 }), { minItems: 1, maxItems: 7 })

/** Civil dates in the policy's zone, both included. What has dates comes before what has none. */
const Dates = Type.Object(
  {
    from: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
    to: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
  },
  Strict,
)
export type Dates = Static<typeof Dates>
const Percentage = Type.Number({ minimum: 0, maximum: 100 })

/** A broadcast time frame (khung giờ phát, Art. 8.1): which playlist runs when, and who decided it. */
export const Frame = Type.Object(
  {
    id: Id,
    weekdays: Weekdays,
    /** Only on these dates, and there in place of undated frames that it overlaps. Absent: on every date. */
    dates: Type.Optional(Dates),
    from: ClockTime,
    to: ClockTime,
    playlist: Id,
    /** `propaganda` frames serve the floor; `programme` is everything else (evening film loop). */
    purpose: Type.Union([Type.Literal('propaganda'), Type.Literal('programme')]),
    decidedBy: Type.String({ minLength: 1, maxLength: 200 }),
    reason: Type.String({ maxLength: 500 }),
    /** The document of the decision. */
    document: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  },
  Strict,
)
export type Frame = Static<typeof Frame>

export const Playlist = Type.Object({ id: Id, items: Type.Array(Id, { minItems: 1, maxItems: 1000 }) }, Strict)
export type Playlist = Static<typeof Playlist>

/** When the screen is lit, and how bright. Outside of every window it is quiet hours: dark. */
export const PowerWindow = Type.Object(
  {
    weekdays: Weekdays,
    /** On a date that any dated window names, the undated ones do not hold (a holiday has a calendar of its own). */
    dates: Type.Optional(Dates),
    from: ClockTime,
    to: ClockTime,
    /** Percent; where `brightness` of the document says more, the wish when neither sun nor sensor can be asked. */
    brightness: Percentage,
  },
  Strict,
)
export type PowerWindow = Static<typeof PowerWindow>

/** How bright, within the power calendar. The night cap holds whatever the way. */
export const BrightnessRule = Type.Object(
  {
    by: Type.Union([
      Type.Object(
        {
          way: Type.Literal('sun'),
          day: Percentage,
          night: Percentage,
          /** From sunset (or to sunrise) over this time it goes from one to the other, milliseconds. */
          twilightMs: Type.Integer({ minimum: 0, maximum: 7_200_000 }),
        },
        Strict,
      ),
      Type.Object(
        {
          way: Type.Literal('sensor'),
          /** Ambient light against brightness, both rising; between two points in proportion to the logarithm of the light. */
          curve: Type.Array(
            Type.Object({ lux: Type.Number({ minimum: 0, maximum: 200_000 }), percent: Percentage }, Strict),
            {
              minItems: 2,
              maxItems: 20,
            },
          ),
          /** The wish follows only when it differs by this much, percent points, for `settleMs`. */
          hysteresis: Type.Number({ minimum: 0, maximum: 50 }),
          settleMs: Type.Integer({ minimum: 0, maximum: 600_000 }),
        },
        Strict,
      ),
    ]),
    /** Never brighter than this between sunset and sunrise (or these times, where the site has no coordinates). */
    nightCap: Type.Optional(Type.Object({ most: Percentage, from: ClockTime, to: ClockTime }, Strict)),
    decidedBy: Type.String({ minLength: 1, maxLength: 200 }),
    reason: Type.String({ maxLength: 500 }),
  },
  Strict,
)
export type BrightnessRule = Static<typeof BrightnessRule>

/** Energy rules (Chỉ thị 20/CT-TTg): when the screen is dark, or dimmer, whatever its power windows say. Orders with `wake` outrank them. */
export const EnergyRule = Type.Object(
  {
    rule: Type.Union([
      Type.Object({ kind: Type.Literal('curfew') }, Strict),
      Type.Object({ kind: Type.Literal('dim'), most: Percentage }, Strict),
    ]),
    weekdays: Weekdays,
    dates: Type.Optional(Dates),
    from: ClockTime,
    to: ClockTime,
    decidedBy: Type.String({ minLength: 1, maxLength: 200 }),
    source: Type.String({ minLength: 1, maxLength: 200 }),
  },
  Strict,
)
export type EnergyRule = Static<typeof EnergyRule>

/** Advertising at this site, beside the policy: each rule only makes it stricter. */
export const SiteAds = Type.Object(
  {
    allowed: Type.Boolean(),
    limits: Type.Array(AdLimit, { maxItems: 20 }),
    decidedBy: Type.String({ minLength: 1, maxLength: 200 }),
    reason: Type.String({ maxLength: 500 }),
  },
  Strict,
)
export type SiteAds = Static<typeof SiteAds>

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
    /** Absent: as each power window says. */
    brightness: Type.Optional(BrightnessRule),
    /** Absent: none. */
    energy: Type.Optional(Type.Array(EnergyRule, { maxItems: 50 })),
    /** Absent: only the policy's rules. */
    ads: Type.Optional(SiteAds),
  },
  Strict,
)
export type ScheduleDocument = Static<typeof ScheduleDocument>
