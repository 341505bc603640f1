import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, equalBytes, fromHex, toHex } from '#core/base/bytes.ts'
import { prng } from '#core/base/prng.ts'
import type { Side } from '../../dialect/dialect.ts'
import { createScanner } from '../../dialect/scan.ts'
import { checkCommonVectors, framesIn } from '../../profile/vectors.ts'
import { ntcipDialect } from './dialect.ts'
import { ntcipRules } from './rules.ts'
import { decodeMessage, encodeMessage, type SnmpMessage, type SnmpValue } from './snmp.ts'
import { PROFILE_IDS as IDS, type ProfileId, profileNamed } from './testing.ts'

const address = { community: 'public', unit: 1 }
const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array()
const dialectOf = (id: ProfileId) => ntcipDialect(profileNamed(id))

/** Every right frame of the vectors, with its side. */
const framesOf = (id: ProfileId): readonly { side: Side; bytes: Uint8Array }[] =>
  profileNamed(id).vectors.flatMap((vector) => {
    if (vector.kind === 'frame') return [{ side: vector.side, bytes: bytesOf(vector.bytes) }]
    if (vector.kind === 'refused')
      return vector.because === 'error-code' ? [{ side: vector.side, bytes: bytesOf(vector.bytes) }] : []
    const request = { side: 'request' as const, bytes: bytesOf(vector.request) }
    return vector.reply === null ? [request] : [request, { side: 'reply' as const, bytes: bytesOf(vector.reply) }]
  })

describe.each(IDS)('%s', (id) => {
  const profile = profileNamed(id)
  const dialect = dialectOf(id)

  test('keeps its own rules, and every vector holds both ways', () => {
    expect(ntcipRules(profile)).toEqual([])
    expect(checkCommonVectors(dialect, profile.vectors)).toEqual([])
    expect(profile.vectors.length).toBeGreaterThanOrEqual(id === 'ntcip-1203' ? 45 : 7)
  })

  test('frames cut anywhere, joined, between noise: the same frames', () => {
    let cuts = 0
    for (const side of ['request', 'reply'] as const) {
      const frames = framesOf(id)
        .filter((frame) => frame.side === side)
        .map(({ bytes }) => bytes)
      expect(frames.length).toBeGreaterThan(1)
      for (const frame of frames)
        for (let at = 1; at < frame.length; at++) {
          const scanner = createScanner(dialect.reader(side))
          const found = [...scanner.push(frame.subarray(0, at)), ...scanner.push(frame.subarray(at))]
          expect(found.map((one) => toHex(one.bytes, ''))).toEqual([toHex(frame, '')])
          cuts += 1
        }
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 200 }), (sizes) => {
          const noise = Uint8Array.of(0x55, 0x00, 0xff)
          const stream = concat(...frames.flatMap((frame) => [noise, frame]))
          const scanner = createScanner(dialect.reader(side))
          const found: Uint8Array[] = []
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = sizes[i % sizes.length] ?? 1
            for (const one of scanner.push(stream.subarray(at, at + size)))
              if (one.is === 'frame') found.push(one.bytes)
            at += size
          }
          expect(found.length).toBe(frames.length)
          expect(found.every((one, i) => equalBytes(one, frames[i] ?? noise))).toBe(true)
          expect(scanner.noiseBytes()).toBe(frames.length * noise.length)
        }),
        { numRuns: 50 },
      )
    }
    expect(cuts).toBeGreaterThan(400)
  })

  test('200,000 random and mutated bytes: nothing throws, nothing grows, explanations cover every byte', () => {
    const random = prng(1203)
    const frames = framesOf(id)
    const question = dialect.question({ command: 'readShown', parameters: {}, address, context: {} })
    if (!question.ok) throw new Error(question.error)
    const scanners = {
      request: createScanner(dialect.reader('request')),
      reply: createScanner(dialect.reader('reply')),
    }
    let bytes = 0
    while (bytes < 200_000) {
      const sample = frames[random.below(frames.length)]
      const chunk = random.chance(0.3)
        ? Uint8Array.from({ length: random.below(80) }, () => random.below(256))
        : Uint8Array.from(sample?.bytes ?? [], (byte) => (random.chance(0.02) ? byte ^ (1 << random.below(8)) : byte))
      bytes += chunk.length
      const side = sample?.side ?? 'reply'
      const fields = dialect.explain(side, chunk)
      expect(fields.reduce((sum, field) => sum + field.hex.split(' ').length, 0)).toBe(chunk.length)
      dialect.describe(side, chunk)
      dialect.sideOf(chunk)
      dialect.commandOf(chunk)
      dialect.reencode(side, chunk)
      question.value.judge(chunk, [1], [])
      scanners[side].push(chunk)
      expect(scanners[side].pending()).toBeLessThan(dialect.reader(side).maxFrame)
    }
  })
})

test('on the serial line no single turned bit of any frame is taken for another frame', () => {
  const dialect = dialectOf('ntcip-1203-serial')
  let flips = 0
  for (const { side, bytes } of framesOf('ntcip-1203-serial'))
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const wrong = Uint8Array.from(bytes)
      wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const found = createScanner(dialect.reader(side))
        .push(wrong)
        .filter((one) => one.is === 'frame')
      expect(found).toEqual([])
      flips += 1
    }
  expect(flips).toBeGreaterThan(3500)
})

test('any message survives meaning and back', () => {
  const value: fc.Arbitrary<SnmpValue> = fc.oneof(
    fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }).map((n): SnmpValue => ({ is: 'integer', value: n })),
    fc.uint8Array({ maxLength: 200 }).map((bytes): SnmpValue => ({ is: 'octets', value: bytes })),
    fc.constant<SnmpValue>({ is: 'null' }),
    fc.constant<SnmpValue>({ is: 'oid', value: '1.3.6.1.4.1.1206' }),
    fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes): SnmpValue => ({ is: 'address', value: bytes })),
    fc.integer({ min: 0, max: 0xffff_ffff }).map((n): SnmpValue => ({ is: 'unsigned', tag: 0x42, value: n })),
  )
  const oid = fc
    .array(fc.integer({ min: 0, max: 0xffff_ffff }), { minLength: 1, maxLength: 20 })
    .map((arcs) => `1.3.${arcs.join('.')}`)
  const message: fc.Arbitrary<SnmpMessage> = fc.record({
    community: fc.uint8Array({ maxLength: 30 }),
    pdu: fc.constantFrom('get' as const, 'getNext' as const, 'response' as const, 'set' as const),
    id: fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
    errorStatus: fc.integer({ min: 0, max: 18 }),
    errorIndex: fc.integer({ min: 0, max: 64 }),
    bindings: fc.array(fc.record({ oid, value }), { maxLength: 4 }),
  })
  fc.assert(
    fc.property(message, (one) => {
      expect(decodeMessage(encodeMessage(one))).toEqual({ ok: true, value: one })
    }),
    { numRuns: 500 },
  )
})

describe('questions', () => {
  const dialect = dialectOf('ntcip-1203')
  const ask = (command: string, parameters = {}, context = {}) =>
    dialect.question({ command, parameters, address, context })

  test('there is no default community, and it never shows', () => {
    expect(dialect.question({ command: 'readShown', parameters: {}, address: {}, context: {} })).toMatchObject({
      ok: false,
    })
    expect(dialect.question({ command: 'readShown', parameters: {}, address: { community: '' }, context: {} }).ok).toBe(
      false,
    )
    const secret = dialect.question({
      command: 'readShown',
      parameters: {},
      address: { community: 'b1-m4t' },
      context: {},
    })
    if (!secret.ok) throw new Error(secret.error)
    const bytes = secret.value.encode(9)
    for (let end = 0; end <= bytes.length; end++) {
      const cut = bytes.subarray(0, end)
      const said = `${JSON.stringify(dialect.explain('request', cut))} ${dialect.describe('request', cut)} ${secret.value.text}`
      expect(said).not.toContain('b1-m4t')
      expect(said).not.toContain('62 31 2D')
    }
  })

  test('brightness: held as the sign counts, never dark by rounding, never above the limit', () => {
    const context = { brightnessLevels: 16 }
    const held = (brightness: number, of = dialect, levels = context) =>
      of.holds({ command: 'setBrightness', parameters: { brightness }, address, context: levels }, 'brightness')
    expect([0, 1, 50, 62, 100].map((percent) => held(percent))).toEqual([0, 6.25, 50, 62.5, 100])
    expect(ask('setBrightness', { brightness: 50 })).toMatchObject({ ok: false })
    expect(ask('setBrightness', { brightness: 101 }, context).ok).toBe(false)
    expect(ask('setBrightness', { brightnessLevel: 17 }, context).ok).toBe(false)
    const sample = profileNamed('ntcip-1203')
    const limited = ntcipDialect({ ...sample, limits: { ...sample.limits, brightnessPercent: 90 } })
    for (let percent = 0; percent <= 90; percent++) expect(held(percent, limited)).toBeLessThanOrEqual(90)
    expect(
      limited.question({ command: 'setBrightness', parameters: { brightnessLevel: 15 }, address, context }).ok,
    ).toBe(false)
    expect(dialect.holds({ command: 'setBrightness', parameters: {}, address, context }, 'power')).toBeUndefined()
  })

  test.each([
    ['nonsense', {}],
    ['constructor', {}],
    ['setBlackout', {}],
    ['setBlackout', { blackout: 'yes' }],
    ['requestModify', { memory: 3 }],
    ['requestModify', { memory: 3, number: 70_000 }],
    ['setTimeRemaining', { minutes: 65_536 }],
    ['writeMessage', { memory: 3, number: 1, multi: 'Cửa khẩu', owner: 'x', priority: 1 }],
    ['activate', { minutes: 1, activationPriority: 1, memory: 3, number: 1, crc: '12345', requester: '0.0.0.0' }],
    ['activate', { minutes: 1, activationPriority: 1, memory: 3, number: 1, crc: '1234', requester: '0.0.0.256' }],
  ])('%s %o is refused before anything is sent', (command, parameters) => {
    const question = ask(command, parameters)
    expect(question.ok).toBe(false)
    if (!question.ok) expect(question.error.length).toBeGreaterThan(5)
  })

  test('answers of others, old answers and broken ones are told apart', () => {
    const question = ask('readControlMode')
    if (!question.ok) throw new Error(question.error)
    const reply = (change: Partial<SnmpMessage>): Uint8Array =>
      encodeMessage({
        community: new TextEncoder().encode('public'),
        pdu: 'response',
        id: 7,
        errorStatus: 0,
        errorIndex: 0,
        bindings: [{ oid: '1.3.6.1.4.1.1206.4.2.3.6.1.0', value: { is: 'integer', value: 4 } }],
        ...change,
      })
    const judge = (change: Partial<SnmpMessage>, tokens = [7]) => question.value.judge(reply(change), tokens, [])
    expect(judge({})).toEqual({ is: 'values', values: { controlMode: 'central' } })
    expect(judge({}, [6, 7, 8])).toMatchObject({ is: 'values' })
    expect(judge({ id: 6 })).toEqual({ is: 'stale' })
    expect(judge({ community: new TextEncoder().encode('other') })).toEqual({ is: 'foreign' })
    expect(judge({ bindings: [] })).toEqual({ is: 'stale' })
    expect(judge({ errorStatus: 2, errorIndex: 1 })).toMatchObject({
      is: 'fault',
      fault: { kind: 'refused', detail: expect.stringContaining('dmsControlMode') },
    })
    const strange = [{ oid: '1.3.6.1.4.1.1206.4.2.3.6.1.0', value: { is: 'integer' as const, value: 77 } }]
    expect(judge({ bindings: strange })).toMatchObject({ is: 'fault', fault: { kind: 'garbled' } })
    const none = [{ oid: '1.3.6.1.4.1.1206.4.2.3.6.1.0', value: { is: 'absent' as const, tag: 0x80 } }]
    expect(judge({ bindings: none })).toMatchObject({ is: 'fault', fault: { kind: 'refused' } })
  })

  test('a sensor the sign does not have is a value it does not have', () => {
    const question = ask('readAmbientTemperature')
    if (!question.ok) throw new Error(question.error)
    const request = decodeMessage(question.value.encode(5))
    if (!request.ok) throw new Error(request.error)
    const reply = encodeMessage({ ...request.value, pdu: 'response', errorStatus: 2, errorIndex: 1 })
    expect(question.value.judge(reply, [5], [])).toEqual({ is: 'values', values: { temperature: null } })
  })

  test('replies fit into what was announced', () => {
    let checked = 0
    for (const vector of profileNamed('ntcip-1203').vectors) {
      if (vector.kind !== 'exchange' || vector.reply === null) continue
      const question = dialect.question(vector)
      if (!question.ok) throw new Error(question.error)
      expect(bytesOf(vector.reply).length).toBeLessThanOrEqual(question.value.replyBytes)
      expect(bytesOf(vector.request).length).toBeLessThanOrEqual(question.value.requestBytes)
      checked += 1
    }
    expect(checked).toBeGreaterThan(30)
  })

  test('lengths in long form are taken, a datagram with something behind the message is not one frame', () => {
    const short = bytesOf(
      '302D0201000406 7075626C6963 A2200201030201000201003015 3013 060E2B060104018936040203090701000201 00',
    )
    const long = concat(bytesOf('30 82 00 2D'), short.subarray(2))
    const question = ask('readShortError')
    if (!question.ok) throw new Error(question.error)
    expect(question.value.judge(long, [3], [])).toEqual(question.value.judge(short, [3], []))
    expect(framesIn(dialect.reader('reply'), long).ok).toBe(true)
    expect(framesIn(dialect.reader('reply'), concat(short, Uint8Array.of(0))).ok).toBe(false)
  })
})

test('rules: each fault of a profile is found and named', () => {
  const sample = profileNamed('ntcip-1203')
  const wrong = (change: (profile: typeof sample) => typeof sample) =>
    ntcipRules(change(structuredClone(sample))).map(({ where }) => where)
  expect(wrong((p) => ({ ...p, framing: 'pmpp' }))).toContain('/links/0/kind')
  expect(wrong((p) => ({ ...p, handshake: ['nothing'] }))).toContain('/handshake/0')
  expect(wrong((p) => ({ ...p, handshake: ['setBrightnessAutomatic'] }))).toContain('/handshake/0')
  expect(wrong((p) => ({ ...p, handshake: [] }))).toContain('/commands/setBrightness/objects/1/value/levels')
  expect(wrong((p) => ({ ...p, message: { ...p.message, mostBytes: 1200 } }))).toContain('/message/mostBytes')
  expect(
    wrong((p) => ({ ...p, commands: { ...p.commands, twin: p.commands['readShown'] ?? {} } as typeof p.commands })),
  ).toContain('/commands/twin/objects')
  const { activate: _, ...without } = sample.commands
  expect(wrong((p) => ({ ...p, commands: without }))).toContain('/commands/activate')
})
