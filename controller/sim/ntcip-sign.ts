/**
 * A message sign as NTCIP 1203 v03 describes it (sections 5.6 to 5.11; priorities and fallbacks as in the facts, §6.4), by hand. It knows
 * objects and values, no bytes: `ntcip.ts` puts SNMP messages in front of it, `ntcip-agent.ts` the agent of net-snmp.
 */
import { codeBytes, codeOf, createBoard, FALLBACKS, MINUTE, NO_END, type SignOptions } from './ntcip-board.ts'

export type SignValue =
  | { readonly type: 'integer'; readonly value: number }
  | { readonly type: 'octets'; readonly value: Uint8Array }
  | { readonly type: 'address'; readonly value: string }

/** SNMPv1 error statuses. */
export const STATUS = { noError: 0, noSuchName: 2, badValue: 3, genErr: 5 } as const
export type Status = (typeof STATUS)[keyof typeof STATUS]

const DMS = '1.3.6.1.4.1.1206.4.2.3.'
const ROW = `${DMS}5.8.1.`

export type Sign = ReturnType<typeof createSign>

export const createSign = (options: SignOptions) => {
  const { now } = options
  const board = createBoard(options)
  const { memory: s, rows, fallback, rowOf, rowCrc, refusal, show, settle } = board
  const { brightness, shortError, remaining, changeStatus, clear } = board

  const integer = (value: number): SignValue => ({ type: 'integer', value })
  const octets = (value: Uint8Array | readonly number[]): SignValue => ({
    type: 'octets',
    value: Uint8Array.from(value),
  })
  /** The scalars by what follows the prefix. */
  const scalar = (place: string): SignValue | undefined => {
    const recovery = /^6\.(8|9|11|12|14|15)\.0$/.exec(place)?.[1]
    if (recovery !== undefined)
      return octets(codeBytes(fallback[FALLBACKS[Number(recovery) as keyof typeof FALLBACKS]]))
    const values: Readonly<Record<string, () => SignValue>> = {
      '5.9.0': () => integer(s.validateError),
      '6.1.0': () => integer(s.controlMode),
      '6.2.0': () => integer(0),
      '6.3.0': () => octets(s.lastActivation),
      '6.4.0': () => integer(remaining()),
      '6.5.0': () => octets(codeBytes(s.shown.source)),
      '6.6.0': () => ({ type: 'address', value: s.shown.requester }),
      '6.7.0': () => integer(s.shown.mode),
      '6.10.0': () => integer(s.shortPowerLossSeconds),
      '6.13.0': () => integer(s.commLossMinutes),
      '6.16.0': () => integer(2),
      '6.17.0': () => integer(s.activateError),
      '6.18.0': () => integer(s.multiError.code),
      '6.19.0': () => integer(s.multiError.at),
      '6.24.0': () => octets(s.errorCode),
      '6.25.0': () => integer(1),
      '7.1.0': () => integer(s.illumination.control),
      '7.4.0': () => integer(options.brightnessLevels),
      '7.5.0': () => integer(brightness()),
      '7.6.0': () => integer(s.illumination.level),
      '9.6.0': () => integer(s.doors),
      '9.7.1.0': () => integer(shortError()),
      '9.9.2.0': () => integer(s.temperature.cabinet),
      '9.9.4.0': () => integer(s.temperature.ambient),
      '9.9.6.0': () => integer(s.temperature.housing),
    }
    return values[place]?.()
  }
  const SCALARS =
    '5.9 6.1 6.2 6.3 6.4 6.5 6.6 6.7 6.8 6.9 6.10 6.11 6.12 6.13 6.14 6.15 6.16 6.17 6.18 6.19 6.24 6.25 7.1 7.4 7.5 7.6 9.6 9.7.1 9.9.2 9.9.4 9.9.6'.split(
      ' ',
    )

  const cellOf = (oid: string) => {
    const [column, memory, number, ...more] = oid.startsWith(ROW) ? oid.slice(ROW.length).split('.').map(Number) : []
    if (column === undefined || memory === undefined || number === undefined || more.length > 0) return undefined
    const row = rowOf(memory, number)
    return row && column >= 1 && column <= 9 ? { column, memory, number, row } : undefined
  }
  const get = (oid: string): SignValue | undefined => {
    settle()
    const cell = cellOf(oid)
    if (cell === undefined) return oid.startsWith(DMS) ? scalar(oid.slice(DMS.length)) : undefined
    const { column, memory, number, row } = cell
    if (column === 3) return octets(row.multi)
    if (column === 4) return octets(row.owner)
    const crc = row.status === 4 || memory === 7 ? rowCrc(memory, row) : 0
    return integer([0, memory, number, 0, 0, crc, row.beacon, row.pixelService, row.priority, row.status][column] ?? 0)
  }

  const inside = (value: SignValue, least: number, most: number): Status =>
    value.type === 'integer' && value.value >= least && value.value <= most ? STATUS.noError : STATUS.badValue
  const sized = (value: SignValue, size: number): value is Extract<SignValue, { type: 'octets' }> =>
    value.type === 'octets' && value.value.length === size

  const testCell = (oid: string, value: SignValue): Status | undefined => {
    const cell = cellOf(oid)
    if (cell === undefined) return undefined
    const { column, memory, row } = cell
    if (column === 1 || column === 2 || column === 5) return STATUS.noSuchName
    if (memory === 6 && column === 8) return inside(value, 1, 255)
    if (memory !== 3 && memory !== 4) return STATUS.genErr
    if (column === 9) return inside(value, 6, 8)
    if (row.status !== 2) return STATUS.genErr
    if (column === 3) return value.type === 'octets' && !value.value.includes(0) ? STATUS.noError : STATUS.badValue
    if (column === 4) return value.type === 'octets' && value.value.length <= 127 ? STATUS.noError : STATUS.badValue
    return column === 8 ? inside(value, 1, 255) : inside(value, 0, 1)
  }
  /** Would this be taken? It changes nothing but the error objects. */
  const test = (oid: string, value: SignValue): Status => {
    settle()
    const cell = testCell(oid, value)
    if (cell !== undefined) return cell
    const place = oid.startsWith(DMS) ? oid.slice(DMS.length) : ''
    if (/^6\.(8|9|11|12|14|15)\.0$/.test(place)) return sized(value, 5) ? STATUS.noError : STATUS.badValue
    switch (place) {
      case '6.1.0':
        return value.type === 'integer' && [2, 4, 5].includes(value.value) ? STATUS.noError : STATUS.badValue
      case '6.2.0':
        return inside(value, 0, 1)
      case '6.3.0': {
        if (!sized(value, 12)) return STATUS.badValue
        s.activateError = refusal(codeOf(value.value, 3), value.value[2] ?? 0, false)
        if (s.activateError === 2) return STATUS.noError
        s.errorCode = Uint8Array.from(value.value)
        return STATUS.genErr
      }
      case '6.4.0':
      case '6.10.0':
      case '6.13.0':
        return inside(value, 0, 65_535)
      case '6.16.0':
        return inside(value, 2, 4)
      case '7.1.0':
        return value.type === 'integer' && [2, 3, 5, 6].includes(value.value) ? STATUS.noError : STATUS.badValue
      case '7.6.0':
        return inside(value, 0, options.brightnessLevels)
      default:
        return STATUS.noSuchName
    }
  }

  const commitCell = (oid: string, value: SignValue): boolean => {
    const cell = cellOf(oid)
    if (cell === undefined) return false
    const number = value.type === 'integer' ? value.value : 0
    const bytes = value.type === 'octets' ? Uint8Array.from(value.value) : new Uint8Array()
    if (cell.memory === 6) s.scheduled = { ...s.scheduled, priority: number }
    const row = rows.get(`${cell.memory}.${cell.number}`)
    if (row === undefined) return true
    if (cell.column === 3) row.multi = bytes
    if (cell.column === 4) row.owner = bytes
    if (cell.column === 6) row.beacon = number
    if (cell.column === 7) row.pixelService = number
    if (cell.column === 8) row.priority = number
    if (cell.column === 9) changeStatus(row, number)
    return true
  }
  /** Does what `test` allowed. */
  const commit = (oid: string, value: SignValue): void => {
    if (s.lying || commitCell(oid, value)) return
    const place = oid.slice(DMS.length)
    const which = /^6\.(8|9|11|12|14|15)\.0$/.exec(place)?.[1]
    if (which !== undefined && value.type === 'octets')
      fallback[FALLBACKS[Number(which) as keyof typeof FALLBACKS]] = codeOf(value.value, 0)
    if (place === '6.3.0' && value.type === 'octets') {
      s.lastActivation = Uint8Array.from(value.value)
      const minutes = (value.value[0] ?? 0) * 256 + (value.value[1] ?? 0)
      show(codeOf(value.value, 3), { minutes, requester: value.value.slice(8).join('.'), mode: 8, from: now() })
    }
    if (value.type !== 'integer') return
    const number = value.value
    if (place === '6.1.0') board.events.setControlSwitch(number)
    if (place === '6.2.0' && number === 1) board.events.reset()
    if (place === '6.4.0') s.shown = { ...s.shown, until: number === NO_END ? null : now() + number * MINUTE }
    if (place === '6.10.0') s.shortPowerLossSeconds = number
    if (place === '6.13.0') s.commLossMinutes = number
    if (place === '6.16.0' && number > 2) clear(number)
    if (place === '7.1.0') s.illumination = { control: number, level: brightness() }
    if (place === '7.6.0') s.illumination = { ...s.illumination, level: number }
    settle()
  }

  return {
    get,
    test,
    commit,
    /** Every instance, for agents that must list them. */
    scalars: SCALARS.map((place) => `${DMS}${place}`),
    tableEntry: ROW.slice(0, -1),
    rowKeys: (): readonly (readonly [number, number])[] => [
      ...[...rows.keys()].map((key) => key.split('.').map(Number)).map(([a, b]) => [a ?? 0, b ?? 0] as const),
      [5, 1],
      [6, 1],
      ...Array.from({ length: 255 }, (_, i) => [7, i + 1] as const),
    ],
    ...board.events,
  }
}
