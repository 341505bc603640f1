import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One package of `package-lock.json`, as far as it is used here. */
export type Locked = {
  readonly version: string
  readonly resolved?: string
  readonly integrity?: string
  readonly license?: string
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: string | readonly string[]
  readonly dependencies?: { readonly [name: string]: string }
  readonly optionalDependencies?: { readonly [name: string]: string }
  readonly peerDependencies?: { readonly [name: string]: string }
}
export type Lock = { readonly [place: string]: Locked }

/** The machine a package is made for, in npm's words. */
export type Machine = { readonly cpu: 'arm64' | 'x64' }

export const readLock = (repo: string): Lock =>
  (JSON.parse(readFileSync(join(repo, 'package-lock.json'), 'utf8')) as { readonly packages: Lock }).packages

/** Only for kernels without the GPIO character device, and compiled on the spot: Debian 12 and newer has that device (edge/README.md). */
const NEVER: ReadonlySet<string> = new Set(['onoff'])

const suits = (one: Locked, { cpu }: Machine): boolean => {
  const libc = one.libc === undefined ? [] : [one.libc].flat()
  return (
    (one.os === undefined || one.os.includes('linux')) &&
    (one.cpu === undefined || one.cpu.includes(cpu)) &&
    (libc.length === 0 || libc.includes('glibc')) &&
    // Some packages name the library in their name alone.
    !/musl/.test(one.resolved ?? '')
  )
}

/** Where Node would find `name` when a file below `from` imports it: in the nearest `node_modules` upwards. */
const findFrom = (lock: Lock, from: string, name: string): string | null => {
  const folders = from === '' ? [] : from.split('/node_modules/')
  for (let depth = folders.length; depth > 0; depth--) {
    const place = `${folders.slice(0, depth).join('/node_modules/')}/node_modules/${name}`
    if (lock[place] !== undefined) return place
  }
  return lock[`node_modules/${name}`] === undefined ? null : `node_modules/${name}`
}

/**
 * Every package that `roots` need on this machine, as places in the lock (`node_modules/a/node_modules/b`), sorted. A needed package that the
 * lock does not have is an error with its name.
 */
export const closure = (lock: Lock, roots: readonly string[], machine: Machine): readonly string[] => {
  const found = new Set<string>()
  const waiting: { readonly from: string; readonly name: string; readonly optional: boolean }[] = roots.map((name) => ({
    from: '',
    name,
    optional: false,
  }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (NEVER.has(next.name)) continue
    const place = findFrom(lock, next.from, next.name)
    const one = place === null ? undefined : lock[place]
    if (place === null || one === undefined) {
      if (next.optional) continue
      throw new Error(`package-lock.json: ${next.name}, needed by ${next.from || 'the edge'}, is not there`)
    }
    if (found.has(place)) continue
    if (!suits(one, machine)) {
      if (next.optional) continue
      throw new Error(`package-lock.json: ${next.name} does not run on linux ${machine.cpu}`)
    }
    found.add(place)
    const add = (names: { readonly [name: string]: string } | undefined, optional: boolean): void => {
      for (const name of Object.keys(names ?? {})) waiting.push({ from: place, name, optional })
    }
    add(one.dependencies, false)
    add(one.optionalDependencies, true)
  }
  return [...found].sort()
}
