import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { Id } from '#core/base/schema.ts'
import { Order } from '#core/emergency/order.ts'

/**
 * What the hub reads out of a line of evidence to answer questions. A line is stored as it came whatever is in it; a record of a form
 * that is not known here is evidence all the same and is not folded.
 */
const Open = Type.Object({
  kind: Type.Literal('open'),
  play: Type.String(),
  item: Type.String(),
  title: Type.String(),
  hash: Type.String(),
  category: Type.Union([Type.String(), Type.Null()]),
  languages: Type.Array(Type.String()),
  supplier: Type.String(),
  suppliedByLead: Type.Boolean(),
  document: Type.Union([Type.String(), Type.Null()]),
  rank: Type.String(),
  order: Type.Union([Type.String(), Type.Null()]),
  why: Type.String(),
})
export type OpenLine = Static<typeof Open>
const Close = Type.Object({
  kind: Type.Literal('close'),
  play: Type.String(),
  cause: Type.String(),
  ms: Type.Integer(),
  proof: Type.String(),
})
const Proved = Type.Object({ kind: Type.Literal('proof'), play: Type.String(), proof: Type.String() })
const Screen = Type.Object({ kind: Type.Literal('screen'), lit: Type.String() })
const Refusal = Type.Object({
  kind: Type.Literal('refusal'),
  item: Type.String(),
  reason: Type.String(),
  detail: Type.String(),
})
/** An order that the site gave itself; the first of its lines brings all that it says. */
const LocalOrder = Type.Object({ ...Order.properties, issuer: Type.String({ pattern: '^local:', maxLength: 64 }) })
const Local = Type.Object({
  kind: Type.Literal('order'),
  order: Id,
  stage: Type.Enum(['received', 'active', 'shown', 'ended']),
  issuer: Type.String({ pattern: '^local:' }),
  reason: Type.Union([Type.String(), Type.Null()]),
  detail: Type.String(),
  local: Type.Optional(LocalOrder),
})
export type LocalLine = Static<typeof Local>
const Folded = Type.Union([Open, Close, Proved, Screen, Refusal, Local])

const Chained = Type.Object({
  seq: Type.Integer({ minimum: 0 }),
  prev: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  at: Type.Object({ wall: Type.Integer(), q: Type.String() }),
  kind: Type.String(),
})

export type Line = {
  readonly seq: number
  readonly prev: string
  readonly wall: number
  readonly quality: string
  readonly body: Static<typeof Folded> | { readonly kind: 'other' }
}

/** Undefined when the text is not a record of a chain at all. */
export const readLine = (line: string): Line | undefined => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!Value.Check(Chained, value)) return undefined
  const { seq, prev, at } = value
  return { seq, prev, wall: at.wall, quality: at.q, body: Value.Check(Folded, value) ? value : { kind: 'other' } }
}
