import { constants, gunzipSync } from 'node:zlib'
import { type Static, Type } from 'typebox'
import type { Sha256 } from '#core/base/bytes.ts'
import { type DocumentFault, parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import {
  CHAIN_START,
  type ChainBreak,
  type ChainPoint,
  type ChainTools,
  openLine,
  readTail,
  verifyChain,
} from '#core/evidence/chain.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import { sha256 } from './crypto.ts'
import type { PlaylogFs } from './playlog-fs.ts'

/**
 * A folder of segments: `YYYY-MM-DD.jsonl`, `.jsonl.gz` once compressed, `YYYY-MM-DD~2.jsonl` where a clock step made the same date
 * come twice. Their order is that of their first sequence numbers, never that of their names.
 */
export type Segment = {
  /** `2026-11-22` or `2026-11-22~2`. */
  readonly name: string
  readonly date: string
  readonly file: string
  readonly gz: boolean
  readonly bytes: number
  /** Null for a file without a whole line yet: it belongs at the end. */
  readonly firstSeq: number | null
}

const NAME = /^((\d{4}-\d{2}-\d{2})(~\d{1,6})?)\.jsonl(\.gz)?$/
/** Is this the name of a segment's file? One that is not would not be found again after a start. */
export const isSegmentFile = (file: string): boolean => NAME.test(file)
/** No day is longer than this once unpacked; a bigger one is hostile. */
export const LONGEST_SEGMENT = 1_073_741_824
const FIRST_BYTES = 65_536

/** Whose folder it is. Written when the folder is first used; a folder of another cluster is refused. */
export const Identity = Type.Object(
  {
    site: Type.String({ minLength: 1, maxLength: 64 }),
    /** Base64 of the device's raw Ed25519 public key: seals are judged by it. */
    publicKey: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' }),
    /** Keys the device had before it was enrolled anew. */
    earlierKeys: Type.Array(Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' }), { maxItems: 100 }),
  },
  { additionalProperties: false },
)
export type Identity = Static<typeof Identity>
export const IDENTITY_FILE = 'identity.json'

export const readIdentity = (fs: PlaylogFs, dir: string): Result<Identity, readonly DocumentFault[]> =>
  parseDocument(Identity, new TextDecoder().decode(fs.readAll(`${dir}/${IDENTITY_FILE}`)))

export const listSegments = (fs: PlaylogFs, dir: string): readonly Segment[] => {
  const files = fs.list(dir)
  const found = files.flatMap((file): readonly Segment[] => {
    const match = NAME.exec(file)
    const [, name, date, , gz] = match ?? []
    if (name === undefined || date === undefined) return []
    // A compressed copy beside its original is one whose making was cut off.
    if (gz !== undefined && files.includes(`${name}.jsonl`)) return []
    const path = `${dir}/${file}`
    const bytes = fs.size(path)
    return [{ name, date, file, gz: gz !== undefined, bytes, firstSeq: firstSeqOf(fs, path, gz !== undefined) }]
  })
  const placed = found
    .filter((s) => !lost(s))
    .toSorted((a, b) => (a.firstSeq ?? Infinity) - (b.firstSeq ?? Infinity) || (a.name < b.name ? -1 : 1))
  for (const segment of found.filter(lost)) {
    const after = placed.findIndex((s) => s.name > segment.name)
    placed.splice(after === -1 ? 0 : after, 0, segment)
  }
  return placed
}

/** Packed and not to be unpacked any more: a finished day, so it stands where its date says and never at the end. */
const lost = (segment: Segment): boolean => segment.gz && segment.firstSeq === null

const firstSeqOf = (fs: PlaylogFs, path: string, gz: boolean): number | null => {
  // Most often the first kilobyte tells; of a packed file that is all that is unpacked.
  for (const length of [1_024, FIRST_BYTES]) {
    const match = /^\{"seq":(\d{1,15}),/.exec(firstText(fs, path, { gz, length }) ?? '')
    if (match?.[1] !== undefined) return Number(match[1])
  }
  return null
}

/** The beginning of a segment as text, from the first `length` bytes of its file; null where they cannot be unpacked. */
export const firstText = (
  fs: PlaylogFs,
  path: string,
  of: { readonly gz: boolean; readonly length: number },
): string | null => {
  const raw = fs.readAt(path, 0, of.length)
  try {
    const sync = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: LONGEST_SEGMENT }
    return new TextDecoder().decode(of.gz ? gunzipSync(raw, sync) : raw)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}

/** The bytes of a segment, unpacked. Throws as node:fs and node:zlib do. */
export const segmentBytes = (fs: PlaylogFs, dir: string, segment: Segment): Uint8Array => {
  const raw = fs.readAll(`${dir}/${segment.file}`)
  return segment.gz ? gunzipSync(raw, { maxOutputLength: LONGEST_SEGMENT }) : raw
}

/** Its whole lines. */
export const segmentLines = (fs: PlaylogFs, dir: string, segment: Segment): readonly string[] =>
  readTail(segmentBytes(fs, dir, segment)).wholeLines

/** The same for who can do without: why it cannot be read, where the disk or the packed bytes have gone bad. */
export const tryLines = (fs: PlaylogFs, dir: string, segment: Segment): Result<readonly string[], string> => {
  const tail = readable(fs, dir, segment)
  return typeof tail === 'string' ? err(tail) : ok(tail.wholeLines)
}

/**
 * Its records, without a check of the chain. A line that does not match its sum and a segment that cannot be read any more are passed over: `verify`
 * is who says so, and a bad day of last week must not keep the daemon from starting.
 */
export function* segmentRecords(fs: PlaylogFs, dir: string, segment: Segment): Generator<EvidenceRecord> {
  const lines = tryLines(fs, dir, segment)
  for (const line of lines.ok ? lines.value : []) {
    const record = parseRecord(line)
    if (record !== null) yield record
  }
}

/** What stands at the beginning of every line, seen without taking it apart. NaN and '' where it is no line of ours. */
const WALL = /^\{"seq":\d+,"prev":"[0-9a-f]{64}","at":\{"wall":(-?\d+),/
const KIND = /,"boot":"[^"]*","kind":"([a-z]+)"/
export const wallOf = (line: string): number => Number(WALL.exec(line)?.[1])
export const kindOf = (line: string): string => KIND.exec(line)?.[1] ?? ''

/**
 * Null for a line that is not what was written: a changed byte may leave JSON without a kind or a time, and what folds over the records would
 * throw or count nonsense at every start.
 */
export const parseRecord = (line: string): EvidenceRecord | null => {
  const opened = openLine(line, sha256)
  return opened.ok ? opened.value : null
}

export type FolderBreak = ChainBreak & { readonly file: string }
export type FolderReport = {
  readonly segments: number
  readonly records: number
  readonly seals: number
  /** First and next sequence number; the first is not 0 once old days have been deleted. */
  readonly first: number
  readonly next: number
  readonly head: string
  /** Bytes after the last whole line of the newest segment: a write that was cut off. */
  readonly tornBytes: number
  readonly breaks: readonly FolderBreak[]
}

/** Most faults listed: one changed byte is one fault, but a lost file may be many. */
const MOST_BREAKS = 50

/**
 * Verifies every segment of a folder. After a fault the check goes on with the next segment, so that one bad day does not hide another.
 * The first segment may begin anywhere (older days are deleted after their retention); every other must follow its predecessor.
 */
export const verifyFolder = (fs: PlaylogFs, dir: string, tools: ChainTools): FolderReport => {
  const segments = listSegments(fs, dir)
  const breaks: FolderBreak[] = []
  let point: ChainPoint | null = null
  let first = 0
  let records = 0
  let seals = 0
  let tornBytes = 0
  segments.forEach((segment, i) => {
    const tail = readable(fs, dir, segment)
    if (typeof tail === 'string') {
      breaks.push({ file: segment.file, line: 1, seq: point?.seq ?? 0, why: tail })
      point = null
      return
    }
    if (point === null) {
      point = startOf(tail.wholeLines[0])
      if (i === 0) first = point.seq
    }
    const newest = i === segments.length - 1
    if (newest) tornBytes = tail.tornBytes
    const checked: Result<{ readonly count: number; readonly seals: number; readonly next: ChainPoint }, ChainBreak> =
      verifyChain(tail.wholeLines, tools, point)
    if (checked.ok) {
      records += checked.value.count
      seals += checked.value.seals
      point = checked.value.next
      if (!newest && tail.tornBytes > 0)
        breaks.push({
          file: segment.file,
          line: tail.wholeLines.length + 1,
          seq: point.seq,
          why: 'the last line is cut off',
        })
    } else {
      breaks.push({ file: segment.file, ...checked.error })
      records += checked.error.line - 1
      point = resume(tail.wholeLines, tools.sha256, checked.error.seq + tail.wholeLines.length - checked.error.line + 1)
    }
  })
  const end: ChainPoint = point ?? CHAIN_START
  return {
    segments: segments.length,
    records,
    seals,
    first,
    next: end.seq,
    head: end.prev,
    tornBytes,
    breaks: breaks.slice(0, MOST_BREAKS),
  }
}

type Tail = ReturnType<typeof readTail>

const readable = (fs: PlaylogFs, dir: string, segment: Segment): Tail | string => {
  try {
    return readTail(segmentBytes(fs, dir, segment))
  } catch (error) {
    if (error instanceof Error && 'code' in error) return `cannot be read: ${error.message}`
    throw error
  }
}

/** Where the first line says that it stands. Trusted only for the oldest segment there is: its predecessors were deleted. */
export const startOf = (line: string | undefined): ChainPoint => {
  const match = /^\{"seq":(\d{1,15}),"prev":"([0-9a-f]{64})",/.exec(line ?? '')
  return match?.[1] === undefined || match[2] === undefined
    ? CHAIN_START
    : { seq: Number(match[1]), prev: match[2], sinceSeal: 0 }
}

/** Where the chain goes on after damage: at the hash of the last line as it is, and the sequence number it says, else the one counted. */
export const resume = (lines: readonly string[], sha256: Sha256, counted: number): ChainPoint => {
  const last = lines.at(-1)
  if (last === undefined) return { ...CHAIN_START, sinceSeal: null }
  const said = /^\{"seq":(\d{1,15}),/.exec(last)?.[1]
  return { seq: said === undefined ? counted : Number(said) + 1, prev: sha256(last), sinceSeal: lines.length }
}
