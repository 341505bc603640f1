import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { Type } from 'typebox'
import { parseDocument } from '#core/base/check.ts'
import { type AuditResult, about, type Check, found } from './audit-check.ts'
import { modeOf } from './audit-edge.ts'

/**
 * Of the hub's configuration only what is judged here; the hub itself checks the whole of it (`bangtin hub --check`). The edge does not import
 * the hub, so this is read as what it is: a JSON file.
 */
const Seen = Type.Object(
  {
    listen: Type.Object({ host: Type.String(), port: Type.Integer() }, { additionalProperties: true }),
    dataDir: Type.String(),
    tls: Type.Unknown(),
    behindProxy: Type.Boolean(),
    metricsTokenFile: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    policyDir: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    sessionHours: Type.Optional(Type.Integer()),
    sessionIdleMinutes: Type.Optional(Type.Integer()),
    enrolCodeMinutes: Type.Optional(Type.Integer()),
    backup: Type.Optional(
      Type.Union([Type.Null(), Type.Object({ folder: Type.String() }, { additionalProperties: true })]),
    ),
  },
  { additionalProperties: true },
)

const READ = about(
  'hub-config',
  ['Cấu hình trung tâm đọc được', 'The hub’s configuration can be read'],
  ['Không đọc được thì không kiểm được gì.', 'What cannot be read cannot be checked.'],
  ['bangtin hub --config <tệp> --check', 'bangtin hub --config <file> --check'],
)
const TLS = about(
  'hub-tls',
  ['Trung tâm chỉ nói qua TLS', 'The hub speaks TLS only'],
  [
    'Mật khẩu và chữ ký trong trình duyệt cần đường truyền được bảo vệ.',
    'Passwords, and signing in the browser, need a protected way.',
  ],
  [
    'Đặt tls (selfSigned hoặc chứng thư), hoặc behindProxy với máy chủ TLS phía trước và listen 127.0.0.1.',
    'Set tls (selfSigned or a certificate), or behindProxy with a TLS server in front and listen on 127.0.0.1.',
  ],
)
const FILES = about(
  'hub-file-modes',
  ['Tệp bí mật của trung tâm đóng với người ngoài', 'The hub’s secret files are closed to others'],
  [
    'Khóa TLS, khóa của trung tâm, thẻ đo lường: ai đọc được thì giả được.',
    'TLS key, the hub’s own key, the metrics token: whoever reads them can pretend.',
  ],
  ['sudo chmod 0600 <tệp>; sudo chmod 0700 <thư mục dữ liệu>', 'sudo chmod 0600 <file>; sudo chmod 0700 <data folder>'],
)
const TOKEN = about(
  'hub-metrics-token',
  ['Đo lường từ máy khác cần thẻ', 'Metrics from other machines need a token'],
  [
    'Không đặt thì chỉ máy này đọc được: Prometheus ở máy khác cần thẻ.',
    'Without one only this machine reads them; a Prometheus elsewhere needs it.',
  ],
  [
    'Tạo tệp thẻ (openssl rand -hex 32, chmod 0600) và đặt metricsTokenFile nếu Prometheus ở máy khác.',
    'Make a token file (openssl rand -hex 32, chmod 0600) and set metricsTokenFile when Prometheus is elsewhere.',
  ],
)
const POLICY = about(
  'hub-policy',
  ['Trung tâm biết quy chế', 'The hub knows the policy'],
  [
    'Không có policyDir thì lịch thiếu thời lượng được ký mà không ai báo.',
    'Without policyDir a schedule that misses its floors is signed unwarned.',
  ],
  ['Đặt policyDir là thư mục quy chế (deploy/policies).', 'Set policyDir to the folder of policies (deploy/policies).'],
)
const SESSIONS = about(
  'hub-sessions',
  ['Phiên đăng nhập đủ ngắn', 'Sessions are short enough'],
  ['Máy trực bỏ quên là cửa mở.', 'A console left alone is an open door.'],
  [
    'sessionIdleMinutes từ 120 trở xuống, sessionHours từ 12 trở xuống.',
    'sessionIdleMinutes at most 120, sessionHours at most 12.',
  ],
)
const CODES = about(
  'hub-enrol-codes',
  ['Mã đăng ký sống ngắn', 'Enrol codes live shortly'],
  ['Mã lộ còn sống là một thiết bị lạ.', 'A leaked code that still lives is a foreign device.'],
  ['enrolCodeMinutes từ 1440 trở xuống.', 'enrolCodeMinutes at most 1440.'],
)
const BACKUP = about(
  'hub-backup-age',
  ['Bản sao lưu mới', 'A recent backup'],
  ['Mất đĩa trung tâm là mất hồ sơ duyệt và tài khoản.', 'With the hub’s disk go approvals and accounts.'],
  [
    'Đặt backup.folder (đĩa khác), hoặc chạy bangtin backup hub mỗi ngày; giữ một bản ở máy khác.',
    'Set backup.folder (another disk), or run bangtin backup hub every day; keep a copy on another machine.',
  ],
)

const OLD_BACKUP_MS = 2 * 86_400_000
const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.')

export const hubChecks = (file: string, now: number): readonly Check[] => {
  const text = read(file)
  const parsed = text === null ? null : parseDocument(Seen, text)
  // Nothing of the hub was looked at then: that is never fine.
  if (parsed === null) return [found(READ, 'fail', file)]
  if (!parsed.ok) return [found(READ, 'fail', parsed.error.map((f) => `${f.where}: ${f.why}`).join('; '))]
  const config = parsed.value
  const at = (path: string) => (isAbsolute(path) ? path : join(dirname(file), path))
  const protectedWay = config.tls !== null || isLoopback(config.listen.host)
  const [hours, idle] = [config.sessionHours ?? 12, config.sessionIdleMinutes ?? 120]
  const minutes = config.enrolCodeMinutes ?? 60
  return [
    found(READ, 'pass', file),
    found(
      TLS,
      protectedWay ? 'pass' : config.behindProxy ? 'warn' : 'fail',
      `${config.listen.host}:${config.listen.port}`,
    ),
    fileModes(file, config, at),
    found(TOKEN, config.metricsTokenFile || isLoopback(config.listen.host) ? 'pass' : 'warn'),
    found(
      POLICY,
      config.policyDir ? (modeOf(at(config.policyDir)) === null ? 'fail' : 'pass') : 'warn',
      config.policyDir ?? '',
    ),
    found(SESSIONS, hours <= 12 && idle <= 120 ? 'pass' : 'warn', `${hours} h, ${idle} min`),
    found(CODES, minutes <= 1_440 ? 'pass' : 'warn', `${minutes} min`),
    backup(config.backup ? at(config.backup.folder) : null, now),
  ]
}

const read = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

type Config = { readonly dataDir: string; readonly tls: unknown; readonly metricsTokenFile?: string | null }
const fileModes = (file: string, { dataDir, tls, metricsTokenFile }: Config, at: (path: string) => string): Check => {
  const key =
    typeof tls === 'object' && tls !== null && 'keyFile' in tls && typeof tls.keyFile === 'string' ? [tls.keyFile] : []
  const secret = [...key, ...(metricsTokenFile ? [metricsTokenFile] : [])].map(at)
  const keys = list(at(dataDir)).filter((name) => /\.(pem|key|sqlite|db)$|passwords|token/.test(name))
  const open = [
    ...secret.filter((path) => ((modeOf(path) ?? 0) & 0o077) !== 0),
    // The unit's folder is 0750, its group the service's own: nobody else gets to the files, whatever their own bits are.
    ...(((modeOf(at(dataDir)) ?? 0) & 0o027) === 0
      ? []
      : keys.map((name) => join(at(dataDir), name)).filter((path) => ((modeOf(path) ?? 0) & 0o077) !== 0)),
    ...(((modeOf(file) ?? 0) & 0o022) === 0 ? [] : [file]),
  ]
  const missing = secret.filter((path) => modeOf(path) === null)
  const result: AuditResult = open.length > 0 ? 'fail' : missing.length > 0 ? 'warn' : 'pass'
  return found(FILES, result, [...open, ...missing.map((path) => `${path}: –`)].join(', '))
}

const list = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** The newest file of the folder that the nightly backup writes to. */
const backup = (folder: string | null, now: number): Check => {
  if (folder === null) return found(BACKUP, 'warn', 'backup: null')
  const times = list(folder).flatMap((name) => timeOf(join(folder, name)))
  if (times.length === 0) return found(BACKUP, 'fail', `${folder}: –`)
  const age = now - Math.max(...times)
  return found(BACKUP, age <= OLD_BACKUP_MS ? 'pass' : 'fail', `${Math.round(age / 3_600_000)} h`)
}
const timeOf = (path: string): readonly number[] => {
  try {
    return [statSync(path).mtimeMs]
  } catch {
    return []
  }
}
