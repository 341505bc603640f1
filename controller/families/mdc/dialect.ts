import { fromHex, toHex } from '#core/base/bytes.ts'
import { err, ok } from '#core/base/result.ts'
import type { Call, Dialect } from '../../dialect/dialect.ts'
import {
  type Grammar,
  type Heard,
  lcdDialect,
  numbered,
  numberOf,
  refused,
  type Sending,
  sideBy,
} from '../lcd/dialect.ts'
import { mostData } from '../lcd/values.ts'
import { explainFrame } from './explain.ts'
import {
  ACK,
  decodeFrame,
  EVERYBODY,
  encodeFrame,
  type MdcFrame,
  mdcReader,
  NAK,
  readFrame,
  TLS_MEANS,
} from './frame.ts'
import type { MdcCommand, MdcProfile } from './schema.ts'

/** Data bytes around the fields of a reply: head, mark, id, length, A or N, command, checksum. */
const REPLY_OVERHEAD = 7
/** Longest text seen in a reply: serial numbers, versions and model names stay below it. */
const OPEN_BYTES = 32

/** Samsung MDC on RS-232 or TCP 1515. `address.id`: 0–253, or 254 for all displays, which are told and do not answer. */
export const mdcDialect = (profile: MdcProfile): Dialect => {
  const opcodeOf = (command: MdcCommand) => Number.parseInt(command.opcode, 16)
  const subOf = (command: MdcCommand) => (command.sub ?? '').replaceAll(' ', '')
  const idOf = (call: Call) => numberOf(call.address, { name: 'id', otherwise: profile.defaultId, most: EVERYBODY })

  const send = (command: MdcCommand, data: string, call: Call) => {
    const id = idOf(call)
    if (!id.ok) return id
    if (command.direction === 'read' && id.value === EVERYBODY) return err('nobody answers a question to all displays')
    const bytes = fromHex(subOf(command) + data)
    if (!bytes) return err(`${data} is not whole bytes`)
    const most = mostData(command.fields, { unit: 2, open: OPEN_BYTES }) / 2 + subOf(command).length / 2
    return ok<Sending>({
      bytes: encodeFrame({ side: 'request', command: opcodeOf(command), id: id.value, data: bytes }),
      answered: id.value !== EVERYBODY,
      replyBytes: REPLY_OVERHEAD + most,
    })
  }
  /** The data of a frame behind the sub-command; null when the sub-command is another. */
  const behindSub = (command: MdcCommand, data: Uint8Array): string | null => {
    const text = toHex(data, '')
    return text.startsWith(subOf(command)) ? text.slice(subOf(command).length) : null
  }
  const hear = (command: MdcCommand, reply: Uint8Array, call: Call | null): Heard => {
    const frame = decodeFrame('reply', reply)
    if (!frame.ok || frame.value.side === 'request') return { is: 'other' }
    if (frame.value.side === 'greeting') return refused(TLS_MEANS)
    const id = call === null ? null : idOf(call)
    if (id?.ok && frame.value.id !== id.value) return { is: 'foreign' }
    if (frame.value.command !== opcodeOf(command)) return { is: 'other' }
    if (frame.value.ack === NAK)
      return refused(`the display refuses the command (N), code ${toHex(frame.value.data, ' ') || 'none'}`)
    const data = behindSub(command, frame.value.data)
    return data === null ? { is: 'other' } : { is: 'data', data }
  }
  const requestData = (command: MdcCommand, request: Uint8Array): string | null => {
    const frame = decodeFrame('request', request)
    if (!frame.ok || frame.value.side !== 'request' || frame.value.command !== opcodeOf(command)) return null
    const data = behindSub(command, frame.value.data)
    return data !== null && (data === '') === (command.direction === 'read') ? data : null
  }
  const names = (opcode: number): string => {
    const mine = Object.entries(profile.commands).filter(([, command]) => opcodeOf(command) === opcode)
    return mine.length > 0 ? mine.map(([name]) => name).join(', ') : 'not in the profile'
  }
  const again = (frame: MdcFrame) => ok(encodeFrame(frame))
  const grammar: Grammar<MdcCommand> = {
    unit: 2,
    reader: mdcReader,
    send,
    hear,
    requestData,
    explain: (side, bytes, means) => explainFrame(side, bytes, { means, names }),
    aside: (side, bytes) => {
      const frame = decodeFrame(side, bytes)
      if (!frame.ok || frame.value.side === 'request') return null
      if (frame.value.side === 'greeting') return TLS_MEANS
      return frame.value.ack === ACK ? null : `refused ${names(frame.value.command)}`
    },
    sideOf: sideBy((side, bytes) => readFrame(side, bytes, 0).is === 'frame'),
    reencode: (side, bytes) => {
      const frame = decodeFrame(side, bytes)
      return frame.ok ? again(frame.value) : frame
    },
    ...numbered(profile),
  }
  return lcdDialect(profile, grammar)
}
