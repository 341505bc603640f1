import type { SimDevice } from './device.ts'
import { createPanel, type PanelOptions, type PanelPhase } from './panel.ts'

export type MdcSimOptions = PanelOptions & {
  /** Display id, 0–253. */
  readonly id: number
  /** Secured Protocol is on: it greets and wants TLS, so it never answers us. */
  readonly secured: boolean
}
export type MdcSimState = {
  readonly phase: PanelPhase
  readonly input: number
  readonly backlight: number
  readonly brightness: number
  readonly panelOff: number
  readonly reboots: number
  readonly requests: number
  readonly temperature: number
  readonly fanError: boolean
}
export type MdcSim = SimDevice & {
  readonly state: () => MdcSimState
  readonly setTrouble: (trouble: {
    readonly temperature: number
    readonly fanError: boolean
    readonly signal: boolean
  }) => void
}

/** Commands that are one byte, by opcode. Those of standby are marked; everything else is refused then. */
const SIMPLE = {
  [0x14]: 'input',
  [0x24]: 'contrast',
  [0x25]: 'brightness',
  [0x58]: 'backlight',
  [0x4a]: 'standby',
  [0xb5]: 'networkStandby',
  [0x5d]: 'safetyLock',
  [0x5f]: 'panelLock',
  [0x36]: 'remote',
  [0x77]: 'keyLock',
  [0xf9]: 'panelOff',
} as const
type Setting = (typeof SIMPLE)[keyof typeof SIMPLE]
const settingOf = (opcode: number): Setting | undefined =>
  Object.entries(SIMPLE).find(([code]) => Number(code) === opcode)?.[1]
const LEVELS: readonly string[] = ['contrast', 'brightness', 'backlight']
const INPUTS: readonly number[] = [0x14, 0x18, 0x21, 0x23, 0x25, 0x26, 0x31, 0x33, 0x60, 0x63]
const TEXTS: Readonly<Record<number, string>> = { 11: '0ABC1234', 14: 'T-SIM-1001.0', 138: 'QM55R', 131: '4321' }
const ALL = 0xfe
const MOST_HELD = 600

/** A Samsung display that isn’t there, written by hand from the facts about MDC; assumed: the error code of a refusal, and who answers in standby. */
export const createMdcSim = (options: MdcSimOptions): MdcSim => {
  const panel = createPanel(options, {
    stored: {
      input: 0x21,
      contrast: 50,
      brightness: 50,
      backlight: 100,
      standby: 0,
      networkStandby: 1,
      safetyLock: 0,
      panelLock: 0,
      remote: 1,
      keyLock: 0,
    },
    lost: { panelOff: 0, screenMute: 0 },
  })
  let trouble = { temperature: 41, fanError: false, signal: true }
  let reboots = 0
  let requests = 0

  const reply = (opcode: number, data: readonly number[]) => answer(0x41, opcode, data)
  const answer = (ack: number, opcode: number, data: readonly number[]): Uint8Array => {
    const counted = [0xff, options.id, data.length + 2, ack, opcode, ...data]
    return Uint8Array.of(0xaa, ...counted, counted.reduce((a, b) => a + b, 0) % 256)
  }
  const refuse = (opcode: number, code: number) => answer(0x4e, opcode, [code])

  const power = (data: readonly number[]): Uint8Array => {
    const [wanted] = data
    if (wanted === undefined) {
      const phase = panel.phase()
      return reply(0x11, [phase === 'on' || phase === 'warming' ? 1 : 0])
    }
    if (wanted > 2) return refuse(0x11, 0)
    if (wanted === 2) reboots += 1
    else panel.setPower(wanted === 1)
    return reply(0x11, data)
  }
  const simple = (opcode: number, setting: Setting, data: readonly number[]): Uint8Array => {
    const [wanted] = data
    if (wanted === undefined) return reply(opcode, [panel.get(setting)])
    const fits = setting === 'input' ? INPUTS.includes(wanted) : wanted <= (LEVELS.includes(setting) ? 100 : 2)
    if (!fits || data.length > 1) return refuse(opcode, 0)
    panel.set(setting, wanted)
    return reply(opcode, data)
  }
  const mute = (data: readonly number[]): Uint8Array => {
    if (data[0] !== 0x51) return refuse(0xfe, 0)
    if (data.length === 1) return reply(0xfe, [0x51, panel.get('screenMute')])
    panel.set('screenMute', data[1] ?? 0)
    return reply(0xfe, data)
  }
  const errors = () => [
    0,
    trouble.temperature > 80 ? 1 : 0,
    0,
    trouble.signal ? 0 : 1,
    trouble.temperature,
    trouble.fanError ? 1 : 0,
  ]
  const carryOut = (opcode: number, data: readonly number[]): Uint8Array => {
    if (opcode === 0x11) return power(data)
    if (opcode === 0x00) {
      const on = panel.phase() === 'on' || panel.phase() === 'warming' ? 1 : 0
      return reply(0x00, [on, 10, 0, panel.get('input'), 16, 0, 0])
    }
    const words = TEXTS[opcode]
    if (words !== undefined)
      return reply(
        opcode,
        Array.from(words, (c) => c.charCodeAt(0)),
      )
    if (panel.phase() !== 'on') return refuse(opcode, 0)
    if (opcode === 0x0d) return reply(opcode, errors())
    if (opcode === 0xfe) return mute(data)
    const setting = settingOf(opcode)
    return setting === undefined ? refuse(opcode, 0) : simple(opcode, setting, data)
  }

  return {
    cutter: () => {
      let held: number[] = []
      return (chunk) => {
        const whole: Uint8Array[] = []
        for (const byte of chunk) {
          held = [...held, byte].slice(-MOST_HELD)
          for (let cut = firstWhole(held); cut !== null; cut = firstWhole(held)) {
            if (cut.request) whole.push(cut.request)
            held = held.slice(cut.used)
          }
        }
        return whole
      }
    },
    answer: (request) => {
      requests += 1
      const [, opcode = 0, id = 0, , ...rest] = request
      if (options.secured || (id !== options.id && id !== ALL)) return []
      const done = carryOut(opcode, rest.slice(0, -1))
      return id === ALL ? [] : [done]
    },
    greeting: options.secured ? () => Uint8Array.from('MDCSTART<<TLS>>', (c) => c.charCodeAt(0)) : null,
    spoil: (bytes) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 0x01 : byte)),
    refuse: (request, code) => refuse(request[1] ?? 0, code),
    powerCycle: panel.powerCycle,
    lie: panel.lie,
    setTrouble: (next) => {
      trouble = next
    },
    state: () => {
      const { input, backlight, brightness, panelOff } = panel.settings()
      const { temperature, fanError } = trouble
      return { phase: panel.phase(), input, backlight, brightness, panelOff, reboots, requests, temperature, fanError }
    },
  }
}

/** The first whole request, or bytes to throw away; null: wait for more. */
const firstWhole = (held: readonly number[]): { readonly used: number; readonly request: Uint8Array | null } | null => {
  if (held.length === 0) return null
  if (held[0] !== 0xaa || held[1] === 0xff) return { used: 1, request: null }
  if (held.length < 4) return null
  const size = 5 + (held[3] ?? 0)
  if (held.length < size) return null
  const sum = held.slice(1, size - 1).reduce((a, b) => a + b, 0) % 256
  return sum === held[size - 1]
    ? { used: size, request: Uint8Array.from(held.slice(0, size)) }
    : { used: 1, request: null }
}
