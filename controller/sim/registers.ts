/** Register memory of a simulated sender and its receiving cards. Addresses from the maker's document (RS232 V1.9). */
export type SimModel = 'mctrl300' | 'mctrl660pro'

/** One addressed memory. `write` says whether the register exists; `forbidden` counts store and factory reset. */
export type Registers = {
  readonly read: (address: number) => number | undefined
  readonly write: (address: number, value: number) => boolean
  readonly forbidden: () => number
}

export type SenderRegisters = Registers & {
  readonly input: () => number
  readonly setSignal: (present: boolean) => void
}

export type CardRegisters = Registers & {
  readonly picture: () => { brightness: number; stored: number; kill: number; pattern: number; freeze: number }
  /** What was not stored is gone. */
  readonly powerCycle: () => void
}

const MODEL_IDS: Record<SimModel, readonly [number, number]> = { mctrl300: [0x01, 0x00], mctrl660pro: [0x07, 0x11] }
const FIRMWARE = [4, 3, 0, 0]
/** 112 lux, valid. */
const AMBIENT_LIGHT = [0x38, 0x80]
const CARD_IDENTITY = [0x05, 0x41, 4, 2, 0, 1]
/** 36.0 °C, no humidity sensor, 4.1 V: the maker's own examples. */
const CARD_HEALTH = [0x80, 0x48, 0x00, 0xa9]

const within = (block: readonly number[], start: number, address: number): number | undefined => block[address - start]

export const senderRegisters = (model: SimModel): SenderRegisters => {
  const state = { inputMode: 0x5a, input: 0x58, signal: 1 }
  let forbidden = 0
  return {
    read: (address) => {
      if (address === 0x02000017) return state.signal
      if (address === 0x02000022) return state.inputMode
      if (address === 0x02000023) return state.input
      return (
        within(MODEL_IDS[model], 0x00000002, address) ??
        within(FIRMWARE, 0x04100004, address) ??
        within(AMBIENT_LIGHT, 0x0200000f, address)
      )
    },
    write: (address, value) => {
      if (address === 0x02000022) state.inputMode = value
      else if (address === 0x02000023) state.input = value
      else if (address === 0x01000002) forbidden += 1
      else return false
      return true
    },
    forbidden: () => forbidden,
    input: () => state.input,
    setSignal: (present) => {
      state.signal = present ? 1 : 0
    },
  }
}

export const cardRegisters = (): CardRegisters => {
  const live = new Map<number, number>([
    [0x02000000, 0x1c],
    [0x02000051, 1],
    [0x02000100, 0],
    [0x02000101, 0],
    [0x02000102, 0],
  ])
  for (let gain = 0x02000001; gain <= 0x02000005; gain++) live.set(gain, 0xff)
  const fresh = new Map(live)
  let stored = new Map(live)
  let forbidden = 0
  const at = (address: number) => live.get(address) ?? 0
  return {
    read: (address) =>
      live.get(address) ?? within(CARD_IDENTITY, 0, address) ?? within(CARD_HEALTH, 0x0a000000, address),
    write: (address, value) => {
      if (address === 0x01000011) {
        forbidden += 1
        stored = new Map(live)
      } else if (live.has(address)) live.set(address, value)
      else return false
      return true
    },
    forbidden: () => forbidden,
    picture: () => ({
      brightness: at(0x02000001),
      stored: stored.get(0x02000001) ?? 0,
      kill: at(0x02000100),
      pattern: at(0x02000101),
      freeze: at(0x02000102),
    }),
    powerCycle: () => {
      // Blackout, pattern and freeze are never stored; gamma, gains and calibration come back as they were stored.
      for (const [address, value] of fresh)
        live.set(address, address >= 0x02000100 ? value : (stored.get(address) ?? value))
    },
  }
}
