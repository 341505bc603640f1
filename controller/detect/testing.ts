import { fromHex } from '#core/base/bytes.ts'
import { assert } from '#core/base/result.ts'
import { FOLDER, profileNamed, profilesIn } from '../cli/files.ts'
import type { Dialect } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import type { Profile } from '../profile/schema.ts'

/** The shipped profiles that are right. That all of them are is said by the test of `bangtin profile check`. */
export const shippedProfiles = (): readonly Profile[] => profilesIn([FOLDER]).profiles

export const profileCalled = (id: string): Profile => {
  const loaded = profileNamed(id)
  assert(loaded.ok, loaded.ok ? '' : loaded.error.map((fault) => `${fault.where}: ${fault.why}`).join('\n'))
  return loaded.value
}
export const dialectNamed = (id: string): Dialect => dialectOf(profileCalled(id))

export const bytesOfHex = (hex: string): Uint8Array => {
  const bytes = fromHex(hex)
  assert(bytes, `hex: ${hex}`)
  return bytes
}
