import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { prng } from '#core/base/prng.ts'
import { serveDisk, volatileDisk } from './disk.ts'
import { hear, MARK } from './words.ts'

const filled = (byte: number, bytes: number): Buffer => Buffer.alloc(bytes, byte)

test('what was flushed stays, what was not is gone, and what is read is always the newest', () => {
  const disk = volatileDisk(Buffer.alloc(65_536))
  disk.write(4096, filled(1, 4096))
  disk.flush()
  disk.write(4096, filled(2, 512))
  disk.write(8192, filled(3, 4096))
  expect(disk.read(4096, 4096)).toEqual(Buffer.concat([filled(2, 512), filled(1, 3584)]))
  expect(disk.cut('drop', prng(1))).toEqual({ unflushed: 9, kept: 0, flushes: 1 })
  expect(disk.read(4096, 8192)).toEqual(Buffer.concat([filled(1, 4096), filled(0, 4096)]))
})

test('torn: of what was not flushed some sectors are there, each whole, and nothing else has changed', () => {
  const disk = volatileDisk(Buffer.alloc(1_048_576))
  disk.write(0, filled(1, 4096))
  disk.flush()
  for (let block = 1; block < 200; block++) disk.write(block * 4096, filled(7, 4096))
  const { unflushed, kept } = disk.cut('tear', prng(3))
  expect(unflushed).toBe(199 * 8)
  expect(kept).toBeGreaterThan(unflushed / 4)
  expect(kept).toBeLessThan((unflushed * 3) / 4)
  expect(disk.read(0, 4096)).toEqual(filled(1, 4096))
  let whole = 0
  for (let sector = 8; sector < 200 * 8; sector++) {
    const bytes = disk.read(sector * 512, 512)
    expect([0, 7]).toContain(bytes[0])
    expect(new Set(bytes).size).toBe(1)
    if (bytes[0] === 7) whole++
  }
  expect(whole).toBe(kept)
})

test('a disk that lies loses what it said to have flushed', () => {
  const disk = volatileDisk(Buffer.alloc(8192), true)
  disk.write(0, filled(9, 512))
  disk.flush()
  expect(disk.cut('drop', prng(1)).unflushed).toBe(1)
  expect(disk.read(0, 512)).toEqual(filled(0, 512))
})

/** The part of an NBD client that is needed: fixed newstyle, option GO, then requests one at a time. Written from the protocol's text. */
const client = async (path: string) => {
  const socket = connect(path)
  let held = Buffer.alloc(0)
  const waiting = { wake: (): void => undefined }
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    waiting.wake()
  })
  const read = async (size: number): Promise<Buffer> => {
    while (held.length < size)
      await new Promise<void>((resolve) => {
        waiting.wake = resolve
      })
    const bytes = held.subarray(0, size)
    held = held.subarray(size)
    return bytes
  }
  const hello = await read(18)
  expect(hello.toString('latin1', 0, 16)).toBe('NBDMAGICIHAVEOPT')
  const go = Buffer.alloc(4 + 16 + 6)
  go.writeUInt32BE(3, 0)
  go.write('IHAVEOPT', 4, 'latin1')
  go.writeUInt32BE(7, 12)
  go.writeUInt32BE(6, 16)
  socket.write(go)
  let size = 0n
  for (;;) {
    const head = await read(20)
    const data = await read(head.readUInt32BE(16))
    if (head.readUInt32BE(12) === 1) break
    if (data.readUInt16BE(0) === 0) size = data.readBigUInt64BE(2)
  }
  const ask = async (type: number, of: { flags: number; offset: number; data: Buffer; length: number }) => {
    const head = Buffer.alloc(28)
    head.writeUInt32BE(0x25609513, 0)
    head.writeUInt16BE(of.flags, 4)
    head.writeUInt16BE(type, 6)
    head.writeBigUInt64BE(77n, 8)
    head.writeBigUInt64BE(BigInt(of.offset), 16)
    head.writeUInt32BE(of.length, 24)
    socket.write(Buffer.concat([head, of.data]))
    const reply = await read(16)
    expect([reply.readUInt32BE(0), reply.readBigUInt64BE(8)]).toEqual([0x67446698, 77n])
    return { error: reply.readUInt32BE(4), data: type === 0 ? await read(of.length) : Buffer.alloc(0) }
  }
  return { size, ask, close: () => socket.destroy() }
}

test('served over NBD as a virtual machine asks for it: write, read, flush, FUA, and the power going at the n-th request', async () => {
  const path = join(tmpdir(), `bangtin-nbd-${process.pid}`)
  const disk = volatileDisk(Buffer.alloc(65_536))
  const server = await serveDisk(disk, path)
  const it = await client(path)
  try {
    expect(it.size).toBe(65_536n)
    const write = (offset: number, byte: number, flags = 0) =>
      it.ask(1, { flags, offset, data: filled(byte, 512), length: 512 })
    const none = { flags: 0, offset: 0, data: Buffer.alloc(0), length: 0 }
    expect((await write(0, 1)).error).toBe(0)
    expect((await it.ask(0, { ...none, length: 512 })).data).toEqual(filled(1, 512))
    expect(disk.stable[0]).toBe(0)
    expect((await it.ask(3, none)).error).toBe(0)
    expect(disk.stable[0]).toBe(1)
    await write(512, 2, 1)
    expect(disk.stable[512]).toBe(2)
    expect((await it.ask(4, none)).error, 'trim is not offered').toBe(22)
    const struck = Promise.withResolvers<void>()
    disk.arm(2, struck.resolve)
    await write(1024, 3)
    void write(1536, 4)
    await struck.promise
    expect(disk.cut('keep', prng(1))).toMatchObject({ unflushed: 1, kept: 1 })
    expect([disk.stable[1024], disk.stable[1536]]).toEqual([3, 0])
  } finally {
    it.close()
    server.close()
  }
})

test('a line of the console that a cut tore is nothing, whatever the kernel printed before it', () => {
  expect(hear(`[ 1.2] hello ${MARK}{"hub":7}`)).toEqual({ hub: 7 })
  expect(hear(`${MARK}{"durable":[[1,"ab`)).toBeNull()
  expect(hear('/dev/vdb: clean')).toBeNull()
})
