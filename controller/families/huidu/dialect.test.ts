import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, toHex } from '#core/base/bytes.ts'
import { prng } from '#core/base/prng.ts'
import type { Side, Values } from '../../dialect/dialect.ts'
import { createScanner } from '../../dialect/scan.ts'
import { benchOf, connect, createCard, hex } from './testing.ts'

const { dialect, greeted, judged, profile, questionOf } = benchOf(
  readFileSync(new URL('../../../firmware-profiles/huidu-sdk2.json', import.meta.url), 'utf8'),
)

const GUID = { guid: 'a336ae3e4cf3278438704c0e324f5dc5' }
const framesOf = (side: Side, chunks: readonly Uint8Array[]) => {
  const scanner = createScanner(dialect.reader(side))
  const frames = chunks.flatMap((chunk) => scanner.push(chunk)).map((found) => toHex(found.bytes, ''))
  return { frames, noise: scanner.noiseBytes(), pending: scanner.pending() }
}

/** Every packet the vectors hold, by side. */
const packets: readonly { readonly side: Side; readonly bytes: Uint8Array }[] = profile.vectors.flatMap((vector) => {
  if (vector.kind === 'exchange')
    return [
      { side: 'request' as const, bytes: hex(vector.request) },
      ...(vector.reply === null ? [] : [{ side: 'reply' as const, bytes: hex(vector.reply) }]),
    ]
  if (vector.kind === 'refused' && vector.because === 'noise') return []
  return [{ side: vector.side, bytes: hex(vector.bytes) }]
})

describe('packets', () => {
  test('cut at every place, each gives the same frame, and what follows is found', () => {
    const tail = { request: hex('04 00 05 80'), reply: hex('0A 00 02 20 05 00 00 01 00 00') }
    let cuts = 0
    for (const { side, bytes } of packets) {
      const stream = concat(bytes, tail[side])
      const expected = [toHex(bytes, ''), toHex(tail[side], '')]
      for (let at = 0; at <= stream.length; at++) {
        expect(framesOf(side, [stream.subarray(0, at), stream.subarray(at)])).toEqual({
          frames: expected,
          noise: 0,
          pending: 0,
        })
        cuts += 1
      }
    }
    expect(packets.length).toBe(65)
    expect(cuts).toBeGreaterThan(8000)
  })

  test('any chunking of a stream gives the same frames', () => {
    for (const side of ['request', 'reply'] as const) {
      const all = packets.filter((packet) => packet.side === side).map((packet) => packet.bytes)
      const stream = concat(...all)
      const expected = all.map((bytes) => toHex(bytes, ''))
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 }), (sizes) => {
          const chunks: Uint8Array[] = []
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = sizes[i % sizes.length] ?? 1
            chunks.push(stream.subarray(at, at + size))
            at += size
          }
          expect(framesOf(side, chunks)).toEqual({ frames: expected, noise: 0, pending: 0 })
        }),
        { numRuns: 60 },
      )
    }
  })

  test('after noise the next packet is found, and the noise is counted', () => {
    const good = hex('0A 00 02 20 05 00 00 01 00 00')
    for (const noise of ['00', '03 00', 'FF FF FF FF', '04 00 05 20', '01 24 04 20 00', '00 00 00 00 00 00 00']) {
      const found = framesOf('reply', [hex(noise), good])
      expect(found.frames, noise).toEqual([toHex(good, '')])
      expect(found.noise, noise).toBe(hex(noise).length)
    }
  })

  test('lengths, totals and offsets out of bounds are noise at once, not something to wait for', () => {
    const wrong: readonly (readonly [Side, string])[] = [
      ['reply', '03 00'],
      ['reply', '00 00'],
      ['reply', '01 24'],
      ['reply', 'FF FF'],
      ['reply', '05 00 60'],
      ['reply', '09 00 02 20'],
      ['reply', '0D 00 04 20 00 00 00 00'],
      ['reply', '0D 00 04 20 01 00 04 00'],
      ['reply', '0E 00 04 20 05 00 00 00 04 00 00 00'],
      ['reply', '0F 00 02 80'],
      ['request', '04 00 02 20'],
      ['request', '04 00 03 20'],
      ['request', '2F 00 01 80'],
      ['request', '04 00 03 80'],
    ]
    for (const [side, bytes] of wrong) expect(dialect.reader(side).read(hex(bytes), 0), bytes).toEqual({ is: 'noise' })
    expect(wrong.length).toBe(14)
  })

  test('there is no checksum: what a turned bit can do is refuse, be waited for, or show in the XML, never throw', () => {
    const verdicts = new Map<string, number>()
    for (const vector of profile.vectors) {
      if (vector.kind !== 'exchange' || vector.reply === null) continue
      const question = questionOf(vector.command, vector.parameters, vector.context)
      const reply = hex(vector.reply)
      for (let bit = 0; bit < reply.length * 8; bit++) {
        const flipped = reply.slice()
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const last = judged(question, flipped).at(-1)
        verdicts.set(last?.is ?? 'nothing', (verdicts.get(last?.is ?? 'nothing') ?? 0) + 1)
      }
    }
    expect([...verdicts.values()].reduce((a, b) => a + b)).toBeGreaterThan(37_000)
    expect([...verdicts.keys()].sort()).toEqual(['again', 'fault', 'foreign', 'nothing', 'part', 'stale', 'values'])
  })
})

describe('dialect', () => {
  test('reencodes every packet of every vector to the same bytes, and tells the side', () => {
    for (const { side, bytes } of packets) {
      const again = dialect.reencode(side, bytes)
      expect(again.ok && toHex(again.value, ' ')).toBe(toHex(bytes, ' '))
      expect(dialect.sideOf(bytes)).not.toBe(null)
      const fields = dialect.explain(side, bytes)
      expect(
        fields
          .map((field) => field.hex)
          .filter((part) => part !== '')
          .join(' '),
      ).toBe(toHex(bytes, ' '))
    }
    expect(dialect.sideOf(hex('04 00 5F 00'))).toBe('request')
    expect(dialect.sideOf(hex('04 00 60 00'))).toBe('reply')
    expect(dialect.sideOf(hex('04 00'))).toBe(null)
  })

  test('without a session nothing but the handshake can be asked', () => {
    const free = Object.entries(profile.commands).filter(([name]) => {
      const vector = profile.vectors.find((one) => one.kind === 'exchange' && one.command === name)
      const parameters = vector?.kind === 'exchange' ? vector.parameters : {}
      return dialect.question({ command: name, parameters, address: {}, context: {} }).ok
    })
    expect(free.map(([name]) => name).sort()).toEqual([
      'fileContent',
      'fileEnd',
      'fileStart',
      'heartbeat',
      'ifVersion',
      'version',
    ])
    const evil = { guid: 'x"><in method="Reboot' }
    expect(dialect.question({ command: 'deviceInfo', parameters: {}, address: {}, context: evil }).ok).toBe(false)
  })

  test.each<readonly [string, Values, RegExp]>([
    ['setBrightness', {}, /brightness is missing/],
    ['setBrightness', { brightness: Number.NaN }, /from 1 to 100/],
    ['setBrightness', { brightness: '50' }, /from 1 to 100/],
    ['setBlackout', { blackout: 1 }, /true or false/],
    ['setClock', { clock: '2026-11-22 18:30:00' }, /must be like/],
    ['setServer', { host: 'a b', port: 1 }, /no host/],
    ['setServer', { host: 'a', port: 0 }, /from 1 to 65535/],
    ['deleteFiles', { files: '../etc/passwd' }, /no file/],
    ['deleteFiles', { files: 'a.png\tb' }, /2 columns instead of 1/],
    ['deletePrograms', { programs: '"><in' }, /no guid/],
    ['fileStart', { md5: 'A'.repeat(32), size: 1, type: 'picture', name: 'a' }, /md5/],
    ['fileStart', { md5: 'a'.repeat(32), size: 0, type: 'picture', name: 'a' }, /size/],
    ['fileStart', { md5: 'a'.repeat(32), size: 1, type: 'firmware', name: 'a' }, /never sent/],
    ['fileStart', { md5: 'a'.repeat(32), size: 1, type: 'constructor', name: 'a' }, /never sent/],
    ['fileStart', { md5: 'a'.repeat(32), size: 1, type: 'picture', name: '../a' }, /name/],
    ['fileContent', { content: '' }, /1 to 8000 bytes/],
    ['fileContent', { content: '0G' }, /1 to 8000 bytes/],
    ['fileContent', { content: '00'.repeat(8001) }, /1 to 8000 bytes/],
    ['fileContent', { content: '00', session: 'another' }, /session .* is gone/],
    ['toString', {}, /no command/],
  ])('%s with wrong values is refused (%#)', (command, parameters, why) => {
    const question = dialect.question({ command, parameters, address: {}, context: GUID })
    expect(question.ok ? 'accepted' : question.error).toMatch(why)
  })

  test('brightness as the card holds it: whole per cent, never 0, never above the limit of the profile', () => {
    const held = (brightness: number) =>
      dialect.holds({ command: 'setBrightness', parameters: { brightness }, address: {}, context: GUID }, 'brightness')
    expect([0, 1, 49.6, 90, 100].map(held)).toEqual([1, 1, 50, 90, 90])
    expect(
      dialect.holds({ command: 'setBlackout', parameters: { blackout: true }, address: {}, context: {} }, 'blackout'),
    ).toBe(true)
    expect(dialect.holds({ command: 'setBrightness', parameters: {}, address: {}, context: {} }, 'blackout')).toBe(
      undefined,
    )
  })

  test('texts are escaped: nobody writes XML through a parameter', () => {
    const vector = profile.vectors.find((one) => one.kind === 'exchange' && one.command === 'addText')
    if (vector?.kind !== 'exchange') throw new Error('no vector')
    const text = '</string><in method="Reboot"/>&"\'<'
    const request = questionOf('addText', { ...vector.parameters, text }, GUID).encode(0)
    expect(new TextDecoder().decode(request)).not.toContain('Reboot"/>')
    expect(dialect.commandOf(request)).toEqual({ command: 'addText', parameters: { ...vector.parameters, text } })
    const { send, ask } = greeted(createCard())
    expect(ask('addText', { ...vector.parameters, text: 'x' })?.is).toBe('values')
    expect(send(hex('04 00 5F 00'))).toEqual(new Uint8Array(hex('04 00 60 00')))
  })

  test('large requests go out in chunks of at most 8000 bytes, and the card understands them', () => {
    const card = createCard()
    const { ask, context } = greeted(card)
    const rows = Array.from({ length: 64 }, (_, i) => `${'b'.repeat(60)}${i}\t10\t${'a'.repeat(100)}${i}.png`).join(
      '\n',
    )
    const parameters = { guid: 'g', areaGuid: 'a', width: 320, height: 160, pages: rows }
    const request = questionOf('addPictures', parameters, context).encode(0)
    const { frames } = framesOf('request', [request])
    expect(frames.length).toBe(3)
    expect(Math.max(...frames.map((frame) => frame.length / 2))).toBe(8012)
    expect(dialect.commandOf(request)).toEqual({ command: 'addPictures', parameters })
    expect(dialect.describe('request', request)).toContain('addPictures')
    // Whole at the card: it misses the files, not the end of the XML.
    expect(ask('addPictures', parameters)).toMatchObject({
      is: 'again',
      fault: { detail: expect.stringContaining('kDownloadingFile') },
    })
  })

  test('answers in many chunks are put together; a chunk from the middle is stale; a beginning anew counts', () => {
    const card = createCard({ answerChunk: 7 })
    const send = connect(card)
    send(questionOf('version', {}, {}).encode(0))
    const question = questionOf('ifVersion', {}, {})
    const stream = send(question.encode(0))
    const found = judged(question, stream)
    expect(found.length).toBeGreaterThan(20)
    expect(found.slice(0, -1).every((one) => one.is === 'part')).toBe(true)
    expect(found.at(-1)).toMatchObject({ is: 'values', values: { interfaceVersion: '1000000' } })
    const frames = framesOf('reply', [stream]).frames.map((frame) => hex(frame))
    const [first, second] = frames
    if (!first || !second) throw new Error('no chunks')
    expect(question.judge(second, [0], [])).toEqual({ is: 'stale' })
    expect(question.judge(first, [0], [first, second])).toEqual({ is: 'part' })
    expect(question.judge(second, [0], [first, second])).toMatchObject({ is: 'fault', fault: { kind: 'garbled' } })
    // The answer begins anew after half of it: what came before is void.
    expect(judged(question, concat(first, second, ...frames)).at(-1)?.is).toBe('values')
  })

  test('an answer to another method is stale, a heartbeat of the card is foreign, garbage in XML is garbled', () => {
    const question = questionOf('readBrightness', {}, GUID)
    const other = profile.vectors.find((one) => one.kind === 'exchange' && one.command === 'readClock')
    if (other?.kind !== 'exchange' || other.reply === null) throw new Error('no vector')
    expect(question.judge(hex(other.reply), [0], [])).toEqual({ is: 'stale' })
    expect(question.judge(hex('04 00 5F 00'), [0], [])).toEqual({ is: 'foreign' })
    expect(question.judge(hex('06 00 06 80 00 00'), [0], [])).toEqual({ is: 'stale' })
    const answer = (xml: string) => {
      const body = new TextEncoder().encode(xml)
      const size = (n: number, width: number) => Array.from({ length: width }, (_, i) => (n >> (8 * i)) & 255)
      return Uint8Array.from([...size(body.length + 12, 2), 4, 32, ...size(body.length, 4), 0, 0, 0, 0, ...body])
    }
    const out = (inner: string, result = 'kSuccess') =>
      answer(`<sdk guid="x"><out method="GetLuminancePloy" result="${result}">${inner}</out></sdk>`)
    const kinds = [
      answer('<sdk'),
      answer('<other/>'),
      answer('<sdk/>'),
      answer('<sdk><out method="GetLuminancePloy"/></sdk>'),
      out(''),
      out('<mode value="default"/>'),
      out('<mode value="default"/><default value="101"/>'),
      out('<mode value="default"/><default value="9e1"/>'),
      Uint8Array.from([...answer('<sdk/>').subarray(0, 17), 0xff]),
    ].map((reply) => question.judge(reply, [0], []))
    expect(kinds.map((one) => (one.is === 'fault' ? one.fault.kind : one.is))).toEqual(Array(9).fill('garbled'))
    expect(question.judge(out('', 'kFileOccupa'), [0], []).is).toBe('again')
    expect(question.judge(out('', 'kInvalidGUID'), [0], [])).toMatchObject({
      is: 'fault',
      fault: { kind: 'refused', detail: 'GetLuminancePloy: kInvalidGUID: the guid is not that of the session' },
    })
  })

  test('a start of file that claims more bytes than the file has is garbled', () => {
    const question = questionOf('fileStart', { md5: 'a'.repeat(32), size: 10, type: 'picture', name: 'a' }, GUID)
    expect(question.judge(hex('0E 00 02 80 00 00 0B 00 00 00 00 00 00 00'), [0], [])).toMatchObject({
      fault: { kind: 'garbled' },
    })
    expect(question.judge(hex('0E 00 02 80 00 00 FF FF FF FF FF FF FF FF'), [0], [])).toMatchObject({
      fault: { kind: 'garbled' },
    })
  })
})

test('20 000 mutated and random packets: nothing throws, all is bounded', () => {
  const random = prng(20_261_122)
  const questions = profile.vectors.flatMap((vector) =>
    vector.kind === 'exchange' ? [questionOf(vector.command, vector.parameters, vector.context)] : [],
  )
  const scanners = { request: createScanner(dialect.reader('request')), reply: createScanner(dialect.reader('reply')) }
  let pushed = 0
  let frames = 0
  for (let i = 0; i < 20_000; i++) {
    const base = packets[random.below(packets.length)]
    if (!base) throw new Error('no packet')
    const bytes = random.chance(0.2)
      ? Uint8Array.from({ length: random.below(40) }, () => random.below(256))
      : base.bytes.slice(0, random.chance(0.1) ? random.below(base.bytes.length + 1) : base.bytes.length)
    for (let n = random.below(3); n > 0 && bytes.length > 0; n--) bytes[random.below(bytes.length)] = random.below(256)
    const { side } = base
    const scanner = scanners[side]
    pushed += bytes.length
    const found = scanner.push(bytes)
    if (scanner.pending() > 9216) expect.fail(`${scanner.pending()} bytes pending`)
    frames += found.length
    for (const one of [bytes, ...found.map((f) => f.bytes)]) {
      dialect.explain(side, one)
      dialect.describe(side, one)
      dialect.sideOf(one)
      dialect.commandOf(one)
      dialect.reencode(side, one)
      questions[random.below(questions.length)]?.judge(one, [0], random.chance(0.3) ? [one] : [])
    }
    if (scanner.pending() > 0 && random.chance(0.05)) frames += scanner.giveUp().length
  }
  expect(pushed).toBeGreaterThan(2_000_000)
  expect(frames).toBeGreaterThan(1000)
})
