import { writeSync } from 'node:fs'

/** What the guest says to the host on the serial console, one line each. */
export type GuestWord =
  /** The file system check before mounting, its exit code: 0 fine, 1 mended by itself, 4 and more needs a hand. */
  | { readonly fsck: number }
  /** The data disk could not be mounted. */
  | { readonly mount: number }
  /** Written and fdatasynced: sequence number and sum of each. */
  | { readonly durable: readonly (readonly [number, string])[] }
  /** The hub acknowledges everything below this. */
  | { readonly hub: number }
  | { readonly receipt: readonly [order: string, stage: string] }
  /** The daemon is up: milliseconds from its start, and what it found. */
  | { readonly up: { readonly ms: number; readonly wall: number; readonly faults: readonly string[] } }
  /** Lines of the log as they are on the disk after the recovery. */
  | { readonly log: readonly (readonly [number, string])[] }
  /** All of the log has been told; what the chain's check found, the orders in force and those whose end is in the log. */
  | {
      readonly checked: {
        readonly records: number
        readonly breaks: readonly string[]
        readonly seals: number
        readonly segments: number
        readonly inForce: readonly string[]
        readonly ended: readonly string[]
      }
    }
  | { readonly failed: string }

export const MARK = '@@power '

/** Blocking, so that what is told was told before what follows. */
export const tell = (word: GuestWord): void => {
  const bytes = Buffer.from(`\n${MARK}${JSON.stringify(word)}\n`)
  for (let at = 0; at < bytes.length; )
    try {
      at += writeSync(1, bytes, at)
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EAGAIN') throw error
    }
}

/** A line of the console; null for the kernel's own. A line that a cut tore is no JSON and is nothing. */
export const hear = (line: string): GuestWord | null => {
  const at = line.indexOf(MARK)
  if (at < 0) return null
  try {
    return JSON.parse(line.slice(at + MARK.length)) as GuestWord
  } catch {
    return null
  }
}
