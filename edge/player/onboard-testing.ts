import { openBus } from '#controller/bus/bus.ts'
import { dialectOf } from '#controller/dialect/open.ts'
import { openDriver } from '#controller/driver/driver.ts'
import type { Link } from '#controller/link/link.ts'
import { createRaster } from '#controller/raster/render.ts'
import type { SimDevice } from '#controller/sim/device.ts'
import { shippedProfile } from '#controller/sim/profiles.ts'
import { serveOnMemory } from '#controller/sim/serve.ts'
import { virtualTime } from '#controller/sim/virtual-time.ts'
import { assert } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import type { Item } from '#core/content/item.ts'
import type { Order } from '#core/emergency/order.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import type { Happening } from '../shell/loop.ts'
import { memoryLog } from '../test/support.ts'
import { createOnboardPlayer } from './onboard.ts'
import { openOnboard, watchReturns } from './onboard-open.ts'
import { item, orderBody, sceneFor } from './testing.ts'

/** For tests only: the player over a real bus and dialect, a memory link and a simulated controller, in virtual time. */

const OBSERVE_MS = 5_000
const NEVER = new AbortController().signal

export type RigOptions<D extends SimDevice> = {
  readonly profile: string
  readonly device: (now: () => number) => D
  readonly panel?: { readonly width: number; readonly height: number }
  readonly fallback?: 'refuse' | 'unmarked'
  readonly address?: Readonly<Record<string, string | number>>
  readonly files?: Readonly<Record<string, string>>
  /** Bytes per second of the line towards the controller; null: no time. */
  readonly bytesPerSecond?: number
}

export const rig = <D extends SimDevice>(options: RigOptions<D>) => {
  const time = virtualTime()
  const { panel = { width: 192, height: 64 }, fallback = 'refuse', address = {}, files = {} } = options
  const device = options.device(time.now)
  const sim = serveOnMemory({ device, seed: 1, faults: {}, wake: time.wake })
  const profile = shippedProfile(options.profile)
  const { log, lines } = memoryLog()
  const { bytesPerSecond } = options
  const slow: Link = {
    ...sim.link,
    write: async (bytes) => {
      const ms = bytesPerSecond === undefined ? 0 : (bytes.length / bytesPerSecond) * 1000
      await new Promise<void>((resolve) => void time.wake(duration(ms), resolve))
      return sim.link.write(bytes)
    },
  }
  const link = bytesPerSecond === undefined ? sim.link : slow
  const bus = openBus({ link, clock: time.clock, wake: time.wake, log })
  const watched = watchReturns(bus.attach({ name: 'display', dialect: dialectOf(profile), address }), bus.onLost)
  const events: (Happening & { readonly at: number })[] = []
  const raster = createRaster({ fontDirs: [] })
  const player = createOnboardPlayer({
    ...openOnboard({ device: watched, profile, panel, fallback, wake: time.wake }),
    raster: () => raster,
    panel,
    assetPath: (sha) => files[sha] ?? null,
    offsetMinutes: 420,
    post: (happening) => {
      events.push({ ...happening, at: time.now() })
      return true
    },
    log,
    clock: time.clock,
    wake: time.wake,
  })
  // As the engine does: the controller is read again and again.
  const driver = openDriver(watched)
  const run = { daemon: true }
  const observe = () => {
    if (run.daemon) void driver?.observe(NEVER)
    time.wake(duration(OBSERVE_MS), observe)
  }
  observe()
  const show = (play: string, source: SceneSource) => player.show(sceneFor(play, source), source)
  return {
    ...sim,
    time,
    device,
    player,
    events,
    lines,
    show,
    happened: (what: string) => events.filter((e) => e.event === 'player' && e.what === what),
    /** The daemon dies: nobody asks the controller anything any more. */
    die: async () => {
      run.daemon = false
      await player.stop()
    },
  }
}

export const DARK: SceneSource = { source: 'dark' }
export const standing = (siteName: string): SceneSource => ({ source: 'standing', siteName })

export const text = (title: string, body: string): SceneSource => ({
  source: 'text',
  item: item({ texts: [{ language: 'vi', title, body }] }),
  languages: ['vi'],
})
export const file = (sha256: string, kind: Item['kind']): SceneSource => ({
  source: 'file',
  item: item({ kind, asset: null }),
  sha256,
  mute: true,
})

export const order = (over: Partial<Order>): SceneSource => ({ source: 'order', order: orderBody(over) })

/** What an Onbon card shows, one entry for each area; `\n` of the card as a line end. */
export const latin = (bytes: Uint8Array): string => {
  assert(
    bytes.every((byte) => byte < 0x80),
    'only ASCII in this test',
  )
  return String.fromCharCode(...bytes).replaceAll('\\n', '\n')
}
