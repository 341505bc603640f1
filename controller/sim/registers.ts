import { type CardHealth, HEALTHY, healthBlock } from './health.ts'

/** Register memory of a simulated sender and its receiving cards. Addresses from the maker's documents (RS232 V1.9 and those of the models). */
export const SIM_MODELS = [
  'mctrl300',
  'mctrl500',
  'msd300',
  'mctrl660',
  'mctrl660pro',
  'vx4s',
  'novapro-hd',
  'vx600',
  'vx1000',
  'j6',
] as const
export type SimModel = (typeof SIM_MODELS)[number]

/** One addressed memory: a write or read of a block is done whole or not at all. */
export type Registers = {
  readonly read: (address: number, length: number) => Uint8Array | null
  /** False: a register in it does not exist. */
  readonly write: (address: number, values: Uint8Array) => boolean
}

/** Writes that a driver of ours sends to nobody but a technician, or never. */
export type Counted = { readonly stores: () => number; readonly factoryResets: () => number }

export type Mode = 'normal' | 'freeze' | 'black' | 'pattern'
export type SenderRegisters = Registers &
  Counted & {
    /** As the profile calls it. */
    readonly input: () => string
    readonly mode: () => Mode
    readonly setSignal: (present: boolean) => void
    /** Lux of the light sensor plugged in; null: none. */
    readonly setLight: (lux: number | null) => void
    readonly powerCycle: () => void
  }

export type CardRegisters = Registers &
  Counted & {
    readonly picture: () => { brightness: number; stored: number; kill: number; pattern: number; freeze: number }
    readonly health: () => CardHealth
    readonly setHealth: (health: Partial<CardHealth>) => void
    /** What was not stored is gone. */
    readonly powerCycle: () => void
  }

type Hardware = {
  readonly id: readonly [number, number]
  readonly input: { readonly at: number; readonly first: number; readonly names: ReadonlyMap<number, string> } | null
  /** Register of the processor's display mode, and the bytes of normal, freeze, black; null: a sender has none. */
  readonly mode: {
    readonly at: number
    readonly bytes: number
    readonly codes: readonly [number, number, number]
  } | null
}

const M3_INPUT = {
  at: 0x02000023,
  first: 0x58,
  names: new Map([
    [0x58, 'dvi'],
    [0x61, 'dual-dvi'],
    [0x05, 'hdmi'],
    [0x01, 'sdi'],
    [0x5f, 'dp'],
    [0x5a, 'hdmi14'],
  ]),
}
const VX4S_INPUT = {
  at: 0x0220002d,
  first: 0x10,
  names: new Map([
    [0x10, 'dvi'],
    [0xa0, 'hdmi'],
    [0x01, 'vga1'],
    [0x02, 'vga2'],
    [0x71, 'cvbs1'],
    [0x72, 'cvbs2'],
    [0x40, 'sdi'],
    [0x90, 'dp'],
  ]),
}
const PRO_HD_INPUT = {
  at: 0x02200022,
  first: 0x1b,
  names: new Map([
    [0x1a, 'sdi'],
    [0x1c, 'dvi'],
    [0x1b, 'hdmi'],
    [0x17, 'vga'],
    [0x1e, 'dp'],
    [0x02, 'cvbs'],
  ]),
}
const VX4S_MODE = { at: 0x02200050, bytes: 1, codes: [0, 1, 2] } as const
const VX_MODE = { at: 0x13000004, bytes: 2, codes: [3, 4, 5] } as const

/** The ids of MSD300 and NovaPro HD are not published; EE xx are made up so that the simulated ones answer something. */
const HARDWARE: Record<SimModel, Hardware> = {
  mctrl300: { id: [0x01, 0x00], input: M3_INPUT, mode: null },
  mctrl500: { id: [0x01, 0x01], input: M3_INPUT, mode: null },
  msd300: { id: [0xee, 0x01], input: M3_INPUT, mode: null },
  mctrl660: { id: [0x01, 0x11], input: M3_INPUT, mode: null },
  mctrl660pro: { id: [0x07, 0x11], input: M3_INPUT, mode: null },
  vx4s: { id: [0x06, 0x61], input: VX4S_INPUT, mode: VX4S_MODE },
  'novapro-hd': { id: [0xee, 0x02], input: PRO_HD_INPUT, mode: null },
  vx600: { id: [0x0e, 0x62], input: null, mode: VX_MODE },
  vx1000: { id: [0x0c, 0x62], input: null, mode: VX_MODE },
  j6: { id: [0x04, 0x71], input: null, mode: VX_MODE },
}
const FIRMWARE = [4, 3, 0, 0]
/** Cabinets of 128 × 96 pixels. */
const CABINET = [0x80, 0, 0x60, 0]
const CARD_IDENTITY = [0x05, 0x41, 4, 2, 0, 1]
const MODES = ['normal', 'freeze', 'black'] as const
const MODEL_ID = 0x00000002
const SIGNAL = 0x02000017
const MANUAL_INPUT = 0x02000022
const INPUT_BITMAP = 0x0200004d
const LIGHT = 0x0200000f
const FACTORY_RESET = 0x01000002
const STORE = 0x01000011
const HEALTH = 0x0a000000
/** Bit of the input bitmap by input name: b0 SDI, b1 HDMI, b2 DVI 1, b6 DP. */
const BITMAP: Readonly<Record<string, number>> = {
  sdi: 0x01,
  hdmi: 0x02,
  hdmi14: 0x02,
  dvi: 0x04,
  'dual-dvi': 0x04,
  dp: 0x40,
}

/** Bytes by address. What is not in it does not exist. */
const memory = () => {
  const bytes = new Map<number, number>()
  const addresses = (address: number, length: number) => Array.from({ length }, (_, i) => address + i)
  return {
    bytes,
    put: (address: number, values: readonly number[]) => {
      for (const [i, value] of values.entries()) bytes.set(address + i, value)
    },
    at: (address: number) => bytes.get(address) ?? 0,
    read: (address: number, length: number): Uint8Array | null => {
      const found = addresses(address, length).flatMap((a) => bytes.get(a) ?? [])
      return found.length === length ? Uint8Array.from(found) : null
    },
  }
}

export const senderRegisters = (model: SimModel): SenderRegisters => {
  const { id, input, mode } = HARDWARE[model]
  const cells = memory()
  const m3 = input === M3_INPUT
  const writable = new Set<number>([FACTORY_RESET])
  let signal = true
  let factoryResets = 0
  const modeBytes = (value: number) => Array.from({ length: mode?.bytes ?? 0 }, (_, i) => (i === 0 ? value : 0))
  const seen = () => {
    if (!m3) return
    const chosen = input.names.get(cells.at(input.at)) ?? ''
    cells.put(SIGNAL, [Number(signal)])
    cells.put(INPUT_BITMAP, [signal ? (BITMAP[chosen] ?? 0) : 0])
  }
  const setLight = (lux: number | null) => {
    const units = lux === null ? 0 : Math.min(0x7fff, Math.round(lux / 2))
    cells.put(LIGHT, [units & 0xff, (units >> 8) | (lux === null ? 0 : 0x80)])
  }
  cells.put(MODEL_ID, id)
  cells.put(0x04100004, FIRMWARE)
  cells.put(0x02100006, CABINET)
  if (input !== null) {
    cells.put(input.at, [input.first])
    writable.add(input.at)
  }
  if (m3) {
    cells.put(MANUAL_INPUT, [0x5a])
    writable.add(MANUAL_INPUT)
  }
  if (mode !== null) {
    cells.put(mode.at, modeBytes(mode.codes[0]))
    for (let i = 0; i < mode.bytes; i++) writable.add(mode.at + i)
  }
  setLight(112)
  seen()
  return {
    read: cells.read,
    write: (address, values) => {
      if (![...values].every((_, i) => writable.has(address + i))) return false
      if (address === FACTORY_RESET) factoryResets += 1
      else cells.put(address, [...values])
      seen()
      return true
    },
    stores: () => 0,
    factoryResets: () => factoryResets,
    input: () => {
      if (input === null) return 'none'
      const code = cells.at(input.at)
      return input.names.get(code) ?? `code ${code}`
    },
    mode: () => {
      if (mode === null) return 'normal'
      const code = cells.at(mode.at)
      return MODES[mode.codes.indexOf(code)] ?? 'pattern'
    },
    setSignal: (present) => {
      signal = present
      seen()
    },
    setLight,
    powerCycle: () => {
      if (mode !== null) cells.put(mode.at, modeBytes(mode.codes[0]))
    },
  }
}

export const cardRegisters = (): CardRegisters => {
  const live = memory()
  live.put(0x02000000, [0x1c, 0xff, 0xff, 0xff, 0xff, 0xff])
  live.put(0x02000051, [1])
  live.put(0x02000100, [0, 0, 0])
  const fresh = new Map(live.bytes)
  let stored = new Map(live.bytes)
  let stores = 0
  let health: CardHealth = HEALTHY
  return {
    read: (address, length) => {
      if (address >= HEALTH && address + length <= HEALTH + 256)
        return healthBlock(health).slice(address - HEALTH, address - HEALTH + length)
      if (address + length <= CARD_IDENTITY.length)
        return Uint8Array.from(CARD_IDENTITY.slice(address, address + length))
      return live.read(address, length)
    },
    write: (address, values) => {
      if (address === STORE && values.length === 1) {
        stores += 1
        stored = new Map(live.bytes)
        return true
      }
      if (live.read(address, values.length) === null) return false
      live.put(address, [...values])
      return true
    },
    stores: () => stores,
    factoryResets: () => 0,
    health: () => health,
    setHealth: (next) => {
      health = { ...health, ...next }
    },
    picture: () => ({
      brightness: live.at(0x02000001),
      stored: stored.get(0x02000001) ?? 0,
      kill: live.at(0x02000100),
      pattern: live.at(0x02000101),
      freeze: live.at(0x02000102),
    }),
    powerCycle: () => {
      // Blackout, pattern and freeze are never stored; gamma, gains and calibration come back as they were stored.
      for (const [address, value] of fresh)
        live.put(address, [address >= 0x02000100 ? value : (stored.get(address) ?? value)])
    },
  }
}
