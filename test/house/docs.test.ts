import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FAULTS } from '#core/contract/faults.ts'
import { filesIn, ROOT, textOf } from './tree.ts'

const RUNBOOK = 'deploy/RUNBOOK.md'
/** A fault's section is headed by its id and nothing else, so that the link `RUNBOOK.md#<id>` works everywhere. */
const FAULT_HEADING = /^#{2,4}\s+`?([a-z]+(?:-[a-z]+)*)`?\s*$/

type Section = { readonly id: string; readonly body: string }

const sectionsOf = (text: string): readonly Section[] => {
  const found: { id: string; body: string }[] = []
  let open: { id: string; body: string } | undefined
  for (const line of text.split('\n')) {
    const id = FAULT_HEADING.exec(line)?.[1]
    if (id !== undefined) {
      open = { id, body: '' }
      found.push(open)
    } else if (/^#{1,4}\s/.test(line)) open = undefined
    else if (open !== undefined) open.body += `${line}\n`
  }
  return found
}

describe('faults and the runbook agree', () => {
  const ids: readonly string[] = Object.keys(FAULTS)
  const sections = (): readonly Section[] => sectionsOf(textOf(RUNBOOK))

  it('explains every fault a person can be shown', () => {
    expect(ids.length).toBeGreaterThan(15)
    const missing = ids.filter((id) => !sections().some((one) => one.id === id))
    expect(
      missing,
      `each id of core/contract/faults.ts needs a heading in ${RUNBOOK}: whoever sees it must learn what to do`,
    ).toEqual([])
  })

  /** Alerts link to the runbook too; some watch what is no fault of one site. */
  const linked = (): readonly string[] =>
    [...textOf('dashboard/grafana/out/alerts.yml').matchAll(/RUNBOOK\.md#([a-z-]+)/g)].map((match) => match[1] ?? '')

  it('explains every alert', () => {
    expect(linked().length).toBeGreaterThan(5)
    const missing = linked().filter((id) => !sections().some((one) => one.id === id))
    expect(missing, `a runbook link of an alert leads to no heading of ${RUNBOOK}`).toEqual([])
  })

  it('explains nothing that no longer exists, and nothing twice', () => {
    const headed = sections().map((one) => one.id)
    expect(
      headed.filter((id) => !ids.includes(id) && !linked().includes(id)),
      `headings of ${RUNBOOK} without a fault or an alert`,
    ).toEqual([])
    expect(
      headed.filter((id, index) => headed.indexOf(id) !== index),
      `headings twice in ${RUNBOOK}`,
    ).toEqual([])
  })

  it('says something under each heading', () => {
    const thin = sections().filter((one) => one.body.trim().length < 80)
    expect(
      thin.map((one) => one.id),
      'a heading without advice helps nobody',
    ).toEqual([])
    expect(sections().length).toBeGreaterThan(15)
  })
})

describe('the security audit and its page agree', () => {
  const PAGE = 'docs/hardening.md'
  const ids = filesIn('edge/doctor')
    .filter((path) => /\/audit-[a-z]+\.ts$/.test(path))
    .flatMap((path) => [...textOf(path).matchAll(/\babout\(\s*'([^']+)'/g)].map((match) => match[1] ?? ''))
  /** The first column of a table: one check, or several that are mended alike. */
  const rows = (): readonly string[] =>
    textOf(PAGE)
      .split('\n')
      .flatMap((line) =>
        [...(/^\| (`[^|]*) \|/.exec(line)?.[1] ?? '').matchAll(/`([^`]+)`/g)].map((one) => one[1] ?? ''),
      )

  it('has every check once, and no check that is no more', () => {
    expect(ids.length).toBeGreaterThan(30)
    expect([...rows()].sort(), `${PAGE}: a line for each check of \`bangtin doctor --audit\``).toEqual([...ids].sort())
  })
})

/** Folders whose own subfolders are rooms too. */
const WITH_ROOMS = ['core', 'controller', 'edge', 'dashboard']
const HOUSE = [...WITH_ROOMS, 'firmware-profiles', 'deploy', 'scripts', 'test']

describe('every folder of the house says what it is', () => {
  const folders = [
    ...HOUSE,
    ...new Set(
      WITH_ROOMS.flatMap((top) => filesIn(top))
        .filter((path) => path.split('/').length > 2)
        .map((path) => path.split('/').slice(0, 2).join('/')),
    ),
  ]

  it('has a README.md in each', () => {
    const without = folders.filter((folder) => !existsSync(join(ROOT, folder, 'README.md')))
    expect(without, 'README.md says what lives here, what it may import, where to begin, one command to run').toEqual(
      [],
    )
    expect(folders.length).toBeGreaterThan(20)
  })

  it('has no README.md that is a stub, and one command in each', () => {
    const readmes = folders.map((folder) => `${folder}/README.md`).filter((path) => existsSync(join(ROOT, path)))
    const stubs = readmes.filter((path) => textOf(path).trim().length < 200)
    expect(stubs, 'a README shorter than 200 characters says nothing').toEqual([])
    const silent = readmes.filter((path) => !/npm |bangtin |vitest|promtool|node /.test(textOf(path)))
    expect(silent, 'a README names one command to run').toEqual([])
    expect(readmes.length).toBeGreaterThan(20)
  })

  it('links only to files that exist', () => {
    let checked = 0
    const broken = filesIn('')
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) =>
        [...textOf(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)].flatMap((match) => {
          checked += 1
          const link = match[1] ?? ''
          return existsSync(join(ROOT, dirname(path), link)) ? [] : [`${path} links to ${link}`]
        }),
      )
    expect(broken).toEqual([])
    expect(checked).toBeGreaterThanOrEqual(1)
  })
})
