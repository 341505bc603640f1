import { evictionOrder, type Stored } from '#core/evidence/evict.ts'

/** A file of the asset folder: `<sha256>`, or `<sha256>.part` while it is not whole. */
export type StoredAsset = { readonly name: string; readonly bytes: number; readonly wanted: boolean }

/**
 * What of the asset folder may go to make room for another file, first to last. Never what the schedule in force wants, a download that goes
 * on among it, nor what a kept play names (Art. 10.1.a, reading A6).
 */
export const evictable = (stored: readonly StoredAsset[], mayEvict: (sha256: string) => boolean): readonly string[] =>
  evictionOrder(
    stored
      .filter((one) => !one.wanted)
      .map(({ name, bytes, wanted }): Stored => {
        if (name.endsWith('.part')) return { kind: 'partial', name, bytes, wanted }
        return { kind: 'asset', name, bytes, wanted, keepUntil: mayEvict(name) ? null : 'unknown' }
      }),
    null,
  ).map((one) => one.name)
