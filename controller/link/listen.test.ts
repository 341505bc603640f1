import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Wake } from '#core/base/ports.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { keepOpen } from './keeper.ts'
import { type ListenLink, listenLink } from './listen.ts'

const realWake: Wake = (delay, then) => {
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}

const clean: (() => unknown)[] = []
afterEach(async () => {
  for (const one of clean.splice(0).reverse()) await one()
})

const make = (from: readonly string[], now: () => number): ListenLink => {
  const link = listenLink({ host: '127.0.0.1', port: 0, from }, now)
  clean.push(() => link.close())
  return link
}
const still = () => 0
const HERE = ['127.0.0.1']
const ever = () => new AbortController().signal

const dialTo = async (link: ListenLink, localAddress = '127.0.0.1'): Promise<Socket> => {
  const port = link.port()
  if (port === null) throw new Error('not listening')
  const socket = connect({ host: '127.0.0.1', port, localAddress })
  socket.on('error', () => {})
  clean.push(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}
/** Opens while a card dials: the port is known only once it listens. */
const openWith = async (link: ListenLink): Promise<Socket> => {
  const opening = link.open(ever())
  while (link.port() === null) await new Promise(setImmediate)
  const card = await dialTo(link)
  expect(await opening).toEqual({ ok: true, value: undefined })
  return card
}
const closing = (link: ListenLink): Promise<LinkFault> => new Promise((resolve) => link.onClosed(resolve))

test('without a card, open waits a second, says why, and can be given up', async () => {
  const link = make(HERE, still)
  const began = performance.now()
  const nobody = await link.open(ever())
  expect(nobody.ok ? '' : `${nobody.error.kind} ${nobody.error.detail}`).toMatch(/^not-open .*no card has dialled yet$/)
  expect(performance.now() - began).toBeGreaterThan(900)
  expect(performance.now() - began).toBeLessThan(3000)
  const giving = new AbortController()
  const waiting = link.open(giving.signal)
  giving.abort()
  const given = await waiting
  expect(given.ok ? '' : given.error.kind).toBe('aborted')
  expect(link.isOpen()).toBe(false)
  const late = await link.write(Uint8Array.of(1))
  expect(late.ok ? '' : late.error.kind).toBe('not-open')
})

test('a card comes, talks both ways, goes, and comes back', async () => {
  const link = make(HERE, still)
  const card = await openWith(link)
  const heard = new Promise<Uint8Array>((resolve) => link.onData(resolve))
  card.write(Uint8Array.of(4, 0, 0x5f, 0))
  expect([...(await heard)]).toEqual([4, 0, 0x5f, 0])
  const received = once(card, 'data')
  expect((await link.write(Uint8Array.of(4, 0, 0x60, 0))).ok).toBe(true)
  expect([...((await received)[0] as Buffer)]).toEqual([4, 0, 0x60, 0])
  const gone = closing(link)
  card.destroy()
  expect((await gone).kind).toBe('closed')
  expect(link.isOpen()).toBe(false)
  // It dials before anyone opens again: it is held.
  await dialTo(link)
  expect((await link.open(ever())).ok).toBe(true)
  expect(link.refused()).toBe(0)
})

test('a stranger is refused and counted, and does not become the card', async () => {
  const link = make(['127.0.0.9'], still)
  const opening = link.open(ever())
  while (link.port() === null) await new Promise(setImmediate)
  const stranger = await dialTo(link)
  await once(stranger, 'close')
  expect(link.refused()).toBe(1)
  await dialTo(link, '127.0.0.9')
  expect((await opening).ok).toBe(true)
  expect(link.refused()).toBe(1)
})

test('of two cards the second is refused while the first is heard, and takes over when it is silent', async () => {
  let now = 0
  const link = make(['127.0.0.1', '127.0.0.2'], () => now)
  const first = await openWith(link)
  now = 40_000
  const heard = new Promise<Uint8Array>((resolve) => link.onData(resolve))
  first.write(Uint8Array.of(4, 0, 0x5f, 0))
  await heard
  now = 60_000
  const second = await dialTo(link, '127.0.0.2')
  await once(second, 'close')
  expect(link.refused()).toBe(1)
  expect(link.isOpen()).toBe(true)
  now = 85_000
  const replaced = closing(link)
  const third = await dialTo(link, '127.0.0.2')
  expect((await replaced).detail).toContain('127.0.0.1: silent for 45000 ms')
  expect((await link.open(ever())).ok).toBe(true)
  const received = once(third, 'data')
  await link.write(Uint8Array.of(7))
  expect([...((await received)[0] as Buffer)]).toEqual([7])
  expect(link.refused()).toBe(1)
})

test('a port that is taken is said, not thrown; after close nobody listens', async () => {
  const link = make(HERE, still)
  await openWith(link)
  const other = listenLink({ host: '127.0.0.1', port: link.port() ?? 0, from: HERE }, still)
  const taken = await other.open(ever())
  expect(taken.ok ? '' : taken.error.kind).toBe('not-open')
  expect(taken.ok ? '' : taken.error.detail).toContain('EADDRINUSE')
  await link.close()
  expect(link.port()).toBe(null)
  expect(link.isOpen()).toBe(false)
})

test('closed at once after open, it listens no more', async () => {
  const link = make(HERE, still)
  const giving = new AbortController()
  const opening = link.open(giving.signal)
  giving.abort()
  await link.close()
  const given = await opening
  expect(given.ok ? '' : given.error.kind).toBe('aborted')
  expect(link.port()).toBe(null)
})

test('the keeper opens it again after the card came back', async () => {
  const link = make(HERE, still)
  let opened = 0
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const keeper = keepOpen({
    link,
    wake: realWake,
    log: () => {},
    onOpen: () => {
      opened += 1
      if (opened === 1) first.resolve()
      if (opened === 2) second.resolve()
    },
  })
  clean.push(() => keeper.close())
  const ready = keeper.ready()
  while (link.port() === null) await new Promise(setImmediate)
  const card = await dialTo(link)
  expect((await ready).ok).toBe(true)
  await first.promise
  const gone = closing(link)
  card.destroy()
  await gone
  await dialTo(link)
  await second.promise
  expect(keeper.reopened()).toBe(1)
})
