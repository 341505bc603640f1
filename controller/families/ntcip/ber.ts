import { concat } from '#core/base/bytes.ts'
import { err, ok, type Result } from '#core/base/result.ts'

/** The little of BER (X.690) that SNMPv1 needs: definite lengths of one to three octets, low tag numbers. */
export type Tlv = { readonly tag: number; readonly at: number; readonly from: number; readonly to: number }

/** Most arcs of an object identifier (RFC 3416 allows 128; ours have 17). */
const MOST_ARCS = 64

/**
 * The element at `at`, which must end at or before `end`. Lengths need not be in the shortest form: agents that always write `82 xx xx` are
 * common. An error says what is wrong; `short` means that more bytes could mend it.
 */
export const readTlv = (
  bytes: Uint8Array,
  at: number,
  end: number,
): Result<Tlv, { readonly short: boolean; readonly why: string }> => {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (at + 2 > end || tag === undefined || first === undefined) return err({ short: true, why: 'it ends too early' })
  if ((tag & 0x1f) === 0x1f) return err({ short: false, why: 'a tag of several octets' })
  let from = at + 2
  let length = first
  if (first >= 0x80) {
    const octets = first & 0x7f
    if (octets < 1 || octets > 2) return err({ short: false, why: `a length of ${octets} octets` })
    if (from + octets > end) return err({ short: true, why: 'it ends in its length' })
    length = 0
    for (let i = 0; i < octets; i++) length = length * 256 + (bytes[from + i] ?? 0)
    from += octets
  }
  const to = from + length
  return to > end ? err({ short: true, why: 'it is longer than what is there' }) : ok({ tag, at, from, to })
}

export const writeTlv = (tag: number, ...content: readonly Uint8Array[]): Uint8Array => {
  const body = concat(...content)
  const size = body.length
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return concat(Uint8Array.from([tag, ...length]), body)
}

/** A signed INTEGER of at most 5 octets (the fifth only for unsigned values above 2³¹−1); undefined when it is none. */
export const readInteger = (bytes: Uint8Array, tlv: Tlv): number | undefined => {
  const size = tlv.to - tlv.from
  if (size < 1 || size > 5) return undefined
  let value = (bytes[tlv.from] ?? 0) >= 0x80 ? -1 : 0
  for (let i = tlv.from; i < tlv.to; i++) value = value * 256 + (bytes[i] ?? 0)
  return value
}

/** Shortest two’s complement. */
export const integerBytes = (value: number): Uint8Array => {
  const octets: number[] = []
  let rest = value
  do {
    octets.unshift(((rest % 256) + 256) % 256)
    rest = Math.floor(rest / 256)
  } while (rest !== 0 && rest !== -1)
  const top = octets[0] ?? 0
  if (rest === 0 && top >= 0x80) octets.unshift(0)
  if (rest === -1 && top < 0x80) octets.unshift(0xff)
  return Uint8Array.from(octets)
}

/** `1.3.6.1…`, or undefined. */
export const readOid = (bytes: Uint8Array, tlv: Tlv): string | undefined => {
  const arcs: number[] = []
  let arc = 0
  let open = false
  for (let i = tlv.from; i < tlv.to; i++) {
    const octet = bytes[i] ?? 0
    if (!open && octet === 0x80) return undefined
    arc = arc * 128 + (octet & 0x7f)
    open = octet >= 0x80
    if (arc > 0xffff_ffff || arcs.length > MOST_ARCS) return undefined
    if (open) continue
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)))
    else arcs.push(arc)
    arc = 0
  }
  return open || arcs.length === 0 ? undefined : arcs.join('.')
}

/** The content of an OBJECT IDENTIFIER; undefined when the text is none. */
export const oidBytes = (oid: string): Uint8Array | undefined => {
  const arcs = oid.split('.').map(Number)
  const [first, second, ...rest] = arcs
  if (first === undefined || second === undefined || arcs.length > MOST_ARCS) return undefined
  if (!arcs.every((arc) => Number.isInteger(arc) && arc >= 0 && arc <= 0xffff_ffff) || first > 2) return undefined
  if (first < 2 && second > 39) return undefined
  const octets: number[] = []
  for (const arc of [first * 40 + second, ...rest]) {
    const groups = [arc % 128]
    for (let more = Math.floor(arc / 128); more > 0; more = Math.floor(more / 128)) groups.unshift((more % 128) + 128)
    octets.push(...groups)
  }
  return Uint8Array.from(octets)
}
