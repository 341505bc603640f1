import type { LinkSpec } from '../profile/common.ts'
import { lineName } from '../profile/line.ts'
import type { Profile } from '../profile/schema.ts'
import { type Given, Misuse, type Options, wholeNumber } from './verb.ts'
import type { Place } from './world.ts'

export const PLACE_OPTIONS: Options = {
  port: { type: 'string' },
  tcp: { type: 'string' },
  udp: { type: 'string' },
  baud: { type: 'string' },
  mode: { type: 'string' },
}
export const PLACE_HELP = `--port <thiết bị>      cổng nối tiếp, vd. /dev/ttyUSB0 · serial device
--tcp <máy>[:<cổng>]   kết nối TCP · TCP connection
--udp <máy>[:<cổng>]   gói UDP · UDP datagrams
--baud <tốc độ>        thay tốc độ của hồ sơ · another speed than the profile’s
--mode <8N1>           số bit, chẵn lẻ, bit dừng · data bits, parity, stop bits`

/** The one place that was named. A usage error: none, several, or not a place. */
export const placeOf = (given: Given): Place => {
  const port = given.text('port')
  const named = [port, given.text('tcp'), given.text('udp')].filter((one) => one !== null)
  if (named.length !== 1)
    throw new Misuse('Cần đúng một trong --port, --tcp, --udp', 'exactly one of --port, --tcp, --udp is needed')
  if (port !== null) return { kind: 'serial', path: port }
  const tcp = given.text('tcp')
  const [text] = named
  const found = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text ?? '')
  const number = found?.[2] === undefined ? null : Number(found[2])
  if (!found?.[1] || (number !== null && (number < 1 || number > 65_535)))
    throw new Misuse(`“${text}” không phải máy:cổng`, `“${text}” is not host:port`)
  return { kind: tcp === null ? 'udp' : 'tcp', host: found[1].replace(/^\[|\]$/g, ''), port: number }
}

const MODE = /^([78])([NEO])([12])$/
const PARITY = { N: 'none', E: 'even', O: 'odd' } as const

export const baudOf = (given: Given): number | null =>
  wholeNumber(given, 'baud', { least: 1200, most: 4_000_000, otherwise: null })

/** The settings of the line: what was said, else what the profile says. */
export const lineOf = (given: Given, place: Place, profile: Profile | null): LinkSpec => {
  const own = profile?.links.find((line) => line.kind === place.kind)
  if (place.kind !== 'serial') {
    const port = place.port ?? (own?.kind === place.kind ? own.port : null)
    if (port === null) throw notThere(place.kind, profile, 'máy:cổng · host:port')
    return { kind: place.kind, port }
  }
  const line = own?.kind === 'serial' ? own : null
  const baudRate = baudOf(given) ?? line?.baudRate ?? null
  if (baudRate === null) throw notThere('serial', profile, '--baud')
  const text = given.text('mode')
  const mode = MODE.exec(text ?? '')
  if (text !== null && !mode) throw new Misuse(`--mode: “${text}” không giống 8N1`, `--mode: “${text}” is not like 8N1`)
  if (!mode)
    return line ? { ...line, baudRate } : { kind: 'serial', baudRate, dataBits: 8, parity: 'none', stopBits: 1 }
  const [, bits, parity, stops] = mode
  return {
    kind: 'serial',
    baudRate,
    dataBits: bits === '7' ? 7 : 8,
    parity: parity === 'E' ? PARITY.E : parity === 'O' ? PARITY.O : PARITY.N,
    stopBits: stops === '2' ? 2 : 1,
  }
}

/** The profile names no such line: what it has, and what can be said instead. */
const notThere = (kind: Place['kind'], profile: Profile | null, instead: string): Misuse => {
  if (profile === null) {
    if (kind === 'serial') return new Misuse('Thiếu --baud hoặc --profile', '--baud or --profile is needed')
    return new Misuse('Thiếu số cổng: máy:cổng', 'port number missing: host:port')
  }
  const has = profile.links.map(lineName).join(', ')
  return new Misuse(
    `${profile.id} không có đường ${kind}; nó có: ${has}; hoặc nói rõ ${instead}`,
    `${profile.id} has no ${kind} link; it has: ${has}; or say ${instead}`,
  )
}

/** `/dev/ttyUSB0`, `192.168.1.10:5005`. */
export const placeText = (place: Place): string =>
  place.kind === 'serial' ? place.path : `${place.host}${place.port === null ? '' : `:${place.port}`}`
