import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROLES } from '#core/contract/can.ts'
import { startHub } from '../main.ts'
import { HTTP_BOUNDS, makeApp, routesOf } from '../server/app.ts'
import {
  configOf,
  login,
  makeSeed,
  orderOf,
  type Person,
  sealOrder,
  signerOf,
  startWorld,
  type World,
} from './harness.ts'
import { openSession, putAccount } from './principals.ts'

/** What somebody can send to the hub's door that is no honest request: too much, too slow, too deep, half of it, or with a path in it. */

let from: Awaited<ReturnType<typeof makeSeed>>
let world: World
let officer: Person
let signer: Awaited<ReturnType<typeof signerOf>>
let anyRole: { readonly cookie: string; readonly 'x-bangtin-csrf': string }
beforeAll(async () => {
  from = await makeSeed()
  world = await startWorld(from)
  officer = await login(world, 'tructinh')
  signer = await signerOf(world, 'tructinh')
  await putAccount(world, 'tat-ca', ROLES)
  anyRole = await openSession(world, 'tat-ca')
})
afterAll(() => world.close())

const MEGABYTE = 1_048_576
const HANG_MS = 10_000
const portOf = (url: string) => Number(new URL(url).port)
const port = () => portOf(world.hub.url)
const lines = (...all: readonly string[]) => `${all.join('\r\n')}\r\n\r\n`

/** A socket, what came back, and its end, whoever ends it. */
const raw = async (at: number) => {
  const socket = connect({ port: at, host: '127.0.0.1' })
  const got = { text: '' }
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    if (got.text.length < 65_536) got.text += chunk.toString('latin1')
  })
  await new Promise((resolve) => socket.once('connect', resolve))
  return { socket, got, closed, status: () => Number(/^HTTP\/1\.1 (\d{3})/.exec(got.text)?.[1] ?? 0) }
}
/** Sends it and waits for an answer or the end. */
const say = async (at: number, text: string | Buffer): Promise<number> => {
  const it = await raw(at)
  it.socket.write(text)
  await Promise.race([new Promise((resolve) => it.socket.once('data', resolve)), it.closed])
  it.socket.destroy()
  return it.status()
}
/** Goes on sending until there is an answer; how much went out until then. Status 0: hung up on, which can overtake the answer. */
const pour = async (
  head: string,
  chunk: Buffer,
  most: number,
): Promise<{ readonly status: number; readonly sent: number }> => {
  const it = await raw(port())
  const over = { is: false }
  void it.closed.then(() => {
    over.is = true
  })
  it.socket.write(head)
  let sent = 0
  while (sent < most && !over.is && it.got.text === '') {
    sent += chunk.length
    if (!it.socket.write(chunk))
      await Promise.race([new Promise((resolve) => it.socket.once('drain', resolve)), it.closed, once(it.socket)])
    else await new Promise((resolve) => setImmediate(resolve))
  }
  if (it.got.text === '') await Promise.race([once(it.socket), it.closed])
  it.socket.destroy()
  return { status: it.status(), sent }
}
const once = (socket: Socket) => new Promise((resolve) => socket.once('data', resolve))

const released = { count: 0 }
/** The one thing that must always go: an order by an officer. */
const release = async (url = world.hub.url): Promise<number> => {
  released.count += 1
  const order = orderOf({ id: `N-${released.count}`, issuedAt: world.clock.at, startsAt: world.clock.at })
  const response = await fetch(`${url}/api/orders`, {
    method: 'POST',
    headers: { cookie: officer.cookie, 'x-bangtin-csrf': officer.session.csrf, 'content-type': 'application/json' },
    body: JSON.stringify({ envelope: sealOrder(signer, order) }),
  })
  return response.status
}

const TYPES: { readonly [url: string]: string } = { '/api/cap': 'application/cap+xml', '/api/pictures': 'image/png' }
const posts = () => routesOf(world.hub.hub).filter((r) => r.method === 'POST')
const headOf = (url: string, more: readonly string[]) =>
  lines(
    `POST ${url.replace(':id', 'x')} HTTP/1.1`,
    `Host: 127.0.0.1`,
    `Content-Type: ${TYPES[url] ?? 'application/json'}`,
    ...more,
  )

describe('a body of 100 MB to every route that takes one', () => {
  const chunk = Buffer.alloc(65_536, 0x5b)
  it('is refused before it is read, with a session or without, and leaves no memory behind', async () => {
    const session = [`Cookie: ${anyRole.cookie}`, `X-Bangtin-Csrf: ${anyRole['x-bangtin-csrf']}`]
    const before = process.memoryUsage().rss
    let tried = 0
    let sent = 0
    // A logout would end the session under which the others are tried.
    for (const { url } of posts().filter((r) => r.url !== '/api/logout')) {
      for (const who of [[], session]) {
        const all = await pour(headOf(url, [...who, `Content-Length: ${100 * MEGABYTE}`]), chunk, 100 * MEGABYTE)
        expect([url, who.length, [0, 400, 401, 403, 413, 415].includes(all.status), all.status]).toEqual([
          url,
          who.length,
          true,
          all.status,
        ])
        expect([url, who.length, all.sent < 16 * MEGABYTE]).toEqual([url, who.length, true])
        tried += 1
        sent += all.sent
      }
    }
    expect(tried).toBe(2 * (posts().length - 1))
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MEGABYTE)
    expect(sent).toBeLessThan(tried * 4 * MEGABYTE)
  })

  it('in pieces without a length: read to the bound of the route and no further', async () => {
    const session = [`Cookie: ${anyRole.cookie}`, `X-Bangtin-Csrf: ${anyRole['x-bangtin-csrf']}`]
    const piece = Buffer.concat([Buffer.from('10000\r\n'), chunk, Buffer.from('\r\n')])
    const before = process.memoryUsage().rss
    const tried: string[] = []
    for (const url of ['/api/login', '/api/enrol', '/api/orders', '/api/drafts', '/api/cap', '/api/schedules']) {
      for (const who of [[], session]) {
        const all = await pour(headOf(url, [...who, 'Transfer-Encoding: chunked']), piece, 100 * MEGABYTE)
        expect([url, who.length, [0, 400, 401, 413, 415].includes(all.status), all.status]).toEqual([
          url,
          who.length,
          true,
          all.status,
        ])
        expect([url, who.length, all.sent < 16 * MEGABYTE]).toEqual([url, who.length, true])
        tried.push(url)
      }
    }
    expect(tried.length).toBe(12)
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MEGABYTE)
    expect(await release()).toBe(200)
  })
})

describe('a body that is not what it says', () => {
  const send = (path: string, type: string, body: string | Buffer, more: Record<string, string> = {}) =>
    fetch(world.hub.url + path, {
      method: 'POST',
      headers: { ...anyRole, 'content-type': type, ...more },
      body: new Uint8Array(Buffer.from(body)),
    })
  it('of whatever form: a refusal that says so, never a fault of ours', async () => {
    const deep = (n: number) => `${'['.repeat(n)}${']'.repeat(n)}`
    const form = (parts: string) => `${parts}--x--\r\n`
    const part = (name: string, body: string) =>
      `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${body}\r\n`
    const file = (n: number) => `--x\r\nContent-Disposition: form-data; name="file"; filename="${n}.png"\r\n\r\nx\r\n`
    const multipart = 'multipart/form-data; boundary=x'
    const json = 'application/json'
    const bodies: readonly (readonly [string, string, string, string | Buffer, Record<string, string>?])[] = [
      ['nested a million deep', '/api/orders', json, deep(1_000_000)],
      ['objects a hundred thousand deep', '/api/drafts', json, `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
      ['a prototype', '/api/drafts', json, '{"__proto__":{"admin":true}}'],
      ['a constructor', '/api/drafts', json, '{"constructor":{"prototype":{"admin":true}}}'],
      ['a number of a megabyte', '/api/drafts', json, `{"lengthMs":${'9'.repeat(MEGABYTE)}}`],
      ['no UTF-8', '/api/orders', json, Buffer.alloc(1000, 0xff)],
      ['half of it', '/api/orders', json, '{"envelope":{"v":1,'],
      ['nothing', '/api/orders', json, ''],
      ['a list', '/api/orders', json, '[]'],
      ['null', '/api/orders', json, 'null'],
      ['packed with gzip', '/api/orders', json, gzipSync(Buffer.alloc(50 * MEGABYTE)), { 'content-encoding': 'gzip' }],
      ['XML where JSON goes', '/api/orders', 'application/xml', '<a/>'],
      ['text', '/api/orders', 'text/plain', '{"envelope":1}'],
      ['a form', '/api/orders', 'application/x-www-form-urlencoded', 'envelope=1'],
      ['a type nobody knows', '/api/orders', 'application/x-hostile', 'x'],
      ['a type that is none', '/api/orders', 'hostile;;;=', 'x'],
      ['JSON where XML goes', '/api/cap', json, '{}'],
      ['XML with entities', '/api/cap', 'application/cap+xml', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
      ['a picture that is none', '/api/pictures', 'image/png', 'x'],
      ['a form where a form goes, without its end', '/api/items', multipart, part('meta', '{}').slice(0, -10)],
      [
        'ten thousand parts',
        '/api/items',
        multipart,
        form(Array.from({ length: 10_000 }, (_, i) => part(`p${i}`, 'x')).join('')),
      ],
      [
        'a thousand files',
        '/api/items',
        multipart,
        form(part('meta', '{}') + Array.from({ length: 1_000 }, (_, i) => file(i)).join('')),
      ],
      ['a field of a megabyte', '/api/items', multipart, form(part('meta', 'x'.repeat(MEGABYTE)))],
      [
        'a part with a megabyte of headers',
        '/api/items',
        multipart,
        `--x\r\n${'X: y\r\n'.repeat(170_000)}\r\n\r\n--x--`,
      ],
      ['a form without boundary', '/api/items', 'multipart/form-data', 'x'],
      ['JSON where a form goes', '/api/items', json, '{}'],
    ]
    const before = process.memoryUsage().rss
    for (const [what, path, type, body, more] of bodies) {
      const r = await send(path, type, body, more)
      expect([what, r.status >= 400 && r.status < 500, r.status]).toEqual([what, true, r.status])
      expect([what, typeof ((await r.json()) as { error?: unknown }).error]).toEqual([what, 'string'])
    }
    expect(bodies.length).toBe(26)
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MEGABYTE)
    expect(({} as { admin?: unknown }).admin).toBeUndefined()
    expect(world.logged.filter((l) => l.startsWith('error'))).toEqual([])
    expect(await release()).toBe(200)
  })
})

describe('a request that is none', () => {
  it('is answered with 4xx or hung up on, and the next one is served', async () => {
    const get = 'GET /api/session HTTP/1.1'
    const requests: readonly (readonly [string, string | Buffer])[] = [
      ['rubbish', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919) % 256))],
      ['TLS to where there is none', Buffer.from('16030100a5010000a1', 'hex')],
      ['HTTP/9', lines('GET / HTTP/9.9', 'Host: x')],
      ['no host', lines(get)],
      ['two lengths', lines('POST /api/login HTTP/1.1', 'Host: x', 'Content-Length: 5', 'Content-Length: 6')],
      [
        'length and pieces',
        lines('POST /api/login HTTP/1.1', 'Host: x', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
      ],
      ['a negative length', lines('POST /api/login HTTP/1.1', 'Host: x', 'Content-Length: -1')],
      [
        'a piece of a negative size',
        `${lines('POST /api/login HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked')}-5\r\n`,
      ],
      ['a header of a megabyte', lines(get, 'Host: x', `X: ${'y'.repeat(MEGABYTE)}`)],
      ['five thousand headers', lines(get, 'Host: x', ...Array.from({ length: 5_000 }, (_, i) => `X-${i}: y`))],
      ['a header with a line break in it', lines(get, 'Host: x', 'X: a\rb')],
      ['a header with a zero', lines(get, 'Host: x', 'X: a\0b')],
      ['a cookie of 12 KB', lines(get, 'Host: x', `Cookie: bangtin=${'a'.repeat(12_000)}`)],
      ['a thousand cookies', lines(get, 'Host: x', `Cookie: ${'bangtin=a; '.repeat(1_000)}`)],
      ['a broken cookie', lines(get, 'Host: x', 'Cookie: bangtin=%E0%A4%A; ===;')],
      ['an address of 12 KB', lines(`GET /${'a'.repeat(12_000)} HTTP/1.1`, 'Host: x')],
      ['a broken escape', lines('GET /api/items/%E0%A4%A/file HTTP/1.1', 'Host: x')],
      ['a method that is none', lines('BREW /coffee HTTP/1.1', 'Host: x')],
      ['an upgrade to nothing', lines(get, 'Host: x', 'Connection: Upgrade', 'Upgrade: h2c')],
      [
        'a socket without a key',
        lines('GET /api/live HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket'),
      ],
      ['a way through us', lines('CONNECT 127.0.0.1:22 HTTP/1.1', 'Host: x')],
      ['an address elsewhere', lines('GET http://169.254.169.254/ HTTP/1.1', 'Host: x')],
    ]
    for (const [what, text] of requests) {
      const status = await say(port(), text)
      expect([what, status === 0 || (status >= 400 && status < 500), status]).toEqual([what, true, status])
    }
    expect(requests.length).toBe(22)
    // A thousand in one breath, and rubbish after them.
    const it = await raw(port())
    it.socket.write(`${lines(get, 'Host: x').repeat(1_000)}\0\0\0rubbish\r\n\r\n`)
    await it.closed
    expect(it.got.text).toMatch(/^HTTP\/1\.1 4/)
    expect(world.logged.filter((l) => l.startsWith('error'))).toEqual([])
    expect(await release()).toBe(200)
  })

  it('with a way out of the folder in its path gets nothing that is not ours to give', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'hub-console-'))
    mkdirSync(join(dir, 'console'))
    writeFileSync(join(dir, 'console', 'index.html'), '<p>bangtin</p>')
    writeFileSync(join(dir, 'secret.txt'), 'SECRET')
    const config = configOf(`${from.dir}/data`, { consoleDir: join(dir, 'console') })
    const own = await startHub(config, { now: () => world.clock.at, log: () => undefined })
    if (!own.ok) throw new Error(own.error)
    const ways = [
      '/../secret.txt',
      '/../../../../../../etc/passwd',
      '/%2e%2e/secret.txt',
      '/%2e%2e%2fsecret.txt',
      '/..%2fsecret.txt',
      '/..%5csecret.txt',
      '/..\\secret.txt',
      '/....//secret.txt',
      '/%252e%252e%252fsecret.txt',
      '/console/../../secret.txt',
      '/./.././secret.txt',
      '//secret.txt',
      '/index.html/../../secret.txt',
      '/%00../secret.txt',
      '/index.html%00.png',
      '/%c0%ae%c0%ae/secret.txt',
      '/file:///etc/passwd',
      '/assets/../../hub.sqlite',
      '/assets/..%2f..%2fhub.sqlite',
      '/assets/%2e%2e%2fhub.sqlite',
      `/assets/${'0'.repeat(62)}..`,
      '/api/items/..%2f..%2fhub.sqlite/file',
      '/api/sites/..%2f..%2fetc/frame',
      '/api/orders/..%2f..%2fx/frames/..%2fy/during',
      '/edges/..%2f..%2fetc/metrics',
    ]
    for (const way of ways) {
      for (const cookie of ['', `Cookie: ${anyRole.cookie}`]) {
        const it = await raw(portOf(own.value.url))
        it.socket.write(
          lines(`GET ${way} HTTP/1.1`, 'Host: x', 'Connection: close', ...(cookie === '' ? [] : [cookie])),
        )
        await it.closed
        expect([way, /SECRET|root:x|SQLite format/.test(it.got.text)]).toEqual([way, false])
        expect([way, it.status() < 500]).toEqual([way, true])
      }
    }
    expect(ways.length).toBe(25)
    await own.value.close()
    rmSync(dir, { recursive: true })
  })
})

describe('many and slow', () => {
  it('headers and bodies that trickle are hung up on in their time, and meanwhile an order goes out', async () => {
    const bounds = { ...HTTP_BOUNDS, headersMs: 500, requestMs: 1_000, checkMs: 100 }
    const app = await makeApp(world.hub.hub, { certificate: null, metricsToken: null, bounds })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const at = (app.server.address() as AddressInfo).port
    const begun = performance.now()
    const slow = await Promise.all(Array.from({ length: 300 }, () => raw(at)))
    for (const [i, { socket }] of slow.entries()) {
      if (i % 3 === 0) socket.write('GET /api/session HTTP/1.1\r\nX: ')
      if (i % 3 === 1)
        socket.write(
          lines('POST /api/login HTTP/1.1', 'Host: x', 'Content-Type: application/json', 'Content-Length: 5000'),
        )
    }
    const trickle = setInterval(() => {
      for (const [i, { socket }] of slow.entries()) if (i % 3 !== 2 && socket.writable) socket.write('a')
    }, 50)
    expect(await release(`http://127.0.0.1:${at}`)).toBe(200)
    await Promise.race([
      Promise.all(slow.map((s) => s.closed)),
      new Promise((resolve) => setTimeout(resolve, HANG_MS).unref()),
    ])
    clearInterval(trickle)
    const open = slow.map((s, i) => [i % 3, s.socket.destroyed] as const).filter(([, over]) => !over)
    expect(open).toEqual([])
    expect(performance.now() - begun).toBeLessThan(HANG_MS)
    expect(slow.filter((s, i) => i % 3 === 0 && s.status() === 408).length).toBe(100)
    await app.close()
    expect(HTTP_BOUNDS).toEqual({
      headersMs: 15_000,
      requestMs: 300_000,
      checkMs: 5_000,
      idleMs: 72_000,
      connections: 10_000,
    })
  })

  it('a thousand connections that say nothing hold nobody up', async () => {
    const before = process.memoryUsage().rss
    const idle = await Promise.all(Array.from({ length: 1_000 }, () => raw(port())))
    expect(await release()).toBe(200)
    expect((await fetch(`${world.hub.url}/api/sites`, { headers: { cookie: officer.cookie } })).status).toBe(200)
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MEGABYTE)
    for (const { socket } of idle) socket.destroy()
    expect(idle.length).toBe(1_000)
  })
})
