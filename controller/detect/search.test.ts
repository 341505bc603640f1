import { createSocket } from 'node:dgram'
import { expect, test } from 'vitest'
import { toHex } from '#core/base/bytes.ts'
import { SEARCHES, searchNetwork } from './search.ts'
import { bytesOfHex } from './testing.ts'

const realWake = (delay: number, then: () => void) => {
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}
const ID = 'C16L-D24-000A2'

/** A device on a port of its own that answers what is asked, or anything at all. */
const device = async (answer: (request: Uint8Array) => Uint8Array) => {
  const socket = createSocket('udp4')
  const heard: string[] = []
  socket.on('message', (bytes, from) => {
    heard.push(toHex(bytes, ' '))
    socket.send(answer(bytes), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    port: socket.address().port,
    heard,
    close: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  }
}

test('cards and senders that answer are told, each once; an echo of our own question is not', async () => {
  const id = Uint8Array.from([...ID].map((c) => c.charCodeAt(0)))
  const card = await device(() => {
    const bytes = new Uint8Array(25)
    bytes.set(bytesOfHex('05 00 00 01 02 10'), 0)
    bytes.set(id, 6)
    return bytes
  })
  const sender = await device(() => Uint8Array.from([...'rpProMI:MCTRL660 Pro'].map((c) => c.charCodeAt(0))))
  const echo = await device((request) => request)
  const [huidu, novastar] = SEARCHES
  if (!huidu || !novastar) throw new Error('two searches')
  const stop = new AbortController()
  let told = 0
  const { found, failed } = await searchNetwork({
    searches: [
      { ...huidu, port: card.port },
      { ...novastar, port: sender.port },
      { ...huidu, port: echo.port },
    ],
    hosts: ['127.0.0.1'],
    seconds: 5,
    wake: realWake,
    signal: stop.signal,
    onFound: () => {
      told += 1
      if (told === 2) stop.abort()
    },
  })
  await Promise.all([card.close(), sender.close(), echo.close()])
  expect(failed).toEqual([])
  expect(found.toSorted((a, b) => a.family.localeCompare(b.family))).toEqual([
    { family: 'huidu', host: '127.0.0.1', says: ID },
    { family: 'novastar', host: '127.0.0.1', says: 'MCTRL660 Pro' },
  ])
  expect([card.heard, sender.heard]).toEqual([['05 00 00 01 01 10'], ['72 71 50 72 6F 4D 49 3A']])
})

test('ends at once when it was stopped before', async () => {
  const stop = new AbortController()
  stop.abort()
  const { found } = await searchNetwork({
    searches: SEARCHES.map((search) => ({ ...search, port: 9 })),
    hosts: ['127.0.0.1'],
    seconds: 60,
    wake: realWake,
    signal: stop.signal,
    onFound: () => {},
  })
  expect(found).toEqual([])
})
