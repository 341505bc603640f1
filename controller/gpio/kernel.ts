import { closeSync, constants, openSync, readdirSync, readSync, realpathSync } from 'node:fs'
import { constants as system } from 'node:os'
import koffi from 'koffi'
import { err, ok, type Result } from '#core/base/result.ts'
import { type Mono, mono } from '#core/base/units.ts'

/** A failed call of the kernel: `EBUSY`, `EACCES`. */
export type Errno = string

/** The calls the character device needs. Tests give a kernel that is not there. */
export type GpioKernel = {
  /** Device files of all chips, each once: links to one another are resolved. Empty on a kernel without GPIO. */
  readonly chips: () => readonly string[]
  readonly open: (path: string) => Result<number, Errno>
  /** `bytes` is read and overwritten by the kernel. */
  readonly ioctl: (fd: number, request: number, bytes: Buffer) => Result<void, Errno>
  /** Which of these files have something to read, and which are gone. Never waits. */
  readonly poll: (fds: readonly number[]) => readonly Readiness[]
  /** Only called when `poll` said so, and then does not wait. Number of bytes. */
  readonly read: (fd: number, into: Buffer) => Result<number, Errno>
  readonly close: (fd: number) => void
  /** A time of the kernel’s CLOCK_MONOTONIC, ns, on this process’s monotonic clock. */
  readonly toMono: (nanoseconds: bigint) => Mono
}
export type Readiness = 'nothing' | 'readable' | 'gone'

const POLLIN = 0x1
const POLLERR = 0x8
const POLLHUP = 0x10
const POLLNVAL = 0x20
/** `struct pollfd`: int fd, short events, short revents. */
const POLLFD_BYTES = 8

const ERRNO_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(system.errno).map(([name, number]): [number, string] => [number, name]),
)
const nameOf = (errno: number): Errno => ERRNO_NAMES.get(errno) ?? `errno ${errno}`
const codeOf = (error: unknown): Errno => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code !== 'string') throw error
  return code
}
const attempt = <T>(call: () => T): Result<T, Errno> => {
  try {
    return ok(call())
  } catch (error) {
    return err(codeOf(error))
  }
}

/** The machine’s own kernel. Linux only; throws where the C library cannot be loaded. */
export const machineKernel = (): GpioKernel => {
  const lib = koffi.load(null)
  // Declared without its dots: Linux passes a pointer after them in the same register on x86-64 and arm64.
  const ioctl = lib.func('int ioctl(int fd, unsigned long request, _Inout_ uint8_t *bytes)')
  const poll = lib.func('int poll(_Inout_ uint8_t *files, unsigned long count, int timeout)')
  return {
    chips: () => {
      const found = attempt(() => readdirSync('/dev'))
      if (!found.ok) return []
      const paths = found.value.filter((name) => /^gpiochip\d+$/.test(name)).map((name) => `/dev/${name}`)
      // Raspberry Pi OS keeps old names as links (gpiochip4 → gpiochip0 on a Pi 5): one chip must not count twice.
      return [...new Set(paths.map((path) => realpathSync(path)))].sort()
    },
    open: (path) => attempt(() => openSync(path, constants.O_RDWR)),
    ioctl: (fd, request, bytes) => (ioctl(fd, request, bytes) < 0 ? err(nameOf(koffi.errno())) : ok(undefined)),
    poll: (fds) => {
      const files = Buffer.alloc(fds.length * POLLFD_BYTES)
      fds.forEach((fd, index) => {
        files.writeInt32LE(fd, index * POLLFD_BYTES)
        files.writeInt16LE(POLLIN, index * POLLFD_BYTES + 4)
      })
      // A signal may interrupt it; nothing is lost, the next look finds the same.
      if (poll(files, fds.length, 0) < 0) return fds.map(() => 'nothing')
      return fds.map((_, index) => {
        const said = files.readInt16LE(index * POLLFD_BYTES + 6)
        if ((said & POLLIN) !== 0) return 'readable'
        return (said & (POLLERR | POLLHUP | POLLNVAL)) !== 0 ? 'gone' : 'nothing'
      })
    },
    read: (fd, into) => attempt(() => readSync(fd, into, 0, into.length, null)),
    close: (fd) => closeSync(fd),
    toMono: (nanoseconds) => {
      const age = process.hrtime.bigint() - nanoseconds
      return mono(performance.now() - Number(age) / 1e6)
    },
  }
}
