import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { changed, sample } from '../test/cap-sample.ts'
import type { Desk, Taken } from './desk.ts'
import { makeFeed, readFeed } from './feed.ts'

const E2 = sample('E2')
const message = (id: string) => changed(E2, ['MAU-E2-01', id])

/** A server that says whatever a test tells it to, and counts what it was asked. */
const asked: { path: string; headers: NodeJS.Dict<string | string[]> }[] = []
const answers = new Map<string, (response: ServerResponse, headers: NodeJS.Dict<string | string[]>) => void>()
let server: Server
let base = ''
beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push({ path, headers: request.headers })
    const answer = answers.get(path)
    if (answer === undefined) response.writeHead(404).end()
    else answer(response, request.headers)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
beforeEach(() => {
  asked.length = 0
  answers.clear()
})

const say = (path: string, text: string | Buffer, type = 'application/cap+xml', more: Record<string, string> = {}) =>
  answers.set(path, (response) => response.writeHead(200, { 'content-type': type, ...more }).end(text))
const atom = (...entries: readonly (readonly [href: string, updated: string])[]) =>
  `<?xml version="1.0"?><?xml-stylesheet href="x"?><feed xmlns="http://www.w3.org/2005/Atom">${entries
    .map(
      ([href, at]) =>
        `<entry><link href="/page"/><link type="application/cap+xml" href="${href}"/><updated>${at}</updated></entry>`,
    )
    .join('')}</feed>`

const stand = (
  taken: Taken = { kind: 'remembered', identity: { sender: 'a', identifier: 'b', sent: 'c' }, withdrawn: 0 },
) => {
  const got: string[] = []
  const say = { taken }
  const desk: Desk = {
    takeIn: async (bytes) => {
      got.push(Buffer.from(bytes).toString())
      return say.taken
    },
  }
  return { got, say, desk }
}
const SECOND = 1000
const feedOf = (desk: Desk, path: string, withinMs = 5_000) =>
  makeFeed({ desk, name: 'nguon', url: base + path, everySeconds: 60, withinMs, log: () => undefined })
const running = () => new AbortController().signal
const round = (feed: ReturnType<typeof feedOf>) => feed.round(running())

describe('a feed', () => {
  it('gives each message once, and is asked whether it changed', async () => {
    const { got, desk } = stand()
    const feed = feedOf(desk, '/atom')
    const tags: Record<string, string> = { etag: '"1"', 'last-modified': 'Sun, 22 Nov 2026 03:00:00 GMT' }
    say('/atom', atom(['/m/1', 'a'], ['/m/2', 'a']), 'application/atom+xml', tags)
    say('/m/1', message('M-1'))
    say('/m/2', message('M-2'))
    expect(await round(feed)).toEqual({ waitMs: 60 * SECOND, taken: 2, fault: null })
    answers.set('/atom', (response, headers) => {
      const same = headers['if-none-match'] === '"1"' && headers['if-modified-since'] === tags['last-modified']
      response.writeHead(same ? 304 : 500).end()
    })
    expect(await round(feed)).toMatchObject({ taken: 0, fault: null })
    say('/atom', atom(['/m/1', 'a'], ['/m/2', 'b']), 'text/xml')
    expect(await round(feed)).toMatchObject({ taken: 1, fault: null })
    expect(got).toEqual([message('M-1'), message('M-2'), message('M-2')])
    expect(asked.map((a) => a.path)).toEqual(['/atom', '/m/1', '/m/2', '/atom', '/atom', '/m/2'])
  })

  it('may be RSS, or one message; a message that must wait is asked for again', async () => {
    const { got, say: desks, desk } = stand({ kind: 'later', why: 'inbox-full' })
    say(
      '/rss',
      `<rss><channel><item><link>${base}/m/1</link><pubDate>a</pubDate></item></channel></rss>`,
      'application/rss+xml',
      { etag: '"r"' },
    )
    say('/m/1', message('M-1'))
    const feed = feedOf(desk, '/rss')
    expect(await round(feed)).toMatchObject({ taken: 0 })
    desks.taken = { kind: 'again', identity: { sender: 'a', identifier: 'b', sent: 'c' }, draft: null }
    expect(await round(feed)).toMatchObject({ taken: 1 })
    expect(asked.at(-2)?.headers['if-none-match']).toBeUndefined()
    expect(got.length).toBe(2)
    expect(await round(feedOf(desk, '/m/1'))).toMatchObject({ taken: 1, fault: null })
  })

  it('that is one message gives it once, though the server never says "nothing new"', async () => {
    say('/one', message('A-1'))
    const { got, desk } = stand()
    const feed = makeFeed({ name: 'x', url: `${base}/one`, everySeconds: 60, desk, log: () => {} })
    const { signal } = new AbortController()
    for (let i = 0; i < 3; i++) await feed.round(signal)
    say('/one', message('A-2'))
    await feed.round(signal)
    expect([asked.length, got.length]).toEqual([4, 2])
  })

  it('takes at most fifty messages in one round, and the rest in the next', async () => {
    const { got, desk } = stand()
    const all = Array.from({ length: 70 }, (_, i) => [`/m/${i}`, 'a'] as const)
    say('/atom', atom(...all), 'application/atom+xml', { etag: '"1"' })
    for (const [path] of all) say(path, message(`M${path.slice(3)}`))
    const feed = feedOf(desk, '/atom')
    expect([(await round(feed)).taken, (await round(feed)).taken, (await round(feed)).taken]).toEqual([50, 20, 0])
    expect(new Set(got).size).toBe(70)
  })
})

describe('a server that lies', () => {
  const redirect = (to: string) => (response: ServerResponse) => response.writeHead(302, { location: to }).end()
  const endless = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/xml' })
    const more = () => {
      while (!response.destroyed && response.write('<!--'.padEnd(65_536, 'x')));
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  }
  const LIES: readonly (readonly [what: string, answer: (response: ServerResponse) => void, fault: RegExp])[] = [
    ['500', (r) => r.writeHead(500).end(), /answers 500/],
    [
      'another type',
      (r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html/>'),
      /answers with text\/html/,
    ],
    ['no type', (r) => r.writeHead(200).end('<feed/>'), /no type/],
    ['never answers', () => undefined, /no whole answer within/],
    [
      'begins and stops',
      (r) => void r.writeHead(200, { 'content-type': 'text/xml' }).write('<feed'),
      /no whole answer within/,
    ],
    ['never ends', endless, /more than 1048576 bytes/],
    [
      'says it is too long',
      (r) => r.writeHead(200, { 'content-type': 'text/xml', 'content-length': '99999999' }).write('x'),
      /more than/,
    ],
    ['hangs up', (r) => void r.destroy(), /\w/],
    [
      'hangs up in the middle',
      (r) => {
        r.writeHead(200, { 'content-type': 'text/xml', 'content-length': '1000' })
        r.write('<feed', () => r.destroy())
      },
      /\w/,
    ],
    ['redirects for ever', redirect('/lie'), /redirects more than/],
    ['redirects to another host', redirect('http://127.0.0.2:1/'), /points away/],
    ['redirects to a file', redirect('file:///etc/passwd'), /points away/],
    ['DOCTYPE', (r) => r.writeHead(200, { 'content-type': 'text/xml' }).end('<!DOCTYPE a><a/>'), /doctype/],
    [
      'is neither',
      (r) => r.writeHead(200, { 'content-type': 'text/xml' }).end('<html/>'),
      /neither CAP nor Atom nor RSS/,
    ],
  ]
  it.each(LIES)('%s', async (_what, answer, fault) => {
    const { got, desk } = stand()
    answers.set('/lie', answer)
    const feed = feedOf(desk, '/lie', 400)
    const first = await round(feed)
    expect(first.fault).toMatch(fault)
    expect([first.taken, got.length]).toEqual([0, 0])
    expect(first.waitMs).toBe(120 * SECOND)
    expect(asked.length).toBeLessThanOrEqual(4)
  })

  it('is asked less and less often, at most hourly, and as before once it is well', async () => {
    const { desk } = stand()
    answers.set('/lie', (r) => r.writeHead(503).end())
    const feed = feedOf(desk, '/lie')
    const waits: number[] = []
    for (let i = 0; i < 8; i++) waits.push((await round(feed)).waitMs / SECOND)
    expect(waits).toEqual([120, 240, 480, 960, 1920, 3600, 3600, 3600])
    say('/lie', atom(), 'application/atom+xml')
    expect((await round(feed)).waitMs).toBe(60 * SECOND)
  })

  it('cannot send us elsewhere, nor keep a good message back by a bad one', async () => {
    const { got, desk } = stand()
    const elsewhere = [
      'http://127.0.0.2:1/m',
      'http://169.254.169.254/',
      'file:///etc/passwd',
      'https://u:p@127.0.0.1/',
      'javascript:x',
    ]
    say(
      '/atom',
      atom(...elsewhere.map((e) => [e, 'a'] as const), ['/gone', 'a'], ['/m/1', 'a']),
      'application/atom+xml',
    )
    say('/m/1', message('M-1'))
    const done = await round(feedOf(desk, '/atom'))
    expect([done.taken, done.fault]).toEqual([1, '/gone: answers 404'])
    expect(got).toEqual([message('M-1')])
    expect(asked.map((a) => a.path)).toEqual(['/atom', '/gone', '/m/1'])
  })

  it('is left at once when the hub stops', async () => {
    const { desk } = stand()
    answers.set('/lie', () => undefined)
    const stop = new AbortController()
    const going = feedOf(desk, '/lie', 60_000).round(stop.signal)
    stop.abort()
    expect((await going).fault).toBe('stopped')
  })
})

describe('what a feed lists', () => {
  it('is bounded', () => {
    const entries = Array.from({ length: 2000 }, (_, i) => [`/m/${i}`, 'a'] as const)
    const read = readFeed(Buffer.from(atom(...entries)), new URL('https://feed.example/atom'))
    expect(read.ok && read.value !== 'message' && read.value.length).toBe(500)
  })
})
