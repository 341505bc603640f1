import { describe, expect, test } from 'vitest'
import { createRequestCutter, sealed, sumOf } from './display.ts'
import { type CardHealth, HEALTHY, healthBlock, MONITORED } from './health.ts'
import { createFunctionCardSim, createNovastarSim, type NovastarSim } from './novastar.ts'
import { SIM_MODELS } from './registers.ts'

type Place = { readonly type: number; readonly port: number; readonly board: number }
const SENDER: Place = { type: 0, port: 0, board: 0 }
const card = (port: number, board: number): Place => ({ type: 1, port, board })
const EVERY_CARD = card(0xff, 0xffff)

const request = (at: Place, register: number, of: { read: number } | { write: readonly number[] }, destination = 0) => {
  const le = (value: number, bytes: number) =>
    Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256)
  const data = 'write' in of ? of.write : []
  const length = 'write' in of ? of.write.length : of.read
  const place = [at.type, at.port, ...le(at.board, 2), 'write' in of ? 1 : 0, 0]
  return sealed([0x55, 0xaa, 0, 7, 0xfe, destination, ...place, ...le(register, 4), ...le(length, 2), ...data])
}
/** ACK and data of the one reply. */
const ask = (sim: Pick<NovastarSim, 'answer'>, frame: Uint8Array) => {
  const [reply, ...more] = sim.answer(frame)
  expect(more).toEqual([])
  return { ack: reply?.[2], data: Array.from(reply?.subarray(18, -2) ?? []) }
}
const cardsOn = (sim: NovastarSim, port: number): number => {
  let n = 0
  while (n < 300 && ask(sim, request(card(port, n), 0, { read: 6 })).ack === 0) n += 1
  return n
}

describe('cascade', () => {
  test('cards hang on several outputs and are counted until ACK 01', () => {
    const sim = createNovastarSim({ model: 'mctrl660', cards: [3, 0, 200, 1] })
    expect([0, 1, 2, 3, 4].map((port) => cardsOn(sim, port))).toEqual([3, 0, 200, 1, 0])
    expect(sim.state().cards).toBe(204)
  })
  test('a pulled cable takes its card and all after it away; they keep what they had', () => {
    const sim = createNovastarSim({ model: 'mctrl300', cards: [4, 2] })
    const seen: number[] = []
    sim.onChange((state) => seen.push(state.cards))
    const dim = (value: number) => ask(sim, request(EVERY_CARD, 0x02000001, { write: [value] }))
    dim(0x40)
    sim.cut({ output: 0, card: 2 })
    expect([cardsOn(sim, 0), cardsOn(sim, 1)]).toEqual([2, 2])
    expect(dim(0x80)).toEqual({ ack: 0, data: [] })
    sim.cut({ output: 0, card: 3 })
    expect(cardsOn(sim, 0)).toBe(2)
    sim.join(0)
    expect(cardsOn(sim, 0)).toBe(4)
    const brightness = [0, 1, 2, 3].map((n) => ask(sim, request(card(0, n), 0x02000001, { read: 1 })).data[0])
    expect(brightness).toEqual([0x80, 0x80, 0x40, 0x40])
    expect(seen).toEqual([6, 4, 4, 6])
  })
  test('one output or one card alone', () => {
    const sim = createNovastarSim({ model: 'mctrl300', cards: [2, 2] })
    ask(sim, request(card(1, 0xffff), 0x02000100, { write: [0xff] }))
    ask(sim, request(card(0, 1), 0x02000102, { write: [0xff] }))
    const three = (port: number, board: number) => ask(sim, request(card(port, board), 0x02000100, { read: 3 })).data
    expect([three(0, 0), three(0, 1), three(1, 0), three(1, 1)]).toEqual([
      [0, 0, 0],
      [0, 0, 255],
      [255, 0, 0],
      [255, 0, 0],
    ])
    // One write of three zeros is how others clear all of it.
    ask(sim, request(EVERY_CARD, 0x02000100, { write: [0, 0, 0] }))
    expect([three(0, 1), three(1, 0)]).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ])
  })
})

describe('refusals', () => {
  const sim = createNovastarSim({ model: 'mctrl300', cards: 1 })
  test('unknown registers are ACK 04, whole blocks too, and nothing of them is done', () => {
    const unknown = [
      request(SENDER, 0x77000000, { read: 1 }),
      request(SENDER, 0x0200000e, { read: 2 }),
      request(SENDER, 0x02000017, { write: [0] }),
      request(card(0, 0), 0x02000102, { write: [0xff, 0xff] }),
      request(card(0, 0), 0x0a0000ff, { read: 2 }),
      request(EVERY_CARD, 0x02000001, { read: 1 }),
    ]
    for (const frame of unknown) expect(ask(sim, frame)).toEqual({ ack: 4, data: [] })
    expect(unknown.length).toBe(6)
    expect(sim.state().freeze).toBe(false)
  })
  test('nobody there is ACK 01: another sender, another card, another kind of device', () => {
    const away = [
      request(SENDER, 2, { read: 2 }, 1),
      request(card(0, 1), 0, { read: 6 }),
      request(card(9, 0), 0, { read: 6 }),
      request({ type: 2, port: 1, board: 0 }, 2, { read: 2 }),
      request({ type: 3, port: 0, board: 0 }, 2, { read: 2 }),
    ]
    expect(away.map((frame) => ask(sim, frame).ack)).toEqual([1, 1, 1, 1, 1])
  })
  test('refuse and spoil keep the form of the protocol', () => {
    const asked = request(card(0, 0), 0x02000001, { read: 1 })
    const refused = sim.refuse(asked, 4) ?? new Uint8Array()
    expect(Array.from(refused.subarray(0, 8))).toEqual([0xaa, 0x55, 4, 7, 0, 0xfe, 1, 0])
    const right = (frame: Uint8Array) =>
      sumOf(frame.subarray(2, -2)) === (frame.at(-2) ?? 0) + (frame.at(-1) ?? 0) * 256
    expect(right(refused)).toBe(true)
    const [reply] = sim.answer(asked)
    expect(reply && [right(reply), right(sim.spoil(reply))]).toEqual([true, false])
  })
})

describe('memory', () => {
  test('store keeps brightness over a power cut, never black, pattern or freeze; it is counted', () => {
    const sim = createNovastarSim({ model: 'mctrl300', cards: 2 })
    ask(sim, request(EVERY_CARD, 0x02000001, { write: [0x80] }))
    ask(sim, request(EVERY_CARD, 0x02000100, { write: [0xff, 2, 0xff] }))
    sim.powerCycle()
    expect(sim.state()).toMatchObject({
      brightness: 100,
      blackout: false,
      testPattern: 'none',
      freeze: false,
      stores: 0,
    })
    ask(sim, request(EVERY_CARD, 0x02000001, { write: [0x80] }))
    ask(sim, request(EVERY_CARD, 0x01000011, { write: [0x11] }))
    ask(sim, request(EVERY_CARD, 0x02000001, { write: [0x10] }))
    sim.powerCycle()
    expect(sim.state()).toMatchObject({
      brightness: 50,
      storedBrightness: 50,
      stores: 2,
      factoryResets: 0,
      forbiddenWrites: 2,
    })
    ask(sim, request(SENDER, 0x01000002, { write: [1] }))
    expect(sim.state()).toMatchObject({ factoryResets: 1, forbiddenWrites: 3 })
  })
  test('a liar says yes and does nothing', () => {
    const sim = createNovastarSim({ model: 'mctrl300', cards: 1 })
    sim.lie(true)
    expect(ask(sim, request(EVERY_CARD, 0x02000100, { write: [0xff] }))).toEqual({ ack: 0, data: [] })
    expect(sim.state().blackout).toBe(false)
    sim.lie(false)
    ask(sim, request(EVERY_CARD, 0x02000100, { write: [0xff] }))
    expect(sim.state().blackout).toBe(true)
  })
  test('every model says another id, and has an input and a mode of its own or none', () => {
    const ids = SIM_MODELS.map((model) =>
      ask(createNovastarSim({ model, cards: 1 }), request(SENDER, 2, { read: 2 })).data.join(' '),
    )
    expect(new Set(ids).size).toBe(10)
    const inputs = SIM_MODELS.map((model) => createNovastarSim({ model, cards: 1 }).state().input)
    expect(inputs).toEqual(['dvi', 'dvi', 'dvi', 'dvi', 'dvi', 'dvi', 'hdmi', 'none', 'none', 'none'])
    const vx = createNovastarSim({ model: 'vx600', cards: 1 })
    const modes = [
      [5, 0],
      [4, 0],
      [6, 2],
      [3, 0],
    ].map((write) => {
      ask(vx, request(SENDER, 0x13000004, { write }))
      return vx.state().mode
    })
    expect(modes).toEqual(['black', 'freeze', 'pattern', 'normal'])
  })
})

describe('sensors', () => {
  test('light and signal of the sender', () => {
    const sim = createNovastarSim({ model: 'mctrl300', cards: 1 })
    const light = () => ask(sim, request(SENDER, 0x0200000f, { read: 2 })).data
    expect(light()).toEqual([0x38, 0x80])
    sim.setLight(5000)
    expect(light()).toEqual([2500 % 256, 0x80 + Math.floor(2500 / 256)])
    sim.setLight(null)
    expect(light()).toEqual([0, 0])
    const inputs = () => [0x02000017, 0x0200004d].map((at) => ask(sim, request(SENDER, at, { read: 1 })).data[0])
    expect(inputs()).toEqual([1, 4])
    ask(sim, request(SENDER, 0x02000023, { write: [0x05] }))
    expect(inputs()).toEqual([1, 2])
    sim.setSignal(false)
    expect(inputs()).toEqual([0, 0])
  })
  test('the monitoring block lies as the maker lists it', () => {
    const block = (health: Partial<CardHealth>) => healthBlock({ ...HEALTHY, ...health })
    expect(Array.from(block({}).subarray(0, 4))).toEqual([0x80, 0x48, 0, 0xa9])
    expect(Array.from(block({ temperature: -10, humidity: 55, voltage: null }).subarray(0, 4))).toEqual([
      0x81, 20, 0xb7, 0,
    ])
    expect(
      block({})
        .subarray(4)
        .every((byte) => byte === 0),
    ).toBe(true)
    const monitor = block({ monitor: { ...MONITORED, smoke: true, doors: [true, true], ribbon: true } })
    expect([0x20, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2d, 0x2f, 0x30, 0x32, 0x41].map((at) => monitor[at])).toEqual([
      0xff,
      0x80,
      80,
      0xb7,
      0x81,
      0x80 + 24,
      0,
      0x80 + 50,
      0x80 + 49,
      0,
      3,
    ])
    expect(monitor.subarray(0x42, 0x52).some((byte) => byte !== 0)).toBe(true)
  })
  test('a function card behind a sender is device type 02 on output 0', () => {
    const sim = createNovastarSim({ model: 'mctrl300', cards: 1 })
    sim.functionCard.plug(1, { is: 'climate', temperature: 29.3, humidity: null })
    const at: Place = { type: 2, port: 0, board: 0 }
    expect(ask(sim, request(at, 2, { read: 2 })).data).toEqual([1, 0x81])
    ask(sim, request(at, 0x06000000, { write: [1, 0, 0, 0, 0x55, 0xaa, 0x82] }))
    expect(ask(sim, request(at, 0x06000000, { read: 7 })).data).toEqual([0xaa, 0x55, 0x82, 0x25, 0x81, 0, 0x28])
    // Another socket has nothing: the old answer is not kept.
    ask(sim, request(at, 0x06000000, { write: [0, 0, 0, 0, 0x55, 0xaa, 0x82] }))
    expect(ask(sim, request(at, 0x06000000, { read: 7 })).data).toEqual([0, 0, 0, 0, 0, 0, 0])
  })
  test('a function card alone: relays as type 00, zero is on; the rest as type 02', () => {
    const sim = createFunctionCardSim()
    expect(sim.relays().some(Boolean)).toBe(false)
    expect(ask(sim, request(SENDER, 0x05000013, { write: [0] })).ack).toBe(0)
    expect(sim.relays()).toEqual([false, false, false, true, false, false, false, false])
    expect(ask(sim, request(SENDER, 0x05000010, { read: 8 })).data).toEqual([1, 1, 1, 0, 1, 1, 1, 1])
    expect(ask(sim, request(SENDER, 0x05000017, { write: [0, 0] })).ack).toBe(4)
    expect(ask(sim, request({ type: 2, port: 0, board: 0 }, 0x05000010, { read: 1 })).ack).toBe(4)
    sim.lie(true)
    ask(sim, request(SENDER, 0x05000010, { write: [0] }))
    expect(sim.relays()[0]).toBe(false)
    sim.powerCycle()
    expect(sim.relays().some(Boolean)).toBe(false)
  })
})

test('a cutter never holds more than one frame, whatever comes', () => {
  const cut = createRequestCutter()
  const endless = request(EVERY_CARD, 0x02000001, { write: Array.from({ length: 256 }, () => 1) })
  expect(cut(endless).length).toBe(1)
  const long = endless.slice()
  long[16] = 1
  expect(cut(long)).toEqual([])
  expect(cut(request(SENDER, 2, { read: 2 })).length).toBe(1)
})
