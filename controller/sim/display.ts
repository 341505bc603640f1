import { type FunctionCard, functionCard } from './function-card.ts'
import type { CardHealth } from './health.ts'
import {
  type CardRegisters,
  cardRegisters,
  type Mode,
  type Registers,
  type SenderRegisters,
  type SimModel,
  senderRegisters,
} from './registers.ts'

/** State as meaning. Where cards differ, the first card’s value. Brightness in percent, rounded. */
export type SimState = {
  readonly brightness: number
  readonly storedBrightness: number
  /** By the cards or by the processor before them. */
  readonly blackout: boolean
  readonly testPattern: string
  readonly freeze: boolean
  readonly input: string
  /** Of the processor; a plain sender has none and is always normal. */
  readonly mode: Mode
  readonly powerCycles: number
  /** Cards that can be reached now, on all outputs. */
  readonly cards: number
  readonly requests: number
  /** Writes to store and factory reset that arrived. A driver of ours sends none but a technician’s store. */
  readonly forbiddenWrites: number
  readonly stores: number
  readonly factoryResets: number
}

export type SimHardware = {
  readonly model: SimModel
  /** Receiving cards on output 0, or on each output from 0. */
  readonly cards: number | readonly number[]
}

/** One receiving card, by output and place on it, both from 0. */
export type CardPlace = { readonly output: number; readonly card: number }

/**
 * A NovaStar sender that isn't there: registers, receiving cards, a function card on output 0, a power switch. Framing is written here by
 * hand from the maker's document (RS232 V1.9) and shares no code with `families/` or with the profiles, so that an error there cannot hide
 * here.
 */
export type SimDisplay = {
  /** One whole request frame → the reply, or null for a frame that deserves none. */
  readonly answer: (request: Uint8Array) => Uint8Array | null
  readonly state: () => SimState
  /** Power off and on: what was not stored is lost. */
  readonly powerCycle: () => void
  readonly setSignal: (present: boolean) => void
  /** Lux of the light sensor at the sender; null: none. */
  readonly setLight: (lux: number | null) => void
  /** Changes what a card measures. */
  readonly setHealth: (at: CardPlace, health: Partial<CardHealth>) => void
  /** Pulls the cable before this card: it and all after it on its output are out of reach (ACK 01). */
  readonly cut: (at: CardPlace) => void
  /** Puts the cable of an output back. */
  readonly join: (output: number) => void
  readonly functionCard: FunctionCard
  /** From now on writes are acknowledged and not done. */
  readonly lie: (on: boolean) => void
  readonly onChange: (listener: (state: SimState) => void) => () => void
}

const PATTERNS = 'none none red green blue white horizontal vertical diagonal grey aging'.split(' ')
const VISIBLE = ['brightness', 'blackout', 'testPattern', 'freeze', 'input', 'mode', 'cards', 'powerCycles'] as const

export const createSimDisplay = (hardware: SimHardware): SimDisplay => {
  const counts = typeof hardware.cards === 'number' ? [hardware.cards] : hardware.cards
  const outputs: Output[] = counts.map((count) => ({
    cards: Array.from({ length: count }, cardRegisters),
    reached: count,
  }))
  const all = outputs.flatMap((output) => output.cards)
  const sender = senderRegisters(hardware.model)
  const card = functionCard()
  const device: Device = { outputs, sender, functionCard: card }
  const listeners = new Set<(state: SimState) => void>()
  let powerCycles = 0
  let requests = 0
  let lying = false

  const state = (): SimState => {
    const picture = (all[0] ?? cardRegisters()).picture()
    const mode = sender.mode()
    const stores = all.reduce((sum, one) => sum + one.stores(), 0)
    return {
      brightness: Math.round((picture.brightness * 100) / 255),
      storedBrightness: Math.round((picture.stored * 100) / 255),
      blackout: picture.kill === 0xff || mode === 'black',
      testPattern: PATTERNS[picture.pattern] ?? `code ${picture.pattern}`,
      freeze: picture.freeze === 0xff || mode === 'freeze',
      input: sender.input(),
      mode,
      powerCycles,
      cards: outputs.reduce((sum, output) => sum + output.reached, 0),
      requests,
      forbiddenWrites: stores + sender.factoryResets(),
      stores,
      factoryResets: sender.factoryResets(),
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
      return changing(() => replyTo(request, (asked) => perform(asked, device, lying)))
    },
    powerCycle: () =>
      changing(() => {
        powerCycles += 1
        sender.powerCycle()
        card.powerCycle()
        for (const one of all) one.powerCycle()
      }),
    setSignal: sender.setSignal,
    setLight: sender.setLight,
    setHealth: (at, health) => outputs[at.output]?.cards[at.card]?.setHealth(health),
    cut: (at) =>
      changing(() => {
        const output = outputs[at.output]
        if (output) output.reached = Math.min(output.reached, at.card)
      }),
    join: (index) =>
      changing(() => {
        const output = outputs[index]
        if (output) output.reached = output.cards.length
      }),
    functionCard: card,
    lie: (on) => {
      lying = on
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

type Output = { readonly cards: readonly CardRegisters[]; reached: number }
type Device = {
  readonly outputs: readonly Output[]
  readonly sender: SenderRegisters
  readonly functionCard: FunctionCard
}
/** ACK code and read data. */
export type Done = { readonly ack: number; readonly data: Uint8Array }
/** What a request asks for, taken out of its frame. */
export type Asked = {
  readonly destination: number
  readonly deviceType: number
  readonly port: number
  readonly board: number
  readonly writing: boolean
  readonly address: number
  /** Bytes wanted, or written. */
  readonly length: number
  readonly data: Uint8Array
}

/** Checks the request, has it done, and frames the answer: a wrong checksum is ACK 02 and nothing is done. */
export const replyTo = (request: Uint8Array, done: (asked: Asked) => Done): Uint8Array => {
  const right = (request.at(-2) ?? 0) + (request.at(-1) ?? 0) * 256 === sumOf(request.subarray(2, -2))
  if (!right) return answerWith(request, failed(2))
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength)
  const length = view.getUint16(16, true)
  const asked = {
    destination: request[5] ?? 0,
    deviceType: request[6] ?? 0,
    port: request[7] ?? 0,
    board: view.getUint16(8, true),
    writing: request[10] === 1,
    address: view.getUint32(12, true),
    length,
    data: request.subarray(18, 18 + length),
  }
  return answerWith(request, done(asked))
}

/** Echoes serial number and place, with source and destination changed about. */
export const answerWith = (request: Uint8Array, { ack, data }: Done): Uint8Array => {
  const [serial, source, destination] = [request[3] ?? 0, request[4] ?? 0, request[5] ?? 0]
  const place = request.subarray(6, 16)
  return sealed([0xaa, 0x55, ack, serial, destination, source, ...place, data.length & 255, data.length >> 8, ...data])
}

export const failed = (ack: number): Done => ({ ack, data: new Uint8Array(0) })
const DONE = failed(0)

/** One read or write of registers that are there. Whether an unknown register really is ACK 04 is not documented. */
export const access = (asked: Asked, targets: readonly Registers[]): Done => {
  if (asked.writing)
    return targets.map((target) => target.write(asked.address, asked.data)).every((was) => was) ? DONE : failed(4)
  const data = targets[0]?.read(asked.address, asked.length) ?? null
  return data === null ? failed(4) : { ack: 0, data }
}

const perform = (asked: Asked, device: Device, lying: boolean): Done => {
  const { destination, deviceType, port, board, writing } = asked
  if ((destination !== 0 && destination !== 0xff) || deviceType > 2) return failed(1)
  if (writing && lying) return DONE
  if (deviceType === 0) return access(asked, [device.sender])
  const everyone = port === 0xff || board === 0xffff
  if (!writing && everyone) return failed(4)
  if (deviceType === 2) {
    const there = (port === 0 || port === 0xff) && (board === 0 || board === 0xffff)
    return there ? access(asked, [device.functionCard]) : failed(1)
  }
  const reached = device.outputs.flatMap((output, o) =>
    port === 0xff || port === o
      ? output.cards.filter((_, i) => i < output.reached && (board === 0xffff || board === i))
      : [],
  )
  // A write to everyone is answered by the sender itself, even when nobody is there.
  if (reached.length === 0) return everyone ? DONE : failed(1)
  return access(asked, reached)
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
 * Cuts a request stream into frames the way a simple device does: looks for 55 AA, takes the length at its word when it is at most 256, and
 * drops anything else. Holds at most one frame (276 bytes) of unread input.
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
