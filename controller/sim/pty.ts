import { closeSync, constants, lstatSync, openSync, renameSync, symlinkSync, unlinkSync, writeSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import koffi from 'koffi'

/**
 * A pseudo terminal with a name that stays: to the program under test it is a serial device. Linux only.
 * Our own open slave end keeps the master from reporting an error while nobody else has the device open.
 */
export type Pty = {
  /** The stable name: a symbolic link to the slave device. */
  readonly path: string
  readonly write: (bytes: Uint8Array) => void
  readonly close: () => void
}

type LibC = {
  readonly open: (flags: number) => number
  readonly grant: (fd: number) => number
  readonly unlock: (fd: number) => number
  readonly name: (fd: number, into: Buffer, size: number) => number
  readonly getAttributes: (fd: number, termios: Buffer) => number
  readonly makeRaw: (termios: Buffer) => void
  readonly setAttributes: (fd: number, when: number, termios: Buffer) => number
}

/** Linux; Node does not name it. A child that inherits the master would keep the device there after it was pulled. */
const O_CLOEXEC = 0o2000000

/** Larger than `struct termios` of any Linux libc (60 bytes in glibc and musl). */
const TERMIOS_BYTES = 256

const libc = (): LibC => {
  const lib = koffi.load('libc.so.6')
  return {
    open: lib.func('int posix_openpt(int flags)'),
    grant: lib.func('int grantpt(int fd)'),
    unlock: lib.func('int unlockpt(int fd)'),
    name: lib.func('int ptsname_r(int fd, _Out_ uint8_t *buf, size_t len)'),
    getAttributes: lib.func('int tcgetattr(int fd, _Out_ uint8_t *termios)'),
    makeRaw: lib.func('void cfmakeraw(_Inout_ uint8_t *termios)'),
    setAttributes: lib.func('int tcsetattr(int fd, int when, const uint8_t *termios)'),
  }
}

/**
 * Opens a pty and links it as `path`, replacing a link that is there; a real file there is left alone and is an error.
 */
export const openPty = (path: string, onData: (chunk: Uint8Array) => void): Pty => {
  const c = libc()
  const must = (result: number, what: string): number => {
    if (result < 0) throw new Error(`${path}: ${what} failed`)
    return result
  }
  const master = must(c.open(constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK | O_CLOEXEC), 'posix_openpt')
  must(c.grant(master), 'grantpt')
  must(c.unlock(master), 'unlockpt')
  const nameBuffer = Buffer.alloc(128)
  must(c.name(master, nameBuffer, nameBuffer.length), 'ptsname_r')
  const device = nameBuffer.toString('utf8', 0, nameBuffer.indexOf(0))
  const slave = openSync(device, constants.O_RDWR | constants.O_NOCTTY)
  const termios = Buffer.alloc(TERMIOS_BYTES)
  must(c.getAttributes(slave, termios), 'tcgetattr')
  c.makeRaw(termios)
  must(c.setAttributes(slave, 0, termios), 'tcsetattr')
  link(device, path)

  const stream = new ReadStream(master)
  let open = true
  stream.on('data', (chunk: Buffer) => onData(chunk))
  // EIO is how a master says that its last slave end is gone, which is what close does.
  stream.on('error', () => {})
  return {
    path,
    write: (bytes) => {
      if (!open) return
      try {
        writeSync(master, bytes)
      } catch (error) {
        // A full pty (4 kB unread) answers EAGAIN; like bytes to a serial line nobody listens to, they are lost.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      }
    },
    close: () => {
      if (!open) return
      open = false
      unlink(path, device)
      closeSync(slave)
      stream.destroy()
    },
  }
}

const link = (device: string, path: string): void => {
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there && !there.isSymbolicLink()) throw new Error(`${path}: exists and is not a symbolic link`)
  const fresh = `${path}.${process.pid}.new`
  symlinkSync(device, fresh)
  renameSync(fresh, path)
}

const unlink = (path: string, device: string): void => {
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there?.isSymbolicLink() && device.startsWith('/dev/')) unlinkSync(path)
}
