import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import { playlogCommand } from '#edge/cli/playlog.ts'
import { inHubDatabase } from './database.ts'
import { ROOT } from './demo.ts'

/** One line of a play log as it stands in a file or at the hub. */
export type Line = { readonly seq: number; readonly text: string }

/** The whole lines of an edge's play log, in order. A day that ran over midnight is two files; both are read. */
export const edgeLines = (plays: string): readonly Line[] =>
  readdirSync(plays)
    .filter((name) => /^\d{4}-\d{2}-\d{2}(~\d+)?\.jsonl$/.test(name))
    .flatMap((name) => readFileSync(join(plays, name), 'utf8').split('\n').slice(0, -1))
    .map(lineOf)
    .toSorted((a, b) => a.seq - b.seq)

/** What the hub has stored of one cluster. */
export const hubLines = (dir: string, site: string): readonly Line[] =>
  inHubDatabase(dir, (db) => db.all('SELECT seq, line FROM evidence WHERE site = ? ORDER BY seq', site)).map((row) => ({
    seq: Number(row['seq']),
    text: String(row['line']),
  }))

const lineOf = (text: string): Line => {
  const seq = Number(/^\{"seq":(\d+),/.exec(text)?.[1] ?? Number.NaN)
  if (!Number.isSafeInteger(seq)) throw new Error(`a line without a sequence number: ${text.slice(0, 100)}`)
  return { seq, text }
}

export const recordOf = (line: Line): EvidenceRecord => JSON.parse(line.text) as EvidenceRecord

/** One hash over all of it: equal when every byte is. */
export const hashOfLines = (lines: readonly Line[]): string => {
  const hash = createHash('sha256')
  for (const line of lines) hash.update(`${line.text}\n`)
  return hash.digest('hex')
}

/** Runs a command of `bangtin` to its end. */
export const bangtin = (
  args: readonly string[],
): { readonly code: number; readonly out: string; readonly err: string } => {
  const done = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(ROOT, 'bangtin.ts'), ...args],
    { encoding: 'utf8', timeout: 60_000 },
  )
  if (done.error !== undefined) throw done.error
  return { code: done.status ?? -1, out: done.stdout, err: done.stderr }
}

/** `bangtin playlog …` (`args` begin with `playlog`, too) in this process: asked dozens of times, a program costs its start each time. */
export const playlog = async (
  args: readonly string[],
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
  const [out, err]: [string[], string[]] = [[], []]
  const io = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text) }
  const code = await playlogCommand(args.slice(1), io)
  return { code, out: out.join(''), err: err.join('') }
}
