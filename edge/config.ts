import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { type Static, Type } from 'typebox'
import { faultText, parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'

/**
 * The configuration of one edge daemon. Unknown keys are refused; a fault names file, place and reason. Paths are taken relative to
 * the configuration file. What is optional has its default stated here and nowhere else.
 */
const Strict = { additionalProperties: false } as const
const Id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' })
const Path = Type.String({ minLength: 1, maxLength: 1000 })
const Port = Type.Integer({ minimum: 0, maximum: 65_535 })

const LinkConfig = Type.Union([
  Type.Object({ kind: Type.Literal('serial'), path: Path }, Strict),
  Type.Object(
    {
      kind: Type.Literal('tcp'),
      host: Type.String({ minLength: 1, maxLength: 253 }),
      port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    },
    Strict,
  ),
])
export type LinkConfig = Static<typeof LinkConfig>

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
          },
          Strict,
        ),
        exerciseMode: Type.Boolean(),
        outdoors: Type.Boolean(),
        audio: Type.Boolean(),
      },
      Strict,
    ),
    dataDir: Path,
    /** The policy profile, e.g. `deploy/policies/lai-chau-2024.json`. */
    policy: Path,
    /** Null for a plain monitor: nothing to set, nothing to read. */
    controller: Type.Union([Type.Object({ profile: Path, link: LinkConfig }, Strict), Type.Null()]),
    player: Type.Object(
      {
        output: Type.Enum(['x11', 'null', 'drm']),
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
    web: Type.Object(
      {
        /** Default: loopback. An address of the local network lets technicians in by their phones. */
        host: Type.Optional(Type.String({ minLength: 1, maxLength: 253 })),
        port: Port,
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

/** The configuration with every default filled in and every path absolute. */
export type EdgeConfig = {
  readonly site: Raw['site']
  readonly dataDir: string
  readonly policy: string
  readonly controller: { readonly profile: string; readonly link: LinkConfig } | null
  readonly player: {
    readonly output: 'x11' | 'null' | 'drm'
    readonly display: string | null
    readonly extraArgs: readonly string[]
  }
  readonly hub: { readonly url: string; readonly fingerprint: string | null; readonly enrolCode: string | null } | null
  readonly web: { readonly host: string; readonly port: number }
  readonly fontDirs: readonly string[]
  readonly clock: 'strict' | 'host'
}

/** An edge dials out over TLS only (design §6); a hub on the same machine may do without. */
const LOOPBACK = /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/

/** Largest configuration file, characters. */
const MOST_CHARS = 65_536

/** Text of a configuration file → configuration, or one line that names file, place and reason. `file` is as the caller named it. */
export const parseConfig = (file: string, text: string): Result<EdgeConfig, string> => {
  if (text.length > MOST_CHARS) return err(`${file}: /: longer than ${MOST_CHARS} characters`)
  const parsed = parseDocument(EdgeConfigSchema, text)
  if (!parsed.ok) return err(faultText(file, parsed.error))
  const raw = parsed.value
  if (raw.player.display !== undefined && raw.player.output !== 'x11')
    return err(`${file}: /player/display: only the output "x11" has a display`)
  if (raw.hub?.url.startsWith('http:') && !LOOPBACK.test(raw.hub.url))
    return err(`${file}: /hub/url: must be https (plain http only to this machine itself)`)
  const base = dirname(resolve(file))
  const path = (p: string) => (isAbsolute(p) ? p : join(base, p))
  return ok({
    site: raw.site,
    dataDir: path(raw.dataDir),
    policy: path(raw.policy),
    controller: raw.controller && { profile: path(raw.controller.profile), link: raw.controller.link },
    player: {
      output: raw.player.output,
      display: raw.player.display ?? null,
      extraArgs: raw.player.extraArgs ?? [],
    },
    hub: raw.hub && {
      url: raw.hub.url,
      fingerprint: raw.hub.fingerprint?.replaceAll(':', '').toUpperCase() ?? null,
      enrolCode: raw.hub.enrolCode ?? null,
    },
    web: { host: raw.web.host ?? '127.0.0.1', port: raw.web.port },
    fontDirs: (raw.fontDirs ?? []).map(path),
    clock: raw.clock ?? 'strict',
  })
}

/** Reads and checks a configuration file; a file that cannot be read is a fault like any other. */
export const readConfig = (file: string): Result<EdgeConfig, string> => {
  try {
    return parseConfig(file, readFileSync(file, 'utf8'))
  } catch (error) {
    return err(`${file}: /: cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
