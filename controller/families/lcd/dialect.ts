import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type {
  Call,
  Dialect,
  ExplainedField,
  FrameReader,
  Judgement,
  Question,
  Side,
  Values,
} from '../../dialect/dialect.ts'
import type { Profile } from '../../profile/schema.ts'
import type { LcdField } from './field.ts'
import { heldValue, readFields, type Unit, writeFields } from './values.ts'

/** What the shared part needs to know of a command; a family’s own commands have more. */
export type LcdCommand = { readonly direction: 'read' | 'write'; readonly fields: readonly LcdField[] }

/** What a whole, right reply is to one command. */
export type Heard =
  | { readonly is: 'data'; readonly data: string }
  /** Accepted, and nothing more said. */
  | { readonly is: 'done' }
  /** The answer to some other command. */
  | { readonly is: 'other' }
  /** From another device. */
  | { readonly is: 'foreign' }
  /** It asks for patience; the fault is what it comes to when patience ends. */
  | { readonly is: 'again'; readonly fault: LinkFault }
  | { readonly is: 'fault'; readonly fault: LinkFault }

export type Sending = {
  readonly bytes: Uint8Array
  readonly answered: boolean
  readonly replyBytes: number
}

/** The frames of one protocol; the rest of a dialect follows. Pure. */
export type Grammar<C extends LcdCommand> = {
  readonly unit: Unit
  readonly reader: (side: Side) => FrameReader
  readonly send: (command: C, data: string, call: Call) => Result<Sending, string>
  /** `call` null: whoever sent it. */
  readonly hear: (command: C, reply: Uint8Array, call: Call | null) => Heard
  /** The data in a whole request, when it is one of this command; null: it is not. */
  readonly requestData: (command: C, request: Uint8Array) => string | null
  /** `means`: what the data says, when it belongs to a command of the profile. */
  readonly explain: (side: Side, bytes: Uint8Array, means: string | null) => readonly ExplainedField[]
  /** A whole frame that belongs to no command (a greeting, a general refusal), in words; null: it may belong to one. */
  readonly aside: (side: Side, bytes: Uint8Array) => string | null
  readonly sideOf: (bytes: Uint8Array) => Side | null
  readonly reencode: (side: Side, bytes: Uint8Array) => Result<Uint8Array, string>
  readonly handshake: readonly string[]
  readonly addressKeys: readonly string[]
  readonly placeOf: Dialect['placeOf']
}

export const refused = (detail: string): Heard => ({ is: 'fault', fault: { kind: 'refused', detail } })

/** A device’s number on the bus from `address`; the profile’s own when the site says none. */
export const numberOf = (
  address: Values,
  of: { readonly name: string; readonly otherwise: number; readonly most: number },
): Result<number, string> => {
  const value = address[of.name] ?? of.otherwise
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= of.most
    ? ok(value)
    : err(`address ${of.name} must be a whole number from 0 to ${of.most}, not ${JSON.stringify(value)}`)
}

/** The parts that are the same for every monitor with a number on its line and without a greeting. */
export const numbered = (profile: {
  readonly defaultId: number
}): Pick<Dialect, 'handshake' | 'addressKeys' | 'placeOf'> => ({
  handshake: [],
  addressKeys: ['id'],
  placeOf: ({ id }) => ({ id: id ?? profile.defaultId }),
})

/** Which side a frame is from, by what it can be read as; a reply where it could be both. */
export const sideBy =
  (isFrame: (side: Side, bytes: Uint8Array) => boolean): Dialect['sideOf'] =>
  (bytes) =>
    (['reply', 'request'] as const).find((side) => isFrame(side, bytes)) ?? null

export const lcdDialect = <C extends LcdCommand>(
  profile: Profile & { readonly commands: Readonly<Record<string, C>> },
  grammar: Grammar<C>,
): Dialect => {
  const { unit } = grammar
  const commands = Object.entries<C>(profile.commands)
  const known = (name: string): C | undefined =>
    Object.hasOwn(profile.commands, name) ? profile.commands[name] : undefined
  const dataOf = (command: C, values: Values) =>
    command.direction === 'write' ? writeFields(command.fields, values, unit) : ok('')

  const question = (call: Call): Result<Question, string> => {
    const command = known(call.command)
    if (!command) return err(`${profile.id} has no command ${call.command}`)
    const data = dataOf(command, call.parameters)
    if (!data.ok) return err(`${call.command}: ${data.error}`)
    const sending = grammar.send(command, data.value, call)
    if (!sending.ok) return err(`${call.command}: ${sending.error}`)
    const sent = command.direction === 'write' ? readFields(command.fields, data.value, unit) : ok<Values>({})
    const { bytes, answered, replyBytes } = sending.value
    return ok({
      text: [call.command, ...(sent.ok ? listOf(sent.value) : [])].join(' '),
      write: command.direction === 'write',
      answered,
      requestBytes: bytes.length,
      replyBytes,
      encode: () => bytes,
      judge: (reply) => judge(command, grammar.hear(command, reply, call), sent.ok ? sent.value : {}),
    })
  }

  const judge = (command: C, heard: Heard, sent: Values): Judgement => {
    switch (heard.is) {
      case 'data': {
        const values = readFields(command.fields, heard.data, unit)
        if (!values.ok) return { is: 'fault', fault: { kind: 'garbled', detail: values.error } }
        // A write is answered with what was written; anything else answers an earlier write of the same command that came late.
        const late = command.direction === 'write' && Object.keys(sent).some((key) => sent[key] !== values.value[key])
        return late ? { is: 'stale' } : { is: 'values', values: values.value }
      }
      case 'done':
        return { is: 'values', values: {} }
      case 'other':
        return { is: 'stale' }
      case 'foreign':
      case 'again':
      case 'fault':
        return heard
      default:
        return unreachable(heard)
    }
  }

  const commandOf = (request: Uint8Array) => {
    for (const [command, spec] of commands) {
      const data = grammar.requestData(spec, request)
      const parameters =
        data === null ? null : spec.direction === 'write' ? readFields(spec.fields, data, unit) : ok<Values>({})
      if (parameters?.ok) return { command, parameters: parameters.value }
    }
    return null
  }

  /** What a reply says, and to which command; the first that fits, since most replies do not tell a read from a write. */
  const replyOf = (reply: Uint8Array): { command: string; says: string } | null => {
    for (const [command, spec] of commands) {
      const heard = grammar.hear(spec, reply, null)
      if (heard.is === 'done') return { command, says: 'accepted' }
      if (heard.is === 'again') return { command, says: heard.fault.detail }
      if (heard.is === 'fault') return { command, says: heard.fault.detail }
      if (heard.is !== 'data') continue
      const values = readFields(spec.fields, heard.data, unit)
      if (values.ok) return { command, says: listOf(values.value).join(' ') }
    }
    return null
  }

  const meaning = (side: Side, bytes: Uint8Array): { command: string; says: string } | null => {
    const reading = grammar.reader(side).read(bytes, 0)
    if (reading.is !== 'frame' || reading.size !== bytes.length || grammar.aside(side, bytes) !== null) return null
    if (side === 'reply') return replyOf(bytes)
    const request = commandOf(bytes)
    return request && { command: request.command, says: listOf(request.parameters).join(' ') }
  }

  const explain = (side: Side, bytes: Uint8Array) => grammar.explain(side, bytes, meaning(side, bytes)?.says || null)
  const describe = (side: Side, bytes: Uint8Array): string => {
    const aside = grammar.aside(side, bytes)
    if (aside !== null) return `${side}: ${aside}`
    const known = meaning(side, bytes)
    if (known) return known.says === '' ? `${side} ${known.command}` : `${side} ${known.command}: ${known.says}`
    const words = explain(side, bytes).map((field) => `${field.name}=${field.hex.replaceAll(' ', '') || 'missing'}`)
    return `${side} unknown: ${words.slice(0, 8).join(' ').slice(0, 200)}`
  }

  return {
    profile,
    reader: grammar.reader,
    question,
    holds: (call, field) => {
      const command = known(call.command)
      return command && heldValue(command.fields, call.parameters, { name: field, unit })
    },
    explain,
    describe,
    sideOf: grammar.sideOf,
    commandOf,
    reencode: grammar.reencode,
    ambiguous: false,
    handshake: grammar.handshake,
    addressKeys: grammar.addressKeys,
    placeOf: grammar.placeOf,
    parameterKeys: (name) => {
      const command = known(name)
      if (command?.direction !== 'write') return []
      return command.fields.flatMap((field) => (field.type === 'constant' ? [] : [field.name]))
    },
  }
}

const listOf = (values: Values): readonly string[] => Object.entries(values).map(([name, value]) => `${name}=${value}`)
