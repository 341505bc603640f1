import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { err, ok, type Result } from '#core/base/result.ts'

/**
 * As much of the X11 protocol as looking at a screen takes (X Window System Protocol, release 7.7, §8 and appendix B). One connection for each
 * look: nothing has to be kept alive, and a server that was started again is just another server.
 */
export type XScreen = {
  readonly root: number
  readonly width: number
  readonly height: number
  readonly depth: number
  readonly visual: number
  readonly littleEndian: boolean
}
export type XClient = {
  readonly screen: XScreen
  /** A fresh id for a window or pixmap. */
  readonly id: () => number
  /** A request that has no answer unless it is wrong. `length` in bytes 2 and 3 is filled in. */
  readonly send: (request: Buffer) => void
  /** A request with an answer: the whole of it. */
  readonly ask: (request: Buffer) => Promise<Result<Buffer, string>>
  readonly close: () => void
}

/** From the first byte to the last of one visit, ms; a server that hangs is no reason to wait. */
const VISIT_MS = 3_000
/** The largest answer that is taken, bytes: one row of 64 thousand pixels has 256 kB. */
const MOST_ANSWER = 4 * 1024 * 1024

/** Only a server on this machine: `:0`, `:0.0` or `unix:0`. */
export const displayNumber = (display: string): number | null => {
  const match = /^(?:unix)?:(\d{1,5})(?:\.\d+)?$/.exec(display)
  return match === null ? null : Number(match[1])
}

/** `stays`: the connection is for as long as the caller likes, and `gone` says when the server ended it. Else it has `VISIT_MS` for everything. */
export type XVisit = { readonly stays?: true; readonly gone?: () => void }

export const openX = async (display: string, visit: XVisit = {}): Promise<Result<XClient, string>> => {
  const number = displayNumber(display)
  if (number === null) return err(`${display} is no display of this machine`)
  const path = `/tmp/.X11-unix/X${number}`
  // A sandbox may hide the file; the server also listens at the same name without a file.
  const first = await dial(path, number, visit)
  return first.ok ? first : await dial(`\0${path}`, number, visit)
}

type Waiting = { readonly sequence: number; readonly settle: (answer: Result<Buffer, string>) => void }

const dial = (path: string, number: number, visit: XVisit): Promise<Result<XClient, string>> =>
  new Promise((resolve) => {
    const socket = connect(path)
    const run = { screen: null as XScreen | null, data: Buffer.alloc(0) as Buffer, sequence: 0, ids: 0, base: 0 }
    const waiting: Waiting[] = []
    const end = (why: string): void => {
      clearTimeout(limit)
      socket.destroy()
      resolve(err(why))
      for (const one of waiting.splice(0)) one.settle(err(why))
    }
    const limit = setTimeout(() => end(`the X server did not answer within ${VISIT_MS} ms`), VISIT_MS)
    const client = (screen: XScreen): XClient => ({
      screen,
      id: () => run.base + run.ids++,
      send: (request) => {
        run.sequence += 1
        write(socket, request)
      },
      ask: (request) =>
        new Promise((settle) => {
          if (socket.destroyed) return settle(err('closed'))
          run.sequence += 1
          waiting.push({ sequence: run.sequence & 0xffff, settle })
          write(socket, request)
        }),
      close: () => end('closed'),
    })
    socket.on('connect', () => socket.write(hello(cookieFor(number))))
    socket.on('error', (error) => end(error.message))
    socket.on('close', () => {
      end('the X server closed the connection')
      visit.gone?.()
    })
    socket.on('data', (chunk: Buffer) => {
      run.data = run.data.length === 0 ? chunk : Buffer.concat([run.data, chunk])
      if (run.screen === null) {
        const setup = takeSetup(run.data)
        if (setup === null) return
        if (!setup.ok) return end(setup.error)
        run.screen = setup.value.screen
        run.base = setup.value.base
        run.data = run.data.subarray(setup.value.bytes)
        if (visit.stays) clearTimeout(limit)
        resolve(ok(client(run.screen)))
      }
      const why = takeAnswers(run, waiting)
      if (why !== null) end(why)
    })
  })

const write = (socket: Socket, request: Buffer): void => {
  request.writeUInt16LE(request.length / 4, 2)
  socket.write(request)
}

/** Whole answers at the head of the data go to who waits for them; errors, too. What went wrong for good, or null. */
const takeAnswers = (run: { data: Buffer }, waiting: Waiting[]): string | null => {
  for (;;) {
    if (run.data.length < 32) return null
    const kind = run.data.readUInt8(0)
    const bytes = kind === 1 || kind === 35 ? 32 + run.data.readUInt32LE(4) * 4 : 32
    if (bytes > MOST_ANSWER) return `an answer of ${bytes} bytes`
    if (run.data.length < bytes) return null
    const answer = run.data.subarray(0, bytes)
    run.data = run.data.subarray(bytes)
    if (kind > 1) continue
    const sequence = answer.readUInt16LE(2)
    const at = waiting.findIndex((one) => one.sequence === sequence)
    const [one] = at < 0 ? [] : waiting.splice(at, 1)
    one?.settle(kind === 1 ? ok(answer) : err(`X error ${answer.readUInt8(1)} at request ${answer.readUInt8(10)}`))
  }
}

const padded = (bytes: number): number => (bytes + 3) & ~3

const hello = (cookie: Buffer): Buffer => {
  const name = cookie.length > 0 ? Buffer.from('MIT-MAGIC-COOKIE-1') : Buffer.alloc(0)
  const out = Buffer.alloc(12 + padded(name.length) + padded(cookie.length))
  out.write('l', 0)
  out.writeUInt16LE(11, 2)
  out.writeUInt16LE(name.length, 6)
  out.writeUInt16LE(cookie.length, 8)
  name.copy(out, 12)
  cookie.copy(out, 12 + padded(name.length))
  return out
}

type Setup = { readonly screen: XScreen; readonly base: number; readonly bytes: number }

/** The server's greeting, when all of it is here: its first screen and the range of our ids. */
const takeSetup = (data: Buffer): Result<Setup, string> | null => {
  if (data.length < 8) return null
  const bytes = 8 + data.readUInt16LE(6) * 4
  if (data.length < bytes) return null
  if (data.readUInt8(0) !== 1) return err(`the X server refused: ${data.toString('latin1', 8, 8 + data.readUInt8(1))}`)
  const at = 40 + padded(data.readUInt16LE(24)) + data.readUInt8(29) * 8
  const screen: XScreen = {
    root: data.readUInt32LE(at),
    width: data.readUInt16LE(at + 20),
    height: data.readUInt16LE(at + 22),
    visual: data.readUInt32LE(at + 32),
    depth: data.readUInt8(at + 38),
    littleEndian: data.readUInt8(30) === 0,
  }
  return ok({ screen, base: data.readUInt32LE(12), bytes })
}

/** The shared secret for this display, where the server wants one; nothing when there is none. */
const cookieFor = (number: number): Buffer => {
  const none: Buffer = Buffer.alloc(0)
  try {
    const data = readFileSync(process.env['XAUTHORITY'] ?? join(homedir(), '.Xauthority'))
    let at = 0
    const field = (): Buffer => {
      const length = data.readUInt16BE(at)
      at += 2 + length
      return data.subarray(at - length, at)
    }
    while (at + 10 <= data.length) {
      at += 2
      field()
      const [display, name, secret] = [field().toString('latin1'), field().toString('latin1'), field()]
      if (name === 'MIT-MAGIC-COOKIE-1' && (display === '' || display === String(number))) return secret
    }
    return none
  } catch {
    // No such file, or one that ends in the middle: most servers on a box of its own want no secret.
    return none
  }
}
