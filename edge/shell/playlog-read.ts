import { readTail } from '#core/evidence/chain.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import type { PlaylogFs } from './playlog-fs.ts'
import { type Segment, segmentRecords, tryLines } from './playlog-segments.ts'

/** One answer holds about this many bytes at most, and always one line. */
const MOST_BYTES = 1_048_576
/** The newest segment remembers the place of every n-th line. */
const EVERY = 64

type View = {
  readonly segments: () => readonly Segment[]
  readonly current: () => { readonly file: string; readonly bytes: number } | null
  readonly next: () => number
  /** A finished day cannot be read any more: told every time somebody asks for it. */
  readonly lost: (segment: Segment, why: string) => void
}

export type Reader = {
  /** From `fromSeq` on; where its day cannot be read any more, from the next day that can. */
  readonly lines: (ask: { readonly fromSeq: number; readonly limit: number }) => readonly string[]
  readonly day: (date: string) => Iterable<EvidenceRecord>
  readonly recent: (count: number) => Iterable<EvidenceRecord>
}

/** Reads the log while it is written. Holds one finished segment in memory and an index of the newest. */
export const createReader = (fs: PlaylogFs, dir: string, view: View): Reader => {
  const kept: { file: string; lines: readonly string[] } = { file: '', lines: [] }
  const index = newIndex()
  const finished = (segment: Segment): readonly string[] | null => {
    if (kept.file === segment.file) return kept.lines
    const read = tryLines(fs, dir, segment)
    if (!read.ok) {
      view.lost(segment, read.error)
      return null
    }
    Object.assign(kept, { file: segment.file, lines: read.value })
    return kept.lines
  }
  const lines: Reader['lines'] = ({ fromSeq, limit }) => {
    if (fromSeq >= view.next() || limit < 1) return []
    const segments = view.segments()
    const current = view.current()
    const first = segments.findLastIndex((s) => s.firstSeq !== null && s.firstSeq <= fromSeq)
    for (const segment of first === -1 ? [] : segments.slice(first)) {
      // A packed day of which not even the beginning can be read has no number; asking for it tells that it is lost.
      const skip = Math.max(0, fromSeq - (segment.firstSeq ?? fromSeq))
      if (current?.file === segment.file)
        return index.read(fs, `${dir}/${segment.file}`, { bytes: current.bytes, skip, limit })
      const found = finished(segment)?.slice(skip, skip + limit) ?? []
      if (found.length > 0) return bounded(found)
    }
    return []
  }
  const records = function* (segments: readonly Segment[]): Generator<EvidenceRecord> {
    for (const segment of segments) yield* segmentRecords(fs, dir, segment)
  }
  return {
    lines,
    day: (date) => records(view.segments().filter((s) => s.date === date)),
    recent: (count) => records(view.segments().slice(-count)),
  }
}

const bounded = (lines: readonly string[]): readonly string[] => {
  let bytes = 0
  const end = lines.findIndex((line, i) => {
    bytes += line.length
    return i > 0 && bytes > MOST_BYTES
  })
  return end === -1 ? lines : lines.slice(0, end)
}

type Ask = { readonly bytes: number; readonly skip: number; readonly limit: number }

/** Byte offsets of every EVERY-th line of the newest segment, filled as far as someone has read. */
const newIndex = () => {
  const state = { path: '', marks: [0] }
  const chunkAt = (fs: PlaylogFs, path: string, from: number, bytes: number) =>
    readTail(fs.readAt(path, from, Math.min(MOST_BYTES, bytes - from)))
  const grow = (fs: PlaylogFs, path: string, ask: Ask) => {
    while (state.marks.length <= Math.floor(ask.skip / EVERY)) {
      const from = state.marks.at(-1) ?? 0
      const chunk = chunkAt(fs, path, from, ask.bytes)
      const sizes = chunk.wholeLines.slice(0, EVERY).map((line) => Buffer.byteLength(line) + 1)
      if (sizes.length < EVERY) return
      state.marks.push(from + sizes.reduce((sum, n) => sum + n, 0))
    }
  }
  const read = (fs: PlaylogFs, path: string, ask: Ask): readonly string[] => {
    if (state.path !== path) Object.assign(state, { path, marks: [0] })
    grow(fs, path, ask)
    const mark = Math.min(Math.floor(ask.skip / EVERY), state.marks.length - 1)
    const chunk = chunkAt(fs, path, state.marks[mark] ?? 0, ask.bytes)
    const skip = ask.skip - mark * EVERY
    return chunk.wholeLines.slice(skip, skip + ask.limit)
  }
  return { read }
}
