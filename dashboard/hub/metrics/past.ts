import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { HISTORY, HISTORY_LIMITS, readPast } from '#core/metrics/history.ts'
import type { Series } from './remote-write.ts'

/**
 * Samples that edges kept while they were away, as files `<data>/history/<site>/<first>-<last>.gz`, until they are too old to be of use or
 * the room is needed. Each line of an edge is read on its own and only what our own exposition would write is kept.
 */
export type PastSite = { readonly id: string; readonly clusterClass: string; readonly unitCode: string }
export type Chunk = { readonly file: string; readonly first: number; readonly last: number; readonly bytes: number }

const FILE = /^(\d{12,14})-(\d{12,14})\.gz$/
const DAY_MS = 86_400_000
/** On the hub: so long and, of all clusters together, so much. */
export const PAST_LIMITS = { days: 30, bytes: 536_870_912, unpackedBytes: 4_194_304 } as const
/** An edge's clock may be this far ahead of ours. */
const AHEAD_MS = 300_000

const dirOf = (root: string, site: string): string => join(root, site)

export const chunksOf = (root: string, site: string): readonly Chunk[] => {
  const dir = dirOf(root, site)
  return (existsSync(dir) ? readdirSync(dir) : [])
    .flatMap((name) => {
      const [, first, last] = FILE.exec(name) ?? []
      const file = join(dir, name)
      return first === undefined ? [] : [{ file, first: Number(first), last: Number(last), bytes: statSync(file).size }]
    })
    .sort((a, b) => a.first - b.first)
}

/** One sample: when (wall clock of the edge, ms), and its lines. */
type Moment = { readonly at: number; readonly lines: readonly string[] }

const moment = (line: string): Moment | null => {
  const [at, ...lines] = line.split('\t')
  if (at === undefined || !/^\d{12,14}$/.test(at)) return null
  return { at: Number(at), lines: lines.slice(0, HISTORY_LIMITS.lines).filter((one) => readPast(one) !== null) }
}

const momentsIn = (packed: Uint8Array): readonly Moment[] =>
  gunzipSync(packed, { maxOutputLength: PAST_LIMITS.unpackedBytes })
    .toString('utf8')
    .split('\n')
    .flatMap((line) => moment(line) ?? [])

/** Stores what an edge answered, as far as it can be believed. Null: nothing of it; else up to when, and how many samples. Throws on bad gzip. */
export const keepPast = (
  root: string,
  of: { readonly site: string; readonly since: number; readonly now: number },
  packed: Uint8Array,
): { readonly last: number; readonly samples: number } | null => {
  const oldest = Math.max(of.since, of.now - (HISTORY_LIMITS.days + 1) * DAY_MS)
  const good = momentsIn(packed)
    .filter(({ at, lines }) => at >= oldest && at <= of.now + AHEAD_MS && lines.length > 0)
    .sort((a, b) => a.at - b.at)
  const [first, last] = [good[0], good.at(-1)]
  if (first === undefined || last === undefined) return null
  const dir = dirOf(root, of.site)
  mkdirSync(dir, { recursive: true, mode: 0o750 })
  const file = join(dir, `${first.at}-${last.at}.gz`)
  writeFileSync(`${file}.part`, gzipSync(good.map(({ at, lines }) => `${at}\t${lines.join('\t')}\n`).join('')), {
    mode: 0o640,
  })
  renameSync(`${file}.part`, file)
  return { last: last.at, samples: good.reduce((sum, { lines }) => sum + lines.length, 0) }
}

/** The oldest go first, whosever they are. */
export const prunePast = (root: string, now: number): void => {
  const sites = existsSync(root) ? readdirSync(root) : []
  const all = sites.flatMap((site) => chunksOf(root, site)).sort((a, b) => a.first - b.first)
  let bytes = all.reduce((sum, one) => sum + one.bytes, 0)
  for (const one of all) {
    if (one.last > now - PAST_LIMITS.days * DAY_MS && bytes <= PAST_LIMITS.bytes) continue
    rmSync(one.file, { force: true })
    bytes -= one.bytes
  }
}

const LABEL = /([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"/g
const plain = (value: string): string => value.replace(/\\(["\\n])/g, (_all, c: string) => (c === 'n' ? '\n' : c))

/** The labels that a scrape of this edge gives its series (service discovery, deploy/hub/prometheus/prometheus.yml), and its own. */
const labelsOf = (site: PastSite, name: string, own: string): Series['labels'] => {
  const given = [...own.matchAll(LABEL)].map(([, label, value]) => [label ?? '', plain(value ?? '')] as const)
  const ours = [
    ['__name__', name],
    ['cluster_class', site.clusterClass],
    ['instance', site.id],
    ['job', 'bangtin-edge'],
    ['site', site.id],
    ['unit', site.unitCode],
  ] as const
  const named = new Map<string, string>([...given, ...ours])
  return [...named].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** The series of one file, each with its samples of it. */
export const seriesIn = (file: string, site: PastSite): readonly Series[] => {
  const found = new Map<
    string,
    { readonly labels: Series['labels']; readonly samples: { at: number; value: number }[] }
  >()
  for (const { at, lines } of momentsIn(readFileSync(file))) {
    for (const line of lines) {
      const past = readPast(line)
      if (past === null) continue
      const key = `${past.name}{${past.labels}}`
      const series = found.get(key) ?? { labels: labelsOf(site, past.name, past.labels), samples: [] }
      series.samples.push({ at, value: past.value })
      found.set(key, series)
    }
  }
  return [...found.values()]
}

const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

/** All of it as OpenMetrics with times, metric by metric: what `promtool tsdb create-blocks-from openmetrics` takes. */
export function* openMetrics(
  root: string,
  sites: readonly PastSite[],
  span: { readonly from: number; readonly to: number },
): Generator<string> {
  for (const metric of HISTORY) {
    const family = metric.type === 'counter' ? metric.name.replace(/_total$/, '') : metric.name
    yield `# HELP ${family} ${metric.help}\n# TYPE ${family} ${metric.type}\n`
    for (const site of sites) {
      for (const chunk of chunksOf(root, site.id)) {
        if (chunk.last < span.from || chunk.first > span.to) continue
        for (const { labels, samples } of seriesIn(chunk.file, site)) {
          if (labels.find(([name]) => name === '__name__')?.[1] !== metric.name) continue
          const text = labels.flatMap(([name, value]) => (name === '__name__' ? [] : [`${name}="${escaped(value)}"`]))
          for (const { at, value } of samples)
            if (at >= span.from && at <= span.to) yield `${metric.name}{${text.join(',')}} ${value} ${at / 1000}\n`
        }
      }
    }
  }
  yield '# EOF\n'
}
