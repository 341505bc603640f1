import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { type DocumentFault, parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { type Profile, ProfileSchema } from './schema.ts'

/** One thing wrong with a profile file: where (JSON pointer) and why. `file` is as the caller named it. */
export type ProfileFault = DocumentFault & { readonly file: string }

/** Longest profile text read, in characters. A real one has about 20 000. */
export const MOST_PROFILE_TEXT = 500_000
const MOST_FAULTS = 20

/**
 * Text of a profile file → profile, or every reason why it is none (at most 20). Unknown keys are refused everywhere.
 */
export const parseProfile = (file: string, text: string): Result<Profile, readonly ProfileFault[]> => {
  if (text.length > MOST_PROFILE_TEXT)
    return err([{ file, where: '/', why: `longer than ${MOST_PROFILE_TEXT} characters` }])
  const parsed = parseDocument(ProfileSchema, text)
  if (parsed.ok) return ok(parsed.value)
  const document = jsonOrNothing(text)
  const precise = document === undefined ? [] : faultsAt(ProfileSchema, document.value, '').slice(0, MOST_FAULTS)
  return err((precise.length > 0 ? precise : parsed.error).map((fault) => ({ file, ...fault })))
}

const jsonOrNothing = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** The parts of JSON Schema that `schema.ts` uses. */
type Node = {
  readonly anyOf?: readonly Node[]
  readonly const?: unknown
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
  const expected = node.const === undefined ? '' : ` ${JSON.stringify(node.const)}`
  return [{ where: where || '/', why: `${first?.message ?? 'does not fit'}${expected}` }]
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Keys that tell the branches of a union apart. */
const TAGS = ['protocol', 'kind', 'type'] as const

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
