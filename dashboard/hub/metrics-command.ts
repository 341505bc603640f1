import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readConfig } from './config.ts'
import { databaseOf } from './main.ts'
import { openMetrics } from './metrics/past.ts'
import { openSqliteStore } from './store/sqlite.ts'

const HELP = `bangtin hub metrics export: số liệu các cụm tự giữ lúc mất kết nối · what edges sampled while they were away

  --config FILE   tệp cấu hình của trung tâm; trung tâm có thể đang chạy · the hub's configuration; the hub may be running
  --openmetrics   dạng OpenMetrics có thời điểm, cho · OpenMetrics with times, for: promtool tsdb create-blocks-from openmetrics
  --site ID       chỉ một cụm · one cluster only
  --from, --to    thời điểm ISO 8601 · instants in ISO 8601

Mã thoát · exit: 0 tốt · fine; 1 không đọc được · cannot be read; 2 dùng sai · bad usage
`

const OPTIONS = {
  config: { type: 'string' },
  openmetrics: { type: 'boolean', default: false },
  site: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const complain = (text: string, code: number): number => {
  process.stderr.write(`✗ ${text}\n`)
  return code
}
const parse = (args: string[]) => parseArgs({ args, options: OPTIONS, allowPositionals: true })

/** `bangtin hub metrics export`: to standard output. */
export const metricsCommand = async (args: string[]): Promise<number> => {
  let options: ReturnType<typeof parse>
  try {
    options = parse(args)
  } catch (error) {
    return complain(`${error instanceof Error ? error.message : String(error)}\n  bangtin hub metrics --help`, 2)
  }
  const { values, positionals } = options
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const from = values.from === undefined ? 0 : Date.parse(values.from)
  const to = values.to === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(values.to)
  if (Number.isNaN(from) || Number.isNaN(to))
    return complain(
      '--from, --to: cần thời điểm ISO 8601 · give instants in ISO 8601, e.g. 2026-11-23T07:00:00+07:00',
      2,
    )
  if (positionals.join(' ') !== 'export' || values.config === undefined || !values.openmetrics)
    return complain('bangtin hub metrics export --config FILE --openmetrics [--site ID] [--from T] [--to T]', 2)
  const config = readConfig(values.config)
  if (!config.ok) return complain(config.error, 1)
  const { dataDir } = config.value
  if (!existsSync(databaseOf(dataDir)))
    return complain(`/dataDir: ${databaseOf(dataDir)}: is not there · không có cơ sở dữ liệu`, 1)
  const store = openSqliteStore(databaseOf(dataDir))
  const sites = (await store.sites.all()).filter(({ id }) => values.site === undefined || id === values.site)
  await store.close()
  if (sites.length === 0) return complain(`--site ${values.site}: không có cụm này · there is no such cluster`, 1)
  for (const piece of openMetrics(join(dataDir, 'history'), sites, { from, to })) process.stdout.write(piece)
  return 0
}
