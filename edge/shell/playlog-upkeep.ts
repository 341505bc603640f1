import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { ok, type Result } from '#core/base/result.ts'
import { DAY, dateOf, instantOfDate } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import { deletable } from '#core/evidence/trusted-day.ts'
import { type DiskFault, diskFault, type PlaylogFs, replaceFile } from './playlog-fs.ts'
import type { Segment } from './playlog-segments.ts'

const pack = promisify(gzip)

type Which = { readonly today: string; readonly current: string | undefined }

/** Compresses finished days older than yesterday, off the main thread. The original goes only when the copy is safe. */
export const compressSegments = async (
  fs: PlaylogFs,
  dir: string,
  of: Which & { readonly segments: readonly Segment[]; readonly done: (packed: Segment) => void },
): Promise<Result<null, DiskFault>> => {
  const yesterday = dateOf(instant(instantOfDate(of.today, 0) - DAY), 0)
  const due = of.segments.filter((s) => !s.gz && s.file !== of.current && s.date < yesterday)
  for (const segment of due) {
    try {
      const packed = await pack(fs.readAll(`${dir}/${segment.file}`))
      replaceFile(fs, dir, `${segment.file}.gz`, packed)
      fs.unlink(`${dir}/${segment.file}`)
      of.done({ ...segment, file: `${segment.file}.gz`, gz: true, bytes: packed.length })
    } catch (error) {
      return { ok: false, error: diskFault(segment.file, error) }
    }
  }
  return ok(null)
}

/** Throws as node:fs does. Answers the files. */
export const removeSegments = (fs: PlaylogFs, dir: string, doomed: readonly Segment[]): readonly string[] => {
  for (const segment of doomed) fs.unlink(`${dir}/${segment.file}`)
  if (doomed.length > 0) fs.syncDir(dir)
  return doomed.map((s) => s.file)
}

/**
 * Segments that may be deleted: a run at the oldest end, so that the chain stays whole, whose days lie more than `playMonths` calendar months
 * back (Art. 10.1.a; 181 to 184 days for six) by the wall clock and by the number of days that came after. Never the one being written.
 */
export const retainSegments = (
  segments: readonly Segment[],
  of: Which & { readonly playMonths: number },
): readonly Segment[] => {
  const going = deletable(
    segments.map((s) => s.date),
    of,
  )
  const current = segments.findIndex((s) => s.file === of.current)
  return segments.slice(0, current === -1 ? going : Math.min(going, current))
}
