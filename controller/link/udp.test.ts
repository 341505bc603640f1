import { createSocket, type Socket } from 'node:dgram'
import { afterEach, expect, test } from 'vitest'
import { MOST_DATAGRAM, udpLink } from './udp.ts'

const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) await new Promise<void>((resolve) => socket.close(() => resolve()))
})

/** A real socket on a free port of this machine. */
const peer = async (): Promise<{ socket: Socket; port: number }> => {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', () => resolve()))
  sockets.push(socket)
  return { socket, port: socket.address().port }
}
const never = new AbortController().signal
const nextChunk = (link: ReturnType<typeof udpLink>): Promise<string> =>
  new Promise((resolve) => {
    const stop = link.onData((chunk) => {
      stop()
      resolve(Buffer.from(chunk).toString('latin1'))
    })
  })

test('a write is one datagram, a datagram is one chunk, both ways', async () => {
  const { socket, port } = await peer()
  socket.on('message', (message, from) => {
    for (const piece of ['one', 'two']) socket.send(`${message.toString()} ${piece}`, from.port, from.address)
  })
  const link = udpLink({ host: '127.0.0.1', port })
  expect(link.name).toBe(`udp 127.0.0.1:${port}`)
  expect(await link.open(never)).toEqual({ ok: true, value: undefined })
  expect(await link.open(never)).toEqual({ ok: true, value: undefined })
  const chunks: string[] = []
  const both = new Promise<void>((resolve) => {
    link.onData((chunk) => {
      if (chunks.push(Buffer.from(chunk).toString()) === 2) resolve()
    })
  })
  expect((await link.write(Buffer.from('hello'))).ok).toBe(true)
  await both
  expect(chunks).toEqual(['hello one', 'hello two'])
  await link.close()
  expect(link.isOpen()).toBe(false)
  expect(await link.write(Buffer.from('late'))).toMatchObject({ ok: false, error: { kind: 'not-open' } })
})

test('datagrams of strangers are dropped, too large ones are not sent', async () => {
  const { socket, port } = await peer()
  const stranger = await peer()
  const link = udpLink({ host: '127.0.0.1', port })
  await link.open(never)
  const from = new Promise<number>((resolve) => socket.once('message', (_, info) => resolve(info.port)))
  await link.write(Buffer.from('?'))
  const own = await from
  const heard = nextChunk(link)
  await new Promise<void>((resolve) => stranger.socket.send('evil', own, '127.0.0.1', () => resolve()))
  socket.send('good', own, '127.0.0.1')
  expect(await heard).toBe('good')
  expect(await link.write(new Uint8Array(MOST_DATAGRAM + 1))).toMatchObject({ ok: false, error: { kind: 'garbled' } })
  await link.close()
})

test('a refused port is silence, and the same link speaks again when the device is back', async () => {
  const gone = await peer()
  const { port } = gone
  await new Promise<void>((resolve) => gone.socket.close(() => resolve()))
  sockets.splice(0)
  const link = udpLink({ host: '127.0.0.1', port })
  let closed = 0
  link.onClosed(() => {
    closed += 1
  })
  await link.open(never)
  for (let i = 0; i < 5; i++) expect((await link.write(Buffer.from('anyone?'))).ok).toBe(true)
  expect(link.isOpen()).toBe(true)
  const back = createSocket('udp4')
  sockets.push(back)
  await new Promise<void>((resolve) => back.bind(port, '127.0.0.1', () => resolve()))
  const asked = new Promise<string>((resolve) => back.once('message', (message) => resolve(message.toString())))
  await link.write(Buffer.from('now'))
  expect(await asked).toBe('now')
  expect(closed).toBe(0)
  await link.close()
})

test('an unknown host and an abort are told apart', async () => {
  const unknown = await udpLink({ host: 'no-such-host.invalid', port: 161 }).open(never)
  expect(unknown).toMatchObject({ ok: false, error: { kind: 'not-open' } })
  expect(await udpLink({ host: '127.0.0.1', port: 161 }).open(AbortSignal.abort())).toMatchObject({
    ok: false,
    error: { kind: 'aborted' },
  })
})
