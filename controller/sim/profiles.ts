import { readFileSync } from 'node:fs'
import { assert } from '#core/base/result.ts'
import type { NovastarProfile } from '../families/novastar/schema.ts'
import { loadProfile } from '../profile/catalogue.ts'
import type { Profile } from '../profile/schema.ts'
import type { SimModel } from './registers.ts'

/** The shipped profile of a simulated model, for tests and demonstrations. */
export const profileOf = (model: SimModel): NovastarProfile => {
  const profile = shippedProfile(`novastar-${model}`)
  assert(profile.protocol === 'novastar', 'a NovaStar profile')
  return profile
}

/** A profile of `firmware-profiles/` by its id, for tests and demonstrations. */
export const shippedProfile = (id: string): Profile => {
  const file = new URL(`../../firmware-profiles/${id}.json`, import.meta.url)
  const loaded = loadProfile(file.pathname, readFileSync(file, 'utf8'))
  assert(loaded.ok, loaded.ok ? '' : loaded.error.map((f) => `${f.file}: ${f.where}: ${f.why}`).join('\n'))
  return loaded.value
}
