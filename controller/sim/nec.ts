import type { SimDevice } from './device.ts'
import { asBytes, asText } from './lines.ts'
import { createPanel, type PanelOptions, type PanelPhase } from './panel.ts'

export type NecSimOptions = PanelOptions & {
  /** Monitor ID, 1–100. */
  readonly id: number
  /** As an M551 does by its log’s author: no reply to input set and to power on. */
  readonly silentWrites: boolean
}
export type NecSimState = {
  readonly phase: PanelPhase
  readonly input: number
  readonly backlight: number
  readonly brightness: number
  /** 1 on, 2 off. */
  readonly mute: number
  readonly sensor: number
  readonly requests: number
}
export type NecSim = SimDevice & {
  readonly state: () => NecSimState
  /** Codes of the self-diagnosis, and the half degrees of the three sensors. */
  readonly setTrouble: (trouble: { readonly codes: readonly number[]; readonly halfDegrees: readonly number[] }) => void
}

/** Parameters: opcode → name and greatest value. */
const PARAMETERS = {
  '0060': ['input', 0x88],
  '1106': ['input', 0x88],
  '0010': ['backlight', 100],
  '0092': ['brightness', 100],
  '10B6': ['mute', 2],
  '0278': ['sensor', 3],
} as const
type Known = keyof typeof PARAMETERS
const isKnown = (opcode: string): opcode is Known => Object.hasOwn(PARAMETERS, opcode)
const hex = (value: number, size: number) =>
  (value < 0 ? value + 16 ** size : value).toString(16).toUpperCase().padStart(size, '0')
const hexText = (text: string) => Array.from(text, (c) => hex(c.charCodeAt(0), 2)).join('')
const MOST_HELD = 300

/** A NEC monitor that isn’t there, by hand from the published exchanges and the M551 log. */
export const createNecSim = (options: NecSimOptions): NecSim => {
  const panel = createPanel(options, {
    stored: { input: 0x12, backlight: 80, brightness: 50 },
    lost: { mute: 2, sensor: 1 },
  })
  let trouble: { readonly codes: readonly number[]; readonly halfDegrees: readonly number[] } = {
    codes: [0],
    halfDegrees: [73, 70, -8],
  }
  let requests = 0

  const send = (type: string, message: string): Uint8Array => {
    const body = `00${String.fromCharCode(0x40 + options.id)}${type}${hex(message.length + 2, 2)}\x02${message}\x03`
    const check = Array.from(body).reduce((x, c) => x ^ c.charCodeAt(0), 0)
    return asBytes(`\x01${body}${String.fromCharCode(check)}\r`)
  }
  const parameter = (type: string, result: string, of: { opcode: string; most: number; value: number }) =>
    send(type, `${result}${of.opcode}00${hex(of.most, 4)}${hex(of.value, 4)}`)
  const busy = () => send('B', 'BE')
  const powerCode = () => ({ on: 1, warming: 1, off: 4, cooling: 4 })[panel.phase()]

  const command = (message: string): Uint8Array | null => {
    if (message === '01D6') return send('B', `0200D6000004${hex(powerCode(), 4)}`)
    if (message.startsWith('C203D6')) {
      const wanted = Number.parseInt(message.slice(6), 16)
      if (wanted < 1 || wanted > 4) return send('B', `01${message}`)
      panel.setPower(wanted === 1)
      return wanted === 1 && options.silentWrites ? null : send('B', `00${message}`)
    }
    if (message === 'C217') return send('B', `C317${hexText('M551')}00`)
    if (message === 'C216') return send('B', `C316${hexText('12345678NA')}`)
    if (message === 'B1') return send('B', `A1${trouble.codes.map((code) => hex(code, 2)).join('')}`)
    return busy()
  }
  const get = (opcode: string): Uint8Array => {
    if (opcode === '0279')
      return parameter('D', '00', { opcode, most: 255, value: trouble.halfDegrees[panel.get('sensor') - 1] ?? 0 })
    if (opcode === '027B') return parameter('D', '00', { opcode, most: 2, value: trouble.codes.includes(0x80) ? 2 : 1 })
    if (!isKnown(opcode)) return parameter('D', '01', { opcode, most: 0, value: 0 })
    const [name, most] = PARAMETERS[opcode]
    return parameter('D', '00', { opcode, most, value: panel.get(name) })
  }
  const set = (opcode: string, value: number): Uint8Array | null => {
    if (!isKnown(opcode)) return parameter('F', '01', { opcode, most: 0, value })
    const [name, most] = PARAMETERS[opcode]
    if (panel.phase() !== 'on' || value > most) return parameter('F', '01', { opcode, most, value })
    panel.set(name, value)
    return name === 'input' && options.silentWrites ? null : parameter('F', '00', { opcode, most, value })
  }
  const carryOut = (type: string, message: string): Uint8Array | null => {
    if (type === 'C') return get(message)
    return type === 'E' ? set(message.slice(0, 4), Number.parseInt(message.slice(4), 16)) : command(message)
  }

  return {
    cutter: () => {
      let held = ''
      return (chunk) => {
        const whole: Uint8Array[] = []
        for (const letter of asText(chunk)) {
          held = (held + letter).slice(-MOST_HELD)
          const start = held.indexOf('\x01')
          held = start === -1 ? '' : held.slice(start)
          const size = 9 + Number.parseInt(held.slice(5, 7), 16)
          if (!(held.length >= size)) continue
          if (isRight(held.slice(0, size))) whole.push(asBytes(held.slice(0, size)))
          held = held.slice(size)
        }
        return whole
      }
    },
    answer: (request) => {
      requests += 1
      const to = request[2] ?? 0
      if (to !== 0x40 + options.id && to !== 0x2a) return []
      const type = String.fromCharCode(request[4] ?? 0)
      const message = asText(request.slice(8, -3)).toUpperCase()
      const done = panel.phase() === 'warming' && !message.startsWith('C203D6') ? busy() : carryOut(type, message)
      return to === 0x2a || done === null ? [] : [done]
    },
    greeting: null,
    spoil: (reply) => reply.map((byte, i) => (i === reply.length - 2 ? byte ^ 0x01 : byte)),
    refuse: (request, code) => {
      const type = request[4]
      const opcode = asText(request.slice(8, 12)).toUpperCase()
      if (type === 0x41) return busy()
      return parameter(type === 0x43 ? 'D' : 'F', hex(code, 2), { opcode, most: 0, value: 0 })
    },
    powerCycle: panel.powerCycle,
    lie: panel.lie,
    setTrouble: (next) => {
      trouble = next
    },
    state: () => ({ phase: panel.phase(), ...panel.settings(), requests }),
  }
}

/** Marks in their places and the check byte right. */
const isRight = (frame: string): boolean => {
  const check = Array.from(frame.slice(1, -2)).reduce((x, c) => x ^ c.charCodeAt(0), 0)
  const marks =
    frame[1] === '0' && frame[3] === '0' && frame[7] === '\x02' && frame.at(-3) === '\x03' && frame.endsWith('\r')
  return marks && check === frame.at(-2)?.charCodeAt(0)
}
