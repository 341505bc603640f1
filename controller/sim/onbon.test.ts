import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { concat, fromHex, toHex } from '#core/base/bytes.ts'
import { assert } from '#core/base/result.ts'
import { createOnbonSim, type OnbonSim } from './onbon.ts'

const NOW = Date.UTC(2026, 10, 22, 18, 30, 45)
const card = (screen = 1, programs: readonly string[] = []): OnbonSim =>
  createOnbonSim({ screen, deviceType: 0x51, now: () => NOW, programs })

const send = (sim: OnbonSim, hex: string): readonly string[] => {
  const bytes = fromHex(hex)
  assert(bytes, 'hex')
  return sim
    .cutter()(bytes)
    .flatMap((request) => sim.answer(request).map((reply) => toHex(reply, ' ')))
}

const HEAD = 'A5 A5 A5 A5 A5 A5 A5 A5'
const PING = `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A2 00 01 00 00 68 F8 5A`
const STATUS = `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A1 02 01 00 00 2D 40 5A`
const CLEAR = `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A3 10 01 00 00 51 F8 5A`
const DELETE = `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 07 00 A3 06 01 02 00 FF 00 67 CC 5A`
const TEXT = `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 32 00 A3 06 01 2D 00 00 01 29 00 00 00 00 00 00 18 00 20 00 00 00 00 02 00 00 00 00 02 02 03 00 04 05 0E 00 00 00 30 31 32 33 34 35 51 52 53 54 54 56 27 42 A8 7D 5A`
const ON = `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 06 00 A3 00 01 01 00 01 28 2A 5A`
const OFF = `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 06 00 A3 00 01 01 00 02 68 2B 5A`
const ACK = `${HEAD} 00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 64 DC 5A`
const BUSY = `${HEAD} 00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 01 03 00 00 95 20 5A`

describe('the simulated card and the published frames', () => {
  it('gives the published reply to every published request', () => {
    const sim = card()
    for (const request of [PING, CLEAR, DELETE, TEXT, ON, OFF]) expect(send(sim, request)).toEqual([ACK])
    sim.busy(1)
    expect(send(sim, PING)).toEqual([BUSY])
    expect(send(sim, PING)).toEqual([ACK])
    expect(send(sim, STATUS)[0]?.startsWith(`${HEAD} 00 80 01 00`)).toBe(true)
  })

  it('does what the frames say', () => {
    const sim = card()
    send(sim, TEXT)
    expect(sim.state().areas).toMatchObject([
      { id: 0, widthPixels: 192, heightPixels: 32, runMode: 0, timeoutSeconds: 2 },
    ])
    expect(sim.state().showing).toBe('areas')
    send(sim, OFF)
    expect(sim.state().showing).toBe('dark')
    send(sim, ON)
    send(sim, DELETE)
    expect(sim.state().showing).toBe('nothing')
    send(sim, TEXT)
    sim.powerCycle()
    expect(sim.state().areas).toEqual([])
  })

  it('answers every exchange of the profiles as they say, with the state that goes with it', () => {
    let checked = 0
    for (const id of ['onbon-bx5k', 'onbon-bx5mk', 'onbon-bx6k']) {
      const url = new URL(`../../firmware-profiles/${id}.json`, import.meta.url)
      const vectors = JSON.parse(readFileSync(url, 'utf8')).vectors
      for (const vector of vectors) {
        // Two replies belong to cards of another kind than this one: another type byte, and a short status.
        if (vector.kind !== 'exchange' || /says what it is|tells only|query status/.test(vector.name)) continue
        const sim = card(vector.address.screen === 0x5aa5 ? 0x5aa5 : 1, ['P000'])
        if (/^status: on/.test(vector.name)) prepareStatus(sim)
        expect(send(sim, vector.request), `${id}: ${vector.name}`).toEqual(vector.reply === null ? [] : [vector.reply])
        checked++
      }
    }
    expect(checked).toBe(3 * 15)
  })
})

/** Brightness 8, two areas. */
const prepareStatus = (sim: OnbonSim): void => {
  const brightness = `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 07 00 A3 02 01 02 00 01 08 FF FF 5A`
  expect(send(sim, brightness)).toEqual([ACK])
  const second = `${TEXT.slice(0, -8)}FF FF 5A`.replace('20 00 00 00 00 02', '20 00 01 00 00 02')
  for (const text of [TEXT, second]) expect(send(sim, text)).toEqual([ACK])
}

describe('the simulated card is an honest opponent', () => {
  it('is silent to other screens, to broadcasts and when no reply is wanted, but obeys the last two', () => {
    const everyone = `${HEAD} FE FF 00 80 00 00 00 00 00 00 FE 02 06 00 A3 00 02 00 00 02 FF FF 5A`
    const quiet = `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 06 00 A3 00 02 00 00 02 FF FF 5A`
    for (const request of [everyone, quiet]) {
      const sim = card()
      expect(send(sim, request)).toEqual([])
      expect(sim.state().on).toBe(false)
    }
    const other = card(2)
    expect(send(other, OFF)).toEqual([])
    expect(other.state().on).toBe(true)
  })

  it('refuses what is wrong with the maker’s numbers', () => {
    const errors: readonly (readonly [string, string, number])[] = [
      ['a wrong checksum', `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A2 00 01 00 00 69 F8 5A`, 5],
      ['another kind of card', `${HEAD} 01 00 00 80 00 00 00 00 00 00 61 02 05 00 A2 00 01 00 00 FF FF 5A`, 13],
      ['an unknown group', `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 05 00 B2 00 01 00 00 FF FF 5A`, 1],
      ['an unknown command', `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A2 77 01 00 00 FF FF 5A`, 2],
      [
        'no date',
        `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 0D 00 A2 03 01 08 00 26 20 02 30 18 30 00 07 FF FF 5A`,
        14,
      ],
      ['a cut area', `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 09 00 A3 06 01 04 00 00 01 29 00 FF FF 5A`, 4],
    ]
    for (const [name, request, code] of errors) {
      const [reply] = send(card(), request)
      const refused = `A0 01 ${code.toString(16).toUpperCase().padStart(2, '0')}`
      expect(reply?.includes(refused), `${name}: ${reply}`).toBe(true)
    }
    expect(errors.length).toBe(6)
  })

  it('cuts requests out of any chunks and noise, and holds no more than its buffer', () => {
    const ping = fromHex(PING)
    assert(ping, 'hex')
    const stream = concat(Uint8Array.of(1, 2, 0xa5, 0xa5, 3), ping, ping, Uint8Array.of(0xa5), ping)
    for (let size = 1; size < 40; size++) {
      const cut = card().cutter()
      const found: Uint8Array[] = []
      for (let at = 0; at < stream.length; at += size) found.push(...cut(stream.subarray(at, at + size)))
      expect(found.map((one) => toHex(one, ' '))).toEqual([PING, PING, PING])
    }
    const cut = card().cutter()
    const long = new Uint8Array(5000).fill(0x33)
    long.fill(0xa5, 0, 8)
    expect(cut(long)).toEqual([])
    expect(cut(ping).length).toBe(1)
  })

  it('loses its programs to a reset, which is why we never send one', () => {
    const sim = card(1, ['P000', 'P001'])
    expect(sim.state().programs.length).toBe(2)
    send(sim, `${HEAD} 01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A2 01 01 00 00 FF FF 5A`)
    expect(sim.state().programs).toEqual([])
  })

  it('can lie, refuse and spoil a reply', () => {
    const sim = card()
    sim.lie(true)
    expect(send(sim, OFF)).toEqual([ACK])
    expect(sim.state().on).toBe(true)
    const [ack, ping] = [fromHex(ACK), fromHex(PING)]
    assert(ack && ping, 'hex')
    expect(toHex(sim.spoil(ack), ' ')).toBe(ACK.replace('64 DC', '64 DD'))
    expect(toHex(sim.refuse(ping, 3) ?? new Uint8Array(), ' ')).toBe(BUSY)
  })
})
