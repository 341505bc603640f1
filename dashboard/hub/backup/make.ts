import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Manifest, packed, type Source } from '#core/backup/archive.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { HubConfig } from '../config.ts'
import { hasher, reading, sourceOf, textSource, writeArchive } from './files.ts'
import { type Secrets, sealSecrets } from './secrets.ts'

export const DATABASE = 'hub.sqlite'
export const SECRETS = 'secrets.json'
const ASSET = /^[0-9a-f]{64}$/

export type BackupAsk = {
  readonly config: HubConfig
  /** The configuration's own text, to be restored beside the data; null: unknown to whoever asks. */
  readonly configText: string | null
  readonly out: string
  /** Shared by the backups of one place: a file that is there already is not copied again. */
  readonly assetsDir: string
  /** Null: keys are left out. */
  readonly passphrase: string | null
  readonly version: string
  /** Wall clock, ms. */
  readonly now: number
}
export type Made = { readonly manifest: Manifest; readonly bytes: number; readonly assetsCopied: number }

/**
 * A picture of the hub as it is at one instant; it may be running. The database first, then the files it may name: they are on the disk before
 * a row speaks of them, and never change. The error is one sentence for a person.
 */
export const backupHub = (ask: BackupAsk): Result<Made, string> => {
  const { config, out } = ask
  const database = join(config.dataDir, DATABASE)
  if (!existsSync(database)) return err(`/dataDir: ${database}: is not there · không có cơ sở dữ liệu`)
  if (existsSync(out)) return err(`${out}: is there already; a backup never replaces another · đã có tệp này`)
  const copy = `${out}.sqlite.part`
  try {
    rmSync(copy, { force: true })
    const head = snapshot(database, copy)
    const assets = keepAssets(join(config.dataDir, 'assets'), ask.assetsDir)
    const { sources, left } = rest(ask)
    const about = {
      kind: 'hub' as const,
      of: 'hub',
      version: ask.version,
      madeAt: ask.now,
      assets: assets.all,
      left: [...left],
      head,
    }
    const manifest = writeArchive(out, packed(about, [sourceOf(DATABASE, copy), ...sources], hasher))
    return ok({ manifest, bytes: statSync(out).size, assetsCopied: assets.copied })
  } catch (error) {
    return err(`${out}: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    rmSync(copy, { force: true })
  }
}

/** The database as one file, of one instant, and where its audit log ended. */
const snapshot = (from: string, to: string): Manifest['head'] => {
  const live = new DatabaseSync(from, { timeout: 10_000 })
  try {
    live.prepare('VACUUM INTO ?').run(to)
  } finally {
    live.close()
  }
  const copy = new DatabaseSync(to, { readOnly: true })
  try {
    const found = copy.prepare('PRAGMA quick_check(1)').get()?.['quick_check']
    if (found !== 'ok') throw new Error(`the database is damaged: ${String(found)}`)
    const last = copy.prepare('SELECT id, sum FROM audit ORDER BY id DESC LIMIT 1').get()
    return last === undefined ? null : { seq: Number(last['id']), hash: String(last['sum'] ?? '') }
  } finally {
    copy.close()
  }
}

const hashOf = (path: string): string =>
  reading(path, () => {
    const hash = hasher()
    for (const chunk of sourceOf('file', path).chunks()) hash.update(chunk)
    return hash.hex()
  })

/** Copies what is not there yet; a copy gets its name only when its bytes are what the name says. */
const keepAssets = (from: string, to: string) => {
  mkdirSync(to, { recursive: true, mode: 0o750 })
  const names = existsSync(from) ? readdirSync(from).filter((name) => ASSET.test(name)) : []
  let copied = 0
  const all = names.map((sha256) => {
    const bytes = statSync(join(from, sha256)).size
    const kept = join(to, sha256)
    if (existsSync(kept) && statSync(kept).size === bytes) return { sha256, bytes }
    const part = `${kept}.part`
    copyFileSync(join(from, sha256), part)
    if (hashOf(part) !== sha256) {
      rmSync(part)
      throw new Error(`${join(from, sha256)}: its bytes are not what its name says: the disk is failing`)
    }
    const fd = openSync(part, 'r')
    fsyncSync(fd)
    closeSync(fd)
    renameSync(part, kept)
    copied += 1
    return { sha256, bytes }
  })
  return { all, copied }
}

/** Small files beside the data: the configuration as text; keys under the passphrase, or named as left out. */
const rest = ({
  config,
  configText,
  passphrase,
}: BackupAsk): { readonly sources: readonly Source[]; readonly left: readonly string[] } => {
  const sources: Source[] = configText === null ? [] : [textSource('config/hub.json', configText)]
  const policies = config.policyDir === null || !existsSync(config.policyDir) ? [] : readdirSync(config.policyDir)
  for (const name of policies.filter((n) => /^[A-Za-z0-9][A-Za-z0-9._~-]*\.json$/.test(n)))
    sources.push(sourceOf(`config/policies/${name}`, join(config.policyDir ?? '', name)))
  if (config.templatesFile !== null && existsSync(config.templatesFile))
    sources.push(sourceOf('config/templates.json', config.templatesFile))
  const own = { cert: join(config.dataDir, 'tls', 'hub.crt'), key: join(config.dataDir, 'tls', 'hub.key') }
  const given = config.tls !== null && 'certFile' in config.tls ? config.tls : { certFile: own.cert, keyFile: own.key }
  if (existsSync(given.certFile)) sources.push(sourceOf('tls/hub.crt', given.certFile))
  const secret: Record<string, string> = {}
  const keys: readonly (readonly [name: string, path: string | null])[] = [
    ['tls/hub.key', given.keyFile],
    ['config/hub-token', config.metricsTokenFile],
    ['config/remote-write-token', config.remoteWrite?.tokenFile ?? null],
    ['config/cap-key.pem', config.cap.sign?.keyFile ?? null],
  ]
  for (const [name, path] of keys) if (path !== null && existsSync(path)) secret[name] = readFileSync(path, 'utf8')
  const left = ['root key: never on the hub · khóa gốc không nằm trên trung tâm']
  if (passphrase !== null) sources.push(textSource(SECRETS, sealSecrets(secret satisfies Secrets, passphrase)))
  else for (const name of Object.keys(secret)) left.push(`${name}: no passphrase was given · không có cụm mật khẩu`)
  return { sources, left }
}
