import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { err, ok, type Result } from '#core/base/result.ts'
import { readConfig } from './config.ts'
import { databaseOf } from './main.ts'
import type { AuditState } from './store/port.ts'
import { openSqliteStore } from './store/sqlite.ts'

const HELP = `bangtin hub audit verify: nhật ký thao tác có còn nguyên · is the audit log as it was written

  --config FILE   tệp cấu hình của trung tâm; trung tâm có thể đang chạy · the hub's configuration; the hub may be running
  --head N:SUM    dòng và mã đã ghi lại trước đây (nhật ký hệ thống, "audit log verified") · line and sum noted earlier,
                  as in the hub's journal: found even when the whole file was made anew
  --json          kết quả dạng JSON · the result as JSON

Mã thoát · exit: 0 còn nguyên · intact; 1 đã bị sửa, hoặc không đọc được · changed, or cannot be read; 2 dùng sai · bad usage
`

const OPTIONS = {
  config: { type: 'string' },
  head: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const complain = (text: string, code: number): number => {
  process.stderr.write(`✗ ${text}\n`)
  return code
}

type Noted = { readonly line: number; readonly sum: string }

const notedOf = (head: string | undefined): Result<Noted | null, string> => {
  if (head === undefined) return ok(null)
  const [, line, sum] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(head) ?? []
  if (line !== undefined && sum !== undefined) return ok({ line: Number(line), sum })
  return err(`--head: "${head}" không có dạng N:SUM · is not of the form N:SUM`)
}

/** `bangtin hub audit verify`: reads the whole log of a hub, which may be running. */
export const auditCommand = async (args: string[]): Promise<number> => {
  let options: ReturnType<typeof parse>
  try {
    options = parse(args)
  } catch (error) {
    return complain(`${error instanceof Error ? error.message : String(error)}\n  bangtin hub audit --help`, 2)
  }
  const { values, positionals } = options
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  if (positionals.length !== 1 || positionals[0] !== 'verify' || values.config === undefined)
    return complain('bangtin hub audit verify --config FILE [--head N:SUM] [--json]\n  bangtin hub audit --help', 2)
  const noted = notedOf(values.head)
  if (!noted.ok) return complain(noted.error, 2)
  const config = readConfig(values.config)
  if (!config.ok) return complain(config.error, 1)
  const read = await readLog(config.value.dataDir, noted.value)
  if (!read.ok) return complain(read.error, 1)
  process.stdout.write(values.json ? `${JSON.stringify(read.value)}\n` : wordsOf(read.value))
  return read.value.intact ? 0 : 1
}

const parse = (args: string[]) => parseArgs({ args, options: OPTIONS, allowPositionals: true })

type Finding = AuditState & { readonly intact: boolean }

const readLog = async (dataDir: string, noted: Noted | null): Promise<Result<Finding, string>> => {
  const file = databaseOf(dataDir)
  if (!existsSync(file)) return err(`/dataDir: ${file}: is not there · không có cơ sở dữ liệu`)
  const store = openSqliteStore(file)
  try {
    const state = await store.audit.verify()
    const other = noted !== null && (await store.audit.sumOf(noted.line)) !== noted.sum
    const faults = other
      ? [...state.faults, { id: noted.line, why: 'has another sum than the one that was noted: the log was made anew' }]
      : state.faults
    return ok({ ...state, faults, intact: faults.length === 0 })
  } finally {
    await store.close()
  }
}

const wordsOf = (it: Finding): string =>
  it.intact
    ? `✓ ${it.lines} dòng, còn nguyên · lines, intact\n  --head ${it.last}:${it.head}\n`
    : [
        `✗ nhật ký thao tác đã bị sửa · the audit log has been changed (${it.lines} dòng · lines)`,
        ...it.faults.map((f) => `  dòng · line ${f.id}: ${f.why}`),
        '',
      ].join('\n')
