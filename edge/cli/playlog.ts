import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { CATEGORIES } from '#core/content/category.ts'
import { CLOSE_CAUSE_NAMES } from '#core/contract/words.ts'
import type { PlayFilter } from '#core/evidence/filter.ts'
import { createVerify, sha256 } from '../shell/crypto.ts'
import { realFs, tryDisk } from '../shell/playlog-fs.ts'
import { verifyFolder } from '../shell/playlog-segments.ts'
import { type Ask, exportPlays, FORMATS, type Format, queryAt, querySpan } from './playlog-answers.ts'
import { aggregates, budget } from './playlog-kept.ts'
import { CONSOLE, type Out, openFolder, timeOf, Usage, usage, usualFolder, wrong } from './playlog-open.ts'

import { verifyReport } from './verify-report.ts'

export type { Out } from './playlog-open.ts'

const HELP = `bangtin playlog: nhật ký đăng phát của một cụm · the play log of one cluster

  bangtin playlog verify --site ID | --dir <data>/plays [--json]
      kiểm tra chuỗi băm và chữ ký niêm phong · verifies the hash chain and the seals
  bangtin playlog query  --site ID | --dir <data>/plays --at ISO [--json]
      lúc đó trên màn hình có gì, vì sao, của ai, theo văn bản nào, làm sao biết; hồ sơ duyệt và tệp nằm ở đâu
      what was on the screen then, why, from whom, under which document, how we know; where its approval and file are
  bangtin playlog query  --site ID | --dir <data>/plays [--from ISO --to ISO] [lọc · filter] [--json]
      các lượt phát · plays
  bangtin playlog export --site ID | --dir <data>/plays [--from ISO --to ISO] [--format lines|jsonl|csv] [lọc · filter] [--bom]
      lines: các dòng nguyên văn · the lines as they are (default); jsonl, csv: các lượt phát · plays
      csv: RFC 4180, UTF-8; --bom cho phần mềm bảng tính · for spreadsheet programs
  bangtin playlog aggregates --site ID | --dir <data>/plays [--from DATE --to DATE] [--json | --csv [--bom]]
      số liệu từng ngày, giữ ít nhất 24 tháng; chữ ký được kiểm tra · one row a day, kept at least 24 months; signatures are checked
  bangtin playlog budget --site ID | --dir <data>/plays [--json]
      6 tháng nhật ký cần bao nhiêu chỗ, đĩa đầy ngày nào · what six months take, and when the disk will be full
  bangtin playlog verify-report FILE [--key 32 hex] [--photos DIR] [--json]
      biên bản nghiệm thu: chữ ký của thiết bị, mã băm của ảnh · a hand-over report: the signature of the device, the hashes of photos

  lọc · filter (tất cả phải đúng · all must hold):
    --item ID  --category A7_1_POLICY_LAW  --language vi  --supplier ID  --order ID  --document TEXT  --cause ended  --ads | --no-ads

  Không có --dir: /var/lib/bangtin/<site>/plays, rồi var/demo của cây này · without --dir these places are looked into
  Giờ không ghi múi là giờ Việt Nam (+07:00) · a time without a zone is Vietnamese time (+07:00)
  Định dạng tệp: docs/evidence-format.md · the format of the files
  Mã thoát · exit: 0 tốt · fine; 1 có lỗi được tìm thấy · found something wrong; 2 dùng sai · bad usage
`

const TEXT = { type: 'string' } as const
const FLAG = { type: 'boolean' } as const
const OPTIONS = {
  dir: TEXT,
  site: TEXT,
  at: TEXT,
  from: TEXT,
  to: TEXT,
  item: TEXT,
  category: TEXT,
  language: TEXT,
  supplier: TEXT,
  order: TEXT,
  document: TEXT,
  cause: TEXT,
  format: TEXT,
  ads: FLAG,
  'no-ads': FLAG,
  csv: FLAG,
  bom: FLAG,
  json: FLAG,
  help: { type: 'boolean', short: 'h' },
} as const

/** 0: fine; 1: found something wrong (a broken chain, no answer, an unreadable folder); 2: bad usage. */
export const playlogCommand = async (args: readonly string[], io: Out = CONSOLE): Promise<number> => {
  try {
    const helps = args.some((one) => one === '--help' || one === '-h')
    return args[0] === 'verify-report' && !helps ? verifyReport(args.slice(1), io) : await run(args, io)
  } catch (error) {
    if (!(error instanceof Usage)) throw error
    io.err(`✗ ${error.message}\n  bangtin playlog --help\n`)
    return 2
  }
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    return usage('tham số không hiểu được', error instanceof Error ? error.message : String(error))
  }
}
type Values = ReturnType<typeof parse>['values']

const VERBS = ['verify', 'query', 'export', 'aggregates', 'budget'] as const
type Verb = (typeof VERBS)[number]

const run = async (args: readonly string[], io: Out): Promise<number> => {
  const { values, positionals } = parse(args)
  if (values.help === true || args.length === 0) {
    io.out(HELP)
    return args.length === 0 ? 2 : 0
  }
  const [named, extra] = positionals
  if (extra !== undefined) usage(`thừa tham số: ${extra}`, `unexpected argument: ${extra}`)
  const verb =
    VERBS.find((one) => one === named) ??
    usage(`không có lệnh "${named ?? ''}": ${VERBS.join(', ')}`, VERBS.join(', ').replace(/, (\w+)$/, ' or $1'))
  misplaced(verb, values)
  const span = spanOf(values)
  const filter = filterOf(values)
  const at = values.at === undefined ? null : timeOf(values.at, '--at')
  const format = formatOf(values.format)
  const dir = values.dir ?? usualFolder(values.site)
  if (!existsSync(dir)) return wrong(io, `${dir}: không có thư mục này`, 'there is no such folder')
  const opened = tryDisk(dir, () => openFolder(dir, values.site))
  if (!opened.ok) return wrong(io, opened.error.detail, 'cannot be read')
  if (typeof opened.value === 'string') return wrong(io, opened.value, 'not a play log of that cluster')
  const ask: Ask = { ...opened.value, span, filter, json: values.json === true }
  const as = ask.json ? 'json' : values.csv === true ? 'csv' : 'text'
  const bom = values.bom === true
  return calmly(dir, io, () => {
    switch (verb) {
      case 'verify':
        return verify(ask, io)
      case 'query':
        if (at === null && span === null && Object.keys(filter).length === 0)
          return usage(
            'query cần --at, --from và --to, hoặc một điều kiện lọc',
            'query needs --at, --from and --to, or a filter',
          )
        return at === null ? querySpan(ask, io) : queryAt(ask, at, io)
      case 'export':
        return exportPlays(ask, { format, bom }, io)
      case 'aggregates':
        return aggregates({ ...ask, as, bom }, io)
      case 'budget':
        return budget({ ...ask, as }, Date.now(), io)
    }
  })
}

/** What the disk does to us is said and is 1; anything else is a bug and is thrown. */
const calmly = async (dir: string, io: Out, act: () => number | Promise<number>): Promise<number> => {
  try {
    return await act()
  } catch (error) {
    const said = tryDisk(dir, () => {
      throw error
    })
    return said.ok ? 1 : wrong(io, said.error.detail, 'cannot be read')
  }
}

const FILTERS = ['item', 'category', 'language', 'supplier', 'order', 'document', 'cause'] as const

/** An option that would be passed over silently is refused: the answer would not be what was asked for. */
const misplaced = (verb: Verb, values: Values): void => {
  const filters = [...FILTERS, 'ads', 'no-ads'] as const
  const spans = ['from', 'to'] as const
  const allowed: { readonly [V in Verb]: readonly string[] } = {
    verify: ['json'],
    query: ['at', ...spans, ...filters, 'json'],
    export: [...spans, ...filters, 'format', 'bom'],
    aggregates: [...spans, 'json', 'csv', 'bom'],
    budget: ['json'],
  }
  for (const name of Object.keys(values))
    if (!['dir', 'site', ...allowed[verb]].includes(name))
      usage(`--${name} không dùng với ${verb}`, `--${name} does not go with ${verb}`)
  const narrowed = filters.find((name) => values[name] !== undefined)
  if (verb === 'export' && narrowed !== undefined && (values.format ?? 'lines') === 'lines')
    usage(
      `--${narrowed} cần --format csv hoặc jsonl`,
      `--${narrowed} needs --format csv or jsonl: raw lines are never left out`,
    )
  if (values.at !== undefined && (values.from !== undefined || narrowed !== undefined))
    usage('--at đứng một mình', '--at stands alone')
}

const spanOf = ({ from, to }: Values): Ask['span'] => {
  if ((from === undefined) !== (to === undefined))
    usage('--from và --to phải đi cùng nhau', '--from and --to go together')
  if (from === undefined || to === undefined) return null
  const span = { from: timeOf(from, '--from'), to: timeOf(to, '--to') }
  return span.from < span.to ? span : usage('--from phải trước --to', '--from must be before --to')
}

const filterOf = (values: Values): PlayFilter => {
  const { category, cause, language, ads } = values
  if (category !== undefined && !CATEGORIES.some((one) => one === category))
    usage(`--category: không có loại "${category}"`, `no such category; one of ${CATEGORIES.join(', ')}`)
  if (cause !== undefined && !Object.hasOwn(CLOSE_CAUSE_NAMES, cause))
    usage(`--cause: không có "${cause}"`, `no such cause; one of ${Object.keys(CLOSE_CAUSE_NAMES).join(', ')}`)
  if (language !== undefined && !/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(language))
    usage(`--language: "${language}" không phải mã ngôn ngữ`, `"${language}" is no language tag; try vi, en, zh or blt`)
  if (ads === true && values['no-ads'] === true) usage('--ads hoặc --no-ads', '--ads or --no-ads, not both')
  const texts = FILTERS.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]] as const]))
  return {
    ...Object.fromEntries(texts),
    ...(ads === true ? { ads: true } : values['no-ads'] === true ? { ads: false } : {}),
  }
}

const formatOf = (text: string | undefined): Format =>
  text === undefined
    ? 'lines'
    : (FORMATS.find((one) => one === text) ??
      usage(`--format: không có dạng "${text}"`, `no such format; one of ${FORMATS.join(', ')}`))

const verify = (ask: Ask, io: Out): number => {
  const { identity } = ask
  const report = verifyFolder(realFs, ask.dir, {
    sha256,
    seals: { site: identity.site, publicKeys: [identity.publicKey, ...identity.earlierKeys], verify: createVerify() },
  })
  const fine = report.breaks.length === 0
  if (ask.json) io.out(`${JSON.stringify({ site: identity.site, ok: fine, ...report }, null, 2)}\n`)
  else {
    for (const b of report.breaks) io.out(`SAI · WRONG  ${b.file}, dòng · line ${b.line}, seq ${b.seq}: ${b.why}\n`)
    if (report.tornBytes > 0) io.out(`Đuôi đang ghi dở · tail not finished: ${report.tornBytes} byte\n`)
    io.out(
      `${identity.site}: ${report.records} bản ghi · records (seq ${report.first}–${report.next - 1}), ${report.segments} tệp · files, ${report.seals} niêm phong · seals: ${fine ? 'ĐÚNG · VERIFIED' : 'KHÔNG KHỚP · DOES NOT VERIFY'}\n`,
    )
    if (fine) io.out(`Băm đầu chuỗi · head hash: ${report.head}\n`)
  }
  return fine ? 0 : 1
}
