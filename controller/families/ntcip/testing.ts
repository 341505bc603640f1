import { assert } from '#core/base/result.ts'
import { shippedProfile } from '../../sim/profiles.ts'
import type { NtcipProfile } from './schema.ts'

/** For tests of this family only. */
export const PROFILE_IDS = ['ntcip-1203', 'ntcip-1203-serial'] as const
export type ProfileId = (typeof PROFILE_IDS)[number]

export const profileNamed = (id: ProfileId): NtcipProfile => {
  const profile = shippedProfile(id)
  assert(profile.protocol === 'ntcip', `${id} is ${profile.protocol}`)
  return profile
}
