import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { err, ok, type Result } from './result.ts'

/** One fault in a document: where in it (JSON pointer) and why. */
export type DocumentFault = { readonly where: string; readonly why: string }

/** At most this many faults are listed; a wrong document often has one cause and many symptoms. */
const MOST_FAULTS = 20

/** A schema is compiled when it is asked for so often: what is read once at start is checked as it is, without the cost of making code. */
const COMPILED_FROM = 3
type Checker = { asked: number; readonly check: ((document: unknown) => boolean) | null }
/** Remembers, decides nothing: the answer for a document is the same with it and without. Bounded by the schemas of the source. */
const checkers = new WeakMap<TSchema, Checker>()

/** The compiled check is some 40 times faster than the walk over the schema: every message between edge and hub comes through here. */
const fitsSchema = (schema: TSchema, document: unknown): boolean => {
  const known = checkers.get(schema) ?? { asked: 0, check: null }
  known.asked += 1
  if (known.check !== null) return known.check(document)
  if (known.asked < COMPILED_FROM) {
    checkers.set(schema, known)
    return Value.Check(schema, document)
  }
  const validator = Compile(schema)
  const check = (one: unknown) => validator.Check(one)
  checkers.set(schema, { asked: known.asked, check })
  return check(document)
}

/** Checks a parsed document against its schema. Unknown keys are refused wherever the schema says so (it always does here). */
export const checkDocument = <S extends TSchema>(
  schema: S,
  document: unknown,
): Result<Static<S>, readonly DocumentFault[]> => {
  if (fitsSchema(schema, document)) return ok(document as Static<S>)
  const faults = faultsAt(schema, document, '').slice(0, MOST_FAULTS)
  return err(faults.length > 0 ? faults : [{ where: '/', why: 'does not match the schema' }])
}

/** Parses JSON text and checks it, naming the place of a syntax error by line and column. */
export const parseDocument = <S extends TSchema>(
  schema: S,
  text: string,
): Result<Static<S>, readonly DocumentFault[]> => {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    return err([{ where: '/', why: `not JSON: ${syntaxFault((error as Error).message, text)}` }])
  }
  return checkDocument(schema, document)
}

/** The parser names line and column, but not where a text just stops. */
const syntaxFault = (message: string, text: string): string =>
  /line \d+/.test(message) ? message : `${message} (line ${text.split('\n').length})`

/** `file.json: /a/b: unknown key; …` for people. */
export const faultText = (file: string, faults: readonly DocumentFault[]): string =>
  `${file}: ${faults.map((f) => `${f.where}: ${f.why}`).join('; ')}`

/** The parts of JSON Schema that our schemas use. */
type Node = {
  readonly anyOf?: readonly Node[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly type?: string
  readonly items?: Node
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly patternProperties?: Readonly<Record<string, Node>>
}

/**
 * The checker describes a misfit in a union by the faults of every branch. People want those of the branch they
 * meant: the one
 * whose `kind` or `type` is right. So this walks document and schema together, but only after the checker said no.
 */
const faultsAt = (schema: TSchema, value: unknown, where: string): readonly DocumentFault[] => {
  const node = schema as Node
  // Kept apart from the `if`: as a type guard it would make `value` impossible below.
  const fits: boolean = Value.Check(schema, value)
  if (fits) return []
  if (node.anyOf) return unionFaults(node.anyOf, value, where)
  if (node.type === 'array' && Array.isArray(value) && node.items) {
    const { items } = node
    const inside = value.flatMap((item, index) => faultsAt(items, item, `${where}/${index}`))
    if (inside.length > 0) return inside
  }
  if (node.type === 'object' && isObject(value)) return objectFaults(node, value, where)
  const [first] = Value.Errors(schema, value)
  if (node.enum) return [{ where: where || '/', why: `must be one of: ${node.enum.map(String).join(', ')}` }]
  const expected = node.const === undefined ? '' : ` ${JSON.stringify(node.const)}`
  return [{ where: where || '/', why: `${first?.message ?? 'does not fit'}${expected}` }]
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Keys that tell the branches of a union apart. */
const TAGS = ['protocol', 'kind', 'type', 'direction'] as const

const unionFaults = (branches: readonly Node[], value: unknown, where: string): readonly DocumentFault[] => {
  const tagged = (branch: Node) =>
    isObject(value) &&
    TAGS.some((tag) => branch.properties?.[tag]?.const !== undefined && branch.properties[tag].const === value[tag])
  const meant =
    branches.find(tagged) ?? (isObject(value) ? only(branches.filter((b) => b.properties !== undefined)) : undefined)
  if (meant) return faultsAt(meant, value, where)
  const allowed = branches.flatMap(
    (b) => b.const ?? TAGS.flatMap((tag) => b.properties?.[tag]?.const ?? []).at(0) ?? [],
  )
  const list = allowed.length > 0 ? `: ${allowed.join(', ')}` : ''
  return [{ where: where || '/', why: `fits none of the allowed kinds${list}` }]
}

const only = <T>(items: readonly T[]): T | undefined => (items.length === 1 ? items[0] : undefined)

const objectFaults = (
  node: Node,
  value: Readonly<Record<string, unknown>>,
  where: string,
): readonly DocumentFault[] => {
  const missing = (node.required ?? [])
    .filter((key) => !Object.hasOwn(value, key))
    .map((key) => ({ where: where || '/', why: `key ${key} is missing` }))
  const inside = Object.entries(value).flatMap(([key, item]) => {
    const place = `${where}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const pattern = Object.keys(node.patternProperties ?? {}).find((p) => new RegExp(p).test(key))
    const child =
      node.properties && Object.hasOwn(node.properties, key)
        ? node.properties[key]
        : node.patternProperties?.[pattern ?? '']
    return child ? faultsAt(child, item, place) : [{ where: place, why: 'unknown key' }]
  })
  return [...missing, ...inside]
}
