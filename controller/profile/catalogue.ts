import type { DocumentFault } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { type ProfileFault, parseProfile } from './parse.ts'
import { checkProfile } from './rules.ts'
import type { Profile } from './schema.ts'

export type Catalogue = ReadonlyMap<string, Profile>

/** Text of one file → a profile that passed schema and linter, or every reason why not. */
export const loadProfile = (file: string, text: string): Result<Profile, readonly ProfileFault[]> => {
  const parsed = parseProfile(file, text)
  if (!parsed.ok) return parsed
  const faults: DocumentFault[] = [...checkProfile(parsed.value)]
  const stem = file
    .split('/')
    .at(-1)
    ?.replace(/\.json$/, '')
  if (stem !== parsed.value.id) faults.push({ where: '/id', why: `must be ${stem}, as the file is called` })
  return faults.length === 0 ? parsed : err(faults.map((fault) => ({ file, ...fault })))
}

/**
 * All profiles of a folder together: ids and model ids must not collide, so that an answering device means one
 * profile.
 */
export const catalogueOf = (
  files: readonly { readonly file: string; readonly text: string }[],
): Result<Catalogue, readonly ProfileFault[]> => {
  const faults: ProfileFault[] = []
  const catalogue = new Map<string, Profile>()
  const owners = new Map<string, string>()
  for (const { file, text } of files) {
    const profile = loadProfile(file, text)
    if (!profile.ok) {
      faults.push(...profile.error)
      continue
    }
    if (catalogue.has(profile.value.id))
      faults.push({ file, where: '/id', why: `another file is also ${profile.value.id}` })
    catalogue.set(profile.value.id, profile.value)
    for (const [index, modelId] of profile.value.modelIds.entries()) {
      const owner = owners.get(`${profile.value.vendor} ${modelId}`)
      if (owner !== undefined)
        faults.push({ file, where: `/modelIds/${index}`, why: `${modelId} already belongs to ${owner}` })
      owners.set(`${profile.value.vendor} ${modelId}`, profile.value.id)
    }
  }
  return faults.length === 0 ? ok(catalogue) : err(faults)
}
