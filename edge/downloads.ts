import { type Static, Type } from 'typebox'
import { ClockTime } from '#core/base/schema.ts'
import { startOfDay, timeOf } from '#core/base/time.ts'
import type { Reading } from '#core/base/units.ts'
import { SLOWEST_BITS } from './shell/asset-fetch.ts'

const Strict = { additionalProperties: false } as const

/** How content comes to a cluster whose link is thin or paid by the gigabyte. Orders and evidence are not held back by any of this. */
export const DownloadsSchema = Type.Object(
  {
    /** Average speed. Default: as fast as the link is. */
    kbitPerSecond: Type.Optional(Type.Integer({ minimum: Math.ceil(SLOWEST_BITS / 1000), maximum: 10_000_000 })),
    /** Only in these hours, local; `from` later than `to` runs over midnight. A cluster that has none of its files does not wait. Default: always. */
    window: Type.Optional(Type.Object({ from: ClockTime, to: ClockTime }, Strict)),
    /** Most room for files on the disk, MB (10^6 bytes). Default: all but what play log and snapshot need. */
    budgetMegabytes: Type.Optional(Type.Integer({ minimum: 10, maximum: 10_000_000 })),
  },
  Strict,
)

/** Hours that begin when they end are none: nothing would ever come again. */
export const downloadsFault = (raw: Static<typeof DownloadsSchema> | undefined): string | null =>
  raw?.window !== undefined && raw.window.from === raw.window.to
    ? `/downloads/window: từ và đến cùng là ${raw.window.from}; bỏ window nếu tải lúc nào cũng được · from and to are both ${raw.window.from}; leave window out for any hour`
    : null

/** With every default filled in. */
export type DownloadsConfig = {
  readonly bitsPerSecond: number | null
  /** Milliseconds since midnight. */
  readonly window: { readonly from: number; readonly to: number } | null
  readonly budgetBytes: number | null
}

export const downloadsOf = (raw: Static<typeof DownloadsSchema> | undefined): DownloadsConfig => ({
  bitsPerSecond: raw?.kbitPerSecond === undefined ? null : raw.kbitPerSecond * 1000,
  window: raw?.window === undefined ? null : { from: timeOf(raw.window.from), to: timeOf(raw.window.to) },
  budgetBytes: raw?.budgetMegabytes === undefined ? null : raw.budgetMegabytes * 1_000_000,
})

/** Is this an hour for downloads? Half-open. With an unset clock nobody knows, and content goes before the bill. */
export const inWindow = (window: DownloadsConfig['window'], now: Reading, offsetMinutes: number): boolean => {
  if (window === null || now.quality === 'unset') return true
  const time = now.wall - startOfDay(now.wall, offsetMinutes)
  const { from, to } = window
  return from <= to ? from <= time && time < to : time >= from || time < to
}
