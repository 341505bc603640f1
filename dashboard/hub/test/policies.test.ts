import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readPolicies } from '../policies.ts'

const dir = mkdtempSync(join(tmpdir(), 'hub-policies-'))
afterAll(() => rmSync(dir, { recursive: true }))
const shipped = new URL('../../../deploy/policies', import.meta.url).pathname

it('reads the policies that are shipped, by id', () => {
  const found = readPolicies(shipped)
  expect(found.ok && found.value.has('lai-chau-2024')).toBe(true)
})

it('names the folder or the file, and what is wrong with it', () => {
  const why = () => {
    const found = readPolicies(dir)
    return found.ok ? 'fine' : found.error
  }
  expect(why()).toContain(`${dir}: holds no policy`)
  writeFileSync(join(dir, 'x.json'), '{"id": 1}')
  expect(why()).toContain(join(dir, 'x.json'))
  const missing = readPolicies(join(dir, 'not-there'))
  expect(missing.ok ? '' : missing.error).toContain('not-there')
})
