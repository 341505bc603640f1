import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { type Static, Type } from 'typebox'
import { checkDocument, faultText, parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'

const Strict = { additionalProperties: false } as const
const Path = Type.String({ minLength: 1, maxLength: 1000 })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

/** The hub's whole configuration. Unknown keys are refused, so that a misspelt one is seen and not ignored. */
export const HubConfig = Type.Object(
  {
    listen: Type.Object(
      { host: Type.String({ minLength: 1, maxLength: 253 }), port: Type.Integer({ minimum: 0, maximum: 65_535 }) },
      Strict,
    ),
    /** Database and assets. Made when it is not there. */
    dataDir: Path,
    /** PEM files. Null: plain HTTP, only on a loopback address or behind a proxy that speaks TLS. */
    tls: Nullable(Type.Object({ certFile: Path, keyFile: Path }, Strict)),
    /** True: a reverse proxy in front speaks TLS and sets X-Forwarded-For and -Proto. */
    behindProxy: Type.Boolean(),
    /** The built console; null: the API only. */
    consoleDir: Nullable(Path),
    /** File with the bearer token for /metrics and service discovery from other machines. Null: loopback only. */
    metricsTokenFile: Nullable(Path),
    sessionHours: Type.Integer({ minimum: 1, maximum: 24 }),
    enrolCodeMinutes: Type.Integer({ minimum: 1, maximum: 10_080 }),
    /** Largest upload, bytes. */
    assetBytes: Type.Integer({ minimum: 1024, maximum: 2_147_483_648 }),
    /** Advertising needs a permit (policy `advertising.needsPermit`). */
    adsNeedPermit: Type.Boolean(),
    /** Searched for fonts before the usual folders. */
    fontDirs: Type.Array(Path, { maxItems: 20 }),
    /** Where each site's technician page is, for the link on its card. */
    technicianPages: Type.Record(
      Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }),
      Type.String({ pattern: '^https?://', maxLength: 500 }),
    ),
  },
  Strict,
)
export type HubConfig = Static<typeof HubConfig>

/** What a config file may leave out. `listen`, `dataDir`, `tls` and `behindProxy` are always said. */
export const HUB_DEFAULTS = {
  consoleDir: null,
  metricsTokenFile: null,
  sessionHours: 12,
  enrolCodeMinutes: 60,
  assetBytes: 536_870_912,
  adsNeedPermit: true,
  fontDirs: [],
  technicianPages: {},
} as const satisfies Partial<HubConfig>

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

/** What the schema cannot say. Signing in the browser and passwords need a protected way to the hub (design §6). */
export const checkConfig = (config: HubConfig): Result<HubConfig, string> => {
  if (isLoopback(config.listen.host) || config.tls !== null || config.behindProxy) return ok(config)
  return err(
    `/listen/host: ${config.listen.host} is open to other machines but /tls is null. Give a certificate in /tls, or listen on 127.0.0.1, ` +
      `or set /behindProxy to true when a proxy in front of it speaks TLS. · ${config.listen.host} mở ra mạng mà chưa có TLS.`,
  )
}

/** Reads and checks a config file. The error names file, place and reason. */
export const readConfig = (file: string): Result<HubConfig, string> => {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return err(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
  const raw = parseDocument(Type.Record(Type.String(), Type.Unknown()), text)
  if (!raw.ok) return err(faultText(file, raw.error))
  const checked = checkDocument(HubConfig, { ...HUB_DEFAULTS, ...raw.value })
  if (!checked.ok) return err(faultText(file, checked.error))
  const allowed = checkConfig(checked.value)
  return allowed.ok ? allowed : err(`${file}: ${allowed.error}`)
}
