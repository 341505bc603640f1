import type { Prng } from '#core/base/prng.ts'
import { sealed } from './display.ts'

/** What can go wrong between a display and us. Chances are per reply, 0 to 1. */
export type SimFaults = {
  readonly lateChance: number
  /** How much later a late reply comes, ms. */
  readonly lateMs: number
  readonly dropChance: number
  /** One bit of the reply is turned over. */
  readonly garbleChance: number
  /** The reply is whole but its checksum is off by one. */
  readonly wrongChecksumChance: number
  readonly ackErrorChance: number
  /** The ACK code of such a reply, 1 to 255. */
  readonly ackError: number
  /** Says yes to writes, but reads back something else. */
  readonly lyingReadBack: boolean
  /** Random bytes on the line while the device still thinks. */
  readonly babbleChance: number
  readonly babbleBytes: number
}

export const NO_FAULTS: SimFaults = {
  lateChance: 0,
  lateMs: 0,
  dropChance: 0,
  garbleChance: 0,
  wrongChecksumChance: 0,
  ackErrorChance: 0,
  ackError: 4,
  lyingReadBack: false,
  babbleChance: 0,
  babbleBytes: 16,
}

/** One thing the display is about to send. */
export type Planned = { readonly afterMs: number; readonly bytes: Uint8Array }
/** Changes what is about to be sent; returns it untouched when it is not its business. */
export type Behaviour = (planned: readonly Planned[], random: Prng) => readonly Planned[]

const each =
  (chance: number, change: (planned: Planned, random: Prng) => readonly Planned[]): Behaviour =>
  (planned, random) =>
    planned.flatMap((one) => (chance > 0 && random.chance(chance) ? change(one, random) : [one]))

const flipBit = (bytes: Uint8Array, random: Prng): Uint8Array => {
  const copy = bytes.slice()
  const at = random.below(copy.length)
  copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8))
  return copy
}

const withByte = (bytes: Uint8Array, at: number, value: number): Uint8Array =>
  sealed([...bytes.subarray(0, at), value, ...bytes.subarray(at + 1, -2)])

/** Picture registers a liar lies about: 02000001 and 02000100 to 02000102, in replies to reads. */
const isReadBack = (reply: Uint8Array): boolean =>
  reply[10] === 0 &&
  reply.length === 21 &&
  reply[15] === 2 &&
  ((reply[13] === 1 && (reply[12] ?? 9) <= 2) || (reply[13] === 0 && reply[12] === 1))

/** The behaviours of a set of faults, in the order the wire would do them: first the device, then the line. */
export const behavioursOf = (faults: SimFaults): readonly Behaviour[] => [
  each(faults.lyingReadBack ? 1 : 0, (p) =>
    isReadBack(p.bytes) ? [{ ...p, bytes: withByte(p.bytes, 18, (p.bytes[18] ?? 0) ^ 0xff) }] : [p],
  ),
  each(faults.ackErrorChance, (p) => [
    { ...p, bytes: sealed([0xaa, 0x55, faults.ackError, ...p.bytes.subarray(3, 16), 0, 0]) },
  ]),
  each(faults.wrongChecksumChance, (p) => {
    const copy = p.bytes.slice()
    const last = copy.length - 2
    copy[last] = ((copy[last] ?? 0) + 1) & 255
    return [{ ...p, bytes: copy }]
  }),
  each(faults.dropChance, () => []),
  each(faults.garbleChance, (p, random) => [{ ...p, bytes: flipBit(p.bytes, random) }]),
  each(faults.lateChance, (p) => [{ ...p, afterMs: p.afterMs + faults.lateMs }]),
  each(faults.babbleChance, (p, random) => [
    { afterMs: 0, bytes: Uint8Array.from({ length: faults.babbleBytes }, () => random.below(256)) },
    p,
  ]),
]

export const plan = (reply: Planned, faults: SimFaults, random: Prng): readonly Planned[] =>
  behavioursOf(faults).reduce<readonly Planned[]>((planned, behaviour) => behaviour(planned, random), [reply])
