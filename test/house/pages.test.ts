import { globSync, readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { filesIn, ROOT, textOf } from './tree.ts'

/** A page that says where something is proven or lives must lead there: whoever checks a claim opens the file that is named. */

const PAGES = filesIn('docs').filter((path) => path.endsWith('.md'))
const FOLDERS = readdirSync(ROOT, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? [one.name] : []))
/** Words in backticks that begin with a folder of the repository; `*` stands for any name. */
const cited = (page: string): readonly string[] =>
  [...textOf(page).matchAll(/`([\w.*-]+(?:\/[\w.*-]*)+)`/g)]
    .map((match) => match[1] ?? '')
    .filter((path) => FOLDERS.includes(path.split('/')[0] ?? ''))
/** A test that is named by a part of its title behind its file; `…` stands for what was left out. */
const TITLED = /`([\w./-]+\.test\.ts)` \(?“([^”]+)”/g

it('every path of the repository that a page of docs/ cites is there', () => {
  const all = PAGES.flatMap((page) => cited(page).map((path) => ({ page, path })))
  expect(all.length).toBeGreaterThan(60)
  const gone = all.filter(({ path }) => globSync(path, { cwd: ROOT }).length === 0)
  expect(gone, 'pages that cite what is not there: write where it is now').toEqual([])
})

it('every title of a test that a page of docs/ quotes stands in the file beside it', () => {
  const all = PAGES.flatMap((page) =>
    [...textOf(page).matchAll(TITLED)].map(([, path = '', title = '']) => ({ page, path, title })),
  )
  expect(all.length).toBeGreaterThan(20)
  const gone = all.filter(({ path, title }) => !title.split(' … ').every((part) => textOf(path).includes(part)))
  expect(gone, 'pages that quote the title of a test that is not in that file').toEqual([])
})
