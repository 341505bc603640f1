import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { faultText } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { parsePolicy } from '#core/policy/check.ts'
import type { Policy } from '#core/policy/policy.ts'
import { readText } from './files.ts'

/** Every `*.json` of the folder, by id. The error names file, place and reason. */
export const readPolicies = (dir: string): Result<ReadonlyMap<string, Policy>, string> => {
  const policies = new Map<string, Policy>()
  const names = namesIn(dir)
  if (!names.ok) return names
  for (const name of names.value.filter((n) => n.endsWith('.json')).toSorted()) {
    const file = join(dir, name)
    const text = readText(file)
    if (!text.ok) return text
    const parsed = parsePolicy(text.value)
    if (!parsed.ok) return err(faultText(file, parsed.error))
    if (policies.has(parsed.value.id)) return err(`${file}: /id: ${parsed.value.id} is there twice`)
    policies.set(parsed.value.id, parsed.value)
  }
  return policies.size === 0 ? err(`${dir}: holds no policy (*.json) · không có quy chế nào`) : ok(policies)
}

const namesIn = (dir: string): Result<readonly string[], string> => {
  try {
    return ok(readdirSync(dir))
  } catch (error) {
    return err(`${dir}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
