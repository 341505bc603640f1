import { type Static, Type } from 'typebox'
import type { Instant } from '../base/units.ts'
import { InstantSchema } from '../content/item.ts'

const Strict = { additionalProperties: false } as const

/** What a person's key may sign. One right per kind of consequence; there is no "everything". */
export const RIGHTS = [
  'approve', // content (Art. 10.1.a dash 3, 10.2)
  'schedule', // schedule documents (Art. 12.2)
  'order.safety-blank', // cut the picture (Art. 12.2, domain.md §3.6)
  'order.emergency', // Art. 8.2
  'order.major-event', // Art. 8.2, second half
  'order.mourning', // domain.md §3.7
  'order.priority', // TT 39/2020, bản tin ưu tiên
] as const
export type Right = (typeof RIGHTS)[number]

export const RegistryEntry = Type.Object(
  {
    key: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    /** Base64 of the raw 32-byte Ed25519 public key. */
    publicKey: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' }),
    person: Type.String({ minLength: 1, maxLength: 64 }),
    name: Type.String({ minLength: 1, maxLength: 200 }),
    org: Type.String({ minLength: 1, maxLength: 64 }),
    rights: Type.Array(Type.Enum(RIGHTS), { maxItems: RIGHTS.length }),
    /** Administrative unit codes this holds for; the province's code (two digits) means all of it. */
    areas: Type.Array(Type.String({ pattern: '^\\d{2}(\\d{3})?$' }), { minItems: 1, maxItems: 200 }),
    validFrom: InstantSchema,
    validTo: InstantSchema,
  },
  Strict,
)
export type RegistryEntry = Static<typeof RegistryEntry>

/** Whose key may sign what, where, from when to when. Signed by the root key, which stays off line (design §6). */
export const KeyRegistry = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    issuedAt: InstantSchema,
    province: Type.String({ pattern: '^\\d{2}$' }),
    entries: Type.Array(RegistryEntry, { maxItems: 2000 }),
  },
  Strict,
)
export type KeyRegistry = Static<typeof KeyRegistry>

/**
 * The entry under which `key` holds `right` for `unit` at `at`, or undefined.
 * `trusted` false (clock unset) skips the window: a Pi without a clock must still be able to show an emergency; the record carries the flag.
 */
export const holder = (
  registry: KeyRegistry,
  ask: {
    readonly key: string
    readonly right: Right
    readonly unit: string
    readonly at: Instant
    readonly trusted: boolean
  },
): RegistryEntry | undefined =>
  registry.entries.find(
    (e) =>
      e.key === ask.key &&
      e.rights.includes(ask.right) &&
      (e.areas.includes(ask.unit) || e.areas.includes(registry.province)) &&
      (!ask.trusted || (e.validFrom <= ask.at && ask.at < e.validTo)),
  )

/**
 * When the first person's rights run out, ms since 1970: of each person the key that lasts longest counts, since a renewed one stands beside
 * the one before. What has run out or was revoked is left out; null when nobody is left.
 */
export const soonestExpiry = (registry: KeyRegistry, now: number): number | null => {
  const last = new Map<string, number>()
  for (const { person, validTo } of registry.entries) last.set(person, Math.max(last.get(person) ?? 0, validTo))
  const ahead = [...last.values()].filter((at) => at > now)
  return ahead.length === 0 ? null : Math.min(...ahead)
}
