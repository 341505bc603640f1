import { createHash } from 'node:crypto'
import type { SimDevice } from './device.ts'
import { asBytes, asText, lineCutter } from './lines.ts'
import { createPanel, type PanelOptions, type PanelPhase } from './panel.ts'

export type PjlinkSimOptions = PanelOptions & {
  readonly class: 1 | 2
  /** null: no authentication. */
  readonly password: string | null
  /** Eight hex digits for a new connection. */
  readonly salt: () => string
}
export type PjlinkSimState = {
  readonly phase: PanelPhase
  readonly input: string
  /** As AVMT says it: 30 nothing, 31 both, 11 picture, 21 sound. */
  readonly mute: number
  readonly freeze: number
  readonly connections: number
  readonly wrongPasswords: number
  /** Digests on a line that is not the first of its connection. */
  readonly lateDigests: number
  readonly requests: number
}
export type PjlinkSim = SimDevice & {
  readonly state: () => PjlinkSimState
  /** Six digits of ERST, and the resolution of class 2. */
  readonly setTrouble: (trouble: { readonly errors: string; readonly resolution: string }) => void
}

const TEXTS: Readonly<Record<string, string>> = {
  '1INST': '11 21 31 32',
  '1NAME': 'Cong chao',
  '1INF1': 'Simulated',
  '1INF2': 'X-100',
  '1INFO': 'not there',
  '1LAMP': '1234 1',
  '2INST': '11 21 31 32 6A',
  '2SNUM': 'ABC123',
  '2SVER': '1.02',
  '2RRES': '1920x1080',
  '2FILT': '321',
  '2RLMP': 'LMP-1',
  '2RFIL': 'FIL-1',
}
const PHASES = { off: '0', on: '1', cooling: '2', warming: '3' } as const

/** A projector that isn’t there, by hand from the PJLink specification. One connection at a time: a new one starts unknown. */
export const createPjlinkSim = (options: PjlinkSimOptions): PjlinkSim => {
  const panel = createPanel(options, { stored: { input: Number.parseInt('31', 36) }, lost: { mute: 30, freeze: 0 } })
  let trouble = { errors: '000000', resolution: '1920x1080' }
  let salt = ''
  let trusted = false
  let connections = 0
  let wrongPasswords = 0
  let lateDigests = 0
  let requests = 0

  const digest = () =>
    createHash('md5')
      .update(salt + (options.password ?? ''))
      .digest('hex')
  const known = (input: string) => (TEXTS[`${options.class}INST`] ?? '').split(' ').includes(input)
  const power = (data: string): string => {
    if (data === '?') return PHASES[panel.phase()]
    if (data !== '0' && data !== '1') return 'ERR2'
    if (panel.phase() === 'cooling' || (data === '0' && panel.phase() === 'warming')) return 'ERR3'
    panel.setPower(data === '1')
    return 'OK'
  }
  const mute = (data: string): string => {
    if (!['10', '11', '20', '21', '30', '31'].includes(data)) return 'ERR2'
    panel.set('mute', data === '10' || data === '20' ? 30 : Number(data))
    return 'OK'
  }
  const input = (data: string): string => {
    if (!known(data)) return 'ERR2'
    panel.set('input', Number.parseInt(data, 36))
    return 'OK'
  }
  const freeze = (data: string): string => {
    if (data !== '0' && data !== '1') return 'ERR2'
    panel.set('freeze', Number(data))
    return 'OK'
  }
  /** What stands behind the equals sign. */
  const carryOut = (line: string, data: string): string => {
    if (line.startsWith('2') && options.class === 1) return 'ERR1'
    const asks = data === '?'
    if (line === '1POWR') return power(data)
    if (line === '1CLSS') return asks ? String(options.class) : 'ERR2'
    if (line === '1ERST') return asks ? trouble.errors : 'ERR2'
    const words = TEXTS[line]
    if (words !== undefined) return asks ? words : 'ERR2'
    const [body, needsClass2] = [line.slice(1), line.startsWith('2')]
    if (!['INPT', 'AVMT'].includes(body) && !(needsClass2 && ['FREZ', 'IRES'].includes(body))) return 'ERR1'
    if (panel.phase() !== 'on') return 'ERR3'
    if (body === 'IRES') return asks ? trouble.resolution : 'ERR2'
    if (body === 'AVMT') return asks ? String(panel.get('mute')) : mute(data)
    if (body === 'FREZ') return asks ? String(panel.get('freeze')) : freeze(data)
    return asks ? panel.get('input').toString(36).toUpperCase() : input(data)
  }
  const answer = (text: string): string | null => {
    const parts = /^([0-9a-f]{32})?%([12])([A-Z0-9]{4}) (.{1,128})$/i.exec(text)
    if (!parts) return null
    const [, given, cls = '', body = '', data = ''] = parts
    if (trusted && given !== undefined) {
      lateDigests += 1
      return null
    }
    if (!trusted && given?.toLowerCase() !== digest()) {
      wrongPasswords += 1
      return 'PJLINK ERRA'
    }
    trusted = true
    return `%${cls}${body.toUpperCase()}=${carryOut(`${cls}${body.toUpperCase()}`, data)}`
  }

  return {
    cutter: lineCutter(168),
    answer: (request) => {
      requests += 1
      const said = answer(asText(request))
      return said === null ? [] : [asBytes(`${said}\r`)]
    },
    greeting: () => {
      connections += 1
      trusted = options.password === null
      salt = options.salt()
      return asBytes(options.password === null ? 'PJLINK 0\r' : `PJLINK 1 ${salt}\r`)
    },
    // There is no checksum; a line that does not begin as lines do is nobody’s.
    spoil: (reply) => reply.map((byte, i) => (i === 0 ? 0x7e : byte)),
    refuse: (request, code) => {
      const line = /%([12][A-Z0-9]{4})/i.exec(asText(request))
      return line ? asBytes(`%${line[1]}=ERR${Math.min(4, Math.max(1, code))}\r`) : null
    },
    powerCycle: panel.powerCycle,
    lie: panel.lie,
    setTrouble: (next) => {
      trouble = next
    },
    state: () => ({
      phase: panel.phase(),
      input: panel.get('input').toString(36).toUpperCase(),
      mute: panel.get('mute'),
      freeze: panel.get('freeze'),
      connections,
      wrongPasswords,
      lateDigests,
      requests,
    }),
  }
}
