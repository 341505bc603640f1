import { parseArgs } from 'node:util'
import type { Log } from '#core/base/ports.ts'
import { readConfig } from '../config.ts'
import { checkFiles } from '../ground.ts'
import { startEdge } from '../main.ts'

const HELP = `bangtin edge: tiến trình tại cụm · the daemon beside one display

  --config FILE   tệp cấu hình (mẫu: deploy/edge/edge.example.json) · configuration file
  --check         chỉ kiểm tra cấu hình và các tệp nó nêu · only check it and the files it names

Mã thoát · exit: 0 tốt · fine; 1 không khởi động được · cannot start; 2 dùng sai · bad usage; 70 lỗi của phần mềm · a bug of ours
`

/** After this the process ends even when something does not, ms. */
const STOP_MS = 8_000

/** One JSON object per line: errors and warnings to stderr, the rest to stdout; the journal keeps both. */
const journal: Log = (level, message, fields) => {
  const line = `${JSON.stringify({ level, message, ...fields })}\n`
  if (level === 'error' || level === 'warn') process.stderr.write(line)
  else process.stdout.write(line)
}

/** Settings of `edge/launch.sh` that are this process's own: the player, which is its child, keeps its own way with memory. */
const OURS = ['MALLOC_ARENA_MAX', 'MALLOC_MMAP_THRESHOLD_', 'NODE_COMPILE_CACHE'] as const

const complain = (text: string, code: number): number => {
  process.stderr.write(`✗ ${text}\n`)
  return code
}

/** `bangtin edge`: runs until SIGTERM or SIGINT. */
export const edgeCommand = async (args: string[]): Promise<number> => {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP)
    return 0
  }
  let options: { config?: string | undefined; check?: boolean | undefined }
  try {
    options = parseArgs({ args, options: { config: { type: 'string' }, check: { type: 'boolean' } } }).values
  } catch (error) {
    return complain(`${(error as Error).message}\n  bangtin edge --help`, 2)
  }
  if (options.config === undefined)
    return complain('thiếu --config FILE · --config FILE is needed\n  bangtin edge --help', 2)
  const config = readConfig(options.config)
  if (!config.ok) return complain(config.error, 1)
  if (options.check) {
    const files = checkFiles(config.value)
    if (!files.ok) return complain(files.error.detail, 1)
    process.stdout.write(`✓ ${options.config}\n`)
    return 0
  }
  for (const name of OURS) delete process.env[name]
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done())
  })
  const edge = await startEdge(config.value, {
    log: journal,
    fatal: () => process.exit(70),
    configFile: options.config,
  })
  if (!edge.ok) return complain(`${edge.error.fault}: ${edge.error.detail}`, 1)
  await stopped
  setTimeout(() => process.exit(1), STOP_MS).unref()
  await edge.value.stop()
  return 0
}
