import { toHex } from '#core/base/bytes.ts'
import { err, ok } from '#core/base/result.ts'
import type { Dialect, FrameReader, Judgement, Question, Side, Values } from '../../dialect/dialect.ts'
import { fault } from '../../link/link.ts'
import { type Codec, codecOf } from './codec.ts'
import { decodeFrame, readFrame } from './decode.ts'
import { encodeFrame, requestFrame } from './encode.ts'
import { commandOf, describeFrame, explainFrame, parametersOf } from './explain.ts'
import type { Frame, Layout } from './layout.ts'
import type { AckSpec, CommandSpec, NovastarProfile } from './schema.ts'
import { frameOverhead, sizeOfData } from './size.ts'
import { decodeValues, encodeValues } from './values.ts'

/** NovaStar senders, receiving cards, function cards: framed registers, everything about them laid down in the profile. */
export const novastarDialect = (profile: NovastarProfile): Dialect => {
  const codec = codecOf(profile)
  const { layout } = codec
  const widths = addressWidths(codec)
  const factory = factoryAddress(profile)
  const decoded = (side: Side, bytes: Uint8Array) => decodeFrame(layout, side, bytes)
  return {
    profile,
    ambiguous: false,
    handshake: [],
    addressKeys: [...widths.keys()],
    placeOf: (address) => ({ ...factory, ...picked(address, [...widths.keys()]) }),
    parameterKeys: (name) => {
      const spec = Object.hasOwn(profile.commands, name) ? profile.commands[name] : undefined
      return spec === undefined ? [] : keysOf(profile, spec)
    },
    reader: (side) => readerOf(layout, side),
    question: ({ command, parameters, address }) => {
      const spec = profile.commands[command]
      // Also where this command does not use it: the next one does.
      for (const [name, bytes] of widths) {
        const value = address[name]
        const most = 256 ** bytes - 1
        if (
          value !== undefined &&
          !(typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most)
        )
          return err(`address ${name} must be a whole number from 0 to ${most}, not ${JSON.stringify(value)}`)
      }
      const frame = requestFrame(codec, {
        command,
        parameters: { ...address, ...parameters },
        target: null,
        sequence: 0,
      })
      if (!spec || !frame.ok) return err(frame.ok ? `no command ${command} in profile ${profile.id}` : frame.error)
      const dataBytes = sizeOfData(spec)
      const read = spec.direction === 'read'
      return ok({
        text: textOf(command, parameters),
        write: !read,
        answered: true,
        requestBytes: frameOverhead(profile) + (read ? 0 : dataBytes),
        replyBytes: frameOverhead(profile) + (read ? dataBytes : 0),
        encode: (token) => encodeFrame(layout, { ...frame.value, sequence: token }),
        judge: (bytes, tokens) => {
          const reply = decoded('reply', bytes)
          if (!reply.ok) return { is: 'foreign' }
          return judge(codec, { request: frame.value, reply: reply.value, command, tokens })
        },
      } satisfies Question)
    },
    holds: ({ command, parameters }, field) => {
      const spec = profile.commands[command]
      const bytes = spec ? encodeValues(codec, spec, parameters) : err('')
      const values = spec && bytes.ok ? decodeValues(spec, bytes.value) : err('')
      return values.ok ? values.value[field] : undefined
    },
    explain: (side, bytes) => explainFrame(codec, side, bytes),
    describe: (side, bytes) => {
      const frame = decoded(side, bytes)
      return frame.ok ? describeFrame(codec, frame.value) : `${side}: ${frame.error.detail}`
    },
    sideOf: (bytes) =>
      (['request', 'reply'] as const).find((side) => layout.markers[side].every((byte, i) => bytes[i] === byte)) ??
      null,
    commandOf: (bytes) => {
      const frame = decoded('request', bytes)
      const command = frame.ok ? commandOf(codec, frame.value) : undefined
      const spec = command === undefined ? undefined : profile.commands[command]
      if (!frame.ok || command === undefined || !spec) return null
      const values = frame.value.data.length > 0 ? decodeValues(spec, frame.value.data) : ok<Values>({})
      return values.ok ? { command, parameters: { ...values.value, ...parametersOf(codec, spec, frame.value) } } : null
    },
    reencode: (side, bytes) => {
      const frame = decoded(side, bytes)
      return frame.ok ? ok(encodeFrame(layout, frame.value)) : err(frame.error.detail)
    },
  }
}

/** What the targets take from the site’s address → bytes of the narrowest field it goes into. */
const addressWidths = ({ profile, layout }: Codec): ReadonlyMap<string, number> => {
  const widths = new Map<string, number>()
  for (const target of Object.values(profile.targets))
    for (const field of layout.fields) {
      const value = field.kind === 'address' ? target[field.name] : undefined
      if (field.kind !== 'address' || typeof value !== 'object' || !('address' in value)) continue
      widths.set(value.address, Math.min(field.bytes, widths.get(value.address) ?? field.bytes))
    }
  return widths
}

const factoryAddress = (profile: NovastarProfile): Values =>
  Object.fromEntries(
    Object.values(profile.targets)
      .flatMap((target) => Object.values(target))
      .flatMap((value): [string, number][] =>
        typeof value === 'object' && 'address' in value ? [[value.address, Number.parseInt(value.otherwise, 16)]] : [],
      ),
  )

const picked = (values: Values, names: readonly string[]): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)))

/** The driver asks every question about the picture with the first card’s place, whether it is about a card or not. */
const ALWAYS_TAKEN = ['port', 'card']

const keysOf = (profile: NovastarProfile, command: CommandSpec): readonly string[] => {
  const target = Object.values(profile.targets[command.target] ?? {}).flatMap((value) =>
    typeof value === 'string' ? [] : ['parameter' in value ? value.parameter : value.address],
  )
  const data = command.fields.flatMap((field) =>
    field.type === 'constant' || field.type === 'sum' || field.type === 'skip' ? [] : [field.name],
  )
  // What must be sent before this read is sent with the same parameters.
  const trigger = command.trigger === null ? undefined : profile.commands[command.trigger]
  return [
    ...new Set([
      ...(trigger === undefined || trigger === command ? [] : keysOf(profile, { ...trigger, trigger: null })),
      ...(command.direction === 'write' ? data : []),
      ...(command.index === null ? [] : [command.index.parameter]),
      ...target,
      ...ALWAYS_TAKEN,
    ]),
  ]
}

/** Finds NovaStar frames; see `readFrame`. */
export const readerOf = (layout: Layout, side: Side): FrameReader => ({
  maxFrame: layout.maxFrame,
  read: (bytes, start) => {
    const reading = readFrame(layout, side, { bytes, start })
    return reading.is === 'frame' || reading.is === 'checksum' ? { is: reading.is, size: reading.size } : reading
  },
})

const textOf = (command: string, parameters: Values): string =>
  [command, ...Object.entries(parameters).map(([key, value]) => `${key}=${value}`)].join(' ')

type Judged = {
  readonly request: Frame
  readonly reply: Frame
  readonly command: string
  readonly tokens: readonly number[]
}

const judge = (codec: Codec, { request, reply, command, tokens }: Judged): Judgement => {
  if (!tokens.includes(reply.sequence)) return { is: 'stale' }
  if (!answers(request, reply)) return { is: 'foreign' }
  const ack = codec.profile.acks.find((known) => Number.parseInt(known.code, 16) === reply.ack)
  if (ack?.means !== 'ok') return refusal(ack, reply.ack)
  const spec = codec.profile.commands[command]
  if (!spec || request.direction === 'write') return { is: 'values', values: {} }
  const values = decodeValues(spec, reply.data)
  return values.ok
    ? { is: 'values', values: values.value }
    : { is: 'fault', fault: fault('garbled', `${command}: ${values.error}`) }
}

const refusal = (ack: AckSpec | undefined, code: number): Judgement => {
  const detail = `ACK ${toHex(Uint8Array.of(code), '')}: ${ack?.text ?? 'code not in the profile'}`
  const means = ack?.means
  const refused = fault(means === undefined || means === 'ok' ? 'refused' : means, detail)
  return ack?.retry ? { is: 'again', fault: refused } : { is: 'fault', fault: refused }
}

/** Serial number alone is one byte and comes round again; a reply must also be about the same thing. */
const answers = (request: Frame, reply: Frame): boolean =>
  reply.register === request.register &&
  reply.direction === request.direction &&
  Object.entries(request.address).every(([name, value]) => reply.address[name] === value)
