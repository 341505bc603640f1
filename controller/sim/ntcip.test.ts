import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '#core/base/bytes.ts'
import { profileNamed } from '../families/ntcip/testing.ts'
import { createNtcipSim, SIGN_DEFAULTS } from './ntcip.ts'
import { createSign, type SignValue } from './ntcip-sign.ts'

const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array()

describe('published exchanges', () => {
  test.each([
    ['ntcip-1203', 'udp'],
    ['ntcip-1203-serial', 'pmpp'],
  ] as const)('%s: asked in their order, the sign answers byte for byte', (id, framing) => {
    const sim = createNtcipSim({ framing, community: 'public', unit: 1, now: () => 0 })
    sim.sign.setTemperature(-7, false)
    let answered = 0
    for (const vector of profileNamed(id).vectors) {
      // Those of the standard stand alone; the rest is one conversation with the same sign behind net-snmp.
      const told = vector.source === 'netsnmp' || vector.name.startsWith('Serial: ')
      if (vector.kind !== 'exchange' || !told) continue
      const requests = sim.cutter()(bytesOf(vector.request))
      expect(requests.length).toBe(1)
      const replies = requests.flatMap((request) => sim.answer(request))
      expect(`${vector.name}: ${replies.map((reply) => toHex(reply, ' '))}`).toBe(`${vector.name}: ${vector.reply}`)
      answered += 1
      // The refused ones between them change nothing but the error objects, which the next vector asks for.
      if (vector.command === 'readBlackout' && vector.values?.['blackout'] === true) refusedActivation(sim)
    }
    expect(answered).toBeGreaterThanOrEqual(36)
  })

  test('the short error status and the refused activation of the facts', () => {
    const sim = createNtcipSim({ framing: 'udp', community: 'public', unit: 0, now: () => 0 })
    const ask = (hex: string) => sim.answer(bytesOf(hex)).map((reply) => toHex(reply, ' '))
    const vectors = profileNamed('ntcip-1203').vectors
    const status = vectors.find((vector) => vector.name === 'Short error status 0')
    if (status?.kind !== 'exchange') throw new Error('no vector')
    expect(ask(status.request)).toEqual([status.reply])
    const activation = vectors.find((vector) => vector.name.startsWith('The official'))
    const refusal = vectors.find((vector) => vector.name.startsWith('The same, refused'))
    if (activation?.kind !== 'exchange' || refusal?.kind !== 'refused') throw new Error('no vector')
    expect(ask(activation.request)).toEqual([refusal.bytes])
  })
})

/** Row 1 with priority 200 while blank 255 is shown. */
const refusedActivation = (sim: ReturnType<typeof createNtcipSim>): void => {
  const crc = sim.sign.get(`${ROW}5.3.1`)
  const number = crc?.type === 'integer' ? crc.value : 0
  const code = Uint8Array.from([255, 255, 200, 3, 0, 1, number >> 8, number & 255, 0, 0, 0, 0])
  expect(sim.sign.test(`${DMS}6.3.0`, { type: 'octets', value: code })).toBe(5)
}

const DMS = '1.3.6.1.4.1.1206.4.2.3.'
const ROW = `${DMS}5.8.1.`

/** A sign with its own clock and short words for what the tests do. */
const bench = () => {
  let now = 1_000_000
  const sign = createSign({ ...SIGN_DEFAULTS, now: () => now })
  const integer = (value: number): SignValue => ({ type: 'integer', value })
  const octets = (value: readonly number[]): SignValue => ({ type: 'octets', value: Uint8Array.from(value) })
  const set = (oid: string, value: SignValue): number => {
    const status = sign.test(oid, value)
    if (status === 0) sign.commit(oid, value)
    return status
  }
  const get = (place: string): number => {
    const value = sign.get(place.startsWith('1.3') ? place : `${DMS}${place}`)
    return value?.type === 'integer' ? value.value : Number.NaN
  }
  const crcOf = (memory: number, number: number): number => get(`${ROW}5.${memory}.${number}`)
  return {
    sign,
    set,
    get,
    pass: (minutes: number) => {
      now += minutes * 60_000
    },
    scalar: (place: string, value: number) => set(`${DMS}${place}`, integer(value)),
    /** Writes and validates a row; gives its status. */
    row: (memory: number, number: number, text: string, priority: number): number => {
      const at = `${memory}.${number}`
      set(`${ROW}9.${at}`, integer(6))
      set(`${ROW}3.${at}`, octets([...new TextEncoder().encode(text)]))
      set(`${ROW}8.${at}`, integer(priority))
      set(`${ROW}9.${at}`, integer(7))
      return get(`${ROW}9.${at}`)
    },
    activate: (memory: number, number: number, of: { priority: number; minutes: number; crc?: number }): number => {
      const crc = of.crc ?? crcOf(memory, number)
      const code = [
        of.minutes >> 8,
        of.minutes & 255,
        of.priority,
        memory,
        number >> 8,
        number & 255,
        crc >> 8,
        crc & 255,
      ]
      return set(`${DMS}6.3.0`, octets([...code, 10, 0, 0, 7]))
    },
    fallback: (object: number, memory: number, number: number) => {
      const crc = memory === 5 || memory === 7 ? 0 : crcOf(memory, number)
      return set(`${DMS}6.${object}.0`, octets([memory, 0, number, crc >> 8, crc & 255]))
    },
    error: () => get('6.17.0'),
    text: () => sign.state().text,
  }
}
const ENDLESS = 65_535

describe('priorities (rules 1 to 4)', () => {
  test('the activation priority must reach the run-time priority of what is shown; equal wins', () => {
    const b = bench()
    expect([b.row(3, 1, 'LOW', 10), b.row(3, 2, 'HIGH', 200)]).toEqual([4, 4])
    expect(b.activate(3, 2, { priority: 1, minutes: ENDLESS })).toBe(0)
    expect([b.activate(3, 1, { priority: 199, minutes: ENDLESS }), b.error(), b.text()]).toEqual([5, 3, 'HIGH'])
    expect(b.get('9.7.1.0') & (1 << 7)).toBe(1 << 7)
    expect([b.activate(3, 1, { priority: 200, minutes: ENDLESS }), b.error(), b.text()]).toEqual([0, 2, 'LOW'])
    expect(b.get('9.7.1.0')).toBe(0)
    expect(b.activate(3, 2, { priority: 10, minutes: ENDLESS })).toBe(0)
  })

  test('every check has its own error, and nothing changes on the screen', () => {
    const b = bench()
    b.row(3, 1, 'SHOWN', 10)
    b.activate(3, 1, { priority: 255, minutes: ENDLESS })
    const all = { priority: 255, minutes: ENDLESS }
    b.sign.setControlSwitch(2)
    expect([b.activate(3, 1, all), b.error()]).toEqual([5, 9])
    b.sign.setControlSwitch(4)
    expect([b.activate(9, 1, all), b.error()]).toEqual([5, 5])
    expect([b.activate(3, 99, { ...all, crc: 0 }), b.error()]).toEqual([5, 6])
    expect([b.activate(3, 1, { ...all, crc: 1 }), b.error()]).toEqual([5, 7])
    b.set(`${ROW}9.3.1`, { type: 'integer', value: 6 })
    expect([b.activate(3, 1, { ...all, crc: 0 }), b.error()]).toEqual([5, 4])
    expect([b.sign.activateLocally(3, 1), b.error(), b.text()]).toEqual([false, 10, 'SHOWN'])
    expect(b.row(3, 3, '[zz]', 1)).toBe(5)
    expect(b.row(3, 3, 'A[nl]B[nl]C[nl]D', 1)).toBe(5)
    expect(b.get('6.18.0')).toBe(5)
  })

  test('a row may be written while it is shown; blank n is guarded by n', () => {
    const b = bench()
    b.row(3, 1, 'OLD', 10)
    b.activate(3, 1, { priority: 10, minutes: ENDLESS })
    expect([b.row(3, 1, 'NEW', 99), b.text(), b.sign.state().priority]).toEqual([4, 'OLD', 10])
    expect([b.activate(7, 200, { priority: 10, minutes: ENDLESS }), b.text()]).toEqual([0, ''])
    expect(b.activate(3, 1, { priority: 199, minutes: ENDLESS })).toBe(5)
    expect(b.activate(3, 1, { priority: 200, minutes: ENDLESS })).toBe(0)
    for (const number of [1, 17, 255])
      expect([b.get(`${ROW}8.7.${number}`), b.get(`${ROW}5.7.${number}`)]).toEqual([number, 0])
  })

  test('text is written only into an open row, and only ours', () => {
    const b = bench()
    const text: SignValue = { type: 'octets', value: Uint8Array.of(65) }
    expect([b.set(`${ROW}3.3.1`, text), b.set(`${ROW}3.7.1`, text), b.set(`${ROW}3.3.9`, text)]).toEqual([5, 5, 2])
  })
})

describe('time (rules 6 to 9)', () => {
  test('minutes are rounded up, kept to the second, written longer and shorter', () => {
    const b = bench()
    b.row(3, 1, 'A', 10)
    b.activate(3, 1, { priority: 255, minutes: 2 })
    b.pass(0.5)
    expect(b.get('6.4.0')).toBe(2)
    b.scalar('6.4.0', 10)
    b.pass(9.9)
    expect([b.get('6.4.0'), b.text()]).toEqual([1, 'A'])
    b.pass(0.1)
    expect([b.text(), b.sign.state().mode, b.sign.state().source.memory]).toEqual(['', 14, 7])
  })

  test('time remaining 0 brings the end-duration message at once, whatever its priority; an invalid one is blank 1', () => {
    const b = bench()
    b.row(3, 1, 'BACK', 5)
    b.fallback(15, 3, 1)
    b.activate(7, 255, { priority: 255, minutes: ENDLESS })
    b.scalar('6.4.0', 0)
    expect([b.text(), b.sign.state().mode, b.get('6.4.0'), b.sign.state().requester]).toEqual([
      'BACK',
      14,
      ENDLESS,
      '127.0.0.1',
    ])
    b.row(3, 1, 'CHANGED', 5)
    b.scalar('6.4.0', 0)
    expect([b.text(), b.sign.state().source, b.error()]).toEqual(['', { memory: 7, number: 1, crc: 0 }, 7])
  })

  test('communications loss: after the minutes without a word, not in local control, and it stays', () => {
    const b = bench()
    b.row(3, 1, 'WARNING', 255)
    b.activate(3, 1, { priority: 255, minutes: ENDLESS })
    b.scalar('6.13.0', 5)
    b.fallback(12, 7, 1)
    b.pass(4)
    b.sign.heard()
    b.pass(4.9)
    expect(b.text()).toBe('WARNING')
    b.pass(0.2)
    expect([b.text(), b.sign.state().mode]).toEqual(['', 12])
    b.sign.heard()
    expect(b.text()).toBe('')
    b.activate(3, 1, { priority: 255, minutes: ENDLESS })
    b.sign.setControlSwitch(2)
    b.pass(60)
    expect(b.text()).toBe('WARNING')
    b.sign.setControlSwitch(5)
    b.pass(4.9)
    expect(b.text()).toBe('WARNING')
    b.pass(0.2)
    expect(b.text()).toBe('')
  })

  test('a fallback of “current buffer” keeps the message with the time it has left', () => {
    const b = bench()
    b.row(3, 1, 'KEPT', 50)
    b.fallback(12, 5, 1)
    b.scalar('6.13.0', 5)
    b.activate(3, 1, { priority: 255, minutes: 20 })
    b.pass(6)
    expect([b.text(), b.get('6.4.0')]).toEqual(['KEPT', 14])
    b.pass(14)
    expect(b.text()).toBe('')
  })
})

describe('power, reset, heat, schedule (rules 5, 10 to 13)', () => {
  test('short and long power losses; what was volatile is gone', () => {
    const b = bench()
    b.row(3, 1, 'SHORT', 5)
    b.row(3, 2, 'LONG', 5)
    b.row(4, 1, 'VOLATILE', 5)
    b.fallback(8, 3, 1)
    b.fallback(9, 3, 2)
    b.sign.outage(1)
    expect([b.text(), b.sign.state().mode]).toEqual(['LONG', 10])
    b.scalar('6.10.0', 30)
    b.sign.outage(29)
    expect(b.text()).toBe('SHORT')
    b.sign.outage(30)
    expect([b.text(), b.get(`${ROW}9.4.1`)]).toEqual(['LONG', 1])
    b.fallback(9, 5, 1)
    b.activate(3, 1, { priority: 255, minutes: 10 })
    b.sign.outage(120)
    expect([b.text(), b.get('6.4.0')]).toEqual(['SHORT', 8])
    b.sign.outage(600)
    expect([b.text(), b.sign.state().mode]).toEqual(['', 14])
  })

  test('reset and battery have their messages', () => {
    const b = bench()
    b.row(3, 1, 'RESET', 5)
    b.row(3, 2, 'BATTERY', 5)
    b.fallback(11, 3, 1)
    b.fallback(14, 3, 2)
    expect([b.scalar('6.2.0', 1), b.text(), b.sign.state().mode, b.get('6.2.0')]).toEqual([0, 'RESET', 11, 0])
    b.sign.onBattery()
    expect([b.text(), b.sign.state().mode]).toEqual(['BATTERY', 13])
  })

  test('critical temperature puts the light out, takes activations and shows them afterwards', () => {
    const b = bench()
    b.row(3, 1, 'HOT', 5)
    b.scalar('7.1.0', 5)
    b.scalar('7.6.0', 12)
    b.sign.setTemperature(75, true)
    expect([b.activate(3, 1, { priority: 255, minutes: ENDLESS }), b.get('7.5.0'), b.get('9.7.1.0')]).toEqual([
      0,
      0,
      1 << 11,
    ])
    b.sign.setTemperature(50, false)
    expect([b.get('7.5.0'), b.text()]).toEqual([12, 'HOT'])
  })

  test('the schedule row’s priority overrides that of its message', () => {
    const b = bench()
    b.row(3, 1, 'PLAN', 5)
    b.sign.schedule(3, 1)
    b.set(`${ROW}8.6.1`, { type: 'integer', value: 77 })
    expect(b.activate(6, 1, { priority: 255, minutes: ENDLESS })).toBe(0)
    expect(b.sign.state()).toMatchObject({ text: 'PLAN', priority: 77, mode: 9, source: { memory: 3, number: 1 } })
  })
})

describe('on the wire', () => {
  const sim = () => createNtcipSim({ framing: 'pmpp', community: 'b1', unit: 100, now: () => 0 })
  test('another unit, another community and broken frames get no answer', () => {
    const right = createNtcipSim({ framing: 'pmpp', community: 'public', unit: 100, now: () => 0 })
    const vector = profileNamed('ntcip-1203-serial').vectors.find(
      (one) => one.kind === 'exchange' && one.address['unit'] === 100,
    )
    if (vector?.kind !== 'exchange') throw new Error('no vector')
    const frame = bytesOf(vector.request)
    expect(right.answer(frame).map((reply) => toHex(reply, ' '))).toEqual([vector.reply])
    expect(sim().answer(frame)).toEqual([])
    expect(createNtcipSim({ framing: 'pmpp', community: 'public', unit: 99, now: () => 0 }).answer(frame)).toEqual([])
    for (let cut = 0; cut < frame.length; cut++) expect(right.answer(frame.subarray(0, cut))).toEqual([])
  })

  test('requests are cut out of any chunks', () => {
    const vector = profileNamed('ntcip-1203').vectors.find((one) => one.kind === 'exchange')
    if (vector?.kind !== 'exchange') throw new Error('no vector')
    const request = bytesOf(vector.request)
    const cut = createNtcipSim({ framing: 'udp', community: 'public', unit: 0, now: () => 0 }).cutter()
    const found = [...Uint8Array.of(1, 2, 3), ...request, ...request].flatMap((byte) => cut(Uint8Array.of(byte)))
    expect(found.map((one) => toHex(one, ' '))).toEqual([vector.request, vector.request])
  })
})
