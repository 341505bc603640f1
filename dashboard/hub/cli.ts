import { parseArgs } from 'node:util'
import type { Log } from '#core/base/ports.ts'
import { readConfig } from './config.ts'
import { startHub } from './main.ts'

const HELP = `bangtin hub: trung tâm của tỉnh · the provincial hub

  --config FILE   tệp cấu hình (mẫu: deploy/hub/hub.example.json) · configuration file
  --check         chỉ kiểm tra cấu hình · only check the configuration

Mã thoát · exit: 0 tốt · fine; 1 không khởi động được · cannot start; 2 dùng sai · bad usage
`

/** One JSON object per line: errors and warnings to stderr, the rest to stdout. */
const journal: Log = (level, message, fields) => {
  const line = `${JSON.stringify({ level, message, ...fields })}\n`
  if (level === 'error' || level === 'warn') process.stderr.write(line)
  else process.stdout.write(line)
}

/** `bangtin hub`: runs until SIGTERM or SIGINT. */
export const hubCommand = async (args: string[]): Promise<number> => {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP)
    return 0
  }
  let options: { config?: string | undefined; check?: boolean | undefined }
  try {
    options = parseArgs({ args, options: { config: { type: 'string' }, check: { type: 'boolean' } } }).values
  } catch (error) {
    process.stderr.write(`✗ ${(error as Error).message}\n  bangtin hub --help\n`)
    return 2
  }
  if (options.config === undefined) {
    process.stderr.write('✗ thiếu --config FILE · --config FILE is needed\n  bangtin hub --help\n')
    return 2
  }
  const config = readConfig(options.config)
  if (!config.ok) {
    process.stderr.write(`✗ ${config.error}\n`)
    return 1
  }
  if (options.check) {
    process.stdout.write(`✓ ${options.config}\n`)
    return 0
  }
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done())
  })
  const hub = await startHub(config.value, { log: journal, now: Date.now })
  if (!hub.ok) {
    process.stderr.write(`✗ ${hub.error}\n`)
    return 1
  }
  await stopped
  await hub.value.close()
  return 0
}
