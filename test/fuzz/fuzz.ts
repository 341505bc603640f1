import { readdirSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import type { Dialect, Question, Side, Value, Values } from '#controller/dialect/dialect.ts'
import { dialectOf } from '#controller/dialect/open.ts'
import { createScanner } from '#controller/dialect/scan.ts'
import { loadProfile } from '#controller/profile/catalogue.ts'
import type { Profile } from '#controller/profile/schema.ts'
import { fromHex, toHex } from '#core/base/bytes.ts'
import { type Prng, prng } from '#core/base/prng.ts'
import { assert } from '#core/base/result.ts'

const FOLDER = fileURLToPath(new URL('../../firmware-profiles/', import.meta.url))

/** One profile for each codec there is: a family, and each framing of it. The first by name stands for the others, which differ in data. */
export const codecs = (): readonly { readonly name: string; readonly profile: Profile }[] => {
  const found = new Map<string, Profile>()
  for (const file of readdirSync(FOLDER).sort()) {
    if (!file.endsWith('.json') || file === 'schema.json') continue
    const loaded = loadProfile(file, readFileSync(`${FOLDER}${file}`, 'utf8'))
    assert(loaded.ok, file)
    const profile = loaded.value
    const name = 'framing' in profile ? `${profile.protocol} ${profile.framing}` : profile.protocol
    if (!found.has(name)) found.set(name, profile)
  }
  return [...found].map(([name, profile]) => ({ name, profile }))
}

export type Fuzzed = {
  readonly bytes: number
  /** Whole right frames found, of bytes that were mostly wrong. */
  readonly frames: number
  readonly wrongChecksums: number
  readonly noise: number
  /** Most bytes a scanner held unread, and the most it may. */
  readonly mostPending: number
  readonly mostAllowed: number
  /** Answers judged to be values, faults and the rest. */
  readonly judged: Readonly<Record<string, number>>
  readonly ms: number
}

/** Bytes pushed at once, at most. */
const MOST_CHUNK = 700

/**
 * Random bytes, damaged frames and frames glued together, cut anywhere, through everything that reads bytes: scanner, explain, describe,
 * commandOf, reencode, and the judge of every command. Nothing may throw; nothing may be held beyond the largest frame; every byte pushed is
 * in a frame, in the noise or still pending. Throws with the seed and the bytes when that fails.
 */
export const fuzz = (profile: Profile, options: { readonly bytes: number; readonly seed: number }): Fuzzed => {
  const dialect = dialectOf(profile)
  const random = prng(options.seed)
  const began = performance.now()
  const corpus = corpusOf(profile)
  const questions = questionsOf(dialect)
  assert(questions.length > 0, `${profile.id}: no command could be asked, so nothing would be judged`)
  const tally = {
    bytes: 0,
    frames: 0,
    wrongChecksums: 0,
    noise: 0,
    mostPending: 0,
    judged: {} as Record<string, number>,
  }
  const scanners = (['request', 'reply'] as const).map((side) => ({
    side,
    scanner: createScanner(dialect.reader(side)),
    good: 0,
    pushed: 0,
  }))
  const mostAllowed = Math.max(...scanners.map((s) => dialect.reader(s.side).maxFrame))
  while (tally.bytes < options.bytes) {
    const chunk = chunkOf(corpus, random)
    const turn = scanners[random.below(2)]
    assert(turn, 'two sides')
    try {
      const found = [...turn.scanner.push(chunk), ...(random.chance(0.02) ? turn.scanner.giveUp() : [])]
      turn.pushed += chunk.length
      for (const item of found) {
        if (item.is === 'checksum') tally.wrongChecksums += 1
        else {
          tally.frames += 1
          turn.good += item.bytes.length
        }
        read(dialect, turn.side, item.bytes, { questions, random, judged: tally.judged })
      }
      if (random.chance(0.2)) read(dialect, turn.side, chunk, { questions, random, judged: tally.judged })
    } catch (error) {
      throw new Error(
        `seed ${options.seed}, ${turn.side} ${toHex(chunk, ' ')}: ${error instanceof Error ? error.stack : error}`,
      )
    }
    tally.bytes += chunk.length
    tally.mostPending = Math.max(tally.mostPending, turn.scanner.pending())
    const counted = turn.good + turn.scanner.noiseBytes() + turn.scanner.pending()
    assert(counted === turn.pushed, `seed ${options.seed}: ${turn.pushed} bytes pushed, ${counted} accounted for`)
  }
  tally.noise = scanners.reduce((sum, s) => sum + s.scanner.noiseBytes(), 0)
  return { ...tally, mostAllowed, ms: performance.now() - began }
}

type Judging = {
  readonly questions: readonly Question[]
  readonly random: Prng
  readonly judged: Record<string, number>
}

/** Everything that a person or the bus would do with these bytes. */
const read = (dialect: Dialect, side: Side, bytes: Uint8Array, { questions, random, judged }: Judging): void => {
  dialect.explain(side, bytes)
  dialect.describe(side, bytes)
  dialect.sideOf(bytes)
  dialect.commandOf(bytes)
  dialect.reencode(side, bytes)
  const question = questions[random.below(questions.length)]
  if (!question) return
  const verdict = question.judge(bytes, [random.below(256), random.below(256)], [])
  judged[verdict.is] = (judged[verdict.is] ?? 0) + 1
}

const corpusOf = (profile: Profile): readonly Uint8Array[] =>
  profile.vectors
    .flatMap((v) => (v.kind === 'exchange' ? [v.request, v.reply] : [v.bytes]))
    .flatMap((hex) => (hex === null ? [] : (fromHex(hex) ?? [])))

const SAMPLES: Readonly<Record<string, Value>> = {
  port: 0,
  card: 0,
  channel: 0,
  on: true,
  brightness: 50,
  blackout: true,
}

const ADDRESS: Values = { unit: 1, id: 1, screen: 1 }
const only = (values: Values, names: readonly string[]): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)))

/** A question for every command that can be asked with what its vector, or nobody, gives. */
const questionsOf = (dialect: Dialect): readonly Question[] =>
  Object.keys(dialect.profile.commands).flatMap((command) => {
    const vector = dialect.profile.vectors.find((v) => v.kind === 'exchange' && v.command === command)
    const given = vector?.kind === 'exchange' ? vector : null
    const { address, context }: { address: Values; context: Values } =
      given && 'address' in given ? given : { address: only(ADDRESS, dialect.addressKeys), context: {} }
    const samples = only(SAMPLES, dialect.parameterKeys(command))
    for (const parameters of [given?.parameters ?? {}, samples, { ...samples, ...given?.parameters }]) {
      const asked = dialect.question({ command, parameters, address, context })
      if (asked.ok) return [asked.value]
    }
    return []
  })

/** Some bytes: pure chance, a frame, a frame with damage, two glued, a piece, or a byte repeated. */
const chunkOf = (corpus: readonly Uint8Array[], random: Prng): Uint8Array => {
  const frame = () => (corpus[random.below(corpus.length)] ?? new Uint8Array(0)).slice()
  const noise = () => Uint8Array.from({ length: 1 + random.below(40) }, () => random.below(256))
  const damaged = () => {
    const bytes = frame()
    for (let times = 1 + random.below(3); times > 0 && bytes.length > 0; times--)
      bytes[random.below(bytes.length)] = random.below(256)
    return bytes
  }
  const piece = () => {
    const bytes = frame()
    return bytes.subarray(0, random.below(bytes.length + 1))
  }
  const kinds = [
    noise,
    frame,
    damaged,
    damaged,
    piece,
    () => new Uint8Array(1 + random.below(60)).fill(random.below(256)),
  ]
  const parts: number[] = []
  for (let n = 1 + random.below(4); n > 0; n--) parts.push(...(kinds[random.below(kinds.length)]?.() ?? []))
  return Uint8Array.from(parts.length === 0 ? [random.below(256)] : parts.slice(0, MOST_CHUNK))
}
