import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { err, ok, type Result } from '#core/base/result.ts'
import { loadProfile } from '../profile/catalogue.ts'
import type { ProfileFault } from '../profile/parse.ts'
import type { Profile } from '../profile/schema.ts'
import { Unusable } from './verb.ts'

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

/** How many ids are offered in place of an unknown one. */
const MOST_NEAREST = 3

/** As `profileNamed`; a usage error with the nearest ids when there is no such file. */
export const profileGiven = (name: string): Result<Profile, readonly ProfileFault[]> => {
  if (statSync(fileNamed(name), { throwIfNoEntry: false })?.isFile()) return profileNamed(name)
  const ids = filesOf(FOLDER).map((file) => basename(file, '.json'))
  const near = nearest(basename(name, '.json'), ids).slice(0, MOST_NEAREST).join(', ')
  throw new Unusable(`không có hồ sơ “${name}”; gần nhất: ${near}`, `no such profile “${name}”; nearest: ${near}`)
}

/** Best first: by edits between the two, less where the id holds the very word. Pure. */
const nearest = (word: string, ids: readonly string[]): readonly string[] => {
  const said = word.toLowerCase().slice(0, 64)
  const distance = (id: string) => (id.includes(said) || said.includes(id) ? 0.5 : edits(said, id))
  return ids.toSorted((a, b) => distance(a) - distance(b) || a.localeCompare(b))
}

/** Letters to insert, drop or replace on the way from one to the other. */
const edits = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1]
    for (let at = 0; at < to.length; at++) {
      const replaced = (row[at] ?? 0) + (to[at] === letter ? 0 : 1)
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

/** All profiles of some files or folders that are right, and where each is (absolute, by id); the faults of the others. */
export const profilesIn = (
  places: readonly string[],
): {
  readonly profiles: readonly Profile[]
  readonly files: ReadonlyMap<string, string>
  readonly faults: readonly ProfileFault[]
} => {
  const files = new Map<string, string>()
  const profiles: Profile[] = []
  const faults: ProfileFault[] = []
  for (const file of places.flatMap(filesOf)) {
    const text = readText(file)
    const loaded = text.ok ? loadProfile(file, text.value) : err([text.error])
    if (loaded.ok) {
      profiles.push(loaded.value)
      files.set(loaded.value.id, resolve(file))
    } else faults.push(...loaded.error)
  }
  return { profiles, files, faults }
}
