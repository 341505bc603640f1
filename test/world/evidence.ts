import type { EvidenceRecord } from '#core/evidence/record.ts'
import type { Disk } from './disk.ts'
import { PLAYS } from './edge.ts'
import { hash } from './hash.ts'
import type { Judge } from './judge.ts'

/**
 * The log as somebody outside reads it: the bytes on the disk, line by line, against what this checker itself remembers of them. It uses
 * nothing of the program but the format.
 */
export type EvidenceWatch = {
  /** An append was acknowledged: everything in the files is there for good. */
  readonly acknowledged: () => void
  /** After a start: what was acknowledged is there, unchanged, in its place. */
  readonly afterStart: () => void
  /** Everything once more, from the first line. */
  readonly atEnd: () => void
  /** A cut may leave lines that nobody acknowledged; from now on they count, too. */
  readonly head: () => { readonly seq: number; readonly hash: string }
  readonly counts: { records: number; gaps: number; seals: number; boots: number }
}

const ZERO = '0'.repeat(64)
const decoder = new TextDecoder()

export const createEvidenceWatch = (disk: Disk, judge: Judge): EvidenceWatch => {
  /** Hash of every line by its number. */
  const lines: string[] = []
  const read = new Map<string, number>()
  const counts = { records: 0, gaps: 0, seals: 0, boots: 0 }
  const boots = new Set<string>()
  const plays = new Map<string, 'open' | 'closed'>()
  const state = { boot: '', mono: 0, gapSeen: true, file: '' }

  const files = (): string[] => disk.fs.list(PLAYS).filter((f) => f.endsWith('.jsonl'))
  const wholeLines = (file: string, from: number): { text: string[]; bytes: number } => {
    const bytes = disk.bytes(`${PLAYS}/${file}`) ?? new Uint8Array(0)
    const end = bytes.lastIndexOf(10) + 1
    if (end <= from) return { text: [], bytes: from }
    return { text: decoder.decode(bytes.subarray(from, end - 1)).split('\n'), bytes: end }
  }
  const take = (line: string): void => {
    const cut = line.lastIndexOf(',"sum":"')
    const sum = hash(line.slice(0, cut)).slice(0, 16)
    judge.hold('chain', line.slice(cut) === `,"sum":"${sum}"}`, () => `line ${lines.length} does not match its sum`)
    const record = JSON.parse(line) as EvidenceRecord
    judge.hold(
      'chain',
      record.prev === (lines.at(-1) ?? ZERO),
      () =>
        `line ${lines.length} (${record.seq}, ${record.kind} of ${record.boot}) does not follow its predecessor; files ` +
        byAge().map(
          (f) => `${f} from ${firstSeq(f)}, ${disk.bytes(`${PLAYS}/${f}`)?.length} bytes, read ${read.get(f) ?? 0}`,
        ),
    )
    judge.hold('record-order', record.seq === lines.length, () => `line ${lines.length} says it is ${record.seq}`)
    lines.push(hash(line))
    counts.records += 1
    inOrder(record)
    if (record.kind === 'gap') counts.gaps += 1
    if (record.kind === 'seal') counts.seals += 1
    once(record)
  }
  const inOrder = (record: EvidenceRecord): void => {
    if (record.boot !== state.boot) {
      judge.hold('record-order', !boots.has(record.boot), () => `boot ${record.boot} is there again`)
      boots.add(record.boot)
      counts.boots += 1
      Object.assign(state, { boot: record.boot, mono: record.at.mono, gapSeen: lines.length === 1 })
    }
    judge.hold(
      'record-order',
      record.at.mono >= state.mono,
      () => `line ${lines.length - 1} is older than the one before`,
    )
    state.mono = record.at.mono
    if (record.kind === 'gap' && record.cause !== 'disk') state.gapSeen = true
    if (record.kind === 'open' || record.kind === 'config')
      judge.hold('gap-record', state.gapSeen, () => `boot ${record.boot} goes on without a gap record`)
  }
  const once = (record: EvidenceRecord): void => {
    if (record.kind === 'open') {
      judge.hold('played-once', !plays.has(record.play), () => `play ${record.play} is opened twice`)
      plays.set(record.play, 'open')
    }
    if (record.kind !== 'close') return
    judge.hold('played-once', plays.get(record.play) === 'open', () => `play ${record.play} is closed and is not open`)
    plays.set(record.play, 'closed')
    judge.hold('true-durations', record.ms >= 0, () => `play ${record.play} lasted ${record.ms} ms`)
  }

  const takeNew = (file: string): boolean => {
    const from = read.get(file) ?? 0
    const { text, bytes } = wholeLines(file, from)
    if (bytes === from) return false
    for (const line of text) take(line)
    read.set(file, bytes)
    state.file = file
    return true
  }
  const firstSeq = (file: string): number => {
    const match = /^\{"seq":(\d+),/.exec(
      decoder.decode((disk.bytes(`${PLAYS}/${file}`) ?? new Uint8Array(0)).subarray(0, 40)),
    )
    return match?.[1] === undefined ? Number.POSITIVE_INFINITY : Number(match[1])
  }
  const byAge = (): string[] => files().sort((a, b) => firstSeq(a) - firstSeq(b))
  const acknowledged = (): void => {
    if (disk.bytes(`${PLAYS}/${state.file}`) !== null) takeNew(state.file)
    // A new day begins with the seal of the one before, so the file that was current is read first.
    if (files().length !== read.size) for (const file of byAge()) takeNew(file)
  }
  /** Each line that was ever acknowledged, in its place, with the bytes it had. */
  const compare = (which: readonly string[]): number => {
    let seen = 0
    for (const file of which) {
      const begun = firstSeq(file)
      const whole = wholeLines(file, 0).text
      const known = read.get(file) ?? 0
      const size = disk.bytes(`${PLAYS}/${file}`)?.length ?? 0
      judge.hold('acknowledged-kept', size >= known, () => `${file} has ${size} bytes, ${known} were acknowledged`)
      whole.forEach((line, i) => {
        const was = lines[begun + i]
        if (was === undefined) return
        seen += 1
        if (hash(line) !== was) judge.hold('chain', false, () => `line ${begun + i} in ${file} was changed`)
      })
    }
    return seen
  }
  return {
    acknowledged,
    afterStart: () => {
      const gone = [...read.keys()].find((f) => disk.bytes(`${PLAYS}/${f}`) === null)
      judge.hold('acknowledged-kept', gone === undefined, () => `${gone} has gone`)
      compare(byAge().slice(-2))
      acknowledged()
    },
    atEnd: () => {
      const seen = compare(byAge())
      judge.hold('acknowledged-kept', seen === lines.length, () => `${seen} of ${lines.length} lines are there`)
    },
    head: () => ({ seq: lines.length - 1, hash: lines.at(-1) ?? ZERO }),
    counts,
  }
}
