import { readFileSync } from 'node:fs'
import { assert } from '#core/base/result.ts'
import { loadProfile } from '../profile/catalogue.ts'
import type { Profile } from '../profile/schema.ts'
import type { SimModel } from './registers.ts'

/** The shipped profile of a simulated model, for tests and demonstrations. */
export const profileOf = (model: SimModel): Profile => {
  const file = new URL(`../../firmware-profiles/novastar-${model}.json`, import.meta.url)
  const loaded = loadProfile(file.pathname, readFileSync(file, 'utf8'))
  assert(loaded.ok, loaded.ok ? '' : loaded.error.map((f) => `${f.file}: ${f.where}: ${f.why}`).join('\n'))
  return loaded.value
}
