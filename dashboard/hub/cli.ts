import { parseArgs } from 'node:util'
import type { Log } from '#core/base/ports.ts'
import { auditCommand } from './audit-command.ts'
import { readCertificate } from './certificate.ts'
import { type HubConfig, readConfig } from './config.ts'
import { type RunningHub, startHub } from './main.ts'
import { metricsCommand } from './metrics-command.ts'
import { tokenCommand } from './token-command.ts'

const HELP = `bangtin hub: trung tâm của tỉnh · the provincial hub

  --config FILE   tệp cấu hình (mẫu: deploy/hub/hub.example.json) · configuration file
  --check         chỉ kiểm tra cấu hình · only check the configuration
  --fingerprint   in vân tay SHA-256 của chứng thư, để ghim tại cụm (/hub/fingerprint) · print the certificate's fingerprint for the edges

  audit verify    kiểm tra nhật ký thao tác (bangtin hub audit --help) · check the audit log
  token …         mã truy cập của chương trình: tạo, xem, thu hồi (bangtin hub token --help) · tokens of programs: create, list, revoke

Tín hiệu · signals
  SIGHUP          nạp sổ khóa và tài khoản vừa cài bằng "bangtin keys install", gửi sổ khóa tới các cụm đang nối
                  take up the key registry and accounts just installed, and push the registry to connected edges
  SIGTERM         dừng · stop

Lần đầu, xem: bangtin keys --help · for a first start
Mã thoát · exit: 0 tốt · fine; 1 không khởi động được · cannot start; 2 dùng sai · bad usage
`

/** Once told to stop, the process ends within this even when something does not, ms. */
const STOP_MS = 8_000

/** One JSON object per line: errors and warnings to stderr, the rest to stdout. */
const journal: Log = (level, message, fields) => {
  const line = `${JSON.stringify({ level, message, ...fields })}\n`
  if (level === 'error' || level === 'warn') process.stderr.write(line)
  else process.stdout.write(line)
}

const complain = (text: string, code: number): number => {
  process.stderr.write(`✗ ${text}\n`)
  return code
}

const OPTIONS = {
  config: { type: 'string' },
  check: { type: 'boolean', default: false },
  fingerprint: { type: 'boolean', default: false },
} as const

const readArgs = (args: string[]) => parseArgs({ args, options: OPTIONS }).values

/** `bangtin hub`: runs until SIGTERM or SIGINT. */
export const hubCommand = async (args: string[]): Promise<number> => {
  if (args[0] === 'audit') return auditCommand(args.slice(1))
  if (args[0] === 'metrics') return metricsCommand(args.slice(1))
  if (args[0] === 'token') return tokenCommand(args.slice(1))
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP)
    return 0
  }
  let options: ReturnType<typeof readArgs>
  try {
    options = readArgs(args)
  } catch (error) {
    return complain(`${(error as Error).message}\n  bangtin hub --help`, 2)
  }
  if (options.config === undefined)
    return complain('thiếu --config FILE · --config FILE is needed\n  bangtin hub --help', 2)
  const config = readConfig(options.config)
  if (!config.ok) return complain(config.error, 1)
  if (options.fingerprint) return fingerprint(options.config, config.value)
  if (options.check) {
    process.stdout.write(`✓ ${options.config}\n`)
    return 0
  }
  return run(options.config, config.value)
}

const fingerprint = (file: string, config: HubConfig): number => {
  const found = readCertificate(config, Date.now())
  if (!found.ok) return complain(`${file}: ${found.error}`, 1)
  if (found.value === null) {
    const why =
      config.tls === null
        ? '/tls: không có chứng thư, trung tâm nói HTTP · there is no certificate, the hub speaks plain HTTP'
        : '/tls: chứng thư được tạo khi trung tâm khởi động lần đầu · the certificate is made when the hub first starts'
    return complain(`${file}: ${why}`, 1)
  }
  for (const warning of found.value.warnings) process.stderr.write(`! ${warning}\n`)
  process.stdout.write(`${found.value.fingerprint}\n`)
  return 0
}

const run = async (file: string, config: HubConfig): Promise<number> => {
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done())
  })
  const hub = await startHub(config, { log: journal, now: Date.now })
  if (!hub.ok) return complain(`${file}: ${hub.error}`, 1)
  process.on('SIGHUP', () => void reload(hub.value))
  await stopped
  const began = performance.now()
  setTimeout(() => process.exit(1), STOP_MS).unref()
  await hub.value.close()
  journal('info', 'hub stopped', { ms: Math.round(performance.now() - began) })
  return 0
}

const reload = async (hub: RunningHub): Promise<void> => {
  try {
    const result = await hub.reload()
    if (result.ok) journal('info', 'key registry and accounts read again', result.value)
    else journal('error', 'the key registry was not taken up', { detail: result.error })
  } catch (error) {
    journal('error', 'the key registry could not be read again', { detail: String(error) })
  }
}
