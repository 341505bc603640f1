import { type Static, Type } from 'typebox'
import { Signature } from '#core/contract/envelope.ts'
import type { Phrase } from '#core/contract/words.ts'
import { Modules } from '#core/screen/chart.ts'

/** What commissioning keeps and signs. Everything a person or a device said is bounded here, once. */
const Strict = { additionalProperties: false } as const
const Nullable = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()])

/** In the order in which they are walked through. */
export const STEPS = [
  'ports',
  'geometry',
  'brightness',
  'power',
  'inputs',
  'clock',
  'network',
  'sound',
  'fonts',
  'enrol',
  'photos',
] as const
export type StepId = (typeof STEPS)[number]
export const isStep = (text: string): text is StepId => (STEPS as readonly string[]).includes(text)

export const STEP_NAMES: { readonly [S in StepId]: Phrase } = {
  ports: { vi: 'Cổng và bộ điều khiển', en: 'Ports and controllers' },
  geometry: { vi: 'Kích thước, hình thử, mô-đun', en: 'Geometry, charts, modules' },
  brightness: { vi: 'Độ sáng', en: 'Brightness sweep' },
  power: { vi: 'Trình tự nguồn', en: 'Power sequence' },
  inputs: { vi: 'Đầu vào: cửa, khói, công tắc', en: 'Inputs: door, smoke, switches' },
  clock: { vi: 'Đồng hồ', en: 'Clock' },
  network: { vi: 'Mạng và trung tâm', en: 'Network and hub' },
  sound: { vi: 'Âm thanh', en: 'Sound' },
  fonts: { vi: 'Phông chữ', en: 'Fonts' },
  enrol: { vi: 'Đăng ký với trung tâm', en: 'Enrol with the hub' },
  photos: { vi: 'Ảnh hiện trường', en: 'Photos' },
}

export const STEP_STATES = ['pass', 'fail', 'todo', 'na'] as const
export type StepState = (typeof STEP_STATES)[number]
export const STATE_NAMES: { readonly [S in StepState]: Phrase } = {
  pass: { vi: 'Đạt', en: 'pass' },
  fail: { vi: 'Không đạt', en: 'fail' },
  todo: { vi: 'Chưa làm', en: 'not done' },
  na: { vi: 'Không áp dụng', en: 'not applicable' },
}

const Person = Type.String({ maxLength: 64 })
const Line = Type.String({ maxLength: 400 })
const Wall = Type.Integer({ minimum: 0 })

export const StepResult = Type.Object(
  {
    state: Type.Enum(['pass', 'fail', 'na']),
    measured: Type.Array(Line, { maxItems: 60 }),
    note: Type.String({ maxLength: 500 }),
    person: Person,
    at: Wall,
  },
  Strict,
)
export type StepResult = Static<typeof StepResult>

/** As measured or read from the plate by a person; never written into the configuration by itself. */
export const Geometry = Type.Object(
  {
    width: Type.Integer({ minimum: 64, maximum: 4096 }),
    height: Type.Integer({ minimum: 32, maximum: 2160 }),
    pitchMm: Type.Number({ minimum: 0.5, maximum: 50 }),
    ...Modules.properties,
  },
  Strict,
)
export type Geometry = Static<typeof Geometry>

export const Found = Type.Object(
  {
    place: Line,
    profile: Type.String({ maxLength: 100 }),
    model: Line,
    firmware: Type.String({ maxLength: 100 }),
    sure: Type.Enum(['model', 'family']),
    under: Type.Enum(['controller', 'equipment']),
    /** The entry of the configuration, as JSON. */
    entry: Type.String({ maxLength: 2_000 }),
  },
  Strict,
)
export type Found = Static<typeof Found>

export const SweepPoint = Type.Object(
  {
    asked: Type.Number(),
    /** What it was held to by limit, night, heat or battery. */
    wanted: Type.Number(),
    readBack: Nullable(Type.Number()),
    lux: Nullable(Type.Number()),
    ok: Type.Boolean(),
  },
  Strict,
)
export type SweepPoint = Static<typeof SweepPoint>

export const PowerRun = Type.Object(
  { offMs: Nullable(Type.Integer()), onMs: Nullable(Type.Integer()), fault: Nullable(Line) },
  Strict,
)
export type PowerRun = Static<typeof PowerRun>

export const Photo = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    bytes: Type.Integer({ minimum: 1 }),
    width: Type.Integer({ minimum: 1 }),
    height: Type.Integer({ minimum: 1 }),
    caption: Type.String({ maxLength: 120 }),
    person: Person,
    at: Wall,
  },
  Strict,
)
export type Photo = Static<typeof Photo>

/** When each contact was seen in each of its two states. */
export const Seen = Type.Record(
  Type.String({ maxLength: 100 }),
  Type.Object({ on: Nullable(Wall), off: Nullable(Wall) }, Strict),
)
export type Seen = Static<typeof Seen>

export const Draft = Type.Object(
  {
    v: Type.Literal(1),
    steps: Type.Record(Type.String({ maxLength: 20 }), StepResult),
    geometry: Nullable(Geometry),
    found: Type.Array(Found, { maxItems: 32 }),
    /** When the last search ended; null: none did. */
    searchedAt: Nullable(Wall),
    sweep: Nullable(Type.Array(SweepPoint, { maxItems: 12 })),
    powerRun: Nullable(PowerRun),
    seen: Seen,
    tones: Type.Array(Type.Enum(['left', 'right', 'both']), { maxItems: 3 }),
    /** The phone's clock minus ours, ms. */
    phoneOffsetMs: Nullable(Type.Integer()),
    photos: Type.Array(Photo, { maxItems: 12 }),
  },
  Strict,
)
export type Draft = Static<typeof Draft>

export const EMPTY_DRAFT: Draft = {
  v: 1,
  steps: {},
  geometry: null,
  found: [],
  searchedAt: null,
  sweep: null,
  powerRun: null,
  seen: {},
  tones: [],
  phoneOffsetMs: null,
  photos: [],
}

/** What was read at the end, to be compared with later. */
export const Baseline = Type.Object(
  {
    controller: Type.Object(
      { profile: Nullable(Line), model: Nullable(Line), firmware: Nullable(Line), cards: Nullable(Type.Integer()) },
      Strict,
    ),
    readings: Type.Record(
      Type.String({ maxLength: 120 }),
      Type.Union([Type.Number(), Type.Boolean(), Type.String({ maxLength: 200 })]),
    ),
  },
  Strict,
)
export type Baseline = Static<typeof Baseline>

/** The hand-over report. `number` counts from 1 at this device. */
export const Report = Type.Object(
  {
    v: Type.Literal(1),
    kind: Type.Literal('bangtin-commissioning'),
    number: Type.Integer({ minimum: 1 }),
    site: Type.Object({ id: Line, name: Line, unitCode: Line, clusterClass: Line }, Strict),
    device: Type.Object({ key: Type.String({ pattern: '^[0-9a-f]{32}$' }), publicKey: Line, version: Line }, Strict),
    at: Wall,
    /** As the device knew it: an unset clock makes `at` no more than a guess. */
    clock: Type.Enum(['synced', 'holdover', 'unset']),
    person: Person,
    geometry: Type.Object(
      {
        configured: Type.Object(
          { width: Type.Integer(), height: Type.Integer(), pitchMm: Nullable(Type.Number()) },
          Strict,
        ),
        measured: Nullable(Geometry),
      },
      Strict,
    ),
    baseline: Baseline,
    sweep: Nullable(Type.Array(SweepPoint, { maxItems: 12 })),
    powerRun: Nullable(PowerRun),
    steps: Type.Array(
      Type.Object(
        { step: Type.Enum([...STEPS]), state: Type.Enum([...STEP_STATES]), result: Nullable(StepResult) },
        Strict,
      ),
      {
        maxItems: STEPS.length,
      },
    ),
    photos: Type.Array(Photo, { maxItems: 12 }),
    /** SHA-256 of the signed text of the report before; null of the first. */
    previous: Nullable(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  },
  Strict,
)
export type Report = Static<typeof Report>

/** A signed report: the form of an envelope, signed by the device. `payload` is the exact text that was signed. */
export const SignedReport = Type.Object(
  {
    v: Type.Literal(1),
    type: Type.Literal('commissioning'),
    payload: Type.String({ maxLength: 262_144 }),
    signatures: Type.Array(Signature, { minItems: 1, maxItems: 1 }),
  },
  Strict,
)
export type SignedReport = Static<typeof SignedReport>

/** The text whose UTF-8 bytes are signed; the same form as every envelope, so that no signature passes for another kind. */
export const reportText = (payload: string): string => `bangtin/1\ncommissioning\n${payload}`
