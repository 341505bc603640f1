import { concat, fromHex } from '#core/base/bytes.ts'
import { parseDocument } from '#core/base/check.ts'
import { prng } from '#core/base/prng.ts'
import { assert } from '#core/base/result.ts'
import type { Judgement, Question, Values } from '../../dialect/dialect.ts'
import { dialectOf } from '../../dialect/open.ts'
import { createScanner } from '../../dialect/scan.ts'
import { createHuiduSim, type HuiduSim } from '../../sim/huidu.ts'
import { HuiduProfile } from './schema.ts'

/** For tests of this family only. */
export const createCard = (more: Partial<Parameters<typeof createHuiduSim>[0]> = {}): HuiduSim =>
  createHuiduSim({
    model: 'C16L',
    id: 'C16L-D24-000A2',
    screen: { width: 320, height: 160 },
    answerChunk: 9204,
    seed: 1,
    ...more,
  })

/** Bytes that a card sends back for bytes we send, one connection. */
export const connect = (card: HuiduSim) => {
  const cut = card.cutter()
  return (bytes: Uint8Array): Uint8Array => concat(...cut(bytes).flatMap((request) => card.answer(request)))
}

/** What the tests ask with. `text`: of the profile as it lies in `firmware-profiles`; reading files is no business of this folder. */
export const benchOf = (text: string) => {
  const parsed = parseDocument(HuiduProfile, text)
  assert(parsed.ok, `huidu-sdk2.json: ${JSON.stringify(parsed.ok ? '' : parsed.error)}`)
  const profile = parsed.value
  const dialect = dialectOf(profile)
  const questionOf = (command: string, parameters: Values, context: Values): Question => {
    const question = dialect.question({ command, parameters, address: {}, context })
    assert(question.ok, question.ok ? '' : question.error)
    return question.value
  }
  /** What the frames in a stream mean for a question, in order. */
  const judged = (question: Question, stream: Uint8Array): readonly Judgement[] => {
    const parts: Uint8Array[] = []
    const found: Judgement[] = []
    for (const { bytes } of createScanner(dialect.reader('reply')).push(stream)) {
      const one = question.judge(bytes, [0], parts)
      if (one.is === 'part') parts.push(bytes)
      found.push(one)
    }
    return found
  }
  /** A card that has been greeted: `ask` puts one question and gives what the last frame of the answer means. */
  const greeted = (card: HuiduSim) => {
    const send = connect(card)
    let context: Values = {}
    const ask = (command: string, parameters: Values = {}): Judgement | undefined => {
      const question = questionOf(command, parameters, context)
      return judged(question, send(question.encode(0))).at(-1)
    }
    for (const command of dialect.handshake) {
      const answer = ask(command)
      assert(answer?.is === 'values', `${command}: ${JSON.stringify(answer)}`)
      context = { ...context, ...answer.values }
    }
    return { ask, send, context }
  }
  return { profile, dialect, questionOf, judged, greeted }
}

export const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text)
  assert(bytes, `not hex: ${text}`)
  return bytes
}

/** A PNG in its head only; the rest is noise that does not compress. */
export const pngOf = (width: number, height: number, bytes: number, seed: number): Uint8Array => {
  const random = prng(seed)
  const png = Uint8Array.from({ length: bytes }, () => random.below(256))
  png.set(hex('89504E470D0A1A0A0000000D49484452'), 0)
  const view = new DataView(png.buffer)
  view.setUint32(16, width)
  view.setUint32(20, height)
  return png
}
