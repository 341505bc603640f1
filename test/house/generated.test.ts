import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from './tree.ts'

/** Each generator with all it may write. What is listed is removed from the copy first, so a file nobody makes any more is found too. */
const GENERATED = [
  { generator: 'controller/profile/generate.ts', writes: 'firmware-profiles/schema.json', least: 1 },
  { generator: 'dashboard/grafana/generate.ts', writes: 'dashboard/grafana/out', least: 2 },
  { generator: 'dashboard/grafana/page/generate.ts', writes: 'docs/metrics.md', least: 1 },
  { generator: 'dashboard/grafana/alertmanager/generate.ts', writes: 'deploy/hub/prometheus/alertmanager', least: 2 },
] as const

/** What the generators read, copied so that nothing in the tree is touched. */
const COPIED = [
  'package.json',
  'tsconfig.json',
  'core',
  'controller',
  'firmware-profiles',
  'dashboard/grafana',
  'deploy',
]

const copy = mkdtempSync(join(tmpdir(), 'bangtin-gen-'))
afterAll(() => rmSync(copy, { recursive: true, force: true }))

const filesUnder = (base: string, place: string): readonly string[] => {
  const full = join(base, place)
  if (!existsSync(full)) return []
  if (statSync(full).isFile()) return [place]
  return readdirSync(full, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(base, `${place}/${entry.name}`) : [`${place}/${entry.name}`]))
    .sort()
}

describe('generated files are what the generators make', () => {
  for (const part of COPIED)
    if (existsSync(join(ROOT, part))) cpSync(join(ROOT, part), join(copy, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))

  it.each(GENERATED)('$writes', ({ generator, writes, least }) => {
    rmSync(join(copy, writes), { recursive: true, force: true })
    execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(copy, generator)], {
      cwd: copy,
      encoding: 'utf8',
      timeout: 25_000,
    })
    const made = filesUnder(copy, writes)
    expect(made.length).toBeGreaterThanOrEqual(least)
    expect(filesUnder(ROOT, writes), 'run `npm run gen` and commit what it writes').toEqual(made)
    const differing = made.filter((path) => !readFileSync(join(copy, path)).equals(readFileSync(join(ROOT, path))))
    expect(differing, 'edited by hand, or not generated again: run `npm run gen`').toEqual([])
  })

  it('knows every generator there is', () => {
    const script = readFileSync(join(ROOT, 'scripts/run.mjs'), 'utf8')
    const named = [...script.matchAll(/'([\w/]+\/generate\.ts)'/g)].map((match) => match[1])
    expect(named).toEqual(GENERATED.map((one) => one.generator))
  })
})
