import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { concat, equalBytes, toHex } from '#core/base/bytes.ts'
import { assert } from '#core/base/result.ts'
import { createScanner } from '../../dialect/scan.ts'
import { loadProfile } from '../../profile/catalogue.ts'
import { createFunctionCardSim, createNovastarSim } from '../../sim/novastar.ts'
import { SIM_MODELS } from '../../sim/registers.ts'
import { codecOf } from './codec.ts'
import { decodeFrame } from './decode.ts'
import { readerOf } from './dialect.ts'
import { encodeFrame } from './encode.ts'
import { bytesOf } from './layout.ts'
import type { NovastarProfile } from './schema.ts'
import { checkVectors } from './vectors.ts'

const FOLDER = new URL('../../../firmware-profiles/', import.meta.url)
const profiles: readonly NovastarProfile[] = readdirSync(FOLDER)
  .filter((file) => file.startsWith('novastar-'))
  .map((file) => {
    const loaded = loadProfile(file, readFileSync(new URL(file, FOLDER), 'utf8'))
    assert(loaded.ok, loaded.ok ? '' : `${file}: ${JSON.stringify(loaded.error)}`)
    assert(loaded.value.protocol === 'novastar', file)
    return loaded.value
  })

/** Every frame that the makers' documents and public implementations print, as they print it; requests and replies by their marker. */
const PRINTED = `
55 AA 00 AA FE 00 00 00 00 00 00 00 02 00 00 00 02 00 01 57
AA 55 00 AA 00 FE 00 00 00 00 00 00 02 00 00 00 02 00 01 00 02 57
55 AA 00 00 FE 00 00 00 00 00 00 00 02 00 00 00 02 00 57 56
AA 55 00 00 00 FE 00 00 00 00 00 00 02 00 00 00 02 00 07 11 6F 56
AA 55 00 00 00 FE 00 00 00 00 00 00 02 00 00 00 02 00 06 61 BE 56
55 AA 00 15 FE 00 00 00 00 00 00 00 04 00 10 04 04 00 84 56
AA 55 00 15 00 FE 00 00 00 00 00 00 04 00 10 04 04 00 04 03 00 00 8B 56
55 AA 00 32 FE 00 01 00 00 00 00 00 00 00 00 00 06 00 8C 56
AA 55 00 32 00 FE 01 00 00 00 00 00 00 00 00 00 06 00 05 41 04 02 00 01 D9 56
55 AA 00 15 FE 00 01 00 00 00 01 00 01 00 00 02 01 00 80 EE 56
AA 55 00 15 00 FE 01 00 00 00 01 00 01 00 00 02 00 00 6D 56
55 AA 00 15 FE 00 01 FF FF FF 01 00 01 00 00 02 05 00 80 80 80 80 80 EF 5B
AA 55 00 15 00 FE 01 FF FF FF 01 00 01 00 00 02 00 00 6A 59
55 AA 00 00 FE FF 01 FF FF FF 01 00 01 00 00 02 01 00 80 D5 5A
AA 55 00 00 FF FE 01 FF FF FF 01 00 01 00 00 02 00 00 54 5A
55 AA 00 15 FE 00 01 FF FF FF 01 00 11 00 00 01 01 00 11 8B 59
AA 55 00 15 00 FE 01 FF FF FF 01 00 11 00 00 01 00 00 79 59
55 AA 00 80 FE 00 01 00 FF FF 01 00 00 01 00 02 01 00 FF D6 59
AA 55 00 80 00 FE 01 00 FF FF 01 00 00 01 00 02 00 00 D6 58
55 AA 00 80 FE 00 01 FF FF FF 01 00 00 01 00 02 01 00 FF D5 5A
55 AA 00 80 FE 00 01 FF FF FF 01 00 00 01 00 02 01 00 00 D6 59
55 AA 00 80 FE 00 01 00 FF FF 01 00 02 01 00 02 01 00 FF D8 59
AA 55 00 80 00 FE 01 00 FF FF 01 00 02 01 00 02 00 00 D8 58
55 AA 00 80 FE 00 01 00 FF FF 01 00 01 01 00 02 01 00 02 DA 58
AA 55 00 80 00 FE 01 00 FF FF 01 00 01 01 00 02 00 00 D7 58
55 AA 00 80 FE 00 01 00 FF FF 01 00 01 01 00 02 01 00 00 D8 58
55 AA 00 32 FE 00 01 00 00 00 00 00 00 00 00 0A 02 00 92 56
AA 55 00 32 00 FE 01 00 00 00 00 00 00 00 00 0A 02 00 80 48 5A 57
55 AA 00 32 FE 00 01 00 00 00 00 00 03 00 00 0A 01 00 94 56
AA 55 00 32 00 FE 01 00 00 00 00 00 03 00 00 0A 01 00 A9 3D 57
55 AA 00 16 FE 00 00 00 00 00 00 00 17 00 00 02 01 00 83 56
AA 55 00 16 00 FE 00 00 00 00 00 00 17 00 00 02 01 00 01 84 56
55 AA 00 32 FE 00 00 00 00 00 01 00 23 00 00 02 01 00 05 B1 56
AA 55 00 32 00 FE 00 00 00 00 01 00 23 00 00 02 00 00 AB 56
55 AA 00 5B FE 00 00 00 00 00 00 00 0F 00 00 02 02 00 C1 56
AA 55 00 5B 00 FE 00 00 00 00 00 00 0F 00 00 02 02 00 38 80 79 57
55 AA 00 15 FE 00 02 00 00 00 01 00 00 00 00 06 07 00 00 00 00 00 55 AA 82 F9 57
AA 55 00 15 00 FE 02 00 00 00 01 00 00 00 00 06 00 00 71 56
55 AA 00 15 FE 00 02 00 00 00 00 00 00 00 00 06 07 00 77 56
AA 55 00 15 00 FE 02 00 00 00 00 00 00 00 00 06 07 00 AA 55 82 25 81 00 28 C6 58
AA 55 01 32 00 FE 01 00 00 00 00 00 00 00 00 0A 02 00 93 56
`
  .trim()
  .split('\n')
/** Printed with a checksum that is wrong, and with an error code. */
const REFUSED = `
55 AA 00 32 FE 00 00 00 00 00 00 00 02 00 00 00 02 00 87 56
AA 55 00 5B 00 FE 00 00 00 00 00 00 0F 00 00 02 02 00 38 80 7C 57
AA 55 00 80 00 FE 01 00 00 00 01 00 01 01 00 02 00 00 D7 58
`
  .trim()
  .split('\n')
const sideOf = (frame: string) => (frame.startsWith('55') ? ('request' as const) : ('reply' as const))
const framesOf = (profile: NovastarProfile): readonly string[] =>
  profile.vectors.flatMap((v) =>
    v.kind === 'exchange' ? [v.request, ...(v.reply === null ? [] : [v.reply])] : [v.bytes],
  )

describe('shipped profiles', () => {
  test('all eleven load, and every vector holds both ways', () => {
    let vectors = 0
    for (const profile of profiles) {
      expect(checkVectors(codecOf(profile)), profile.id).toEqual([])
      vectors += profile.vectors.length
    }
    expect(profiles.length).toBe(11)
    expect(vectors).toBe(239)
  })

  test('every published frame is in a profile, is read, and is made again from its meaning', () => {
    const shipped = new Set(profiles.flatMap(framesOf))
    const [first] = profiles
    assert(first, 'a profile')
    const { layout } = codecOf(first)
    for (const frame of PRINTED) {
      expect(shipped.has(frame), frame).toBe(true)
      const decoded = decodeFrame(layout, sideOf(frame), bytesOf(frame))
      assert(decoded.ok, frame)
      expect(toHex(encodeFrame(layout, decoded.value), ' ')).toBe(frame)
    }
    for (const frame of REFUSED) {
      expect(shipped.has(frame), frame).toBe(true)
      expect(decodeFrame(layout, sideOf(frame), bytesOf(frame))).toMatchObject({
        ok: false,
        error: { kind: 'checksum' },
      })
    }
    expect([PRINTED.length, REFUSED.length]).toEqual([41, 3])
  })

  test('all profiles frame alike: the same layout and the same refusals', () => {
    for (const { frame, acks } of profiles)
      expect({ frame, acks }).toEqual({ frame: profiles[0]?.frame, acks: profiles[0]?.acks })
  })

  test('every frame of every vector, cut at every place, is the same frame', () => {
    let cuts = 0
    for (const profile of profiles) {
      const { layout } = codecOf(profile)
      for (const vector of profile.vectors) {
        if (vector.kind === 'refused') continue
        const frames = vector.kind === 'frame' ? [vector.bytes] : [vector.request, vector.reply ?? vector.request]
        for (const frame of frames.map(bytesOf)) {
          const side = frame[0] === 0x55 ? 'request' : 'reply'
          for (let at = 1; at < frame.length; at++) {
            const scanner = createScanner(readerOf(layout, side))
            const found = [...scanner.push(frame.subarray(0, at)), ...scanner.push(frame.subarray(at))]
            expect(found.length === 1 && found[0]?.is === 'frame' && equalBytes(found[0].bytes, frame)).toBe(true)
            cuts += 1
          }
        }
      }
    }
    expect(cuts).toBeGreaterThan(8000)
  })

  test('no two profiles answer to one model id', () => {
    const ids = profiles.flatMap((profile) => profile.modelIds)
    expect(new Set(ids).size).toBe(ids.length)
    expect(profiles.filter((p) => p.modelIds.length === 0).map((p) => p.id)).toEqual([
      'novastar-msd300',
      'novastar-novapro-hd',
    ])
  })
})

describe('simulator', () => {
  test('gives the published reply to every published request', () => {
    let tried = 0
    for (const model of SIM_MODELS) {
      const profile = profiles.find((p) => p.id === `novastar-${model}`)
      assert(profile, model)
      for (const vector of profile.vectors) {
        if (vector.kind !== 'exchange' || vector.source === 'constructed' || vector.reply === null) continue
        const sim = createNovastarSim({ model, cards: 2 })
        const found = concat(...sim.answer(bytesOf(vector.request)))
        expect(toHex(found, ' '), `${model}: ${vector.name}`).toBe(vector.reply)
        tried += 1
      }
    }
    expect(tried).toBeGreaterThan(90)
  })

  test('and the function card gives what the maker prints for its climate sensor', () => {
    const profile = profiles.find((p) => p.id === 'novastar-mfn300')
    const sim = createFunctionCardSim()
    sim.plug(0, { is: 'climate', temperature: 29.3, humidity: null })
    let tried = 0
    for (const vector of profile?.vectors ?? []) {
      if (vector.kind !== 'exchange' || vector.source !== 'manual' || vector.reply === null) continue
      expect(toHex(concat(...sim.answer(bytesOf(vector.request))), ' '), vector.name).toBe(vector.reply)
      tried += 1
    }
    expect(tried).toBe(2)
  })
})
