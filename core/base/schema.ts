import { Type } from 'typebox'

/** The words that every document has in common. */

/** A code of a site, item, order, frame or playlist: safe in a file name, an address and a label. */
export const Id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' })

/** A time of the day, as `timeOf` (time.ts) reads it; `24:00` is the end of the day. */
export const ClockTime = Type.String({ pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$' })
