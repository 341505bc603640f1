import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '#core/base/result.ts'
import { generateTable, TABLE_BEGIN, withTable } from '../profile/generate-table.ts'
import { FOLDER, profilesIn } from './files.ts'

export const README = join(FOLDER, 'README.md')

/** `firmware-profiles/README.md` as it should be. Throws when a shipped profile has a fault or the marking lines are gone. */
export const readmeWithTable = (): string => {
  const { profiles, faults } = profilesIn([FOLDER])
  assert(faults.length === 0, faults.map((fault) => `${fault.file}: ${fault.where}: ${fault.why}`).join('\n'))
  const text = withTable(readFileSync(README, 'utf8'), generateTable(profiles))
  assert(text, `${README} has the line ${TABLE_BEGIN} once`)
  return text
}

if (import.meta.main) {
  const text = readmeWithTable()
  const changed = text !== readFileSync(README, 'utf8')
  if (changed) writeFileSync(README, text)
  process.stdout.write(`firmware-profiles/README.md ${changed ? 'written' : 'unchanged'}\n`)
}
