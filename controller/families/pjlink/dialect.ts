import { err, ok, type Result } from '#core/base/result.ts'
import type { Call, Dialect, Value } from '../../dialect/dialect.ts'
import { type Grammar, type Heard, lcdDialect, refused, type Sending } from '../lcd/dialect.ts'
import { mostData } from '../lcd/values.ts'
import { digestOf } from './digest.ts'
import { explainFrame } from './explain.ts'
import { decodeFrame, encodeFrame, pjlinkReader, readFrame } from './frame.ts'
import { PJLINK_HANDSHAKE, type PjlinkCommand, type PjlinkProfile } from './schema.ts'

/** `%1POWR=` and the carriage return. */
const REPLY_OVERHEAD = 8
/** A reply line has at most 136 bytes. */
const OPEN_CHARACTERS = 128

const WRONG_PASSWORD = 'wrong password (ERRA)'
const NOT_NOW = 'not now (ERR3): the device is off, warming up or cooling down'
const ERRORS: Readonly<Record<string, string>> = {
  ERR1: 'undefined command (ERR1)',
  ERR2: 'bad parameter (ERR2)',
  ERR4: 'failure of the device (ERR4)',
  ERRA: WRONG_PASSWORD,
}

/**
 * PJLink class 1 and 2 on TCP 4352. `address.password`: only where the device asks for one; it leaves this file only as a digest. The first
 * line of a connection is the one sent while the class is not yet known, so the handshake alone carries the digest.
 */
export const pjlinkDialect = (profile: PjlinkProfile): Dialect => {
  const send = ({ ask, direction, fields }: PjlinkCommand, data: string, call: Call) => {
    const most = REPLY_OVERHEAD + mostData(fields, { unit: 1, open: OPEN_CHARACTERS })
    if (ask.kind === 'greeting')
      return isPassword(call.address['password'])
        ? ok<Sending>({ bytes: new Uint8Array(0), answered: true, replyBytes: REPLY_OVERHEAD + 9 })
        : err(NO_PASSWORD)
    const digest = digestFor(call)
    if (!digest.ok) return digest
    if (!isPassword(call.address['password'])) return err(NO_PASSWORD)
    const said = direction === 'read' ? '?' : data
    const line = { is: 'command', digest: digest.value, class: ask.class, body: ask.body, data: said } as const
    return ok<Sending>({ bytes: encodeFrame(line), answered: true, replyBytes: most })
  }
  const requestData = ({ ask, direction }: PjlinkCommand, request: Uint8Array): string | null => {
    const line = decodeFrame('request', request)
    if (!line.ok || line.value.is !== 'command' || ask.kind === 'greeting') return null
    if (line.value.class !== ask.class || line.value.body.toUpperCase() !== ask.body) return null
    const asks = line.value.data === '?'
    if (direction === 'read') return asks ? '' : null
    return asks ? null : line.value.data
  }
  const names = (line: string): string => {
    const mine = Object.entries(profile.commands).filter(
      ([, { ask }]) => ask.kind === 'line' && `${ask.class}${ask.body}` === line,
    )
    return mine.length > 0 ? mine.map(([name]) => name).join(', ') : 'not in the profile'
  }
  const grammar: Grammar<PjlinkCommand> = {
    unit: 1,
    reader: pjlinkReader,
    send,
    hear,
    requestData,
    explain: (side, bytes, means) => explainFrame(side, bytes, { means, names }),
    aside: (side, bytes) => {
      const line = decodeFrame(side, bytes)
      if (!line.ok || line.value.is === 'command') return null
      if (line.value.is === 'greeting') return greetingText(line.value.data)
      const error = errorIn(line.value.data)
      return error === null ? null : `${names(`${line.value.class}${line.value.body.toUpperCase()}`)}: ${error}`
    },
    sideOf: (bytes) => {
      if (readFrame('reply', bytes, 0).is === 'frame') return 'reply'
      return readFrame('request', bytes, 0).is === 'frame' ? 'request' : null
    },
    reencode: (side, bytes) => {
      const line = decodeFrame(side, bytes)
      return line.ok ? ok(encodeFrame(line.value)) : line
    },
    handshake: PJLINK_HANDSHAKE,
    addressKeys: ['password'],
    placeOf: () => ({}),
  }
  return lcdDialect(profile, grammar)
}

/** Absent where the device asks for none. Checked with every question, since only the first one needs it. */
const isPassword = (password: Value | undefined): boolean =>
  password === undefined || (typeof password === 'string' && password !== '')
const NO_PASSWORD = 'address password must be text, and not empty'

/** The random text is left out: with a digest that was overheard, a password can be guessed from it. */
const greetingText = (data: string): string => {
  if (data.toUpperCase() === 'ERRA') return WRONG_PASSWORD
  return data.startsWith('1') ? 'greeting: auth=true' : 'greeting: auth=false'
}

/** What goes before the line: nothing, or MD5 of the device’s random text and the password (specification 5.2). */
const digestFor = ({ context, address }: Call): Result<string, string> => {
  const first = context['auth'] === true && context['class'] === undefined
  if (!first) return ok('')
  const { salt } = context
  const { password } = address
  if (typeof salt !== 'string' || salt === '') return err('the device asks for a password but gave no random text')
  if (typeof password !== 'string' || password === '')
    return err('the device asks for a password; the site has none for it (address.password)')
  return ok(digestOf(salt, password))
}

const hear = ({ ask, direction }: PjlinkCommand, reply: Uint8Array): Heard => {
  const line = decodeFrame('reply', reply)
  if (!line.ok || line.value.is === 'command') return { is: 'other' }
  if (line.value.is === 'greeting') {
    if (line.value.data.toUpperCase() === 'ERRA') return refused(WRONG_PASSWORD)
    // A greeting while something else is asked: the connection is new and nobody listened in time.
    return ask.kind === 'greeting' ? { is: 'data', data: line.value.data } : { is: 'foreign' }
  }
  if (ask.kind === 'greeting') return { is: 'other' }
  if (line.value.class !== ask.class || line.value.body.toUpperCase() !== ask.body) return { is: 'other' }
  const said = line.value.data.toUpperCase()
  if (said === 'ERR3') return { is: 'again', fault: { kind: 'refused', detail: NOT_NOW } }
  const error = errorIn(said)
  if (error !== null) return refused(error)
  if (direction === 'read') return { is: 'data', data: line.value.data }
  return said === 'OK'
    ? { is: 'done' }
    : { is: 'fault', fault: { kind: 'garbled', detail: 'neither OK nor an error for a write' } }
}

const errorIn = (said: string): string | null => {
  const code = said.toUpperCase()
  if (code === 'ERR3') return NOT_NOW
  return Object.hasOwn(ERRORS, code) ? (ERRORS[code] ?? null) : null
}
