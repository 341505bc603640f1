import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readConfig } from '../config.ts'
import { VERSION } from '../ground.ts'
import { backupEdge, restoreEdge, verifyEdge } from '../shell/backup.ts'

export const EDGE_HELP = `  edge --config FILE --out FILE
                  cụm (có thể đang chạy): nhật ký đăng phát, phê duyệt, tổng hợp, cấu hình; không có khóa thiết bị
                  one cluster's computer, which may be running: play log, approvals, aggregates, configuration; never its key
`

const OPTIONS = {
  config: { type: 'string' },
  out: { type: 'string' },
  to: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

const parse = (args: string[]) => parseArgs({ args, options: OPTIONS, allowPositionals: true })

const complain = (text: string, code: number): number => {
  process.stderr.write(`✗ ${text}\n`)
  return code
}
const USAGE = '  bangtin backup --help'

/** `bangtin backup edge|verify|restore`, for clusters. */
export const edgeBackupCommand = async (args: string[]): Promise<number> => {
  let given: ReturnType<typeof parse>
  try {
    given = parse(args)
  } catch (error) {
    return complain(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`, 2)
  }
  const { values } = given
  const [what, file, ...more] = given.positionals
  if (more.length > 0) return complain(`${more.join(' ')}\n${USAGE}`, 2)
  const say = (json: object, words: string): number => {
    process.stdout.write(values.json ? `${JSON.stringify(json)}\n` : words)
    return 0
  }
  if (what === 'edge' && file === undefined) {
    if (values.config === undefined || values.out === undefined)
      return complain(`edge: --config FILE --out FILE\n${USAGE}`, 2)
    const config = readConfig(values.config)
    if (!config.ok) return complain(config.error, 1)
    const { dataDir, policy, site } = config.value
    const made = backupEdge({
      ...{ site: site.id, dataDir, configFile: values.config, others: [policy], out: resolve(values.out) },
      ...{ version: VERSION, now: Date.now() },
    })
    if (!made.ok) return complain(made.error, 1)
    const left = made.value.manifest.left.map((why) => `! ${why}\n`).join('')
    return say(
      made.value,
      `✓ ${values.out}: ${made.value.manifest.files.length} tệp · files, ${made.value.bytes} byte\n${left}`,
    )
  }
  if (file === undefined) return complain(`cần tên tệp · a file is needed\n${USAGE}`, 2)
  if (what === 'verify') {
    const checked = verifyEdge(file)
    if (!checked.ok) return complain(checked.error, 1)
    const { of, madeAt, files } = checked.value
    return say(checked.value, `✓ edge ${of}, ${new Date(madeAt).toISOString()}, ${files.length} tệp · files\n`)
  }
  if (values.to === undefined) return complain(`restore: --to DIR\n${USAGE}`, 2)
  const done = restoreEdge(file, resolve(values.to))
  if (!done.ok) return complain(done.error, 1)
  return say(done.value, `✓ ${values.to}\n${steps(done.value.plays)}`)
}

const steps = (plays: string): string => `Việc tiếp theo · next steps (docs/backup.md)
  1. so config/edge.json với cấu hình của cụm, chép vào chỗ · compare config/edge.json with the cluster's, put it in its place
  2. xin mã đăng ký mới ở trung tâm, ghi vào /hub/enrolCode · get a new one-time code at the hub, write it to /hub/enrolCode
  3. khởi động: thiết bị có khóa mới, nhật ký bắt đầu chuỗi mới · start: the device has a new key, its log begins a new chain
  4. nhật ký cũ ở lại đây, kiểm bằng · the old log stays here, check it with: bangtin playlog verify --dir ${plays}
`
