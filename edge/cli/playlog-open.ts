import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { dateOf } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import { realFs } from '../shell/playlog-fs.ts'
import { IDENTITY_FILE, type Identity, listSegments, readIdentity, type Segment } from '../shell/playlog-segments.ts'

/** Việt Nam has one zone; a log is read by it whatever the machine's own is. */
export const ZONE = { offsetMinutes: 420 } as const

/** Where the answer goes; a test gives its own. */
export type Out = { readonly out: (text: string) => void; readonly err: (text: string) => void }
export const CONSOLE: Out = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
}

export class Usage extends Error {}
export const usage = (vi: string, en: string): never => {
  throw new Usage(`${vi} · ${en}`)
}

export const wrong = (io: Out, vi: string, en: string): number => {
  io.err(`${vi} · ${en}\n`)
  return 1
}

/** A play log that was found and is somebody's. */
export type Opened = {
  /** `<data>/plays` */
  readonly dir: string
  readonly identity: Identity
  readonly segments: readonly Segment[]
}
export type Span = { readonly from: number; readonly to: number }

/** Where a packaged daemon keeps its log, then where the demo of this tree does. */
const USUAL = [
  (site: string) => `/var/lib/bangtin/${site}/plays`,
  (site: string) => fileURLToPath(new URL(`../../var/demo/sites/${site}/data/plays`, import.meta.url)),
]

export const usualFolder = (site: string | undefined): string => {
  if (site === undefined || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(site))
    return usage('cần --dir <data>/plays hoặc --site ID', '--dir <data>/plays or --site ID is needed')
  const folders = USUAL.map((of) => of(site))
  return (
    folders.find((folder) => existsSync(folder)) ??
    usage(
      `không thấy nhật ký của ${site} ở ${folders.join(', ')}: cho biết --dir`,
      `no play log of ${site} in the usual places: say --dir`,
    )
  )
}

/** The folder, or why it is none, in Vietnamese. Throws as node:fs does. */
export const openFolder = (dir: string, site: string | undefined): Opened | string => {
  if (!existsSync(`${dir}/${IDENTITY_FILE}`)) return `${dir}: không có ${IDENTITY_FILE}, đây không phải thư mục nhật ký`
  const identity = readIdentity(realFs, dir)
  if (!identity.ok) return `${dir}/${IDENTITY_FILE}: ${identity.error.map((f) => `${f.where}: ${f.why}`).join('; ')}`
  if (site !== undefined && site !== identity.value.site)
    return `${dir}: đây là nhật ký của ${identity.value.site}, không phải ${site}`
  return { dir, identity: identity.value, segments: listSegments(realFs, dir) }
}

/** A date and time without a zone is read in the zone of the log, not in that of this machine. */
export const timeOf = (text: string, option: string): number => {
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text)
  const full = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00+07:00` : zoned ? text : `${text}+07:00`
  const at = Date.parse(full.replace(' ', 'T'))
  return Number.isNaN(at)
    ? usage(`${option}: "${text}" không phải thời điểm`, `"${text}" is no time; try 2026-11-22T09:30`)
    : at
}

/** Segments that can hold something of a span: by date, with one more before, where a play that ran over midnight has its beginning. */
export const around = (segments: readonly Segment[], span: Span): readonly Segment[] => {
  const first = dateOf(instant(span.from), ZONE.offsetMinutes)
  const last = dateOf(instant(span.to), ZONE.offsetMinutes)
  const inside = segments.findIndex((s) => s.date >= first)
  const begin = inside === -1 ? Math.max(0, segments.length - 2) : Math.max(0, inside - 1)
  const end = segments.findLastIndex((s) => s.date <= last)
  return segments.slice(begin, Math.max(begin, end + 2))
}
