import { type Static, type TSchema, Type } from 'typebox'
import { checkDocument } from '#core/base/check.ts'
import { Id } from '#core/base/schema.ts'
import { Order } from '#core/emergency/order.ts'

/**
 * What the hub reads out of a line of evidence to answer questions. A line is stored as it came whatever is in it; a record of a form
 * that is not known here is evidence all the same and is not folded.
 */
const Text = Type.String()
const TextOrNull = Type.Union([Text, Type.Null()])

const Open = Type.Object({
  kind: Type.Literal('open'),
  play: Text,
  item: Text,
  title: Text,
  hash: Text,
  category: TextOrNull,
  languages: Type.Array(Text),
  supplier: Text,
  suppliedByLead: Type.Boolean(),
  document: TextOrNull,
  rank: Text,
  order: TextOrNull,
  why: Text,
})
export type OpenLine = Static<typeof Open>
const Close = Type.Object({
  kind: Type.Literal('close'),
  play: Text,
  cause: Text,
  ms: Type.Integer(),
  proof: Text,
})
const Proved = Type.Object({ kind: Type.Literal('proof'), play: Text, proof: Text })
const Screen = Type.Object({
  kind: Type.Literal('screen'),
  lit: Text,
  intended: Type.Optional(Type.Boolean()),
  why: Type.Optional(Text),
})
const Refusal = Type.Object({ kind: Type.Literal('refusal'), item: Text, reason: Text, detail: Text })
const Verdict = Type.Object({ kind: Type.Literal('verdict'), winner: Text, rank: Text })
const Gap = Type.Object({
  kind: Type.Literal('gap'),
  cause: Type.Enum(['power-cut', 'stopped', 'disk', 'torn-tail']),
  fromWall: Type.Integer(),
  toWall: Type.Integer(),
  detail: Text,
})
const Sensor = Type.Object({
  kind: Type.Literal('sensor'),
  what: Text,
  value: Type.Union([Type.Number(), Type.Boolean(), Type.Null()]),
})
const Incident = Type.Object({
  kind: Type.Literal('incident'),
  type: Type.Enum(['TECHNICAL', 'INFORMATION_SECURITY']),
  what: Type.String({ minLength: 1, maxLength: 100 }),
  detail: Text,
})
export type IncidentLine = Static<typeof Incident>
const Airtime = Type.Object({
  kind: Type.Literal('airtime'),
  date: Text,
  period: Text,
  stage: Text,
  missingMs: Type.Integer(),
  cause: TextOrNull,
  detail: Text,
})
export type AirtimeLine = Static<typeof Airtime>
/** An order that the site gave itself; the first of its lines brings all that it says. */
const LocalOrder = Type.Object({ ...Order.properties, issuer: Type.String({ pattern: '^local:', maxLength: 64 }) })
const Local = Type.Object({
  kind: Type.Literal('order'),
  order: Id,
  stage: Type.Enum(['received', 'active', 'shown', 'ended']),
  issuer: Type.String({ pattern: '^local:' }),
  reason: TextOrNull,
  detail: Text,
  local: Type.Optional(LocalOrder),
})
export type LocalLine = Static<typeof Local>

const FOLDED = {
  open: Open,
  close: Close,
  proof: Proved,
  screen: Screen,
  refusal: Refusal,
  verdict: Verdict,
  gap: Gap,
  sensor: Sensor,
  incident: Incident,
  airtime: Airtime,
  order: Local,
} as const
type Folded = { readonly [K in keyof typeof FOLDED]: Static<(typeof FOLDED)[K]> }[keyof typeof FOLDED]

const Chained = Type.Object({
  seq: Type.Integer({ minimum: 0 }),
  prev: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  at: Type.Object({ wall: Type.Integer(), mono: Type.Optional(Type.Integer()), q: Text }),
  boot: Type.Optional(Text),
  kind: Text,
})

export type Line = {
  readonly seq: number
  readonly prev: string
  readonly wall: number
  /** Null where the line does not say; nothing is measured with it then. */
  readonly mono: number | null
  readonly boot: string
  readonly quality: string
  readonly body: Folded | { readonly kind: 'other' }
}

/** Of the kinds that are read here, by the name the line bears. */
const schemaOf = (kind: string): TSchema | undefined =>
  Object.hasOwn(FOLDED, kind) ? FOLDED[kind as keyof typeof FOLDED] : undefined

/** Undefined when the text is not a record of a chain at all. */
export const readLine = (line: string): Line | undefined => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  const chained = checkDocument(Chained, value)
  if (!chained.ok) return undefined
  const { seq, prev, at, boot, kind } = chained.value
  const schema = schemaOf(kind)
  const body = schema !== undefined && isOf(schema, value) ? (value as Folded) : ({ kind: 'other' } as const)
  return { seq, prev, wall: at.wall, mono: at.mono ?? null, boot: boot ?? '', quality: at.q, body }
}
const isOf = (schema: TSchema, value: unknown): boolean => checkDocument(schema, value).ok
