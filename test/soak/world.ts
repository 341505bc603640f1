import { Worker } from 'node:worker_threads'
import { type Say, withOptions } from '../support/options.ts'
import { INVARIANTS, type Invariant } from '../world/judge.ts'
import type { WorldDone, WorldTask } from './world-worker.ts'

const HELP = `Thế giới mô phỏng · simulated worlds

  --seeds N · --days N · --from N · --jobs N   (1000, 7, 1, 1)
`
type Options = Readonly<Record<'seeds' | 'days' | 'from' | 'jobs', number>>

/** Many simulated worlds, one seed each. 1: some invariant did not hold, and the seed is printed. */
export const run = (args: readonly string[], say: Say): Promise<number> => {
  const count = (standard: number) => ({ standard, least: 1, whole: true })
  const numbers = { seeds: count(1000), days: count(7), from: count(1), jobs: count(1) }
  return withOptions({ args, say, help: HELP, numbers }, (options) => runAll(options, say))
}

const runAll = async ({ seeds, days, from, jobs }: Options, say: Say): Promise<number> => {
  const all = Array.from({ length: seeds }, (_, i) => from + i)
  const done: WorldDone[] = []
  const begun = performance.now()
  const heard = (one: WorldDone): void => {
    done.push(one)
    if (one.broken) say(`HẠT GIỐNG · SEED ${one.seed}: ${one.broken.message}`)
    if (done.length % 10 === 0 || one.broken) {
      const rate = done.length / ((performance.now() - begun) / 1000)
      say(
        `${done.length}/${seeds} thế giới · worlds, ${rate.toFixed(2)}/s, ${done.filter((d) => d.broken).length} hỏng · broken`,
      )
    }
  }
  const parts = Array.from({ length: jobs }, (_, j) => all.filter((_, i) => i % jobs === j))
  await Promise.all(parts.map((part) => inWorker({ seeds: part, days }, heard)))
  say(table(done, { days, seconds: (performance.now() - begun) / 1000 }))
  return done.every((d) => d.broken === null) && done.length === seeds ? 0 : 1
}

const inWorker = (task: WorldTask, heard: (one: WorldDone) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./world-worker.ts', import.meta.url), { workerData: task })
    worker.on('message', heard)
    worker.on('error', reject)
    worker.on('exit', () => resolve())
  })

export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN

const added = (all: readonly Readonly<Record<string, number>>[]): Record<string, number> => {
  const sums: Record<string, number> = {}
  for (const one of all) for (const [name, n] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + n
  return sums
}

/** What a run of worlds came to, for people. */
const table = (done: readonly WorldDone[], of: { readonly days: number; readonly seconds: number }): string => {
  const reports = done.flatMap((d) => (d.report ? [d.report] : []))
  const occasions = added(reports.map((r) => r.occasions))
  const faults = added(reports.map((r) => r.faults))
  const times = reports.flatMap((r) => r.emergencies).sort((a, b) => a - b)
  const sum = (of: (r: (typeof reports)[number]) => number): number => reports.reduce((n, r) => n + of(r), 0)
  const broken = done.filter((d) => d.broken)
  const never = (Object.keys(INVARIANTS) as Invariant[]).filter((name) => !OUTSIDE.includes(name) && !occasions[name])
  const lines = [
    '',
    `${done.length} thế giới × ${of.days} ngày · worlds × days in ${of.seconds.toFixed(0)} s: ${(done.length / of.seconds).toFixed(2)}/s`,
    `bản ghi · records ${sum((r) => r.records)}, lượt phát · plays ${sum((r) => r.plays)}, bước · steps ${sum((r) => r.steps)}`,
    `lệnh khẩn lên hình · emergencies shown ${times.length}: p50 ${quantile(times, 0.5)} ms, p99 ${quantile(times, 0.99)} ms, max ${times.at(-1) ?? 0} ms`,
    '',
    'bất biến · invariant                lần xét · occasions',
    ...Object.entries(occasions).map(([name, n]) => `  ${name.padEnd(32)} ${String(n).padStart(12)}`),
    '',
    'lỗi đã gây · faults injected',
    ...Object.entries(faults)
      .sort()
      .map(([name, n]) => `  ${name.padEnd(32)} ${String(n).padStart(12)}`),
    '',
    ...(never.length > 0 ? [`KHÔNG LẦN NÀO · never an occasion: ${never.join(', ')}`] : []),
    broken.length === 0
      ? 'mọi bất biến đều giữ · every invariant held'
      : `HỎNG · broken: ${broken.map((d) => `${d.seed} (${d.broken?.invariant})`).join(', ')}`,
  ]
  return lines.join('\n')
}

/** Judged by running a world twice, which the tests do. */
const OUTSIDE: readonly Invariant[] = ['same-seed', 'hub-loss']
