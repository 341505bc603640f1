import { err, ok, type Result } from '#core/base/result.ts'
import { le, u16, u32 } from './frame.ts'

/**
 * Search by UDP broadcast on port 10001 (maker’s C# demo, `UDPServices.cs`; two independent implementations agree). Pure: whoever has the
 * socket sends `searchRequest` about every two seconds and gives the answers here.
 */
export const SEARCH_PORT = 10001
/** Between two searches, ms, as the maker’s program does it. */
export const SEARCH_EVERY_MS = 2000

const VERSION = 0x01000005
const ASK = 0x1001
const ANSWER = 0x1002
const ID_BYTES = 15
const ANSWER_BYTES = 25

/** `05 00 00 01 01 10` */
export const searchRequest = (): Uint8Array => {
  const bytes = new Uint8Array(6)
  bytes.set(le(VERSION, 4), 0)
  bytes.set(le(ASK, 2), 4)
  return bytes
}

export type SearchAnswer = {
  /** As on the card, e.g. `C16L-D24-000A2`: the model, then D for a card that may be programmed. */
  readonly deviceId: string
  /** The part of the id before the first dash; empty when there is none. */
  readonly model: string
  readonly version: number
  /** Goes up when settings of the card change. */
  readonly change: number
}

/** One datagram → what the card says, or why it is no answer (our own broadcast comes back, too). */
export const readSearchAnswer = (bytes: Uint8Array): Result<SearchAnswer, string> => {
  if (bytes.length !== ANSWER_BYTES) return err(`${bytes.length} bytes instead of ${ANSWER_BYTES}`)
  const command = u16(bytes, 4)
  if (command !== ANSWER) return err(`command ${command.toString(16).padStart(4, '0')}h is no answer`)
  const field = bytes.subarray(6, 6 + ID_BYTES)
  const end = field.indexOf(0)
  const id = end < 0 ? field : field.subarray(0, end)
  if (id.length === 0 || id.some((byte) => byte < 0x20 || byte > 0x7e)) return err('the device id is not plain text')
  const deviceId = String.fromCharCode(...id).trim()
  return ok({
    deviceId,
    model: deviceId.includes('-') ? (deviceId.split('-')[0] ?? '') : '',
    version: u32(bytes, 0),
    change: u32(bytes, 6 + ID_BYTES),
  })
}
