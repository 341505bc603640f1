import { mkdirSync } from 'node:fs'
import { chardevPort } from '#controller/gpio/chardev.ts'
import type { GpioPort } from '#controller/gpio/gpio.ts'
import { machineKernel } from '#controller/gpio/kernel.ts'
import { loadOnoff, sysfsPort } from '#controller/gpio/sysfs.ts'
import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { assert } from '#core/base/result.ts'
import type { StatusReport } from '#core/contract/link.ts'
import type { Commission } from './commission/open.ts'
import type { EdgeConfig, GpioConfig } from './config.ts'
import type { Devices } from './devices.ts'
import { createOnboardPlayer, type OnboardPlayerOptions } from './player/onboard.ts'
import { createPages } from './player/pages.ts'
import { createPlayer, type Player } from './player/player.ts'
import type { SoundRules } from './player/sound.ts'
import type { RelayShell } from './power/relays.ts'
import type { PowerShell } from './power/switch.ts'
import type { DisplayShell } from './shell/display.ts'
import type { HubMembership } from './shell/hub.ts'

/** What main.ts picks by configuration, and what is there only once the daemon runs. */

export type Edge = {
  /** Ends as a clean stop: the play is closed, the log says so, the player ends. Idempotent. */
  readonly stop: () => Promise<void>
  readonly webUrl: string
  readonly status: () => StatusReport
  /** The pairing code when it was made at this start, else null. */
  readonly pairingCode: string | null
  readonly playerPid: () => number | null
  /** From `show` to the first picture of the last showing, ms. */
  readonly lastShowMs: () => number | null
}

export type StartOptions = {
  readonly log: Log
  /** A bug of ours: the process must end. */
  readonly fatal: (error: unknown) => void
  /** Pins of a board that is not there, for tests. Absent: those of this machine. */
  readonly pins?: GpioPort
  /** Where serial ports have names that stay, and profiles to look for, for tests. Absent: those of this machine, and all that are shipped. */
  readonly portFolders?: readonly string[]
  readonly profileFolders?: readonly string[]
  /** Where the configuration was read, for the bundle for support. Absent: it has none in it. */
  readonly configFile?: string
}

/** What is made after the loop, which asks for it when it needs it. */
export type Live = {
  player: Player | null
  display: DisplayShell | null
  power: PowerShell | null
  relays: RelayShell | null
  commission: Commission | null
  hub: HubMembership | null
  /** Wall time of the newest record, ms. */
  headWall: number | null
  exited: (() => void) | null
}

export const wake: Wake = (delay, then) => {
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}

export const once = (act: () => Promise<void>): (() => Promise<void>) => {
  const run = { promise: null as Promise<void> | null }
  return () => {
    run.promise ??= act()
    return run.promise
  }
}

/** Daemons started by this process so far: two of them at the same millisecond are still two runs. */
const starts = { count: 0 }
export const counter = (): number => {
  starts.count += 1
  return starts.count
}

export const tookBack = (detail: string | null) =>
  detail === null ? [] : [{ id: 'upgrade-rolled-back' as const, detail }]

export const hubClock = (
  ahead: number | null,
): readonly { readonly id: 'clock-untrusted'; readonly detail: string }[] => {
  if (ahead === null) return []
  const minutes = Math.round(Math.abs(ahead) / 60_000)
  const [vi, en] = ahead > 0 ? ['chậm', 'behind'] : ['nhanh', 'ahead of']
  return [{ id: 'clock-untrusted', detail: `${vi} hơn trung tâm ${minutes} phút · ${minutes} min ${en} the hub` }]
}

/** The picture path: mpv, or the controller that holds the content itself. */
export const openPlayer = (of: {
  readonly config: EdgeConfig
  readonly devices: Devices
  readonly clock: Clock
  readonly runDir: string
  readonly siteName: string
  readonly sound: SoundRules
  readonly playing: Pick<OnboardPlayerOptions, 'panel' | 'raster' | 'assetPath' | 'offsetMinutes' | 'post' | 'log'>
}): Player => {
  const { config, devices, runDir, playing } = of
  if (config.player.output === 'onboard') {
    assert(devices.onboard, 'the configuration was checked: the controller holds the content')
    return createOnboardPlayer({ ...playing, ...devices.onboard, clock: of.clock, wake })
  }
  return createPlayer({
    ...playing,
    ...config.player,
    program: 'mpv',
    siteName: of.siteName,
    sound: of.sound,
    pages: createPages({ runDir, raster: playing.raster, panel: playing.panel }),
    runDir,
    now: () => performance.now(),
  })
}

export const gpioPort = ({ adapter }: GpioConfig, clock: Clock): GpioPort =>
  adapter === 'sysfs'
    ? sysfsPort({ root: '/sys/class/gpio', load: loadOnoff, clock, wake })
    : chardevPort({ kernel: machineKernel(), wake })

/** systemd's RuntimeDirectory, when there is one: it is in memory and ours alone. */
export const runtimeFolder = (config: EdgeConfig): string | null => {
  const given = process.env['RUNTIME_DIRECTORY']
  if (given === undefined) return null
  const folder = `${given.split(':')[0]}/${config.site.id}`
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}
