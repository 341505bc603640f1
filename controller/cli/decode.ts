import { fromHex, toHex } from '#core/base/bytes.ts'
import type { Dialect, ExplainedField, Side, Values } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import type { Profile } from '../profile/schema.ts'
import { answerOf } from '../profile/vectors.ts'
import { FOLDER, profileGiven, profilesIn } from './files.ts'
import { addressesOf } from './values.ts'
import { asJson, type Given, Misuse, refuse, type Verb } from './verb.ts'
import type { World } from './world.ts'

/** Longest input, bytes. */
const MOST_BYTES = 70_000

export const decodeVerb: Verb = {
  vi: 'giải thích từng trường của một khung',
  en: 'explain a frame field by field',
  usage: '<hồ sơ | --any> <hex…>',
  help: `--any                thử mọi hồ sơ, nói họ nào nhận khung này · try all profiles and say which families accept it
--side <bên>         request hoặc reply, khi giao thức không cho biết · where the protocol does not tell
--request <hex>      câu hỏi mà khung này trả lời: cho ra giá trị · the question it answers: gives the values
--address <tên=giá trị>   thiết bị nào, khi có --request · which device, with --request`,
  options: {
    any: { type: 'boolean', default: false },
    side: { type: 'string' },
    request: { type: 'string' },
    address: { type: 'string', multiple: true },
  },
  run: async (world, given) => (given.flag('any') ? decodeAny(world, given) : decodeOne(world, given)),
}

const bytesGiven = (hex: readonly string[]): Uint8Array => {
  const bytes = fromHex(hex.join(''))
  if (hex.length === 0 || bytes?.length === 0) throw new Misuse('Thiếu byte', 'bytes missing')
  if (bytes === undefined) throw new Misuse('Không phải số hex theo từng byte', 'not whole bytes of hex')
  if (bytes.length > MOST_BYTES) throw new Misuse(`Quá ${MOST_BYTES} byte`, `more than ${MOST_BYTES} bytes`)
  return bytes
}

const sideGiven = (given: Given): Side | null => {
  const text = given.text('side')
  if (text === null || text === 'request' || text === 'reply') return text
  throw new Misuse('--side là request hoặc reply', '--side is request or reply')
}

/** What one dialect makes of the bytes. */
export type Reading = {
  readonly side: Side
  /** Also a right frame of the other side: an echo, or a protocol that does not tell. */
  readonly both: boolean
  readonly command: string | null
  readonly values: Values | null
  readonly fields: readonly ExplainedField[]
  readonly says: string
  readonly faults: readonly string[]
}

const faultOf = (dialect: Dialect, side: Side, bytes: Uint8Array): string | null => {
  const reading = dialect.reader(side).read(bytes, 0)
  switch (reading.is) {
    case 'frame':
      return reading.size === bytes.length ? null : `${bytes.length - reading.size} bytes too many after the frame`
    case 'checksum':
      return 'wrong checksum'
    case 'unfinished':
      return `${bytes.length} bytes are too few`
    case 'noise':
      return 'no frame of this protocol begins here'
  }
}

/** The side that fits: as told, as the protocol tells, else the one whose frame is right, else a request. */
export const readWith = (dialect: Dialect, bytes: Uint8Array, told: Side | null): Reading => {
  const wrong = { request: faultOf(dialect, 'request', bytes), reply: faultOf(dialect, 'reply', bytes) }
  const fits: Side = wrong.request === null || wrong.reply !== null ? 'request' : 'reply'
  const side = told ?? dialect.sideOf(bytes) ?? fits
  const found = side === 'request' && wrong.request === null ? dialect.commandOf(bytes) : null
  const fault = wrong[side]
  return {
    side,
    both: told === null && wrong.request === null && wrong.reply === null && dialect.sideOf(bytes) === null,
    command: found?.command ?? null,
    values: found?.parameters ?? null,
    fields: dialect.explain(side, bytes),
    says: dialect.describe(side, bytes),
    faults: fault === null ? [] : [fault],
  }
}

const decodeOne = (world: World, given: Given): 0 | 1 => {
  const [name, ...hex] = given.words
  if (name === undefined) throw new Misuse('Thiếu hồ sơ', 'profile missing')
  const bytes = bytesGiven(hex)
  const profile = profileGiven(name)
  if (!profile.ok) return refuse(world, given, profile.error)
  const dialect = dialectOf(profile.value)
  const request = given.text('request')
  const reading =
    request === null
      ? readWith(dialect, bytes, sideGiven(given))
      : readAnswer(dialect, { bytes, request: bytesGiven([request]), given })
  const { fields, says, faults, ...rest } = reading
  if (given.json) asJson(world, { ok: faults.length === 0, ...rest, says, fields, faults })
  else printReading(world, profile.value, reading)
  return faults.length === 0 ? 0 : 1
}

/** A reply together with its question: only then do most protocols say what the values are. */
const readAnswer = (dialect: Dialect, of: { bytes: Uint8Array; request: Uint8Array; given: Given }): Reading => {
  const reading = readWith(dialect, of.bytes, 'reply')
  const found = dialect.commandOf(of.request)
  if (found === null) return { ...reading, faults: [...reading.faults, 'the request is no command of the profile'] }
  const [address = {}] = addressesOf(of.given.texts('address'), false)
  const question = dialect.question({ ...found, address, context: {} })
  if (!question.ok) return { ...reading, faults: [...reading.faults, question.error] }
  const tokens = Array.from({ length: 256 }, (_, token) => token)
  const answer = answerOf(dialect, question.value, { tokens, bytes: of.bytes })
  const { command } = found
  if (!answer.ok) return { ...reading, command, faults: [...reading.faults, answer.error] }
  const judged = answer.value
  if (judged.is === 'values') return { ...reading, command, values: judged.values }
  const why =
    'fault' in judged ? `${judged.fault.kind}: ${judged.fault.detail}` : `it is no answer to it (${judged.is})`
  return { ...reading, command, faults: [...reading.faults, why] }
}

const printReading = (world: World, profile: Profile, reading: Reading): void => {
  for (const field of reading.fields)
    world.out(`${String(field.at).padStart(4)}  ${field.name.padEnd(14)} ${field.hex.padEnd(16)} ${field.says}`)
  const commands: Readonly<Record<string, { readonly title: string }>> = profile.commands
  const title = reading.command === null ? '' : ` · ${reading.command}: ${commands[reading.command]?.title ?? ''}`
  world.out(`      ${reading.side}${title}`)
  world.out(`      ${reading.says}`)
  for (const [key, value] of Object.entries(reading.values ?? {}))
    world.out(`      ${key} = ${value ?? 'không có · none'}`)
  if (reading.both)
    world.out('      cũng đọc được như bên kia (--side) · also a right frame of the other side (--side)')
  for (const fault of reading.faults) world.err(`sai · wrong: ${fault}`)
}

/** How well a profile fits, best first: a right frame with a command it knows, a right frame, a wrong checksum. */
const RANKS = ['known', 'frame', 'checksum'] as const
type Rank = (typeof RANKS)[number]

/** Which of the profiles accept the bytes as one whole frame. Pure. */
export const rankAll = (dialects: readonly Dialect[], bytes: Uint8Array, told: Side | null) =>
  dialects
    .flatMap((dialect) => {
      const { profile } = dialect
      const reading = readWith(dialect, bytes, told)
      const [fault] = reading.faults
      const rank: Rank | null =
        fault === undefined
          ? reading.command === null
            ? 'frame'
            : 'known'
          : fault === 'wrong checksum'
            ? 'checksum'
            : null
      return rank === null ? [] : [{ profile, reading, rank }]
    })
    .toSorted((a, b) => RANKS.indexOf(a.rank) - RANKS.indexOf(b.rank) || a.profile.id.localeCompare(b.profile.id))

const RANK_TEXT: { readonly [R in Rank]: string } = {
  known: 'khung đúng, lệnh đã biết · right frame, known command',
  frame: 'khung đúng · right frame',
  checksum: 'sai tổng kiểm tra · wrong checksum',
}

const decodeAny = (world: World, given: Given): 0 | 1 => {
  const bytes = bytesGiven(given.words)
  const { profiles, faults } = profilesIn([FOLDER])
  for (const fault of faults) world.err(`${fault.file}: ${fault.where}: ${fault.why}`)
  const ranked = rankAll(profiles.map(dialectOf), bytes, sideGiven(given))
  const families = [...Map.groupBy(ranked, ({ profile }) => profile.protocol)]
  const accepted = ranked.some(({ rank }) => rank !== 'checksum')
  if (given.json) {
    asJson(world, {
      ok: accepted,
      families: families.map(([family, list]) => ({
        family,
        rank: list[0]?.rank ?? null,
        says: list[0]?.reading.says ?? null,
        profiles: list.map(({ profile, rank, reading }) => ({ id: profile.id, rank, command: reading.command })),
      })),
    })
    return accepted ? 0 : 1
  }
  for (const [family, list] of families) {
    const [best] = list
    if (best === undefined) continue
    world.out(`${family}: ${RANK_TEXT[best.rank]}`)
    world.out(`      ${best.reading.side}: ${best.reading.says}`)
    for (const rank of RANKS) {
      const ids = list.filter((one) => one.rank === rank).map(({ profile }) => profile.id)
      if (ids.length > 0) world.out(`      ${RANK_TEXT[rank]}: ${ids.join(', ')}`)
    }
  }
  if (ranked.length === 0)
    world.err(
      `không họ nào nhận · no family accepts: ${toHex(bytes.subarray(0, 32), ' ')}${bytes.length > 32 ? ' …' : ''}`,
    )
  return accepted ? 0 : 1
}
