import { existsSync, readFileSync } from 'node:fs'

/** A sub-command gets its own arguments and resolves to the exit code: 0 fine, 1 found something wrong, 2 bad usage. */
type Command = (args: string[]) => Promise<number>
type Entry = { readonly vi: string; readonly en: string; readonly load: () => Promise<Command> }

/** Every sub-command there is. Each is loaded only when it is called, so `playlog` never waits for the hub's packages. */
const COMMANDS: { readonly [name: string]: Entry } = {
  simulate: {
    vi: 'chạy thử một ngày, một tuần, nửa năm trong thời gian ảo',
    en: 'run a day, a week, half a year in virtual time',
    load: async () => (await import('./edge/cli/simulate.ts')).simulateCommand,
  },
  edge: {
    vi: 'tiến trình tại cụm',
    en: 'the daemon beside a display',
    load: async () => (await import('./edge/cli/edge.ts')).edgeCommand,
  },
  hub: {
    vi: 'trung tâm của tỉnh',
    en: 'the provincial hub',
    load: async () => (await import('./dashboard/hub/cli.ts')).hubCommand,
  },
  keys: {
    vi: 'khóa gốc, sổ khóa, người và tài khoản',
    en: 'root key, key registry, people and accounts',
    load: async () => (await import('./dashboard/hub/keys/command.ts')).keysCommand,
  },
  demo: {
    vi: 'trung tâm và ba cụm mẫu trên máy này',
    en: 'a hub and three sample clusters on this machine',
    load: async () => (await import('./scripts/demo/main.ts')).demoCommand,
  },
  playlog: {
    vi: 'nhật ký đăng phát: kiểm tra, tra cứu, xuất',
    en: 'the play log: verify, query, export',
    load: async () => (await import('./edge/cli/playlog.ts')).playlogCommand,
  },
  cap: {
    vi: 'bản tin cảnh báo CAP 1.2: kiểm, xem, xuất',
    en: 'CAP 1.2 messages: check, show, export',
    load: async () => (await import('./dashboard/hub/cap/cli.ts')).capCommand,
  },
  backup: {
    vi: 'sao lưu, kiểm tra, khôi phục trung tâm và cụm',
    en: 'back up, verify and restore hub and clusters',
    load: async () => backupCommand,
  },
  doctor: {
    vi: 'chẩn đoán một cụm, gói hỗ trợ, kiểm tra an toàn',
    en: 'diagnose a cluster, bundle for support, security audit',
    load: async () => (await import('./edge/cli/doctor.ts')).doctorCommand,
  },
  profile: {
    vi: 'hồ sơ bộ điều khiển màn hình',
    en: 'display controller profiles',
    load: async () => (await import('./controller/cli.ts')).profileCommand,
  },
}

/** Of hubs and of clusters: whose a backup is stands in it, and a machine beside a display has no hub's packages. */
const backupCommand: Command = async (args) => {
  const [what, file] = args
  const { edgeBackupCommand, EDGE_HELP } = await import('./edge/cli/backup.ts')
  if (what === undefined || args.includes('--help') || args.includes('-h')) {
    const hub = await import('./dashboard/hub/backup/command.ts').catch(() => null)
    const text = `bangtin backup: sao lưu và khôi phục · back-up and restore\n\n${EDGE_HELP}${hub?.HUB_HELP ?? ''}\n  --json          kết quả dạng JSON · the result as JSON\n\nMã thoát · exit: 0 tốt · fine; 1 hỏng hoặc không làm được · damaged or not done; 2 dùng sai · bad usage\n`
    process[what === undefined ? 'stderr' : 'stdout'].write(text)
    return what === undefined ? 2 : 0
  }
  if (what === 'edge') return edgeBackupCommand(args)
  if (what === 'verify' || what === 'restore') {
    const { kindOf } = await import('./edge/shell/backup.ts')
    const named = file === undefined || file.startsWith('-') ? null : kindOf(file)
    if (named !== null && !named.ok) {
      process.stderr.write(`✗ ${named.error}\n`)
      return 1
    }
    if (named?.value === 'edge') return edgeBackupCommand(args)
  }
  return (await import('./dashboard/hub/backup/command.ts')).hubBackupCommand(args)
}

const help = (): string => {
  const names = Object.keys(COMMANDS)
  const width = Math.max(...names.map((name) => name.length)) + 2
  const lines = Object.entries(COMMANDS).map(([name, { vi, en }]) => `  ${name.padEnd(width)}${vi} · ${en}\n`)
  return [
    'bangtin: cụm thông tin điện tử công cộng · public electronic information clusters\n\n',
    'Cách dùng · usage: bangtin <lệnh · command> [...]\n\n',
    ...lines,
    '\n  --help     trang này; thêm sau một lệnh để xem lệnh đó · this page; after a command, that command\n',
    '  --version  phiên bản · version\n',
    '\nMã thoát · exit: 0 tốt · fine; 1 có lỗi được tìm thấy · found something wrong; 2 dùng sai · bad usage\n',
  ].join('')
}

const version = (): string => {
  const said: unknown = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'))
  const found = typeof said === 'object' && said !== null && 'version' in said ? String(said.version) : '?'
  return `bangtin ${found} (Node ${process.versions.node})\n`
}

/** How many single letters must be put in, taken out or changed to get from one word to the other (Levenshtein). */
const distance = (a: string, b: string): number => {
  const start = Array.from({ length: b.length + 1 }, (_, index) => index)
  const last = [...a].reduce((before, letter, row) => {
    const line = [row + 1]
    for (const [column, other] of [...b].entries()) {
      const change = (before[column] ?? 0) + (letter === other ? 0 : 1)
      line.push(Math.min(change, (before[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1))
    }
    return line
  }, start)
  return last.at(-1) ?? 0
}

/** The command whose name is nearest; none when over half of the word would have to change. */
const nearest = (word: string): string | undefined => {
  const ranked = Object.keys(COMMANDS)
    .map((name) => ({ name, steps: distance(word.toLowerCase(), name) }))
    .sort((one, other) => one.steps - other.steps)
  const best = ranked[0]
  return best !== undefined && best.steps <= Math.ceil(Math.max(word.length, best.name.length) / 2)
    ? best.name
    : undefined
}

/** The package for a cluster has the edge alone: a command of the hub's says so there, and does not look broken. */
const isNotHere = (error: unknown): boolean =>
  !existsSync(new URL('./dashboard', import.meta.url)) &&
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  /\/(?:dashboard|scripts)\//.test(error.message)

const main = async (args: string[]): Promise<number> => {
  const [name, ...rest] = args
  if (name === '--version' || name === '-V') {
    process.stdout.write(version())
    return 0
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help())
    return 0
  }
  if (name === undefined) {
    process.stderr.write(help())
    return 2
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (entry !== undefined) {
    try {
      return await (await entry.load())(rest)
    } catch (error) {
      if (!isNotHere(error)) throw error
      process.stderr.write(
        `✗ bangtin ${name}: thuộc máy chủ trung tâm, không có trong bản cài tại cụm · belongs to the hub, not part of this installation\n`,
      )
      return 2
    }
  }
  const guess = nearest(name)
  process.stderr.write(`✗ Không có lệnh "${name}" · there is no command "${name}"\n`)
  if (guess !== undefined) process.stderr.write(`  Ý bạn là "${guess}"? · did you mean "${guess}"?\n`)
  process.stderr.write('  bangtin --help\n')
  return 2
}

// Whoever reads our output may stop reading (`| head`): that is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

// Set, not called: what a command has written is flushed before the process ends.
process.exitCode = await main(process.argv.slice(2))
