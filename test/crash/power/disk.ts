import { createServer, type Socket } from 'node:net'
import type { Prng } from '#core/base/prng.ts'

/**
 * A disk with a volatile cache, served over NBD to one virtual machine. What was written is `stable` only after a flush (or a write that
 * asks for it, FUA); a power cut takes the rest. This is what a drive does that keeps to its word: everything flushed stays, in whole;
 * of everything else any part may be there or not, in any order, down to single sectors.
 */
export type Cut =
  /** Nothing that was not flushed is there. */
  | 'drop'
  /** Of each unflushed block of 4 KiB: it is there, or not, or some of its sectors are. */
  | 'tear'
  /** Everything is there: only the machine's memory is lost, as with a reset. */
  | 'keep'
export type CutReport = { readonly unflushed: number; readonly kept: number; readonly flushes: number }

export type VolatileDisk = {
  readonly read: (offset: number, length: number) => Buffer
  readonly write: (offset: number, bytes: Uint8Array) => void
  readonly flush: () => void
  /** The power goes at the n-th writing request from now on, before that one is carried out: `struck` hears of it. */
  readonly arm: (requests: number, struck: () => void) => void
  /** Counts one writing request. False: the power is gone, nothing is carried out or answered any more. */
  readonly alive: () => boolean
  /** Power off. Sectors that were not flushed, and how many of them stayed. */
  readonly cut: (how: Cut, random: Prng) => CutReport
  /** What the disk holds for good. */
  readonly stable: Buffer
}

const SECTOR = 512
const SECTORS_PER_BLOCK = 8

/** `lying`: it says that it has flushed and has not; a proof that losses would be noticed. */
export const volatileDisk = (stable: Buffer, lying = false): VolatileDisk => {
  const cache = new Map<number, Buffer>()
  const state = { flushes: 0, left: Number.POSITIVE_INFINITY, struck: (): void => undefined }
  const keep = (sector: number, bytes: Buffer): void => {
    bytes.copy(stable, sector * SECTOR)
  }
  const read = (offset: number, length: number): Buffer => {
    const answer = Buffer.from(stable.subarray(offset, offset + length))
    for (let at = offset - (offset % SECTOR); at < offset + length; at += SECTOR) {
      const sector = cache.get(at / SECTOR)
      if (sector === undefined) continue
      const from = Math.max(at, offset)
      sector.copy(answer, from - offset, from - at, Math.min(SECTOR, offset + length - at))
    }
    return answer
  }
  return {
    stable,
    read,
    write: (offset, bytes) => {
      if (offset % SECTOR !== 0 || bytes.length % SECTOR !== 0)
        throw new Error(`a write of part of a sector: ${offset}`)
      for (let at = 0; at < bytes.length; at += SECTOR)
        cache.set((offset + at) / SECTOR, Buffer.from(bytes.subarray(at, at + SECTOR)))
    },
    arm: (requests, struck) => Object.assign(state, { left: requests, struck }),
    alive: () => {
      state.left--
      if (state.left === 0) state.struck()
      return state.left > 0
    },
    flush: () => {
      state.flushes++
      if (lying) return
      for (const [sector, bytes] of cache) keep(sector, bytes)
      cache.clear()
    },
    cut: (how, random) => {
      const unflushed = cache.size
      const fates = new Map<number, 'there' | 'gone' | 'torn'>()
      let kept = 0
      for (const [sector, bytes] of cache) {
        const block = Math.floor(sector / SECTORS_PER_BLOCK)
        const fate = fates.get(block) ?? fateOf(how, random)
        fates.set(block, fate)
        if (fate === 'gone' || (fate === 'torn' && random.below(2) === 0)) continue
        keep(sector, bytes)
        kept++
      }
      cache.clear()
      const { flushes } = state
      Object.assign(state, { flushes: 0, left: Number.POSITIVE_INFINITY, struck: () => undefined })
      return { unflushed, kept, flushes }
    },
  }
}

const fateOf = (how: Cut, random: Prng): 'there' | 'gone' | 'torn' => {
  if (how !== 'tear') return how === 'keep' ? 'there' : 'gone'
  const roll = random.below(8)
  return roll < 3 ? 'there' : roll < 6 ? 'gone' : 'torn'
}

const FIXED_NEWSTYLE = 3
const OPTION = { exportName: 1, abort: 2, info: 6, go: 7 } as const
const REPLY = { ack: 1, info: 3, unsupported: 0x8000_0001 } as const
const REPLY_MAGIC = 0x3e889045565a9n
const COMMAND = { read: 0, write: 1, disconnect: 2, flush: 3 } as const
const FUA = 1
/** HAS_FLAGS, SEND_FLUSH, SEND_FUA. */
const EXPORT_FLAGS = 1 | 4 | 8
const EINVAL = 22

const be16 = (n: number): Buffer => Buffer.from([n >> 8, n & 0xff])
const be32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(n >>> 0)
  return bytes
}
const be64 = (n: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(n)
  return bytes
}

/** Gives bytes in the sizes that are asked for. Nothing is held beyond one request of the peer, which bounds itself (32 MiB in qemu). */
const createReader = (socket: Socket) => {
  let held: Buffer = Buffer.alloc(0)
  let waiting: { readonly size: number; readonly done: (bytes: Buffer | null) => void } | null = null
  let ended = false
  const settle = (): void => {
    if (waiting === null) return
    const { size, done } = waiting
    if (held.length >= size) {
      waiting = null
      const bytes = held.subarray(0, size)
      held = held.subarray(size)
      done(bytes)
    } else if (ended) {
      waiting = null
      done(null)
    }
  }
  socket.on('data', (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    settle()
  })
  const end = (): void => {
    ended = true
    settle()
  }
  socket.on('close', end)
  socket.on('error', end)
  return (size: number): Promise<Buffer | null> =>
    new Promise((done) => {
      waiting = { size, done }
      settle()
    })
}
type Reader = ReturnType<typeof createReader>

/** True when the peer may send requests now. */
const negotiate = async (socket: Socket, read: Reader, size: number): Promise<boolean> => {
  socket.write(Buffer.concat([Buffer.from('NBDMAGICIHAVEOPT'), be16(FIXED_NEWSTYLE)]))
  if ((await read(4)) === null) return false
  for (;;) {
    const head = await read(16)
    if (head === null || head.toString('latin1', 0, 8) !== 'IHAVEOPT') return false
    const option = head.readUInt32BE(8)
    const length = head.readUInt32BE(12)
    if (length > 0 && (await read(length)) === null) return false
    const reply = (kind: number, data: Buffer): void =>
      void socket.write(Buffer.concat([be64(REPLY_MAGIC), be32(option), be32(kind), be32(data.length), data]))
    if (option === OPTION.exportName) {
      socket.write(Buffer.concat([be64(BigInt(size)), be16(EXPORT_FLAGS)]))
      return true
    }
    if (option === OPTION.go || option === OPTION.info) {
      reply(REPLY.info, Buffer.concat([be16(0), be64(BigInt(size)), be16(EXPORT_FLAGS)]))
      reply(REPLY.info, Buffer.concat([be16(3), be32(SECTOR), be32(4096), be32(1_048_576)]))
      reply(REPLY.ack, Buffer.alloc(0))
      if (option === OPTION.go) return true
    } else if (option === OPTION.abort) {
      reply(REPLY.ack, Buffer.alloc(0))
      return false
    } else reply(REPLY.unsupported, Buffer.alloc(0))
  }
}

const serve = async (socket: Socket, disk: VolatileDisk): Promise<void> => {
  const read = createReader(socket)
  if (!(await negotiate(socket, read, disk.stable.length))) return void socket.destroy()
  for (;;) {
    const head = await read(28)
    if (head === null) return
    const flags = head.readUInt16BE(4)
    const command = head.readUInt16BE(6)
    const offset = Number(head.readBigUInt64BE(16))
    const length = head.readUInt32BE(24)
    const answer = (error: number, data: Buffer): void =>
      void socket.write(Buffer.concat([be32(0x67446698), be32(error), head.subarray(8, 16), data]))
    if (command === COMMAND.disconnect) return void socket.end()
    const bytes = command === COMMAND.write ? await read(length) : Buffer.alloc(0)
    if (bytes === null || (command !== COMMAND.read && !disk.alive())) return
    if (command === COMMAND.read) answer(0, disk.read(offset, length))
    else if (command === COMMAND.write) {
      disk.write(offset, bytes)
      // A disk may keep more than it must: with FUA this one keeps all that it holds.
      if ((flags & FUA) !== 0) disk.flush()
      answer(0, Buffer.alloc(0))
    } else if (command === COMMAND.flush) {
      disk.flush()
      answer(0, Buffer.alloc(0))
    } else answer(EINVAL, Buffer.alloc(0))
  }
}

/** Serves the disk on a Unix socket until `close`; several connections one after the other. */
export const serveDisk = async (disk: VolatileDisk, path: string): Promise<{ readonly close: () => void }> => {
  const server = createServer((socket) => void serve(socket, disk))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  return { close: () => server.close() }
}
