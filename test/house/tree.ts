import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const NOT_OURS = new Set(['node_modules', 'dist', 'var', 'coverage', '.git'])

/** Every file below `folder` (relative to the root, `''` for all), as sorted paths relative to the root, installed and built ones left out. */
export const filesIn = (folder: string): readonly string[] => {
  const found: string[] = []
  const walk = (place: string): void => {
    for (const entry of readdirSync(join(ROOT, place), { withFileTypes: true })) {
      const path = place === '' ? entry.name : `${place}/${entry.name}`
      if (NOT_OURS.has(entry.name)) continue
      if (entry.isDirectory()) walk(path)
      else if (entry.isFile()) found.push(path)
    }
  }
  walk(folder)
  return found.sort()
}

export const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path) || path.startsWith('test/')
export const isTypeScript = (path: string): boolean => /\.tsx?$/.test(path)
export const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** Every TypeScript file of the repository, tests included. */
export const sources = (): readonly string[] => filesIn('').filter(isTypeScript)
