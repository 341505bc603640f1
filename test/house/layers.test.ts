import { existsSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importsOf, scan } from './scan.ts'
import { isTest, ROOT, sources, textOf } from './tree.ts'

type Room = 'core' | 'controller' | 'edge' | 'hub' | 'console' | 'grafana' | 'outside'

/** Where a file lives, by its first folders. `outside` may import anything and nothing in the house may import it. */
const ROOMS: readonly (readonly [prefix: string, room: Room])[] = [
  ['core/', 'core'],
  ['controller/', 'controller'],
  ['edge/', 'edge'],
  ['dashboard/hub/', 'hub'],
  ['dashboard/console/', 'console'],
  ['dashboard/grafana/', 'grafana'],
  ['test/', 'outside'],
  ['scripts/', 'outside'],
  ['deploy/', 'outside'],
  ['bangtin.ts', 'outside'],
  ['vitest.config.ts', 'outside'],
]

/**
 * The arrows: which path prefixes each room may import, besides its own. This is the table of the design, line by line; rooms that see
 * a part of core also see `core/base`, the results and units those parts are made of, and alerts name faults by the catalogue.
 */
const ARROWS: { readonly [R in Exclude<Room, 'outside'>]: readonly string[] } = {
  core: [],
  controller: ['core/'],
  // Of the package it says its version with.
  edge: ['core/', 'controller/', 'package.json'],
  hub: ['core/', 'controller/profile/', 'controller/raster/'],
  console: ['core/'],
  grafana: ['core/base/', 'core/metrics/', 'core/contract/faults.ts'],
}

const WHY: { readonly [R in Exclude<Room, 'outside'>]: string } = {
  core: 'core decides and must run anywhere, so it imports nothing outside core/ and no package but typebox',
  controller: 'controller speaks to displays and must not know who asks, so it imports core/ only',
  edge: 'an edge must run without the hub, so it imports core/ and controller/ only',
  hub: 'the hub never drives a display, so of controller/ it may see profile/ and raster/ only',
  console: 'browser pages never reach into a daemon, so they see core/ only, which is pure and runs in a browser too',
  grafana: 'boards are made from the catalogues, so of core/ they see base, metrics and contract/faults.ts only',
}

/** Import names of package.json, as folders. */
const NAMES: readonly (readonly [name: string, folder: string])[] = [
  ['#core/', 'core/'],
  ['#controller/', 'controller/'],
  ['#edge/', 'edge/'],
  ['#hub/', 'dashboard/hub/'],
  ['#grafana/', 'dashboard/grafana/'],
]

const roomOf = (path: string): Room | undefined => ROOMS.find(([prefix]) => path.startsWith(prefix))?.[1]

/** The file an import means, relative to the root; undefined for a package or a built-in module. */
const target = (from: string, specifier: string): string | undefined => {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(from), specifier)).replace(/\?.*$/, '')
  const named = NAMES.find(([name]) => specifier.startsWith(name))
  return named === undefined ? undefined : named[1] + specifier.slice(named[0].length)
}

type Edge = {
  readonly from: string
  readonly line: number
  readonly specifier: string
  readonly to: string | undefined
}

const FILES = sources()
const EDGES: readonly Edge[] = FILES.flatMap((from) =>
  importsOf(scan(textOf(from))).map((one) => ({ from, ...one, to: target(from, one.specifier) })),
)

const say = (edge: Edge, rule: string): string => `${edge.from}:${edge.line} imports ${edge.specifier}: ${rule}`

describe('the arrows of the house', () => {
  it('has read the tree', () => {
    expect(FILES.length).toBeGreaterThan(40)
    expect(EDGES.length).toBeGreaterThan(100)
    expect(EDGES.filter((edge) => edge.to !== undefined).length).toBeGreaterThan(60)
  })

  it('gives every TypeScript file a room', () => {
    const homeless = FILES.filter((path) => roomOf(path) === undefined)
    expect(homeless, 'every TypeScript file lives in a folder the design names').toEqual([])
  })

  it('names only files that exist', () => {
    const lost = EDGES.filter((edge) => edge.to !== undefined && !existsSync(join(ROOT, edge.to)))
    expect(lost.map((edge) => say(edge, 'there is no such file'))).toEqual([])
  })

  it('points every import down', () => {
    let checked = 0
    const wrong = EDGES.flatMap((edge) => {
      const room = roomOf(edge.from)
      if (edge.to === undefined || room === undefined || room === 'outside') return []
      checked += 1
      const home = ROOMS.find(([, name]) => name === room)?.[0] ?? ''
      const allowed = [home, ...ARROWS[room]]
      // A test beside its code may use the builders of test/; the code itself may not.
      if (isTest(edge.from)) allowed.push('test/')
      return allowed.some((prefix) => edge.to?.startsWith(prefix)) ? [] : [say(edge, WHY[room])]
    })
    expect(wrong).toEqual([])
    expect(checked).toBeGreaterThan(60)
  })

  it('lets core import typebox and no other package', () => {
    const outside = EDGES.filter((edge) => edge.from.startsWith('core/') && !isTest(edge.from) && edge.to === undefined)
    const wrong = outside.filter((edge) => !/^typebox(\/|$)/.test(edge.specifier))
    expect(wrong.map((edge) => say(edge, WHY.core))).toEqual([])
    expect(outside.length).toBeGreaterThan(3)
  })

  it('keeps Node out of the console', () => {
    const wrong = EDGES.filter(
      (edge) =>
        edge.from.startsWith('dashboard/console/src/') &&
        !isTest(edge.from) &&
        (edge.specifier.startsWith('node:') || builtinModules.includes(edge.specifier)),
    )
    expect(wrong.map((edge) => say(edge, 'the console runs in a browser'))).toEqual([])
  })

  it('has no cycle between files', () => {
    const next = new Map<string, string[]>(FILES.map((path) => [path, []]))
    for (const edge of EDGES) if (edge.to !== undefined && next.has(edge.to)) next.get(edge.from)?.push(edge.to)
    const cycles = cyclesOf(next)
    expect(cycles, 'a cycle means two files hold one idea: join them or find the third').toEqual([])
    expect(next.size).toBe(FILES.length)
  })
})

/** Each cycle found by a depth-first walk, as `a -> b -> a`. */
const cyclesOf = (next: ReadonlyMap<string, readonly string[]>): readonly string[] => {
  const finished = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const seen = trail.indexOf(path)
    if (seen >= 0) {
      cycles.push([...trail.slice(seen), path].join(' -> '))
      return
    }
    if (finished.has(path)) return
    for (const to of next.get(path) ?? []) visit(to, [...trail, path])
    finished.add(path)
  }
  for (const path of next.keys()) visit(path, [])
  return cycles
}
