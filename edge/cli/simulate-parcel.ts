import type { RecordTime, StampedRecord } from '#core/evidence/record.ts'

/**
 * Records on their way to another thread, one after another in a flat list: the kind; the names of the body's fields in their order, or null
 * where they are those of the last record of that kind; the boot, the four parts of `at`, and the fields. Copying a list of plain values costs
 * both threads less than half of what text or the objects themselves do.
 */
export type Parcel = unknown[]

type Kind = StampedRecord['kind']
type Keys = readonly string[]
const OUTER: ReadonlySet<string> = new Set(['at', 'boot', 'kind'])

/** Appends a record to a parcel. What was packed must be taken out in the same order, by one `createUnpacker`. */
export const createPacker = (): ((record: StampedRecord, parcel: Parcel) => void) => {
  const known = new Map<Kind, { readonly given: Keys; readonly body: Keys }>()
  return (record, parcel) => {
    const { at, boot, kind } = record
    const given = Object.keys(record)
    const last = known.get(kind)
    const isKnown = last !== undefined && isSame(last.given, given)
    const body = isKnown ? last.body : given.filter((key) => !OUTER.has(key))
    if (!isKnown) known.set(kind, { given, body })
    parcel.push(kind, isKnown ? null : body, boot, at.wall, at.iso, at.mono, at.q)
    const fields: Readonly<Record<string, unknown>> = record
    for (const key of body) parcel.push(fields[key])
  }
}

const isSame = (a: Keys, b: Keys): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Takes the records out of parcels, in the order in which they were packed. Only for what a packer made: nothing is checked. */
export const createUnpacker = (): ((parcel: Parcel, take: (record: StampedRecord) => void) => void) => {
  const known = new Map<unknown, Keys>()
  return (parcel, take) => {
    for (let i = 0; i < parcel.length; ) {
      const kind = parcel[i++]
      const given = parcel[i++] as Keys | null
      if (given !== null) known.set(kind, given)
      const boot = parcel[i++]
      const at = { wall: parcel[i++], iso: parcel[i++], mono: parcel[i++], q: parcel[i++] } as RecordTime
      const record: Record<string, unknown> = { at, boot, kind }
      for (const key of known.get(kind) ?? []) record[key] = parcel[i++]
      take(record as StampedRecord)
    }
  }
}
