import { concat, fromHex, toHex } from '#core/base/bytes.ts'
import { type Prng, prng } from '#core/base/prng.ts'
import { assert } from '#core/base/result.ts'
import type { Call, Dialect, FrameReading, Judgement, Side } from '../../dialect/dialect.ts'
import { createScanner } from '../../dialect/scan.ts'
import type { CommonVectorSpec } from '../../profile/common.ts'
import type { SimDevice } from '../../sim/device.ts'

/** Proofs that every LCD family must pass, used by the tests of all of them. Each tells what failed and how much it looked at. */
export type Proof = { readonly faults: readonly string[]; readonly checked: number }

const hexOf = (text: string): Uint8Array => {
  const bytes = fromHex(text)
  assert(bytes, 'vectors are hex')
  return bytes
}

/** Every frame that the vectors show, with its side; wrong ones are left out. */
export const framesOf = (vectors: readonly CommonVectorSpec[]): readonly { side: Side; bytes: Uint8Array }[] =>
  vectors.flatMap((vector): { side: Side; bytes: Uint8Array }[] => {
    if (vector.kind === 'frame') return [{ side: vector.side, bytes: hexOf(vector.bytes) }]
    if (vector.kind === 'refused')
      return vector.because === 'error-code' ? [{ side: vector.side, bytes: hexOf(vector.bytes) }] : []
    const request = { side: 'request' as const, bytes: hexOf(vector.request) }
    return vector.reply === null ? [request] : [request, { side: 'reply', bytes: hexOf(vector.reply) }]
  })

/** A stream of all frames of one side with noise between, cut at every place and in random chunks, gives the same frames. */
export const proveChunks = (dialect: Dialect, vectors: readonly CommonVectorSpec[], noise: Uint8Array): Proof => {
  const faults: string[] = []
  let checked = 0
  for (const side of ['request', 'reply'] as const) {
    const frames = framesOf(vectors).filter((frame) => frame.side === side)
    const stream = concat(...frames.flatMap(({ bytes }) => [noise, bytes]))
    const wanted = frames.map(({ bytes }) => toHex(bytes, '')).join(' ')
    const through = (chunks: readonly Uint8Array[], how: string) => {
      const scanner = createScanner(dialect.reader(side))
      const found = chunks.flatMap((chunk) => scanner.push(chunk)).filter(({ is }) => is === 'frame')
      checked += 1
      if (found.map(({ bytes }) => toHex(bytes, '')).join(' ') !== wanted) faults.push(`${side} ${how}`)
    }
    for (let cut = 0; cut <= stream.length; cut++)
      through([stream.subarray(0, cut), stream.subarray(cut)], `cut at ${cut}`)
    through(
      Array.from(stream, (_, i) => stream.subarray(i, i + 1)),
      'byte by byte',
    )
    for (let seed = 1; seed <= 50; seed++) through(randomChunks(stream, prng(seed)), `random chunks ${seed}`)
  }
  return { faults, checked }
}

const randomChunks = (stream: Uint8Array, random: Prng): readonly Uint8Array[] => {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < stream.length; ) {
    const size = 1 + random.below(9)
    chunks.push(stream.subarray(at, at + size))
    at += size
  }
  return chunks
}

/** One flipped bit in a published reply never gives another value than the published one: it is a wrong checksum, noise, or no answer. */
export const proveFlips = (dialect: Dialect, vectors: readonly CommonVectorSpec[]): Proof => {
  const faults: string[] = []
  let checked = 0
  for (const vector of vectors) {
    if (vector.kind !== 'exchange' || vector.reply === null) continue
    const question = dialect.question(vector)
    assert(question.ok, vector.name)
    const good = hexOf(vector.reply)
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = good.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
      checked += 1
      for (const { is, bytes } of createScanner(dialect.reader('reply')).push(bad)) {
        if (is !== 'frame') continue
        const judged = question.value.judge(bytes, [vector.token], [])
        if (judged.is === 'values' && JSON.stringify(judged.values) !== JSON.stringify(vector.values ?? {}))
          faults.push(`${vector.name}: bit ${bit} gives ${JSON.stringify(judged.values)}`)
      }
    }
  }
  return { faults, checked }
}

/** What is secret is masked, byte by byte. */
const covers = (explained: string, hex: string): boolean =>
  explained.length === hex.length && [...explained].every((letter, i) => letter === '*' || letter === hex[i])

/** `total` random and mutated bytes, both sides: nothing throws, what is held stays small, explained fields cover the bytes in order. */
export const proveFuzz = (
  dialect: Dialect,
  vectors: readonly CommonVectorSpec[],
  of: { readonly total: number; readonly seed: number },
): Proof => {
  const faults: string[] = []
  const random = prng(of.seed)
  const frames = framesOf(vectors)
  const questions = vectors.flatMap((vector) => {
    const question = vector.kind === 'exchange' ? dialect.question(vector) : null
    return question?.ok ? [question.value] : []
  })
  const scanners = { request: createScanner(dialect.reader('request')), reply: createScanner(dialect.reader('reply')) }
  let checked = 0
  while (checked < of.total) {
    const chunk = random.chance(0.3) ? noiseOf(random) : mutated(frames[random.below(frames.length)]?.bytes, random)
    checked += chunk.length
    for (const side of ['request', 'reply'] as const) {
      const fields = dialect.explain(side, chunk)
      if (!covers(fields.map((field) => field.hex.replaceAll(' ', '')).join(''), toHex(chunk, '')))
        faults.push(`explain ${side} ${toHex(chunk, '')} does not cover the bytes`)
      dialect.describe(side, chunk)
      dialect.reencode(side, chunk)
      for (const { is, bytes } of scanners[side].push(chunk)) {
        if (is !== 'frame') continue
        const again = dialect.reencode(side, bytes)
        if (!again.ok || toHex(again.value, '') !== toHex(bytes, ''))
          faults.push(`reencode ${side} ${toHex(bytes, '')}`)
        dialect.describe(side, bytes)
        if (side === 'request') dialect.commandOf(bytes)
        else questions[random.below(questions.length)]?.judge(bytes, [0], [])
      }
      if (scanners[side].pending() > dialect.reader(side).maxFrame) faults.push(`${side} holds too much`)
    }
    dialect.sideOf(chunk)
  }
  return { faults: faults.slice(0, 5), checked }
}

const noiseOf = (random: Prng) => Uint8Array.from({ length: 1 + random.below(40) }, () => random.below(256))
const mutated = (frame: Uint8Array | undefined, random: Prng): Uint8Array => {
  const bytes = Array.from(frame ?? [])
  for (let times = random.below(4); times > 0; times--) {
    const at = random.below(bytes.length + 1)
    const how = random.below(4)
    if (how === 0) bytes.splice(at, 1 + random.below(3))
    else if (how === 1) bytes.splice(at, 0, random.below(256))
    else bytes.splice(at, 1, random.below(256))
  }
  return Uint8Array.from(bytes)
}

/** Whether a reader at `start` sees what it should; for the few cases a test names itself. */
export const readAt = (dialect: Dialect, side: Side, bytes: Uint8Array): FrameReading['is'] =>
  dialect.reader(side).read(bytes, 0).is

/** A wire with a simulator at its end: asks one call and tells how the answer is judged; null for silence. */
export type Wire = {
  readonly ask: (call: Partial<Call> & Pick<Call, 'command'>) => Judgement | null
  /** Everything sent and received, as hex. */
  readonly traffic: () => readonly string[]
}
export const wireTo = (dialect: Dialect, sim: SimDevice, defaults: Pick<Call, 'address'>): Wire => {
  const cut = sim.cutter()
  const scanner = createScanner(dialect.reader('reply'))
  const traffic: string[] = []
  let waiting: readonly Uint8Array[] = sim.greeting ? [sim.greeting()] : []
  return {
    traffic: () => traffic,
    ask: (call) => {
      const question = dialect.question({ parameters: {}, context: {}, ...defaults, ...call })
      assert(question.ok, question.ok ? '' : question.error)
      const request = question.value.encode(0)
      traffic.push(toHex(request, ' '))
      const replies = [...waiting, ...cut(request).flatMap((whole) => sim.answer(whole))]
      waiting = []
      let judged: Judgement | null = null
      for (const reply of replies) {
        traffic.push(toHex(reply, ' '))
        for (const { is, bytes } of scanner.push(reply))
          if (is === 'frame') judged = question.value.judge(bytes, [0], [])
      }
      return judged
    },
  }
}

/**
 * Every published exchange whose source is not our own construction, put to a simulator: it must send the published reply. `prepare` brings a new
 * simulator into the state the vector shows; null leaves a vector out, and the count tells.
 */
export const provePublished = (
  vectors: readonly CommonVectorSpec[],
  prepare: (vector: Extract<CommonVectorSpec, { kind: 'exchange' }>) => SimDevice | null,
): Proof => {
  const faults: string[] = []
  let checked = 0
  for (const vector of vectors) {
    if (vector.kind !== 'exchange' || vector.reply === null) continue
    const sim = prepare(vector)
    if (sim === null) continue
    checked += 1
    const said = sim
      .cutter()(hexOf(vector.request))
      .flatMap((request) => sim.answer(request))
    const found = said.map((reply) => toHex(reply, ' ')).join(' ')
    if (found.toUpperCase() !== vector.reply) faults.push(`${vector.name}: sim says ${found}`)
  }
  return { faults, checked }
}
