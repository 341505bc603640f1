import { toHex } from '#core/base/bytes.ts'
import type { DocumentFault } from '#core/base/check.ts'
import type { Value, Values } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import { codecOf } from '../families/novastar/codec.ts'
import type { VectorSpec } from '../families/novastar/schema.ts'
import { checkVectors as checkNovastar } from '../families/novastar/vectors.ts'
import type { CommonVectorSpec } from '../profile/common.ts'
import type { Profile } from '../profile/schema.ts'
import { checkCommonVectors } from '../profile/vectors.ts'
import type { Recorded } from './pair.ts'
import { holdsSecret } from './secret.ts'

export type CaptureVector = VectorSpec | CommonVectorSpec
export type CheckedVector =
  | { readonly vector: CaptureVector; readonly fault: DocumentFault | null }
  | { readonly vector: null; readonly fault: DocumentFault }

const SECRET: CheckedVector = {
  vector: null,
  fault: {
    where: '/address',
    why: 'the address or the handshake holds a secret, which has no place in a profile: record with `public` or without a password',
  },
}

/** What was recorded → vectors as the family of the profile writes them, each checked both ways. Pure. */
export const vectorsOf = (
  profile: Profile,
  recorded: readonly Recorded[],
  of: { readonly source: string; readonly name: string },
): readonly CheckedVector[] => {
  const seen = new Set<string>()
  return recorded.flatMap((one): readonly CheckedVector[] => {
    const request = toHex(one.request, ' ')
    const reply = one.reply === null ? null : toHex(one.reply, ' ')
    // A poll repeats itself; the second time it proves nothing more.
    const key = JSON.stringify([one.command, one.parameters, one.values, one.values === null ? reply : null])
    if (seen.has(key)) return []
    seen.add(key)
    const common = {
      kind: 'exchange',
      name: `${one.command}: ${of.name}`,
      source: of.source,
      command: one.command,
    } as const
    const parameters = plain(one.parameters)
    if (profile.protocol === 'novastar') {
      const target = profile.commands[one.command]?.target ?? ''
      const sent = { ...plain(one.address), ...parameters }
      const vector = { ...common, target, sequence: one.token, parameters: sent, request, reply, values: one.values }
      return [{ vector, fault: checkNovastar(codecOf({ ...profile, vectors: [vector] }))[0] ?? null }]
    }
    if (holdsSecret(one.address) || holdsSecret(one.context) || holdsSecret(one.values ?? {})) return [SECRET]
    const where = { address: plain(one.address), context: plain(one.context), token: one.token }
    const vector = { ...common, parameters, ...where, request, reply, values: one.values }
    return [{ vector, fault: checkCommonVectors(dialectOf(profile), [vector])[0] ?? null }]
  })
}

/** Parameters are values one can send; “none” is not. */
const plain = (values: Values): Record<string, Exclude<Value, null>> =>
  Object.fromEntries(Object.entries(values).flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])))
