import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { err, ok, type Result } from '#core/base/result.ts'
import type { HubConfig, TlsConfig } from './config.ts'
import { giveToOwner, readText, writeWhole } from './files.ts'

export type Certificate = {
  /** PEM. */
  readonly cert: string
  readonly key: string
  /** SHA-256 of the certificate, `AB:CD:…`: what an edge pins in `/hub/fingerprint`. */
  readonly fingerprint: string
  readonly validTo: number
  /** One sentence for each thing that will go wrong or has. */
  readonly warnings: readonly string[]
}

const DAY_MS = 86_400_000
const YEAR_MS = 365.25 * DAY_MS
const YEARS = 10
/** A device without a battery clock starts in the past, and must still believe the certificate it has pinned. */
const BACKDATED_YEARS = 5
const WARN_DAYS = 60

const filesOf = (dataDir: string) => ({
  certFile: join(dataDir, 'tls', 'hub.crt'),
  keyFile: join(dataDir, 'tls', 'hub.key'),
})

/** What the hub is called: where it listens unless that is "everywhere", what the configuration names, this machine. */
const namesOf = (config: HubConfig, tls: Extract<TlsConfig, { selfSigned: true }>): readonly string[] => {
  const { host } = config.listen
  const everywhere = host === '0.0.0.0' || host === '::'
  return [...new Set([...(everywhere ? [] : [host]), ...(tls.names ?? []), hostname(), 'localhost', '127.0.0.1'])]
}

const make = async (names: readonly string[], now: number) => {
  const altNames = names.map((n) => (isIP(n) === 0 ? ({ type: 2, value: n } as const) : ({ type: 7, ip: n } as const)))
  return generate([{ name: 'commonName', value: names[0] ?? 'bangtin' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - BACKDATED_YEARS * YEAR_MS),
    notAfterDate: new Date(now + YEARS * YEAR_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames },
    ],
  })
}

/** Both files are read and must belong together. `where` names the place in the configuration. */
const load = (
  files: { certFile: string; keyFile: string },
  where: string,
  now: number,
): Result<Certificate, string> => {
  const cert = readText(files.certFile)
  if (!cert.ok) return err(`${where}: ${cert.error}`)
  const key = readText(files.keyFile)
  if (!key.ok) return err(`${where}: ${key.error}`)
  const parsed = parse(() => new X509Certificate(cert.value))
  if (parsed === null)
    return err(`${where}: ${files.certFile}: is no certificate in PEM form · không phải chứng thư PEM`)
  const secret = parse(() => createPrivateKey(key.value))
  if (secret === null)
    return err(
      `${where}: ${files.keyFile}: is no private key in PEM form without a password · không phải khóa riêng PEM`,
    )
  if (!parsed.checkPrivateKey(secret))
    return err(`${where}: ${files.keyFile} is not the key of ${files.certFile} · khóa không đi với chứng thư`)
  const validTo = Date.parse(parsed.validTo)
  const days = Math.floor((validTo - now) / DAY_MS)
  const warnings =
    days >= WARN_DAYS ? [] : [`the certificate ${days < 0 ? 'ran out' : `runs out in ${days} days:`} ${parsed.validTo}`]
  return ok({ cert: cert.value, key: key.value, fingerprint: parsed.fingerprint256, validTo, warnings })
}

const parse = <T>(read: () => T): T | null => {
  try {
    return read()
  } catch {
    return null
  }
}

/** The certificate as it is on disk. Null: there is none to read, either plain HTTP or one that the hub's first start will make. */
export const readCertificate = (config: HubConfig, now: number): Result<Certificate | null, string> => {
  const { tls } = config
  if (tls === null) return ok(null)
  if ('certFile' in tls) return load(tls, '/tls', now)
  const files = filesOf(config.dataDir)
  if (!existsSync(files.certFile)) return ok(null)
  const loaded = load(files, '/tls/selfSigned', now)
  if (!loaded.ok) return loaded
  const made = new X509Certificate(loaded.value.cert)
  const missing = (tls.names ?? []).filter((n) => (isIP(n) === 0 ? made.checkHost(n) : made.checkIP(n)) === undefined)
  if (missing.length === 0) return loaded
  const warning = `the certificate does not name ${missing.join(', ')}; delete ${files.certFile} to have a new one made, which every edge must pin anew`
  return ok({ ...loaded.value, warnings: [...loaded.value.warnings, warning] })
}

/** Reads the certificate of the configuration; a self-signed one is made when it is not there. Null: plain HTTP. */
export const openCertificate = async (config: HubConfig, now: number): Promise<Result<Certificate | null, string>> => {
  const found = readCertificate(config, now)
  const { tls } = config
  if (!found.ok || found.value !== null || tls === null || 'certFile' in tls) return found
  const { certFile, keyFile } = filesOf(config.dataDir)
  const made = await make(namesOf(config, tls), now)
  mkdirSync(join(config.dataDir, 'tls'), { recursive: true, mode: 0o750 })
  // The certificate last: it is what says that both are there.
  const key = writeWhole(keyFile, { text: made.private, mode: 0o600, replace: true })
  const cert = key.ok ? writeWhole(certFile, { text: made.cert, mode: 0o644, replace: true }) : key
  if (!cert.ok) return err(`/tls/selfSigned: ${cert.error}`)
  giveToOwner(config.dataDir, [join(config.dataDir, 'tls'), keyFile, certFile])
  return load({ certFile, keyFile }, '/tls/selfSigned', now)
}
