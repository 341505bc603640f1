import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import { type Static, Type } from 'typebox'
import { faultText, parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { Id } from '#core/base/schema.ts'
import { instantOfDate, isDate } from '#core/base/time.ts'
import { readText } from '../files.ts'
import type { PinnedKey } from './signature.ts'

const Strict = { additionalProperties: false } as const
const Path = Type.String({ minLength: 1, maxLength: 1000 })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const Sender = Type.String({ pattern: '^[^\\s,<&]{1,200}$' })
const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })

/** Keys of one sender. Two or more at once is how a key is changed without a gap. */
const CapSender = Type.Object(
  {
    sender: Sender,
    keys: Type.Array(
      Type.Object(
        {
          /** PEM: a certificate or a public key, RSA of 2048 bits at least, or EC on P-256. */
          file: Path,
          /** First day on which it counts, and the first on which it does not any more (UTC+07:00). */
          from: Type.Optional(Day),
          until: Type.Optional(Day),
        },
        Strict,
      ),
      { minItems: 1, maxItems: 5 },
    ),
  },
  Strict,
)

/** What `bangtin cap check --keys` reads: the senders alone, paths relative to the file. */
export const CapKeysFile = Type.Object({ senders: Type.Array(CapSender, { maxItems: 100 }) }, Strict)

/** The hub's configuration key `cap`. */
export const CapConfig = Type.Object(
  {
    /** Sender of our own messages. A domain of the province's: never the identifier of the authority that warns. */
    sender: Sender,
    /** What our own messages are signed with (PEM, PKCS#8; the certificate is shown in the message). Null: they are not signed. */
    sign: Nullable(Type.Object({ keyFile: Path, certFile: Nullable(Path) }, Strict)),
    /** deploy/areas: which units there are. Null: those in which clusters stand are known, others are not called unknown. */
    unitsFile: Nullable(Path),
    /** How long a message is proposed to hold that does not say it, minutes. */
    usualMinutes: Type.Integer({ minimum: 1, maximum: 1440 }),
    /**
     * Where messages of senders without a pinned key, signed or not, are taken from: a person who is logged in, the folder. From programs and
     * feeds only signed ones are, and of a sender with pinned keys nothing else from anywhere.
     */
    unsignedFrom: Type.Array(Type.Enum(['person', 'folder']), { maxItems: 2 }),
    senders: CapKeysFile.properties.senders,
    /** Files put here (written under another name, then renamed to *.xml or *.cap) are taken in and moved to done/ or refused/. */
    folder: Nullable(Type.Object({ path: Path, everySeconds: Type.Integer({ minimum: 1, maximum: 3600 }) }, Strict)),
    /** Atom, RSS, or the address of a single message; https, or http on this machine. */
    feeds: Type.Array(
      Type.Object(
        {
          name: Id,
          url: Type.String({ pattern: '^https?://', maxLength: 500 }),
          everySeconds: Type.Integer({ minimum: 10, maximum: 86_400 }),
        },
        Strict,
      ),
      { maxItems: 10 },
    ),
  },
  Strict,
)
export type CapConfig = Static<typeof CapConfig>

export const CAP_DEFAULTS: CapConfig = {
  sender: 'hub@bangtin.example',
  sign: null,
  unitsFile: null,
  usualMinutes: 120,
  unsignedFrom: ['person'],
  senders: [],
  folder: null,
  feeds: [],
}

/** May be fetched from: TLS, or this machine. Anything else could be changed on the way, or be an address inside our own network. */
export const mayFetch = (url: URL): boolean =>
  url.username === '' &&
  url.password === '' &&
  (url.protocol === 'https:' ||
    (url.protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)))

/** What the schema cannot say of `cap`. The error begins with the place. */
export const checkCapConfig = (config: CapConfig): Result<null, string> => {
  const names = config.feeds.map((f) => f.name)
  for (const [i, feed] of config.feeds.entries()) {
    if (!URL.canParse(feed.url) || !mayFetch(new URL(feed.url)))
      return err(
        `/cap/feeds/${i}/url: ${feed.url}: use https, or http on this machine · chỉ https, hoặc http trên chính máy này`,
      )
    if (names.indexOf(feed.name) < i) return err(`/cap/feeds/${i}/name: ${feed.name} is used twice · trùng tên`)
  }
  const senders = config.senders.map((s) => s.sender)
  const twice = senders.findIndex((s, i) => senders.indexOf(s) < i)
  if (twice >= 0)
    return err(`/cap/senders/${twice}: ${senders[twice]} is there twice: put all its keys into one entry · trùng`)
  for (const [i, sender] of config.senders.entries())
    for (const [k, key] of sender.keys.entries())
      for (const day of [key.from, key.until])
        if (day !== undefined && !isDate(day))
          return err(`/cap/senders/${i}/keys/${k}: ${day} is no day · không phải ngày`)
  return ok(null)
}

export const absoluteCap = (config: CapConfig, at: (path: string) => string): CapConfig => ({
  ...config,
  sign:
    config.sign === null
      ? null
      : { keyFile: at(config.sign.keyFile), certFile: config.sign.certFile === null ? null : at(config.sign.certFile) },
  unitsFile: config.unitsFile === null ? null : at(config.unitsFile),
  senders: config.senders.map((s) => ({ ...s, keys: s.keys.map((k) => ({ ...k, file: at(k.file) })) })),
  folder: config.folder === null ? null : { ...config.folder, path: at(config.folder.path) },
})

/** The offset of the days in `from` and `until`, minutes. */
const OFFSET_MINUTES = 420
const LEAST_RSA_BITS = 2048

export type Senders = ReadonlyMap<string, readonly PinnedKey[]>

/** Opens every pinned key. A certificate counts only within its own time as well. */
export const openSenders = (senders: CapConfig['senders']): Result<Senders, string> => {
  const opened = new Map<string, readonly PinnedKey[]>()
  for (const { sender, keys } of senders) {
    const pinned: PinnedKey[] = []
    for (const { file, from, until } of keys) {
      const text = readText(file)
      if (!text.ok) return text
      const key = openPublic(text.value)
      if (typeof key === 'string') return err(`${file}: ${key}`)
      const day = (date: string | undefined) => (date === undefined ? null : instantOfDate(date, OFFSET_MINUTES))
      pinned.push({
        name: file,
        key: key.key,
        from: latest(day(from), key.from),
        until: earliest(day(until), key.until),
      })
    }
    opened.set(sender, pinned)
  }
  return ok(opened)
}

const latest = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b))
const earliest = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b)

type Public = { readonly key: KeyObject; readonly from: number | null; readonly until: number | null }

/** Or why it is none. */
const openPublic = (pem: string): Public | string => {
  // A private key would open as well, and has no business here.
  if (pem.includes('PRIVATE KEY'))
    return 'is a private key: only the public key or certificate belongs here · là khóa bí mật'
  try {
    const certificate = pem.includes('BEGIN CERTIFICATE') ? new X509Certificate(pem) : null
    const key = certificate?.publicKey ?? createPublicKey(pem)
    const weak = weakness(key)
    if (weak !== undefined) return weak
    return {
      key,
      from: certificate === null ? null : Date.parse(certificate.validFrom),
      until: certificate === null ? null : Date.parse(certificate.validTo),
    }
  } catch {
    return 'is no PEM certificate or public key · không phải chứng thư hay khóa công khai PEM'
  }
}

const weakness = (key: KeyObject): string | undefined => {
  const details = key.asymmetricKeyDetails
  if (key.asymmetricKeyType === 'rsa')
    return (details?.modulusLength ?? 0) >= LEAST_RSA_BITS
      ? undefined
      : `is an RSA key of ${details?.modulusLength} bits, at least ${LEAST_RSA_BITS} are needed · khóa quá ngắn`
  return key.asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1'
    ? undefined
    : 'is neither RSA nor EC on P-256 · chỉ nhận RSA hoặc EC P-256'
}

/** `bangtin cap check --keys FILE`. */
export const readSenders = (file: string): Result<Senders, string> => {
  const text = readText(file)
  if (!text.ok) return text
  const parsed = parseDocument(CapKeysFile, text.value)
  if (!parsed.ok) return err(faultText(file, parsed.error))
  const at = (path: string) => resolve(dirname(resolve(file)), path)
  const { senders } = absoluteCap({ ...CAP_DEFAULTS, senders: parsed.value.senders }, at)
  const checked = checkCapConfig({ ...CAP_DEFAULTS, senders })
  return checked.ok ? openSenders(senders) : err(`${file}: ${checked.error}`)
}

export type SigningKey = { readonly key: KeyObject; readonly certificate: string | null }

export const openSigning = (sign: CapConfig['sign']): Result<SigningKey | null, string> => {
  if (sign === null) return ok(null)
  const key = readText(sign.keyFile)
  if (!key.ok) return key
  const certificate = sign.certFile === null ? ok(null) : readText(sign.certFile)
  if (!certificate.ok) return certificate
  try {
    const opened = createPrivateKey(key.value)
    const weak = weakness(opened)
    return weak === undefined ? ok({ key: opened, certificate: certificate.value }) : err(`${sign.keyFile}: ${weak}`)
  } catch {
    return err(`${sign.keyFile}: is no private key in PEM without a passphrase · không phải khóa bí mật PEM`)
  }
}

/** deploy/areas: which units a province has since a day. */
const UnitsFile = Type.Object(
  {
    schema: Type.Literal('bangtin/units/1'),
    validFrom: Day,
    source: Type.String({ minLength: 1 }),
    province: Type.Object({ code: Type.String({ pattern: '^\\d{2}$' }), name: Type.String({ minLength: 1 }) }, Strict),
    units: Type.Array(
      Type.Object({ code: Type.String({ pattern: '^\\d{5}$' }), name: Type.String({ minLength: 1 }) }, Strict),
      { minItems: 1, maxItems: 1000 },
    ),
  },
  Strict,
)
export type Units = { readonly province: string; readonly names: ReadonlyMap<string, string> }

export const readUnits = (file: string): Result<Units, string> => {
  const text = readText(file)
  if (!text.ok) return text
  const parsed = parseDocument(UnitsFile, text.value)
  if (!parsed.ok) return err(faultText(file, parsed.error))
  const { province, units } = parsed.value
  return ok({
    province: province.code,
    names: new Map([[province.code, province.name], ...units.map((u) => [u.code, u.name] as const)]),
  })
}
