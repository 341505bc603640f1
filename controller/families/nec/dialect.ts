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
import { mostData, readFields } from '../lcd/values.ts'
import { explainFrame } from './explain.ts'
import { addressByte, CONTROLLER, decodeFrame, encodeFrame, type NecFrame, necReader, readFrame } from './frame.ts'
import type { NecCommand, NecProfile } from './schema.ts'

/** Header, marks, check and end around a message. */
const OVERHEAD = 11
/** Result, opcode, type and greatest value before the current value of a parameter. */
const PARAMETER_HEAD = 12
/** Longest text seen: a model name or serial number of 16 letters as hex, or as many diagnosis codes. */
const OPEN_CHARACTERS = 64
/** “Null message”: the monitor has nothing to say to this; a monitor that is starting says so to everything (log of an M551). */
const NULL_MESSAGE = 'BE'
const NULL_MEANS = 'null message (BE): unknown command, or the monitor is busy starting'
const RESULTS: Readonly<Record<string, string>> = { '01': 'not supported by this monitor, or not now' }
const refusal = (code: string) => refused(`result ${code}: ${RESULTS[code] ?? 'not documented'}`)

/** NEC and Sharp-NEC displays on RS-232 or TCP 7142. `address.id`: monitor ID 1–100, or 0 for all, which do not answer. */
export const necDialect = (profile: NecProfile): Dialect => {
  const idOf = (call: Call) => numberOf(call.address, { name: 'id', otherwise: profile.defaultId, most: 100 })

  const send = (command: NecCommand, data: string, call: Call) => {
    const id = idOf(call)
    if (!id.ok) return id
    if (command.direction === 'read' && id.value === 0) return err('nobody answers a question to all monitors')
    const bytes = encodeFrame({
      destination: addressByte(id.value),
      source: CONTROLLER,
      type: requestType(command),
      message: `${startOf(command)}${data}`,
    })
    const open = mostData(command.fields, { unit: 1, open: OPEN_CHARACTERS })
    const most = command.ask.kind === 'parameter' ? PARAMETER_HEAD + 4 : command.ask.reply.length + open
    return ok<Sending>({ bytes, answered: id.value !== 0 && answers(command, data), replyBytes: OVERHEAD + most })
  }
  const hear = (command: NecCommand, reply: Uint8Array, call: Call | null): Heard => {
    const frame = decodeFrame('reply', reply)
    if (!frame.ok) return { is: 'other' }
    const id = call === null ? null : idOf(call)
    if (id?.ok && frame.value.source !== addressByte(id.value)) return { is: 'foreign' }
    if (frame.value.type === 'B' && frame.value.message === NULL_MESSAGE)
      return { is: 'again', fault: { kind: 'refused', detail: NULL_MEANS } }
    return frame.value.type === replyType(command) ? dataOf(command, frame.value.message) : { is: 'other' }
  }
  const requestData = (command: NecCommand, request: Uint8Array): string | null => {
    const frame = decodeFrame('request', request)
    if (!frame.ok || frame.value.type !== requestType(command)) return null
    const message = frame.value.message.toUpperCase()
    if (!message.startsWith(startOf(command))) return null
    const data = message.slice(startOf(command).length)
    return (data === '') === (command.direction === 'read' || command.fields.length === 0) ? data : null
  }
  const about = (message: string): string | null => {
    if (message === NULL_MESSAGE) return NULL_MEANS
    const mine = Object.entries(profile.commands).filter(([, command]) =>
      message.toUpperCase().startsWith(startOf(command)),
    )
    return mine.length > 0 ? mine.map(([name]) => name).join(', ') : null
  }
  const again = (frame: NecFrame) => ok(encodeFrame(frame))
  const grammar: Grammar<NecCommand> = {
    unit: 1,
    reader: necReader,
    send,
    hear,
    requestData,
    explain: (side, bytes, means) => explainFrame(side, bytes, { means, about }),
    aside: (side, bytes) => {
      const frame = decodeFrame(side, bytes)
      return side === 'reply' && frame.ok && frame.value.message === NULL_MESSAGE ? NULL_MEANS : null
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

const startOf = ({ ask }: NecCommand): string => (ask.kind === 'parameter' ? ask.opcode : ask.request)
const requestType = ({ ask, direction }: NecCommand) =>
  ask.kind === 'command' ? 'A' : direction === 'read' ? 'C' : 'E'
const replyType = ({ ask, direction }: NecCommand) => (ask.kind === 'command' ? 'B' : direction === 'read' ? 'D' : 'F')

/** Some models take some writes in silence; waiting for a reply would end in a time-out each time. */
const answers = (command: NecCommand, data: string): boolean => {
  if (command.silentFor === null) return true
  const sent = readFields(command.fields, data, 1)
  return !sent.ok || Object.entries(command.silentFor).some(([name, value]) => sent.value[name] !== value)
}

/** Data behind the head that every reply to this command has; a result code other than 00 is a refusal. */
const dataOf = ({ ask }: NecCommand, message: string): Heard => {
  if (ask.kind === 'parameter') {
    if (message.length < 6 || message.slice(2, 6).toUpperCase() !== ask.opcode) return { is: 'other' }
    const result = message.slice(0, 2)
    if (result !== '00') return refusal(result)
    return message.length === PARAMETER_HEAD + 4 ? { is: 'data', data: message.slice(PARAMETER_HEAD) } : { is: 'other' }
  }
  const head = message.slice(0, ask.reply.length).toUpperCase()
  const fits = head.length === ask.reply.length && Array.from(ask.reply).every((c, i) => c === 'r' || c === head[i])
  if (!fits) return { is: 'other' }
  const at = ask.reply.indexOf('rr')
  const result = at === -1 ? '00' : head.slice(at, at + 2)
  return result === '00' ? { is: 'data', data: message.slice(ask.reply.length) } : refusal(result)
}
