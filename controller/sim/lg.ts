import type { SimDevice } from './device.ts'
import { asBytes, asText, lineCutter } from './lines.ts'
import { createPanel, type PanelOptions, type PanelPhase } from './panel.ts'

export type LgSimOptions = PanelOptions & {
  /** Set ID, 1–255. */
  readonly id: number
  /** Digits of the set ID in replies. */
  readonly idDigits: 2 | 3
}
export type LgSimState = {
  readonly phase: PanelPhase
  readonly black: number
  readonly backlight: number
  readonly brightness: number
  readonly input: number
  readonly hours: number
  readonly requests: number
}
export type LgSim = SimDevice & {
  readonly state: () => LgSimState
  readonly setTrouble: (trouble: {
    readonly temperature: number
    readonly lamp: 0 | 1 | 2
    readonly signal: boolean
  }) => void
}

const INPUTS: readonly number[] = [0x90, 0x91, 0x92, 0xa0, 0xa1, 0xc0, 0x60, 0x70]
const hex = (value: number, size: number) => value.toString(16).padStart(size, '0')
const HOURS = 5000

/** An LG set that isn’t there, by hand from the manuals. In standby it takes `ka` alone. */
export const createLgSim = (options: LgSimOptions): LgSim => {
  const panel = createPanel(options, {
    stored: { brightness: 50, backlight: 100, input: 0x90, keyLock: 0, volume: 0 },
    lost: { black: 0 },
  })
  let trouble = { temperature: 43, lamp: 1, signal: true }
  let requests = 0

  const say = (letter: string, result: 'OK' | 'NG', data: string) =>
    asBytes(`${letter} ${hex(options.id, options.idDigits)} ${result}${data}x`)
  const level = (setting: 'brightness' | 'backlight' | 'volume', wanted: number) => {
    if (wanted === 0xff) return hex(panel.get(setting), 2)
    if (wanted > 0x64) return null
    panel.set(setting, wanted)
    return hex(wanted, 2)
  }
  const choice = (setting: 'black' | 'keyLock' | 'input', wanted: number, allowed: readonly number[]) => {
    if (wanted === 0xff) return hex(panel.get(setting), 2)
    if (!allowed.includes(wanted)) return null
    panel.set(setting, wanted)
    return hex(wanted, 2)
  }
  const readOnly = (wanted: number, text: string) => (wanted === 0xff ? text : null)
  /** Data of the reply; null: NG. */
  const carryOut = (code: string, data: readonly number[]): string | null => {
    const wanted = data[0] ?? 0
    if (code === 'ka') {
      if (wanted > 1 && wanted !== 0xff) return null
      if (wanted !== 0xff) panel.setPower(wanted === 1)
      return hex(wanted === 0xff ? Number(panel.phase() === 'on' || panel.phase() === 'warming') : wanted, 2)
    }
    if (panel.phase() !== 'on') return null
    switch (code) {
      case 'kd':
        return choice('black', wanted, [0, 1])
      case 'km':
        return choice('keyLock', wanted, [0, 1])
      case 'xb':
        return choice('input', wanted, INPUTS)
      case 'mg':
        return level('backlight', wanted)
      case 'kh':
        return level('brightness', wanted)
      case 'kf':
        return level('volume', wanted)
      case 'dn':
        return readOnly(wanted, hex(trouble.temperature, 2))
      case 'dl':
        return readOnly(wanted, hex(HOURS, 4))
      case 'dp':
        return readOnly(wanted, hex(trouble.lamp, 2))
      case 'fy':
        return readOnly(wanted, '312KCAB12345')
      case 'fz':
        return readOnly(wanted, '03.02.01')
      case 'sv':
        return wanted === 2 && data[1] === 0xff ? `02${trouble.signal ? '01' : '00'}` : null
      default:
        return null
    }
  }

  return {
    cutter: lineCutter(64),
    answer: (request) => {
      requests += 1
      const line = /^([a-z]{2}) ([0-9a-f]{2,3}) ([0-9a-f ]+)$/i.exec(asText(request))
      if (!line) return []
      const [, code = '', id = '', words = ''] = line
      const asked = Number.parseInt(id, 16)
      if (asked !== 0 && asked !== options.id) return []
      const data = words.split(' ').map((word) => Number.parseInt(word, 16))
      const done = carryOut(code, data)
      if (asked === 0) return []
      return [done === null ? say(code.slice(1), 'NG', words.slice(0, 2)) : say(code.slice(1), 'OK', done)]
    },
    greeting: null,
    // Nothing guards a frame, so the letter is spoilt: no set ID can stand where it was.
    spoil: (reply) => reply.map((byte, i) => (i === 2 ? 0x3f : byte)),
    refuse: (request) => say(asText(request).slice(1, 2), 'NG', '00'),
    powerCycle: panel.powerCycle,
    lie: panel.lie,
    setTrouble: (next) => {
      trouble = next
    },
    state: () => {
      const { black, backlight, brightness, input } = panel.settings()
      return { phase: panel.phase(), black, backlight, brightness, input, hours: HOURS, requests }
    },
  }
}
