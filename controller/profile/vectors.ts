import { equalBytes, fromHex, toHex } from '#core/base/bytes.ts'
import type { DocumentFault } from '#core/base/check.ts'
import { assert, err, ok, type Result, unreachable } from '#core/base/result.ts'
import type { Call, Dialect, FrameReader, Judgement, Question, Side, Value, Values } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import { codecOf } from '../families/novastar/codec.ts'
import { checkVectors as checkNovastar } from '../families/novastar/vectors.ts'
import type { CommonVectorSpec } from './common.ts'
import type { Profile } from './schema.ts'

type Of<K extends CommonVectorSpec['kind']> = Extract<CommonVectorSpec, { kind: K }>

/** Serial numbers a reply may carry: one byte. */
const TOKENS: readonly number[] = Array.from({ length: 256 }, (_, token) => token)

/** Runs every vector of a profile through its family, both ways. An empty list: they all hold. */
export const checkVectors = (profile: Profile): readonly DocumentFault[] =>
  profile.protocol === 'novastar'
    ? checkNovastar(codecOf(profile))
    : checkCommonVectors(dialectOf(profile), profile.vectors)

/** The same for vectors that stand beside a profile: a capture that wants to become part of it. */
export const checkCommonVectors = (
  dialect: Dialect,
  vectors: readonly CommonVectorSpec[],
): readonly DocumentFault[] => {
  const places = placesOf(vectors)
  return vectors.flatMap((vector, index) => {
    const why = checkVector(dialect, vector, places)
    return why === undefined ? [] : [{ where: `/vectors/${index}`, why: `${vector.name}: ${why}` }]
  })
}

/** Where the devices of the vectors are: a refused frame does not say so itself. */
type Place = Pick<Call, 'address' | 'context'>
const placesOf = (vectors: readonly CommonVectorSpec[]): readonly Place[] => {
  const places = new Map<string, Place>([['', { address: {}, context: {} }]])
  for (const vector of vectors) {
    if (vector.kind !== 'exchange') continue
    const { address, context } = vector
    places.set(JSON.stringify([address, context]), { address, context })
  }
  return [...places.values()]
}

/** Why the vector does not hold. */
const checkVector = (dialect: Dialect, vector: CommonVectorSpec, places: readonly Place[]): string | undefined => {
  switch (vector.kind) {
    case 'exchange':
      return checkExchange(dialect, vector)
    case 'frame':
      return checkFrame(dialect, vector)
    case 'refused':
      return checkRefused(dialect, vector, places)
    default:
      return unreachable(vector)
  }
}

const checkExchange = (dialect: Dialect, vector: Of<'exchange'>): string | undefined => {
  const question = dialect.question(vector)
  if (!question.ok) return question.error
  const bytes = question.value.encode(vector.token)
  const published = bytesOf(vector.request)
  if (!equalBytes(bytes, published)) return `request encodes to ${toHex(bytes, ' ')}`
  const request = checkBytes(dialect, 'request', published) ?? checkMeaning(dialect, vector, published)
  if (request !== undefined) return `request: ${request}`
  if (vector.reply === null) return vector.values === null ? undefined : 'values without a reply'
  const reply = answerOf(dialect, question.value, { tokens: [vector.token], bytes: bytesOf(vector.reply) })
  if (!reply.ok) return `reply: ${reply.error}`
  if (reply.value.is !== 'values') return `reply is ${judgementText(reply.value)}`
  return differences(vector.values ?? {}, reply.value.values)
}

/** The request, read without knowing what was asked, must give the command back: another way to the very same bytes. */
const checkMeaning = (dialect: Dialect, vector: Of<'exchange'>, request: Uint8Array): string | undefined => {
  const found = dialect.commandOf(request)
  if (found === null) return `is not recognised as ${vector.command}`
  const { address, context, token } = vector
  const again = dialect.question({ ...found, address, context })
  if (!again.ok) return `understood as ${found.command}, which then cannot be asked: ${again.error}`
  const bytes = again.value.encode(token)
  if (!equalBytes(bytes, request))
    return `understood as ${found.command} ${valuesText(found.parameters)}, which encodes to ${toHex(bytes, ' ')}`
  return undefined
}

const checkFrame = (dialect: Dialect, vector: Of<'frame'>): string | undefined => {
  const bytes = bytesOf(vector.bytes)
  const wrong = checkBytes(dialect, vector.side, bytes)
  if (wrong !== undefined) return wrong
  const fields = dialect.explain(vector.side, bytes)
  for (const [name, says] of Object.entries(vector.says)) {
    const named = fields.filter((field) => field.name === name)
    if (named.length === 0) return `no field ${name}; there are ${fields.map((field) => field.name).join(', ')}`
    if (!named.some((field) => field.says === says))
      return `field ${name} says “${named.map((field) => field.says).join('”, “')}”, should say “${says}”`
  }
  return undefined
}

const checkRefused = (dialect: Dialect, vector: Of<'refused'>, places: readonly Place[]): string | undefined => {
  const bytes = bytesOf(vector.bytes)
  const reading = dialect.reader(vector.side).read(bytes, 0)
  switch (vector.because) {
    case 'checksum':
      return reading.is === 'checksum' ? undefined : `is read as ${reading.is}, not as a wrong checksum`
    case 'noise':
      return reading.is === 'noise' ? undefined : `is read as ${reading.is}, not as noise`
    case 'error-code':
      return checkErrorCode(dialect, { vector, bytes, places })
    default:
      return unreachable(vector.because)
  }
}

const checkErrorCode = (
  dialect: Dialect,
  of: { vector: Of<'refused'>; bytes: Uint8Array; places: readonly Place[] },
): string | undefined => {
  const { command, parameters, side } = of.vector
  if (command === null || side !== 'reply') return 'an error code needs the command it answers, and is a reply'
  let last = 'it answers nobody'
  for (const place of of.places) {
    const question = dialect.question({ command, parameters, ...place })
    const answer = question.ok ? answerOf(dialect, question.value, { tokens: TOKENS, bytes: of.bytes }) : question
    if (!answer.ok) last = answer.error
    else if (answer.value.is === 'fault' || answer.value.is === 'again') return undefined
    else last = `it is ${judgementText(answer.value)}`
  }
  return last
}

/** Whole right frames, one after another and nothing else, or what is wrong. */
export const framesIn = (reader: FrameReader, bytes: Uint8Array): Result<readonly Uint8Array[], string> => {
  const frames: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const reading = reader.read(bytes, at)
    if (reading.is !== 'frame') return err(`byte ${at}: ${READING_TEXT[reading.is]}`)
    frames.push(bytes.slice(at, at + reading.size))
    at += reading.size
  }
  return frames.length === 0 ? err('no bytes') : ok(frames)
}

const READING_TEXT = {
  checksum: 'the checksum is wrong',
  unfinished: 'too few bytes for a frame',
  noise: 'no frame of this protocol',
} as const

/** What one or more reply frames together mean for a question. */
export const answerOf = (
  dialect: Dialect,
  question: Question,
  from: { readonly tokens: readonly number[]; readonly bytes: Uint8Array },
): Result<Judgement, string> => {
  const frames = framesIn(dialect.reader('reply'), from.bytes)
  if (!frames.ok) return frames
  const parts: Uint8Array[] = []
  for (const [index, frame] of frames.value.entries()) {
    const again = checkBytes(dialect, 'reply', frame)
    if (again !== undefined) return err(again)
    const judged = question.judge(frame, from.tokens, parts)
    const last = index === frames.value.length - 1
    if (judged.is !== 'part') return last ? ok(judged) : err(`${frames.value.length - index - 1} frames too many`)
    parts.push(frame)
  }
  return ok({ is: 'part' })
}

/** Why bytes are not exactly one frame that survives bytes → meaning → bytes. */
const checkBytes = (dialect: Dialect, side: Side, bytes: Uint8Array): string | undefined => {
  const frames = framesIn(dialect.reader(side), bytes)
  if (!frames.ok) return frames.error
  if (frames.value.length !== 1) return `${frames.value.length} frames instead of one`
  const again = dialect.reencode(side, bytes)
  if (!again.ok) return again.error
  return equalBytes(again.value, bytes) ? undefined : `reencodes to ${toHex(again.value, ' ')}`
}

const differences = (expected: Values, found: Values): string | undefined => {
  const show = (value: Value | undefined) => (value === undefined ? 'missing' : JSON.stringify(value))
  const name = Object.keys({ ...expected, ...found }).find((key) => expected[key] !== found[key])
  return name === undefined ? undefined : `${name} is ${show(found[name])}, should be ${show(expected[name])}`
}

const judgementText = (judged: Judgement): string => {
  switch (judged.is) {
    case 'values':
      return `an answer: ${valuesText(judged.values)}`
    case 'again':
      return `a request to ask again: ${judged.fault.detail}`
    case 'fault':
      return `${judged.fault.kind}: ${judged.fault.detail}`
    case 'part':
    case 'stale':
    case 'foreign':
      return judged.is
    default:
      return unreachable(judged)
  }
}

/** `brightness=50 port=0`; for people. */
export const valuesText = (values: Values): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}=${value ?? '?'}`)
    .join(' ')

const bytesOf = (hex: string): Uint8Array => {
  const bytes = fromHex(hex)
  assert(bytes, 'the schema lets only hex through')
  return bytes
}
