import { parseArgs } from 'node:util'
import { checkFiles } from './cli-check.ts'
import { type CapArgs, COMMON, type Io, readCommon, usage } from './cli-common.ts'
import { exportOrder } from './cli-export.ts'
import { showFile } from './cli-show.ts'

const HELP = `bangtin cap: bản tin cảnh báo CAP 1.2 · CAP 1.2 messages

  bangtin cap check TỆP… · FILE…   kiểm theo chuẩn và hồ sơ VN-LC:CLUSTER:1.0 · against the standard and our profile
  bangtin cap show TỆP · FILE      bản tin sẽ thành bản nháp lệnh nào · the draft order it would become
  bangtin cap export LENH.json     một lệnh thành bản tin CAP · an order as a CAP message
                                   (một danh sách: lệnh cuối được xuất, các lệnh trước là lệnh nó dẫn
                                   · of a list the last is exported, those before it are what it refers to)

  --profile       buộc theo hồ sơ, dù bản tin không khai · hold it to the profile even when it claims none (check)
  --strict        cảnh báo cũng là lỗi · warnings count as errors (check)
  --keys TỆP      khóa đã ghim của bên gửi: {"senders": [{"sender": …, "keys": [{"file": …}]}]}; kiểm chữ ký
                  · pinned keys of senders; signatures are checked (check)
  --sites TỆP     sổ cụm (JSON), để tính vùng trúng cụm nào · register of clusters, to say which are in the area
  --units TỆP     đơn vị hành chính (mặc định deploy/areas/lai-chau-2025.json) · administrative units
  --at THỜI_GIAN  coi như đang lúc này, dạng CAP · as if it were this time, e.g. 2026-07-18T02:14:00+07:00
  --sender TÊN    bên gửi của bản tin xuất ra · sender of what is exported (export; hub@bangtin.example)
  --json          kết quả dạng JSON · result as JSON

Mã thoát · exit: 0 tốt · fine; 1 có lỗi được tìm thấy · found something wrong; 2 dùng sai · bad usage
`

const VERBS: { readonly [name: string]: (io: Io, args: CapArgs) => number } = {
  check: checkFiles,
  show: showFile,
  export: exportOrder,
}

const REAL: Io = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  now: () => Date.now(),
}

/** `bangtin cap …` in a given world. Exit codes as in the help. */
export const runCap = (args: readonly string[], io: Io): number => {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help' || rest.includes('--help')) {
    ;(name === undefined ? io.err : io.out)(HELP)
    return name === undefined ? 2 : 0
  }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  if (verb === undefined) return usage(io, `không có lệnh "${name}" · there is no command "${name}"`)
  const parsed = parseOptions(rest)
  if (typeof parsed === 'string') return usage(io, parsed)
  const common = readCommon(parsed.values, io.now())
  if (!common.ok) return usage(io, common.error)
  return verb(io, { files: parsed.positionals, ...common.value })
}

const parseOptions = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: COMMON, allowPositionals: true })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** `bangtin cap …`. */
export const capCommand = async (args: string[]): Promise<number> => runCap(args, REAL)
