import { readdirSync, realpathSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { stableName } from '#controller/cli/detect.ts'
import { FOLDER, profilesIn } from '#controller/cli/files.ts'
import { linkAt, type Place } from '#controller/cli/world.ts'
import { configFor } from '#controller/detect/advice.ts'
import { groupsOf } from '#controller/detect/group.ts'
import { planOf, type Where } from '#controller/detect/plan.ts'
import { runDetect } from '#controller/detect/run.ts'
import type { Clock, Wake } from '#core/base/ports.ts'
import type { EdgeConfig, LinkConfig } from '../config.ts'
import type { Found } from './document.ts'

/** Which devices are there, by read commands only: on ports that nobody of this configuration uses, and at addresses that a person gives. */

export type Searched = {
  readonly found: readonly Found[]
  /** What was asked and did not answer, or could not be asked. */
  readonly said: readonly string[]
}

const MOST_PORTS = 8
/** An entry of the configuration as JSON, characters; a part of one is no JSON. */
const MOST_ENTRY = 2_000
/** All questions at one place, ms. */
const PLACE_MS = 180_000

/** Ports that are plugged in and that the daemon does not hold. `folders`: where they have names that stay. */
export const freePorts = (config: EdgeConfig, folders: readonly string[]): readonly string[] => {
  const links: readonly LinkConfig[] = [
    ...(config.controller === null ? [] : [config.controller.link]),
    ...config.equipment.map(({ link }) => link),
  ]
  const taken = new Set(links.flatMap((link) => (link.kind === 'serial' ? [behind(link.path)] : [])))
  const free = new Map<string, string>()
  for (const folder of folders)
    for (const name of namesIn(folder)) {
      const path = join(folder, name)
      const real = behind(path)
      if (!taken.has(real) && !free.has(real)) free.set(real, path)
    }
  return [...free.values()].slice(0, MOST_PORTS)
}

const behind = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** `192.0.2.7` or `192.0.2.7:5200`, separated by blanks or commas; the first one that is neither, or null. */
export const hostsOf = (text: string): { readonly hosts: readonly Place[]; readonly wrong: string | null } => {
  const words = text.split(/[\s,;]+/).filter((word) => word !== '')
  const hosts: Place[] = []
  for (const word of words) {
    const [, host = '', port] = /^([^:]+|\[[^\]]+\])(?::(\d{1,5}))?$/.exec(word) ?? []
    const number = port === undefined ? null : Number(port)
    if (isIP(host.replace(/^\[|\]$/g, '')) === 0 || (number !== null && (number < 1 || number > 65_535)))
      return { hosts: [], wrong: word }
    hosts.push({ kind: 'tcp', host, port: number })
  }
  return words.length > MOST_PORTS ? { hosts: [], wrong: words[MOST_PORTS] ?? '' } : { hosts, wrong: null }
}

export const search = async (of: {
  readonly places: readonly Place[]
  readonly profiles: readonly string[]
  readonly clock: Clock
  readonly wake: Wake
  readonly signal: AbortSignal
  readonly tell: (doing: string) => void
}): Promise<Searched> => {
  const { profiles, files } = profilesIn(of.profiles.length === 0 ? [FOLDER] : of.profiles)
  const found: Found[] = []
  const said: string[] = []
  for (const place of of.places) {
    if (of.signal.aborted) break
    const name = place.kind === 'serial' ? place.path : `${place.host}${place.port === null ? '' : `:${place.port}`}`
    const where: Where =
      place.kind === 'serial' ? { kind: 'serial', baudRate: null } : { kind: place.kind, port: place.port }
    const plan = planOf(profiles, where, [{}])
    const total = plan.attempts.length
    const outcome = await runDetect({
      plan,
      openLink: (line) => linkAt(place, line),
      clock: of.clock,
      wake: of.wake,
      log: () => {},
      signal: AbortSignal.any([of.signal, AbortSignal.timeout(PLACE_MS)]),
      everything: false,
      onTry: (_, index) => of.tell(`${name}: ${index ?? total}/${total}`),
      onTried: () => {},
    })
    for (const { fault } of outcome.notOpen.slice(0, 1))
      said.push(`${name}: ${fault.kind}: ${fault.detail}`.slice(0, 300))
    if (outcome.findings.length === 0 && outcome.notOpen.length === 0)
      said.push(`${name}: không ai trả lời · nobody answered`)
    for (const { first } of groupsOf(outcome.findings)) {
      const at = place.kind === 'serial' ? { path: stableName(place.path) } : { host: place.host }
      const config = configFor(first, at, files.get(first.profile.id) ?? first.profile.id)
      const entry = JSON.stringify(config.entry)
      if (entry.length > MOST_ENTRY) {
        said.push(`${name}: ${first.profile.id}: mục cấu hình quá dài · its entry is too long`.slice(0, 300))
        continue
      }
      found.push({
        place: name.slice(0, 300),
        profile: first.profile.id,
        model: String(first.model ?? '').slice(0, 100),
        firmware: String(first.firmware ?? '').slice(0, 100),
        sure: first.sure,
        under: config.under,
        entry,
      })
    }
  }
  return { found: found.slice(0, 32), said }
}
