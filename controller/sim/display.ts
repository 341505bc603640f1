import { type CardRegisters, cardRegisters, type SenderRegisters, type SimModel, senderRegisters } from './registers.ts'

/** State as meaning. Where cards differ, the first card’s value. Brightness in percent, rounded. */
export type SimState = {
  readonly brightness: number
  readonly storedBrightness: number
  readonly blackout: boolean
  readonly testPattern: string
  readonly freeze: boolean
  readonly input: string
  readonly powerCycles: number
  readonly cards: number
  readonly requests: number
  /** Writes to store and factory reset that arrived. A driver of ours never sends one. */
  readonly forbiddenWrites: number
}

/**
 * A NovaStar sender that isn't there: registers, receiving cards, a power switch. Framing is written here by hand
 * from the
 * maker's document (RS232 V1.9) and shares no code with `wire/` or with the profiles, so that an error there cannot
 * hide here.
 */
export type SimDisplay = {
  /** One whole request frame → the reply, or null for a frame that deserves none. */
  readonly answer: (request: Uint8Array) => Uint8Array | null
  readonly state: () => SimState
  /** Power off and on: what was not stored is lost. */
  readonly powerCycle: () => void
  readonly setSignal: (present: boolean) => void
  readonly onChange: (listener: (state: SimState) => void) => () => void
}

const PATTERNS = 'none none red green blue white horizontal vertical diagonal grey aging'.split(' ')
const INPUTS: ReadonlyMap<number, string> = new Map([
  [0x58, 'dvi'],
  [0x61, 'dual-dvi'],
  [0x05, 'hdmi'],
  [0x01, 'sdi'],
  [0x5f, 'dp'],
  [0x5a, 'hdmi14'],
])
const VISIBLE = ['brightness', 'blackout', 'testPattern', 'freeze', 'input', 'powerCycles'] as const

export const createSimDisplay = (options: { model: SimModel; cards: number }): SimDisplay => {
  const cards = Array.from({ length: options.cards }, cardRegisters)
  const sender = senderRegisters(options.model)
  const listeners = new Set<(state: SimState) => void>()
  let powerCycles = 0
  let requests = 0

  const state = (): SimState => {
    const picture = (cards[0] ?? cardRegisters()).picture()
    const input = sender.input()
    return {
      brightness: Math.round((picture.brightness * 100) / 255),
      storedBrightness: Math.round((picture.stored * 100) / 255),
      blackout: picture.kill === 0xff,
      testPattern: PATTERNS[picture.pattern] ?? `code ${picture.pattern}`,
      freeze: picture.freeze === 0xff,
      input: INPUTS.get(input) ?? `code ${input}`,
      powerCycles,
      cards: cards.length,
      requests,
      forbiddenWrites: cards.reduce((sum, card) => sum + card.forbidden(), sender.forbidden()),
    }
  }
  const changing = <T>(act: () => T): T => {
    const before = state()
    const result = act()
    const after = state()
    if (VISIBLE.some((key) => before[key] !== after[key])) for (const listener of [...listeners]) listener(after)
    return result
  }
  return {
    state,
    answer: (request) => {
      if (request.length < 20 || request[0] !== 0x55 || request[1] !== 0xaa) return null
      requests += 1
      return changing(() => reply(request, { cards, sender }))
    },
    powerCycle: () =>
      changing(() => {
        powerCycles += 1
        for (const card of cards) card.powerCycle()
      }),
    setSignal: sender.setSignal,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

type Device = { readonly cards: readonly CardRegisters[]; readonly sender: SenderRegisters }
type Done = { readonly ack: number; readonly data: readonly number[] }

const reply = (request: Uint8Array, device: Device): Uint8Array => {
  const right = (request.at(-2) ?? 0) + (request.at(-1) ?? 0) * 256 === sumOf(request.subarray(2, -2))
  const { ack, data } = right ? perform(request, device) : { ack: 2, data: [] }
  const [serial, source, destination] = [request[3] ?? 0, request[4] ?? 0, request[5] ?? 0]
  const head = [
    0xaa,
    0x55,
    ack,
    serial,
    destination,
    source,
    ...request.subarray(6, 16),
    data.length & 255,
    data.length >> 8,
  ]
  return sealed([...head, ...data])
}

/** ACK code and read data for one request that arrived whole and right. */
const perform = (request: Uint8Array, { cards, sender }: Device): Done => {
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength)
  const [destination, deviceType, port] = [request[5] ?? 0, request[6] ?? 0, request[7] ?? 0]
  const board = view.getUint16(8, true)
  const writing = request[10] === 1
  const address = view.getUint32(12, true)
  const length = view.getUint16(16, true)
  if ((destination !== 0 && destination !== 0xff) || deviceType > 1) return { ack: 1, data: [] }
  const everyone = port === 0xff || board === 0xffff
  // Every card hangs on output 0. A write to everyone is answered by the sender itself, even when nobody is there.
  const reached = cards.filter((_, i) => (port === 0xff || port === 0) && (board === 0xffff || board === i))
  const targets = deviceType === 0 ? [sender] : reached
  if (targets.length === 0 && !(writing && everyone)) return { ack: 1, data: [] }
  if (writing) {
    const values = request.subarray(18, 18 + length)
    const good = targets.map((target) =>
      [...values].map((value, i) => target.write(address + i, value)).every((was) => was),
    )
    return { ack: good.every((was) => was) ? 0 : 4, data: [] }
  }
  const data = Array.from({ length }, (_, i) => targets[0]?.read(address + i))
  const known = data.flatMap((byte) => byte ?? [])
  return (deviceType === 1 && everyone) || known.length < length ? { ack: 4, data: [] } : { ack: 0, data: known }
}

/** 5555h plus all bytes, in 16 bits. */
export const sumOf = (bytes: Uint8Array | readonly number[]): number => {
  let sum = 0x5555
  for (const byte of bytes) sum += byte
  return sum & 0xffff
}

/** Adds the checksum to a frame that has none yet. */
export const sealed = (frame: readonly number[]): Uint8Array => {
  const sum = sumOf(frame.slice(2))
  return Uint8Array.from([...frame, sum & 255, sum >> 8])
}

/**
 * Cuts a request stream into frames the way a simple device does: looks for 55 AA, takes the length at its word when
 * it is
 * at most 256, and drops anything else. Holds at most one frame (276 bytes) of unread input.
 */
export const createRequestCutter = () => {
  let held: number[] = []
  return (chunk: Uint8Array): Uint8Array[] => {
    const frames: Uint8Array[] = []
    for (const byte of chunk) {
      held.push(byte)
      if (held.length === 1 && byte !== 0x55) held = []
      else if (held.length === 2 && byte !== 0xaa) held = byte === 0x55 ? [0x55] : []
      if (held.length < 18) continue
      const size = held[10] === 1 ? (held[16] ?? 0) + (held[17] ?? 0) * 256 : 0
      if (size > 256) held = []
      else if (held.length === 20 + size) {
        frames.push(Uint8Array.from(held))
        held = []
      }
    }
    return frames
  }
}
