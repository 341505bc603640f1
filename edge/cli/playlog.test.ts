import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLine } from '#core/evidence/chain.ts'
import { csvLine } from '#core/evidence/csv.ts'
import { anItem, aSchedule } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { device, fastFs, MIDNIGHT, must, opened, put, virtualDays } from '../../test/support/virtual-log.ts'
import { openAggregates } from '../shell/aggregates.ts'
import { openArchive } from '../shell/archive.ts'
import { sha256 } from '../shell/crypto.ts'
import { listSegments } from '../shell/playlog-segments.ts'
import { temporary } from '../test/support.ts'
import { playlogCommand } from './playlog.ts'

const ask = async (...args: readonly string[]) => {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await playlogCommand(args, { out: (text) => void out.push(text), err: (text) => void err.push(text) })
  return { code, out: out.join(''), err: err.join('') }
}

/** RFC 4180, by hand: quotes doubled, CRLF, fields with commas and line ends. */
const readCsv = (text: string): readonly (readonly string[])[] => {
  const rows: string[][] = []
  let row: string[] = []
  const cells = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy
  for (let m = cells.exec(text); m !== null; m = cells.exec(text)) {
    row.push(m[1] === undefined ? (m[2] ?? '') : m[1].replaceAll('""', '"'))
    if (m[3] === '\r\n') {
      rows.push(row)
      row = []
    }
  }
  return rows
}

const records = virtualDays(1.4).records
const filled = async (): Promise<string> => {
  const dir = `${temporary()}/plays`
  const log = opened(dir)
  for (const record of records) put(log, record)
  return dir
}

test('plays by item, category, language, supplier, document, cause; as JSON lines and as a table', async () => {
  const dir = await filled()
  const day = ['--dir', dir, '--from', '2026-11-23', '--to', '2026-11-24']
  const plays = async (...filter: readonly string[]) => {
    const { code, out, err } = await ask('export', ...day, '--format', 'jsonl', ...filter)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    return out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }
  const all = await plays()
  expect(all.length).toBeGreaterThan(500)
  const counts = {
    item: (await plays('--item', 'C02')).length,
    category: (await plays('--category', 'A7_1_POLICY_LAW')).length,
    english: (await plays('--language', 'en')).length,
    supplier: (await plays('--supplier', 'svhttdl')).length,
    document: (await plays('--document', '01/MAU')).length,
    cause: (await plays('--cause', 'ended')).length,
    ads: (await plays('--ads')).length,
    noAds: (await plays('--no-ads')).length,
    none: (await plays('--order', 'O-1')).length,
    both: (await plays('--item', 'C02', '--supplier', 'svhttdl')).length,
  }
  const of = (key: string, value: unknown) => all.filter((p) => p[key] === value).length
  expect(counts).toEqual({
    item: of('item', 'C02'),
    category: of('category', 'A7_1_POLICY_LAW'),
    english: of('item', 'C02'),
    supplier: of('item', 'C01'),
    document: of('document', '01/MAU'),
    cause: of('cause', 'ended'),
    ads: 0,
    noAds: all.length,
    none: 0,
    both: 0,
  })
  expect(counts.item).toBeGreaterThan(100)
  const { out: table } = await ask('export', ...day, '--format', 'csv')
  const rows = readCsv(table)
  expect(rows).toHaveLength(all.length + 1)
  expect(new Set(rows.map((row) => row.length)).size).toBe(1)
  expect(rows[0]?.slice(0, 3)).toEqual(['Cụm · Site', 'Bắt đầu · From', 'Kết thúc · To'])
  expect((await ask('export', ...day, '--format', 'csv', '--bom')).out).toBe(`\uFEFF${table}`)
  const query = JSON.parse((await ask('query', ...day, '--item', 'C02', '--json')).out) as {
    plays: unknown[]
    count: number
  }
  expect([query.plays.length, query.count]).toEqual([counts.item, counts.item])
  // The raw lines are the evidence: every one of them, as it is.
  const lines = (await ask('export', '--dir', dir)).out.split('\n').slice(0, -1)
  expect(lines.every((line) => openLine(line, sha256).ok)).toBe(true)
  expect(lines.length).toBeGreaterThan(all.length * 3)
})

test('a cell that a spreadsheet would run is text, and commas, quotes and line ends stay inside', () => {
  const hostile = ['=1+1', '+84', '-2', '@SUM(A1)', '\tx', '＝1', 'a "b", c\nd', ' lead', null, 12.5, true]
  const line = csvLine(hostile)
  expect(readCsv(line)[0]).toEqual([
    "'=1+1",
    "'+84",
    "'-2",
    "'@SUM(A1)",
    "'\tx",
    "'＝1",
    'a "b", c\nd',
    ' lead',
    '',
    '12.5',
    'true',
  ])
})

test('bad input is refused with what to do instead', async () => {
  const dir = await filled()
  const bad: readonly (readonly [readonly string[], string])[] = [
    [['frob'], 'verify, query, export, aggregates, budget'],
    [['query', '--category', 'A7_9'], 'one of A7_1_POLICY_LAW'],
    [['query', '--cause', 'x'], 'one of ended'],
    [['query', '--language', 'Vietnamese!'], 'try vi'],
    [['query', '--ads', '--no-ads'], 'not both'],
    [['query'], 'or a filter'],
    [['query', '--at', 'yesterday'], 'is no time'],
    [['query', '--at', '2026-11-23T10:00', '--item', 'C01'], '--at stands alone'],
    [['query', '--from', '2026-11-24', '--to', '2026-11-23'], 'must be before'],
    [['export', '--item', 'C01'], 'needs --format csv or jsonl'],
    [['export', '--format', 'xml'], 'one of lines, jsonl, csv'],
    [['verify', '--item', 'C01'], 'does not go with verify'],
    [['budget', '--from', '2026-11-23', '--to', '2026-11-24'], 'does not go with budget'],
  ]
  let checked = 0
  for (const [args, hint] of bad) {
    const { code, err } = await ask(...args, '--dir', dir)
    expect(code, args.join(' ')).toBe(2)
    expect(err, args.join(' ')).toContain(hint)
    expect(err).toContain('bangtin playlog --help')
    checked++
  }
  expect(checked).toBe(13)
})

test('--help after any verb is the help', async () => {
  for (const verb of ['verify', 'verify-report']) {
    const { code, out } = await ask(verb, '--help')
    expect([code, out.includes('bangtin playlog verify-report FILE')], verb).toEqual([0, true])
  }
})

test('one moment names the archived approval and the file of the play', async () => {
  const dir = await filled()
  const data = join(dir, '..')
  const item = anItem({
    supplier: { org: 'svhttdl', name: 'Sở VHTTDL (mẫu)' },
    suppliedByLead: true,
    durationMs: 60_000,
  })
  const archive = openArchive({
    dir: `${data}/approvals`,
    playMonths: 6,
    dateOf: () => '2026-11-23',
    log: () => undefined,
  })
  const view = { schedule: aSchedule([item]), orders: { entries: [], tombstones: [] }, registry: null }
  const open = records.find((r) => r.kind === 'open' && r.item === 'C01')
  if (open?.kind !== 'open') throw new Error('no play of C01')
  archive.note([open], view, MIDNIGHT)
  const asset = join(data, 'assets', '11', '1'.repeat(64))
  mkdirSync(join(asset, '..'), { recursive: true })
  writeFileSync(asset, 'x')
  const { out } = await ask('query', '--dir', dir, '--at', new Date(open.at.wall + 5_000).toISOString(), '--json')
  const { moments } = JSON.parse(out) as { moments: { kept: { approvals: string[]; files: string[] } }[] }
  expect(moments[0]?.kept.files).toEqual([asset])
  expect(moments[0]?.kept.approvals).toHaveLength(1)
  expect(moments[0]?.kept.approvals[0]).toContain(archive.files()[0]?.name)
  const { out: text } = await ask('query', '--dir', dir, '--at', new Date(open.at.wall + 5_000).toISOString())
  expect(text).toContain(`Supplier: Sở VHTTDL (mẫu) [svhttdl]`)
  expect(text).toContain('[A7_1_POLICY_LAW], vi')
  expect(text).toContain(`Why: ${open.why} (vi) (`)
  const { out: after } = await ask('query', '--dir', dir, '--at', '2027-06-01')
  expect(after).toMatch(/^Nhật ký kết thúc trước thời điểm này/)
})

test('aggregates as rows, JSON and a table; a changed one is exit 1; the budget says where it comes from', async () => {
  const dir = await filled()
  const data = join(dir, '..')
  expect((await ask('aggregates', '--dir', dir)).err).toContain('no daily aggregates yet')
  const kept = {
    dir: `${data}/aggregates`,
    plays: dir,
    site: 'LC-MLT-01',
    policy: shippedPolicy(),
    watts: { full: 2_000, idle: 300 },
    device,
    fs: fastFs,
  }
  must(await openAggregates(kept).update({ segments: listSegments(fastFs, dir), today: '2026-11-24' }))
  const text = await ask('aggregates', '--dir', dir)
  expect(text).toMatchObject({ code: 0, err: '' })
  expect(text.out).toMatch(/^2026-11-23 {2}công cộng · public \d/)
  const json = JSON.parse((await ask('aggregates', '--dir', dir, '--json')).out) as {
    days: unknown[]
    faults: unknown[]
  }
  expect([json.days.length, json.faults.length]).toEqual([1, 0])
  const rows = readCsv((await ask('aggregates', '--dir', dir, '--csv', '--bom')).out.slice(1))
  expect(rows).toHaveLength(2)
  expect(rows[0]?.length).toBe(rows[1]?.length)
  expect(
    JSON.parse((await ask('aggregates', '--dir', dir, '--from', '2026-11-24', '--to', '2026-12-01', '--json')).out),
  ).toMatchObject({ days: [] })
  writeFileSync(join(data, 'aggregates', '2026-10.jsonl'), '{"body":{},"key":"","sig":""}\n')
  expect(await ask('aggregates', '--dir', dir)).toMatchObject({ code: 1 })
  const budget = await ask('budget', '--dir', dir, '--json')
  expect(JSON.parse(budget.out)).toMatchObject({ site: 'LC-MLT-01', basis: 'measured' })
  expect((await ask('budget', '--dir', dir)).out).toContain('Cần cho')
})
