import { readFileSync } from 'node:fs'
import type { Link } from '#controller/link/link.ts'
import { serialLink } from '#controller/link/serial.ts'
import { tcpLink } from '#controller/link/tcp.ts'
import { loadProfile } from '#controller/profile/catalogue.ts'
import type { Profile } from '#controller/profile/schema.ts'
import { assert, err, ok, type Result } from '#core/base/result.ts'
import { percent } from '#core/base/units.ts'
import type { FaultId } from '#core/contract/faults.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import { parsePolicy } from '#core/policy/check.ts'
import type { Policy } from '#core/policy/policy.ts'
import type { EdgeConfig } from './config.ts'
import { type Identity, openIdentity } from './shell/identity.ts'
import { type DataLock, lockDataFolder } from './shell/lock.ts'
import type { Libc } from './shell/os.ts'

/** The version that records and status carry. */
export const VERSION = '0.1.0'

/** Why the daemon did not start: a fault of the catalogue and one line that names file, place and reason. */
export type StartFault = { readonly fault: FaultId; readonly detail: string }

export const fault = (id: FaultId, detail: string) => err<StartFault>({ fault: id, detail })

/** What must be there before anything moves. */
export type Ground = {
  readonly policy: Policy
  readonly profile: Profile | null
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
export const checkFiles = (
  config: EdgeConfig,
): Result<{ readonly policy: Policy; readonly profile: Profile | null }, StartFault> => {
  const text = readText(config.policy)
  if (!text.ok) return fault('config-invalid', text.error)
  const policy = parsePolicy(text.value)
  if (!policy.ok)
    return fault('config-invalid', `${config.policy}: ${policy.error.map((f) => `${f.where}: ${f.why}`).join('; ')}`)
  if (config.controller === null) return ok({ policy: policy.value, profile: null })
  const file = config.controller.profile
  const profileText = readText(file)
  if (!profileText.ok) return fault('config-invalid', profileText.error)
  const profile = loadProfile(file, profileText.value)
  if (!profile.ok)
    return fault('config-invalid', `${file}: ${profile.error.map((f) => `${f.where}: ${f.why}`).join('; ')}`)
  const { kind } = config.controller.link
  if (!profile.value.links.some((l) => l.kind === kind))
    return fault('config-invalid', `/controller/link/kind: ${profile.value.id} has no ${kind} link`)
  return ok({ policy: policy.value, profile: profile.value })
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

export const linkOf = (config: EdgeConfig, profile: Profile): Link | null => {
  const link = config.controller?.link
  if (link === undefined) return null
  if (link.kind === 'tcp') return tcpLink({ host: link.host, port: link.port })
  const line = profile.links.find((l) => l.kind === 'serial')
  assert(line?.kind === 'serial', 'the profile was checked to have a serial link')
  const { kind: _, ...settings } = line
  return serialLink({ ...settings, path: link.path })
}

export const siteOf = (config: EdgeConfig, profile: Profile | null): SiteFacts => ({
  ...config.site,
  hasController: profile !== null,
  hasHub: config.hub !== null,
  brightnessLimit: percent(profile?.limits.brightnessPercent ?? 100),
  version: VERSION,
})
