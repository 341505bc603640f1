/**
 * What a message sign remembers and decides: its message table, what it shows, priorities, durations and fallbacks (facts §6.4), by hand.
 * `ntcip-sign.ts` puts the objects of NTCIP 1203 v03 in front of it.
 */
export type SignOptions = {
  /** Milliseconds; only differences count. */
  readonly now: () => number
  /** Rows of the message table that survive a power loss, and that do not. */
  readonly changeable: number
  readonly volatile: number
  readonly brightnessLevels: number
  readonly mostMultiBytes: number
  readonly mostPages: number
  readonly mostLines: number
}

export const NO_END = 65_535
export const MINUTE = 60_000

export type Code = { memory: number; number: number; crc: number }
export type Row = {
  multi: Uint8Array
  owner: Uint8Array
  beacon: number
  pixelService: number
  priority: number
  status: number
}
export type Shown = {
  source: Code
  row: Row
  priority: number
  /** When it ends, ms; null: never. */
  until: number | null
  requester: string
  mode: number
}
/** Two bytes as they stand in a code; the CRC of the message, low byte first. */
export const crcOf = (row: Row): number => {
  let crc = 0xffff
  for (const byte of [...row.multi, row.beacon, row.pixelService])
    for (let bit = 0, octet = byte; bit < 8; bit++, octet >>= 1)
      crc = (crc ^ octet) & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1
  crc = ~crc & 0xffff
  return ((crc & 0xff) << 8) | (crc >> 8)
}

export const emptyRow = (status: number): Row => ({
  multi: new Uint8Array(),
  owner: new Uint8Array(),
  beacon: 0,
  pixelService: 0,
  priority: 1,
  status,
})

export const codeOf = (bytes: Uint8Array, at: number): Code => ({
  memory: bytes[at] ?? 0,
  number: (bytes[at + 1] ?? 0) * 256 + (bytes[at + 2] ?? 0),
  crc: (bytes[at + 3] ?? 0) * 256 + (bytes[at + 4] ?? 0),
})
export const codeBytes = ({ memory, number, crc }: Code): number[] => [
  memory,
  number >> 8,
  number & 255,
  crc >> 8,
  crc & 255,
]

export const LOCAL = 2
export const FALLBACKS = {
  8: 'shortRecovery',
  9: 'longRecovery',
  11: 'reset',
  12: 'commLoss',
  14: 'powerLoss',
  15: 'endDuration',
} as const
export type Fallback = (typeof FALLBACKS)[keyof typeof FALLBACKS]

/** Everything that changes, in one place. Modes and errors are the numbers of the MIB; 2 is “no error”. */
type BoardState = {
  shown: Shown
  scheduled: { code: Code; priority: number }
  controlMode: number
  shortPowerLossSeconds: number
  commLossMinutes: number
  /** When central was last heard; null: the loss has been dealt with, or the sign is in local control. */
  heardAt: number | null
  activateError: number
  validateError: number
  multiError: { code: number; at: number }
  errorCode: Uint8Array
  lastActivation: Uint8Array
  illumination: { control: number; level: number }
  temperature: { cabinet: number; ambient: number; housing: number; critical: boolean }
  doors: number
  lying: boolean
}

export const createBoard = (options: SignOptions) => {
  const { now } = options
  const rows = new Map<string, Row>()
  for (let number = 1; number <= options.changeable; number++) rows.set(`3.${number}`, emptyRow(1))
  for (let number = 1; number <= options.volatile; number++) rows.set(`4.${number}`, emptyRow(1))
  rows.set('2.1', { ...emptyRow(4), multi: new TextEncoder().encode('PERMANENT') })

  const BLANK: Code = { memory: 7, number: 1, crc: 0 }
  const fallback: Record<Fallback, Code> = {
    shortRecovery: BLANK,
    longRecovery: BLANK,
    reset: BLANK,
    commLoss: BLANK,
    powerLoss: BLANK,
    endDuration: BLANK,
  }
  const s: BoardState = {
    shown: { source: BLANK, row: emptyRow(4), priority: 1, until: null, requester: '127.0.0.1', mode: 8 },
    scheduled: { code: BLANK, priority: 1 },
    controlMode: 4,
    shortPowerLossSeconds: 0,
    commLossMinutes: 0,
    heardAt: now(),
    activateError: 2,
    validateError: 2,
    multiError: { code: 2, at: 0 },
    errorCode: new Uint8Array(12),
    lastActivation: Uint8Array.from([255, 255, 255, 7, 0, 1, 0, 0, 127, 0, 0, 1]),
    illumination: { control: 2, level: 0 },
    temperature: { cabinet: 38, ambient: 31, housing: 44, critical: false },
    doors: 0,
    lying: false,
  }

  const rowOf = (memory: number, number: number): Row | undefined => {
    if (memory === 7 && number >= 1 && number <= 255) return { ...emptyRow(4), priority: number }
    if (memory === 5 && number === 1) return { ...s.shown.row, priority: s.shown.priority, status: 4 }
    if (memory === 6 && number === 1) {
      const row = rowOf(s.scheduled.code.memory, s.scheduled.code.number)
      return row && { ...row, priority: s.scheduled.priority }
    }
    return rows.get(`${memory}.${number}`)
  }
  const rowCrc = (memory: number, row: Row): number => {
    if (memory === 7) return 0
    if (memory === 5) return s.shown.source.crc
    return memory === 6 && s.scheduled.code.memory === 7 ? 0 : crcOf(row)
  }

  /** The first thing wrong with a text on this sign: 2 is nothing. */
  const checkMulti = (multi: Uint8Array): { code: number; at: number } => {
    const text = String.fromCharCode(...multi)
    if (multi.length > options.mostMultiBytes) return { code: 5, at: options.mostMultiBytes }
    let lines = 1
    let pages = 1
    for (let at = 0; at < text.length; at++) {
      const one = text.charAt(at)
      if (one !== '[' && one !== ']') {
        if (one < ' ' || one > '~') return { code: 7, at }
        continue
      }
      if (text.charAt(at + 1) === one) {
        at += 1
        continue
      }
      const tag = /^\[(nl|np|jl[2-5]|jp[2-4]|pt\d*(?:o\d*)?|fo\d+|fl|fl(?:t\d+)?(?:o\d+)?|\/fl)(\d*)\]/.exec(
        text.slice(at),
      )
      if (tag === null) return { code: /^\[[jpf]/.test(text.slice(at)) ? 4 : 3, at }
      if (tag[1] === 'nl') lines += 1
      if (tag[1] === 'np') {
        pages += 1
        lines = 1
      }
      if (lines > options.mostLines) return { code: 5, at }
      if (pages > options.mostPages) return { code: 12, at }
      at += tag[0].length - 1
    }
    return { code: 2, at: 0 }
  }

  /** Rules 1 and 2: why this activation fails, by the numbers of dmsActivateMsgError; 2 is none. */
  const refusal = (code: Code, priority: number, internal: boolean): number => {
    if (!internal && s.controlMode === LOCAL) return 9
    if (code.memory < 2 || code.memory > 7) return 5
    const row = rowOf(code.memory, code.number)
    if (row === undefined) return 6
    if (row.status !== 4) return row.status === 1 ? 6 : 4
    if (!(internal && code.memory === 5) && code.crc !== rowCrc(code.memory, row)) return 7
    const text = checkMulti(row.multi)
    if (text.code !== 2) {
      s.multiError = text
      return 8
    }
    return priority < s.shown.priority ? 3 : 2
  }

  const show = (code: Code, of: { minutes: number; requester: string; mode: number; from: number }) => {
    const until = of.minutes === NO_END ? null : of.from + of.minutes * MINUTE
    if (code.memory === 5) {
      s.shown = { ...s.shown, until, requester: of.requester, mode: of.mode }
      return
    }
    const row = rowOf(code.memory, code.number) ?? emptyRow(4)
    const source = code.memory === 6 ? s.scheduled.code : code
    s.shown = {
      source: { ...source, crc: rowCrc(source.memory, row) },
      row: { ...row },
      priority: row.priority,
      until,
      requester: of.requester,
      mode: code.memory === 6 ? 9 : of.mode,
    }
  }
  /** Rule 8. `outageMs`: how long there was no power, which counts against the time left. */
  const trigger = (which: Fallback, mode: number, at: { from: number; outageMs: number }) => {
    const code = fallback[which]
    const wrong = refusal(code, 255, true)
    s.activateError = wrong
    const activation = (used: Code) => Uint8Array.from([255, 255, 255, ...codeBytes(used), 127, 0, 0, 1])
    if (wrong !== 2) s.errorCode = activation(code)
    if (wrong === 2 && code.memory === 5) {
      s.shown = { ...s.shown, mode, until: s.shown.until === null ? null : s.shown.until - at.outageMs }
      return
    }
    const used = wrong === 2 ? code : BLANK
    s.lastActivation = activation(used)
    show(used, { minutes: NO_END, requester: '127.0.0.1', mode, from: at.from })
  }

  /** Lets everything happen that was due until now, in order. */
  const settle = () => {
    for (let turns = 0; turns < 8; turns++) {
      const lossAt =
        s.heardAt !== null && s.commLossMinutes > 0 ? s.heardAt + s.commLossMinutes * MINUTE : Number.POSITIVE_INFINITY
      const endAt = s.shown.until ?? Number.POSITIVE_INFINITY
      const due = Math.min(lossAt, endAt)
      if (due > now()) return
      if (due === endAt) {
        // A current buffer that has ended cannot be its own successor.
        s.shown = { ...s.shown, until: null }
        if (fallback.endDuration.memory === 5)
          show(BLANK, { minutes: NO_END, requester: '127.0.0.1', mode: 14, from: due })
        else trigger('endDuration', 14, { from: due, outageMs: 0 })
      } else {
        s.heardAt = null
        trigger('commLoss', 12, { from: due, outageMs: 0 })
      }
    }
  }

  const brightness = (): number => {
    if (s.temperature.critical) return 0
    return s.illumination.control === 2 ? Math.ceil(options.brightnessLevels / 2) : s.illumination.level
  }
  const shortError = (): number =>
    (s.activateError !== 2 ? 1 << 7 : 0) | (s.temperature.critical ? 1 << 11 : 0) | (s.doors !== 0 ? 1 << 13 : 0)

  const remaining = (): number =>
    s.shown.until === null ? NO_END : Math.max(0, Math.ceil((s.shown.until - now()) / MINUTE))

  /** The status machine of a row: 1 not used, 2 modifying, 4 valid, 5 error. */
  const changeStatus = (row: Row, asked: number) => {
    if (asked === 8) Object.assign(row, emptyRow(1))
    if (asked === 6) row.status = 2
    if (asked !== 7 || row.status !== 2) return
    const text = checkMulti(row.multi)
    if (text.code !== 2) s.multiError = text
    s.validateError = text.code === 2 ? 2 : 5
    row.status = text.code === 2 ? 4 : 5
  }
  const clear = (memory: number) => {
    for (const [key, row] of rows) if (key.startsWith(`${memory}.`)) Object.assign(row, emptyRow(1))
  }
  const reset = () => trigger('reset', 11, { from: now(), outageMs: 0 })
  const setControl = (mode: number) => {
    if (mode === LOCAL) s.heardAt = null
    else if (s.controlMode === LOCAL) s.heardAt = now()
    s.controlMode = mode
  }

  const events = {
    /** A message for this sign from central has come: the time without one begins anew. */
    heard: () => {
      settle()
      if (s.controlMode !== LOCAL) s.heardAt = now()
    },
    /** No power for so long; what was volatile is lost, and a recovery message comes (rule 10). */
    outage: (seconds: number) => {
      settle()
      clear(4)
      const short = s.shortPowerLossSeconds > 0 && seconds < s.shortPowerLossSeconds
      trigger(short ? 'shortRecovery' : 'longRecovery', 10, { from: now(), outageMs: seconds * 1000 })
      if (s.controlMode !== LOCAL) s.heardAt = now()
      settle()
    },
    /** Power fails but a battery keeps the sign alive. */
    onBattery: () => trigger('powerLoss', 13, { from: now(), outageMs: 0 }),
    reset,
    setControlSwitch: setControl,
    /** Somebody at the cabinet shows a message. False: central control refuses it. */
    activateLocally: (memory: number, number: number): boolean => {
      settle()
      s.activateError = s.controlMode === LOCAL ? 2 : s.controlMode === 4 ? 10 : 11
      if (s.activateError !== 2) return false
      show({ memory, number, crc: 0 }, { minutes: NO_END, requester: '0.0.0.0', mode: 2, from: now() })
      return true
    },
    schedule: (memory: number, number: number) => {
      s.scheduled = { ...s.scheduled, code: { memory, number, crc: 0 } }
    },
    setTemperature: (housing: number, critical: boolean) => {
      s.temperature = { ...s.temperature, housing, critical }
    },
    setDoors: (bits: number) => {
      s.doors = bits
    },
    /** From now on it says yes to every write and does none. */
    lie: (on: boolean) => {
      s.lying = on
    },
    state: () => {
      settle()
      return {
        text: String.fromCharCode(...s.shown.row.multi),
        source: { ...s.shown.source },
        priority: s.shown.priority,
        mode: s.shown.mode,
        requester: s.shown.requester,
        minutesRemaining: remaining(),
        level: brightness(),
        illumination: s.illumination.control,
        controlMode: s.controlMode,
        activateError: s.activateError,
        commLossMinutes: s.commLossMinutes,
        fallback: { ...fallback },
      }
    },
  }
  return {
    events,
    memory: s,
    rows,
    fallback,
    rowOf,
    rowCrc,
    refusal,
    show,
    settle,
    brightness,
    shortError,
    remaining,
    changeStatus,
    clear,
  }
}
