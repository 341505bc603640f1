import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { type Static, Type } from 'typebox'
import { addressText } from '#controller/gpio/gpio.ts'
import { GpioLineSchema, type GpioOutput } from '#controller/gpio/line.ts'
import { faultText, parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { Id } from '#core/base/schema.ts'
import type { Preset } from '#core/emergency/preset.ts'
import { type DownloadsConfig, DownloadsSchema, downloadsFault, downloadsOf } from './downloads.ts'
import { HOUSE_SCHEMAS, type HouseConfig, houseFault, houseOf, LocationSchema } from './house.ts'
import { type PowerConfig, PowerSchema, powerOf } from './power/config.ts'
import { ManualSchema, manualRelaysOf, type RelayConfig } from './power/relays.ts'
import { PresetsSchema, presetsOf } from './presets.ts'

/**
 * The configuration of one edge daemon. Unknown keys are refused; a fault names file, place and reason. Paths are taken relative to
 * the configuration file. What is optional has its default stated here and nowhere else.
 */
const Strict = { additionalProperties: false } as const
const Path = Type.String({ minLength: 1, maxLength: 1000 })
const Port = Type.Integer({ minimum: 0, maximum: 65_535 })

const Host = Type.String({ minLength: 1, maxLength: 253 })
const OpenPort = Type.Integer({ minimum: 1, maximum: 65_535 })

const LinkConfig = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('serial'),
      path: Path,
      /** Default: the speed of the profile. */
      baudRate: Type.Optional(Type.Integer({ minimum: 1200, maximum: 4_000_000 })),
      /** Default: the parity of the profile. */
      parity: Type.Optional(Type.Enum(['none', 'even', 'odd'])),
    },
    Strict,
  ),
  Type.Object(
    {
      kind: Type.Literal('tcp'),
      host: Host,
      port: OpenPort,
    },
    Strict,
  ),
  Type.Object({ kind: Type.Literal('udp'), host: Host, port: OpenPort }, Strict),
  /** The controller dials us. `from`: the addresses that may. */
  Type.Object(
    {
      kind: Type.Literal('listen'),
      host: Host,
      port: OpenPort,
      from: Type.Array(Host, { minItems: 1, maxItems: 8 }),
    },
    Strict,
  ),
])
/** Which device on its bus: `unit`, `id`, `screen`, `community`, `password`; the profile's README says what it needs. */
const Address = Type.Record(
  Type.String({ pattern: '^[a-z][A-Za-z0-9]{0,39}$' }),
  Type.Union([Type.Number(), Type.String({ maxLength: 200 })]),
  { additionalProperties: false },
)
export type LinkConfig = Static<typeof LinkConfig>

/** What a contact on a pin can mean. */
const GPIO_KINDS = ['door', 'smoke', 'contact', 'failure', 'mains', 'battery', 'generator'] as const

export const EdgeConfigSchema = Type.Object(
  {
    site: Type.Object(
      {
        id: Id,
        name: Type.String({ minLength: 1, maxLength: 200 }),
        clusterClass: Type.Enum(['BORDER_GATE', 'BULLETIN_BOARD']),
        unitCode: Type.String({ pattern: '^\\d{5}$' }),
        panel: Type.Object(
          {
            width: Type.Integer({ minimum: 64, maximum: 4096 }),
            height: Type.Integer({ minimum: 32, maximum: 2160 }),
            /** Millimetres from pixel to pixel, and metres to the farthest reader: together they say how small letters may be. */
            pitchMm: Type.Optional(Type.Number({ minimum: 0.5, maximum: 50 })),
            viewingDistanceM: Type.Optional(Type.Number({ minimum: 1, maximum: 500 })),
          },
          Strict,
        ),
        exerciseMode: Type.Boolean(),
        outdoors: Type.Boolean(),
        audio: Type.Boolean(),
        location: Type.Optional(LocationSchema),
      },
      Strict,
    ),
    dataDir: Path,
    /** The policy profile, e.g. `deploy/policies/lai-chau-2024.json`. */
    policy: Path,
    /** Null for a plain monitor: nothing to set, nothing to read. */
    controller: Type.Union([
      Type.Object(
        {
          profile: Path,
          link: LinkConfig,
          address: Type.Optional(Address),
          /** The input the picture comes from, as the profile calls it. Default: the one found at start. */
          input: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
        },
        Strict,
      ),
      Type.Null(),
    ]),
    /** Relay boards, sensors, further displays: read every `seconds` (default 10). The same link as another device means the same bus. */
    equipment: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' }),
            profile: Path,
            link: LinkConfig,
            address: Type.Optional(Address),
            seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
          },
          Strict,
        ),
        { maxItems: 32 },
      ),
    ),
    /** Contacts on pins of this machine: doors, smoke, key switches. Default: none. */
    gpio: Type.Optional(
      Type.Object(
        {
          /** `sysfs` for kernels without the character device; needs the optional package onoff. Default: chardev. */
          adapter: Type.Optional(Type.Enum(['chardev', 'sysfs'])),
          inputs: Type.Array(Type.Object({ what: Type.Enum(GPIO_KINDS), line: GpioLineSchema }, Strict), {
            maxItems: 32,
          }),
          /** Relays on pins, for the power sequence. Default: none. */
          outputs: Type.Optional(Type.Array(GpioLineSchema, { maxItems: 32 })),
        },
        Strict,
      ),
    ),
    ...HOUSE_SCHEMAS,
    /** Pages that a key switch or fire-panel contact brings up with no network at all. Default: none. */
    presets: Type.Optional(PresetsSchema),
    /** The display hangs on contactors that this machine switches. Default: nobody switches its power. */
    power: Type.Optional(PowerSchema),
    /** What people at the site may switch by hand beyond the display itself, for a while. Default: nothing. */
    manual: Type.Optional(ManualSchema),
    player: Type.Object(
      {
        /** `onboard`: no picture is fed to the display; its controller holds the content itself (text cards, full-colour cards, signs). */
        output: Type.Enum(['x11', 'null', 'drm', 'onboard']),
        /**
         * Only for `onboard` on a controller that shows text in its own font: `unmarked` says that the site has agreed to Vietnamese without
         * its marks where that font has none. Default: such a text is refused.
         */
        fallback: Type.Optional(Type.Literal('unmarked')),
        /** The X display, e.g. `:0`; only for x11. Default: what the environment says. */
        display: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9.-]*:\\d+(\\.\\d+)?$', maxLength: 100 })),
        /** Further arguments for mpv, as they are. At most 20. Default: none. */
        extraArgs: Type.Optional(Type.Array(Type.String({ pattern: '^--', maxLength: 300 }), { maxItems: 20 })),
      },
      Strict,
    ),
    /** Null: a cluster that runs by itself. */
    hub: Type.Union([
      Type.Object(
        {
          url: Type.String({ pattern: '^https?://[^/]+$', maxLength: 300 }),
          /** SHA-256 of the hub's certificate, hex with or without colons; pins it. Default: the system's certificate authorities. */
          fingerprint: Type.Optional(Type.String({ pattern: '^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$' })),
          /** One-time code; used while this device is not enrolled, ignored after. */
          enrolCode: Type.Optional(Type.String({ minLength: 4, maxLength: 64 })),
        },
        Strict,
      ),
      Type.Null(),
    ]),
    /** Speed, hours and room for content. Default: none of them bounded. */
    downloads: Type.Optional(DownloadsSchema),
    web: Type.Object(
      {
        /** Default: loopback. An address of the local network lets technicians in by their phones. */
        host: Type.Optional(Type.String({ minLength: 1, maxLength: 253 })),
        port: Port,
        /** Names of the local DNS by which the page is opened; addresses, `localhost` and `.local` always work. Default: none. */
        names: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Za-z0-9.-]{1,253}$' }), { maxItems: 10 })),
      },
      Strict,
    ),
    /** Searched before the usual font folders. Default: none. */
    fontDirs: Type.Optional(Type.Array(Path, { maxItems: 10 })),
    /**
     * `strict` (default): only a synchronised clock, or one with a battery that kept it, is believed. `host`: the machine's clock is
     * kept by someone else (container, virtual machine); a plausible time counts as kept.
     */
    clock: Type.Optional(Type.Enum(['strict', 'host'])),
  },
  Strict,
)
type Raw = Static<typeof EdgeConfigSchema>

export type GpioConfig = {
  readonly adapter: 'chardev' | 'sysfs'
  readonly inputs: NonNullable<Raw['gpio']>['inputs']
  /** Each an output with a name of its own. */
  readonly outputs: readonly GpioOutput[]
}

export type DeviceConfig = {
  readonly profile: string
  readonly link: LinkConfig
  readonly address: Static<typeof Address>
}

/** A picture is fed to the display. */
export type MpvPlayerConfig = {
  readonly output: 'x11' | 'null' | 'drm'
  readonly display: string | null
  readonly extraArgs: readonly string[]
}
/** The display controller holds the content itself. */
export type OnboardPlayerConfig = { readonly output: 'onboard'; readonly fallback: 'refuse' | 'unmarked' }

/** The configuration with every default filled in and every path absolute. */
export type EdgeConfig = {
  readonly site: Raw['site']
  readonly dataDir: string
  readonly policy: string
  readonly controller: (DeviceConfig & { readonly input: string | null }) | null
  readonly gpio: GpioConfig | null
  readonly equipment: readonly (DeviceConfig & { readonly name: string; readonly seconds: number })[]
  readonly power: PowerConfig | null
  readonly relays: readonly RelayConfig[]
  readonly house: HouseConfig
  readonly presets: readonly Preset[]
  readonly player: MpvPlayerConfig | OnboardPlayerConfig
  readonly hub: { readonly url: string; readonly fingerprint: string | null; readonly enrolCode: string | null } | null
  readonly downloads: DownloadsConfig
  readonly web: { readonly host: string; readonly port: number; readonly names: readonly string[] }
  readonly fontDirs: readonly string[]
  readonly clock: 'strict' | 'host'
}

/** An edge dials out over TLS only (design §6); a hub on the same machine may do without. */
const LOOPBACK = /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/

/** How often a device is read where the configuration does not say, s. */
const POLL_SECONDS = 10
/** Largest configuration file, characters. */
const MOST_CHARS = 65_536

/** Text of a configuration file → configuration, or one line that names file, place and reason. `file` is as the caller named it. */
export const parseConfig = (file: string, text: string): Result<EdgeConfig, string> => {
  if (text.length > MOST_CHARS) return err(`${file}: /: longer than ${MOST_CHARS} characters`)
  const parsed = parseDocument(EdgeConfigSchema, text)
  if (!parsed.ok) return err(faultText(file, parsed.error))
  const raw = parsed.value
  const player = playerOf(raw.player)
  if (!player.ok) return err(`${file}: ${player.error}`)
  if (raw.hub?.url.startsWith('http:') && !LOOPBACK.test(raw.hub.url))
    return err(`${file}: /hub/url: must be https (plain http only to this machine itself)`)
  const equipment = raw.equipment ?? []
  const twice = equipment.findIndex(
    (one, i) => one.name === 'display' || equipment.findIndex((o) => o.name === one.name) < i,
  )
  if (twice >= 0) return err(`${file}: /equipment/${twice}/name: another device is called ${equipment[twice]?.name}`)
  const pin = (raw.gpio?.inputs ?? []).findIndex(
    ({ line }, i, all) => line.direction !== 'in' || all.findIndex((other) => other.line.name === line.name) < i,
  )
  if (pin >= 0) return err(`${file}: /gpio/inputs/${pin}/line: an input with a name of its own is wanted here`)
  const outputs = outputsOf(raw.gpio)
  if (!outputs.ok) return err(`${file}: ${outputs.error}`)
  const wired = samePin(raw.gpio) ?? strangerDials(raw) ?? downloadsFault(raw.downloads)
  if (wired !== null) return err(`${file}: ${wired}`)
  const house = houseOf(raw, raw.site.location)
  const unfit = houseFault(
    house,
    equipment.map(({ name }) => name),
  )
  if (unfit !== null) return err(`${file}: ${unfit}`)
  const named = equipment.map((one) => ({ ...one, seconds: one.seconds ?? POLL_SECONDS }))
  const presets = presetsOf(raw.presets, { gpio: raw.gpio?.inputs ?? [], equipment: named })
  if (!presets.ok) return err(`${file}: ${presets.error}`)
  const base = dirname(resolve(file))
  const path = (p: string) => (isAbsolute(p) ? p : join(base, p))
  const device = (d: NonNullable<Raw['controller']>): DeviceConfig => ({
    profile: path(d.profile),
    link: d.link,
    address: d.address ?? {},
  })
  return ok({
    site: raw.site,
    dataDir: path(raw.dataDir),
    policy: path(raw.policy),
    controller: raw.controller && { ...device(raw.controller), input: raw.controller.input ?? null },
    gpio: raw.gpio ? { adapter: raw.gpio.adapter ?? 'chardev', inputs: raw.gpio.inputs, outputs: outputs.value } : null,
    power: raw.power ? powerOf(raw.power, path) : null,
    relays: manualRelaysOf(raw.manual),
    house,
    equipment: named.map((one) => ({ ...device(one), name: one.name, seconds: one.seconds })),
    presets: presets.value,
    player: player.value,
    hub: raw.hub && {
      url: raw.hub.url,
      fingerprint: raw.hub.fingerprint?.replaceAll(':', '').toUpperCase() ?? null,
      enrolCode: raw.hub.enrolCode ?? null,
    },
    downloads: downloadsOf(raw.downloads),
    web: { host: raw.web.host ?? '127.0.0.1', port: raw.web.port, names: raw.web.names ?? [] },
    fontDirs: (raw.fontDirs ?? []).map(path),
    clock: raw.clock ?? 'strict',
  })
}

/** One pin twice: the second one would be refused by the kernel when the daemon starts, far from here. */
const samePin = (raw: Raw['gpio']): string | null => {
  const seen = new Map<string, string>()
  const pins = [
    ...(raw?.inputs ?? []).map(({ line }, i) => ({ line, where: `/gpio/inputs/${i}/line/at` })),
    ...(raw?.outputs ?? []).map((line, i) => ({ line, where: `/gpio/outputs/${i}/at` })),
  ]
  for (const { line, where } of pins) {
    const pin = addressText(line.at)
    const other = seen.get(pin)
    if (other !== undefined)
      return `${where}: chân ${pin} đã dùng ở ${other}, hãy sửa một trong hai · line ${pin} is used at ${other}; change one of them`
    seen.set(pin, where)
  }
  return null
}

/** Who may dial us is compared with the address a connection comes from, so a name would let nobody in. */
const strangerDials = (raw: Raw): string | null => {
  const devices = [
    ...(raw.controller === null ? [] : [{ device: raw.controller, where: '/controller' }]),
    ...(raw.equipment ?? []).map((device, i) => ({ device, where: `/equipment/${i}` })),
  ]
  for (const { device, where } of devices) {
    if (device.link.kind !== 'listen') continue
    const at = device.link.from.findIndex((one) => isIP(one) === 0)
    if (at >= 0)
      return `${where}/link/from/${at}: “${device.link.from[at]}” không phải địa chỉ IP, hãy ghi như 192.0.2.10 · is no IP address; write one like 192.0.2.10`
  }
  return null
}

const outputsOf = (raw: Raw['gpio']): Result<readonly GpioOutput[], string> => {
  const names = new Set((raw?.inputs ?? []).map(({ line }) => line.name))
  const outputs: GpioOutput[] = []
  for (const [i, line] of (raw?.outputs ?? []).entries()) {
    if (line.direction !== 'out' || names.has(line.name))
      return err(`/gpio/outputs/${i}: an output with a name of its own is wanted here`)
    names.add(line.name)
    outputs.push(line)
  }
  return raw && names.size === 0 ? err('/gpio: neither inputs nor outputs') : ok(outputs)
}

const playerOf = (raw: Raw['player']): Result<EdgeConfig['player'], string> => {
  const { output, display, extraArgs, fallback } = raw
  if (display !== undefined && output !== 'x11') return err('/player/display: only the output "x11" has a display')
  if (output === 'onboard')
    return extraArgs === undefined
      ? ok({ output, fallback: fallback ?? 'refuse' })
      : err('/player/extraArgs: the output "onboard" does without mpv')
  if (fallback !== undefined) return err('/player/fallback: only for the output "onboard"')
  return ok({ output, display: display ?? null, extraArgs: extraArgs ?? [] })
}

/** Reads and checks a configuration file; a file that cannot be read is a fault like any other. */
export const readConfig = (file: string): Result<EdgeConfig, string> => {
  try {
    return parseConfig(file, readFileSync(file, 'utf8'))
  } catch (error) {
    return err(`${file}: /: cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
