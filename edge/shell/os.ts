import { readFileSync } from 'node:fs'
import koffi from 'koffi'

/**
 * The few calls of the C library that Node does not have: flock, adjtimex, datagrams to a Unix socket (for sd_notify), and giving
 * memory back.
 * Loaded once when first needed; a machine where the library cannot be loaded gets `null` and says so in its log.
 */
export type Libc = {
  /** True when the lock was taken, false when someone else holds it; throws with the reason otherwise. */
  readonly tryLock: (fd: number) => boolean
  /** Kernel clock: is it synchronised, and its greatest error in microseconds. Null when the kernel refuses to say. */
  readonly clockState: () => { readonly synchronised: boolean; readonly maxErrorUs: number } | null
  /** One datagram to the Unix socket at `path` (`@` first: abstract). False when it could not be sent. */
  readonly sendTo: (path: string, text: string) => boolean
  /** Free memory that malloc keeps goes back to the kernel. Does nothing where the C library is not glibc. */
  readonly trim: () => void
  /**
   * Unmaps the resident pages of a range of whole pages (MADV_DONTNEED). Only for unchanged pages of a file, which come back by
   * themselves: anything else is lost. False when the kernel refuses.
   */
  readonly release: (start: number, bytes: number) => boolean
}

const LOCK_EX = 2
const LOCK_NB = 4
const EAGAIN = 11
const STA_UNSYNC = 0x40
const TIMEX_BYTES = 208
const AF_UNIX = 1
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000
/** `sun_path` of Linux. */
const SUN_PATH = 108
const MADV_DONTNEED = 4

export const openLibc = (): Libc => {
  const lib = koffi.load(null)
  const flock = lib.func('int flock(int, int)')
  const adjtimex = lib.func('int adjtimex(_Inout_ uint8_t *)')
  const socket = lib.func('int socket(int, int, int)')
  const sendto = lib.func('int64_t sendto(int, const uint8_t *, size_t, int, const uint8_t *, uint32_t)')
  const close = lib.func('int close(int)')
  const madvise = lib.func('int madvise(uintptr_t, size_t, int)')
  const trim = mallocTrim(lib)
  return {
    trim,
    release: (start, bytes) => madvise(start, bytes, MADV_DONTNEED) === 0,
    tryLock: (fd) => {
      if (flock(fd, LOCK_EX | LOCK_NB) === 0) return true
      const errno = koffi.errno()
      if (errno === EAGAIN) return false
      throw new Error(`flock failed with errno ${errno}`)
    },
    clockState: () => {
      const timex = Buffer.alloc(TIMEX_BYTES)
      if (adjtimex(timex) < 0) return null
      return {
        synchronised: (timex.readInt32LE(40) & STA_UNSYNC) === 0,
        maxErrorUs: Number(timex.readBigInt64LE(24)),
      }
    },
    sendTo: (path, text) => {
      const name = Buffer.from(path, 'utf8')
      if (name.length === 0 || name.length >= SUN_PATH) return false
      if (name[0] === 0x40) name[0] = 0
      const address = Buffer.alloc(2 + name.length + (name[0] === 0 ? 0 : 1))
      address.writeUInt16LE(AF_UNIX, 0)
      name.copy(address, 2)
      const fd = socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0)
      if (fd < 0) return false
      const bytes = Buffer.from(text, 'utf8')
      const sent = Number(sendto(fd, bytes, bytes.length, 0, address, address.length))
      close(fd)
      return sent === bytes.length
    },
  }
}

const mallocTrim = (lib: ReturnType<typeof koffi.load>): (() => void) => {
  try {
    const trim = lib.func('int malloc_trim(size_t)')
    return () => void trim(0)
  } catch {
    return () => {}
  }
}

/** The kernel's id of this boot; `unknown` outside of Linux. */
export const kernelBootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return 'unknown'
  }
}
