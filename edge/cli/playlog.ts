import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { dateOf } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import type { PlayAnswer } from '#core/contract/api.ts'
import { explain } from '#core/evidence/explain.ts'
import { foldPlays, playAt } from '#core/evidence/query.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import { createVerify, sha256 } from '../shell/crypto.ts'
import { realFs, tryDisk } from '../shell/playlog-fs.ts'
import {
  IDENTITY_FILE,
  type Identity,
  listSegments,
  readIdentity,
  type Segment,
  segmentLines,
  segmentRecords,
  verifyFolder,
} from '../shell/playlog-segments.ts'

const HELP = `bangtin playlog: nhật ký đăng phát của một cụm · the play log of one cluster

  bangtin playlog verify --site ID | --dir <data>/plays [--json]
      kiểm tra chuỗi băm và chữ ký niêm phong · verifies the hash chain and the seals
  bangtin playlog query  --site ID | --dir <data>/plays --at ISO [--json]
      lúc đó trên màn hình có gì, vì sao, của ai, theo văn bản nào, làm sao biết
      what was on the screen then, why, from whom, under which document, how we know
  bangtin playlog query  --site ID | --dir <data>/plays --from ISO --to ISO [--json]
      các lượt phát trong khoảng · the plays of a span
  bangtin playlog export --site ID | --dir <data>/plays [--from ISO --to ISO]
      các dòng nguyên văn · the lines as they are

  Không có --dir: /var/lib/bangtin/<site>/plays, rồi var/demo của cây này · without --dir these places are looked into
  Giờ không ghi múi là giờ Việt Nam (+07:00) · a time without a zone is Vietnamese time (+07:00)
  Mã thoát · exit: 0 tốt · fine; 1 có lỗi được tìm thấy · found something wrong; 2 dùng sai · bad usage
`

/** Việt Nam has one zone; a log is read by it whatever the machine's own is. */
const ZONE = { offsetMinutes: 420 } as const

const OPTIONS = {
  dir: { type: 'string' },
  site: { type: 'string' },
  at: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

type Ask = {
  readonly dir: string
  readonly identity: Identity
  readonly segments: readonly Segment[]
  readonly at: number | null
  readonly span: { readonly from: number; readonly to: number } | null
  readonly json: boolean
}

/** Where the answer goes; a test gives its own. */
export type Out = { readonly out: (text: string) => void; readonly err: (text: string) => void }
const CONSOLE: Out = { out: (text) => process.stdout.write(text), err: (text) => process.stderr.write(text) }

class Usage extends Error {}
const usage = (vi: string, en: string): never => {
  throw new Usage(`${vi} · ${en}`)
}

/** 0: fine; 1: found something wrong (a broken chain, no answer, an unreadable folder); 2: bad usage. */
export const playlogCommand = async (args: readonly string[], io: Out = CONSOLE): Promise<number> => {
  try {
    return run(args, io)
  } catch (error) {
    if (!(error instanceof Usage)) throw error
    io.err(`${error.message}\n`)
    return 2
  }
}

const run = (args: readonly string[], io: Out): number => {
  const { values, positionals } = parse(args)
  if (values.help === true || args.length === 0) {
    io.out(HELP)
    return args.length === 0 ? 2 : 0
  }
  const [verb, extra] = positionals
  if (extra !== undefined) usage(`thừa tham số: ${extra}`, `unexpected argument: ${extra}`)
  const dir = values.dir ?? usualFolder(values.site)
  if (!existsSync(dir)) return wrong(io, `${dir}: không có thư mục này`, 'there is no such folder')
  const at = values.at === undefined ? null : timeOf(values.at, '--at')
  if ((values.from === undefined) !== (values.to === undefined))
    usage('--from và --to phải đi cùng nhau', '--from and --to go together')
  const span =
    values.from === undefined || values.to === undefined
      ? null
      : { from: timeOf(values.from, '--from'), to: timeOf(values.to, '--to') }
  if (span !== null && span.from >= span.to) usage('--from phải trước --to', '--from must be before --to')
  const opened = tryDisk(dir, () => open(dir, values.site))
  if (!opened.ok) return wrong(io, opened.error.detail, 'cannot be read')
  if (typeof opened.value === 'string') return wrong(io, opened.value, 'not a play log of that cluster')
  const ask: Ask = { dir, ...opened.value, at, span, json: values.json === true }
  const done = tryDisk(dir, () => verbs(verb, ask, io))
  return done.ok ? done.value : wrong(io, done.error.detail, 'cannot be read')
}

/** Where a packaged daemon keeps its log, then where the demo of this tree does. */
const USUAL = [
  (site: string) => `/var/lib/bangtin/${site}/plays`,
  (site: string) => fileURLToPath(new URL(`../../var/demo/sites/${site}/data/plays`, import.meta.url)),
]

const usualFolder = (site: string | undefined): string => {
  if (site === undefined || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(site))
    return usage('cần --dir <data>/plays hoặc --site ID', '--dir <data>/plays or --site ID is needed')
  const folders = USUAL.map((of) => of(site))
  return (
    folders.find((folder) => existsSync(folder)) ??
    usage(
      `không thấy nhật ký của ${site} ở ${folders.join(', ')}: cho biết --dir`,
      `no play log of ${site} in the usual places: say --dir`,
    )
  )
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    return usage('tham số không hiểu được', error instanceof Error ? error.message : String(error))
  }
}

const verbs = (verb: string | undefined, ask: Ask, io: Out): number => {
  if (verb === 'verify') return verify(ask, io)
  if (verb === 'export') return exportLines(ask, io)
  if (verb !== 'query') return usage(`không có lệnh "${verb ?? ''}": verify, query, export`, 'verify, query or export')
  if (ask.at !== null) return queryAt(ask, ask.at, io)
  if (ask.span !== null) return querySpan(ask, ask.span, io)
  return usage('query cần --at, hoặc --from và --to', 'query needs --at, or --from and --to')
}

const wrong = (io: Out, vi: string, en: string): number => {
  io.err(`${vi} · ${en}\n`)
  return 1
}

const open = (
  dir: string,
  site: string | undefined,
): { readonly identity: Identity; readonly segments: readonly Segment[] } | string => {
  if (!existsSync(`${dir}/${IDENTITY_FILE}`)) return `${dir}: không có ${IDENTITY_FILE}, đây không phải thư mục nhật ký`
  const identity = readIdentity(realFs, dir)
  if (!identity.ok) return `${dir}/${IDENTITY_FILE}: ${identity.error.map((f) => `${f.where}: ${f.why}`).join('; ')}`
  if (site !== undefined && site !== identity.value.site)
    return `${dir}: đây là nhật ký của ${identity.value.site}, không phải ${site}`
  return { identity: identity.value, segments: listSegments(realFs, dir) }
}

/** A date and time without a zone is read in the zone of the log, not in that of this machine. */
const timeOf = (text: string, option: string): number => {
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text)
  const full = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00+07:00` : zoned ? text : `${text}+07:00`
  const at = Date.parse(full.replace(' ', 'T'))
  return Number.isNaN(at)
    ? usage(`${option}: "${text}" không phải thời điểm`, `"${text}" is no time; try 2026-11-22T09:30`)
    : at
}

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

/** Segments that can hold something of a span: by date, with one more before, where a play that ran over midnight has its beginning. */
const around = (ask: Ask, from: number, to: number): readonly Segment[] => {
  const first = dateOf(instant(from), ZONE.offsetMinutes)
  const last = dateOf(instant(to), ZONE.offsetMinutes)
  const inside = ask.segments.findIndex((s) => s.date >= first)
  const begin = inside === -1 ? Math.max(0, ask.segments.length - 2) : Math.max(0, inside - 1)
  const end = ask.segments.findLastIndex((s) => s.date <= last)
  return ask.segments.slice(begin, Math.max(begin, end + 2))
}

function* recordsOf(ask: Ask, segments: readonly Segment[]): Generator<EvidenceRecord> {
  for (const segment of segments) yield* segmentRecords(realFs, ask.dir, segment)
}

const queryAt = (ask: Ask, at: number, io: Out): number => {
  const { site } = ask.identity
  const moments = playAt(site, recordsOf(ask, around(ask, at, at)), at)
  if (ask.json) io.out(`${JSON.stringify({ site, at, moments }, null, 2)}\n`)
  else if (moments.length === 0)
    io.out(`${site}: nhật ký không nói gì về thời điểm này · the log says nothing of that time\n`)
  else {
    if (moments.length > 1)
      io.out('Đồng hồ đã lùi qua giờ này, nên có nhiều câu trả lời · the clock was set back over this time:\n\n')
    for (const moment of moments) {
      const said = explain(site, at, moment, ZONE)
      io.out(`${said.vi.join('\n')}\n\n${said.en.join('\n')}\n\n`)
    }
  }
  return moments.length === 0 ? 1 : 0
}

const querySpan = (ask: Ask, span: { readonly from: number; readonly to: number }, io: Out): number => {
  const { site } = ask.identity
  const plays: PlayAnswer[] = []
  for (const play of foldPlays(site, recordsOf(ask, around(ask, span.from, span.to))))
    if (play.from < span.to && (play.to ?? Number.POSITIVE_INFINITY) > span.from) plays.push(play)
  if (ask.json) io.out(`${JSON.stringify({ site, ...span, plays }, null, 2)}\n`)
  else {
    for (const p of plays)
      io.out(
        `${new Date(p.from + ZONE.offsetMinutes * 60_000).toISOString().slice(0, 19)}  ${((p.ms ?? 0) / 1000).toFixed(1).padStart(9)} s  ${p.item}  ${p.title}  [${p.supplier}; ${p.document ?? '–'}; ${p.proof}; ${p.lit}; ${p.cause ?? '…'}]\n`,
      )
    io.out(`${plays.length} lượt phát · plays\n`)
  }
  return 0
}

const exportLines = (ask: Ask, io: Out): number => {
  const { span } = ask
  for (const segment of span === null ? ask.segments : around(ask, span.from, span.to))
    for (const line of segmentLines(realFs, ask.dir, segment)) {
      const wall = Number(/"at":\{"wall":(-?\d+)/.exec(line)?.[1])
      if (span === null || (wall >= span.from && wall < span.to)) io.out(`${line}\n`)
    }
  return 0
}
