import { describe, expect, it } from 'vitest'
import { importsOf, lineAt, scan, topLevelLines } from './scan.ts'
import { isTest, sources, textOf } from './tree.ts'

const FILES = sources()
const SCANNED = FILES.map((path) => ({ path, ...scan(textOf(path)) }))
/** Tools that read a default export and nothing else. */
const CONFIG = /(?:^|\/)(?:vite|vitest)\.config\.ts$/

const matches = (pattern: RegExp, rule: string, only: (path: string) => boolean): readonly string[] =>
  SCANNED.filter((one) => only(one.path)).flatMap(({ path, bare }) =>
    [...bare.matchAll(pattern)].map((match) => `${path}:${lineAt(bare, match.index + match[0].length)} ${rule}`),
  )

const everywhere = (): boolean => true

describe('habits of this code', () => {
  it('has read the tree', () => {
    expect(FILES.length).toBeGreaterThan(40)
    expect(FILES.filter(isTest).length).toBeGreaterThan(6)
  })

  it('has no default export', () => {
    const rule = 'exports a default: a thing has one name everywhere, so that it can be found'
    const pattern = /\bexport\s+default\b|\bas\s+default\b/g
    expect(matches(pattern, rule, (path) => !CONFIG.test(path) && !path.endsWith('.d.ts'))).toEqual([])
  })

  it('has no enum', () => {
    const rule = 'declares an enum: Node strips types and cannot run it; write a union or an `as const` table'
    expect(matches(/(?:^|\n)\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+\w/g, rule, everywhere)).toEqual([])
  })

  it('has no test that is left out', () => {
    const rule = 'leaves tests out: what is not run is not known'
    const pattern = /\b(?:describe|it|test|suite|bench|ctx|context)(?:\.\w+)*\.(?:only|skip|todo|skipIf|runIf)\b/g
    expect(matches(pattern, rule, isTest)).toEqual([])
  })

  it('keeps no state in a module', () => {
    // A test file is a program of its own: Vitest loads each one freshly.
    const found = SCANNED.filter((one) => !isTest(one.path)).flatMap(({ path, bare }) =>
      topLevelLines(bare)
        .filter(({ text }) => /^\s*(?:export\s+)?(?:let|var)\s/.test(text))
        .map(
          ({ line }) => `${path}:${line} declares a variable of the module: state lives in what somebody constructs`,
        ),
    )
    expect(found).toEqual([])
  })

  it('names files by their full name in imports', () => {
    let checked = 0
    const found = SCANNED.flatMap(({ path, code, bare }) =>
      importsOf({ code, bare }).flatMap(({ specifier, line }) => {
        if (!specifier.startsWith('.') && !specifier.startsWith('#')) return []
        checked += 1
        const rule = 'Node runs the files as they are and guesses no ending'
        return /\.(?:tsx?|json|css|svg|woff2)(?:\?\w+)?$/.test(specifier)
          ? []
          : [`${path}:${line} imports ${specifier}: ${rule}`]
      }),
    )
    expect(found).toEqual([])
    expect(checked).toBeGreaterThan(60)
  })
})
