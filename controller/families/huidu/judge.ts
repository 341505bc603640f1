import { unreachable } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { Judgement, Values } from '../../dialect/dialect.ts'
import { type CommandName, type Packet, packetsIn, u16, u32, u64 } from './frame.ts'
import type { HuiduCommandSpec, HuiduProfile, XmlCommandSpec } from './schema.ts'
import { assemble, documentOf, isSession, openEnvelope } from './sdk.ts'
import { valuesOfAnswer } from './values.ts'

/** What a question knows when its answer comes. */
export type Asked = {
  readonly profile: HuiduProfile
  readonly command: HuiduCommandSpec
  /** The XML method called; empty for packets without XML. */
  readonly method: string
  readonly values: Values
  /** The session’s guid, null before there is one. */
  readonly guid: string | null
}

const fault = (kind: LinkFault['kind'], detail: string): Judgement => ({ is: 'fault', fault: { kind, detail } })
const garbled = (detail: string): Judgement => fault('garbled', detail)

/** The packet that answers a command. */
export const answerTo = (command: HuiduCommandSpec): CommandName | null => {
  switch (command.do) {
    case 'heartbeat':
      return 'heartbeatAnswer'
    case 'version':
      return 'versionAnswer'
    case 'xml':
      return 'xmlAnswer'
    case 'fileStart':
      return 'fileStartAnswer'
    case 'fileContent':
      return null
    case 'fileEnd':
      return 'fileEndAnswer'
    default:
      return unreachable(command)
  }
}

export const judge = (asked: Asked, reply: Uint8Array, parts: readonly Uint8Array[]): Judgement => {
  const { packets, size } = packetsIn('reply', reply)
  const [packet] = packets
  if (!packet || packets.length !== 1 || size !== reply.length) return garbled('not one whole packet')
  if (packet.name === 'errorAnswer') return codeJudged(asked.profile, u16(reply, 4), 'error answer')
  if (packet.name === answerTo(asked.command)) return judgeAnswer(asked, packet, parts)
  switch (packet.name) {
    case 'heartbeatAsk':
    case 'heartbeatAnswer':
    case 'gpsReport':
    case 'fileContentAnswer':
      return { is: 'foreign' }
    default:
      return { is: 'stale' }
  }
}

const judgeAnswer = (asked: Asked, packet: Packet, parts: readonly Uint8Array[]): Judgement => {
  const { command } = asked
  const { bytes } = packet
  switch (command.do) {
    case 'heartbeat':
      return { is: 'values', values: {} }
    case 'version':
      return {
        is: 'values',
        values: {
          transport: u32(bytes, 4).toString(16).toUpperCase().padStart(8, '0'),
          status: bytes.length >= 10 ? u16(bytes, 8) : null,
        },
      }
    case 'xml':
      return judgeXml(asked, command, packet, parts)
    case 'fileStart':
      return judgeFileStart(asked, bytes)
    case 'fileContent':
      return { is: 'foreign' }
    case 'fileEnd':
      return fine(asked.profile, u16(bytes, 4))
        ? { is: 'values', values: { status: u16(bytes, 4) } }
        : codeJudged(asked.profile, u16(bytes, 4), 'end of file')
    default:
      return unreachable(command)
  }
}

const judgeFileStart = (asked: Asked, bytes: Uint8Array): Judgement => {
  const status = u16(bytes, 4)
  if (status !== 0) return codeJudged(asked.profile, status, 'start of file')
  const existing = u64(bytes, 6)
  const { size } = asked.values
  if (typeof size !== 'number' || existing > size)
    return garbled(`says it holds ${existing} bytes of a file of ${String(size)}`)
  return { is: 'values', values: asked.guid === null ? { existing } : { existing, session: asked.guid } }
}

const fine = (profile: HuiduProfile, code: number): boolean =>
  profile.codes.some((entry) => entry.code === code && entry.verdict === 'fine')

const codeJudged = (profile: HuiduProfile, code: number, where: string): Judgement => {
  const entry = profile.codes.find((one) => one.code === code)
  const detail = `${where} ${code} ${entry ? `${entry.name}: ${entry.means}` : '(not in the profile)'}`
  return entry?.verdict === 'again' ? { is: 'again', fault: { kind: 'refused', detail } } : fault('refused', detail)
}

const judgeXml = (asked: Asked, command: XmlCommandSpec, packet: Packet, parts: readonly Uint8Array[]): Judgement => {
  const before = parts.flatMap((bytes) => packetsIn('reply', bytes).packets).filter((one) => one.name === 'xmlAnswer')
  // A chunk from the middle with nothing before it: the beginning went to a question that was given up.
  if (before.length === 0 && u32(packet.bytes, 8) !== 0) return { is: 'stale' }
  const whole = assemble([...before, packet])
  if (!whole.ok) return garbled(whole.error)
  if (whole.value === null) return { is: 'part' }
  const document = documentOf(whole.value)
  if (!document.ok) return garbled(`XML: ${document.error}`)
  const envelope = openEnvelope(document.value, 'out')
  if (!envelope.ok) return garbled(`XML: ${envelope.error}`)
  const { method, result, guid, inner } = envelope.value
  if (method !== asked.method) return { is: 'stale' }
  if (result !== 'kSuccess') return resultJudged(asked.profile, method, result)
  const values = valuesOfAnswer(command.answer, inner)
  if (!values.ok) return garbled(`${method}: ${values.error}`)
  if (command.session !== 'ask') return { is: 'values', values: values.value }
  return isSession(guid)
    ? { is: 'values', values: { ...values.value, guid } }
    : garbled(`${method}: the answer carries no session guid`)
}

const resultJudged = (profile: HuiduProfile, method: string, result: string | null): Judgement => {
  if (result === null) return garbled(`${method}: the answer carries no result`)
  const entry = profile.codes.find((one) => one.name === result)
  const detail = `${method}: ${result.slice(0, 60)}${entry ? `: ${entry.means}` : ' (not in the profile)'}`
  return entry?.verdict === 'again' ? { is: 'again', fault: { kind: 'refused', detail } } : fault('refused', detail)
}
