import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { formatInstant } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import type { PlayAnswer } from '#core/contract/operations.ts'
import { BYTE_ORDER_MARK, playHeader, playLine } from '#core/evidence/csv.ts'
import { explain } from '#core/evidence/explain.ts'
import { matches, type PlayFilter } from '#core/evidence/filter.ts'
import { playFold } from '#core/evidence/query.ts'
import { createApprovals } from '../shell/archive-files.ts'
import { namesPlay } from '../shell/archive-media.ts'
import { realFs, tryDisk } from '../shell/playlog-fs.ts'
import { momentsAt } from '../shell/playlog-moment.ts'
import { wallOf } from '../shell/playlog-segments.ts'
import { streamLines, streamRecords } from '../shell/playlog-stream.ts'
import { around, type Opened, type Out, type Span, wrong, ZONE } from './playlog-open.ts'

/** What a question of plays is answered from. Everything streams: six months take no more memory than a day. */
export type Ask = Opened & { readonly span: Span | null; readonly filter: PlayFilter; readonly json: boolean }

export const queryAt = (ask: Ask, at: number, io: Out): number => {
  const { site } = ask.identity
  const moments = momentsAt({ fs: realFs, dir: ask.dir, segments: ask.segments, site, ...ZONE }, at)
  const kept = moments.map(({ play }) => (play === null ? null : keptFor(ask.dir, play)))
  if (ask.json)
    io.out(
      `${JSON.stringify({ site, at, moments: moments.map((m, i) => ({ ...m, kept: kept[i] ?? null })) }, null, 2)}\n`,
    )
  else if (moments.length === 0)
    io.out(`${site}: nhật ký không nói gì về thời điểm này · the log says nothing of that time\n`)
  else {
    if (moments.length > 1)
      io.out('Đồng hồ đã lùi qua giờ này, nên có nhiều câu trả lời · the clock was set back over this time:\n\n')
    moments.forEach((moment, i) => {
      const said = explain(site, at, moment, { ...ZONE, supplier: kept[i]?.supplier ?? null })
      io.out(`${said.vi.join('\n')}\n\n${said.en.join('\n')}\n\n`)
      for (const file of kept[i]?.approvals ?? []) io.out(`Hồ sơ duyệt · approval: ${file}\n`)
      for (const file of kept[i]?.files ?? []) io.out(`Tệp đã chiếu · file shown: ${file}\n`)
    })
  }
  return moments.length === 0 ? 1 : 0
}

type KeptFiles = {
  /** The supplier's name as it was approved. */
  readonly supplier: string | null
  readonly approvals: readonly string[]
  readonly files: readonly string[]
}

/** The archived approval and the file of a play, as far as they are still in the data folder (Art. 10.1.a, reading A6). */
const keptFor = (plays: string, play: PlayAnswer): KeptFiles => {
  const data = join(plays, '..')
  const dir = join(data, 'approvals')
  const asset = join(data, 'assets', play.hash.slice(0, 2), play.hash)
  const read = existsSync(dir) ? tryDisk(dir, () => createApprovals(realFs, dir).documents()) : null
  const found = read?.ok === true ? read.value.filter(({ document }) => namesPlay(document, play)) : []
  const suppliers = found.flatMap(({ document }) => (document.what === 'item' ? [document.item.supplier] : []))
  return {
    supplier: suppliers.find(({ org }) => org === play.supplier)?.name ?? null,
    approvals: found.map(({ name }) => join(dir, `${name}.json`)),
    files: /^[0-9a-f]{64}$/.test(play.hash) && existsSync(asset) ? [asset] : [],
  }
}

/** The plays of a span that were asked for, one after the other. */
export async function* playsOf(ask: Ask): AsyncGenerator<PlayAnswer> {
  const { span } = ask
  const fold = playFold(ask.identity.site)
  const asked = (play: PlayAnswer | null): play is PlayAnswer =>
    play !== null &&
    (span === null || (play.from < span.to && (play.to ?? Number.POSITIVE_INFINITY) > span.from)) &&
    matches(play, ask.filter)
  for await (const records of streamRecords(realFs, ask.dir, span === null ? ask.segments : around(ask.segments, span)))
    for (const record of records) {
      const play = fold.push(record)
      if (asked(play)) yield play
    }
  const last = fold.stillOn()
  if (asked(last)) yield last
}

export const querySpan = async (ask: Ask, io: Out): Promise<number> => {
  let count = 0
  let ms = 0
  if (ask.json) io.out(`${JSON.stringify({ site: ask.identity.site, ...ask.span }).slice(0, -1)},"plays":[`)
  for await (const play of playsOf(ask)) {
    if (ask.json) io.out(`${count > 0 ? ',' : ''}\n${JSON.stringify(play)}`)
    else io.out(inOneLine(play))
    count++
    ms += play.ms ?? 0
  }
  if (ask.json) io.out(`\n],"count":${count},"ms":${ms}}\n`)
  else io.out(`${count} lượt phát · plays, ${(ms / 3_600_000).toFixed(2)} giờ · hours\n`)
  return 0
}

const inOneLine = (p: PlayAnswer): string => {
  const from = formatInstant(instant(p.from), ZONE.offsetMinutes).slice(0, 19)
  const length = ((p.ms ?? 0) / 1000).toFixed(1).padStart(9)
  return `${from}  ${length} s  ${p.item}  ${p.title}  [${p.supplier}; ${p.document ?? '–'}; ${p.proof}; ${p.lit}; ${p.cause ?? '…'}]\n`
}

export const FORMATS = ['lines', 'jsonl', 'csv'] as const
export type Format = (typeof FORMATS)[number]

export const exportPlays = async (
  ask: Ask,
  of: { readonly format: Format; readonly bom: boolean },
  io: Out,
): Promise<number> => {
  if (of.format === 'lines') return exportLines(ask, io)
  if (of.format === 'csv') io.out(`${of.bom ? BYTE_ORDER_MARK : ''}${playHeader()}`)
  for await (const play of playsOf(ask))
    io.out(of.format === 'csv' ? playLine(play, ZONE) : `${JSON.stringify(play)}\n`)
  return 0
}

/** The lines as they are; one that cannot be read any more is said to be missing. */
const exportLines = async (ask: Ask, io: Out): Promise<number> => {
  const { span } = ask
  let code = 0
  for (const segment of span === null ? ask.segments : around(ask.segments, span)) {
    const damage = (why: string): void => {
      code = wrong(io, `${segment.file}: không đọc được hết: ${why}`, 'cannot be read to its end')
    }
    for await (const lines of streamLines(realFs, `${ask.dir}/${segment.file}`, { gz: segment.gz, damage }))
      for (const line of lines) {
        const wall = wallOf(line)
        if (span === null || (wall >= span.from && wall < span.to)) io.out(`${line}\n`)
      }
  }
  return code
}
