import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type Manifest, unpack } from '#core/backup/archive.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { hasher, reading, sourceOf, writer } from './files.ts'
import { DATABASE, SECRETS } from './make.ts'
import { openSecrets, type Secrets } from './secrets.ts'

export type Archive = { readonly file: string; readonly assetsDir: string }
const refuse = (faults: readonly string[]) => err(faults.slice(0, 20).join('\n  '))

const sizeOf = (path: string): number => {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
    return statSync(path).size
  } finally {
    closeSync(fd)
  }
}

/** Reads the whole archive and the files beside it. The error names each thing that is wrong, at most twenty. */
export const verifyBackup = ({ file, assetsDir }: Archive): Result<Manifest, string> => {
  try {
    if (sizeOf(file) === 0) return err(`${file}: is empty · tệp trống`)
    const read = reading(file, (bytes) => unpack(bytes, hasher, () => undefined))
    if (!read.ok) return refuse(read.error.map((fault) => `${file}: ${fault}`))
    const faults = read.value.assets.flatMap(({ sha256, bytes }) =>
      assetFault(join(assetsDir, sha256), { sha256, bytes }),
    )
    return faults.length === 0 ? read : refuse(faults)
  } catch (error) {
    return err(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const assetFault = (path: string, of: { readonly sha256: string; readonly bytes: number }): readonly string[] => {
  if (!existsSync(path)) return [`${path}: is missing · thiếu`]
  const hash = hasher()
  for (const chunk of sourceOf('file', path).chunks()) hash.update(chunk)
  return hash.hex() === of.sha256 && statSync(path).size === of.bytes ? [] : [`${path}: is damaged · bị hỏng`]
}

export type Restored = {
  readonly manifest: Manifest
  /** What the database said when it was read through: lines of the audit log, records of evidence. */
  readonly auditLines: number
  readonly records: number
  /** What is wrong with what was restored, although the archive is as it was made. */
  readonly faults: readonly string[]
  readonly secrets: 'opened' | 'none'
}

/** Checks all of it, then writes it into a folder that is empty or not there. Nothing is written when anything is wrong. */
export const restoreHub = async (
  archive: Archive,
  ask: { readonly to: string; readonly passphrase: string | null; readonly now: number },
): Promise<Result<Restored, string>> => {
  const { to } = ask
  if (existsSync(to) && readdirSync(to).length > 0)
    return err(`${to}: is not empty; a backup never goes over what is there · thư mục không trống`)
  const checked = verifyBackup(archive)
  if (!checked.ok) return checked
  const manifest = checked.value
  if (manifest.kind !== 'hub')
    return err(`${archive.file}: is of ${manifest.kind} ${manifest.of}, not of a hub · không phải của trung tâm`)
  const secrets = secretsOf(archive.file, manifest, ask.passphrase)
  if (!secrets.ok) return secrets
  try {
    mkdirSync(to, { recursive: true, mode: 0o750 })
    const files = writer(to)
    try {
      const read = reading(archive.file, (bytes) => unpack(bytes, hasher, files.take))
      if (!read.ok) return refuse(read.error)
    } finally {
      files.shut()
    }
    rmSync(join(to, SECRETS), { force: true })
    putBack(archive, manifest, { to, secrets: secrets.value ?? {} })
    return ok(await settle(manifest, { ...ask, secrets: secrets.value === null ? 'none' : 'opened' }))
  } catch (error) {
    return err(`${to}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Null: there are none in it. */
const secretsOf = (file: string, manifest: Manifest, passphrase: string | null): Result<Secrets | null, string> => {
  if (!manifest.files.some(({ name }) => name === SECRETS)) return ok(null)
  if (passphrase === null)
    return err(
      'the backup holds keys under a passphrase: give --passphrase-file · cần cụm mật khẩu (--passphrase-file)',
    )
  const pieces: Uint8Array[] = []
  reading(file, (read) => unpack(read, hasher, (name, bytes) => void (name === SECRETS && pieces.push(bytes))))
  return openSecrets(Buffer.concat(pieces).toString('utf8'), passphrase)
}

const putBack = (
  archive: Archive,
  manifest: Manifest,
  it: { readonly to: string; readonly secrets: Secrets },
): void => {
  const assets = join(it.to, 'assets')
  mkdirSync(assets, { recursive: true, mode: 0o750 })
  for (const { sha256 } of manifest.assets) copyFileSync(join(archive.assetsDir, sha256), join(assets, sha256))
  for (const [name, text] of Object.entries(it.secrets)) {
    mkdirSync(dirname(join(it.to, name)), { recursive: true, mode: 0o750 })
    writeFileSync(join(it.to, name), text, { mode: 0o600, flag: 'wx', flush: true })
  }
}

/** Nobody is logged in any more, and the audit log says what happened. Then it is read through, as the hub would at its start. */
const settle = async (
  manifest: Manifest,
  it: { readonly to: string; readonly now: number; readonly secrets: Restored['secrets'] },
): Promise<Restored> => {
  const store = openSqliteStore(join(it.to, DATABASE))
  try {
    for (const { user } of await store.accounts.all()) await store.sessions.endAll(user)
    const made = new Date(manifest.madeAt).toISOString()
    await store.audit.append({
      ...{ at: it.now, person: 'bangtin', action: 'hub.restored', subject: 'hub', address: '' },
      detail: `from the backup of ${made}; audit log until then: ${manifest.head?.seq ?? 0}`,
    })
    const audit = await store.audit.verify()
    const faults = audit.faults.map((fault) => `audit ${fault.id}: ${fault.why}`)
    let records = 0
    for (const site of (await store.evidence.nexts()).keys()) {
      const state = await store.evidence.verify(site)
      records += state.records
      faults.push(...state.faults.map((fault) => `${site} ${fault.at}: ${fault.why}`))
    }
    return { manifest, auditLines: audit.lines, records, faults, secrets: it.secrets }
  } finally {
    await store.close()
  }
}

/** A passphrase from a file: its first line. */
export const passphraseIn = (file: string | undefined, least: number): Result<string | null, string> => {
  if (file === undefined) return ok(null)
  try {
    const line = readFileSync(file, 'utf8').split('\n')[0]?.trim() ?? ''
    if (line.length >= least) return ok(line)
    return err(`--passphrase-file: ${file}: shorter than ${least} characters · cụm mật khẩu quá ngắn`)
  } catch (error) {
    return err(`--passphrase-file: ${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
