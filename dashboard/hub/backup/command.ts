import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Manifest } from '#core/backup/archive.ts'
import { readConfig } from '../config.ts'
import { HUB_VERSION } from '../main.ts'
import { backupHub } from './make.ts'
import { passphraseIn, restoreHub, verifyBackup } from './restore.ts'
import { LEAST_PASSPHRASE } from './secrets.ts'

export const HUB_HELP = `  hub --config FILE --out FILE [--passphrase-file FILE] [--assets DIR]
                  trung tâm (có thể đang chạy): cơ sở dữ liệu, cấu hình, chứng thư; tệp nội dung theo mã băm vào DIR
                  the hub, which may be running: database, configuration, certificate; files by their hash into DIR
                  (assets/ cạnh tệp sao lưu · beside the archive). Khóa chỉ có khi có cụm mật khẩu · keys only under a passphrase
  verify FILE     đọc hết, so với bản kê · reads all of it and compares it with its manifest
  restore FILE --to DIR [--passphrase-file FILE] [--assets DIR]
                  vào thư mục trống, sau khi đã kiểm tra hết · into an empty folder, after all of it was checked
`

const OPTIONS = {
  config: { type: 'string' },
  out: { type: 'string' },
  to: { type: 'string' },
  assets: { type: 'string' },
  'passphrase-file': { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

const parse = (args: string[]) => parseArgs({ args, options: OPTIONS, allowPositionals: true })
type Given = ReturnType<typeof parse>['values']

const complain = (text: string, code: number): number => {
  process.stderr.write(`✗ ${text}\n`)
  return code
}
const USAGE = '  bangtin backup --help'

/** `bangtin backup hub|verify|restore`, for hubs. */
export const hubBackupCommand = async (args: string[]): Promise<number> => {
  let given: ReturnType<typeof parse>
  try {
    given = parse(args)
  } catch (error) {
    return complain(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`, 2)
  }
  const [what, file, ...more] = given.positionals
  const { values } = given
  const passphrase = passphraseIn(values['passphrase-file'], LEAST_PASSPHRASE)
  if (!passphrase.ok) return complain(passphrase.error, 2)
  if (more.length > 0) return complain(`${more.join(' ')}\n${USAGE}`, 2)
  if (what === 'hub' && file === undefined) return make(values, passphrase.value)
  if (file === undefined || (what !== 'verify' && what !== 'restore'))
    return complain(`cần · needed: hub --config FILE --out FILE, verify FILE, restore FILE --to DIR\n${USAGE}`, 2)
  const archive = { file, assetsDir: values.assets ?? join(dirname(resolve(file)), 'assets') }
  if (what === 'verify') {
    const checked = verifyBackup(archive)
    if (!checked.ok) return complain(checked.error, 1)
    return say(values, checked.value, `✓ ${summary(checked.value)}\n`)
  }
  if (values.to === undefined) return complain(`restore: --to DIR\n${USAGE}`, 2)
  const done = await restoreHub(archive, { to: resolve(values.to), passphrase: passphrase.value, now: Date.now() })
  if (!done.ok) return complain(done.error, 1)
  const { faults, ...found } = done.value
  const words = `✓ ${values.to}: ${found.auditLines} audit, ${found.records} records\n${faults.map((f) => `✗ ${f}\n`).join('')}${STEPS}`
  say(values, { ...found, faults }, words)
  return faults.length === 0 ? 0 : 1
}

const make = (values: Given, passphrase: string | null): number => {
  if (values.config === undefined || values.out === undefined)
    return complain(`hub: --config FILE --out FILE\n${USAGE}`, 2)
  const config = readConfig(values.config)
  if (!config.ok) return complain(config.error, 1)
  const out = resolve(values.out)
  const made = backupHub({
    ...{ config: config.value, configText: readFileSync(values.config, 'utf8'), out, passphrase },
    ...{ assetsDir: values.assets ?? join(dirname(out), 'assets'), version: HUB_VERSION, now: Date.now() },
  })
  if (!made.ok) return complain(made.error, 1)
  const { manifest, bytes, assetsCopied } = made.value
  const left = manifest.left.map((why) => `! ${why}\n`).join('')
  return say(values, { manifest, bytes, assetsCopied }, `✓ ${out}: ${summary(manifest)}, ${bytes} byte\n${left}`)
}

const summary = (m: Manifest): string =>
  `${m.kind} ${m.of}, ${new Date(m.madeAt).toISOString()}, ${m.files.length} tệp · files, ${m.assets.length} nội dung · assets`

const say = (values: Given, json: object, words: string): number => {
  process.stdout.write(values.json ? `${JSON.stringify(json)}\n` : words)
  return 0
}

const STEPS = `Việc tiếp theo · next steps (docs/backup.md)
  1. so config/hub.json với /etc/bangtin/hub.json, chép lại · compare config/hub.json with /etc/bangtin/hub.json, copy it back
  2. chown -R bangtin-hub: DIR; khởi động trung tâm · start the hub
  3. cài lại sổ khóa mới nhất từ máy khóa gốc (bangtin keys install) · install the newest key registry from the root key's machine
  4. thu hồi mã truy cập và tài khoản đã khóa sau lúc sao lưu · revoke again what was revoked after the backup (tokens, accounts)
  5. phát hành lại lịch của từng cụm · publish each cluster's schedule again
`
