import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { ok, type Result } from '#core/base/result.ts'
import { DAY, dateOf, instantOfDate } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
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

/**
 * Segments that may be deleted: never the one being written, and only days whose end lies more than `playMonths` calendar months back
 * (Art. 10.1.a; 181 to 184 days for six). Only a run at the oldest end, so that the chain stays whole.
 */
export const retainSegments = (
  segments: readonly Segment[],
  of: Which & { readonly playMonths: number },
): readonly Segment[] => {
  const keep = segments.findIndex((s) => s.file === of.current || !isPast(s.date, of.today, of.playMonths))
  return keep === -1 ? segments.slice(0, -1) : segments.slice(0, keep)
}

/** Is `today` later than the same day `months` calendar months after `date`? A day the month does not have becomes the next month's first. */
export const isPast = (date: string, today: string, months: number): boolean => {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  const last = new Date(Date.UTC(year, month - 1 + months, day)).toISOString().slice(0, 10)
  return today > last
}
