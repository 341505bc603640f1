import type { Result } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { Profile } from '../profile/schema.ts'

/**
 * What a family of controllers says on the wire, with one profile laid in. Everything that works for every make (bus, driver, command line,
 * linter, fuzz run) sees only this; a family sees only its own frames. Pure: no clock, no link, no state between calls.
 */
export type Dialect = {
  readonly profile: Profile
  /** Finds frames in what the device (`reply`) or we (`request`) send. */
  readonly reader: (side: Side) => FrameReader
  /** The one question that carries out a command, or why there is none (unknown command, value missing or out of range). */
  readonly question: (call: Call) => Result<Question, string>
  /** The value as the device can hold it: 50 % of 16 steps is 53 %. `undefined`: the command has no such field. */
  readonly holds: (call: Call, field: string) => Value | undefined
  /** Takes any bytes apart, right or wrong; never throws. The fields cover the bytes in order. */
  readonly explain: (side: Side, bytes: Uint8Array) => readonly ExplainedField[]
  /** One line for people, e.g. `reply readBrightness: brightness=50`. Never throws. */
  readonly describe: (side: Side, bytes: Uint8Array) => string
  /** Who sent this, by the bytes alone; null where the protocol does not tell. */
  readonly sideOf: (bytes: Uint8Array) => Side | null
  /** The command of the profile that a whole, right request carries, with the values in it; null: none of ours. */
  readonly commandOf: (request: Uint8Array) => { readonly command: string; readonly parameters: Values } | null
  /** Bytes → meaning → bytes, to prove that nothing is lost on the way. An error says what was not understood. */
  readonly reencode: (side: Side, bytes: Uint8Array) => Result<Uint8Array, string>
  /**
   * Replies do not say which question they answer, so a late one could be taken for the answer to the next: after a retry the device is left
   * alone for one time-out.
   */
  readonly ambiguous: boolean
  /** Every name an address may have; `open.ts` refuses all others, so a mistyped one cannot mean the factory unit. */
  readonly addressKeys: readonly string[]
  /**
   * What tells the devices on one line apart: the address with the factory’s own values filled in, without secrets. Two devices with the same
   * place would both answer.
   */
  readonly placeOf: (address: Values) => Values
  /** Every parameter the command takes; empty for a command that is not there. `open.ts` refuses all others. */
  readonly parameterKeys: (command: string) => readonly string[]
  /** Commands asked in this order after every opening of the link; their values become the `context` of all later calls. */
  readonly handshake: readonly string[]
}

export type Side = 'request' | 'reply'
/** A value in a command’s data. `null`: the device says it has none. */
export type Value = number | boolean | string | null
export type Values = Readonly<Record<string, Value>>

export type Call = {
  readonly command: string
  /** What to set, which card or channel to ask. */
  readonly parameters: Values
  /** Which device on the bus, from the site’s configuration: `unit`, `id`, `screen`, `password`. */
  readonly address: Values
  /** What the handshake learnt: `guid`, `salt`. Empty before and without one. */
  readonly context: Values
}

/** One question and how to know its answer. */
export type Question = {
  /** For traces: `setBrightness brightness=50`. Never holds a secret. */
  readonly text: string
  readonly write: boolean
  /** False for broadcasts nobody answers: done when sent. */
  readonly answered: boolean
  /** Bytes of the request, and the most a good reply has; for time on the wire. */
  readonly requestBytes: number
  readonly replyBytes: number
  /** What to send. `token` (0–255) differs from attempt to attempt; protocols without serial numbers ignore it. Empty: only listen. */
  readonly encode: (token: number) => Uint8Array
  /** What a whole, right reply frame means for this question. `tokens`: of all attempts. `parts`: frames taken as parts so far. */
  readonly judge: (reply: Uint8Array, tokens: readonly number[], parts: readonly Uint8Array[]) => Judgement
}

export type Judgement =
  /** It is the answer. */
  | { readonly is: 'values'; readonly values: Values }
  /** It belongs to the answer, more will come; the wait begins anew. At most MOST_PARTS. */
  | { readonly is: 'part' }
  /** It answers an earlier question of ours. */
  | { readonly is: 'stale' }
  /** It is none of our business: another device, an unasked message. */
  | { readonly is: 'foreign' }
  /** Worth asking again after the gap (busy, its own checksum error); when no attempts are left, this is the failure. */
  | { readonly is: 'again'; readonly fault: LinkFault }
  | { readonly is: 'fault'; readonly fault: LinkFault }

/** Most frames of one answer. */
export const MOST_PARTS = 256

/**
 * Reads one frame at `start` of `bytes`. `size` counts all bytes of the frame. It never looks before `start`, keeps nothing, and says
 * `noise` as soon as the bytes can no longer become a frame; `unfinished` only while fewer than `maxFrame` bytes are there.
 */
export type FrameReader = {
  readonly maxFrame: number
  readonly read: (bytes: Uint8Array, start: number) => FrameReading
}
export type FrameReading =
  | { readonly is: 'frame'; readonly size: number }
  | { readonly is: 'checksum'; readonly size: number }
  | { readonly is: 'unfinished' }
  | { readonly is: 'noise' }

export type ExplainedField = {
  readonly at: number
  readonly name: string
  readonly hex: string
  readonly says: string
}
