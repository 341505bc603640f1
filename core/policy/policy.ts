import { type Static, Type } from 'typebox'
import { ClockTime, Id } from '../base/schema.ts'
import { ORDER_CLASSES } from '../emergency/order.ts'

const Strict = { additionalProperties: false } as const
/** Where a number comes from: article, letter, or a design proposal that a person must confirm. */
const Source = Type.String({ minLength: 1, maxLength: 200 })

export const DAY_PERIODS = ['morning', 'afternoon', 'evening', 'night'] as const
export type DayPeriod = (typeof DAY_PERIODS)[number]

/** What proves that something was shown, weakest first (design §4.2). */
export const PROOFS = ['contradicted', 'commanded', 'acknowledged', 'read-back', 'seen'] as const
export type Proof = (typeof PROOFS)[number]
export const atLeast = (proof: Proof, needed: Proof): boolean => PROOFS.indexOf(proof) >= PROOFS.indexOf(needed)

/** Half-open parts of the day; what none of them covers is night. */
const Periods = Type.Array(
  Type.Object(
    {
      period: Type.Union([Type.Literal('morning'), Type.Literal('afternoon'), Type.Literal('evening')]),
      from: ClockTime,
      to: ClockTime,
      /** Public information owed in this period, milliseconds; 0 where nothing is owed. */
      floorMs: Type.Integer({ minimum: 0, maximum: 86_400_000 }),
      source: Source,
    },
    Strict,
  ),
  { minItems: 1, maxItems: 6 },
)

/** At most so much advertising in any stretch of this length (sliding), e.g. 15 s in 5 min. Milliseconds. */
export const AdLimit = Type.Object(
  {
    mostMs: Type.Integer({ minimum: 0, maximum: 86_400_000 }),
    withinMs: Type.Integer({ minimum: 1000, maximum: 86_400_000 }),
    source: Source,
  },
  Strict,
)
export type AdLimit = Static<typeof AdLimit>

/** How one showing of a text in several languages is made up: all of them; Vietnamese with one other in turn; one in turn. */
export const LANGUAGE_LAYOUTS = ['together', 'pairs', 'single'] as const

/**
 * The Quy chế as data. Numbers live here and nowhere in code, each with its article, because they change (S0/a).
 * Agencies appear as roles, bound to organisations elsewhere.
 */
export const Policy = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }),
    title: Type.String({ minLength: 1 }),
    /** The Decision's number, or null while the copy at hand leaves it blank (domain.md, error 3). */
    decision: Type.Union([Type.String({ minLength: 1 }), Type.Null()]),
    validFrom: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
    validTo: Type.Union([Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }), Type.Null()]),
    zone: Type.Object({ name: Type.String(), offsetMinutes: Type.Integer({ minimum: -720, maximum: 840 }) }, Strict),
    legalBasis: Type.Array(Type.String(), { minItems: 1 }),
    periods: Periods,
    /** Reading A2: a site's own parts of the day, where the operating body has decided so. The first entry naming a site holds. */
    siteOverrides: Type.Array(
      Type.Object(
        {
          sites: Type.Array(Id, { minItems: 1, maxItems: 500 }),
          periods: Periods,
          decidedBy: Type.String({ minLength: 1, maxLength: 200 }),
          source: Source,
        },
        Strict,
      ),
      { maxItems: 100 },
    ),
    /** What is still owed outside of every frame is made up while the screen is powered, from the nearest propaganda frame's playlist. */
    makeUp: Type.Object({ outsideFrames: Type.Boolean(), source: Source }, Strict),
    delivery: Type.Object(
      {
        needs: Type.Union([
          Type.Literal('commanded'),
          Type.Literal('acknowledged'),
          Type.Literal('read-back'),
          Type.Literal('seen'),
        ]),
        source: Source,
      },
      Strict,
    ),
    emergency: Type.Object(
      {
        countsTowardFloor: Type.Boolean(),
        longestMs: Type.Integer({ minimum: 60_000 }),
        /** Until then a document number may be missing from an order that saves lives; after it, it is demanded, ms. */
        documentLaterMs: Type.Integer({ minimum: 0 }),
        /** How long the green page of an all-clear stays, ms. */
        allClearMs: Type.Integer({ minimum: 10_000, maximum: 86_400_000 }),
        /**
         * Several emergencies at once take turns: the highest holds the screen between the others, each turn lasts so long (or as long as its
         * pages need), and none gets less than this share of the time, 0 to 0.5.
         */
        sharing: Type.Object(
          {
            turnMs: Type.Integer({ minimum: 5_000, maximum: 300_000 }),
            leastShare: Type.Number({ minimum: 0, maximum: 0.5 }),
          },
          Strict,
        ),
        source: Source,
      },
      Strict,
    ),
    advertising: Type.Object(
      {
        needsPermit: Type.Boolean(),
        muteOutdoors: Type.Boolean(),
        /** Most share of an hour, 0 to 1; null: the law states none, so none is enforced. */
        hourShareLimit: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()]),
        /** Most share of what the screen is powered on a civil day, 0 to 1; null: none. */
        dayShareLimit: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()]),
        /** Further sliding limits; all of them hold. */
        limits: Type.Array(AdLimit, { maxItems: 20 }),
        minimumSpacingMs: Type.Integer({ minimum: 0 }),
        suspendedInMourning: Type.Boolean(),
        /** While any real emergency order is in force here, shown or not. */
        suspendedInEmergency: Type.Boolean(),
        /** Always: without the time no permit can be judged. Stands here so that whoever reads the policy sees it. */
        suspendedWhenClockUnset: Type.Literal(true),
        source: Source,
      },
      Strict,
    ),
    /** Art. 7.4: border-gate clusters give external information precedence. */
    borderPrefersExternal: Type.Object({ value: Type.Boolean(), source: Source }, Strict),
    /** Art. 2.2.c, 10.1.a: Vietnamese, ethnic-minority and foreign languages; bilingual Vi–En and Vi–Zh. */
    languages: Type.Object({ layout: Type.Enum([...LANGUAGE_LAYOUTS]), source: Source }, Strict),
    retention: Type.Object(
      {
        playMonths: Type.Integer({ minimum: 6 }),
        aggregateMonths: Type.Integer({ minimum: 24 }),
        source: Source,
      },
      Strict,
    ),
    /** Who may release alone (core/emergency/release.ts). What needs a second person is refused by every edge without one. */
    releaseRules: Type.Object(
      {
        /** An order for which any of these holds needs two persons. Ends and documents never do: taking down must be quick. */
        secondPerson: Type.Array(
          Type.Object(
            {
              class: Type.Enum(ORDER_CLASSES),
              /** Orders for the whole province; or for more clusters than `moreThan`. With `false` and null: every order of the class. */
              province: Type.Boolean(),
              moreThan: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
            },
            Strict,
          ),
          { maxItems: 50 },
        ),
        /** Classes that one person may release all the same, with a reason; another one reviews it within this time, ms. */
        breakGlass: Type.Object(
          {
            classes: Type.Array(Type.Enum(ORDER_CLASSES), { maxItems: ORDER_CLASSES.length }),
            reviewWithinMs: Type.Integer({ minimum: 60_000 }),
          },
          Strict,
        ),
        source: Source,
      },
      Strict,
    ),
  },
  Strict,
)
export type Policy = Static<typeof Policy>
