import { equalBytes, toHex } from '#core/base/bytes.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { Dialect } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import { parseProfile } from './parse.ts'
import { SETTINGS } from './rules.ts'
import type { Profile } from './schema.ts'

/** What a new profile takes from the nearest one, and what it says itself. */
export type SkeletonOptions = {
  readonly id: string
  readonly vendor: string
  readonly model: string
  /** Commands to keep. */
  readonly keep: readonly string[]
  /** What was read or seen, so that someone else can find it. */
  readonly title: string
  /** JSON pointer → value, put in before anything is checked. */
  readonly set: readonly (readonly [pointer: string, value: unknown])[]
}

/** Json as it stands in a file. */
type Json = { [key: string]: unknown }

const READINGS = ['identify', 'firmware', 'signal', 'temperature', 'voltage', 'card', 'clock'] as const

/**
 * The beginning of a profile: the nearest one without what is not known of the new device. Confidence C throughout, no quirks, no model ids, and two
 * vectors made by us, so that every tool works with it at once; the device itself gives the others (`record --into`). An error says what
 * does not fit.
 */
export const skeletonOf = (like: Profile, options: SkeletonOptions): Result<Json, string> => {
  const unknown = options.keep.find((name) => !Object.hasOwn(like.commands, name))
  if (unknown !== undefined) return err(`${like.id} has no command ${unknown}`)
  // Without the commands of its handshake the family could not even say hello.
  const keep = [...new Set([...options.keep, ...dialectOf(like).handshake])]
  const draft: Json = JSON.parse(JSON.stringify({ ...like, ...partsOf(like, { ...options, keep }) }))
  for (const [pointer, value] of options.set) {
    const wrong = put(draft, pointer, value)
    if (wrong !== null) return err(`${pointer}: ${wrong}`)
  }
  const file = `${options.id}.json`
  const parsed = parseProfile(file, JSON.stringify({ ...draft, vectors: like.vectors.slice(0, 1) }))
  if (!parsed.ok) return err(parsed.error.map((fault) => `${fault.where}: ${fault.why}`).join('; '))
  const vectors = firstVectors(parsed.value, keep)
  return vectors.ok ? ok({ ...draft, vectors: vectors.value }) : vectors
}

const partsOf = (like: Profile, options: SkeletonOptions): Json => {
  const kept = (name: string | null): string | null => (name !== null && options.keep.includes(name) ? name : null)
  const { display, relays, telemetry } = like
  return {
    id: options.id,
    vendor: options.vendor,
    model: options.model,
    modelIds: [],
    confidence: 'C',
    confirmedOnHardware: null,
    sources: {
      read: { title: options.title, kind: 'unverified' },
      constructed: { title: 'Built by us from the rules; not a capture', kind: 'constructed' },
    },
    timing: { ...like.timing, source: 'read' },
    display: display && {
      ...display,
      ...Object.fromEntries(READINGS.map((use) => [use, kept(display[use])])),
      ...Object.fromEntries(
        SETTINGS.map((name) => {
          const use = display[name]
          const write = use?.write.filter((command) => kept(command) !== null) ?? []
          return [name, use === null || write.length === 0 ? null : { write, readBack: kept(use.readBack) }]
        }),
      ),
      emergency: display.emergency.filter((name) => display[name]?.write.some((command) => kept(command) !== null)),
    },
    relays: relays && kept(relays.write) !== null ? { ...relays, readBack: kept(relays.readBack) } : null,
    telemetry: telemetry.filter(({ command }) => kept(command) !== null),
    quirks: [],
    commands: Object.fromEntries(
      Object.entries<object>(like.commands).flatMap(([name, command]) =>
        kept(name) === null ? [] : [[name, { ...command, confidence: 'C', source: 'read' }]],
      ),
    ),
  }
}

/** One question as it would be asked, and the same one spoilt. */
const firstVectors = (profile: Profile, keep: readonly string[]): Result<readonly Json[], string> => {
  const dialect = dialectOf(profile)
  const asked = keep.flatMap((command) => {
    const parameters = [{}, { channel: 0 }, { port: 0, card: 0 }].find(
      (one) => dialect.question({ command, parameters: one, address: {}, context: {} }).ok,
    )
    const question = parameters && dialect.question({ command, parameters, address: {}, context: {} })
    const bytes = question?.ok && !question.value.write ? question.value.encode(0) : new Uint8Array(0)
    // A question without bytes only listens, for a greeting.
    return parameters && bytes.length > 0 ? [{ command, parameters, bytes }] : []
  })[0]
  if (asked === undefined) return err('keep at least one read command that needs no address')
  const { command, parameters, bytes } = asked
  const spoilt = spoil(dialect, bytes)
  if (spoilt === null) return err('no way was found to spoil a request so that it is refused')
  const head = { kind: 'exchange', name: `${command} as we would ask it`, source: 'constructed', command }
  const body = { request: toHex(bytes, ' '), reply: null, values: null }
  const exchange =
    profile.protocol === 'novastar'
      ? { ...head, target: profile.commands[command]?.target, sequence: 0, parameters, ...body }
      : { ...head, parameters, address: {}, context: {}, token: 0, ...body }
  const refused = { kind: 'refused', name: `${command} with one wrong byte`, source: 'constructed', side: 'request' }
  const of = profile.protocol === 'novastar' ? {} : { command: null, parameters: {} }
  return ok([exchange, { ...refused, bytes: toHex(spoilt.bytes, ' '), because: spoilt.because, ...of }])
}

const spoil = (dialect: Dialect, bytes: Uint8Array): { bytes: Uint8Array; because: 'checksum' | 'noise' } | null => {
  for (let at = bytes.length - 1; at >= 0; at--) {
    const wrong = bytes.slice()
    wrong[at] = (wrong[at] ?? 0) ^ 0x55
    const { is } = dialect.reader('request').read(wrong, 0)
    if (!equalBytes(wrong, bytes) && (is === 'checksum' || is === 'noise')) return { bytes: wrong, because: is }
  }
  return null
}

/** Puts a value at a JSON pointer; what leads there must be there already. Null: done; else why not. */
const put = (draft: Json, pointer: string, value: unknown): string | null => {
  const keys = pointer.split('/').slice(1)
  const last = keys.pop()
  if (!pointer.startsWith('/') || last === undefined) return 'is no JSON pointer, like /links/0/baudRate'
  let at: Json | unknown[] = draft
  for (const key of keys) {
    const next: unknown = Array.isArray(at) ? at[Number(key)] : Object.hasOwn(at, key) ? at[key] : undefined
    if (typeof next !== 'object' || next === null) return `there is nothing at ${key}`
    at = Array.isArray(next) ? next : (next as Json)
  }
  if (Array.isArray(at)) at[Number(last)] = value
  else at[last] = value
  return null
}
