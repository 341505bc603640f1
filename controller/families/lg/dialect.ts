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
import { decodeFrame, encodeFrame, lgReader } from './frame.ts'
import type { LgCommand, LgProfile } from './schema.ts'

/** Letter, two spaces, OK or NG, x. */
const REPLY_OVERHEAD = 6
const OPEN_CHARACTERS = 32
/** All sets are told. Each of them may answer, over the others, so nobody is listened to. */
const EVERYBODY = 0

/** LG RS-232C external control. `address.id`: set ID 1–255, or 0 for all. */
export const lgDialect = (profile: LgProfile): Dialect => {
  const { idDigits, readData } = profile
  const idOf = (call: Call) => numberOf(call.address, { name: 'id', otherwise: profile.defaultId, most: 255 })
  const hexId = (id: number) => id.toString(16).toUpperCase().padStart(idDigits, '0')
  const askOf = (command: LgCommand) => (command.select === null ? readData : `${command.select} ${readData}`)

  const send = (command: LgCommand, data: string, call: Call) => {
    const id = idOf(call)
    if (!id.ok) return id
    if (command.direction === 'read' && id.value === EVERYBODY) return err('nobody answers a question to all sets')
    const said = command.direction === 'read' ? askOf(command) : data
    const most = mostData(command.fields, { unit: 1, open: OPEN_CHARACTERS }) + (command.select ?? '').length
    return ok<Sending>({
      bytes: encodeFrame({ side: 'request', code: command.code, id: hexId(id.value), data: said }),
      answered: id.value !== EVERYBODY,
      replyBytes: REPLY_OVERHEAD + idDigits + most,
    })
  }
  const hear = (command: LgCommand, reply: Uint8Array, call: Call | null): Heard => {
    const frame = decodeFrame('reply', reply, idDigits)
    if (!frame.ok || frame.value.side !== 'reply') return { is: 'other' }
    const { letter, id, result, data } = frame.value
    const mine = call === null ? null : idOf(call)
    if (mine?.ok && Number.parseInt(id, 16) !== mine.value) return { is: 'foreign' }
    if (letter !== command.code[1]) return { is: 'other' }
    if (result === 'NG')
      return refused(`NG: the set cannot do this, or not now (most commands need it on); data ${data}`)
    const select = command.select ?? ''
    return data.startsWith(select) ? { is: 'data', data: data.slice(select.length) } : { is: 'other' }
  }
  const requestData = (command: LgCommand, request: Uint8Array): string | null => {
    const frame = decodeFrame('request', request, idDigits)
    if (!frame.ok || frame.value.side !== 'request' || frame.value.code !== command.code) return null
    const asks = frame.value.data === askOf(command)
    if (command.direction === 'read') return asks ? '' : null
    return asks ? null : frame.value.data
  }
  const names = (code: string): string => {
    const mine = Object.entries(profile.commands).filter(([, command]) => command.code.endsWith(code))
    return mine.length > 0 ? mine.map(([name]) => name).join(', ') : 'not in the profile'
  }
  const grammar: Grammar<LgCommand> = {
    unit: 1,
    reader: (side) => lgReader(side, idDigits),
    send,
    hear,
    requestData,
    explain: (side, bytes, means) => explainFrame(side, bytes, { idDigits, means, names }),
    aside: (side, bytes) => {
      const frame = decodeFrame(side, bytes, idDigits)
      return frame.ok && frame.value.side === 'reply' && frame.value.result === 'NG'
        ? `refused ${names(frame.value.letter)}`
        : null
    },
    sideOf: sideBy((side, bytes) => decodeFrame(side, bytes, idDigits).ok),
    reencode: (side, bytes) => {
      const frame = decodeFrame(side, bytes, idDigits)
      return frame.ok ? ok(encodeFrame(frame.value)) : frame
    },
    ...numbered(profile),
  }
  return lcdDialect(profile, grammar)
}
