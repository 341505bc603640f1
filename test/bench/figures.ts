/** One line of the table that `npm run bench` prints. */
export type Row = {
  readonly what: string
  readonly figure: string
  /** What it stands beside, measured in the same run. */
  readonly beside: string
  readonly target: string
  /** Null: there is no target, the line is for information. */
  readonly pass: boolean | null
}

/** The value below which `ratio` of the samples lie (nearest rank). Throws for no samples: a figure of nothing is no figure. */
export const percentile = (samples: readonly number[], ratio: number): number => {
  const sorted = samples.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(ratio * sorted.length) - 1)]
  if (value === undefined) throw new Error('no samples')
  return value
}

export const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`
export const mb = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`
export const spread = (samples: readonly number[]): string =>
  `p50 ${ms(percentile(samples, 0.5))}, p99 ${ms(percentile(samples, 0.99))} (n=${samples.length})`

const COLUMNS = ['what', 'figure', 'beside', 'target'] as const

/** The table as text, with PASS or FAIL at the end of each line that has a target. */
export const table = (rows: readonly Row[]): string => {
  const head: Row = {
    what: 'Đo gì · what',
    figure: 'Kết quả · figure',
    beside: 'Đối chiếu · beside',
    target: 'Đích · target',
    pass: null,
  }
  const width = COLUMNS.map((c) => Math.max(...[head, ...rows].map((row) => [...row[c]].length)))
  const verdict = (row: Row) => (row.pass === null ? '' : row.pass ? 'PASS' : 'FAIL')
  const line = (row: Row) =>
    [...COLUMNS.map((c, i) => row[c] + ' '.repeat((width[i] ?? 0) - [...row[c]].length)), verdict(row)]
      .join('  ')
      .trimEnd()
  return [line(head), width.map((n) => '-'.repeat(n)).join('  '), ...rows.map(line)].join('\n')
}
