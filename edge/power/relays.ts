import { type Static, Type } from 'typebox'
import type { Device } from '#controller/bus/bus.ts'
import type { Profile } from '#controller/profile/schema.ts'
import { type RelayPlace, relaysOnBus } from '#controller/sequence/relays.ts'
import type { Wake } from '#core/base/ports.ts'
import { duration } from '#core/base/units.ts'
import type { Post } from '../shell/loop.ts'

const Strict = { additionalProperties: false } as const
/** Relays that people at the site may switch for a while: fans, lamps of the cabinet. Never those of the power sequence. */
export const ManualSchema = Type.Object(
  {
    relays: Type.Array(
      Type.Object(
        {
          name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' }),
          device: Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' }),
          channel: Type.Integer({ minimum: 0, maximum: 63 }),
          /** How it is when nobody holds it. Default: false, which is off. */
          rest: Type.Optional(Type.Boolean()),
        },
        Strict,
      ),
      { maxItems: 16 },
    ),
  },
  Strict,
)

export const manualRelaysOf = (raw: Static<typeof ManualSchema> | undefined): readonly RelayConfig[] =>
  (raw?.relays ?? []).map((one) => ({ ...one, rest: one.rest ?? false }))

/** Each at a real place, named once, and none of the power sequence; the fault names its place in the configuration. */
export const checkRelays = (
  config: {
    readonly relays: readonly RelayConfig[]
    readonly equipment: readonly { readonly name: string }[]
    readonly power: { readonly relays: Readonly<Record<string, object>> } | null
  },
  profiles: readonly (Profile | null)[],
): string | null => {
  const switched = Object.values(config.power?.relays ?? {}).flatMap((place) =>
    'device' in place && 'channel' in place ? [`${place.device} ${place.channel}`] : [],
  )
  for (const [i, { name, device, channel }] of config.relays.entries()) {
    const where = `/manual/relays/${i}`
    if (config.relays.findIndex((one) => one.name === name) < i) return `${where}/name: another relay is called ${name}`
    const profile = profiles[config.equipment.findIndex((one) => one.name === device)]
    if (!profile) return `${where}/device: không có thiết bị ${device} · no device of equipment is called ${device}`
    if (profile.relays === null) return `${where}/device: ${profile.id} không có rơ-le · has no relays`
    if (channel >= profile.relays.count)
      return `${where}/channel: ${profile.id} has relays 0 to ${profile.relays.count - 1}`
    if (switched.includes(`${device} ${channel}`))
      return `${where}/channel: rơ-le này thuộc trình tự nguồn (/power/relays) · this relay belongs to the power sequence`
  }
  return null
}

export type RelayConfig = {
  readonly name: string
  readonly device: string
  readonly channel: number
  /** How it is when nobody holds it, and after every start. */
  readonly rest: boolean
}

export type RelayShell = {
  /** Never waits; a `relay` event says how it went. A newer wish for the same relay takes the place of one that waits. */
  readonly set: (relay: string, on: boolean) => void
  /** Waits for what is under way, at most `LAST_MS`. */
  readonly stop: () => Promise<void>
}

const LAST_MS = duration(3_000)

/** Null: the configuration names none. */
export const openRelays = (of: {
  readonly relays: readonly RelayConfig[]
  readonly devices: readonly Device[]
  readonly post: Post
  readonly wake: Wake
}): RelayShell | null => {
  if (of.relays.length === 0) return null
  const places = new Map<string, RelayPlace>()
  for (const { name, device: wanted, channel } of of.relays) {
    const device = of.devices.find((one) => one.name === wanted)
    if (device !== undefined) places.set(name, { device, channel })
  }
  const write = relaysOnBus(places)
  const closing = new AbortController()
  const wanted = new Map<string, boolean>()
  const under = new Map<string, Promise<void>>()
  const run = async (relay: string): Promise<void> => {
    for (let on = wanted.get(relay); on !== undefined; on = wanted.get(relay)) {
      wanted.delete(relay)
      const done = await write(relay, on, closing.signal)
      if (closing.signal.aborted) return
      of.post({ event: 'relay', relay, on, fault: done.ok ? null : `${done.error.kind}: ${done.error.detail}` })
    }
    under.delete(relay)
  }
  return {
    set: (relay, on) => {
      wanted.set(relay, on)
      if (!under.has(relay)) under.set(relay, run(relay))
    },
    stop: async () => {
      const late = new Promise<void>((resolve) => {
        const cancel = of.wake(LAST_MS, resolve)
        void Promise.all(under.values()).then(() => {
          cancel()
          resolve()
        })
      })
      await late
      closing.abort()
    },
  }
}
