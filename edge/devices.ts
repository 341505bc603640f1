import { readFileSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { openBus } from '#controller/bus/bus.ts'
import type { SessionStats } from '#controller/bus/meter.ts'
import { dialectOf } from '#controller/dialect/open.ts'
import { type DisplayDriver, openDriver } from '#controller/driver/driver.ts'
import type { Link } from '#controller/link/link.ts'
import { listenLink } from '#controller/link/listen.ts'
import { serialLink } from '#controller/link/serial.ts'
import { tcpLink } from '#controller/link/tcp.ts'
import { udpLink } from '#controller/link/udp.ts'
import { loadProfile } from '#controller/profile/catalogue.ts'
import type { Profile } from '#controller/profile/schema.ts'
import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { assert, err, ok, type Result, unreachable } from '#core/base/result.ts'
import type { DeviceConfig, EdgeConfig, LinkConfig } from './config.ts'
import { checkAddress, checkInput, samePlace } from './devices-check.ts'
import type { Polled } from './inputs/equipment.ts'
import { GPIO_DEVICE } from './inputs/name.ts'
import { checkOnboard, type OpenedOnboard, openOnboard, watchReturns } from './player/onboard-open.ts'

/** The profiles of everything the configuration names, in its order. */
export type Profiles = { readonly controller: Profile | null; readonly equipment: readonly Profile[] }

/** Reads and checks every profile, and that devices on one line can share it. The error names the place in the configuration. */
export const loadProfiles = (
  config: Pick<EdgeConfig, 'controller' | 'equipment' | 'player' | 'site'>,
): Result<Profiles, string> => {
  const { controller, equipment, player, site } = config
  const lines = new Map<string, { readonly speed: string; readonly where: string }>()
  const placed: Parameters<typeof samePlace>[0][number][] = []
  const load = (device: DeviceConfig, where: string): Result<Profile, string> => {
    const profile = readProfile(device.profile)
    if (!profile.ok) return err(`${where}/profile: ${profile.error}`)
    const kind = device.link.kind === 'listen' ? 'tcp' : device.link.kind
    if (!profile.value.links.some((l) => l.kind === kind))
      return err(`${where}/link/kind: ${profile.value.id} has no ${kind} link`)
    const wrong = checkAddress(profile.value, device.address)
    if (wrong !== null) return err(`${where}/address: ${wrong}`)
    const key = lineOf(device.link)
    const speed = JSON.stringify(settingsOf(device.link, profile.value))
    const other = lines.get(key)
    if (other && other.speed !== speed)
      return err(`${where}/link: ${key} is used by ${other.where} with other settings: ${other.speed}, here ${speed}`)
    lines.set(key, { speed, where })
    placed.push({ where, line: key, profile: profile.value, address: device.address })
    return profile
  }
  const first = controller === null ? null : load(controller, '/controller')
  if (first && !first.ok) return first
  if (first?.ok && first.value.display === null)
    return err(`/controller/profile: ${first.value.id} describes no display; name it under /equipment`)
  if (first?.ok && controller !== null && controller.input !== null) {
    const wrong = checkInput(first.value, controller.address, controller.input)
    if (wrong !== null) return err(`/controller/input: ${wrong}`)
  }
  if (player.output === 'onboard') {
    const holds = checkOnboard({ panel: site.panel, fallback: player.fallback }, first?.value ?? null)
    if (!holds.ok) return holds
  }
  const others: Profile[] = []
  for (const [i, device] of equipment.entries()) {
    const profile = load(device, `/equipment/${i}`)
    if (!profile.ok) return profile
    others.push(profile.value)
  }
  const twice = samePlace(placed)
  if (twice !== null) return err(twice)
  return ok({ controller: first?.ok ? first.value : null, equipment: others })
}

const readProfile = (file: string): Result<Profile, string> => {
  try {
    const profile = loadProfile(file, readFileSync(file, 'utf8'))
    return profile.ok ? profile : err(`${file}: ${profile.error.map((f) => `${f.where}: ${f.why}`).join('; ')}`)
  } catch (error) {
    return err(`${file}: cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What two devices share when they hang on one line. A serial port has many names (links made by udev): the one behind them all counts. */
const lineOf = (link: LinkConfig): string =>
  link.kind === 'serial' ? `serial ${portBehind(link.path)}` : `${link.kind} ${link.host.toLowerCase()}:${link.port}`

/** A port that is not plugged in has no name behind its name yet. */
const portBehind = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

/** Speed and framing of a serial line; null elsewhere. */
const settingsOf = (link: LinkConfig, profile: Profile) => {
  if (link.kind !== 'serial') return null
  const line = profile.links.find((l) => l.kind === 'serial')
  assert(line?.kind === 'serial', 'the profile was checked to have a serial link')
  const { kind: _, ...settings } = line
  return { ...settings, baudRate: link.baudRate ?? settings.baudRate, parity: link.parity ?? settings.parity }
}

const linkOf = (link: LinkConfig, profile: Profile): Link => {
  switch (link.kind) {
    case 'tcp':
      return tcpLink(link)
    case 'udp':
      return udpLink(link)
    case 'listen':
      return listenLink(link)
    case 'serial': {
      const settings = settingsOf(link, profile)
      assert(settings, 'a serial line has settings')
      return serialLink({ ...settings, path: link.path })
    }
    default:
      return unreachable(link)
  }
}

/** Everything that hangs on wires. */
export type Devices = {
  /** Null for a plain monitor. */
  readonly display: DisplayDriver | null
  /** Null unless the controller is to hold the content itself. */
  readonly onboard: OpenedOnboard | null
  readonly polled: readonly Polled[]
  /** Every device on a line, the display's first, for whoever diagnoses. */
  readonly lines: () => readonly {
    readonly name: string
    readonly profile: string
    readonly stats: SessionStats | null
  }[]
  /** The line of the display went away by itself. */
  readonly onDisplayLost: (listener: () => void) => void
  readonly close: () => Promise<void>
}

/** One bus for each line, with every device of the configuration that hangs on it. Opens nothing before it is asked something. */
export const openDevices = (options: {
  readonly config: Pick<EdgeConfig, 'controller' | 'equipment' | 'player' | 'site'>
  readonly profiles: Profiles
  readonly clock: Clock
  readonly wake: Wake
  readonly log: Log
}): Devices => {
  const { config, profiles, ...ports } = options
  const buses = new Map<string, ReturnType<typeof openBus>>()
  // Once each: an adapter that is pulled out later has another name behind its name, and still the same bus.
  const keys = new Map<LinkConfig, string>()
  const keyOf = (link: LinkConfig): string => {
    const key = keys.get(link) ?? lineOf(link)
    keys.set(link, key)
    return key
  }
  const attach = (name: string, device: DeviceConfig, profile: Profile) => {
    const key = keyOf(device.link)
    const bus = buses.get(key) ?? openBus({ ...ports, link: linkOf(device.link, profile) })
    buses.set(key, bus)
    return bus.attach({ name, dialect: dialectOf(profile), address: device.address })
  }
  const { player, site, controller } = config
  const onDisplayLost = (listener: () => void): void => {
    const bus = controller && buses.get(keyOf(controller.link))
    bus?.onLost(listener)
  }
  const device =
    controller && profiles.controller
      ? watchReturns(attach('display', controller, profiles.controller), onDisplayLost)
      : null
  const onboard =
    player.output === 'onboard' && device && profiles.controller
      ? openOnboard({
          device,
          profile: profiles.controller,
          panel: site.panel,
          fallback: player.fallback,
          wake: options.wake,
        })
      : null
  const polled = config.equipment.flatMap((one, i): Polled[] => {
    const profile = profiles.equipment[i]
    return profile ? [{ device: attach(one.name, one, profile), everyMs: one.seconds * 1000 }] : []
  })
  return {
    display: device && openDriver(device),
    lines: () =>
      [...(device ? [device] : []), ...polled.map((one) => one.device)].map((one) => ({
        name: one.name,
        profile: one.dialect.profile.id,
        stats: one.stats(),
      })),
    onboard,
    polled,
    onDisplayLost,
    close: async () => {
      await Promise.all([...buses.values()].map((bus) => bus.close()))
    },
  }
}

/** What the technician's page says of profiles. */
export const profilesForPeople = (config: Pick<EdgeConfig, 'equipment' | 'gpio'>, profiles: Profiles) => ({
  display: profiles.controller,
  equipment: [
    ...config.equipment.map(({ name }, i) => ({ name, profile: profiles.equipment[i] ?? null })),
    ...(config.gpio ? [{ name: GPIO_DEVICE, profile: null }] : []),
  ],
})
