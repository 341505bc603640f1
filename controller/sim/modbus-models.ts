/**
 * Devices that speak Modbus, written from the facts by hand: who has which coil, input and register, and what it does with it. Addresses are
 * those on the wire. `undefined`: there is no such address. A number from a write is the exception code.
 */
export type SimMap = {
  readonly coil: (at: number) => boolean | undefined
  readonly input: (at: number) => boolean | undefined
  readonly holding: (at: number) => number | undefined
  readonly register: (at: number) => number | undefined
  readonly writeCoil: (at: number, value: number) => number | null
  readonly writeWord: (at: number, value: number) => number | null
  /** May its address be asked for with unit 0, as the only one on the line? */
  readonly answersUnitZero: boolean
  /** Function codes it knows. */
  readonly functions: readonly number[]
}

export type ModbusSimModel =
  | 'waveshare-relay'
  | 'waveshare-relay-d'
  | 'waveshare-io'
  | 'wellpro'
  | 'lc-8r'
  | 'r4'
  | 'xy-md02'
  | 'rs485-th'
  | 'lux'
  | 'cwt-sl'
  | 'nhzd210'
  | 'ug-3'
  | 'sqr-2'
  /** A Waveshare board from before September 2021, taken at its worst: it hears everything and answers nothing. */
  | 'waveshare-v1'

/** What the simulated thing feels and holds. */
export type SimBox = {
  unit: number
  relays: boolean[]
  /** When a pulsed relay goes back, by relay; ms of the given clock. */
  pulses: Map<number, { readonly at: number; readonly to: boolean }>
  inputs: boolean[]
  celsius: number
  humidity: number
  lux: number
  /** The sensing element is broken: the device answers with its fault code. */
  broken: boolean
  smoke: boolean
  service: boolean
  readonly now: () => number
}

const NOTHING: SimMap = {
  coil: () => undefined,
  input: () => undefined,
  holding: () => undefined,
  register: () => undefined,
  writeCoil: () => 2,
  writeWord: () => 2,
  answersUnitZero: false,
  functions: [],
}

/** Lets pulses end that should have ended by now. */
const settle = (box: SimBox): void => {
  for (const [relay, pulse] of box.pulses)
    if (box.now() >= pulse.at) {
      box.relays[relay] = pulse.to
      box.pulses.delete(relay)
    }
}

const switchRelay = (box: SimBox, relay: number, on: boolean): void => {
  box.pulses.delete(relay)
  box.relays[relay] = on
}

const relayCoil = (box: SimBox, at: number): boolean | undefined => {
  settle(box)
  return box.relays[at]
}

const writeUnit = (box: SimBox, value: number): number | null => {
  if (value < 1 || value > 247) return 3
  box.unit = value
  return null
}

/** Coils as the standard has them: FF00 on, 0000 off. */
const plainCoil = (box: SimBox, at: number, value: number): number | null => {
  if (at >= box.relays.length) return 2
  if (value !== 0xff00 && value !== 0) return 3
  switchRelay(box, at, value === 0xff00)
  return null
}

const waveshareCoil = (box: SimBox, at: number, value: number): number | null => {
  if (at === 0xff) {
    if (value !== 0xff00 && value !== 0) return 3
    for (const relay of box.relays.keys()) switchRelay(box, relay, value === 0xff00)
    return null
  }
  if (at === 0x1ff) {
    for (const [relay, was] of [...box.relays].entries()) switchRelay(box, relay, !was)
    return null
  }
  const pulsing = at >> 8 === 2 || at >> 8 === 4
  const relay = at & 0xff
  if (!pulsing || relay >= box.relays.length) return plainCoil(box, at, value)
  settle(box)
  const on = at >> 8 === 2
  switchRelay(box, relay, on)
  box.pulses.set(relay, { at: box.now() + value * 100, to: !on })
  return null
}

const waveshare = (box: SimBox, hasInputs: boolean): SimMap => ({
  ...NOTHING,
  functions: [1, 2, 3, 5, 6, 15],
  answersUnitZero: true,
  coil: (at) => relayCoil(box, at),
  input: (at) => (hasInputs ? box.inputs[at] : undefined),
  holding: (at) => (at === 0x4000 ? box.unit : at === 0x8000 ? 200 : undefined),
  writeCoil: (at, value) => waveshareCoil(box, at, value),
  writeWord: (at, value) => (at === 0x4000 ? writeUnit(box, value) : 2),
})

/** Tenths in two's complement; a broken element reads 7FFF. */
const tenths = (box: SimBox, value: number): number => (box.broken ? 0x7fff : Math.round(value * 10) & 0xffff)
const luxWord = (box: SimBox, upper: boolean): number => {
  if (box.broken) return 0xffff
  return upper ? Math.floor(box.lux / 65_536) : box.lux % 65_536
}

const climate = (box: SimBox, at: number, first: number): number | undefined =>
  at === first ? tenths(box, box.celsius) : at === first + 1 ? tenths(box, box.humidity) : undefined
const luxPair = (box: SimBox, at: number, first: number): number | undefined =>
  at === first ? luxWord(box, true) : at === first + 1 ? luxWord(box, false) : undefined

/** What each model has. */
export const mapOf = (model: ModbusSimModel, box: SimBox): SimMap => {
  switch (model) {
    case 'waveshare-relay':
      return waveshare(box, false)
    case 'waveshare-relay-d':
      return waveshare(box, true)
    case 'waveshare-io':
      return { ...waveshare(box, true), writeCoil: (at, v) => (at === 0xff ? waveshareCoil : plainCoil)(box, at, v) }
    case 'wellpro':
      return {
        ...NOTHING,
        functions: [1, 3, 5, 6],
        coil: (at) => relayCoil(box, at),
        holding: (at) => (at === 100 ? box.unit : at === 101 ? 2 : undefined),
        writeCoil: (at, value) => plainCoil(box, at, value),
        writeWord: (at, value) => (at === 100 ? writeUnit(box, value) : 2),
      }
    case 'lc-8r':
      return {
        ...NOTHING,
        functions: [1, 2, 5, 15],
        coil: (at) => relayCoil(box, at),
        input: (at) => box.inputs[at],
        writeCoil: (at, value) => plainCoil(box, at, value),
      }
    case 'r4':
      return {
        ...NOTHING,
        functions: [3, 5],
        holding: (at) => (at === 0x4000 ? box.unit : undefined),
        writeCoil: r4Coil(box),
      }
    case 'xy-md02':
      return {
        ...NOTHING,
        functions: [3, 4, 6],
        register: (at) => climate(box, at, 1),
        holding: (at) => (at === 0x101 ? box.unit : at === 0x102 ? 9600 : at === 0x103 || at === 0x104 ? 0 : undefined),
        writeWord: (at, value) => (at === 0x101 ? writeUnit(box, value) : 2),
      }
    case 'rs485-th':
      return { ...NOTHING, functions: [3], holding: (at) => climate(box, at, 0) }
    case 'lux':
      return { ...NOTHING, functions: [3], holding: (at) => luxPair(box, at, 7) }
    case 'cwt-sl':
      return { ...NOTHING, functions: [3], holding: (at) => (at === 7 ? luxWord(box, false) : undefined) }
    case 'nhzd210':
      return {
        ...NOTHING,
        functions: [3, 4],
        register: (at) => luxPair(box, at, 0),
        holding: (at) => (at === 0x42 ? box.unit : undefined),
      }
    case 'ug-3':
      return smokeDetector(box)
    case 'sqr-2':
      return { ...NOTHING, functions: [2], input: (at) => (at < 8 ? at === 0 && box.inputs[0] === true : undefined) }
    case 'waveshare-v1':
      return NOTHING
  }
}

/** Channels from 1, 0100 for on: what the makers of this board took for function 05. */
const r4Coil =
  (box: SimBox) =>
  (at: number, value: number): number | null => {
    if (at < 1 || at > box.relays.length) return 2
    if (value !== 0x100 && value !== 0) return 3
    switchRelay(box, at - 1, value === 0x100)
    return null
  }

/** Inputs 1 to 4 of the manual at 0000 to 0003; the smoke alarm latches until 234 is written. */
const smokeDetector = (box: SimBox): SimMap => {
  // The relay follows the alarm, and the alarm stays although the smoke is gone.
  const felt = () => {
    if (box.smoke) box.relays[0] = true
    return box.relays[0] === true
  }
  return {
    ...NOTHING,
    functions: [2, 3, 6],
    input: (at) => [true, box.service, felt(), felt()][at],
    holding: (at) => (at === 0 ? 0 : undefined),
    writeWord: (at, value) => {
      if (at !== 0) return 2
      if (value !== 234) return 3
      box.relays[0] = false
      return null
    },
  }
}
