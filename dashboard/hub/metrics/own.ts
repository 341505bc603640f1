import { statfsSync } from 'node:fs'
import { type KeyRegistry, soonestExpiry } from '#core/contract/keys.ts'
import type { Store } from '../store/port.ts'
import type { Scraped } from './hub-metrics.ts'

/** What the hub says of itself: its disk, its certificate, its registry, its devices. Times are wall-clock ms. */
export type OwnFacts = {
  readonly startedAt: number
  readonly dataDir: string
  /** Null: plain HTTP, or a proxy that has the certificate. */
  readonly certificateTo: number | null
  readonly registry: () => KeyRegistry
}

type OwnReadings = Pick<
  Scraped,
  | 'startTime'
  | 'diskFree'
  | 'certificateExpiry'
  | 'registryVersion'
  | 'registryKeyExpiry'
  | 'deviceEnrolled'
  | 'orderNotShown'
>

/** Null where the file system does not say. */
const freeBytes = (dir: string): number | null => {
  try {
    const { bavail, bsize } = statfsSync(dir)
    return bavail * bsize
  } catch {
    return null
  }
}

const inSeconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000)

export const ownReadings = async (
  of: OwnFacts,
  at: { readonly store: Store; readonly now: number; readonly sites: readonly string[] },
): Promise<OwnReadings> => {
  const registry = of.registry()
  const devices = (await at.store.devices.all()).filter(({ site }) => at.sites.includes(site))
  const unshown = await at.store.orders.notShown(at.now)
  return {
    startTime: of.startedAt / 1000,
    diskFree: freeBytes(of.dataDir),
    certificateExpiry: inSeconds(of.certificateTo),
    registryVersion: registry.version,
    registryKeyExpiry: inSeconds(soonestExpiry(registry, at.now)),
    deviceEnrolled: devices.map(({ site, enrolledAt }) => ({ labels: { site }, value: enrolledAt / 1000 })),
    // Every site, also at 0: an alert must be able to tell "none" from "not asked".
    orderNotShown: at.sites.map((site) => ({ labels: { site }, value: unshown.get(site) ?? 0 })),
  }
}
