import type { Prng } from '#core/base/prng.ts'

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
  /** The error code of such a reply, 1 to 255, where the protocol has codes. */
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

/** What a fault changes that only the device itself can do: its own checksum, its own refusal. */
export type Spoiler = {
  readonly spoil: (reply: Uint8Array) => Uint8Array
  readonly refusal: (code: number) => Uint8Array | null
}

/** The behaviours of a set of faults, in the order the wire would do them: first the device, then the line. */
export const behavioursOf = (faults: SimFaults, device: Spoiler): readonly Behaviour[] => [
  each(faults.ackErrorChance, (p) => {
    const refusal = device.refusal(faults.ackError)
    return refusal === null ? [p] : [{ ...p, bytes: refusal }]
  }),
  each(faults.wrongChecksumChance, (p) => [{ ...p, bytes: device.spoil(p.bytes) }]),
  each(faults.dropChance, () => []),
  each(faults.garbleChance, (p, random) => [{ ...p, bytes: flipBit(p.bytes, random) }]),
  each(faults.lateChance, (p) => [{ ...p, afterMs: p.afterMs + faults.lateMs }]),
  each(faults.babbleChance, (p, random) => [
    { afterMs: 0, bytes: Uint8Array.from({ length: faults.babbleBytes }, () => random.below(256)) },
    p,
  ]),
]

/** What really goes over the wire in place of the replies the device meant. */
export const plan = (
  replies: readonly Planned[],
  of: { readonly faults: SimFaults; readonly device: Spoiler; readonly random: Prng },
): readonly Planned[] =>
  behavioursOf(of.faults, of.device).reduce((planned, behaviour) => behaviour(planned, of.random), replies)
