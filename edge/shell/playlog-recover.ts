import { err, ok, type Result } from '#core/base/result.ts'
import { CHAIN_START, type ChainPoint, type ChainTools, openLine, readTail, verifyChain } from '#core/evidence/chain.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import { type PlaylogFs, replaceFile, tryDisk } from './playlog-fs.ts'
import {
  type FolderBreak,
  IDENTITY_FILE,
  type Identity,
  isSegmentFile,
  listSegments,
  readIdentity,
  resume,
  type Segment,
  segmentBytes,
  segmentLines,
  startOf,
  tryLines,
} from './playlog-segments.ts'

/** Written at a clean stop: the head that the log had. */
export const STOPPED_FILE = 'stopped.json'
/** A tail with NUL bytes (blocks that a cut left empty) is cut off if it is no longer than this; a longer one is damage. */
const LONGEST_NUL_TAIL = 1_048_576

export type Recovery = {
  /** Exactly what the engine's `woke` event asks for. */
  readonly last: {
    readonly orphan: { readonly play: string; readonly openedWall: number; readonly upperBoundMs: number } | null
    readonly wall: number | null
    readonly cleanStop: boolean
    readonly tornBytes: number
  }
  /** The newest record's place and time; null on an empty log. */
  readonly head: { readonly seq: number; readonly wall: number; readonly mono: number; readonly boot: string } | null
  readonly damage: FolderBreak | null
  readonly newestSealed: boolean
}

export type Recovered = {
  readonly recovery: Recovery
  readonly segments: readonly Segment[]
  readonly newest: Segment | null
  readonly point: ChainPoint
  /** Good bytes of the newest segment. */
  readonly bytes: number
}

/** Makes the identity file, or checks that the folder is this cluster's. A new device key is added, the one before is kept. */
export const checkIdentity = (
  fs: PlaylogFs,
  dir: string,
  mine: { readonly site: string; readonly publicKey: string },
): Result<Identity, { readonly kind: 'identity'; readonly detail: string }> => {
  const path = `${dir}/${IDENTITY_FILE}`
  if (!fs.list(dir).includes(IDENTITY_FILE)) return ok(writeIdentity(fs, dir, { ...mine, earlierKeys: [] }))
  const read = readIdentity(fs, dir)
  if (!read.ok)
    return err({ kind: 'identity', detail: `${path}: ${read.error.map((f) => `${f.where}: ${f.why}`).join('; ')}` })
  const was = read.value
  if (was.site !== mine.site)
    return err({ kind: 'identity', detail: `${path}: /site: the folder is of ${was.site}, this is ${mine.site}` })
  if (was.publicKey === mine.publicKey) return ok(was)
  const earlierKeys = [...was.earlierKeys.filter((k) => k !== mine.publicKey), was.publicKey]
  return ok(writeIdentity(fs, dir, { ...mine, earlierKeys }))
}

const writeIdentity = (fs: PlaylogFs, dir: string, identity: Identity): Identity => {
  replaceFile(fs, dir, IDENTITY_FILE, new TextEncoder().encode(`${JSON.stringify(identity, null, 2)}\n`))
  return identity
}

/**
 * `2026-11-22`, or with `~2` and so on where a clock step brings a date that is taken. An empty file is not. Throws as a disk does rather than
 * give a name that no start would find again.
 */
export const freshName = (fs: PlaylogFs, dir: string, date: string): string => {
  const files = new Set(fs.list(dir))
  const taken = (name: string) =>
    files.has(`${name}.jsonl.gz`) || (files.has(`${name}.jsonl`) && fs.size(`${dir}/${name}.jsonl`) > 0)
  let n = 2
  let name = date
  while (taken(name)) name = `${date}~${n++}`
  if (!isSegmentFile(`${name}.jsonl`))
    throw Object.assign(new Error(`${name} is no name for a day of the play log`), { code: 'EINVAL' })
  return name
}

/** Reads the newest segment whole, cuts its torn tail and verifies it, following on the segment before. Throws as node:fs does. */
export const recover = (fs: PlaylogFs, dir: string, tools: ChainTools): Recovered => {
  const listed = listSegments(fs, dir)
  // A segment that was begun and never written: begun again when needed.
  for (const empty of listed.filter((s) => s.bytes === 0)) fs.unlink(`${dir}/${empty.file}`)
  const segments = listed.filter((s) => s.bytes > 0)
  const newest = segments.at(-1) ?? null
  if (newest === null) return { recovery: NOTHING, segments, newest, point: CHAIN_START, bytes: 0 }
  const raw = segmentBytes(fs, dir, newest)
  const tail = readTail(raw.subarray(0, nulCut(raw)))
  const torn = raw.length - tail.wholeBytes
  if (torn > 0 && !newest.gz) cutTail(fs, dir, { newest, raw, wholeBytes: tail.wholeBytes })
  const before = segments.at(-2)
  const start = startPoint(fs, dir, { before, lines: tail.wholeLines, tools })
  const checked = verifyChain(tail.wholeLines, tools, start.point)
  const lines = tail.wholeLines
  const point = checked.ok
    ? checked.value.next
    : resume(lines, tools.sha256, checked.error.seq + lines.length - checked.error.line + 1)
  const lastLine = lines.at(-1) ?? (before === undefined ? undefined : segmentLines(fs, dir, before).at(-1))
  const last = lastLine === undefined ? null : openLine(lastLine, tools.sha256)
  const record = last?.ok === true ? last.value : null
  const lived = record === null ? null : lastLived(fs, dir, { before, newestLines: lines, last: record, tools })
  return {
    recovery: {
      last: {
        orphan: record === null ? null : findOrphan(fs, dir, { segments, newestLines: lines, tools }),
        wall: lived?.at.wall ?? null,
        cleanStop: stoppedAt(fs, dir, point),
        tornBytes: torn,
      },
      head: record === null ? null : { seq: record.seq, wall: record.at.wall, mono: record.at.mono, boot: record.boot },
      damage: checked.ok ? start.damage : { file: newest.file, ...checked.error },
      newestSealed: newest.gz || (lines.length > 0 && record?.kind === 'seal'),
    },
    segments: segments.map((s) =>
      s === newest ? { ...s, bytes: tail.wholeBytes, firstSeq: s.firstSeq ?? point.seq } : s,
    ),
    newest: { ...newest, firstSeq: newest.firstSeq ?? point.seq },
    point,
    bytes: tail.wholeBytes,
  }
}

const NOTHING: Recovery = {
  last: { orphan: null, wall: null, cleanStop: false, tornBytes: 0 },
  head: null,
  damage: null,
  newestSealed: false,
}

/** JSON text holds no NUL: where one begins, near the end, the disk never got the data. */
const nulCut = (raw: Uint8Array): number => {
  const nul = raw.indexOf(0)
  return nul === -1 || raw.length - nul > LONGEST_NUL_TAIL ? raw.length : nul
}

/** Never acknowledged, yet kept beside the log: nothing of the evidence folder is thrown away unseen. */
const cutTail = (
  fs: PlaylogFs,
  dir: string,
  tail: { readonly newest: Segment; readonly raw: Uint8Array; readonly wholeBytes: number },
): void => {
  const cut = tail.raw.subarray(tail.wholeBytes, tail.wholeBytes + LONGEST_NUL_TAIL)
  const copy = `torn-${tail.newest.name}-${tail.wholeBytes}.bin`
  // A full disk must not keep the daemon from starting.
  tryDisk(copy, () => replaceFile(fs, dir, copy, cut))
  const fd = fs.open(`${dir}/${tail.newest.file}`, 'existing')
  try {
    fs.ftruncate(fd, tail.wholeBytes)
    fs.fdatasync(fd)
  } finally {
    fs.close(fd)
  }
}

/** Where the newest segment must begin: after the last line of the one before, if there is one. */
const startPoint = (
  fs: PlaylogFs,
  dir: string,
  of: { readonly before: Segment | undefined; readonly lines: readonly string[]; readonly tools: ChainTools },
): { readonly point: ChainPoint; readonly damage: FolderBreak | null } => {
  const { before } = of
  if (before === undefined) return { point: startOf(of.lines[0]), damage: null }
  const said = tryLines(fs, dir, before)
  if (said.ok)
    return { point: { ...resume(said.value, of.tools.sha256, before.firstSeq ?? 0), sinceSeal: 0 }, damage: null }
  // Without a line to go on from, the chain would begin anew and give numbers a second time.
  if (of.lines.length === 0) throw Object.assign(new Error(`${before.file}: ${said.error}`), { code: 'EIO' })
  const damage = { file: before.file, line: 1, seq: before.firstSeq ?? 0, why: said.error }
  return { point: startOf(of.lines[0]), damage }
}

/** A run that wrote more than this has named the hole before it: its first write is far behind. */
const FIRST_WRITE_LINES = 64

/**
 * The newest record that counts for the hole before this start. A run that was cut in its first write may have left the seal of the day before
 * or the close of an orphan, and not the `gap` record: then the hole begins where the run before it ended, or nobody would ever name it.
 */
const lastLived = (
  fs: PlaylogFs,
  dir: string,
  of: {
    readonly before: Segment | undefined
    readonly newestLines: readonly string[]
    readonly last: EvidenceRecord
    readonly tools: ChainTools
  },
): EvidenceRecord => {
  const { last, newestLines } = of
  const older = (): readonly string[] => {
    if (of.before === undefined || newestLines.length >= FIRST_WRITE_LINES) return []
    const read = tryLines(fs, dir, of.before)
    return read.ok ? read.value : []
  }
  for (const line of [...older(), ...newestLines].slice(-FIRST_WRITE_LINES).reverse()) {
    const opened = openLine(line, of.tools.sha256)
    if (!opened.ok || (opened.value.kind === 'gap' && opened.value.boot === last.boot)) return last
    if (opened.value.boot !== last.boot) return opened.value
  }
  return last
}

type Search = {
  readonly segments: readonly Segment[]
  readonly newestLines: readonly string[]
  readonly tools: ChainTools
}

/** The play that was on when the log ends. A play may have begun days ago, so the search goes back until some play began or ended. */
const findOrphan = (fs: PlaylogFs, dir: string, of: Search): Recovery['last']['orphan'] => {
  for (let i = of.segments.length - 1; i >= 0; i--) {
    const segment = of.segments[i]
    if (segment === undefined) continue
    const read = i === of.segments.length - 1 ? ok(of.newestLines) : tryLines(fs, dir, segment)
    if (!read.ok) return null
    const lines = read.value
    const line = lines.findLast((l) => l.includes(',"kind":"open",') || l.includes(',"kind":"close",'))
    if (line === undefined) continue
    const opened = openLine(line, of.tools.sha256)
    if (!opened.ok || opened.value.kind !== 'open') return null
    const { at, play } = opened.value
    return { play, openedWall: at.wall, upperBoundMs: Math.max(0, lastOfRun(fs, dir, of, opened.value) - at.mono) }
  }
  return null
}

/**
 * The last that the run which opened a play said, on its own monotonic clock. A later run that was cut before it could close the play may have
 * written a seal or a gap: the time between the runs is not time on the screen.
 */
const lastOfRun = (fs: PlaylogFs, dir: string, of: Search, open: EvidenceRecord): number => {
  const mark = `,"boot":${JSON.stringify(open.boot)},"kind":`
  for (let i = of.segments.length - 1; i >= 0; i--) {
    const segment = of.segments[i]
    if (segment === undefined) continue
    const read = i === of.segments.length - 1 ? ok(of.newestLines) : tryLines(fs, dir, segment)
    const line = read.ok ? read.value.findLast((l) => l.includes(mark)) : undefined
    const last = line === undefined ? null : openLine(line, of.tools.sha256)
    if (last?.ok) return last.value.at.mono
  }
  return open.at.mono
}

const stoppedAt = (fs: PlaylogFs, dir: string, point: ChainPoint): boolean => {
  if (!fs.list(dir).includes(STOPPED_FILE)) return false
  const text = new TextDecoder().decode(fs.readAll(`${dir}/${STOPPED_FILE}`)).trim()
  return text === JSON.stringify({ seq: point.seq, prev: point.prev })
}
