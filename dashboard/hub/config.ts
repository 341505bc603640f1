import { isIP } from 'node:net'
import { dirname, resolve } from 'node:path'
import { type Static, Type } from 'typebox'
import { checkDocument, type DocumentFault, faultText, parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { absoluteCap, CAP_DEFAULTS, CapConfig, checkCapConfig } from './cap/config.ts'
import { readText } from './files.ts'

const Strict = { additionalProperties: false } as const
const Path = Type.String({ minLength: 1, maxLength: 1000 })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

const TlsConfig = Type.Union([
  /** PEM files. The first certificate is the hub's own; those that lead to the authority follow. */
  Type.Object({ certFile: Path, keyFile: Path }, Strict),
  Type.Object(
    {
      /** The hub makes its own at its first start; edges pin its fingerprint. */
      selfSigned: Type.Literal(true),
      /** Names and addresses by which people and edges reach the hub, besides `listen.host` and the machine's own name. */
      names: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Za-z0-9.:-]{1,253}$' }), { maxItems: 20 })),
    },
    Strict,
  ),
])
export type TlsConfig = Static<typeof TlsConfig>

/**
 * The hub's whole configuration. Unknown keys are refused, so that a misspelt one is seen and not ignored. Paths are taken relative to
 * the configuration file.
 */
export const HubConfig = Type.Object(
  {
    listen: Type.Object(
      { host: Type.String({ minLength: 1, maxLength: 253 }), port: Type.Integer({ minimum: 0, maximum: 65_535 }) },
      Strict,
    ),
    /** Database and assets. Made when it is not there. */
    dataDir: Path,
    /** Null: plain HTTP, only on a loopback address or behind a proxy that speaks TLS. */
    tls: Nullable(TlsConfig),
    /** True: a reverse proxy in front speaks TLS and sets X-Forwarded-For and -Proto. */
    behindProxy: Type.Boolean(),
    /** The built console; null: the API only. */
    consoleDir: Nullable(Path),
    /** File with the bearer token for /metrics and service discovery from other machines. Null: loopback only. */
    metricsTokenFile: Nullable(Path),
    sessionHours: Type.Integer({ minimum: 1, maximum: 24 }),
    /** A session that nothing was asked with for so long ends before its hours; a console that is open asks all the time. */
    sessionIdleMinutes: Type.Integer({ minimum: 5, maximum: 1_440 }),
    enrolCodeMinutes: Type.Integer({ minimum: 1, maximum: 10_080 }),
    /** Largest upload, bytes. */
    assetBytes: Type.Integer({ minimum: 1024, maximum: 2_147_483_648 }),
    /** Advertising needs a permit (policy `advertising.needsPermit`). */
    adsNeedPermit: Type.Boolean(),
    /** Folder of policy files (JSON), so that a schedule is warned of before it is signed; null: its floors are not judged here. */
    policyDir: Nullable(Path),
    /** Templates of orders (deploy/templates); null: there are none. Read anew whenever the form is opened. */
    templatesFile: Nullable(Path),
    /** Searched for fonts before the usual folders. */
    fontDirs: Type.Array(Path, { maxItems: 20 }),
    /**
     * The hub's own backup of each night: where to (another disk, or a folder that is carried off), how many are kept, and the passphrase
     * under which keys go into it (null: they are left out). Null: none; `bangtin backup hub` is then somebody's job.
     */
    backup: Nullable(
      Type.Object(
        {
          folder: Path,
          keep: Type.Integer({ minimum: 1, maximum: 400 }),
          passphraseFile: Type.Optional(Nullable(Path)),
        },
        Strict,
      ),
    ),
    /** Prometheus's remote write receiver, for what edges sampled while they were away; it needs `out_of_order_time_window`. Null: nobody's. */
    remoteWrite: Nullable(
      Type.Object(
        { url: Type.String({ pattern: '^https?://', maxLength: 500 }), tokenFile: Type.Optional(Nullable(Path)) },
        Strict,
      ),
    ),
    /** A cluster that nothing has been heard of for so long is an incident. */
    silentSeconds: Type.Integer({ minimum: 10, maximum: 86_400 }),
    /** CAP 1.2: our own sender, whose messages are taken in, and from where (README, deploy/hub). */
    cap: CapConfig,
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
  sessionIdleMinutes: 120,
  enrolCodeMinutes: 60,
  assetBytes: 536_870_912,
  adsNeedPermit: true,
  policyDir: null,
  templatesFile: null,
  fontDirs: [],
  backup: null,
  remoteWrite: null,
  silentSeconds: 120,
  cap: CAP_DEFAULTS,
  technicianPages: {},
} as const satisfies Partial<HubConfig>

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

/** The fault names no more of the address than its host: there may be a password in it. */
const remoteWriteFault = ({ url, tokenFile }: NonNullable<HubConfig['remoteWrite']>): string | null => {
  const to = URL.canParse(url) ? new URL(url) : null
  if (to === null) return 'is no address. · Không phải địa chỉ hợp lệ.'
  if (to.username !== '' || to.password !== '')
    return 'must not hold a user or a password: put a token into a file and name it in /remoteWrite/tokenFile. · Không ghi mật khẩu trong địa chỉ.'
  if (to.protocol === 'https:' || tokenFile == null || isLoopback(to.hostname.replace(/^\[|\]$/g, ''))) return null
  return `the token would go to ${to.hostname} in clear: use https. · Mã truy cập sẽ đi không mã hóa: dùng https.`
}

/** What the schema cannot say. Signing in the browser and passwords need a protected way to the hub (design §6). */
export const checkConfig = (config: HubConfig): Result<HubConfig, string> => {
  const cap = checkCapConfig(config.cap)
  if (!cap.ok) return cap
  const wrong = config.remoteWrite === null ? null : remoteWriteFault(config.remoteWrite)
  if (wrong !== null) return err(`/remoteWrite/url: ${wrong}`)
  if (isLoopback(config.listen.host) || config.tls !== null || config.behindProxy) return ok(config)
  return err(
    `/listen/host: ${config.listen.host} is open to other machines but /tls is null. Set /tls to {"selfSigned": true} or to a certificate, ` +
      `or listen on 127.0.0.1, or set /behindProxy to true when a proxy in front of it speaks TLS. · ${config.listen.host} mở ra mạng mà chưa có TLS.`,
  )
}

/** The schema's own words for a wrong `tls` speak of the branches of a union; these say what can be written there. */
const TLS_FORMS =
  'is none of null, {"certFile": …, "keyFile": …}, {"selfSigned": true} or {"selfSigned": true, "names": […]}'
const faultsOf = (faults: readonly DocumentFault[]): readonly DocumentFault[] => {
  const others = faults.filter((f) => f.where !== '/tls' && !f.where.startsWith('/tls/'))
  return others.length === faults.length ? faults : [...others, { where: '/tls', why: TLS_FORMS }]
}

const absolute = (file: string, config: HubConfig): HubConfig => {
  const at = (path: string) => resolve(dirname(resolve(file)), path)
  const maybe = (path: string | null) => (path === null ? null : at(path))
  const { tls } = config
  return {
    ...config,
    dataDir: at(config.dataDir),
    tls: tls !== null && 'certFile' in tls ? { certFile: at(tls.certFile), keyFile: at(tls.keyFile) } : tls,
    consoleDir: maybe(config.consoleDir),
    metricsTokenFile: maybe(config.metricsTokenFile),
    policyDir: maybe(config.policyDir),
    templatesFile: maybe(config.templatesFile),
    fontDirs: config.fontDirs.map(at),
    remoteWrite: config.remoteWrite && {
      ...config.remoteWrite,
      tokenFile: maybe(config.remoteWrite.tokenFile ?? null),
    },
    backup: config.backup && {
      ...config.backup,
      folder: at(config.backup.folder),
      passphraseFile: maybe(config.backup.passphraseFile ?? null),
    },
    cap: absoluteCap(config.cap, at),
  }
}

/** `cap` is a group of keys, of which each may be left out as well. */
const withDefaults = (given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const cap = given['cap']
  const isGroup = typeof cap === 'object' && cap !== null && !Array.isArray(cap)
  return { ...HUB_DEFAULTS, ...given, ...(isGroup ? { cap: { ...CAP_DEFAULTS, ...cap } } : {}) }
}

/** Reads and checks a config file. The error names file, place and reason. */
export const readConfig = (file: string): Result<HubConfig, string> => {
  const text = readText(file)
  if (!text.ok) return text
  const raw = parseDocument(Type.Record(Type.String(), Type.Unknown()), text.value)
  if (!raw.ok) return err(faultText(file, raw.error))
  const checked = checkDocument(HubConfig, withDefaults(raw.value))
  if (!checked.ok) return err(faultText(file, faultsOf(checked.error)))
  const allowed = checkConfig(checked.value)
  return allowed.ok ? ok(absolute(file, allowed.value)) : err(`${file}: ${allowed.error}`)
}
