import { describe, expect, it } from 'vitest'
import { importsOf, lineAt, scan } from './scan.ts'
import { isTest, sources, textOf } from './tree.ts'

const PURE = ['core/', 'controller/profile/', 'controller/dialect/', 'controller/families/'] as const
/** Write a committed file from pure code; they are programs, not part of what they generate from. */
const PROGRAMS: readonly string[] = ['controller/profile/generate.ts']
/** Puts content into a controller: it asks, waits for answers and asks again, so it is a shell by its nature. */
const CONVERSES = /^controller\/families\/[a-z]+\/onboard\.ts$/

/** PJLink's log-in is an MD5 of salt and password: the same bytes for the same input, so it stays pure. */
const ALLOWED: readonly string[] = ['controller/families/pjlink/digest.ts node:crypto']

/** What may not be there, with what to use instead. Looked for where comments and strings are blanked. */
const RULES: readonly (readonly [pattern: RegExp, what: string, instead: string])[] = [
  [/\bDate\s*\.\s*now\b/g, 'Date.now', 'take the `at: Reading` of the event, or the Clock port of core/base/ports.ts'],
  [
    /\bnew\s+Date\b(?!\s*\(\s*[^\s)])/g,
    'new Date()',
    'take the `at: Reading` of the event, or the Clock port of core/base/ports.ts',
  ],
  [
    /(?<!new\s)(?<![\w.])Date\s*\(/g,
    'Date()',
    'take the `at: Reading` of the event, or the Clock port of core/base/ports.ts',
  ],
  [/\bperformance\s*\./g, 'performance', 'take the monotonic time of a Reading'],
  [/\bMath\s*\.\s*random\b/g, 'Math.random', 'use core/base/prng.ts with a seed that is passed in'],
  [
    /\b(?:getRandomValues|randomUUID|randomBytes)\b/g,
    'randomness',
    'use core/base/prng.ts with a seed that is passed in',
  ],
  [
    /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/g,
    'a timer',
    'return an effect, or use the Wake port of core/base/ports.ts',
  ],
  [/\bprocess\s*\./g, 'process', 'take the value as an argument: edge/config.ts reads the environment'],
  [/\bconsole\s*\./g, 'console', 'use the Log port of core/base/ports.ts'],
  [/\b(?:async|await)\b/g, 'async code', 'return an effect and let the shell wait'],
  [/\bfetch\s*\(/g, 'fetch', 'return an effect and let the shell fetch'],
  [
    /\.\s*(?:get(?:FullYear|Month|Hours|Minutes|Seconds|TimezoneOffset)|toLocale(?:Date|Time)?String)\s*\(/g,
    "the host's time zone or locale",
    'use core/base/time.ts with the zone of the policy',
  ],
]

const FILES = sources().filter(
  (path) =>
    PURE.some((prefix) => path.startsWith(prefix)) &&
    !isTest(path) &&
    !PROGRAMS.includes(path) &&
    !CONVERSES.test(path),
)

describe('pure code stays pure', () => {
  it('has found the pure rooms', () => {
    expect(FILES.length).toBeGreaterThan(30)
    for (const prefix of PURE) expect(FILES.filter((path) => path.startsWith(prefix)).length, prefix).toBeGreaterThan(3)
  })

  it('has no clock, randomness, timer, process, console or waiting in it', () => {
    const found = FILES.flatMap((path) => {
      const { bare } = scan(textOf(path))
      return RULES.flatMap(([pattern, what, instead]) =>
        [...bare.matchAll(pattern)].map(
          (match) =>
            `${path}:${lineAt(bare, match.index)} uses ${what}: the same events must give the same bytes; ${instead}`,
        ),
      )
    })
    expect(found).toEqual([])
  })

  it('imports no module of Node', () => {
    let checked = 0
    const found = FILES.flatMap((path) =>
      importsOf(scan(textOf(path))).flatMap(({ specifier, line }) => {
        checked += 1
        const why = 'pure code also runs in a browser; let a shell do it and pass the result in'
        if (ALLOWED.includes(`${path} ${specifier}`)) return []
        return specifier.startsWith('node:') ? [`${path}:${line} imports ${specifier}: ${why}`] : []
      }),
    )
    expect(found).toEqual([])
    expect(checked).toBeGreaterThan(50)
  })

  it('would notice each of them', () => {
    const guilty = [
      'const t = Date.now()',
      'const t = new Date()',
      'const t = Date()',
      'performance.now()',
      'Math.random()',
      'crypto.randomUUID()',
      'setTimeout(f, 1)',
      'process.env',
      'console.log(1)',
      'await x',
      'fetch(url)',
      'new Date(at).getHours()',
    ]
    expect(guilty.length).toBe(RULES.length)
    guilty.forEach((line, index) => {
      expect(line).toMatch(new RegExp(RULES[index]?.[0].source ?? '^$'))
    })
    const innocent = 'new Date(at + offset).toISOString(); isDate(x); date.getUTCHours()'
    for (const [pattern, what] of RULES) expect(innocent.search(pattern), what).toBe(-1)
  })
})
