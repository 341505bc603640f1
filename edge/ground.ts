import { readFileSync } from 'node:fs'
import type { Profile } from '#controller/profile/schema.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { duration, percent } from '#core/base/units.ts'
import type { FaultId } from '#core/contract/faults.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import { parsePolicy, policyFor } from '#core/policy/check.ts'
import type { Policy } from '#core/policy/policy.ts'
import about from '../package.json' with { type: 'json' }
import type { EdgeConfig } from './config.ts'
import { loadProfiles, type Profiles } from './devices.ts'
import { checkPower, type PowerPlan } from './power/plan.ts'
import { checkRelays } from './power/relays.ts'
import { checkPresets } from './presets-check.ts'
import { type Identity, openIdentity } from './shell/identity.ts'
import { type DataLock, lockDataFolder } from './shell/lock.ts'
import type { Libc } from './shell/os.ts'

/** The version that records and status carry. */
export const VERSION: string = about.version

/** Why the daemon did not start: a fault of the catalogue and one line that names file, place and reason. */
export type StartFault = { readonly fault: FaultId; readonly detail: string }

export const fault = (id: FaultId, detail: string) => err<StartFault>({ fault: id, detail })

/** What must be there before anything moves. */
export type Ground = {
  readonly policy: Policy
  readonly profiles: Profiles
  readonly power: PowerPlan | null
  readonly lock: DataLock
  readonly identity: Identity
}

const readText = (file: string): Result<string, string> => {
  try {
    return ok(readFileSync(file, 'utf8'))
  } catch (error) {
    return err(`${file}: /: cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Checks everything the configuration names; what `--check` does, too. */
export const checkFiles = (config: EdgeConfig): Result<Pick<Ground, 'policy' | 'profiles' | 'power'>, StartFault> => {
  const text = readText(config.policy)
  if (!text.ok) return fault('config-invalid', text.error)
  const policy = parsePolicy(text.value)
  if (!policy.ok)
    return fault('config-invalid', `${config.policy}: ${policy.error.map((f) => `${f.where}: ${f.why}`).join('; ')}`)
  const profiles = loadProfiles(config)
  if (!profiles.ok) return fault('config-invalid', profiles.error)
  const power = checkPower(config, profiles.value)
  if (!power.ok) return fault('config-invalid', power.error)
  const unfit = checkPresets(config, profiles.value) ?? checkRelays(config, profiles.value.equipment)
  if (unfit !== null) return fault('config-invalid', unfit)
  return ok({ policy: policyFor(policy.value, config.site.id), profiles: profiles.value, power: power.value })
}

export const openGround = (config: EdgeConfig, libc: Libc): Result<Ground, StartFault> => {
  const files = checkFiles(config)
  if (!files.ok) return files
  const lock = lockDataFolder(config.dataDir, libc)
  if (!lock.ok) return fault('data-folder-locked', lock.error)
  const identity = openIdentity(config.dataDir)
  if (identity.ok) return ok({ ...files.value, lock: lock.value, identity: identity.value })
  lock.value.release()
  return fault('config-invalid', identity.error)
}

export const siteOf = (config: EdgeConfig, profile: Profile | null): SiteFacts => ({
  ...config.site,
  ...config.house,
  presets: config.presets,
  relays: config.relays,
  hasController: profile !== null,
  input: config.controller?.input ?? null,
  onboard: config.player.output === 'onboard',
  hasHub: config.hub !== null,
  powerOffAfter: config.power && duration(config.power.offAfterSeconds * 1000),
  brightnessLimit: percent(profile?.limits.brightnessPercent ?? 100),
  version: VERSION,
})
