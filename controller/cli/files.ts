import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { err, ok, type Result } from '#core/base/result.ts'
import { loadProfile } from '../profile/catalogue.ts'
import type { ProfileFault } from '../profile/parse.ts'
import type { Profile } from '../profile/schema.ts'

/** Where the shipped profiles are. */
export const FOLDER = fileURLToPath(new URL('../../firmware-profiles/', import.meta.url))

export const readText = (file: string): Result<string, ProfileFault> => {
  try {
    return ok(readFileSync(file, 'utf8'))
  } catch (error) {
    return err({ file, where: '/', why: `cannot be read: ${error instanceof Error ? error.message : String(error)}` })
  }
}

/** A file as it is, or the profiles directly in a folder. */
export const filesOf = (place: string): readonly string[] => {
  if (!statSync(place, { throwIfNoEntry: false })?.isDirectory()) return [place]
  return readdirSync(place)
    .filter((name) => name.endsWith('.json') && name !== 'schema.json')
    .sort()
    .map((name) => join(place, name))
}

/** Id of a shipped profile, or a path, → path. */
export const fileNamed = (name: string): string =>
  name.includes('/') || name.endsWith('.json') ? name : join(FOLDER, `${name}.json`)

export const profileNamed = (name: string): Result<Profile, readonly ProfileFault[]> => {
  const file = fileNamed(name)
  const text = readText(file)
  return text.ok ? loadProfile(file, text.value) : err([text.error])
}

/** All profiles of some files or folders that are right; the faults of the others. */
export const profilesIn = (
  places: readonly string[],
): { readonly profiles: readonly Profile[]; readonly faults: readonly ProfileFault[] } => {
  const profiles: Profile[] = []
  const faults: ProfileFault[] = []
  for (const file of places.flatMap(filesOf)) {
    const text = readText(file)
    const loaded = text.ok ? loadProfile(file, text.value) : err([text.error])
    if (loaded.ok) profiles.push(loaded.value)
    else faults.push(...loaded.error)
  }
  return { profiles, faults }
}
