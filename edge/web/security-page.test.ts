import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { siteFacts } from '../../test/build.ts'
import type { Commission } from '../commission/open.ts'
import type { Happening } from '../shell/loop.ts'
import { cleanup, memoryLog, temporary } from '../test/support.ts'
import { openPairing } from './pairing.ts'
import { startWeb } from './server.ts'

/** The technician's page as somebody in the local network, or a page of the internet in a technician's browser, would attack it. */
const begin = async () => {
  const pairing = await openPairing(temporary())
  const posted: Happening[] = []
  const started = await startWeb({
    host: '127.0.0.1',
    port: 0,
    names: ['edge-mlt.tinh.example'],
    site: siteFacts(),
    pairing,
    facts: () => Promise.reject(new Error('not needed here')),
    frame: () => Promise.resolve(null),
    manual: () => {
      throw new Error('nobody asks for it here')
    },
    commission: {} as Commission,
    offsetMinutes: 420,
    report: () => Promise.reject(new Error('nobody asks for it here')),
    bundle: () => Promise.reject(new Error('nobody asks for it here')),
    metrics: () => Promise.resolve('metric 1\n'),
    preview: () => Promise.reject(new Error('not needed here')),
    post: (happening) => posted.push(happening) > 0,
    log: memoryLog().log,
  })
  if (!started.ok) throw new Error(started.error)
  cleanup(() => started.value.stop())
  const { url } = started.value
  const port = Number(new URL(url).port)
  const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(fields).toString(),
    })
  return { url, port, code: pairing.fresh ?? '', posted, form }
}
/** Everything that changes something; the test counts that no route is missing. */
const FORMS = [
  ...['/login', '/logout', '/test-pattern', '/blank', '/blank-end', '/manual', '/manual-end'],
  ...[
    '/commission/:step/record',
    '/commission/ports/search',
    '/commission/geometry/set',
    '/commission/brightness/sweep',
  ],
  ...['/commission/power/run', '/commission/clock/phone', '/commission/sound/tone', '/commission/enrol/code'],
  ...['/commission/photos/add', '/commission/photos/drop', '/commission/report', '/commission/restart'],
]
/** What nobody sees without a session, and what they get. */
const CLOSED: readonly (readonly [string, number])[] = [
  ['/live', 401],
  ['/frame.jpg', 401],
  ['/preset/P1', 303],
  ['/preset/P1/0', 401],
  ['/manual', 303],
  ['/manual/live', 401],
  ['/commission', 303],
  ['/commission/clock', 303],
  ['/commission/clock/live', 401],
  ['/commission/photo/0000000000000000', 401],
  ['/commission/report/1', 303],
  ['/commission/report/1.json', 303],
]
type It = Awaited<ReturnType<typeof begin>>

const statusOf = (port: number, lines: readonly string[]): Promise<number> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(`${lines.join('\r\n')}\r\n\r\n`))
    socket.once('data', (data) => {
      socket.destroy()
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(data.toString())?.[1] ?? 0))
    })
    socket.once('close', () => resolve(0))
    socket.once('error', () => resolve(0))
  })
const signIn = async (it: It) => {
  const answer = await it.form('/login', { person: 'Lò Văn A', code: it.code })
  expect(answer.status).toBe(303)
  return answer.headers.get('set-cookie') ?? ''
}

test('a name of the internet that was pointed at this device opens nothing; addresses and local names do', async () => {
  const it = await begin()
  const hosts: readonly (readonly [string | null, number])[] = [
    [`127.0.0.1:${it.port}`, 200],
    ['192.168.1.20:8480', 200],
    ['[fe80::1]:8480', 200],
    ['localhost', 200],
    ['bangtin-mlt', 200],
    ['bangtin-mlt.local', 200],
    ['bangtin.home.arpa:80', 200],
    ['edge-mlt.tinh.example:8480', 200],
    ['EDGE-MLT.tinh.example', 200],
    ['evil.example', 421],
    ['evil.example:8480', 421],
    ['127.0.0.1.evil.example', 421],
    ['127.0.0.1.nip.io', 421],
    ['local.evil.example', 421],
    ['edge-mlt.tinh.example.evil.example', 421],
    ['evil.example#.local', 421],
    ['a b', 421],
    ['', 421],
    [null, 400],
  ]
  for (const [host, wanted] of hosts) {
    for (const path of ['/metrics', '/'])
      expect([
        host,
        path,
        await statusOf(it.port, [`GET ${path} HTTP/1.1`, ...(host === null ? [] : [`Host: ${host}`])]),
      ]).toEqual([host, path, wanted])
    const login = [
      `POST /login HTTP/1.1`,
      `Host: ${host}`,
      'Content-Type: application/x-www-form-urlencoded',
      'Content-Length: 0',
    ]
    if (wanted === 421) expect([host, await statusOf(it.port, login)]).toEqual([host, 421])
  }
  expect(hosts.length).toBe(19)
})

test('a form on another site changes nothing, with the code or with the session of the technician', async () => {
  const it = await begin()
  const cookie = (await signIn(it)).split(';')[0] ?? ''
  let tried = 0
  for (const origin of [
    'https://evil.example',
    'null',
    'http://127.0.0.1:1',
    it.url.replace('http', 'https').replace('127.0.0.1', 'localhost'),
    ':::',
  ]) {
    for (const path of FORMS) {
      const fields = { person: 'x', code: it.code, csrf: 'x', pattern: 'red', minutes: '1' }
      expect([origin, path, (await it.form(path, fields, { origin, cookie })).status]).toEqual([origin, path, 403])
      tried += 1
    }
  }
  // From our own page, but without the token of this session.
  for (const csrf of ['', 'x', cookie]) {
    for (const [path, fields] of [
      ['/logout', {}],
      ['/test-pattern', { pattern: 'red', minutes: '1' }],
      ['/manual', { what: 'pattern', value: 'red', minutes: '1', back: '/manual' }],
      ['/manual-end', { key: 'all', back: '/manual' }],
      ['/commission/brightness/sweep', {}],
      ['/commission/clock/record', { note: '', verdict: 'pass' }],
      ['/commission/power/run', { sure: 'yes' }],
    ] as const) {
      const answer = await it.form(
        path,
        { csrf, ...fields },
        {
          origin: it.url,
          cookie,
        },
      )
      expect([path, csrf, answer.status]).toEqual([path, csrf, 403])
      tried += 1
    }
  }
  expect(tried).toBe(116)
  const sources = ['server.ts', 'local.ts', 'manual.ts', 'commission.ts', 'diagnose.ts']
    .map((f) => readFileSync(new URL(f, import.meta.url), 'utf8'))
    .join('')
  expect([...sources.matchAll(/(?:app|scope)\.post(?:<.*>)?\(\s*'([^']+)'/g)].map((m) => m[1]).toSorted()).toEqual(
    FORMS.toSorted(),
  )
  expect(it.posted.filter(({ event }) => event !== 'access')).toEqual([])
})

test('guessing the pairing code: five a minute and an address, no session for it, and the disk is not filled with the failures', async () => {
  const it = await begin()
  const statuses: number[] = []
  for (let i = 0; i < 50; i++) statuses.push((await it.form('/login', { person: 'x', code: `AAAA-BBBB-${i}` })).status)
  expect(statuses).toEqual([...Array(5).fill(401), ...Array(45).fill(429)])
  expect((await it.form('/login', { person: 'x', code: it.code })).status).toBe(429)
  expect(it.posted.filter((h) => h.event === 'access').length).toBe(5)
})

test('the session: not for scripts, not for other sites, and nothing of the page without it', async () => {
  const it = await begin()
  const cookie = await signIn(it)
  expect(cookie).toMatch(/; HttpOnly/)
  expect(cookie).toMatch(/; SameSite=Strict/)
  const closed: (readonly [string, number])[] = []
  for (const path of CLOSED.map(([path]) => path))
    closed.push([path, (await fetch(it.url + path, { redirect: 'manual' })).status])
  expect(closed).toEqual(CLOSED)
  const { headers } = await fetch(it.url)
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect((await fetch(`${it.url}/login`, { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(413)
})
